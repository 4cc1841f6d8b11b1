/**
 * Durations and sizes as people write them: `250ms`, `10s`, `7d`; `64KiB`, `1GiB`. A bare number is
 * milliseconds or bytes. `-1` stays what Kafka means by it: no limit.
 */

const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const BYTES = {
  B: 1,
  kB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  TB: 1_000_000_000_000,
  KiB: 1_024,
  MiB: 1_024 ** 2,
  GiB: 1_024 ** 3,
  TiB: 1_024 ** 4,
} as const;

/** Milliseconds, or null if the text is not a duration that comes out whole. */
export function parseDurationMs(text: string): number | null {
  return parseWithUnit(text, MILLISECONDS);
}

/** Bytes, or null if the text is not a size that comes out whole. */
export function parseBytes(text: string): number | null {
  return parseWithUnit(text, BYTES);
}

/** The shortest way to write a duration without loss: `604800000` is `7d`. */
export function formatDurationMs(milliseconds: number): string {
  return formatWithUnit(milliseconds, MILLISECONDS, 'ms');
}

/** The shortest way to write a size without loss, in binary units: `268435456` is `256MiB`. */
export function formatBytes(bytes: number): string {
  const { B, KiB, MiB, GiB, TiB } = BYTES;
  return formatWithUnit(bytes, { B, KiB, MiB, GiB, TiB }, '');
}

function parseWithUnit(text: string, units: Readonly<Record<string, number>>): number | null {
  const match = /^(-?\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text.trim());
  if (match === null) return null;
  const [, digits = '', unit = ''] = match;
  // Case matters nowhere else between these units, so `10S` and `64kib` are understood.
  const name = Object.keys(units).find((each) => each.toLowerCase() === unit.toLowerCase());
  const factor = unit === '' ? 1 : name === undefined ? undefined : units[name];
  if (factor === undefined) return null;
  const value = Number(digits) * factor;
  return Number.isSafeInteger(value) ? value : null;
}

function formatWithUnit(
  value: number,
  units: Readonly<Record<string, number>>,
  smallest: string,
): string {
  const largestFirst = Object.entries(units).sort(([, a], [, b]) => b - a);
  const fitting = largestFirst.find(([, factor]) => factor > 1 && value % factor === 0);
  if (value <= 0 || fitting === undefined) return value <= 0 ? `${value}` : `${value}${smallest}`;
  return `${value / fitting[1]}${fitting[0]}`;
}
