import { refusal, type ErrorCode, type Refusal } from '../base/errors.ts';
import { instantAfter, offsetAfter, type LeaderEpoch, type Offset } from '../base/ids.ts';
import { InvariantViolation } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { NewRecord, SealOptions } from '../record/index.ts';
import {
  batchesIn,
  producerBatchOf,
  readBatchHeader,
  RecordBatchBuilder,
  RecordBatchView,
} from '../record/index.ts';
import type { ProduceResult } from '../replication/types.ts';
import type { PartitionHost } from './partition-host.ts';

export interface CoordinatorLogOptions {
  readonly host: PartitionHost;
  /** For as long as this broker leads the partition in this epoch. */
  readonly leaderEpoch: LeaderEpoch;
  readonly clock: Clock;
  /**
   * Every committed batch, once and in order. What it throws makes the partition unreadable: nothing
   * is coordinated from it.
   */
  readonly take: (batch: RecordBatchView) => void;
  /** Everything that was written before this epoch has been taken. */
  readonly onLoaded: () => void;
  /** At most once, by no call of the owner's: the owner must let go of all that it took. */
  readonly onLost: () => void;
  readonly onUnreadable: (error: Error) => void;
  /** A bug. */
  readonly failed: (error: unknown) => void;
}

/**
 * One partition of an internal topic, as the coordinator that leads it reads and writes it. Its state
 * is a fold over the committed log and nothing else: what is appended counts when it comes back below
 * the high watermark, together with what others (markers) have put between.
 *
 * Made by a coordinator when its broker becomes the partition's leader, closed by it, or lost: with
 * the leadership, or when nobody can say what became of an append. Then another is made, which reads
 * from the beginning.
 */
export class CoordinatorLog {
  readonly #options: CoordinatorLogOptions;
  readonly #unwatch: () => void;
  /** Where the log ended when this began: what lies below was written by coordinators before. */
  readonly #loadedAt: Offset;
  #next: Offset;
  #state: 'loading' | 'ready' | 'unreadable' | 'closed' = 'loading';
  /** Appends that are committed, until they have been taken. */
  #waiting: { readonly endOffset: Offset; readonly resolve: (why: Refusal | null) => void }[] = [];
  #following = false;
  #again = false;

  constructor(options: CoordinatorLogOptions) {
    this.#options = options;
    const { log } = options.host;
    this.#next = log.logStartOffset;
    this.#loadedAt = log.logEndOffset;
    this.#unwatch = options.host.watch(() => this.#follow());
  }

  /** To be called once, after the owner has this. */
  start(): void {
    this.#follow();
  }

  /** Why nothing may be answered from what was taken at this moment; null: it is all there is. */
  refusal(): Refusal | null {
    const { host, leaderEpoch } = this.#options;
    switch (this.#state) {
      case 'closed':
        return refusal('NOT_COORDINATOR');
      case 'loading':
        return refusal('COORDINATOR_LOAD_IN_PROGRESS');
      case 'unreadable':
        return refusal(
          'COORDINATOR_NOT_AVAILABLE',
          `broker cannot read what ${host.topic}-${host.partition} holds; see its log`,
        );
      case 'ready':
        // X4: a leader that has been cut off may not be one any more.
        return host.bounds(leaderEpoch).ok ? null : refusal('NOT_COORDINATOR');
    }
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  get isReady(): boolean {
    return this.#state === 'ready';
  }

  /**
   * Appends one batch at acks=all and waits until it has been taken; however long that is. A refusal
   * means that nothing was written, unless the log is closed from then on: what became of it the next
   * coordinator reads.
   */
  append(records: readonly NewRecord[], producer: SealOptions = {}): Promise<Refusal | null> {
    const { host, leaderEpoch, clock } = this.#options;
    if (this.#state !== 'ready') return Promise.resolve(this.refusal());
    const builder = new RecordBatchBuilder({ bytesMax: BATCH_BYTES_MAX, initialBytes: 512 });
    for (const record of records) builder.append(record);
    const data = builder.build(producer);
    const header = readBatchHeader(data);
    const batch = {
      data,
      recordsCount: header.recordsCount,
      producer: producerBatchOf(header, data, 0),
    };
    return new Promise((resolve) => {
      host.produce(
        {
          acks: 'all',
          batch,
          expectedLeaderEpoch: leaderEpoch,
          deadline: instantAfter(clock.now(), APPEND_MS_MAX),
        },
        (result) => this.#onAppended(result, header.recordsCount, resolve),
      );
    });
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#unwatch();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { resolve } of waiting) resolve(refusal('COORDINATOR_NOT_AVAILABLE'));
  }

  #lose(): void {
    if (this.#state === 'closed') return;
    this.close();
    this.#options.onLost();
  }

  #onAppended(
    result: ProduceResult,
    records: number,
    resolve: (why: Refusal | null) => void,
  ): void {
    if (this.#state === 'closed') return resolve(refusal('COORDINATOR_NOT_AVAILABLE'));
    if (result.ok) {
      this.#waiting.push({ endOffset: offsetAfter(result.baseOffset, records), resolve });
      this.#follow();
      return;
    }
    if (NOTHING_WRITTEN.has(result.refusal.code)) return resolve(result.refusal);
    // It may be in the log or not, now or later. Nothing may be decided before that is known.
    this.#lose();
    resolve(refusal('COORDINATOR_NOT_AVAILABLE', result.refusal.message));
  }

  #follow(): void {
    if (this.#following) {
      this.#again = true;
      return;
    }
    this.#following = true;
    this.#catchUp().then(
      () => {
        this.#following = false;
        if (!this.#again) return;
        this.#again = false;
        this.#follow();
      },
      (error: unknown) => this.#options.failed(error),
    );
  }

  async #catchUp(): Promise<void> {
    const { host, onLoaded } = this.#options;
    for (;;) {
      if (this.#state === 'closed' || this.#state === 'unreadable') return;
      if (!this.#leads()) return this.#lose();
      if (this.#state === 'loading' && this.#next >= this.#loadedAt) {
        this.#state = 'ready';
        onLoaded();
      }
      this.#settle();
      const end = host.highWatermark;
      if (this.#next >= end) return;
      const read = host.read(this.#next, READ_BYTES, end);
      const chunks = read instanceof Promise ? await read : read;
      // A leader's log below its high watermark is committed; what was read as anything else is not.
      if (!this.#leads() || 'code' in chunks) return this.#lose();
      if (!this.#take(chunks)) return;
      if (chunks.length === 0) this.#next = end;
    }
  }

  /** Returns whether it could be read. */
  #take(chunks: readonly Uint8Array[]): boolean {
    for (const chunk of chunks) {
      for (const { header, position } of batchesIn(chunk)) {
        if (header.lastOffset < this.#next) continue;
        try {
          this.#options.take(new RecordBatchView(chunk, position));
        } catch (error) {
          if (error instanceof InvariantViolation || !(error instanceof Error)) throw error;
          this.#state = 'unreadable';
          this.#options.onUnreadable(error);
          return false;
        }
        this.#next = offsetAfter(header.lastOffset, 1);
      }
    }
    return true;
  }

  #settle(): void {
    if (this.#waiting.length === 0) return;
    const taken = this.#waiting.filter(({ endOffset }) => endOffset <= this.#next);
    this.#waiting = this.#waiting.filter(({ endOffset }) => endOffset > this.#next);
    for (const { resolve } of taken) resolve(null);
  }

  #leads(): boolean {
    const { role, leaderEpoch } = this.#options.host.view();
    return role === 'leader' && leaderEpoch === this.#options.leaderEpoch;
  }
}

/** A read at a time: large enough to be cheap per byte, small enough to share the loop. */
const READ_BYTES = 1024 * 1024;
/** Larger than any batch that a coordinator makes. */
const BATCH_BYTES_MAX = 16 * 1024 * 1024;
/** How long an append may wait for in-sync replicas before the log is read anew. */
const APPEND_MS_MAX = 600_000;

/** The leader refused before it appended, and is the leader still. */
const NOTHING_WRITTEN: ReadonlySet<ErrorCode> = new Set([
  'NOT_ENOUGH_REPLICAS',
  'DISK_FULL',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_TXN_STATE',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
]);
