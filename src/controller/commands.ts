/** What the controller can be asked, and what it answers. */
import type {
  BrokerEpoch,
  ClusterId,
  ControllerEpoch,
  LeaderEpoch,
  MetadataOffset,
  NodeId,
  PartitionEpoch,
  PartitionIndex,
  TopicId,
} from '../base/ids.ts';
import type { Refusal } from '../base/errors.ts';
import type {
  AdminReply,
  AdminRequest,
  AlterPartitionProposal,
  BrokerRegistration,
  PartitionState,
  ReplicaState,
} from './types.ts';

export type Command =
  /** The first of a term, with the epoch that the metadata store granted. Elects as `sweep` does. */
  | {
      readonly kind: 'activate';
      readonly nodeId: NodeId;
      readonly controllerEpoch: ControllerEpoch;
      readonly pid: number | null;
    }
  | {
      readonly kind: 'registerBroker';
      readonly registration: BrokerRegistration;
      /** `BrokerSessions.isHeard`: the stored incarnation's stream is open and was heard of late. */
      readonly heard: boolean;
      /**
       * Exclusive (X13): what this broker can know of, if nothing was lost. What was committed when
       * the term began, and once it was told more, all that is committed.
       */
      readonly committedOffset: MetadataOffset;
    }
  | {
      readonly kind: 'heartbeat';
      readonly broker: NodeId;
      readonly brokerEpoch: BrokerEpoch;
      /** The last metadata offset that the broker applied (inclusive). */
      readonly appliedOffset: MetadataOffset;
      readonly readyToServe: boolean;
      readonly wantsToStop: boolean;
      readonly full: boolean;
    }
  | {
      readonly kind: 'fenceBroker';
      readonly broker: NodeId;
      /** A broker that has been registered again since is left alone. */
      readonly brokerEpoch: BrokerEpoch;
    }
  | { readonly kind: 'goodbye'; readonly broker: NodeId; readonly brokerEpoch: BrokerEpoch }
  | {
      readonly kind: 'alterPartition';
      readonly broker: NodeId;
      readonly brokerEpoch: BrokerEpoch;
      readonly requests: readonly AlterPartitionProposal[];
    }
  | {
      readonly kind: 'handoverReady';
      readonly broker: NodeId;
      readonly brokerEpoch: BrokerEpoch;
      readonly topicId: TopicId;
      readonly partition: PartitionIndex;
      readonly target: NodeId;
      readonly leaderEpoch: LeaderEpoch;
      readonly partitionEpoch: PartitionEpoch;
    }
  | {
      readonly kind: 'replicaState';
      readonly broker: NodeId;
      readonly brokerEpoch: BrokerEpoch;
      readonly topicId: TopicId;
      readonly partition: PartitionIndex;
      readonly state: ReplicaState;
    }
  | { readonly kind: 'admin'; readonly request: AdminRequest }
  /** On becoming active and every second: elect wherever that has become possible (X6). */
  | { readonly kind: 'sweep' };

/** A leader to be asked to hand a partition over (X5). Sent once what was decided is committed. */
export interface Handover {
  readonly leader: NodeId;
  readonly topicId: TopicId;
  readonly partition: PartitionIndex;
  readonly target: NodeId;
  readonly partitionEpoch: PartitionEpoch;
}

/** Leaves the controller only once the events that came with it are committed. */
export type Reply =
  /**
   * Nothing was changed. METADATA_JOURNAL_BEHIND means more than that: part of the journal is
   * missing, and the host must stop being active (X13).
   */
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'done' }
  | { readonly kind: 'activated'; readonly clusterId: ClusterId }
  | {
      readonly kind: 'registered';
      readonly brokerEpoch: BrokerEpoch;
      readonly clusterId: ClusterId;
      readonly controllerId: NodeId;
      readonly controllerEpoch: ControllerEpoch;
      /** The same incarnation came back: its epoch is what it was. */
      readonly resumed: boolean;
    }
  | {
      readonly kind: 'heartbeat';
      readonly fenced: boolean;
      readonly mayStop: boolean;
      readonly handovers: readonly Handover[];
    }
  | { readonly kind: 'alterPartition'; readonly results: readonly AlterPartitionAnswer[] }
  | {
      readonly kind: 'admin';
      readonly reply: AdminReply;
      readonly handovers: readonly Handover[];
    };

export interface AlterPartitionAnswer {
  readonly request: AlterPartitionProposal;
  readonly result:
    | { readonly ok: true; readonly state: PartitionState }
    | { readonly ok: false; readonly refusal: Refusal };
}

export function refused(refusal: Refusal): Reply {
  return { kind: 'refused', refusal };
}
