/**
 * Compaction of one log by keys, as Kafka's cleaner does it: of closed segments, in front of an
 * offset that the caller names, the newest record of each key is kept.
 *
 *   dirty part  from where the last cleaning ended: its keys and their offsets go into a map
 *   groups      of neighbouring segments, from the log's first one on, that fit into one
 *   cleaning    each group is written anew, without the records that the map knows a newer one of
 *   swap        the new segment takes the place of its group (`segment-swap.ts`)
 *
 * Everything is read, written and decided in small pieces, between which others run. Nothing is
 * taken for true that does not agree with its checksum: rot must not be sealed anew.
 */
import type { Offset, Timestamp } from '../base/ids.ts';
import { offset, offsetMax } from '../base/ids.ts';
import type { FileSystem } from '../base/file-system.ts';
import { BATCH_OVERHEAD } from '../record/batch-header.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import type { BatchCodecs } from './batch-codecs.ts';
import { BatchFilter } from './batch-filter.ts';
import type { FilterOptions } from './batch-filter.ts';
import { CleanedSegment } from './cleaned-segment.ts';
import { CorruptLogError } from './corrupt-log-error.ts';
import { FileWindow } from './file-window.ts';
import { removeIfPresent } from './log-files.ts';
import { ENTRY_BYTES, OffsetMap } from './offset-map.ts';
import type { HashSeed } from './offset-map.ts';
import { RELATIVE_OFFSET_MAX } from './offset-index.ts';
import { walkRawRecords } from './raw-records.ts';
import type { ExpectedEpoch } from './segment-scan.ts';
import { cleanedPath } from './segment-swap.ts';

export interface CompactionOptions {
  readonly now: Timestamp;
  /** Nothing at or behind it is touched: the last stable offset. */
  readonly upTo: Offset;
  /** Tombstones and markers at or behind it stay: not every replica has them yet. */
  readonly replicatedTo: Offset;
  /** Memory for the keys of the dirty part: 24 bytes each. */
  readonly dedupeBufferBytes: number;
  /** Drawn anew for each cleaning. */
  readonly hashSeed: HashSeed;
  readonly codecs: BatchCodecs;
  /** Called behind every piece that was read or written; goes on when it resolves. */
  readonly pause: (bytes: number) => Promise<void>;
  /** Asked in front of every piece: the cleaning ends, and what is done so far stays. */
  readonly isCancelled: () => boolean;
  /** Batches are kept as they are for this reason. Told once for each. */
  readonly onUnreadable: (reason: string) => void;
}

/** What a cleaning did. */
export interface CompactionReport {
  readonly cleanedTo: Offset;
  /** False: it was cancelled, the log was changed meanwhile, or the map was full before `upTo`. */
  readonly isComplete: boolean;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly keys: number;
}

/** What compaction needs of a closed segment. */
export interface CompactedSegment {
  readonly path: string;
  readonly baseOffset: Offset;
  readonly nextOffset: Offset;
  readonly writtenBytes: number;
}

export interface CompactionRun<Source extends CompactedSegment> extends CompactionOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** All that may be cleaned, from the log's first one on, none that reaches past `upTo`. */
  readonly segments: readonly Source[];
  /** What lies in front has been cleaned. */
  readonly cleanedTo: Offset;
  readonly segmentBytes: number;
  readonly indexIntervalBytes: number;
  readonly deleteRetentionMs: number;
  readonly expectedEpoch: ExpectedEpoch;
  readonly aborted: FilterOptions['aborted'];
  readonly producers: FilterOptions['producers'];
  /** Puts `cleaned` in the place of `group`; false if the log has been changed meanwhile. */
  swap(group: readonly Source[], cleaned: CleanedSegment): Promise<boolean>;
}

/** How far a run has come. `horizon`: see `CleanerCheckpoint`; `heldBackFrom`: see `BatchFilter`. */
export interface CompactionOutcome extends CompactionReport {
  readonly horizon: number;
  readonly heldBackFrom: Offset | null;
}

/** Rejects with `CorruptLogError` where a segment is not what was written. */
export async function runCompaction<Source extends CompactedSegment>(
  run: CompactionRun<Source>,
): Promise<CompactionOutcome> {
  const map = new OffsetMap({ bytesMax: mapBytes(run), hashSeed: run.hashSeed });
  const filterFor = (endOffset: Offset): BatchFilter => new BatchFilter({ ...run, map, endOffset });
  const end = run.segments.at(-1)?.nextOffset ?? run.cleanedTo;
  const outcome = { keys: 0, bytesBefore: 0, bytesAfter: 0 };
  const endOffset = await fillMap(run, map, filterFor(end));
  if (endOffset === null) {
    return { ...outcome, ...nothingDone(run) };
  }
  outcome.keys = map.size;
  const filter = filterFor(endOffset);
  const toClean = run.segments.filter(({ baseOffset }) => baseOffset < endOffset);
  for (const group of groupSegments(toClean, run.segmentBytes)) {
    const bytes = await cleanGroup(run, group, filter);
    if (bytes === null) {
      return { ...outcome, ...nothingDone(run) };
    }
    outcome.bytesBefore += bytesOf(group);
    outcome.bytesAfter += bytes;
  }
  const isComplete = endOffset >= end;
  const { horizon, heldBackFrom } = filter;
  return { ...outcome, cleanedTo: endOffset, isComplete, horizon, heldBackFrom };
}

function nothingDone({
  cleanedTo,
}: {
  readonly cleanedTo: Offset;
}): Pick<CompactionOutcome, 'cleanedTo' | 'isComplete' | 'horizon' | 'heldBackFrom'> {
  return { cleanedTo, isComplete: false, horizon: -1, heldBackFrom: null };
}

/** Neighbours that fit into one segment, by what they take now; at least one each. */
export function groupSegments<Source extends CompactedSegment>(
  segments: readonly Source[],
  segmentBytes: number,
): Source[][] {
  const groups: Source[][] = [];
  for (const segment of segments) {
    const group = groups.at(-1);
    const first = group?.[0];
    const fits =
      group !== undefined &&
      first !== undefined &&
      bytesOf(group) + segment.writtenBytes <= segmentBytes &&
      segment.nextOffset - 1 - first.baseOffset <= RELATIVE_OFFSET_MAX;
    if (fits) group.push(segment);
    else groups.push([segment]);
  }
  return groups;
}

function bytesOf(segments: readonly CompactedSegment[]): number {
  let bytes = 0;
  for (const { writtenBytes } of segments) bytes += writtenBytes;
  return bytes;
}

/** No more than the dirty part can need, since most logs are small. */
function mapBytes(run: CompactionRun<CompactedSegment>): number {
  const dirty = run.segments.filter(({ nextOffset }) => nextOffset > run.cleanedTo);
  let records = 0;
  for (const { nextOffset, baseOffset } of dirty) {
    records += nextOffset - offsetMax(baseOffset, run.cleanedTo);
  }
  return Math.min(run.dedupeBufferBytes, (2 * records + 2) * ENTRY_BYTES);
}

/** The end of what the map covers: all of it, or less where it is full. Null: cancelled. */
async function fillMap(
  run: CompactionRun<CompactedSegment>,
  map: OffsetMap,
  filter: BatchFilter,
): Promise<Offset | null> {
  let covered = run.cleanedTo;
  for (const segment of run.segments) {
    if (segment.nextOffset <= run.cleanedTo) continue;
    let isFull = false;
    const isWhole = await walkSegment(run, segment, async (batch, header) => {
      if (header.nextOffset <= run.cleanedTo) return true;
      const isDropped =
        header.isControl ||
        (header.isTransactional && filter.isAborted(header.producerId, header.baseOffset));
      const records =
        isDropped || header.recordsCount === 0 ? null : await filter.recordsOf(batch, header);
      const reached = records === null ? null : putKeys(map, records, header, run.cleanedTo);
      isFull = reached !== null;
      covered = reached ?? header.nextOffset;
      return !isFull;
    });
    if (isFull) return covered;
    if (!isWhole) return null;
  }
  return covered;
}

/** Null if all keys were put, else the offset of the first record whose key did not fit. */
function putKeys(
  map: OffsetMap,
  records: Uint8Array,
  header: BatchHeader,
  from: Offset,
): Offset | null {
  let full: Offset | null = null;
  walkRawRecords(records, header.recordsCount, (record) => {
    const at = offset(header.baseOffset + record.offsetDelta);
    if (record.keyLength < 0 || at < from) return true;
    const key = records.subarray(record.keyStart, record.keyStart + record.keyLength);
    if (!map.put(key, at)) full = at;
    return full === null;
  });
  return full;
}

/** The bytes that the group takes afterwards; null if it stays as it is and no more is to be done. */
async function cleanGroup<Source extends CompactedSegment>(
  run: CompactionRun<Source>,
  group: readonly Source[],
  filter: BatchFilter,
): Promise<number | null> {
  const { fileSystem, directory, indexIntervalBytes } = run;
  const baseOffset = group[0]?.baseOffset ?? offset(0);
  const cleaned = new CleanedSegment(fileSystem, directory, { baseOffset, indexIntervalBytes });
  let isSwapped = false;
  try {
    for (const segment of group) {
      const isWhole = await walkSegment(run, segment, async (batch, header) => {
        const filtered = await filter.filter(batch, header);
        if (filtered.kind === 'kept') cleaned.keep(batch, header);
        else if (filtered.kind === 'changed') cleaned.change(filtered.bytes);
        else cleaned.empty(header, filtered.keepsProducer);
        const written = cleaned.write(PIECE_BYTES);
        if (written > 0) await run.pause(written);
        return true;
      });
      if (!isWhole) return null;
    }
    await cleaned.finish();
    if (!cleaned.isChanged && group.length === 1) return cleaned.bytes;
    isSwapped = await run.swap(group, cleaned);
    return isSwapped ? cleaned.bytes : null;
  } finally {
    cleaned.close();
    if (!isSwapped) removeIfPresent(fileSystem, cleanedPath(directory, baseOffset));
  }
}

/** Calls `visit` with every batch, checked, until it says false; returns whether it never did. */
async function walkSegment(
  run: CompactionRun<CompactedSegment>,
  segment: CompactedSegment,
  visit: (batch: Uint8Array, header: BatchHeader) => Promise<boolean>,
): Promise<boolean> {
  const file = run.fileSystem.open(segment.path, 'read');
  try {
    const window = new FileWindow(file, PIECE_BYTES);
    let position = 0;
    let nextOffset = segment.baseOffset;
    const show = async (bytes: number): Promise<void> => {
      if (window.covers(position, bytes)) return;
      await window.show(position, bytes);
      await run.pause(Math.max(bytes, PIECE_BYTES));
    };
    while (position < segment.writtenBytes) {
      if (run.isCancelled()) return false;
      await show(BATCH_OVERHEAD);
      const where = { path: segment.path, position, offset: nextOffset };
      const header = window.header(position);
      if (typeof header === 'string') throw new CorruptLogError(where, header);
      await show(header.totalBytes);
      const wrong = whatIsWrong(run, window, position, header, nextOffset);
      if (wrong !== null) throw new CorruptLogError(where, wrong);
      if (!(await visit(window.bytes(position, header.totalBytes), header))) return false;
      position += header.totalBytes;
      nextOffset = header.nextOffset;
    }
    return true;
  } finally {
    file.close();
  }
}

function whatIsWrong(
  run: CompactionRun<CompactedSegment>,
  window: FileWindow,
  position: number,
  header: BatchHeader,
  expected: Offset,
): string | null {
  if (header.baseOffset !== expected) return `a batch begins at offset ${header.baseOffset}`;
  const epoch = run.expectedEpoch(header.baseOffset, header.leaderEpoch);
  if (epoch !== null && epoch !== header.leaderEpoch) {
    return `leader epoch ${header.leaderEpoch} is not the checkpoint's`;
  }
  return window.crcHolds(position, header.totalBytes) ? null : 'the checksum does not agree';
}

/** Read, decided upon and written between two turns of the event loop. */
const PIECE_BYTES = 256 * 1024;
