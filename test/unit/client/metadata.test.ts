import { describe, expect, test } from 'vitest';
import { refusal } from '../../../src/base/errors.ts';
import {
  brokerEpoch,
  clusterId,
  leaderEpoch,
  nodeId,
  partitionIndex,
  topicId,
} from '../../../src/base/ids.ts';
import { MetadataCache } from '../../../src/client/metadata.ts';
import type { ClusterMetadata } from '../../../src/wire/metadata-messages.ts';

const CLUSTER = clusterId('cluster-00000000000000');
const TOPIC = topicId('topic-0000000000000000');
const RECREATED = topicId('topic-0000000000000001');

/** An answer about the topic `orders`, one partition for each `[leader, leaderEpoch]`. */
function answer(
  metadataOffset: number,
  partitions: readonly (readonly [number | null, number])[] | null,
  options: Partial<ClusterMetadata> & { id?: typeof TOPIC } = {},
): ClusterMetadata {
  const { id = TOPIC, ...rest } = options;
  return {
    clusterId: CLUSTER,
    metadataOffset,
    controllerId: null,
    controllerEpoch: 1,
    controllerPid: null,
    controllerReachable: true,
    brokers: [1, 2, 3].map((broker) => ({
      id: nodeId(broker),
      epoch: brokerEpoch(1),
      grpc: { host: `host-${broker}`, port: 9000 },
      http: null,
      rack: null,
      state: 'active',
      pid: null,
      dataDirectory: null,
    })),
    topics: [
      {
        name: 'orders',
        topicId: partitions === null ? null : id,
        error: partitions === null ? refusal('UNKNOWN_TOPIC_OR_PARTITION') : null,
        settings: {},
        effectiveSettings: {},
        partitions: (partitions ?? []).map(([leader, epoch], index) => ({
          partition: partitionIndex(index),
          leader: leader === null ? null : nodeId(leader),
          leaderEpoch: leaderEpoch(epoch),
          partitionEpoch: 0,
          replicas: [],
          isr: [],
          elr: [],
          minIsr: 1,
        })),
      },
    ],
    ...rest,
  };
}

const ASKED = ['orders'];

function hint(broker: number | null, epoch: number, host: string | null = null) {
  return {
    broker: broker === null ? null : nodeId(broker),
    leaderEpoch: leaderEpoch(epoch),
    endpoint: host === null ? null : { host, port: 9000 },
  };
}

describe('metadata cache', () => {
  test('routes to the leader by its address', () => {
    const cache = new MetadataCache();
    expect(
      cache.apply(
        answer(5, [
          [2, 1],
          [null, 3],
        ]),
        ASKED,
      ),
    ).toBe('changed');
    expect(cache.route('orders', 0)).toEqual({
      brokerId: 2,
      leaderEpoch: 1,
      address: 'host-2:9000',
    });
    expect(cache.route('orders', 1)).toBeNull();
    expect(cache.route('orders', 2)).toBeNull();
    expect(cache.route('missing', 0)).toBeNull();
  });

  test('does not go back to what a stale broker says', () => {
    const cache = new MetadataCache();
    cache.apply(answer(10, [[2, 4]]), ASKED);
    expect(cache.apply(answer(9, [[1, 3]]), ASKED)).toBe('unchanged');
    expect(cache.apply(answer(9, null), ASKED)).toBe('unchanged');
    expect(cache.route('orders', 0)?.brokerId).toBe(2);
    expect(cache.topicError('orders')).toBeNull();
  });

  test('does not go back to an older leader epoch than an error has told', () => {
    const cache = new MetadataCache();
    cache.apply(answer(10, [[2, 4]]), ASKED);
    expect(cache.onLeaderHint('orders', 0, hint(3, 6))).toBe(true);
    cache.apply(answer(11, [[1, 5]]), ASKED);
    expect(cache.route('orders', 0)).toMatchObject({ brokerId: 3, leaderEpoch: 6 });
    cache.apply(answer(12, [[1, 7]]), ASKED);
    expect(cache.route('orders', 0)).toMatchObject({ brokerId: 1, leaderEpoch: 7 });
  });

  test('takes a hint only if it is newer and leads somewhere', () => {
    const cache = new MetadataCache();
    cache.apply(answer(10, [[2, 4]]), ASKED);
    expect(cache.onLeaderHint('orders', 0, hint(3, 4))).toBe(false);
    expect(cache.onLeaderHint('orders', 0, hint(null, 5))).toBe(false);
    expect(cache.onLeaderHint('orders', 0, hint(9, 5))).toBe(false);
    expect(cache.onLeaderHint('orders', 7, hint(3, 5))).toBe(false);
    expect(cache.onLeaderHint('orders', 0, hint(9, 5, 'host-9'))).toBe(true);
    expect(cache.route('orders', 0)?.address).toBe('host-9:9000');
  });

  test('begins anew with a topic that was deleted and created again', () => {
    const cache = new MetadataCache();
    cache.apply(answer(10, [[2, 40]]), ASKED);
    expect(cache.apply(answer(11, null), ASKED)).toBe('changed');
    expect(cache.topic('orders')).toBeNull();
    expect(cache.topicError('orders')).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    cache.apply(answer(12, [[1, 0]], { id: RECREATED }), ASKED);
    expect(cache.route('orders', 0)).toMatchObject({ brokerId: 1, leaderEpoch: 0 });
  });

  test('takes a topic that was asked for and is not in the answer as missing', () => {
    const cache = new MetadataCache();
    cache.apply(answer(10, [[2, 1]]), ASKED);
    cache.apply(answer(11, [[2, 1]], { topics: [] }), ASKED);
    expect(cache.topic('orders')).toBeNull();
  });

  test('refuses another cluster, and a broker that knows none', () => {
    const cache = new MetadataCache();
    expect(cache.apply(answer(1, [[1, 1]], { clusterId: null }), ASKED)).toBe('not-ready');
    expect(cache.clusterId).toBeNull();
    cache.apply(answer(10, [[2, 1]]), ASKED);
    const other = clusterId('cluster-11111111111111');
    expect(cache.apply(answer(99, [[1, 9]], { clusterId: other }), ASKED)).toBe('other-cluster');
    expect(cache.route('orders', 0)?.brokerId).toBe(2);
  });

  test('counts its changes, and no repetition', () => {
    const cache = new MetadataCache();
    cache.apply(answer(10, [[2, 1]]), ASKED);
    const { generation } = cache;
    expect(cache.apply(answer(11, [[2, 1]]), ASKED)).toBe('unchanged');
    expect(cache.generation).toBe(generation);
    cache.apply(
      answer(12, [
        [2, 1],
        [3, 1],
      ]),
      ASKED,
    );
    expect(cache.generation).toBe(generation + 1);
  });
});

describe('a rack', () => {
  const racks = (state: 'active' | 'fenced' = 'active') =>
    answer(5, [[1, 3]]).brokers.map((broker) => ({
      ...broker,
      rack: broker.id === nodeId(1) ? 'north' : 'south',
      state,
    }));
  const inSync = (ids: readonly number[]) => {
    const [topic] = answer(5, [[1, 3]]).topics;
    if (topic === undefined) throw new Error('there is no topic');
    const isr = ids.map(nodeId);
    return [{ ...topic, partitions: topic.partitions.map((each) => ({ ...each, isr })) }];
  };
  const cacheOf = (ids: readonly number[], state: 'active' | 'fenced' = 'active') => {
    const cache = new MetadataCache();
    const topics = inSync(ids);
    cache.apply(answer(5, [[1, 3]], { brokers: racks(state), topics }), ['orders']);
    return cache;
  };

  test('names an in-sync replica that is in it', () => {
    const route = cacheOf([1, 3]).routeWithin('south', 'orders', 0);
    expect(route).toEqual({ brokerId: 3, leaderEpoch: 3, address: 'host-3:9000' });
  });

  test('names the leader where it is there itself', () => {
    expect(cacheOf([1, 2, 3]).routeWithin('north', 'orders', 0)?.brokerId).toBe(1);
  });

  test('names nobody who is out of sync, elsewhere or down', () => {
    expect(cacheOf([1]).routeWithin('south', 'orders', 0)).toBeNull();
    expect(cacheOf([1, 2]).routeWithin('west', 'orders', 0)).toBeNull();
    expect(cacheOf([1, 2], 'fenced').routeWithin('south', 'orders', 0)).toBeNull();
  });

  test('is news when a replica falls out of sync', () => {
    const cache = cacheOf([1, 2]);
    const later = answer(6, [[1, 3]], { brokers: racks(), topics: inSync([1]) });
    expect(cache.apply(later, ['orders'])).toBe('changed');
    expect(cache.routeWithin('south', 'orders', 0)).toBeNull();
  });
});
