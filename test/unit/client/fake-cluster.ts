import * as grpc from '@grpc/grpc-js';
import { refusal } from '../../../src/base/errors.ts';
import type { Refusal } from '../../../src/base/errors.ts';
import {
  brokerEpoch,
  clusterId,
  leaderEpoch,
  nodeId,
  offset,
  partitionIndex,
  topicId,
} from '../../../src/base/ids.ts';
import {
  ProducerStates,
  producerBatchOf,
  RecordBatchView,
  readBatchHeader,
  stampBatch,
} from '../../../src/record/index.ts';
import { STATUS_DETAILS_TRAILER, toCallError } from '../../../src/wire/call-error.ts';
import type {
  FetchStreamRequest,
  FetchTarget,
  ListOffsetsRequest,
  ListOffsetsResponse,
} from '../../../src/wire/consume-messages.ts';
import type { FetchResponse, PartitionRecords } from '../../../src/wire/hot/fetch.ts';
import type {
  Append,
  AppendResult,
  ProduceOptions,
  ProduceResponse,
  ProduceStreamRequest,
} from '../../../src/wire/hot/produce.ts';
import { TRANSACTION_SERVICE } from '../../../src/wire/coordination-services.ts';
import type { LeaderHint } from '../../../src/wire/item-error.ts';
import type { ClusterMetadata, MetadataRequest } from '../../../src/wire/metadata-messages.ts';
import {
  ADMIN_SERVICE,
  CONSUMER_SERVICE,
  METADATA_SERVICE,
  PRODUCER_SERVICE,
} from '../../../src/wire/services.ts';
import type {
  AddPartitionsRequest,
  AlterTopicRequest,
  CreateTopicRequest,
  CreateTopicResponse,
  DescribePartitionsRequest,
  DescribePartitionsResponse,
  ElectLeadersRequest,
} from '../../../src/wire/admin-messages.ts';

/**
 * Brokers that speak the public services over loopback and keep one log per partition in memory,
 * shared by all of them: enough to see what a client does when streams break and leaders change. It
 * replicates nothing and checks little.
 */
export class FakeCluster {
  readonly brokers: FakeBroker[] = [];
  readonly topics: Map<string, FakeTopic> = new Map();
  metadataOffset = 1;
  readonly id = clusterId('fake-cluster-000000000');
  /** Ids that producers have been given. */
  producersCount = 0;
  /** Of the next topic that is created. */
  #topicNumber = 0;

  static async start(brokersCount: number): Promise<FakeCluster> {
    const cluster = new FakeCluster();
    for (let id = 1; id <= brokersCount; id++) {
      const broker = new FakeBroker(cluster, id);
      cluster.brokers.push(broker);
      await broker.start();
    }
    return cluster;
  }

  get bootstrap(): string[] {
    return this.brokers.map((broker) => broker.address);
  }

  broker(id: number): FakeBroker {
    const broker = this.brokers.find((each) => each.id === id);
    if (broker === undefined) throw new Error(`there is no broker ${id}`);
    return broker;
  }

  createTopic(name: string, partitionsCount: number, settings: Record<string, string> = {}): void {
    const id = topicId(`topic-${String(this.#topicNumber++).padStart(16, '0')}`);
    const partitions = Array.from({ length: partitionsCount }, (_, index) => ({
      leader: this.brokers[index % this.brokers.length]?.id ?? null,
      leaderEpoch: 1,
      batches: [],
      producers: new ProducerStates(),
      logStartOffset: 0,
      logEndOffset: 0,
    }));
    this.topics.set(name, { name, id, settings, partitions });
    this.publish();
  }

  partition(topic: string, partition: number): FakePartition {
    const found = this.topics.get(topic)?.partitions[partition];
    if (found === undefined) throw new Error(`there is no ${topic}-${partition}`);
    return found;
  }

  /** `silently`: nobody is told, as when the broker that tells the news is behind. */
  moveLeader(topic: string, partition: number, to: number | null, silently = false): void {
    const state = this.partition(topic, partition);
    state.leader = to;
    state.leaderEpoch++;
    if (!silently) this.publish();
  }

  publish(): void {
    this.metadataOffset++;
    for (const broker of this.brokers) broker.publish();
  }

  /** The values of a partition's records, in their order. */
  values(topic: string, partition: number): string[] {
    return this.partition(topic, partition).batches.flatMap((bytes) =>
      [...new RecordBatchView(bytes).records()].map((record) =>
        Buffer.from(record.value ?? new Uint8Array(0)).toString(),
      ),
    );
  }

  metadata(request: MetadataRequest): ClusterMetadata {
    const names = request.topics ?? [...this.topics.keys()];
    return {
      clusterId: this.id,
      metadataOffset: this.metadataOffset,
      controllerId: nodeId(100),
      controllerEpoch: 1,
      controllerPid: null,
      controllerReachable: true,
      brokers: this.brokers.map((broker) => ({
        id: nodeId(broker.id),
        epoch: brokerEpoch(broker.id),
        grpc: { host: '127.0.0.1', port: broker.port },
        http: null,
        rack: null,
        state: broker.isRunning ? ('active' as const) : ('fenced' as const),
        pid: null,
        dataDirectory: null,
      })),
      topics: names.map((name) => {
        const topic = this.topics.get(name);
        return {
          name,
          topicId: topic?.id ?? null,
          error: topic === undefined ? refusal('UNKNOWN_TOPIC_OR_PARTITION') : null,
          settings: topic?.settings ?? {},
          effectiveSettings: topic?.settings ?? {},
          partitions: (topic?.partitions ?? []).map((partition, index) => ({
            partition: partitionIndex(index),
            leader: partition.leader === null ? null : nodeId(partition.leader),
            leaderEpoch: leaderEpoch(partition.leaderEpoch),
            partitionEpoch: 0,
            replicas: this.brokers.map((broker) => nodeId(broker.id)),
            isr: this.brokers.map((broker) => nodeId(broker.id)),
            elr: [],
            minIsr: 1,
          })),
        };
      }),
    };
  }

  async stop(): Promise<void> {
    for (const broker of this.brokers) broker.kill();
    await Promise.resolve();
  }
}

interface FakeTopic {
  readonly name: string;
  readonly id: ReturnType<typeof topicId>;
  readonly settings: Record<string, string>;
  readonly partitions: FakePartition[];
}

export interface FakePartition {
  leader: number | null;
  leaderEpoch: number;
  readonly batches: Uint8Array[];
  readonly producers: ProducerStates;
  logStartOffset: number;
  logEndOffset: number;
}

type ProduceCall = grpc.ServerDuplexStream<ProduceStreamRequest, ProduceResponse>;
type FetchCall = grpc.ServerDuplexStream<FetchStreamRequest, FetchResponse>;

interface Reader {
  readonly call: FetchCall;
  credit: number;
  maxMessageBytes: number;
  readonly targets: Map<string, { target: FetchTarget; position: number; told: boolean }>;
}

export class FakeBroker {
  readonly id: number;
  readonly #cluster: FakeCluster;
  #server: grpc.Server | null = null;
  port = 0;
  readonly #watchers: Map<
    grpc.ServerWritableStream<MetadataRequest, ClusterMetadata>,
    MetadataRequest
  > = new Map();
  readonly #producers: Set<ProduceCall> = new Set();
  readonly #readers: Set<Reader> = new Set();
  /** Takes appends, writes them, and never answers. */
  swallowsAnswers = false;
  /** Neither writes nor answers, as a process that was stopped. */
  isFrozen = false;
  /** Has not reached a controller since it started. */
  knowsNothing = false;
  /** What the next appends are refused with. */
  readonly refusals: Refusal[] = [];
  /** What the next questions for a producer id are refused with. */
  readonly idRefusals: Refusal[] = [];
  /** Sent with refusals for not being the leader. */
  givesHints = true;
  /** Appends that have come, for looking at. */
  readonly appends: Append[] = [];
  sentBytes = 0;
  /** Answers fetch streams late: not before `publish` is called without it. */
  holdsFetches = false;
  /** Questions for offsets that have been answered. */
  listedCount = 0;
  /** Called before such a question is answered. */
  onListed: () => void = () => undefined;
  /** Damages the records of the next so many messages. */
  corruptMessages = 0;

  constructor(cluster: FakeCluster, id: number) {
    this.#cluster = cluster;
    this.id = id;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get isRunning(): boolean {
    return this.#server !== null;
  }

  get fetchStreamsCount(): number {
    return this.#readers.size;
  }

  async start(): Promise<void> {
    const server = new grpc.Server({ 'grpc.max_receive_message_length': -1 });
    server.addService(METADATA_SERVICE, {
      getMetadata: this.#unary((request: MetadataRequest) => this.#metadata(request)),
      watchMetadata: (call: grpc.ServerWritableStream<MetadataRequest, ClusterMetadata>) => {
        this.#watchers.set(call, call.request);
        call.on('cancelled', () => this.#watchers.delete(call));
        if (!this.isFrozen) call.write(this.#metadata(call.request));
      },
    });
    server.addService(PRODUCER_SERVICE, {
      produce: this.#unary(() => ({ results: [] })),
      produceStream: (call: ProduceCall) => this.#onProduceStream(call),
    });
    server.addService(CONSUMER_SERVICE, {
      fetch: this.#unary(() => ({ partitions: [] })),
      fetchStream: (call: FetchCall) => this.#onFetchStream(call),
      listOffsets: this.#unary((request: ListOffsetsRequest) => this.#listOffsets(request)),
    });
    server.addService(
      { initProducerId: TRANSACTION_SERVICE.initProducerId },
      {
        initProducerId: this.#unary(
          () =>
            this.idRefusals.shift() ?? {
              producerId: ++this.#cluster.producersCount,
              producerEpoch: 0,
            },
        ),
      },
    );
    server.addService(ADMIN_SERVICE, {
      createTopic: this.#unary((request: CreateTopicRequest) => this.#createTopic(request)),
      deleteTopic: this.#unary(() => ({ kind: 'done' })),
      alterTopic: this.#unary(({ name }: AlterTopicRequest) =>
        this.#cluster.topics.has(name) ? { kind: 'done' } : refusal('UNKNOWN_TOPIC_OR_PARTITION'),
      ),
      addPartitions: this.#unary(({ name }: AddPartitionsRequest) =>
        this.#cluster.topics.has(name) ? { kind: 'done' } : refusal('UNKNOWN_TOPIC_OR_PARTITION'),
      ),
      electLeaders: this.#unary(({ name }: ElectLeadersRequest) =>
        name === null || this.#cluster.topics.has(name)
          ? { kind: 'elections', results: [] }
          : refusal('UNKNOWN_TOPIC_OR_PARTITION'),
      ),
      describePartitions: this.#unary((request: DescribePartitionsRequest) =>
        this.#describe(request),
      ),
    });
    this.port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(
        `127.0.0.1:${this.port}`,
        grpc.ServerCredentials.createInsecure(),
        (error, port) => (error === null ? resolve(port) : reject(error)),
      );
    });
    this.#server = server;
  }

  /** Every connection breaks, and nobody listens any more. */
  kill(): void {
    this.#server?.forceShutdown();
    this.#server = null;
    this.#watchers.clear();
    this.#producers.clear();
    this.#readers.clear();
  }

  /** Ends what is open, as a broken connection does; new streams are taken. */
  breakStreams(): void {
    const broken = Object.assign(new Error('broken'), { code: grpc.status.UNAVAILABLE });
    for (const call of [...this.#producers]) call.emit('error', broken);
    for (const reader of [...this.#readers]) reader.call.emit('error', broken);
    this.#producers.clear();
    this.#readers.clear();
  }

  publish(): void {
    if (this.isFrozen) return;
    for (const [call, request] of this.#watchers) call.write(this.#metadata(request));
    for (const reader of this.#readers) this.#feed(reader);
  }

  #metadata(request: MetadataRequest): ClusterMetadata {
    const known = this.#cluster.metadata(request);
    if (!this.knowsNothing) return known;
    const topics = (request.topics ?? []).map((name) => ({
      ...{ name, topicId: null, error: refusal('UNKNOWN_TOPIC_OR_PARTITION') },
      ...{ settings: {}, effectiveSettings: {}, partitions: [] },
    }));
    return { ...known, clusterId: null, metadataOffset: 0, brokers: [], topics };
  }

  #unary<Request, Response>(
    answer: (request: Request) => Response | Refusal,
  ): grpc.handleUnaryCall<Request, Response> {
    return (call, callback) => {
      if (this.isFrozen) return;
      const response = answer(call.request);
      if (typeof response === 'object' && response !== null && 'code' in response) {
        const { code, message, details } = toCallError({
          refusal: response,
          leader: null,
        });
        const metadata = new grpc.Metadata();
        metadata.set(STATUS_DETAILS_TRAILER, details);
        callback({ code, details: message, metadata });
      } else callback(null, response);
    };
  }

  #createTopic(request: CreateTopicRequest): CreateTopicResponse | Refusal {
    if (this.#cluster.topics.has(request.name)) return refusal('TOPIC_ALREADY_EXISTS');
    const partitions = request.partitions === 0 ? 1 : request.partitions;
    this.#cluster.createTopic(request.name, partitions, { ...request.settings });
    const topic = this.#cluster.topics.get(request.name);
    if (topic === undefined) throw new Error('the topic was not created');
    return { kind: 'topicCreated', topicId: topic.id, partitions, replicationFactor: 1 };
  }

  #describe({ topics }: DescribePartitionsRequest): DescribePartitionsResponse {
    return {
      partitions: [...this.#cluster.topics.values()]
        .filter((topic) => topics === null || topics.includes(topic.name))
        .flatMap((topic) =>
          topic.partitions.flatMap((partition, index) =>
            partition.leader !== this.id
              ? []
              : [
                  {
                    topic: topic.name,
                    topicId: topic.id,
                    partition: partitionIndex(index),
                    leaderEpoch: leaderEpoch(partition.leaderEpoch),
                    logStartOffset: offset(partition.logStartOffset),
                    highWatermark: offset(partition.logEndOffset),
                    logEndOffset: offset(partition.logEndOffset),
                    sizeBytes: 0,
                    replicas: this.#cluster.brokers.map((broker) => ({
                      broker: nodeId(broker.id),
                      inSync: true,
                      logEndOffset: offset(partition.logEndOffset),
                      lagBytes: 0,
                    })),
                  },
                ],
          ),
        ),
    };
  }

  #hint(partition: FakePartition): LeaderHint | null {
    if (!this.givesHints) return null;
    const { leader } = partition;
    return {
      broker: leader === null ? null : nodeId(leader),
      leaderEpoch: leaderEpoch(partition.leaderEpoch),
      endpoint:
        leader === null ? null : { host: '127.0.0.1', port: this.#cluster.broker(leader).port },
    };
  }

  #onProduceStream(call: ProduceCall): void {
    this.#producers.add(call);
    call.sendMetadata(new grpc.Metadata());
    let options: ProduceOptions | null = null;
    call.on('data', (request: ProduceStreamRequest) => {
      options = request.open ?? options;
      if (this.isFrozen) return;
      const results = request.appends.map((append) => this.#append(append));
      for (const reader of this.#allReaders()) reader.owner.#feed(reader.reader);
      if (results.length > 0 && options?.acks !== 0 && !this.swallowsAnswers)
        call.write({ results });
    });
    call.on('error', () => this.#producers.delete(call));
    call.on('cancelled', () => this.#producers.delete(call));
    call.on('end', () => call.end());
  }

  *#allReaders(): Generator<{ owner: FakeBroker; reader: Reader }> {
    for (const owner of this.#cluster.brokers) {
      for (const reader of owner.#readers) yield { owner, reader };
    }
  }

  #append(append: Append): AppendResult {
    this.appends.push(append);
    const { correlationId } = append;
    const partition = this.#cluster.topics.get(append.topic)?.partitions[append.partition];
    if (partition === undefined) {
      const unknown = refusal('UNKNOWN_TOPIC_OR_PARTITION');
      return { correlationId, result: { ok: false, refusal: unknown }, leader: null };
    }
    const refused = this.refusals.shift();
    if (refused !== undefined) {
      return { correlationId, result: { ok: false, refusal: refused }, leader: null };
    }
    if (partition.leader !== this.id) {
      return {
        correlationId,
        result: { ok: false, refusal: refusal('NOT_LEADER_OR_FOLLOWER') },
        leader: this.#hint(partition),
      };
    }
    const bytes = Uint8Array.from(append.batch);
    const view = new RecordBatchView(bytes);
    if (!view.crcAgrees()) throw new Error('the client has sent a corrupt batch');
    const baseOffset = offset(partition.logEndOffset);
    const producer = producerBatchOf(view.header, bytes, 0);
    const verdict = producer === null ? null : partition.producers.check(producer);
    if (verdict?.kind === 'refused') {
      return { correlationId, result: { ok: false, refusal: verdict.refusal }, leader: null };
    }
    if (verdict?.kind === 'duplicate') {
      const result = { ok: true as const, baseOffset: verdict.baseOffset };
      const logStartOffset = offset(partition.logStartOffset);
      return { correlationId, result: { ...result, logStartOffset }, leader: null };
    }
    if (producer !== null) partition.producers.append(producer, baseOffset);
    stampBatch(bytes, 0, { baseOffset, leaderEpoch: partition.leaderEpoch });
    partition.batches.push(bytes);
    partition.logEndOffset += view.header.lastOffsetDelta + 1;
    return {
      correlationId,
      result: { ok: true, baseOffset, logStartOffset: offset(partition.logStartOffset) },
      leader: null,
    };
  }

  #listOffsets(request: ListOffsetsRequest): ListOffsetsResponse {
    this.listedCount++;
    this.onListed();
    return {
      partitions: request.partitions.map(({ target, at }) => {
        const partition = this.#cluster.partition(target.topic, target.partition);
        const place = {
          topic: target.topic,
          partition: target.partition,
          leaderEpoch: leaderEpoch(partition.leaderEpoch),
        };
        if (partition.leader !== this.id) {
          const error = {
            refusal: refusal('NOT_LEADER_OR_FOLLOWER'),
            leader: this.#hint(partition),
          };
          return { ...place, error, offset: null, batch: null };
        }
        if (typeof at === 'object') {
          const batch = partition.batches.find(
            (bytes) => readBatchHeader(bytes).maxTimestamp >= at.timestamp,
          );
          const found = batch === undefined ? null : readBatchHeader(batch).baseOffset;
          return { ...place, error: null, offset: found, batch: batch ?? null };
        }
        const value = at === 'start' ? partition.logStartOffset : partition.logEndOffset;
        return { ...place, error: null, offset: offset(value), batch: null };
      }),
    };
  }

  #onFetchStream(call: FetchCall): void {
    const reader: Reader = { call, credit: 0, maxMessageBytes: 1024 * 1024, targets: new Map() };
    this.#readers.add(reader);
    call.sendMetadata(new grpc.Metadata());
    call.on('data', (request: FetchStreamRequest) => {
      if (request.open !== null && request.open.maxMessageBytes > 0) {
        reader.maxMessageBytes = request.open.maxMessageBytes;
      }
      for (const each of request.unassign) {
        reader.targets.delete(`${each.topic}/${each.partition}`);
      }
      for (const target of request.assign) {
        const key = `${target.target.topic}/${target.target.partition}`;
        reader.targets.set(key, { target, position: target.fetchOffset, told: false });
      }
      reader.credit += request.creditBytes;
      this.#feed(reader);
    });
    call.on('error', () => this.#readers.delete(reader));
    call.on('cancelled', () => this.#readers.delete(reader));
    call.on('end', () => call.end());
  }

  #feed(reader: Reader): void {
    if (this.isFrozen || this.holdsFetches) return;
    for (const [key, entry] of [...reader.targets]) {
      const { topic, partition: index } = entry.target.target;
      const partition = this.#cluster.partition(topic, index);
      const base = {
        topic,
        topicId: null,
        partition: index,
        generation: entry.target.generation,
        highWatermark: offset(partition.logEndOffset),
        lastStableOffset: offset(partition.logEndOffset),
        logStartOffset: offset(partition.logStartOffset),
        leaderEpoch: leaderEpoch(partition.leaderEpoch),
      };
      const send = (message: Partial<PartitionRecords>): void => {
        reader.call.write({
          partitions: [{ ...base, error: null, caughtUp: false, chunks: [], ...message }],
        });
      };
      if (partition.leader !== this.id) {
        reader.targets.delete(key);
        const leader = this.#hint(partition);
        send({ error: { refusal: refusal('NOT_LEADER_OR_FOLLOWER'), leader } });
        continue;
      }
      if (entry.position < partition.logStartOffset || entry.position > partition.logEndOffset) {
        reader.targets.delete(key);
        send({ error: { refusal: refusal('OFFSET_OUT_OF_RANGE'), leader: null } });
        continue;
      }
      for (const bytes of partition.batches) {
        const header = readBatchHeader(bytes);
        if (header.nextOffset <= entry.position) continue;
        if (reader.credit <= 0) return;
        entry.position = header.nextOffset;
        reader.credit -= bytes.length;
        this.sentBytes += bytes.length;
        const chunk = Buffer.from(bytes);
        if (this.corruptMessages > 0) {
          this.corruptMessages--;
          chunk[chunk.length - 1] = (chunk.at(-1) ?? 0) ^ 0xff;
        }
        send({ chunks: [chunk], caughtUp: entry.position >= partition.logEndOffset });
        entry.told = entry.position >= partition.logEndOffset;
      }
      if (!entry.told) {
        entry.told = true;
        send({ caughtUp: true });
      }
    }
  }
}
