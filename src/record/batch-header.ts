/**
 * The header of a record batch, Kafka's format with magic 2, big-endian:
 *
 *   position  bytes  field                 in CRC
 *          0      8  baseOffset            no      written by the leader
 *          8      4  batchLength           no      bytes that follow this field
 *         12      4  partitionLeaderEpoch  no      written by the leader
 *         16      1  magic                 no      2
 *         17      4  crc                   -       CRC-32C of everything from position 21
 *         21      2  attributes            yes     0-2 compression, 3 timestamp type,
 *                                                  4 transactional, 5 control,
 *                                                  6 delete horizon, 7-15 unused
 *         23      4  lastOffsetDelta       yes
 *         27      8  baseTimestamp         yes     the delete horizon if bit 6 is set
 *         35      8  maxTimestamp          yes
 *         43      8  producerId            yes     -1: none
 *         51      2  producerEpoch         yes
 *         53      4  baseSequence          yes
 *         57      4  recordsCount          yes     0 in a batch that compaction emptied
 *         61      …  records               yes     compressed as one stream
 *
 * The layout never changes without another magic; a batch of another magic is refused.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- bytes between checked bounds */
import type { Offset, Timestamp } from '../base/ids.ts';
import { offset, timestamp } from '../base/ids.ts';
import { assert } from '../base/assert.ts';
import { CorruptBatch } from './corrupt-batch.ts';
import type { Compression } from './compression.ts';
import { compressionOf } from './compression.ts';

/** Bytes of a batch without records. */
export const BATCH_OVERHEAD = 61;
/** Bytes up to and with the length field, which counts what follows it. */
export const LOG_OVERHEAD = 12;
export const BATCH_MAGIC = 2;

export const BASE_OFFSET_POSITION = 0;
export const BATCH_LENGTH_POSITION = 8;
export const LEADER_EPOCH_POSITION = 12;
export const MAGIC_POSITION = 16;
export const CRC_POSITION = 17;
export const ATTRIBUTES_POSITION = 21;
export const LAST_OFFSET_DELTA_POSITION = 23;
export const BASE_TIMESTAMP_POSITION = 27;
export const MAX_TIMESTAMP_POSITION = 35;
export const PRODUCER_ID_POSITION = 43;
export const PRODUCER_EPOCH_POSITION = 51;
export const BASE_SEQUENCE_POSITION = 53;
export const RECORDS_COUNT_POSITION = 57;

export const COMPRESSION_MASK = 0x07;
export const LOG_APPEND_TIME_FLAG = 0x08;
export const TRANSACTIONAL_FLAG = 0x10;
export const CONTROL_FLAG = 0x20;
export const DELETE_HORIZON_FLAG = 0x40;
export const UNUSED_ATTRIBUTES_MASK = 0xff80;

/** What the leader epoch of a batch says before a leader has stamped it. */
export const NO_LEADER_EPOCH = -1;
export const NO_PRODUCER_ID = -1;
export const NO_PRODUCER_EPOCH = -1;
export const NO_SEQUENCE = -1;

export type TimestampType = 'CreateTime' | 'LogAppendTime';

/** A header's fields, and what follows from them. */
export interface BatchHeader {
  readonly baseOffset: Offset;
  /** As on disk: the batch's bytes less 12. */
  readonly batchLength: number;
  /** -1 while no leader has stamped it. */
  readonly leaderEpoch: number;
  readonly crc: number;
  readonly attributes: number;
  readonly lastOffsetDelta: number;
  /** -1 where there is none; the delete horizon if `hasDeleteHorizon`. */
  readonly baseTimestamp: Timestamp;
  readonly maxTimestamp: Timestamp;
  /** -1: none. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordsCount: number;

  /** The whole batch, header included. */
  readonly totalBytes: number;
  readonly lastOffset: Offset;
  /** `lastOffset` + 1: where the next batch begins, whatever `recordsCount` says. */
  readonly nextOffset: Offset;
  /** Null for a code that nobody has assigned. */
  readonly compression: Compression | null;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly hasDeleteHorizon: boolean;
  readonly timestampType: TimestampType;
}

/**
 * The header at `position`, which need not be followed by the batch's records. Throws `CorruptBatch`
 * for too few bytes, another magic, an impossible length or count, and numbers beyond 2^53 - 1.
 * Does not look at the CRC.
 */
export function readBatchHeader(bytes: Uint8Array, position = 0): BatchHeader {
  if (position < 0 || bytes.length - position < BATCH_OVERHEAD) {
    throw new CorruptBatch('the batch header is cut off', position);
  }
  const magic = batchMagic(bytes, position);
  if (magic !== BATCH_MAGIC) {
    throw new CorruptBatch(`the magic byte is ${magic}, not 2`, position + MAGIC_POSITION);
  }
  const totalBytes = batchTotalBytes(bytes, position);
  const baseOffset = batchBaseOffset(bytes, position);
  const lastOffsetDelta = readInt32(bytes, position + LAST_OFFSET_DELTA_POSITION);
  if (lastOffsetDelta < 0) {
    throw new CorruptBatch(
      `lastOffsetDelta is ${lastOffsetDelta}`,
      position + LAST_OFFSET_DELTA_POSITION,
    );
  }
  if (baseOffset + lastOffsetDelta >= Number.MAX_SAFE_INTEGER) {
    throw new CorruptBatch('the offsets leave the range of safe integers', position);
  }
  const recordsCount = readInt32(bytes, position + RECORDS_COUNT_POSITION);
  if (recordsCount < 0 || recordsCount > lastOffsetDelta + 1) {
    throw new CorruptBatch(
      `${recordsCount} records do not agree with a last offset delta of ${lastOffsetDelta}`,
      position + RECORDS_COUNT_POSITION,
    );
  }
  const attributes = readUint16(bytes, position + ATTRIBUTES_POSITION);
  return {
    baseOffset,
    batchLength: totalBytes - LOG_OVERHEAD,
    leaderEpoch: readInt32(bytes, position + LEADER_EPOCH_POSITION),
    crc: readUint32(bytes, position + CRC_POSITION),
    attributes,
    lastOffsetDelta,
    baseTimestamp: timestamp(readSafeInt64(bytes, position + BASE_TIMESTAMP_POSITION)),
    maxTimestamp: batchMaxTimestamp(bytes, position),
    producerId: readSafeInt64(bytes, position + PRODUCER_ID_POSITION),
    producerEpoch: readInt16(bytes, position + PRODUCER_EPOCH_POSITION),
    baseSequence: readInt32(bytes, position + BASE_SEQUENCE_POSITION),
    recordsCount,
    totalBytes,
    lastOffset: offset(baseOffset + lastOffsetDelta),
    nextOffset: offset(baseOffset + lastOffsetDelta + 1),
    compression: compressionOf(attributes & COMPRESSION_MASK),
    isTransactional: (attributes & TRANSACTIONAL_FLAG) !== 0,
    isControl: (attributes & CONTROL_FLAG) !== 0,
    hasDeleteHorizon: (attributes & DELETE_HORIZON_FLAG) !== 0,
    timestampType: (attributes & LOG_APPEND_TIME_FLAG) !== 0 ? 'LogAppendTime' : 'CreateTime',
  };
}

/**
 * The bytes of the batch at `position`, header included, by its length field, of which at least the
 * first 12 bytes must be there. Throws `CorruptBatch` for a length that no batch can have.
 */
export function batchTotalBytes(bytes: Uint8Array, position = 0): number {
  const total = readInt32(bytes, position + BATCH_LENGTH_POSITION) + LOG_OVERHEAD;
  if (total < BATCH_OVERHEAD) {
    throw new CorruptBatch(
      `the length field is ${total - LOG_OVERHEAD}`,
      position + BATCH_LENGTH_POSITION,
    );
  }
  return total;
}

/** The version of the batch's format: only 2 is known here. */
export function batchMagic(bytes: Uint8Array, position = 0): number {
  if (position + MAGIC_POSITION >= bytes.length) {
    throw new CorruptBatch('the batch header is cut off', position);
  }
  return bytes[position + MAGIC_POSITION]!;
}

/** One field of a batch whose header is there; `CorruptBatch` for a value that cannot be. */
export function batchBaseOffset(bytes: Uint8Array, position = 0): Offset {
  const value = readSafeInt64(bytes, position + BASE_OFFSET_POSITION);
  if (value < 0) throw new CorruptBatch(`baseOffset is ${value}`, position + BASE_OFFSET_POSITION);
  return offset(value);
}

/** As `batchBaseOffset`. */
export function batchLastOffset(bytes: Uint8Array, position = 0): Offset {
  const delta = readInt32(bytes, position + LAST_OFFSET_DELTA_POSITION);
  const last = batchBaseOffset(bytes, position) + delta;
  if (delta < 0 || last >= Number.MAX_SAFE_INTEGER) {
    throw new CorruptBatch(`lastOffsetDelta is ${delta}`, position + LAST_OFFSET_DELTA_POSITION);
  }
  return offset(last);
}

/** As `batchBaseOffset`; -1 while no leader has stamped the batch. */
export function batchLeaderEpoch(bytes: Uint8Array, position = 0): number {
  return readInt32(bytes, position + LEADER_EPOCH_POSITION);
}

/** As `batchBaseOffset`. */
export function batchMaxTimestamp(bytes: Uint8Array, position = 0): Timestamp {
  return timestamp(readSafeInt64(bytes, position + MAX_TIMESTAMP_POSITION));
}

/** Whether the batch has no producer id: by far the cheapest question about it. */
export function isWithoutProducer(bytes: Uint8Array, position = 0): boolean {
  return bytes[position + PRODUCER_ID_POSITION] === 0xff;
}

/** As `batchBaseOffset`. */
export function batchRecordsCount(bytes: Uint8Array, position = 0): number {
  return readInt32(bytes, position + RECORDS_COUNT_POSITION);
}

/**
 * What a leader writes into a batch that it has accepted, in place. Both fields lie outside the CRC,
 * which stays as it is.
 */
export function stampBatch(
  bytes: Uint8Array,
  position: number,
  stamp: { readonly baseOffset: Offset; readonly leaderEpoch: number },
): void {
  assert(bytes.length - position >= BATCH_OVERHEAD, 'a batch to stamp must have a whole header');
  writeInt64(bytes, position + BASE_OFFSET_POSITION, stamp.baseOffset);
  writeInt32(bytes, position + LEADER_EPOCH_POSITION, stamp.leaderEpoch);
}

/** Big-endian reads from a byte array that may be a view into a larger one. */
export function readInt16(bytes: Uint8Array, position: number): number {
  return (readUint16(bytes, position) << 16) >> 16;
}
export function readUint16(bytes: Uint8Array, position: number): number {
  return (bytes[position]! << 8) | bytes[position + 1]!;
}
export function readInt32(bytes: Uint8Array, position: number): number {
  if (position + 4 > bytes.length) throw new CorruptBatch('a field is cut off', position);
  return (
    (bytes[position]! << 24) |
    (bytes[position + 1]! << 16) |
    (bytes[position + 2]! << 8) |
    bytes[position + 3]!
  );
}
export function readUint32(bytes: Uint8Array, position: number): number {
  return readInt32(bytes, position) >>> 0;
}
/** A 64-bit field as a number; `CorruptBatch` if a number cannot hold it exactly. */
export function readSafeInt64(bytes: Uint8Array, position: number): number {
  const value = readInt32(bytes, position) * 0x1_0000_0000 + readUint32(bytes, position + 4);
  if (!Number.isSafeInteger(value)) {
    throw new CorruptBatch('a 64-bit field leaves the range of safe integers', position);
  }
  return value;
}

export function writeInt16(bytes: Uint8Array, position: number, value: number): void {
  bytes[position] = value >>> 8;
  bytes[position + 1] = value;
}
export function writeInt32(bytes: Uint8Array, position: number, value: number): void {
  bytes[position] = value >>> 24;
  bytes[position + 1] = value >>> 16;
  bytes[position + 2] = value >>> 8;
  bytes[position + 3] = value;
}
export function writeInt64(bytes: Uint8Array, position: number, value: number): void {
  assert(Number.isSafeInteger(value), () => `a 64-bit field must be a safe integer, got ${value}`);
  const high = Math.floor(value / 0x1_0000_0000);
  writeInt32(bytes, position, high);
  writeInt32(bytes, position + 4, value - high * 0x1_0000_0000);
}
