/** A broker and a controller at the boundary: what the server calls, answered by the test. */
import type { Refusal } from '../../../src/base/errors.ts';
import { brokerEpoch, clusterId, nodeId, topicId } from '../../../src/base/ids.ts';
import type { CoordinationApi } from '../../../src/broker/coordination.ts';
import type {
  BrokerApi,
  BrokerStatus,
  ClusterView,
  ControllerApi,
  ControllerStatus,
  DeletedRecords,
  DeleteRecordsTarget,
  FetchedPartition,
  FetchStream,
  FollowerMessage,
  LeaderHint,
  LeaderMessage,
  ListedOffset,
  MessageHandlers,
  MessageSink,
  PartitionDescription,
  PeerOpen,
  PeerReply,
  PeerRequest,
  ProduceCall,
} from '../../../src/broker/interfaces.ts';
import type {
  AdminReply,
  AdminRequest,
  SessionRequest,
  SessionResponse,
} from '../../../src/controller/types.ts';
import type { ProduceResult } from '../../../src/replication/types.ts';
import type { ServerLog } from '../../../src/server/call.ts';
import type { ServerLimits } from '../../../src/server/limits.ts';
import { RequestMetrics } from '../../../src/server/request-metrics.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';
import { HandClock } from '../hand-clock.ts';

export const TOPIC_ID = topicId('topicTOPIC0123456789-_');
export const CLUSTER_ID = clusterId('clusterCLUSTER01234567');

export interface PendingProduce {
  readonly call: ProduceCall;
  readonly done: (result: ProduceResult, leader: LeaderHint | null) => void;
  cancelled: boolean;
}

export class FakeBroker implements BrokerApi {
  readonly produces: PendingProduce[] = [];
  readonly turnListeners = new Set<() => void>();
  readonly metadataListeners = new Set<() => void>();
  readonly fetchStreams: FakeFetchStream[] = [];
  readonly followers: {
    open: PeerOpen;
    sink: MessageSink<LeaderMessage>;
    got: FollowerMessage[];
    closed: (Error | null)[];
  }[] = [];
  coordination = new FakeCoordination();
  peerRequests: PeerRequest[] = [];
  peerAnswer: (request: PeerRequest) => Promise<PeerReply> = async () => ({
    kind: 'verified',
    refusal: null,
  });
  deleteAnswer: (targets: readonly DeleteRecordsTarget[]) => Promise<readonly DeletedRecords[]> =
    async () => [];
  acceptAnswer: Refusal | null = null;
  fetchAnswer: (signal: AbortSignal) => Promise<readonly FetchedPartition[]> = async () => [];
  listAnswer: () => Promise<readonly ListedOffset[]> = async () => [];
  adminAnswer: (request: AdminRequest) => Promise<AdminReply> = async () => ({ kind: 'done' });
  view: ClusterView = {
    clusterId: CLUSTER_ID,
    metadataOffset: 1,
    controllerId: nodeId(100),
    controllerEpoch: 1,
    controllerPid: null,
    controllerReachable: true,
    brokers: [],
    topics: [],
  };
  clusterAsked: (readonly string[] | null)[] = [];
  state: BrokerStatus = {
    nodeId: nodeId(0),
    brokerEpoch: brokerEpoch(3),
    clusterId: CLUSTER_ID,
    state: 'active',
    reason: null,
    partitions: 0,
    leading: 0,
    underReplicated: 0,
    pendingProduces: 0,
    pendingFetches: 0,
    fetchStreams: 0,
    followerStreams: 0,
  };

  acceptFollower(
    open: PeerOpen,
    sink: MessageSink<LeaderMessage>,
  ): MessageHandlers<FollowerMessage> | Refusal {
    if (this.acceptAnswer !== null) return this.acceptAnswer;
    const follower = { open, sink, got: [] as FollowerMessage[], closed: [] as (Error | null)[] };
    this.followers.push(follower);
    return {
      onMessage: (message) => follower.got.push(message),
      onClose: (error) => follower.closed.push(error),
    };
  }

  produce(call: ProduceCall, done: PendingProduce['done']): { cancel(): void } {
    const pending: PendingProduce = { call, done, cancelled: false };
    this.produces.push(pending);
    return {
      cancel: () => {
        pending.cancelled = true;
      },
    };
  }

  onProduceTurn(listener: () => void): () => void {
    this.turnListeners.add(listener);
    return () => this.turnListeners.delete(listener);
  }

  endTurn(): void {
    for (const listener of this.turnListeners) listener();
  }

  fetch(_call: unknown, signal: AbortSignal): Promise<readonly FetchedPartition[]> {
    return this.fetchAnswer(signal);
  }

  openFetchStream(
    options: FakeFetchStream['options'],
    deliver: FakeFetchStream['deliver'],
  ): FetchStream {
    const stream = new FakeFetchStream(options, deliver);
    this.fetchStreams.push(stream);
    return stream;
  }

  listOffsets(): Promise<readonly ListedOffset[]> {
    return this.listAnswer();
  }

  cluster(topics: readonly string[] | null): ClusterView {
    this.clusterAsked.push(topics);
    return this.view;
  }

  onMetadata(listener: () => void): () => void {
    this.metadataListeners.add(listener);
    return () => this.metadataListeners.delete(listener);
  }

  changeMetadata(view: Partial<ClusterView>): void {
    this.view = { ...this.view, ...view };
    for (const listener of this.metadataListeners) listener();
  }

  admin(request: AdminRequest): Promise<AdminReply> {
    return this.adminAnswer(request);
  }

  deleteRecords(targets: readonly DeleteRecordsTarget[]): Promise<readonly DeletedRecords[]> {
    return this.deleteAnswer(targets);
  }

  answerPeer(request: PeerRequest): Promise<PeerReply> {
    this.peerRequests.push(request);
    return this.peerAnswer(request);
  }

  describePartitions(): readonly PartitionDescription[] {
    return [];
  }

  status(): BrokerStatus {
    return this.state;
  }
}

/** Keeps what was asked; answers with `answer`, whatever the question. */
export class FakeCoordination implements CoordinationApi {
  readonly asked: unknown[][] = [];
  answer: unknown = null;

  #next(...asked: unknown[]): never {
    this.asked.push(asked);
    return this.answer as never;
  }

  async findCoordinator(...asked: unknown[]) {
    return this.#next('findCoordinator', ...asked);
  }
  async initProducerId(...asked: unknown[]) {
    return this.#next('initProducerId', ...asked);
  }
  async addPartitions(...asked: unknown[]) {
    return this.#next('addPartitions', ...asked);
  }
  async endTransaction(...asked: unknown[]) {
    return this.#next('endTransaction', ...asked);
  }
  describeTransactions(...asked: unknown[]) {
    return this.#next('describeTransactions', ...asked);
  }
  async commitOffsets(...asked: unknown[]) {
    return this.#next('commitOffsets', ...asked);
  }
  fetchOffsets(...asked: unknown[]) {
    return this.#next('fetchOffsets', ...asked);
  }
  listGroups() {
    return this.#next('listGroups');
  }
  async deleteOffsets(...asked: unknown[]) {
    return this.#next('deleteOffsets', ...asked);
  }
}

export class FakeFetchStream implements FetchStream {
  readonly options: Parameters<BrokerApi['openFetchStream']>[0];
  readonly deliver: Parameters<BrokerApi['openFetchStream']>[1];
  readonly calls: unknown[] = [];
  drains = 0;
  closed = false;

  constructor(options: FakeFetchStream['options'], deliver: FakeFetchStream['deliver']) {
    this.options = options;
    this.deliver = deliver;
  }

  assign(partitions: unknown): void {
    this.calls.push(['assign', partitions]);
  }
  unassign(partitions: unknown): void {
    this.calls.push(['unassign', partitions]);
  }
  credit(bytes: number): void {
    this.calls.push(['credit', bytes]);
  }
  drained(): void {
    this.drains++;
  }
  close(): void {
    this.closed = true;
  }
}

export class FakeController implements ControllerApi {
  readonly sessions: {
    sink: MessageSink<SessionResponse>;
    got: SessionRequest[];
    closed: (Error | null)[];
    drains: number;
  }[] = [];
  adminAnswer: (request: AdminRequest) => Promise<AdminReply> = async () => ({ kind: 'done' });
  state: ControllerStatus = {
    nodeId: nodeId(100),
    clusterId: CLUSTER_ID,
    controllerEpoch: 1,
    active: true,
    reason: null,
    committedOffset: 4,
    brokers: [],
    topics: 0,
    partitions: 0,
    leaderlessPartitions: 0,
  };

  acceptSession(sink: MessageSink<SessionResponse>): MessageHandlers<SessionRequest> {
    const session = {
      sink,
      got: [] as SessionRequest[],
      closed: [] as (Error | null)[],
      drains: 0,
    };
    this.sessions.push(session);
    return {
      onMessage: (message) => session.got.push(message),
      onDrain: () => session.drains++,
      onClose: (error) => session.closed.push(error),
    };
  }

  admin(request: AdminRequest): Promise<AdminReply> {
    return this.adminAnswer(request);
  }

  status(): ControllerStatus {
    return this.state;
  }
}

export class RecordingLog implements ServerLog {
  readonly lines: { level: string; message: string; fields: Readonly<Record<string, unknown>> }[] =
    [];
  error(message: string, fields: Readonly<Record<string, unknown>>): void {
    this.lines.push({ level: 'error', message, fields });
  }
  warn(message: string, fields: Readonly<Record<string, unknown>>): void {
    this.lines.push({ level: 'warn', message, fields });
  }
}

/** For servers whose numbers nobody reads. */
export function unread(): RequestMetrics {
  return new RequestMetrics(new Metrics(), new HandClock());
}

export const LIMITS: ServerLimits = {
  receiveMessageBytesMax: 4 << 20,
  receiveWindowBytes: 8 << 20,
  unsettledBytesMax: 1 << 20,
  produceTimeoutMs: 30_000,
  fetchWaitMsMax: 5_000,
  fetchBytesMax: 8 << 20,
  fetchStreamMessageBytes: 1 << 20,
  peerQueueBytesMax: 1 << 20,
};

/** Polls until it holds; the deadline is the test's own. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
