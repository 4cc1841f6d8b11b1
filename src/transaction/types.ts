/** The vocabulary of transactions: who a producer is, what is asked of its coordinator, and how it answers. */
import type { PartitionIndex, Timestamp, TopicId } from '../base/ids.ts';
import type { Refusal } from '../base/errors.ts';

/** One instance of a producer: a newer instance has a higher epoch, or another id. */
export interface ProducerIdentity {
  readonly producerId: number;
  /** From 0 to 32,767. */
  readonly producerEpoch: number;
}

/** A producer that names itself, so that its next instance is known to be the same. */
export interface TransactionalIdentity extends ProducerIdentity {
  readonly transactionalId: string;
}

/** A partition that a transaction writes to. A topic that is made anew has another id. */
export interface TransactionPartition {
  readonly topic: string;
  readonly topicId: TopicId;
  readonly partition: PartitionIndex;
}

/** See README.md for the way from one to the next. */
export const TRANSACTION_STATUSES = [
  'empty',
  'ongoing',
  'prepare-commit',
  'prepare-abort',
  'complete-commit',
  'complete-abort',
] as const;

export type TransactionStatus = (typeof TRANSACTION_STATUSES)[number];

/** What an operator is shown of one transactional id. */
export interface TransactionDescription extends TransactionalIdentity {
  readonly status: TransactionStatus;
  readonly timeoutMs: number;
  /** When the open transaction, or the one that is being ended, began; null: there is none. */
  readonly startedAt: Timestamp | null;
  readonly partitions: readonly Pick<TransactionPartition, 'topic' | 'partition'>[];
}

/** How a transaction ended in some partitions: what a coordinator has their leaders write. */
export interface MarkerOrder extends ProducerIdentity {
  readonly commit: boolean;
  /** The leader epoch of the coordinator's own partition: an older coordinator is refused. */
  readonly coordinatorEpoch: number;
  readonly partitions: readonly TransactionPartition[];
}

/** What became of one marker. */
export interface MarkerResult {
  readonly producerId: number;
  readonly topic: string;
  readonly partition: PartitionIndex;
  /** Null: it is written and committed. */
  readonly refusal: Refusal | null;
}

/** A leader's question before it lets a transaction into a partition (KIP-890). */
export interface PartitionQuery extends TransactionalIdentity, TransactionPartition {}
