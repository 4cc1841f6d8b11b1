import { readFile, writeFile } from 'node:fs/promises';
import { benchConsume } from './consume.ts';
import type { BenchCluster } from './cluster.ts';
import { benchProduce } from './produce.ts';
import { hundredths, spreadOf } from './statistics.ts';

/** Messages for a fixed amount of work of this machine's CPU: what a slower machine leaves as it is. */
export interface GuardRatios {
  readonly producePageCache: number;
  readonly produceFsync: number;
  readonly consume: number;
}

export interface GuardRow {
  readonly experiment: 'guard';
  readonly path: keyof GuardRatios;
  /** Now, and as recorded; messages for each million turns of the loop. */
  readonly ratio: number;
  readonly recorded: number;
  readonly share: number;
  readonly passes: boolean;
}

/** A path that has less than this share of what was recorded has got slower by a third. */
const SHARE_MIN = 2 / 3;

/**
 * Measures the hot paths against a loop that does nothing but count, within one run, and compares with
 * what `file` says they were. The loop is timed in front of and behind each, since a shared machine
 * does not stay as fast as it was. `record` writes the file anew instead.
 */
export async function guard(
  cluster: BenchCluster,
  options: {
    readonly file: string;
    readonly record: boolean;
    readonly say: (line: string) => void;
  },
): Promise<GuardRow[]> {
  const { say, file } = options;
  // Before minutes are spent on what nothing can be compared with.
  const recorded = options.record ? null : await readRatios(file);
  const loops: number[] = [turnsPerSecond()];
  const common = { size: 100, repetitions: 3, batchBytes: 1 << 20, say };
  const produced = await benchProduce(cluster, {
    ...common,
    messages: 1_500_000,
    warmUpMessages: 1_000_000,
    partitions: 1,
    replicationFactor: 3,
    acks: 'all',
    durabilities: ['page-cache', 'fsync'],
  });
  loops.push(turnsPerSecond());
  const consumed = await benchConsume(cluster, { ...common, messages: 2_000_000 });
  loops.push(turnsPerSecond());
  const millions = spreadOf(loops).median / 1e6;
  const rateOf = (durability: string): number =>
    produced.find((row) => row.durability === durability)?.messagesPerSecond.median ?? 0;
  const now: GuardRatios = {
    producePageCache: hundredths(rateOf('page-cache') / millions),
    produceFsync: hundredths(rateOf('fsync') / millions),
    consume: hundredths(consumed.messagesPerSecond.median / millions),
  };
  if (options.record) await writeFile(file, `${JSON.stringify(now, null, 2)}\n`);
  return compareRatios(now, recorded ?? now);
}

async function readRatios(file: string): Promise<GuardRatios> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as GuardRatios;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${file} cannot be read (${why}); --record writes it on a quiet machine`);
  }
}

/** Exported for its test. */
export function compareRatios(now: GuardRatios, recorded: GuardRatios): GuardRow[] {
  return (Object.keys(now) as (keyof GuardRatios)[]).map((path) => {
    const share = hundredths(now[path] / recorded[path]);
    return {
      experiment: 'guard',
      path,
      ratio: now[path],
      recorded: recorded[path],
      share,
      // What is not recorded cannot be held against anybody, and must not pass unseen.
      passes: share >= SHARE_MIN,
    };
  });
}

/** How often a loop turns in a second: one thread, no memory, nothing that could be left out. */
function turnsPerSecond(): number {
  const rates: number[] = [];
  for (let run = 0; run < LOOP_RUNS; run += 1) {
    const startedAt = performance.now();
    let state = run + 1;
    for (let turn = 0; turn < LOOP_TURNS; turn += 1) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
    }
    if (state === 0) throw new Error('a xorshift never comes to 0');
    rates.push(LOOP_TURNS / ((performance.now() - startedAt) / 1000));
  }
  return spreadOf(rates).median;
}

const LOOP_RUNS = 5;
const LOOP_TURNS = 100_000_000;
