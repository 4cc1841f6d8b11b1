/**
 * Looking at the headers of batches in a file without reading their records. Blocking: for short
 * stretches (between two index entries) and for repair.
 */
import type { LeaderEpoch, Offset } from '../base/ids.ts';
import { leaderEpoch, offset } from '../base/ids.ts';
import type { OpenFile } from '../base/file-system.ts';
import {
  ATTRIBUTES_POSITION,
  BATCH_OVERHEAD,
  CRC_POSITION,
  readBatchHeader,
  readUint32,
} from '../record/batch-header.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { CorruptBatch } from '../record/corrupt-batch.ts';
import { crc32c } from '../record/crc32c.ts';
import type { LeaderEpochHistory } from '../record/leader-epoch-history.ts';
import { CorruptLogError } from './corrupt-log-error.ts';

/** The epoch that a batch must carry, or null where nothing is known (in front of the log's start). */
export function expectedEpoch(
  epochs: LeaderEpochHistory,
  logStartOffset: Offset,
  baseOffset: Offset,
): LeaderEpoch | null {
  if (baseOffset < logStartOffset) return null;
  return epochs.epochAt(baseOffset) ?? NO_EPOCH;
}

/** No batch carries it: a batch in front of the first known epoch does not belong to the log. */
const NO_EPOCH = leaderEpoch(Number.MAX_SAFE_INTEGER);

/** Whether the whole batch at `position` has the checksum that it claims. */
export function crcHolds(bytes: Uint8Array, position: number, totalBytes: number): boolean {
  const computed = crc32c(bytes, position + ATTRIBUTES_POSITION, position + totalBytes);
  return computed === readUint32(bytes, position + CRC_POSITION);
}

/**
 * Calls `visit` for each batch from `position` to `end`, both batch boundaries; stops where `visit`
 * says false, and returns the position of that batch, else `end`. `startOffset` is what the first
 * batch begins with, null if that is not known. Throws `CorruptLogError` where offsets do not
 * continue or a batch reaches past `end`.
 */
export function walkHeadersNow(
  file: OpenFile,
  range: { position: number; end: number; startOffset: Offset | null },
  visit: (header: BatchHeader, position: number) => boolean,
): number {
  const bytes = new Uint8Array(BATCH_OVERHEAD);
  let { position, startOffset: expected } = range;
  while (position < range.end) {
    const found = file.readNow(bytes, position);
    const header = headerOrCorrupt(file.path, bytes.subarray(0, found), position, expected);
    if (expected !== null && header.baseOffset !== expected) {
      throw new CorruptLogError(
        { path: file.path, position, offset: expected },
        `a batch begins at offset ${header.baseOffset}`,
      );
    }
    if (position + header.totalBytes > range.end) {
      throw new CorruptLogError(
        { path: file.path, position, offset: header.baseOffset },
        `a batch of ${header.totalBytes} bytes reaches past byte ${range.end}`,
      );
    }
    if (!visit(header, position)) return position;
    position += header.totalBytes;
    expected = header.nextOffset;
  }
  return position;
}

function headerOrCorrupt(
  path: string,
  bytes: Uint8Array,
  position: number,
  expected: Offset | null,
): BatchHeader {
  try {
    return readBatchHeader(bytes);
  } catch (error) {
    if (!(error instanceof CorruptBatch)) throw error;
    throw new CorruptLogError({ path, position, offset: expected ?? ZERO }, error.reason);
  }
}

const ZERO = offset(0);
