import { Client } from '../src/client/index.ts';
import { cpuMicrosOf, type BenchCluster } from './cluster.ts';
import { fill, readAll, type ConsumeOptions } from './consume.ts';
import { consumeFromKafka, topicToConsume } from './peers/kafka/consume.ts';
import { startKafka } from './peers/kafka/kafka-cluster.ts';
import type { PeerRun } from './peers/peer.ts';
import type { Missing } from './peers/tools.ts';
import { hundredths, mapSpread, shuffled, spreadOf, type Spread } from './statistics.ts';

export interface ConsumeBesideOptions extends ConsumeOptions {
  readonly dataDirectory?: string;
}

/** The shape that scripts read. */
export interface ConsumeBesideRow {
  readonly experiment: 'consume beside a peer';
  /** `kafka while fetching`: without the time that its consumer takes to join its group. */
  readonly system: 'odradek' | 'kafka' | 'kafka while fetching';
  readonly size: number;
  readonly messagesPerSecond: Spread;
  /** How many times Kafka's median, with all that it takes. */
  readonly ratio: number;
  readonly brokerCpuMicrosPerMessage: Spread;
  readonly repetitions: number;
  readonly messages: number;
  readonly verified: string;
}

/**
 * One consumer reads one partition from its start, Odradek's and Apache Kafka's in turns of random order:
 * ours checks every value, Kafka's is its own `ConsumerPerformance` at its defaults. Or the reason why
 * Kafka cannot be had.
 */
export async function benchConsumeBeside(
  cluster: BenchCluster,
  options: ConsumeBesideOptions,
): Promise<{ readonly version: string; readonly rows: ConsumeBesideRow[] } | Missing> {
  const { messages, size, repetitions, dataDirectory, say } = options;
  say('starting Apache Kafka, three brokers');
  const kafka = await startKafka({
    messageBytesMax: 4_000_000,
    ...(dataDirectory === undefined ? {} : { directory: dataDirectory }),
  });
  if ('missing' in kafka) return kafka;
  const client = new Client({ bootstrap: cluster.bootstrap, clientId: 'bench' });
  try {
    say(`writing ${messages.toLocaleString('en')} messages of ${size} bytes to both`);
    const topic = await fill(client, options);
    const kafkaTopic = await topicToConsume(kafka, { messages, size });
    const runs = { odradek: [] as PeerRun[], kafka: [] as PeerRun[], fetching: [] as PeerRun[] };
    // The first is the warm-up.
    for (let repetition = 0; repetition <= repetitions; repetition += 1) {
      for (const turn of shuffled(['odradek', 'kafka'] as const)) {
        const taken: PeerRun & { fetchMessagesPerSecond?: number } =
          turn === 'odradek'
            ? await readOurs(cluster, client, topic, messages)
            : await consumeFromKafka(kafka, kafkaTopic, messages);
        if (repetition === 0) continue;
        runs[turn].push(taken);
        const fetching = taken.fetchMessagesPerSecond;
        if (fetching !== undefined) runs.fetching.push({ ...taken, messagesPerSecond: fetching });
        const rate = Math.round(taken.messagesPerSecond).toLocaleString('en');
        say(`${repetition}/${repetitions} ${turn}: ${rate} messages/s`);
      }
    }
    const kafkaMedian = spreadOf(runs.kafka.map((run) => run.messagesPerSecond)).median;
    const row = (
      system: ConsumeBesideRow['system'],
      taken: readonly PeerRun[],
      verified: string,
    ): ConsumeBesideRow => {
      const rates = spreadOf(taken.map((run) => run.messagesPerSecond));
      const cpu = spreadOf(taken.map((run) => run.brokerCpuMicros));
      return {
        experiment: 'consume beside a peer',
        ...{ system, size, repetitions, messages, verified },
        messagesPerSecond: mapSpread(rates, Math.round),
        ratio: hundredths(rates.median / kafkaMedian),
        brokerCpuMicrosPerMessage: mapSpread(cpu, hundredths),
      };
    };
    return {
      version: kafka.version,
      rows: [
        row('odradek', runs.odradek, 'every message in order'),
        row('kafka', runs.kafka, 'counted'),
        row('kafka while fetching', runs.fetching, 'counted'),
      ],
    };
  } finally {
    await client.close();
    await kafka.stop();
  }
}

async function readOurs(
  cluster: BenchCluster,
  client: Client,
  topic: string,
  messages: number,
): Promise<PeerRun> {
  const before = await cpuMicrosOf(cluster.brokers);
  const startedAt = performance.now();
  await readAll(client, topic, messages);
  const seconds = (performance.now() - startedAt) / 1000;
  const brokerCpuMicros = ((await cpuMicrosOf(cluster.brokers)) - before) / messages;
  return { messagesPerSecond: messages / seconds, brokerCpuMicros };
}
