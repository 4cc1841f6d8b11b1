import { describe, expect, test } from 'vitest';
import { OdradekError } from '../../../src/base/errors.ts';
import { instant, leaderEpoch, nodeId, offset, timestamp } from '../../../src/base/ids.ts';
import { FetchSession } from '../../../src/client/fetch-session.ts';
import type {
  FetchAction,
  FetchSessionOptions,
  FetchStreamState,
  ReadPartition,
  ReceivedRecords,
} from '../../../src/client/fetch-session.ts';
import type { Route } from '../../../src/client/metadata.ts';
import { RecordBatchBuilder } from '../../../src/record/index.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';

function routeTo(broker: number, epoch = 1): Route {
  return {
    brokerId: nodeId(broker),
    leaderEpoch: leaderEpoch(epoch),
    address: `host-${broker}:9000`,
  };
}

function batchOf(baseOffset: number, recordsCount: number): Uint8Array {
  const builder = new RecordBatchBuilder({ bytesMax: 1_000_000 });
  for (let index = 0; index < recordsCount; index++) {
    builder.append({ key: null, value: `${baseOffset + index}`, timestamp: timestamp(0) });
  }
  return builder.build({ baseOffset: offset(baseOffset), leaderEpoch: 1 });
}

/** A session, the routes it sees, and a driver that remembers what it was told to do. */
class Driver {
  readonly routes: Map<string, Route | null> = new Map();
  readonly session: FetchSession;
  now = 0;

  constructor(options: Partial<FetchSessionOptions> = {}) {
    this.session = new FetchSession({
      maxBufferBytes: 1000,
      verifyChecksums: true,
      outOfRange: 'error',
      isolation: 'read-uncommitted',
      retryBackoff: { initialMs: 10, maxMs: 100 },
      random: new SeededRandom(1),
      routeOf: (topic, partition) => this.routes.get(`${topic}/${partition}`) ?? null,
      ...options,
    });
  }

  lead(partition: number, route: Route | null): void {
    this.routes.set(`orders/${partition}`, route);
    this.session.onRoutesChanged(instant(this.now));
  }

  read(partition: number, from = 0): ReadPartition {
    this.session.add('orders', partition, { kind: 'offset', offset: from });
    return this.state(partition);
  }

  state(partition: number): ReadPartition {
    const state = this.session.partition('orders', partition);
    if (state === null) throw new Error('the partition is not read');
    return state;
  }

  reconcile(): FetchAction[] {
    return this.session.reconcile(instant(this.now)).actions;
  }

  /** Brings everything up to date, and gives the stream that the partition is on. */
  streamOf(partition: number): FetchStreamState {
    this.reconcile();
    const { stream } = this.state(partition);
    if (stream === null) throw new Error('the partition is on no stream');
    return stream;
  }

  receive(
    stream: FetchStreamState,
    partition: number,
    records: Uint8Array,
    options: Partial<ReceivedRecords> = {},
  ): boolean {
    return this.session.onRecords(
      stream,
      {
        topic: 'orders',
        partition,
        generation: this.state(partition).generation,
        highWatermark: 1000,
        lastStableOffset: 1000,
        logStartOffset: 0,
        leaderEpoch: 1,
        caughtUp: false,
        records,
        ...options,
      },
      instant(this.now),
    );
  }

  /** What can be handed on: `from-last` of each batch. */
  takeAll(): string[] {
    const taken: string[] = [];
    for (;;) {
      const next = this.session.take(instant(this.now));
      if (next === null) return taken;
      taken.push(
        next.kind === 'error'
          ? next.error.code
          : `${Math.max(next.batch.fromOffset, next.batch.view.header.baseOffset)}-${next.batch.view.header.lastOffset}`,
      );
    }
  }
}

function sends(actions: readonly FetchAction[]): Extract<FetchAction, { kind: 'send' }>[] {
  return actions.filter((action) => action.kind === 'send');
}

describe('assignment', () => {
  test('opens a stream to the leader and asks for the partition with credit', () => {
    const driver = new Driver();
    driver.lead(0, routeTo(1));
    driver.read(0, 7);
    const actions = driver.reconcile();
    expect(actions.map((action) => action.kind)).toEqual(['open', 'send']);
    expect(sends(actions)[0]).toMatchObject({
      assign: [{ topic: 'orders', partition: 0, fetchOffset: 7, generation: 1 }],
      unassign: [],
      creditBytes: 1000,
    });
    expect(driver.reconcile()).toEqual([]);
  });

  test('looks up a start that is no offset, and drops the answer to an earlier question', () => {
    const driver = new Driver();
    driver.lead(0, routeTo(1));
    driver.session.add('orders', 0, { kind: 'start' });
    const [first] = driver.reconcile();
    expect(first).toMatchObject({ kind: 'resolve', state: { where: { kind: 'start' } } });
    const state = driver.state(0);
    const { seekVersion } = state;
    driver.session.seek(state, { kind: 'end' });
    driver.session.onResolved(state, seekVersion, 3);
    expect(state.position).toBeNull();
    expect(driver.reconcile()[0]).toMatchObject({ kind: 'resolve' });
    driver.session.onResolved(state, state.seekVersion, 9);
    expect(sends(driver.reconcile())[0]?.assign[0]?.fetchOffset).toBe(9);
  });

  test('moves to a new leader behind what is buffered, and closes an idle stream', () => {
    const driver = new Driver();
    driver.lead(0, routeTo(1));
    driver.read(0);
    const old = driver.streamOf(0);
    driver.receive(old, 0, batchOf(0, 5));
    driver.lead(0, routeTo(2, 2));
    const actions = driver.reconcile();
    expect(actions.map((action) => action.kind).sort()).toEqual(['close', 'open', 'send']);
    expect(sends(actions)[0]?.assign[0]).toMatchObject({ fetchOffset: 5, generation: 2 });
    expect(driver.receive(old, 0, batchOf(5, 5), { generation: 1 })).toBe(false);
    driver.receive(driver.streamOf(0), 0, batchOf(5, 3));
    expect(driver.takeAll()).toEqual(['0-4', '5-7']);
  });

  test('waits a little after a broken stream, and goes on where it was', () => {
    const driver = new Driver();
    driver.lead(0, routeTo(1));
    driver.read(0);
    const stream = driver.streamOf(0);
    driver.receive(stream, 0, batchOf(0, 5));
    driver.session.onStreamEnded(stream, instant(0));
    expect(driver.reconcile()).toEqual([]);
    const wake = driver.session.nextWake(instant(0));
    expect(wake).toBeGreaterThan(0);
    driver.now = wake ?? 0;
    expect(sends(driver.reconcile())[0]?.assign[0]?.fetchOffset).toBe(5);
  });

  test('says that a leader is missing, and goes on when there is one', () => {
    const driver = new Driver();
    driver.read(0);
    expect(driver.session.reconcile(instant(0)).leaderMissing).toBe(true);
    driver.now = 1;
    driver.lead(0, routeTo(1));
    expect(sends(driver.reconcile()).length).toBe(1);
  });
});

describe('a replica that is near', () => {
  /** Broker 1 leads, broker 2 is near. */
  function nearby(): { driver: Driver; near: { route: Route | null } } {
    const near: { route: Route | null } = { route: routeTo(2) };
    const driver = new Driver({ nearbyRouteOf: () => near.route });
    driver.lead(0, routeTo(1));
    driver.read(0);
    return { driver, near };
  }

  test('is read from instead of the leader, and is told so', () => {
    const { driver } = nearby();
    const [send] = sends(driver.reconcile());
    expect(send?.stream.brokerId).toBe(2);
    expect(send?.assign[0]?.fromFollower).toBe(true);
  });

  test.each([
    'REPLICA_TOO_STALE',
    'REPLICA_NOT_AVAILABLE',
    'OFFSET_NOT_AVAILABLE',
    'OFFSET_OUT_OF_RANGE',
  ] as const)('that answers %s leaves it to the leader for a while', (code) => {
    const { driver } = nearby();
    const stream = driver.streamOf(0);
    driver.receive(stream, 0, batchOf(0, 5));
    const refused = { topic: 'orders', partition: 0, generation: 1 };
    driver.session.onPartitionError(stream, refused, new OdradekError(code), false, instant(0));
    const [toLeader] = sends(driver.reconcile());
    expect(toLeader?.stream.brokerId).toBe(1);
    expect(toLeader?.assign[0]).toMatchObject({ fetchOffset: 5, fromFollower: false });
    driver.now = 4000;
    expect(driver.reconcile()).toEqual([]);
    expect(driver.session.nextWake(instant(4000))).toBe(5000);
    driver.now = 5000;
    const back = sends(driver.reconcile()).find(({ assign }) => assign.length > 0);
    expect(back?.stream.brokerId).toBe(2);
    expect(driver.takeAll()).toEqual(['0-4']);
  });

  test('that is gone leaves it to the leader at once', () => {
    const { driver } = nearby();
    driver.session.onStreamEnded(driver.streamOf(0), instant(0));
    expect(sends(driver.reconcile())[0]?.stream.brokerId).toBe(1);
  });

  test('that is in sync no more is left', () => {
    const { driver, near } = nearby();
    driver.reconcile();
    near.route = null;
    driver.session.onRoutesChanged(instant(0));
    const send = sends(driver.reconcile()).find(({ assign }) => assign.length > 0);
    expect(send?.stream.brokerId).toBe(1);
  });

  test('is not asked what the leader says of a position', () => {
    const { driver, near } = nearby();
    near.route = null;
    const stream = driver.streamOf(0);
    const refused = { topic: 'orders', partition: 0, generation: 1 };
    const error = new OdradekError('OFFSET_OUT_OF_RANGE');
    driver.session.onPartitionError(stream, refused, error, false, instant(0));
    expect(driver.takeAll()).toEqual(['OFFSET_OUT_OF_RANGE']);
  });
});

describe('records', () => {
  test('of aborted transactions are passed over, and the position with them', () => {
    const driver = new Driver({ isolation: 'read-committed' });
    driver.lead(0, routeTo(1));
    driver.read(0);
    const builder = new RecordBatchBuilder({ bytesMax: 1000 });
    builder.append({ key: null, value: 'aborted', timestamp: timestamp(0) });
    const aborted = builder.build({
      baseOffset: offset(2),
      leaderEpoch: 1,
      ...{ producerId: 7, producerEpoch: 0, baseSequence: 0, transactional: true },
    });
    driver.receive(
      driver.streamOf(0),
      0,
      Buffer.concat([batchOf(0, 2), aborted, batchOf(3, 1), aborted.with(7, 4)]),
      { aborted: [{ producerId: 7, firstOffset: offset(2) }] },
    );
    expect(driver.takeAll()).toEqual(['0-1', '3-3']);
    expect(driver.state(0).position).toBe(5);
  });

  test('are handed on from the position on, without those before it or those seen already', () => {
    const driver = new Driver();
    driver.lead(0, routeTo(1));
    driver.read(0, 3);
    const stream = driver.streamOf(0);
    driver.receive(stream, 0, Buffer.concat([batchOf(0, 2), batchOf(2, 4), batchOf(6, 2)]));
    driver.receive(stream, 0, batchOf(6, 2));
    expect(driver.takeAll()).toEqual(['3-5', '6-7']);
    expect(driver.state(0).position).toBe(8);
  });

  test('of before a seek are dropped, whether they are buffered or still on their way', () => {
    const driver = new Driver();
    driver.lead(0, routeTo(1));
    const state = driver.read(0);
    const stream = driver.streamOf(0);
    driver.receive(stream, 0, batchOf(0, 5));
    driver.session.seek(state, { kind: 'offset', offset: 50 });
    expect(driver.session.bufferedBytes).toBe(0);
    const late = { generation: state.generation };
    const [action] = sends(driver.reconcile());
    expect(action?.assign[0]).toMatchObject({ fetchOffset: 50, generation: 2 });
    expect(driver.receive(stream, 0, batchOf(5, 5), late)).toBe(false);
    driver.receive(driver.streamOf(0), 0, batchOf(48, 5));
    expect(driver.takeAll()).toEqual(['50-52']);
  });

  test('of a paused partition are dropped and asked for again', () => {
    const driver = new Driver();
    driver.lead(0, routeTo(1));
    driver.lead(1, routeTo(1));
    const state = driver.read(0);
    driver.read(1);
    const stream = driver.streamOf(0);
    driver.receive(stream, 0, batchOf(0, 5));
    driver.session.pause(state);
    expect(sends(driver.reconcile())[0]?.unassign).toEqual([{ topic: 'orders', partition: 0 }]);
    expect(driver.takeAll()).toEqual([]);
    driver.session.resume(state);
    expect(sends(driver.reconcile())[0]?.assign[0]).toMatchObject({ fetchOffset: 0 });
  });

  // A consumer was handed 0 to 4, paused, and resumed; behind its buffer lay a refusal that it had not
  // come to. The pause dropped that with the buffer, and nobody asked for the partition ever again.
  test('of a paused partition are asked for again, also where a refusal stood behind them', () => {
    const driver = new Driver();
    driver.lead(0, routeTo(1));
    const state = driver.read(0);
    const stream = driver.streamOf(0);
    driver.receive(stream, 0, batchOf(0, 5));
    driver.session.onPartitionError(
      stream,
      { topic: 'orders', partition: 0, generation: state.generation },
      new OdradekError('OFFSET_OUT_OF_RANGE'),
      false,
      instant(driver.now),
    );
    driver.session.pause(state);
    driver.session.resume(state);
    expect(driver.takeAll()).toEqual([]);
    expect(sends(driver.reconcile())[0]?.assign[0]).toMatchObject({ fetchOffset: 0 });
  });

  test('that are damaged are asked for again, and in the end refused', () => {
    const driver = new Driver();
    driver.lead(0, routeTo(1));
    driver.read(0);
    const bad = batchOf(0, 5);
    bad[bad.length - 1] = 0xff;
    for (let round = 0; round < 2; round++) {
      driver.receive(driver.streamOf(0), 0, bad);
      expect(driver.takeAll()).toEqual([]);
      expect(driver.state(0).stream).toBeNull();
      driver.now += 1000;
    }
    driver.receive(driver.streamOf(0), 0, bad);
    expect(driver.takeAll()).toEqual(['CORRUPT_MESSAGE']);
    expect(driver.state(0).position).toBe(0);
  });
});

describe('credit', () => {
  test('is returned as batches are handed on, and never exceeds the buffer', () => {
    const driver = new Driver({ maxBufferBytes: 1000 });
    driver.lead(0, routeTo(1));
    driver.read(0);
    const stream = driver.streamOf(0);
    let next = 0;
    let granted = 1000;
    let sent = 0;
    const feed = (): void => {
      while (granted - sent > 0) {
        const batch = batchOf(next, 5);
        next += 5;
        sent += batch.length;
        driver.receive(stream, 0, batch);
      }
    };
    feed();
    expect(driver.reconcile()).toEqual([]);
    expect(driver.session.bufferedBytes).toBeLessThan(1000 + 200);
    for (let round = 0; round < 100; round++) {
      driver.session.take(instant(0));
      for (const action of sends(driver.reconcile())) granted += action.creditBytes;
      feed();
      expect(driver.session.bufferedBytes).toBeLessThan(1000 + 200);
    }
    expect(next).toBeGreaterThan(500);
  });

  test('is shared between brokers, and a late one is not left without', () => {
    const driver = new Driver({ maxBufferBytes: 1000 });
    driver.lead(0, routeTo(1));
    driver.read(0);
    expect(sends(driver.reconcile())[0]?.creditBytes).toBe(1000);
    driver.lead(1, routeTo(2));
    driver.read(1);
    expect(sends(driver.reconcile())[0]?.creditBytes).toBe(500);
    const both = new Driver({ maxBufferBytes: 1000 });
    both.lead(0, routeTo(1));
    both.lead(1, routeTo(2));
    both.read(0);
    both.read(1);
    expect(sends(both.reconcile()).map((action) => action.creditBytes)).toEqual([500, 500]);
  });

  test('is not granted again and again by streams that break while nobody reads', () => {
    const driver = new Driver({ maxBufferBytes: 1000 });
    driver.lead(0, routeTo(1));
    driver.read(0);
    for (let round = 0; round < 20; round++) {
      driver.now += 1000;
      const stream = driver.streamOf(0);
      while (stream.outstandingBytes > 0) {
        driver.receive(stream, 0, batchOf(driver.state(0).received, 5));
      }
      driver.session.onStreamEnded(stream, instant(driver.now));
    }
    expect(driver.session.bufferedBytes).toBeLessThan(2000 + 400);
  });
});

describe('reading until an end', () => {
  test('has reached the end where everything before it was handed on', () => {
    const driver = new Driver();
    driver.lead(0, routeTo(1));
    driver.read(0);
    const stream = driver.streamOf(0);
    driver.receive(stream, 0, batchOf(0, 5));
    expect(driver.session.hasReached('orders', 0, 5)).toBe(false);
    driver.takeAll();
    expect(driver.session.hasReached('orders', 0, 5)).toBe(true);
    expect(driver.session.hasReached('orders', 0, 6)).toBe(false);
    // A batch that goes on behind the end.
    expect(driver.session.hasReached('orders', 0, 3)).toBe(true);
  });

  test('has not reached an end that it lies behind before the leader has taken the position', () => {
    const driver = new Driver();
    driver.lead(0, routeTo(1));
    driver.read(0, 7);
    expect(driver.session.hasReached('orders', 0, 7)).toBe(true);
    expect(driver.session.hasReached('orders', 0, 5)).toBe(false);
    const stream = driver.streamOf(0);
    expect(driver.session.hasReached('orders', 0, 5)).toBe(false);
    driver.receive(stream, 0, new Uint8Array(0), { caughtUp: true });
    expect(driver.session.hasReached('orders', 0, 5)).toBe(true);
    // Another leader may have less.
    driver.lead(0, routeTo(2));
    driver.streamOf(0);
    expect(driver.session.hasReached('orders', 0, 5)).toBe(false);
  });

  test('does not wait for a leader to take the position of a paused partition', () => {
    const driver = new Driver();
    driver.lead(0, routeTo(1));
    driver.session.pause(driver.read(0, 7));
    driver.reconcile();
    expect(driver.session.hasReached('orders', 0, 5)).toBe(true);
    expect(driver.session.hasReached('orders', 0, 8)).toBe(false);
  });
});

describe('errors', () => {
  const refuse = (driver: Driver, code: 'OFFSET_OUT_OF_RANGE' | 'NOT_LEADER_OR_FOLLOWER'): void => {
    const stream = driver.streamOf(0);
    const { generation } = driver.state(0);
    const place = { topic: 'orders', partition: 0, generation };
    driver.session.onPartitionError(
      stream,
      place,
      new OdradekError(code),
      false,
      instant(driver.now),
    );
  };

  test('that a retry mends are retried, behind a delay', () => {
    const driver = new Driver();
    driver.lead(0, routeTo(1));
    driver.read(0);
    refuse(driver, 'NOT_LEADER_OR_FOLLOWER');
    expect(driver.takeAll()).toEqual([]);
    driver.lead(0, routeTo(2, 2));
    expect(sends(driver.reconcile())[0]?.assign.length).toBe(1);
  });

  test('about the offset end the reading, behind what was fetched before', () => {
    const driver = new Driver();
    driver.lead(0, routeTo(1));
    driver.read(0);
    driver.receive(driver.streamOf(0), 0, batchOf(0, 5));
    refuse(driver, 'OFFSET_OUT_OF_RANGE');
    expect(driver.takeAll()).toEqual(['0-4', 'OFFSET_OUT_OF_RANGE']);
    driver.session.seek(driver.state(0), { kind: 'offset', offset: 5 });
    expect(sends(driver.reconcile())[0]?.assign.length).toBe(1);
  });

  test('about the offset begin again where the consumer was told to', () => {
    const driver = new Driver({ outOfRange: 'end' });
    driver.lead(0, routeTo(1));
    driver.read(0, 99);
    refuse(driver, 'OFFSET_OUT_OF_RANGE');
    driver.now = 1000;
    expect(driver.reconcile().some((action) => action.kind === 'resolve')).toBe(true);
    expect(driver.state(0).where).toEqual({ kind: 'end' });
  });

  test('about a start that retention has overtaken look the start up again', () => {
    const driver = new Driver();
    driver.lead(0, routeTo(1));
    driver.session.add('orders', 0, { kind: 'start' });
    driver.reconcile();
    driver.session.onResolved(driver.state(0), driver.state(0).seekVersion, 0);
    refuse(driver, 'OFFSET_OUT_OF_RANGE');
    driver.now = 1000;
    expect(driver.reconcile().some((action) => action.kind === 'resolve')).toBe(true);
  });
});
