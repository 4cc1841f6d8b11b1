import { CorruptBatch } from '../record/corrupt-batch.ts';
import {
  VarintReader,
  varintSize,
  varlongSize,
  writeVarint,
  writeVarlong,
} from '../record/varint.ts';

/** Where a record and its parts lie in a records section; `batch-builder.ts` has the layout. */
export interface RawRecord {
  /** Of its length field, and behind its last byte. */
  readonly start: number;
  readonly end: number;
  readonly attributes: number;
  readonly timestampDelta: number;
  readonly offsetDelta: number;
  /** Of the offset delta: everything from there on does not depend on the batch's base timestamp. */
  readonly restStart: number;
  readonly keyStart: number;
  /** -1: null. */
  readonly keyLength: number;
  /** -1: null. */
  readonly valueLength: number;
}

/**
 * Calls `visit` for each of the `count` records of a section, with one object that it fills anew.
 * Stops where `visit` says false. Throws `CorruptBatch` for records that do not fill the section.
 */
export function walkRawRecords(
  section: Uint8Array,
  count: number,
  visit: (record: RawRecord) => boolean | void,
): void {
  const reader = new VarintReader(section);
  const record = {
    start: 0,
    end: 0,
    attributes: 0,
    timestampDelta: 0,
    offsetDelta: 0,
    restStart: 0,
    keyStart: 0,
    keyLength: -1,
    valueLength: -1,
  };
  for (let index = 0; index < count; index++) {
    record.start = reader.position;
    const length = reader.readVarint();
    record.end = reader.position + length;
    if (length < RECORD_BYTES_MIN || record.end > section.length) {
      throw new CorruptBatch(`a record says that it has ${length} bytes`, record.start);
    }
    // eslint-disable-next-line @typescript-eslint/no-non-null-assertion -- the length was checked
    record.attributes = section[reader.position++]!;
    record.timestampDelta = reader.readVarlong();
    record.restStart = reader.position;
    record.offsetDelta = reader.readVarint();
    record.keyLength = reader.readVarint();
    record.keyStart = reader.position;
    reader.position += Math.max(0, record.keyLength);
    record.valueLength = reader.readVarint();
    if (reader.position + Math.max(0, record.valueLength) > record.end) {
      throw new CorruptBatch('a field is longer than its record', record.start);
    }
    if (visit(record) === false) return;
    reader.position = record.end;
  }
  if (reader.position !== section.length) {
    throw new CorruptBatch('bytes are left behind the last record', reader.position);
  }
}

/** The bytes that `writeRecordAt` takes for this record with another timestamp delta. */
export function recordBytesWith(record: RawRecord, timestampDelta: number): number {
  const length = 1 + varlongSize(timestampDelta) + (record.end - record.restStart);
  return varintSize(length) + length;
}

/** Writes the record with another timestamp delta at `position`; returns the position behind it. */
export function writeRecordWith(
  target: Uint8Array,
  position: number,
  section: Uint8Array,
  record: RawRecord,
  timestampDelta: number,
): number {
  const rest = section.subarray(record.restStart, record.end);
  let at = writeVarint(target, position, 1 + varlongSize(timestampDelta) + rest.length);
  target[at++] = record.attributes;
  at = writeVarlong(target, at, timestampDelta);
  target.set(rest, at);
  return at + rest.length;
}

/** Six fields behind the length, none of which takes less than a byte. */
const RECORD_BYTES_MIN = 6;
