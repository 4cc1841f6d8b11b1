/**
 * Random legal histories have no anomaly, and one thing made wrong in them is always found, as what it
 * is. `FC_RUNS` sets how many histories each property looks at.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Poll, ReadRecord, Send } from '../../../../src/testing/judge/history.ts';
import { judge } from '../../../../src/testing/judge/judge.ts';
import { lineOf, eventOf } from '../../../../src/testing/judge/history-lines.ts';
import {
  describeVerdict,
  type AnomalyKind,
  type Verdict,
} from '../../../../src/testing/judge/verdict.ts';
import { eventsOf, legalHistories, type LegalHistory } from './model-log.ts';

const RUNS = { numRuns: Number(process.env['FC_RUNS'] ?? 80) };

function verdictOn(history: LegalHistory): Verdict {
  return judge(eventsOf(history), { idempotent: history.idempotent });
}

function kindsOf(verdict: Verdict): AnomalyKind[] {
  return Object.keys(verdict.anomalyCounts) as AnomalyKind[];
}

describe('legal histories', () => {
  test('have no anomaly, and their losses are known and explained', () => {
    fc.assert(
      fc.property(legalHistories, (history) => {
        const verdict = verdictOn(history);
        expect(verdict.anomalies, describeVerdict(verdict)).toEqual([]);
        expect(verdict.lost.map(({ value }) => value)).toEqual(history.lost);
        expect(verdict.unexplained).toEqual([]);
        expect(verdict.counts.finalRecords).toBe(history.final.records.length);
        expect(judge(eventsOf({ ...history, cuts: [] }), history).unexplained).toEqual(
          verdict.lost,
        );
      }),
      RUNS,
    );
  });

  test('have none without a final read, nor put together in another order', () => {
    fc.assert(
      fc.property(legalHistories, (history) => {
        const { idempotent } = history;
        const seen = [...history.sends, ...history.polls, ...history.cuts];
        expect(judge(seen, { idempotent, finalRead: 'optional' }).anomalies).toEqual([]);
        const backwards = [history.final, ...[...history.sends].reverse(), ...history.polls];
        const parsed = backwards.map((event) => eventOf(lineOf(event)));
        expect(judge(parsed, { idempotent }).anomalies).toEqual([]);
      }),
      RUNS,
    );
  });

  test('show everything that the model does', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(legalHistories, (history) => {
        const { counts, lost } = verdictOn(history);
        if (counts.duplicatesAllowed > 0) seen.add('duplicates');
        if (counts.displaced > 0) seen.add('displaced');
        if (counts.unknownWritten > 0) seen.add('unknown written');
        if (lost.length > 0) seen.add('lost');
        if (history.final.logStartOffset > 0) seen.add('deleted');
        if (history.polls.some(({ session }) => session > 0)) seen.add('sessions');
      }),
      { ...RUNS, numRuns: Math.max(500, RUNS.numRuns), seed: 1 },
    );
    expect([...seen].sort()).toEqual(
      ['deleted', 'displaced', 'duplicates', 'lost', 'sessions', 'unknown written'].sort(),
    );
  });
});

/** One thing made wrong; null where the history has nothing to do it to. `pick` chooses. */
type Mutation = (history: LegalHistory, pick: Pick) => LegalHistory | null;
type Pick = <Item>(items: readonly Item[]) => Item | null;

/** What must be found, one of them. */
const MUTATIONS: Readonly<Record<string, { kinds: readonly AnomalyKind[]; mutate: Mutation }>> = {
  'a promised record is missing at the end': {
    kinds: ['unseen', 'wrong-offset'],
    mutate: (history, pick) => {
      const record = pick(history.final.records.filter((each) => isPromised(history, each)));
      return record && withFinal(history, (records) => records.filter((each) => each !== record));
    },
  },
  'a record that was polled is missing at the end': {
    kinds: ['unseen'],
    mutate: (history, pick) => {
      const record = pick(history.final.records.filter((each) => isPolled(history, each)));
      return record && withFinal(history, (records) => records.filter((each) => each !== record));
    },
  },
  'a promised record that was never read is missing at the end': {
    kinds: ['lost-write'],
    mutate: (history, pick) => {
      const { records } = history.final;
      const record = pick(
        records
          .slice(0, -1)
          .filter((each) => isPromised(history, each) && copiesOf(history, each.value) === 1),
      );
      if (record === null) return null;
      const without = withFinal(history, (all) => all.filter((each) => each !== record));
      return {
        ...without,
        polls: history.polls.map((poll) => ({
          ...poll,
          records: poll.records.filter(({ value }) => value !== record.value),
        })),
      };
    },
  },
  'two records are swapped at the end': {
    kinds: ['inconsistent-offsets'],
    mutate: (history, pick) => {
      const known = history.final.records.filter(
        (each) => isPromised(history, each) || isPolled(history, each),
      );
      const one = pick(known);
      const other = pick(history.final.records.filter(({ value }) => value !== one?.value));
      if (one === null || other === null) return null;
      return withFinal(history, (records) =>
        records.map((each) => {
          if (each === one) return { ...each, value: other.value };
          return each === other ? { ...each, value: one.value } : each;
        }),
      );
    },
  },
  'two records come in the other order': {
    kinds: ['int-nonmonotonic-poll'],
    mutate: (history, pick) =>
      withPoll(history, pick, 2, (records) => {
        const at = pick(records.slice(1).map((_, index) => index)) ?? 0;
        const [one, other] = records.slice(at, at + 2) as [ReadRecord, ReadRecord];
        return records.toSpliced(at, 2, other, one);
      }),
  },
  'a poll has a record twice': {
    kinds: ['int-nonmonotonic-poll'],
    mutate: (history, pick) =>
      withPoll(history, pick, 1, (records) =>
        records.flatMap((each, index) => (index === 0 ? [each, each] : [each])),
      ),
  },
  'the answers’ offsets go back at the end': {
    kinds: ['offset-order'],
    mutate: (history) =>
      history.final.records.length < 2
        ? null
        : withFinal(history, (records) => [...records].reverse()),
  },
  'a record is there again': {
    kinds: ['duplicate'],
    mutate: (history, pick) => {
      const record = pick(history.final.records);
      if (record === null || !history.idempotent) return null;
      return withFinal(history, (records) => [...records, { ...record, offset: BEYOND }]);
    },
  },
  'a record lies elsewhere than its sender was told': {
    kinds: ['wrong-offset', 'inconsistent-offsets'],
    mutate: (history, pick) => {
      const send = pick(history.sends.filter((each) => isAtItsOffset(history, each)));
      const place = pick([...history.final.records.map(({ offset }) => offset), BEYOND]);
      if (send === null || place === null || place === send.offset) return null;
      // A copy that a retry left, at just the offset that is told now.
      if (
        history.final.records.some((each) => each.offset === place && each.value === send.value)
      ) {
        return null;
      }
      return withSend(history, send, { offset: place });
    },
  },
  'a record is read at another’s offset': {
    kinds: ['inconsistent-offsets'],
    mutate: (history, pick) => {
      const { records } = history.final;
      return withPoll(history, pick, 1, (polled) => {
        const other = records.find(({ value }) => value !== polled.at(-1)?.value);
        const last = polled.at(-1);
        if (other === undefined || last === undefined) return null;
        return [...polled.slice(0, -1), { ...last, offset: other.offset }];
      });
    },
  },
  'a refused send is there at the end': {
    kinds: ['aborted-read'],
    mutate: (history, pick) => {
      const send = pick(history.sends.filter(({ outcome }) => outcome === 'failed'));
      if (send === null) return null;
      const { value } = send;
      return withFinal(history, (records) => [...records, { offset: BEYOND, value }]);
    },
  },
  'a send is said to be refused that was written': {
    kinds: ['aborted-read'],
    mutate: (history, pick) => {
      const send = pick(history.sends.filter(({ value }) => copiesOf(history, value) > 0));
      return send && withSend(history, send, { outcome: 'failed', offset: null });
    },
  },
  'a value is read that nobody sent': {
    kinds: ['phantom'],
    mutate: (history, pick) => {
      const send = pick(history.sends.filter(({ value }) => copiesOf(history, value) > 0));
      return send && { ...history, sends: history.sends.filter((each) => each !== send) };
    },
  },
  'a poll lacks a record in its middle': {
    kinds: ['int-poll-skip'],
    mutate: (history, pick) =>
      withPoll(history, pick, 3, (records) => {
        const record = pick(records.slice(1, -1).filter((each) => isInFinal(history, each)));
        return record && records.filter((each) => each !== record);
      }),
  },
  'a poll is left out': {
    kinds: ['poll-skip'],
    mutate: (history, pick) => {
      const poll = pick(
        history.polls.filter(
          (each) =>
            each.records.some((record) => isInFinal(history, record)) &&
            neighbours(history, each, -1).length > 0 &&
            neighbours(history, each, 1).length > 0,
        ),
      );
      return poll && { ...history, polls: history.polls.filter((each) => each !== poll) };
    },
  },
  'a poll comes again': {
    kinds: ['nonmonotonic-poll'],
    mutate: (history, pick) => {
      const poll = pick(history.polls.filter(({ records }) => records.length > 0));
      if (poll === null) return null;
      return {
        ...history,
        polls: history.polls.flatMap((each) => (each === poll ? [each, each] : [each])),
      };
    },
  },
  'two polls of a session change places': {
    kinds: ['nonmonotonic-poll'],
    mutate: (history, pick) => {
      const poll = pick(
        history.polls.filter(
          (each) => each.records.length > 0 && neighbours(history, each, 1).length > 0,
        ),
      );
      const next = poll && neighbours(history, poll, 1)[0];
      if (poll === null || next === null || next === undefined) return null;
      const swapped = history.polls.map((each) =>
        each === poll ? next : each === next ? poll : each,
      );
      return { ...history, polls: swapped };
    },
  },
  'two sends of a client were given in the other order': {
    kinds: ['nonmonotonic-send'],
    mutate: (history, pick) => {
      const placed = history.sends.filter((each) => isAtItsOffset(history, each));
      const pairs = placed.flatMap((one) => {
        const other = placed.find(
          ({ client, sentAt }) => client === one.client && sentAt > one.sentAt,
        );
        return other === undefined ? [] : [[one, other] as const];
      });
      const pair = pick(pairs);
      if (pair === null) return null;
      const [one, other] = pair;
      const moved = withSend(history, one, { sentAt: other.sentAt });
      return withSend(moved, other, { sentAt: one.sentAt });
    },
  },
};

/** Where a mutation puts what is not there: no model log comes so far. */
const BEYOND = 1_000_000;

describe('one thing made wrong', () => {
  test.each(Object.keys(MUTATIONS))('%s', (name) => {
    const { kinds, mutate } = MUTATIONS[name] as (typeof MUTATIONS)[string];
    let applied = 0;
    fc.assert(
      fc.property(legalHistories, fc.infiniteStream(fc.nat()), (history, numbers) => {
        const pick: Pick = (items) => {
          if (items.length === 0) return null;
          const number: number = numbers.next().value;
          return items[number % items.length] ?? null;
        };
        const mutated = mutate(history, pick);
        fc.pre(mutated !== null);
        applied += 1;
        const verdict = verdictOn(mutated);
        const found = kindsOf(verdict);
        expect(
          found.some((kind) => kinds.includes(kind)),
          `found ${found.join(', ')}`,
        ).toBe(true);
      }),
      { ...RUNS, maxSkipsPerRun: 1000 },
    );
    expect(applied).toBeGreaterThanOrEqual(RUNS.numRuns);
  });
});

function isPromised(history: LegalHistory, { offset, value }: ReadRecord): boolean {
  return history.sends.some(
    (send) => send.value === value && send.offset === offset && send.acks === 'all',
  );
}

function isPolled(history: LegalHistory, record: ReadRecord): boolean {
  return history.polls.some(({ records }) => records.some((each) => isSame(each, record)));
}

function isInFinal(history: LegalHistory, record: ReadRecord): boolean {
  return history.final.records.some((each) => isSame(each, record));
}

/** Promised, and to be read there. */
function isAtItsOffset(history: LegalHistory, { acks, offset, value }: Send): boolean {
  return acks === 'all' && offset !== null && isInFinal(history, { offset, value });
}

function isSame(one: ReadRecord, other: ReadRecord): boolean {
  return one.offset === other.offset && one.value === other.value;
}

function copiesOf(history: LegalHistory, value: string): number {
  return history.final.records.filter((each) => each.value === value).length;
}

/** The non-empty polls of its session before or behind a poll, the nearest first. */
function neighbours(history: LegalHistory, poll: Poll, direction: -1 | 1): Poll[] {
  const session = history.polls.filter(
    (each) =>
      each.client === poll.client &&
      each.session === poll.session &&
      (each === poll || each.records.length > 0),
  );
  const at = session.indexOf(poll);
  return direction === 1 ? session.slice(at + 1) : session.slice(0, at).reverse();
}

function withFinal(
  history: LegalHistory,
  change: (records: readonly ReadRecord[]) => readonly ReadRecord[],
): LegalHistory {
  return { ...history, final: { ...history.final, records: change(history.final.records) } };
}

function withSend(history: LegalHistory, send: Send, change: Partial<Send>): LegalHistory {
  const sends = history.sends.map((each) =>
    each.value === send.value ? { ...each, ...change } : each,
  );
  return { ...history, sends };
}

/** Changes one poll of at least so many records. */
function withPoll(
  history: LegalHistory,
  pick: Pick,
  recordsMin: number,
  change: (records: readonly ReadRecord[]) => readonly ReadRecord[] | null,
): LegalHistory | null {
  const poll = pick(history.polls.filter(({ records }) => records.length >= recordsMin));
  const records = poll === null ? null : change(poll.records);
  if (records === null) return null;
  return {
    ...history,
    polls: history.polls.map((each) => (each === poll ? { ...each, records } : each)),
  };
}
