/** Consumers of the SDK that read all the time. */
import { Client, isOdradekError } from '../../src/client/index.ts';
import type { HistoryRecorder } from '../../src/testing/judge/recorder.ts';

/** Between two attempts to read after an error. */
const PAUSE_MS = 200;

export interface ReaderOptions {
  readonly name: string;
  readonly bootstrap: readonly string[];
  readonly topic: string;
  readonly partitions: readonly number[];
  /** Starts anew this often, some records back, in a new session; else only after an error. */
  readonly sessionMsMax?: number;
  readonly recorder: HistoryRecorder;
  /** An error that no retry mends, which no fault of ours explains. */
  readonly problem: (sentence: string) => void;
}

/** How far back a reader begins its next session. */
const REREAD_RECORDS = 200;

/** Made by the run; reads from the log start until `stop`. */
export class Reader {
  /** Records that it was given. */
  records = 0;
  /** How often it had to begin anew because of an error, by code. */
  readonly errors = new Map<string, number>();
  readonly #options: ReaderOptions;
  /** By partition: the offset that comes next. */
  readonly #positions = new Map<number, number>();
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  get name(): string {
    return this.#options.name;
  }

  get partitions(): readonly number[] {
    return this.#options.partitions;
  }

  position(partition: number): number {
    return this.#positions.get(partition) ?? 0;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const stopped = this.#stop.signal;
    while (!stopped.aborted) {
      try {
        await this.#readSession(stopped);
      } catch (error) {
        if (stopped.aborted) return;
        const code = isOdradekError(error) ? error.code : 'not in the catalogue';
        this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
        if (!isOdradekError(error) || !error.retriable) {
          this.#options.problem(`${this.#options.name} cannot go on: ${code}: ${String(error)}`);
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  async #readSession(stopped: AbortSignal): Promise<void> {
    const { name, bootstrap, topic, partitions, sessionMsMax, recorder } = this.#options;
    for (const partition of partitions) recorder.beginSession(name, `${topic}-${partition}`);
    const rereads = sessionMsMax === undefined ? 0 : REREAD_RECORDS;
    const over = sessionMsMax === undefined ? null : AbortSignal.timeout(sessionMsMax);
    const signal = over === null ? stopped : AbortSignal.any([stopped, over]);
    await using client = new Client({ bootstrap, clientId: name });
    const consumer = client.consumer({
      assign: partitions.map((partition) => ({
        topic,
        partition,
        from: Math.max(0, this.position(partition) - rereads),
      })),
    });
    try {
      for await (const batch of consumer.batches({ signal })) {
        recorder.poll(name, batch);
        this.records += batch.count;
        const next = Math.max(this.position(batch.partition), batch.lastOffset + 1);
        this.#positions.set(batch.partition, next);
      }
    } catch (error) {
      // The end of the session, not an error of anybody.
      if (over?.aborted !== true) throw error;
    }
  }
}
