// After a power cut of everyone, two torn logs were uncertain: neither proves that it is whole, so the
// controller elects the further one once both have said where they end. The first to register said so
// while the partition still had a leader by name, dead like the rest. Such an answer is not kept, since
// that leader may append; and nobody asked again, so when the second registered and the leader was
// gone, one answer was missing for ever and the partition stayed offline until a broker was restarted.
// Found by seeds 321 and 547 of the power cuts. Now a broker says it again when it has applied that
// nobody leads.
import { describe, expect, test } from 'vitest';
import { metadataOffset } from '../../src/base/ids.ts';
import { Cluster } from '../unit/controller/cluster.ts';

/** 1 leads 2, both lose power, both logs are torn; 1 registers while 2 leads by name. */
function bothTorn(): Cluster {
  const cluster = new Cluster().start(1, 2, 3);
  cluster.createTopic('orders');
  cluster.fence(3);
  for (const [id, end] of [
    [1, 7],
    [2, 5],
  ] as const) {
    const previousBrokerEpoch = cluster.epochOf(id);
    const replicas = [cluster.report('orders', end, 0, 'uncertain')];
    cluster.register(id, { start: 2, previousBrokerEpoch, replicas });
  }
  cluster.heartbeat(1);
  cluster.heartbeat(2);
  cluster.run({ kind: 'sweep' });
  expect(cluster.partition('orders')).toMatchObject({ leader: null, isr: [], elr: [1, 2] });
  return cluster;
}

function sayAgain(cluster: Cluster, applied: number): void {
  const replicas = [cluster.report('orders', 7, 0, 'uncertain')];
  cluster.register(1, { start: 2, replicas, metadataOffset: metadataOffset(applied) });
  cluster.run({ kind: 'sweep' });
}

describe('a candidate that said too early where its log ends', () => {
  test('says it again and is elected', () => {
    const cluster = bothTorn();
    sayAgain(cluster, cluster.image.nextOffset - 1);
    expect(cluster.partition('orders')).toMatchObject({ leader: 1, isr: [1], elr: [2] });
  });

  test('is not believed if it had not applied that nobody leads', () => {
    const cluster = bothTorn();
    const { topicId } = cluster.topic('orders');
    const since = cluster.image.leaderlessSince(topicId, cluster.partition('orders').partition);
    sayAgain(cluster, (since ?? 0) - 1);
    expect(cluster.partition('orders').leader).toBeNull();
  });

  test('says it once: the same again is no event', () => {
    const cluster = bothTorn();
    const replicas = [cluster.report('orders', 7, 0, 'uncertain')];
    const again = () =>
      cluster.register(1, {
        start: 2,
        replicas,
        metadataOffset: metadataOffset(cluster.image.nextOffset - 1),
      });
    expect(again().events).toHaveLength(1);
    expect(again().events).toEqual([]);
  });
});
