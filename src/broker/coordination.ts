/** What the front door asks of a broker as a coordinator: producer ids, transactions, offsets. */
import type { Refusal } from '../base/errors.ts';
import type { NodeId, PartitionIndex } from '../base/ids.ts';
import type { Endpoint } from '../controller/types.ts';
import type { CommittedOffset, OffsetPartition } from '../group/types.ts';
import type {
  ProducerIdentity,
  TransactionalIdentity,
  TransactionDescription,
} from '../transaction/types.ts';

/** A coordinator as a client may reach it. */
export interface FoundCoordinator {
  readonly broker: NodeId;
  readonly endpoint: Endpoint;
}

export interface Done {
  readonly kind: 'done';
}

export interface CommitOffsetsCall {
  readonly group: string;
  readonly offsets: readonly CommittedOffset[];
  /** Not null: they count once this transaction commits. */
  readonly transaction: TransactionalIdentity | null;
}

export interface CommittedPartition extends OffsetPartition {
  /** Null: it is committed. */
  readonly refusal: Refusal | null;
}

/** Nothing is committed where the offset is null. */
export type FetchedOffset =
  | CommittedOffset
  | (OffsetPartition & {
      readonly offset: null;
      readonly leaderEpoch: null;
      readonly metadata: '';
    });

export type DescribedTransaction =
  TransactionDescription | { readonly transactionalId: string; readonly refusal: Refusal };

/**
 * Answers are values; a `Refusal` stands for the whole request. Nothing is answered before it is
 * durable, and whoever is refused with something retriable may ask again, here or at the coordinator
 * that `findCoordinator` names then. An answer that takes too long is COORDINATOR_NOT_AVAILABLE, and
 * what was asked may happen all the same.
 */
export interface CoordinationApi {
  /** Who keeps a group's offsets or a transactional id. Makes the internal topic if need be. */
  findCoordinator(kind: 'group' | 'transaction', key: string): Promise<FoundCoordinator | Refusal>;
  /** Null: an id without transactions, which every broker gives. A timeout of 0 is the default. */
  initProducerId(
    transactionalId: string | null,
    transactionTimeoutMs: number,
  ): Promise<ProducerIdentity | Refusal>;
  addPartitions(
    producer: TransactionalIdentity,
    partitions: readonly { readonly topic: string; readonly partition: PartitionIndex }[],
    groups: readonly string[],
  ): Promise<Done | Refusal>;
  /** Who the producer is in the next transaction. */
  endTransaction(
    producer: TransactionalIdentity,
    commit: boolean,
  ): Promise<ProducerIdentity | Refusal>;
  /** Null: all that this broker coordinates. */
  describeTransactions(transactionalIds: readonly string[] | null): readonly DescribedTransaction[];
  commitOffsets(call: CommitOffsetsCall): Promise<readonly CommittedPartition[] | Refusal>;
  /** Null: everything that the group has committed. */
  fetchOffsets(
    group: string,
    partitions: readonly OffsetPartition[] | null,
    requireStable: boolean,
  ): readonly FetchedOffset[] | Refusal;
  /** Those that this broker coordinates. */
  listGroups(): readonly string[];
  /** Null: all of the group's. */
  deleteOffsets(
    group: string,
    partitions: readonly OffsetPartition[] | null,
  ): Promise<Done | Refusal>;
}
