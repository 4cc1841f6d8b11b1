/**
 * Makes record batches (`batch-header.ts` has the layout of the header) of records:
 *
 *   length          varint    bytes that follow this field
 *   attributes      int8      0
 *   timestampDelta  varlong   from the batch's baseTimestamp
 *   offsetDelta     varint    from the batch's baseOffset
 *   keyLength       varint    -1: no key
 *   key
 *   valueLength     varint    -1: no value (a tombstone in a compacted topic)
 *   value
 *   headersCount    varint
 *   per header: keyLength varint, key in UTF-8, valueLength varint (-1: null), value
 */
import type { Offset, Timestamp } from '../base/ids.ts';
import { assert } from '../base/assert.ts';
import type { Compression } from './compression.ts';
import { compressionCode } from './compression.ts';
import {
  ATTRIBUTES_POSITION,
  BASE_OFFSET_POSITION,
  BASE_SEQUENCE_POSITION,
  BASE_TIMESTAMP_POSITION,
  BATCH_LENGTH_POSITION,
  BATCH_MAGIC,
  BATCH_OVERHEAD,
  CRC_POSITION,
  LAST_OFFSET_DELTA_POSITION,
  LEADER_EPOCH_POSITION,
  LOG_OVERHEAD,
  MAGIC_POSITION,
  MAX_TIMESTAMP_POSITION,
  NO_LEADER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  PRODUCER_EPOCH_POSITION,
  PRODUCER_ID_POSITION,
  RECORDS_COUNT_POSITION,
  TRANSACTIONAL_FLAG,
  writeInt16,
  writeInt32,
  writeInt64,
} from './batch-header.ts';
import { crc32c } from './crc32c.ts';
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.ts';

export interface NewRecordHeader {
  readonly key: string;
  readonly value: Uint8Array | string | null;
}

/** A record to append. Strings become UTF-8. */
export interface NewRecord {
  readonly key: Uint8Array | string | null;
  readonly value: Uint8Array | string | null;
  readonly headers?: readonly NewRecordHeader[];
  readonly timestamp: Timestamp;
}

/** Who writes the batch, so that a resend is recognised. */
export interface ProducerState {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** Of the batch's first record. */
  readonly baseSequence: number;
}

export interface SealOptions extends Partial<ProducerState> {
  readonly transactional?: boolean;
  /** 0 where nothing is said, which is what a leader expects of a client. */
  readonly baseOffset?: Offset;
  /** -1 where nothing is said: the leader stamps it. */
  readonly leaderEpoch?: number;
}

/**
 * One open batch. Records are encoded straight into one buffer behind room for the header, with
 * nothing allocated per record. `build` hands that buffer over; a builder that has sealed takes
 * nothing until `reset`. One owner, no concurrency.
 */
export class RecordBatchBuilder {
  /** Of the whole batch, header included; one record alone may exceed it. */
  readonly bytesMax: number;
  /** All of its memory, from the first byte. */
  #buffer: Buffer<ArrayBuffer>;
  /** Where the next record begins, and how large the batch is. */
  #position = BATCH_OVERHEAD;
  #recordsCount = 0;
  #baseTimestamp = 0;
  #maxTimestamp = 0;
  #sealed = false;
  /** Whether `#buffer` is a sealed batch that someone else holds. */
  #handedOver = false;

  constructor(options: { readonly bytesMax: number; readonly initialBytes?: number }) {
    assert(options.bytesMax > BATCH_OVERHEAD, 'a batch must have room for a record');
    this.bytesMax = options.bytesMax;
    this.#buffer = allocate(options.initialBytes ?? Math.min(options.bytesMax, INITIAL_BYTES));
  }

  get recordsCount(): number {
    return this.#recordsCount;
  }

  /** The size of the batch if it were sealed now, uncompressed. */
  get bytes(): number {
    return this.#position;
  }

  get isSealed(): boolean {
    return this.#sealed;
  }

  /**
   * Appends a record with the next offset. False, and nothing changed, when the batch would exceed
   * `bytesMax`; the first record is always taken.
   */
  append(record: NewRecord): boolean {
    assert(!this.#sealed, 'a sealed batch takes no records');
    // Most strings are ASCII, which is as long in UTF-8 as it is in characters: that is assumed, and
    // if writing shows that it is not so, the strings are measured and the record is written anew.
    const taken = this.#tryAppend(record, false);
    return taken === NOT_ASCII ? this.#tryAppend(record, true) === TAKEN : taken === TAKEN;
  }

  /**
   * Seals the batch uncompressed: header, CRC. The bytes are the builder's own buffer, which it gives
   * up. (A plain `Uint8Array`: what `slice` does to a `Buffer` has surprised many.)
   */
  build(options: SealOptions = {}): Uint8Array {
    const batch = new Uint8Array(this.#buffer.buffer, 0, this.#position);
    return this.#seal(batch, 'none', options);
  }

  /**
   * The records, as a view that is valid until `reset`: what is compressed for `sealCompressed`. No
   * record may be appended between the two.
   */
  get recordsSection(): Uint8Array {
    return new Uint8Array(this.#buffer.buffer, BATCH_OVERHEAD, this.#position - BATCH_OVERHEAD);
  }

  /**
   * Seals the batch with `compressedRecords` (`recordsSection` through `compression`) in the place of
   * the records, into a buffer of its own.
   */
  sealCompressed(
    compressedRecords: Uint8Array,
    compression: Exclude<Compression, 'none'>,
    options: SealOptions = {},
  ): Uint8Array {
    const batch = new Uint8Array(BATCH_OVERHEAD + compressedRecords.length);
    batch.set(compressedRecords, BATCH_OVERHEAD);
    return this.#seal(batch, compression, options);
  }

  /**
   * Empties the builder. `recycled` is a batch that a builder's `build` returned and that nobody
   * holds any more: all the memory behind it is used again. Without it, a builder whose buffer was
   * handed over allocates another.
   */
  reset(recycled?: Uint8Array): void {
    if (recycled !== undefined) {
      assert(recycled.byteOffset === 0, 'what is recycled begins where its memory begins');
      assert(recycled.buffer instanceof ArrayBuffer, 'what is recycled is not shared');
      this.#buffer = Buffer.from(recycled.buffer);
    } else if (this.#handedOver) {
      this.#buffer = allocate(
        Math.min(this.#buffer.length, Math.max(this.bytesMax, INITIAL_BYTES)),
      );
    }
    this.#handedOver = false;
    this.#sealed = false;
    this.#position = BATCH_OVERHEAD;
    this.#recordsCount = 0;
    this.#baseTimestamp = 0;
    this.#maxTimestamp = 0;
  }

  #seal(batch: Uint8Array, compression: Compression, options: SealOptions): Uint8Array {
    assert(!this.#sealed, 'a batch is sealed once');
    assert(this.#recordsCount > 0, 'an empty batch is never sealed');
    this.#sealed = true;
    this.#handedOver = compression === 'none';
    const attributes =
      compressionCode(compression) | (options.transactional === true ? TRANSACTIONAL_FLAG : 0);
    writeInt64(batch, BASE_OFFSET_POSITION, options.baseOffset ?? 0);
    writeInt32(batch, BATCH_LENGTH_POSITION, batch.length - LOG_OVERHEAD);
    writeInt32(batch, LEADER_EPOCH_POSITION, options.leaderEpoch ?? NO_LEADER_EPOCH);
    batch[MAGIC_POSITION] = BATCH_MAGIC;
    writeInt16(batch, ATTRIBUTES_POSITION, attributes);
    writeInt32(batch, LAST_OFFSET_DELTA_POSITION, this.#recordsCount - 1);
    writeInt64(batch, BASE_TIMESTAMP_POSITION, this.#baseTimestamp);
    writeInt64(batch, MAX_TIMESTAMP_POSITION, this.#maxTimestamp);
    writeInt32(batch, RECORDS_COUNT_POSITION, this.#recordsCount);
    writeProducerState(batch, {
      producerId: options.producerId ?? NO_PRODUCER_ID,
      producerEpoch: options.producerEpoch ?? NO_PRODUCER_EPOCH,
      baseSequence: options.baseSequence ?? NO_SEQUENCE,
    });
    return batch;
  }

  #tryAppend(record: NewRecord, measured: boolean): number {
    const timestampDelta = this.#recordsCount === 0 ? 0 : record.timestamp - this.#baseTimestamp;
    const length = recordLength(record, timestampDelta, this.#recordsCount, measured);
    const total = varintSize(length) + length;
    if (this.#recordsCount > 0 && this.#position + total > this.bytesMax) return FULL;
    this.#reserve(total);
    const end = this.#write(record, length, timestampDelta, measured);
    if (end === NOT_ASCII) return NOT_ASCII;
    assert(end === this.#position + total, 'a record must be as long as it was measured');
    if (this.#recordsCount === 0) {
      this.#baseTimestamp = record.timestamp;
      this.#maxTimestamp = record.timestamp;
    } else if (record.timestamp > this.#maxTimestamp) {
      this.#maxTimestamp = record.timestamp;
    }
    this.#position = end;
    this.#recordsCount++;
    return TAKEN;
  }

  /** Room for `bytes` more, and a little: `writeString` may write behind a string's end. */
  #reserve(bytes: number): void {
    const needed = this.#position + bytes + STRING_SLACK;
    if (needed <= this.#buffer.length) return;
    assert(needed <= BATCH_BYTES_MAX, () => `a batch of ${needed} bytes has no length in 32 bits`);
    const larger = allocate(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#position));
    this.#buffer = larger;
  }

  /** Writes a record at `#position`; returns the position behind it, or `NOT_ASCII`. */
  #write(record: NewRecord, length: number, timestampDelta: number, measured: boolean): number {
    const buffer = this.#buffer;
    const { key, value, headers } = record;
    let at = writeVarint(buffer, this.#position, length);
    buffer[at++] = 0;
    at = writeVarlong(buffer, at, timestampDelta);
    at = writeVarint(buffer, at, this.#recordsCount);
    at = writeField(buffer, at, key, measured);
    if (at === NOT_ASCII) return NOT_ASCII;
    at = writeField(buffer, at, value, measured);
    if (at === NOT_ASCII) return NOT_ASCII;
    if (headers === undefined) {
      buffer[at++] = 0;
      return at;
    }
    at = writeVarint(buffer, at, headers.length);
    for (const header of headers) {
      at = writeField(buffer, at, header.key, measured);
      if (at === NOT_ASCII) return NOT_ASCII;
      at = writeField(buffer, at, header.value, measured);
      if (at === NOT_ASCII) return NOT_ASCII;
    }
    return at;
  }
}

/**
 * Writes who produces a sealed batch into it, in place, with a new CRC: the sequence of a batch that
 * is resent under another epoch changes. Nobody else may be reading it.
 */
export function writeProducerState(batch: Uint8Array, state: ProducerState): void {
  assert(batch.length >= BATCH_OVERHEAD, 'a batch has a whole header');
  writeInt64(batch, PRODUCER_ID_POSITION, state.producerId);
  writeInt16(batch, PRODUCER_EPOCH_POSITION, state.producerEpoch);
  writeInt32(batch, BASE_SEQUENCE_POSITION, state.baseSequence);
  writeInt32(batch, CRC_POSITION, crc32c(batch, ATTRIBUTES_POSITION));
}

/** Enough for a few dozen small records; a buffer doubles as it fills. */
const INITIAL_BYTES = 16 * 1024;
/** The length field counts up to 2^31 - 1. */
const BATCH_BYTES_MAX = 0x7fff_ffff;
/** What a write of a string may use behind the string's assumed end: see `writeString`. */
const STRING_SLACK = 4;
/** Up to this many characters a loop is faster than the call into native code. */
const SHORT_STRING = 40;
/** Up to this many bytes a loop is faster than `set`. */
const SHORT_BYTES = 16;

/** What became of a record. */
const TAKEN = 1;
const FULL = 0;
/** Also in the place of a position: a string turned out not to be ASCII, nothing has changed. */
const NOT_ASCII = -1;

/** Memory of its own rather than a slice of Node's pool: a batch may live for long. */
function allocate(bytes: number): Buffer<ArrayBuffer> {
  return Buffer.allocUnsafeSlow(bytes + STRING_SLACK);
}

/** The bytes of a record behind its length field. `measured`: strings may be other than ASCII. */
function recordLength(
  record: NewRecord,
  timestampDelta: number,
  offsetDelta: number,
  measured: boolean,
): number {
  const { headers } = record;
  const length =
    1 +
    varlongSize(timestampDelta) +
    varintSize(offsetDelta) +
    fieldSize(record.key, measured) +
    fieldSize(record.value, measured);
  if (headers === undefined) return length + 1;
  let headersLength = varintSize(headers.length);
  for (const header of headers) {
    headersLength += fieldSize(header.key, measured) + fieldSize(header.value, measured);
  }
  return length + headersLength;
}

function fieldSize(field: Uint8Array | string | null, measured: boolean): number {
  if (field === null) return 1;
  const length = fieldLength(field, measured);
  return length < 64 ? 1 + length : varintSize(length) + length;
}

function fieldLength(field: Uint8Array | string, measured: boolean): number {
  return measured && typeof field === 'string' ? Buffer.byteLength(field) : field.length;
}

/** Writes a length and what it counts; returns the position behind it, or `NOT_ASCII`. */
function writeField(
  buffer: Buffer,
  at: number,
  field: Uint8Array | string | null,
  measured: boolean,
): number {
  if (field === null) {
    buffer[at] = 1; // -1 in zigzag.
    return at + 1;
  }
  const length = fieldLength(field, measured);
  if (length < 64) buffer[at++] = length << 1;
  else at = writeVarint(buffer, at, length);
  if (typeof field === 'string') return writeString(buffer, at, field, length);
  if (length > SHORT_BYTES) buffer.set(field, at);
  // An index, since the iterator of `entries` makes this four times slower.
  // eslint-disable-next-line @typescript-eslint/no-non-null-assertion -- below the length
  else for (let index = 0; index < length; index++) buffer[at + index] = field[index]!;
  return at + length;
}

/** Writes a string that should take `length` bytes; `NOT_ASCII` if it does not. */
function writeString(buffer: Buffer, at: number, text: string, length: number): number {
  if (length > SHORT_STRING || length !== text.length) {
    // UTF-8 of anything but ASCII is longer than the string. Room for four more bytes is enough to
    // see that, since a write that stops for lack of room has less than one character to go on.
    return buffer.write(text, at, length + STRING_SLACK) === length ? at + length : NOT_ASCII;
  }
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0x80) return NOT_ASCII;
    buffer[at + index] = code;
  }
  return at + length;
}
