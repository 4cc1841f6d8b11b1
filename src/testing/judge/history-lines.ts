/**
 * A history as lines of JSON, one event each: how processes hand over their part. Parts are put one
 * behind the other.
 */
import { MalformedHistory, type HistoryEvent } from './history.ts';

/** The line of an event, without its end. */
export function lineOf(event: HistoryEvent): string {
  return JSON.stringify(event);
}

/** Throws `MalformedHistory` if the line is none that `lineOf` makes. */
export function eventOf(line: string): HistoryEvent {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch (error) {
    throw new MalformedHistory(`no JSON: ${shortened(line)}`, { cause: error });
  }
  if (isEvent(event)) return event;
  throw new MalformedHistory(`no event of a history: ${shortened(line)}`);
}

/**
 * The events of some lines. Where a writer may have been killed, its last line may be torn:
 * `lastMayBeTorn` leaves it out if it is no JSON.
 */
export async function* eventsOf(
  lines: AsyncIterable<string> | Iterable<string>,
  options: { readonly lastMayBeTorn?: boolean } = {},
): AsyncGenerator<HistoryEvent, void> {
  let held: string | null = null;
  for await (const line of lines) {
    if (line === '') continue;
    if (held !== null) yield eventOf(held);
    held = line;
  }
  if (held === null || (options.lastMayBeTorn === true && !isJson(held))) return;
  yield eventOf(held);
}

type Check = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Check>>;

const isString: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number';
const isRecord: Check = (value) => has(value, { offset: isNumber, value: isString });
const isRecords: Check = (value) => Array.isArray(value) && value.every(isRecord);

const SHAPES: Readonly<Record<HistoryEvent['kind'], Shape>> = {
  send: {
    client: isString,
    partition: isString,
    value: isString,
    acks: (value) => value === 0 || value === 1 || value === 'all',
    outcome: (value) => value === 'ok' || value === 'failed' || value === 'unknown',
    offset: orNull(isNumber),
    code: orNull(isString),
    sentAt: isNumber,
    answeredAt: orNull(isNumber),
  },
  poll: {
    client: isString,
    partition: isString,
    session: isNumber,
    records: isRecords,
    at: isNumber,
  },
  truncation: {
    broker: isString,
    partition: isString,
    fromOffset: isNumber,
    toOffset: isNumber,
    bytes: isNumber,
  },
  final: { partition: isString, logStartOffset: isNumber, records: isRecords },
};

function isEvent(value: unknown): value is HistoryEvent {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  const shape = Object.entries(SHAPES).find(([kind]) => kind === value.kind)?.[1];
  return shape !== undefined && has(value, shape);
}

function has(value: unknown, shape: Shape): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map(Object.entries(value));
  return Object.entries(shape).every(([name, check]) => check(fields.get(name)));
}

function orNull(check: Check): Check {
  return (value) => value === null || check(value);
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function shortened(line: string): string {
  return line.length <= 120 ? line : `${line.slice(0, 120)}…`;
}
