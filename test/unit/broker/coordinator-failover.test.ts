/** Coordinators that die, are cut off or hand over, and transactions that end once all the same. */
import { expect, test } from 'vitest';
import { ERRORS } from '../../../src/base/errors.ts';
import type { ClusterNodes } from '../../../src/testing/cluster.ts';
import { createTopic, leaderOf, startNodes } from './nodes.ts';
import { coordinated, coordinatorOf, readPartition, TransactionalClient } from './transactions.ts';

const SMALL = {
  'transaction.state.topic.partitions': '4',
  'offsets.topic.partitions': '4',
  'transaction.check.interval.ms': '20ms',
};

/** A client with data in a partition that another broker leads than its coordinator. */
async function openTransaction(nodes: ClusterNodes, timeoutMs = 0) {
  const client = await new TransactionalClient(nodes, 'payments').init(timeoutMs);
  const coordinator = await coordinatorOf(nodes, 'transaction', 'payments');
  const leaders = [await leaderOf(nodes, 'flights', 0), await leaderOf(nodes, 'flights', 1)];
  const partition = leaders.findIndex((leader) => leader !== coordinator);
  const leader = leaders[partition] as number;
  await client.add('flights', partition);
  expect(await client.produce('flights', partition, 'a', 'b')).toMatchObject({ ok: true });
  return { client, coordinator, leader, partition };
}

async function startThree(settings: Record<string, string> = {}): Promise<ClusterNodes> {
  const nodes = await startNodes(3, { ...SMALL, ...settings });
  await createTopic(nodes, 'flights', { partitions: 2, replicationFactor: 3 });
  return nodes;
}

test.each([true, false])(
  'one that dies between decision and markers is followed by one that goes on: commit %s',
  async (commit) => {
    const nodes = await startThree();
    const { client, coordinator, leader, partition } = await openTransaction(nodes);
    const before = { transactionalId: 'payments', ...client.identity };
    // Orders do not get through, answers and replication from there do.
    nodes.network.cut(`broker-${coordinator}`, `broker-${leader}`);
    const ended = await client.end(commit);
    expect(ended).toMatchObject({ producerEpoch: before.producerEpoch + 1 });
    expect(await readPartition(nodes, 'flights', partition, 'read-committed')).toMatchObject({
      lastStableOffset: 0,
    });
    await nodes.broker(coordinator).kill();
    nodes.network.heal();
    await until('the marker', () => isStable(nodes, partition));
    const { values } = await readPartition(nodes, 'flights', partition, 'read-committed');
    expect(values).toEqual(commit ? ['a', 'b'] : []);
    // Whoever asks again hears what was decided, and nobody can decide otherwise.
    const again = (decision: boolean) =>
      coordinated(nodes, 'transaction', 'payments', (api) => api.endTransaction(before, decision));
    expect(await again(commit)).toEqual(ended);
    expect(await again(!commit)).toMatchObject({ code: 'INVALID_TXN_STATE' });
    // The first coordinator comes back with the decision in its log, and adds nothing.
    await nodes.broker(coordinator).start();
    await nodes.broker(coordinator).active();
    await client.add('flights', partition);
    expect(await client.produce('flights', partition, 'c')).toMatchObject({ ok: true });
    await client.end(true);
    await until('the next marker', () => isStable(nodes, partition));
    const after = await readPartition(nodes, 'flights', partition, 'read-committed');
    expect(after.values).toEqual(commit ? ['a', 'b', 'c'] : ['c']);
    expect(after.highWatermark).toBe(5);
    await nodes.stop();
  },
);

test('one that dies leaves open transactions to the next, with their time', async () => {
  const nodes = await startThree();
  const { client, coordinator, partition } = await openTransaction(nodes, 1_500);
  const begunAt = Date.now();
  await nodes.broker(coordinator).kill();
  await until('the abort', () => isStable(nodes, partition));
  expect(Date.now() - begunAt).toBeGreaterThan(1_000);
  const { values } = await readPartition(nodes, 'flights', partition, 'read-committed');
  expect(values).toEqual([]);
  expect(await client.end(true)).toMatchObject({ code: 'PRODUCER_FENCED' });
  await nodes.stop();
});

test('one that hands over loses nothing, and says at once that it is none any more', async () => {
  const nodes = await startThree();
  const { client, coordinator, partition } = await openTransaction(nodes);
  await nodes.broker(coordinator).stop();
  expect(await client.add('flights', 1 - partition)).toEqual({ kind: 'done' });
  expect(await client.produce('flights', 1 - partition, 'c')).toMatchObject({ ok: true });
  expect(await client.end(true)).not.toHaveProperty('code');
  await until('both markers', async () => (await isStable(nodes, 0)) && (await isStable(nodes, 1)));
  await nodes.broker(coordinator).start();
  await nodes.broker(coordinator).active();
  await nodes.stop();
});

test('a cluster that was stopped as a whole remembers its transactions', async () => {
  const nodes = await startThree();
  const { client, partition } = await openTransaction(nodes);
  for (const node of nodes.brokers) await node.kill();
  await Promise.all(nodes.brokers.map((node) => node.start()));
  await Promise.all(nodes.brokers.map((node) => node.active()));
  expect(await client.end(true)).not.toHaveProperty('code');
  await until('the marker', () => isStable(nodes, partition));
  const { values } = await readPartition(nodes, 'flights', partition, 'read-committed');
  expect(values).toEqual(['a', 'b']);
  await nodes.stop();
});

test('markers for a topic that was deleted are owed to nobody', async () => {
  const nodes = await startThree();
  const { client, coordinator, leader, partition } = await openTransaction(nodes);
  await createTopic(nodes, 'trains', { partitions: 1, replicationFactor: 3 });
  await until('the topic', async () => {
    const image = nodes.broker(coordinator).broker.metadata.image;
    return image.topicByName('trains') !== undefined;
  });
  await client.add('trains', 0);
  nodes.network.cut(`broker-${coordinator}`, `broker-${leader}`);
  await client.end(true);
  await nodes.controller.host?.admin({ kind: 'deleteTopic', name: 'trains' });
  nodes.network.heal();
  await until('the marker', () => isStable(nodes, partition));
  // The transaction is over: the next one can begin.
  expect(await client.add('flights', partition)).toEqual({ kind: 'done' });
  await nodes.stop();
});

test('nothing is answered as long as it is not on as many replicas as it must be', async () => {
  const nodes = await startThree();
  const { client, coordinator } = await openTransaction(nodes);
  const { door } = nodes.broker(coordinator).broker;
  const others = nodes.brokers.filter(({ id }) => id !== coordinator);
  await Promise.all(others.map((node) => node.kill()));
  const self = { transactionalId: 'payments', ...client.identity };
  const answer = door.coordination.endTransaction(self, true);
  const alone = await Promise.race([answer, pause(700)]);
  if (alone !== undefined) expect(alone).toHaveProperty('code');
  await Promise.all(others.map((node) => node.start()));
  await Promise.all(others.map((node) => node.active()));
  // It was decided when it could be, or the client is to ask again.
  const decided = await answer;
  if ('code' in decided) expect(ERRORS[decided.code].retriable).toBe(true);
  expect(await client.end(true)).not.toHaveProperty('code');
  await until('the markers', async () => (await isStable(nodes, 0)) && (await isStable(nodes, 1)));
  await nodes.stop();
});

test('an id that nobody has used for long is forgotten', async () => {
  const nodes = await startNodes(1, { ...SMALL, 'transactional.id.expiration.ms': '100ms' });
  const { coordination } = nodes.broker(1).broker.door;
  const client = await new TransactionalClient(nodes, 'payments').init();
  expect(coordination.describeTransactions(['payments'])).toMatchObject([{ status: 'empty' }]);
  await until('the tombstone', async () => {
    const [described] = coordination.describeTransactions(['payments']);
    return described !== undefined && 'refusal' in described;
  });
  expect(coordination.describeTransactions(null)).toEqual([]);
  const { producerId } = client.identity;
  expect((await client.init()).identity.producerId).not.toBe(producerId);
  await nodes.stop();
});

function pause(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), milliseconds));
}

async function isStable(nodes: ClusterNodes, partition: number): Promise<boolean> {
  const { lastStableOffset, highWatermark } = await readPartition(
    nodes,
    'flights',
    partition,
    'read-committed',
  );
  return lastStableOffset === highWatermark;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
