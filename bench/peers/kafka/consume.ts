import { cpuMicrosOf } from '../../cluster.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { fillKafka } from './produce.ts';

export interface KafkaConsumption {
  /** From the start of the consumer to its last message. */
  readonly messagesPerSecond: number;
  /** Without the time that it takes to join its group. */
  readonly fetchMessagesPerSecond: number;
  readonly messages: number;
}

/** A topic of one partition on three replicas, full, for consumers to read again and again. */
export async function topicToConsume(
  cluster: KafkaCluster,
  options: { readonly messages: number; readonly size: number },
): Promise<string> {
  const topic = `consume-${Math.random().toString(36).slice(2, 10)}`;
  await cluster.createTopic(topic, {});
  await fillKafka(cluster, topic, { ...options, settings: { batchBytes: 262_144, lingerMs: 5 } });
  return topic;
}

/** One run of Kafka's own `ConsumerPerformance` from the start. Throws unless it has read everything. */
export async function consumeFromKafka(
  cluster: KafkaCluster,
  topic: string,
  messages: number,
): Promise<KafkaConsumption & { readonly brokerCpuMicros: number }> {
  const before = await cpuMicrosOf(cluster.brokers);
  const { stdout } = await cluster.tool('org.apache.kafka.tools.ConsumerPerformance', [
    ...['--bootstrap-server', cluster.bootstrap, '--topic', topic],
    ...['--messages', String(messages), '--timeout', '60000'],
  ]);
  const brokerCpuMicros = ((await cpuMicrosOf(cluster.brokers)) - before) / messages;
  const run = parseConsumption(stdout);
  if (run.messages !== messages) {
    throw new Error(`Kafka's consumer read ${run.messages} of ${messages} messages`);
  }
  return { ...run, brokerCpuMicros };
}

/** The table of `ConsumerPerformance`: a line of names and a line of values. Exported for its test. */
export function parseConsumption(stdout: string): KafkaConsumption {
  const lines = stdout.trim().split('\n');
  const at = lines.findIndex((line) => line.startsWith('start.time'));
  const names = (lines[at] ?? '').split(',').map((name) => name.trim());
  const values = (lines[at + 1] ?? '').split(',').map((value) => value.trim());
  const valueOf = (name: string): number => {
    const value = Number(values[names.indexOf(name)]);
    if (at === -1 || Number.isNaN(value)) {
      throw new Error(`ConsumerPerformance ended with “${lines.at(-1) ?? ''}”`);
    }
    return value;
  };
  return {
    messagesPerSecond: valueOf('nMsg.sec'),
    fetchMessagesPerSecond: valueOf('fetch.nMsg.sec'),
    messages: valueOf('data.consumed.in.nMsg'),
  };
}
