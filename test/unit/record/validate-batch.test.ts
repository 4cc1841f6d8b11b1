import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../src/base/errors.ts';
import { offset, timestamp } from '../../../src/base/ids.ts';
import { RecordBatchBuilder } from '../../../src/record/batch-builder.ts';
import { stampBatch } from '../../../src/record/batch-header.ts';
import type { ProduceLimits } from '../../../src/record/validate-batch.ts';
import {
  checkReplicatedBatches,
  validateProducedBatch,
} from '../../../src/record/validate-batch.ts';
import { batchOf, batchWithSection, patched, stampedBatch } from './batches.ts';

const LIMITS: ProduceLimits = {
  maxMessageBytes: 10_000,
  segmentBytes: 100_000,
  now: timestamp(1_700_000_000_000),
  timestampAfterMaxMs: 3_600_000,
};
const BATCH = batchOf(['a', 'b'], { producerId: 9, producerEpoch: 2, baseSequence: 40 });

function batchAt(milliseconds: number): Uint8Array {
  const builder = new RecordBatchBuilder({ bytesMax: 1000 });
  builder.append({ key: null, value: 'x', timestamp: timestamp(milliseconds) });
  return builder.build();
}

function refused(bytes: Uint8Array, limits: ProduceLimits = LIMITS): ErrorCode | null {
  const outcome = validateProducedBatch(bytes, limits);
  return 'refusal' in outcome ? outcome.refusal.code : null;
}

describe('what a leader takes from a client', () => {
  test('a good batch, summarised', () => {
    expect(validateProducedBatch(BATCH, LIMITS)).toEqual({
      summary: {
        bytes: BATCH.length,
        recordsCount: 2,
        lastOffsetDelta: 1,
        maxTimestamp: 1_700_000_000_000,
        producerId: 9,
        producerEpoch: 2,
        baseSequence: 40,
        transactional: false,
      },
    });
  });

  test('a batch of every compression', () => {
    expect([0, 1, 2, 3, 4].map((code) => refused(patched(BATCH, 21, [0, code])))).toEqual(
      Array(5).fill(null),
    );
  });

  test('whatever leader epoch clients send', () => {
    for (const epoch of [-1, 0, 7])
      expect(refused(batchOf(['x'], { leaderEpoch: epoch }))).toBe(null);
  });

  test('epoch and sequence 0 without a producer id, as kafkajs sends', () => {
    expect(refused(patched(batchOf(['x']), 51, [0, 0, 0, 0, 0, 0]))).toBe(null);
  });

  test('records that nobody could read: they are not looked at', () => {
    expect(refused(batchWithSection([0xff, 0xff, 0xff]))).toBe(null);
  });

  test.each<[string, ErrorCode, Uint8Array]>([
    ['nothing', 'CORRUPT_MESSAGE', new Uint8Array(0)],
    ['less than a header', 'CORRUPT_MESSAGE', BATCH.slice(0, 60)],
    ['a cut batch', 'CORRUPT_MESSAGE', BATCH.slice(0, BATCH.length - 1)],
    ['a negative length', 'CORRUPT_MESSAGE', patched(BATCH, 8, [0xff])],
    ['two batches', 'INVALID_RECORD', Buffer.concat([BATCH, BATCH])],
    ['bytes behind the batch', 'INVALID_RECORD', Buffer.concat([BATCH, Buffer.alloc(1)])],
    ['an older magic', 'INVALID_RECORD', patched(BATCH, 16, [1])],
    ['a wrong checksum', 'CORRUPT_MESSAGE', BATCH.with(BATCH.length - 1, 0xee)],
    ['an unassigned compression', 'UNSUPPORTED_COMPRESSION_TYPE', patched(BATCH, 21, [0, 5])],
    ['a control batch', 'INVALID_RECORD', patched(BATCH, 21, [0, 0x20])],
    ['unused attribute bits', 'INVALID_RECORD', patched(BATCH, 21, [0, 0x80])],
    ['the highest attribute bit', 'INVALID_RECORD', patched(BATCH, 21, [0x80, 0])],
    ['a delete horizon', 'INVALID_RECORD', patched(BATCH, 21, [0, 0x40])],
    ['a claim of the append’s time', 'INVALID_TIMESTAMP', patched(BATCH, 21, [0, 0x08])],
    ['a base offset', 'INVALID_RECORD', patched(BATCH, 7, [1])],
    ['a count that is too small', 'INVALID_RECORD', patched(BATCH, 57, [0, 0, 0, 1])],
    ['a count that is too large', 'INVALID_RECORD', patched(BATCH, 57, [0, 0, 0, 3])],
    ['no records', 'INVALID_RECORD', batchWithSection([], 0)],
    ['a producer without an epoch', 'INVALID_RECORD', patched(BATCH, 51, [0xff, 0xff])],
    ['a producer without a sequence', 'INVALID_RECORD', patched(BATCH, 53, [0xff])],
    [
      'a producer id of -2',
      'INVALID_RECORD',
      patched(BATCH, 43, [255, 255, 255, 255, 255, 255, 255, 254]),
    ],
    ['a transaction without a producer', 'INVALID_RECORD', batchOf(['x'], { transactional: true })],
  ])('not %s: %s', (_name, code, bytes) => {
    expect(refused(bytes)).toBe(code);
  });

  test('as many bytes as the limits allow, and none more', () => {
    const { length } = BATCH;
    expect(refused(BATCH, { ...LIMITS, maxMessageBytes: length })).toBe(null);
    expect(refused(BATCH, { ...LIMITS, maxMessageBytes: length - 1 })).toBe('MESSAGE_TOO_LARGE');
    expect(refused(BATCH, { ...LIMITS, segmentBytes: length })).toBe(null);
    expect(refused(BATCH, { ...LIMITS, segmentBytes: length - 1 })).toBe('RECORD_LIST_TOO_LARGE');
  });

  test('records as far ahead as the topic allows, and no further', () => {
    const latest = LIMITS.now + LIMITS.timestampAfterMaxMs;
    expect(refused(batchAt(latest))).toBe(null);
    expect(refused(batchAt(latest + 1))).toBe('INVALID_TIMESTAMP');
    expect(refused(batchAt(0))).toBe(null);
    expect(refused(batchAt(-1))).toBe(null);
  });

  test('not a base timestamp far ahead under a harmless max timestamp', () => {
    const batch = patched(batchAt(LIMITS.now + 2 * LIMITS.timestampAfterMaxMs), 35, [0, 0]);
    const harmless = patched(batch, 35, [0, 0, 0, 0, 0, 0, 0, 0]);
    expect(refused(harmless)).toBe('INVALID_TIMESTAMP');
  });

  test('any client time where records carry the time of the append', () => {
    const limits: ProduceLimits = { ...LIMITS, messageTimestampType: 'LogAppendTime' };
    expect(refused(batchAt(LIMITS.now * 2), limits)).toBe(null);
  });
});

describe('what a follower takes from a leader', () => {
  const first = stampedBatch(100, 3, ['a', 'b']);
  const second = stampedBatch(102, 3, ['c']);
  const third = stampedBatch(103, 5, ['d', 'e', 'f']);

  function refusedAt(expected: number, ...batches: Uint8Array[]): string | null {
    const outcome = checkReplicatedBatches(Buffer.concat(batches), offset(expected));
    return 'refusal' in outcome ? outcome.refusal.code : null;
  }

  test('whole batches that continue its log', () => {
    const checked = checkReplicatedBatches(Buffer.concat([first, second, third]), offset(100));
    const maxTimestamp = 1_700_000_000_000;
    expect(checked).toEqual({
      batches: [
        {
          baseOffset: 100,
          lastOffset: 101,
          leaderEpoch: 3,
          position: 0,
          bytes: first.length,
          maxTimestamp,
        },
        {
          baseOffset: 102,
          lastOffset: 102,
          leaderEpoch: 3,
          position: first.length,
          bytes: second.length,
          maxTimestamp,
        },
        {
          baseOffset: 103,
          lastOffset: 105,
          leaderEpoch: 5,
          position: first.length + second.length,
          bytes: third.length,
          maxTimestamp,
        },
      ],
    });
  });

  test('nothing at all', () => {
    expect(checkReplicatedBatches(new Uint8Array(0), offset(7))).toEqual({ batches: [] });
  });

  test('control batches, and batches that compaction thinned out', () => {
    const control = patched(stampedBatch(0, 1, ['x']), 21, [0, 0x30]);
    expect(refusedAt(0, control)).toBe(null);
    const thinned = patched(stampedBatch(0, 1, ['x']), 23, [0, 0, 0, 9]);
    expect(refusedAt(0, thinned, stampedBatch(10, 1, ['y']))).toBe(null);
    expect(refusedAt(0, thinned, stampedBatch(1, 1, ['y']))).toBe('CORRUPT_MESSAGE');
  });

  test.each<[string, number, Uint8Array[]]>([
    ['a gap in front', 99, [first]],
    ['what it has already', 101, [first]],
    ['a gap between', 100, [first, third]],
    ['the same batch twice', 100, [first, first]],
    ['a falling epoch', 100, [first, stampedBatch(102, 2, ['c'])]],
    ['a batch that no leader stamped', 0, [batchOf(['x'])]],
    ['a cut batch', 100, [first, second.slice(0, -1)]],
    ['a few bytes behind', 100, [first, Uint8Array.of(0, 0, 0)]],
    ['a wrong checksum', 100, [first, second.with(second.length - 1, 0xee)]],
    ['an older magic', 100, [first, second.with(16, 1)]],
  ])('not %s', (_name, expected, batches) => {
    expect(refusedAt(expected, ...batches)).toBe('CORRUPT_MESSAGE');
  });

  test('says which batch is wrong', () => {
    const bad = Buffer.concat([first, second.with(second.length - 1, 0xee)]);
    expect(checkReplicatedBatches(bad, offset(100))).toMatchObject({
      refusal: { message: 'the checksum of the batch at offset 102 does not agree' },
    });
  });

  test('what a leader stamped in place is what the follower sees', () => {
    const batch = batchOf(['x', 'y', 'z']);
    expect('summary' in validateProducedBatch(batch, LIMITS)).toBe(true);
    stampBatch(batch, 0, { baseOffset: offset(2 ** 45), leaderEpoch: 8 });
    expect(checkReplicatedBatches(batch, offset(2 ** 45))).toMatchObject({
      batches: [{ baseOffset: 2 ** 45, lastOffset: 2 ** 45 + 2, leaderEpoch: 8 }],
    });
  });
});
