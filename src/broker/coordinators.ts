import type { Clock, Timer } from '../base/clock.ts';
import { OdradekError, refusal, type Refusal } from '../base/errors.ts';
import type { NodeId, PartitionKey } from '../base/ids.ts';
import type { BrokerConfig } from '../config/config.ts';
import type { ClusterImage } from '../controller/image.ts';
import type { AdminReply, AdminRequest, Endpoint } from '../controller/types.ts';
import type { OffsetPartition } from '../group/types.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type {
  PartitionQuery,
  ProducerIdentity,
  TransactionalIdentity,
} from '../transaction/types.ts';
import type {
  CommitOffsetsCall,
  CommittedPartition,
  CoordinationApi,
  DescribedTransaction,
  Done,
  FetchedOffset,
  FoundCoordinator,
} from './coordination.ts';
import { GroupCoordinator } from './group-coordinator.ts';
import type { PeerReply, PeerRequest } from './interfaces.ts';
import {
  InternalTopics,
  OFFSETS_TOPIC,
  partitionFor,
  TRANSACTION_TOPIC,
} from './internal-topics.ts';
import type { PartitionHost } from './partition-host.ts';
import { ProducerIds } from './producer-ids.ts';
import { TransactionCoordinator } from './transaction-coordinator.ts';
import { TransactionMarkers } from './transaction-markers.ts';

export interface CoordinatorsOptions {
  readonly self: NodeId;
  readonly config: BrokerConfig;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly image: () => ClusterImage;
  readonly host: (key: PartitionKey) => PartitionHost | undefined;
  readonly admin: (request: AdminRequest) => Promise<AdminReply>;
  readonly call: (
    endpoint: Endpoint,
    request: PeerRequest,
    timeoutMs: number,
  ) => Promise<PeerReply>;
  /** A bug. */
  readonly failed: (error: unknown) => void;
}

/**
 * Everything that a broker coordinates, behind one door: transactions, committed offsets, the ids of
 * producers, and the internal topics that hold them. Made and ended by the broker, which tells it of
 * changes of the metadata and of the roles of its replicas.
 */
export class Coordinators implements CoordinationApi {
  readonly #options: CoordinatorsOptions;
  readonly #producerIds: ProducerIds;
  readonly #topics: InternalTopics;
  readonly #markers: TransactionMarkers;
  readonly #transactions: TransactionCoordinator;
  readonly #groups: GroupCoordinator;
  #timer: Timer | null = null;
  #closed = false;

  constructor(options: CoordinatorsOptions) {
    this.#options = options;
    const { config } = options;
    this.#producerIds = new ProducerIds(() => options.admin({ kind: 'allocateProducerIds' }));
    this.#topics = new InternalTopics({
      ...options,
      partitions: {
        [TRANSACTION_TOPIC]: config.transactionStateTopicPartitions,
        [OFFSETS_TOPIC]: config.offsetsTopicPartitions,
      },
    });
    this.#markers = new TransactionMarkers(options);
    this.#transactions = new TransactionCoordinator({
      ...options,
      topics: this.#topics,
      markers: this.#markers,
      nextProducerId: () => this.#producerIds.next(),
    });
    this.#groups = new GroupCoordinator({
      ...options,
      topics: this.#topics,
      verify: (query) => this.verifyTransaction(query),
    });
  }

  /** From here on time passes for transactions. */
  start(): void {
    if (this.#closed) return;
    this.#timer = this.#options.clock.setTimer(
      this.#options.config.transactionCheckIntervalMs,
      () => {
        this.#transactions.onTime();
        this.#groups.onTime();
        this.start();
      },
    );
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#topics.close();
    this.#transactions.close();
    this.#groups.close();
  }

  roleChanged(host: PartitionHost): void {
    if (host.topic === TRANSACTION_TOPIC) this.#transactions.partitions.roleChanged(host);
    if (host.topic === OFFSETS_TOPIC) this.#groups.partitions.roleChanged(host);
  }

  metadataChanged(): void {
    this.#topics.metadataChanged();
  }

  async findCoordinator(
    kind: 'group' | 'transaction',
    key: string,
  ): Promise<FoundCoordinator | Refusal> {
    if (key === '') return refusal('INVALID_REQUEST', 'a coordinator is found by a name');
    const topic = await this.#topics.ensure(kind === 'group' ? OFFSETS_TOPIC : TRANSACTION_TOPIC);
    if ('code' in topic) return topic;
    const image = this.#options.image();
    const leader = image.partition(topic.topicId, partitionFor(key, topic))?.leader ?? null;
    const endpoint = leader === null ? undefined : image.broker(leader)?.grpc;
    if (leader === null || endpoint === undefined) return refusal('COORDINATOR_NOT_AVAILABLE');
    return { broker: leader, endpoint };
  }

  async initProducerId(
    transactionalId: string | null,
    transactionTimeoutMs: number,
  ): Promise<ProducerIdentity | Refusal> {
    if (transactionalId !== null) {
      return this.#inTime(this.#transactions.init(transactionalId, transactionTimeoutMs));
    }
    const producerId = await this.#producerIds.next();
    return typeof producerId === 'number' ? { producerId, producerEpoch: 0 } : producerId;
  }

  addPartitions(
    producer: TransactionalIdentity,
    partitions: readonly OffsetPartition[],
    groups: readonly string[],
  ): Promise<Done | Refusal> {
    return this.#inTime(this.#transactions.addPartitions(producer, partitions, groups));
  }

  endTransaction(
    producer: TransactionalIdentity,
    commit: boolean,
  ): Promise<ProducerIdentity | Refusal> {
    return this.#inTime(this.#transactions.end(producer, commit));
  }

  describeTransactions(
    transactionalIds: readonly string[] | null,
  ): readonly DescribedTransaction[] {
    return this.#transactions.describe(transactionalIds);
  }

  commitOffsets(call: CommitOffsetsCall): Promise<readonly CommittedPartition[] | Refusal> {
    return this.#inTime(this.#groups.commit(call));
  }

  fetchOffsets(
    group: string,
    partitions: readonly OffsetPartition[] | null,
    requireStable: boolean,
  ): readonly FetchedOffset[] | Refusal {
    return this.#groups.fetch(group, partitions, requireStable);
  }

  listGroups(): readonly string[] {
    return this.#groups.list();
  }

  deleteOffsets(
    group: string,
    partitions: readonly OffsetPartition[] | null,
  ): Promise<Done | Refusal> {
    return this.#inTime(this.#groups.delete(group, partitions));
  }

  /** KIP-890: asks the coordinator, wherever it is, whether a transaction may enter a partition. */
  async verifyTransaction(query: PartitionQuery): Promise<Refusal | null> {
    const { self, image, call } = this.#options;
    const topic = this.#topics.find(TRANSACTION_TOPIC);
    if (topic === undefined) return refusal('COORDINATOR_NOT_AVAILABLE');
    const partition = partitionFor(query.transactionalId, topic);
    const leader = image().partition(topic.topicId, partition)?.leader ?? null;
    if (leader === self) return this.#transactions.verify(query);
    const endpoint = leader === null ? undefined : image().broker(leader)?.grpc;
    if (endpoint === undefined) return refusal('COORDINATOR_NOT_AVAILABLE');
    try {
      const reply = await call(endpoint, { kind: 'verifyPartition', query }, VERIFY_MS);
      return reply.kind === 'verified' ? reply.refusal : refusal('COORDINATOR_NOT_AVAILABLE');
    } catch (error) {
      if (!(error instanceof OdradekError)) throw error;
      return refusal('COORDINATOR_NOT_AVAILABLE', error.message);
    }
  }

  async answerPeer(request: PeerRequest): Promise<PeerReply> {
    if (request.kind === 'verifyPartition') {
      return { kind: 'verified', refusal: this.#transactions.verify(request.query) };
    }
    return { kind: 'markersWritten', results: await this.#markers.writeHere(request.markers) };
  }

  /** Nobody waits for ever for replicas that do not come back. */
  #inTime<Answer>(work: Promise<Answer | Refusal>): Promise<Answer | Refusal> {
    return new Promise((resolve, reject) => {
      const timer = this.#options.clock.setTimer(ANSWER_MS, () =>
        resolve(refusal('COORDINATOR_NOT_AVAILABLE', 'it took too long, and may happen yet')),
      );
      work.then(
        (answer) => {
          timer.cancel();
          resolve(answer);
        },
        (error: unknown) => {
          timer.cancel();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }
}

/** How long a leader lets a producer wait for its transaction's coordinator. */
const VERIFY_MS = 2_000;
/** Longer than an election, shorter than what clients wait for. */
const ANSWER_MS = 10_000;
