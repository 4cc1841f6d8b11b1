import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { offset, timestamp } from '../../../src/base/ids.ts';
import {
  decodeProducerSnapshot,
  encodeProducerSnapshot,
  encodeTransactionMarker,
  MARKER_BYTES,
  producerBatchOf,
  ProducerStates,
  readBatchHeader,
  readControlRecord,
} from '../../../src/record/index.ts';
import type { ProducerBatch } from '../../../src/record/index.ts';
import { crcAgrees } from '../../../src/record/index.ts';
import { batchOf } from './batches.ts';

const NOW = timestamp(1_700_000_000_000);

function batch(fields: Partial<ProducerBatch> & { count?: number }): ProducerBatch {
  const { count = 1, ...rest } = fields;
  return {
    producerId: 7,
    producerEpoch: 0,
    baseSequence: 0,
    lastOffsetDelta: count - 1,
    maxTimestamp: NOW,
    transactional: false,
    marker: null,
    ...rest,
  };
}

function marker(outcome: 'commit' | 'abort', epoch: number, coordinatorEpoch = 0): ProducerBatch {
  return batch({
    producerEpoch: epoch,
    baseSequence: -1,
    transactional: true,
    marker: { outcome, coordinatorEpoch },
  });
}

/** Appends what may be appended, one behind the other. */
class Partition {
  readonly states = new ProducerStates();
  end = 0;

  send(each: ProducerBatch): string {
    const verdict = this.states.check(each);
    if (verdict.kind === 'refused') return verdict.refusal.code;
    if (verdict.kind === 'duplicate') return `duplicate ${verdict.baseOffset}`;
    const at = this.end;
    this.states.append(each, offset(at));
    this.end += each.lastOffsetDelta + 1;
    return `at ${at}`;
  }
}

describe('sequences', () => {
  test('the next one is taken, the last five are recognised, a gap is refused', () => {
    const partition = new Partition();
    for (let index = 0; index < 7; index++) {
      expect(partition.send(batch({ baseSequence: index * 2, count: 2 }))).toBe(`at ${index * 2}`);
    }
    expect(partition.send(batch({ baseSequence: 12, count: 2 }))).toBe('duplicate 12');
    expect(partition.send(batch({ baseSequence: 4, count: 2 }))).toBe('duplicate 4');
    expect(partition.send(batch({ baseSequence: 2, count: 2 }))).toBe(
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
    );
    // The same beginning with another end is not the same batch.
    expect(partition.send(batch({ baseSequence: 12, count: 1 }))).toBe(
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
    );
    expect(partition.send(batch({ baseSequence: 15 }))).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(partition.send(batch({ baseSequence: 14 }))).toBe('at 14');
  });

  test('behind 2^31 - 1 comes 0', () => {
    const partition = new Partition();
    partition.states.append(batch({ baseSequence: 0x7fff_fffd }), offset(0));
    partition.end = 1;
    expect(partition.send(batch({ baseSequence: 0x7fff_fffe, count: 3 }))).toBe('at 1');
    expect(partition.send(batch({ baseSequence: 1 }))).toBe('at 4');
    expect(partition.send(batch({ baseSequence: 0x7fff_fffe, count: 3 }))).toBe('duplicate 1');
  });

  test('a new epoch begins with 0, and the old one is fenced', () => {
    const partition = new Partition();
    partition.send(batch({ baseSequence: 0 }));
    expect(partition.send(batch({ producerEpoch: 1, baseSequence: 1 }))).toBe(
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
    );
    expect(partition.send(batch({ producerEpoch: 1, baseSequence: 0 }))).toBe('at 1');
    expect(partition.send(batch({ producerEpoch: 0, baseSequence: 1 }))).toBe(
      'INVALID_PRODUCER_EPOCH',
    );
  });

  test('a producer that nothing is known of begins with 0: what it sent before may have been lost', () => {
    const partition = new Partition();
    expect(partition.send(batch({ baseSequence: 1 }))).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(partition.send(batch({ baseSequence: 0 }))).toBe('at 0');
    expect(partition.send(batch({ baseSequence: 1 }))).toBe('at 1');
  });

  test('silence is measured by when it was looked at, not by what records say', () => {
    const partition = new Partition();
    partition.send(batch({ maxTimestamp: timestamp(0) }));
    expect(partition.states.expire(NOW, 1_000)).toBe(0);
    expect(partition.states.expire(timestamp(NOW + 1_000), 1_000)).toBe(0);
    partition.send(batch({ baseSequence: 1, maxTimestamp: timestamp(0) }));
    expect(partition.states.expire(timestamp(NOW + 1_500), 1_000)).toBe(0);
    expect(partition.states.expire(timestamp(NOW + 2_501), 1_000)).toBe(1);
    expect(partition.states.size).toBe(0);
  });
});

describe('transactions', () => {
  test('the last stable offset waits for the oldest open one, then for its marker to be committed', () => {
    const partition = new Partition();
    const { states } = partition;
    partition.send(batch({ producerId: 1, transactional: true }));
    partition.send(batch({ producerId: 2, transactional: true }));
    partition.send(batch({ producerId: 3 }));
    expect(states.lastStableOffset(offset(3))).toBe(0);
    partition.send({ ...marker('commit', 1), producerId: 1 });
    // Its marker lies at 3: with the high watermark at 3 it is not committed.
    expect(states.lastStableOffset(offset(3))).toBe(0);
    expect(states.lastStableOffset(offset(4))).toBe(1);
    partition.send({ ...marker('abort', 1), producerId: 2 });
    expect(states.lastStableOffset(offset(4))).toBe(1);
    expect(states.lastStableOffset(offset(5))).toBe(5);
  });

  test('a marker ends what it is newer than, and comes twice without harm (KIP-890)', () => {
    const partition = new Partition();
    partition.send(batch({ transactional: true }));
    expect(partition.send(marker('commit', 1))).toBe('at 1');
    expect(partition.send(batch({ producerEpoch: 1, transactional: true }))).toBe('at 2');
    // The marker of the first transaction, delivered once more: it must not end the second.
    expect(partition.send(marker('commit', 1))).toBe('duplicate 1');
    expect(partition.states.openTransactions).toBe(1);
    // What the first transaction sent late is refused.
    expect(partition.send(batch({ baseSequence: 1, transactional: true }))).toBe(
      'INVALID_PRODUCER_EPOCH',
    );
  });

  test('a coordinator that was replaced is refused', () => {
    const partition = new Partition();
    partition.send(batch({ transactional: true }));
    partition.send(marker('abort', 1, 5));
    expect(partition.send(marker('abort', 2, 4))).toBe('TRANSACTION_COORDINATOR_FENCED');
  });

  test('a batch outside of the open transaction is refused', () => {
    const partition = new Partition();
    partition.send(batch({ transactional: true }));
    expect(partition.send(batch({ baseSequence: 1 }))).toBe('INVALID_TXN_STATE');
  });

  test('one that is open is not forgotten', () => {
    const partition = new Partition();
    partition.send(batch({ transactional: true }));
    partition.states.expire(NOW, 1);
    expect(partition.states.expire(timestamp(NOW + 100), 1)).toBe(0);
  });
});

describe('a marker', () => {
  test('is a sealed batch of 78 bytes that says what it said', () => {
    const bytes = encodeTransactionMarker({
      producerId: 9,
      producerEpoch: 3,
      outcome: 'commit',
      coordinatorEpoch: 70_000,
      timestamp: NOW,
    });
    const header = readBatchHeader(bytes);
    expect(bytes).toHaveLength(MARKER_BYTES);
    expect(crcAgrees(bytes, 0, header)).toBe(true);
    expect(header).toMatchObject({ isControl: true, isTransactional: true, recordsCount: 1 });
    expect(readControlRecord(bytes)).toEqual({
      offset: 0,
      type: 1,
      marker: { outcome: 'commit', coordinatorEpoch: 70_000 },
    });
    expect(producerBatchOf(header, bytes, 0)).toMatchObject({ producerId: 9, producerEpoch: 3 });
  });

  test('a batch without a producer has nothing to say', () => {
    const bytes = batchOf(['a']);
    expect(producerBatchOf(readBatchHeader(bytes), bytes, 0)).toBeNull();
  });
});

/** What a producer may do to a partition, right or wrong. */
const anyBatch = fc.record({
  producerId: fc.integer({ min: 0, max: 3 }),
  producerEpoch: fc.integer({ min: 0, max: 2 }),
  baseSequence: fc.integer({ min: 0, max: 6 }),
  count: fc.integer({ min: 1, max: 3 }),
  transactional: fc.boolean(),
  ends: fc.constantFrom<'commit' | 'abort' | null>(null, null, null, 'commit', 'abort'),
});

describe('a snapshot', () => {
  test('brings back what was known, whatever happened before', () => {
    fc.assert(
      fc.property(fc.array(anyBatch, { maxLength: 60 }), fc.array(anyBatch), (before, after) => {
        const original = new Partition();
        for (const each of before) play(original, each);
        const decoded = decodeProducerSnapshot(encodeProducerSnapshot(original.states));
        expect(decoded).not.toBeNull();
        const copy = new Partition();
        Object.assign(copy, { states: decoded, end: original.end });
        for (const each of after) expect(play(copy, each)).toBe(play(original, each));
        for (let at = 0; at <= original.end; at++) {
          expect(copy.states.lastStableOffset(offset(at))).toBe(
            original.states.lastStableOffset(offset(at)),
          );
        }
      }),
    );
  });

  test('of which a byte is wrong is none', () => {
    const partition = new Partition();
    partition.send(batch({ transactional: true }));
    const bytes = encodeProducerSnapshot(partition.states);
    for (let at = 0; at < bytes.length; at++) {
      const rotten = Uint8Array.from(bytes);
      rotten[at] = (rotten[at] ?? 0) ^ 0x10;
      expect(decodeProducerSnapshot(rotten)).toBeNull();
      expect(decodeProducerSnapshot(bytes.subarray(0, at))).toBeNull();
    }
  });
});

function play(
  partition: Partition,
  drawn: typeof anyBatch extends fc.Arbitrary<infer T> ? T : never,
) {
  const { ends, ...fields } = drawn;
  if (ends === null) return partition.send(batch(fields));
  const { producerId, producerEpoch } = fields;
  return partition.send({ ...marker(ends, producerEpoch + 1), producerId });
}
