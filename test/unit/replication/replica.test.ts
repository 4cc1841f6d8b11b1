import { describe, expect, test } from 'vitest';
import { generation, leaderEpoch, offset } from '../../../src/base/ids.ts';
import { ModelCluster } from './model-cluster.ts';
import { ModelReplica, partitionOf } from './model-replica.ts';

const three = {
  leader: 1,
  leaderEpoch: 1,
  partitionEpoch: 1,
  replicas: [1, 2, 3],
  isr: [1, 2, 3],
  minIsr: 2,
};

describe('a healthy partition', () => {
  test('an acks=all record is answered once every member has it on its disk', () => {
    const cluster = new ModelCluster(three);
    cluster.freezeDisk(3);
    for (const id of [1, 2, 3]) cluster.inform(id);
    const request = cluster.produce(1, 'abc', 'all');
    cluster.run();
    expect(cluster.replies.get(request)).toBeUndefined();
    expect(cluster.log(3).text).toBe('abc');
    cluster.thawDisk(3);
    cluster.run();
    expect(cluster.replies.get(request)).toBe('ok 0');
    expect(cluster.node(2).machine.view().highWatermark).toBe(3);
    expect(cluster.node(3).machine.view().highWatermark).toBe(3);
  });

  test('the next leader goes on where the last one stopped', () => {
    const cluster = new ModelCluster(three);
    for (const id of [1, 2, 3]) cluster.inform(id);
    cluster.produce(1, 'abc', 'all');
    cluster.run();
    cluster.crash(1);
    cluster.elect(2, [2, 3]);
    const request = cluster.produce(2, 'de', 'all');
    cluster.run();
    expect(cluster.replies.get(request)).toBe('ok 3');
    expect(cluster.log(3).description).toEqual(['0@1 abc', '3@2 de']);
  });
});

test('a leader whose log starts within a batch sends it whole, and the follower’s log starts there too', () => {
  const node = new ModelReplica({ id: 2 });
  const metadata = partitionOf({ ...three, isr: [1], replicas: [1, 2] });
  const { leader } = metadata;
  if (leader === null) throw new Error('somebody leads');
  node.metadata(metadata);
  node.step({ kind: 'peerConnected', leader });
  const refused = {
    kind: 'refused',
    generation: generation(1),
    leaderEpoch: leaderEpoch(1),
    refusal: { code: 'OFFSET_OUT_OF_RANGE', message: 'deleted' },
    logStartOffset: offset(5),
    logEndOffset: offset(7),
  } as const;
  node.frame({ kind: 'frame', leader, frame: refused });
  expect([node.log.start, node.log.end]).toEqual([5, 5]);
  const batch = {
    baseOffset: offset(3),
    lastOffset: offset(6),
    leaderEpoch: leaderEpoch(1),
    bytes: 4,
  };
  const records = {
    kind: 'records',
    generation: generation(2),
    leaderEpoch: leaderEpoch(1),
    startOffset: offset(3),
    batches: [batch],
    bytes: new TextEncoder().encode('wxyz'),
    highWatermark: offset(7),
    logStartOffset: offset(5),
  } as const;
  node.frame({ kind: 'frame', leader, frame: records });
  expect(node.log.text).toBe('wxyz');
  expect([node.log.start, node.log.end]).toEqual([5, 7]);
  node.flush();
  expect(node.machine.view()).toMatchObject({ durableEndOffset: 7, highWatermark: 7 });
});

test('a follower deletes nothing that it does not know to be committed, wherever its leader’s log starts', () => {
  const node = new ModelReplica({ id: 2 });
  const metadata = partitionOf({ ...three, isr: [1], replicas: [1, 2] });
  const { leader } = metadata;
  if (leader === null) throw new Error('somebody leads');
  node.metadata(metadata);
  node.step({ kind: 'peerConnected', leader });
  const records = {
    kind: 'records',
    generation: generation(1),
    leaderEpoch: leaderEpoch(1),
    startOffset: offset(0),
    batches: [...'wxyz'].map((_record, at) => ({
      baseOffset: offset(at),
      lastOffset: offset(at),
      leaderEpoch: leaderEpoch(1),
      bytes: 1,
    })),
    bytes: new TextEncoder().encode('wxyz'),
    highWatermark: offset(1),
    logStartOffset: offset(3),
  } as const;
  node.frame({ kind: 'frame', leader, frame: records });
  expect([node.log.start, node.log.end]).toEqual([1, 4]);
  const committed = { ...records, startOffset: offset(4), batches: [], bytes: new Uint8Array() };
  node.frame({ kind: 'frame', leader, frame: { ...committed, highWatermark: offset(4) } });
  expect([node.log.start, node.log.end]).toEqual([3, 4]);
});
