/**
 * Who counts as in sync while messages about it are lost, late or of a broker that is not any more
 * what it was. Replica machines and the controller machine over links that the scenario moves by
 * hand; `finish` heals everything and compares all logs and everything that was acknowledged.
 */
import { describe, expect, test } from 'vitest';
import { partitionEpoch } from '../../../src/base/ids.ts';
import type { AlterPartitionResult } from '../../../src/replication/types.ts';
import { LAG_MS } from '../replication/model-replica.ts';
import { ScenarioCluster } from './scenario-cluster.ts';
import type { Message, Name } from './scenario-cluster.ts';

const RF3 = ['A', 'B', 'C'] as const;

describe('scenario 9: a proposed member counts from the proposal on', () => {
  /** The controller has committed that C joins, A waits for the answer, and C gets nothing from A. */
  function anAnswerIsLost() {
    const cluster = new ScenarioCluster(RF3, 2);
    cluster.fences('C').run().hold('controller', 'A').hears('C').run();
    // A learns that C is unfenced, proposes it, and hears nothing more.
    expect(cluster.isr).toBe('AB');
    cluster.deliver(cluster.takeOut('controller', 'A', 'metadata'));
    cluster.run();
    expect(cluster.isr).toBe('ABC');
    const answer = cluster.takeOut('controller', 'A', 'reply');
    cluster.hold('A', 'C');
    const write = cluster.produce('A', '0123456789', 'all');
    cluster.run();
    expect([cluster.records('B'), cluster.records('C')]).toEqual(['0123456789', '']);
    return { cluster, write, answer };
  }

  test('nothing is committed before it has it, so it may be elected at any moment', () => {
    const { cluster, write } = anAnswerIsLost();
    expect([cluster.highWatermark('A'), write.answer]).toEqual([0, undefined]);
    cluster.fences('A').fences('B').run();
    expect([cluster.leader, cluster.records('C')]).toEqual(['C', '']);
    cluster.finish();
  });

  test('once it has it, it is acknowledged, and its election loses nothing', () => {
    const { cluster, write } = anAnswerIsLost();
    cluster.heal('A', 'C').run();
    expect([cluster.highWatermark('A'), write.answer]).toEqual([10, 'ok 0']);
    cluster.fences('A').fences('B').run();
    expect([cluster.leader, cluster.records('C')]).toEqual(['C', '0123456789']);
    cluster.finish();
  });

  test('a leader that does not count it acknowledges what C does not have', () => {
    const { cluster, write } = anAnswerIsLost();
    // It takes C for refused, and for one that will not come back soon.
    const { partition, ...message } = cluster.takeOut('controller', 'A', 'metadata');
    const isr = partition.isr.slice(0, 2);
    const brokers = partition.brokers.map((each) => ({ ...each, eligible: each.id !== 3 }));
    cluster.deliver({ ...message, partition: { ...partition, isr, brokers } });
    expect([cluster.highWatermark('A'), write.answer]).toEqual([10, 'ok 0']);
    expect(() => cluster.fences('A').fences('B').run()).toThrow('S3: C leads epoch 2');
  });
});

describe('scenario 9, its twin: a removed member counts until the removal is confirmed', () => {
  /** C has been silent for too long, and A's proposal to drop it never arrives. */
  function aProposalIsLost() {
    const cluster = new ScenarioCluster(RF3, 2);
    cluster.hold('A', 'C').hold('C', 'A');
    const write = cluster.produce('A', 'abc', 'all');
    const lost: Message[] = [];
    cluster.tamper = (message) => {
      if (message.kind !== 'proposal') return message;
      lost.push(message);
      return null;
    };
    cluster.pass(2 * LAG_MS);
    const [proposal] = lost;
    if (proposal?.kind !== 'proposal') throw new Error('A proposed nothing');
    expect(proposal.request.isr.map((member) => member.id)).toEqual([1, 2]);
    return { cluster, write, proposal };
  }

  test('nothing is committed without it, so it may still be elected', () => {
    const { cluster, write } = aProposalIsLost();
    expect([cluster.isr, cluster.highWatermark('A'), write.answer]).toEqual(['ABC', 0, undefined]);
    cluster.fences('A').fences('B').run();
    expect([cluster.leader, cluster.records('C')]).toEqual(['C', '']);
    cluster.tamper = (message) => message;
    cluster.finish();
  });

  test('a leader that takes its own word for it acknowledges what C does not have', () => {
    const { cluster, write, proposal } = aProposalIsLost();
    const result: AlterPartitionResult = {
      ok: true,
      ...cluster.controller.partition('orders'),
      partitionEpoch: partitionEpoch(proposal.request.partitionEpoch + 1),
      isr: proposal.request.isr.map((member) => member.id),
    };
    const { request } = proposal;
    cluster.deliver({ from: 'controller', to: 'A', kind: 'reply', request, result });
    expect(write.answer).toBe('ok 0');
    expect(() => cluster.fences('A').fences('B').run()).toThrow('S3: C leads epoch 2');
  });
});

describe('scenario 12: a follower is bounced between its position and its admission (KIP-903)', () => {
  /** C stands at A's end and is about to be admitted, loses everything, and is back, empty. */
  function aBouncedFollower() {
    const cluster = new ScenarioCluster(RF3, 2);
    cluster.produce('A', 'abc', 'all');
    cluster.run().fences('C').run().hold('C', 'A').hears('C');
    cluster.powerCut('C').start('C').run();
    const position = cluster.takeOut('C', 'A', 'position');
    expect(position.position.fetchOffset).toBe(3);
    cluster.hold('controller', 'A').powerCut('C').wipe('C').start('C');
    expect(cluster.isr).toBe('AB');
    return { cluster, position };
  }

  test('its late position is refused by a leader that knows of the restart', () => {
    const { cluster, position } = aBouncedFollower();
    cluster.heal('controller', 'A').run();
    expect(cluster.deliver(position)).toMatchObject([
      { kind: 'answer', frame: { refusal: { code: 'NOT_LEADER_OR_FOLLOWER' } } },
    ]);
    expect(cluster.positionOf('C', 'A')).toBeNull();
    expect(cluster.run().isr).toBe('AB');
    cluster.finish();
  });

  test('a leader that does not know proposes it, and the controller refuses', () => {
    const { cluster, position } = aBouncedFollower();
    cluster.deliver(position);
    const proposal = cluster.takeOut('A', 'controller', 'proposal');
    expect(proposal.request.isr.at(-1)).toEqual({ id: 3, brokerEpoch: position.brokerEpoch });
    cluster.deliver(proposal);
    expect(cluster.takeOut('controller', 'A', 'reply').result).toMatchObject({
      ok: false,
      refusal: { code: 'INELIGIBLE_REPLICA' },
    });
    expect(cluster.isr).toBe('AB');
    cluster.finish();
  });

  test('a proposal that does not name the incarnation admits an empty disk', () => {
    const { cluster, position } = aBouncedFollower();
    cluster.deliver(position);
    const proposal = cluster.takeOut('A', 'controller', 'proposal');
    const isr = proposal.request.isr.map(({ id }) => ({
      id,
      brokerEpoch: cluster.controller.epochOf(id),
    }));
    cluster.deliver({ ...proposal, request: { ...proposal.request, isr } });
    expect([cluster.isr, cluster.records('C')]).toEqual(['ABC', '']);
    expect(() => cluster.fences('A').fences('B').run()).toThrow('S3: C leads epoch 2');
  });
});

describe('scenario 13: an empty disk under a known id', () => {
  const MOMENTS = ['before', 'after'] as const;

  /** The broker comes back with another disk, before or after its silence was noticed. */
  function exchange(cluster: ScenarioCluster, name: Name, noticed: (typeof MOMENTS)[number]) {
    cluster.powerCut(name).wipe(name);
    if (noticed === 'after') cluster.fences(name).run();
    cluster.start(name);
  }

  test.each(MOMENTS)('C was in sync; it is back %s it was fenced', (noticed) => {
    const cluster = new ScenarioCluster(RF3, 2);
    cluster.produce('A', 'abc', 'all');
    cluster.run().freezeDisk('C');
    exchange(cluster, 'C', noticed);
    cluster.run();
    expect([cluster.isr, cluster.elr, cluster.positionOf('C', 'A')]).toEqual(['AB', '', 0]);
    // Not even the death of everyone else makes it a leader.
    cluster.powerCut('A').fences('A').run().powerCut('B').fences('B').run();
    expect(cluster.sweeps().leader).toBeNull();
    cluster.thawDisk('C').finish();
    expect(cluster.records('C')).toBe('abc');
  });

  /** A leads alone, C is eligible although it is down. */
  function anEligibleReplica(): ScenarioCluster {
    const cluster = new ScenarioCluster(RF3, 2);
    cluster.produce('A', 'abc', 'all');
    cluster.run().powerCut('B').fences('B').powerCut('C').fences('C').run();
    expect([cluster.isr, cluster.elr]).toEqual(['A', 'C']);
    return cluster;
  }

  test('C was eligible', () => {
    const cluster = anEligibleReplica();
    cluster.wipe('C').freezeDisk('C').start('C').run();
    expect([cluster.isr, cluster.elr]).toEqual(['A', '']);
    cluster.powerCut('A').fences('A').run();
    expect(cluster.sweeps().leader).toBeNull();
    cluster.start('A').run();
    expect(cluster.leader).toBe('A');
    cluster.thawDisk('C').finish();
    expect(cluster.records('C')).toBe('abc');
  });

  test('C was eligible, and nothing about its disk tells', () => {
    const cluster = anEligibleReplica();
    cluster.hold('A', 'C').wipeUnnoticed('C').start('C').run();
    expect(cluster.elr).toBe('C');
    expect(() => cluster.powerCut('A').fences('A').run()).toThrow('S3: C leads epoch 1');
  });

  test.each(MOMENTS)('C led; it is back %s it was fenced', (noticed) => {
    const cluster = new ScenarioCluster(['C', 'A', 'B'], 2);
    cluster.produce('C', 'abc', 'all');
    cluster.run().freezeDisk('C');
    exchange(cluster, 'C', noticed);
    cluster.run();
    expect([cluster.leader, cluster.isr, cluster.positionOf('C', 'A')]).toEqual(['A', 'AB', 0]);
    cluster.powerCut('A').fences('A').run();
    expect([cluster.leader, cluster.isr]).toEqual(['B', 'B']);
    cluster.powerCut('B').fences('B').run();
    expect(cluster.sweeps().leader).toBeNull();
    cluster.thawDisk('C').finish();
    expect(cluster.records('C')).toBe('abc');
  });
});
