import fc from 'fast-check';
import { expect, test } from 'vitest';
import { partitionIndex, timestamp, topicId } from '../../../src/base/ids.ts';
import {
  CorruptTransactionState,
  encodeTransactionalId,
  encodeTransactionState,
  parseTransactionalId,
  parseTransactionState,
} from '../../../src/transaction/state-codec.ts';
import type { TransactionState } from '../../../src/transaction/state.ts';

const STATE: TransactionState = {
  transactionalId: 'Zählung',
  producerId: 2 ** 40,
  producerEpoch: 3,
  status: 'prepare-commit',
  timeoutMs: 60_000,
  partitions: [
    {
      topic: 'flights',
      topicId: topicId('topicTOPIC0123456789-_'),
      partition: partitionIndex(2),
    },
  ],
  startedAt: timestamp(1_700_000_000_000),
  updatedAt: timestamp(1_700_000_000_500),
  marker: { producerId: 2 ** 40, producerEpoch: 3 },
  endedBy: { producerId: 2 ** 40, producerEpoch: 2 },
};

test('a state comes back equal', () => {
  const idle = { ...STATE, status: 'empty', partitions: [], startedAt: null } as const;
  for (const state of [STATE, { ...idle, marker: null, endedBy: null }]) {
    expect(parseTransactionState(state.transactionalId, encodeTransactionState(state))).toEqual(
      state,
    );
  }
  expect(parseTransactionalId(encodeTransactionalId('Zählung'))).toBe('Zählung');
});

test('a state has one readable form', () => {
  const text = new TextDecoder().decode(encodeTransactionState(STATE));
  expect(text).toBe(
    '{"version":1,"producerId":1099511627776,"producerEpoch":3,"status":"prepare-commit",' +
      '"timeoutMs":60000,"partitions":[{"topic":"flights","topicId":"topicTOPIC0123456789-_",' +
      '"partition":2}],"startedAt":1700000000000,"updatedAt":1700000000500,' +
      '"marker":{"producerId":1099511627776,"producerEpoch":3},' +
      '"endedBy":{"producerId":1099511627776,"producerEpoch":2}}',
  );
});

test('bytes that are damaged in any way throw nothing but CorruptTransactionState', () => {
  const encoded = encodeTransactionState(STATE);
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(changes, fc.nat(encoded.length), (bytes, length) => {
      const damaged = Uint8Array.from(encoded.subarray(0, length));
      for (const [place, value] of bytes) {
        if (damaged.length > 0) damaged[place % damaged.length] = value;
      }
      try {
        parseTransactionState('x', damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(CorruptTransactionState);
      }
      try {
        parseTransactionalId(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(CorruptTransactionState);
      }
    }),
  );
});

test.each([
  ['another version', { version: 2 }, 'version 2'],
  ['a status that nobody knows', { status: 'eaten' }, 'status'],
  ['an epoch that no batch can have', { producerEpoch: 32_768 }, 'producerEpoch'],
  [
    'a topic without an id',
    { partitions: [{ topic: 'x', topicId: 'y', partition: 0 }] },
    'topicId',
  ],
])('%s is refused', (_, change, reason) => {
  const fields = JSON.parse(new TextDecoder().decode(encodeTransactionState(STATE))) as object;
  const bytes = new TextEncoder().encode(JSON.stringify({ ...fields, ...change }));
  expect(() => parseTransactionState('x', bytes)).toThrow(reason);
});
