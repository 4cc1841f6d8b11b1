/**
 * What a leader checks of a batch that a client sends, and a follower of what a leader sends: the
 * header and the CRC, in time that does not depend on the number of records, whose bytes nobody but
 * clients reads.
 *
 * Deliberately not checked: anything inside the records section. A producer that seals nonsense under
 * a good CRC gets it stored; consumers refuse it with `CorruptBatch`.
 */
import type { LeaderEpoch, Offset, Timestamp } from '../base/ids.ts';
import { leaderEpoch } from '../base/ids.ts';
import type { Refusal } from '../base/errors.ts';
import { refusal } from '../base/errors.ts';
import { CorruptBatch } from './corrupt-batch.ts';
import type { BatchHeader, TimestampType } from './batch-header.ts';
import {
  ATTRIBUTES_POSITION,
  BATCH_LENGTH_POSITION,
  BATCH_MAGIC,
  BATCH_OVERHEAD,
  batchMagic,
  CRC_POSITION,
  LOG_OVERHEAD,
  NO_PRODUCER_ID,
  readBatchHeader,
  readInt32,
  readUint32,
  UNUSED_ATTRIBUTES_MASK,
} from './batch-header.ts';
import { wholeBatchBytes } from './batch-iterator.ts';
import { crc32c } from './crc32c.ts';

/** What a topic and the moment allow. */
export interface ProduceLimits {
  /** The topic's `max.message.bytes`: of one batch, header included. */
  readonly maxMessageBytes: number;
  /** The topic's `segment.bytes`: a batch never spans two files. */
  readonly segmentBytes: number;
  readonly now: Timestamp;
  /** The topic's `message.timestamp.after.max.ms`: how far ahead of `now` records may be. */
  readonly timestampAfterMaxMs: number;
  /** The topic's `message.timestamp.type`; `CreateTime` where nothing is said. */
  readonly messageTimestampType?: TimestampType;
}

/** What the broker needs to know of a batch that it has accepted. */
export interface BatchSummary {
  readonly bytes: number;
  readonly recordsCount: number;
  readonly lastOffsetDelta: number;
  readonly maxTimestamp: Timestamp;
  /** -1: none; then the epoch and the sequence mean nothing. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly transactional: boolean;
}

/** Whether `bytes` are exactly one batch that a client may have appended (record by record: no). */
export function validateProducedBatch(
  bytes: Uint8Array,
  limits: ProduceLimits,
): { readonly summary: BatchSummary } | { readonly refusal: Refusal } {
  const wrongFrame = refuseFrame(bytes, limits);
  if (wrongFrame !== null) return { refusal: wrongFrame };
  const header = readHeaderOrRefuse(bytes);
  if ('refusal' in header) return header;
  const wrong = refuseHeader(header, limits);
  if (wrong !== null) return { refusal: wrong };
  return {
    summary: {
      bytes: header.totalBytes,
      recordsCount: header.recordsCount,
      lastOffsetDelta: header.lastOffsetDelta,
      maxTimestamp: header.maxTimestamp,
      producerId: header.producerId,
      producerEpoch: header.producerEpoch,
      baseSequence: header.baseSequence,
      transactional: header.isTransactional,
    },
  };
}

/** One batch of what a follower received. */
export interface ReplicatedBatch {
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
  readonly leaderEpoch: LeaderEpoch;
  /** Where it begins in the bytes that were checked. */
  readonly position: number;
  readonly bytes: number;
  readonly maxTimestamp: Timestamp;
}

/**
 * Whether `bytes` are whole batches that continue a log at `expectedOffset` exactly: CRCs right,
 * offsets dense, leader epochs stamped and never falling. Offsets may have holes inside a batch,
 * never between two.
 */
export function checkReplicatedBatches(
  bytes: Uint8Array,
  expectedOffset: Offset,
): { readonly batches: ReplicatedBatch[] } | { readonly refusal: Refusal } {
  const batches: ReplicatedBatch[] = [];
  let position = 0;
  let nextOffset: number = expectedOffset;
  let epoch = 0;
  try {
    while (position < bytes.length) {
      if (wholeBatchBytes(bytes, position) === null) {
        return corrupt(`the batch at byte ${position} is cut off`);
      }
      const header = readBatchHeader(bytes, position);
      if (header.baseOffset !== nextOffset) {
        return corrupt(`a batch begins at offset ${header.baseOffset}, expected ${nextOffset}`);
      }
      if (header.leaderEpoch < epoch) {
        return corrupt(
          `leader epoch ${header.leaderEpoch} at offset ${nextOffset} follows epoch ${epoch}`,
        );
      }
      if (!crcAgrees(bytes, position, header)) {
        return corrupt(`the checksum of the batch at offset ${nextOffset} does not agree`);
      }
      batches.push({
        baseOffset: header.baseOffset,
        lastOffset: header.lastOffset,
        leaderEpoch: leaderEpoch(header.leaderEpoch),
        position,
        bytes: header.totalBytes,
        maxTimestamp: header.maxTimestamp,
      });
      position += header.totalBytes;
      nextOffset = header.nextOffset;
      epoch = header.leaderEpoch;
    }
  } catch (error) {
    if (error instanceof CorruptBatch) return corrupt(error.message);
    throw error;
  }
  return { batches };
}

/** Whether the CRC of the whole batch at `position` agrees with its bytes. */
export function crcAgrees(
  bytes: Uint8Array,
  position: number,
  header: Pick<BatchHeader, 'crc' | 'totalBytes'>,
): boolean {
  const actual = crc32c(bytes, position + ATTRIBUTES_POSITION, position + header.totalBytes);
  return actual === header.crc;
}

/**
 * The checks that do not look at a field that the CRC covers: nothing that a damaged header says is
 * worth a more precise answer than that it is damaged.
 */
function refuseFrame(bytes: Uint8Array, limits: ProduceLimits): Refusal | null {
  if (bytes.length < BATCH_OVERHEAD) {
    return refusal('CORRUPT_MESSAGE', `${bytes.length} bytes are fewer than a batch header has`);
  }
  if (bytes.length > limits.maxMessageBytes) {
    return refusal(
      'MESSAGE_TOO_LARGE',
      `the batch has ${bytes.length} bytes, max.message.bytes is ${limits.maxMessageBytes}`,
    );
  }
  if (bytes.length > limits.segmentBytes) {
    return refusal(
      'RECORD_LIST_TOO_LARGE',
      `the batch has ${bytes.length} bytes, segment.bytes is ${limits.segmentBytes}`,
    );
  }
  const magic = batchMagic(bytes);
  if (magic !== BATCH_MAGIC) {
    return refusal('INVALID_RECORD', `the batch has magic ${magic}, only 2 is taken`);
  }
  const declared = readInt32(bytes, BATCH_LENGTH_POSITION) + LOG_OVERHEAD;
  if (declared >= BATCH_OVERHEAD && declared < bytes.length) {
    return refusal('INVALID_RECORD', 'exactly one batch is taken at a time');
  }
  if (declared !== bytes.length) {
    return refusal(
      'CORRUPT_MESSAGE',
      `the batch says that it has ${declared} bytes and has ${bytes.length}`,
    );
  }
  if (crc32c(bytes, ATTRIBUTES_POSITION) !== readUint32(bytes, CRC_POSITION)) {
    return refusal('CORRUPT_MESSAGE', 'the checksum of the batch does not agree with its bytes');
  }
  return null;
}

function readHeaderOrRefuse(bytes: Uint8Array): BatchHeader | { readonly refusal: Refusal } {
  try {
    return readBatchHeader(bytes);
  } catch (error) {
    if (error instanceof CorruptBatch) return { refusal: refusal('INVALID_RECORD', error.message) };
    throw error;
  }
}

function refuseHeader(header: BatchHeader, limits: ProduceLimits): Refusal | null {
  if (header.compression === null) return refusal('UNSUPPORTED_COMPRESSION_TYPE');
  if (header.isControl) return refusal('INVALID_RECORD', 'clients cannot append control batches');
  if ((header.attributes & UNUSED_ATTRIBUTES_MASK) !== 0) {
    return refusal('INVALID_RECORD', 'the batch sets attribute bits that have no meaning');
  }
  if (header.hasDeleteHorizon) {
    return refusal('INVALID_RECORD', 'only compaction sets a delete horizon');
  }
  if (header.timestampType === 'LogAppendTime') {
    return refusal('INVALID_TIMESTAMP', 'clients cannot claim the time of the append');
  }
  if (header.baseOffset !== 0) {
    return refusal('INVALID_RECORD', `the base offset must be 0, got ${header.baseOffset}`);
  }
  if (header.recordsCount < 1 || header.lastOffsetDelta + 1 !== header.recordsCount) {
    return refusal(
      'INVALID_RECORD',
      `${header.recordsCount} records do not agree with a last offset delta of ${header.lastOffsetDelta}`,
    );
  }
  return refuseProducer(header) ?? refuseTimestamps(header, limits);
}

function refuseProducer(header: BatchHeader): Refusal | null {
  if (header.producerId === NO_PRODUCER_ID) {
    return header.isTransactional
      ? refusal('INVALID_RECORD', 'a transactional batch needs a producer id')
      : null;
  }
  if (header.producerId < 0 || header.producerEpoch < 0 || header.baseSequence < 0) {
    return refusal(
      'INVALID_RECORD',
      `producer ${header.producerId}, epoch ${header.producerEpoch}, sequence ${header.baseSequence}: one is missing`,
    );
  }
  return null;
}

/**
 * A timestamp far ahead would hold back retention and mislead lookups by time. On a topic whose
 * records carry the time of the append, what the client says does not matter.
 */
function refuseTimestamps(header: BatchHeader, limits: ProduceLimits): Refusal | null {
  if (limits.messageTimestampType === 'LogAppendTime') return null;
  const latest = Math.max(header.maxTimestamp, header.baseTimestamp);
  if (latest <= limits.now + limits.timestampAfterMaxMs) return null;
  return refusal(
    'INVALID_TIMESTAMP',
    `a record is ${latest - limits.now} ms ahead of the broker’s clock, ${limits.timestampAfterMaxMs} ms are allowed`,
  );
}

function corrupt(message: string): { readonly refusal: Refusal } {
  return { refusal: refusal('CORRUPT_MESSAGE', message) };
}
