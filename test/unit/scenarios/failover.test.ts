/**
 * What becomes of a log when its leader changes. Replica machines and the controller machine over
 * links and disks that the scenario moves by hand; a ghost holds every step to the invariants, and
 * `finish` heals everything, waits and compares all logs and everything that was acknowledged.
 *
 * Numbers are those of the catalogue of scenarios in which replicated logs have lost data.
 */
import { describe, expect, test } from 'vitest';
import { leaderEpoch, offset } from '../../../src/base/ids.ts';
import { ScenarioCluster } from './scenario-cluster.ts';

describe('scenario 1: a follower keeps what lies above its high watermark (KIP-101, 1)', () => {
  /** A holds both records on its disk, and knows only of the first that it is committed. */
  function aFollowerThatKnowsLess(): ScenarioCluster {
    const cluster = new ScenarioCluster(['B', 'A'], 1);
    cluster.produce('B', 'm', 'all');
    cluster.run();
    const second = cluster.produce('B', 'n', 'all');
    cluster.freezeDisk('A').run().hold('B', 'A').thawDisk('A').run();
    expect(second.answer).toBe('ok 1');
    expect([cluster.highWatermark('B'), cluster.highWatermark('A')]).toEqual([2, 1]);
    return cluster;
  }

  test('its machine begins anew, the leader dies, and it is elected with both records', () => {
    const cluster = aFollowerThatKnowsLess();
    cluster.open('A').powerCut('B').fences('B').run();
    expect(cluster.leader).toBe('A');
    expect(cluster.records('A')).toBe('mn');
    expect(cluster.read('A')).toBe('mn');
    cluster.finish();
  });

  test('a follower that cuts to its high watermark loses the second', () => {
    const cluster = aFollowerThatKnowsLess();
    // What every replica did before leader epochs: nothing above one's own high watermark is sure.
    cluster.replica('A').log.truncate(1);
    expect(() => cluster.open('A').powerCut('B').fences('B').run()).toThrow('S3: A leads epoch 1');
  });

  test('its process restarts: it is out of sync, and nobody leads until the other is back', () => {
    const cluster = aFollowerThatKnowsLess();
    cluster.powerCut('A').start('A');
    expect(cluster.isr).toBe('B');
    cluster.powerCut('B').fences('B').run();
    expect(cluster.leader).toBeNull();
    cluster.finish();
    expect(cluster.records('A')).toBe('mn');
  });
});

describe('scenario 2: logs that came apart in a power cut become one again (KIP-101, 2)', () => {
  /** Both are cut off the power at the same moment; A has lost five records that B has kept. */
  function twoHistories(): ScenarioCluster {
    const cluster = new ScenarioCluster(['A', 'B'], 1);
    cluster.produceEach('A', '01234', 'all');
    cluster.run().freezeDisk('A').freezeDisk('B');
    const unsynced = cluster.produceEach('A', '56789', 1);
    cluster.run();
    expect(unsynced.map((each) => each.answer)).toEqual(Array(5).fill(undefined));
    cluster.powerCut('A', 'lost').powerCut('B', 'kept').thawDisk('A').thawDisk('B');
    cluster.fences('B').fences('A').start('A').run();
    expect([cluster.leader, cluster.records('A')]).toEqual(['A', '01234']);
    cluster.produceEach('A', 'XYZ', 'all');
    return cluster.run();
  }

  test('B cuts to where they agree and copies what A has written since', () => {
    const cluster = twoHistories();
    expect(cluster.records('B')).toBe('0123456789');
    cluster.start('B').run();
    expect(cluster.records('B')).toBe('01234XYZ');
    expect(cluster.log('B')).toBe(cluster.log('A'));
    cluster.finish();
  });

  test('positions that do not say the epoch of their last record leave two histories', () => {
    const cluster = twoHistories();
    // All that the leader then sees is an offset beyond its own end: B keeps 5, 6 and 7.
    cluster.tamper = (message) =>
      message.kind === 'position'
        ? {
            ...message,
            position: { ...message.position, lastFetchedEpoch: message.position.leaderEpoch },
          }
        : message;
    cluster.start('B').run();
    expect(() => cluster.finish()).toThrow('S6: B has');
  });
});

test('scenario 4: five elections without a record leave marks that find a garbage record', () => {
  const cluster = new ScenarioCluster(['A', 'B', 'C'], 2);
  cluster.produce('A', 'abc', 'all');
  cluster.run().fences('A').run().fences('B').run();
  expect([cluster.leader, cluster.leaderEpoch, cluster.isr, cluster.elr]).toEqual([
    'C',
    2,
    'C',
    'B',
  ]);
  // A record of epoch 2 that nobody else will ever have.
  const garbage = cluster.hold('C', 'A').hold('C', 'B').produce('C', 'x', 1);
  cluster.run();
  expect(garbage.answer).toBe('ok 3');
  cluster.hold('controller', 'C').fences('C').hears('B').run();
  expect([cluster.leader, cluster.leaderEpoch]).toEqual(['B', 4]);
  for (const [next, last] of [
    ['A', 'B'],
    ['B', 'A'],
  ] as const) {
    cluster.hears(next).run().pass(300);
    expect(cluster.isr).toContain(next);
    cluster.fences(last).run();
    expect(cluster.leader).toBe(next);
  }
  expect(cluster.leaderEpoch).toBe(6);

  // C asks with the epoch of its garbage. Without the empty epochs in the leader's cache the answer
  // would be "never heard of it" (PR 5678); without dropping its own epochs at the cut, C would be
  // sent to the same place again and again (KAFKA-10706): `run` comes to rest or throws.
  cluster.heal().hears('C').run().pass(300);
  expect(cluster.records('C')).toBe('abc');
  const epochs = cluster.replica('B').log.epochs.entries;
  expect(epochs.at(-1)).toEqual({ epoch: 6, startOffset: 3 });
  expect(cluster.replica('C').log.epochs.latestEpoch()).toBe(0);
  cluster.finish();
});

describe('scenario 5: a follower in an older epoch does not move the high watermark (KIP-320)', () => {
  /** A has led, lost and regained leadership. C, deaf to the controller, still follows its first reign. */
  function aDeafFollower(): ScenarioCluster {
    const cluster = new ScenarioCluster(['A', 'B', 'C'], 2);
    cluster.produce('A', 'abc', 'all');
    cluster.run().freezeDisk('C').produce('A', 'd', 1);
    cluster.run().hold('controller', 'C');
    cluster.fences('A').hears('A').run().pass(300);
    expect([cluster.leader, cluster.isr]).toEqual(['B', 'ABC']);
    cluster.fences('B').run();
    expect([cluster.leader, cluster.leaderEpoch, cluster.isr]).toEqual(['A', 2, 'AC']);
    expect(cluster.highWatermark('A')).toBe(3);
    return cluster;
  }

  test('its position is refused and changes nothing', () => {
    const cluster = aDeafFollower();
    cluster.hold('C', 'A').thawDisk('C').run();
    const stale = cluster.takeOut('C', 'A', 'position');
    expect(stale.position).toMatchObject({ leaderEpoch: 0, fetchOffset: 4 });
    expect(cluster.deliver(stale)).toMatchObject([
      { kind: 'answer', frame: { kind: 'refused', refusal: { code: 'FENCED_LEADER_EPOCH' } } },
    ]);
    expect([cluster.positionOf('C', 'A'), cluster.highWatermark('A')]).toEqual([null, 3]);
    cluster.finish();
    expect(cluster.records('C')).toBe('abcd');
  });

  test('a leader that did not look at the epoch would count it', () => {
    const cluster = aDeafFollower();
    cluster.hold('C', 'A').thawDisk('C').run();
    const stale = cluster.takeOut('C', 'A', 'position');
    cluster.deliver({ ...stale, position: { ...stale.position, leaderEpoch: leaderEpoch(2) } });
    expect([cluster.positionOf('C', 'A'), cluster.highWatermark('A')]).toEqual([4, 4]);
  });
});

describe('scenario 6: a diverged position is not recorded (KAFKA-13141)', () => {
  /** B leads from 8 on and has appended two records of its own; C ends at 10 with two of the old leader. */
  function aLongerFollower() {
    const cluster = new ScenarioCluster(['A', 'B', 'C'], 2);
    cluster.produceEach('A', '01234567', 'all');
    cluster.run().hold('A', 'B').produceEach('A', 'pq', 1);
    cluster.run();
    expect(cluster.records('C')).toBe('01234567pq');
    cluster.powerCut('A').hold('C', 'B').fences('A').run();
    expect([cluster.leader, cluster.isr]).toEqual(['B', 'BC']);
    const writes = cluster.produceEach('B', 'xy', 'all');
    cluster.run();
    return { cluster, writes };
  }

  test('C is told where the logs part and counts for nothing until it has cut', () => {
    const { cluster, writes } = aLongerFollower();
    const diverged = cluster.takeOut('C', 'B', 'position');
    expect(diverged.position).toMatchObject({ fetchOffset: 10, lastFetchedEpoch: 0 });
    expect(cluster.deliver(diverged)).toMatchObject([
      { kind: 'answer', frame: { kind: 'diverging', epoch: 0, endOffset: 8 } },
    ]);
    expect([cluster.positionOf('C', 'B'), cluster.highWatermark('B')]).toEqual([null, 8]);
    expect(writes.map((each) => each.answer)).toEqual([undefined, undefined]);
    cluster.heal().run();
    expect(cluster.log('C')).toBe(cluster.log('B'));
    expect(writes.map((each) => each.answer)).toEqual(['ok 8', 'ok 9']);
    cluster.finish();
  });

  test('recorded, it acknowledges what C does not have', () => {
    const { cluster, writes } = aLongerFollower();
    const diverged = cluster.takeOut('C', 'B', 'position');
    const position = { ...diverged.position, lastFetchedEpoch: leaderEpoch(1) };
    cluster.deliver({ ...diverged, position });
    expect(writes.map((each) => each.answer)).toEqual(['ok 8', 'ok 9']);
    expect(() => cluster.powerCut('B').fences('B').run()).toThrow('S3: C leads epoch 2');
  });
});

describe('scenario 8: a new leader does not know its high watermark yet', () => {
  /** Ten are committed, B has heard of five, and C, out of sync, has only those. B leads. */
  function aLeaderThatKnowsLess(): ScenarioCluster {
    const cluster = new ScenarioCluster(['A', 'B', 'C'], 2);
    cluster.produceEach('A', '01234', 'all');
    cluster.run().hold('A', 'C').hold('C', 'A').fences('C').run();
    const rest = cluster.produce('A', '56789', 'all');
    cluster.freezeDisk('B').run().hold('A', 'B').thawDisk('B').run();
    expect(rest.answer).toBe('ok 5');
    expect([cluster.highWatermark('A'), cluster.highWatermark('B')]).toEqual([10, 5]);
    cluster.powerCut('A').freezeDisk('C').hears('C').fences('A').run();
    expect([cluster.leader, cluster.isr, cluster.elr]).toEqual(['B', 'B', 'A']);
    return cluster;
  }

  test('it gives no end, and admits nobody below the start of its epoch', () => {
    const cluster = aLeaderThatKnowsLess();
    // C stands at B's high watermark: without the second bound it would be let in here.
    expect([cluster.positionOf('C', 'B'), cluster.highWatermark('B')]).toEqual([5, 5]);
    expect(cluster.isr).toBe('B');
    expect(cluster.latest('B')).toBe('OFFSET_NOT_AVAILABLE');
    expect(cluster.read('B')).toBe('01234');
    cluster.thawDisk('C').run();
    expect(cluster.isr).toBe('BC');
    expect(cluster.latest('B')).toBe(10);
    expect(cluster.read('B')).toBe('0123456789');
    cluster.finish();
  });

  test('a member that was admitted below it is elected without what was committed', () => {
    const cluster = aLeaderThatKnowsLess();
    // What B would believe if 5 were enough.
    cluster.tamper = (message) =>
      message.kind === 'position'
        ? { ...message, position: { ...message.position, fetchOffset: offset(10) } }
        : message;
    cluster.hold('B', 'C').thawDisk('C').powerCut('C').start('C').run();
    expect(cluster.isr).toBe('BC');
    expect(() => cluster.powerCut('B').fences('B').run()).toThrow('S3: C leads epoch 2');
  });
});
