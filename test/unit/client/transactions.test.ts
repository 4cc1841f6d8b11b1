import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client, Producer, ProducerOptions } from '../../../src/client/index.ts';
import { OdradekError, RecordBatchBuilder } from '../../../src/client/index.ts';
import { timestamp } from '../../../src/base/ids.ts';
import { ClientClock } from '../../../src/client/system.ts';
import { GrpcTransport } from '../../../src/client/grpc-transport.ts';
import type { Transport } from '../../../src/client/transport.ts';
import type { TestCluster } from '../../../src/testing/index.ts';
import { startCluster } from '../../../src/testing/index.ts';

let cluster: TestCluster;
let client: Client;
/** The markers are written behind the answer to a commit. */
const POLL = { timeout: 10_000, interval: 20 };
let topics = 0;
let ids = 0;

beforeAll(async () => {
  cluster = await startCluster({ brokers: 3 });
  client = cluster.client();
  await client.connect();
}, 60_000);

afterAll(() => cluster.stop());

async function newTopic(partitions = 2): Promise<string> {
  const name = `topic-${++topics}`;
  await client.admin.createTopic(name, { partitions, replicationFactor: 3 });
  return name;
}

function newProducer(options: ProducerOptions = {}, from: Client = client): Producer {
  return from.producer({ transactionalId: `mover-${++ids}`, ...options });
}

async function read(
  topic: string,
  isolation: 'read-committed' | 'read-uncommitted' = 'read-committed',
): Promise<string[]> {
  await using consumer = client.consumer({ assign: [topic], isolation });
  const values: string[] = [];
  for await (const batch of consumer.batches({ untilEnd: true })) {
    for (const { value } of batch) values.push(Buffer.from(value ?? []).toString());
  }
  return values.sort();
}

/** What a call was refused with. */
async function refusalOf(call: Promise<unknown>): Promise<OdradekError> {
  const thrown = await call.then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof OdradekError) return thrown;
  throw new Error(`expected an OdradekError, got ${String(thrown)}`);
}

/** gRPC, but for calls of one method, of which the answers are lost, or that never leave. */
function lossy(path: string, lose: { answers: number; requests: number }): Transport {
  const inner = new GrpcTransport(new ClientClock(), { connectTimeoutMs: 2000 });
  const lost = () => new OdradekError('NETWORK_EXCEPTION', 'lost on the way');
  return {
    call: async (address, purpose, method, request, options) => {
      const isMeant = method.path.endsWith(path);
      if (isMeant && lose.requests > 0) {
        lose.requests--;
        throw lost();
      }
      const answer = await inner.call(address, purpose, method, request, options);
      if (isMeant && lose.answers > 0) {
        lose.answers--;
        throw lost();
      }
      return answer;
    },
    open: (...parts) => inner.open(...parts),
    watch: (...parts) => inner.watch(...parts),
    close: () => inner.close(),
  };
}

describe('a transaction', () => {
  test('is all there once its function has resolved, and the value is handed on', async () => {
    const topic = await newTopic();
    await using producer = newProducer();
    const value = await producer.transaction(async (transaction) => {
      void transaction.send(topic, { partition: 0, value: 'a' });
      await transaction.sendBatch(topic, [
        { partition: 0, value: 'b' },
        { partition: 1, value: 'c' },
      ]);
      await expect.poll(() => read(topic), POLL).toEqual([]);
      return 42;
    });
    expect(value).toBe(42);
    await expect.poll(() => read(topic), POLL).toEqual(['a', 'b', 'c']);
  });

  test('is not there if its function throws, which the caller is told', async () => {
    const topic = await newTopic();
    await using producer = newProducer();
    const thrown = new Error('no');
    const aborted = producer.transaction(async (transaction) => {
      await transaction.send(topic, { partition: 0, value: 'never' });
      throw thrown;
    });
    await expect(aborted).rejects.toBe(thrown);
    await producer.transaction((transaction) => {
      void transaction.send(topic, { partition: 0, value: 'then' });
    });
    await expect.poll(() => read(topic), POLL).toEqual(['then']);
    await expect.poll(() => read(topic, 'read-uncommitted'), POLL).toEqual(['never', 'then']);
  });

  test('follows the last one, many times, with what was aborted passed over', async () => {
    const topic = await newTopic();
    await using producer = newProducer({ batchBytes: 500 });
    const committed: string[] = [];
    for (let round = 0; round < 20; round++) {
      const values = Array.from({ length: 30 }, (_, index) => `${round}.${index}`);
      await producer.begin();
      await producer.sendBatch(
        topic,
        values.map((value, index) => ({ partition: index % 2, value })),
      );
      if (round % 3 === 0) await producer.abort();
      else {
        await producer.commit();
        committed.push(...values);
      }
    }
    await expect.poll(() => read(topic), POLL).toEqual(committed.sort());
  });

  test('without anything in it costs nothing and leaves nothing', async () => {
    await using producer = newProducer();
    expect(await producer.transaction(() => 'nothing')).toBe('nothing');
    await producer.begin();
    await producer.abort();
  });

  test('takes encoded batches, which become part of it', async () => {
    const topic = await newTopic();
    await using producer = newProducer();
    const builder = new RecordBatchBuilder({ bytesMax: 1000 });
    builder.append({ key: null, value: 'encoded', timestamp: timestamp(5) });
    const encoded = builder.build();
    const before = Uint8Array.from(encoded);
    const failing = producer.transaction(async (transaction) => {
      await transaction.sendEncoded(topic, 0, encoded);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await expect.poll(() => read(topic), POLL).toEqual([]);
    await producer.transaction((transaction) => transaction.sendEncoded(topic, 0, encoded));
    await expect.poll(() => read(topic), POLL).toEqual(['encoded']);
    expect(encoded).toEqual(before);
  });

  test.each(['gzip', 'zstd'] as const)('is compressed with %s', async (compression) => {
    const topic = await newTopic(1);
    await using producer = newProducer({ compression, batchBytes: 300 });
    const values = Array.from({ length: 100 }, (_, index) => `value ${1000 + index}`);
    await producer.transaction((transaction) =>
      transaction.sendBatch(
        topic,
        values.map((value) => ({ value })),
      ),
    );
    await expect.poll(() => read(topic), POLL).toEqual(values);
  });
});

describe('what does not belong', () => {
  test('nothing is sent outside of a transaction', async () => {
    const topic = await newTopic();
    await using producer = newProducer();
    expect((await refusalOf(producer.send(topic, { value: 'x' }))).code).toBe('INVALID_TXN_STATE');
    expect(() => producer.post(topic, { value: 'x' })).toThrow('in transactions only');
    expect((await refusalOf(producer.commit())).code).toBe('INVALID_TXN_STATE');
    let escaped: { send: Producer['send'] } | null = null;
    await producer.transaction((transaction) => {
      escaped = transaction;
    });
    await producer.begin();
    const late = (escaped as { send: Producer['send'] } | null)?.send(topic, { value: 'late' });
    expect((await refusalOf(late ?? Promise.resolve())).message).toContain('has ended');
    await producer.abort();
    await expect.poll(() => read(topic, 'read-uncommitted'), POLL).toEqual([]);
  });

  test('one at a time', async () => {
    await using producer = newProducer();
    await producer.begin();
    expect((await refusalOf(producer.begin())).message).toContain('open already');
    await producer.abort();
  });

  test('a producer without a transactional id has none', async () => {
    await using producer = client.producer();
    expect((await refusalOf(producer.begin())).message).toContain('transactionalId');
  });

  test('options that contradict each other', () => {
    const refuse = (options: ProducerOptions, message: string): void => {
      expect(() => client.producer(options)).toThrow(message);
    };
    refuse({ transactionalId: 'x', idempotent: false }, 'is idempotent');
    refuse({ transactionalId: '' }, 'at least one character');
    refuse({ idempotent: true, acks: 1 }, 'needs acks "all"');
    refuse({ maxInFlight: 6 }, 'from 1 to 5');
    refuse({ acks: 1, maxInFlight: 2 }, 'from 1 to 1');
    refuse({ transactionTimeoutMs: -1 }, 'whole milliseconds');
  });
});

describe('a failure', () => {
  test('of one record makes the whole transaction fail, with its cause', async () => {
    const topic = await newTopic();
    await using producer = newProducer();
    const failed = producer.transaction(async (transaction) => {
      void transaction.send(topic, { partition: 0, value: 'good' });
      await transaction.send(topic, { partition: 1, value: 'x'.repeat(2_000_000) }).catch(() => 0);
    });
    const error = await refusalOf(failed);
    expect(error.code).toBe('TRANSACTION_ABORTABLE');
    expect((error.cause as OdradekError).code).toBe('MESSAGE_TOO_LARGE');
    await producer.transaction((transaction) => transaction.send(topic, { value: 'next' }));
    await expect.poll(() => read(topic), POLL).toEqual(['next']);
  });

  test('by hand: only abort is left', async () => {
    const topic = await newTopic();
    await using producer = newProducer();
    await producer.begin();
    await refusalOf(producer.send(topic, { value: 'x'.repeat(2_000_000) }));
    expect((await refusalOf(producer.send(topic, { value: 'y' }))).code).toBe(
      'TRANSACTION_ABORTABLE',
    );
    expect((await refusalOf(producer.commit())).code).toBe('TRANSACTION_ABORTABLE');
    await producer.abort();
    await producer.transaction((transaction) => transaction.send(topic, { value: 'z' }));
    await expect.poll(() => read(topic), POLL).toEqual(['z']);
  });

  test('a newer producer with the same id fences the older, for good', async () => {
    const topic = await newTopic();
    const transactionalId = 'twins';
    const older = newProducer({ transactionalId });
    await older.begin();
    await older.send(topic, { partition: 0, value: 'of the older' });
    await using newer = newProducer({ transactionalId });
    await newer.transaction((transaction) =>
      transaction.send(topic, { partition: 0, value: 'of the newer' }),
    );
    const error = await refusalOf(older.commit());
    expect(error.code).toBe('PRODUCER_FENCED');
    expect(error.message).toContain('another one with the transactional id twins has taken over');
    expect((await refusalOf(older.begin())).code).toBe('PRODUCER_FENCED');
    await older.close();
    await expect.poll(() => read(topic), POLL).toEqual(['of the newer']);
  });

  test('a producer that was fenced without knowing it can be closed', async () => {
    const topic = await newTopic();
    const transactionalId = 'sleeper';
    const older = newProducer({ transactionalId });
    await older.begin();
    await older.send(topic, { partition: 0, value: 'of the older' });
    await using newer = newProducer({ transactionalId });
    await newer.begin();
    await older.close();
    await newer.abort();
    await expect.poll(() => read(topic), POLL).toEqual([]);
  });

  test('a producer that is closed aborts what it has open', async () => {
    const topic = await newTopic();
    const producer = newProducer();
    await producer.begin();
    await producer.send(topic, { partition: 0, value: 'open' });
    await producer.close();
    await expect.poll(() => read(topic), POLL).toEqual([]);
  });

  test('a transaction that takes too long is aborted by its coordinator', async () => {
    const topic = await newTopic();
    await using producer = newProducer({ transactionTimeoutMs: 300 });
    await producer.begin();
    await producer.send(topic, { partition: 0, value: 'slow' });
    await expect
      .poll(async () => (await describeState(topic)).join(), { timeout: 20_000 })
      .toContain('0');
    const error = await refusalOf(producer.commit());
    expect(error.code).toBe('PRODUCER_FENCED');
    expect(error.message).toContain('took longer than the transaction timeout');
    await expect.poll(() => read(topic), POLL).toEqual([]);
  });
});

describe('answers that are lost', () => {
  const METHODS = [
    'InitProducerId',
    'AddPartitionsToTransaction',
    'EndTransaction',
    'FindCoordinator',
  ];

  test.each(METHODS)('of %s are asked for again, and the outcome is one', async (path) => {
    const topic = await newTopic();
    const lose = { answers: 2, requests: 1 };
    await using other = cluster.client({ transport: lossy(path, lose) });
    await using producer = newProducer({}, other);
    await producer.transaction((transaction) => transaction.send(topic, { value: 'one' }));
    await producer.transaction((transaction) => transaction.send(topic, { value: 'two' }));
    expect(lose).toEqual({ answers: 0, requests: 0 });
    await expect.poll(() => read(topic), POLL).toEqual(['one', 'two']);
  });

  test('a commit that takes too long for its caller is asked about until it is known', async () => {
    const topic = await newTopic();
    const lose = { answers: 3, requests: 30 };
    await using other = cluster.client({ transport: lossy('EndTransaction', lose) });
    await using producer = newProducer({}, other);
    await producer.begin();
    await producer.send(topic, { value: 'once' });
    const error = await refusalOf(producer.commit({ timeoutMs: 50 }));
    expect(error.code).toBe('REQUEST_TIMED_OUT');
    expect((await refusalOf(producer.abort({ timeoutMs: 50 }))).message).toContain('not known yet');
    lose.requests = 0;
    await producer.commit();
    await producer.transaction((transaction) => transaction.send(topic, { value: 'more' }));
    await expect.poll(() => read(topic), POLL).toEqual(['more', 'once']);
  });
});

/** Whether records are there that a read-committed reader may not see yet, by partition. */
async function describeState(topic: string): Promise<number[]> {
  const values = await Promise.all(
    ['read-committed', 'read-uncommitted'].map(async (isolation) => {
      await using consumer = client.consumer({
        assign: [topic],
        isolation: isolation as 'read-committed',
      });
      const ends = await consumer.endOffsets();
      return ends.reduce((sum, { offset }) => sum + offset, 0);
    }),
  );
  return [(values[1] ?? 0) - (values[0] ?? 0)];
}
