/**
 * What the replica machine is told and what it asks for. One machine is one replica of one
 * partition, in either role; the host in `broker/partition-host.ts` feeds it inputs one at a time
 * and carries out the effects in order.
 *
 * Durability is an input, not a promise: nothing that depends on the disk leaves before the
 * `flushed` that covers it.
 */
import type {
  BrokerEpoch,
  Generation,
  Instant,
  LeaderEpoch,
  NodeId,
  Offset,
  PartitionEpoch,
  PartitionIndex,
  Timestamp,
  TopicId,
} from '../base/ids.ts';
import type { Refusal } from '../base/errors.ts';
import type { ProducerBatch, ProducerStates } from '../record/producer-states.ts';

export type Durability = 'fsync' | 'page-cache';
export type Acks = 0 | 1 | 'all';
/** The host's number for one produce request, unique for the life of the machine. */
export type RequestId = number;

/** The partition as the controller's committed events describe it, as far as a replica needs it. */
export interface PartitionMetadata {
  readonly leader: NodeId | null;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: PartitionEpoch;
  /** Assignment order: the first is the preferred leader. */
  readonly replicas: readonly NodeId[];
  readonly isr: readonly NodeId[];
  /** Effective: min(min.insync.replicas, replication factor) (X11). */
  readonly minIsr: number;
  /** After an unclean election, until the leader has said that it recovered (C1). */
  readonly recovering: boolean;
  /** One entry per replica that is registered. */
  readonly brokers: readonly ReplicaBroker[];
  /** Replicas whose damage the controller has committed, with all that follows from it (X3). */
  readonly damaged: readonly NodeId[];
}

export interface ReplicaBroker {
  readonly id: NodeId;
  readonly brokerEpoch: BrokerEpoch;
  /** Not fenced, not stopping, not full: may be in an ISR (KIP-841, X12). */
  readonly eligible: boolean;
}

/**
 * A fetch and an acknowledgement in one (L3, X9): everything below `fetchOffset` is on the
 * follower's disk (in its page cache where the topic says so).
 */
export interface Position {
  readonly generation: Generation;
  readonly leaderEpoch: LeaderEpoch;
  /** The follower's durable log end offset. */
  readonly fetchOffset: Offset;
  /** Epoch of the record at `fetchOffset` - 1; null when there is none below. */
  readonly lastFetchedEpoch: LeaderEpoch | null;
  readonly logStartOffset: Offset;
}

/** What a leader sends to a follower for one partition. */
export type Frame = {
  readonly generation: Generation;
  readonly leaderEpoch: LeaderEpoch;
} & (
  | {
      readonly kind: 'records';
      /** Where `batches` begin; the leader's next offset to send when there are none. */
      readonly startOffset: Offset;
      /** Whole batches, dense, already checked by `record/` (CRC, continuity); empty for a pulse. */
      readonly batches: readonly ReplicatedBatch[];
      readonly bytes: Uint8Array;
      readonly highWatermark: Offset;
      readonly logStartOffset: Offset;
    }
  | { readonly kind: 'diverging'; readonly epoch: LeaderEpoch; readonly endOffset: Offset }
  | {
      readonly kind: 'refused';
      readonly refusal: Refusal;
      /** With OFFSET_OUT_OF_RANGE: the leader's bounds (F5). */
      readonly logStartOffset: Offset;
      readonly logEndOffset: Offset;
    }
);

export interface ReplicatedBatch {
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
  readonly leaderEpoch: LeaderEpoch;
  readonly bytes: number;
}

/** What the leader needs to know of a produced batch; the bytes stay opaque. */
export interface ProducedBatch {
  /** Passed through to the `append` effect. */
  readonly data: Uint8Array;
  readonly recordsCount: number;
  /** Absent: no producer id, so nothing is recognised. */
  readonly producer?: ProducerBatch | null;
}

/** A proposal of the leader to change the ISR (KIP-497), resent unchanged until it is answered. */
export interface AlterPartitionRequest {
  readonly topicId: TopicId;
  readonly partition: PartitionIndex;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: PartitionEpoch;
  readonly isr: readonly { readonly id: NodeId; readonly brokerEpoch: BrokerEpoch }[];
  /** False says that the leader has recovered from an unclean election. */
  readonly recovering: boolean;
}

export type AlterPartitionResult =
  | {
      readonly ok: true;
      readonly leader: NodeId | null;
      readonly leaderEpoch: LeaderEpoch;
      readonly partitionEpoch: PartitionEpoch;
      readonly isr: readonly NodeId[];
      readonly minIsr: number;
      readonly recovering: boolean;
    }
  | { readonly ok: false; readonly refusal: Refusal };

export type ProduceResult =
  | { readonly ok: true; readonly baseOffset: Offset; readonly logStartOffset: Offset }
  | { readonly ok: false; readonly refusal: Refusal };

export type TimerName = 'lag' | 'deadline' | 'hold' | 'retry' | 'session';

export type Input =
  /** The partition changed, or one of its replicas' brokers did. */
  | { readonly kind: 'metadata'; readonly partition: PartitionMetadata }
  | {
      readonly kind: 'produce';
      readonly request: RequestId;
      readonly acks: Acks;
      readonly batch: ProducedBatch;
      /** The epoch that the client believes in; null when it does not say. */
      readonly expectedLeaderEpoch: LeaderEpoch | null;
      /** When an acks=all wait ends with REQUEST_TIMED_OUT. */
      readonly deadline: Instant;
    }
  /** Nobody waits for this request any more: no reply is owed. What was appended stays. */
  | { readonly kind: 'cancel'; readonly request: RequestId }
  /** A group commit ended. Of an older truncation generation it is void (X1). */
  | {
      readonly kind: 'flushed';
      readonly truncationGeneration: number;
      readonly durableEndOffset: Offset;
    }
  /**
   * A `truncate` fell within a batch, which went whole: the log ends lower than was asked. Sent
   * right after that effect; not sent when the log ends where it was asked to.
   */
  | {
      readonly kind: 'truncated';
      readonly truncationGeneration: number;
      readonly logEndOffset: Offset;
    }
  /** Leader: a follower's position arrived on its stream. */
  | {
      readonly kind: 'position';
      readonly follower: NodeId;
      readonly brokerEpoch: BrokerEpoch;
      readonly position: Position;
    }
  /** Leader: the follower closed this partition's session, or its stream ended. */
  | { readonly kind: 'followerGone'; readonly follower: NodeId }
  /** Follower: something arrived from the leader. */
  | { readonly kind: 'frame'; readonly leader: NodeId; readonly frame: Frame }
  /** Follower: the stream to this leader can be used (again). */
  | { readonly kind: 'peerConnected'; readonly leader: NodeId }
  | { readonly kind: 'peerDisconnected'; readonly leader: NodeId }
  | {
      readonly kind: 'alterPartitionReply';
      readonly request: AlterPartitionRequest;
      readonly result: AlterPartitionResult;
    }
  /** A (new) session with the controller: what awaits an answer is sent again. */
  | { readonly kind: 'controllerConnected' }
  /** X5: the controller asks the leader to hand over. */
  | {
      readonly kind: 'handover';
      readonly target: NodeId;
      readonly partitionEpoch: PartitionEpoch;
    }
  /** X3: a read or the scrubber found damage. */
  | { readonly kind: 'damaged'; readonly reason: string }
  /** The answer to `loadProducers`: what the log knows, a copy for the machine to keep. */
  | { readonly kind: 'producers'; readonly producers: ProducerStates }
  /** Producers that have been silent for so long are forgotten; the log does the same. */
  | {
      readonly kind: 'expireProducers';
      readonly now: Timestamp;
      readonly expirationMs: number;
    }
  /** The log was set aside as asked; it is empty at 0. */
  | { readonly kind: 'setAside' }
  | { readonly kind: 'logStartAdvanced'; readonly logStartOffset: Offset }
  /** X12: the free space fell below the reserve, or came back. */
  | { readonly kind: 'disk'; readonly full: boolean }
  | { readonly kind: 'timer'; readonly name: TimerName };

export type Effect =
  /**
   * Append to the log. With `stamp`, base offset and leader epoch are written into the batch first
   * (a leader's own append); a follower's batches are kept byte for byte.
   */
  | {
      readonly kind: 'append';
      readonly data: Uint8Array;
      readonly stamp: { readonly baseOffset: Offset; readonly leaderEpoch: LeaderEpoch } | null;
    }
  /** Write what was appended and, on an fsync topic, start a group commit. Answered by `flushed`. */
  | { readonly kind: 'flush' }
  /** A new leader: the next input is `producers`, with what the log knows of them. */
  | { readonly kind: 'loadProducers' }
  /** Barrier: the next effect and the next input wait until the epoch's entry is synced (X10). */
  | { readonly kind: 'assignEpoch'; readonly epoch: LeaderEpoch; readonly startOffset: Offset }
  /** Barrier: X1. `endOffset` is on a batch boundary or within a batch, which then goes whole. */
  | { readonly kind: 'truncate'; readonly endOffset: Offset; readonly reason: TruncationReason }
  /** Barrier: drop everything, start empty at `startOffset` (F5). */
  | { readonly kind: 'resetLog'; readonly startOffset: Offset }
  /** Barrier: move the damaged files away; answered by the input `setAside` (X3). */
  | { readonly kind: 'setAside' }
  /** Durable: delete below (a follower learns its leader's start). */
  | { readonly kind: 'advanceLogStart'; readonly logStartOffset: Offset }
  /** Leader: stream records to this follower from here, ahead of its positions up to the window. */
  | {
      readonly kind: 'feed';
      readonly follower: NodeId;
      readonly generation: Generation;
      readonly leaderEpoch: LeaderEpoch;
      readonly startOffset: Offset;
    }
  /** Leader: the follower has acknowledged up to here; the window moves. */
  | { readonly kind: 'feedProgress'; readonly follower: NodeId; readonly offset: Offset }
  | { readonly kind: 'stopFeed'; readonly follower: NodeId }
  /** Leader: answer a position with a divergence or a refusal. Ends that session. */
  | { readonly kind: 'answer'; readonly follower: NodeId; readonly frame: Frame }
  /** Follower: the first position of a generation opens the session. */
  | { readonly kind: 'sendPosition'; readonly leader: NodeId; readonly position: Position }
  /** Follower: tell the leader (in order, before any later echo) that the session is over. */
  | { readonly kind: 'closeSession'; readonly leader: NodeId }
  | { readonly kind: 'reply'; readonly request: RequestId; readonly result: ProduceResult }
  /** The high watermark moved. A leader's only rises; a follower's may fall with its log (F4). */
  | { readonly kind: 'advanceHighWatermark'; readonly highWatermark: Offset }
  | { readonly kind: 'alterPartition'; readonly request: AlterPartitionRequest }
  | {
      readonly kind: 'handoverReady';
      readonly target: NodeId;
      readonly leaderEpoch: LeaderEpoch;
      readonly partitionEpoch: PartitionEpoch;
    }
  /** X3: tell the controller; resent on each controller session until it is out of ISR and ELR. */
  | { readonly kind: 'reportDamage'; readonly reason: string }
  /** X3: committed into the ISR or elected: the replica's `uncertain` mark may go. */
  | { readonly kind: 'clearUncertain' }
  | { readonly kind: 'setTimer'; readonly name: TimerName; readonly at: Instant }
  | { readonly kind: 'cancelTimer'; readonly name: TimerName }
  /** For the log and the metrics; the protocol does not depend on it. */
  | { readonly kind: 'observe'; readonly event: Observation };

export type TruncationReason = 'diverged' | 'beyond-leader';

export type Observation =
  | {
      readonly kind: 'becameLeader';
      readonly leaderEpoch: LeaderEpoch;
      readonly startOffset: Offset;
    }
  | {
      readonly kind: 'becameFollower';
      readonly leader: NodeId | null;
      readonly leaderEpoch: LeaderEpoch;
    }
  | {
      readonly kind: 'isrShrinkProposed';
      readonly removed: readonly {
        readonly id: NodeId;
        readonly cause: 'slow' | 'cut-off' | 'ineligible';
        /** Where the follower stands; the host turns the distance into bytes. Null: never heard. */
        readonly logEndOffset: Offset | null;
      }[];
    }
  | { readonly kind: 'isrExpandProposed'; readonly added: NodeId }
  | {
      readonly kind: 'isrCommitted';
      readonly isr: readonly NodeId[];
      readonly partitionEpoch: PartitionEpoch;
    }
  | { readonly kind: 'selfFenced'; readonly controllerSilentMs: number }
  | { readonly kind: 'leaseRenewed' }
  | { readonly kind: 'handoverHeld'; readonly target: NodeId }
  | { readonly kind: 'handoverEnded'; readonly outcome: 'handed-over' | 'gave-up' | 'refused' };

/** What a consumer's fetch or a list-offsets may see (answered from the machine, changes nothing). */
export type FetchBounds =
  | {
      readonly ok: true;
      /**
       * A follower's answer (KIP-392): the high watermark is the one that it has been told. All that
       * can be committed beyond it lies in its own log, since no leader commits what a member of the
       * ISR has not acknowledged.
       */
      readonly isFollower: boolean;
      readonly logStartOffset: Offset;
      /** Exclusive end of what may be read. */
      readonly highWatermark: Offset;
      /** False while a new leader's high watermark is below its epoch's start: `end` is not known. */
      readonly highWatermarkKnown: boolean;
      readonly logEndOffset: Offset;
      readonly leaderEpoch: LeaderEpoch;
    }
  | { readonly ok: false; readonly refusal: Refusal };

/** One replica as its leader sees it, for status and metrics. */
export interface FollowerView {
  readonly id: NodeId;
  readonly inSync: boolean;
  /** Durable log end offset; null until it was heard in this epoch. */
  readonly logEndOffset: Offset | null;
  readonly lastCaughtUpAt: Instant | null;
}
