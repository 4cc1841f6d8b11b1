import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OdradekError } from '../../../src/base/errors.ts';
import type { ErrorCode } from '../../../src/base/errors.ts';
import { instant, leaderEpoch, nodeId, offset, timestamp } from '../../../src/base/ids.ts';
import { Accumulator } from '../../../src/client/accumulator.ts';
import type { AccumulatorOptions } from '../../../src/client/accumulator.ts';
import type { Attempt, Outcome } from '../../../src/client/batches.ts';
import { NotConnected } from '../../../src/client/errors.ts';
import type { Route } from '../../../src/client/metadata.ts';
import type { ProducerState } from '../../../src/record/index.ts';
import { ProducerStates, RecordBatchView } from '../../../src/record/index.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';

function routeTo(broker: number, epoch: number): Route {
  return {
    brokerId: nodeId(broker),
    leaderEpoch: leaderEpoch(epoch),
    address: `host-${broker}:9000`,
  };
}

/** One partition, one record a batch, and a clock that is set by hand. */
class Subject {
  route: Route | null = routeTo(1, 1);
  now = 0;
  appended = 0;
  readonly accumulator: Accumulator<string>;
  readonly outcomes: Outcome<string>[] = [];
  readonly #queue;

  constructor(options: Partial<AccumulatorOptions> = {}) {
    this.accumulator = new Accumulator<string>({
      lingerMs: 0,
      maxBufferBytes: 100_000,
      deliveryTimeoutMs: 1_000_000,
      requestTimeoutMs: 300,
      abandonAfterMs: 50,
      retryBackoff: { initialMs: 10, maxMs: 80 },
      sequencing: 'idempotent',
      maxInFlight: 5,
      random: new SeededRandom(1),
      routeOf: () => this.route,
      ...options,
    });
    this.#queue = this.accumulator.queue('orders', 0);
  }

  append(count = 1): void {
    for (let index = 0; index < count; index++) {
      this.appendOpen();
      this.accumulator.closeOpenBatches();
    }
  }

  /** Into a batch that waits for more, as long as it may linger. */
  appendOpen(): void {
    const value = `${this.appended++}`;
    const record = { key: null, value, timestamp: timestamp(0) };
    this.accumulator.append(this.#queue, record, 400, value, instant(this.now));
  }

  drain(): Attempt<string>[] {
    this.settle(...this.accumulator.expire(instant(this.now)).outcomes);
    return this.accumulator.drain(instant(this.now)).attempts;
  }

  settle(...outcomes: (Outcome<string> | null)[]): void {
    for (const outcome of outcomes) if (outcome !== null) this.outcomes.push(outcome);
  }

  acknowledge(attempt: Attempt<string>, baseOffset = 0): void {
    const { correlationId } = attempt;
    this.settle(this.accumulator.onAcknowledged(correlationId, baseOffset, instant(this.now)));
  }

  fail(attempt: Attempt<string>, error: ErrorCode | OdradekError): void {
    const thrown = typeof error === 'string' ? new OdradekError(error) : error;
    const { correlationId } = attempt;
    this.settle(this.accumulator.onFailed(correlationId, thrown, false, instant(this.now)));
  }

  /** Has one batch acknowledged, so that several may be under way. */
  establish(): void {
    this.accumulator.identify({ producerId: 7, producerEpoch: 0 });
    this.append();
    for (const attempt of this.drain()) this.acknowledge(attempt);
    this.outcomes.length = 0;
  }
}

function sequences(attempts: readonly Attempt<string>[]): string[] {
  return attempts.map(({ batch }) => {
    const { producerId = -1, producerEpoch = -1, baseSequence = -1 } = batch.sequence ?? {};
    return `${producerId}/${producerEpoch}/${baseSequence}`;
  });
}

function tokens(outcomes: readonly Outcome<string>[], kind: Outcome<string>['kind']): string[] {
  return outcomes
    .filter((outcome) => outcome.kind === kind)
    .flatMap((outcome) => outcome.batch.deliveries.map(({ token }) => token));
}

describe('several batches under way', () => {
  test('wait for a producer id, which is asked for', () => {
    const subject = new Subject();
    subject.append();
    const drained = subject.accumulator.drain(instant(0));
    expect(drained).toEqual({ attempts: [], leaderMissing: false, identityMissing: true });
    // Only its deadline, no hot loop.
    expect(subject.accumulator.nextWake()).toBe(1_000_000);
    subject.accumulator.identify({ producerId: 7, producerEpoch: 0 });
    expect(sequences(subject.drain())).toEqual(['7/0/0']);
  });

  test('ask for a producer id while they linger: nothing wakes a producer for the want of one', () => {
    // An id could not be had in time, and everything that waited for it failed. What came next lingered
    // when the producer looked, had no id when it could have gone, and failed at its deadline, and so
    // did all behind it, for ever.
    const subject = new Subject({ lingerMs: 10 });
    subject.appendOpen();
    subject.accumulator.failAll(() => new OdradekError('REQUEST_TIMED_OUT'));
    subject.appendOpen();
    expect(subject.accumulator.drain(instant(0)).identityMissing).toBe(true);
    subject.accumulator.identify({ producerId: 7, producerEpoch: 0 });
    expect(subject.drain()).toEqual([]);
    expect(subject.accumulator.nextWake()).toBe(10);
    subject.now = 10;
    expect(sequences(subject.drain())).toEqual(['7/0/0']);
  });

  test('follow once the leader has acknowledged a first one, up to five', () => {
    const subject = new Subject();
    subject.accumulator.identify({ producerId: 7, producerEpoch: 0 });
    subject.append(9);
    const [first, ...more] = subject.drain();
    expect(more).toEqual([]);
    if (first !== undefined) subject.acknowledge(first);
    const next = subject.drain();
    expect(sequences(next)).toEqual(['7/0/1', '7/0/2', '7/0/3', '7/0/4', '7/0/5']);
    // The leader remembers five: with the first of them open, there is no sixth.
    for (const attempt of next.slice(1)) subject.acknowledge(attempt);
    expect(subject.drain()).toEqual([]);
    if (next[0] !== undefined) subject.acknowledge(next[0]);
    expect(sequences(subject.drain())).toEqual(['7/0/6', '7/0/7', '7/0/8']);
  });

  test('let an open batch grow while something is under way', () => {
    const subject = new Subject();
    subject.establish();
    subject.append();
    const [attempt] = subject.drain();
    const queue = attempt?.batch.queue;
    const record = { key: null, value: 'open', timestamp: timestamp(0) };
    if (queue !== undefined) {
      subject.accumulator.append(queue, record, 400, null, instant(0));
    }
    expect(subject.drain()).toEqual([]);
    if (attempt !== undefined) subject.acknowledge(attempt);
    expect(sequences(subject.drain())).toEqual(['7/0/2']);
  });

  test('go again in order behind one that was refused', () => {
    const subject = new Subject();
    subject.establish();
    subject.append(3);
    const [first, second, third] = subject.drain();
    if (first === undefined || second === undefined || third === undefined) throw new Error();
    subject.fail(first, 'NOT_ENOUGH_REPLICAS');
    subject.fail(second, 'OUT_OF_ORDER_SEQUENCE_NUMBER');
    subject.fail(third, 'OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(subject.drain()).toEqual([]);
    subject.now = subject.accumulator.nextWake() ?? 0;
    expect(subject.now).toBeLessThanOrEqual(10);
    expect(sequences(subject.drain())).toEqual(['7/0/1', '7/0/2', '7/0/3']);
    expect(subject.outcomes).toEqual([]);
  });

  test('that came too early wait until the one before has been sent again', () => {
    const subject = new Subject();
    subject.establish();
    subject.append(2);
    const [first, second] = subject.drain();
    if (first === undefined || second === undefined) throw new Error();
    subject.fail(second, 'OUT_OF_ORDER_SEQUENCE_NUMBER');
    subject.now = 100;
    expect(subject.drain()).toEqual([]);
    expect(subject.accumulator.nextWake()).toBe(300);
    subject.fail(first, 'NETWORK_EXCEPTION');
    subject.now = 200;
    expect(sequences(subject.drain())).toEqual(['7/0/1', '7/0/2']);
  });

  test('are one again when the leader may have forgotten the producer', () => {
    const subject = new Subject();
    subject.establish();
    subject.now = 60_000;
    subject.append(3);
    expect(sequences(subject.drain())).toEqual(['7/0/1']);
  });

  test('do not follow to another leader before the first of them', () => {
    const subject = new Subject();
    subject.establish();
    subject.append();
    const [first] = subject.drain();
    subject.route = routeTo(2, 2);
    subject.append();
    subject.accumulator.onRoutesChanged(instant(0));
    expect(subject.drain()).toEqual([]);
    subject.now = 50;
    expect(subject.drain().map(({ route }) => route.brokerId)).toEqual([2, 2]);
    if (first !== undefined) subject.acknowledge(first);
    expect(subject.outcomes).toEqual([]);
  });
});

describe('a gap', () => {
  test('left by a refusal for good is closed under the next epoch, and nothing else is lost', () => {
    const subject = new Subject();
    subject.establish();
    subject.append(3);
    const [first, second, third] = subject.drain();
    if (first === undefined || second === undefined || third === undefined) throw new Error();
    subject.fail(first, 'INVALID_RECORD');
    subject.fail(second, 'OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(subject.drain()).toEqual([]);
    subject.fail(third, 'OUT_OF_ORDER_SEQUENCE_NUMBER');
    subject.now = 100;
    expect(sequences(subject.drain())).toEqual(['7/1/0', '7/1/1']);
    expect(tokens(subject.outcomes, 'failed')).toEqual(['1']);
  });

  test('is none where the last batch was refused for good: the next has its number', () => {
    const subject = new Subject();
    subject.establish();
    subject.append();
    for (const attempt of subject.drain()) subject.fail(attempt, 'MESSAGE_TOO_LARGE');
    subject.append();
    expect(sequences(subject.drain())).toEqual(['7/0/1']);
  });

  test('in the leader, behind what was delivered, is passed over where nothing can be written twice', () => {
    const subject = new Subject();
    subject.establish();
    subject.append();
    for (const attempt of subject.drain()) subject.fail(attempt, 'OUT_OF_ORDER_SEQUENCE_NUMBER');
    subject.now = 100;
    expect(sequences(subject.drain())).toEqual(['7/1/0']);
    expect(subject.outcomes).toEqual([]);
  });

  test('fails a batch that may be written, and says so', () => {
    const subject = new Subject();
    subject.establish();
    subject.append(2);
    for (const attempt of subject.drain()) subject.fail(attempt, 'NETWORK_EXCEPTION');
    subject.now = 100;
    const again = subject.drain();
    expect(sequences(again)).toEqual(['7/0/1', '7/0/2']);
    for (const attempt of again) subject.fail(attempt, 'OUT_OF_ORDER_SEQUENCE_NUMBER');
    subject.append();
    subject.now = 200;
    expect(sequences(subject.drain())).toEqual(['7/1/0']);
    expect(tokens(subject.outcomes, 'failed')).toEqual(['1', '2']);
    for (const outcome of subject.outcomes) {
      if (outcome.kind !== 'failed') throw new Error('it was delivered');
      expect(outcome.error.indeterminate).toBe(true);
      expect(outcome.error.message).toContain('OUT_OF_ORDER_SEQUENCE_NUMBER');
    }
  });

  test('is looked into under the old number while it may have been filled', () => {
    const subject = new Subject({ deliveryTimeoutMs: 1000 });
    subject.establish();
    subject.append();
    subject.now = 500;
    subject.append();
    const [first, second] = subject.drain();
    if (first === undefined || second === undefined) throw new Error();
    subject.fail(first, 'NETWORK_EXCEPTION');
    subject.fail(second, 'NETWORK_EXCEPTION');
    subject.now = 1000;
    const again = subject.drain();
    expect(tokens(subject.outcomes, 'failed')).toEqual(['1']);
    expect(sequences(again)).toEqual(['7/0/2']);
    subject.append();
    expect(subject.drain()).toEqual([]);
    for (const attempt of again) subject.acknowledge(attempt);
    expect(sequences(subject.drain())).toEqual(['7/1/0']);
    expect(tokens(subject.outcomes, 'delivered')).toEqual(['2']);
  });

  test('of a connection that was never made leaves no doubt', () => {
    const subject = new Subject();
    subject.establish();
    subject.append();
    for (const attempt of subject.drain()) subject.fail(attempt, new NotConnected('refused'));
    subject.now = 100;
    for (const attempt of subject.drain()) subject.fail(attempt, 'OUT_OF_ORDER_SEQUENCE_NUMBER');
    subject.now = 200;
    expect(sequences(subject.drain())).toEqual(['7/1/0']);
  });
});

describe('a producer id', () => {
  test('that somebody else writes under is given up for another', () => {
    const subject = new Subject();
    subject.establish();
    subject.append();
    for (const attempt of subject.drain()) subject.fail(attempt, 'INVALID_PRODUCER_EPOCH');
    subject.now = 100;
    expect(subject.accumulator.drain(instant(100)).identityMissing).toBe(true);
    subject.accumulator.identify({ producerId: 8, producerEpoch: 0 });
    expect(sequences(subject.drain())).toEqual(['8/0/0']);
  });

  test('whose epochs are used up is given up for another', () => {
    const subject = new Subject();
    subject.accumulator.identify({ producerId: 7, producerEpoch: 32_767 });
    subject.append(2);
    for (const attempt of subject.drain()) subject.fail(attempt, 'OUT_OF_ORDER_SEQUENCE_NUMBER');
    subject.now = 100;
    expect(subject.accumulator.drain(instant(100)).identityMissing).toBe(true);
    subject.accumulator.identify({ producerId: 9, producerEpoch: 0 });
    expect(sequences(subject.drain())).toEqual(['9/0/0']);
  });

  test('keeps its numbers when a partition is given up and comes back', () => {
    const subject = new Subject();
    subject.establish();
    const queue = subject.accumulator.queue('orders', 0);
    const record = { key: null, value: 'later', timestamp: timestamp(0) };
    subject.accumulator.append(queue, record, 400, null, instant(0));
    expect(sequences(subject.drain())).toEqual(['7/0/1']);
  });

  test('changes with the transaction, and the numbers begin anew', () => {
    const subject = new Subject({ sequencing: 'transactional' });
    subject.establish();
    subject.accumulator.identify({ producerId: 7, producerEpoch: 1 });
    subject.append(2);
    expect(sequences(subject.drain())).toEqual(['7/1/0', '7/1/1']);
  });

  test('of the next transaction goes on where the last one was broken off', () => {
    const subject = new Subject({ sequencing: 'transactional' });
    subject.establish();
    subject.append(2);
    expect(sequences(subject.drain())).toEqual(['7/0/1', '7/0/2']);
    subject.settle(...subject.accumulator.failAll(() => new OdradekError('TRANSACTION_ABORTABLE')));
    subject.append();
    expect(subject.drain()).toEqual([]);
    subject.accumulator.identify({ producerId: 7, producerEpoch: 1 });
    expect(sequences(subject.drain())).toEqual(['7/1/0']);
  });

  test('of a transaction is not changed by a gap, which fails what follows', () => {
    const subject = new Subject({ sequencing: 'transactional' });
    subject.establish();
    subject.append();
    for (const attempt of subject.drain()) subject.fail(attempt, 'OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(tokens(subject.outcomes, 'failed')).toEqual(['1']);
  });
});

/** A leader that keeps its promises, behind a network that does not. */
class ModelPartition {
  readonly log: { readonly value: string; readonly state: ProducerState }[] = [];
  committed = 0;
  epoch = 1;
  #producers = new ProducerStates();
  readonly #refusesFives: boolean;
  /** What waits for its commit. */
  #waiting: { endOffset: number; baseOffset: number; sent: Sent }[] = [];

  constructor(refusesFives: boolean) {
    this.#refusesFives = refusesFives;
  }

  take(sent: Sent, isRefused: boolean, answer: (sent: Sent, result: Answer) => void): void {
    if (sent.epoch !== this.epoch) return answer(sent, 'NOT_LEADER_OR_FOLLOWER');
    if (this.#refusesFives && sent.value.endsWith('5')) return answer(sent, 'INVALID_RECORD');
    if (isRefused) return answer(sent, 'NOT_ENOUGH_REPLICAS');
    const batch = batchOf(sent.state);
    const verdict = this.#producers.check(batch);
    if (verdict.kind === 'refused') return answer(sent, verdict.refusal.code);
    let baseOffset = this.log.length;
    if (verdict.kind === 'duplicate') baseOffset = verdict.baseOffset;
    else {
      this.#producers.append(batch, offset(baseOffset));
      this.log.push(sent);
    }
    this.#waiting.push({ baseOffset, endOffset: baseOffset + 1, sent });
  }

  commit(answer: (sent: Sent, result: Answer) => void): void {
    this.committed = this.log.length;
    for (const { baseOffset, sent } of this.#waiting.splice(0)) answer(sent, baseOffset);
  }

  /** Another leads, which has what is committed and perhaps more. */
  move(kept: number, answer: (sent: Sent, result: Answer) => void): void {
    this.log.length = Math.max(this.committed, Math.min(this.log.length, kept));
    this.epoch++;
    this.#producers = new ProducerStates();
    for (const [index, { state }] of this.log.entries()) {
      this.#producers.append(batchOf(state), offset(index));
    }
    for (const { sent } of this.#waiting.splice(0)) answer(sent, 'LEADERSHIP_LOST');
  }

  /** As after a day of silence. */
  forget(): void {
    this.#producers = new ProducerStates();
  }
}

interface Sent {
  readonly attempt: Attempt<string>;
  readonly value: string;
  readonly state: ProducerState;
  readonly epoch: number;
  readonly connection: number;
}

type Answer = number | ErrorCode;

function batchOf(state: ProducerState) {
  const fields = { lastOffsetDelta: 0, maxTimestamp: timestamp(0), transactional: false };
  return { ...state, ...fields, marker: null };
}

function valueOf({ batch }: Attempt<string>): string {
  batch.encoded ??= batch.builder?.build() ?? null;
  const [record] = [...new RecordBatchView(batch.encoded ?? new Uint8Array(0)).records()];
  return Buffer.from(record?.value ?? new Uint8Array(0)).toString();
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant('append' as const) },
  { weight: 8, arbitrary: fc.constant('take' as const) },
  fc.constant('refuse' as const),
  { weight: 3, arbitrary: fc.constant('commit' as const) },
  fc.constant('disconnect' as const),
  { weight: 2, arbitrary: fc.constant('takeLate' as const) },
  fc.constant('moveLeader' as const),
  fc.constant('moveLeaderAndCut' as const),
  fc.constant('loseLeader' as const),
  fc.constant('loseAnswers' as const),
  fc.constant('sleep' as const),
  { weight: 3, arbitrary: fc.constant('wait' as const) },
);

/** Plays the steps, then heals everything. */
function play(
  steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[],
  seed: number,
  deliveryTimeoutMs: number,
) {
  const subject = new Subject({ deliveryTimeoutMs, random: new SeededRandom(seed) });
  const { accumulator } = subject;
  const partition = new ModelPartition(deliveryTimeoutMs < 1000);
  let lane: Sent[] = [];
  /** Of connections that are gone for the client, and not for the leader. */
  let late: Sent[] = [];
  let connection = 1;
  let broker = 1;
  let underWayMax = 0;
  accumulator.identify({ producerId: 7, producerEpoch: 0 });
  const answer = (sent: Sent, result: Answer): void => {
    if (sent.connection !== connection) return;
    if (typeof result === 'number') subject.acknowledge(sent.attempt, result);
    else subject.fail(sent.attempt, result);
  };
  const disconnect = (): void => {
    const attempts = [...under.values()];
    connection++;
    late.push(...lane);
    lane = [];
    for (const attempt of attempts) subject.fail(attempt, 'NETWORK_EXCEPTION');
  };
  const under = new Map<number, Attempt<string>>();
  const pump = (): void => {
    for (const attempt of subject.drain()) {
      const state = attempt.batch.sequence;
      if (state === null) throw new Error('it was sent without a sequence');
      const { leaderEpoch: epoch } = attempt.route;
      lane.push({ attempt, value: valueOf(attempt), state, epoch, connection });
      under.set(attempt.correlationId, attempt);
    }
    for (const id of [...under.keys()]) if (accumulator.placeOf(id) === null) under.delete(id);
    underWayMax = Math.max(underWayMax, accumulator.inFlightCount);
  };
  const move = (kept: number): void => {
    partition.move(kept, answer);
    broker = (broker % 3) + 1;
    subject.route = routeTo(broker, partition.epoch);
    accumulator.onRoutesChanged(instant(subject.now));
  };
  const act = (kind: (typeof steps)[number]): void => {
    switch (kind) {
      case 'append':
        subject.append(2);
        break;
      case 'take':
      case 'refuse': {
        const sent = lane.shift();
        if (sent !== undefined) partition.take(sent, kind === 'refuse', answer);
        break;
      }
      case 'takeLate': {
        const sent = late.shift();
        if (sent !== undefined) partition.take(sent, false, answer);
        break;
      }
      case 'commit':
        partition.commit(answer);
        break;
      case 'loseAnswers':
        partition.commit(() => undefined);
        break;
      case 'disconnect':
        disconnect();
        break;
      case 'moveLeader':
        move(Infinity);
        break;
      case 'moveLeaderAndCut':
        move(partition.committed + (subject.now % 2));
        break;
      case 'loseLeader':
        subject.route = null;
        break;
      case 'sleep':
        if (!accumulator.isEmpty) break;
        // Nothing is on its way for a day.
        late = [];
        lane = [];
        subject.now += 100_000;
        partition.forget();
        break;
      case 'wait':
        subject.now += 30;
        break;
    }
    pump();
  };
  for (const kind of steps) act(kind);
  subject.route = routeTo(broker, partition.epoch);
  disconnect();
  for (let round = 0; round < 2000 && !accumulator.isEmpty; round++) {
    act('take');
    act('takeLate');
    if (round % 3 === 2) act('commit');
    act('wait');
  }
  while (late.length > 0) act('takeLate');
  return { subject, log: partition.log.map(({ value }) => value), underWayMax };
}

describe('whatever is refused, lost, repeated, cut off and moved', () => {
  const anySteps = fc.array(step, { maxLength: 300, size: 'max' });

  test('every record is written once and in order', () => {
    let deepest = 0;
    fc.assert(
      fc.property(anySteps, fc.integer(), (steps, seed) => {
        const { subject, log, underWayMax } = play(steps, seed, 1_000_000_000);
        deepest = Math.max(deepest, underWayMax);
        const all = Array.from({ length: subject.appended }, (_, index) => `${index}`);
        expect(log).toEqual(all);
        expect(tokens(subject.outcomes, 'failed')).toEqual([]);
        expect(tokens(subject.outcomes, 'delivered').sort()).toEqual([...all].sort());
        for (const outcome of subject.outcomes) {
          if (outcome.kind !== 'delivered') continue;
          const [delivery] = outcome.batch.deliveries;
          expect(log[outcome.baseOffset ?? -1]).toBe(delivery?.token);
        }
        expect(subject.accumulator.bufferedBytes).toBe(0);
        expect(subject.accumulator.inFlightCount).toBe(0);
      }),
      { numRuns: 300 },
    );
    expect(deepest).toBe(5);
  });

  test('with little time, what is delivered is written, what is refused is not, nothing twice', () => {
    let failures = 0;
    fc.assert(
      fc.property(anySteps, fc.integer(), (steps, seed) => {
        const { subject, log } = play(steps, seed, 200);
        expect(log).toEqual([...new Set(log)].sort((a, b) => Number(a) - Number(b)));
        for (const outcome of subject.outcomes) {
          const [delivery] = outcome.batch.deliveries;
          if (outcome.kind === 'delivered') expect(log).toContain(delivery?.token);
          else {
            failures++;
            if (!outcome.error.indeterminate) expect(log).not.toContain(delivery?.token);
          }
        }
        expect(subject.outcomes.length).toBe(subject.appended);
        expect(subject.accumulator.bufferedBytes).toBe(0);
      }),
      { numRuns: 300 },
    );
    expect(failures).toBeGreaterThan(100);
  });
});
