import type { ErrorCode } from '../../base/errors.ts';
import { OdradekError } from '../../base/errors.ts';
import type { Send } from './history.ts';

/**
 * How often a client may have sent a record before it was told of an error: `once`, or also again, as
 * the SDK's producer does. An error says what became of the last attempt only.
 */
export type Attempts = 'once' | 'any';

/**
 * What an error leaves of a send. `failed` only if no attempt can have been written: whatever is not
 * known to be definite is `unknown`, since a judge that is told `failed` will hold the log to it.
 */
export function outcomeOfError(error: unknown, attempts: Attempts): Exclude<Send['outcome'], 'ok'> {
  if (!(error instanceof OdradekError) || error.indeterminate) return 'unknown';
  if (REFUSED_FOR_WHAT_IT_IS.has(error.code)) return 'failed';
  return attempts === 'once' && REFUSED_BEFORE_APPEND.has(error.code) ? 'failed' : 'unknown';
}

/**
 * Refused by the client before anything left, or for what the batch is: then each attempt of it was.
 * (Unless limits of its topic are changed while it is under way. A checksum is not among them: a copy
 * may have been damaged on its way, and another not.)
 */
export const REFUSED_FOR_WHAT_IT_IS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'BUFFER_EXHAUSTED',
  'CODEC_UNAVAILABLE',
  'INVALID_CONFIG',
  'INVALID_RECORD',
  'INVALID_REQUIRED_ACKS',
  'INVALID_TOPIC_EXCEPTION',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'UNSUPPORTED_COMPRESSION_TYPE',
]);

/** Refused by a broker before it appends. (After that, a leader that is replaced says LEADERSHIP_LOST.) */
export const REFUSED_BEFORE_APPEND: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CORRUPT_MESSAGE',
  'DISK_FULL',
  'FENCED_LEADER_EPOCH',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_TIMESTAMP',
  'LEADER_NOT_AVAILABLE',
  'NOT_ENOUGH_REPLICAS',
  'NOT_LEADER_OR_FOLLOWER',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_LEADER_EPOCH',
  'UNKNOWN_TOPIC_ID',
  'UNKNOWN_TOPIC_OR_PARTITION',
]);
