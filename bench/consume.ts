import { Client } from '../src/client/index.ts';
import { cpuMicrosOf, type BenchCluster } from './cluster.ts';
import { numberOf, Payload } from './payload.ts';
import { postAll } from './post.ts';
import { hundredths, mapSpread, spreadOf, type Spread } from './statistics.ts';

export interface ConsumeOptions {
  readonly messages: number;
  readonly size: number;
  readonly repetitions: number;
  readonly batchBytes: number;
  readonly say: (line: string) => void;
}

export interface ConsumeRow {
  readonly experiment: 'consume';
  readonly system: 'odradek';
  readonly size: number;
  readonly messagesPerSecond: Spread;
  readonly megabytesPerSecond: Spread;
  readonly brokerCpuMicrosPerMessage: number;
  readonly clientCpuMicrosPerMessage: number;
  readonly repetitions: number;
  readonly messages: number;
  readonly verified: boolean;
}

/**
 * How many messages a second one consumer reads from one partition, from its start: every value is
 * touched, checksums are checked, and the numbers in them must be those that were sent, in order.
 */
export async function benchConsume(
  cluster: BenchCluster,
  options: ConsumeOptions,
): Promise<ConsumeRow> {
  const { messages, size, repetitions, say } = options;
  const client = new Client({ bootstrap: cluster.bootstrap, clientId: 'bench' });
  try {
    say(`writing ${messages.toLocaleString('en')} messages of ${size} bytes`);
    const topic = await fill(client, options);
    const rates: number[] = [];
    const brokerCpu: number[] = [];
    const clientCpu: number[] = [];
    // The first is the warm-up.
    for (let repetition = 0; repetition <= repetitions; repetition += 1) {
      const before = await cpuMicrosOf(cluster.brokers);
      const own = process.cpuUsage();
      const startedAt = performance.now();
      await readAll(client, topic, messages);
      const seconds = (performance.now() - startedAt) / 1000;
      const used = process.cpuUsage(own);
      if (repetition === 0) continue;
      rates.push(messages / seconds);
      brokerCpu.push(((await cpuMicrosOf(cluster.brokers)) - before) / messages);
      clientCpu.push((used.user + used.system) / messages);
      const rate = Math.round(messages / seconds).toLocaleString('en');
      say(`${repetition}/${repetitions}: ${rate} messages/s`);
    }
    await client.admin.deleteTopic(topic);
    const spread = spreadOf(rates);
    return {
      experiment: 'consume',
      system: 'odradek',
      size,
      messagesPerSecond: mapSpread(spread, Math.round),
      megabytesPerSecond: mapSpread(spread, (rate) => hundredths((rate * size) / 1e6)),
      brokerCpuMicrosPerMessage: hundredths(spreadOf(brokerCpu).median),
      clientCpuMicrosPerMessage: hundredths(spreadOf(clientCpu).median),
      repetitions,
      messages,
      verified: true,
    };
  } finally {
    await client.close();
  }
}

/** Answers with the name of a topic that holds the numbers from 0 on. */
export async function fill(client: Client, options: ConsumeOptions): Promise<string> {
  const { messages, size, batchBytes } = options;
  const topic = `consume-${Math.random().toString(36).slice(2, 10)}`;
  await client.admin.createTopic(topic, {
    partitions: 1,
    replicationFactor: 3,
    config: { durability: 'page-cache', 'max.message.bytes': String(batchBytes + 1024) },
  });
  const payload = new Payload(size);
  await using producer = client.producer({ batchBytes });
  await postAll(producer, topic, messages, (number) => ({
    key: null,
    value: payload.value(number),
  }));
  await producer.flush();
  return topic;
}

/** From the start to the end. Throws unless it is what `fill` wrote. */
export async function readAll(client: Client, topic: string, messages: number): Promise<void> {
  await using consumer = client.consumer({ assign: [topic] });
  let next = 0;
  for await (const batch of consumer.batches({ untilEnd: true })) {
    batch.forEach(({ value }) => {
      const number = value === null ? -1 : numberOf(value);
      if (number !== next) throw new Error(`message ${number} comes where ${next} belongs`);
      next += 1;
    });
  }
  if (next !== messages) throw new Error(`${next} of ${messages} messages were read`);
}
