import type { Clock, Timer } from '../base/clock.ts';
import { OdradekError } from '../base/errors.ts';
import type { Instant, Timestamp } from '../base/ids.ts';
import type { Random } from '../base/random.ts';
import { BATCH_OVERHEAD, batchRecordsCount } from '../record/index.ts';
import type { AppendResult } from '../wire/hot/produce.ts';
import { Accumulator } from './accumulator.ts';
import { BatchSealer } from './batch-sealer.ts';
import type { Attempt, Batch, Outcome, PartitionQueue } from './batches.ts';
import type { Cluster } from './cluster.ts';
import type { DeliveryCallback, RangeDelivery, Receiver, RecordDelivery } from './deliveries.ts';
import { BatchReceiver, callSafely, CallbackReceiver, SendReceiver } from './deliveries.ts';
import { abortedError, closedError, errorOfRefusal, toOdradekError } from './errors.ts';
import type { TopicView } from './metadata.ts';
import type { Partitioner } from './partitioner.ts';
import { partitionOfKey, StickyPartition } from './partitioner.ts';
import { ProduceLanes } from './produce-lanes.ts';
import type { ProducerRecord } from './producer-records.ts';
import { approximateBytes, toNewRecord } from './producer-records.ts';
import { newProducerId } from './producer-ids.ts';
import type { ProducerOptions, ProducerSettings } from './producer-options.ts';
import { settingsOf } from './producer-options.ts';
import type { Sequencing } from './sequences.ts';
import type { GroupOffset } from './group-offsets.ts';
import type { Transaction } from './transaction.ts';
import { TransactionSession } from './transaction-session.ts';
import type { Transport } from './transport.ts';
import type { CallOptions } from './waiting.ts';
import { limited, Signal } from './waiting.ts';

/** What became of one batch. */
export interface DeliveryReport {
  readonly topic: string;
  readonly partition: number;
  readonly baseOffset: number | null;
  readonly count: number;
  readonly bytes: number;
  readonly error: OdradekError | null;
}

/** What a producer is made of. */
export interface ProducerParts {
  readonly cluster: Cluster;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly clientId: string;
  readonly onClosed: (producer: Producer) => void;
}

interface TopicState {
  readonly name: string;
  view: TopicView;
  readonly queues: PartitionQueue<Receiver>[];
  readonly sticky: StickyPartition;
  readonly hasLeader: (partition: number) => boolean;
  /** Whether its last batch can still take records. */
  readonly isFilling: (partition: number) => boolean;
  bytesMax: number;
  /** Whether the cluster has said that it was deleted. */
  isGone: boolean;
}

/**
 * Writes records. Made by `client.producer()`; used from one event loop; ends with `close`.
 *
 * Records of a partition are written in the order in which they were given, also across retries. An
 * idempotent producer, which is the default, writes each once, whatever answers are lost and leaders
 * replaced; without, a retry after a lost answer may write a batch twice.
 */
export class Producer {
  readonly #parts: ProducerParts;
  readonly #clock: Clock;
  readonly #options: ProducerSettings;
  readonly #partitioner: Partitioner | null;
  readonly #onDelivery: ((report: DeliveryReport) => void) | null;
  readonly #accumulator: Accumulator<Receiver>;
  readonly #lanes: ProduceLanes;
  readonly #sealer: BatchSealer;
  /** Null without a transactional id. */
  readonly #session: TransactionSession | null;
  #isIdentifying = false;
  readonly #topics: Map<string, TopicState> = new Map();
  /** Calls that wait for a topic or for room, in turn; those behind them wait for them. */
  #waitingCount = 0;
  #waiting: Promise<void> = Promise.resolve();
  /** Topics that `post` has been called for and that are not known yet. */
  readonly #awaitedTopics: Set<string> = new Set();
  readonly #room = new Signal();
  readonly #settled = new Signal();
  #pumpScheduled = false;
  #timer: Timer | null = null;
  #timerAt = Infinity;
  readonly #topicTimers: Set<Timer> = new Set();
  /** The time, looked at once per turn and every so many records. */
  #now: Instant;
  #timestamp: Timestamp;
  #timeAge = 0;
  /** The first failure of records that nobody else was told about. */
  #unreported: OdradekError | null = null;
  readonly #unsubscribe: () => void;
  #closing: Promise<void> | null = null;
  #closed = false;
  readonly #stop = new AbortController();

  constructor(parts: ProducerParts, options: ProducerOptions) {
    this.#parts = parts;
    this.#clock = parts.clock;
    this.#partitioner = options.partitioner ?? null;
    this.#onDelivery = options.onDelivery ?? null;
    this.#options = settingsOf(options);
    const { transactionalId, transactionTimeoutMs, maxBlockMs } = this.#options;
    this.#accumulator = new Accumulator({
      ...this.#options,
      abandonAfterMs: ABANDON_AFTER_MS,
      sequencing: sequencingOf(this.#options),
      isAdmitted: (topic, partition) => this.#session?.isAdmitted(topic, partition) ?? true,
      random: parts.random,
      routeOf: (topic, partition) => parts.cluster.route(topic, partition),
    });
    this.#lanes = new ProduceLanes(
      parts.transport,
      {
        clientId: parts.clientId,
        acks: this.#options.acks,
        timeoutMs: this.#options.requestTimeoutMs,
        ...(transactionalId === null ? {} : { transactionalId }),
      },
      {
        onResult: (result) => this.#onResult(result),
        onSent: (id) => this.#settle(this.#accumulator.onAcknowledged(id, null, this.#clock.now())),
        onLost: (ids, error) => this.#onLost(ids, error),
        onTurnEnd: () => this.#pump(),
      },
    );
    this.#sealer = new BatchSealer({
      compression: this.#options.compression,
      transactional: transactionalId !== null,
      send: (attempts) => this.#sendSealed(attempts),
      fail: (attempt, error) => this.#onSealFailed(attempt, error),
    });
    this.#session =
      transactionalId === null
        ? null
        : new TransactionSession(parts, {
            transactionalId,
            transactionTimeoutMs,
            timeoutMs: maxBlockMs,
            identify: (identity) => this.#accumulator.identify(identity),
            onChange: () => this.#schedulePump(),
          });
    this.#now = this.#clock.now();
    this.#timestamp = this.#clock.timestamp();
    this.#unsubscribe = parts.cluster.onChange(() => this.#onClusterChange());
  }

  /** Bytes of records that wait to be sent or acknowledged. */
  get bufferedBytes(): number {
    return this.#accumulator.bufferedBytes;
  }

  /**
   * Sends one record; resolves when it is delivered as `acks` asks for. Waits for room in the buffer
   * up to `maxBlockMs` (`BUFFER_EXHAUSTED`). `timeoutMs` and `signal` end the waiting, not the write:
   * what has been taken into a batch may be written all the same.
   */
  send(topic: string, record: ProducerRecord, options: CallOptions = {}): Promise<RecordDelivery> {
    return this.#send(topic, record, options, null);
  }

  #send(
    topic: string,
    record: ProducerRecord,
    options: CallOptions,
    transaction: number | null,
  ): Promise<RecordDelivery> {
    const delivered = new Promise<RecordDelivery>((resolve, reject) => {
      this.#assertOpen(topic, transaction);
      const receiver = new SendReceiver(resolve, reject);
      if (this.#waitingCount === 0 && this.#tryAppend(topic, record, receiver)) {
        receiver.timestamp = timestampOf(record, this.#timestamp);
        return;
      }
      this.#inTurn(topic, options, () => {
        this.#session?.assertOpen(transaction);
        const taken = this.#tryAppend(topic, record, receiver);
        if (taken) receiver.timestamp = timestampOf(record, this.#timestamp);
        return taken;
      }).catch(reject);
    });
    return this.#limited(delivered, topic, options);
  }

  /**
   * Sends many records, each to its partition, with one promise for all: the quick way. Resolves when
   * the last is delivered, with a range per partition and batch; rejects with the first error, once
   * nothing is under way any more.
   */
  sendBatch(
    topic: string,
    records: Iterable<ProducerRecord>,
    options: CallOptions = {},
  ): Promise<RangeDelivery[]> {
    return this.#sendBatch(topic, records, options, null);
  }

  #sendBatch(
    topic: string,
    records: Iterable<ProducerRecord>,
    options: CallOptions,
    transaction: number | null,
  ): Promise<RangeDelivery[]> {
    const delivered = new Promise<RangeDelivery[]>((resolve, reject) => {
      this.#assertOpen(topic, transaction);
      const receiver = new BatchReceiver(resolve, reject);
      const iterator = records[Symbol.iterator]();
      let next = iterator.next();
      const takeAll = (): boolean => {
        this.#session?.assertOpen(transaction);
        while (next.done !== true) {
          if (!this.#tryAppend(topic, next.value, receiver)) return false;
          receiver.taken();
          next = iterator.next();
        }
        receiver.end();
        return true;
      };
      if (this.#waitingCount === 0 && takeAll()) return;
      this.#inTurn(topic, options, takeAll).catch((error: unknown) =>
        receiver.end(toOdradekError(error, { topic })),
      );
    });
    return this.#limited(delivered, topic, options);
  }

  /**
   * Sends a sealed record batch as it is, base offset 0, behind what the partition has been given.
   * Its bytes must not change until the promise settles.
   */
  sendEncoded(
    topic: string,
    partition: number,
    batch: Uint8Array,
    options: CallOptions = {},
  ): Promise<RangeDelivery> {
    return this.#sendEncoded({ topic, partition, batch }, options, null);
  }

  #sendEncoded(
    given: { readonly topic: string; readonly partition: number; readonly batch: Uint8Array },
    options: CallOptions,
    transaction: number | null,
  ): Promise<RangeDelivery> {
    const { topic, partition, batch } = given;
    const delivered = new Promise<RangeDelivery[]>((resolve, reject) => {
      this.#assertOpen(topic, transaction);
      const receiver = new BatchReceiver(resolve, reject);
      const count = recordsCountOf(batch, { topic, partition });
      const take = (): boolean => {
        this.#session?.assertOpen(transaction);
        const state = this.#topicState(topic);
        if (state === null) return false;
        const queue = this.#queue(state, partition);
        const taken = this.#accumulator.appendEncoded(queue, batch, count, receiver, this.#time());
        if (taken === null) return false;
        for (let index = 0; index < count; index++) receiver.taken();
        receiver.end();
        this.#schedulePump();
        return true;
      };
      if (this.#waitingCount === 0 && take()) return;
      this.#inTurn(topic, options, take).catch(reject);
    });
    const range = this.#limited(delivered, topic, options).then(([first]) => {
      if (first === undefined) throw new OdradekError('INVALID_RECORD', 'the batch has no records');
      return first;
    });
    if (this.#session !== null) range.catch(() => undefined);
    return range;
  }

  /**
   * Gives a record to the producer without a promise: the way of millions of records a second. False
   * if it was not taken, because the buffer is full or the topic is not known yet: `await ready()`,
   * and post it again. A failure goes to `onDelivered` of the record or else `onDelivery` of the
   * producer, or, with neither, is thrown by `flush` and `close`. Throws what no waiting mends.
   */
  post(topic: string, record: ProducerRecord, onDelivered?: DeliveryCallback): boolean {
    this.#assertOpen(topic, null);
    if (this.#waitingCount > 0) return false;
    const receiver = onDelivered === undefined ? null : new CallbackReceiver(onDelivered);
    if (this.#tryAppend(topic, record, receiver)) return true;
    if (!this.#topics.has(topic)) this.#awaitedTopics.add(topic);
    return false;
  }

  /** Until `post` is likely to take a record. Rejects if a topic that it was called for is not there. */
  async ready(options: CallOptions = {}): Promise<void> {
    const timeoutMs = options.timeoutMs ?? this.#options.maxBlockMs;
    for (const topic of [...this.#awaitedTopics]) {
      this.#awaitedTopics.delete(topic);
      await this.#parts.cluster.waitForTopic(topic, { ...options, timeoutMs });
    }
    const room = (async () => {
      while (this.#waitingCount > 0 || !this.#hasRoomAgain()) {
        if (this.#closed) throw closedError();
        await this.#room.next();
      }
    })();
    await limited(room, this.#clock, { ...options, timeoutMs }, () => this.#exhausted());
  }

  /**
   * Sends what waits, and resolves when everything that was given before has been delivered or has
   * failed. Rejects with the first failure that nobody else was told about.
   */
  async flush(options: CallOptions = {}): Promise<void> {
    await this.#flush(options);
    const error = this.#unreported;
    this.#unreported = null;
    if (error !== null) throw error;
  }

  /**
   * Calls `work` within a transaction: commits when it resolves, and returns what it returns; aborts
   * when it throws, or when anything that was sent has failed, and rejects with that. Rejects with
   * `PRODUCER_FENCED` or alike, for good, once another producer with the same transactional id has
   * begun; and with `REQUEST_TIMED_OUT`, which leaves the outcome open, if the coordinator cannot be
   * reached for too long: `commit` waits on.
   */
  async transaction<Value>(
    work: (transaction: Transaction) => Promise<Value> | Value,
    options: CallOptions = {},
  ): Promise<Value> {
    const session = this.#transactions();
    await this.begin(options);
    const { number } = session;
    let value: Value;
    try {
      value = await work(this.#transactionNumbered(number));
      await this.#assertDelivered(session, options);
    } catch (error) {
      await this.#abortBecause(session, options);
      throw error;
    }
    try {
      await session.end(true, { timeoutMs: this.#options.deliveryTimeoutMs, ...options });
    } catch (error) {
      // Refused, that is: while the outcome is not known, nothing is open.
      if (session.isOpen) await this.#abortBecause(session, options);
      throw error;
    }
    return value;
  }

  /** Begins a transaction: what is sent from here on is part of it, until `commit` or `abort`. */
  async begin(options: CallOptions = {}): Promise<void> {
    const session = this.#transactions();
    if (this.#closing !== null) throw closedError();
    await session.begin({ timeoutMs: this.#options.maxBlockMs, ...options });
  }

  /** As part of the open transaction: commits what a group has read. */
  sendOffsets(
    group: string,
    offsets: readonly GroupOffset[],
    options: CallOptions = {},
  ): Promise<void> {
    const session = this.#transactions();
    return session.sendOffsets(group, offsets, session.number, options);
  }

  /**
   * Commits the open transaction, once everything that was sent in it is delivered. Rejects with
   * `TRANSACTION_ABORTABLE` if something was not: then `abort` is what is left. After
   * `REQUEST_TIMED_OUT` the outcome is not known yet: call it again.
   */
  async commit(options: CallOptions = {}): Promise<void> {
    const session = this.#transactions();
    if (session.isOpen) await this.#assertDelivered(session, options);
    await session.end(true, { timeoutMs: this.#options.deliveryTimeoutMs, ...options });
  }

  /** Takes back everything that was sent in the open transaction. */
  async abort(options: CallOptions = {}): Promise<void> {
    const session = this.#transactions();
    if (session.isOpen) {
      const aborted = new OdradekError('TRANSACTION_ABORTABLE', 'the transaction was aborted');
      session.cancel();
      this.#failAll(() => aborted);
      await this.#waiting;
      this.#failAll(() => aborted);
      await session.settle();
    }
    await session.end(false, options);
  }

  #transactions(): TransactionSession {
    if (this.#session !== null) return this.#session;
    const message = 'transactions need a producer with a transactionalId';
    throw new OdradekError('INVALID_TXN_STATE', message);
  }

  #transactionNumbered(number: number): Transaction {
    return {
      send: (topic, record, options = {}) => this.#send(topic, record, options, number),
      sendBatch: (topic, records, options = {}) => this.#sendBatch(topic, records, options, number),
      sendEncoded: (topic, partition, batch, options = {}) =>
        this.#sendEncoded({ topic, partition, batch }, options, number),
      sendOffsets: (group, offsets, options = {}) => {
        const sent = this.#transactions().sendOffsets(group, offsets, number, options);
        sent.catch(() => undefined);
        return sent;
      },
    };
  }

  /** Until everything of the transaction is delivered. Throws if something is not. */
  async #assertDelivered(session: TransactionSession, options: CallOptions): Promise<void> {
    const limits = { timeoutMs: this.#options.deliveryTimeoutMs, ...options };
    await this.#flush(limits);
    await session.settle();
    session.assertSound();
  }

  /** Why it is aborted matters more than what the abort meets; that shows at the next `begin`. */
  async #abortBecause(session: TransactionSession, options: CallOptions): Promise<void> {
    if (session.isDead) return;
    const { timeoutMs = this.#options.maxBlockMs } = options;
    try {
      await this.abort({ timeoutMs });
    } catch (error) {
      session.onAbortFailed(toOdradekError(error));
    }
  }

  /** Who was fenced has nothing to take back: whoever took over has done it. */
  async #abortAtClose(session: TransactionSession, limits: CallOptions): Promise<void> {
    try {
      await this.abort(limits);
    } catch (error) {
      if (!session.isDead) throw error;
    }
  }

  #failAll(error: (batch: Batch<Receiver>) => OdradekError): void {
    for (const outcome of this.#accumulator.failAll(error)) this.#settle(outcome);
    this.#schedulePump();
  }

  /** Flushes, and ends. What is not delivered within `timeoutMs` (30 s) fails with `CLIENT_CLOSED`. */
  close(options: CallOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #assertOpen(topic: string, transaction: number | null): void {
    if (this.#closing !== null) throw closedError({ topic });
    this.#session?.assertOpen(transaction);
  }

  async #close(options: CallOptions): Promise<void> {
    try {
      const limits = { timeoutMs: this.#options.requestTimeoutMs, ...options };
      if (this.#session?.isOpen === true) await this.#abortAtClose(this.#session, limits);
      await this.flush(limits);
      // To give a stream up now would take back what has left this process and not been read.
      if (this.#options.acks === 0) await this.#endLanes(limits);
    } finally {
      this.#closed = true;
      this.#stop.abort();
      this.#session?.close();
      this.#unsubscribe();
      this.#timer?.cancel();
      for (const timer of this.#topicTimers) timer.cancel();
      for (const outcome of this.#accumulator.failAll((batch) => closedError(batch.queue))) {
        this.#settle(outcome);
      }
      this.#lanes.close();
      this.#room.fire();
      this.#settled.fire();
      this.#parts.onClosed(this);
    }
  }

  #endLanes(options: CallOptions): Promise<void> {
    return limited(this.#lanes.end(), this.#clock, options, () => {
      const message = `brokers have not read everything within ${options.timeoutMs} ms`;
      return new OdradekError('REQUEST_TIMED_OUT', message);
    });
  }

  async #flush(options: CallOptions): Promise<void> {
    const everything = (async () => {
      await this.#waiting;
      this.#accumulator.closeOpenBatches();
      const end = this.#accumulator.nextBatchId;
      this.#pump();
      while (!this.#accumulator.settledBefore(end)) await this.#settled.next();
    })();
    await limited(everything, this.#clock, options, () => {
      const message = `not everything was delivered within ${options.timeoutMs} ms`;
      return new OdradekError('REQUEST_TIMED_OUT', message);
    });
  }

  /** False if the buffer is full or the topic is not known. Throws what no waiting mends. */
  #tryAppend(topic: string, record: ProducerRecord, receiver: Receiver | null): boolean {
    const state = this.#topicState(topic);
    if (state === null || !this.#accumulator.hasRoom) return false;
    const queue = this.#queue(state, this.#choosePartition(state, record));
    const now = this.#time();
    const newRecord = toNewRecord(record, this.#timestamp);
    const batch = this.#accumulator.append(queue, newRecord, state.bytesMax, receiver, now);
    this.#schedulePump();
    return batch !== null;
  }

  #choosePartition(state: TopicState, record: ProducerRecord): number {
    const { partition, key } = record;
    if (partition !== undefined) return partition;
    const count = state.view.partitions.length;
    if (this.#partitioner !== null) return this.#partitioner(state.name, record, count);
    if (key !== undefined && key !== null) return partitionOfKey(key, count);
    return state.sticky.next(approximateBytes(record), count, state.hasLeader, state.isFilling);
  }

  #queue(state: TopicState, partition: number): PartitionQueue<Receiver> {
    const known = state.queues[partition];
    if (known !== undefined) return known;
    const count = state.view.partitions.length;
    if (!Number.isInteger(partition) || partition < 0 || partition >= count) {
      throw new OdradekError(
        'UNKNOWN_TOPIC_OR_PARTITION',
        `${state.name} has ${count} partitions, from 0; there is no partition ${partition}`,
        { topic: state.name, partition },
      );
    }
    const queue = this.#accumulator.queue(state.name, partition);
    state.queues[partition] = queue;
    return queue;
  }

  /** Null while the topic is not known. */
  #topicState(name: string): TopicState | null {
    const known = this.#topics.get(name);
    if (known !== undefined) return known;
    const { cluster, random } = this.#parts;
    cluster.want(name);
    const view = cluster.topic(name);
    if (view === null) return null;
    const state: TopicState = {
      name,
      view,
      queues: [],
      sticky: new StickyPartition(this.#options.stickyBytes, random),
      hasLeader: (partition) => state.view.partitions[partition]?.leader !== null,
      isFilling: (partition) => state.queues[partition]?.batches.at(-1)?.closed === false,
      bytesMax: batchBytesMax(this.#options.batchBytes, view),
      isGone: false,
    };
    this.#topics.set(name, state);
    return state;
  }

  /**
   * Calls `take` until it returns true: when its turn has come, the topic is known and there is room.
   * Calls that wait keep their order.
   */
  #inTurn(topic: string, options: CallOptions, take: () => boolean): Promise<void> {
    const { maxBlockMs } = this.#options;
    const timeoutMs = Math.min(options.timeoutMs ?? maxBlockMs, maxBlockMs);
    const deadline = this.#clock.now() + timeoutMs;
    this.#waitingCount++;
    const turn = this.#waiting.then(async () => {
      try {
        await this.#takeWithin(topic, deadline, options.signal, take);
      } finally {
        this.#waitingCount--;
        if (this.#waitingCount === 0) this.#room.fire();
      }
    });
    this.#waiting = turn.catch(() => undefined);
    return turn;
  }

  async #takeWithin(
    topic: string,
    deadline: number,
    signal: AbortSignal | undefined,
    take: () => boolean,
  ): Promise<void> {
    const { cluster } = this.#parts;
    const stop =
      signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]);
    for (;;) {
      if (this.#closed) throw closedError({ topic });
      if (signal?.aborted === true) throw abortedError(signal, { topic });
      const timeoutMs = Math.max(0, deadline - this.#clock.now());
      try {
        if (!this.#topics.has(topic)) {
          await cluster.waitForTopic(topic, { timeoutMs, signal: stop });
        }
        // What is taken now would be delivered by nobody.
        if (this.#closed) throw closedError({ topic });
        if (take()) return;
        if (!this.#accumulator.hasRoom) {
          await limited(this.#room.next(), this.#clock, { timeoutMs, signal: stop }, () =>
            this.#exhausted(topic),
          );
        }
      } catch (error) {
        // One signal stands for the caller's and ours: an abort by the close is no caller's.
        throw this.#closed ? closedError({ topic }) : error;
      }
    }
  }

  #exhausted(topic?: string): OdradekError {
    return new OdradekError(
      'BUFFER_EXHAUSTED',
      `${this.bufferedBytes} bytes wait to be delivered, and none of them was within ${this.#options.maxBlockMs} ms`,
      topic === undefined ? {} : { topic },
    );
  }

  #limited<Value>(work: Promise<Value>, topic: string, options: CallOptions): Promise<Value> {
    const result = limited(
      work,
      this.#clock,
      options,
      () =>
        new OdradekError(
          'REQUEST_TIMED_OUT',
          `not delivered within ${options.timeoutMs} ms; it may be all the same`,
          { topic },
        ),
    );
    // In a transaction nobody needs to wait for it: the commit tells.
    if (this.#session !== null) result.catch(() => undefined);
    return result;
  }

  #time(): Instant {
    if (this.#timeAge-- <= 0) this.#lookAtClock();
    return this.#now;
  }

  #lookAtClock(): void {
    this.#timeAge = RECORDS_PER_CLOCK_LOOK;
    this.#now = this.#clock.now();
    this.#timestamp = this.#clock.timestamp();
  }

  #schedulePump(): void {
    if (this.#pumpScheduled) return;
    this.#pumpScheduled = true;
    // Behind what runs now, so that records that are given in one go share a batch.
    queueMicrotask(() => {
      this.#pumpScheduled = false;
      if (!this.#closed) this.#pump();
    });
  }

  /** Lets the accumulator do what is due, sends what may be sent, and sets the timer for the rest. */
  #pump(): void {
    this.#lookAtClock();
    const { outcomes, unanswered } = this.#accumulator.expire(this.#now);
    for (const outcome of outcomes) this.#settle(outcome);
    for (const attempt of unanswered) this.#onUnanswered(attempt);
    const failed = this.#session?.cause ?? null;
    if (failed !== null && !this.#accumulator.isEmpty) this.#failAll(() => failed);
    const { attempts, leaderMissing, identityMissing } = this.#accumulator.drain(this.#now);
    if (leaderMissing) void this.#parts.cluster.refresh();
    if (identityMissing) void this.#identify();
    if (attempts.length > 0) this.#sealer.sealAndSend(attempts);
    this.#setTimer();
    // The next records are of another turn.
    this.#timeAge = 0;
    if (this.#room.hasWaiters && this.#hasRoomAgain()) this.#room.fire();
  }

  #onSealFailed(attempt: Attempt<Receiver>, error: unknown): void {
    if (this.#closed) return;
    const failure = toOdradekError(error, attempt.batch.queue);
    const now = this.#clock.now();
    this.#settle(this.#accumulator.onFailed(attempt.correlationId, failure, false, now));
    this.#schedulePump();
  }

  /** Gets an id to write under. Until there is one, what waits for it is bounded by its own time. */
  async #identify(): Promise<void> {
    if (this.#isIdentifying) return;
    this.#isIdentifying = true;
    try {
      const { deliveryTimeoutMs } = this.#options;
      this.#accumulator.identify(
        await newProducerId(this.#parts, deliveryTimeoutMs, this.#stop.signal),
      );
    } catch (thrown) {
      if (this.#closed) return;
      const error = toOdradekError(thrown);
      for (const outcome of this.#accumulator.failAll(() => error)) this.#settle(outcome);
    } finally {
      this.#isIdentifying = false;
    }
    this.#schedulePump();
  }

  #sendSealed(attempts: readonly Attempt<Receiver>[]): void {
    if (attempts.length === 0 || this.#closed) return;
    const { cluster } = this.#parts;
    this.#lanes.send(attempts, (topic) => cluster.topic(topic)?.topicId ?? null);
  }

  #onResult({ correlationId, result, leader }: AppendResult): void {
    if (result.ok) {
      const now = this.#clock.now();
      this.#settle(this.#accumulator.onAcknowledged(correlationId, result.baseOffset, now));
      return;
    }
    const place = this.#accumulator.placeOf(correlationId);
    if (place === null) return;
    const { cluster } = this.#parts;
    const error = errorOfRefusal(result.refusal, place);
    const rerouted =
      error.retriable &&
      leader !== null &&
      cluster.onLeaderHint(place.topic, place.partition, leader);
    if (error.retriable && !rerouted) void cluster.refresh();
    this.#settle(this.#accumulator.onFailed(correlationId, error, rerouted, this.#clock.now()));
  }

  #onLost(correlationIds: readonly number[], error: OdradekError): void {
    const now = this.#clock.now();
    for (const id of correlationIds) {
      this.#settle(this.#accumulator.onFailed(id, error, false, now));
    }
    if (correlationIds.length > 0 && !this.#closed) void this.#parts.cluster.refresh();
  }

  #onUnanswered(attempt: Attempt<Receiver>): void {
    const { address } = attempt.route;
    const error = new OdradekError(
      'REQUEST_TIMED_OUT',
      `${address} has not answered within ${this.#options.requestTimeoutMs} ms`,
    );
    this.#lanes.reset(address, error);
    // If it was never sent, its lane does not know it.
    const now = this.#clock.now();
    this.#settle(this.#accumulator.onFailed(attempt.correlationId, error, false, now));
  }

  #onClusterChange(): void {
    const { cluster } = this.#parts;
    for (const state of this.#topics.values()) {
      const view = cluster.topic(state.name);
      if (view === null) {
        if (!state.isGone) this.#onTopicGone(state);
        continue;
      }
      state.isGone = false;
      state.view = view;
      state.bytesMax = batchBytesMax(this.#options.batchBytes, view);
    }
    this.#accumulator.onRoutesChanged(this.#clock.now());
    this.#schedulePump();
  }

  /** Waits a little for it to be created again, and then fails what is meant for it. */
  #onTopicGone(state: TopicState): void {
    state.isGone = true;
    const timer = this.#clock.setTimer(TOPIC_GONE_MS, () => {
      this.#topicTimers.delete(timer);
      if (!state.isGone || this.#closed) return;
      const { name } = state;
      this.#topics.delete(name);
      const code = 'UNKNOWN_TOPIC_OR_PARTITION';
      const outcomes = this.#accumulator.failAll(
        (batch) => new OdradekError(code, `the topic ${name} was deleted`, batch.queue),
        name,
      );
      for (const outcome of outcomes) this.#settle(outcome);
      this.#schedulePump();
    });
    this.#topicTimers.add(timer);
  }

  #settle(outcome: Outcome<Receiver> | null): void {
    if (outcome === null) return;
    const { batch } = outcome;
    let told = 0;
    for (const delivery of batch.deliveries) {
      told += delivery.count;
      if (outcome.kind === 'delivered') {
        delivery.token.delivered(batch, delivery, outcome.baseOffset);
      } else {
        delivery.token.failed(batch, delivery, placed(outcome.error, batch));
      }
    }
    if (outcome.kind === 'failed') this.#session?.onBatchFailed(outcome.error);
    const onDelivery = this.#onDelivery;
    if (onDelivery !== null) callSafely(() => onDelivery(reportOf(outcome)));
    else if (outcome.kind === 'failed' && told < batch.recordsCount && this.#session === null) {
      this.#unreported ??= placed(outcome.error, batch);
    }
    if (this.#settled.hasWaiters) this.#settled.fire();
  }

  /** Some way below the limit, so that whoever waits can give a good many records at once. */
  #hasRoomAgain(): boolean {
    const { maxBufferBytes, batchBytes } = this.#options;
    return this.bufferedBytes <= maxBufferBytes - Math.min(batchBytes, maxBufferBytes / 4);
  }

  #setTimer(): void {
    const wake = this.#accumulator.nextWake();
    if (wake === null || wake >= this.#timerAt) {
      // An earlier timer does no harm: it looks, and sets the next one.
      return;
    }
    this.#timer?.cancel();
    this.#timerAt = wake;
    this.#timer = this.#clock.setTimer(Math.max(0, wake - this.#now), () => {
      this.#timer = null;
      this.#timerAt = Infinity;
      if (!this.#closed) this.#pump();
    });
  }
}

/** How long an old leader may still answer after a new one has become known. */
const ABANDON_AFTER_MS = 250;
/** How long a topic that was deleted may be missing before what is meant for it fails. */
const TOPIC_GONE_MS = 3000;
/** A record costs less than a look at two clocks. */
const RECORDS_PER_CLOCK_LOOK = 256;

function sequencingOf({ idempotent, transactionalId }: ProducerSettings): Sequencing {
  if (transactionalId !== null) return 'transactional';
  return idempotent ? 'idempotent' : 'none';
}

function batchBytesMax(batchBytes: number, view: TopicView): number {
  const allowed = Number(view.effectiveSettings['max.message.bytes']);
  return Number.isSafeInteger(allowed) && allowed > 0 ? Math.min(batchBytes, allowed) : batchBytes;
}

function timestampOf(record: ProducerRecord, present: number): number {
  const { timestamp } = record;
  if (timestamp === undefined) return present;
  return typeof timestamp === 'number' ? timestamp : timestamp.getTime();
}

/** As the header says. Whatever else is wrong with the batch, the broker finds out. */
function recordsCountOf(
  batch: Uint8Array,
  place: { readonly topic: string; readonly partition: number },
): number {
  if (batch.length < BATCH_OVERHEAD) {
    const message = `${batch.length} bytes are fewer than a batch header has`;
    throw new OdradekError('CORRUPT_MESSAGE', message, place);
  }
  const count = batchRecordsCount(batch);
  if (count >= 1) return count;
  throw new OdradekError('INVALID_RECORD', `the batch says that it has ${count} records`, place);
}

/** An error of a whole stream says nothing of topic and partition. */
function placed(error: OdradekError, batch: Batch<Receiver>): OdradekError {
  if (error.topic !== undefined) return error;
  const { topic, partition } = batch.queue;
  return new OdradekError(error.code, error.message, { topic, partition, cause: error });
}

function reportOf(outcome: Outcome<Receiver>): DeliveryReport {
  const { batch } = outcome;
  const { topic, partition } = batch.queue;
  return {
    topic,
    partition,
    baseOffset: outcome.kind === 'delivered' ? outcome.baseOffset : null,
    count: batch.recordsCount,
    bytes: batch.bytes,
    error: outcome.kind === 'delivered' ? null : placed(outcome.error, batch),
  };
}
