/**
 * A partition as it should be, with clients that send to it, time out, retry and read, and with leaders
 * that lose what was not committed. It writes the history that its clients would record.
 */
import fc from 'fast-check';
import type {
  FinalRead,
  HistoryEvent,
  Poll,
  ReadRecord,
  Send,
} from '../../../../src/testing/judge/history.ts';
import { PARTITION } from './events.ts';

export interface LegalHistory {
  readonly idempotent: boolean;
  readonly sends: readonly Send[];
  readonly polls: readonly Poll[];
  readonly cuts: readonly HistoryEvent[];
  readonly final: FinalRead;
  /** What was acknowledged at acks 1 and is nowhere in the end, in the order of the sends. */
  readonly lost: readonly string[];
}

export function eventsOf(history: LegalHistory): HistoryEvent[] {
  return [...history.polls, ...history.sends, ...history.cuts, history.final];
}

/** What happens to a send. The numbers that come with a step are taken modulo what is possible. */
const FATES = [
  'written',
  'retried',
  'refused',
  'lost',
  'unanswered',
  'unanswered twice',
  'late',
] as const;

type Step =
  | {
      readonly kind: 'send';
      readonly client: number;
      readonly fate: Fate;
      readonly acks: 1 | 'all';
    }
  | { readonly kind: 'late write' }
  | { readonly kind: 'commit'; readonly count: number }
  | { readonly kind: 'fail over'; readonly count: number }
  | { readonly kind: 'control record' }
  | { readonly kind: 'poll'; readonly client: number; readonly count: number }
  | { readonly kind: 'seek'; readonly client: number; readonly place: number }
  | { readonly kind: 'delete'; readonly count: number };
type Fate = (typeof FATES)[number];

const small = fc.nat({ max: 6 });
const client = fc.nat({ max: 2 });
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({
        kind: fc.constant('send' as const),
        client,
        fate: fc.constantFrom(...FATES, 'written' as const, 'written' as const),
        acks: fc.constantFrom(1 as const, 'all' as const, 'all' as const),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({ kind: fc.constant('poll' as const), client, count: small }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('commit' as const), count: small }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail over' as const), count: small }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('late write' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('control record' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('seek' as const), client, place: fc.nat() }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), count: small }) },
  ),
  { minLength: 10, maxLength: 60, size: 'max' },
);

export const legalHistories: fc.Arbitrary<LegalHistory> = fc
  .record({ idempotent: fc.boolean(), startOffset: fc.constantFrom(0, 4090), steps })
  .map(({ idempotent, startOffset, steps }) => {
    const log = new ModelLog(idempotent, startOffset);
    for (const step of steps) log.take(step);
    return log.end();
  });

class ModelLog {
  readonly #idempotent: boolean;
  /** From `#startOffset` on; null for what no client sees. */
  readonly #records: (string | null)[] = [];
  readonly #startOffset: number;
  #logStartOffset: number;
  #highWatermark: number;
  /** Sends that were given up, and whose batch may still arrive. */
  readonly #late: string[] = [];
  readonly #sends: Send[] = [];
  readonly #polls: Poll[] = [];
  readonly #cuts: HistoryEvent[] = [];
  readonly #readers: Map<number, { session: number; position: number }> = new Map();
  #time = 0;

  constructor(idempotent: boolean, startOffset: number) {
    this.#idempotent = idempotent;
    this.#startOffset = startOffset;
    this.#logStartOffset = startOffset;
    this.#highWatermark = startOffset;
  }

  take(step: Step): void {
    switch (step.kind) {
      case 'send':
        return this.#send(step);
      case 'late write': {
        const value = this.#late.shift();
        if (value !== undefined) this.#append(value);
        return;
      }
      case 'commit':
        this.#highWatermark = Math.min(this.#endOffset, this.#highWatermark + step.count);
        return;
      case 'fail over':
        return this.#failOver(step.count);
      case 'control record':
        this.#append(null);
        return;
      case 'poll':
        return this.#poll(step.client, step.count);
      case 'seek':
        return this.#seek(step.client, step.place);
      case 'delete':
        this.#logStartOffset = Math.min(this.#highWatermark, this.#logStartOffset + step.count);
        return;
    }
  }

  /** Everything heals: what is there is committed, and read once more. */
  end(): LegalHistory {
    this.#highWatermark = this.#endOffset;
    const records = this.#read(this.#logStartOffset, this.#endOffset);
    const logStartOffset = this.#logStartOffset;
    const present = new Set(records.map(({ value }) => value));
    const lost = this.#sends.filter(
      ({ acks, offset, value }) =>
        acks === 1 && offset !== null && offset >= logStartOffset && !present.has(value),
    );
    return {
      idempotent: this.#idempotent,
      sends: this.#sends,
      polls: this.#polls,
      cuts: this.#cuts,
      final: { kind: 'final', partition: PARTITION, logStartOffset, records },
      lost: lost.map(({ value }) => value),
    };
  }

  get #endOffset(): number {
    return this.#startOffset + this.#records.length;
  }

  #append(value: string | null): number {
    this.#records.push(value);
    return this.#endOffset - 1;
  }

  #send({ client, fate, acks }: Extract<Step, { kind: 'send' }>): void {
    const value = `v${this.#sends.length}`;
    const offset = this.#write(value, fate);
    // acks=all: answered once it is committed.
    if (acks === 'all' && offset !== null) this.#highWatermark = this.#endOffset;
    this.#time += 1;
    this.#sends.push({
      kind: 'send',
      client: `p${client}`,
      partition: PARTITION,
      value,
      acks,
      outcome: offset !== null ? 'ok' : fate === 'refused' ? 'failed' : 'unknown',
      offset,
      code: offset !== null ? null : fate === 'refused' ? 'INVALID_RECORD' : 'DELIVERY_TIMED_OUT',
      sentAt: this.#time,
      answeredAt: this.#time,
    });
  }

  /** The offset that the client is told. */
  #write(value: string, fate: Fate): number | null {
    switch (fate) {
      case 'written':
        return this.#append(value);
      case 'retried': {
        const first = this.#append(value);
        return this.#idempotent ? first : this.#append(value);
      }
      case 'refused':
      case 'lost':
        return null;
      case 'unanswered':
        this.#append(value);
        return null;
      case 'unanswered twice':
        this.#append(value);
        if (!this.#idempotent) this.#append(value);
        return null;
      case 'late':
        this.#late.push(value);
        return null;
    }
  }

  #failOver(count: number): void {
    const endOffset = Math.max(this.#highWatermark, this.#endOffset - count);
    const fromOffset = this.#endOffset;
    if (endOffset === fromOffset) return;
    this.#records.length -= fromOffset - endOffset;
    this.#cuts.push({
      kind: 'truncation',
      broker: '1',
      partition: PARTITION,
      fromOffset,
      toOffset: endOffset,
      bytes: 10,
    });
  }

  #poll(client: number, count: number): void {
    const reader = this.#reader(client);
    const before = reader.position;
    // Deleted before it was read: the position is gone, and the reader begins anew.
    if (before < this.#logStartOffset) this.#seek(client, 0);
    const start = reader.position;
    const end = Math.min(this.#highWatermark, start + count);
    if (end < start) return;
    reader.position = end;
    this.#polls.push({
      kind: 'poll',
      client: `c${client}`,
      partition: PARTITION,
      session: reader.session,
      records: this.#read(start, end),
      at: this.#time,
    });
  }

  #seek(client: number, place: number): void {
    const reader = this.#reader(client);
    reader.session += 1;
    const span = this.#highWatermark - this.#logStartOffset + 1;
    reader.position = this.#logStartOffset + (place % span);
  }

  #reader(client: number): { session: number; position: number } {
    const known = this.#readers.get(client);
    if (known !== undefined) return known;
    const reader = { session: 0, position: this.#logStartOffset };
    this.#readers.set(client, reader);
    return reader;
  }

  #read(startOffset: number, endOffset: number): ReadRecord[] {
    const records: ReadRecord[] = [];
    for (let offset = startOffset; offset < endOffset; offset++) {
      const value = this.#records[offset - this.#startOffset] ?? null;
      if (value !== null) records.push({ offset, value });
    }
    return records;
  }
}
