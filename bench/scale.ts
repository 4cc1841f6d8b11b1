import { Client, isOdradekError, type Compression } from '../src/client/index.ts';
import { usageOf, type BenchCluster } from './cluster.ts';
import { measure, type Acks, type Durability, type Run } from './produce.ts';
import { hundredths, mapSpread, shuffled, spreadOf, type Spread } from './statistics.ts';

/** One configuration to measure. */
export interface ScalePoint {
  readonly partitions: number;
  readonly producers: number;
  readonly size: number;
  readonly keyed: boolean;
  readonly compressible: boolean;
  readonly compression: Compression;
  readonly acks: Acks;
  readonly durability: Durability;
}

/** What every point has that does not lie on another place of one axis. */
export const BASE_POINT: ScalePoint = {
  partitions: 1,
  producers: 1,
  size: 100,
  keyed: false,
  compressible: false,
  compression: 'none',
  acks: 'all',
  durability: 'fsync',
};

/** Each axis by its name: what varies along it, and how a place on it is called. */
const AXES = {
  partitions: [1, 10, 100, 1_000, 10_000].map((partitions) => place(partitions, { partitions })),
  producers: [1, 4, 50].map((producers) => place(producers, { producers })),
  size: [10, 100, 1_000, 10_000].map((size) => place(`${size} B`, { size })),
  keys: [place('none', { keyed: false }), place('10,000', { keyed: true })],
  compression: [
    place('incompressible, none', { compressible: false }),
    ...(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const).map((compression) =>
      place(`text, ${compression}`, { compressible: true, compression }),
    ),
  ],
  acks: ([0, 1, 'all'] as const).map((acks) => place(acks, { acks })),
  durability: (['fsync', 'page-cache'] as const).map((durability) =>
    place(durability, { durability }),
  ),
} satisfies Record<string, readonly Place[]>;

export type Axis = keyof typeof AXES;
export const AXIS_NAMES: readonly Axis[] = Object.keys(AXES) as Axis[];

interface Place {
  readonly label: string;
  readonly differs: Partial<ScalePoint>;
}

function place(label: string | number, differs: Partial<ScalePoint>): Place {
  return { label: String(label), differs };
}

/** One place on one axis. */
export interface MatrixEntry {
  readonly axis: Axis;
  readonly label: string;
  readonly point: ScalePoint;
}

/** Every place on the axes that are named, in their order. The base point lies on each of them. */
export function matrixOf(axes: readonly Axis[]): MatrixEntry[] {
  return axes.flatMap((axis) =>
    AXES[axis].map(({ label, differs }) => ({
      axis,
      label,
      point: { ...BASE_POINT, ...differs },
    })),
  );
}

/** As many as asked for, but no more bytes than so many messages of the base point’s size have. */
export function messagesOf({ size }: ScalePoint, messages: number): number {
  return Math.max(1, Math.floor(messages * Math.min(1, BASE_POINT.size / size)));
}

export interface ScaleOptions {
  readonly axes: readonly Axis[];
  readonly messages: number;
  readonly repetitions: number;
  readonly batchBytes: number;
  /** A cluster of its own for each measurement. */
  readonly onCluster: <T>(measure: (cluster: BenchCluster) => Promise<T>) => Promise<T>;
  readonly say: (line: string) => void;
}

/** One place on one axis; the shape that scripts read. */
export interface ScaleRow extends ScalePoint {
  readonly experiment: 'scale';
  readonly system: 'odradek';
  readonly axis: Axis;
  readonly label: string;
  readonly replicationFactor: 3;
  /** Null where no repetition succeeded. */
  readonly messagesPerSecond: Spread | null;
  readonly megabytesPerSecond: Spread | null;
  /** Of the medians; 1 for the base point itself, and null without it. */
  readonly timesBase: number | null;
  readonly brokerCpuMicrosPerMessage: Spread | null;
  readonly clientCpuMicrosPerMessage: Spread | null;
  /** The most that one of the brokers ever had, with the warm-up. */
  readonly brokerPeakMegabytes: Spread | null;
  readonly repetitions: number;
  readonly messages: number;
  /** Everything that was sent was read back and judged, in every repetition. */
  readonly verified: boolean;
  /** What went wrong, in the words of the first repetition that failed. */
  readonly failure: string | null;
}

interface Taken extends Run {
  readonly peakBytes: number;
}

interface Results {
  readonly runs: Taken[];
  failure: string | null;
}

/**
 * How the rate changes along each axis, with everything else as at the base point. The base point is
 * measured once and stands on each axis. All points take turns in random order; each measurement has a
 * cluster of its own, so that neither memory nor deletions of another count for it, and a warm-up at
 * the base point. A point that fails does not take the others with it: its row says what happened.
 */
export async function benchScale(options: ScaleOptions): Promise<ScaleRow[]> {
  const { axes, messages, repetitions, say } = options;
  const entries = matrixOf(axes);
  const results = new Map<string, Results>();
  const points = new Map(entries.map(({ point }) => [keyOf(point), point]));
  points.set(keyOf(BASE_POINT), BASE_POINT);
  const total = repetitions * points.size;
  let done = 0;
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    for (const [key, point] of shuffled([...points])) {
      const result = results.get(key) ?? { runs: [], failure: null };
      results.set(key, result);
      const name = nameOf(point);
      say(`${++done}/${total} ${name}`);
      try {
        const run = await measureOnce(options, point, messagesOf(point, messages));
        result.runs.push(run);
        const rate = Math.round(run.messagesPerSecond).toLocaleString('en');
        say(`${done}/${total} ${name}: ${rate} messages/s`);
      } catch (error) {
        const sentence = sentenceOf(error);
        result.failure ??= sentence;
        say(`${done}/${total} ${name} failed: ${sentence}`);
      }
    }
  }
  const base = results.get(keyOf(BASE_POINT)) ?? { runs: [], failure: null };
  return entries.map((entry) =>
    rowOf(options, entry, results.get(keyOf(entry.point)) ?? base, base),
  );
}

async function measureOnce(
  options: ScaleOptions,
  point: ScalePoint,
  messages: number,
): Promise<Taken> {
  return options.onCluster(async (cluster) => {
    await using client = new Client({ bootstrap: cluster.bootstrap, clientId: 'bench' });
    const common = {
      ...{ batchBytes: options.batchBytes, replicationFactor: 3, repetitions: 1, messages },
      ...{ warmUpMessages: 0, durabilities: [], say: options.say },
    };
    const warmUp = { ...BASE_POINT, ...common };
    await measure(client, cluster, warmUp, BASE_POINT.durability, warmUpOf(options.messages));
    const run = await measure(client, cluster, { ...point, ...common }, point.durability, messages);
    const usage = await Promise.all(cluster.brokers.map(({ pid }) => usageOf(pid)));
    return { ...run, peakBytes: Math.max(...usage.map(({ peakBytes }) => peakBytes)) };
  });
}

function rowOf(
  options: ScaleOptions,
  { axis, label, point }: MatrixEntry,
  { runs, failure }: Results,
  base: Results,
): ScaleRow {
  const spread = (of: (run: Taken) => number): Spread | null =>
    runs.length === 0 ? null : spreadOf(runs.map(of));
  const rounded = (of: (run: Taken) => number): Spread | null => {
    const values = spread(of);
    return values === null ? null : mapSpread(values, hundredths);
  };
  const rates = spread((run) => run.messagesPerSecond);
  const baseRate = base.runs.length === 0 ? null : medianRate(base.runs);
  return {
    experiment: 'scale',
    system: 'odradek',
    axis,
    label,
    ...point,
    replicationFactor: 3,
    messagesPerSecond: rates === null ? null : mapSpread(rates, Math.round),
    megabytesPerSecond: rounded((run) => (run.messagesPerSecond * point.size) / 1e6),
    timesBase: rates === null || baseRate === null ? null : hundredths(rates.median / baseRate),
    brokerCpuMicrosPerMessage: rounded((run) => run.brokerCpuMicros),
    clientCpuMicrosPerMessage: rounded((run) => run.clientCpuMicros),
    brokerPeakMegabytes: rounded((run) => run.peakBytes / 1e6),
    repetitions: runs.length,
    messages: messagesOf(point, options.messages),
    verified: failure === null && runs.length > 0,
    failure,
  };
}

function medianRate(runs: readonly Taken[]): number {
  return spreadOf(runs.map((run) => run.messagesPerSecond)).median;
}

/** By what differs from the base point. */
function nameOf(point: ScalePoint): string {
  const differs = Object.entries(point).filter(
    ([name, value]) => value !== BASE_POINT[name as keyof ScalePoint],
  );
  return differs.map(([name, value]) => `${name} ${value}`).join(', ') || 'the base point';
}

function keyOf(point: ScalePoint): string {
  return JSON.stringify(point);
}

function warmUpOf(messages: number): number {
  return Math.ceil(messages / 4);
}

function sentenceOf(error: unknown): string {
  const sentence = error instanceof Error ? error.message : String(error);
  return isOdradekError(error) ? `${sentence} [${error.code}]` : sentence;
}
