import { describe, expect, test } from 'vitest';
import { Cluster } from './cluster.ts';

describe('elections', () => {
  test('a fenced leader is followed by the next in assignment order, with a higher epoch', () => {
    const cluster = new Cluster().start(1, 2, 3);
    cluster.createTopic('flights');
    expect(cluster.partition('flights')).toMatchObject({
      replicas: [1, 2, 3],
      leader: 1,
      leaderEpoch: 0,
      isr: [1, 2, 3],
      minIsr: 2,
    });
    cluster.fence(1);
    expect(cluster.partition('flights')).toMatchObject({
      leader: 2,
      leaderEpoch: 1,
      partitionEpoch: 1,
      isr: [2, 3],
      elr: [],
    });
    cluster.fence(3);
    expect(cluster.partition('flights')).toMatchObject({
      leader: 2,
      leaderEpoch: 1,
      partitionEpoch: 2,
      isr: [2],
      elr: [3],
    });
    cluster.fence(2);
    expect(cluster.partition('flights')).toMatchObject({
      leader: null,
      leaderEpoch: 2,
      isr: [],
      elr: [2, 3],
    });
    cluster.heartbeat(3);
    expect(cluster.partition('flights')).toMatchObject({
      leader: 3,
      leaderEpoch: 3,
      isr: [3],
      elr: [2],
    });
  });
});
