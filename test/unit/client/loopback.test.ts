import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { refusal } from '../../../src/base/errors.ts';
import type { OdradekError } from '../../../src/base/errors.ts';
import { Client } from '../../../src/client/client.ts';
import type { ClientOptions } from '../../../src/client/client.ts';
import type { ConsumerBatch } from '../../../src/client/consumer-batch.ts';
import { FakeCluster } from './fake-cluster.ts';

const opened: { close?: () => Promise<void>; stop?: () => Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) {
    await each.close?.().catch(() => undefined);
    await each.stop?.();
  }
});

async function startCluster(brokers: number): Promise<FakeCluster> {
  const cluster = await FakeCluster.start(brokers);
  opened.push(cluster);
  return cluster;
}

function connect(cluster: FakeCluster, options: ClientOptions = {}): Client {
  const client = new Client({ bootstrap: cluster.bootstrap, clientId: 'test', ...options });
  opened.push(client);
  return client;
}

function textOf(value: Uint8Array | null): string {
  return value === null ? 'null' : Buffer.from(value).toString();
}

function valuesOf(batch: ConsumerBatch): string[] {
  return [...batch.records()].map((record) => textOf(record.value));
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('the condition was not met within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function codeOf(error: unknown): string {
  return (error as OdradekError).code;
}

describe('producer', () => {
  test('sends a record and says where it lies', async () => {
    const cluster = await startCluster(1);
    cluster.createTopic('orders', 1);
    const producer = connect(cluster).producer();
    const first = await producer.send('orders', { key: 'k', value: 'one', timestamp: 5 });
    expect(first).toEqual({ topic: 'orders', partition: 0, offset: 0, timestamp: 5 });
    expect((await producer.send('orders', { value: 'two' })).offset).toBe(1);
    expect(cluster.values('orders', 0)).toEqual(['one', 'two']);
  });

  test('gathers what is given in one go, and what comes while a batch is under way', async () => {
    const cluster = await startCluster(1);
    cluster.createTopic('orders', 1);
    const producer = connect(cluster).producer();
    await producer.send('orders', { value: 'warm' });
    const sent = Array.from({ length: 1000 }, (_, index) =>
      producer.send('orders', { value: `${index}` }),
    );
    const results = await Promise.all(sent);
    expect(results.map((result) => result.offset)).toEqual(
      Array.from({ length: 1000 }, (_, index) => index + 1),
    );
    expect(cluster.partition('orders', 0).batches.length).toBe(2);
  });

  test('sends many records with one promise, by key to Kafka’s partitions', async () => {
    const cluster = await startCluster(3);
    cluster.createTopic('orders', 6);
    const producer = connect(cluster).producer();
    const records = Array.from({ length: 3000 }, (_, index) => ({
      key: `key-${index % 100}`,
      value: `${index}`,
    }));
    const ranges = await producer.sendBatch('orders', records);
    expect(ranges.reduce((sum, range) => sum + range.count, 0)).toBe(3000);
    for (let partition = 0; partition < 6; partition++) {
      const numbers = cluster.values('orders', partition).map(Number);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
  });

  test('posts without promises, and bounds what it holds', async () => {
    const cluster = await startCluster(1);
    cluster.createTopic('orders', 1);
    let delivered = 0;
    const producer = connect(cluster).producer({
      maxBufferBytes: 256 * 1024,
      batchBytes: 64 * 1024,
      onDelivery: ({ count, error }) => {
        expect(error).toBeNull();
        delivered += count;
      },
    });
    let largest = 0;
    for (let index = 0; index < 20_000; index++) {
      while (!producer.post('orders', { value: `${index}`.padStart(100, '0') })) {
        await producer.ready();
      }
      largest = Math.max(largest, producer.bufferedBytes);
    }
    await producer.flush();
    expect(delivered).toBe(20_000);
    expect(largest).toBeLessThan(256 * 1024 + 1000);
    expect(cluster.values('orders', 0).map(Number)).toEqual(
      Array.from({ length: 20_000 }, (_, index) => index),
    );
  });

  test('with acks 0, a producer that is closed at once has delivered all the same', async () => {
    const cluster = await startCluster(2);
    cluster.createTopic('orders', 2);
    for (let round = 0; round < 3; round++) {
      const producer = connect(cluster).producer({ acks: 0 });
      for (const partition of [0, 1]) {
        await producer.send('orders', { partition, value: `${round}` });
      }
      await producer.close();
      for (const partition of [0, 1]) {
        expect(cluster.values('orders', partition)).toHaveLength(round + 1);
      }
    }
  });

  test('keeps the order and loses nothing when streams break and leaders move', async () => {
    const cluster = await startCluster(3);
    cluster.createTopic('orders', 1);
    const producer = connect(cluster).producer();
    const sent: Promise<unknown>[] = [];
    for (let index = 0; index < 400; index++) {
      sent.push(producer.send('orders', { value: `${index}` }));
      if (index % 50 === 20)
        cluster.broker(cluster.partition('orders', 0).leader ?? 1).breakStreams();
      if (index % 50 === 40) cluster.moveLeader('orders', 0, (index % 3) + 1);
      if (index % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(sent);
    const first = new Set<number>();
    for (const value of cluster.values('orders', 0)) first.add(Number(value));
    expect([...first]).toEqual(Array.from({ length: 400 }, (_, index) => index));
  });

  test('goes to the leader that an error names, without waiting for metadata', async () => {
    const cluster = await startCluster(2);
    cluster.createTopic('orders', 1);
    const producer = connect(cluster).producer();
    await producer.send('orders', { value: 'one' });
    cluster.moveLeader('orders', 0, 2, true);
    const start = performance.now();
    await producer.send('orders', { value: 'two' });
    expect(performance.now() - start).toBeLessThan(1000);
    expect(cluster.broker(2).appends.length).toBe(1);
  });

  test('finds the new leader when the old one is killed', async () => {
    const cluster = await startCluster(3);
    cluster.createTopic('orders', 1);
    const producer = connect(cluster).producer();
    await producer.send('orders', { value: 'one' });
    cluster.broker(1).kill();
    const second = producer.send('orders', { value: 'two' });
    setTimeout(() => cluster.moveLeader('orders', 0, 2), 100);
    expect((await second).offset).toBe(1);
  });

  test('gives up waiting for a leader that does not answer once there is another', async () => {
    const cluster = await startCluster(2);
    cluster.createTopic('orders', 1);
    cluster.moveLeader('orders', 0, 2);
    const producer = connect(cluster).producer();
    await producer.send('orders', { value: 'one' });
    cluster.broker(2).isFrozen = true;
    const second = producer.send('orders', { value: 'two' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    cluster.moveLeader('orders', 0, 1);
    const start = performance.now();
    expect((await second).offset).toBe(1);
    expect(performance.now() - start).toBeLessThan(1500);
  });

  test('retries what may be retried, and reports what may not with its place', async () => {
    const cluster = await startCluster(1);
    cluster.createTopic('orders', 1);
    const producer = connect(cluster).producer();
    cluster.broker(1).refusals.push(refusal('NOT_ENOUGH_REPLICAS'), refusal('NOT_ENOUGH_REPLICAS'));
    expect((await producer.send('orders', { value: 'one' })).offset).toBe(0);
    cluster.broker(1).refusals.push(refusal('MESSAGE_TOO_LARGE'));
    await expect(producer.send('orders', { value: 'two' })).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      topic: 'orders',
      partition: 0,
      retriable: false,
    });
    expect((await producer.send('orders', { value: 'three' })).offset).toBe(1);
  });

  test('times out, says that the write may have happened, and goes on', async () => {
    const cluster = await startCluster(1);
    cluster.createTopic('orders', 1);
    // Long enough to connect in on a busy machine: what times out is the write.
    const producer = connect(cluster).producer({ deliveryTimeoutMs: 500 });
    cluster.broker(1).swallowsAnswers = true;
    await expect(producer.send('orders', { value: 'one' })).rejects.toMatchObject({
      code: 'DELIVERY_TIMED_OUT',
      indeterminate: true,
    });
    cluster.broker(1).swallowsAnswers = false;
    expect((await producer.send('orders', { value: 'two' })).offset).toBe(1);
  });

  test('resolves without an offset with acks 0', async () => {
    const cluster = await startCluster(1);
    cluster.createTopic('orders', 1);
    const producer = connect(cluster).producer({ acks: 0 });
    expect((await producer.send('orders', { value: 'one' })).offset).toBeNull();
    await until(() => cluster.values('orders', 0).length === 1);
  });

  test('refuses an unknown topic, an unknown partition, and work behind its end', async () => {
    const cluster = await startCluster(1);
    cluster.createTopic('orders', 2);
    const producer = connect(cluster).producer({ maxBlockMs: 200 });
    await expect(producer.send('missing', { value: 'one' })).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      topic: 'missing',
    });
    await expect(producer.send('orders', { value: 'one', partition: 2 })).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      partition: 2,
    });
    await producer.close();
    await expect(producer.send('orders', { value: 'one' })).rejects.toMatchObject({
      code: 'CLIENT_CLOSED',
    });
  });

  test('gives up a call when its caller does', async () => {
    const cluster = await startCluster(1);
    cluster.createTopic('orders', 1);
    const producer = connect(cluster).producer();
    cluster.broker(1).swallowsAnswers = true;
    const abort = new AbortController();
    const sent = producer.send('orders', { value: 'one' }, { signal: abort.signal });
    setTimeout(() => abort.abort(), 20);
    await expect(sent).rejects.toMatchObject({ code: 'ABORTED_BY_CALLER' });
    await expect(
      producer.send('orders', { value: 'two' }, { timeoutMs: 20 }),
    ).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT' });
    cluster.broker(1).swallowsAnswers = false;
    cluster.broker(1).breakStreams();
  });

  test('fails what is meant for a topic that was deleted, before the delivery timeout', async () => {
    const cluster = await startCluster(1);
    cluster.createTopic('orders', 1);
    const producer = connect(cluster).producer();
    await producer.send('orders', { value: 'one' });
    cluster.broker(1).swallowsAnswers = true;
    const sent = producer.send('orders', { value: 'two' });
    cluster.topics.delete('orders');
    cluster.publish();
    await expect(sent).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
  });

  test('compresses, and the consumer reads it', async () => {
    const cluster = await startCluster(1);
    cluster.createTopic('orders', 1);
    const client = connect(cluster);
    const producer = client.producer({ compression: 'gzip' });
    const values = Array.from({ length: 100 }, (_, index) => `value ${index}`);
    await producer.sendBatch(
      'orders',
      values.map((value) => ({ value })),
    );
    const consumer = client.consumer({ assign: ['orders'] });
    const read: string[] = [];
    for await (const batch of consumer.batches({ untilEnd: true })) read.push(...valuesOf(batch));
    expect(read).toEqual(values);
  });
});

describe('consumer', () => {
  test('reads from the start to the end, and then what comes', async () => {
    const cluster = await startCluster(3);
    cluster.createTopic('orders', 3);
    const client = connect(cluster);
    const producer = client.producer();
    await producer.sendBatch(
      'orders',
      Array.from({ length: 300 }, (_, index) => ({ value: `${index}`, partition: index % 3 })),
    );
    const consumer = client.consumer({ assign: ['orders'] });
    const read: number[] = [];
    for await (const batch of consumer.batches({ untilEnd: true })) {
      read.push(...valuesOf(batch).map(Number));
    }
    expect(read.sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, index) => index));
    setTimeout(() => void producer.send('orders', { value: 'late' }), 10);
    for await (const record of consumer) {
      expect(textOf(record.value)).toBe('late');
      break;
    }
  });

  test('begins within a batch, at a timestamp, and so many before the end', async () => {
    const cluster = await startCluster(1);
    cluster.createTopic('orders', 1);
    const client = connect(cluster);
    await client.producer().sendBatch(
      'orders',
      Array.from({ length: 100 }, (_, index) => ({ value: `${index}`, timestamp: 1000 + index })),
    );
    const firstFrom = async (from: number | Date | { last: number }): Promise<string> => {
      const consumer = client.consumer({ assign: [{ topic: 'orders', partition: 0, from }] });
      for await (const batch of consumer.batches()) return valuesOf(batch)[0] ?? '';
      return '';
    };
    expect(await firstFrom(40)).toBe('40');
    expect(await firstFrom(new Date(1073))).toBe('73');
    expect(await firstFrom({ last: 5 })).toBe('95');
    expect(await client.admin.listOffset('orders', 0, { timestamp: 1050 })).toBe(50);
    expect(await client.admin.listOffset('orders', 0, { timestamp: 9999 })).toBe(100);
  });

  test('neither loses nor repeats records when streams break and leaders move', async () => {
    const cluster = await startCluster(3);
    cluster.createTopic('orders', 2);
    const client = connect(cluster);
    const consumer = client.consumer({ assign: ['orders'], maxBufferBytes: 8 * 1024 });
    const read: [number[], number[]] = [[], []];
    const reading = (async () => {
      for await (const batch of consumer.batches()) {
        read[batch.partition === 0 ? 0 : 1].push(...valuesOf(batch).map(Number));
        if (read[0].length + read[1].length >= 300) return;
      }
    })();
    const producer = client.producer({ batchBytes: 1024 });
    for (let index = 0; index < 300; index++) {
      await producer.send('orders', { value: `${index}`, partition: index % 2 });
      if (index % 30 === 15) {
        for (const broker of cluster.brokers) broker.breakStreams();
      }
      if (index % 30 === 20) cluster.moveLeader('orders', index % 2, (index % 3) + 1);
      if (index % 30 === 25) cluster.moveLeader('orders', 1, ((index / 5) % 3) + 1, true);
    }
    await reading;
    // What the producer repeated is there twice; what the log has, the consumer has, in its order.
    expect(read[0]).toEqual(cluster.values('orders', 0).map(Number).slice(0, read[0].length));
    expect(read[1]).toEqual(cluster.values('orders', 1).map(Number).slice(0, read[1].length));
  });

  test('fetches no more than its buffer while the application does not read', async () => {
    const cluster = await startCluster(1);
    cluster.createTopic('orders', 1);
    const client = connect(cluster);
    const producer = client.producer({ batchBytes: 4096 });
    await producer.sendBatch(
      'orders',
      Array.from({ length: 2000 }, (_, index) => ({ value: `${index}`.padStart(200, '.') })),
    );
    const consumer = client.consumer({ assign: ['orders'], maxBufferBytes: 32 * 1024 });
    const batches = consumer.batches();
    const first = await batches.next();
    expect(first.done).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(consumer.bufferedBytes).toBeLessThanOrEqual(32 * 1024 + 8192);
    expect(cluster.broker(1).sentBytes).toBeLessThanOrEqual(64 * 1024);
    let count = first.done === true ? 0 : first.value.count;
    for await (const batch of batches) {
      count += batch.count;
      if (count === 2000) break;
    }
    expect(count).toBe(2000);
  });

  test('pauses, resumes and seeks', async () => {
    const cluster = await startCluster(1);
    cluster.createTopic('orders', 2);
    const client = connect(cluster);
    const producer = client.producer({ batchBytes: 200 });
    for (const partition of [0, 1]) {
      await producer.sendBatch(
        'orders',
        Array.from({ length: 50 }, (_, index) => ({ value: `${partition}-${index}`, partition })),
      );
    }
    const consumer = client.consumer({ assign: ['orders'] });
    await consumer.seek('orders', 0, 10);
    consumer.pause([{ topic: 'orders', partition: 1 }]);
    const read: string[] = [];
    for await (const batch of consumer.batches()) {
      read.push(...valuesOf(batch));
      if (read.at(-1) === '0-49') break;
    }
    expect(read).toEqual(Array.from({ length: 40 }, (_, index) => `0-${index + 10}`));
    expect(consumer.position('orders', 0)).toBe(50);
    consumer.resume([{ topic: 'orders', partition: 1 }]);
    await consumer.seek('orders', 0, 'end');
    read.length = 0;
    for await (const batch of consumer.batches({ untilEnd: true })) read.push(...valuesOf(batch));
    expect(read).toEqual(Array.from({ length: 50 }, (_, index) => `1-${index}`));
  });

  test('says that its position is gone, unless it was told to go on', async () => {
    const cluster = await startCluster(1);
    cluster.createTopic('orders', 1);
    const client = connect(cluster);
    const producer = client.producer({ batchBytes: 200 });
    await producer.sendBatch(
      'orders',
      Array.from({ length: 50 }, (_, index) => ({ value: `${index}` })),
    );
    cluster.partition('orders', 0).logStartOffset = 20;
    const assign = [{ topic: 'orders', partition: 0, from: 5 }];
    const strict = client.consumer({ assign });
    const error = await strict.batches().next().catch(codeOf);
    expect(error).toBe('OFFSET_OUT_OF_RANGE');
    const lenient = client.consumer({ assign, onOutOfRange: 'start' });
    for await (const batch of lenient.batches()) {
      expect(batch.baseOffset).toBe(20);
      break;
    }
  });

  test('says that its position lies beyond the log also when it reads until the end', async () => {
    const cluster = await startCluster(1);
    cluster.createTopic('orders', 2);
    const client = connect(cluster);
    const values = Array.from({ length: 50 }, (_, index) => `${index}`);
    await client.producer().sendBatch(
      'orders',
      values.map((value) => ({ value, partition: 0 })),
    );
    const readFrom = async (
      from: number,
      onOutOfRange: 'error' | 'start' | 'end',
    ): Promise<string[]> => {
      const broker = cluster.broker(1);
      const listed = broker.listedCount;
      // The end is known before the fetch is refused, as it may well be.
      broker.holdsFetches = true;
      void until(() => broker.listedCount > listed)
        .then(() => new Promise((resolve) => setTimeout(resolve, 20)))
        .then(() => {
          broker.holdsFetches = false;
          broker.publish();
        });
      const assign = [{ topic: 'orders', partition: 0, from }];
      await using consumer = client.consumer({ assign, onOutOfRange });
      const read: string[] = [];
      for await (const batch of consumer.batches({ untilEnd: true })) read.push(...valuesOf(batch));
      return read;
    };
    await expect(readFrom(51, 'error')).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
      topic: 'orders',
      partition: 0,
    });
    expect(await readFrom(51, 'start')).toEqual(values);
    expect(await readFrom(51, 'end')).toEqual([]);
    expect(await readFrom(50, 'error')).toEqual([]);
    expect(await readFrom(49, 'error')).toEqual(['49']);
  });

  test('asks again for bytes that arrive damaged, and gives up in the end', async () => {
    const cluster = await startCluster(1);
    cluster.createTopic('orders', 1);
    const client = connect(cluster);
    await client.producer().send('orders', { value: 'one' });
    cluster.broker(1).corruptMessages = 1;
    for await (const batch of client.consumer({ assign: ['orders'] }).batches()) {
      expect(valuesOf(batch)).toEqual(['one']);
      break;
    }
    cluster.broker(1).corruptMessages = 100;
    const error = await client
      .consumer({ assign: ['orders'] })
      .batches()
      .next()
      .catch(codeOf);
    expect(error).toBe('CORRUPT_MESSAGE');
  });

  test('listens to a signal once, however many partitions it asks for', async () => {
    const cluster = await startCluster(2);
    cluster.createTopic('orders', 12);
    const client = connect(cluster);
    await client.producer().sendBatch(
      'orders',
      Array.from({ length: 12 }, (_, partition) => ({ value: `${partition}`, partition })),
    );
    const { signal } = new AbortController();
    let listenersMax = 0;
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => {
      warnings.push(warning);
    };
    for (const broker of cluster.brokers) {
      broker.onListed = () => {
        listenersMax = Math.max(listenersMax, getEventListeners(signal, 'abort').length);
      };
    }
    process.on('warning', onWarning);
    try {
      // The first asks with the signal of its caller, the second with that of the consumer itself.
      for (const options of [{ untilEnd: true, signal }, { untilEnd: true }]) {
        await using consumer = client.consumer({ assign: ['orders'] });
        const read: string[] = [];
        for await (const batch of consumer.batches(options)) read.push(...valuesOf(batch));
        expect(read.length).toBe(12);
      }
      // Warnings are given in a later turn.
      await new Promise((resolve) => setTimeout(resolve, 0));
    } finally {
      process.off('warning', onWarning);
    }
    expect(warnings).toEqual([]);
    expect(listenersMax).toBe(1);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('ends its iterations and its streams when it is closed', async () => {
    const cluster = await startCluster(1);
    cluster.createTopic('orders', 1);
    const consumer = connect(cluster).consumer({ assign: ['orders'] });
    const next = consumer.batches().next();
    await until(() => cluster.broker(1).fetchStreamsCount === 1);
    await consumer.close();
    expect((await next).done).toBe(true);
    await until(() => cluster.broker(1).fetchStreamsCount === 0);
  });
});

describe('client', () => {
  test('names the addresses that it tried when nobody answers', async () => {
    const cluster = await startCluster(1);
    const { bootstrap } = cluster;
    cluster.broker(1).kill();
    const client = connect(cluster, { bootstrap, connectTimeoutMs: 200 });
    await expect(client.connect()).rejects.toThrow(bootstrap[0]);
    await expect(client.producer().send('orders', { value: 'one' })).rejects.toMatchObject({
      code: 'NETWORK_EXCEPTION',
    });
    await expect(client.admin.listTopics({ timeoutMs: 100 })).rejects.toThrow(bootstrap[0]);
  });

  test('creates, lists and describes topics through any broker', async () => {
    const cluster = await startCluster(3);
    const client = connect(cluster);
    cluster.broker(1).kill();
    const created = await client.admin.createTopic('orders', {
      partitions: 3,
      config: { 'min.insync.replicas': 2 },
    });
    expect(created).toMatchObject({ name: 'orders', partitions: 3 });
    await expect(client.admin.createTopic('orders')).rejects.toMatchObject({
      code: 'TOPIC_ALREADY_EXISTS',
      topic: 'orders',
    });
    cluster.moveLeader('orders', 0, 2);
    expect((await client.admin.listTopics()).map((topic) => topic.name)).toEqual(['orders']);
    const description = await client.admin.describeTopic('orders');
    expect(description.partitions.map((partition) => partition.leader)).toEqual([2, 2, 3]);
    expect(description.partitions[0]?.replicas[0]).toMatchObject({ broker: 1, lagBytes: 0 });
    const { brokers } = await client.admin.describeCluster();
    expect(brokers.map(({ id, leaders }) => [id, leaders])).toEqual([
      [1, 0],
      [2, 2],
      [3, 1],
    ]);
    await expect(client.admin.describeTopic('missing')).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
  });

  // It was believed, and a topic that was there was said not to exist.
  test('asks another broker for topics when one has not reached a controller yet', async () => {
    const cluster = await startCluster(2);
    cluster.createTopic('orders', 1);
    const { admin } = connect(cluster, { requestTimeoutMs: 1_000 });
    for (const started of cluster.brokers) {
      started.knowsNothing = true;
      expect((await admin.describeTopic('orders')).partitions).toHaveLength(1);
      expect((await admin.listTopics()).map((topic) => topic.name)).toEqual(['orders']);
      started.knowsNothing = false;
    }
    for (const broker of cluster.brokers) broker.knowsNothing = true;
    await expect(admin.listTopics({ timeoutMs: 1_500 })).rejects.toMatchObject({
      code: 'NOT_CONTROLLER',
    });
    expect(await admin.describeCluster()).toMatchObject({ clusterId: null });
  });

  test('names the topic whose administration is refused', async () => {
    const cluster = await startCluster(1);
    const { admin } = connect(cluster);
    const refused = { code: 'UNKNOWN_TOPIC_OR_PARTITION', topic: 'missing' };
    await expect(admin.alterTopic('missing', { 'retention.ms': 1 })).rejects.toMatchObject(refused);
    await expect(admin.addPartitions('missing', 3)).rejects.toMatchObject(refused);
    await expect(admin.electLeaders({ topic: 'missing' })).rejects.toMatchObject(refused);
    await expect(admin.electLeaders()).resolves.toEqual([]);
  });
});
