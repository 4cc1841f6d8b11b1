/** The vocabulary of committed offsets. */
import type { LeaderEpoch, Offset, PartitionIndex } from '../base/ids.ts';

/** How far a group has come in one partition. */
export interface CommittedOffset {
  readonly topic: string;
  readonly partition: PartitionIndex;
  /** The next offset to read. */
  readonly offset: Offset;
  /** Of the last record that was read; null: not known. */
  readonly leaderEpoch: LeaderEpoch | null;
  /** Whatever the client wants to find again. */
  readonly metadata: string;
}

/** A partition, by the name that its topic has now. */
export interface OffsetPartition {
  readonly topic: string;
  readonly partition: PartitionIndex;
}
