/**
 * The end of a transaction in one partition: a control batch with one record, 78 bytes.
 *
 *   key    version i16 = 0, type i16: 0 abort, 1 commit
 *   value  version i16 = 0, coordinator epoch i32
 *
 * Layout: Kafka's `EndTransactionMarker` and `ControlRecordType`.
 */
import type { Offset, Timestamp } from '../base/ids.ts';
import { offset } from '../base/ids.ts';
import {
  ATTRIBUTES_POSITION,
  BASE_OFFSET_POSITION,
  BASE_SEQUENCE_POSITION,
  BASE_TIMESTAMP_POSITION,
  BATCH_LENGTH_POSITION,
  BATCH_MAGIC,
  BATCH_OVERHEAD,
  CONTROL_FLAG,
  CRC_POSITION,
  LAST_OFFSET_DELTA_POSITION,
  LEADER_EPOCH_POSITION,
  LOG_OVERHEAD,
  MAGIC_POSITION,
  MAX_TIMESTAMP_POSITION,
  NO_LEADER_EPOCH,
  NO_SEQUENCE,
  PRODUCER_EPOCH_POSITION,
  PRODUCER_ID_POSITION,
  readInt16,
  readInt32,
  RECORDS_COUNT_POSITION,
  TRANSACTIONAL_FLAG,
  writeInt16,
  writeInt32,
  writeInt64,
} from './batch-header.ts';
import { CorruptBatch } from './corrupt-batch.ts';
import { crc32c } from './crc32c.ts';
import { RecordBatchView } from './record-batch.ts';

export type TransactionOutcome = 'commit' | 'abort';

/** What a marker says, apart from its place in the log. */
export interface TransactionMarker {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly outcome: TransactionOutcome;
  /** Counts the leaders of the coordinator's partition: an older coordinator is refused. */
  readonly coordinatorEpoch: number;
  readonly timestamp: Timestamp;
}

/** Bytes of a whole control batch that ends a transaction. */
export const MARKER_BYTES = 78;

/** A sealed batch that a leader may stamp and append. */
export function encodeTransactionMarker(marker: TransactionMarker): Uint8Array {
  const bytes = new Uint8Array(MARKER_BYTES);
  writeInt64(bytes, BASE_OFFSET_POSITION, 0);
  writeInt32(bytes, BATCH_LENGTH_POSITION, MARKER_BYTES - LOG_OVERHEAD);
  writeInt32(bytes, LEADER_EPOCH_POSITION, NO_LEADER_EPOCH);
  bytes[MAGIC_POSITION] = BATCH_MAGIC;
  writeInt16(bytes, ATTRIBUTES_POSITION, TRANSACTIONAL_FLAG | CONTROL_FLAG);
  writeInt32(bytes, LAST_OFFSET_DELTA_POSITION, 0);
  writeInt64(bytes, BASE_TIMESTAMP_POSITION, marker.timestamp);
  writeInt64(bytes, MAX_TIMESTAMP_POSITION, marker.timestamp);
  writeInt64(bytes, PRODUCER_ID_POSITION, marker.producerId);
  writeInt16(bytes, PRODUCER_EPOCH_POSITION, marker.producerEpoch);
  writeInt32(bytes, BASE_SEQUENCE_POSITION, NO_SEQUENCE);
  writeInt32(bytes, RECORDS_COUNT_POSITION, 1);
  // One record, every length of which is below 64 and so one zigzag byte.
  let at = BATCH_OVERHEAD;
  bytes[at++] = (MARKER_BYTES - BATCH_OVERHEAD - 1) << 1;
  at += 3; // Attributes, timestamp delta, offset delta.
  bytes[at++] = KEY_BYTES << 1;
  writeInt16(bytes, at, 0);
  writeInt16(bytes, at + 2, marker.outcome === 'commit' ? TYPE_COMMIT : TYPE_ABORT);
  at += KEY_BYTES;
  bytes[at++] = VALUE_BYTES << 1;
  writeInt16(bytes, at, 0);
  writeInt32(bytes, at + 2, marker.coordinatorEpoch);
  writeInt32(bytes, CRC_POSITION, crc32c(bytes, ATTRIBUTES_POSITION));
  return bytes;
}

/** What the one record of a control batch says; `type` may be one that this version does not know. */
export interface ControlRecord {
  readonly offset: Offset;
  readonly type: number;
  /** Null unless it ends a transaction. */
  readonly marker: Pick<TransactionMarker, 'outcome' | 'coordinatorEpoch'> | null;
}

/**
 * Reads the first record of the control batch at `position`, null if compaction has left none.
 * Throws `CorruptBatch` for a batch that is compressed, or whose key or value is cut off.
 */
export function readControlRecord(bytes: Uint8Array, position = 0): ControlRecord | null {
  const batch = new RecordBatchView(bytes, position);
  // Nobody writes one: what lies in a log may say so all the same, under a checksum that agrees.
  if (batch.needsDecompression) throw new CorruptBatch('a control batch is compressed', position);
  const cursor = batch.cursor();
  if (!cursor.next()) return null;
  const { key, value } = cursor;
  if (key === null || key.length < KEY_BYTES) throw new CorruptBatch('a control key is cut off', 0);
  const type = readInt16(key, 2);
  const at = offset(cursor.offset);
  if (type !== TYPE_COMMIT && type !== TYPE_ABORT) return { offset: at, type, marker: null };
  if (value === null || value.length < VALUE_BYTES) {
    throw new CorruptBatch('the value of a transaction marker is cut off', 0);
  }
  const outcome = type === TYPE_COMMIT ? 'commit' : 'abort';
  return { offset: at, type, marker: { outcome, coordinatorEpoch: readInt32(value, 2) } };
}

const KEY_BYTES = 4;
const VALUE_BYTES = 6;
const TYPE_ABORT = 0;
const TYPE_COMMIT = 1;
