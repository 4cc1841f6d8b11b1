/**
 * Batches without records: what compaction leaves of batches that have lost all of theirs. Offsets
 * stay dense that way, which recovery, reads and followers check (X10). One that is of no producer
 * stands for any number of neighbours of its leader epoch, and can be split anywhere: whoever asks
 * for an offset within it gets the rest of it.
 */
import type { Offset } from '../base/ids.ts';
import { offset } from '../base/ids.ts';
import {
  ATTRIBUTES_POSITION,
  BASE_OFFSET_POSITION,
  BASE_SEQUENCE_POSITION,
  BASE_TIMESTAMP_POSITION,
  BATCH_LENGTH_POSITION,
  BATCH_MAGIC,
  BATCH_OVERHEAD,
  batchBaseOffset,
  batchLastOffset,
  batchRecordsCount,
  CRC_POSITION,
  isWithoutProducer,
  LAST_OFFSET_DELTA_POSITION,
  LEADER_EPOCH_POSITION,
  LOG_OVERHEAD,
  MAGIC_POSITION,
  MAX_TIMESTAMP_POSITION,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  PRODUCER_EPOCH_POSITION,
  PRODUCER_ID_POSITION,
  RECORDS_COUNT_POSITION,
  writeInt16,
  writeInt32,
  writeInt64,
} from '../record/batch-header.ts';
import { crc32c } from '../record/crc32c.ts';

export interface EmptyBatch {
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
  readonly leaderEpoch: number;
  /** Not null where the sequence numbers are still needed. */
  readonly producer: {
    readonly producerId: number;
    readonly producerEpoch: number;
    readonly baseSequence: number;
  } | null;
}

/**
 * 61 bytes, Kafka's layout of a batch that was emptied; without a time, since the time index must lead
 * to records.
 */
export function encodeEmptyBatch(batch: EmptyBatch): Uint8Array {
  const { producer } = batch;
  const bytes = new Uint8Array(BATCH_OVERHEAD);
  writeInt64(bytes, BASE_OFFSET_POSITION, batch.baseOffset);
  writeInt32(bytes, BATCH_LENGTH_POSITION, BATCH_OVERHEAD - LOG_OVERHEAD);
  writeInt32(bytes, LEADER_EPOCH_POSITION, batch.leaderEpoch);
  bytes[MAGIC_POSITION] = BATCH_MAGIC;
  writeInt16(bytes, ATTRIBUTES_POSITION, 0);
  writeInt32(bytes, LAST_OFFSET_DELTA_POSITION, batch.lastOffset - batch.baseOffset);
  writeInt64(bytes, BASE_TIMESTAMP_POSITION, -1);
  writeInt64(bytes, MAX_TIMESTAMP_POSITION, -1);
  writeInt64(bytes, PRODUCER_ID_POSITION, producer?.producerId ?? NO_PRODUCER_ID);
  writeInt16(bytes, PRODUCER_EPOCH_POSITION, producer?.producerEpoch ?? NO_PRODUCER_EPOCH);
  writeInt32(bytes, BASE_SEQUENCE_POSITION, producer?.baseSequence ?? NO_SEQUENCE);
  writeInt32(bytes, RECORDS_COUNT_POSITION, 0);
  writeInt32(bytes, CRC_POSITION, crc32c(bytes, ATTRIBUTES_POSITION));
  return bytes;
}

/** Whether the batch at `position` has neither records nor a producer. */
export function isEmptyRun(bytes: Uint8Array, position = 0): boolean {
  return batchRecordsCount(bytes, position) === 0 && isWithoutProducer(bytes, position);
}

/**
 * Of a batch without records or producer the part from `startOffset` to below `endOffset`, as far as
 * it reaches; every other batch as it is.
 */
export function trimEmptyRun(
  batch: Uint8Array,
  startOffset: Offset,
  endOffset: Offset,
): Uint8Array {
  // All that most batches ever cost here.
  if (batch.length !== BATCH_OVERHEAD) return batch;
  const baseOffset = batchBaseOffset(batch);
  const lastOffset = batchLastOffset(batch);
  if ((baseOffset >= startOffset && lastOffset < endOffset) || !isEmptyRun(batch)) return batch;
  const from = Math.max(baseOffset, startOffset);
  const to = Math.min(lastOffset, endOffset - 1);
  const part = new Uint8Array(batch);
  writeInt64(part, BASE_OFFSET_POSITION, from);
  writeInt32(part, LAST_OFFSET_DELTA_POSITION, offset(to) - from);
  writeInt32(part, CRC_POSITION, crc32c(part, ATTRIBUTES_POSITION));
  return part;
}
