import type { ProducerRecord } from '../../client/index.ts';
import { CommandError } from '../command-error.ts';
import type { KeyValue } from '../key-value.ts';

export interface RecordOptions {
  /** At most one of the three says where the key comes from. */
  readonly keyField?: string;
  readonly key?: string;
  readonly keySeparator?: string;
  readonly partition?: number;
  readonly headers?: readonly KeyValue[];
}

/** Makes a record of a line. Throws a sentence that names the line, counted from 1. */
export type LineParser = (line: Buffer, number: number) => ProducerRecord;

export function lineParser(options: RecordOptions): LineParser {
  const { keyField, key, keySeparator, partition, headers } = options;
  const rest = {
    ...(partition === undefined ? {} : { partition }),
    ...(headers === undefined
      ? {}
      : { headers: headers.map(([name, value]) => ({ key: name, value })) }),
  };
  if (keyField !== undefined) {
    return (line, number) => ({ key: keyOf(line, number, keyField), value: line, ...rest });
  }
  if (keySeparator !== undefined) {
    const separator = Buffer.from(keySeparator);
    return (line, number) => {
      const at = line.indexOf(separator);
      if (at === -1) {
        throw badLine(number, `has no key: there is no "${keySeparator}" in it`, line);
      }
      return { key: line.subarray(0, at), value: line.subarray(at + separator.length), ...rest };
    };
  }
  if (key !== undefined) return (line) => ({ key, value: line, ...rest });
  return (line) => ({ value: line, ...rest });
}

/**
 * The field's text: a string as it is, anything else as JSON writes it; null is no key. A line without
 * the field is refused, since its place among the others of its key would be left to chance.
 */
function keyOf(line: Buffer, number: number, field: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(line.toString());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw badLine(number, `is not JSON, which --key-field needs (${reason})`, line);
  }
  if (!isObject(value)) throw badLine(number, 'is no JSON object, so it has no fields', line);
  if (!Object.hasOwn(value, field)) throw badLine(number, `has no field "${field}"`, line);
  const key = value[field];
  if (typeof key === 'string') return key;
  return key === null ? null : JSON.stringify(key);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function badLine(number: number, what: string, line: Buffer): CommandError {
  const text = line.subarray(0, SHOWN_BYTES).toString();
  const more = line.length > SHOWN_BYTES ? '…' : '';
  return new CommandError(`line ${number} ${what}: ${text}${more}`, { code: 'INVALID_RECORD' });
}

/** Enough to find the line by. */
const SHOWN_BYTES = 80;
