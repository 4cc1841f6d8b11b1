/** Groups and their offsets, on a cluster in one process. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { leaderEpoch, offset, partitionIndex } from '../../../src/base/ids.ts';
import type { ClusterNodes } from '../../../src/testing/cluster.ts';
import { createTopic, startNodes, until as untilNow } from './nodes.ts';
import { coordinated, coordinatorOf, TransactionalClient } from './transactions.ts';

const SMALL = {
  'transaction.state.topic.partitions': '4',
  'offsets.topic.partitions': '4',
  'transaction.check.interval.ms': '20ms',
};

const place = (partition: number, topic = 'flights') => ({
  topic,
  partition: partitionIndex(partition),
});
const commitOf = (partition: number, at: number, topic = 'flights') => ({
  ...place(partition, topic),
  offset: offset(at),
  leaderEpoch: leaderEpoch(0),
  metadata: `read up to ${at}`,
});

class Group {
  readonly nodes: ClusterNodes;
  readonly name: string;

  constructor(nodes: ClusterNodes, name: string) {
    this.nodes = nodes;
    this.name = name;
  }

  commit(offsets: ReturnType<typeof commitOf>[], client: TransactionalClient | null = null) {
    const transaction =
      client === null ? null : { transactionalId: client.transactionalId, ...client.identity };
    return coordinated(this.nodes, 'group', this.name, (api) =>
      api.commitOffsets({ group: this.name, offsets, transaction }),
    );
  }

  fetch(partitions: ReturnType<typeof place>[] | null = null) {
    return coordinated(this.nodes, 'group', this.name, (api) =>
      api.fetchOffsets(this.name, partitions, false),
    );
  }

  /** As it is at this moment, nothing repeated. */
  async fetchStable(partition: number) {
    const coordinator = this.nodes.broker(await coordinatorOf(this.nodes, 'group', this.name));
    return coordinator.broker.door.coordination.fetchOffsets(this.name, [place(partition)], true);
  }

  async at(partition: number): Promise<number | null> {
    const fetched = await this.fetch([place(partition)]);
    if ('code' in fetched) throw new Error(fetched.message);
    return fetched[0]?.offset ?? null;
  }
}

describe('a group', () => {
  let nodes: ClusterNodes;
  beforeAll(async () => {
    nodes = await startNodes(3, SMALL);
    await createTopic(nodes, 'flights', { partitions: 3, replicationFactor: 3 });
  });
  afterAll(() => nodes.stop());

  test('finds again what it has committed', async () => {
    const group = new Group(nodes, 'billing');
    expect(await group.fetch([place(0)])).toEqual([
      { ...place(0), offset: null, leaderEpoch: null, metadata: '' },
    ]);
    expect(await group.commit([commitOf(0, 5), commitOf(1, 6), commitOf(9, 1)])).toEqual([
      { ...place(0), refusal: null },
      { ...place(1), refusal: null },
      {
        ...place(9),
        refusal: expect.objectContaining({ code: 'UNKNOWN_TOPIC_OR_PARTITION' }) as unknown,
      },
    ]);
    expect(await group.fetch()).toEqual([commitOf(0, 5), commitOf(1, 6)]);
    await group.commit([commitOf(0, 3)]);
    expect(await group.fetch([place(1), place(2), place(0)])).toEqual([
      commitOf(1, 6),
      { ...place(2), offset: null, leaderEpoch: null, metadata: '' },
      commitOf(0, 3),
    ]);
    const listed = nodes.brokers.flatMap(({ broker }) => broker.door.coordination.listGroups());
    expect(listed).toContain('billing');
    const forget = () =>
      coordinated(nodes, 'group', 'billing', (api) => api.deleteOffsets('billing', [place(0)]));
    expect(await forget()).toEqual({ kind: 'done' });
    expect(await forget()).toEqual({ kind: 'done' });
    expect(await group.fetch()).toEqual([commitOf(1, 6)]);
  });

  test('commits in a transaction, which others see when it ends', async () => {
    const group = new Group(nodes, 'exactly');
    const client = await new TransactionalClient(nodes, 'exactly').init();
    await group.commit([commitOf(0, 1)]);
    expect(await group.commit([commitOf(0, 2)], client)).toMatchObject({
      code: 'INVALID_TXN_STATE',
    });
    await client.add('flights', 0);
    expect(await group.commit([commitOf(0, 2)], client)).toMatchObject({
      code: 'TRANSACTION_ABORTABLE',
    });
    await client.addGroup('exactly');
    expect(await group.commit([commitOf(0, 2)], client)).toMatchObject([{ refusal: null }]);
    expect(await group.commit([commitOf(1, 7)], client)).toMatchObject([{ refusal: null }]);
    expect(await group.at(0)).toBe(1);
    expect(await group.fetchStable(0)).toMatchObject({ code: 'UNSTABLE_OFFSET_COMMIT' });
    expect(await group.fetchStable(2)).toMatchObject([{ offset: null }]);
    await client.end(true);
    await until('the commit', async () => (await group.at(0)) === 2);
    expect(await group.at(1)).toBe(7);
    expect(await group.fetchStable(0)).toMatchObject([{ offset: 2 }]);

    await client.addGroup('exactly');
    await group.commit([commitOf(0, 99)], client);
    const zombie = { transactionalId: 'exactly', ...client.identity };
    await client.end(false);
    await until('the abort', async () => !('code' in (await group.fetchStable(0))));
    expect(await group.at(0)).toBe(2);
    expect(
      await coordinated(nodes, 'group', 'exactly', (api) =>
        api.commitOffsets({ group: 'exactly', offsets: [commitOf(0, 98)], transaction: zombie }),
      ),
    ).toMatchObject({ code: 'INVALID_PRODUCER_EPOCH' });
    expect(await group.at(0)).toBe(2);
  });

  test('many commits of one transaction at once are written one behind the other', async () => {
    const group = new Group(nodes, 'busy');
    const client = await new TransactionalClient(nodes, 'busy').init();
    await client.addGroup('busy');
    const commits = [1, 2, 3, 4, 5, 6, 7].map((at) => group.commit([commitOf(0, at)], client));
    for (const result of await Promise.all(commits))
      expect(result).toMatchObject([{ refusal: null }]);
    await client.end(true);
    await until('the commit', async () => (await group.at(0)) === 7);
  });

  test('is known to its coordinator alone, and has a name', async () => {
    const coordinator = await coordinatorOf(nodes, 'group', 'billing');
    for (const { id, broker } of nodes.brokers) {
      const fetched = broker.door.coordination.fetchOffsets('billing', null, false);
      if (id === coordinator) expect(fetched).not.toHaveProperty('code');
      else expect(fetched).toMatchObject({ code: 'NOT_COORDINATOR' });
      const nameless = broker.door.coordination.fetchOffsets('', null, false);
      expect(nameless).toMatchObject({ code: 'INVALID_GROUP_ID' });
    }
  });

  test('begins anew with a topic that was made anew', async () => {
    const group = new Group(nodes, 'anew');
    await createTopic(nodes, 'trains', {});
    await untilNow('the topic everywhere', () => everywhere(nodes, 'trains', true));
    await group.commit([commitOf(0, 5, 'trains')]);
    expect(await group.fetch()).toMatchObject([{ offset: 5 }]);
    await nodes.controller.host?.admin({ kind: 'deleteTopic', name: 'trains' });
    await untilNow('the deletion', () => everywhere(nodes, 'trains', false));
    expect(await group.fetch()).toEqual([]);
    await createTopic(nodes, 'trains', {});
    await untilNow('the topic everywhere', () => everywhere(nodes, 'trains', true));
    expect(await group.fetch([place(0, 'trains')])).toMatchObject([{ offset: null }]);
  });
});

test('what a coordinator knew, the next one knows: open transactions of offsets too', async () => {
  const nodes = await startNodes(3, SMALL);
  await createTopic(nodes, 'flights', { partitions: 3, replicationFactor: 3 });
  const group = new Group(nodes, 'moved');
  await group.commit([commitOf(0, 1), commitOf(1, 1)]);
  const first = await coordinatorOf(nodes, 'group', 'moved');
  const client = await transactionElsewhere(nodes, first);
  await client.addGroup('moved');
  await group.commit([commitOf(0, 2)], client);
  await nodes.broker(first).kill();
  await untilNow('a new coordinator', () =>
    nodes.brokers.every((each) => leads(nodes, first, each.id)),
  );
  expect(await group.at(0)).toBe(1);
  expect(await group.at(1)).toBe(1);
  expect(await group.fetchStable(0)).toMatchObject({ code: 'UNSTABLE_OFFSET_COMMIT' });
  await group.commit([commitOf(1, 5)], client);
  await client.end(true);
  await until('the commit', async () => (await group.at(0)) === 2);
  expect(await group.at(1)).toBe(5);
  await nodes.stop();
});

/** A transactional id whose coordinator is another broker. */
async function transactionElsewhere(
  nodes: ClusterNodes,
  broker: number,
): Promise<TransactionalClient> {
  for (let attempt = 0; ; attempt += 1) {
    const id = `elsewhere-${attempt}`;
    if ((await coordinatorOf(nodes, 'transaction', id)) === broker) continue;
    return new TransactionalClient(nodes, id).init();
  }
}

/** Whether this broker has heard that another leads nothing any more; the other itself is not asked. */
function leads(nodes: ClusterNodes, gone: number, id: number): boolean {
  const node = nodes.broker(id);
  if (!node.running) return true;
  return node.broker.metadata.image
    .topics()
    .every(({ partitions }) =>
      partitions.every(({ leader }) => leader !== null && leader !== gone),
    );
}

function everywhere(nodes: ClusterNodes, topic: string, exists: boolean): boolean {
  return nodes.brokers.every(
    ({ broker }) => (broker.metadata.image.topicByName(topic) !== undefined) === exists,
  );
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
