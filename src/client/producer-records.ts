import { OdradekError } from '../base/errors.ts';
import { timestamp } from '../base/ids.ts';
import type { Timestamp } from '../base/ids.ts';
import type { NewRecord, NewRecordHeader } from '../record/index.ts';

export type HeaderValue = Uint8Array | string | null;

/** A record to send. Strings become UTF-8; a key or a value that is left out is null. */
export interface ProducerRecord {
  readonly key?: Uint8Array | string | null;
  readonly value?: Uint8Array | string | null;
  /** By name, or in a list where the order or a repeated name matters. */
  readonly headers?: Readonly<Record<string, HeaderValue>> | readonly NewRecordHeader[];
  /** Milliseconds since 1970; the present where nothing is said. */
  readonly timestamp?: number | Date;
  /** Where it goes; the partitioner's choice where nothing is said. */
  readonly partition?: number;
}

/** One record as the batch builder takes it, written over for each: nothing is allocated per record. */
interface Scratch {
  key: Uint8Array | string | null;
  value: Uint8Array | string | null;
  timestamp: Timestamp;
}

interface ScratchWithHeaders extends Scratch {
  headers: readonly NewRecordHeader[];
}

const PLAIN: Scratch = { key: null, value: null, timestamp: timestamp(0) };
const WITH_HEADERS: ScratchWithHeaders = { ...PLAIN, headers: [] };

/**
 * The record for the batch builder, valid until the next call. Throws `INVALID_RECORD` for a
 * timestamp that is none.
 */
export function toNewRecord(record: ProducerRecord, present: Timestamp): NewRecord {
  const { headers } = record;
  const into = headers === undefined ? PLAIN : WITH_HEADERS;
  into.key = record.key ?? null;
  into.value = record.value ?? null;
  into.timestamp = record.timestamp === undefined ? present : timestampOf(record.timestamp);
  if (headers !== undefined) WITH_HEADERS.headers = headersOf(headers);
  return into;
}

function timestampOf(given: number | Date): Timestamp {
  const value = typeof given === 'number' ? given : given.getTime();
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new OdradekError(
      'INVALID_RECORD',
      `a timestamp must be whole milliseconds since 1970, got ${value}`,
    );
  }
  return timestamp(value);
}

function headersOf(headers: NonNullable<ProducerRecord['headers']>): readonly NewRecordHeader[] {
  return isList(headers)
    ? headers
    : Object.entries(headers).map(([key, value]) => ({ key, value }));
}

function isList(
  headers: NonNullable<ProducerRecord['headers']>,
): headers is readonly NewRecordHeader[] {
  return Array.isArray(headers);
}

/** About how many bytes a record takes: what the sticky partitioner counts. */
export function approximateBytes(record: ProducerRecord): number {
  return RECORD_OVERHEAD + (record.key?.length ?? 0) + (record.value?.length ?? 0);
}

const RECORD_OVERHEAD = 10;
