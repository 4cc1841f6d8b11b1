/**
 * What a leader may promise that is alone, or does not know that it leads no more. Replica machines
 * and the controller machine over links that the scenario moves by hand; `finish` heals everything
 * and compares all logs and everything that was acknowledged.
 */
import { describe, expect, test } from 'vitest';
import { SESSION_MS } from '../replication/model-replica.ts';
import { ScenarioCluster } from './scenario-cluster.ts';

describe('scenario 15: the last replica standing (KIP-966)', () => {
  /** C goes, then B: A is left alone, and B remains eligible. */
  function aloneInSync(): ScenarioCluster {
    const cluster = new ScenarioCluster(['A', 'B', 'C'], 2);
    cluster.produce('A', 'abc', 'all');
    cluster.run().powerCut('C').fences('C').run();
    expect([cluster.isr, cluster.elr]).toEqual(['AB', '']);
    cluster.powerCut('B').fences('B').run();
    expect([cluster.leader, cluster.isr, cluster.elr]).toEqual(['A', 'A', 'B']);
    return cluster;
  }

  test('it commits nothing alone, and what was committed outlives it', () => {
    const cluster = aloneInSync();
    const weak = cluster.produceEach('A', '0123456789', 1);
    const strong = cluster.produce('A', 'x', 'all');
    cluster.run();
    expect(weak.map((each) => each.answer)).toEqual([...'0123456789'].map((_, i) => `ok ${i + 3}`));
    expect(strong.answer).toBe('NOT_ENOUGH_REPLICAS');
    expect([cluster.highWatermark('A'), cluster.read('A')]).toEqual([3, 'abc']);

    // The power takes two more that never reached the disk, and were never acknowledged.
    const unsynced = cluster.freezeDisk('A').produceEach('A', 'yz', 1);
    cluster.run().powerCut('A', 'lost').thawDisk('A').fences('A').run();
    expect(unsynced.map((each) => each.answer)).toEqual([undefined, undefined]);
    expect([cluster.leader, cluster.isr, cluster.elr]).toEqual([null, '', 'AB']);

    cluster.start('B').run();
    expect([cluster.leader, cluster.isr]).toEqual(['B', 'B']);
    cluster.start('A').run();
    expect([cluster.isr, cluster.log('A')]).toEqual(['AB', cluster.log('B')]);
    expect(cluster.records('A')).toBe('abc');
    const after = cluster.produce('B', 'de', 'all');
    cluster.run();
    expect(after.answer).toBe('ok 3');
    cluster.finish();
  });

  test('it comes back first, and everything that it wrote alone is there', () => {
    const cluster = aloneInSync();
    cluster.produceEach('A', '0123456789', 1);
    cluster.run().powerCut('A', 'lost').fences('A').start('A').run();
    expect([cluster.leader, cluster.records('A')]).toEqual(['A', 'abc0123456789']);
    cluster.finish();
    expect(cluster.records('B')).toBe('abc0123456789');
  });

  test('a leader that believes that one is enough acknowledges what B does not have', () => {
    const cluster = aloneInSync();
    cluster.tamper = (message) =>
      message.kind === 'metadata' && message.to === 'A'
        ? { ...message, partition: { ...message.partition, minIsr: 1 } }
        : message;
    cluster.hears('A').run();
    const strong = cluster.produce('A', 'x', 'all');
    cluster.run();
    expect(strong.answer).toBe('ok 3');
    expect(() => cluster.powerCut('A').fences('A').start('B').run()).toThrow('S3: B leads');
  });
});

describe('scenario 17: a leader that is cut off from everyone but its clients', () => {
  /** A is on its own; B leads instead and has written, A knows nothing of it. */
  function aZombie(sessionMs: number) {
    const cluster = new ScenarioCluster(['A', 'B', 'C'], 2);
    cluster.produce('A', 'abc', 'all');
    cluster.run().isolate('A');
    const weak = cluster.produce('A', 'x', 1);
    const strong = cluster.produce('A', 'y', 'all');
    cluster.run();
    expect([weak.answer, strong.answer]).toEqual(['ok 3', undefined]);
    expect(cluster.read('A')).toBe('abc');
    cluster.pass(sessionMs).fences('A').run();
    expect([cluster.leader, cluster.isr]).toEqual(['B', 'BC']);
    const next = cluster.produce('B', 'de', 'all');
    cluster.run();
    expect(next.answer).toBe('ok 3');
    return { cluster, strong };
  }

  test('it stops promising and showing, and gives way to the new history', () => {
    const { cluster, strong } = aZombie(SESSION_MS + 100);
    const late = [cluster.produce('A', 'z', 1), cluster.produce('A', 'z', 'all')];
    cluster.run();
    expect(strong.answer).toBe('LEADERSHIP_LOST');
    expect(late.map((each) => each.answer)).toEqual(Array(2).fill('NOT_LEADER_OR_FOLLOWER'));
    expect(cluster.read('A')).toBe('NOT_LEADER_OR_FOLLOWER');
    expect(cluster.highWatermark('A')).toBe(3);
    cluster.finish();
    // Only what acks=1 promised is gone.
    expect(cluster.records('A')).toBe('abcde');
  });

  test('fenced before its leases lapse, it answers at acks=1, and at acks=all never', () => {
    const { cluster, strong } = aZombie(SESSION_MS / 2);
    const late = [cluster.produce('A', 'z', 1), cluster.produce('A', 'z', 'all')];
    cluster.run();
    // This is what a lease that did not lapse would allow for ever; followers are what stops the rest.
    expect(late.map((each) => each.answer)).toEqual(['ok 5', undefined]);
    expect(cluster.read('A')).toBe('abc');
    cluster.pass(SESSION_MS);
    expect([strong.answer, late[1]?.answer]).toEqual(Array(2).fill('LEADERSHIP_LOST'));
    cluster.finish();
    expect(cluster.records('A')).toBe('abcde');
  });
});
