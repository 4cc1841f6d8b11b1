import type { Clock } from '../base/clock.ts';
import { OdradekError, refusal, type Refusal } from '../base/errors.ts';
import { instantAfter, partitionKey, type NodeId, type PartitionKey } from '../base/ids.ts';
import type { TopicConfig } from '../base/topic-config.ts';
import type { BrokerConfig } from '../config/config.ts';
import type { TopicState } from '../controller/image.ts';
import type { AdminReply, AdminRequest } from '../controller/types.ts';
import type { BatchSummary, ProducerBatch } from '../record/index.ts';
import { refuseNullKeys, stampAppendTime, validateProducedBatch } from '../record/index.ts';
import type { Acks, ProduceResult } from '../replication/types.ts';
import { clusterView, leaderHint } from './cluster-view.ts';
import type { PartitionQuery } from '../transaction/types.ts';
import type { CoordinationApi } from './coordination.ts';
import { deleteRecords } from './delete-records.ts';
import { ConsumerStream } from './consumer-stream.ts';
import type {
  BrokerApi,
  BrokerStatus,
  ClusterView,
  DeletedRecords,
  DeleteRecordsTarget,
  FetchCall,
  FetchedPartition,
  FetchStream,
  FollowerMessage,
  IsolationLevel,
  LeaderHint,
  LeaderMessage,
  ListedOffset,
  ListOffsetsTarget,
  MessageHandlers,
  MessageSink,
  PartitionDescription,
  PeerOpen,
  PeerReply,
  PeerRequest,
  ProduceCall,
  TopicPartition,
} from './interfaces.ts';
import { isInternalTopic, refuseInternal, refuseInternalChange } from './internal-topics.ts';
import { listOffset } from './list-offset.ts';
import { longPoll } from './long-poll.ts';
import type { MetadataFollower } from './metadata-follower.ts';
import { MetadataWatchers } from './metadata-watchers.ts';
import type { PartitionHost } from './partition-host.ts';
import type { PartitionDirectory } from './partition-reader.ts';
import type { ReplicaStreams } from './replica-streams.ts';
import type { Turn, TurnWork } from './turn.ts';

export interface BrokerDoorOptions {
  readonly self: NodeId;
  readonly config: BrokerConfig;
  readonly clock: Clock;
  readonly turn: Turn;
  readonly metadata: MetadataFollower;
  readonly streams: ReplicaStreams;
  readonly host: (key: PartitionKey) => PartitionHost | undefined;
  readonly hosts: () => Iterable<PartitionHost>;
  readonly settingsOf: (topic: TopicState) => TopicConfig;
  readonly controllerReachable: () => boolean;
  readonly admin: (request: AdminRequest, timeoutMs: number) => Promise<AdminReply>;
  readonly coordination: CoordinationApi;
  readonly status: () => BrokerStatus;
  /** X12, with what is left and what was to be kept. */
  readonly diskFull: () => Refusal;
  /** Whether a transaction that a partition here knows nothing of is open at its coordinator. */
  readonly verifyTransaction: (query: PartitionQuery) => Promise<Refusal | null>;
  readonly answerPeer: (request: PeerRequest) => Promise<PeerReply>;
  /** A batch is acknowledged so long after it arrived. Called per batch. */
  readonly acknowledged: (acks: Exclude<Acks, 0>, seconds: number) => void;
  /** The logs have not been recovered. */
  readonly starting: () => boolean;
  /** Nothing is taken or answered any more. */
  readonly stopped: () => boolean;
}

/**
 * What `server/` calls: finds the replica, checks the envelope and the batch header, and hands over
 * to the partition host. Every answer of a produce leaves at the end of a turn, so that a stream can
 * send the answers of a group commit as one message.
 */
export class BrokerDoor implements BrokerApi, PartitionDirectory, TurnWork {
  readonly #options: BrokerDoorOptions;
  readonly #produceTurn = new Set<() => void>();
  readonly #watchers: MetadataWatchers;
  readonly #streams = new Set<ConsumerStream>();
  readonly #polls = new Set<AbortController>();
  /** Refusals of this turn that never reached a partition host. */
  #refusals: (() => void)[] = [];
  /** Transactions that the coordinator is being asked about, by partition, producer and epoch. */
  readonly #verifying = new Map<string, Promise<Refusal | null>>();
  #announce = false;
  #inflightBytes = 0;
  #closed = false;

  constructor(options: BrokerDoorOptions) {
    this.#options = options;
    this.#watchers = new MetadataWatchers(options.clock);
  }

  get coordination(): CoordinationApi {
    return this.#options.coordination;
  }

  get pendingFetches(): number {
    return this.#polls.size;
  }

  /** Each has its answers gathered by turns. */
  get produceStreams(): number {
    return this.#produceTurn.size;
  }

  get fetchStreams(): number {
    return this.#streams.size;
  }

  get inflightBytes(): number {
    return this.#inflightBytes;
  }

  produce(
    call: ProduceCall,
    done: (result: ProduceResult, leader: LeaderHint | null) => void,
  ): { cancel(): void } {
    const { config, clock } = this.#options;
    const topic = this.#topic(call.target);
    const host = 'code' in topic ? topic : this.#hostOf(topic, call.target);
    if ('code' in topic || 'code' in host) {
      return this.#refuse(call, done, host as Refusal);
    }
    if (isInternalTopic(topic.name)) return this.#refuse(call, done, refuseInternal(topic.name));
    const topicConfig = this.#options.settingsOf(topic);
    const now = clock.timestamp();
    const checked = validateProducedBatch(call.batch, {
      maxMessageBytes: topicConfig.maxMessageBytes,
      segmentBytes: topicConfig.segmentBytes,
      now,
      timestampAfterMaxMs: topicConfig.messageTimestampAfterMaxMs,
      messageTimestampType: topicConfig.messageTimestampType,
    });
    if ('refusal' in checked) return this.#refuse(call, done, checked.refusal);
    const { summary } = checked;
    if (topicConfig.cleanupPolicy !== 'delete') {
      const withoutKey = refuseNullKeys(call.batch);
      if (withoutKey !== null) return this.#refuse(call, done, withoutKey);
    }
    if (topicConfig.messageTimestampType === 'LogAppendTime') stampAppendTime(call.batch, now);
    const bytes = call.batch.length;
    if (this.#inflightBytes + bytes > config.produceInflightBytesMax && this.#inflightBytes > 0) {
      return this.#refuse(
        call,
        done,
        refusal(
          'REQUEST_TIMED_OUT',
          `more than ${config.produceInflightBytesMax} bytes wait for their acknowledgement here`,
        ),
      );
    }
    const timeoutMs = Math.min(
      call.timeoutMs > 0 ? call.timeoutMs : config.produceTimeoutMaxMs,
      config.produceTimeoutMaxMs,
    );
    const arrivedAt = clock.now();
    this.#inflightBytes += bytes;
    let settled = false;
    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      this.#inflightBytes -= bytes;
      return true;
    };
    const request = {
      acks: call.acks,
      batch: {
        data: call.batch,
        recordsCount: summary.recordsCount,
        producer: producerOf(summary),
      },
      expectedLeaderEpoch: call.expectedLeaderEpoch,
      deadline: instantAfter(arrivedAt, timeoutMs),
    };
    const answer = (result: ProduceResult): void => {
      if (!settle()) return;
      if (result.ok) {
        const { acks } = call;
        if (acks !== 0) this.#options.acknowledged(acks, (clock.now() - arrivedAt) / 1000);
        return done(result, null);
      }
      // The machine knows that the disk is full, not how full.
      const isFull = result.refusal.code === 'DISK_FULL';
      const told = isFull ? this.#options.diskFull() : result.refusal;
      done({ ok: false, refusal: told }, this.leaderHint(call.target));
    };
    const verification = this.#verification(call, topic, host, summary);
    if (verification === null) {
      const handle = host.produce(request, answer);
      return {
        cancel: () => {
          if (settle()) handle.cancel();
        },
      };
    }
    let handle: { cancel(): void } | null = null;
    void verification.then((refused) => {
      if (settled) return;
      if (refused === null) {
        handle = host.produce(request, answer);
      } else {
        answer({ ok: false, refusal: refused });
        this.answered();
      }
    });
    return {
      cancel: () => {
        if (settle()) handle?.cancel();
      },
    };
  }

  /**
   * KIP-890: a batch that would open a transaction here is let in only if the coordinator says that
   * it is open there: one that comes late would hold the last stable offset for ever. Should the
   * transaction end while it is asked, its marker is here first and the batch's epoch too old.
   */
  #verification(
    call: ProduceCall,
    topic: TopicState,
    host: PartitionHost,
    summary: BatchSummary,
  ): Promise<Refusal | null> | null {
    if (!summary.transactional) return null;
    const key = `${host.key} ${summary.producerId} ${summary.producerEpoch}`;
    // Batches behind the first wait for the same answer, and so keep their order.
    const underWay = this.#verifying.get(key);
    if (underWay !== undefined) return underWay;
    if (!opensTransaction(host, summary)) return null;
    const verification = this.#verify(call, topic, summary).finally(() => {
      this.#verifying.delete(key);
    });
    this.#verifying.set(key, verification);
    return verification;
  }

  async #verify(
    call: ProduceCall,
    topic: TopicState,
    { producerId, producerEpoch }: BatchSummary,
  ): Promise<Refusal | null> {
    const { transactionalId } = call;
    if (transactionalId === undefined || transactionalId === null) {
      return refusal('INVALID_REQUEST', 'a transactional batch comes without a transactional id');
    }
    const { partition } = call.target;
    const { name, topicId } = topic;
    const producer = { transactionalId, producerId, producerEpoch };
    return this.#options.verifyTransaction({ ...producer, topic: name, topicId, partition });
  }

  onProduceTurn(listener: () => void): () => void {
    this.#produceTurn.add(listener);
    return () => this.#produceTurn.delete(listener);
  }

  async fetch(call: FetchCall, signal: AbortSignal): Promise<readonly FetchedPartition[]> {
    const { config, clock } = this.#options;
    if (this.#closed) throw new OdradekError('SHUTTING_DOWN');
    if (this.#polls.size >= config.fetchWaitingMax) {
      throw new OdradekError(
        'REQUEST_TIMED_OUT',
        `${config.fetchWaitingMax} fetches wait for records here already; try again`,
      );
    }
    const ended = new AbortController();
    const abort = (): void => ended.abort();
    signal.addEventListener('abort', abort);
    this.#polls.add(ended);
    try {
      return await longPoll(
        this,
        clock,
        {
          ...call,
          maxWaitMs: Math.min(call.maxWaitMs, config.fetchMaxWaitMs),
          maxBytes: Math.min(
            call.maxBytes > 0 ? call.maxBytes : config.fetchMaxBytes,
            config.fetchMaxBytes,
          ),
        },
        ended.signal,
      );
    } finally {
      this.#polls.delete(ended);
      signal.removeEventListener('abort', abort);
    }
  }

  openFetchStream(
    options: { readonly isolation: IsolationLevel; readonly maxMessageBytes: number },
    deliver: (partitions: readonly FetchedPartition[]) => boolean,
  ): FetchStream {
    const { config, turn } = this.#options;
    const stream = new ConsumerStream({
      directory: this,
      turn,
      isolation: options.isolation,
      messageBytes:
        options.maxMessageBytes > 0
          ? Math.min(options.maxMessageBytes, config.fetchMaxBytes)
          : config.fetchStreamFrameBytes,
      creditMax: config.fetchStreamCreditBytesMax,
      deliver,
      onClose: () => this.#streams.delete(stream),
    });
    this.#streams.add(stream);
    return stream;
  }

  listOffsets(
    targets: readonly ListOffsetsTarget[],
    isolation: IsolationLevel,
  ): Promise<readonly ListedOffset[]> {
    return Promise.all(targets.map((target) => listOffset(this, target, isolation)));
  }

  cluster(topics: readonly string[] | null): ClusterView {
    const { metadata, settingsOf, controllerReachable } = this.#options;
    return clusterView(metadata.image, topics, settingsOf, controllerReachable());
  }

  onMetadata(listener: () => void): () => void {
    return this.#watchers.add(listener);
  }

  admin(request: AdminRequest): Promise<AdminReply> {
    const refused = refuseInternalChange(request);
    if (refused !== null) return Promise.resolve({ kind: 'refused', refusal: refused });
    return this.#options.admin(request, ADMIN_TIMEOUT_MS);
  }

  deleteRecords(targets: readonly DeleteRecordsTarget[]): Promise<readonly DeletedRecords[]> {
    return Promise.all(targets.map((target) => deleteRecords(this, target)));
  }

  describePartitions(topics: readonly string[] | null): readonly PartitionDescription[] {
    const described: PartitionDescription[] = [];
    for (const host of this.#options.hosts()) {
      if (topics !== null && !topics.includes(host.topic)) continue;
      const view = host.view();
      if (view.role !== 'leader' || view.leaderEpoch === null) continue;
      described.push({
        topic: host.topic,
        topicId: host.topicId,
        partition: host.partition,
        leaderEpoch: view.leaderEpoch,
        logStartOffset: host.log.logStartOffset,
        highWatermark: host.highWatermark,
        logEndOffset: host.log.logEndOffset,
        sizeBytes: host.log.sizeBytes,
        replicas: [
          {
            broker: this.#options.self,
            inSync: view.isr.includes(this.#options.self),
            logEndOffset: host.log.durableEndOffset,
            lagBytes: host.bytesBehind(host.log.durableEndOffset),
          },
          ...view.followers.map(({ id, inSync, logEndOffset }) => ({
            broker: id,
            inSync,
            logEndOffset,
            lagBytes: host.bytesBehind(logEndOffset),
          })),
        ].sort((a, b) => a.broker - b.broker),
      });
    }
    return described.sort((a, b) =>
      a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
    );
  }

  status(): BrokerStatus {
    return this.#options.status();
  }

  acceptFollower(
    open: PeerOpen,
    sink: MessageSink<LeaderMessage>,
  ): MessageHandlers<FollowerMessage> | Refusal {
    return this.#options.streams.accept(open, sink);
  }

  answerPeer(request: PeerRequest): Promise<PeerReply> {
    return this.#options.answerPeer(request);
  }

  find(target: TopicPartition): PartitionHost | Refusal {
    const topic = this.#topic(target);
    return 'code' in topic ? topic : this.#hostOf(topic, target);
  }

  leaderHint(target: TopicPartition): LeaderHint | null {
    const { image } = this.#options.metadata;
    const topic = image.topicByName(target.topic);
    return topic === undefined ? null : leaderHint(image, topic, target.partition);
  }

  /** Produce results have been delivered: their streams are told at the end of the round. */
  answered(): void {
    this.#announce = true;
    this.#options.turn.add('answer', this);
  }

  metadataChanged(): void {
    this.#watchers.changed();
  }

  close(): void {
    this.#closed = true;
    this.#watchers.close();
    for (const stream of [...this.#streams]) stream.close();
    for (const poll of this.#polls) poll.abort();
  }

  onTurnEnd(): void {
    const refusals = this.#refusals;
    this.#refusals = [];
    for (const refuse of refusals) refuse();
    if (!this.#announce && refusals.length === 0) return;
    this.#announce = false;
    for (const listener of [...this.#produceTurn]) listener();
  }

  #refuse(
    call: ProduceCall,
    done: (result: ProduceResult, leader: LeaderHint | null) => void,
    reason: Refusal,
  ): { cancel(): void } {
    let cancelled = false;
    this.#refusals.push(() => {
      if (cancelled) return;
      done({ ok: false, refusal: reason }, this.leaderHint(call.target));
    });
    this.#options.turn.add('answer', this);
    return {
      cancel: () => {
        cancelled = true;
      },
    };
  }

  #topic(target: TopicPartition): TopicState | Refusal {
    if (this.#closed || this.#options.stopped()) return refusal('SHUTTING_DOWN');
    if (this.#options.starting()) {
      const message = `broker ${this.#options.self} is starting and has not recovered its logs yet`;
      return refusal('REPLICA_NOT_AVAILABLE', message);
    }
    const topic = this.#options.metadata.image.topicByName(target.topic);
    if (topic === undefined) {
      return refusal(
        'UNKNOWN_TOPIC_OR_PARTITION',
        `there is no topic ${JSON.stringify(target.topic)}`,
      );
    }
    if (target.topicId !== null && target.topicId !== topic.topicId) {
      return refusal(
        'UNKNOWN_TOPIC_ID',
        `topic ${topic.name} was deleted and made again since this client looked it up`,
      );
    }
    if (target.partition >= topic.partitions.length) {
      return refusal(
        'UNKNOWN_TOPIC_OR_PARTITION',
        `topic ${topic.name} has ${topic.partitions.length} partitions, ` +
          `so there is no partition ${target.partition}`,
      );
    }
    return topic;
  }

  #hostOf(topic: TopicState, target: TopicPartition): PartitionHost | Refusal {
    const host = this.#options.host(partitionKey(topic.topicId, target.partition));
    if (host !== undefined) return host;
    return refusal(
      'NOT_LEADER_OR_FOLLOWER',
      `broker ${this.#options.self} has no replica of ${topic.name}-${target.partition}`,
    );
  }
}

function producerOf(summary: BatchSummary): ProducerBatch | null {
  if (summary.producerId < 0) return null;
  const { producerId, producerEpoch, baseSequence, lastOffsetDelta, maxTimestamp } = summary;
  const { transactional } = summary;
  const fields = { producerId, producerEpoch, baseSequence, lastOffsetDelta, maxTimestamp };
  return { ...fields, transactional, marker: null };
}

function opensTransaction(host: PartitionHost, summary: BatchSummary): boolean {
  const known = host.log.producers.get(summary.producerId);
  return (
    known === undefined || known.transactionStart === null || known.epoch !== summary.producerEpoch
  );
}

/** A user's request to the controller; the session timeout and one election fit in it. */
const ADMIN_TIMEOUT_MS = 10_000;
