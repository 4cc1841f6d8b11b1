/**
 * What producers have done, beside the batches that say so: the files `<offset>.snapshot`
 * (`record/producer-snapshot.ts`), and the walk over batches from the newest of them.
 *
 * A snapshot is written where a segment begins and where a log is closed, and is not synced: one that
 * a power cut has torn or taken has a wrong checksum or none, and what it said follows from the one
 * before it and the batches in between. The exception is the first segment's, which stands for
 * batches that are gone: it is on the disk before they go. A sound snapshot always tells the truth
 * about the batches in front of it, since whatever cuts the log takes those behind the cut away, for
 * good, before anything is appended.
 */
import type { Offset } from '../base/ids.ts';
import { offset } from '../base/ids.ts';
import { syncFile } from '../base/file-system.ts';
import type { FileSystem, OpenFile } from '../base/file-system.ts';
import { BATCH_OVERHEAD, NO_PRODUCER_ID, readBatchHeader } from '../record/batch-header.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { CorruptBatch } from '../record/corrupt-batch.ts';
import { decodeProducerSnapshot, encodeProducerSnapshot } from '../record/producer-snapshot.ts';
import type { CompletedTransaction } from '../record/producer-states.ts';
import { producerBatchOf, ProducerStates } from '../record/producer-states.ts';
import { CorruptLogError } from './corrupt-log-error.ts';
import { FileWindow } from './file-window.ts';
import { readFileNow, segmentPath, SNAPSHOT_SUFFIX } from './log-files.ts';

/**
 * Tells `states` of the batch at `position`, all of which must be there if it is a control batch.
 * Returns the transaction that it ended, if one.
 */
export function feedProducers(
  states: ProducerStates,
  bytes: Uint8Array,
  position: number,
  header: BatchHeader = readBatchHeader(bytes, position),
): CompletedTransaction | null {
  const batch = producerBatchOf(header, bytes, position);
  // A marker that compaction has emptied ended a transaction of which nothing is left.
  if (batch === null || (header.isControl && batch.marker === null)) return null;
  return states.append(batch, header.baseOffset);
}

/** The offsets that there are snapshots for, ascending. */
export function listSnapshots(fileSystem: FileSystem, directory: string): Offset[] {
  const found: Offset[] = [];
  for (const name of fileSystem.list(directory)) {
    const value = Number(SNAPSHOT_FILE.exec(name)?.[1] ?? NaN);
    if (Number.isSafeInteger(value)) found.push(offset(value));
  }
  return found.sort((a, b) => a - b);
}

/** `states` are those in front of `at`. Not synced. */
export function writeSnapshot(
  fileSystem: FileSystem,
  directory: string,
  at: Offset,
  states: ProducerStates,
): void {
  const file = openSnapshot(fileSystem, directory, at, states);
  file.close();
}

/**
 * Removes the snapshots that `isNeeded` refuses; returns how many. Lasting once the caller has synced
 * the directory.
 */
export function removeSnapshots(
  fileSystem: FileSystem,
  directory: string,
  isNeeded: (at: Offset) => boolean = () => false,
): number {
  const unneeded = listSnapshots(fileSystem, directory).filter((at) => !isNeeded(at));
  for (const at of unneeded) fileSystem.remove(segmentPath(directory, at, SNAPSHOT_SUFFIX));
  return unneeded.length;
}

/** What a walk needs of a segment. */
export interface WalkedSegment {
  readonly path: string;
  readonly baseOffset: Offset;
  /** Bytes of batches in the file. */
  readonly writtenBytes: number;
}

export interface ProducerWalk<Walked extends WalkedSegment = WalkedSegment> {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** Ascending, without gaps. */
  readonly segments: readonly Walked[];
  /** Where the walk ends, a batch boundary: the states are those in front of it. */
  readonly endOffset: Offset;
  /** A snapshot behind is not used; `endOffset` if not given. */
  readonly snapshotMax?: Offset;
  /** Where a segment begins behind the place from which the walk begins. */
  readonly onSegment?: (segment: Walked, states: ProducerStates) => void;
  readonly onCompleted?: (
    segment: Walked,
    completed: CompletedTransaction,
    states: ProducerStates,
  ) => void;
}

/**
 * The producers as the batches in front of an offset leave them, from the newest sound snapshot that
 * may be used and the headers behind it. Throws `CorruptLogError`.
 */
export async function walkProducers<Walked extends WalkedSegment>(
  walk: ProducerWalk<Walked>,
): Promise<ProducerStates> {
  const { segments, endOffset } = walk;
  const first = segments[0];
  if (first === undefined) return new ProducerStates();
  const latest = Math.min(endOffset, walk.snapshotMax ?? endOffset);
  const found = newestSnapshot(walk.fileSystem, walk.directory, first.baseOffset, latest);
  const states = found?.states ?? new ProducerStates();
  const from = found?.at ?? first.baseOffset;
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (next !== undefined && next.baseOffset <= from) continue;
    if (segment.baseOffset > from) {
      if (segment.baseOffset > endOffset) break;
      walk.onSegment?.(segment, states);
    }
    if (segment.baseOffset >= endOffset || from >= endOffset) break;
    await walkSegment(walk, segment, from, states);
  }
  return states;
}

/**
 * Sees to it that the snapshot at `at`, where a segment begins, is sound and on the disk, its name
 * apart. `segments` reach up to there.
 */
export async function makeSnapshotLast(
  fileSystem: FileSystem,
  directory: string,
  segments: readonly WalkedSegment[],
  at: Offset,
): Promise<void> {
  const isSound = readSnapshot(fileSystem, directory, at) !== null;
  const file = isSound
    ? fileSystem.open(segmentPath(directory, at, SNAPSHOT_SUFFIX), 'write')
    : openSnapshot(
        fileSystem,
        directory,
        at,
        await walkProducers({ fileSystem, directory, segments, endOffset: at }),
      );
  try {
    await syncFile(file);
  } finally {
    file.close();
  }
}

function readSnapshot(
  fileSystem: FileSystem,
  directory: string,
  at: Offset,
): ProducerStates | null {
  const bytes = readFileNow(fileSystem, segmentPath(directory, at, SNAPSHOT_SUFFIX));
  return bytes === null ? null : decodeProducerSnapshot(bytes);
}

function openSnapshot(
  fileSystem: FileSystem,
  directory: string,
  at: Offset,
  states: ProducerStates,
): OpenFile {
  const file = fileSystem.open(segmentPath(directory, at, SNAPSHOT_SUFFIX), 'create');
  try {
    file.truncate(0);
    file.write([encodeProducerSnapshot(states)], 0);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function newestSnapshot(
  fileSystem: FileSystem,
  directory: string,
  from: number,
  to: number,
): { at: Offset; states: ProducerStates } | null {
  for (const at of listSnapshots(fileSystem, directory).reverse()) {
    if (at < from || at > to) continue;
    const states = readSnapshot(fileSystem, directory, at);
    if (states !== null) return { at, states };
  }
  return null;
}

async function walkSegment<Walked extends WalkedSegment>(
  walk: ProducerWalk<Walked>,
  segment: Walked,
  from: Offset,
  states: ProducerStates,
): Promise<void> {
  const file = walk.fileSystem.open(segment.path, 'read');
  try {
    const window = new FileWindow(file, WALK_WINDOW_BYTES);
    let nextOffset = segment.baseOffset;
    let position = 0;
    while (position < segment.writtenBytes && nextOffset < walk.endOffset) {
      const where = { path: segment.path, position, offset: nextOffset };
      if (!window.covers(position, BATCH_OVERHEAD)) await window.show(position, BATCH_OVERHEAD);
      const header = window.header(position);
      if (typeof header === 'string') throw new CorruptLogError(where, header);
      if (header.baseOffset !== nextOffset) {
        throw new CorruptLogError(where, `a batch begins at offset ${header.baseOffset}`);
      }
      if (header.producerId !== NO_PRODUCER_ID && header.baseOffset >= from) {
        const length = header.isControl ? header.totalBytes : BATCH_OVERHEAD;
        if (!window.covers(position, length)) await window.show(position, length);
        if (header.isControl && !window.crcHolds(position, length)) {
          throw new CorruptLogError(where, 'the checksum does not agree');
        }
        const completed = feed(states, window.bytes(position, length), header, where);
        if (completed !== null) walk.onCompleted?.(segment, completed, states);
      }
      position += header.totalBytes;
      nextOffset = header.nextOffset;
    }
  } finally {
    file.close();
  }
}

function feed(
  states: ProducerStates,
  bytes: Uint8Array,
  header: BatchHeader,
  where: { path: string; position: number; offset: Offset },
): CompletedTransaction | null {
  try {
    return feedProducers(states, bytes, 0, header);
  } catch (error) {
    if (error instanceof CorruptBatch) throw new CorruptLogError(where, error.reason);
    throw error;
  }
}

const SNAPSHOT_FILE = /^(\d{20})\.snapshot$/;
/** Small, since of large batches only the header is wanted. */
const WALK_WINDOW_BYTES = 64 * 1024;
