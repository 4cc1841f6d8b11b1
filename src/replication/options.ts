import type { Instant, NodeId, Offset, PartitionIndex, TopicId } from '../base/ids.ts';
import type { LeaderEpochHistory } from '../record/leader-epoch-history.ts';
import type { Durability } from './types.ts';

/** What a replica is built from: who it is, its limits, and what recovery found on the disk. */
export interface ReplicaOptions {
  readonly nodeId: NodeId;
  readonly topicId: TopicId;
  readonly partition: PartitionIndex;
  readonly durability: Durability;
  /** `replica.lag.time.max.ms`: how long a follower may trail before it leaves the ISR (L6). */
  readonly lagTimeMaxMs: number;
  /** How old a lease may grow (X4); the controller fences a silent broker after the same time. */
  readonly sessionTimeoutMs: number;
  /** How long a handover may hold appends back before it is ready (X5). */
  readonly handoverHoldMs: number;
  /** Pause before a refused position or proposal is sent again. */
  readonly retryMs: number;
  /** How many produce requests a handover may hold back; the rest are refused. */
  readonly maxHeldRequests: number;
  readonly log: LogState;
  /** What recovery thinks of the log (X3). */
  readonly state: ReplicaHealth;
  readonly peerEchoes: PeerEchoes;
  /** When each leader was last heard of on its stream; absent: never. Kept as `peerEchoes` is. */
  readonly leadersHeard?: PeerEchoes;
}

export type ReplicaHealth = 'whole' | 'uncertain' | 'damaged';

/** A log's bounds; the machine mirrors them from here on. */
export interface LogState {
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  /** Everything below is on the disk (in the page cache where the topic says so). */
  readonly durableEndOffset: Offset;
  /** Raised by one by every truncation, reset and setting aside. */
  readonly truncationGeneration: number;
  /** Cloned: the machine changes its copy as it asks the host to change the log's. */
  readonly epochs: LeaderEpochHistory;
}

/**
 * For each follower the latest of this broker's own frame send times that came back from it, on
 * whatever partition. Kept by the host, which changes it between steps.
 */
export interface PeerEchoes {
  get(follower: NodeId): Instant | undefined;
}
