import type { Offset } from '../base/ids.ts';
import { readFile } from '../base/file-system.ts';
import { BATCH_OVERHEAD, readBatchHeader } from '../record/batch-header.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { CorruptBatch } from '../record/corrupt-batch.ts';
import { crcHolds } from './batch-walk.ts';
import { CorruptLogError } from './corrupt-log-error.ts';
import { trimEmptyRun } from './empty-batch.ts';
import type { Segment } from './segment.ts';
import type { ExpectedEpoch } from './segment-scan.ts';

export interface SegmentRead {
  readonly startOffset: Offset;
  readonly bytesMax: number;
  readonly endOffset: Offset;
  readonly expectedEpoch: ExpectedEpoch;
  /** About how far in front of a batch its index entry may point. */
  readonly indexIntervalBytes: number;
}

/**
 * Whole batches of one segment from the one that contains `startOffset`, which lies in the segment,
 * one element each; none that reaches past `endOffset`, at least one otherwise, even if it exceeds
 * `bytesMax`; of an empty one that compaction has left, the part between the two offsets. Checks of
 * each what the CRC covers and what it does not (rule X10), and throws `CorruptLogError`. The caller
 * has pinned the segment.
 */
export async function readBatches(segment: Segment, read: SegmentRead): Promise<Uint8Array[]> {
  const fileEnd = segment.writtenBytes;
  let position = segment.offsetIndex.positionFor(read.startOffset);
  let expected = position === 0 ? segment.baseOffset : null;
  let wanted = read.bytesMax + read.indexIntervalBytes + BATCH_OVERHEAD;
  while (position < fileEnd) {
    const length = Math.min(wanted, fileEnd - position);
    const bytes = Buffer.allocUnsafeSlow(length);
    await fill(segment, bytes, position, expected ?? read.startOffset);
    const walk = collect(segment, { bytes, position, fileEnd, expected }, read);
    if (walk.batches.length > 0 || walk.done) return walk.batches;
    // The batch lies further on, or is larger than what was read.
    position += walk.passedBytes;
    expected = walk.expected;
    wanted = Math.max(walk.neededBytes, read.bytesMax + BATCH_OVERHEAD);
  }
  throw new CorruptLogError(
    { path: segment.path, position, offset: read.startOffset },
    'the segment ends before this offset',
  );
}

async function fill(
  segment: Segment,
  bytes: Uint8Array,
  position: number,
  near: Offset,
): Promise<void> {
  for (let filled = 0; filled < bytes.length;) {
    const found = await readFile(segment.file(), bytes.subarray(filled), position + filled);
    if (found === 0) {
      const where = { path: segment.path, position: position + filled, offset: near };
      throw new CorruptLogError(where, 'the file ends early');
    }
    filled += found;
  }
}

interface Stretch {
  readonly bytes: Uint8Array;
  /** Of `bytes` in the file. */
  readonly position: number;
  readonly fileEnd: number;
  /** What the first batch begins with; null if that is not known. */
  readonly expected: Offset | null;
}

interface Collected {
  readonly batches: Uint8Array[];
  /** Nothing further can be part of the answer. */
  readonly done: boolean;
  /** Bytes of batches that lie in front of what is wanted. */
  readonly passedBytes: number;
  readonly expected: Offset | null;
  /** Bytes of the batch behind those, as far as that is known. */
  readonly neededBytes: number;
}

function collect(segment: Segment, stretch: Stretch, read: SegmentRead): Collected {
  const { bytes } = stretch;
  const batches: Uint8Array[] = [];
  let { expected } = stretch;
  let collectedBytes = 0;
  let at = 0;
  let neededBytes = BATCH_OVERHEAD;
  const result = (done: boolean): Collected => ({
    batches,
    done,
    passedBytes: at,
    expected,
    neededBytes,
  });
  while (bytes.length - at >= BATCH_OVERHEAD) {
    const where = {
      path: segment.path,
      position: stretch.position + at,
      offset: expected ?? read.startOffset,
    };
    const header = headerAt(bytes, at, where);
    if (expected !== null && header.baseOffset !== expected) {
      throw new CorruptLogError(where, `a batch begins at offset ${header.baseOffset}`);
    }
    if (stretch.position + at + header.totalBytes > stretch.fileEnd) {
      throw new CorruptLogError(
        where,
        `a batch of ${header.totalBytes} bytes ends beyond the file`,
      );
    }
    if (header.nextOffset > read.startOffset) {
      if (header.baseOffset > read.startOffset && batches.length === 0) {
        throw new CorruptLogError(where, `a batch begins at offset ${header.baseOffset}`);
      }
      const reachesPast = header.nextOffset > read.endOffset;
      const isTooMuch = collectedBytes + header.totalBytes > read.bytesMax;
      if (batches.length > 0 && (reachesPast || isTooMuch)) return result(true);
      neededBytes = header.totalBytes;
      if (bytes.length - at < header.totalBytes) return result(false);
      verify(bytes, at, header, where, read.expectedEpoch);
      if (header.nextOffset > segment.nextOffset) {
        throw new CorruptLogError(
          where,
          `a batch ends at offset ${header.nextOffset}, behind its segment's ${segment.nextOffset}`,
        );
      }
      const whole = bytes.subarray(at, at + header.totalBytes);
      const batch = trimEmptyRun(whole, read.startOffset, read.endOffset);
      // Not before the header is to be believed: damage must not look like the end.
      if (reachesPast && batch === whole) return result(true);
      batches.push(batch);
      collectedBytes += header.totalBytes;
    }
    at += header.totalBytes;
    expected = header.nextOffset;
    neededBytes = BATCH_OVERHEAD;
    if (at >= bytes.length) break;
  }
  if (batches.length === 0 && at === 0) {
    const where = { path: segment.path, position: stretch.position, offset: read.startOffset };
    throw new CorruptLogError(where, 'the batch header is cut off');
  }
  return result(false);
}

function headerAt(
  bytes: Uint8Array,
  at: number,
  where: { path: string; position: number; offset: Offset },
): BatchHeader {
  try {
    return readBatchHeader(bytes, at);
  } catch (error) {
    if (error instanceof CorruptBatch) throw new CorruptLogError(where, error.reason);
    throw error;
  }
}

function verify(
  bytes: Uint8Array,
  at: number,
  header: BatchHeader,
  where: { path: string; position: number; offset: Offset },
  expectedEpoch: ExpectedEpoch,
): void {
  const epoch = expectedEpoch(header.baseOffset, header.leaderEpoch);
  if (epoch !== null && epoch !== header.leaderEpoch) {
    throw new CorruptLogError(where, `leader epoch ${header.leaderEpoch} is not the checkpoint's`);
  }
  if (!crcHolds(bytes, at, header.totalBytes)) {
    throw new CorruptLogError(where, 'the checksum does not agree');
  }
}
