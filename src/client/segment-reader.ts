/**
 * Reading a segment file (`.log`) without a broker: every batch in it, and what is wrong with it. A
 * damaged stretch does not end the reading: it goes on at the next batch whose checksum agrees.
 */
import type { Offset } from '../base/ids.ts';
import {
  ATTRIBUTES_POSITION,
  BATCH_LENGTH_POSITION,
  CRC_POSITION,
  LEADER_EPOCH_POSITION,
  MAGIC_POSITION,
  readUint32,
} from '../record/batch-header.ts';
import type { BatchHeader, LogRecord } from '../record/index.ts';
import {
  BATCH_MAGIC,
  BATCH_OVERHEAD,
  CorruptBatch,
  crc32c,
  LOG_OVERHEAD,
  readBatchHeader,
  RecordBatchView,
} from '../record/index.ts';
import { isOdradekError } from './errors.ts';
import { decompressBatch } from './compression/codecs.ts';

export type { LogRecord } from '../record/index.ts';
export { parseLeaderEpochCheckpoint } from '../record/index.ts';

/** A file, of which a stretch at a time is read. */
export interface ByteSource {
  readonly size: number;
  /** Fills `target` from `position` on; resolves with how many bytes there were. */
  read(target: Uint8Array, position: number): Promise<number>;
}

/** Something that is not as it should be, and the byte of the file where that shows. */
export interface Problem {
  readonly position: number;
  readonly reason: string;
}

/** A batch whose header can be read and whose end is where its length says. */
export interface SegmentBatch {
  readonly kind: 'batch';
  readonly position: number;
  readonly header: BatchHeader;
  /** All of it, header included; a view that may be kept. */
  readonly bytes: Uint8Array;
  /** What its bytes give; `header.crc` is what it says. */
  readonly computedCrc: number;
  readonly problems: readonly Problem[];
}

/** A stretch of the file in which nothing can be read, up to `endPosition`. */
export interface Damage {
  readonly kind: 'damage';
  readonly position: number;
  readonly endPosition: number;
  readonly problems: readonly Problem[];
}

/** No topic may allow more (`max.message.bytes`), and nobody should need a gigabyte to look at one. */
export const SEGMENT_BATCH_BYTES_MAX = 64 * 1024 * 1024;

/**
 * The batches of a segment in the order of the file. `baseOffset` is what the file's name says, which
 * the first batch must have; null where it says nothing. Beyond each batch by itself, the offsets
 * must follow each other without a gap, and the leader epochs may never fall.
 */
export async function* readSegment(
  source: ByteSource,
  baseOffset: Offset | null,
): AsyncGenerator<SegmentBatch | Damage, void> {
  const window = new Window(source);
  const order = new Order(baseOffset);
  let position = 0;
  while (position < source.size) {
    const found = await batchAt(window, position);
    if (!('reason' in found)) {
      const computedCrc = crc32c(found.bytes, ATTRIBUTES_POSITION);
      const end = position + found.header.totalBytes;
      const isSound = computedCrc === found.header.crc;
      if (isSound || (await leadsOn(window, end, found.header.nextOffset))) {
        const problems = isSound ? [] : [crcProblem(position, found.header.crc, computedCrc)];
        problems.push(...order.problemsOf(position, found.header, isSound));
        yield { kind: 'batch', position, ...found, computedCrc, problems };
        position = end;
        continue;
      }
    }
    const { endPosition, isZero } = await findNextBatch(window, position, order.lowestOffset);
    const problem = 'reason' in found ? found : lostBatch(position, found);
    order.lose();
    yield {
      kind: 'damage',
      position,
      endPosition,
      problems: [isZero ? zeroProblem(position, endPosition - position) : problem],
    };
    position = endPosition;
  }
}

/** The records of a batch, those in front of the first that cannot be read if there is one. */
export interface BatchRecords {
  readonly records: readonly LogRecord[];
  readonly problem: Problem | null;
}

/** Decompresses where that is needed. A codec that is not installed is a problem too. */
export async function readRecords(batch: SegmentBatch): Promise<BatchRecords> {
  const records: LogRecord[] = [];
  try {
    const view = new RecordBatchView(batch.bytes);
    const readable = await decompressBatch(view, DECOMPRESSED_BYTES_MAX);
    for (const record of readable.records()) records.push(record);
    return { records, problem: null };
  } catch (error) {
    // Positions inside of what was compressed are of no use to whoever holds the file.
    const position = batch.position + BATCH_OVERHEAD;
    if (error instanceof CorruptBatch) {
      const which = batch.header.compression === 'none' ? '' : ' decompressed';
      const reason = `record ${records.length} cannot be read: ${error.reason} (byte ${error.position} of the${which} records)`;
      return { records, problem: { position, reason } };
    }
    if (!isOdradekError(error)) throw error;
    const reason = `the records cannot be decompressed: ${error.message}`;
    return { records, problem: { position, reason } };
  }
}

const WINDOW_BYTES = 1024 * 1024;
/** The stretch in which the next batch is looked for, at a time. */
const SEARCH_BYTES = 256 * 1024;
const DECOMPRESSED_BYTES_MAX = 512 * 1024 * 1024;

interface BatchBytes {
  readonly header: BatchHeader;
  readonly bytes: Uint8Array;
}

/** What one batch says about the next. */
class Order {
  /** Where the next batch must begin; null if nothing is known of that. */
  #expected: number | null;
  /** Where it may begin as well: an offset that jumps may itself be what is wrong. */
  #alternative: number | null = null;
  #leaderEpoch = -1;
  /** No batch that is found further on may begin below. */
  lowestOffset: number;

  constructor(baseOffset: Offset | null) {
    this.#expected = baseOffset;
    this.lowestOffset = baseOffset ?? 0;
  }

  problemsOf(position: number, header: BatchHeader, isSound: boolean): Problem[] {
    const problems: Problem[] = [];
    const { baseOffset, leaderEpoch } = header;
    const expected = this.#expected;
    const follows = expected === null || [expected, this.#alternative].includes(baseOffset);
    if (!follows) {
      const reason = `the batch begins at offset ${baseOffset}, where ${expected} should follow`;
      problems.push({ position, reason });
    }
    if (leaderEpoch < 0 || leaderEpoch < this.#leaderEpoch) {
      const reason =
        leaderEpoch < 0
          ? `the leader epoch is ${leaderEpoch}: no leader has stamped the batch`
          : `leader epoch ${leaderEpoch} follows ${this.#leaderEpoch}`;
      problems.push({ position: position + LEADER_EPOCH_POSITION, reason });
    }
    this.#leaderEpoch = Math.max(leaderEpoch, -1);
    this.#alternative = follows ? null : expected + header.lastOffsetDelta + 1;
    this.#expected = isSound ? header.nextOffset : null;
    if (isSound && follows) this.lowestOffset = header.nextOffset;
    return problems;
  }

  /** A stretch could not be read. */
  lose(): void {
    this.#expected = null;
    this.#alternative = null;
  }
}

/** The batch at `position`, or why there is none. */
async function batchAt(window: Window, position: number): Promise<BatchBytes | Problem> {
  const rest = window.size - position;
  if (rest < BATCH_OVERHEAD) {
    return { position, reason: `the file ends ${rest} bytes into the header of a batch` };
  }
  const header = headerIn(await window.show(position, BATCH_OVERHEAD), position);
  if ('reason' in header) return header;
  const { totalBytes, baseOffset } = header;
  const lengthAt = position + BATCH_LENGTH_POSITION;
  if (totalBytes > rest) {
    const reason = `the batch at offset ${baseOffset} should have ${totalBytes} bytes, and the file ends after ${rest} of them`;
    return { position: lengthAt, reason };
  }
  if (totalBytes > SEGMENT_BATCH_BYTES_MAX) {
    const reason = `the batch at offset ${baseOffset} should have ${totalBytes} bytes, more than any topic allows`;
    return { position: lengthAt, reason };
  }
  return { header, bytes: await window.show(position, totalBytes) };
}

function headerIn(bytes: Uint8Array, position: number): BatchHeader | Problem {
  try {
    return readBatchHeader(bytes);
  } catch (error) {
    if (!(error instanceof CorruptBatch)) throw error;
    return { position: position + error.position, reason: error.reason };
  }
}

/**
 * Whether a batch whose checksum does not agree at least ends where it says: at the end of the file,
 * or where one begins that continues it or is sound itself.
 */
async function leadsOn(window: Window, end: number, nextOffset: Offset): Promise<boolean> {
  if (end === window.size) return true;
  const next = await batchAt(window, end);
  if ('reason' in next) return false;
  return next.header.baseOffset === nextOffset || isSoundBatch(next);
}

function isSoundBatch({ header, bytes }: BatchBytes): boolean {
  return crc32c(bytes, ATTRIBUTES_POSITION) === header.crc;
}

/**
 * Behind `position`, the first place where a sound batch begins at `lowestOffset` or above, or the end
 * of the file. `isZero`: there is nothing but zeros in between.
 */
async function findNextBatch(
  window: Window,
  position: number,
  lowestOffset: number,
): Promise<{ endPosition: number; isZero: boolean }> {
  let isZero = true;
  let at = position;
  while (at < window.size) {
    const bytes = await window.show(at, Math.min(SEARCH_BYTES, window.size - at));
    // From magic byte to magic byte: everything else is passed over by native code.
    let magicAt = bytes.indexOf(BATCH_MAGIC, MAGIC_POSITION + (at === position ? 1 : 0));
    while (magicAt >= 0) {
      const candidate = at + magicAt - MAGIC_POSITION;
      const mayBegin = mayBeHeader(bytes, candidate - at, window.size - candidate);
      if (mayBegin && (await isBatchFrom(window, candidate, lowestOffset))) {
        return { endPosition: candidate, isZero: isZero && isAllZero(bytes, candidate - at) };
      }
      magicAt = bytes.indexOf(BATCH_MAGIC, magicAt + 1);
    }
    isZero &&= isAllZero(bytes, bytes.length);
    // Fewer than asked for where the file has become shorter meanwhile.
    if (bytes.length <= MAGIC_POSITION || at + bytes.length >= window.size) break;
    // The last few bytes are looked at again: a header may begin there.
    at += bytes.length - MAGIC_POSITION;
  }
  return { endPosition: window.size, isZero };
}

/** Passes over most bytes that are no header at little cost. `rest`: how far the file goes on. */
function mayBeHeader(bytes: Uint8Array, index: number, rest: number): boolean {
  const totalBytes = readUint32(bytes, index + BATCH_LENGTH_POSITION) + LOG_OVERHEAD;
  const isOffset = readUint32(bytes, index) < 2 ** 21;
  return isOffset && totalBytes >= BATCH_OVERHEAD && totalBytes <= rest;
}

async function isBatchFrom(
  window: Window,
  position: number,
  lowestOffset: number,
): Promise<boolean> {
  const found = await batchAt(window, position);
  return !('reason' in found) && found.header.baseOffset >= lowestOffset && isSoundBatch(found);
}

function isAllZero(bytes: Uint8Array, length: number): boolean {
  for (let index = 0; index < length; index++) if (bytes[index] !== 0) return false;
  return true;
}

function crcProblem(position: number, stored: number, computed: number): Problem {
  const reason = `the checksum is ${hex32(stored)}, and the bytes give ${hex32(computed)}`;
  return { position: position + CRC_POSITION, reason };
}

/** A batch of which not even the length is to be believed. */
function lostBatch(position: number, { header, bytes }: BatchBytes): Problem {
  const { reason } = crcProblem(position, header.crc, crc32c(bytes, ATTRIBUTES_POSITION));
  return {
    position: position + CRC_POSITION,
    reason: `${reason}; no batch follows where this one should end, ${header.totalBytes} bytes on`,
  };
}

function zeroProblem(position: number, length: number): Problem {
  return {
    position,
    reason: `${length} zero bytes: space that was reserved, or a write that never reached the disk`,
  };
}

/** `0x0012abcd`. */
export function hex32(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

/** A stretch of the source in memory. What `show` has returned stays as it is: memory is not reused. */
class Window {
  readonly size: number;
  readonly #source: ByteSource;
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;

  constructor(source: ByteSource) {
    this.#source = source;
    this.size = source.size;
  }

  /** `length` bytes from `position`; fewer if the source has become shorter. */
  async show(position: number, length: number): Promise<Uint8Array> {
    const isHere = position >= this.#start && position + length <= this.#start + this.#bytes.length;
    if (!isHere) {
      const wanted = Math.min(Math.max(length, WINDOW_BYTES), this.size - position);
      const bytes = new Uint8Array(wanted);
      this.#bytes = bytes.subarray(0, await this.#source.read(bytes, position));
      this.#start = position;
    }
    const at = position - this.#start;
    return this.#bytes.subarray(at, at + length);
  }
}
