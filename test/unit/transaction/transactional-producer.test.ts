import { describe, expect, test } from 'vitest';
import { partitionIndex, timestamp, topicId } from '../../../src/base/ids.ts';
import {
  CLIENT_EPOCH_MAX,
  describeTransaction,
  refusePartition,
  remainingMs,
  type TransactionState,
} from '../../../src/transaction/state.ts';
import {
  TransactionalProducer,
  type TransactionCommand,
  type TransactionReply,
} from '../../../src/transaction/transactional-producer.ts';
import {
  TRANSACTION_STATUSES,
  type ProducerIdentity,
  type TransactionStatus,
} from '../../../src/transaction/types.ts';

const TOPIC = topicId('topicTOPIC0123456789-_');
const OTHER = topicId('otherTOPIC0123456789-_');
const FLIGHTS = { topic: 'flights', topicId: TOPIC, partition: partitionIndex(0) };
const TRAINS = { topic: 'trains', topicId: OTHER, partition: partitionIndex(3) };
const NOW = timestamp(1_700_000_000_000);

/** A coordinator that stores at once. */
class Coordinator {
  readonly producer = new TransactionalProducer('payments');
  now = NOW;

  run(command: TransactionCommand): TransactionReply {
    const { events, reply } = this.producer.handle(command, this.now);
    for (const event of events) this.producer.apply(event);
    return reply;
  }

  init(freshProducerId: number | null = 7): TransactionReply {
    return this.run({ kind: 'initProducerId', timeoutMs: 60_000, freshProducerId });
  }

  add(producer: ProducerIdentity, ...partitions: (typeof FLIGHTS)[]): TransactionReply {
    return this.run({ kind: 'addPartitions', producer, partitions });
  }

  end(producer: ProducerIdentity, commit: boolean, fresh: number | null = null): TransactionReply {
    return this.run({ kind: 'endTransaction', producer, commit, freshProducerId: fresh });
  }

  complete(): TransactionReply {
    return this.run({ kind: 'markersWritten', marker: this.state.marker ?? at(99) });
  }

  timeOut(producer: ProducerIdentity): TransactionReply {
    return this.run({ kind: 'timeOut', producer });
  }

  get state(): TransactionState {
    const { state } = this.producer;
    if (state === null) throw new Error('the id is not known');
    return state;
  }
}

const at = (producerEpoch: number, producerId = 7): ProducerIdentity => ({
  producerId,
  producerEpoch,
});
const identity = (producerEpoch: number, producerId = 7) => ({
  kind: 'identity',
  producerId,
  producerEpoch,
});
const refusedWith = (code: string) => ({ kind: 'refused', refusal: { code } });

/** A coordinator in each state, with the identity that may act. */
function coordinatorIn(status: TransactionStatus): Coordinator {
  const coordinator = new Coordinator();
  coordinator.init();
  if (status === 'empty') return coordinator;
  coordinator.add(at(0), FLIGHTS);
  if (status === 'ongoing') return coordinator;
  coordinator.end(at(0), status.endsWith('commit'));
  if (status.startsWith('complete')) coordinator.complete();
  expect(coordinator.state.status).toBe(status);
  return coordinator;
}

describe('a transaction', () => {
  test('is opened by its first partition, committed, and followed by the next epoch', () => {
    const coordinator = new Coordinator();
    expect(coordinator.init()).toEqual(identity(0));
    expect(coordinator.add(at(0), TRAINS, FLIGHTS)).toEqual({ kind: 'done' });
    expect(coordinator.state).toMatchObject({ status: 'ongoing', startedAt: NOW });
    coordinator.now = timestamp(NOW + 500);
    expect(coordinator.add(at(0), FLIGHTS)).toEqual({ kind: 'done' });
    expect(coordinator.state.updatedAt).toBe(NOW);
    expect(coordinator.end(at(0), true)).toEqual(identity(1));
    expect(coordinator.state).toMatchObject({
      status: 'prepare-commit',
      marker: at(1),
      partitions: [TRAINS, FLIGHTS],
    });
    expect(coordinator.complete()).toEqual({ kind: 'done' });
    expect(coordinator.state).toMatchObject({
      status: 'complete-commit',
      partitions: [],
      startedAt: null,
      marker: null,
    });
    expect(coordinator.add(at(1), TRAINS)).toEqual({ kind: 'done' });
    expect(coordinator.end(at(1), false)).toEqual(identity(2));
  });

  test('that nobody ends is aborted, and its producer is fenced', () => {
    const coordinator = coordinatorIn('ongoing');
    expect(coordinator.timeOut(at(0))).toEqual({ kind: 'done' });
    expect(coordinator.state).toMatchObject({ status: 'prepare-abort', marker: at(1) });
    expect(coordinator.add(at(0), TRAINS)).toMatchObject(refusedWith('PRODUCER_FENCED'));
    expect(coordinator.end(at(0), false)).toMatchObject(refusedWith('PRODUCER_FENCED'));
    coordinator.complete();
    expect(coordinator.end(at(0), true)).toMatchObject(refusedWith('PRODUCER_FENCED'));
    expect(coordinator.init()).toEqual(identity(2));
  });

  test('of the next epoch is not ended by the time of the one before', () => {
    const coordinator = coordinatorIn('complete-commit');
    coordinator.add(at(1), FLIGHTS);
    expect(coordinator.timeOut(at(0))).toEqual({ kind: 'done' });
    expect(coordinator.state.status).toBe('ongoing');
  });

  test('that may or may not have been opened can be aborted', () => {
    const coordinator = coordinatorIn('empty');
    expect(coordinator.end(at(0), false)).toEqual(identity(1));
    expect(coordinator.state).toMatchObject({ status: 'complete-abort', marker: null });
    expect(coordinator.end(at(0), false)).toEqual(identity(1));
    expect(coordinator.end(at(0), true)).toMatchObject(refusedWith('INVALID_TXN_STATE'));
  });
});

describe('a repeated end', () => {
  test.each(['prepare-commit', 'prepare-abort', 'complete-commit', 'complete-abort'] as const)(
    'is answered as the first time in %s, the opposite is not',
    (status) => {
      const coordinator = coordinatorIn(status);
      const before = coordinator.state;
      const commit = status.endsWith('commit');
      expect(coordinator.end(at(0), commit)).toEqual(identity(1));
      expect(coordinator.end(at(0), !commit)).toMatchObject(refusedWith('INVALID_TXN_STATE'));
      expect(coordinator.state).toBe(before);
    },
  );

  test('is late once the next transaction is open (KIP-890)', () => {
    const coordinator = coordinatorIn('complete-abort');
    coordinator.add(at(1), FLIGHTS);
    for (const commit of [true, false]) {
      expect(coordinator.end(at(0), commit)).toMatchObject(refusedWith('PRODUCER_FENCED'));
    }
    expect(coordinator.state.status).toBe('ongoing');
  });
});

describe('a new instance', () => {
  test('has the next epoch', () => {
    for (const status of ['empty', 'complete-commit', 'complete-abort'] as const) {
      const coordinator = coordinatorIn(status);
      const { producerEpoch } = coordinator.state;
      expect(coordinator.init()).toEqual(identity(producerEpoch + 1));
      expect(coordinator.state).toMatchObject({ status: 'empty', endedBy: null });
    }
  });

  test('aborts what the last one left, and waits for it', () => {
    const coordinator = coordinatorIn('ongoing');
    expect(coordinator.init()).toMatchObject(refusedWith('CONCURRENT_TRANSACTIONS'));
    expect(coordinator.state).toMatchObject({ status: 'prepare-abort', marker: at(1) });
    expect(coordinator.init()).toMatchObject(refusedWith('CONCURRENT_TRANSACTIONS'));
    // The old instance does not get through with anything.
    expect(coordinator.end(at(0), true)).toMatchObject(refusedWith('PRODUCER_FENCED'));
    expect(coordinator.end(at(0), false)).toMatchObject(refusedWith('PRODUCER_FENCED'));
    coordinator.complete();
    expect(coordinator.init()).toEqual(identity(2));
    expect(coordinator.add(at(0), FLIGHTS)).toMatchObject(refusedWith('PRODUCER_FENCED'));
    expect(coordinator.add(at(1), FLIGHTS)).toMatchObject(refusedWith('PRODUCER_FENCED'));
  });

  test('gets a producer id that nobody has had where there is none, or no epoch is left', () => {
    const coordinator = new Coordinator();
    expect(coordinator.init(null)).toEqual({ kind: 'needsProducerId' });
    expect(coordinator.init(7)).toEqual(identity(0));
    for (let epoch = 1; epoch <= CLIENT_EPOCH_MAX; epoch += 1) {
      expect(coordinator.init(null)).toEqual(identity(epoch));
    }
    expect(coordinator.init(null)).toEqual({ kind: 'needsProducerId' });
    expect(coordinator.init(8)).toEqual(identity(0, 8));
    expect(coordinator.add(at(CLIENT_EPOCH_MAX), FLIGHTS)).toMatchObject(
      refusedWith('INVALID_PRODUCER_ID_MAPPING'),
    );
  });

  test('sets another timeout', () => {
    const coordinator = coordinatorIn('empty');
    coordinator.run({ kind: 'initProducerId', timeoutMs: 5, freshProducerId: null });
    expect(describeTransaction(coordinator.state)).toMatchObject({ timeoutMs: 5 });
  });
});

describe('the last epoch', () => {
  function atTheLast(): Coordinator {
    const coordinator = new Coordinator();
    coordinator.init();
    const producerEpoch = CLIENT_EPOCH_MAX;
    coordinator.producer.apply({ kind: 'changed', state: { ...coordinator.state, producerEpoch } });
    coordinator.add(at(CLIENT_EPOCH_MAX), FLIGHTS);
    return coordinator;
  }

  test('is ended by a marker above it, and the next transaction has another producer', () => {
    const coordinator = atTheLast();
    expect(coordinator.end(at(CLIENT_EPOCH_MAX), true)).toEqual({ kind: 'needsProducerId' });
    expect(coordinator.state.status).toBe('ongoing');
    expect(coordinator.end(at(CLIENT_EPOCH_MAX), true, 9)).toEqual(identity(0, 9));
    expect(coordinator.state).toMatchObject({ marker: at(CLIENT_EPOCH_MAX + 1) });
    expect(coordinator.end(at(CLIENT_EPOCH_MAX), true)).toEqual(identity(0, 9));
    coordinator.complete();
    expect(coordinator.state).toMatchObject({ status: 'complete-commit', ...at(0, 9) });
    expect(coordinator.add(at(0, 9), FLIGHTS)).toEqual({ kind: 'done' });
  });

  test('times out as any other, and the next instance has another producer', () => {
    const coordinator = atTheLast();
    coordinator.timeOut(at(CLIENT_EPOCH_MAX));
    expect(coordinator.state).toMatchObject({ marker: at(CLIENT_EPOCH_MAX + 1) });
    coordinator.complete();
    expect(coordinator.init(null)).toEqual({ kind: 'needsProducerId' });
    expect(coordinator.init(9)).toEqual(identity(0, 9));
  });
});

test('every command in every state: what is refused, and with what', () => {
  const table: Record<TransactionStatus, Record<string, string>> = {
    empty: {
      add: 'done',
      addStale: 'INVALID_PRODUCER_ID_MAPPING',
      commit: 'INVALID_TXN_STATE',
      abort: 'identity',
      init: 'identity',
      complete: 'done',
      timeOut: 'done',
      expire: 'forgotten',
    },
    ongoing: {
      add: 'done',
      addStale: 'INVALID_PRODUCER_ID_MAPPING',
      commit: 'identity',
      abort: 'identity',
      init: 'CONCURRENT_TRANSACTIONS',
      complete: 'done',
      timeOut: 'done',
      expire: 'done',
    },
    'prepare-commit': ENDING,
    'prepare-abort': ENDING,
    'complete-commit': COMPLETE,
    'complete-abort': COMPLETE,
  };
  for (const status of TRANSACTION_STATUSES) {
    for (const [name, expected] of Object.entries(table[status])) {
      const coordinator = coordinatorIn(status);
      const { producerId, producerEpoch } = coordinator.state;
      const current = { producerId, producerEpoch };
      const commands: Record<string, () => TransactionReply> = {
        add: () => coordinator.add(current, TRAINS),
        addStale: () => coordinator.add(at(0, 6), TRAINS),
        commit: () => coordinator.end(current, true),
        abort: () => coordinator.end(current, false),
        init: () => coordinator.init(),
        complete: () => coordinator.complete(),
        timeOut: () => coordinator.timeOut(current),
        expire: () => coordinator.run({ kind: 'expire', unusedSince: NOW }),
      };
      const reply = commands[name]?.();
      const said =
        coordinator.producer.state === null
          ? 'forgotten'
          : reply?.kind === 'refused'
            ? reply.refusal.code
            : reply?.kind;
      expect(`${status} ${name}: ${said}`).toBe(`${status} ${name}: ${expected}`);
    }
  }
});

test('an id that nobody has begun with is unknown', () => {
  const coordinator = new Coordinator();
  expect(coordinator.add(at(0), FLIGHTS)).toMatchObject(refusedWith('INVALID_PRODUCER_ID_MAPPING'));
  expect(coordinator.end(at(0), true)).toMatchObject(refusedWith('INVALID_PRODUCER_ID_MAPPING'));
  expect(coordinator.timeOut(at(0))).toEqual({ kind: 'done' });
  expect(coordinator.run({ kind: 'expire', unusedSince: NOW })).toEqual({ kind: 'done' });
  expect(coordinator.producer.state).toBeNull();
});

test('an id is forgotten only when it has not been used for long enough', () => {
  const coordinator = coordinatorIn('empty');
  coordinator.run({ kind: 'expire', unusedSince: timestamp(NOW - 1) });
  expect(coordinator.producer.state).not.toBeNull();
  coordinator.run({ kind: 'expire', unusedSince: NOW });
  expect(coordinator.producer.state).toBeNull();
  expect(coordinator.init(8)).toEqual(identity(0, 8));
});

test('an epoch that was never given out is refused', () => {
  const coordinator = coordinatorIn('ongoing');
  expect(coordinator.add(at(1), TRAINS)).toMatchObject(refusedWith('INVALID_PRODUCER_EPOCH'));
});

describe('a leader that asks before it lets a transaction in', () => {
  const ask = (coordinator: Coordinator, producer: ProducerIdentity, place = FLIGHTS) =>
    refusePartition(coordinator.producer.state, {
      transactionalId: 'payments',
      ...producer,
      ...place,
    })?.code ?? 'let in';

  test('hears that an open one may, where the partition was added', () => {
    const coordinator = coordinatorIn('ongoing');
    expect(ask(coordinator, at(0))).toBe('let in');
    expect(ask(coordinator, at(0), TRAINS)).toBe('TRANSACTION_ABORTABLE');
    // The topic was made anew: it is another partition.
    expect(ask(coordinator, at(0), { ...FLIGHTS, topicId: OTHER })).toBe('TRANSACTION_ABORTABLE');
    expect(ask(coordinator, at(0, 6))).toBe('INVALID_PRODUCER_ID_MAPPING');
  });

  test('hears that none other may', () => {
    expect(ask(new Coordinator(), at(0))).toBe('INVALID_PRODUCER_ID_MAPPING');
    expect(ask(coordinatorIn('empty'), at(0))).toBe('INVALID_TXN_STATE');
    for (const status of ['prepare-commit', 'prepare-abort'] as const) {
      expect(ask(coordinatorIn(status), at(0))).toBe('INVALID_PRODUCER_EPOCH');
      expect(ask(coordinatorIn(status), at(1))).toBe('CONCURRENT_TRANSACTIONS');
    }
    for (const status of ['complete-commit', 'complete-abort'] as const) {
      expect(ask(coordinatorIn(status), at(0))).toBe('INVALID_PRODUCER_EPOCH');
      expect(ask(coordinatorIn(status), at(1))).toBe('INVALID_TXN_STATE');
    }
  });
});

test('a wall clock that has jumped gives a transaction no more than its timeout', () => {
  const { state } = coordinatorIn('ongoing');
  expect(remainingMs(state, timestamp(NOW + 20_000))).toBe(40_000);
  expect(remainingMs(state, timestamp(NOW - 1e9))).toBe(60_000);
  expect(remainingMs(state, timestamp(NOW + 1e9))).toBe(0);
});

const ENDING = {
  add: 'CONCURRENT_TRANSACTIONS',
  addStale: 'INVALID_PRODUCER_ID_MAPPING',
  commit: 'CONCURRENT_TRANSACTIONS',
  abort: 'CONCURRENT_TRANSACTIONS',
  init: 'CONCURRENT_TRANSACTIONS',
  complete: 'done',
  timeOut: 'done',
  expire: 'done',
};
const COMPLETE = {
  add: 'done',
  addStale: 'INVALID_PRODUCER_ID_MAPPING',
  commit: 'INVALID_TXN_STATE',
  abort: 'identity',
  init: 'identity',
  complete: 'done',
  timeOut: 'done',
  expire: 'forgotten',
};
