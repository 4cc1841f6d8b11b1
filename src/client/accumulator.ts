import { assert } from '../base/assert.ts';
import { OdradekError } from '../base/errors.ts';
import type { Instant } from '../base/ids.ts';
import { instantAfter } from '../base/ids.ts';
import type { Random } from '../base/random.ts';
import type { NewRecord } from '../record/index.ts';
import { BatchBuffers } from './batch-buffers.ts';
import type { Attempt, Batch, Outcome, PartitionQueue } from './batches.ts';
import { addDelivery, closeLast, finalError, timedOut } from './batches.ts';
import { NotConnected } from './errors.ts';
import type { Route } from './metadata.ts';
import type { BackoffOptions } from './retry.ts';
import { backoffMs } from './retry.ts';
import type { ProducerIdentity, Sequencing } from './sequences.ts';
import { PartitionSequence } from './sequences.ts';

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
  readonly sequencing: Sequencing;
  /** How many batches of a partition may be under way; 1 unless they have sequences. */
  readonly maxInFlight: number;
  readonly random: Random;
  readonly routeOf: (topic: string, partition: number) => Route | null;
  /**
   * Whether a partition may be written to yet, as part of a transaction. One that may not is asked
   * about at every `drain`.
   */
  readonly isAdmitted?: (topic: string, partition: number) => boolean;
}

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
  /** Something could be sent if there were a producer id: `identify` is to be called. */
  readonly identityMissing: boolean;
}

/**
 * What a producer decides: which records go into which batch, when a batch is sent, whether it is
 * sent again, and when it is given up. A machine: it is told the time, and does no I/O. The producer
 * owns it and calls it from one event loop.
 *
 * For each partition the batches are a queue, of which the first `maxInFlight` may be under way. Each
 * has a sequence number from its first attempt on, by which its leader knows it again and takes it in
 * its turn only. So whatever is refused or lost is sent again in order: the first of what is not
 * settled at once, and one behind it once the one before it has been sent again. Without sequences
 * one batch is under way at most, and retries keep the order, too, but may write twice.
 *
 * What is buffered is bounded by `maxBufferBytes`, exceeded by one record at most.
 */
export class Accumulator<Token> {
  readonly #options: AccumulatorOptions;
  /** Queues with batches. */
  readonly #active: Set<PartitionQueue<Token>> = new Set();
  readonly #attempts: Map<number, Attempt<Token>> = new Map();
  /** Ids of batches that have had no outcome, oldest first. */
  readonly #unsettled: Set<number> = new Set();
  /** By topic and partition, for as long as the producer lives. */
  readonly #sequences: Map<string, PartitionSequence> = new Map();
  readonly #buffers = new BatchBuffers();
  #identity: ProducerIdentity | null = null;
  #bufferedBytes = 0;
  #nextBatchId = 0;
  #nextCorrelationId = 1;

  constructor(options: AccumulatorOptions) {
    assert(
      options.sequencing !== 'none' || options.maxInFlight === 1,
      'without sequences a second batch under way could overtake the first',
    );
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

  /** Who writes what is given a sequence from now on. */
  identify(identity: ProducerIdentity): void {
    this.#identity = identity;
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

  /** A queue for one partition. There is at most one at a time that is in use. */
  queue(topic: string, partition: number): PartitionQueue<Token> {
    const key = `${topic}/${partition}`;
    let sequence = this.#sequences.get(key);
    if (sequence === undefined) {
      sequence = new PartitionSequence();
      this.#sequences.set(key, sequence);
    }
    return {
      topic,
      partition,
      batches: [],
      underWay: 0,
      sequence,
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
      builder = this.#buffers.builder(queue.lastBytes, bytesMax);
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
    for (const queue of this.#active) closeLast(queue);
  }

  /** Everything that may be sent now. Each attempt is under way from here on. */
  drain(now: Instant): Drained<Token> {
    const drained = { attempts: [], leaderMissing: false, identityMissing: false };
    for (const queue of this.#active) this.#drainQueue(queue, now, drained);
    return drained;
  }

  /** The broker has taken the batch (or, with acks 0, the transport has). Null: an earlier attempt. */
  onAcknowledged(
    correlationId: number,
    baseOffset: number | null,
    now: Instant,
  ): Outcome<Token> | null {
    const attempt = this.#finish(correlationId);
    if (attempt === null) return null;
    const { batch } = attempt;
    const { queue } = batch;
    queue.sequence.onAcknowledged(correlationId, now);
    queue.retryAt = 0;
    this.#remove(batch);
    this.#maybeRestart(queue);
    // A batch that was sent once and is acknowledged has been serialised: nobody reads it any more.
    // One that was sent twice may still wait in the queue of a stream that has been given up.
    if (batch.attempts === 1 && batch.builder !== null && batch.encoded !== null) {
      this.#buffers.recycle(batch.encoded);
    }
    return { kind: 'delivered', batch, baseOffset };
  }

  /**
   * An attempt was refused, or its stream broke. A retriable error keeps the batch in its place in its
   * partition; `rerouted` says that a newer leader is known, so that it need not wait.
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
    const { queue } = batch;
    batch.lastError = error;
    if (error.indeterminate && !(error instanceof NotConnected)) batch.doubt ??= error;
    let outcome: Outcome<Token> | null = null;
    if (this.#isSequenceError(error)) {
      outcome = this.#onSequenceRefused(attempt, error, now);
    } else if (!error.retriable) {
      outcome = this.#fail(batch, finalError(batch, error));
    } else {
      queue.retryAt = rerouted ? now : now + this.#backoff(batch.attempts);
    }
    this.#maybeRestart(queue);
    return outcome;
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
    for (const queue of this.#active) {
      if (queue.retryAt <= now) continue;
      const route = this.#options.routeOf(queue.topic, queue.partition);
      const waiting = queue.batches.find((batch) => batch.attempt === null);
      if (route !== null && !sameRoute(route, waiting?.lastRoute ?? null)) queue.retryAt = now;
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
        batch.doubt ??= timedOut(batch);
      } else if (attempt.sentAt + this.#options.requestTimeoutMs <= now) {
        unanswered.push(attempt);
      } else if (attempt.abandonAt !== 0 && attempt.abandonAt <= now) {
        this.#finish(attempt.correlationId);
        batch.doubt ??= new OdradekError(
          'LEADERSHIP_LOST',
          `broker ${attempt.route.brokerId} was replaced as the leader and had not answered`,
        );
        batch.queue.retryAt = now;
      }
    }
    for (const queue of [...this.#active]) {
      // In the order of their deadlines.
      for (let batch = queue.batches[0]; batch !== undefined && batch.deadline <= now;) {
        outcomes.push(this.#fail(batch, timedOut(batch)));
        batch = queue.batches[0];
      }
      this.#maybeRestart(queue);
    }
    return { outcomes, unanswered };
  }

  /** Gives up every batch, or those of one topic. */
  failAll(error: (batch: Batch<Token>) => OdradekError, topic?: string): Outcome<Token>[] {
    const outcomes: Outcome<Token>[] = [];
    for (const queue of [...this.#active]) {
      if (topic !== undefined && queue.topic !== topic) continue;
      for (const batch of [...queue.batches]) {
        if (batch.attempt !== null) {
          const given = error(batch);
          this.#finish(batch.attempt.correlationId);
          batch.doubt ??= given;
          outcomes.push(this.#fail(batch, given));
        } else {
          outcomes.push(this.#fail(batch, error(batch)));
        }
      }
      this.#maybeRestart(queue);
    }
    return outcomes;
  }

  /** When `drain` or `expire` has something to do that it has not now; null: never by itself. */
  nextWake(): Instant | null {
    let earliest = Infinity;
    for (const attempt of this.#attempts.values()) {
      earliest = Math.min(
        earliest,
        attempt.sentAt + this.#options.requestTimeoutMs,
        attempt.abandonAt === 0 ? Infinity : attempt.abandonAt,
      );
    }
    for (const queue of this.#active) {
      const [first] = queue.batches;
      if (first !== undefined) earliest = Math.min(earliest, first.deadline);
      const next = this.#next(queue);
      // For a producer id or a transaction it is woken by others.
      if (next === null || !this.#isIdentified(next) || !this.#isAdmitted(queue)) continue;
      earliest = Math.min(earliest, this.#sendableAt(next));
    }
    return earliest === Infinity ? null : (earliest as Instant);
  }

  #begin(
    queue: PartitionQueue<Token>,
    builder: Batch<Token>['builder'],
    now: Instant,
  ): Batch<Token> {
    const batch: Batch<Token> = {
      id: this.#nextBatchId++,
      queue,
      builder,
      encoded: null,
      sealedAs: null,
      recordsCount: 0,
      bytes: 0,
      createdAt: now,
      deadline: instantAfter(now, this.#options.deliveryTimeoutMs),
      closed: false,
      sequence: null,
      ordinal: 0,
      attempts: 0,
      attempt: null,
      lastCorrelationId: 0,
      lastRoute: null,
      lastError: null,
      doubt: null,
      deliveries: [],
    };
    if (queue.batches.length === 0) queue.sequence.onBegin(now);
    queue.batches.push(batch);
    this.#unsettled.add(batch.id);
    this.#active.add(queue);
    return batch;
  }

  #drainQueue(
    queue: PartitionQueue<Token>,
    now: Instant,
    drained: { attempts: Attempt<Token>[]; leaderMissing: boolean; identityMissing: boolean },
  ): void {
    for (;;) {
      const batch = this.#next(queue);
      if (batch === null) return;
      const isIdentified = this.#isIdentified(batch);
      // Asked for while it lingers: an id wakes the producer, but no time does for want of one.
      if (!isIdentified) drained.identityMissing = true;
      if (this.#sendableAt(batch) > now || !this.#isAdmitted(queue)) return;
      const route = this.#options.routeOf(queue.topic, queue.partition);
      if (route === null) {
        drained.leaderMissing = true;
        queue.routeFailures++;
        queue.retryAt = now + this.#backoff(queue.routeFailures);
        batch.lastRoute = null;
        return;
      }
      if (!isIdentified) return;
      drained.attempts.push(this.#start(batch, route, now));
    }
  }

  /** The batch of a partition that is to be sent next, if nothing but time stands in its way. */
  #next(queue: PartitionQueue<Token>): Batch<Token> | null {
    const { batches, sequence } = queue;
    if (sequence.isBroken) this.#maybeAdopt(queue);
    // Behind a gap only what may be in the log is asked about again.
    if (sequence.isBroken) return batches.find(isUnanswered) ?? null;
    const window = this.#window(queue);
    if (queue.underWay >= window) return null;
    let previous: Batch<Token> | null = null;
    for (const batch of batches) {
      if (batch.attempt === null) return this.#mayFollow(previous, batch) ? batch : null;
      previous = batch;
    }
    return null;
  }

  /** How many batches of a partition may be under way. */
  #window({ sequence }: PartitionQueue<Token>): number {
    return sequence.isEstablished ? this.#options.maxInFlight : 1;
  }

  /** Whether a batch may be sent while the one before it, and all before that, are under way. */
  #mayFollow(previous: Batch<Token> | null, batch: Batch<Token>): boolean {
    if (this.#options.sequencing === 'none') return previous === null;
    const { queue } = batch;
    const [first] = queue.batches;
    // What the leader remembers must reach back to the first that is not settled.
    if (
      batch.sequence === null &&
      first !== undefined &&
      first.sequence !== null &&
      queue.sequence.nextOrdinal - first.ordinal >= this.#options.maxInFlight
    ) {
      return false;
    }
    const attempt = previous?.attempt ?? null;
    if (attempt === null) return true;
    // Refused for coming too early, it comes too early until the one before it has been sent again.
    if (attempt.correlationId < batch.lastCorrelationId) return false;
    const route = this.#options.routeOf(queue.topic, queue.partition);
    return route !== null && sameRoute(route, attempt.route);
  }

  #sendableAt(batch: Batch<Token>): number {
    const { queue, closed, createdAt } = batch;
    if (closed) return queue.retryAt;
    // It goes on growing meanwhile.
    if (queue.underWay > 0) return Infinity;
    return Math.max(queue.retryAt, createdAt + this.#options.lingerMs);
  }

  #isAdmitted({ topic, partition }: PartitionQueue<Token>): boolean {
    return this.#options.isAdmitted?.(topic, partition) ?? true;
  }

  /** Whether a batch has a sequence, or could have one now. */
  #isIdentified({ sequence, queue }: Batch<Token>): boolean {
    if (sequence !== null || this.#options.sequencing === 'none') return true;
    return queue.sequence.identity !== null || this.#identity !== null;
  }

  #start(batch: Batch<Token>, route: Route, now: Instant): Attempt<Token> {
    const { queue } = batch;
    assert(
      queue.underWay < this.#options.maxInFlight,
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
    if (this.#options.sequencing !== 'none' && batch.sequence === null) this.#number(batch);
    batch.attempts++;
    batch.attempt = attempt;
    batch.lastCorrelationId = attempt.correlationId;
    batch.lastRoute = route;
    queue.underWay++;
    queue.routeFailures = 0;
    this.#attempts.set(attempt.correlationId, attempt);
    return attempt;
  }

  #number(batch: Batch<Token>): void {
    const { sequence } = batch.queue;
    this.#maybeAdopt(batch.queue);
    const { identity } = sequence;
    assert(identity !== null, 'a batch gets its number from a producer with an id');
    batch.ordinal = sequence.nextOrdinal;
    batch.sequence = sequence.take(identity, batch.recordsCount);
  }

  /** A newer identity waits until nothing of the older one is unsettled. */
  #maybeAdopt({ sequence, batches }: PartitionQueue<Token>): void {
    if (this.#identity === null || !sequence.isOlderThan(this.#identity)) return;
    if (batches.every((each) => each.sequence === null)) sequence.adopt(this.#identity);
  }

  #isSequenceError({ code }: OdradekError): boolean {
    switch (this.#options.sequencing) {
      case 'none':
        return false;
      case 'transactional':
        return code === 'OUT_OF_ORDER_SEQUENCE_NUMBER';
      case 'idempotent':
        return code === 'OUT_OF_ORDER_SEQUENCE_NUMBER' || code === 'INVALID_PRODUCER_EPOCH';
    }
  }

  /** The leader waits for another batch, or for another producer. This one was not written. */
  #onSequenceRefused(
    attempt: Attempt<Token>,
    error: OdradekError,
    now: Instant,
  ): Outcome<Token> | null {
    const { batch } = attempt;
    const { queue } = batch;
    const { sequence } = queue;
    const isFenced = error.code === 'INVALID_PRODUCER_EPOCH';
    if (!sequence.isBroken && !isFenced) {
      // Those before it were refused or lost, or were when this was sent: it follows them again.
      if (queue.batches[0] !== batch || attempt.correlationId < sequence.acknowledged) return null;
    }
    // A transaction is to be aborted then; there is no going on within it.
    if (this.#options.sequencing === 'transactional') {
      return this.#fail(batch, finalError(batch, error));
    }
    // Everything before it is settled, and still the leader has not what came before: it has lost it,
    // or has been told of a gap already.
    if (isFenced) sequence.forfeit();
    sequence.isBroken = true;
    queue.retryAt = now + this.#backoff(batch.attempts);
    return batch.doubt === null ? null : this.#fail(batch, finalError(batch, error));
  }

  #finish(correlationId: number): Attempt<Token> | null {
    const attempt = this.#attempts.get(correlationId);
    if (attempt === undefined) return null;
    this.#attempts.delete(correlationId);
    attempt.batch.attempt = null;
    attempt.batch.queue.underWay--;
    return attempt;
  }

  /** Settles a batch that is not under way. If its sequence is used up, those behind it have a gap. */
  #fail(batch: Batch<Token>, error: OdradekError): Outcome<Token> {
    const { queue, sequence } = batch;
    this.#remove(batch);
    if (sequence !== null) {
      const isLast = batch.ordinal === queue.sequence.nextOrdinal - 1;
      if (isLast && batch.doubt === null) queue.sequence.giveBack(sequence);
      else queue.sequence.isBroken = true;
    }
    return { kind: 'failed', batch, error };
  }

  /** Takes a batch that is not under way out of the accumulator. */
  #remove(batch: Batch<Token>): void {
    const { queue } = batch;
    assert(batch.attempt === null, 'what is under way is not settled');
    const index = queue.batches.indexOf(batch);
    assert(index >= 0, 'a batch is settled once');
    queue.batches.splice(index, 1);
    queue.lastBytes = batch.bytes;
    this.#bufferedBytes -= batch.bytes;
    this.#unsettled.delete(batch.id);
    if (queue.batches.length === 0) this.#active.delete(queue);
  }

  /** Once nothing of a broken sequence is under way or in doubt, what is left is numbered anew. */
  #maybeRestart(queue: PartitionQueue<Token>): void {
    const { sequence, batches } = queue;
    if (!sequence.isBroken || this.#options.sequencing === 'transactional') return;
    if (queue.underWay > 0 || batches.some(isUnanswered)) return;
    for (const batch of batches) batch.sequence = null;
    const usedUp = sequence.restart();
    if (usedUp !== null && this.#identity?.producerId === usedUp) this.#identity = null;
  }

  #backoff(failures: number): number {
    return backoffMs(this.#options.retryBackoff, failures, this.#options.random);
  }
}

/** Whether it may be in the log, and nobody is being asked. */
function isUnanswered<Token>({ sequence, doubt, attempt }: Batch<Token>): boolean {
  return sequence !== null && doubt !== null && attempt === null;
}

function sameRoute(a: Route, b: Route | null): boolean {
  return (
    b !== null &&
    a.brokerId === b.brokerId &&
    a.leaderEpoch === b.leaderEpoch &&
    a.address === b.address
  );
}
