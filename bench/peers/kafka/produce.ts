import { cpuMicrosOf } from '../../cluster.ts';
import type { KafkaCluster } from './kafka-cluster.ts';

/** What may be set to make its producer faster. */
export interface KafkaSettings {
  readonly batchBytes: number;
  readonly lingerMs: number;
}

export interface KafkaRun {
  readonly messagesPerSecond: number;
  readonly brokerCpuMicros: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly p999: number };
}

/** What the sweep tries: small and large batches, with and without waiting for more. */
export const SWEEP: readonly KafkaSettings[] = [16, 64, 256, 1_024].flatMap((kibibytes) =>
  [0, 5, 20].map((lingerMs) => ({ batchBytes: kibibytes * 1_024, lingerMs })),
);

/**
 * One run of Kafka's own `ProducerPerformance` at acks=all, idempotent, as fast as it goes, to a topic
 * of its own with one partition on three replicas, in the page cache: Kafka's default durability.
 * Throws if the topic does not hold all of it in the end.
 */
export async function produceToKafka(
  cluster: KafkaCluster,
  options: { readonly messages: number; readonly size: number; readonly settings: KafkaSettings },
): Promise<KafkaRun> {
  const { messages } = options;
  const topic = `bench-${Math.random().toString(36).slice(2, 10)}`;
  await cluster.createTopic(topic, {});
  const before = await cpuMicrosOf(cluster.brokers);
  const summary = await fillKafka(cluster, topic, options);
  const brokerCpuMicros = ((await cpuMicrosOf(cluster.brokers)) - before) / messages;
  const held = await cluster.count(topic);
  await cluster.deleteTopic(topic);
  if (held !== messages) throw new Error(`Kafka holds ${held} of ${messages} messages`);
  return { ...summary, brokerCpuMicros };
}

/** One run of `ProducerPerformance` to a topic that is there; `rate`: messages a second, if not flat out. */
export async function fillKafka(
  cluster: KafkaCluster,
  topic: string,
  options: {
    readonly messages: number;
    readonly size: number;
    readonly settings: KafkaSettings;
    readonly rate?: number;
  },
): Promise<Omit<KafkaRun, 'brokerCpuMicros'>> {
  const { messages, size, settings, rate = -1 } = options;
  const { stdout } = await cluster.tool('org.apache.kafka.tools.ProducerPerformance', [
    ...['--topic', topic, '--num-records', String(messages), '--record-size', String(size)],
    ...['--throughput', String(rate)],
    ...['--producer-props', `bootstrap.servers=${cluster.bootstrap}`],
    ...['acks=all', `batch.size=${settings.batchBytes}`, `linger.ms=${settings.lingerMs}`],
    ...['max.request.size=4000000', 'buffer.memory=67108864'],
  ]);
  return parseSummary(stdout);
}

/** The last line of `ProducerPerformance`. Exported for its test. */
export function parseSummary(stdout: string): Omit<KafkaRun, 'brokerCpuMicros'> {
  const line = stdout.trim().split('\n').at(-1) ?? '';
  const found =
    /, ([\d.]+) records\/sec .*, (\d+) ms 50th, \d+ ms 95th, (\d+) ms 99th, (\d+) ms 99\.9th\.$/.exec(
      line,
    );
  if (found === null) throw new Error(`ProducerPerformance ended with “${line}”`);
  const [rate = 0, p50 = 0, p99 = 0, p999 = 0] = found.slice(1).map(Number);
  return { messagesPerSecond: rate, latencyMs: { p50, p99, p999 } };
}
