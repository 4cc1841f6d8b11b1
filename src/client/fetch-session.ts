import { assert } from '../base/assert.ts';
import { OdradekError } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';
import type { Instant } from '../base/ids.ts';
import type { Random } from '../base/random.ts';
import {
  batchLastOffset,
  CorruptBatch,
  RecordBatchView,
  wholeBatchBytes,
} from '../record/index.ts';
import type { Route } from './metadata.ts';
import { AbortedBatches } from './aborted-batches.ts';
import type { AbortedTransaction } from '../wire/hot/fetch.ts';
import type { BackoffOptions } from './retry.ts';
import { backoffMs } from './retry.ts';
import type { Where } from './start-position.ts';

/** What to do about an offset that the log does not have (any more). */
export type OutOfRangePolicy = 'error' | 'start' | 'end';

export interface FetchSessionOptions {
  /** What is received and promised to be received, over all brokers. */
  readonly maxBufferBytes: number;
  readonly verifyChecksums: boolean;
  readonly outOfRange: OutOfRangePolicy;
  readonly isolation: 'read-uncommitted' | 'read-committed';
  readonly retryBackoff: BackoffOptions;
  readonly random: Random;
  readonly routeOf: (topic: string, partition: number) => Route | null;
  /** A replica to read from in the place of the leader; null: none is near. */
  readonly nearbyRouteOf?: (topic: string, partition: number) => Route | null;
}

/** One stream to one broker. Made by the session, opened and closed by the consumer. */
export interface FetchStreamState {
  readonly brokerId: number;
  readonly address: string;
  /** Credit that the broker may still use; below 0 by its one batch of overdraft. */
  outstandingBytes: number;
  /** Received on this stream and not yet handed on. */
  bufferedBytes: number;
  ended: boolean;
  partitionsCount: number;
}

/** One partition that is read. */
export interface ReadPartition {
  readonly topic: string;
  readonly partition: number;
  /** Where to begin, while `position` is null. */
  where: Where;
  /** The offset that the application gets next. */
  position: number | null;
  /** The offset that is expected of the broker next: behind everything that is buffered. */
  received: number;
  /** +1 on every assignment to a stream: what comes for an earlier one is dropped. */
  generation: number;
  /** Whether the leader has taken the position of this generation, by answering with no error. */
  accepted: boolean;
  /** +1 on every seek: an offset that was looked up for an earlier one is dropped. */
  seekVersion: number;
  stream: FetchStreamState | null;
  route: Route | null;
  /** Whether it is read from a replica that follows. */
  fromFollower: boolean;
  /** A replica that follows was of no use: until then the leader is asked. */
  leaderOnlyUntil: number;
  paused: boolean;
  resolving: boolean;
  failed: boolean;
  /** What `failed` is about; until a seek. */
  failure: OdradekError | null;
  /** Whether a record of it has been handed on since the last seek. */
  handedOn: boolean;
  retryAt: number;
  failures: number;
  corruptions: number;
  /** As the leader last said; null until it has. */
  highWatermark: number | null;
  lastStableOffset: number | null;
  logStartOffset: number | null;
  caughtUp: boolean;
}

export interface Assignment {
  readonly topic: string;
  readonly partition: number;
  readonly fetchOffset: number;
  readonly leaderEpoch: number;
  readonly generation: number;
  /** Whether a replica that follows is asked. */
  readonly fromFollower: boolean;
}

/** What the consumer is to do, in this order. */
export type FetchAction =
  | {
      /** Ask the leader for the offset of `where`. */
      readonly kind: 'resolve';
      readonly state: ReadPartition;
      readonly seekVersion: number;
      readonly route: Route;
    }
  | { readonly kind: 'open'; readonly stream: FetchStreamState }
  | {
      readonly kind: 'send';
      readonly stream: FetchStreamState;
      readonly assign: readonly Assignment[];
      readonly unassign: readonly { readonly topic: string; readonly partition: number }[];
      readonly creditBytes: number;
    }
  | { readonly kind: 'close'; readonly stream: FetchStreamState };

export interface Reconciled {
  readonly actions: FetchAction[];
  readonly leaderMissing: boolean;
}

/** What a stream has brought for one partition. */
export interface ReceivedRecords {
  readonly topic: string;
  readonly partition: number;
  readonly generation: number;
  readonly highWatermark: number | null;
  readonly lastStableOffset: number | null;
  readonly logStartOffset: number | null;
  readonly leaderEpoch: number | null;
  readonly caughtUp: boolean;
  readonly records: Uint8Array;
  /** With read-committed; absent: none. */
  readonly aborted?: readonly AbortedTransaction[];
}

/** A batch to hand to the application. */
export interface TakenBatch {
  readonly state: ReadPartition;
  readonly view: RecordBatchView;
  /** Records below this were not asked for. */
  readonly fromOffset: number;
  readonly highWatermark: number | null;
}

export type Taken =
  | { readonly kind: 'batch'; readonly batch: TakenBatch }
  | { readonly kind: 'error'; readonly error: OdradekError };

interface Chunk {
  readonly kind: 'chunk';
  readonly state: ReadPartition;
  readonly stream: FetchStreamState;
  readonly bytes: Uint8Array;
  readonly highWatermark: number | null;
  /** What of it is to be passed over; null: nothing. */
  readonly aborted: AbortedBatches | null;
  /** Where the next batch begins in `bytes`. */
  at: number;
}

interface Failure {
  readonly kind: 'failure';
  readonly state: ReadPartition;
  readonly error: OdradekError;
}

/**
 * What a consumer decides: which partition is read from which broker and from where, how much may be
 * sent to it, and what the application gets next. A machine: told the time, no I/O. The consumer owns
 * it, tells it what has happened, and carries out what `reconcile` returns.
 *
 * Each record from the start position on is handed on once and in order, whatever becomes of streams
 * and leaders: a partition is asked for from the end of what is buffered, and what arrives for another
 * generation, or lies before that offset, is dropped.
 *
 * What is buffered and what brokers were promised stays within `maxBufferBytes` (and one message per
 * broker): credit goes out only as batches are handed on, so an application that stops reading stops
 * the brokers.
 */
export class FetchSession {
  readonly #options: FetchSessionOptions;
  readonly #partitions: Map<string, ReadPartition> = new Map();
  readonly #streams: Map<string, FetchStreamState> = new Map();
  #queue: (Chunk | Failure)[] = [];
  /** Of `#queue`: what lies before it has been handed on. */
  #head = 0;
  #bufferedBytes = 0;
  #handedBytes = 0;
  #needsReconcile = false;
  /** Unassignments that have not been sent. */
  readonly #toUnassign: Map<FetchStreamState, { topic: string; partition: number }[]> = new Map();

  constructor(options: FetchSessionOptions) {
    this.#options = options;
  }

  /** Whether `reconcile` has something to do at once. */
  get needsReconcile(): boolean {
    return this.#needsReconcile;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  get partitions(): readonly ReadPartition[] {
    return [...this.#partitions.values()];
  }

  partition(topic: string, partition: number): ReadPartition | null {
    return this.#partitions.get(keyOf(topic, partition)) ?? null;
  }

  /** Begins to read a partition; nothing if it is read already. */
  add(topic: string, partition: number, where: Where): void {
    const key = keyOf(topic, partition);
    if (this.#partitions.has(key)) return;
    const state: ReadPartition = {
      topic,
      partition,
      where,
      position: null,
      received: 0,
      generation: 0,
      accepted: false,
      seekVersion: 0,
      stream: null,
      route: null,
      fromFollower: false,
      leaderOnlyUntil: 0,
      paused: false,
      resolving: false,
      failed: false,
      failure: null,
      handedOn: false,
      retryAt: 0,
      failures: 0,
      corruptions: 0,
      highWatermark: null,
      lastStableOffset: null,
      logStartOffset: null,
      caughtUp: false,
    };
    this.#partitions.set(key, state);
    this.#moveTo(state, where);
  }

  /** Goes on from another place. What was buffered is dropped. */
  seek(state: ReadPartition, where: Where): void {
    state.failed = false;
    state.failure = null;
    state.failures = 0;
    state.corruptions = 0;
    state.retryAt = 0;
    state.handedOn = false;
    this.#dropBuffered(state);
    this.#detach(state);
    this.#moveTo(state, where);
  }

  /**
   * Stops reading a partition. What was buffered is dropped, so that it does not use up the credit of
   * the others, and fetched again behind `resume`.
   */
  pause(state: ReadPartition): void {
    if (state.paused) return;
    state.paused = true;
    this.#dropBuffered(state);
    this.#detach(state);
    if (state.position !== null) state.received = state.position;
  }

  resume(state: ReadPartition): void {
    if (!state.paused) return;
    state.paused = false;
    this.#needsReconcile = true;
  }

  onResolved(state: ReadPartition, seekVersion: number, offset: number): void {
    if (state.seekVersion !== seekVersion) return;
    state.resolving = false;
    state.position = offset;
    state.received = offset;
    this.#needsReconcile = true;
  }

  onResolveFailed(
    state: ReadPartition,
    seekVersion: number,
    error: OdradekError,
    now: Instant,
  ): void {
    if (state.seekVersion !== seekVersion) return;
    state.resolving = false;
    if (error.retriable) this.#retryLater(state, now);
    else this.#fail(state, error);
  }

  /** Leaders have changed. */
  onRoutesChanged(now: Instant): void {
    this.#needsReconcile = true;
    for (const state of this.#partitions.values()) {
      if (state.retryAt <= now) continue;
      const route = this.#options.routeOf(state.topic, state.partition);
      if (route !== null && !sameRoute(route, state.route)) state.retryAt = now;
    }
  }

  onStreamEnded(stream: FetchStreamState, now: Instant): void {
    if (stream.ended) return;
    this.#forget(stream);
    for (const state of this.#partitions.values()) {
      if (state.stream !== stream) continue;
      state.stream = null;
      if (!this.#maybeTurnToLeader(state, now)) this.#retryLater(state, now);
    }
  }

  /** True if there is something to take. */
  onRecords(stream: FetchStreamState, message: ReceivedRecords, now: Instant): boolean {
    const bytes = message.records.length;
    stream.outstandingBytes -= bytes;
    // The promise that these bytes used up may be due again at once, if they are dropped.
    if (stream.outstandingBytes <= 0) this.#needsReconcile = true;
    const state = this.#partitions.get(keyOf(message.topic, message.partition));
    if (
      state === undefined ||
      state.stream !== stream ||
      state.generation !== message.generation ||
      state.paused
    ) {
      this.#needsReconcile = true;
      return false;
    }
    state.failures = 0;
    state.accepted = true;
    state.highWatermark = message.highWatermark ?? state.highWatermark;
    state.lastStableOffset = message.lastStableOffset ?? state.lastStableOffset;
    state.logStartOffset = message.logStartOffset ?? state.logStartOffset;
    state.caughtUp = message.caughtUp;
    if (bytes === 0) return false;
    const end = endOfBatches(message.records);
    if (end === 'corrupt') {
      this.#onCorruption(state, now);
      return false;
    }
    if (end === null || end <= state.received) return false;
    state.received = end;
    stream.bufferedBytes += bytes;
    this.#bufferedBytes += bytes;
    this.#queue.push({
      kind: 'chunk',
      state,
      stream,
      bytes: message.records,
      highWatermark: this.#endOffset(state),
      aborted: message.aborted === undefined ? null : new AbortedBatches(message.aborted),
      at: 0,
    });
    return true;
  }

  /** The leader has refused a partition; `rerouted` says that a newer leader is known. */
  onPartitionError(
    stream: FetchStreamState,
    refused: { readonly topic: string; readonly partition: number; readonly generation: number },
    error: OdradekError,
    rerouted: boolean,
    now: Instant,
  ): void {
    const state = this.#partitions.get(keyOf(refused.topic, refused.partition));
    if (state?.stream !== stream || state.generation !== refused.generation) return;
    this.#detach(state);
    if (this.#maybeTurnToLeader(state, now)) return;
    if (error.code === 'OFFSET_OUT_OF_RANGE') {
      this.#onOutOfRange(state, error, now);
    } else if (!error.retriable) {
      this.#fail(state, error);
    } else {
      this.#retryLater(state, now);
      if (rerouted) state.retryAt = now;
    }
  }

  /**
   * Puts the failures that still stand into the queue again: whoever was told may have been an
   * iteration that nobody listens to any more, and a partition must not stand still in silence.
   */
  tellFailuresAgain(): void {
    const queued = new Set(
      this.#queue
        .slice(this.#head)
        .flatMap((each) => (each.kind === 'failure' ? [each.state] : [])),
    );
    for (const state of this.#partitions.values()) {
      if (!state.failed || state.failure === null || queued.has(state)) continue;
      this.#queue.push({ kind: 'failure', state, error: state.failure });
    }
  }

  /** The next batch in the order of arrival, or an error that stands at its place; null: nothing yet. */
  take(now: Instant): Taken | null {
    for (;;) {
      const next = this.#queue[this.#head];
      if (next === undefined) return null;
      if (next.kind === 'failure') {
        this.#shift();
        return { kind: 'error', error: next.error };
      }
      const batch = this.#takeFrom(next, now);
      if (batch !== null) return { kind: 'batch', batch };
    }
  }

  /**
   * Whether everything below `end`, up to where its leader has said that records can be read, has been
   * handed on. A position above `end` was reached by a batch that goes on, or lies in what is not
   * committed yet, or the log does not have it: which of them, only the leader can tell, so until it
   * has taken the position the answer is no. A paused partition is asked for by nobody.
   */
  hasReached(topic: string, partition: number, end: number): boolean {
    const state = this.partition(topic, partition);
    if (state === null || state.position === null || state.position < end) return false;
    return state.position === end || state.paused || (state.stream !== null && state.accepted);
  }

  /** Brings what brokers were told into line with what is wanted. */
  reconcile(now: Instant): Reconciled {
    this.#needsReconcile = false;
    const actions: FetchAction[] = [];
    const toAssign: Map<FetchStreamState, Assignment[]> = new Map();
    let leaderMissing = false;
    for (const state of this.#partitions.values()) {
      if (state.paused || state.failed || state.resolving) continue;
      const nearby = this.#nearbyRoute(state, now);
      const leader = this.#options.routeOf(state.topic, state.partition);
      const route = nearby ?? leader;
      if (state.stream !== null) {
        if (route === null || leadsTo(route, state.stream)) continue;
        this.#detach(state);
      }
      if (state.retryAt > now) continue;
      if (route === null) {
        leaderMissing = true;
        this.#retryLater(state, now);
        continue;
      }
      state.route = route;
      if (state.position === null) {
        state.resolving = true;
        actions.push({ kind: 'resolve', state, seekVersion: state.seekVersion, route });
        continue;
      }
      state.fromFollower = leader === null || route.brokerId !== leader.brokerId;
      const stream = this.#streamTo(route, actions);
      const assignments = toAssign.get(stream) ?? [];
      toAssign.set(stream, assignments);
      assignments.push(this.#assign(state, stream, route));
    }
    const credits = this.#grantCredit();
    for (const stream of [...this.#streams.values()]) {
      const assign = toAssign.get(stream) ?? [];
      const unassign = this.#toUnassign.get(stream) ?? [];
      const creditBytes = credits.get(stream) ?? 0;
      if (stream.partitionsCount === 0) {
        this.#forget(stream);
        actions.push({ kind: 'close', stream });
      } else if (assign.length > 0 || unassign.length > 0 || creditBytes > 0) {
        actions.push({ kind: 'send', stream, assign, unassign, creditBytes });
      }
    }
    this.#toUnassign.clear();
    return { actions, leaderMissing };
  }

  /** When `reconcile` has something to do that it has not now; null: never by itself. */
  nextWake(now: Instant): Instant | null {
    let earliest = Infinity;
    for (const state of this.#partitions.values()) {
      if (state.paused || state.failed || state.resolving) continue;
      if (state.stream === null) earliest = Math.min(earliest, Math.max(state.retryAt, now));
      else if (state.leaderOnlyUntil > now) earliest = Math.min(earliest, state.leaderOnlyUntil);
    }
    return earliest === Infinity ? null : (earliest as Instant);
  }

  /** Up to where records can be read; null until the leader has said. */
  #endOffset(state: ReadPartition): number | null {
    return this.#options.isolation === 'read-committed'
      ? (state.lastStableOffset ?? state.highWatermark)
      : state.highWatermark;
  }

  #moveTo(state: ReadPartition, where: Where): void {
    state.where = where;
    state.seekVersion++;
    state.resolving = false;
    state.caughtUp = false;
    state.position = where.kind === 'offset' ? where.offset : null;
    state.received = state.position ?? 0;
    this.#needsReconcile = true;
  }

  #takeFrom(chunk: Chunk, now: Instant): TakenBatch | null {
    const { state, bytes, stream } = chunk;
    const total = wholeBatchBytes(bytes, chunk.at);
    if (total === null) {
      this.#release(stream, bytes.length - chunk.at);
      this.#shift();
      return null;
    }
    const view = viewOf(bytes, chunk.at);
    const position = state.position;
    assert(position !== null, 'what is buffered has a position');
    const wanted = view !== null && view.header.nextOffset > position;
    if (view === null || (wanted && this.#options.verifyChecksums && !view.crcAgrees())) {
      this.#onCorruption(state, now);
      return null;
    }
    // Also of one that is not wanted: it may be the end of what was aborted.
    const isAborted = passesOver(chunk, view);
    if (isAborted === 'corrupt') {
      this.#onCorruption(state, now);
      return null;
    }
    chunk.at += total;
    this.#release(stream, total);
    if (chunk.at >= bytes.length) this.#shift();
    if (!wanted) return null;
    state.position = view.header.nextOffset;
    state.corruptions = 0;
    if (view.header.isControl || view.header.recordsCount === 0 || isAborted) return null;
    state.handedOn = true;
    return { state, view, fromOffset: position, highWatermark: chunk.highWatermark };
  }

  /** Bytes have left the buffer: credit for as many may become due. */
  #release(stream: FetchStreamState, bytes: number): void {
    stream.bufferedBytes -= bytes;
    this.#bufferedBytes -= bytes;
    this.#handedBytes += bytes;
    if (this.#handedBytes >= this.#options.maxBufferBytes / 8) this.#needsReconcile = true;
  }

  #shift(): void {
    this.#head++;
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
      // Nothing is left to hand on, so whatever may be promised should be.
      this.#needsReconcile = true;
    } else if (this.#head >= 1024) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }

  #dropBuffered(state: ReadPartition): void {
    const kept: (Chunk | Failure)[] = [];
    for (const entry of this.#queue.slice(this.#head)) {
      if (entry.state !== state) kept.push(entry);
      else if (entry.kind === 'chunk') {
        this.#release(entry.stream, entry.bytes.length - entry.at);
      } else {
        // It stood behind what is dropped here, and nobody was told: it is met again, or it is not.
        state.failed = false;
        state.failure = null;
      }
    }
    this.#queue = kept;
    this.#head = 0;
    this.#needsReconcile = true;
  }

  #assign(state: ReadPartition, stream: FetchStreamState, route: Route): Assignment {
    state.generation++;
    state.accepted = false;
    state.stream = stream;
    state.caughtUp = false;
    stream.partitionsCount++;
    return {
      topic: state.topic,
      partition: state.partition,
      fetchOffset: state.received,
      leaderEpoch: route.leaderEpoch,
      generation: state.generation,
      fromFollower: state.fromFollower,
    };
  }

  #detach(state: ReadPartition): void {
    const { stream } = state;
    if (stream === null) return;
    state.stream = null;
    stream.partitionsCount--;
    const unassign = this.#toUnassign.get(stream) ?? [];
    unassign.push({ topic: state.topic, partition: state.partition });
    this.#toUnassign.set(stream, unassign);
    this.#needsReconcile = true;
  }

  #streamTo(route: Route, actions: FetchAction[]): FetchStreamState {
    const key = `${route.brokerId}@${route.address}`;
    let stream = this.#streams.get(key);
    if (stream === undefined) {
      stream = {
        brokerId: route.brokerId,
        address: route.address,
        outstandingBytes: 0,
        bufferedBytes: 0,
        ended: false,
        partitionsCount: 0,
      };
      this.#streams.set(key, stream);
      actions.push({ kind: 'open', stream });
    }
    return stream;
  }

  #forget(stream: FetchStreamState): void {
    stream.ended = true;
    this.#streams.delete(`${stream.brokerId}@${stream.address}`);
    this.#toUnassign.delete(stream);
    this.#needsReconcile = true;
  }

  /**
   * Each leader's stream may hold an equal share of the buffer, promised and buffered together. Small
   * returns wait until they are worth a message, unless the broker can send nothing at all. A stream
   * that joins late, when all has been promised to the others, is given its share nevertheless as
   * long as the buffer is not full: else it would wait for those that may have nothing to send.
   */
  #grantCredit(): Map<FetchStreamState, number> {
    this.#handedBytes = 0;
    const credits: Map<FetchStreamState, number> = new Map();
    const streams = [...this.#streams.values()].filter((stream) => stream.partitionsCount > 0);
    if (streams.length === 0) return credits;
    const { maxBufferBytes } = this.#options;
    const share = Math.ceil(maxBufferBytes / Math.max(streams.length, this.#leadersCount()));
    let left = maxBufferBytes - this.#bufferedBytes;
    for (const stream of streams) left -= Math.max(0, stream.outstandingBytes);
    for (const stream of streams) {
      const { outstandingBytes, bufferedBytes } = stream;
      const isStarved = outstandingBytes <= 0 && bufferedBytes <= 0;
      const wanted = share - outstandingBytes - bufferedBytes;
      const credit =
        isStarved && this.#bufferedBytes < maxBufferBytes ? wanted : Math.min(left, wanted);
      if (credit <= 0 || (outstandingBytes > 0 && credit < share / 4)) continue;
      stream.outstandingBytes += credit;
      left -= credit;
      credits.set(stream, credit);
    }
    return credits;
  }

  #leadersCount(): number {
    const leaders = new Set<number>();
    for (const state of this.#partitions.values()) {
      if (state.paused || state.failed) continue;
      const { topic, partition, stream } = state;
      const brokerId = stream?.brokerId ?? this.#options.routeOf(topic, partition)?.brokerId;
      if (brokerId !== undefined) leaders.add(brokerId);
    }
    return leaders.size;
  }

  #nearbyRoute(state: ReadPartition, now: Instant): Route | null {
    if (state.leaderOnlyUntil > now) return null;
    return this.#options.nearbyRouteOf?.(state.topic, state.partition) ?? null;
  }

  /**
   * Whatever a replica that follows has answered, the leader knows better: it is asked at once, and
   * for a while.
   */
  #maybeTurnToLeader(state: ReadPartition, now: Instant): boolean {
    if (!state.fromFollower) return false;
    state.fromFollower = false;
    state.leaderOnlyUntil = now + LEADER_ONLY_MS;
    state.retryAt = now;
    this.#needsReconcile = true;
    return true;
  }

  #retryLater(state: ReadPartition, now: Instant): void {
    state.failures++;
    state.retryAt =
      now + backoffMs(this.#options.retryBackoff, state.failures, this.#options.random);
    this.#needsReconcile = true;
  }

  /**
   * A reader that began at the start, or at a point in time, and was overtaken by retention before it
   * had a record begins again: it has skipped nothing that it was promised.
   */
  #onOutOfRange(state: ReadPartition, error: OdradekError, now: Instant): void {
    const { outOfRange } = this.#options;
    const { where } = state;
    if (!state.handedOn && (where.kind === 'start' || where.kind === 'timestamp')) {
      this.#dropBuffered(state);
      this.#moveTo(state, where);
      this.#retryLater(state, now);
    } else if (outOfRange === 'error') {
      this.#fail(state, error);
    } else {
      this.#dropBuffered(state);
      this.#moveTo(state, { kind: outOfRange });
      this.#retryLater(state, now);
    }
  }

  /** Asks for the same bytes again: memory or the network may be at fault. Then gives up. */
  #onCorruption(state: ReadPartition, now: Instant): void {
    this.#dropBuffered(state);
    this.#detach(state);
    state.received = state.position ?? state.received;
    if (this.#maybeTurnToLeader(state, now)) return;
    state.corruptions++;
    if (state.corruptions <= CORRUPT_RETRIES_MAX) {
      this.#retryLater(state, now);
      return;
    }
    const code: ErrorCode = 'CORRUPT_MESSAGE';
    const { topic, partition } = state;
    this.#fail(
      state,
      new OdradekError(
        code,
        `what ${topic}-${partition} has at offset ${state.position} is corrupt: a checksum or a length does not agree`,
        { topic, partition },
      ),
    );
  }

  #fail(state: ReadPartition, error: OdradekError): void {
    state.failed = true;
    state.failure = error;
    this.#queue.push({ kind: 'failure', state, error });
  }
}

/** How long the leader is read from, after a replica that follows was of no use. */
const LEADER_ONLY_MS = 5000;
/** How often bytes that are corrupt are asked for again. */
const CORRUPT_RETRIES_MAX = 2;

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

function leadsTo(route: Route, stream: FetchStreamState): boolean {
  return route.brokerId === stream.brokerId && route.address === stream.address;
}

function sameRoute(a: Route, b: Route | null): boolean {
  return b !== null && a.brokerId === b.brokerId && a.leaderEpoch === b.leaderEpoch;
}

/** Behind the last offset of the last whole batch; null if there is none. */
function endOfBatches(bytes: Uint8Array): number | null | 'corrupt' {
  let end: number | null = null;
  try {
    for (let at = 0; ;) {
      const total = wholeBatchBytes(bytes, at);
      if (total === null) return end;
      end = batchLastOffset(bytes, at) + 1;
      at += total;
    }
  } catch (error) {
    if (error instanceof CorruptBatch) return 'corrupt';
    throw error;
  }
}

function passesOver({ aborted, bytes, at }: Chunk, view: RecordBatchView): boolean | 'corrupt' {
  if (aborted === null) return false;
  try {
    return aborted.passesOver(view.header, bytes, at);
  } catch (error) {
    if (error instanceof CorruptBatch) return 'corrupt';
    throw error;
  }
}

function viewOf(bytes: Uint8Array, at: number): RecordBatchView | null {
  try {
    return new RecordBatchView(bytes, at);
  } catch (error) {
    if (error instanceof CorruptBatch) return null;
    throw error;
  }
}
