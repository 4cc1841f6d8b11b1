/**
 * A transactional id's state ↔ the value of a record of the coordinator's log. The key is the
 * transactional id in UTF-8; a record without a value means that the id was forgotten.
 *
 * The value is one JSON object in UTF-8, so that the log can be read with any tool:
 *
 *   version        1
 *   producerId     whole number     who may act from here on
 *   producerEpoch  0 to 32767
 *   status         "empty", "ongoing", "prepare-commit", …
 *   timeoutMs      whole number
 *   partitions     list of { topic, topicId, partition }
 *   startedAt      milliseconds since 1970, or null
 *   updatedAt      milliseconds since 1970
 *   marker         { producerId, producerEpoch } or null
 *   endedBy        { producerId, producerEpoch } or null
 *
 * A reader refuses every version but its own. A change of the fields raises the version and adds a
 * reader for the old one: a compacted log keeps its records for as long as they are the last.
 */
import { partitionIndex, timestamp, topicId } from '../base/ids.ts';
import { PRODUCER_EPOCH_MAX } from './state.ts';
import type { TransactionState } from './state.ts';
import { TRANSACTION_STATUSES } from './types.ts';
import type { ProducerIdentity, TransactionPartition } from './types.ts';

const STATE_VERSION = 1;

/** A record that no version of ours wrote. Whoever meets it must not coordinate what it may hide. */
export class CorruptTransactionState extends Error {
  override readonly name = 'CorruptTransactionState';
}

export function encodeTransactionState(state: TransactionState): Uint8Array {
  const { transactionalId: _, ...fields } = state;
  return ENCODER.encode(JSON.stringify({ version: STATE_VERSION, ...fields }));
}

export function encodeTransactionalId(transactionalId: string): Uint8Array {
  return ENCODER.encode(transactionalId);
}

/** Throws `CorruptTransactionState`. */
export function parseTransactionalId(key: Uint8Array): string {
  try {
    return DECODER.decode(key);
  } catch (cause) {
    throw new CorruptTransactionState('a key is not UTF-8', { cause });
  }
}

/** Throws `CorruptTransactionState` unless every field is in place. */
export function parseTransactionState(
  transactionalId: string,
  bytes: Uint8Array,
): TransactionState {
  const fields = parseObject(bytes);
  const version = whole(fields, 'version');
  if (version !== STATE_VERSION) {
    throw new CorruptTransactionState(
      `the state of ${transactionalId} has version ${version}, this program reads ${STATE_VERSION}`,
    );
  }
  const status = TRANSACTION_STATUSES.find((each) => each === fields['status']);
  if (status === undefined) throw wrong('status', fields['status']);
  const { partitions } = fields;
  if (!Array.isArray(partitions)) throw wrong('partitions', partitions);
  return {
    transactionalId,
    ...identity(fields),
    status,
    timeoutMs: whole(fields, 'timeoutMs'),
    partitions: partitions.map(parsePartition),
    startedAt: fields['startedAt'] === null ? null : timestamp(whole(fields, 'startedAt')),
    updatedAt: timestamp(whole(fields, 'updatedAt')),
    marker: fields['marker'] === null ? null : identity(objectOf(fields['marker'], 'marker')),
    endedBy: fields['endedBy'] === null ? null : identity(objectOf(fields['endedBy'], 'endedBy')),
  };
}

type Fields = Readonly<Record<string, unknown>>;

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder('utf-8', { fatal: true });
const TOPIC_ID_PATTERN = /^[A-Za-z0-9_-]{22}$/;

function parseObject(bytes: Uint8Array): Fields {
  let value: unknown;
  try {
    value = JSON.parse(DECODER.decode(bytes));
  } catch (cause) {
    throw new CorruptTransactionState('a state is not JSON in UTF-8', { cause });
  }
  return objectOf(value, 'the state');
}

function objectOf(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(name, value);
  return Object.fromEntries(Object.entries(value));
}

function whole(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw wrong(name, value);
  }
  return value;
}

function identity(fields: Fields): ProducerIdentity {
  const producerEpoch = whole(fields, 'producerEpoch');
  if (producerEpoch > PRODUCER_EPOCH_MAX) throw wrong('producerEpoch', producerEpoch);
  return { producerId: whole(fields, 'producerId'), producerEpoch };
}

function parsePartition(value: unknown): TransactionPartition {
  const fields = objectOf(value, 'a partition');
  const { topic, topicId: id } = fields;
  if (typeof topic !== 'string') throw wrong('topic', topic);
  if (typeof id !== 'string' || !TOPIC_ID_PATTERN.test(id)) throw wrong('topicId', id);
  return { topic, topicId: topicId(id), partition: partitionIndex(whole(fields, 'partition')) };
}

function wrong(name: string, value: unknown): CorruptTransactionState {
  const text = JSON.stringify(value) ?? 'nothing';
  return new CorruptTransactionState(
    `${name} of a transaction's state holds ${text.length <= 60 ? text : `${text.slice(0, 60)}…`}`,
  );
}
