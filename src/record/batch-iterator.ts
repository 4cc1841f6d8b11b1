/**
 * Walking over record batches that lie one behind the other: what a segment file holds, and what a
 * fetch answers with.
 */
import { CorruptBatch } from './corrupt-batch.ts';
import type { BatchHeader } from './batch-header.ts';
import { BATCH_OVERHEAD, batchTotalBytes, LOG_OVERHEAD, readBatchHeader } from './batch-header.ts';

/** How a walk ended. */
export interface BatchesEnd {
  /** Where the bytes of the last whole batch end. */
  readonly wholeBytes: number;
  readonly batchesCount: number;
  /**
   * What follows `wholeBytes` is the beginning of a batch, not all of it: a read that ended at a byte
   * limit, or the torn end of a file.
   */
  readonly truncated: boolean;
}

/**
 * Calls `fn` for every whole batch from `start` with its header and its position. Throws
 * `CorruptBatch` for a header that cannot be, after `fn` has had everything before it. Looks at no CRC.
 */
export function forEachBatch(
  bytes: Uint8Array,
  fn: (header: BatchHeader, position: number) => void,
  start = 0,
): BatchesEnd {
  let position = start;
  let batchesCount = 0;
  for (;;) {
    const total = wholeBatchBytes(bytes, position);
    if (total === null) break;
    fn(readBatchHeader(bytes, position), position);
    position += total;
    batchesCount++;
  }
  return { wholeBytes: position, batchesCount, truncated: position < bytes.length };
}

/** As `forEachBatch`, one at a time: a batch that is cut off ends the walk. */
export function* batchesIn(
  bytes: Uint8Array,
  start = 0,
): Generator<{ header: BatchHeader; position: number }, BatchesEnd> {
  let position = start;
  let batchesCount = 0;
  for (;;) {
    const total = wholeBatchBytes(bytes, position);
    if (total === null) break;
    yield { header: readBatchHeader(bytes, position), position };
    position += total;
    batchesCount++;
  }
  return { wholeBytes: position, batchesCount, truncated: position < bytes.length };
}

/**
 * The bytes of the batch at `position` if all of it is there, else null. Throws `CorruptBatch` for a
 * length that no batch can have.
 */
export function wholeBatchBytes(bytes: Uint8Array, position: number): number | null {
  const rest = bytes.length - position;
  if (rest < 0) throw new CorruptBatch('a batch is said to begin behind the end', position);
  if (rest < LOG_OVERHEAD) return null;
  const total = batchTotalBytes(bytes, position);
  return rest < BATCH_OVERHEAD || rest < total ? null : total;
}
