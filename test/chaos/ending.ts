/**
 * The end of a run: everything is healed and must come together again, and is looked at for the last
 * time. What does not is a problem; the steps behind it are taken all the same.
 */
import { Client, type TopicDescription } from '../../src/client/index.ts';
import { finalReads } from '../../src/testing/judge/final-read.ts';
import type { HistoryRecorder } from '../../src/testing/judge/recorder.ts';
import type { Truncation } from '../../src/testing/judge/history.ts';
import { eventually, runCommand } from '../integration/process-cluster.ts';
import { alarmsIn, countEvents, readLog, truncationsIn } from './broker-logs.ts';
import { READY_MS, type ChaosCluster } from './chaos-cluster.ts';
import { missing } from './commands.ts';
import { Interrupted, unlessInterrupted } from './interrupted.ts';
import type { Load } from './load.ts';
import type { ChaosOptions } from './options.ts';
import { compareReplicas } from './replica-files.ts';
import { CONTROLLER, type NodeName } from './schedule.ts';

/** Longer than the longest delivery timeout of a writer. */
const ANSWERED_MS = 90_000;
const IN_SYNC_MS = 60_000;
const FINAL_READ_MS = 120_000;

export interface EndingOptions {
  readonly options: ChaosOptions;
  readonly cluster: ChaosCluster;
  readonly load: Load;
  readonly topic: string;
  readonly recorder: HistoryRecorder;
  readonly disksFilled: ReadonlySet<NodeName>;
  readonly say: (line: string) => void;
  readonly problem: (sentence: string) => void;
  readonly signal: AbortSignal;
}

export interface Ended {
  readonly truncations: readonly Truncation[];
  readonly events: ReadonlyMap<string, number>;
}

/** Throws `Interrupted` only. */
export async function endRun(parts: EndingOptions): Promise<Ended> {
  const { cluster, load, say, problem, signal } = parts;
  const step = async (what: string, work: () => Promise<void>): Promise<void> => {
    say(`${what} …`);
    try {
      await unlessInterrupted(signal, work());
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      problem(`${what}: ${sentenceOf(error)}`);
    }
  };

  await step('every process runs again', async () => {
    for (const node of cluster.nodes.values()) node.start();
    await cluster.ready(READY_MS, signal);
  });
  load.writers.pause();
  await step('every send is answered', async () => {
    await eventually('the last answer', ANSWERED_MS, () =>
      Promise.resolve(signal.aborted || load.writers.unanswered === 0),
    );
  });
  await step('the command has ended', () => load.commands.stop());
  await using client = new Client({ bootstrap: cluster.bootstrap, clientId: 'ending' });
  await step('every replica is in sync', () => inSync(client, parts));
  await step('every reader has everything', () => caughtUp(client, parts));
  await step('`odradek cluster health` says so', async () => {
    const bootstrap = ['--bootstrap', cluster.bootstrap.join(',')];
    const health = await runCommand(['cluster', 'health', '--wait', '10', ...bootstrap]);
    if (health.code !== 0) throw new Error(`${health.stdout}${health.stderr}`);
  });
  await step('the last look', () => lastLook(client, parts));
  await load.close();
  await step('clean stop of everything', async () => {
    const unclean = await cluster.stop();
    if (unclean.length > 0) throw new Error(`${unclean.join(', ')} did not stop cleanly`);
  });
  compareFiles(parts);
  return readLogs(parts);
}

async function inSync(client: Client, { topic, options, signal }: EndingOptions): Promise<void> {
  let last: TopicDescription | null = null;
  const replicas = Math.min(3, options.brokers);
  try {
    await eventually('all replicas', IN_SYNC_MS, async () => {
      if (signal.aborted) return true;
      last = await client.admin.describeTopic(topic);
      return last.partitions.every(
        (partition) =>
          partition.isr.length === replicas &&
          partition.highWatermark === partition.logEndOffset &&
          partition.replicas.every(({ lagBytes }) => lagBytes === 0),
      );
    });
  } catch (error) {
    throw new Error(`${sentenceOf(error)}: ${JSON.stringify(last)}`, { cause: error });
  }
}

async function caughtUp(client: Client, { topic, load, signal }: EndingOptions): Promise<void> {
  const { partitions } = await client.admin.describeTopic(topic);
  for (const reader of load.readers) {
    await eventually(`${reader.name} to have everything`, IN_SYNC_MS, () =>
      Promise.resolve(
        signal.aborted ||
          reader.partitions.every(
            (partition) =>
              reader.position(partition) >= (partitions[partition]?.highWatermark ?? 0),
          ),
      ),
    );
  }
}

async function lastLook(client: Client, parts: EndingOptions): Promise<void> {
  const { topic, recorder, load, options, problem } = parts;
  const found = new Set<string>();
  const signal = AbortSignal.any([parts.signal, AbortSignal.timeout(FINAL_READ_MS)]);
  for await (const read of finalReads(client, topic, { signal })) {
    recorder.add(read);
    for (const { value } of read.records) {
      if (value.startsWith('command/')) found.add(`${read.partition} ${value}`);
    }
  }
  // Without a promise the command's records may be gone, as the writers' may.
  if (options.acks !== 'all') return;
  const gone = missing(load.commands.acknowledged, (partition, value) =>
    found.has(`${topic}-${partition} ${value}`),
  );
  if (gone.length > 0) {
    problem(`acknowledged to \`odradek produce\` and not there: ${gone.slice(0, 10).join(', ')}`);
  }
}

function readLogs(parts: EndingOptions): Ended {
  const { cluster, recorder, disksFilled, problem } = parts;
  const truncations: Truncation[] = [];
  const events = new Map<string, number>();
  for (const { name, process } of cluster.nodes.values()) {
    const lines = readLog(process.logFile);
    truncations.push(...truncationsIn(lines, name));
    for (const alarm of alarmsIn(lines, name, { diskWasFull: disksFilled.has(name) })) {
      problem(alarm);
    }
    for (const [event, count] of countEvents(lines)) {
      events.set(event, (events.get(event) ?? 0) + count);
    }
  }
  for (const truncation of truncations) recorder.add(truncation);
  return { truncations, events };
}

function compareFiles({ cluster, topic, options, problem }: EndingOptions): void {
  const brokers = [...cluster.nodes.values()].filter(({ name }) => name !== CONTROLLER);
  const directories = brokers.map(({ process }) => process.dataDir);
  for (const sentence of compareReplicas(directories, topic, options.partitions)) {
    problem(sentence);
  }
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined
    ? error.message
    : `${error.message} (${sentenceOf(error.cause)})`;
}
