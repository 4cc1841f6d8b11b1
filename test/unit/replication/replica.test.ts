import { describe, expect, test } from 'vitest';
import { ModelCluster } from './model-cluster.ts';

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
