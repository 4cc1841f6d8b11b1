import { assert } from '../base/assert.ts';
import { OdradekError } from '../base/errors.ts';
import {
  brokerEpoch,
  metadataOffset,
  offset,
  partitionIndex,
  partitionKey,
  topicId,
} from '../base/ids.ts';
import type { BrokerEpoch, MetadataOffset, Offset, PartitionKey } from '../base/ids.ts';
import { crc32c } from '../record/crc32c.ts';

/**
 * The file `durable-marks`. Numbers are big-endian.
 *
 * | position | type | field                                                        |
 * |----------|------|--------------------------------------------------------------|
 * | 0        | u32  | magic, the letters `ODMK`                                     |
 * | 4        | u32  | CRC-32C of everything from position 8                         |
 * | 8        | u16  | format version, 1                                             |
 * | 10       | u16  | 0                                                             |
 * | 12       | i64  | broker epoch, -1 for none                                     |
 * | 20       | i64  | highest applied metadata offset, -1 for none                  |
 * | 28       | u32  | number of entries                                             |
 * | 32       |      | entries of 28 bytes, in no particular order:                  |
 * | + 0      | 16 B | topic id                                                      |
 * | + 16     | i32  | partition                                                     |
 * | + 20     | i64  | durable log end offset                                        |
 *
 * A newer version with a good checksum is refused with a sentence; anything else that does not
 * verify is damage. Version 1 is the first: there is nothing to migrate yet.
 */
export interface DurableMarks {
  readonly brokerEpoch: BrokerEpoch | null;
  readonly metadataOffset: MetadataOffset | null;
  readonly marks: ReadonlyMap<PartitionKey, Offset>;
}

export function encodeDurableMarks(content: DurableMarks): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + content.marks.size * ENTRY_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint16(8, VERSION);
  view.setBigInt64(12, BigInt(content.brokerEpoch ?? -1));
  view.setBigInt64(20, BigInt(content.metadataOffset ?? -1));
  view.setUint32(28, content.marks.size);
  let position = HEADER_BYTES;
  for (const [key, mark] of content.marks) {
    const [topic = '', partition = ''] = key.split(':');
    const id = Buffer.from(topic, 'base64url');
    assert(id.length === TOPIC_ID_BYTES, () => `a partition key has a topic id, got ${key}`);
    bytes.set(id, position);
    view.setInt32(position + 16, Number(partition));
    view.setBigInt64(position + 20, BigInt(mark));
    position += ENTRY_BYTES;
  }
  view.setUint32(4, crc32c(bytes, CHECKED_FROM));
  return bytes;
}

/** null if the bytes are damaged. Throws `DATA_DIRECTORY_MISMATCH` for a newer version. */
export function parseDurableMarks(bytes: Uint8Array, directory: string): DurableMarks | null {
  if (bytes.length < HEADER_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== MAGIC || view.getUint32(4) !== crc32c(bytes, CHECKED_FROM)) return null;
  const version = view.getUint16(8);
  if (version > VERSION) {
    throw new OdradekError(
      'DATA_DIRECTORY_MISMATCH',
      `the data directory ${directory} has durable marks of version ${version}, ` +
        `and this release reads versions up to ${VERSION}`,
    );
  }
  const count = view.getUint32(28);
  if (version !== VERSION || bytes.length !== HEADER_BYTES + count * ENTRY_BYTES) return null;
  const epoch = Number(view.getBigInt64(12));
  const applied = Number(view.getBigInt64(20));
  if (!isWhole(epoch, -1) || !isWhole(applied, -1)) return null;
  const marks = new Map<PartitionKey, Offset>();
  for (let index = 0; index < count; index++) {
    const position = HEADER_BYTES + index * ENTRY_BYTES;
    const id = Buffer.from(bytes.subarray(position, position + TOPIC_ID_BYTES));
    const partition = view.getInt32(position + 16);
    const mark = Number(view.getBigInt64(position + 20));
    if (!isWhole(partition, 0) || !isWhole(mark, 0)) return null;
    const key = partitionKey(topicId(id.toString('base64url')), partitionIndex(partition));
    marks.set(key, offset(mark));
  }
  return {
    brokerEpoch: epoch === -1 ? null : brokerEpoch(epoch),
    metadataOffset: applied === -1 ? null : metadataOffset(applied),
    marks,
  };
}

/** What a checksum does not rule out: a number that cannot be is damage as well. */
function isWhole(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}

const MAGIC = 0x4f444d4b;
const VERSION = 1;
const CHECKED_FROM = 8;
const HEADER_BYTES = 32;
const ENTRY_BYTES = 28;
const TOPIC_ID_BYTES = 16;
