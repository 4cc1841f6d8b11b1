import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OdradekError } from '../../../src/base/errors.ts';
import type { ErrorCode } from '../../../src/base/errors.ts';
import { instant, leaderEpoch, nodeId, timestamp } from '../../../src/base/ids.ts';
import type { Instant } from '../../../src/base/ids.ts';
import { Accumulator } from '../../../src/client/accumulator.ts';
import type { AccumulatorOptions } from '../../../src/client/accumulator.ts';
import type { Attempt, Outcome } from '../../../src/client/batches.ts';
import type { Route } from '../../../src/client/metadata.ts';
import { RecordBatchView } from '../../../src/record/index.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';

const BATCH_BYTES = 400;

function routeTo(broker: number, epoch = 1): Route {
  return {
    brokerId: nodeId(broker),
    leaderEpoch: leaderEpoch(epoch),
    address: `host-${broker}:9000`,
  };
}

/** An accumulator with one partition, a route that can be changed, and a clock that stands still. */
function setUp(options: Partial<AccumulatorOptions> = {}) {
  const routes: { current: Route | null } = { current: routeTo(1) };
  const accumulator = new Accumulator<string>({
    lingerMs: 0,
    maxBufferBytes: 10_000,
    deliveryTimeoutMs: 1000,
    requestTimeoutMs: 300,
    abandonAfterMs: 50,
    retryBackoff: { initialMs: 10, maxMs: 80 },
    sequencing: 'none',
    maxInFlight: 1,
    random: new SeededRandom(1),
    routeOf: () => routes.current,
    ...options,
  });
  const queue = accumulator.queue('orders', 0);
  const append = (value: string, at: number, token: string | null = value): boolean =>
    accumulator.append(
      queue,
      { key: null, value, timestamp: timestamp(0) },
      BATCH_BYTES,
      token,
      instant(at),
    ) !== null;
  return { accumulator, queue, append, routes };
}

function drainOne(accumulator: Accumulator<string>, at: number): Attempt<string> {
  const { attempts } = accumulator.drain(instant(at));
  expect(attempts.length).toBe(1);
  const [attempt] = attempts;
  if (attempt === undefined) throw new Error('nothing was sent');
  return attempt;
}

function valuesOf(attempt: Attempt<string>): string[] {
  const { batch } = attempt;
  batch.encoded ??= batch.builder?.build() ?? null;
  return [...new RecordBatchView(batch.encoded ?? new Uint8Array(0)).records()].map((record) =>
    Buffer.from(record.value ?? new Uint8Array(0)).toString(),
  );
}

function failure(code: ErrorCode): OdradekError {
  return new OdradekError(code);
}

describe('batching', () => {
  test('sends at once when nothing is under way, and gathers while something is', () => {
    const { accumulator, append } = setUp();
    append('a', 0);
    const first = drainOne(accumulator, 0);
    append('b', 1);
    append('c', 2);
    expect(accumulator.drain(instant(3)).attempts).toEqual([]);
    expect(valuesOf(first)).toEqual(['a']);
    accumulator.onAcknowledged(first.correlationId, 0, instant(0));
    expect(valuesOf(drainOne(accumulator, 4))).toEqual(['b', 'c']);
  });

  test('waits for the linger time, a full batch or a flush, whichever comes first', () => {
    const { accumulator, append } = setUp({ lingerMs: 20 });
    append('a', 0);
    expect(accumulator.drain(instant(19)).attempts).toEqual([]);
    expect(accumulator.nextWake()).toBe(20);
    const first = drainOne(accumulator, 20);
    accumulator.onAcknowledged(first.correlationId, 0, instant(0));
    append('x'.repeat(300), 30);
    append('y'.repeat(300), 30);
    const full = drainOne(accumulator, 30);
    expect(full.batch.recordsCount).toBe(1);
    accumulator.onAcknowledged(full.correlationId, 1, instant(0));
    expect(accumulator.drain(instant(31)).attempts).toEqual([]);
    accumulator.closeOpenBatches();
    expect(valuesOf(drainOne(accumulator, 31))).toEqual(['y'.repeat(300)]);
  });

  test('puts an encoded batch behind the records that were given before', () => {
    const { accumulator, queue, append } = setUp();
    append('a', 0);
    const encoded = new Uint8Array(100);
    accumulator.appendEncoded(queue, encoded, 7, 'encoded', instant(0));
    append('b', 0);
    const first = drainOne(accumulator, 0);
    expect(valuesOf(first)).toEqual(['a']);
    accumulator.onAcknowledged(first.correlationId, 0, instant(0));
    const second = drainOne(accumulator, 0);
    expect(second.batch.encoded).toBe(encoded);
    expect(second.batch.deliveries).toEqual([{ firstIndex: 0, count: 7, token: 'encoded' }]);
    accumulator.onAcknowledged(second.correlationId, 1, instant(0));
    expect(valuesOf(drainOne(accumulator, 0))).toEqual(['b']);
  });

  test('reports records of one caller that lie together as one range', () => {
    const { accumulator, append } = setUp();
    for (const [value, token] of [
      ['a', 'x'],
      ['b', 'x'],
      ['c', null],
      ['d', 'x'],
      ['e', 'y'],
    ] as const) {
      append(value, 0, token);
    }
    expect(drainOne(accumulator, 0).batch.deliveries).toEqual([
      { firstIndex: 0, count: 2, token: 'x' },
      { firstIndex: 3, count: 1, token: 'x' },
      { firstIndex: 4, count: 1, token: 'y' },
    ]);
  });
});

describe('bounds', () => {
  test('takes nothing beyond its buffer, and again when something has been delivered', () => {
    const { accumulator, append } = setUp({ maxBufferBytes: 1000 });
    let taken = 0;
    while (append('v'.repeat(50), 0)) taken++;
    expect(accumulator.bufferedBytes).toBeGreaterThanOrEqual(1000);
    expect(accumulator.bufferedBytes).toBeLessThan(1200);
    expect(accumulator.hasRoom).toBe(false);
    const attempt = drainOne(accumulator, 0);
    accumulator.onAcknowledged(attempt.correlationId, 0, instant(0));
    expect(accumulator.hasRoom).toBe(true);
    expect(append('v', 1)).toBe(true);
    expect(taken).toBeGreaterThan(10);
  });

  test('counts down to nothing, however batches end', () => {
    const { accumulator, append } = setUp();
    for (let index = 0; index < 80; index++) append(`value ${index}`, 0);
    accumulator.onAcknowledged(drainOne(accumulator, 0).correlationId, 0, instant(0));
    accumulator.onFailed(
      drainOne(accumulator, 0).correlationId,
      failure('MESSAGE_TOO_LARGE'),
      false,
      instant(0),
    );
    drainOne(accumulator, 0);
    const rest = accumulator.failAll(() => failure('CLIENT_CLOSED'));
    expect(rest.length).toBeGreaterThan(0);
    expect(accumulator.bufferedBytes).toBe(0);
    expect(accumulator.isEmpty).toBe(true);
    expect(accumulator.nextWake()).toBeNull();
  });
});

describe('retries', () => {
  test('keep a refused batch in front of those behind it', () => {
    const { accumulator, append } = setUp();
    append('a', 0);
    const first = drainOne(accumulator, 0);
    append('b', 0);
    expect(
      accumulator.onFailed(first.correlationId, failure('NOT_ENOUGH_REPLICAS'), false, instant(1)),
    ).toBeNull();
    expect(accumulator.drain(instant(2)).attempts).toEqual([]);
    const again = drainOne(accumulator, accumulator.nextWake() ?? 0);
    expect(valuesOf(again)).toEqual(['a']);
    expect(again.batch.attempts).toBe(2);
    expect(accumulator.onAcknowledged(first.correlationId, 5, instant(0))).toBeNull();
    expect(accumulator.onAcknowledged(again.correlationId, 7, instant(0))).toMatchObject({
      kind: 'delivered',
      baseOffset: 7,
    });
    expect(valuesOf(drainOne(accumulator, 100))).toEqual(['b']);
  });

  test('do not wait once a newer leader is known', () => {
    const { accumulator, append, routes } = setUp();
    append('a', 0);
    const first = drainOne(accumulator, 0);
    routes.current = routeTo(2, 2);
    accumulator.onFailed(first.correlationId, failure('NOT_LEADER_OR_FOLLOWER'), true, instant(1));
    expect(drainOne(accumulator, 1).route.brokerId).toBe(2);
  });

  test('are woken when the leader changes while they wait', () => {
    const { accumulator, append, routes } = setUp();
    append('a', 0);
    accumulator.onFailed(
      drainOne(accumulator, 0).correlationId,
      failure('NETWORK_EXCEPTION'),
      false,
      instant(1),
    );
    accumulator.onRoutesChanged(instant(2));
    expect(accumulator.drain(instant(2)).attempts).toEqual([]);
    routes.current = routeTo(2, 2);
    accumulator.onRoutesChanged(instant(3));
    expect(drainOne(accumulator, 3).route.brokerId).toBe(2);
  });

  test('wait longer from failure to failure, up to the limit', () => {
    const { accumulator, append } = setUp({ deliveryTimeoutMs: 100_000 });
    append('a', 0);
    let now = 0;
    const delays: number[] = [];
    for (let round = 0; round < 8; round++) {
      const attempt = drainOne(accumulator, now);
      accumulator.onFailed(
        attempt.correlationId,
        failure('NETWORK_EXCEPTION'),
        false,
        instant(now),
      );
      const wake = accumulator.nextWake() ?? 0;
      delays.push(wake - now);
      now = wake;
    }
    expect(delays[0]).toBeLessThanOrEqual(10);
    expect(delays[1]).toBeGreaterThan(10);
    expect(delays.at(-1)).toBeGreaterThan(60);
    expect(Math.max(...delays)).toBeLessThanOrEqual(80);
  });

  test('look for a leader while there is none', () => {
    const { accumulator, append, routes } = setUp();
    routes.current = null;
    append('a', 0);
    expect(accumulator.drain(instant(0))).toEqual({
      attempts: [],
      leaderMissing: true,
      identityMissing: false,
    });
    expect(accumulator.nextWake()).toBeGreaterThan(0);
    routes.current = routeTo(3, 9);
    accumulator.onRoutesChanged(instant(1));
    expect(drainOne(accumulator, 1).route.brokerId).toBe(3);
  });

  test('end with an error that none mends', () => {
    const { accumulator, append } = setUp();
    append('a', 0);
    const attempt = drainOne(accumulator, 0);
    const error = failure('INVALID_RECORD');
    expect(accumulator.onFailed(attempt.correlationId, error, false, instant(0))).toEqual({
      kind: 'failed',
      batch: attempt.batch,
      error,
    });
  });
});

describe('time', () => {
  test('gives up what was not delivered in time, and goes on with what is younger', () => {
    const { accumulator, append } = setUp();
    append('a', 0);
    drainOne(accumulator, 0);
    append('b', 500);
    const { outcomes } = accumulator.expire(instant(1000));
    expect(outcomes).toMatchObject([{ kind: 'failed', error: { code: 'DELIVERY_TIMED_OUT' } }]);
    expect(valuesOf(drainOne(accumulator, 1000))).toEqual(['b']);
  });

  test('says of what was never sent that nothing was written', () => {
    const { accumulator, append, routes } = setUp();
    routes.current = null;
    append('a', 0);
    accumulator.drain(instant(0));
    const [outcome] = accumulator.expire(instant(1000)).outcomes;
    expect(outcome?.kind === 'failed' && outcome.error.message).toContain('nothing was written');
  });

  test('names attempts that went unanswered for too long', () => {
    const { accumulator, append } = setUp();
    append('a', 0);
    const attempt = drainOne(accumulator, 0);
    expect(accumulator.expire(instant(299)).unanswered).toEqual([]);
    expect(accumulator.expire(instant(300)).unanswered).toEqual([attempt]);
  });

  test('lets a replaced leader answer for a moment, and then asks the new one', () => {
    const { accumulator, append, routes } = setUp();
    append('a', 0);
    const first = drainOne(accumulator, 0);
    routes.current = routeTo(2, 2);
    accumulator.onRoutesChanged(instant(10));
    accumulator.expire(instant(59));
    expect(accumulator.drain(instant(59)).attempts).toEqual([]);
    expect(accumulator.nextWake()).toBe(60);
    accumulator.expire(instant(60));
    const second = drainOne(accumulator, 60);
    expect(second.route.brokerId).toBe(2);
    expect(accumulator.onAcknowledged(first.correlationId, 1, instant(0))).toBeNull();
  });

  test('waits on for a leader that was elected again', () => {
    const { accumulator, append, routes } = setUp();
    append('a', 0);
    const first = drainOne(accumulator, 0);
    routes.current = routeTo(1, 2);
    accumulator.onRoutesChanged(instant(10));
    accumulator.expire(instant(200));
    expect(accumulator.onAcknowledged(first.correlationId, 1, instant(0))).not.toBeNull();
  });

  test('knows when everything of before has had its outcome', () => {
    const { accumulator, append } = setUp();
    append('a', 0);
    accumulator.closeOpenBatches();
    const end = accumulator.nextBatchId;
    append('b', 0);
    expect(accumulator.settledBefore(end)).toBe(false);
    accumulator.onAcknowledged(drainOne(accumulator, 0).correlationId, 0, instant(0));
    expect(accumulator.settledBefore(end)).toBe(true);
    expect(accumulator.isEmpty).toBe(false);
  });
});

test('whatever fails and whenever, records are written in order, none is lost, each is settled once', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constant('append' as const) },
    { weight: 3, arbitrary: fc.constant('acknowledge' as const) },
    fc.constant('refuse' as const),
    fc.constant('loseAnswer' as const),
    fc.constant('moveLeader' as const),
    fc.constant('loseLeader' as const),
    { weight: 3, arbitrary: fc.constant('wait' as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer(), (steps, seed) => {
      const { accumulator, append, routes } = setUp({
        deliveryTimeoutMs: 1_000_000,
        random: new SeededRandom(seed),
      });
      const log: string[] = [];
      const settled: Outcome<string>[] = [];
      let underWay: Attempt<string> | null = null;
      let appended = 0;
      let epoch = 1;
      let now = 0;
      const settle = (outcome: Outcome<string> | null): void => {
        if (outcome !== null) settled.push(outcome);
      };
      const pump = (at: Instant): void => {
        accumulator.expire(at);
        for (const attempt of accumulator.drain(at).attempts) underWay = attempt;
      };
      const acknowledge = (attempt: Attempt<string>): void => {
        log.push(...valuesOf(attempt));
        settle(accumulator.onAcknowledged(attempt.correlationId, 0, instant(0)));
      };
      const act = (kind: (typeof steps)[number]): void => {
        const attempt = underWay;
        if (kind === 'append') {
          if (append(`${appended}`, now)) appended++;
        } else if (kind === 'wait') {
          now += 30;
        } else if (kind === 'moveLeader' || kind === 'loseLeader') {
          epoch++;
          routes.current = kind === 'moveLeader' ? routeTo((epoch % 3) + 1, epoch) : null;
          accumulator.onRoutesChanged(instant(now));
        } else if (attempt !== null) {
          underWay = null;
          if (kind === 'acknowledge') acknowledge(attempt);
          else {
            if (kind === 'loseAnswer') log.push(...valuesOf(attempt));
            const error = failure('NETWORK_EXCEPTION');
            settle(accumulator.onFailed(attempt.correlationId, error, false, instant(now)));
          }
        }
        pump(instant(now));
      };
      for (const kind of steps) act(kind);
      routes.current = routeTo(1, epoch + 1);
      for (let round = 0; round < 500 && !accumulator.isEmpty; round++) {
        act('acknowledge');
        act('wait');
      }
      const byFirst = [...new Set(log)];
      expect(byFirst).toEqual(Array.from({ length: appended }, (_, index) => `${index}`));
      const tokens = settled.flatMap((outcome) =>
        outcome.batch.deliveries.map((delivery) => delivery.token),
      );
      expect(tokens).toEqual(byFirst);
      expect(accumulator.bufferedBytes).toBe(0);
    }),
    { numRuns: 200 },
  );
});
