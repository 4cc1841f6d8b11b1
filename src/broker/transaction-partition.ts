import type { Clock } from '../base/clock.ts';
import { refusal, type Refusal } from '../base/errors.ts';
import { instantAfter, timestamp, type Instant, type Timestamp } from '../base/ids.ts';
import type { RecordBatchView } from '../record/index.ts';
import {
  encodeTransactionalId,
  encodeTransactionState,
  parseTransactionalId,
  parseTransactionState,
} from '../transaction/state-codec.ts';
import type { TransactionState } from '../transaction/state.ts';
import {
  describeTransaction,
  isCommit,
  isEnding,
  isIdle,
  refusePartition,
  remainingMs,
} from '../transaction/state.ts';
import type {
  TransactionCommand,
  TransactionEvent,
  TransactionReply,
} from '../transaction/transactional-producer.ts';
import { TransactionalProducer } from '../transaction/transactional-producer.ts';
import type { PartitionQuery, TransactionDescription } from '../transaction/types.ts';
import { CoordinatorLog, type CoordinatorLogOptions } from './coordinator-log.ts';
import { Signal } from './signal.ts';
import type { TransactionMarkers } from './transaction-markers.ts';

export interface TransactionPartitionOptions extends Omit<
  CoordinatorLogOptions,
  'take' | 'onLoaded'
> {
  readonly markers: TransactionMarkers;
  readonly nextProducerId: () => Promise<number | Refusal>;
  readonly timedOut: (state: TransactionState) => void;
}

/** A command in want of a producer id, should one be needed. */
export type CommandOf = (freshProducerId: number | null) => TransactionCommand;

/**
 * The transactional ids of one partition of the transaction topic, for as long as this broker leads
 * it: one operation for each id at a time, each stored before it is applied and answered; the markers
 * of whatever is being ended; and the time that open transactions have.
 */
export class TransactionPartition {
  readonly #options: TransactionPartitionOptions;
  readonly #log: CoordinatorLog;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  /** Those with an open transaction. */
  readonly #open = new Set<Entry>();

  constructor(options: TransactionPartitionOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#log = new CoordinatorLog({
      ...options,
      take: (batch) => this.#take(batch),
      onLoaded: () => this.#onLoaded(),
      onLost: () => {
        this.#forget();
        options.onLost();
      },
    });
  }

  start(): void {
    this.#log.start();
  }

  close(): void {
    this.#log.close();
    this.#forget();
  }

  /** Why nothing is answered here at this moment; null if it is. */
  refusal(): Refusal | null {
    return this.#log.refusal();
  }

  /**
   * What a client asks. While the last transaction is being ended, or another request for the same id
   * is under way, it waits a little; then the answer is CONCURRENT_TRANSACTIONS.
   */
  async ask(transactionalId: string, commandOf: CommandOf): Promise<TransactionReply> {
    const deadline = instantAfter(this.#clock.now(), CONCURRENT_WAIT_MS);
    for (;;) {
      const why = this.#log.refusal();
      if (why !== null) return refused(why);
      const entry = this.#entry(transactionalId);
      const reply = entry.busy ? CONCURRENT : await this.#run(entry, commandOf);
      const left = deadline - this.#clock.now();
      if (!isConcurrent(reply) || left <= 0) return reply;
      await entry.changed.wait(left);
    }
  }

  /** KIP-890: whether a leader may let the transaction into the partition. */
  verify(query: PartitionQuery): Refusal | null {
    const why = this.#log.refusal();
    if (why !== null) return why;
    const state = this.#entries.get(query.transactionalId)?.producer.state ?? null;
    return refusePartition(state, query);
  }

  describe(transactionalId: string): TransactionDescription | null {
    const state = this.#entries.get(transactionalId)?.producer.state ?? null;
    return state === null ? null : describeTransaction(state);
  }

  /** Every id that is known, by name. */
  describeAll(): TransactionDescription[] {
    return [...this.#entries.keys()].sort().flatMap((id) => this.describe(id) ?? []);
  }

  /** Aborts what has been open for too long. */
  endOverdue(): void {
    if (this.#log.refusal() !== null) return;
    const now = this.#clock.now();
    for (const entry of [...this.#open]) {
      const { state } = entry.producer;
      if (state === null || entry.deadline > now || entry.busy) continue;
      const producer = { producerId: state.producerId, producerEpoch: state.producerEpoch };
      const work = this.#run(entry, () => ({ kind: 'timeOut', producer }));
      this.#spawn(
        work.then((reply) => {
          if (reply.kind === 'done') this.#options.timedOut(state);
        }),
      );
    }
  }

  /** Forgets ids that have not been used for `expirationMs`. */
  expire(expirationMs: number): void {
    if (this.#log.refusal() !== null) return;
    const now = this.#clock.timestamp();
    const unusedSince = timestamp(now - expirationMs);
    for (const entry of this.#entries.values()) {
      const { state } = entry.producer;
      if (state === null || entry.busy || !isIdle(state) || state.updatedAt > unusedSince) continue;
      this.#spawn(this.#run(entry, () => ({ kind: 'expire', unusedSince })));
    }
  }

  /** One operation: decided, stored, applied, answered. The caller has seen that none is under way. */
  async #run(entry: Entry, commandOf: CommandOf): Promise<TransactionReply> {
    entry.busy = true;
    try {
      const now = this.#clock.timestamp();
      let { events, reply } = entry.producer.handle(commandOf(null), now);
      if (reply.kind === 'needsProducerId') {
        const fresh = await this.#options.nextProducerId();
        if (typeof fresh !== 'number') return refused(fresh);
        ({ events, reply } = entry.producer.handle(commandOf(fresh), now));
      }
      for (const event of events) {
        const why = await this.#log.append([recordOf(entry.id, event, now)]);
        if (why !== null) return refused(unavailable(why));
      }
      return reply;
    } finally {
      entry.busy = false;
      this.#settle(entry);
      entry.changed.fire();
    }
  }

  #take(batch: RecordBatchView): void {
    const cursor = batch.cursor();
    while (cursor.next()) {
      const { key, value } = cursor;
      if (key === null) continue;
      const id = parseTransactionalId(key);
      const entry = this.#entry(id);
      const event: TransactionEvent =
        value === null
          ? { kind: 'forgotten' }
          : { kind: 'changed', state: parseTransactionState(id, value) };
      entry.producer.apply(event);
      this.#noteDeadline(entry);
      this.#settle(entry);
      if (this.#log.isReady) this.#maybeWriteMarkers(entry);
    }
  }

  #onLoaded(): void {
    for (const entry of this.#entries.values()) this.#maybeWriteMarkers(entry);
  }

  /**
   * T6: from when this coordinator saw the transaction open, by its monotonic clock; the wall clock
   * says only how much of the timeout was over by then.
   */
  #noteDeadline(entry: Entry): void {
    const { state } = entry.producer;
    if (state?.status !== 'ongoing') {
      entry.openedAt = null;
      this.#open.delete(entry);
      return;
    }
    if (entry.openedAt === state.startedAt && this.#open.has(entry)) return;
    entry.openedAt = state.startedAt;
    this.#open.add(entry);
    const milliseconds = remainingMs(state, this.#clock.timestamp());
    entry.deadline = instantAfter(this.#clock.now(), milliseconds);
  }

  /** What is being ended gets its markers, by one writer. */
  #maybeWriteMarkers(entry: Entry): void {
    const { state } = entry.producer;
    if (state === null || !isEnding(state) || entry.writing || this.#log.isClosed) return;
    entry.writing = true;
    this.#spawn(
      this.#writeMarkers(entry, state).finally(() => {
        entry.writing = false;
        // Should the next transaction be at its end by now.
        this.#maybeWriteMarkers(entry);
      }),
    );
  }

  async #writeMarkers(entry: Entry, state: TransactionState): Promise<void> {
    const { marker } = state;
    if (marker === null) return;
    const { markers, leaderEpoch } = this.#options;
    const written = await markers.write(
      {
        ...marker,
        commit: isCommit(state),
        coordinatorEpoch: leaderEpoch,
        partitions: state.partitions,
      },
      () => this.#log.isClosed,
    );
    // The last record may have to wait for in-sync replicas.
    while (written && !this.#log.isClosed) {
      if (entry.busy) {
        await entry.changed.wait(STORE_RETRY_MS);
        continue;
      }
      const reply = await this.#run(entry, () => ({ kind: 'markersWritten', marker }));
      if (reply.kind !== 'refused') return;
      await entry.changed.wait(STORE_RETRY_MS);
    }
  }

  #entry(id: string): Entry {
    const known = this.#entries.get(id);
    if (known !== undefined) return known;
    const entry: Entry = {
      id,
      producer: new TransactionalProducer(id),
      changed: new Signal(this.#clock),
      busy: false,
      writing: false,
      openedAt: null,
      deadline: this.#clock.now(),
    };
    this.#entries.set(id, entry);
    return entry;
  }

  /** An id of which nothing is known takes no memory. */
  #settle(entry: Entry): void {
    if (entry.busy || entry.producer.state !== null) return;
    if (this.#entries.get(entry.id) === entry) this.#entries.delete(entry.id);
  }

  #forget(): void {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    this.#open.clear();
    for (const { changed } of entries) changed.fire();
  }

  #spawn(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#options.failed(error));
  }
}

interface Entry {
  readonly id: string;
  readonly producer: TransactionalProducer;
  /** An operation has ended. */
  readonly changed: Signal;
  /** An operation is under way: decided perhaps, and not taken yet. */
  busy: boolean;
  /** Its markers are being written. */
  writing: boolean;
  /** Which transaction `deadline` is for. */
  openedAt: Timestamp | null;
  deadline: Instant;
}

function recordOf(id: string, event: TransactionEvent, now: Timestamp) {
  const value = event.kind === 'forgotten' ? null : encodeTransactionState(event.state);
  return { key: encodeTransactionalId(id), value, timestamp: now };
}

/** Clients know what to do about a coordinator, not about the replicas of its log. */
function unavailable(why: Refusal): Refusal {
  if (why.code === 'NOT_COORDINATOR' || why.code === 'COORDINATOR_NOT_AVAILABLE') return why;
  return refusal('COORDINATOR_NOT_AVAILABLE', why.message);
}

function refused(why: Refusal): TransactionReply {
  return { kind: 'refused', refusal: why };
}

function isConcurrent(reply: TransactionReply): boolean {
  return reply.kind === 'refused' && reply.refusal.code === 'CONCURRENT_TRANSACTIONS';
}

const CONCURRENT = refused(refusal('CONCURRENT_TRANSACTIONS'));
/** Markers take one round to the leaders: most who have to wait need not ask again. */
const CONCURRENT_WAIT_MS = 500;
const STORE_RETRY_MS = 100;
