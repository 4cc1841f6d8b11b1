// What producers and readers of transactions may do wrong: each is told what it was, and no log has
// changed.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client, OdradekError } from '../../src/client/index.ts';
import { offset, partitionIndex, timestamp } from '../../src/base/ids.ts';
import { RecordBatchBuilder } from '../../src/record/index.ts';
import type { SealOptions } from '../../src/record/batch-builder.ts';
import { startCluster, type TestCluster } from '../../src/testing/index.ts';
import type { ProducerIdentity } from '../../src/transaction/types.ts';
import { GROUP_SERVICE, TRANSACTION_SERVICE } from '../../src/wire/coordination-services.ts';
import { CONSUMER_SERVICE, PRODUCER_SERVICE } from '../../src/wire/services.ts';
import { expectRefusal, leaderAddress, RawClient, WireError } from './bad-input-support.ts';

let cluster: TestCluster;
let client: Client;

beforeAll(async () => {
  cluster = await startCluster({
    brokers: 3,
    settings: { 'transaction.check.interval.ms': '20ms' },
  });
  client = cluster.client();
  await client.admin.createTopic('orders', { partitions: 1, replicationFactor: 3 });
  const config = { 'cleanup.policy': 'compact' };
  await client.admin.createTopic('keyed', { partitions: 1, replicationFactor: 3, config });
  const producer = client.producer();
  await producer.send('orders', { value: 'first' });
  await producer.send('keyed', { key: 'a', value: 'first' });
  await producer.close();
});

afterAll(() => cluster.stop());

/** Nothing has been appended to either topic. */
async function leavingLogsAlone(action: () => Promise<unknown>): Promise<void> {
  const ends = async (): Promise<unknown> => {
    const topics = await client.admin.describeTopics(['orders', 'keyed']);
    return topics.map(({ name, partitions }) => [name, partitions[0]?.highWatermark]);
  };
  const before = await ends();
  await action();
  expect(await ends()).toEqual(before);
}

async function withLeader<T>(topic: string, work: (raw: RawClient) => Promise<T>): Promise<T> {
  const raw = new RawClient(await leaderAddress(cluster, client, topic));
  try {
    return await work(raw);
  } finally {
    raw.close();
  }
}

/** Asks the coordinator, again while there is none yet or it is busy; any other refusal counts. */
async function withCoordinator<T>(key: string, work: (raw: RawClient) => Promise<T>): Promise<T> {
  for (const deadline = performance.now() + 20_000; performance.now() < deadline;) {
    const address = await withLeader('orders', (raw) =>
      raw
        .call(GROUP_SERVICE.findCoordinator, { kind: 'transaction', key })
        .then(({ endpoint }) => `${endpoint.host}:${endpoint.port}`, waitIfRetriable),
    );
    if (address !== null) {
      const raw = new RawClient(address);
      const answer = await work(raw)
        .catch(waitIfRetriable)
        .finally(() => raw.close());
      if (answer !== null) return answer;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`the coordinator of ${key} has not answered`);
}

/** Null, to be asked again, where the error says that this helps. */
function waitIfRetriable(error: unknown): null {
  const codes = ['COORDINATOR', 'CONCURRENT', 'NOT_CONTROLLER'];
  const { code } = error as OdradekError;
  if (codes.some((each) => code.includes(each))) return null;
  throw error;
}

function begin(transactionalId: string, timeoutMs = 60_000): Promise<ProducerIdentity> {
  return withCoordinator(transactionalId, (raw) =>
    raw.call(TRANSACTION_SERVICE.initProducerId, {
      transactionalId,
      transactionTimeoutMs: timeoutMs,
    }),
  );
}

function addOrders(transactionalId: string, producer: ProducerIdentity): Promise<unknown> {
  return withCoordinator(transactionalId, (raw) =>
    raw.call(TRANSACTION_SERVICE.addPartitionsToTransaction, {
      transactionalId,
      ...producer,
      partitions: [{ topic: 'orders', partition: partitionIndex(0) }],
      groups: [],
    }),
  );
}

function end(
  transactionalId: string,
  producer: ProducerIdentity,
  commit: boolean,
): Promise<ProducerIdentity> {
  return withCoordinator(transactionalId, (raw) =>
    raw.call(TRANSACTION_SERVICE.endTransaction, { transactionalId, ...producer, commit }),
  );
}

/** One record, past the SDK. */
function append(
  topic: string,
  key: string | null,
  seal: SealOptions,
  transactionalId: string | null = null,
): Promise<number> {
  const builder = new RecordBatchBuilder({ bytesMax: 10_000 });
  builder.append({ key, value: 'raw', timestamp: timestamp(Date.now()) });
  const request = {
    clientId: 'test',
    acks: 'all' as const,
    timeoutMs: 5_000,
    transactionalId: transactionalId ?? '',
    appends: [
      {
        correlationId: 1,
        topic,
        topicId: null,
        partition: partitionIndex(0),
        expectedLeaderEpoch: null,
        batch: builder.build(seal),
      },
    ],
  };
  return withLeader(topic, async (raw) => {
    const { results } = await raw.call(PRODUCER_SERVICE.produce, request);
    const result = results[0]?.result;
    if (result === undefined) throw new Error('no result');
    if (result.ok) return result.baseOffset;
    throw new WireError(result.refusal.code, result.refusal.message, 0);
  });
}

test('a producer that another instance has replaced is fenced, at the coordinator and at the leader', () =>
  leavingLogsAlone(async () => {
    const old = await begin('fenced');
    await begin('fenced');
    await expectRefusal(addOrders('fenced', old), 'PRODUCER_FENCED', /fenced|taken over|epoch/);
    await expectRefusal(end('fenced', old, true), 'PRODUCER_FENCED', /fenced|taken over|epoch/);
    const seal = { ...old, baseSequence: 0, transactional: true };
    await expectRefusal(append('orders', 'k', seal, 'fenced'), 'INVALID_PRODUCER_EPOCH', /epoch/);
  }));

test('a transaction that has expired cannot be committed', async () => {
  const producer = await begin('late', 150);
  await addOrders('late', producer);
  await withCoordinator('late', async (raw) => {
    const request = { transactionalIds: ['late'] };
    const { transactions } = await raw.call(TRANSACTION_SERVICE.describeTransactions, request);
    const [found] = transactions;
    return found !== undefined && 'status' in found && found.status === 'complete-abort'
      ? true
      : null;
  });
  await leavingLogsAlone(() =>
    expectRefusal(end('late', producer, true), 'PRODUCER_FENCED', /timed out|taken over|epoch/),
  );
});

test('a commit without a begin is refused', () =>
  leavingLogsAlone(async () => {
    const producer = await begin('early');
    await expectRefusal(end('early', producer, true), 'INVALID_TXN_STATE', /no open transaction/);
  }));

test('a gap in the sequences is refused', () =>
  leavingLogsAlone(async () => {
    const identity = await withLeader('orders', (raw) =>
      raw.call(TRANSACTION_SERVICE.initProducerId, {
        transactionalId: null,
        transactionTimeoutMs: 0,
      }),
    );
    const refused = append('orders', 'k', { ...identity, baseSequence: 5 });
    await expectRefusal(refused, 'OUT_OF_ORDER_SEQUENCE_NUMBER', /sequence 0 comes first/);
  }));

test('a transactional batch of no transaction is refused', () =>
  leavingLogsAlone(async () => {
    const producer = await begin('unnamed');
    const seal = { ...producer, baseSequence: 0, transactional: true };
    await expectRefusal(append('orders', 'k', seal), 'INVALID_REQUEST', /transactional id/);
    await expectRefusal(append('orders', 'k', seal, 'unnamed'), 'INVALID_TXN_STATE', /./);
  }));

test('a record without a key has no place in a compacted topic', () =>
  leavingLogsAlone(async () => {
    await expectRefusal(append('keyed', null, {}), 'INVALID_RECORD', /without a key/);
    const producer = client.producer();
    await expectRefusal(producer.send('keyed', { value: 'v' }), 'INVALID_RECORD', /without a key/);
    await producer.close();
  }));

test('an isolation level that nobody knows is refused', () =>
  leavingLogsAlone(async () => {
    const { fetch } = CONSUMER_SERVICE;
    const unknown = {
      ...fetch,
      requestSerialize: (request: Parameters<typeof fetch.requestSerialize>[0]) =>
        // Field 6 once more, and the last one counts: 9.
        Buffer.concat([fetch.requestSerialize(request), Buffer.from([0x30, 0x09])]),
    };
    const request = {
      clientId: 'test',
      partitions: [
        {
          target: { topic: 'orders', topicId: null, partition: partitionIndex(0) },
          fetchOffset: offset(0),
          currentLeaderEpoch: null,
          maxBytes: 100,
          generation: 0,
        },
      ],
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 100,
      isolation: 'read-committed' as const,
    };
    await withLeader('orders', (raw) =>
      expectRefusal(raw.call(unknown, request as never), 'INVALID_REQUEST', /isolation/),
    );
  }));
