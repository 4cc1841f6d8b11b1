import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Every line of the flights, in the order of the file. */
export const FLIGHTS: readonly string[] = gunzipSync(
  readFileSync(new URL('../data/flights.ndjson.gz', import.meta.url)),
)
  .toString()
  .split('\n')
  .filter((line) => line !== '');

interface Flight {
  readonly date: string;
  readonly delay: number;
  readonly origin: string;
}

export function flightOf(line: string): Flight {
  const parsed = JSON.parse(line) as Partial<Flight>;
  const { date, delay, origin } = parsed;
  if (typeof date !== 'string' || typeof delay !== 'number' || typeof origin !== 'string') {
    throw new Error(`no flight: ${line}`);
  }
  return { date, delay, origin };
}

/** The key under which a flight is written. */
export function originOf(line: string): string {
  return flightOf(line).origin;
}

/** What is added up: airport and day. */
export function totalKeyOf({ origin, date }: Flight): string {
  return `${origin} ${date.slice(0, 10)}`;
}

/** Minutes of delay by airport and day, as one process computes them. */
export function totalsOf(lines: Iterable<string>): Map<string, number> {
  const totals = new Map<string, number>();
  for (const line of lines) {
    const flight = flightOf(line);
    const key = totalKeyOf(flight);
    totals.set(key, (totals.get(key) ?? 0) + flight.delay);
  }
  return totals;
}

/** The lines of each key, in their order. */
export function linesByKey(
  records: Iterable<{ readonly key: string; readonly value: string }>,
): Map<string, string[]> {
  const byKey = new Map<string, string[]>();
  for (const { key, value } of records) {
    const lines = byKey.get(key);
    if (lines === undefined) byKey.set(key, [value]);
    else lines.push(value);
  }
  return byKey;
}
