/**
 * The controller's vocabulary: the events that are the cluster's truth, the commands that ask for
 * them, and the messages of the session that every broker holds.
 *
 * Events are all that is stored and all that brokers see, in one order; the same bytes lie in the
 * journal and travel on the wire (`event-codec.ts`).
 */
import type {
  BrokerEpoch,
  ClusterId,
  ControllerEpoch,
  DiskId,
  IncarnationId,
  Instant,
  LeaderEpoch,
  MetadataOffset,
  NodeId,
  Offset,
  PartitionEpoch,
  PartitionIndex,
  TopicId,
} from '../base/ids.ts';
import type { Refusal } from '../base/errors.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export type ReplicaState = 'whole' | 'uncertain' | 'damaged';

/** Raw topic settings as the user gave them (Kafka's names); only what differs from the defaults. */
export type TopicSettings = Readonly<Record<string, string>>;

export interface PartitionState {
  readonly partition: PartitionIndex;
  /** Assignment order; the first is preferred. */
  readonly replicas: readonly NodeId[];
  readonly leader: NodeId | null;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: PartitionEpoch;
  readonly isr: readonly NodeId[];
  /** Eligible leader replicas (KIP-966). Leaders never look at this. */
  readonly elr: readonly NodeId[];
  readonly lastKnownElr: readonly NodeId[];
  /** Effective min ISR (X11). */
  readonly minIsr: number;
  readonly recovering: boolean;
}

/** Why a partition changed; for the log and the console. */
export type PartitionChangeCause =
  | 'broker-fenced'
  | 'broker-registered'
  | 'broker-unfenced'
  | 'broker-stopping'
  | 'isr-changed'
  | 'handover'
  | 'preferred-leader'
  | 'unclean-election'
  | 'recovery-election'
  | 'damaged'
  | 'settings-changed'
  | 'refused-handover'
  | 'sweep';

export type Event =
  | { readonly kind: 'clusterCreated'; readonly clusterId: ClusterId }
  /** The first event of each term: entries of older terms count as committed only behind it. */
  | {
      readonly kind: 'controllerActivated';
      readonly controllerEpoch: ControllerEpoch;
      readonly nodeId: NodeId;
      /** For the operator (`cluster status`). */
      readonly pid: number | null;
    }
  /** The broker's epoch is this event's offset. It starts fenced. */
  | {
      readonly kind: 'brokerRegistered';
      readonly broker: NodeId;
      readonly incarnationId: IncarnationId;
      readonly diskId: DiskId;
      readonly bootId: string;
      readonly grpc: Endpoint;
      readonly http: Endpoint | null;
      readonly rack: string | null;
      readonly pid: number | null;
      readonly dataDirectory: string | null;
    }
  | {
      readonly kind: 'brokerChanged';
      readonly broker: NodeId;
      readonly brokerEpoch: BrokerEpoch;
      readonly fenced?: boolean;
      readonly stopping?: boolean;
      readonly full?: boolean;
    }
  | {
      readonly kind: 'topicCreated';
      readonly topicId: TopicId;
      readonly name: string;
      readonly settings: TopicSettings;
      readonly partitions: readonly PartitionState[];
    }
  | { readonly kind: 'topicDeleted'; readonly topicId: TopicId }
  | {
      readonly kind: 'topicSettingsChanged';
      readonly topicId: TopicId;
      readonly settings: TopicSettings;
    }
  | {
      readonly kind: 'partitionsAdded';
      readonly topicId: TopicId;
      readonly partitions: readonly PartitionState[];
    }
  | {
      readonly kind: 'partitionChanged';
      readonly topicId: TopicId;
      readonly state: PartitionState;
      readonly cause: PartitionChangeCause;
    }
  /** Ids from `first` on that no producer has had: they are one broker's to hand out. */
  | { readonly kind: 'producerIdsAllocated'; readonly first: number; readonly count: number }
  | {
      readonly kind: 'replicaStateChanged';
      readonly broker: NodeId;
      readonly topicId: TopicId;
      readonly partition: PartitionIndex;
      readonly state: ReplicaState;
      /** Where the log ended when the broker registered; kept while the partition has no leader. */
      readonly logEnd?: ReplicaLogEnd;
    };

/** Where a replica's log ends: what an election without a proof compares, epoch first. */
export interface ReplicaLogEnd {
  /** The epoch of the last record; null when there is none. */
  readonly lastEpoch: LeaderEpoch | null;
  /** Exclusive. */
  readonly endOffset: Offset;
}

/** What a broker says of itself when it registers (C5, X2). */
export interface BrokerRegistration {
  readonly broker: NodeId;
  readonly incarnationId: IncarnationId;
  readonly clusterId: ClusterId | null;
  readonly diskId: DiskId;
  readonly bootId: string;
  readonly grpc: Endpoint;
  readonly http: Endpoint | null;
  readonly rack: string | null;
  readonly pid: number | null;
  readonly dataDirectory: string | null;
  /** From the durable mark file: the epoch of the last incarnation that was unfenced; null: unreadable or none. */
  readonly previousBrokerEpoch: BrokerEpoch | null;
  readonly markFileIntact: boolean;
  /** The highest metadata offset that the broker ever applied (X13); null: none. */
  readonly metadataOffset: MetadataOffset | null;
  readonly replicas: readonly ReplicaReport[];
}

export interface ReplicaReport {
  readonly topicId: TopicId;
  readonly partition: PartitionIndex;
  readonly durableLogEndOffset: Offset;
  readonly lastEpoch: LeaderEpoch | null;
  readonly state: ReplicaState;
}

/** Broker to controller, on the session stream. Answers come in any order. */
export type SessionRequest =
  /** The first message of every stream: a new incarnation registers, the same one resumes. */
  | { readonly kind: 'register'; readonly registration: BrokerRegistration }
  | {
      readonly kind: 'heartbeat';
      readonly brokerEpoch: BrokerEpoch;
      /** The broker's monotonic clock when this was sent; comes back in the answer (X4). */
      readonly sentAt: Instant;
      readonly appliedOffset: MetadataOffset;
      /** The durable mark file names this incarnation: it may be unfenced (X2). */
      readonly readyToServe: boolean;
      readonly wantsToStop: boolean;
      readonly full: boolean;
    }
  | {
      readonly kind: 'alterPartition';
      readonly brokerEpoch: BrokerEpoch;
      readonly requests: readonly AlterPartitionProposal[];
    }
  | {
      readonly kind: 'handoverReady';
      readonly brokerEpoch: BrokerEpoch;
      readonly topicId: TopicId;
      readonly partition: PartitionIndex;
      readonly target: NodeId;
      readonly leaderEpoch: LeaderEpoch;
      readonly partitionEpoch: PartitionEpoch;
    }
  | {
      readonly kind: 'replicaState';
      readonly brokerEpoch: BrokerEpoch;
      readonly topicId: TopicId;
      readonly partition: PartitionIndex;
      readonly state: ReplicaState;
      readonly reason: string;
    }
  /** The last message of a clean stop: fence at once, the log is synced. */
  | { readonly kind: 'goodbye'; readonly brokerEpoch: BrokerEpoch };

/** As replication's `AlterPartitionRequest`. */
export interface AlterPartitionProposal {
  readonly topicId: TopicId;
  readonly partition: PartitionIndex;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: PartitionEpoch;
  readonly isr: readonly { readonly id: NodeId; readonly brokerEpoch: BrokerEpoch }[];
  readonly recovering: boolean;
}

/** Controller to broker, on the session stream. */
export type SessionResponse =
  | {
      readonly kind: 'registered';
      readonly brokerEpoch: BrokerEpoch;
      readonly clusterId: ClusterId;
      readonly controllerId: NodeId;
      readonly controllerEpoch: ControllerEpoch;
    }
  /** The session is refused; the stream ends. Retriable ones are tried again with a new stream. */
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | {
      readonly kind: 'heartbeatAnswer';
      readonly sentAt: Instant;
      /** Everything below is committed; the lease counts once the broker has applied it (X4). */
      readonly committedOffset: MetadataOffset;
      readonly fenced: boolean;
      /** Answer to `wantsToStop`: nothing is led here any more. */
      readonly mayStop: boolean;
    }
  /** Replaces the image: the state after every event below `nextOffset`. First on each stream. */
  | {
      readonly kind: 'snapshot';
      readonly controllerEpoch: ControllerEpoch;
      readonly nextOffset: MetadataOffset;
      readonly image: Uint8Array;
    }
  /** Committed events from `startOffset` on, in order. */
  | {
      readonly kind: 'events';
      readonly controllerEpoch: ControllerEpoch;
      readonly startOffset: MetadataOffset;
      readonly events: readonly Event[];
    }
  | {
      readonly kind: 'alterPartitionReply';
      readonly results: readonly {
        readonly request: AlterPartitionProposal;
        readonly result:
          | { readonly ok: true; readonly state: PartitionState }
          | { readonly ok: false; readonly refusal: Refusal };
      }[];
    }
  | {
      readonly kind: 'handover';
      readonly topicId: TopicId;
      readonly partition: PartitionIndex;
      readonly target: NodeId;
      readonly partitionEpoch: PartitionEpoch;
    };

/** What users ask for; brokers forward it to the active controller. */
export type AdminRequest =
  | {
      readonly kind: 'createTopic';
      readonly name: string;
      /** 0: the cluster's default. */
      readonly partitions: number;
      /** 0: the cluster's default. */
      readonly replicationFactor: number;
      readonly settings: TopicSettings;
      readonly validateOnly: boolean;
    }
  | { readonly kind: 'deleteTopic'; readonly name: string }
  /** A null value returns the setting to its default. */
  | {
      readonly kind: 'alterTopic';
      readonly name: string;
      readonly settings: Readonly<Record<string, string | null>>;
    }
  | { readonly kind: 'addPartitions'; readonly name: string; readonly total: number }
  /** Preferred leaders; null topic: all; null partition: all of the topic. */
  | {
      readonly kind: 'electLeaders';
      readonly name: string | null;
      readonly partition: PartitionIndex | null;
    }
  /** For a broker, not for users: ids that it may give to producers. */
  | { readonly kind: 'allocateProducerIds' };

export type AdminReply =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | {
      readonly kind: 'topicCreated';
      readonly topicId: TopicId;
      readonly partitions: number;
      readonly replicationFactor: number;
    }
  | { readonly kind: 'done' }
  /** Per partition: done, under way (a handover was asked for), or why not. */
  | {
      readonly kind: 'elections';
      readonly results: readonly {
        readonly topic: string;
        readonly partition: PartitionIndex;
        readonly outcome: 'elected' | 'handing-over' | Refusal;
      }[];
    }
  | { readonly kind: 'producerIds'; readonly first: number; readonly count: number };
