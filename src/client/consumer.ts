import type { Clock, Timer } from '../base/clock.ts';
import { OdradekError } from '../base/errors.ts';
import { generation, leaderEpoch, offset, partitionIndex } from '../base/ids.ts';
import type { Random } from '../base/random.ts';
import { CorruptBatch } from '../record/index.ts';
import type { FetchStreamRequest, IsolationLevel } from '../wire/consume-messages.ts';
import type { FetchResponse, PartitionRecords } from '../wire/hot/fetch.ts';
import { CONSUMER_SERVICE } from '../wire/services.ts';
import type { Cluster } from './cluster.ts';
import { decompressBatch } from './compression/codecs.ts';
import type { ConsumerRecord } from './consumer-batch.ts';
import { ConsumerBatch } from './consumer-batch.ts';
import { abortedError, closedError, errorOfRefusal, toOdradekError } from './errors.ts';
import type { GroupOffset } from './group-offsets.ts';
import { GroupReader } from './group-reader.ts';
import type {
  Assignment,
  FetchAction,
  FetchStreamState,
  OutOfRangePolicy,
  ReadPartition,
  TakenBatch,
} from './fetch-session.ts';
import { FetchSession } from './fetch-session.ts';
import { lookUpOffset } from './offsets.ts';
import { RETRY_BACKOFF, retrying } from './retry.ts';
import type { StartPosition, Where } from './start-position.ts';
import { parseStartPosition } from './start-position.ts';
import type { OutgoingStream, Transport } from './transport.ts';
import type { CallOptions } from './waiting.ts';
import { limited, Signal } from './waiting.ts';

/** What to read: a topic with all its partitions, present and to come, or one of them. */
export interface ConsumerAssignment {
  readonly topic: string;
  readonly partition?: number;
  /** The consumer's `from` where nothing is said. */
  readonly from?: StartPosition;
}

export interface ConsumerOptions {
  readonly assign: readonly (ConsumerAssignment | string)[];
  /** Where to begin, `start` where nothing is said. */
  readonly from?: StartPosition;
  /** What is fetched ahead of the application, in bytes, over all brokers: 16 MiB. */
  readonly maxBufferBytes?: number;
  /** The most that a broker puts into one message, unless one batch is larger: 1 MiB. */
  readonly fetchMaxBytes?: number;
  /**
   * `read-uncommitted`, the default, hands on what open transactions have written and what was
   * aborted, too; `read-committed` stops before the first open transaction.
   */
  readonly isolation?: IsolationLevel;
  /**
   * The group whose committed offsets say where to begin; a partition without one begins at `from`.
   * Partitions are assigned by hand: two consumers of a group that read the same one both read it.
   */
  readonly group?: string;
  /**
   * How often what the application is done with is committed for the group: 5 s; 0: only by `commit`.
   * Done with is what was handed out before the batch that it has now. `close` commits, too.
   */
  readonly autoCommitMs?: number;
  /**
   * Reads from an in-sync replica in the client's `rack` rather than from the leader, as long as no
   * more than so many bytes may be committed that it does not know of. Only leaders are read from
   * where nothing is said.
   */
  readonly maxStalenessBytes?: number;
  /**
   * What to do when the log no longer has the position, because it was deleted or truncated. `error`,
   * the default, since anything else skips or repeats records without a word; else where to go on.
   */
  readonly onOutOfRange?: OutOfRangePolicy;
  /** Whether batches with a wrong checksum are refused: true. */
  readonly verifyChecksums?: boolean;
  /** A batch that decompresses to more is refused as corrupt: 64 MiB. */
  readonly decompressedBytesMax?: number;
  readonly requestTimeoutMs?: number;
}

export interface TopicPartitionReference {
  readonly topic: string;
  readonly partition: number;
}

export interface PartitionPosition extends TopicPartitionReference {
  /** The offset of the record that comes next; null until it has been looked up. */
  readonly position: number | null;
  /** Up to where the leader has committed, as it last said; null until it has. */
  readonly highWatermark: number | null;
  readonly logStartOffset: number | null;
  /** Whether everything that is committed has been fetched, as far as is known. */
  readonly caughtUp: boolean;
  readonly paused: boolean;
}

export interface BatchesOptions {
  readonly signal?: AbortSignal;
  /**
   * Ends once everything has been read that was committed when the iteration began. A position that
   * the log does not have is treated as `onOutOfRange` says here too.
   */
  readonly untilEnd?: boolean;
}

/** What a consumer is made of. */
export interface ConsumerParts {
  readonly cluster: Cluster;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly clientId: string;
  readonly rack: string | null;
  readonly onClosed: (consumer: Consumer) => void;
}

/**
 * Reads assigned partitions, in batches. Made by `client.consumer()`; begins to fetch when it is first
 * iterated; ends with `close`.
 *
 * Records of a partition come in order, each once, whatever happens to brokers. An application that
 * stops reading stops the brokers: no more than `maxBufferBytes` is fetched ahead. An error that no
 * retry mends ends the iteration by being thrown.
 */
export class Consumer {
  readonly #parts: ConsumerParts;
  readonly #clock: Clock;
  readonly #options: Required<
    Omit<ConsumerOptions, 'assign' | 'from' | 'group' | 'maxStalenessBytes'>
  >;
  readonly #maxStalenessBytes: number | null;
  /** Null without a group. */
  readonly #group: GroupReader | null;
  /** What the group had committed when this began, by topic and partition. */
  #committed: ReadonlyMap<string, number> = new Map();
  /** Batches that the application has in its hands, with the position before each. */
  readonly #held: Set<{ readonly state: ReadPartition; position: number }> = new Set();
  /** A commit that nobody waits for has failed. */
  #commitError: OdradekError | null = null;
  readonly #wanted: readonly {
    readonly topic: string;
    readonly partition: number | null;
    readonly where: Where;
  }[];
  readonly #session: FetchSession;
  readonly #streams: Map<FetchStreamState, OutgoingStream<FetchStreamRequest>> = new Map();
  /** Something may have come, or ended. */
  readonly #news = new Signal();
  #started: Promise<void> | null = null;
  #timer: Timer | null = null;
  #reconcileScheduled = false;
  #unsubscribe: () => void = () => undefined;
  #closed = false;
  #closing: Promise<void> | null = null;
  readonly #stop = new AbortController();

  constructor(parts: ConsumerParts, options: ConsumerOptions) {
    this.#parts = parts;
    this.#clock = parts.clock;
    this.#options = {
      maxBufferBytes: options.maxBufferBytes ?? 16 * 1024 * 1024,
      fetchMaxBytes: options.fetchMaxBytes ?? 1024 * 1024,
      isolation: options.isolation ?? 'read-uncommitted',
      onOutOfRange: options.onOutOfRange ?? 'error',
      verifyChecksums: options.verifyChecksums ?? true,
      decompressedBytesMax: options.decompressedBytesMax ?? 64 * 1024 * 1024,
      requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
      autoCommitMs: options.autoCommitMs ?? 5000,
    };
    this.#maxStalenessBytes = options.maxStalenessBytes ?? null;
    checkOptions(options, this.#options.autoCommitMs, parts.rack);
    const { group } = options;
    this.#group =
      group === undefined
        ? null
        : new GroupReader(parts, {
            group,
            autoCommitMs: this.#options.autoCommitMs,
            timeoutMs: this.#options.requestTimeoutMs,
            done: () => this.#offsets(true),
            onError: (error) => {
              this.#commitError = error;
              this.#news.fire();
            },
          });
    const from = options.from ?? 'start';
    this.#wanted = options.assign.map((each) => {
      const { topic, partition, from: own } = typeof each === 'string' ? { topic: each } : each;
      return { topic, partition: partition ?? null, where: parseStartPosition(own ?? from) };
    });
    if (this.#wanted.length === 0) {
      throw new OdradekError('INVALID_REQUEST', 'a consumer needs at least one topic to read');
    }
    this.#session = new FetchSession({
      maxBufferBytes: this.#options.maxBufferBytes,
      verifyChecksums: this.#options.verifyChecksums,
      outOfRange: this.#options.onOutOfRange,
      isolation: this.#options.isolation,
      retryBackoff: RETRY_BACKOFF,
      random: parts.random,
      routeOf: (topic, partition) => parts.cluster.route(topic, partition),
      nearbyRouteOf: (topic, partition) =>
        parts.rack === null || this.#maxStalenessBytes === null
          ? null
          : parts.cluster.routeWithin(parts.rack, topic, partition),
    });
  }

  /** Bytes that have been fetched and not been handed to the application. */
  get bufferedBytes(): number {
    return this.#session.bufferedBytes;
  }

  /**
   * Batches in the order in which they arrive, those of a partition in order. While the application
   * is busy with one, the next are fetched. Leaving the loop leaves the consumer as it is: another
   * iteration goes on behind it.
   */
  async *batches(options: BatchesOptions = {}): AsyncGenerator<ConsumerBatch, void> {
    const { signal } = options;
    const ends = await this.#begun(options);
    // Whoever iterates anew is done with what another iteration had handed out.
    this.#held.clear();
    this.#session.tellFailuresAgain();
    for (;;) {
      if (this.#closed) return;
      if (signal?.aborted === true) throw abortedError(signal);
      if (this.#commitError !== null) throw this.#commitError;
      const taken = this.#session.take(this.#clock.now());
      if (this.#session.needsReconcile) this.#scheduleReconcile();
      if (taken === null) {
        const isAtEnd = ends?.every((end) =>
          this.#session.hasReached(end.topic, end.partition, end.offset),
        );
        if (isAtEnd === true) return;
        await this.#nextNews(signal);
      } else if (taken.kind === 'error') {
        throw taken.error;
      } else {
        const held = { state: taken.batch.state, position: taken.batch.fromOffset };
        this.#held.add(held);
        const batch = await this.#open(taken.batch);
        // Whoever leaves the loop here may not be done with it.
        if (batch !== null) yield batch;
        this.#held.delete(held);
      }
    }
  }

  /** One record after the other: the convenient way, several times slower than `batches`. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ConsumerRecord, void> {
    for await (const batch of this.batches()) yield* batch.records();
  }

  /** Stops fetching partitions; what was fetched ahead is dropped, and fetched again later. */
  pause(partitions: readonly TopicPartitionReference[]): void {
    for (const each of partitions) this.#session.pause(this.#partition(each));
    this.#scheduleReconcile();
  }

  resume(partitions: readonly TopicPartitionReference[]): void {
    for (const each of partitions) this.#session.resume(this.#partition(each));
    this.#scheduleReconcile();
  }

  /** Goes on from another place. A batch that the application holds already is not taken back. */
  async seek(topic: string, partition: number, to: StartPosition): Promise<void> {
    const where = parseStartPosition(to);
    await this.#start(undefined);
    this.#session.seek(this.#partition({ topic, partition }), where);
    this.#scheduleReconcile();
  }

  /** The offset of the record that comes next; null until it has been looked up. */
  position(topic: string, partition: number): number | null {
    return this.#partition({ topic, partition }).position;
  }

  /** Every partition that is read, with where it stands. */
  positions(): PartitionPosition[] {
    return this.#session.partitions.map((state) => ({
      topic: state.topic,
      partition: state.partition,
      position: state.position,
      highWatermark: state.highWatermark,
      logStartOffset: state.logStartOffset,
      caughtUp: state.caughtUp && state.position === state.received,
      paused: state.paused,
    }));
  }

  /**
   * Commits for the group how far the application has been handed records, the batch that it has now
   * included; or `offsets`. Rejects with `INVALID_REQUEST` without a group.
   */
  async commit(offsets?: readonly GroupOffset[], options: CallOptions = {}): Promise<void> {
    if (this.#group === null) {
      throw new OdradekError('INVALID_REQUEST', 'only a consumer with a group can commit');
    }
    if (this.#closed) throw closedError();
    const committed = offsets ?? this.offsets();
    // What the application says that it is done with, it is done with, though it has it in its hands.
    for (const held of this.#held) {
      const { topic, partition } = held.state;
      const own = committed.find((each) => each.topic === topic && each.partition === partition);
      if (own !== undefined) held.position = Math.max(held.position, own.offset);
    }
    await this.#group.commit(committed, options);
  }

  /**
   * The offset behind what the application has been handed, of every partition that is read: what a
   * transaction commits with `sendOffsets`.
   */
  offsets(): GroupOffset[] {
    return this.#offsets(false);
  }

  /** Asks the leaders up to where the partitions that are read are committed now. */
  async endOffsets(
    options: CallOptions = {},
  ): Promise<(TopicPartitionReference & { readonly offset: number })[]> {
    await this.#start(options.signal);
    return Promise.all(
      this.#session.partitions.map(async (state) => {
        const end = await this.#lookUp(state, { kind: 'end' }, options);
        return { topic: state.topic, partition: state.partition, offset: end };
      }),
    );
  }

  /**
   * Ends every iteration, and gives back what is held. With a group, commits what the application is
   * done with first, unless `autoCommitMs` is 0; rejects if that fails.
   */
  close(options: CallOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  async #close(options: CallOptions): Promise<void> {
    try {
      await this.#group?.close(options);
    } finally {
      this.#closed = true;
      this.#stop.abort();
      this.#unsubscribe();
      this.#timer?.cancel();
      for (const stream of this.#streams.values()) stream.close();
      this.#streams.clear();
      this.#news.fire();
      this.#parts.onClosed(this);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** `done`: only as far as the application has asked for more. */
  #offsets(done: boolean): GroupOffset[] {
    return this.#session.partitions.flatMap((state) => {
      if (state.position === null) return [];
      let offset = state.position;
      if (done) {
        for (const held of this.#held) {
          if (held.state === state) offset = Math.min(offset, held.position);
        }
      }
      return [{ topic: state.topic, partition: state.partition, offset }];
    });
  }

  /** Until there is something to iterate; the ends to be reached, where that was asked for. */
  async #begun(
    options: BatchesOptions,
  ): Promise<Awaited<ReturnType<Consumer['endOffsets']>> | null> {
    if (this.#closed) throw closedError();
    try {
      await this.#start(options.signal);
      return options.untilEnd === true ? await this.endOffsets({ ...options }) : null;
    } catch (error) {
      // Closed meanwhile, which ends every iteration.
      if (this.#closed && options.signal?.aborted !== true) return null;
      throw error;
    }
  }

  /** Waits for the topics, once. A failure is met again by whoever comes next. */
  async #start(signal: AbortSignal | undefined): Promise<void> {
    if (this.#closed) throw closedError();
    if (this.#started === null) {
      const started = this.#begin();
      started.catch(() => {
        if (this.#started === started) this.#started = null;
      });
      this.#started = started;
    }
    await limited(
      this.#started,
      this.#clock,
      signal === undefined ? {} : { signal },
      () => new OdradekError('REQUEST_TIMED_OUT'),
    );
  }

  async #begin(): Promise<void> {
    const { cluster } = this.#parts;
    const options = { timeoutMs: this.#options.requestTimeoutMs, signal: this.#stop.signal };
    const topics = [...new Set(this.#wanted.map((each) => each.topic))];
    try {
      await Promise.all(topics.map((topic) => cluster.waitForTopic(topic, options)));
    } catch (error) {
      // No caller has aborted anything.
      throw this.#closed ? closedError() : error;
    }
    for (const { topic, partition } of this.#wanted) {
      const count = cluster.topic(topic)?.partitions.length ?? 0;
      if (
        partition === null ||
        (Number.isInteger(partition) && partition >= 0 && partition < count)
      ) {
        continue;
      }
      throw new OdradekError(
        'UNKNOWN_TOPIC_OR_PARTITION',
        `${topic} has ${count} partitions, from 0; there is no partition ${partition}`,
        { topic, partition },
      );
    }
    try {
      this.#committed = (await this.#group?.start(this.#stop.signal)) ?? this.#committed;
    } catch (error) {
      throw this.#closed ? closedError() : error;
    }
    this.#unsubscribe = cluster.onChange(() => {
      this.#addPartitions();
      this.#session.onRoutesChanged(this.#clock.now());
      this.#scheduleReconcile();
    });
    this.#addPartitions();
    this.#scheduleReconcile();
  }

  /** Also called when topics have grown. A partition that is new then is read from its start. */
  #addPartitions(): void {
    for (const { topic, partition, where } of this.#wanted) {
      if (partition !== null) {
        this.#session.add(topic, partition, this.#begins(topic, partition, where));
        continue;
      }
      const known = this.#session.partitions.some((state) => state.topic === topic);
      for (const each of this.#parts.cluster.topic(topic)?.partitions ?? []) {
        const from = this.#begins(topic, each.partition, known ? { kind: 'start' } : where);
        this.#session.add(topic, each.partition, from);
      }
    }
  }

  /** Where the group has come to, if it has been there. */
  #begins(topic: string, partition: number, where: Where): Where {
    const committed = this.#committed.get(`${topic}/${partition}`);
    return committed === undefined ? where : { kind: 'offset', offset: committed };
  }

  #partition({ topic, partition }: TopicPartitionReference): ReadPartition {
    const state = this.#session.partition(topic, partition);
    if (state !== null) return state;
    throw new OdradekError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `${topic}-${partition} is not read by this consumer (yet)`,
      { topic, partition },
    );
  }

  async #nextNews(signal: AbortSignal | undefined): Promise<void> {
    if (signal === undefined) return this.#news.next();
    return limited(
      this.#news.next(),
      this.#clock,
      { signal },
      () => new OdradekError('REQUEST_TIMED_OUT'),
    );
  }

  /** The batch with its records readable; null if it was sought away from meanwhile. */
  async #open({
    state,
    view,
    fromOffset,
    highWatermark,
  }: TakenBatch): Promise<ConsumerBatch | null> {
    const { topic, partition, seekVersion } = state;
    let readable = view;
    if (view.needsDecompression) {
      try {
        readable = await decompressBatch(view, this.#options.decompressedBytesMax);
      } catch (error) {
        if (!(error instanceof CorruptBatch)) throw toOdradekError(error, { topic, partition });
        const message = `the batch at offset ${view.header.baseOffset} of ${topic}-${partition} cannot be decompressed: ${error.message}`;
        throw new OdradekError('CORRUPT_MESSAGE', message, { topic, partition, cause: error });
      }
      if (state.seekVersion !== seekVersion) return null;
    }
    return new ConsumerBatch({ topic, partition, fromOffset, highWatermark, view: readable });
  }

  #scheduleReconcile(): void {
    if (this.#reconcileScheduled) return;
    this.#reconcileScheduled = true;
    queueMicrotask(() => {
      this.#reconcileScheduled = false;
      if (!this.#closed) this.#reconcile();
    });
  }

  #reconcile(): void {
    const now = this.#clock.now();
    const { actions, leaderMissing } = this.#session.reconcile(now);
    for (const action of actions) this.#perform(action);
    if (leaderMissing) void this.#parts.cluster.refresh();
    this.#timer?.cancel();
    const wake = this.#session.nextWake(now);
    this.#timer =
      wake === null
        ? null
        : this.#clock.setTimer(Math.max(0, wake - now), () => {
            this.#timer = null;
            if (!this.#closed) this.#reconcile();
          });
    this.#news.fire();
  }

  #perform(action: FetchAction): void {
    switch (action.kind) {
      case 'resolve':
        void this.#resolve(action.state, action.seekVersion);
        return;
      case 'open':
        this.#streams.set(action.stream, this.#openStream(action.stream));
        return;
      case 'send':
        this.#streams.get(action.stream)?.send({
          open: null,
          assign: action.assign.map((each) => this.#toTarget(each)),
          unassign: action.unassign.map(({ topic, partition }) => ({
            topic,
            partition: partitionIndex(partition),
          })),
          creditBytes: action.creditBytes,
        });
        return;
      case 'close':
        this.#streams.get(action.stream)?.close();
        this.#streams.delete(action.stream);
        return;
    }
  }

  #toTarget(assignment: Assignment): FetchStreamRequest['assign'][number] {
    const { topic } = assignment;
    return {
      target: {
        topic,
        topicId: this.#parts.cluster.topic(topic)?.topicId ?? null,
        partition: partitionIndex(assignment.partition),
      },
      fetchOffset: offset(assignment.fetchOffset),
      currentLeaderEpoch: leaderEpoch(assignment.leaderEpoch),
      maxBytes: 0,
      generation: generation(assignment.generation),
      ...(assignment.fromFollower && this.#maxStalenessBytes !== null
        ? { maxStalenessBytes: this.#maxStalenessBytes }
        : {}),
    };
  }

  #openStream(stream: FetchStreamState): OutgoingStream<FetchStreamRequest> {
    const { transport, clientId } = this.#parts;
    const { isolation, fetchMaxBytes } = this.#options;
    const first: FetchStreamRequest = {
      open: { clientId, isolation, maxMessageBytes: fetchMaxBytes },
      assign: [],
      unassign: [],
      creditBytes: 0,
    };
    return transport.open(stream.address, 'fetch', CONSUMER_SERVICE.fetchStream, first, {
      onMessage: (response) => this.#onMessage(stream, response),
      onEnd: () => {
        this.#streams.delete(stream);
        this.#session.onStreamEnded(stream, this.#clock.now());
        void this.#parts.cluster.refresh();
        this.#scheduleReconcile();
      },
    });
  }

  #onMessage(stream: FetchStreamState, response: FetchResponse): void {
    const now = this.#clock.now();
    for (const message of response.partitions) this.#onPartition(stream, message, now);
    if (this.#session.needsReconcile) this.#scheduleReconcile();
    this.#news.fire();
  }

  #onPartition(
    stream: FetchStreamState,
    message: PartitionRecords,
    now: ReturnType<Clock['now']>,
  ): void {
    const { topic, partition, error } = message;
    if (error === null) {
      const [first = NO_BYTES, ...rest] = message.chunks;
      const records = rest.length === 0 ? first : Buffer.concat([first, ...rest]);
      this.#session.onRecords(stream, { ...message, records }, now);
      return;
    }
    const { cluster } = this.#parts;
    const rerouted = error.leader !== null && cluster.onLeaderHint(topic, partition, error.leader);
    const refused = errorOfRefusal(error.refusal, { topic, partition });
    this.#session.onPartitionError(stream, message, refused, rerouted, now);
    if (refused.retriable && !rerouted) void cluster.refresh();
  }

  async #resolve(state: ReadPartition, seekVersion: number): Promise<void> {
    try {
      const found = await this.#lookUpOnce(state, state.where, this.#options.requestTimeoutMs);
      this.#session.onResolved(state, seekVersion, found);
    } catch (error) {
      const failure = toOdradekError(error, state);
      this.#session.onResolveFailed(state, seekVersion, failure, this.#clock.now());
      if (!this.#closed) void this.#parts.cluster.refresh();
    }
    this.#scheduleReconcile();
  }

  #lookUpOnce(
    state: ReadPartition,
    where: Where,
    timeoutMs: number,
    signal: AbortSignal = this.#stop.signal,
  ): Promise<number> {
    const { topic, partition } = state;
    const { cluster, transport } = this.#parts;
    const route = cluster.route(topic, partition);
    if (route === null) {
      throw new OdradekError('LEADER_NOT_AVAILABLE', undefined, { topic, partition });
    }
    const { isolation, decompressedBytesMax } = this.#options;
    const lookup = { transport, cluster, isolation, decompressedBytesMax };
    return lookUpOffset(lookup, topic, partition, where, route, { timeoutMs, signal });
  }

  async #lookUp(state: ReadPartition, where: Where, options: CallOptions): Promise<number> {
    const timeoutMs = options.timeoutMs ?? this.#options.requestTimeoutMs;
    const retry = { clock: this.#clock, random: this.#parts.random, timeoutMs };
    return retrying(retry, options.signal, async (leftMs) => {
      if (this.#closed) throw closedError();
      try {
        return await this.#lookUpOnce(state, where, leftMs, options.signal);
      } catch (error) {
        void this.#parts.cluster.refresh();
        throw error;
      }
    });
  }
}

const NO_BYTES = new Uint8Array(0);

function checkOptions(
  { group, maxStalenessBytes }: ConsumerOptions,
  autoCommitMs: number,
  rack: string | null,
): void {
  const refuse = (message: string): never => {
    throw new OdradekError('INVALID_REQUEST', message);
  };
  if (group === '') refuse('a group has a name of at least one character');
  if (!Number.isFinite(autoCommitMs) || autoCommitMs < 0) {
    refuse(`autoCommitMs must be from 0, got ${autoCommitMs}`);
  }
  if (maxStalenessBytes === undefined) return;
  if (!Number.isSafeInteger(maxStalenessBytes) || maxStalenessBytes < 0) {
    refuse(`maxStalenessBytes must be whole bytes, got ${maxStalenessBytes}`);
  }
  if (rack === null)
    refuse('maxStalenessBytes needs a client with a rack: who is near, otherwise?');
}
