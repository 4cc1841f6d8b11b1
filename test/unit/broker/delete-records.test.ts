import { expect, test } from 'vitest';
import { offset, partitionIndex, type Offset } from '../../../src/base/ids.ts';
import type { BrokerDoor } from '../../../src/broker/broker-door.ts';
import { createTopic, leaderOf, produceToLeader, startNodes, until } from './nodes.ts';

const ZERO = partitionIndex(0);

function remove(door: BrokerDoor, topic: string, beforeOffset: Offset | null) {
  return door.deleteRecords([{ topic, partition: ZERO, beforeOffset }]);
}

test('records below an offset are deleted, on every replica, and only committed ones', async () => {
  const nodes = await startNodes(2);
  await createTopic(nodes, 'flights', { replicationFactor: 2 });
  for (const value of ['a', 'b', 'c', 'd']) await produceToLeader(nodes, 'flights', [value]);
  const leader = await leaderOf(nodes, 'flights');
  const { door } = nodes.broker(leader).broker;
  const place = { topic: 'flights', partition: ZERO };
  expect(await remove(door, 'flights', offset(2))).toEqual([
    { ...place, error: null, logStartOffset: 2 },
  ]);
  // Never back.
  expect(await remove(door, 'flights', offset(1))).toEqual([
    { ...place, error: null, logStartOffset: 2 },
  ]);
  expect(await remove(door, 'flights', offset(5))).toMatchObject([
    { error: { refusal: { code: 'OFFSET_OUT_OF_RANGE' } }, logStartOffset: null },
  ]);
  expect(await remove(door, 'flights', null)).toMatchObject([{ logStartOffset: 4 }]);
  const listed = await door.listOffsets(
    [
      {
        target: { topic: 'flights', topicId: null, partition: ZERO },
        currentLeaderEpoch: null,
        at: 'start',
      },
    ],
    'read-uncommitted',
  );
  expect(listed).toMatchObject([{ offset: 4 }]);
  const follower = nodes.broker(3 - leader).broker;
  await until('the follower', () =>
    [...follower.partitions].every(({ log }) => log.logStartOffset === 4),
  );
  expect(await remove(follower.door, 'flights', null)).toMatchObject([
    { error: { refusal: { code: 'NOT_LEADER_OR_FOLLOWER' }, leader: { broker: leader } } },
  ]);
  await nodes.stop();
});

test('records of no topic, or of one that is the cluster’s own, are not deleted', async () => {
  const nodes = await startNodes(1);
  const { door } = nodes.broker(1).broker;
  await door.coordination.findCoordinator('group', 'billing');
  expect(await remove(door, 'nothing', null)).toMatchObject([
    { error: { refusal: { code: 'UNKNOWN_TOPIC_OR_PARTITION' }, leader: null } },
  ]);
  expect(await remove(door, '__consumer_offsets', null)).toMatchObject([
    { error: { refusal: { code: 'INVALID_TOPIC_EXCEPTION' } } },
  ]);
  await nodes.stop();
});
