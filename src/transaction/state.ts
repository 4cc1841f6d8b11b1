import type { Timestamp } from '../base/ids.ts';
import type { Refusal } from '../base/errors.ts';
import { refusal } from '../base/errors.ts';
import type {
  PartitionQuery,
  ProducerIdentity,
  TransactionDescription,
  TransactionPartition,
  TransactionStatus,
} from './types.ts';

/**
 * Everything that is known of one transactional id, and what one record of the coordinator's log
 * holds. Whoever reads the last record of an id knows all of it.
 */
export interface TransactionState extends ProducerIdentity {
  readonly transactionalId: string;
  /**
   * `producerId` and `producerEpoch` are who may act from here on: while a transaction is being ended
   * and after it, already the identity of the next one.
   */
  readonly status: TransactionStatus;
  readonly timeoutMs: number;
  /** In the order of topic id and index; empty unless a transaction is open or being ended. */
  readonly partitions: readonly TransactionPartition[];
  /** By the wall clock; null unless a transaction is open or being ended. */
  readonly startedAt: Timestamp | null;
  /** By the wall clock: when this state was decided. */
  readonly updatedAt: Timestamp;
  /** Whom the markers name: one epoch above what they end. Null unless a transaction is being ended. */
  readonly marker: ProducerIdentity | null;
  /**
   * Who asked for the last end: asking for the same again is answered as the first time. Null if the
   * coordinator ended it for another reason, or something has happened since.
   */
  readonly endedBy: ProducerIdentity | null;
}

/** The largest epoch that a marker can have: a batch has 16 bits for it. */
export const PRODUCER_EPOCH_MAX = 32_767;
/** The largest that a producer is given, so that a marker can always be one above (T3). */
export const CLIENT_EPOCH_MAX = PRODUCER_EPOCH_MAX - 1;

export function isEnding({ status }: TransactionState): boolean {
  return status === 'prepare-commit' || status === 'prepare-abort';
}

/** Nothing is open and nothing is owed. */
export function isIdle(state: TransactionState): boolean {
  return state.status !== 'ongoing' && !isEnding(state);
}

/** Whether the transaction that is being ended, or was ended last, is committed. */
export function isCommit({ status }: TransactionState): boolean {
  return status === 'prepare-commit' || status === 'complete-commit';
}

/** T2: why this identity may not act, null if it may. */
export function refuseIdentity(
  state: TransactionState,
  { producerId, producerEpoch }: ProducerIdentity,
): Refusal | null {
  const { transactionalId } = state;
  if (producerId !== state.producerId) {
    return refusal(
      'INVALID_PRODUCER_ID_MAPPING',
      `${transactionalId} belongs to producer ${state.producerId} now, not to ${producerId}`,
    );
  }
  if (producerEpoch < state.producerEpoch) {
    return refusal(
      'PRODUCER_FENCED',
      `${transactionalId} is at epoch ${state.producerEpoch}, the request is of epoch ${producerEpoch}: ` +
        'a newer instance has taken over, or the transaction timed out',
    );
  }
  if (producerEpoch === state.producerEpoch) return null;
  return refusal(
    'INVALID_PRODUCER_EPOCH',
    `${transactionalId} is at epoch ${state.producerEpoch}, ${producerEpoch} was never given out`,
  );
}

/**
 * KIP-890: whether a leader may let this transaction into a partition: null, or why not. What is
 * refused with something retriable may be let in later.
 */
export function refusePartition(
  state: TransactionState | null,
  query: PartitionQuery,
): Refusal | null {
  const { transactionalId, topic, topicId, partition } = query;
  if (state === null) return unknownId(transactionalId);
  // To a leader an old epoch is what an old batch has.
  if (query.producerId === state.producerId && query.producerEpoch < state.producerEpoch) {
    return refusal(
      'INVALID_PRODUCER_EPOCH',
      `${transactionalId} is at epoch ${state.producerEpoch}, the batch is of epoch ${query.producerEpoch}`,
    );
  }
  const stale = refuseIdentity(state, query);
  if (stale !== null) return stale;
  if (isEnding(state)) return refusal('CONCURRENT_TRANSACTIONS');
  if (state.status !== 'ongoing') {
    return refusal('INVALID_TXN_STATE', `${transactionalId} has no open transaction`);
  }
  const isNamed = state.partitions.some(
    (each) => each.topicId === topicId && each.partition === partition,
  );
  if (isNamed) return null;
  return refusal(
    'TRANSACTION_ABORTABLE',
    `${topic}-${partition} was not added to the transaction of ${transactionalId}`,
  );
}

export function unknownId(transactionalId: string): Refusal {
  return refusal(
    'INVALID_PRODUCER_ID_MAPPING',
    `no producer with the transactional id ${JSON.stringify(transactionalId)} is known here`,
  );
}

export function describeTransaction(state: TransactionState): TransactionDescription {
  const { transactionalId, producerId, producerEpoch, status, timeoutMs, startedAt } = state;
  const partitions = state.partitions.map(({ topic, partition }) => ({ topic, partition }));
  return { transactionalId, producerId, producerEpoch, status, timeoutMs, startedAt, partitions };
}

/**
 * How long the open transaction may go on, by a wall clock that may have jumped: never more than its
 * whole timeout (T6).
 */
export function remainingMs(state: TransactionState, now: Timestamp): number {
  if (state.startedAt === null) return state.timeoutMs;
  const elapsed = Math.max(0, now - state.startedAt);
  return Math.max(0, state.timeoutMs - elapsed);
}
