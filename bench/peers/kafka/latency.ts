import type { KafkaCluster } from './kafka-cluster.ts';
import { fillKafka, type KafkaSettings } from './produce.ts';

/** Milliseconds. Kafka's tools say whole ones. */
export interface KafkaLatency {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** A topic of one partition on three replicas, for one run. */
async function onTopic<T>(
  cluster: KafkaCluster,
  work: (topic: string) => Promise<T>,
): Promise<T> {
  const topic = `latency-${Math.random().toString(36).slice(2, 10)}`;
  await cluster.createTopic(topic, {});
  const result = await work(topic);
  await cluster.deleteTopic(topic);
  return result;
}

/**
 * Kafka's own `ProducerPerformance` held to a rate: from each send to its acknowledgement. What a send
 * waits for its turn is not in it, so one that does not keep the rate looks better than it is: what it
 * kept is returned. The warm-up is a run before: its own process, but the same brokers and topic.
 */
export function kafkaAtRate(
  cluster: KafkaCluster,
  options: {
    readonly rate: number;
    readonly size: number;
    readonly seconds: number;
    readonly warmUpSeconds: number;
    readonly settings: KafkaSettings;
  },
): Promise<KafkaLatency & { readonly messagesPerSecond: number }> {
  const { rate, seconds, warmUpSeconds } = options;
  return onTopic(cluster, async (topic) => {
    if (warmUpSeconds > 0) {
      await fillKafka(cluster, topic, { ...options, messages: rate * warmUpSeconds });
    }
    const run = await fillKafka(cluster, topic, { ...options, messages: rate * seconds });
    return { ...run.latencyMs, messagesPerSecond: run.messagesPerSecond };
  });
}

/** Kafka's own `EndToEndLatency`: one message at a time, from its send to where a consumer has it. */
export function kafkaOneAtATime(
  cluster: KafkaCluster,
  { messages, size }: { readonly messages: number; readonly size: number },
): Promise<KafkaLatency> {
  return onTopic(cluster, async (topic) => {
    const args = [cluster.bootstrap, topic, String(messages), 'all', String(size)];
    const { stdout } = await cluster.tool('org.apache.kafka.tools.EndToEndLatency', args);
    return parseEndToEnd(stdout);
  });
}

/** The last lines of `EndToEndLatency`. Exported for its test. */
export function parseEndToEnd(stdout: string): KafkaLatency {
  const found = /^Percentiles: 50th = (\d+), 99th = (\d+), 99\.9th = (\d+)$/m.exec(stdout);
  if (found === null) {
    const line = stdout.trim().split('\n').at(-1) ?? '';
    throw new Error(`EndToEndLatency ended with “${line}”`);
  }
  const [p50 = 0, p99 = 0, p999 = 0] = found.slice(1).map(Number);
  return { p50, p99, p999 };
}
