import type { Client } from '../../src/client/index.ts';
import { eventually, type ProcessCluster } from '../integration/process-cluster.ts';

/**
 * Kills leaders with kill −9, one after the other: each is started again and in sync before the next
 * goes, so that no acknowledged record is lost with two of three replicas.
 */
export class Killer {
  kills = 0;
  readonly #cluster: ProcessCluster;
  readonly #client: Client;
  readonly #topic: string;
  readonly #restMs: number;
  #running: Promise<void> | null = null;
  #stopped = false;

  /** `restMs`: how long all is well between two kills. */
  constructor(cluster: ProcessCluster, client: Client, topic: string, restMs: number) {
    this.#cluster = cluster;
    this.#client = client;
    this.#topic = topic;
    this.#restMs = restMs;
  }

  start(): void {
    this.#running = this.#run();
    // Whoever stops it is told.
    this.#running.catch(() => undefined);
  }

  /** Until the last that was killed is back. Rejects with what went wrong. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await sleep(this.#restMs);
      if (this.#stopped) return;
      const id = await this.#cluster.leaderOf(this.#client, this.#topic, this.kills % 6);
      const victim = this.#cluster.broker(id);
      await victim.kill();
      this.kills++;
      await sleep(DOWN_MS);
      await victim.start();
      await allInSync(this.#client);
    }
  }
}

/** Until every partition of every topic has all of its replicas in sync. */
export async function allInSync(client: Client): Promise<void> {
  await eventually('all replicas in sync', 60_000, async () => {
    const topics = await client.admin.describeTopics(null);
    return topics.every(({ partitions }) =>
      partitions.every(
        ({ leader, isr, replicas }) => leader !== null && isr.length === replicas.length,
      ),
    );
  });
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Long enough for a new leader to be written to. */
const DOWN_MS = 300;
