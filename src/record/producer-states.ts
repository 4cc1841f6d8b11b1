/**
 * What one partition remembers of its producers: enough to recognise a batch that was sent twice, one
 * that is missing, one of an instance that was replaced, and which transactions are open
 * (KIP-98, KIP-360, KIP-890).
 *
 * Leader and log each keep one; both are fed with the same batches in the order of their offsets.
 * Time comes in as `expire`.
 */
import type { Offset, Timestamp } from '../base/ids.ts';
import { offset, timestamp } from '../base/ids.ts';
import type { Refusal } from '../base/errors.ts';
import { refusal } from '../base/errors.ts';
import type { BatchHeader } from './batch-header.ts';
import { NO_PRODUCER_ID } from './batch-header.ts';
import type { TransactionMarker } from './control-batch.ts';
import { readControlRecord } from './control-batch.ts';

/** What a batch says of its producer. */
export interface ProducerBatch {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** -1 in a marker. */
  readonly baseSequence: number;
  readonly lastOffsetDelta: number;
  readonly maxTimestamp: Timestamp;
  readonly transactional: boolean;
  /** Not null in a control batch that ends a transaction. */
  readonly marker: Pick<TransactionMarker, 'outcome' | 'coordinatorEpoch'> | null;
}

/** One of the last batches of a producer. */
export interface KnownBatch {
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
}

/** What is known of one producer. */
export interface ProducerState {
  epoch: number;
  /** Of the last marker; -1: none yet. */
  coordinatorEpoch: number;
  /** Up to five, oldest first; all of `epoch`. */
  batches: KnownBatch[];
  /** The largest timestamp of its last batch. */
  lastTimestamp: Timestamp;
  /** Null while no transaction is open. */
  transactionStart: Offset | null;
  /** Of the last marker of `epoch`; null: none. */
  markerOffset: Offset | null;
  /** When it was last heard of, as `expire` saw it; null: since the last `expire`. */
  seenAt: Timestamp | null;
}

/** A transaction that a marker has ended here. */
export interface CompletedTransaction {
  readonly producerId: number;
  readonly firstOffset: Offset;
  /** Where its marker lies. */
  readonly markerOffset: Offset;
  readonly outcome: TransactionMarker['outcome'];
}

/** What the leader does with a batch. */
export type ProducerVerdict =
  | { readonly kind: 'append' }
  /** It is in the log already. */
  | { readonly kind: 'duplicate'; readonly baseOffset: Offset; readonly lastOffset: Offset }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** How many batches a producer may have under way, and how many are remembered (KIP-98). */
export const KNOWN_BATCHES_MAX = 5;

export class ProducerStates {
  readonly #states = new Map<number, ProducerState>();
  /** Producer id to first offset. Transactions open in the order of their offsets, so the first is the lowest. */
  readonly #open = new Map<number, Offset>();
  /** In the order of their markers, from the first that may not be committed. */
  #completed: CompletedTransaction[] = [];

  get size(): number {
    return this.#states.size;
  }

  get openTransactions(): number {
    return this.#open.size;
  }

  /** In no order that means something. */
  entries(): IterableIterator<[number, Readonly<ProducerState>]> {
    return this.#states.entries();
  }

  /** Ended, and perhaps not committed yet; in the order of their markers. */
  get completed(): readonly CompletedTransaction[] {
    return this.#completed;
  }

  get(producerId: number): Readonly<ProducerState> | undefined {
    return this.#states.get(producerId);
  }

  /** Whether this batch may be appended now. Changes nothing. */
  check(batch: ProducerBatch): ProducerVerdict {
    const known = this.#states.get(batch.producerId);
    if (known === undefined) return checkFirst(batch);
    if (batch.producerEpoch < known.epoch) {
      return refused(
        'INVALID_PRODUCER_EPOCH',
        `producer ${batch.producerId} is at epoch ${known.epoch} here, the batch is of epoch ${batch.producerEpoch}`,
      );
    }
    if (batch.marker !== null) return this.#checkMarker(batch, known, batch.marker);
    if (known.transactionStart !== null && !batch.transactional) {
      return refused(
        'INVALID_TXN_STATE',
        `producer ${batch.producerId} has an open transaction here, and the batch is not part of it`,
      );
    }
    return checkSequence(batch, known);
  }

  /** Records a batch that was appended at `baseOffset`. Returns the transaction that it ended, if one. */
  append(batch: ProducerBatch, baseOffset: Offset): CompletedTransaction | null {
    let state = this.#states.get(batch.producerId);
    if (state === undefined) {
      state = newState(batch.producerEpoch);
      this.#states.set(batch.producerId, state);
    }
    if (batch.producerEpoch !== state.epoch) {
      state.epoch = batch.producerEpoch;
      state.batches = [];
      state.markerOffset = null;
    }
    state.lastTimestamp = batch.maxTimestamp;
    state.seenAt = null;
    if (batch.marker !== null) return this.#end(batch, state, batch.marker, baseOffset);
    const lastOffset = offset(baseOffset + batch.lastOffsetDelta);
    const { baseSequence } = batch;
    if (baseSequence >= 0) {
      const lastSequence = sequenceAfter(baseSequence, batch.lastOffsetDelta);
      if (state.batches.length === KNOWN_BATCHES_MAX) state.batches.shift();
      state.batches.push({ baseSequence, lastSequence, baseOffset, lastOffset });
    }
    if (batch.transactional && state.transactionStart === null) {
      state.transactionStart = baseOffset;
      this.#open.set(batch.producerId, baseOffset);
    }
    return null;
  }

  /**
   * The end of what a read-committed reader may see: the high watermark, unless a transaction is open
   * below it, or its marker is not committed yet.
   */
  lastStableOffset(highWatermark: Offset): Offset {
    while (this.#completed[0] !== undefined && this.#completed[0].markerOffset < highWatermark) {
      this.#completed.shift();
    }
    let end = highWatermark;
    for (const { firstOffset } of this.#completed) if (firstOffset < end) end = firstOffset;
    const firstOpen = this.firstOpenOffset();
    return firstOpen !== null && firstOpen < end ? firstOpen : end;
  }

  /** Where the oldest open transaction begins; null if none is open. */
  firstOpenOffset(): Offset | null {
    for (const first of this.#open.values()) return first;
    return null;
  }

  /**
   * Forgets producers that have not been heard of for `expirationMs`, measured by when this was
   * called and not by what the records say: a producer may well write last year's records today.
   * One with an open transaction is kept. Returns how many went.
   */
  expire(now: Timestamp, expirationMs: number): number {
    let count = 0;
    for (const [producerId, state] of this.#states) {
      if (state.seenAt === null || state.seenAt > now) state.seenAt = now;
      if (state.transactionStart !== null || now - state.seenAt <= expirationMs) continue;
      this.#states.delete(producerId);
      count++;
    }
    return count;
  }

  /** Takes over one producer as a snapshot has it. */
  restore(producerId: number, state: ProducerState): void {
    this.#states.set(producerId, state);
  }

  /** To be called once after the last `restore`. */
  restored(completed: readonly CompletedTransaction[]): void {
    this.#completed = [...completed];
    const open = [...this.#states]
      .flatMap(([id, { transactionStart }]) =>
        transactionStart === null ? [] : [[id, transactionStart] as const],
      )
      .sort(([, a], [, b]) => a - b);
    for (const [id, first] of open) this.#open.set(id, first);
  }

  clear(): void {
    this.#states.clear();
    this.#open.clear();
    this.#completed = [];
  }

  clone(): ProducerStates {
    const copy = new ProducerStates();
    for (const [id, state] of this.#states) {
      copy.restore(id, { ...state, batches: [...state.batches] });
    }
    copy.restored(this.#completed);
    return copy;
  }

  #checkMarker(
    batch: ProducerBatch,
    known: ProducerState,
    marker: NonNullable<ProducerBatch['marker']>,
  ): ProducerVerdict {
    if (marker.coordinatorEpoch < known.coordinatorEpoch) {
      return refused(
        'TRANSACTION_COORDINATOR_FENCED',
        `the marker is of coordinator epoch ${marker.coordinatorEpoch}, ${known.coordinatorEpoch} has been seen here`,
      );
    }
    // KIP-890: a marker has a higher epoch than what it ends, so this one has been here before, and
    // what is open now is the next transaction.
    if (batch.producerEpoch > known.epoch) return APPEND;
    const at = known.markerOffset ?? known.batches.at(-1)?.lastOffset ?? offset(0);
    return { kind: 'duplicate', baseOffset: at, lastOffset: at };
  }

  #end(
    batch: ProducerBatch,
    state: ProducerState,
    marker: NonNullable<ProducerBatch['marker']>,
    markerOffset: Offset,
  ): CompletedTransaction | null {
    const firstOffset = state.transactionStart;
    state.coordinatorEpoch = marker.coordinatorEpoch;
    state.markerOffset = markerOffset;
    state.transactionStart = null;
    if (firstOffset === null) return null;
    this.#open.delete(batch.producerId);
    const { producerId } = batch;
    const completed = { producerId, firstOffset, markerOffset, outcome: marker.outcome };
    this.#completed.push(completed);
    return completed;
  }
}

/**
 * What the batch with `header`, which begins at `position`, says of its producer; null without one.
 * Only a control batch is looked into. Throws `CorruptBatch`.
 */
export function producerBatchOf(
  header: Pick<
    BatchHeader,
    | 'producerId'
    | 'producerEpoch'
    | 'baseSequence'
    | 'lastOffsetDelta'
    | 'maxTimestamp'
    | 'isTransactional'
    | 'isControl'
  >,
  bytes: Uint8Array,
  position: number,
): ProducerBatch | null {
  if (header.producerId === NO_PRODUCER_ID) return null;
  return {
    producerId: header.producerId,
    producerEpoch: header.producerEpoch,
    baseSequence: header.isControl ? -1 : header.baseSequence,
    lastOffsetDelta: header.lastOffsetDelta,
    maxTimestamp: header.maxTimestamp,
    transactional: header.isTransactional,
    marker: header.isControl ? (readControlRecord(bytes, position)?.marker ?? null) : null,
  };
}

/**
 * Of a producer that nothing is known of. Kafka takes any sequence (KIP-360), and with it the second
 * of two batches whose first was lost with a leader: then the first comes too late and is out of
 * order for good. Here a producer begins with 0, and one that was forgotten is told so and begins
 * anew under another id.
 */
function checkFirst({ producerId, baseSequence, marker }: ProducerBatch): ProducerVerdict {
  if (marker !== null || baseSequence === 0) return APPEND;
  return outOfOrder(producerId, 'nothing is known here, so sequence 0 comes first', baseSequence);
}

/** `sequence` + `count`, which begins at 0 again behind 2^31 - 1. */
export function sequenceAfter(sequence: number, count: number): number {
  return (sequence + count) % 0x8000_0000;
}

function checkSequence(batch: ProducerBatch, known: ProducerState): ProducerVerdict {
  const { producerId, producerEpoch, baseSequence } = batch;
  if (producerEpoch > known.epoch) {
    if (baseSequence === 0) return APPEND;
    return outOfOrder(producerId, `epoch ${producerEpoch} begins with sequence 0`, baseSequence);
  }
  const lastSequence = sequenceAfter(baseSequence, batch.lastOffsetDelta);
  for (const each of known.batches) {
    if (each.baseSequence !== baseSequence || each.lastSequence !== lastSequence) continue;
    return { kind: 'duplicate', baseOffset: each.baseOffset, lastOffset: each.lastOffset };
  }
  const last = known.batches.at(-1);
  const expected = last === undefined ? 0 : sequenceAfter(last.lastSequence, 1);
  if (baseSequence === expected) return APPEND;
  return outOfOrder(producerId, `sequence ${expected} comes next`, baseSequence);
}

function outOfOrder(producerId: number, expected: string, got: number): ProducerVerdict {
  return refused(
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    `${expected} from producer ${producerId}, the batch begins with ${got}; nothing was written`,
  );
}

function newState(epoch: number): ProducerState {
  return {
    epoch,
    coordinatorEpoch: -1,
    batches: [],
    lastTimestamp: timestamp(-1),
    transactionStart: null,
    markerOffset: null,
    seenAt: null,
  };
}

function refused(code: Refusal['code'], message: string): ProducerVerdict {
  return { kind: 'refused', refusal: refusal(code, message) };
}

const APPEND: ProducerVerdict = { kind: 'append' };
