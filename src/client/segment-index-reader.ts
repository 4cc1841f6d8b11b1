/**
 * Reading a segment's `.index` and `.timeindex` without a broker, each entry held against the segment
 * itself where that lies beside it. Both are big-endian, without header or checksum:
 *
 *   .index      relativeOffset 4, position 4    the last offset of a batch, and where it begins
 *   .timeindex  timestamp 8, relativeOffset 4   the largest timestamp so far, and the last offset of
 *                                               the batch that has it
 */
import type { Offset } from '../base/ids.ts';
import { BATCH_OVERHEAD, CorruptBatch, readBatchHeader } from '../record/index.ts';
import type { BatchHeader } from '../record/index.ts';
import { readSegment } from './segment-reader.ts';
import type { ByteSource, Damage, Problem } from './segment-reader.ts';

export interface OffsetIndexEntry {
  readonly kind: 'offset-index-entry';
  /** Of the entry in its file. */
  readonly position: number;
  readonly offset: number;
  readonly logPosition: number;
  readonly problems: readonly Problem[];
}

export interface TimeIndexEntry {
  readonly kind: 'time-index-entry';
  /** Of the entry in its file. */
  readonly position: number;
  readonly timestamp: number;
  readonly offset: number;
  readonly problems: readonly Problem[];
}

/** `log` is the segment; null if it is not there, and only the order of the entries is checked. */
export async function* readOffsetIndex(
  source: ByteSource,
  baseOffset: Offset,
  log: ByteSource | null,
): AsyncGenerator<OffsetIndexEntry | Damage, void> {
  let before = { offset: baseOffset - 1, logPosition: -1 };
  for await (const found of entriesOf(source, 8)) {
    if ('kind' in found) {
      yield found;
      continue;
    }
    const { view, position } = found;
    const offset = baseOffset + view.getInt32(0);
    const logPosition = view.getInt32(4);
    let reason: string | null = null;
    if (offset <= before.offset || logPosition <= before.logPosition) reason = NOT_ABOVE;
    else if (log !== null) reason = await offsetMismatch(log, logPosition, offset);
    before = { offset, logPosition };
    const problems = problemsOf(position, reason);
    yield { kind: 'offset-index-entry', position, offset, logPosition, problems };
  }
}

/** As `readOffsetIndex`. */
export async function* readTimeIndex(
  source: ByteSource,
  baseOffset: Offset,
  log: ByteSource | null,
): AsyncGenerator<TimeIndexEntry | Damage, void> {
  const batches = log === null ? null : new BatchEnds(log);
  let before = { timestamp: -Infinity, offset: baseOffset - 1 };
  for await (const found of entriesOf(source, 12)) {
    if ('kind' in found) {
      yield found;
      continue;
    }
    const { view, position } = found;
    const timestamp = Number(view.getBigInt64(0));
    const offset = baseOffset + view.getInt32(8);
    let reason: string | null = null;
    if (timestamp <= before.timestamp || offset <= before.offset) reason = NOT_ABOVE;
    else if (batches !== null) reason = await timestampMismatch(batches, timestamp, offset);
    before = { timestamp, offset };
    const problems = problemsOf(position, reason);
    yield { kind: 'time-index-entry', position, timestamp, offset, problems };
  }
}

const NOT_ABOVE = 'the entry does not lie above the one before it';

/** An index is read in pieces that hold whole entries of either kind. */
const PIECE_BYTES = 24 * 4096;

interface EntryBytes {
  readonly position: number;
  readonly view: DataView;
}

/** The entries, and in one piece what is none: zeros, as of a file that was preallocated, and a cut end. */
async function* entriesOf(
  source: ByteSource,
  entryBytes: number,
): AsyncGenerator<EntryBytes | Damage, void> {
  const end = source.size - (source.size % entryBytes);
  let zerosFrom: number | null = null;
  for (let start = 0; start < end; start += PIECE_BYTES) {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, end - start));
    const length = await source.read(piece, start);
    for (let from = 0; from + entryBytes <= length; from += entryBytes) {
      const position = start + from;
      const isZero = piece.subarray(from, from + entryBytes).every((byte) => byte === 0);
      if (isZero && position > 0) {
        zerosFrom ??= position;
        continue;
      }
      if (zerosFrom !== null) yield zeros(zerosFrom, position);
      zerosFrom = null;
      yield { position, view: new DataView(piece.buffer, from, entryBytes) };
    }
  }
  if (zerosFrom !== null) yield zeros(zerosFrom, end);
  if (end < source.size) {
    const reason = `the file ends ${source.size - end} bytes into an entry of ${entryBytes}`;
    yield damage(end, source.size, reason);
  }
}

function zeros(position: number, endPosition: number): Damage {
  const reason = `${endPosition - position} zero bytes: an index that was not trimmed when it was closed`;
  return damage(position, endPosition, reason);
}

function damage(position: number, endPosition: number, reason: string): Damage {
  return { kind: 'damage', position, endPosition, problems: problemsOf(position, reason) };
}

async function offsetMismatch(
  log: ByteSource,
  logPosition: number,
  offset: number,
): Promise<string | null> {
  const bytes = new Uint8Array(BATCH_OVERHEAD);
  const length = await log.read(bytes, logPosition);
  try {
    const { lastOffset } = readBatchHeader(bytes.subarray(0, length));
    return lastOffset === offset
      ? null
      : `the batch at byte ${logPosition} of the log ends at offset ${lastOffset}`;
  } catch (error) {
    if (!(error instanceof CorruptBatch)) throw error;
    return `no batch begins at byte ${logPosition} of the log: ${error.reason}`;
  }
}

async function timestampMismatch(
  batches: BatchEnds,
  timestamp: number,
  offset: number,
): Promise<string | null> {
  const header = await batches.endingAt(offset);
  if (header === null) return `no batch of the log ends at offset ${offset}`;
  return header.maxTimestamp === timestamp
    ? null
    : `the largest timestamp of the batch that ends at offset ${offset} is ${header.maxTimestamp}`;
}

/** Walks along a segment; asked for offsets that rise. */
class BatchEnds {
  readonly #items: ReturnType<typeof readSegment>;
  #header: BatchHeader | null = null;

  constructor(log: ByteSource) {
    this.#items = readSegment(log, null);
  }

  async endingAt(offset: number): Promise<BatchHeader | null> {
    while (this.#header === null || this.#header.lastOffset < offset) {
      const { value, done } = await this.#items.next();
      if (done === true) return null;
      if (value.kind === 'batch') this.#header = value.header;
    }
    return this.#header.lastOffset === offset ? this.#header : null;
  }
}

function problemsOf(position: number, reason: string | null): Problem[] {
  return reason === null ? [] : [{ position, reason }];
}
