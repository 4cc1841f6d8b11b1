import type { Clock } from '../base/clock.ts';
import { OdradekError } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';
import { offset, partitionIndex } from '../base/ids.ts';
import type { Random } from '../base/random.ts';
import type { PartitionDescription as LeaderView } from '../wire/admin-messages.ts';
import type { IsolationLevel } from '../wire/consume-messages.ts';
import { GROUP_SERVICE } from '../wire/coordination-services.ts';
import type { ClusterMetadata, TopicMetadata } from '../wire/metadata-messages.ts';
import { formatEndpoint } from '../wire/metadata-messages.ts';
import type { MethodDescription } from '../wire/method-description.ts';
import { ADMIN_SERVICE, METADATA_SERVICE } from '../wire/services.ts';
import type { ClusterDescription, TopicDescription, TopicListing } from './admin-descriptions.ts';
import { describeCluster, describeTopic, listTopic } from './admin-descriptions.ts';
import type { Cluster } from './cluster.ts';
import { Coordinator } from './coordinator.ts';
import { errorOfRefusal, NotConnected, toOdradekError } from './errors.ts';
import type { GroupOffset } from './group-offsets.ts';
import { commitGroupOffsets, fetchGroupOffsets } from './group-offsets.ts';
import type { Route } from './metadata.ts';
import { lookUpOffset } from './offsets.ts';
import { retrying } from './retry.ts';
import type { StartPosition } from './start-position.ts';
import { parseStartPosition } from './start-position.ts';
import type { Transport } from './transport.ts';
import type { CallOptions } from './waiting.ts';

export interface CreateTopicOptions {
  /** The cluster's default where nothing is said. */
  readonly partitions?: number;
  readonly replicationFactor?: number;
  /** Settings under Kafka's names. */
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  /** Says whether it could be created, and creates nothing. */
  readonly validateOnly?: boolean;
}

export interface CreatedTopic {
  readonly name: string;
  readonly id: string;
  readonly partitions: number;
  readonly replicationFactor: number;
}

export interface ElectionResult {
  readonly topic: string;
  readonly partition: number;
  /** Null where the error says why not. */
  readonly outcome: 'elected' | 'handing-over' | null;
  readonly error: OdradekError | null;
}

/** Up to where records of a partition are deleted. */
export interface RecordDeletion {
  readonly topic: string;
  readonly partition: number;
  /** The first offset to keep; `end`: everything that is committed goes. */
  readonly before: number | 'end';
}

export interface AdminParts {
  readonly cluster: Cluster;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly requestTimeoutMs: number;
}

/**
 * What concerns the cluster rather than records. Any broker takes these calls; one that is down, or
 * without a controller, is passed over for the next until the time is up. Safe to call concurrently.
 */
export class Admin {
  readonly #parts: AdminParts;

  constructor(parts: AdminParts) {
    this.#parts = parts;
  }

  /** Resolves once the broker that answered shows the topic with a leader for every partition. */
  async createTopic(
    name: string,
    options: CreateTopicOptions = {},
    callOptions: CallOptions = {},
  ): Promise<CreatedTopic> {
    const settings = Object.fromEntries(
      Object.entries(options.config ?? {}).map(([key, value]) => [key, String(value)]),
    );
    const validateOnly = options.validateOnly ?? false;
    let mayExist = false;
    return this.#withBroker(callOptions, async (address, timeoutMs) => {
      const deadline = this.#parts.clock.now() + timeoutMs;
      try {
        const created = await this.#call(
          address,
          ADMIN_SERVICE.createTopic,
          timeoutMs,
          callOptions,
          {
            kind: 'createTopic',
            name,
            partitions: options.partitions ?? 0,
            replicationFactor: options.replicationFactor ?? 0,
            settings,
            validateOnly,
          },
        );
        mayExist = true;
        const { partitions, replicationFactor } = created;
        const topic = { name, id: created.topicId as string, partitions, replicationFactor };
        if (!validateOnly) await this.#until(address, name, deadline, callOptions, isLed);
        return topic;
      } catch (thrown) {
        const error = toOdradekError(thrown, { topic: name });
        // The answer to an earlier attempt was lost, and it was this call that created it.
        if (error.code === 'TOPIC_ALREADY_EXISTS' && mayExist) {
          const topic = await this.#until(address, name, deadline, callOptions, isLed);
          if (topic !== null) {
            const { id, partitions, replicationFactor } = listTopic(topic);
            return { name, id, partitions, replicationFactor };
          }
        }
        mayExist ||= error.indeterminate && !(error instanceof NotConnected);
        throw placed(error, name);
      }
    });
  }

  /** Resolves once the broker that answered no longer shows the topic. */
  async deleteTopic(name: string, options: CallOptions = {}): Promise<void> {
    let mayBeGone = false;
    await this.#withBroker(options, async (address, timeoutMs) => {
      const deadline = this.#parts.clock.now() + timeoutMs;
      try {
        const request = { kind: 'deleteTopic' as const, name };
        await this.#call(address, ADMIN_SERVICE.deleteTopic, timeoutMs, options, request);
      } catch (thrown) {
        const error = toOdradekError(thrown, { topic: name });
        if (error.code === 'UNKNOWN_TOPIC_OR_PARTITION') {
          if (mayBeGone) return;
        }
        mayBeGone ||= error.indeterminate && !(error instanceof NotConnected);
        throw placed(error, name);
      }
      await this.#until(address, name, deadline, options, (topic) => topic === null);
    });
  }

  async listTopics(options: CallOptions = {}): Promise<TopicListing[]> {
    const metadata = await this.#topics(null, options);
    return metadata.topics.map(listTopic).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async describeTopic(name: string, options: CallOptions = {}): Promise<TopicDescription> {
    const [description] = await this.describeTopics([name], options);
    if (description === undefined) {
      throw new OdradekError('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic ${name}`, {
        topic: name,
      });
    }
    return description;
  }

  /** Null: every topic. What a leader that does not answer would say is null. */
  async describeTopics(
    names: readonly string[] | null,
    options: CallOptions = {},
  ): Promise<TopicDescription[]> {
    const metadata = await this.#topics(names, options);
    for (const { name, error } of metadata.topics) {
      if (error !== null) throw errorOfRefusal(error, { topic: name });
    }
    const leaders = new Set(
      metadata.topics.flatMap((topic) => topic.partitions.map((each) => each.leader)),
    );
    const views = await Promise.all(
      metadata.brokers
        .filter((broker) => leaders.has(broker.id))
        .map((broker) => this.#describePartitions(formatEndpoint(broker.grpc), names, options)),
    );
    return metadata.topics.map((topic) => describeTopic(topic, views.flat()));
  }

  /** Changes settings; null returns one to its default. */
  async alterTopic(
    name: string,
    config: Readonly<Record<string, string | number | boolean | null>>,
    options: CallOptions = {},
  ): Promise<void> {
    const settings = Object.fromEntries(
      Object.entries(config).map(([key, value]) => [key, value === null ? null : String(value)]),
    );
    const altered = this.#withBroker(options, (address, timeoutMs) =>
      this.#call(address, ADMIN_SERVICE.alterTopic, timeoutMs, options, {
        kind: 'alterTopic',
        name,
        settings,
      }),
    );
    await ofTopic(name, altered);
  }

  /** `total` is how many partitions the topic has afterwards. Keys go to other partitions from then on. */
  async addPartitions(name: string, total: number, options: CallOptions = {}): Promise<void> {
    const added = this.#withBroker(options, async (address, timeoutMs) => {
      const deadline = this.#parts.clock.now() + timeoutMs;
      const request = { kind: 'addPartitions' as const, name, total };
      await this.#call(address, ADMIN_SERVICE.addPartitions, timeoutMs, options, request);
      await this.#until(
        address,
        name,
        deadline,
        options,
        (topic) => isLed(topic) && (topic?.partitions.length ?? 0) >= total,
      );
    });
    await ofTopic(name, added);
  }

  /** Gives partitions back to their preferred leaders: of every topic, one topic, or one partition. */
  async electLeaders(
    of: { readonly topic?: string; readonly partition?: number } = {},
    options: CallOptions = {},
  ): Promise<ElectionResult[]> {
    const elected = this.#withBroker(options, (address, timeoutMs) =>
      this.#call(address, ADMIN_SERVICE.electLeaders, timeoutMs, options, {
        kind: 'electLeaders',
        name: of.topic ?? null,
        partition: of.partition === undefined ? null : partitionIndex(of.partition),
      }),
    );
    const { results } = await (of.topic === undefined ? elected : ofTopic(of.topic, elected));
    return results.map(({ topic, partition, outcome }) =>
      typeof outcome === 'string'
        ? { topic, partition, outcome, error: null }
        : { topic, partition, outcome: null, error: errorOfRefusal(outcome, { topic, partition }) },
    );
  }

  async describeCluster(options: CallOptions = {}): Promise<ClusterDescription> {
    return describeCluster(
      await this.#withBroker(options, (address, timeoutMs) =>
        this.#metadata(address, null, timeoutMs, options),
      ),
    );
  }

  /**
   * The offset of a place in a partition: of its start, its end, or the first record at or after a
   * timestamp (the end if there is none), exact to the record.
   */
  async listOffset(
    topic: string,
    partition: number,
    position: StartPosition,
    options: CallOptions & { readonly isolation?: IsolationLevel } = {},
  ): Promise<number> {
    const where = parseStartPosition(position);
    const lookup = {
      ...this.#parts,
      isolation: options.isolation ?? ('read-uncommitted' as const),
      decompressedBytesMax: DECOMPRESSED_BYTES_MAX,
    };
    return this.#withLeader(topic, partition, options, (route, timeoutMs) =>
      lookUpOffset(lookup, topic, partition, where, route, { timeoutMs, signal: options.signal }),
    );
  }

  /** What a group has committed, in the order of topics and partitions. */
  async groupOffsets(group: string, options: CallOptions = {}): Promise<GroupOffset[]> {
    const offsets = await fetchGroupOffsets(
      this.#group(group),
      group,
      false,
      this.#limits(options),
    );
    return offsets.sort((a, b) =>
      a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
    );
  }

  /** Says for a group where it goes on. Consumers of the group that are running do not notice. */
  commitOffsets(
    group: string,
    offsets: readonly GroupOffset[],
    options: CallOptions = {},
  ): Promise<void> {
    return commitGroupOffsets(this.#group(group), group, offsets, null, this.#limits(options));
  }

  /** Forgets everything that a group has committed. */
  async deleteGroup(group: string, options: CallOptions = {}): Promise<void> {
    const request = { group, partitions: null };
    await this.#group(group).call(GROUP_SERVICE.deleteOffsets, request, this.#limits(options));
  }

  /** Every group that has committed anything, sorted. Asks all brokers; rejects if one does not answer. */
  async listGroups(options: CallOptions = {}): Promise<string[]> {
    const limits = this.#limits(options);
    const { brokers } = await this.#topics([], options);
    const answers = await Promise.all(
      brokers
        .filter((broker) => broker.state !== 'fenced')
        .map((broker) => {
          const address = formatEndpoint(broker.grpc);
          const method = GROUP_SERVICE.listGroups;
          return retrying({ ...this.#parts, ...limits }, options.signal, (leftMs) =>
            this.#call(address, method, leftMs, options, { kind: 'listGroups' as const }),
          );
        }),
    );
    return [...new Set(answers.flatMap(({ groups }) => groups))].sort();
  }

  /**
   * Deletes the records of partitions that lie before an offset. Resolves with where each log begins
   * now, in the same order; rejects with the first failure, and what was deleted stays so.
   */
  deleteRecords(
    deletions: readonly RecordDeletion[],
    options: CallOptions = {},
  ): Promise<{ topic: string; partition: number; logStartOffset: number }[]> {
    return Promise.all(deletions.map((deletion) => this.#deleteRecords(deletion, options)));
  }

  async #deleteRecords(
    { topic, partition, before }: RecordDeletion,
    options: CallOptions,
  ): Promise<{ topic: string; partition: number; logStartOffset: number }> {
    const request = {
      partitions: [
        {
          topic,
          partition: partitionIndex(partition),
          beforeOffset: before === 'end' ? null : offset(before),
        },
      ],
    };
    return this.#withLeader(topic, partition, options, async ({ address }, leftMs) => {
      const method = ADMIN_SERVICE.deleteRecords;
      const { results } = await this.#call(address, method, leftMs, options, request);
      const [result] = results;
      if (result === undefined) {
        throw new OdradekError('UNKNOWN_SERVER_ERROR', 'the broker did not answer what was asked');
      }
      if (result.error === null) {
        return { topic, partition, logStartOffset: result.logStartOffset };
      }
      const { refusal, leader } = result.error;
      if (leader !== null) this.#parts.cluster.onLeaderHint(topic, partition, leader);
      throw errorOfRefusal(refusal, { topic, partition });
    });
  }

  #group(group: string): Coordinator {
    return new Coordinator(this.#parts, 'group', group);
  }

  #limits({ timeoutMs, signal }: CallOptions): CallOptions & { readonly timeoutMs: number } {
    const limits = { timeoutMs: timeoutMs ?? this.#parts.requestTimeoutMs };
    return signal === undefined ? limits : { ...limits, signal };
  }

  /** Calls a partition's leader until it has an answer, or an error that no retry mends. */
  async #withLeader<Value>(
    topic: string,
    partition: number,
    options: CallOptions,
    call: (route: Route, timeoutMs: number) => Promise<Value>,
  ): Promise<Value> {
    const { cluster } = this.#parts;
    const { timeoutMs } = this.#limits(options);
    const view = await cluster.waitForTopic(topic, { ...options, timeoutMs });
    if (view.partitions[partition] === undefined) {
      const message = `${topic} has ${view.partitions.length} partitions, from 0; there is no partition ${partition}`;
      throw new OdradekError('UNKNOWN_TOPIC_OR_PARTITION', message, { topic, partition });
    }
    return retrying({ ...this.#parts, timeoutMs }, options.signal, async (leftMs) => {
      try {
        const route = cluster.route(topic, partition);
        if (route === null) {
          throw new OdradekError('LEADER_NOT_AVAILABLE', undefined, { topic, partition });
        }
        return await call(route, leftMs);
      } catch (error) {
        void cluster.refresh();
        throw error;
      }
    });
  }

  async #describePartitions(
    address: string,
    topics: readonly string[] | null,
    options: CallOptions,
  ): Promise<readonly LeaderView[]> {
    const timeoutMs = Math.min(options.timeoutMs ?? Infinity, DESCRIBE_TIMEOUT_MS);
    try {
      const method = ADMIN_SERVICE.describePartitions;
      return (await this.#call(address, method, timeoutMs, options, { topics })).partitions;
    } catch (thrown) {
      const error = toOdradekError(thrown);
      // A leader that is down has nothing to say; the rest of the description is worth having.
      if (error.retriable) return [];
      throw error;
    }
  }

  /** By a broker that knows the cluster: one that has just started knows of no topic at all. */
  #topics(names: readonly string[] | null, options: CallOptions): Promise<ClusterMetadata> {
    return this.#withBroker(options, async (address, timeoutMs) => {
      const metadata = await this.#metadata(address, names, timeoutMs, options);
      if (metadata.clusterId !== null) return metadata;
      const message = `${address} has not reached a controller since it started`;
      throw new OdradekError('NOT_CONTROLLER', message);
    });
  }

  #metadata(
    address: string,
    topics: readonly string[] | null,
    timeoutMs: number,
    options: CallOptions,
  ): Promise<ClusterMetadata> {
    return this.#call(address, METADATA_SERVICE.getMetadata, timeoutMs, options, { topics });
  }

  /** Asks one broker for a topic until it is as it should be. */
  async #until(
    address: string,
    name: string,
    deadline: number,
    options: CallOptions,
    isReached: (topic: TopicMetadata | null) => boolean,
  ): Promise<TopicMetadata | null> {
    const { clock } = this.#parts;
    for (let delay = 5; ; delay = Math.min(delay * 2, 100)) {
      const left = Math.max(1, deadline - clock.now());
      const method = METADATA_SERVICE.getMetadata;
      const metadata = await this.#call(address, method, left, options, { topics: [name] });
      const topic = metadata.topics.find((each) => each.name === name && each.error === null);
      if (isReached(topic ?? null)) return topic ?? null;
      if (clock.now() + delay >= deadline) {
        const message = `the change of ${name} was made, and is not in force everywhere yet`;
        throw new OdradekError('REQUEST_TIMED_OUT', message, { topic: name });
      }
      await new Promise<void>((resolve) => {
        clock.setTimer(delay, resolve);
      });
    }
  }

  #call<Request, Response>(
    address: string,
    method: MethodDescription<Request, Response>,
    timeoutMs: number,
    { signal }: CallOptions,
    request: Request,
  ): Promise<Response> {
    return this.#parts.transport.call(address, 'admin', method, request, { timeoutMs, signal });
  }

  /** Calls one broker after the other until one has an answer, or an error that no retry mends. */
  async #withBroker<Value>(
    options: CallOptions,
    call: (address: string, timeoutMs: number) => Promise<Value>,
  ): Promise<Value> {
    const { cluster } = this.#parts;
    const timeoutMs = options.timeoutMs ?? this.#parts.requestTimeoutMs;
    const tried: Set<string> = new Set();
    let answered = false;
    try {
      const retry = { ...this.#parts, timeoutMs, finalCodes: FINAL_CODES };
      return await retrying(retry, options.signal, async (leftMs, failures) => {
        const addresses = cluster.addresses();
        const address = addresses[failures % addresses.length] ?? '';
        tried.add(address);
        try {
          return await call(address, Math.min(leftMs, ATTEMPT_TIMEOUT_MS));
        } catch (error) {
          const { code } = toOdradekError(error);
          if (code !== 'NETWORK_EXCEPTION') answered = true;
          throw error;
        }
      });
    } catch (thrown) {
      const error = toOdradekError(thrown);
      if (error.code !== 'NETWORK_EXCEPTION' || answered) throw error;
      throw new OdradekError(
        'NETWORK_EXCEPTION',
        `no broker has answered within ${timeoutMs} ms; tried ${[...tried].join(', ')}; the last said: ${error.message}`,
        { cause: error },
      );
    }
  }
}

/** How long one broker may take, before another one is asked. */
const ATTEMPT_TIMEOUT_MS = 10_000;
const DESCRIBE_TIMEOUT_MS = 5000;
/** What the controller says of a topic is so, whatever a broker that lags behind might say. */
const FINAL_CODES: readonly ErrorCode[] = ['UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID'];
const DECOMPRESSED_BYTES_MAX = 64 * 1024 * 1024;

function isLed(topic: TopicMetadata | null): boolean {
  return topic !== null && topic.partitions.every((partition) => partition.leader !== null);
}

/** A call that concerns one topic: its error says which. */
async function ofTopic<Value>(name: string, call: Promise<Value>): Promise<Value> {
  try {
    return await call;
  } catch (thrown) {
    throw placed(toOdradekError(thrown), name);
  }
}

function placed(error: OdradekError, topic: string): OdradekError {
  if (error.topic !== undefined) return error;
  return new OdradekError(error.code, error.message, { topic, cause: error });
}
