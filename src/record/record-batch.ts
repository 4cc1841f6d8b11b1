/**
 * Reading the records of a batch (`batch-builder.ts` has their layout), one after the other, with
 * nothing allocated per record but what the reader asks for.
 *
 * A record's offset is the batch's base offset and its delta; compaction leaves holes, so offsets
 * rise but need not be dense, and a reader goes on at `header.nextOffset`. Its timestamp is the
 * batch's base timestamp and its delta, or, on a batch stamped by the broker (LogAppendTime), the
 * batch's max timestamp for all.
 */
import type { Offset, Timestamp } from '../base/ids.ts';
import { offset, timestamp } from '../base/ids.ts';
import { assert } from '../base/assert.ts';
import { CorruptBatch } from './corrupt-batch.ts';
import type { BatchHeader } from './batch-header.ts';
import { BATCH_OVERHEAD, NO_PRODUCER_ID, readBatchHeader } from './batch-header.ts';
import { crcAgrees } from './validate-batch.ts';
import { VarintReader } from './varint.ts';

export interface RecordHeader {
  readonly key: string;
  /** A view on the batch's bytes. */
  readonly value: Uint8Array | null;
}

/** A record that may be kept. Its bytes are views on the batch's. */
export interface LogRecord {
  readonly offset: Offset;
  readonly timestamp: Timestamp;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

/**
 * One batch, read where it lies: keeping a key or a value keeps the memory of the whole batch. Made
 * by whoever received the bytes; holds no state between walks.
 */
export class RecordBatchView {
  readonly header: BatchHeader;
  readonly #bytes: Uint8Array;
  readonly #position: number;
  /** The records, uncompressed; null while they are compressed. */
  readonly #records: Uint8Array | null;

  /**
   * The batch at `position`, of which every byte must be there. `decompressed` is what
   * `compressedRecords` of the same batch decompresses to. Throws `CorruptBatch`; looks at no CRC.
   */
  constructor(bytes: Uint8Array, position = 0, decompressed?: Uint8Array) {
    this.header = readBatchHeader(bytes, position);
    this.#bytes = bytes;
    this.#position = position;
    const end = position + this.header.totalBytes;
    if (end > bytes.length) throw new CorruptBatch('the batch is cut off', position);
    if (this.header.compression === null) {
      throw new CorruptBatch('the compression has a code that nobody has assigned', position);
    }
    const section = bytes.subarray(position + BATCH_OVERHEAD, end);
    this.#records = this.header.compression === 'none' ? section : (decompressed ?? null);
    if (this.header.recordsCount === 0) this.#records = EMPTY;
  }

  /** The whole batch. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(this.#position, this.#position + this.header.totalBytes);
  }

  /** Whether the records can be read only with `withDecompressed`. */
  get needsDecompression(): boolean {
    return this.#records === null;
  }

  /** The records as they lie in the batch: what is to be decompressed. */
  get compressedRecords(): Uint8Array {
    return this.#bytes.subarray(
      this.#position + BATCH_OVERHEAD,
      this.#position + this.header.totalBytes,
    );
  }

  /** The same batch, readable. */
  withDecompressed(decompressed: Uint8Array): RecordBatchView {
    return new RecordBatchView(this.#bytes, this.#position, decompressed);
  }

  /** Whether the CRC agrees with the bytes. */
  crcAgrees(): boolean {
    return crcAgrees(this.#bytes, this.#position, this.header);
  }

  /**
   * Calls `fn` for every record with one and the same cursor: what is to outlive the call is copied
   * out of it (`toRecord`). Throws `CorruptBatch` for records that break the format, after `fn` has
   * had those before them.
   */
  forEach(fn: (record: RecordCursor) => void): void {
    const cursor = this.cursor();
    while (cursor.next()) fn(cursor);
  }

  /** As `forEach`, with objects that may be kept. */
  *records(): Generator<LogRecord, void> {
    const cursor = this.cursor();
    while (cursor.next()) yield cursor.toRecord();
  }

  /** A cursor in front of the first record. */
  cursor(): RecordCursor {
    assert(this.#records !== null, 'the records must be decompressed before they are read');
    return new RecordCursor(this.header, this.#records);
  }
}

/**
 * A place in a batch's records, which `next` moves on. Its properties belong to the record that it
 * stands at and change with the next move.
 */
export class RecordCursor {
  readonly #header: BatchHeader;
  readonly #reader: VarintReader;
  readonly #fixedTimestamp: boolean;
  readonly #sectionEnd: number;
  #index = -1;
  #offsetDelta = -1;
  #timestampDelta = 0;
  #keyStart = 0;
  /** -1: null. */
  #keyLength = -1;
  #valueStart = 0;
  #valueLength = -1;
  #headersStart = 0;
  #headersCount = 0;

  constructor(header: BatchHeader, records: Uint8Array) {
    this.#header = header;
    this.#reader = new VarintReader(records);
    this.#sectionEnd = records.length;
    this.#fixedTimestamp = header.timestampType === 'LogAppendTime';
    if (header.recordsCount * RECORD_BYTES_MIN > records.length) {
      throw new CorruptBatch(
        `${header.recordsCount} records do not fit in ${records.length} bytes`,
        0,
      );
    }
  }

  /** Moves to the next record; false behind the last. Throws `CorruptBatch`. */
  next(): boolean {
    const reader = this.#reader;
    if (this.#index + 1 >= this.#header.recordsCount) {
      if (reader.position !== this.#sectionEnd) {
        throw new CorruptBatch('bytes are left behind the last record', reader.position);
      }
      return false;
    }
    const start = reader.position;
    reader.end = this.#sectionEnd;
    const length = reader.readVarint();
    const end = reader.position + length;
    if (length < RECORD_BYTES_MIN - 1 || end > this.#sectionEnd) {
      throw new CorruptBatch(`a record says that it has ${length} bytes`, start);
    }
    reader.end = end;
    reader.position++; // The attributes, of which no bit has a meaning.
    this.#timestampDelta = reader.readVarlong();
    const offsetDelta = reader.readVarint();
    if (offsetDelta <= this.#offsetDelta || offsetDelta > this.#header.lastOffsetDelta) {
      throw new CorruptBatch(`offset delta ${offsetDelta} follows ${this.#offsetDelta}`, start);
    }
    this.#offsetDelta = offsetDelta;
    this.#keyLength = this.#skipField();
    this.#keyStart = reader.position - Math.max(this.#keyLength, 0);
    this.#valueLength = this.#skipField();
    this.#valueStart = reader.position - Math.max(this.#valueLength, 0);
    this.#skipHeaders();
    if (reader.position !== end) {
      throw new CorruptBatch('a record has more bytes than its fields', reader.position);
    }
    if (!this.#fixedTimestamp && !Number.isSafeInteger(this.#sum)) {
      throw new CorruptBatch('a timestamp leaves the range of safe integers', start);
    }
    this.#index++;
    return true;
  }

  get offset(): Offset {
    return offset(this.#header.baseOffset + this.#offsetDelta);
  }

  get timestamp(): Timestamp {
    return this.#fixedTimestamp ? this.#header.maxTimestamp : timestamp(this.#sum);
  }

  /** The producer's sequence number, which begins at 0 again behind 2^31 - 1; -1: none. */
  get sequence(): number {
    if (this.#header.producerId === NO_PRODUCER_ID || this.#header.baseSequence < 0) return -1;
    return (this.#header.baseSequence + this.#offsetDelta) % 0x8000_0000;
  }

  /** A view, made at each access. */
  get key(): Uint8Array | null {
    return this.#view(this.#keyStart, this.#keyLength);
  }

  /** A view, made at each access; null is a tombstone in a compacted topic. */
  get value(): Uint8Array | null {
    return this.#view(this.#valueStart, this.#valueLength);
  }

  /** -1: null. */
  get keyLength(): number {
    return this.#keyLength;
  }

  /** -1: null. */
  get valueLength(): number {
    return this.#valueLength;
  }

  get headersCount(): number {
    return this.#headersCount;
  }

  /** Decoded at each access. */
  get headers(): readonly RecordHeader[] {
    if (this.#headersCount === 0) return NO_HEADERS;
    // A reader of its own: the cursor's stands behind the record, whose headers it has checked.
    const reader = new VarintReader(this.#reader.bytes, this.#headersStart, this.#reader.end);
    const headers: RecordHeader[] = [];
    for (let index = 0; index < this.#headersCount; index++) {
      const key = readView(reader);
      assert(key !== null, 'the cursor has seen that every header has a key');
      headers.push({ key: DECODER.decode(key), value: readView(reader) });
    }
    return headers;
  }

  /** The record as an object that may be kept. */
  toRecord(): LogRecord {
    return {
      offset: this.offset,
      timestamp: this.timestamp,
      key: this.key,
      value: this.value,
      headers: this.headers,
    };
  }

  get #sum(): number {
    return this.#header.baseTimestamp + this.#timestampDelta;
  }

  #view(start: number, length: number): Uint8Array | null {
    return length < 0 ? null : this.#reader.bytes.subarray(start, start + length);
  }

  /** Moves behind a length and what it counts; returns the length, -1 for null. */
  #skipField(): number {
    const reader = this.#reader;
    const at = reader.position;
    const length = reader.readVarint();
    if (length < -1 || length > reader.end - reader.position) {
      throw new CorruptBatch(`a field says that it has ${length} bytes`, at);
    }
    if (length > 0) reader.position += length;
    return length;
  }

  #skipHeaders(): void {
    const reader = this.#reader;
    const at = reader.position;
    const count = reader.readVarint();
    if (count < 0 || count > (reader.end - reader.position) / HEADER_BYTES_MIN) {
      throw new CorruptBatch(`a record says that it has ${count} headers`, at);
    }
    this.#headersCount = count;
    this.#headersStart = reader.position;
    for (let index = 0; index < count; index++) {
      const headerAt = reader.position;
      if (this.#skipField() < 0) throw new CorruptBatch('a header has no key', headerAt);
      this.#skipField();
    }
  }
}

/** The length and the six fields, none of which takes less than a byte. */
const RECORD_BYTES_MIN = 7;
/** Two lengths. */
const HEADER_BYTES_MIN = 2;
const EMPTY = new Uint8Array(0);
const NO_HEADERS: readonly RecordHeader[] = [];
const DECODER = new TextDecoder();

/** Reads a field of which `#skipField` has seen that it is there. */
function readView(reader: VarintReader): Uint8Array | null {
  const length = reader.readVarint();
  if (length < 0) return null;
  const start = reader.position;
  reader.position += length;
  return reader.bytes.subarray(start, start + length);
}
