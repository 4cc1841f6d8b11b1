import { InvalidArgumentError } from 'commander';
import { parseDurationMs } from '../../base/units.ts';
import type { StartPosition } from '../../client/index.ts';

/**
 * `start`, `end`, an offset, `-N` for the last N of each partition, or `@` with milliseconds since
 * 1970, a date as ISO 8601 writes it, or a duration back from `now` such as `@-15m`.
 */
export function parseFrom(text: string, now: number = Date.now()): StartPosition {
  if (text === 'start' || text === 'end') return text;
  if (/^\d+$/.test(text)) return safe(Number(text));
  if (/^-\d+$/.test(text)) return { last: safe(-Number(text)) };
  if (text.startsWith('@')) {
    const timestamp = timestampOf(text.slice(1), now);
    if (Number.isSafeInteger(timestamp) && timestamp >= 0) return { timestamp };
  }
  throw new InvalidArgumentError(
    'It must be start, end, an offset, -N for the last N, or @ and a time: milliseconds since 1970, a date, or a duration back such as @-15m.',
  );
}

function timestampOf(text: string, now: number): number {
  if (/^\d+$/.test(text)) return Number(text);
  if (text.startsWith('-')) return now + (parseDurationMs(text) ?? NaN);
  return /^\d{4}-\d{2}/.test(text) ? Date.parse(text) : NaN;
}

function safe(value: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError(`It must be at most ${Number.MAX_SAFE_INTEGER}.`);
}
