import { describe, expect, test } from 'vitest';
import { offset, timestamp } from '../../../src/base/ids.ts';
import { InvariantViolation } from '../../../src/base/assert.ts';
import { RecordBatchBuilder } from '../../../src/record/batch-builder.ts';
import {
  batchBaseOffset,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchRecordsCount,
  batchTotalBytes,
  readBatchHeader,
  readSafeInt64,
  stampBatch,
  writeInt64,
} from '../../../src/record/batch-header.ts';
import { CorruptBatch } from '../../../src/record/corrupt-batch.ts';
import { crcAgrees } from '../../../src/record/validate-batch.ts';
import { batchOf, patched } from './batches.ts';

/**
 * Two records, written down field by field from the format's description:
 * key "k", value "hello" at time 1700000000000, and no key, no value, a header "h" = 0x01 0x02, 300 ms
 * later. The CRC was computed bit by bit from its definition.
 */
const GOLDEN = [
  '0000000000000000', // baseOffset 0
  '0000004b', // batchLength 75: 87 bytes in all
  'ffffffff', // partitionLeaderEpoch -1
  '02', // magic
  '54028242', // crc
  '0010', // attributes: transactional
  '00000001', // lastOffsetDelta 1
  '0000018bcfe56800', // baseTimestamp 1700000000000
  '0000018bcfe5692c', // maxTimestamp 1700000000300
  '0000000000001b58', // producerId 7000
  '0003', // producerEpoch 3
  '0000002a', // baseSequence 42
  '00000002', // recordsCount 2
  '18', // record 0: 12 bytes follow
  '0000', // attributes, timestampDelta 0
  '00', // offsetDelta 0
  '026b', // key: 1 byte
  '0a68656c6c6f', // value: 5 bytes
  '00', // no headers
  '18', // record 1: 12 bytes follow
  '00d80402', // attributes, timestampDelta 300, offsetDelta 1
  '0101', // key null, value null
  '02', // one header
  '0268', // its key: 1 byte
  '040102', // its value: 2 bytes
].join('');

const golden = Buffer.from(GOLDEN, 'hex');

describe('the header of a batch', () => {
  test('the builder makes the golden bytes', () => {
    const builder = new RecordBatchBuilder({ bytesMax: 1000 });
    builder.append({ key: 'k', value: 'hello', timestamp: timestamp(1_700_000_000_000) });
    builder.append({
      key: null,
      value: null,
      headers: [{ key: 'h', value: Uint8Array.of(1, 2) }],
      timestamp: timestamp(1_700_000_000_300),
    });
    const batch = builder.build({
      producerId: 7000,
      producerEpoch: 3,
      baseSequence: 42,
      transactional: true,
    });
    expect(Buffer.from(batch).toString('hex')).toBe(GOLDEN);
  });

  test('the golden bytes say what they say', () => {
    expect(readBatchHeader(golden)).toEqual({
      baseOffset: 0,
      batchLength: 75,
      leaderEpoch: -1,
      crc: golden.readUInt32BE(17),
      attributes: 0x10,
      lastOffsetDelta: 1,
      baseTimestamp: 1_700_000_000_000,
      maxTimestamp: 1_700_000_000_300,
      producerId: 7000,
      producerEpoch: 3,
      baseSequence: 42,
      recordsCount: 2,
      totalBytes: 87,
      lastOffset: 1,
      nextOffset: 2,
      compression: 'none',
      isTransactional: true,
      isControl: false,
      hasDeleteHorizon: false,
      timestampType: 'CreateTime',
    });
    expect(crcAgrees(golden, 0, readBatchHeader(golden))).toBe(true);
  });

  test('is read at any position, and single fields agree with it', () => {
    const bytes = Buffer.concat([Buffer.alloc(7, 0xee), golden]);
    const header = readBatchHeader(bytes, 7);
    expect(header).toEqual(readBatchHeader(golden));
    expect(batchTotalBytes(bytes, 7)).toBe(header.totalBytes);
    expect(batchBaseOffset(bytes, 7)).toBe(header.baseOffset);
    expect(batchLastOffset(bytes, 7)).toBe(header.lastOffset);
    expect(batchLeaderEpoch(bytes, 7)).toBe(header.leaderEpoch);
    expect(batchMaxTimestamp(bytes, 7)).toBe(header.maxTimestamp);
    expect(batchRecordsCount(bytes, 7)).toBe(header.recordsCount);
  });

  test('attributes name compression, control, delete horizon and the type of timestamp', () => {
    const named = (attributes: number) =>
      readBatchHeader(patched(golden, 21, [attributes >> 8, attributes & 0xff]));
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((code) => named(code).compression)).toEqual([
      'none',
      'gzip',
      'snappy',
      'lz4',
      'zstd',
      null,
      null,
      null,
    ]);
    expect(named(0x08)).toMatchObject({ timestampType: 'LogAppendTime', isTransactional: false });
    expect(named(0x30)).toMatchObject({ isControl: true, isTransactional: true });
    expect(named(0x40)).toMatchObject({ hasDeleteHorizon: true });
  });

  test('a leader stamps offset and epoch, and the CRC still agrees', () => {
    const copy = Uint8Array.from(golden);
    stampBatch(copy, 0, { baseOffset: offset(2 ** 40 + 5), leaderEpoch: 9 });
    const header = readBatchHeader(copy);
    expect(header).toMatchObject({
      baseOffset: 2 ** 40 + 5,
      lastOffset: 2 ** 40 + 6,
      nextOffset: 2 ** 40 + 7,
      leaderEpoch: 9,
    });
    expect(crcAgrees(copy, 0, header)).toBe(true);
    expect(copy.subarray(16)).toEqual(Uint8Array.from(golden.subarray(16)));
  });

  test('only a whole header can be stamped', () => {
    const stamp = { baseOffset: offset(1), leaderEpoch: 1 };
    expect(() => stampBatch(golden.subarray(0, 60), 0, stamp)).toThrow(InvariantViolation);
  });

  test.each<[string, number, number[]]>([
    ['another magic', 16, [1]],
    ['a length that is shorter than a header', 8, [0, 0, 0, 48]],
    ['a negative length', 8, [0xff, 0xff, 0xff, 0xff]],
    ['a negative base offset', 0, [0xff]],
    ['a base offset beyond 2^53 - 1', 0, [0, 0x20]],
    ['offsets that end beyond 2^53 - 1', 0, [0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]],
    ['a negative last offset delta', 23, [0x80]],
    ['a negative count', 57, [0xff]],
    ['more records than offsets', 57, [0, 0, 0, 3]],
    ['a timestamp beyond 2^53 - 1', 35, [0x7f]],
    ['a producer id beyond 2^53 - 1', 43, [0x7f]],
  ])('%s is corrupt', (_name, position, bytes) => {
    expect(() => readBatchHeader(patched(golden, position, bytes))).toThrow(CorruptBatch);
  });

  test('the error says what and where', () => {
    const error = new CorruptBatch('something is wrong', 12);
    expect(error).toMatchObject({ reason: 'something is wrong', position: 12 });
    expect(error.message).toBe('something is wrong (at byte 12)');
  });

  test('a header that is cut off anywhere is corrupt, a batch without records is not', () => {
    const batch = batchOf(['x']);
    for (let length = 0; length < 61; length++) {
      expect(() => readBatchHeader(batch.subarray(0, length))).toThrow(CorruptBatch);
    }
    const empty = patched(golden.subarray(0, 61), 8, [0, 0, 0, 49]);
    expect(readBatchHeader(patched(empty, 57, [0, 0, 0, 0]))).toMatchObject({
      totalBytes: 61,
      recordsCount: 0,
      nextOffset: 2,
    });
  });

  test.each([0, 1, -1, 2 ** 32, -(2 ** 32), 2 ** 31, Number.MAX_SAFE_INTEGER, -(2 ** 53) + 1])(
    'the 64-bit field %i is written as DataView does, and read back',
    (value) => {
      const bytes = new Uint8Array(8);
      writeInt64(bytes, 0, value);
      expect(new DataView(bytes.buffer).getBigInt64(0)).toBe(BigInt(value));
      expect(readSafeInt64(bytes, 0)).toBe(value);
    },
  );
});
