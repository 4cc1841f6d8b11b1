/**
 * Where the hosts meet the outside: transports that `platform/` (gRPC) and `testing/` (memory)
 * provide, and what `server/` calls. Domain values only; bytes are views that the receiver must
 * copy if it keeps a small part of them.
 */
import type { Refusal } from '../base/errors.ts';
import type {
  BrokerEpoch,
  ClusterId,
  Generation,
  Instant,
  LeaderEpoch,
  NodeId,
  Offset,
  PartitionIndex,
  TopicId,
} from '../base/ids.ts';
import type {
  AdminReply,
  AdminRequest,
  Endpoint,
  SessionRequest,
  SessionResponse,
} from '../controller/types.ts';
import type { CoordinationApi } from './coordination.ts';
import type { MarkerOrder, MarkerResult, PartitionQuery } from '../transaction/types.ts';
import type { Acks, Frame, Position, ProduceResult } from '../replication/types.ts';

// --- Calls from broker to broker. ---

/** What brokers ask of each other for the sake of transactions. */
export type PeerRequest =
  | { readonly kind: 'writeMarkers'; readonly markers: readonly MarkerOrder[] }
  | { readonly kind: 'verifyPartition'; readonly query: PartitionQuery };

export type PeerReply =
  /** One result for each partition of each order, in their order. */
  | { readonly kind: 'markersWritten'; readonly results: readonly MarkerResult[] }
  /** Null: the transaction is open and names the partition. */
  | { readonly kind: 'verified'; readonly refusal: Refusal | null };

// --- Replication streams: one per pair of follower broker and leader broker. ---

export interface PeerOpen {
  readonly follower: NodeId;
  readonly followerEpoch: BrokerEpoch;
  readonly clusterId: ClusterId;
  /** Whom the follower believes to be talking to; refused if it is somebody else. */
  readonly leader: NodeId;
}

/** Follower to leader. Sessions that are `closed` come before the echo counts (X4). */
export interface FollowerMessage {
  /** The leader's latest `sentAt` that was received; null before the first. */
  readonly echo: Instant | null;
  readonly closed: readonly { readonly topicId: TopicId; readonly partition: PartitionIndex }[];
  readonly positions: readonly {
    readonly topicId: TopicId;
    readonly partition: PartitionIndex;
    readonly position: Position;
  }[];
}

/** A frame as it travels: records unparsed, in one or more pieces of whole batches. */
export type RawFrame =
  | {
      readonly kind: 'records';
      readonly generation: Generation;
      readonly leaderEpoch: LeaderEpoch;
      readonly startOffset: Offset;
      readonly highWatermark: Offset;
      readonly logStartOffset: Offset;
      /** As in `PartitionHost.replicatedTo`. */
      readonly replicatedTo: Offset;
      readonly chunks: readonly Uint8Array[];
    }
  | Exclude<Frame, { kind: 'records' }>;

/** Leader to follower. */
export interface LeaderMessage {
  /** The leader's monotonic clock; echoed (X4). */
  readonly sentAt: Instant;
  readonly frames: readonly {
    readonly topicId: TopicId;
    readonly partition: PartitionIndex;
    readonly frame: RawFrame;
  }[];
}

/** One end of a stream of messages. Messages arrive in order or the stream ends. */
export interface MessageSink<Message> {
  /**
   * Sends; false means that the buffers are full: nothing is lost, but the caller should wait for
   * `onDrain` before it sends more than acknowledgements. After the end it does nothing.
   */
  send(message: Message): boolean;
  /** Ends the stream. The other side sees it end; `onClose` is called on this side as well. */
  close(error?: Refusal): void;
}

export interface MessageHandlers<Message> {
  onMessage(message: Message): void;
  onDrain?(): void;
  /** Exactly once. */
  onClose(error: Error | null): void;
}

export interface PeerTransport {
  /** Opens a stream to a leader; `onOpen` once the other side has answered. */
  connect(
    endpoint: Endpoint,
    open: PeerOpen,
    handlers: MessageHandlers<LeaderMessage> & { onOpen(): void },
  ): MessageSink<FollowerMessage>;
  /**
   * Asks once. Rejects with an `OdradekError` when there is no answer in time: whether the other side
   * has done what it was asked is then unknown.
   */
  call(endpoint: Endpoint, request: PeerRequest, timeoutMs: number): Promise<PeerReply>;
}

/** What a broker offers to other brokers. */
export interface PeerAcceptor {
  /** Of followers that connect. A refusal ends the stream. */
  acceptFollower(
    open: PeerOpen,
    sink: MessageSink<LeaderMessage>,
  ): MessageHandlers<FollowerMessage> | Refusal;
  answerPeer(request: PeerRequest): Promise<PeerReply>;
}

// --- The session with the controller. ---

export interface ControllerTransport {
  connect(
    endpoint: Endpoint,
    handlers: MessageHandlers<SessionResponse> & { onOpen(): void },
  ): MessageSink<SessionRequest>;
  /** Forwards a user's request. Rejects with an `OdradekError` when it cannot be reached in time. */
  admin(endpoint: Endpoint, request: AdminRequest, timeoutMs: number): Promise<AdminReply>;
}

/** What a controller offers to brokers that connect. */
export interface ControllerApi {
  acceptSession(sink: MessageSink<SessionResponse>): MessageHandlers<SessionRequest>;
  admin(request: AdminRequest): Promise<AdminReply>;
  status(): ControllerStatus;
}

export interface ControllerStatus {
  readonly nodeId: NodeId;
  readonly clusterId: ClusterId | null;
  readonly controllerEpoch: number;
  readonly active: boolean;
  /** Why it is passive, or null. */
  readonly reason: string | null;
  readonly committedOffset: number;
  readonly brokers: readonly {
    readonly id: NodeId;
    readonly epoch: BrokerEpoch;
    readonly state: string;
    readonly grpc: Endpoint;
    readonly connected: boolean;
  }[];
  readonly topics: number;
  readonly partitions: number;
  readonly leaderlessPartitions: number;
}

// --- What the front door calls. ---

export interface TopicPartition {
  readonly topic: string;
  /** Null: whatever topic has the name now. */
  readonly topicId: TopicId | null;
  readonly partition: PartitionIndex;
}

/** Who leads, as far as this broker knows: sent along with routing errors. */
export interface LeaderHint {
  readonly broker: NodeId | null;
  readonly leaderEpoch: LeaderEpoch;
  readonly endpoint: Endpoint | null;
}

export interface ProduceCall {
  readonly target: TopicPartition;
  readonly acks: Acks;
  readonly timeoutMs: number;
  readonly expectedLeaderEpoch: LeaderEpoch | null;
  /** One record batch; its base offset and leader epoch are written into these very bytes. */
  readonly batch: Uint8Array;
  /** Whose transaction the batch belongs to, if it is transactional; absent: nobody's. */
  readonly transactionalId?: string | null;
}

export type IsolationLevel = 'read-uncommitted' | 'read-committed';

export interface FetchTarget {
  readonly target: TopicPartition;
  readonly fetchOffset: Offset;
  readonly currentLeaderEpoch: LeaderEpoch | null;
  readonly maxBytes: number;
  /** Echoed by a stream; 0 for a unary fetch. */
  readonly generation: number;
  /**
   * Not absent: a replica that follows may answer too (KIP-392), unless more bytes than this may be
   * committed that it does not know of.
   */
  readonly maxStalenessBytes?: number | null;
}

export interface FetchCall {
  readonly partitions: readonly FetchTarget[];
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolation: IsolationLevel;
}

export interface FetchedPartition {
  readonly topic: string;
  readonly topicId: TopicId | null;
  readonly partition: PartitionIndex;
  readonly generation: number;
  readonly error: { readonly refusal: Refusal; readonly leader: LeaderHint | null } | null;
  readonly highWatermark: Offset | null;
  readonly lastStableOffset: Offset | null;
  readonly logStartOffset: Offset | null;
  readonly leaderEpoch: LeaderEpoch | null;
  readonly caughtUp: boolean;
  /** Whole batches. */
  readonly chunks: readonly Uint8Array[];
  /** With read-committed, the aborted transactions that reach into `chunks`; absent: none. */
  readonly aborted?: readonly AbortedTransaction[];
}

/** What a read-committed reader passes over: this producer's batches from there to its abort marker. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: Offset;
}

/** A consumer's push stream. */
export interface FetchStream {
  /** Starts or moves partitions. */
  assign(partitions: readonly FetchTarget[]): void;
  unassign(
    partitions: readonly { readonly topic: string; readonly partition: PartitionIndex }[],
  ): void;
  /** Adds to the bytes that may be sent. */
  credit(bytes: number): void;
  /** The transport can take more. */
  drained(): void;
  close(): void;
}

export interface ListOffsetsTarget {
  readonly target: TopicPartition;
  readonly currentLeaderEpoch: LeaderEpoch | null;
  readonly at: 'start' | 'end' | 'log-end' | { readonly timestamp: number };
}

export interface ListedOffset {
  readonly topic: string;
  readonly partition: PartitionIndex;
  readonly error: { readonly refusal: Refusal; readonly leader: LeaderHint | null } | null;
  /** Null: no record at or after the timestamp. */
  readonly offset: Offset | null;
  readonly leaderEpoch: LeaderEpoch | null;
  /** By timestamp: the batch that holds it. */
  readonly batch: Uint8Array | null;
}

export interface DeleteRecordsTarget {
  readonly topic: string;
  readonly partition: PartitionIndex;
  /** The first offset to keep; null: everything that is committed goes. */
  readonly beforeOffset: Offset | null;
}

export type DeletedRecords = {
  readonly topic: string;
  readonly partition: PartitionIndex;
} & (
  | { readonly error: null; readonly logStartOffset: Offset }
  | {
      readonly error: { readonly refusal: Refusal; readonly leader: LeaderHint | null };
      readonly logStartOffset: null;
    }
);

export interface ClusterView {
  readonly clusterId: ClusterId | null;
  readonly metadataOffset: number;
  readonly controllerId: NodeId | null;
  readonly controllerEpoch: number;
  readonly controllerPid: number | null;
  readonly controllerReachable: boolean;
  readonly brokers: readonly {
    readonly id: NodeId;
    readonly epoch: BrokerEpoch;
    readonly grpc: Endpoint;
    readonly http: Endpoint | null;
    readonly rack: string | null;
    readonly state: 'active' | 'fenced' | 'stopping' | 'full';
    readonly pid: number | null;
    readonly dataDirectory: string | null;
  }[];
  readonly topics: readonly TopicView[];
}

export interface TopicView {
  readonly name: string;
  readonly topicId: TopicId | null;
  /** For a topic that was asked for by name and does not exist, or has an illegal name. */
  readonly error: Refusal | null;
  readonly settings: Readonly<Record<string, string>>;
  readonly effectiveSettings: Readonly<Record<string, string>>;
  readonly partitions: readonly {
    readonly partition: PartitionIndex;
    readonly leader: NodeId | null;
    readonly leaderEpoch: LeaderEpoch;
    readonly partitionEpoch: number;
    readonly replicas: readonly NodeId[];
    readonly isr: readonly NodeId[];
    readonly elr: readonly NodeId[];
    readonly minIsr: number;
  }[];
}

export interface PartitionDescription {
  readonly topic: string;
  readonly topicId: TopicId;
  readonly partition: PartitionIndex;
  readonly leaderEpoch: LeaderEpoch;
  readonly logStartOffset: Offset;
  readonly highWatermark: Offset;
  readonly logEndOffset: Offset;
  readonly sizeBytes: number;
  readonly replicas: readonly {
    readonly broker: NodeId;
    readonly inSync: boolean;
    readonly logEndOffset: Offset | null;
    readonly lagBytes: number;
  }[];
}

export type BrokerState = 'starting' | 'recovering' | 'fenced' | 'active' | 'stopping' | 'offline';

export interface BrokerStatus {
  readonly nodeId: NodeId;
  readonly brokerEpoch: BrokerEpoch | null;
  readonly clusterId: ClusterId | null;
  readonly state: BrokerState;
  readonly reason: string | null;
  readonly partitions: number;
  readonly leading: number;
  readonly underReplicated: number;
  /** For tests of leaks: what is being waited for and held open right now. */
  readonly pendingProduces: number;
  readonly pendingFetches: number;
  readonly fetchStreams: number;
  readonly followerStreams: number;
}

export interface BrokerApi extends PeerAcceptor {
  /** Producer ids, transactions and committed offsets. */
  readonly coordination: CoordinationApi;
  /**
   * `done` is called exactly once unless `cancel` comes first; with acks 0 as soon as the batch was
   * handed over or refused. Never called before `produce` has returned.
   */
  produce(
    call: ProduceCall,
    done: (result: ProduceResult, leader: LeaderHint | null) => void,
  ): { cancel(): void };
  /** Called after a turn's produce results have been delivered, so that answers can be gathered. */
  onProduceTurn(listener: () => void): () => void;
  fetch(call: FetchCall, signal: AbortSignal): Promise<readonly FetchedPartition[]>;
  openFetchStream(
    options: { readonly isolation: IsolationLevel; readonly maxMessageBytes: number },
    /** False: the transport is full, wait for `drained`. */
    deliver: (partitions: readonly FetchedPartition[]) => boolean,
  ): FetchStream;
  listOffsets(
    targets: readonly ListOffsetsTarget[],
    isolation: IsolationLevel,
  ): Promise<readonly ListedOffset[]>;
  /** Null: every topic; an empty list: none. */
  cluster(topics: readonly string[] | null): ClusterView;
  /** Called after each change of the metadata image; returns the unsubscription. */
  onMetadata(listener: () => void): () => void;
  /** Forwarded to the active controller. */
  admin(request: AdminRequest): Promise<AdminReply>;
  /** In partitions that this broker leads; in the order of the targets. */
  deleteRecords(targets: readonly DeleteRecordsTarget[]): Promise<readonly DeletedRecords[]>;
  /** Null: every topic. Only partitions that this broker leads. */
  describePartitions(topics: readonly string[] | null): readonly PartitionDescription[];
  status(): BrokerStatus;
}
