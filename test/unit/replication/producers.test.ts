/** What a leader makes of batches that say who sent them, and a follower of readers. */
import { describe, expect, test } from 'vitest';
import { generation, instant, leaderEpoch, offset, timestamp } from '../../../src/base/ids.ts';
import { ProducerStates } from '../../../src/record/index.ts';
import type { ProducerBatch } from '../../../src/record/index.ts';
import type { Acks, Effect } from '../../../src/replication/types.ts';
import { ModelReplica, partitionOf } from './model-replica.ts';

const alone = {
  leader: 1,
  leaderEpoch: 1,
  partitionEpoch: 1,
  replicas: [1],
  isr: [1],
  minIsr: 1,
};

function producer(baseSequence: number, count: number, producerEpoch = 0): ProducerBatch {
  return {
    producerId: 4,
    producerEpoch,
    baseSequence,
    lastOffsetDelta: count - 1,
    maxTimestamp: timestamp(0),
    transactional: false,
    marker: null,
  };
}

let request = 0;

function send(
  node: ModelReplica,
  text: string,
  baseSequence: number,
  acks: Acks = 'all',
): Effect[] {
  return node.step({
    kind: 'produce',
    request: ++request,
    acks,
    batch: {
      data: new TextEncoder().encode(text),
      recordsCount: text.length,
      producer: producer(baseSequence, text.length),
    },
    expectedLeaderEpoch: null,
    deadline: instant(node.now + 30_000),
  });
}

/** `offset` of an answer, or its code; nothing where there is none. */
function answers(effects: readonly Effect[]): (number | string)[] {
  return effects.flatMap((effect) =>
    effect.kind !== 'reply'
      ? []
      : [effect.result.ok ? effect.result.baseOffset : effect.result.refusal.code],
  );
}

function leading(): ModelReplica {
  const node = new ModelReplica({ id: 1 });
  node.metadata(partitionOf(alone));
  node.flush();
  return node;
}

describe('a batch that is sent again', () => {
  test('has its old offset, and waits for the commit as the first one does', () => {
    const node = leading();
    send(node, 'abc', 0);
    const again = send(node, 'abc', 0);
    expect(answers(again)).toEqual([]);
    expect(node.log.text).toBe('abc');
    expect(answers(node.flush())).toEqual([0, 0]);
    expect(answers(send(node, 'abc', 0))).toEqual([0]);
  });

  test('does not hold up or overtake what waits behind it', () => {
    const node = leading();
    send(node, 'ab', 0);
    send(node, 'cd', 2);
    send(node, 'ab', 0);
    expect(answers(node.flush(2))).toEqual([0, 0]);
    expect(answers(node.flush())).toEqual([2]);
  });

  test('at acks 1 waits for the leader’s own flush', () => {
    const node = leading();
    send(node, 'ab', 0, 1);
    expect(answers(send(node, 'ab', 0, 1))).toEqual([]);
    expect(answers(node.flush())).toEqual([0, 0]);
  });
});

test('a gap is refused, and nothing is written', () => {
  const node = leading();
  send(node, 'ab', 0);
  expect(answers(send(node, 'ef', 4))).toEqual(['OUT_OF_ORDER_SEQUENCE_NUMBER']);
  expect(node.log.text).toBe('ab');
});

test('a new leader asks for what its log knows before anything else', () => {
  const node = new ModelReplica({ id: 1 });
  const effects = node.metadata(partitionOf(alone));
  expect(effects.map(({ kind }) => kind)).toContain('loadProducers');
  const producers = new ProducerStates();
  producers.append(producer(0, 2), offset(0));
  node.step({ kind: 'producers', producers });
  expect(answers(send(node, 'cd', 4))).toEqual(['OUT_OF_ORDER_SEQUENCE_NUMBER']);
  expect(answers([...send(node, 'cd', 2), ...node.flush()])).toEqual([0]);
  // The same leader in a new epoch goes on with what it has.
  const next = node.metadata(partitionOf({ ...alone, leaderEpoch: 2, partitionEpoch: 2 }));
  expect(next.map(({ kind }) => kind)).not.toContain('loadProducers');
});

test('a producer that has been silent is forgotten', () => {
  const node = leading();
  send(node, 'ab', 0);
  node.flush();
  const silent = { kind: 'expireProducers', expirationMs: 1_000 } as const;
  node.step({ ...silent, now: timestamp(10_000) });
  node.step({ ...silent, now: timestamp(20_000) });
  expect(answers(send(node, 'z', 2))).toEqual(['OUT_OF_ORDER_SEQUENCE_NUMBER']);
  expect(answers([...send(node, 'z', 0), ...node.flush()])).toEqual([2]);
});

describe('a replica that follows', () => {
  const pair = { ...alone, leader: 2, replicas: [1, 2], isr: [1, 2] };

  function check(node: ModelReplica, mayFollow = true) {
    const query = { expectedLeaderEpoch: leaderEpoch(1), mayFollow };
    const bounds = node.machine.checkFetch(query, node.now, node.controllerLease);
    return bounds.ok ? bounds.highWatermark : bounds.refusal.code;
  }

  test('answers readers who ask for it, while it is in sync and its leader is heard', () => {
    const heard = new Map([[2, instant(1_000_000)]]);
    const node = new ModelReplica({ id: 1, leadersHeard: heard });
    const leader = partitionOf(pair).leader;
    if (leader === null) throw new Error('somebody leads');
    node.metadata(partitionOf(pair));
    node.step({ kind: 'peerConnected', leader });
    expect(check(node)).toBe('REPLICA_NOT_AVAILABLE');
    node.frame({
      kind: 'frame',
      leader,
      frame: {
        kind: 'records',
        generation: generation(1),
        leaderEpoch: leaderEpoch(1),
        startOffset: offset(0),
        batches: [],
        bytes: new Uint8Array(0),
        highWatermark: offset(0),
        logStartOffset: offset(0),
      },
    });
    expect(check(node)).toBe(0);
    expect(check(node, false)).toBe('NOT_LEADER_OR_FOLLOWER');
    // Outside of the ISR the leader commits without it.
    node.metadata(partitionOf({ ...pair, isr: [2], partitionEpoch: 2 }));
    expect(check(node)).toBe('REPLICA_NOT_AVAILABLE');
    node.metadata(partitionOf({ ...pair, partitionEpoch: 3 }));
    expect(check(node)).toBe(0);
    node.advance(2_000);
    expect(check(node)).toBe('REPLICA_NOT_AVAILABLE');
  });
});
