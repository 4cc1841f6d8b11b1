import { ERRORS, OdradekError } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';
import type { Instant } from '../base/ids.ts';
import type { ProducerState, RecordBatchBuilder } from '../record/index.ts';
import type { Route } from './metadata.ts';
import type { PartitionSequence } from './sequences.ts';

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
  /** What is sent, once sealed; the same bytes at every attempt, unless `sequence` changes. */
  encoded: Uint8Array | null;
  /** The sequence that `encoded` carries. */
  sealedAs: ProducerState | null;
  recordsCount: number;
  /** What it counts in the buffer. */
  bytes: number;
  readonly createdAt: Instant;
  readonly deadline: Instant;
  /** Takes no more records. */
  closed: boolean;
  /**
   * What it is sent as, the same at every attempt, so that the leader knows it again. Null before it
   * is sent, and again when its partition begins anew, which it does only while it is certain that the
   * batch is not in the log.
   */
  sequence: ProducerState | null;
  /** Counts the batches of a partition that have a sequence. */
  ordinal: number;
  attempts: number;
  /** While it is under way. */
  attempt: Attempt<Token> | null;
  /** Of the last attempt, which may be over; 0: there was none. */
  lastCorrelationId: number;
  /** Where the last attempt went. */
  lastRoute: Route | null;
  lastError: OdradekError | null;
  /** Not null if it may be in the log: what left the outcome of an attempt open. */
  doubt: OdradekError | null;
  readonly deliveries: Delivery<Token>[];
}

/** One partition's batches, in the order in which they are written. */
export interface PartitionQueue<Token> {
  readonly topic: string;
  readonly partition: number;
  /** Those that are under way or come next first; only the last is open. */
  readonly batches: Batch<Token>[];
  /** How many of them are under way. */
  underWay: number;
  readonly sequence: PartitionSequence;
  /** Not before this. */
  retryAt: number;
  /** In a row, of looking for a leader. */
  routeFailures: number;
  /** The size of the last batch: what room the next one begins with. */
  lastBytes: number;
}

/** One batch on its way to one broker. */
export interface Attempt<Token> {
  /** Unique for each attempt and rising, so that answers to earlier ones are recognised. */
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

export function addDelivery<Token>(batch: Batch<Token>, index: number, token: Token): void {
  const last = batch.deliveries.at(-1);
  if (last !== undefined && last.token === token && last.firstIndex + last.count === index) {
    last.count++;
  } else {
    batch.deliveries.push({ firstIndex: index, count: 1, token });
  }
}

export function closeLast<Token>(queue: PartitionQueue<Token>): void {
  const last = queue.batches.at(-1);
  if (last !== undefined) last.closed = true;
}

export function timedOut<Token>(batch: Batch<Token>): OdradekError {
  const code: ErrorCode = 'DELIVERY_TIMED_OUT';
  const { topic, partition } = batch.queue;
  const why = batch.lastError === null ? '' : `; the last error was ${batch.lastError.code}`;
  const message =
    batch.attempts === 0
      ? 'the batch could not be sent within the delivery timeout; nothing was written'
      : `${ERRORS[code].message}${why}`;
  return new OdradekError(code, message, { topic, partition, cause: batch.lastError ?? undefined });
}

/**
 * The error of a batch that failed for good. Where an earlier attempt may have been written, a refusal
 * of a later one proves nothing, and the error says that the outcome is not known.
 */
export function finalError<Token>(batch: Batch<Token>, error: OdradekError): OdradekError {
  const { doubt, queue } = batch;
  if (doubt === null || error.indeterminate) return error;
  const { topic, partition } = queue;
  return new OdradekError(
    doubt.code,
    `the batch may be written: ${doubt.message}; sent again, it was refused with ${error.code}: ${error.message}`,
    { topic, partition, cause: error },
  );
}
