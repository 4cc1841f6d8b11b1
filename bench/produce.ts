import { Client, type Compression, type DeliveryReport } from '../src/client/index.ts';
import { cpuMicrosOf, usageOf, type BenchCluster } from './cluster.ts';
import { Payload } from './payload.ts';
import { postAll } from './post.ts';
import { hundredths, mapSpread, quantile, shuffled, spreadOf, type Spread } from './statistics.ts';
import { verifyElsewhere } from './verify-elsewhere.ts';

export interface ProduceOptions {
  readonly messages: number;
  readonly warmUpMessages: number;
  readonly size: number;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly acks: Acks;
  readonly durabilities: readonly Durability[];
  readonly repetitions: number;
  readonly batchBytes: number;
  /** At once, each with connections of its own: 1. */
  readonly producers?: number;
  /** Whether messages have one of `KEYS` keys, each as likely as any other. */
  readonly keyed?: boolean;
  /** Whether values are text that compresses, instead of random bytes that do not. */
  readonly compressible?: boolean;
  readonly compression?: Compression;
  /** Progress, a sentence at a time. */
  readonly say: (line: string) => void;
}

export type Acks = 'all' | 1 | 0;
export type Durability = 'page-cache' | 'fsync';

/** One row of the result; the shape that scripts read. */
export interface ProduceRow {
  readonly experiment: 'produce';
  readonly system: 'odradek';
  readonly size: number;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly acks: Acks;
  readonly durability: Durability;
  readonly messagesPerSecond: Spread;
  readonly megabytesPerSecond: Spread;
  /** From handing a record over to its acknowledgement, flat out: queueing is most of it. */
  readonly latencyMs: { p50: number; p99: number; p999: number; max: number };
  readonly brokerCpuMicrosPerMessage: number;
  readonly clientCpuMicrosPerMessage: number;
  readonly brokerPeakMegabytes: number;
  readonly repetitions: number;
  readonly messages: number;
  /** Every record of every repetition was read back and judged: none lost, doubled, or out of order. */
  readonly verified: boolean;
}

/** One repetition. */
export interface Run {
  readonly messagesPerSecond: number;
  readonly latenciesMs: readonly number[];
  readonly brokerCpuMicros: number;
  readonly clientCpuMicros: number;
}

/**
 * How many messages a second one producer has acknowledged, flat out. Repetitions of the durabilities
 * alternate, so that a machine that slows down slows all of them; each has a topic of its own, whose
 * records are read back and checked before the next begins.
 */
export async function benchProduce(
  cluster: BenchCluster,
  options: ProduceOptions,
): Promise<ProduceRow[]> {
  const client = new Client({ bootstrap: cluster.bootstrap, clientId: 'bench' });
  try {
    const runs = new Map<Durability, Run[]>(options.durabilities.map((each) => [each, []]));
    for (const durability of options.durabilities) {
      options.say(`warming up, ${durability}`);
      await measure(client, cluster, options, durability, options.warmUpMessages);
    }
    for (let repetition = 1; repetition <= options.repetitions; repetition += 1) {
      for (const durability of shuffled(options.durabilities)) {
        const run = await measure(client, cluster, options, durability, options.messages);
        runs.get(durability)?.push(run);
        options.say(
          `${repetition}/${options.repetitions} ${durability}: ` +
            `${Math.round(run.messagesPerSecond).toLocaleString('en')} messages/s`,
        );
      }
    }
    const usage = await Promise.all(cluster.brokers.map(({ pid }) => usageOf(pid)));
    const peakBytes = Math.max(...usage.map((each) => each.peakBytes));
    return options.durabilities.map((durability) =>
      rowOf(options, durability, runs.get(durability) ?? [], peakBytes),
    );
  } finally {
    await client.close();
  }
}

/** One repetition, to a topic of its own, read back and judged behind the clock. Throws what is wrong. */
export async function measure(
  client: Client,
  cluster: BenchCluster,
  options: ProduceOptions,
  durability: Durability,
  messages: number,
): Promise<Run> {
  const { size, partitions, replicationFactor, acks, batchBytes } = options;
  const { producers: count = 1, keyed = false, compression = 'none' } = options;
  const topic = `bench-${Math.random().toString(36).slice(2, 10)}`;
  const patience = { timeoutMs: TOPIC_MS_MAX };
  await client.admin.createTopic(
    topic,
    {
      partitions,
      replicationFactor,
      config: { durability, 'max.message.bytes': String(batchBytes + 1024) },
    },
    patience,
  );
  await untilReady(client, topic);
  const deliveries: DeliveryReport[] = [];
  const others = Array.from(
    { length: count - 1 },
    () => new Client({ bootstrap: cluster.bootstrap, clientId: 'bench' }),
  );
  const producers = [client, ...others].map((each) =>
    each.producer({
      acks,
      batchBytes,
      compression,
      maxBufferBytes: Math.max(BUFFER_BYTES / count, 4 * batchBytes),
      onDelivery: (report) => deliveries.push(report),
    }),
  );
  await Promise.all(others.map((each) => each.connect()));
  const compressible = options.compressible ?? false;
  const payloads = producers.map(() => new Payload(size, { compressible }));
  const latenciesMs: number[] = [];
  const brokerCpuBefore = await cpuMicrosOf(cluster.brokers);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(
    producers.map(async (producer, which) => {
      // Its own: while it waits, the others would write their numbers over its value.
      const payload = payloads[which] as Payload;
      // Dealt in turn, so that each producer’s numbers rise.
      await postAll(
        producer,
        topic,
        Math.ceil((messages - which) / count),
        (index) => {
          const number = index * count + which;
          const key = keyed ? `key-${(number * KEY_STRIDE) % KEYS}` : null;
          return { key, value: payload.value(number) };
        },
        (index) => {
          if (index % LATENCY_SAMPLE !== 0) return undefined;
          const postedAt = performance.now();
          return () => void latenciesMs.push(performance.now() - postedAt);
        },
      );
      await producer.close();
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const brokerCpuMicros = (await cpuMicrosOf(cluster.brokers)) - brokerCpuBefore;
  const failed = deliveries.find(({ error }) => error !== null);
  if (failed?.error) throw failed.error;
  await Promise.all(others.map((each) => each.close()));
  const produced = { topic, partitions, messages, producers: count, acks, deliveries };
  await verifyElsewhere(cluster.bootstrap, produced);
  await client.admin.deleteTopic(topic, patience);
  return {
    messagesPerSecond: messages / seconds,
    latenciesMs,
    brokerCpuMicros: brokerCpuMicros / messages,
    clientCpuMicros: (cpu.user + cpu.system) / messages,
  };
}

/** Until the leader of every partition answers for it with all replicas in sync: they are all made. */
export async function untilReady(client: Client, topic: string): Promise<void> {
  const deadline = performance.now() + TOPIC_MS_MAX;
  for (;;) {
    const { partitions } = await client.admin.describeTopic(topic, { timeoutMs: TOPIC_MS_MAX });
    const lacking = partitions.filter(
      ({ highWatermark, isr, replicas }) => highWatermark === null || isr.length < replicas.length,
    );
    if (lacking.length === 0) return;
    if (performance.now() > deadline) {
      const minutes = TOPIC_MS_MAX / 60_000;
      throw new Error(
        `${lacking.length} of ${partitions.length} partitions of ${topic} have no leader that answers, ` +
          `or not all replicas in sync, ${minutes} minutes after it was created`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
  }
}

function rowOf(
  options: ProduceOptions,
  durability: Durability,
  runs: readonly Run[],
  peakBytes: number,
): ProduceRow {
  const { size, partitions, replicationFactor, acks, repetitions, messages } = options;
  const rates = spreadOf(runs.map((run) => run.messagesPerSecond));
  const latencies = runs.flatMap((run) => run.latenciesMs).sort((a, b) => a - b);
  return {
    experiment: 'produce',
    system: 'odradek',
    size,
    partitions,
    replicationFactor,
    acks,
    durability,
    messagesPerSecond: mapSpread(rates, Math.round),
    megabytesPerSecond: mapSpread(rates, (rate) => hundredths((rate * size) / 1e6)),
    latencyMs: {
      p50: hundredths(quantile(latencies, 0.5)),
      p99: hundredths(quantile(latencies, 0.99)),
      p999: hundredths(quantile(latencies, 0.999)),
      max: hundredths(quantile(latencies, 1)),
    },
    brokerCpuMicrosPerMessage: hundredths(spreadOf(runs.map((run) => run.brokerCpuMicros)).median),
    clientCpuMicrosPerMessage: hundredths(spreadOf(runs.map((run) => run.clientCpuMicros)).median),
    brokerPeakMegabytes: hundredths(peakBytes / 1e6),
    repetitions,
    messages,
    verified: true,
  };
}

/** How many different keys there are. */
const KEYS = 10_000;
/** Shares no factor with their number. */
const KEY_STRIDE = 7_919;
/** Of all producers together, unless a few batches of each are more. */
const BUFFER_BYTES = 32 << 20;
/** A topic of ten thousand partitions makes thirty thousand replicas. */
const TOPIC_MS_MAX = 300_000;
const READY_POLL_MS = 100;
const LATENCY_SAMPLE = 997;
