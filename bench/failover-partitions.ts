import { Client, type BrokerDescription, type Producer } from '../src/client/index.ts';
import { finalReads } from '../src/testing/judge/final-read.ts';
import { HistoryJudge } from '../src/testing/judge/judge.ts';
import { describeVerdict } from '../src/testing/judge/verdict.ts';
import type { BenchCluster } from './cluster.ts';
import { distributionOf, type Distribution } from './failover.ts';
import { numberOf, Payload } from './payload.ts';
import { until } from './waiting.ts';

export interface FailoverPartitionsOptions {
  readonly partitions: number;
  readonly kills: number;
  readonly size: number;
  readonly say: (line: string) => void;
}

/** The shape that scripts read. */
export interface FailoverPartitionsRow {
  readonly experiment: 'failover of many partitions';
  readonly system: 'odradek';
  readonly partitions: number;
  /** That the broker led when it was killed. */
  readonly led: readonly number[];
  readonly kills: number;
  /** From the kill until the metadata has another leader for every partition that it led. */
  readonly movedMs: Distribution;
  /** From the kill until each of them has acknowledged a message, asked for when all had moved. */
  readonly writableMs: Distribution;
  readonly messages: number;
  readonly verified: boolean;
}

/**
 * How long the leaderships of a dead broker take to move when there are many: kill −9 of the broker that
 * leads the most, watched by asking the others for the cluster's metadata again and again. Every
 * partition has a message before, and those that moved get another one after; all are read back.
 */
export async function benchFailoverPartitions(
  cluster: BenchCluster,
  options: FailoverPartitionsOptions,
): Promise<FailoverPartitionsRow> {
  const { partitions, kills, say } = options;
  const client = new Client({
    bootstrap: cluster.bootstrap,
    clientId: 'bench',
    requestTimeoutMs: 120_000,
  });
  try {
    const topics = topicsOf(partitions);
    say(`creating ${partitions.toLocaleString('en')} partitions`);
    let created = 0;
    for (const { topic, partitions } of topics) {
      await client.admin.createTopic(topic, { partitions, replicationFactor: 3 });
      created += partitions;
      // One after the other: brokers that make thousands of logs at once may miss their heartbeats.
      await everywhere(client, created);
    }
    say('sending a message to each, as soon as its replicas are made');
    const messages = new MessageOfEach(client, options.size);
    await messages.sendTo(topics.flatMap(({ topic, partitions }) => placesOf(topic, partitions)));
    const led: number[] = [];
    const moved: number[] = [];
    const writable: number[] = [];
    for (let kill = 1; kill <= kills; kill += 1) {
      const victim = await broadest(client);
      const broker = cluster.brokers[victim.id - 1];
      if (broker === undefined) throw new Error(`there is no broker ${victim.id}`);
      const places = await ledBy(client, topics, victim.id);
      const bootstrap = cluster.bootstrap.filter((address) => address !== victim.grpc);
      await using watcher = await watcherOf(bootstrap);
      const startedAt = performance.now();
      await broker.kill();
      await until('all leaderships to move', { withinMs: 120_000 }, async () => {
        const { brokers, offlinePartitions } = await watcher.admin.describeCluster();
        const left = brokers.find(({ id }) => id === victim.id)?.leaders;
        return left === 0 && offlinePartitions === 0 ? true : null;
      });
      led.push(places.length);
      moved.push(performance.now() - startedAt);
      await messages.sendTo(places);
      writable.push(performance.now() - startedAt);
      say(
        `kill ${kill}/${kills}: ${places.length.toLocaleString('en')} leaderships moved in ` +
          `${Math.round(moved.at(-1) ?? 0)} ms, all writable after ${Math.round(writable.at(-1) ?? 0)} ms`,
      );
      await broker.start();
      await everywhere(client, partitions);
    }
    say('reading the messages back');
    await messages.verify(topics.map(({ topic }) => topic));
    return {
      experiment: 'failover of many partitions',
      system: 'odradek',
      ...{ partitions, led, kills },
      movedMs: distributionOf(moved),
      writableMs: distributionOf(writable),
      messages: messages.count,
      verified: true,
    };
  } finally {
    await client.close();
  }
}

interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** One message after the other to given partitions, each of another number, and what became of them. */
class MessageOfEach {
  readonly #client: Client;
  readonly #payload: Payload;
  readonly #judge = new HistoryJudge({ idempotent: true });
  count = 0;

  constructor(client: Client, size: number) {
    this.#client = client;
    this.#payload = new Payload(size);
  }

  /** One to each, some at a time; resolves once all are acknowledged. */
  async sendTo(places: readonly Place[]): Promise<void> {
    // The metadata has a partition before its brokers have made thousands of logs.
    const producer = this.#client.producer({ deliveryTimeoutMs: SEND_MS_MAX });
    for (let at = 0; at < places.length; at += SENDS_MAX) {
      await this.#sendAtOnce(producer, places.slice(at, at + SENDS_MAX));
    }
    await producer.close();
  }

  async #sendAtOnce(producer: Producer, places: readonly Place[]): Promise<void> {
    const sent = places.map(async ({ topic, partition }) => {
      const number = this.count++;
      const value = Uint8Array.from(this.#payload.value(number));
      const { offset } = await producer.send(topic, { partition, key: null, value });
      this.#judge.add({
        kind: 'send',
        client: 'bench',
        partition: `${topic}-${partition}`,
        value: String(number),
        acks: 'all',
        outcome: 'ok',
        offset,
        code: null,
        sentAt: number,
        answeredAt: null,
      });
    });
    await Promise.all(sent);
  }

  /** Throws what is wrong with what the topics hold. */
  async verify(topics: readonly string[]): Promise<void> {
    const textOf = (value: Uint8Array | null): string =>
      value === null ? 'nothing' : String(numberOf(value));
    for (const topic of topics) {
      for await (const read of finalReads(this.#client, topic, { textOf })) this.#judge.add(read);
    }
    const verdict = this.#judge.verdict();
    if (verdict.anomalies.length > 0) throw new Error(describeVerdict(verdict));
  }
}

/** As few topics as hold that many partitions. Exported for its test. */
export function topicsOf(partitions: number): { topic: string; partitions: number }[] {
  const topics: { topic: string; partitions: number }[] = [];
  for (let left = partitions; left > 0; left -= TOPIC_PARTITIONS_MAX) {
    const topic = `failover-${topics.length}`;
    topics.push({ topic, partitions: Math.min(left, TOPIC_PARTITIONS_MAX) });
  }
  return topics;
}

function placesOf(topic: string, partitions: number): Place[] {
  return Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
}

/** Until every broker is active, and every partition has a leader and all its replicas in sync. */
async function everywhere(client: Client, partitions: number): Promise<void> {
  await until('all replicas to be in sync', { withinMs: 600_000, everyMs: 250 }, async () => {
    const cluster = await client.admin.describeCluster();
    const isWhole =
      cluster.partitions >= partitions &&
      cluster.brokers.every(({ state }) => state === 'active') &&
      cluster.offlinePartitions === 0 &&
      cluster.underReplicatedPartitions === 0;
    return isWhole ? true : null;
  });
}

/** The broker that leads the most. */
async function broadest(client: Client): Promise<BrokerDescription> {
  const { brokers } = await client.admin.describeCluster();
  return brokers.reduce((a, b) => (b.leaders > a.leaders ? b : a));
}

async function ledBy(
  client: Client,
  topics: readonly { readonly topic: string }[],
  broker: number,
): Promise<Place[]> {
  const places: Place[] = [];
  for (const { topic } of topics) {
    for (const { partition, leader } of (await client.admin.describeTopic(topic)).partitions) {
      if (leader === broker) places.push({ topic, partition });
    }
  }
  return places;
}

/** A client of the brokers that stay; it has asked before, so that its connections are there. */
async function watcherOf(bootstrap: readonly string[]): Promise<Client> {
  const client = new Client({ bootstrap, clientId: 'bench-watcher' });
  await client.admin.describeCluster();
  return client;
}

/** Of a topic: what brokers make, and describe in one message, without strain. */
const TOPIC_PARTITIONS_MAX = 500;
/** A batch of each partition is a flush of its own at three brokers. */
const SENDS_MAX = 500;
const SEND_MS_MAX = 1_800_000;
