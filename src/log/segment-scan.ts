/**
 * Reading a whole segment file and judging every batch in it: what recovery does after a stop that
 * was not clean.
 */
import type { LeaderEpoch, Offset } from '../base/ids.ts';
import type { OpenFile } from '../base/file-system.ts';
import { BATCH_MAGIC, BATCH_OVERHEAD, MAGIC_POSITION } from '../record/batch-header.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { FileWindow } from './file-window.ts';
import { RELATIVE_OFFSET_MAX } from './offset-index.ts';

export interface SegmentScan {
  /** Bytes of good batches from the beginning. */
  readonly goodBytes: number;
  /** Behind the last good batch. */
  readonly nextOffset: Offset;
  /** What is wrong with the batch at `goodBytes`; null if the good batches fill the file. */
  readonly problem: ScanProblem | null;
}

export interface ScanProblem {
  readonly reason: string;
  /** The write of this batch was cut short, by the looks of it, and nothing of it has rotted. */
  readonly torn: boolean;
}

/** The epoch that a batch with this base offset, which has `found`, must have; null if that will do. */
export type ExpectedEpoch = (baseOffset: Offset, found: number) => LeaderEpoch | null;

/**
 * Walks from the beginning of `file` until a batch does not verify: too short, not the next offset,
 * another epoch than `expectedEpoch` says, or a checksum that does not agree.
 */
export async function scanSegment(
  file: OpenFile,
  baseOffset: Offset,
  expectedEpoch: ExpectedEpoch,
  visit: (header: BatchHeader, position: number) => void,
): Promise<SegmentScan> {
  const window = new FileWindow(file);
  let position = 0;
  let nextOffset = baseOffset;
  while (position < window.size) {
    if (!window.covers(position, BATCH_OVERHEAD)) await window.show(position, BATCH_OVERHEAD);
    let header = window.header(position);
    if (typeof header !== 'string' && header.totalBytes <= window.size - position) {
      if (!window.covers(position, header.totalBytes))
        await window.show(position, header.totalBytes);
      header = window.header(position);
    }
    const problem =
      judge(window, position, header, nextOffset, expectedEpoch) ?? tooFar(header, baseOffset);
    if (typeof header === 'string' || problem !== null) {
      const reason = problem ?? String(header);
      const torn = await looksTorn(window, position, header, nextOffset);
      return { goodBytes: position, nextOffset, problem: { reason, torn } };
    }
    visit(header, position);
    position += header.totalBytes;
    nextOffset = header.nextOffset;
  }
  return { goodBytes: position, nextOffset, problem: null };
}

/**
 * Whether a batch that verifies lies anywhere from `position` on, with an offset beyond
 * `badOffset`: then what is in between was once written whole, and has been damaged since.
 */
export async function hasValidBatch(
  file: OpenFile,
  position: number,
  badOffset: Offset,
  expectedEpoch: ExpectedEpoch,
): Promise<boolean> {
  const window = new FileWindow(file);
  for (let at = position; at + BATCH_OVERHEAD <= window.size; at++) {
    if (!window.covers(at, BATCH_OVERHEAD)) await window.show(at, BATCH_OVERHEAD);
    if (window.byte(at + MAGIC_POSITION) !== BATCH_MAGIC) continue;
    const header = window.header(at);
    if (typeof header === 'string' || header.baseOffset <= badOffset) continue;
    if (at + header.totalBytes > window.size) continue;
    const epoch = expectedEpoch(header.baseOffset, header.leaderEpoch);
    if (epoch !== null && epoch !== header.leaderEpoch) continue;
    if (!window.covers(at, header.totalBytes)) await window.show(at, header.totalBytes);
    if (window.crcHolds(at, header.totalBytes)) return true;
  }
  return false;
}

/** Whether every byte from `position` on is zero. */
export async function isZeroFrom(file: OpenFile, position: number): Promise<boolean> {
  const window = new FileWindow(file);
  return window.isZero(position, window.size);
}

function judge(
  window: FileWindow,
  position: number,
  header: BatchHeader | string,
  expected: Offset,
  expectedEpoch: ExpectedEpoch,
): string | null {
  if (typeof header === 'string') return header;
  if (header.baseOffset !== expected) {
    return `a batch begins at offset ${header.baseOffset}, expected ${expected}`;
  }
  if (header.totalBytes > window.size - position) {
    return `a batch of ${header.totalBytes} bytes ends beyond the file`;
  }
  const epoch = expectedEpoch(header.baseOffset, header.leaderEpoch);
  if (epoch !== null && epoch !== header.leaderEpoch) {
    return `leader epoch ${header.leaderEpoch} does not agree with the checkpoint`;
  }
  if (!window.crcHolds(position, header.totalBytes)) return 'the checksum does not agree';
  return null;
}

/** A batch that its segment's indexes could not have an entry for is never appended to it. */
function tooFar(header: BatchHeader | string, baseOffset: Offset): string | null {
  if (typeof header === 'string' || header.lastOffset - baseOffset <= RELATIVE_OFFSET_MAX) {
    return null;
  }
  return `offset ${header.lastOffset} does not belong into a segment from ${baseOffset}`;
}

/**
 * Whether the bad batch at `position` is what a power cut leaves of a write that was not synced: it
 * ends beyond the file, or a sector of it was never written and reads as zeros.
 */
async function looksTorn(
  window: FileWindow,
  position: number,
  header: BatchHeader | string,
  expected: Offset,
): Promise<boolean> {
  const rest = window.size - position;
  if (rest < BATCH_OVERHEAD) return true;
  if (typeof header !== 'string' && header.baseOffset === expected && header.totalBytes > rest) {
    return true;
  }
  const end =
    typeof header === 'string' ? window.size : position + Math.min(rest, header.totalBytes);
  for (let at = position; at < end;) {
    const sectorEnd = Math.min(end, at - (at % SECTOR_BYTES) + SECTOR_BYTES);
    if (sectorEnd - at >= HOLE_BYTES_MIN && (await window.isZero(at, sectorEnd))) return true;
    at = sectorEnd;
  }
  return false;
}

/** What a disk writes in one piece, at the least. */
const SECTOR_BYTES = 512;
/** Fewer zeros than this at the edge of a batch may well be part of it. */
const HOLE_BYTES_MIN = 16;
