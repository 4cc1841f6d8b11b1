/** Short hands for the events of one partition. */
import type {
  FinalRead,
  HistoryEvent,
  Poll,
  Send,
  Truncation,
} from '../../../../src/testing/judge/history.ts';
import { judge, type JudgeOptions } from '../../../../src/testing/judge/judge.ts';
import type { AnomalyKind, Verdict } from '../../../../src/testing/judge/verdict.ts';

export const PARTITION = 'orders-0';

let clock = 0;

/** Sent by `p1` at acks all and acknowledged, unless said otherwise. */
export function sent(value: string, offset: number | null, more: Partial<Send> = {}): Send {
  clock += 1;
  return {
    kind: 'send',
    client: 'p1',
    partition: PARTITION,
    value,
    acks: 'all',
    outcome: offset === null ? 'unknown' : 'ok',
    offset,
    code: null,
    sentAt: clock,
    answeredAt: clock,
    ...more,
  };
}

type Records = Readonly<Record<number, string>> | readonly (readonly [number, string])[];

function recordsOf(records: Records): Poll['records'] {
  const pairs = Array.isArray(records) ? records : Object.entries(records);
  return pairs.map(([offset, value]) => ({ offset: Number(offset), value }));
}

/** By `c1` in session 0, unless said otherwise. */
export function polled(records: Records, more: Partial<Poll> = {}): Poll {
  return {
    kind: 'poll',
    client: 'c1',
    partition: PARTITION,
    session: 0,
    records: recordsOf(records),
    at: 0,
    ...more,
  };
}

export function final(records: Records, logStartOffset = 0): FinalRead {
  return { kind: 'final', partition: PARTITION, logStartOffset, records: recordsOf(records) };
}

export function truncated(fromOffset: number, toOffset: number): Truncation {
  return {
    kind: 'truncation',
    broker: '1',
    partition: PARTITION,
    fromOffset,
    toOffset,
    bytes: 100,
  };
}

export function judged(
  events: readonly HistoryEvent[],
  options: Partial<JudgeOptions> = {},
): Verdict {
  return judge(events, { idempotent: true, ...options });
}

/** How many anomalies there are of each kind. */
export function kindsIn(
  events: readonly HistoryEvent[],
  options: Partial<JudgeOptions> = {},
): Partial<Record<AnomalyKind, number>> {
  return { ...judged(events, options).anomalyCounts };
}
