/**
 * Random commands with crashes between them, against what a transaction promises: each has one
 * outcome, epochs never fall, and a coordinator that was replayed is the one that was live.
 */
import { expect, test } from 'vitest';
import { partitionIndex, timestamp, topicId } from '../../../src/base/ids.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import {
  encodeTransactionState,
  parseTransactionState,
} from '../../../src/transaction/state-codec.ts';
import { isCommit, isEnding } from '../../../src/transaction/state.ts';
import {
  TransactionalProducer,
  type TransactionCommand,
  type TransactionEvent,
} from '../../../src/transaction/transactional-producer.ts';
import type { ProducerIdentity } from '../../../src/transaction/types.ts';

const TOPIC = topicId('topicTOPIC0123456789-_');
const NAME = 'payments';

/** The log: what was stored, with the bytes that a new coordinator reads. */
type Stored = Uint8Array | null;

function replay(log: readonly Stored[]): TransactionalProducer {
  const producer = new TransactionalProducer(NAME);
  for (const bytes of log) {
    if (bytes === null) producer.apply({ kind: 'forgotten' });
    else producer.apply({ kind: 'changed', state: parseTransactionState(NAME, bytes) });
  }
  return producer;
}

function store(event: TransactionEvent): Stored {
  return event.kind === 'forgotten' ? null : encodeTransactionState(event.state);
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])('seed %i', (seed) => {
  const random = new SeededRandom(seed);
  const log: Stored[] = [];
  let coordinator = new TransactionalProducer(NAME);
  let freshId = 1;
  let now = 1_000;
  /** Everybody who ever got an identity, the last one last. */
  const instances: ProducerIdentity[] = [];
  /** By the identity of the marker: nobody may ever decide otherwise. */
  const outcomes = new Map<string, boolean>();
  /** What a producer was told of the end of its transaction. */
  const told = new Map<string, boolean>();
  let ended = 0;

  const someone = (): ProducerIdentity =>
    instances.length === 0
      ? { producerId: 0, producerEpoch: 0 }
      : (instances.at(-1 - random.below(Math.min(3, instances.length))) as ProducerIdentity);

  const command = (): TransactionCommand => {
    switch (random.below(12)) {
      case 0:
        return { kind: 'initProducerId', timeoutMs: 1_000, freshProducerId: null };
      case 1:
        return { kind: 'timeOut', producer: someone() };
      case 2:
        return { kind: 'expire', unusedSince: timestamp(now - random.below(40)) };
      case 3:
      case 4:
      case 5:
      case 6: {
        const partition = partitionIndex(random.below(4));
        const partitions = [{ topic: 'flights', topicId: TOPIC, partition }];
        return { kind: 'addPartitions', producer: someone(), partitions };
      }
      case 7:
      case 8:
      case 9: {
        const commit = random.below(2) === 0;
        return { kind: 'endTransaction', producer: someone(), commit, freshProducerId: null };
      }
      default: {
        const marker = coordinator.state?.marker ?? someone();
        return { kind: 'markersWritten', marker };
      }
    }
  };

  for (let step = 0; step < 2_000; step += 1) {
    now += random.below(10);
    let asked = command();
    let decided = coordinator.handle(asked, timestamp(now));
    if (decided.reply.kind === 'needsProducerId') {
      expect(decided.events).toEqual([]);
      asked = { ...asked, freshProducerId: freshId++ } as TransactionCommand;
      decided = coordinator.handle(asked, timestamp(now));
    }
    const before = coordinator.state;
    // Storing fails: nothing was decided, and nobody is told anything.
    if (random.below(10) === 0) continue;
    for (const event of decided.events) {
      log.push(store(event));
      coordinator.apply(event);
    }
    const { state } = coordinator;
    const { reply } = decided;
    if (reply.kind === 'identity') {
      instances.push({ producerId: reply.producerId, producerEpoch: reply.producerEpoch });
      if (asked.kind === 'endTransaction') {
        const key = JSON.stringify(asked.producer);
        expect(told.get(key) ?? asked.commit).toBe(asked.commit);
        told.set(key, asked.commit);
      }
    }
    if (state !== null && isEnding(state)) {
      const key = JSON.stringify(state.marker);
      expect(outcomes.get(key) ?? isCommit(state)).toBe(isCommit(state));
      if (!outcomes.has(key)) ended += 1;
      outcomes.set(key, isCommit(state));
      expect(before?.status === 'ongoing' || before === state || isEnding(before ?? state)).toBe(
        true,
      );
    }
    // A crash: the next coordinator knows what was stored, and nothing else.
    if (random.below(20) === 0) {
      const live = coordinator.state;
      coordinator = replay(log);
      expect(coordinator.state).toEqual(live);
    }
    // Compaction keeps the last record of a key.
    if (random.below(50) === 0) log.splice(0, log.length - 1);
  }
  expect(ended).toBeGreaterThan(50);
  // Whoever was told of a commit has a commit in the log of decisions, and no abort.
  for (const [producer, commit] of told) {
    const { producerId, producerEpoch } = JSON.parse(producer) as ProducerIdentity;
    const marker = JSON.stringify({ producerId, producerEpoch: producerEpoch + 1 });
    if (commit) expect(outcomes.get(marker)).toBe(true);
    else expect(outcomes.get(marker) ?? false).toBe(false);
  }
});
