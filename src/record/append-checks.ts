/** What some topics ask of a leader before it appends a batch that is otherwise sound. */
import type { Timestamp } from '../base/ids.ts';
import type { Refusal } from '../base/errors.ts';
import { refusal } from '../base/errors.ts';
import {
  ATTRIBUTES_POSITION,
  CRC_POSITION,
  LOG_APPEND_TIME_FLAG,
  MAX_TIMESTAMP_POSITION,
  readUint16,
  writeInt16,
  writeInt32,
  writeInt64,
} from './batch-header.ts';
import { CorruptBatch } from './corrupt-batch.ts';
import { crc32c } from './crc32c.ts';
import { RecordBatchView } from './record-batch.ts';

/**
 * Gives every record of the batch the time `now`, in place: the timestamp type and the largest
 * timestamp are written, the records and their differences stay as they are.
 */
export function stampAppendTime(batch: Uint8Array, now: Timestamp): void {
  const attributes = readUint16(batch, ATTRIBUTES_POSITION) | LOG_APPEND_TIME_FLAG;
  writeInt16(batch, ATTRIBUTES_POSITION, attributes);
  writeInt64(batch, MAX_TIMESTAMP_POSITION, now);
  writeInt32(batch, CRC_POSITION, crc32c(batch, ATTRIBUTES_POSITION));
}

/**
 * A compacted topic keeps the latest record of each key, so a record without one has no place in it.
 * Records that are compressed are not looked into: the codec is the client's, which checks before it
 * compresses; compaction drops what has no key.
 */
export function refuseNullKeys(batch: Uint8Array): Refusal | null {
  try {
    const view = new RecordBatchView(batch);
    if (view.needsDecompression) return null;
    const cursor = view.cursor();
    while (cursor.next()) {
      if (cursor.keyLength >= 0) continue;
      const message = 'a record without a key cannot be kept in a compacted topic';
      return refusal('INVALID_RECORD', message);
    }
    return null;
  } catch (error) {
    if (error instanceof CorruptBatch) return refusal('INVALID_RECORD', error.message);
    throw error;
  }
}
