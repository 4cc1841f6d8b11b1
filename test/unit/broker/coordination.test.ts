/** What a cluster coordinates, asked for at the level of its RPCs. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { partitionIndex } from '../../../src/base/ids.ts';
import type { AdminRequest } from '../../../src/controller/types.ts';
import type { ClusterNodes } from '../../../src/testing/cluster.ts';
import { createTopic, startNodes } from './nodes.ts';
import {
  coordinated,
  coordinatorOf,
  produceBatch,
  readPartition,
  TransactionalClient,
  transactionalBatch,
} from './transactions.ts';

/** Few partitions, so that a cluster in one process has little to do; and short times. */
const SMALL = {
  'transaction.state.topic.partitions': '4',
  'offsets.topic.partitions': '4',
  'transaction.check.interval.ms': '20ms',
};

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function stable(nodes: ClusterNodes, partition: number): Promise<number> {
  return (await readPartition(nodes, 'flights', partition, 'read-committed')).lastStableOffset;
}

test('every broker gives ids to producers, and none is given twice', async () => {
  const nodes = await startNodes(2);
  const given: number[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    for (const { broker } of nodes.brokers) {
      const identity = await broker.door.coordination.initProducerId(null, 0);
      if ('code' in identity) throw new Error(identity.message);
      expect(identity.producerEpoch).toBe(0);
      given.push(identity.producerId);
    }
  }
  expect(new Set(given).size).toBe(10);
  await nodes.stop();
});

const refusedWith = (code: string) => expect.objectContaining({ code }) as unknown;

describe('transactions', () => {
  let nodes: ClusterNodes;
  beforeAll(async () => {
    nodes = await startNodes(3, SMALL);
    await createTopic(nodes, 'flights', { partitions: 3, replicationFactor: 3 });
  });
  afterAll(() => nodes.stop());

  test('are seen whole once they are committed, and not at all when they are aborted', async () => {
    const client = await new TransactionalClient(nodes, 'whole').init();
    expect(await client.add('flights', 0, 1)).toEqual({ kind: 'done' });
    expect(await client.produce('flights', 0, 'a', 'b')).toMatchObject({ ok: true });
    expect(await client.produce('flights', 1, 'c')).toMatchObject({ ok: true });
    expect(await client.produce('flights', 0, 'd')).toMatchObject({ ok: true });
    const open = await readPartition(nodes, 'flights', 0, 'read-committed');
    expect(open).toMatchObject({ values: [], lastStableOffset: 0, highWatermark: 3 });
    const { producerId, producerEpoch } = client.identity;
    expect(await client.end(true)).toEqual({ producerId, producerEpoch: producerEpoch + 1 });
    await until('the marker', async () => (await stable(nodes, 0)) === 4);
    expect((await readPartition(nodes, 'flights', 0, 'read-committed')).values).toEqual([
      'a',
      'b',
      'd',
    ]);
    await until('the other marker', async () => (await stable(nodes, 1)) === 2);

    expect(await client.add('flights', 0)).toEqual({ kind: 'done' });
    expect(await client.produce('flights', 0, 'x')).toMatchObject({ ok: true });
    expect(await client.end(false)).toEqual({ producerId, producerEpoch: producerEpoch + 2 });
    await until('the abort', async () => (await stable(nodes, 0)) === 6);
    const committed = await readPartition(nodes, 'flights', 0, 'read-committed');
    expect(committed.values).toEqual(['a', 'b', 'd']);
    const everything = await readPartition(nodes, 'flights', 0, 'read-uncommitted');
    expect(everything.values).toEqual(['a', 'b', 'd', 'x']);
  });

  test('write only to partitions that were added', async () => {
    const client = await new TransactionalClient(nodes, 'elsewhere').init();
    expect(await client.produce('flights', 2, 'too early')).toMatchObject({
      refusal: { code: 'INVALID_TXN_STATE' },
    });
    await client.add('flights', 1);
    expect(await client.produce('flights', 2, 'not added')).toMatchObject({
      refusal: { code: 'TRANSACTION_ABORTABLE' },
    });
    expect(await client.produce('flights', 1, 'added')).toMatchObject({ ok: true });
    await client.end(false);
    const coordinator = nodes.broker(await coordinatorOf(nodes, 'transaction', 'elsewhere'));
    const self = { transactionalId: 'elsewhere', ...client.identity };
    const nowhere = [{ topic: 'flights', partition: partitionIndex(9) }];
    expect(await coordinator.broker.door.coordination.addPartitions(self, nowhere, [])).toEqual(
      refusedWith('UNKNOWN_TOPIC_OR_PARTITION'),
    );
    expect(await client.add('__transaction_state', 0)).toEqual(
      refusedWith('INVALID_TOPIC_EXCEPTION'),
    );
  });

  test('of an instance that was replaced come to nothing', async () => {
    const old = await new TransactionalClient(nodes, 'fenced').init();
    await old.add('flights', 2);
    expect(await old.produce('flights', 2, 'left behind')).toMatchObject({ ok: true });
    const successor = await new TransactionalClient(nodes, 'fenced').init();
    expect(successor.identity).toEqual({
      producerId: old.identity.producerId,
      producerEpoch: old.identity.producerEpoch + 2,
    });
    expect(await old.produce('flights', 2, 'too late')).toMatchObject({
      refusal: { code: 'INVALID_PRODUCER_EPOCH' },
    });
    expect(await old.add('flights', 0)).toEqual(refusedWith('PRODUCER_FENCED'));
    expect(await old.end(true)).toEqual(refusedWith('PRODUCER_FENCED'));
    await successor.add('flights', 2);
    expect(await successor.produce('flights', 2, 'new')).toMatchObject({ ok: true });
    await successor.end(true);
    await until('the marker', async () => {
      const { values } = await readPartition(nodes, 'flights', 2, 'read-committed');
      return values.includes('new') && !values.includes('left behind');
    });
  });

  test('that nobody ends are aborted in time, and their producer is fenced', async () => {
    const client = await new TransactionalClient(nodes, 'slow').init(150);
    await client.add('flights', 0);
    expect(await client.produce('flights', 0, 'forgotten')).toMatchObject({ ok: true });
    await until('the abort', async () => {
      const { lastStableOffset, highWatermark } = await readPartition(
        nodes,
        'flights',
        0,
        'read-committed',
      );
      return lastStableOffset === highWatermark;
    });
    expect(await client.produce('flights', 0, 'late')).toMatchObject({
      refusal: { code: 'INVALID_PRODUCER_EPOCH' },
    });
    expect(await client.end(true)).toEqual(refusedWith('PRODUCER_FENCED'));
  });

  test('end once: repeated as the first time, never the other way', async () => {
    const client = await new TransactionalClient(nodes, 'twice').init();
    await client.add('flights', 0);
    const before = { transactionalId: 'twice', ...client.identity };
    const first = await client.end(true);
    const again = (commit: boolean) =>
      coordinated(nodes, 'transaction', 'twice', (api) => api.endTransaction(before, commit));
    expect(await again(true)).toEqual(first);
    expect(await again(false)).toEqual(refusedWith('INVALID_TXN_STATE'));
    await client.add('flights', 0);
    expect(await again(true)).toEqual(refusedWith('PRODUCER_FENCED'));
    await client.end(false);
  });

  test('are refused without an id that is known, a beginning, or a sensible timeout', async () => {
    const unknown = { transactionalId: 'nobody', producerId: 1, producerEpoch: 0 };
    expect(
      await coordinated(nodes, 'transaction', 'nobody', (api) => api.endTransaction(unknown, true)),
    ).toEqual(refusedWith('INVALID_PRODUCER_ID_MAPPING'));
    const client = await new TransactionalClient(nodes, 'nothing').init();
    expect(await client.end(true)).toEqual(refusedWith('INVALID_TXN_STATE'));
    await expect(new TransactionalClient(nodes, 'patient').init(2 ** 31)).rejects.toThrow(
      'INVALID_TRANSACTION_TIMEOUT',
    );
  });

  test('are known to their coordinator alone', async () => {
    await new TransactionalClient(nodes, 'known').init();
    const coordinator = await coordinatorOf(nodes, 'transaction', 'known');
    for (const node of nodes.brokers) {
      const api = node.broker.door.coordination;
      const [described] = api.describeTransactions(['known']);
      if (node.id === coordinator) {
        expect(described).toMatchObject({ status: 'empty', transactionalId: 'known' });
        expect(api.describeTransactions(['never'])).toHaveLength(1);
      } else {
        expect(described).toMatchObject({ refusal: { code: 'NOT_COORDINATOR' } });
        expect(await api.initProducerId('known', 0)).toEqual(refusedWith('NOT_COORDINATOR'));
      }
    }
  });
});

test('internal topics are not for clients', async () => {
  const nodes = await startNodes(1, SMALL);
  const { door } = nodes.broker(1).broker;
  await new TransactionalClient(nodes, 'payments').init();
  const batch = transactionalBatch({ producerId: 1, producerEpoch: 0, baseSequence: 0 }, ['x']);
  expect(await produceBatch(door, '__transaction_state', 0, batch)).toMatchObject({
    refusal: { code: 'INVALID_TOPIC_EXCEPTION' },
  });
  const requests: AdminRequest[] = [
    { kind: 'deleteTopic', name: '__transaction_state' },
    { kind: 'addPartitions', name: '__transaction_state', total: 99 },
    { kind: 'alterTopic', name: '__transaction_state', settings: { 'cleanup.policy': 'delete' } },
    {
      kind: 'createTopic',
      name: '__mine',
      partitions: 1,
      replicationFactor: 1,
      settings: {},
      validateOnly: false,
    },
  ];
  for (const request of requests) {
    expect(await door.admin(request)).toMatchObject({
      refusal: { code: 'INVALID_TOPIC_EXCEPTION' },
    });
  }
  expect(await door.admin({ kind: 'allocateProducerIds' })).toMatchObject({ kind: 'refused' });
  await nodes.stop();
});
