import { assert } from '../base/assert.ts';
import { ERRORS, OdradekError } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';
import type { Instant } from '../base/ids.ts';
import { instantAfter } from '../base/ids.ts';
import type { Random } from '../base/random.ts';
import type { NewRecord } from '../record/index.ts';
import { RecordBatchBuilder } from '../record/index.ts';
import type { Route } from './metadata.ts';
import type { BackoffOptions } from './retry.ts';
import { backoffMs } from './retry.ts';

/**
 * Until batches carry sequence numbers, a second one in flight could overtake a first one that is
 * refused and retried.
 */
export const IN_FLIGHT_BATCHES_PER_PARTITION_MAX = 1;

export interface AccumulatorOptions {
  /** How long a batch waits for more records; 0: only while another one of its partition is under way. */
  readonly lingerMs: number;
  readonly maxBufferBytes: number;
  readonly deliveryTimeoutMs: number;
  /** How long one attempt may take before its stream is given up. */
  readonly requestTimeoutMs: number;
  /** How long an old leader may still answer once there is a newer one elsewhere. */
  readonly abandonAfterMs: number;
  readonly retryBackoff: BackoffOptions;
  readonly random: Random;
  readonly routeOf: (topic: string, partition: number) => Route | null;
}

/** Consecutive records of a batch that one caller waits for. */
export interface Delivery<Token> {
  readonly firstIndex: number;
  count: number;
  readonly token: Token;
}

/** Records of one partition that are written together, or were given as an encoded batch. */
export interface Batch<Token> {
  /** In the order in which batches were begun. */
  readonly id: number;
  readonly queue: PartitionQueue<Token>;
  /** Null for a batch that came encoded. */
  readonly builder: RecordBatchBuilder | null;
  /** What is sent, once sealed; the same bytes at every attempt. */
  encoded: Uint8Array | null;
  recordsCount: number;
  /** What it counts in the buffer. */
  bytes: number;
  readonly createdAt: Instant;
  readonly deadline: Instant;
  /** Takes no more records. */
  closed: boolean;
  attempts: number;
  /** Where the last attempt went. */
  lastRoute: Route | null;
  lastError: OdradekError | null;
  readonly deliveries: Delivery<Token>[];
}

/** One partition's batches, in the order in which they are written. */
export interface PartitionQueue<Token> {
  readonly topic: string;
  readonly partition: number;
  /** The first is the one that is under way or comes next; only the last is open. */
  readonly batches: Batch<Token>[];
  attempt: Attempt<Token> | null;
  /** Not before this. */
  retryAt: number;
  /** In a row, of looking for a leader. */
  routeFailures: number;
  /** The size of the last batch: what room the next one begins with. */
  lastBytes: number;
}

/** One batch on its way to one broker. */
export interface Attempt<Token> {
  /** Unique for each attempt, so that answers to earlier ones are recognised. */
  readonly correlationId: number;
  readonly batch: Batch<Token>;
  readonly route: Route;
  readonly sentAt: Instant;
  /** When to stop waiting for a leader that has been replaced; 0: it is the leader still. */
  abandonAt: number;
}

/** What became of a batch. It has left the accumulator. */
export type Outcome<Token> =
  | {
      readonly kind: 'delivered';
      readonly batch: Batch<Token>;
      /** Null with acks 0. */
      readonly baseOffset: number | null;
    }
  | { readonly kind: 'failed'; readonly batch: Batch<Token>; readonly error: OdradekError };

/** What time has brought about. */
export interface Expired<Token> {
  readonly outcomes: Outcome<Token>[];
  /** Attempts that went unanswered for too long: their streams are to be given up. */
  readonly unanswered: Attempt<Token>[];
}

export interface Drained<Token> {
  readonly attempts: Attempt<Token>[];
  /** A partition had no leader. */
  readonly leaderMissing: boolean;
}

/**
 * What a producer decides: which records go into which batch, when a batch is sent, whether it is
 * sent again, and when it is given up. A machine: it is told the time, and does no I/O. The producer
 * owns it and calls it from one event loop.
 *
 * For each partition the batches are a queue of which at most one, the first, is under way, so retries
 * keep the order. What is buffered is bounded by `maxBufferBytes`, exceeded by one record at most.
 */
export class Accumulator<Token> {
  readonly #options: AccumulatorOptions;
  /** Queues with batches and none under way, in turn. */
  readonly #pending: Set<PartitionQueue<Token>> = new Set();
  readonly #attempts: Map<number, Attempt<Token>> = new Map();
  /** Ids of batches that have had no outcome, oldest first. */
  readonly #unsettled: Set<number> = new Set();
  #bufferedBytes = 0;
  #nextBatchId = 0;
  #nextCorrelationId = 1;
  /** Buffers of batches that nobody holds any more, to be written again. */
  readonly #recycled: Uint8Array[] = [];

  constructor(options: AccumulatorOptions) {
    this.#options = options;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  get inFlightCount(): number {
    return this.#attempts.size;
  }

  get isEmpty(): boolean {
    return this.#unsettled.size === 0;
  }

  /** Whether `append` would take a record now. */
  get hasRoom(): boolean {
    return this.#bufferedBytes < this.#options.maxBufferBytes;
  }

  /** The id that the next batch will have: those before it are what `settledBefore` asks about. */
  get nextBatchId(): number {
    return this.#nextBatchId;
  }

  /** The partition of an attempt that is under way; null for an earlier one. */
  placeOf(correlationId: number): { readonly topic: string; readonly partition: number } | null {
    const attempt = this.#attempts.get(correlationId);
    if (attempt === undefined) return null;
    const { topic, partition } = attempt.batch.queue;
    return { topic, partition };
  }

  /** Whether every batch with an id below `id` has had its outcome. */
  settledBefore(id: number): boolean {
    for (const oldest of this.#unsettled) return oldest >= id;
    return true;
  }

  queue(topic: string, partition: number): PartitionQueue<Token> {
    return {
      topic,
      partition,
      batches: [],
      attempt: null,
      retryAt: 0,
      routeFailures: 0,
      lastBytes: 0,
    };
  }

  /**
   * Puts a record into the open batch of a partition, or into another of up to `bytesMax`; null, and
   * nothing changed, when the buffer is full. `token` is whom its delivery is reported to; null for
   * nobody.
   */
  append(
    queue: PartitionQueue<Token>,
    record: NewRecord,
    bytesMax: number,
    token: Token | null,
    now: Instant,
  ): Batch<Token> | null {
    if (this.#bufferedBytes >= this.#options.maxBufferBytes) return null;
    let batch = queue.batches.at(-1);
    let builder = batch === undefined || batch.closed ? null : batch.builder;
    if (batch === undefined || builder === null || !builder.append(record)) {
      if (batch !== undefined) batch.closed = true;
      builder = this.#newBuilder(queue, bytesMax);
      const taken = builder.append(record);
      assert(taken, 'the first record of a batch is always taken');
      batch = this.#begin(queue, builder, now);
    }
    const added = builder.bytes - batch.bytes;
    batch.bytes = builder.bytes;
    this.#bufferedBytes += added;
    const index = batch.recordsCount++;
    if (batch.bytes >= builder.bytesMax) batch.closed = true;
    if (token !== null) addDelivery(batch, index, token);
    return batch;
  }

  /** Puts a sealed batch behind those of its partition; null when the buffer is full. */
  appendEncoded(
    queue: PartitionQueue<Token>,
    encoded: Uint8Array,
    recordsCount: number,
    token: Token | null,
    now: Instant,
  ): Batch<Token> | null {
    if (this.#bufferedBytes >= this.#options.maxBufferBytes) return null;
    const last = queue.batches.at(-1);
    if (last !== undefined) last.closed = true;
    const batch = this.#begin(queue, null, now);
    batch.closed = true;
    batch.encoded = encoded;
    batch.recordsCount = recordsCount;
    batch.bytes = encoded.length;
    this.#bufferedBytes += batch.bytes;
    if (token !== null) batch.deliveries.push({ firstIndex: 0, count: recordsCount, token });
    return batch;
  }

  /** Closes every open batch, so that it is sent as soon as it may be. */
  closeOpenBatches(): void {
    for (const queue of this.#pending) closeLast(queue);
    for (const attempt of this.#attempts.values()) closeLast(attempt.batch.queue);
  }

  /** Everything that may be sent now. Each attempt is under way from here on. */
  drain(now: Instant): Drained<Token> {
    const attempts: Attempt<Token>[] = [];
    let leaderMissing = false;
    for (const queue of this.#pending) {
      const batch = queue.batches[0];
      assert(batch !== undefined, 'a pending queue has a batch');
      if (queue.retryAt > now || !this.#isRipe(batch, now)) continue;
      const route = this.#options.routeOf(queue.topic, queue.partition);
      if (route === null) {
        leaderMissing = true;
        queue.routeFailures++;
        queue.retryAt = now + this.#backoff(queue.routeFailures);
        batch.lastRoute = null;
        continue;
      }
      attempts.push(this.#start(batch, route, now));
    }
    return { attempts, leaderMissing };
  }

  /** The broker has taken the batch (or, with acks 0, the transport has). Null: an earlier attempt. */
  onAcknowledged(correlationId: number, baseOffset: number | null): Outcome<Token> | null {
    const attempt = this.#finish(correlationId);
    if (attempt === null) return null;
    const { batch } = attempt;
    this.#remove(batch);
    // A batch that was sent once and is acknowledged has been serialised: nobody reads it any more.
    // One that was sent twice may still wait in the queue of a stream that has been given up.
    if (batch.attempts === 1 && batch.builder !== null && batch.encoded !== null) {
      this.#recycle(batch.encoded);
    }
    return { kind: 'delivered', batch, baseOffset };
  }

  /**
   * An attempt was refused, or its stream broke. A retriable error keeps the batch at the front of
   * its partition; `rerouted` says that a newer leader is known, so that it need not wait.
   */
  onFailed(
    correlationId: number,
    error: OdradekError,
    rerouted: boolean,
    now: Instant,
  ): Outcome<Token> | null {
    const attempt = this.#finish(correlationId);
    if (attempt === null) return null;
    const { batch } = attempt;
    batch.lastError = error;
    if (!error.retriable) {
      this.#remove(batch);
      return { kind: 'failed', batch, error };
    }
    const { queue } = batch;
    queue.retryAt = rerouted ? now : now + this.#backoff(batch.attempts);
    this.#pending.add(queue);
    return null;
  }

  /** Leaders have changed: what waits for one need not wait longer. */
  onRoutesChanged(now: Instant): void {
    for (const attempt of this.#attempts.values()) {
      const { topic, partition } = attempt.batch.queue;
      if (attempt.abandonAt !== 0) continue;
      const route = this.#options.routeOf(topic, partition);
      if (
        route !== null &&
        route.leaderEpoch > attempt.route.leaderEpoch &&
        route.brokerId !== attempt.route.brokerId
      ) {
        attempt.abandonAt = now + this.#options.abandonAfterMs;
      }
    }
    for (const queue of this.#pending) {
      if (queue.retryAt <= now) continue;
      const route = this.#options.routeOf(queue.topic, queue.partition);
      if (route !== null && !sameRoute(route, queue.batches[0]?.lastRoute ?? null)) {
        queue.retryAt = now;
      }
    }
  }

  /** Gives up what has run out of time, and wakes attempts whose leader has been replaced. */
  expire(now: Instant): Expired<Token> {
    const outcomes: Outcome<Token>[] = [];
    const unanswered: Attempt<Token>[] = [];
    for (const attempt of [...this.#attempts.values()]) {
      const { batch } = attempt;
      if (batch.deadline <= now) {
        this.#finish(attempt.correlationId);
        this.#remove(batch);
        outcomes.push({ kind: 'failed', batch, error: timedOut(batch) });
      } else if (attempt.sentAt + this.#options.requestTimeoutMs <= now) {
        unanswered.push(attempt);
      } else if (attempt.abandonAt !== 0 && attempt.abandonAt <= now) {
        this.#finish(attempt.correlationId);
        batch.queue.retryAt = now;
        this.#pending.add(batch.queue);
      }
    }
    for (const queue of [...this.#pending]) {
      for (let batch = queue.batches[0]; batch !== undefined && batch.deadline <= now;) {
        this.#remove(batch);
        outcomes.push({ kind: 'failed', batch, error: timedOut(batch) });
        batch = queue.batches[0];
      }
    }
    return { outcomes, unanswered };
  }

  /** Gives up every batch, or those of one topic. */
  failAll(error: (batch: Batch<Token>) => OdradekError, topic?: string): Outcome<Token>[] {
    const queues = new Set(this.#pending);
    for (const attempt of this.#attempts.values()) queues.add(attempt.batch.queue);
    const outcomes: Outcome<Token>[] = [];
    for (const queue of queues) {
      if (topic !== undefined && queue.topic !== topic) continue;
      if (queue.attempt !== null) this.#finish(queue.attempt.correlationId);
      for (const batch of [...queue.batches]) {
        this.#remove(batch);
        outcomes.push({ kind: 'failed', batch, error: error(batch) });
      }
    }
    return outcomes;
  }

  /** When `drain` or `expire` has something to do that it has not now; null: never by itself. */
  nextWake(): Instant | null {
    let earliest = Infinity;
    for (const attempt of this.#attempts.values()) {
      earliest = Math.min(
        earliest,
        attempt.batch.deadline,
        attempt.sentAt + this.#options.requestTimeoutMs,
        attempt.abandonAt === 0 ? Infinity : attempt.abandonAt,
      );
    }
    for (const queue of this.#pending) {
      const batch = queue.batches[0];
      if (batch === undefined) continue;
      const ripeAt = batch.closed ? 0 : batch.createdAt + this.#options.lingerMs;
      earliest = Math.min(earliest, batch.deadline, Math.max(queue.retryAt, ripeAt));
    }
    return earliest === Infinity ? null : (earliest as Instant);
  }

  #newBuilder(queue: PartitionQueue<Token>, bytesMax: number): RecordBatchBuilder {
    // As large as the last batch and a little: enough for a steady stream, not too much for a trickle.
    const initialBytes = Math.min(bytesMax, Math.max(MIN_BUILDER_BYTES, queue.lastBytes * 1.25));
    const recycled = this.#recycled.at(-1);
    if (recycled === undefined || recycled.length < initialBytes) {
      return new RecordBatchBuilder({ bytesMax, initialBytes: Math.ceil(initialBytes) });
    }
    this.#recycled.pop();
    const builder = new RecordBatchBuilder({ bytesMax, initialBytes: 0 });
    builder.reset(recycled);
    return builder;
  }

  #recycle(encoded: Uint8Array): void {
    if (this.#recycled.length >= RECYCLED_MAX || encoded.buffer.byteLength < RECYCLED_BYTES_MIN) {
      return;
    }
    this.#recycled.push(new Uint8Array(encoded.buffer));
  }

  #begin(
    queue: PartitionQueue<Token>,
    builder: RecordBatchBuilder | null,
    now: Instant,
  ): Batch<Token> {
    const batch: Batch<Token> = {
      id: this.#nextBatchId++,
      queue,
      builder,
      encoded: null,
      recordsCount: 0,
      bytes: 0,
      createdAt: now,
      deadline: instantAfter(now, this.#options.deliveryTimeoutMs),
      closed: false,
      attempts: 0,
      lastRoute: null,
      lastError: null,
      deliveries: [],
    };
    queue.batches.push(batch);
    this.#unsettled.add(batch.id);
    if (queue.attempt === null) this.#pending.add(queue);
    return batch;
  }

  #isRipe(batch: Batch<Token>, now: Instant): boolean {
    return batch.closed || now >= batch.createdAt + this.#options.lingerMs;
  }

  #start(batch: Batch<Token>, route: Route, now: Instant): Attempt<Token> {
    const { queue } = batch;
    assert(
      (queue.attempt === null ? 0 : 1) < IN_FLIGHT_BATCHES_PER_PARTITION_MAX,
      'a partition has no more batches under way than keep their order',
    );
    const attempt: Attempt<Token> = {
      correlationId: this.#nextCorrelationId++,
      batch,
      route,
      sentAt: now,
      abandonAt: 0,
    };
    batch.closed = true;
    batch.attempts++;
    batch.lastRoute = route;
    queue.attempt = attempt;
    queue.routeFailures = 0;
    this.#pending.delete(queue);
    this.#attempts.set(attempt.correlationId, attempt);
    return attempt;
  }

  #finish(correlationId: number): Attempt<Token> | null {
    const attempt = this.#attempts.get(correlationId);
    if (attempt === undefined) return null;
    this.#attempts.delete(correlationId);
    attempt.batch.queue.attempt = null;
    return attempt;
  }

  /** Takes a batch that is not under way, the first of its queue, out of the accumulator. */
  #remove(batch: Batch<Token>): void {
    const { queue } = batch;
    assert(queue.batches[0] === batch, 'batches of a partition are settled in their order');
    queue.batches.shift();
    queue.lastBytes = batch.bytes;
    queue.retryAt = 0;
    this.#bufferedBytes -= batch.bytes;
    this.#unsettled.delete(batch.id);
    if (queue.batches.length === 0) this.#pending.delete(queue);
    else this.#pending.add(queue);
  }

  #backoff(failures: number): number {
    return backoffMs(this.#options.retryBackoff, failures, this.#options.random);
  }
}

/** Room for a few small records. */
const MIN_BUILDER_BYTES = 4096;
/** Larger buffers come from the operating system page by page, which is what recycling saves. */
const RECYCLED_BYTES_MIN = 64 * 1024;
const RECYCLED_MAX = 8;

function addDelivery<Token>(batch: Batch<Token>, index: number, token: Token): void {
  const last = batch.deliveries.at(-1);
  if (last !== undefined && last.token === token && last.firstIndex + last.count === index) {
    last.count++;
  } else {
    batch.deliveries.push({ firstIndex: index, count: 1, token });
  }
}

function closeLast<Token>(queue: PartitionQueue<Token>): void {
  const last = queue.batches.at(-1);
  if (last !== undefined) last.closed = true;
}

function sameRoute(a: Route, b: Route | null): boolean {
  return (
    b !== null &&
    a.brokerId === b.brokerId &&
    a.leaderEpoch === b.leaderEpoch &&
    a.address === b.address
  );
}

function timedOut<Token>(batch: Batch<Token>): OdradekError {
  const code: ErrorCode = 'DELIVERY_TIMED_OUT';
  const { topic, partition } = batch.queue;
  const why = batch.lastError === null ? '' : `; the last error was ${batch.lastError.code}`;
  const message =
    batch.attempts === 0
      ? 'the batch could not be sent within the delivery timeout; nothing was written'
      : `${ERRORS[code].message}${why}`;
  return new OdradekError(code, message, { topic, partition, cause: batch.lastError ?? undefined });
}
