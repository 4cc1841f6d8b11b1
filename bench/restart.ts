import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Client, type DeliveryReport } from '../src/client/index.ts';
import type { BenchCluster } from './cluster.ts';
import { distributionOf, type Distribution } from './failover.ts';
import { numberOf, Payload } from './payload.ts';
import { postAll } from './post.ts';
import type { Durability } from './produce.ts';
import { SteadyLoad } from './steady-load.ts';
import { until } from './waiting.ts';

export interface RestartOptions {
  /** Of the topic, on each broker. */
  readonly logBytes: number;
  readonly partitions: number;
  readonly kills: number;
  readonly size: number;
  /** Messages a second that go on meanwhile. */
  readonly rate: number;
  readonly batchBytes: number;
  readonly durability: Durability;
  readonly say: (line: string) => void;
}

/** The shape that scripts read. */
export interface RestartRow {
  readonly experiment: 'restart';
  readonly system: 'odradek';
  /** Of the topic, on each broker, when the first was killed. */
  readonly logMegabytes: number;
  readonly partitions: number;
  readonly size: number;
  readonly rate: number;
  readonly durability: Durability;
  readonly kills: number;
  /** From the command that starts it until the cluster's metadata has it as active. */
  readonly activeMs: Distribution;
  /** Until all its replicas follow and are in sync as well. */
  readonly inSyncMs: Distribution;
  readonly messages: number;
  /** Every message was read back from the broker that had been killed: all there, once, in order. */
  readonly verified: boolean;
}

/**
 * How long a broker with large logs takes to serve again after kill −9. It is the preferred leader, it
 * dies while it takes writes, the others take over and go on, and it has that to catch up with. What it
 * had written is in the page cache still, as after any death of a process.
 */
export async function benchRestart(
  cluster: BenchCluster,
  options: RestartOptions,
): Promise<RestartRow> {
  const { partitions, kills, size, rate, durability, batchBytes, say } = options;
  const client = new Client({ bootstrap: cluster.bootstrap, clientId: 'bench' });
  try {
    await client.admin.createTopic(TOPIC, {
      partitions,
      replicationFactor: 3,
      config: { durability, 'max.message.bytes': String(batchBytes + 1024) },
    });
    const filled = Math.ceil(options.logBytes / size);
    say(`writing ${filled.toLocaleString('en')} messages of ${size} bytes`);
    const logBytes = await fill(client, filled, options);
    const load = new SteadyLoad(client, {
      ...{ topic: TOPIC, rate, size, partitions },
      firstNumber: filled,
    });
    const active: number[] = [];
    const inSync: number[] = [];
    for (let kill = 1; kill <= kills; kill += 1) {
      await load.acknowledges(rate);
      const id = await preferredLeader(client);
      const broker = cluster.brokers[id - 1];
      if (broker === undefined) throw new Error(`there is no broker ${id}`);
      await broker.kill();
      await until('the others to take over', { withinMs: 60_000 }, async () => {
        const state = await stateOf(client, id);
        return state === null || state === 'active' ? null : true;
      });
      await load.acknowledges(rate);
      const startedAt = performance.now();
      const ready = broker.start();
      // Seen below; until then it must not look like nobody's.
      ready.catch(() => {});
      const activeMs = await until(
        `${broker.name} to be active`,
        { withinMs: 300_000 },
        async () => {
          if (broker.pid === -1) await ready;
          return (await stateOf(client, id)) === 'active' ? performance.now() - startedAt : null;
        },
      );
      const inSyncMs = await until('its replicas', { withinMs: 300_000 }, async () => {
        const { clusterId, underReplicatedPartitions } = await client.admin.describeCluster();
        const isWhole = clusterId !== null && underReplicatedPartitions === 0;
        return isWhole ? performance.now() - startedAt : null;
      });
      await ready;
      active.push(activeMs);
      inSync.push(inSyncMs);
      say(
        `${kill}/${kills} ${broker.name}: active after ${Math.round(activeMs)} ms, ` +
          `in sync after ${Math.round(inSyncMs)} ms`,
      );
    }
    await load.stop();
    const [error] = load.errors;
    if (error !== undefined) throw new Error(`a message was not acknowledged: ${error}`);
    // Its own log is what is read.
    await preferredLeader(client);
    const messages = filled + load.messages;
    say(`reading ${messages.toLocaleString('en')} messages back`);
    await readAll(client, partitions, messages);
    return {
      experiment: 'restart',
      system: 'odradek',
      logMegabytes: Math.round(logBytes / 1e6),
      ...{ partitions, size, rate, durability, kills },
      activeMs: distributionOf(active),
      inSyncMs: distributionOf(inSync),
      messages,
      verified: true,
    };
  } finally {
    await client.close();
  }
}

/** Why such a topic would not fit on the disk, with its three replicas; null where it does. */
export async function shortageOf(
  logBytes: number,
  directory: string = tmpdir(),
): Promise<string | null> {
  const { bavail, bsize } = await statfs(directory);
  return shortage({ logBytes, freeBytes: bavail * bsize, directory });
}

/** Exported for its test. */
export function shortage(options: {
  readonly logBytes: number;
  readonly freeBytes: number;
  readonly directory: string;
}): string | null {
  const { logBytes, freeBytes, directory } = options;
  const needed = logBytes * REPLICAS * ROOM + ROOM_BYTES;
  if (freeBytes >= needed) return null;
  const gibibytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
  return (
    `${directory} has ${gibibytes(freeBytes)} GiB free, and three replicas of ` +
    `${gibibytes(logBytes)} GiB need ${gibibytes(needed)} GiB; ask for less with --log-bytes, ` +
    'or name another disk with --data-dir'
  );
}

/** Answers with how large the topic is on each broker. */
async function fill(
  client: Client,
  messages: number,
  { size, partitions, batchBytes }: RestartOptions,
): Promise<number> {
  const payload = new Payload(size);
  let bytes = 0;
  let failure: Error | null = null;
  const onDelivery = (report: DeliveryReport): void => {
    bytes += report.bytes;
    failure ??= report.error;
  };
  const producer = client.producer({ batchBytes, onDelivery });
  await postAll(producer, TOPIC, messages, (number) => ({
    partition: number % partitions,
    key: null,
    value: payload.value(number),
  }));
  await producer.close();
  if (failure !== null) throw failure as Error;
  return bytes;
}

/** Gives every partition to its preferred leader, and answers with that of the first. */
async function preferredLeader(client: Client): Promise<number> {
  for (const { error } of await client.admin.electLeaders({ topic: TOPIC })) {
    if (error !== null && error.code !== 'ELECTION_NOT_NEEDED') throw error;
  }
  return until('the preferred leaders', { withinMs: 30_000 }, async () => {
    const { partitions } = await client.admin.describeTopic(TOPIC);
    const isDone = partitions.every(({ leader, replicas }) => leader === replicas[0]?.broker);
    return isDone ? (partitions[0]?.leader ?? null) : null;
  });
}

/** Null where a broker answers that has just started and knows nothing yet. */
async function stateOf(client: Client, id: number): Promise<string | null> {
  const { brokers } = await client.admin.describeCluster();
  return brokers.find((each) => each.id === id)?.state ?? null;
}

/** Message `n` went to partition `n % partitions`, in order. */
async function readAll(client: Client, partitions: number, messages: number): Promise<void> {
  await using consumer = client.consumer({ assign: [TOPIC] });
  const next = Array.from({ length: partitions }, (_, partition) => partition);
  let read = 0;
  for await (const batch of consumer.batches({ untilEnd: true })) {
    const { partition } = batch;
    let expected = next[partition] ?? -1;
    batch.forEach(({ offset, value }) => {
      const number = value === null ? -1 : numberOf(value);
      if (number !== expected) {
        const place = `${TOPIC}-${partition} at ${offset}`;
        throw new Error(`${place} has message ${number} where ${expected} belongs`);
      }
      expected += partitions;
      read += 1;
    });
    next[partition] = expected;
  }
  if (read !== messages) throw new Error(`${read} of ${messages} messages were read`);
}

const TOPIC = 'restart';
const REPLICAS = 3;
/** For what lies around the messages, and for those that are sent meanwhile. */
const ROOM = 1.1;
const ROOM_BYTES = 2 ** 30;
