// Clients that vanish, and clients that stop reading: what they held is let go, what they were
// promised is kept, and nobody else notices.
import { readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { offset, partitionIndex } from '../../src/base/ids.ts';
import { startCluster, type TestCluster } from '../../src/testing/index.ts';
import { CONSUMER_SERVICE, METADATA_SERVICE, PRODUCER_SERVICE } from '../../src/wire/services.ts';
import {
  batchOf,
  Bystanders,
  Cable,
  expectFootprint,
  footprintOf,
  leaderAddress,
  Ledger,
  RawClient,
  readAll,
  textOf,
  type Footprint,
} from './bad-input-support.ts';
import { eventually, ProcessCluster } from './process-cluster.ts';

const TOPIC = 'orders';
const OPEN_PRODUCE = { clientId: 'test', acks: 'all' as const, timeoutMs: 20_000 };
const OPEN_FETCH = {
  clientId: 'test',
  isolation: 'read-uncommitted' as const,
  maxMessageBytes: 0,
};

function append(correlationId: number, value: string, topic = TOPIC) {
  return {
    correlationId,
    topic,
    topicId: null,
    partition: partitionIndex(0),
    expectedLeaderEpoch: null,
    batch: batchOf([value]),
  };
}

function target(fetchOffset: number, topic = TOPIC) {
  return {
    target: { topic, topicId: null, partition: partitionIndex(0) },
    fetchOffset: offset(fetchOffset),
    currentLeaderEpoch: null,
    maxBytes: 0,
    generation: 1,
  };
}

describe('in one process', () => {
  let cluster: TestCluster;
  let client: Client;
  let ledger: Ledger;
  let bystanders: Bystanders;
  let before: Footprint;
  let address: string;

  beforeAll(async () => {
    cluster = await startCluster({ brokers: 3 });
    client = cluster.client();
    bystanders = await Bystanders.start(cluster.client());
    ledger = await Ledger.create(client, TOPIC);
    address = await leaderAddress(cluster, client, TOPIC);
  });

  afterAll(async () => {
    await bystanders.stop();
    await cluster.stop();
  });

  beforeEach(async () => {
    await ledger.add();
    before = footprintOf(cluster);
  });

  afterEach(async () => {
    await bystanders.progress();
    await expectFootprint(cluster, before);
  });

  const leader = () => {
    const node = cluster.nodes.brokers.find((each) => each.address === address);
    if (node === undefined) throw new Error('the leader has gone');
    return node;
  };

  test('a producer that vanishes with batches unacknowledged: they are settled one way or the other', async () => {
    const cable = await Cable.to(address);
    const raw = new RawClient(cable.address);
    const stream = raw.stream(PRODUCER_SERVICE.produceStream);
    // Syncs take a while, so that the batches wait when the client goes.
    for (const { disk } of cluster.nodes.brokers) disk.syncDelayMs = 300;
    const values = Array.from({ length: 50 }, (_, index) => `from the vanished ${index}`);
    stream.send({
      open: OPEN_PRODUCE,
      appends: values.map((value, index) => append(index, value)),
    });
    await eventually('batches to be waiting', 10_000, () =>
      Promise.resolve(leader().broker.status().pendingProduces >= 50),
    );
    cable.pull();
    await eventually('nobody to wait for them', 5_000, () =>
      Promise.resolve(leader().broker.status().pendingProduces < 50),
    );
    expect((await stream.failed()).code).toBe('NETWORK_EXCEPTION');
    raw.close();
    for (const { disk } of cluster.nodes.brokers) disk.syncDelayMs = 0;
    // What was appended stays, in its order, each once.
    for (const value of values) ledger.note(value);
    await ledger.add();
    await ledger.verify();
  });

  test('a call whose client gives up', async () => {
    const raw = new RawClient(address);
    for (const { disk } of cluster.nodes.brokers) disk.syncDelayMs = 300;
    const abort = new AbortController();
    const value = 'given up';
    const request = { ...OPEN_PRODUCE, appends: [append(1, value)] };
    const call = raw.call(PRODUCER_SERVICE.produce, request, { signal: abort.signal });
    // In the log: a produce that waits may be a bystander's, and this one still on its way.
    await eventually('the batch to be waiting', 10_000, () => {
      const [described] = leader().broker.door.describePartitions([ledger.topic]);
      return Promise.resolve(described?.logEndOffset === ledger.end + 1);
    });
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: 'ABORTED_BY_CALLER' });
    raw.close();
    for (const { disk } of cluster.nodes.brokers) disk.syncDelayMs = 0;
    ledger.note(value);
    await ledger.add();
    await ledger.verify();
  });

  test('a long poll whose client gives up, times out, or vanishes', async () => {
    const cable = await Cable.to(address);
    const raw = new RawClient(cable.address);
    const request = {
      clientId: 'test',
      partitions: [target(ledger.end)],
      maxWaitMs: 30_000,
      minBytes: 1,
      maxBytes: 0,
      isolation: 'read-uncommitted' as const,
    };
    const abort = new AbortController();
    const calls = [
      raw.call(CONSUMER_SERVICE.fetch, request, { signal: abort.signal }),
      raw.call(CONSUMER_SERVICE.fetch, request, { deadlineMs: 500 }),
      raw.call(CONSUMER_SERVICE.fetch, request),
    ].map((call) => call.catch((error: unknown) => error));
    await eventually('three to wait', 5_000, () =>
      Promise.resolve(leader().broker.status().pendingFetches >= 2),
    );
    abort.abort();
    expect(await calls[0]).toMatchObject({ code: 'ABORTED_BY_CALLER' });
    expect(await calls[1]).toMatchObject({ code: 'REQUEST_TIMED_OUT' });
    await eventually('one to wait', 5_000, () =>
      Promise.resolve(leader().broker.status().pendingFetches === 1),
    );
    cable.pull();
    expect(await calls[2]).toMatchObject({ code: 'NETWORK_EXCEPTION' });
    raw.close();
  });

  test('a hundred streams of each kind that vanish', async () => {
    const cable = await Cable.to(address);
    const clients: RawClient[] = [];
    for (let index = 0; index < 10; index += 1) {
      const raw = new RawClient(cable.address);
      clients.push(raw);
      for (let each = 0; each < 10; each += 1) {
        raw
          .stream(CONSUMER_SERVICE.fetchStream)
          .send({ open: OPEN_FETCH, assign: [target(0)], unassign: [], creditBytes: 1_000_000 });
        raw.stream(PRODUCER_SERVICE.produceStream).send({ open: OPEN_PRODUCE, appends: [] });
        raw
          .bytes(
            METADATA_SERVICE.watchMetadata.path,
            METADATA_SERVICE.watchMetadata.requestSerialize({ topics: null }),
          )
          .catch(() => undefined); // As a unary call it fails once the first answer is there.
      }
    }
    await eventually('a hundred fetch streams', 10_000, () =>
      Promise.resolve(leader().broker.status().fetchStreams >= 100),
    );
    cable.pull();
    for (const raw of clients) raw.close();
  });

  test('clients of the SDK that are closed in the midst of it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const other = cluster.client();
      const producer = other.producer();
      const consumer = other.consumer({ assign: [TOPIC, Bystanders.topic] });
      const reading = consumer
        .batches()
        .next()
        .catch((error: unknown) => error);
      await reading;
      const value = `round ${round}`;
      const sent = producer.send(TOPIC, { value });
      await other.close();
      await sent;
      ledger.note(value);
    }
    await ledger.verify();
  });

  test('a consumer that stops reading: its broker stops sending, and it misses nothing', async () => {
    await client.admin.createTopic('wide', { partitions: 1, replicationFactor: 3 });
    const producer = client.producer();
    const payload = 'w'.repeat(16 * 1024);
    const total = 3_000;
    const sends = Array.from({ length: total }, (_, index) =>
      producer.send('wide', { value: `${index} ${payload}` }),
    );
    await Promise.all(sends);
    await producer.close();
    before = footprintOf(cluster);

    const raw = new RawClient(await leaderAddress(cluster, client, 'wide'));
    const stuck = raw.stream(CONSUMER_SERVICE.fetchStream);
    stuck.pause();
    // All the credit in the world: only the transport holds the broker back.
    stuck.send({
      open: OPEN_FETCH,
      assign: [target(0, 'wide')],
      unassign: [],
      creditBytes: 60_000_000,
    });
    const slow = client.consumer({ assign: ['wide'], maxBufferBytes: 1024 * 1024 });
    const batches = slow.batches();
    const first = await batches.next();
    await eventually('its buffer to fill', 10_000, () =>
      Promise.resolve(slow.bufferedBytes > 256 * 1024),
    );
    await bystanders.progress();
    await bystanders.progress();
    // A message more than was promised, for each broker.
    expect(slow.bufferedBytes).toBeLessThan(3 * 1024 * 1024);

    const seen: number[] = [];
    for (let next = first; next.done !== true; next = await batches.next()) {
      for (const { value } of next.value.records()) seen.push(Number.parseInt(textOf(value), 10));
      if (seen.length >= total) break;
    }
    expect(seen).toEqual(Array.from({ length: total }, (_, index) => index));
    await slow.close();

    stuck.resume();
    const bytes = (): number =>
      stuck.got.reduce(
        (sum, { partitions }) =>
          sum +
          partitions.reduce(
            (each, { chunks }) => each + chunks.reduce((n, c) => n + c.length, 0),
            0,
          ),
        0,
      );
    await stuck.until('everything to come', () => bytes() > total * payload.length);
    stuck.cancel();
    raw.close();
  });

  test('a producer that does not read its results: it is read no further, and loses nothing', async () => {
    const raw = new RawClient(address);
    const stream = raw.stream(PRODUCER_SERVICE.produceStream);
    stream.pause();
    stream.send({ open: OPEN_PRODUCE, appends: [] });
    const total = 2_000;
    for (let index = 0; index < total; index += 1) {
      const value = `unread ${index}`;
      stream.send({ open: null, appends: [append(index, value)] });
      ledger.note(value);
    }
    await bystanders.progress();
    stream.resume();
    await stream.until(
      'every result',
      (got) => got.reduce((sum, { results }) => sum + results.length, 0) === total,
    );
    const results = stream.got.flatMap((message) => message.results);
    expect(results.every(({ result }) => result.ok)).toBe(true);
    stream.end();
    await eventually('the stream to end', 5_000, () => Promise.resolve(stream.ended));
    raw.close();
    await ledger.verify();
  });
});

describe('in processes', () => {
  let cluster: ProcessCluster;

  beforeAll(async () => {
    cluster = await ProcessCluster.start();
  });

  afterAll(async () => {
    await cluster.close();
  });

  test('sockets and files are back where they were when clients have vanished', async () => {
    const client = cluster.client();
    const bystanders = await Bystanders.start(cluster.client());
    await client.admin.createTopic(TOPIC, { partitions: 1, replicationFactor: 3 });
    const leaderId = await cluster.leaderOf(client, TOPIC);
    const leader = cluster.broker(leaderId);
    const producer = client.producer();
    await producer.send(TOPIC, { value: 'before' });
    // Every connection that this client uses is there before files are counted.
    expect(await readAll(client, TOPIC)).toEqual(['before']);
    const before = await settledCounts(cluster);

    for (let round = 0; round < 3; round += 1) {
      const cable = await Cable.to(leader.grpc);
      const clients = Array.from({ length: 20 }, () => new RawClient(cable.address));
      for (const raw of clients) {
        raw
          .stream(CONSUMER_SERVICE.fetchStream)
          .send({ open: OPEN_FETCH, assign: [target(0)], unassign: [], creditBytes: 1_000_000 });
        raw.stream(PRODUCER_SERVICE.produceStream).send({ open: OPEN_PRODUCE, appends: [] });
        raw
          .call(CONSUMER_SERVICE.fetch, {
            clientId: 'test',
            partitions: [target(1)],
            maxWaitMs: 30_000,
            minBytes: 1,
            maxBytes: 0,
            isolation: 'read-uncommitted',
          })
          .catch(() => undefined); // Its connection is closed under it.
      }
      await eventually('twenty of each', 10_000, async () => {
        const status = await statusOf(cluster, leaderId);
        return status.fetchStreams >= 20 && status.pendingFetches >= 20;
      });
      // One or two more or less are those of the questions themselves.
      expect(openFiles(leader.pid)).toBeGreaterThan((before[leader.name]?.files ?? 0) + 15);
      cable.pull();
      for (const raw of clients) raw.close();
    }
    await eventually('everything to be back', 20_000, async () => {
      expect(await countsOf(cluster)).toEqual(before);
      return true;
    });
    await bystanders.progress();
    await producer.send(TOPIC, { value: 'after' });
    await producer.close();
    expect(await readAll(client, TOPIC)).toEqual(['before', 'after']);
    await bystanders.stop();
  });

  test('consumers that stop reading cost their broker nothing to speak of', async () => {
    const client = cluster.client();
    await client.admin.createTopic('wide', { partitions: 1, replicationFactor: 1 });
    const leader = cluster.broker(await cluster.leaderOf(client, 'wide'));
    const producer = client.producer();
    const payload = 'w'.repeat(64 * 1024);
    const total = 500;
    await Promise.all(
      Array.from({ length: total }, () => producer.send('wide', { value: payload })),
    );
    const before = residentBytes(leader.pid);
    const cable = await Cable.to(leader.grpc);
    const streams = Array.from({ length: 20 }, () => {
      const stream = new RawClient(cable.address).stream(CONSUMER_SERVICE.fetchStream);
      stream.pause();
      // All the credit in the world: only the transport holds the broker back.
      stream.send({
        open: OPEN_FETCH,
        assign: [target(0, 'wide')],
        unassign: [],
        creditBytes: 60_000_000,
      });
      return stream;
    });
    // Meanwhile others write and read.
    for (let round = 0; round < 50; round += 1) {
      await producer.send('wide', { value: `round ${round}` });
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await producer.close();
    // Twenty times 32 MB would be 640.
    expect(residentBytes(leader.pid) - before).toBeLessThan(200 * 1024 * 1024);
    expect((await readAll(client, 'wide')).length).toBe(total + 50);
    // One that reads again misses nothing.
    const [first] = streams;
    first?.resume();
    const bytes = (): number =>
      (first?.got ?? [])
        .flatMap(({ partitions }) => partitions.flatMap(({ chunks }) => chunks))
        .reduce((sum, chunk) => sum + chunk.length, 0);
    // Tens of megabytes, on a machine that may have other things to do.
    await first?.until('everything to come', () => bytes() > total * payload.length, 60_000);
    cable.pull();
  });
});

function residentBytes(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) * 1024;
}

interface Counts {
  readonly files: number;
  readonly pendingFetches: number;
  readonly fetchStreams: number;
  readonly followerStreams: number;
}

/** Sockets, files and pipes that a process has open. */
function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** By a connection of its own, which is closed again: kept alive it would be counted, or not. */
function statusOf(cluster: ProcessCluster, id: number): Promise<Omit<Counts, 'files'>> {
  return new Promise((resolve, reject) => {
    const url = `http://${cluster.broker(id).http}/v1/status`;
    get(url, { agent: false }, (answer) => {
      let body = '';
      answer.on('data', (data: Buffer) => (body += data.toString()));
      answer.on('end', () => {
        const { pendingFetches, fetchStreams, followerStreams } = JSON.parse(body) as Counts;
        resolve({ pendingFetches, fetchStreams, followerStreams });
      });
    }).on('error', reject);
  });
}

/** Of every broker, the files before the questions, which need a socket for a moment. */
async function countsOf(cluster: ProcessCluster): Promise<Record<string, Counts>> {
  const files = cluster.brokers.map((broker) => openFiles(broker.pid));
  const statuses = await Promise.all(
    cluster.brokers.map((_, index) => statusOf(cluster, index + 1)),
  );
  return Object.fromEntries(
    cluster.brokers.map(({ name }, index) => {
      const status = statuses[index];
      if (status === undefined) throw new Error(`${name} does not answer`);
      return [name, { files: files[index] ?? 0, ...status }];
    }),
  );
}

/** Once two looks in a row agree: connections of a start have come and gone. */
async function settledCounts(cluster: ProcessCluster): Promise<Record<string, Counts>> {
  let last = '';
  return eventually('the counts to settle', 10_000, async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const counts = await countsOf(cluster);
    const shown = JSON.stringify(counts);
    const settled = shown === last;
    last = shown;
    return settled ? counts : null;
  });
}
