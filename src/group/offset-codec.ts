/**
 * A committed offset ↔ a record of the offsets topic. Key and value are JSON in UTF-8; a record
 * without a value means that the offset was forgotten.
 *
 *   key    [1, "offset", group, topic, partition], the 1 being the version
 *   value  { version: 1, topicId, offset, leaderEpoch or null, metadata, committedAt }
 *
 * A reader refuses every version but its own. The key's version never changes for the sake of the
 * value: compaction compares keys byte by byte.
 */
import { leaderEpoch, offset, partitionIndex, timestamp, topicId } from '../base/ids.ts';
import type { OffsetKey, StoredOffset } from './offset-store.ts';

const VERSION = 1;

/** A record that no version of ours wrote. */
export class CorruptOffset extends Error {
  override readonly name = 'CorruptOffset';
}

export function encodeOffsetKey({ group, topic, partition }: OffsetKey): Uint8Array {
  return ENCODER.encode(JSON.stringify([VERSION, 'offset', group, topic, partition]));
}

export function encodeOffsetValue(stored: StoredOffset): Uint8Array {
  const { topicId: id, offset: at, leaderEpoch: epoch, metadata, committedAt } = stored;
  const fields = { topicId: id, offset: at, leaderEpoch: epoch, metadata, committedAt };
  return ENCODER.encode(JSON.stringify({ version: VERSION, ...fields }));
}

/** Throws `CorruptOffset`. */
export function parseOffsetKey(bytes: Uint8Array): OffsetKey {
  const parts = parseJson(bytes, 'key');
  if (!Array.isArray(parts)) throw wrong('the key', parts);
  const [version, kind, group, topic, partition]: unknown[] = parts;
  if (version !== VERSION || kind !== 'offset') throw wrong('the kind of the key', parts);
  if (typeof group !== 'string') throw wrong('group', group);
  if (typeof topic !== 'string') throw wrong('topic', topic);
  return { group, topic, partition: partitionIndex(whole('partition', partition)) };
}

/** Throws `CorruptOffset` unless every field is in place. */
export function parseOffsetValue(key: OffsetKey, bytes: Uint8Array): StoredOffset {
  const value = parseJson(bytes, 'value');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong('the value', value);
  }
  const fields: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(value));
  if (fields['version'] !== VERSION) throw wrong('version', fields['version']);
  const { topicId: id, leaderEpoch: epoch, metadata } = fields;
  if (typeof id !== 'string' || !TOPIC_ID_PATTERN.test(id)) throw wrong('topicId', id);
  if (typeof metadata !== 'string') throw wrong('metadata', metadata);
  return {
    ...key,
    topicId: topicId(id),
    offset: offset(whole('offset', fields['offset'])),
    leaderEpoch: epoch === null ? null : leaderEpoch(whole('leaderEpoch', epoch)),
    metadata,
    committedAt: timestamp(whole('committedAt', fields['committedAt'])),
  };
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder('utf-8', { fatal: true });
const TOPIC_ID_PATTERN = /^[A-Za-z0-9_-]{22}$/;

function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(DECODER.decode(bytes));
  } catch (cause) {
    throw new CorruptOffset(`the ${what} of a committed offset is not JSON in UTF-8`, { cause });
  }
}

function whole(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw wrong(name, value);
  }
  return value;
}

function wrong(name: string, value: unknown): CorruptOffset {
  const text = JSON.stringify(value) ?? 'nothing';
  return new CorruptOffset(
    `${name} of a committed offset holds ${text.length <= 60 ? text : `${text.slice(0, 60)}…`}`,
  );
}
