// Whatever a reader, or something that claims to be a broker, asks for wrongly: it is told what is
// wrong, and nobody else notices.
import { connect as connectSocket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import {
  brokerEpoch,
  clusterId,
  generation,
  leaderEpoch,
  nodeId,
  offset,
  partitionIndex,
  topicId,
} from '../../src/base/ids.ts';
import { startCluster, type TestCluster } from '../../src/testing/index.ts';
import type { FetchRequest, FetchTarget } from '../../src/wire/consume-messages.ts';
import type { ReplicaOpen, ReplicaRequest } from '../../src/wire/hot/replica.ts';
import { REPLICATION_SERVICE } from '../../src/wire/internal-services.ts';
import { ADMIN_SERVICE, CONSUMER_SERVICE, METADATA_SERVICE } from '../../src/wire/services.ts';
import {
  Bystanders,
  expectRefusal,
  footprintOf,
  leaderAddress,
  Ledger,
  RawClient,
  textOf,
  type Footprint,
} from './bad-input-support.ts';
import { eventually } from './process-cluster.ts';

const TOPIC = 'orders';

let cluster: TestCluster;
let client: Client;
let raw: RawClient;
let ledger: Ledger;
let bystanders: Bystanders;
let before: Footprint;
let leaderId: number;

beforeAll(async () => {
  cluster = await startCluster({
    brokers: 3,
    settings: { 'log.segment.bytes': '512', 'log.retention.check.interval.ms': '50' },
  });
  client = cluster.client();
  bystanders = await Bystanders.start(cluster.client());
  ledger = await Ledger.create(client, TOPIC);
  await ledger.add(10);
  const address = await leaderAddress(cluster, client, TOPIC);
  leaderId = cluster.nodes.brokers.find((node) => node.address === address)?.id ?? 0;
  raw = new RawClient(address);
});

afterAll(async () => {
  raw.close();
  await bystanders.stop();
  await cluster.stop();
});

beforeEach(() => {
  before = streamsOf(footprintOf(cluster));
});

afterEach(async () => {
  await ledger.add();
  await ledger.verify();
  await bystanders.progress();
  await eventually('streams and waiting requests to be gone', 10_000, () =>
    Promise.resolve(JSON.stringify(streamsOf(footprintOf(cluster))) === JSON.stringify(before)),
  ).catch(() => expect(streamsOf(footprintOf(cluster))).toEqual(before));
});

/** Segments this small roll all the time, and each is open: files are compared elsewhere. */
function streamsOf(footprint: Footprint): Footprint {
  return Object.fromEntries(
    Object.entries(footprint).map(([name, each]) => [name, { ...each, openPaths: [] }]),
  );
}

function target(of: Partial<FetchTarget> & { topic?: string; partition?: number }): FetchTarget {
  const { topic = TOPIC, partition = 0, ...rest } = of;
  return {
    target: { topic, topicId: null, partition: partitionIndex(partition) },
    fetchOffset: offset(0),
    currentLeaderEpoch: null,
    maxBytes: 0,
    generation: 0,
    ...rest,
  };
}

async function fetch(each: FetchTarget, options: Partial<FetchRequest> = {}) {
  const { partitions } = await raw.call(CONSUMER_SERVICE.fetch, {
    clientId: 'test',
    partitions: [each],
    maxWaitMs: 10_000,
    minBytes: 1,
    maxBytes: 0,
    isolation: 'read-uncommitted',
    ...options,
  });
  const [fetched] = partitions;
  if (fetched === undefined) throw new Error('no partition in the answer');
  return fetched;
}

function openStream() {
  const stream = raw.stream(CONSUMER_SERVICE.fetchStream);
  const open = { clientId: 'test', isolation: 'read-uncommitted' as const, maxMessageBytes: 0 };
  stream.send({ open, assign: [], unassign: [], creditBytes: 1_000_000 });
  return stream;
}

describe('a partition that cannot be read', () => {
  const CASES = [
    {
      what: 'an unknown topic',
      of: { topic: 'nowhere' },
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      sentence: /there is no topic "nowhere"/,
    },
    {
      what: 'a partition that the topic does not have',
      of: { partition: 5 },
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      sentence: /topic orders has 1 partitions, so there is no partition 5/,
    },
    {
      what: 'an offset beyond the end',
      of: { fetchOffset: offset(1_000_000) },
      code: 'OFFSET_OUT_OF_RANGE',
      sentence: /offset 1000000 of orders-0 lies outside the log, which goes from 0 to \d+/,
    },
    {
      what: 'a leader epoch of the future',
      of: { currentLeaderEpoch: leaderEpoch(77) },
      code: 'UNKNOWN_LEADER_EPOCH',
      sentence: /77/,
    },
  ] as const;

  test.each(CASES)('$what: by a fetch, at once', async ({ of, code, sentence }) => {
    const startedAt = performance.now();
    const { error } = await fetch(target(of));
    expect(error?.refusal.code).toBe(code);
    expect(error?.refusal.message).toMatch(sentence);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test.each(CASES)('$what: on a stream, whose other partitions go on', async (each) => {
    const stream = openStream();
    const { of, code, sentence } = each;
    stream.send({
      open: null,
      assign: [target({ generation: 1, ...of })],
      unassign: [],
      creditBytes: 0,
    });
    await stream.until('the refusal', (got) => got.length > 0);
    const refused = stream.got[0]?.partitions[0];
    expect(refused?.error?.refusal.code).toBe(code);
    expect(refused?.error?.refusal.message).toMatch(sentence);
    expect(refused?.generation).toBe(1);
    stream.send({
      open: null,
      assign: [target({ generation: 2 })],
      unassign: [],
      creditBytes: 0,
    });
    await stream.until('records', (got) =>
      got.some(({ partitions }) => partitions.some(({ chunks }) => chunks.length > 0)),
    );
    stream.end();
    await eventually('the stream to end', 5_000, () => Promise.resolve(stream.ended));
  });

  test('a consumer beyond the end says so, and goes on from where it is told to', async () => {
    const consumer = client.consumer({ assign: [{ topic: TOPIC, partition: 0, from: 1_000_000 }] });
    const error = await expectRefusal(
      consumer.batches().next(),
      'OFFSET_OUT_OF_RANGE',
      /offset 1000000 of orders-0 lies outside the log/,
    );
    expect(error).toMatchObject({ topic: TOPIC, partition: 0, retriable: false });
    await consumer.seek(TOPIC, 0, 0);
    const { value } = await consumer.batches().next();
    expect(textOf([...(value ?? [])][0]?.value ?? null)).toBe('orders 0');
    await consumer.close();
  });

  test('a consumer with a policy goes to the end, and reads what comes', async () => {
    const consumer = client.consumer({
      assign: [{ topic: TOPIC, partition: 0, from: 1_000_000 }],
      onOutOfRange: 'end',
    });
    const next = consumer.batches().next();
    await eventually('a position', 10_000, () =>
      Promise.resolve(consumer.positions()[0]?.position === ledger.end),
    );
    await ledger.add(1);
    const { value } = await next;
    expect(value?.baseOffset).toBe(ledger.end - 1);
    await consumer.close();
  });

  test('an offset that retention has deleted: fetch, stream and consumer', async () => {
    const old = await Ledger.create(client, 'ageing', { 'segment.bytes': '512' });
    await old.add(30);
    await client.admin.alterTopic('ageing', { 'retention.bytes': 600 });
    await eventually('retention to delete', 10_000, async () => {
      const { partitions } = await client.admin.describeTopic('ageing');
      return (partitions[0]?.logStartOffset ?? 0) > 0;
    });
    const leader = new RawClient(await leaderAddress(cluster, client, 'ageing'));
    const sentence = /offset 0 of ageing-0 lies outside the log, which goes from \d+ to 30/;
    const { partitions } = await leader.call(CONSUMER_SERVICE.fetch, {
      clientId: 'test',
      partitions: [target({ topic: 'ageing' })],
      maxWaitMs: 1_000,
      minBytes: 1,
      maxBytes: 0,
      isolation: 'read-uncommitted',
    });
    leader.close();
    expect(partitions[0]?.error?.refusal.code).toBe('OFFSET_OUT_OF_RANGE');
    expect(partitions[0]?.error?.refusal.message).toMatch(sentence);
    const consumer = client.consumer({ assign: [{ topic: 'ageing', partition: 0, from: 0 }] });
    await expectRefusal(consumer.batches().next(), 'OFFSET_OUT_OF_RANGE', sentence);
    await consumer.close();
    // Who asks for the start gets it, wherever it lies now.
    const fromStart = client.consumer({ assign: ['ageing'], from: 'start' });
    const { value } = await fromStart.batches().next();
    expect(value?.baseOffset).toBeGreaterThan(0);
    await fromStart.close();
    await client.admin.deleteTopic('ageing');
  });

  test('a consumer of an unknown topic, partition, or place', async () => {
    const unknown = client.consumer({ assign: ['nowhere'] });
    const error = await expectRefusal(
      unknown.batches().next(),
      'UNKNOWN_TOPIC_OR_PARTITION',
      /there is no topic nowhere/,
    );
    expect(error).toMatchObject({ topic: 'nowhere' });
    await unknown.close();
    const wrong = client.consumer({ assign: [{ topic: TOPIC, partition: 9 }] });
    await expectRefusal(
      wrong.batches().next(),
      'UNKNOWN_TOPIC_OR_PARTITION',
      /orders has 1 partitions, from 0; there is no partition 9/,
    );
    await wrong.close();
    expect(() => client.consumer({ assign: [{ topic: TOPIC, from: -3 }] })).toThrow(
      'an offset must be a whole number from 0, got -3',
    );
  });

  test('offsets of a partition that is not there', async () => {
    await expectRefusal(
      client.admin.listOffset(TOPIC, 4, 'end'),
      'UNKNOWN_TOPIC_OR_PARTITION',
      /there is no partition 4/,
    );
    const { partitions } = await raw.call(CONSUMER_SERVICE.listOffsets, {
      isolation: 'read-uncommitted',
      partitions: [
        {
          target: { topic: 'nowhere', topicId: null, partition: partitionIndex(0) },
          currentLeaderEpoch: null,
          at: 'end',
        },
      ],
    });
    expect(partitions[0]?.error?.refusal.code).toBe('UNKNOWN_TOPIC_OR_PARTITION');
  });
});

describe('protocol misuse', () => {
  test('an assignment before open', async () => {
    const stream = raw.stream(CONSUMER_SERVICE.fetchStream);
    stream.send({ open: null, assign: [target({})], unassign: [], creditBytes: 10 });
    expect(await stream.failed()).toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'the first message of a fetch stream must carry open',
    });
  });

  test('a second open', async () => {
    const stream = openStream();
    const open = { clientId: 'test', isolation: 'read-uncommitted' as const, maxMessageBytes: 0 };
    stream.send({ open, assign: [], unassign: [], creditBytes: 0 });
    expect(await stream.failed()).toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'the stream has been opened already',
    });
  });

  test('a negative offset, which no message can hold', async () => {
    // FetchRequest { partitions: [{ topic: 'orders', fetch_offset: -5 }] }, by the field numbers.
    const minus5 = { ...target({}), fetchOffset: -5 as ReturnType<typeof offset> };
    await expectRefusal(fetch(minus5), 'INVALID_REQUEST', /offset must be a whole number from 0/);
  });

  test('bytes that are no message, to every kind of method', async () => {
    const garbage = Buffer.alloc(64, 0xff);
    for (const { path } of [
      CONSUMER_SERVICE.fetch,
      CONSUMER_SERVICE.listOffsets,
      METADATA_SERVICE.getMetadata,
      ADMIN_SERVICE.createTopic,
      ADMIN_SERVICE.describePartitions,
    ]) {
      const error = await expectRefusal(raw.bytes(path, garbage), 'INVALID_REQUEST', /./);
      expect(error).toMatchObject({ status: 3 });
    }
    const streams = [
      raw.stream(CONSUMER_SERVICE.fetchStream),
      raw.stream(REPLICATION_SERVICE.replicate),
    ];
    for (const stream of streams) {
      stream.bytes(garbage);
      expect(await stream.failed()).toMatchObject({ code: 'INVALID_REQUEST' });
    }
  });

  test('a method, and a service, that do not exist', async () => {
    for (const path of ['/odradek.v1.ConsumerService/Rewind', '/odradek.v9.Nothing/AtAll']) {
      const error = await raw.bytes(path, Buffer.alloc(0)).catch((reason: unknown) => reason);
      // gRPC's own UNIMPLEMENTED, which names the method.
      expect(error).toMatchObject({ status: 12 });
      expect((error as Error).message).toContain(path);
    }
  });

  test('bytes that are no HTTP/2, and connections that say nothing', async () => {
    const address = (await leaderAddress(cluster, client, TOPIC)).split(':');
    const dial = () => connectSocket({ host: address[0] ?? '', port: Number(address[1]) });
    const silent = dial();
    const noisy = dial();
    noisy.on('error', () => undefined); // It may be reset, or ended.
    const closed = new Promise((resolve) => noisy.once('close', resolve));
    noisy.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(100));
    noisy.resume();
    await closed;
    await bystanders.progress();
    silent.destroy();
  });
});

describe('something that claims to be a follower', () => {
  const open = (): ReplicaOpen => {
    const { clusterId: id, brokerEpoch: epoch } = cluster.broker(followerId()).broker.status();
    if (id === null || epoch === null) throw new Error('the follower is not registered');
    return {
      follower: nodeId(followerId()),
      followerEpoch: epoch,
      clusterId: id,
      leader: nodeId(leaderId),
    };
  };
  const followerId = (): number => (leaderId % 3) + 1;
  const claim = (of: Partial<ReplicaOpen>) => {
    const stream = raw.stream(REPLICATION_SERVICE.replicate);
    const request: ReplicaRequest = {
      open: { ...open(), ...of },
      echo: null,
      closed: [],
      positions: [],
    };
    stream.send(request);
    return stream;
  };

  test('of another cluster', async () => {
    const other = 'X'.repeat(22);
    const error = await claim({ clusterId: clusterId(other) }).failed();
    expect(error.code).toBe('INCONSISTENT_CLUSTER_ID');
    expect(error.message).toContain(other);
    expect(error.message).toContain(open().clusterId);
  });

  test('that looks for another leader', async () => {
    const error = await claim({ leader: nodeId(followerId()) }).failed();
    expect(error).toMatchObject({
      code: 'INVALID_REQUEST',
      message: `this is broker ${leaderId}, not broker ${followerId()}`,
    });
  });

  test('with the id of no broker', async () => {
    const error = await claim({ follower: nodeId(99) }).failed();
    expect(error).toMatchObject({ code: 'BROKER_ID_NOT_REGISTERED' });
    expect(error.message).toMatch(/broker 99/);
  });

  test('with the id of this very broker', async () => {
    const error = await claim({ follower: nodeId(leaderId) }).failed();
    expect(error).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(error.message).toContain(`broker ${leaderId}`);
  });

  test('with an epoch from before the follower’s last registration', async () => {
    const stream = claim({ followerEpoch: brokerEpoch(0) });
    const error = await stream.failed();
    expect(error.code).toBe('STALE_BROKER_EPOCH');
    expect(error.message).toContain(`broker ${followerId()}`);
    expect(error.message).toContain(String(open().followerEpoch));
    // The true follower's stream was not taken from it.
    const { partitions } = await client.admin.describeTopic(TOPIC);
    expect(partitions[0]?.isr).toHaveLength(3);
  });

  test('that begins without open, or opens twice', async () => {
    const sentence = /the first message of a replication stream, and no other, must carry open/;
    const stream = raw.stream(REPLICATION_SERVICE.replicate);
    stream.send({
      open: null,
      echo: null,
      closed: [],
      positions: [
        {
          topicId: topicId('A'.repeat(22)),
          partition: partitionIndex(0),
          position: {
            generation: generation(1),
            leaderEpoch: leaderEpoch(0),
            fetchOffset: offset(0),
            lastFetchedEpoch: null,
            logStartOffset: offset(0),
          },
        },
      ],
    });
    expect(await stream.failed()).toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringMatching(sentence) as string,
    });
  });
});
