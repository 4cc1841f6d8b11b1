import { createHistogram } from 'node:perf_hooks';
import { Client } from '../src/client/index.ts';
import type { BenchCluster } from './cluster.ts';
import { measure, type LatencyOptions } from './latency.ts';
import { startKafka, type KafkaCluster } from './peers/kafka/kafka-cluster.ts';
import { kafkaAtRate, kafkaOneAtATime, type KafkaLatency } from './peers/kafka/latency.ts';
import type { KafkaSettings } from './peers/kafka/produce.ts';
import type { Missing } from './peers/tools.ts';
import type { Durability } from './produce.ts';
import { hundredths, mapSpread, shuffled, spreadOf, type Spread } from './statistics.ts';

export interface LatencyBesideOptions extends LatencyOptions {
  readonly dataDirectory?: string;
}

/** What is measured: acknowledgements at the rate, or whole ways of one message at a time. */
type Way = 'to the acknowledgement, at the rate' | 'end to end, one at a time';

/** The shape that scripts read. Milliseconds: the median of the repetitions, the lowest and the highest. */
export interface LatencyBesideRow {
  readonly experiment: 'latency beside a peer';
  readonly system: 'odradek' | 'kafka';
  readonly durability: Durability;
  readonly way: Way;
  /** That was asked for; null where there is none. */
  readonly rate: number | null;
  /** That the producer kept, messages a second. */
  readonly keptRate: Spread | null;
  readonly size: number;
  readonly p50: Spread;
  readonly p99: Spread;
  readonly p999: Spread;
  readonly repetitions: number;
}

interface Taken extends KafkaLatency {
  readonly messagesPerSecond?: number;
}

interface Contender {
  readonly system: LatencyBesideRow['system'];
  readonly durability: Durability;
  readonly way: Way;
  readonly run: () => Promise<Taken>;
}

/**
 * How long a message takes in Odradek and in Apache Kafka, all in turns of random order: to its
 * acknowledgement at a fixed rate, and from one end to the other when there is one at a time. Kafka is
 * driven by its own tools, `ProducerPerformance` and `EndToEndLatency`, which count from each send; at the
 * rate ours count from when a message was due, which can only be more. Or the reason why Kafka cannot be had.
 */
export async function benchLatencyBeside(
  cluster: BenchCluster,
  options: LatencyBesideOptions,
): Promise<{ readonly version: string; readonly rows: LatencyBesideRow[] } | Missing> {
  const { dataDirectory, durabilities, repetitions, rate, size, say } = options;
  say('starting Apache Kafka, three brokers');
  const kafka = await startKafka({
    messageBytesMax: 4_000_000,
    ...(dataDirectory === undefined ? {} : { directory: dataDirectory }),
  });
  if ('missing' in kafka) return kafka;
  try {
    const settings = await bestOf(kafka, options);
    const one = { messages: ONE_AT_A_TIME, size };
    const contenders: Contender[] = [
      ...durabilities.flatMap((durability): Contender[] => [
        {
          ...{ system: 'odradek', durability, way: 'to the acknowledgement, at the rate' },
          run: async () => {
            const { ack, complete } = await measure(cluster, options, durability);
            if (!complete) throw new Error('messages were not acknowledged, or not read, in time');
            // Sent when it was due, or counted from when it was.
            return { ...quantilesOf(ack), messagesPerSecond: rate };
          },
        },
        {
          ...{ system: 'odradek', durability, way: 'end to end, one at a time' },
          run: () => oneAtATime(cluster, durability, one),
        },
      ]),
      {
        ...{
          system: 'kafka',
          durability: 'page-cache',
          way: 'to the acknowledgement, at the rate',
        },
        run: () => kafkaAtRate(kafka, { ...options, settings }),
      },
      {
        ...{ system: 'kafka', durability: 'page-cache', way: 'end to end, one at a time' },
        run: () => kafkaOneAtATime(kafka, one),
      },
    ];
    const taken = new Map<Contender, Taken[]>(contenders.map((each) => [each, []]));
    for (let repetition = 1; repetition <= repetitions; repetition += 1) {
      for (const contender of shuffled(contenders)) {
        const latency = await contender.run();
        taken.get(contender)?.push(latency);
        const { system, durability, way } = contender;
        const { p50, p99 } = latency;
        say(
          `${repetition}/${repetitions} ${system}, ${durability}, ${way}: p50 ${p50}, p99 ${p99} ms`,
        );
      }
    }
    const rows = contenders.map((contender): LatencyBesideRow => {
      const runs = taken.get(contender) ?? [];
      const spread = (of: (run: Taken) => number): Spread =>
        mapSpread(spreadOf(runs.map(of)), hundredths);
      const { system, durability, way } = contender;
      return {
        experiment: 'latency beside a peer',
        ...{ system, durability, way, size, repetitions },
        ...(way === 'end to end, one at a time'
          ? { rate: null, keptRate: null }
          : { rate, keptRate: mapSpread(spreadOf(runs.map(keptRateOf)), Math.round) }),
        p50: spread((run) => run.p50),
        p99: spread((run) => run.p99),
        p999: spread((run) => run.p999),
      };
    });
    return { version: kafka.version, rows };
  } finally {
    await kafka.stop();
  }
}

/** Of a few settings those with which Kafka's p99 at the rate is lowest; each has one run. */
async function bestOf(kafka: KafkaCluster, options: LatencyBesideOptions): Promise<KafkaSettings> {
  let best: { readonly settings: KafkaSettings; readonly p99: number } | null = null;
  for (const settings of KAFKA_SWEEP) {
    const seconds = Math.max(1, options.warmUpSeconds);
    const { p99 } = await kafkaAtRate(kafka, { ...options, seconds, settings });
    const { batchBytes, lingerMs } = settings;
    options.say(`kafka with batch.size ${batchBytes}, linger.ms ${lingerMs}: p99 ${p99} ms`);
    if (best === null || p99 < best.p99) best = { settings, p99 };
  }
  if (best === null) throw new Error('there is nothing to choose from');
  return best.settings;
}

function keptRateOf({ messagesPerSecond = 0 }: Taken): number {
  return messagesPerSecond;
}

/** The next message leaves when the one before it has been read. */
async function oneAtATime(
  cluster: BenchCluster,
  durability: Durability,
  { messages, size }: { readonly messages: number; readonly size: number },
): Promise<KafkaLatency> {
  const client = new Client({ bootstrap: cluster.bootstrap, clientId: 'bench' });
  try {
    const topic = `latency-${Math.random().toString(36).slice(2, 10)}`;
    await client.admin.createTopic(topic, {
      partitions: 1,
      replicationFactor: 3,
      config: { durability },
    });
    const ways = createHistogram();
    const producer = client.producer();
    const consumer = client.consumer({ assign: [topic] });
    const value = Buffer.alloc(size, 'x');
    let sentAt = performance.now();
    let read = 0;
    await producer.send(topic, { key: null, value });
    for await (const batch of consumer.batches()) {
      const now = performance.now();
      read += batch.count;
      // The first found everything cold: connections, the topic's leader.
      if (read > 1) ways.record(Math.max(1, Math.round((now - sentAt) * 1000)));
      if (read > messages) break;
      sentAt = performance.now();
      await producer.send(topic, { key: null, value });
    }
    await consumer.close();
    await client.admin.deleteTopic(topic);
    return quantilesOf(ways);
  } finally {
    await client.close();
  }
}

function quantilesOf(histogram: { percentile(share: number): number }): KafkaLatency {
  const at = (share: number): number => hundredths(histogram.percentile(share) / 1000);
  return { p50: at(50), p99: at(99), p999: at(99.9) };
}

const KAFKA_SWEEP: readonly KafkaSettings[] = [
  { batchBytes: 16_384, lingerMs: 0 },
  { batchBytes: 16_384, lingerMs: 5 },
  { batchBytes: 262_144, lingerMs: 5 },
];
const ONE_AT_A_TIME = 5_000;
