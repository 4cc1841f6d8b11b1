import { OdradekError } from '../base/errors.ts';

/**
 * Where to begin reading: `start` is the oldest record that is kept, `end` whatever is committed from
 * now on, a number that offset, a `Date` or `timestamp` (milliseconds since 1970) the first record at
 * or after it, or the end if there is none, and `last` that many offsets before the end.
 */
export type StartPosition =
  'start' | 'end' | number | Date | { readonly timestamp: number } | { readonly last: number };

/** A start position that has been looked at. */
export type Where =
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'timestamp'; readonly timestamp: number }
  | { readonly kind: 'last'; readonly count: number };

/** Throws `INVALID_REQUEST` for what is no position. */
export function parseStartPosition(position: StartPosition): Where {
  if (position === 'start' || position === 'end') return { kind: position };
  if (typeof position === 'number') {
    return { kind: 'offset', offset: wholeFromZero(position, 'an offset') };
  }
  if (position instanceof Date) return byTimestamp(position.getTime());
  if ('timestamp' in position) return byTimestamp(position.timestamp);
  return { kind: 'last', count: wholeFromZero(position.last, 'last') };
}

function byTimestamp(timestamp: number): Where {
  return { kind: 'timestamp', timestamp: wholeFromZero(timestamp, 'a timestamp') };
}

function wholeFromZero(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new OdradekError('INVALID_REQUEST', `${name} must be a whole number from 0, got ${value}`);
}
