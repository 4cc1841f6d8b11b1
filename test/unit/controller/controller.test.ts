import { describe, expect, test } from 'vitest';
import { assert } from '../../../src/base/assert.ts';
import { instant, nodeId, partitionIndex } from '../../../src/base/ids.ts';
import { Controller } from '../../../src/controller/controller.ts';
import { encodeEvent, parseEvent } from '../../../src/controller/event-codec.ts';
import { ClusterImage } from '../../../src/controller/image.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { Cluster, DEFAULTS } from './cluster.ts';

const BROKERS = [1, 2, 3, 4];
const NAMES = ['flights', 'trains'];

/** One thing that happens to a cluster, most of it sensible, some of it not. */
function happen(cluster: Cluster, random: SeededRandom): void {
  const id = 1 + random.below(BROKERS.length);
  const name = NAMES[random.below(NAMES.length)] ?? 'flights';
  const topic = cluster.image.topicByName(name);
  const known = cluster.image.broker(nodeId(id)) !== undefined;
  const states = ['whole', 'whole', 'whole', 'uncertain', 'damaged'] as const;
  cluster.now += random.below(300);
  switch (random.below(11)) {
    case 0: {
      const replicas =
        topic === undefined || random.below(4) === 0
          ? []
          : [cluster.report(name, random.below(9), random.below(3), states[random.below(5)])];
      const honest = random.below(3) > 0;
      cluster.register(id, {
        start: 2 + cluster.journal.length,
        previousBrokerEpoch: honest && known ? cluster.epochOf(id) : null,
        markFileIntact: random.below(5) > 0,
        replicas,
        bootId: `boot ${random.below(2)}`,
      });
      return;
    }
    case 1:
    case 2:
    case 3:
      cluster.heartbeat(id, { wantsToStop: random.below(8) === 0, full: random.below(8) === 0 });
      return;
    case 4:
      cluster.fence(id);
      return;
    case 5:
      cluster.createTopic(name, {
        partitions: 1 + random.below(3),
        replicationFactor: random.below(4),
        settings: {
          durability: random.below(2) === 0 ? 'fsync' : 'page-cache',
          'unclean.leader.election.enable': String(random.below(4) === 0),
        },
      });
      return;
    case 6:
      if (topic !== undefined) {
        const isr = BROKERS.filter(() => random.below(2) === 0);
        cluster.alter(id, name, [...new Set([...isr, id])], {
          recovering: random.below(6) === 0,
        });
      }
      return;
    case 7:
      if (topic !== undefined && known) {
        const { partition, leaderEpoch, partitionEpoch } = cluster.partition(name);
        const current = { topicId: topic.topicId, partition, leaderEpoch, partitionEpoch };
        const broker = nodeId(id);
        const target = nodeId(1 + random.below(BROKERS.length));
        const brokerEpoch = cluster.epochOf(id);
        cluster.run({ kind: 'handoverReady', broker, brokerEpoch, target, ...current });
      }
      return;
    case 8:
      if (topic !== undefined && known) {
        cluster.run({
          kind: 'replicaState',
          broker: nodeId(id),
          brokerEpoch: cluster.epochOf(id),
          topicId: topic.topicId,
          partition: partitionIndex(0),
          state: 'damaged',
        });
      }
      return;
    case 9:
      cluster.admin({
        kind: 'alterTopic',
        name,
        settings: { 'min.insync.replicas': random.below(2) === 0 ? null : '1' },
      });
      if (random.below(8) === 0) cluster.admin({ kind: 'deleteTopic', name });
      return;
    default:
      if (random.below(5) === 0) cluster.restart();
      else cluster.run({ kind: 'sweep' });
  }
}

/** What holds between brokers and partitions after every decision; the image asserts the rest. */
function assertClusterHolds(image: ClusterImage): void {
  for (const topic of image.topics()) {
    for (const state of topic.partitions) {
      for (const id of state.isr) {
        assert(image.broker(id)?.fenced === false, `fenced broker ${id} in an ISR`);
        const knowledge = image.replica(topic.topicId, state.partition, id);
        assert(knowledge.state === 'whole', `broker ${id} in an ISR and ${knowledge.state}`);
      }
      assert(state.leader !== null || state.isr.length === 0, 'an ISR without a leader');
    }
  }
}

describe('whatever happens', () => {
  test.each(Array.from({ length: 60 }, (_, index) => index + 1))(
    'seed %i: invariants hold, and replay rebuilds the same cluster',
    (seed) => {
      const random = new SeededRandom(seed);
      const cluster = new Cluster({ random: random.fork() });
      for (let step = 0; step < 150; step++) {
        happen(cluster, random);
        assertClusterHolds(cluster.image);
      }
      const replayed = new Controller({ defaults: DEFAULTS, random: new SeededRandom(0) });
      for (const event of cluster.journal) replayed.apply(parseEvent(encodeEvent(event)));
      const snapshot = cluster.image.encodeSnapshot();
      expect(replayed.image.encodeSnapshot()).toEqual(snapshot);

      const restored = ClusterImage.fromSnapshot(snapshot);
      expect(restored.encodeSnapshot()).toEqual(snapshot);
      for (const id of BROKERS) {
        expect(restored.partitionsOf(nodeId(id))).toEqual(cluster.image.partitionsOf(nodeId(id)));
      }
      expect(restored.leaderlessPartitions()).toEqual(cluster.image.leaderlessPartitions());
      expect(restored.leaderlessCount).toBe(restored.leaderlessPartitions().length);
      expect(restored.partitionCount).toBe(cluster.image.partitionCount);
    },
  );

  test('handling a command changes nothing', () => {
    const cluster = new Cluster().start(1, 2, 3);
    cluster.createTopic('flights');
    const before = cluster.image.encodeSnapshot();
    const command = {
      kind: 'fenceBroker',
      broker: nodeId(1),
      brokerEpoch: cluster.epochOf(1),
    } as const;
    const first = cluster.controller.handle(command, instant(0));
    expect(first.events).toHaveLength(2);
    expect(cluster.image.encodeSnapshot()).toEqual(before);
    expect(cluster.controller.handle(command, instant(0))).toEqual(first);
  });
});

describe('hand-overs of many partitions', () => {
  test('are asked for a few at a time, others with each turn', () => {
    const cluster = new Cluster({ defaults: { handoversPerAnswerMax: 2 } }).start(1, 2);
    cluster.createTopic('flights', { partitions: 10 });
    const asked = new Set<number>();
    for (let turn = 0; turn < 3; turn++) {
      cluster.now = turn * 250;
      const { reply } = cluster.heartbeat(1, { wantsToStop: true });
      assert(reply.kind === 'heartbeat', 'a heartbeat is answered');
      expect(reply).toMatchObject({ mayStop: false });
      expect(reply.handovers).toHaveLength(2);
      for (const { partition } of reply.handovers) asked.add(partition);
    }
    expect(asked.size).toBe(5);
  });
});
