import { describe, expect, test } from 'vitest';
import { offset, timestamp } from '../../../src/base/ids.ts';
import { AbortedBatches } from '../../../src/client/aborted-batches.ts';
import {
  encodeTransactionMarker,
  readBatchHeader,
  RecordBatchBuilder,
  stampBatch,
} from '../../../src/record/index.ts';
import type { TransactionOutcome } from '../../../src/record/index.ts';

/** A batch of two records; null for a producer that is none. */
function batch(producerId: number | null, at: number, transactional = producerId !== null) {
  const builder = new RecordBatchBuilder({ bytesMax: 1000 });
  for (const value of ['a', 'b']) builder.append({ key: null, value, timestamp: timestamp(0) });
  const identity = producerId === null ? {} : { producerId, producerEpoch: 0, baseSequence: 0 };
  return builder.build({ ...identity, transactional, baseOffset: offset(at) });
}

function marker(producerId: number, outcome: TransactionOutcome, at: number) {
  const fields = { producerEpoch: 1, coordinatorEpoch: 0, timestamp: timestamp(0) };
  const bytes = encodeTransactionMarker({ producerId, outcome, ...fields });
  stampBatch(bytes, 0, { baseOffset: offset(at), leaderEpoch: 0 });
  return bytes;
}

/** The base offsets that are passed over. */
function passedOver(
  aborted: readonly (readonly [producerId: number, firstOffset: number])[],
  batches: readonly Uint8Array[],
): number[] {
  const subject = new AbortedBatches(
    aborted.map(([producerId, first]) => ({ producerId, firstOffset: offset(first) })),
  );
  const bytes = Buffer.concat(batches);
  const offsets: number[] = [];
  for (let position = 0; position < bytes.length;) {
    const header = readBatchHeader(bytes, position);
    if (subject.passesOver(header, bytes, position)) offsets.push(header.baseOffset);
    position += header.totalBytes;
  }
  return offsets;
}

describe('batches of aborted transactions', () => {
  test('are passed over from the first to the marker, and no others', () => {
    const log = [
      batch(1, 0),
      batch(2, 2),
      batch(null, 4),
      batch(1, 6),
      marker(1, 'abort', 8),
      batch(1, 9),
      marker(2, 'commit', 11),
      marker(1, 'commit', 12),
    ];
    expect(passedOver([[1, 0]], log)).toEqual([0, 6]);
  });

  test('of one producer one after the other, with a committed one between', () => {
    const log = [
      batch(1, 0),
      marker(1, 'abort', 2),
      batch(1, 3),
      marker(1, 'commit', 5),
      batch(1, 6),
      marker(1, 'abort', 8),
      batch(1, 9),
    ];
    const aborted = [
      [1, 6],
      [1, 0],
    ] as const;
    expect(passedOver(aborted, log)).toEqual([0, 6]);
  });

  test('that began before what was fetched', () => {
    expect(passedOver([[3, 1]], [batch(3, 10), marker(3, 'abort', 12), batch(3, 13)])).toEqual([
      10,
    ]);
  });

  test('that begin in the middle of what was fetched', () => {
    const log = [batch(3, 10), marker(3, 'commit', 12), batch(3, 13), batch(3, 15)];
    expect(passedOver([[3, 13]], log)).toEqual([13, 15]);
  });

  test('leave alone what the same producer writes outside of transactions', () => {
    expect(passedOver([[3, 0]], [batch(3, 0, false), batch(3, 2)])).toEqual([2]);
  });
});
