import { describe, expect, test } from 'vitest';
import { findProblems } from '../../../src/cli/cluster/health.ts';
import { clusterStatus, partitionBytesAtRisk } from '../../../src/cli/cluster/status.ts';
import type {
  BrokerDescription,
  ClusterDescription,
  PartitionDescription,
  TopicDescription,
} from '../../../src/client/index.ts';

function broker(id: number, state = 'active'): BrokerDescription {
  const grpc = `127.0.0.1:${9191 + id}`;
  return {
    id,
    epoch: id,
    state,
    grpc,
    http: null,
    rack: null,
    pid: null,
    dataDir: null,
    leaders: 0,
  };
}

function cluster(brokers: readonly BrokerDescription[], reachable = true): ClusterDescription {
  return {
    clusterId: 'c',
    controller: { id: 0, epoch: 3, pid: 17, reachable },
    brokers,
    topics: 0,
    partitions: 0,
    underReplicatedPartitions: 0,
    offlinePartitions: 0,
  };
}

/** Replicas with their lag. Broker 1 leads, if it is not said otherwise. */
function partition(
  index: number,
  lags: Readonly<Record<number, number | null>>,
  over: Partial<PartitionDescription> = {},
): PartitionDescription {
  const brokers = Object.keys(lags).map(Number);
  return {
    partition: index,
    leader: 1,
    leaderEpoch: 0,
    partitionEpoch: 0,
    isr: brokers,
    eligibleLeaderReplicas: [],
    minInsyncReplicas: 2,
    logStartOffset: 0,
    highWatermark: 10,
    logEndOffset: 10,
    sizeBytes: 1_000,
    replicas: brokers.map((id) => ({
      broker: id,
      inSync: true,
      logEndOffset: 10,
      lagBytes: lags[id] ?? null,
    })),
    ...over,
  };
}

function topic(name: string, partitions: readonly PartitionDescription[]): TopicDescription {
  return { name, id: name, config: {}, overrides: {}, partitions };
}

const BROKERS = [broker(1), broker(2), broker(3)];

describe('cluster status', () => {
  test('counts leaders, replicas and lag for each broker', () => {
    const topics = [
      topic('b', [
        partition(0, { 1: 0, 2: 40, 3: 100 }),
        partition(1, { 1: 9, 2: 0, 3: 7 }, { leader: 2 }),
      ]),
      topic('a', [partition(0, { 1: 0, 2: 60, 3: 0 })]),
    ];
    const status = clusterStatus(cluster([broker(3), broker(1), broker(2)]), topics);
    expect(
      status.brokers.map(({ id, leaders, replicas, lagBytes, bytesAtRisk }) => ({
        id,
        leaders,
        replicas,
        lagBytes,
        bytesAtRisk,
      })),
    ).toEqual([
      { id: 1, leaders: 2, replicas: 3, lagBytes: 9, bytesAtRisk: 40 },
      { id: 2, leaders: 1, replicas: 3, lagBytes: 100, bytesAtRisk: 7 },
      { id: 3, leaders: 0, replicas: 3, lagBytes: 107, bytesAtRisk: 0 },
    ]);
    expect(status.topics.map(({ name, lagBytes }) => ({ name, lagBytes }))).toEqual([
      { name: 'a', lagBytes: 60 },
      { name: 'b', lagBytes: 156 },
    ]);
    // The worst machine, not all of them: they do not die together.
    expect(status.bytesAtRisk).toBe(40);
    expect(status).toMatchObject({ partitions: 3, underReplicatedPartitions: 0 });
  });

  test('at risk is what the best follower lacks, and everything where there is none', () => {
    expect(partitionBytesAtRisk(partition(0, { 1: 0, 2: 40, 3: 12 }))).toBe(12);
    expect(partitionBytesAtRisk(partition(0, { 1: 0 }))).toBe(1_000);
    // The leader has not heard of the one follower there is.
    expect(partitionBytesAtRisk(partition(0, { 1: 0, 2: null }))).toBe(1_000);
    const silent = { logEndOffset: null, sizeBytes: null };
    expect(partitionBytesAtRisk(partition(0, { 1: 0, 2: null }, silent))).toBe(0);
  });

  test('a cluster without brokers or topics has a status too', () => {
    expect(clusterStatus(cluster([]), [])).toMatchObject({ bytesAtRisk: 0, topics: [] });
  });
});

describe('cluster health', () => {
  const problems = (description: ClusterDescription, topics: readonly TopicDescription[]) =>
    findProblems(clusterStatus(description, topics), topics).map(
      ({ kind, message }) => `${kind}: ${message}`,
    );

  test('nothing is wrong with a cluster that is as it should be', () => {
    expect(problems(cluster(BROKERS), [topic('a', [partition(0, { 1: 0, 2: 5, 3: 0 })])])).toEqual(
      [],
    );
  });

  test('the controller and the brokers', () => {
    expect(problems(cluster([broker(1, 'fenced'), broker(2, 'full')], false), [])).toEqual([
      'controller-unreachable: the broker that was asked does not reach the controller: no leader is elected and no topic is changed until it does',
      'broker-not-active: broker 1 (127.0.0.1:9192) is fenced: it is down, or cut off from the controller',
      'broker-not-active: broker 2 (127.0.0.1:9193) is full: its disk is nearly full; free space or add some',
    ]);
  });

  test('a partition is named once, with the worst that is wrong with it', () => {
    const lags = { 1: 0, 2: 0, 3: 0 };
    const topics = [
      topic('a', [
        partition(0, lags, { leader: null, isr: [2], logEndOffset: null }),
        partition(1, lags, { isr: [1] }),
        partition(2, lags, { isr: [1, 3] }),
      ]),
    ];
    expect(problems(cluster(BROKERS), topics)).toEqual([
      'partition-offline: a-0 has no leader and takes no reads or writes: of brokers 1, 2, 3 none that may lead is up',
      'partition-below-min-isr: 1 of 3 replicas of a-1 are in sync, and acks=all takes 2: it is refused (missing: brokers 2, 3)',
      'partition-under-replicated: 2 of 3 replicas of a-2 are in sync (missing: broker 2)',
    ]);
  });

  test('a leader that is active and does not answer', () => {
    const silent = { leader: 2, logEndOffset: null, sizeBytes: null };
    const topics = [
      topic('a', [
        partition(0, { 1: 0, 2: 0, 3: 0 }, silent),
        partition(1, { 1: 0, 2: 0, 3: 0 }, silent),
      ]),
    ];
    expect(problems(cluster(BROKERS), topics)).toEqual([
      'leader-silent: broker 2 leads partitions and says nothing of them when it is asked',
    ]);
  });
});
