import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { Client } from '../src/client/index.ts';
import type { BenchCluster } from './cluster.ts';
import type { Durability } from './produce.ts';
import type { CurvePoint } from './plot/curve.ts';
import { hundredths, mapSpread, shuffled, spreadOf, type Spread } from './statistics.ts';

export interface LatencyOptions {
  /** Messages a second, whether or not anybody keeps up. */
  readonly rate: number;
  readonly size: number;
  readonly seconds: number;
  /** At the same rate, and not counted. */
  readonly warmUpSeconds: number;
  readonly durabilities: readonly Durability[];
  readonly repetitions: number;
  readonly lingerMs: number;
  readonly say: (line: string) => void;
}

/** Milliseconds; of each quantile the median of the repetitions, the lowest and the highest. */
export interface Quantiles {
  readonly p50: Spread;
  readonly p99: Spread;
  readonly p999: Spread;
  readonly p9999: Spread;
  readonly max: Spread;
}

export interface LatencyRow {
  readonly experiment: 'latency';
  readonly system: 'odradek';
  readonly rate: number;
  readonly size: number;
  readonly durability: Durability;
  readonly ackMs: Quantiles;
  readonly endToEndMs: Quantiles;
  /** The same at more places, for a curve. */
  readonly ackCurve: readonly CurvePoint[];
  readonly endToEndCurve: readonly CurvePoint[];
  readonly repetitions: number;
  readonly seconds: number;
  /** Messages that were acknowledged and read, of those that were due. */
  readonly complete: boolean;
}

export interface LatencyRun {
  readonly ack: RecordableHistogram;
  readonly endToEnd: RecordableHistogram;
  readonly complete: boolean;
}

/**
 * How long a message takes at a fixed rate, one partition, three replicas, acks=all: from when it was
 * due, not from when there was time to send it, to its acknowledgement, and to where a consumer has it
 * in its hands. Producer and consumer share this process, so that one clock measures both.
 */
export async function benchLatency(
  cluster: BenchCluster,
  options: LatencyOptions,
): Promise<LatencyRow[]> {
  const { durabilities, repetitions, say } = options;
  const runs = new Map<Durability, LatencyRun[]>(durabilities.map((each) => [each, []]));
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    for (const durability of shuffled(durabilities)) {
      const run = await measure(cluster, options, durability);
      runs.get(durability)?.push(run);
      const [p50, p99] = [50, 99].map((share) => milliseconds(run.ack.percentile(share)));
      say(`${repetition}/${repetitions} ${durability}: ack p50 ${p50} ms, p99 ${p99} ms`);
    }
  }
  return durabilities.map((durability) => {
    const taken = runs.get(durability) ?? [];
    const { rate, size, seconds } = options;
    return {
      experiment: 'latency',
      system: 'odradek',
      rate,
      size,
      durability,
      ackMs: quantilesOf(taken.map(({ ack }) => ack)),
      endToEndMs: quantilesOf(taken.map(({ endToEnd }) => endToEnd)),
      ackCurve: curveOf(taken.map(({ ack }) => ack)),
      endToEndCurve: curveOf(taken.map(({ endToEnd }) => endToEnd)),
      repetitions,
      seconds,
      complete: taken.every(({ complete }) => complete),
    };
  });
}

/** One run at the rate. */
export async function measure(
  cluster: BenchCluster,
  options: Omit<LatencyOptions, 'durabilities' | 'repetitions' | 'say'>,
  durability: Durability,
): Promise<LatencyRun> {
  const { rate, size, seconds, warmUpSeconds, lingerMs } = options;
  const client = new Client({ bootstrap: cluster.bootstrap, clientId: 'bench' });
  const topic = `latency-${Math.random().toString(36).slice(2, 10)}`;
  await client.admin.createTopic(topic, {
    partitions: 1,
    replicationFactor: 3,
    config: { durability },
  });
  const ack = createHistogram();
  const endToEnd = createHistogram();
  const warmUp = rate * warmUpSeconds;
  const total = warmUp + rate * seconds;
  const producer = client.producer({ lingerMs });
  const consumer = client.consumer({ assign: [topic] });
  let read = 0;
  const reading = (async () => {
    for await (const batch of consumer.batches()) {
      const now = performance.now();
      batch.forEach(({ value }) => {
        if (value === null) return;
        if (read >= warmUp) record(endToEnd, now - dueAtOf(value));
        read += 1;
      });
      if (read >= total) return;
    }
  })();
  // Seen by the try below; until then it must not look like nobody’s.
  reading.catch(() => {});
  const startedAt = performance.now() + 20;
  let sent = 0;
  let acknowledged = 0;
  try {
    while (sent < total) {
      await tick();
      const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * rate));
      while (sent < due) {
        const dueAt = startedAt + (sent / rate) * 1000;
        const isCounted = sent >= warmUp;
        const onDelivered = (error: Error | null): void => {
          if (error !== null) return;
          acknowledged += 1;
          if (isCounted) record(ack, performance.now() - dueAt);
        };
        const value = valueOf(dueAt, size);
        while (!producer.post(topic, { key: null, value }, onDelivered)) await producer.ready();
        sent += 1;
      }
    }
    await producer.close();
    await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())]);
  } finally {
    await consumer.close();
    await client.admin.deleteTopic(topic);
    await client.close();
  }
  return { ack, endToEnd, complete: acknowledged === total && read === total };
}

/** The shortest pause that lets the network have its turn and does not spin. */
function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

/** Random bytes, and when the message was due in the first eight. */
function valueOf(dueAt: number, size: number): Uint8Array {
  VALUES = (VALUES + 1) % POOL.length;
  let value = POOL[VALUES];
  if (value?.length !== size) {
    value = Uint8Array.from({ length: size }, () => Math.floor(Math.random() * 256));
    POOL[VALUES] = value;
  }
  new DataView(value.buffer).setFloat64(0, dueAt);
  return value;
}

function dueAtOf(value: Uint8Array): number {
  return new DataView(value.buffer, value.byteOffset, value.byteLength).getFloat64(0);
}

function record(histogram: RecordableHistogram, ms: number): void {
  // A histogram counts from 1; its unit here is the microsecond.
  histogram.record(Math.max(1, Math.round(ms * 1000)));
}

function milliseconds(microseconds: number): number {
  return Math.round(microseconds / 10) / 100;
}

function quantilesOf(histograms: readonly RecordableHistogram[]): Quantiles {
  const at = (of: (histogram: RecordableHistogram) => number): Spread =>
    mapSpread(spreadOf(histograms.map((histogram) => milliseconds(of(histogram)))), hundredths);
  return {
    p50: at((histogram) => histogram.percentile(50)),
    p99: at((histogram) => histogram.percentile(99)),
    p999: at((histogram) => histogram.percentile(99.9)),
    p9999: at((histogram) => histogram.percentile(99.99)),
    max: at((histogram) => histogram.max),
  };
}

/** As far as every repetition has messages beyond: one in a thousand of ten would be none. */
function curveOf(histograms: readonly RecordableHistogram[]): CurvePoint[] {
  const fewest = Math.min(...histograms.map(({ count }) => count));
  return PERCENTILES.filter((percentile) => fewest * (1 - percentile / 100) >= 1 - 1e-9).map(
    (percentile) => ({
      percentile,
      // A percentile of 0 is the least that was seen.
      value: spreadOf(
        histograms.map((each) =>
          milliseconds(percentile === 0 ? each.min : each.percentile(percentile)),
        ),
      ),
    }),
  );
}

const PERCENTILES = [
  ...[0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 92, 94, 95, 96, 97, 98, 99, 99.2, 99.5, 99.7, 99.9],
  ...[99.95, 99.99, 99.995, 99.999],
];
/** The producer copies a value at once, so that few are enough. */
const POOL: (Uint8Array | undefined)[] = Array.from({ length: 256 }, () => undefined);
let VALUES = 0;
const DRAIN_MS = 10_000;
