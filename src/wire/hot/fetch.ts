/**
 * The answers of a read. `FetchResponse` and `FetchStreamResponse` have the same shape:
 *
 *   …Response         1 partitions (repeated)
 *   PartitionRecords  1 topic string · 2 topic_id string · 3 partition sint32 · 4 error ·
 *                     5 high_watermark int64 · 6 last_stable_offset int64 ·
 *                     7 log_start_offset int64 · 8 leader_epoch sint32 · 9 generation uint32 ·
 *                     10 caught_up bool · 11 records bytes · 12 aborted (repeated)
 *   AbortedTransaction  1 producer_id int64 · 2 first_offset int64
 *
 * Offsets and the epoch are -1 where they are not known. Records are given in pieces and become one
 * field; decoded they are one view.
 *
 * Deliberately not done: an embedded message that occurs twice is not merged, the last one counts.
 */
import type { LeaderEpoch, Offset, PartitionIndex, TopicId } from '../../base/ids.ts';
import type { ItemError } from '../item-error.ts';
import { MalformedMessage } from '../malformed-message.ts';
import {
  NONE,
  readLeaderEpochOrNone,
  readOffset,
  readOffsetOrNone,
  readPartition,
  readTopicIdOrNone,
} from '../values.ts';
import { itemErrorSize, readItemError, writeItemError } from './item-error-codec.ts';
import { WireReader, tagOf } from './wire-reader.ts';
import {
  WIRE_BYTES,
  WIRE_VARINT,
  WireWriter,
  boolSize,
  bytesSize,
  int64Size,
  lengthOf,
  messageSize,
  sint32Size,
  stringSize,
  uint64Size,
} from './wire-writer.ts';

export interface PartitionRecords {
  readonly topic: string;
  readonly topicId: TopicId | null;
  readonly partition: PartitionIndex;
  /** A stream's: the client's number for what it asked for since the last seek. */
  readonly generation: number;
  readonly error: ItemError | null;
  readonly highWatermark: Offset | null;
  readonly lastStableOffset: Offset | null;
  readonly logStartOffset: Offset | null;
  readonly leaderEpoch: LeaderEpoch | null;
  /** Everything up to the high watermark has been sent. */
  readonly caughtUp: boolean;
  /** Whole batches, one behind the other; the first may begin before the offset asked for. */
  readonly chunks: readonly Uint8Array[];
  /**
   * With read-committed, the aborted transactions that reach into the records; absent: none. What is
   * to be passed over are the producer's batches from `firstOffset` to its next abort marker.
   */
  readonly aborted?: readonly AbortedTransaction[];
}

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: Offset;
}

export interface FetchResponse {
  readonly partitions: readonly PartitionRecords[];
}

export function encodeFetchResponse(
  { partitions }: FetchResponse,
  Writer: typeof WireWriter = WireWriter,
): Buffer {
  const sizes = partitions.map(partitionSize);
  let size = 0;
  for (const each of sizes) size += messageSize(each);
  const writer = new Writer(size);
  for (const [index, partition] of partitions.entries()) {
    writer.message(1, sizes[index] ?? 0);
    writePartition(writer, partition);
  }
  return writer.finish();
}

export function decodeFetchResponse(bytes: Uint8Array): FetchResponse {
  const reader = new WireReader(bytes);
  const partitions: PartitionRecords[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tagOf(1, WIRE_BYTES)) partitions.push(readRecords(reader.message()));
    else reader.skip(tag);
  }
  return { partitions };
}

function partitionSize(records: PartitionRecords): number {
  return (
    stringSize(records.topic) +
    stringSize(records.topicId ?? '') +
    sint32Size(records.partition) +
    (records.error === null ? 0 : messageSize(itemErrorSize(records.error))) +
    int64Size(records.highWatermark ?? NONE) +
    int64Size(records.lastStableOffset ?? NONE) +
    int64Size(records.logStartOffset ?? NONE) +
    sint32Size(records.leaderEpoch ?? NONE) +
    uint64Size(records.generation) +
    boolSize(records.caughtUp) +
    bytesSize(lengthOf(records.chunks)) +
    abortedSize(records.aborted)
  );
}

function abortedSize(aborted: PartitionRecords['aborted']): number {
  let size = 0;
  for (const each of aborted ?? []) size += messageSize(abortedBodySize(each));
  return size;
}

function abortedBodySize({ producerId, firstOffset }: AbortedTransaction): number {
  return int64Size(producerId) + int64Size(firstOffset);
}

function writePartition(writer: WireWriter, records: PartitionRecords): void {
  writer.string(1, records.topic);
  writer.string(2, records.topicId ?? '');
  writer.sint32(3, records.partition);
  if (records.error !== null) {
    writer.message(4, itemErrorSize(records.error));
    writeItemError(writer, records.error);
  }
  writer.int64(5, records.highWatermark ?? NONE);
  writer.int64(6, records.lastStableOffset ?? NONE);
  writer.int64(7, records.logStartOffset ?? NONE);
  writer.sint32(8, records.leaderEpoch ?? NONE);
  writer.uint64(9, records.generation);
  writer.bool(10, records.caughtUp);
  writer.chunks(11, lengthOf(records.chunks), records.chunks);
  for (const each of records.aborted ?? []) {
    writer.message(12, abortedBodySize(each));
    writer.int64(1, each.producerId);
    writer.int64(2, each.firstOffset);
  }
}

function readRecords(reader: WireReader): PartitionRecords {
  let topic = '';
  let topicId = '';
  let partition = 0;
  let error: ItemError | null = null;
  let highWatermark = 0;
  let lastStableOffset = 0;
  let logStartOffset = 0;
  let leaderEpoch = 0;
  let generation = 0;
  let caughtUp = false;
  let records: Buffer | null = null;
  const aborted: AbortedTransaction[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tagOf(1, WIRE_BYTES)) topic = reader.string();
    else if (tag === tagOf(2, WIRE_BYTES)) topicId = reader.string();
    else if (tag === tagOf(3, WIRE_VARINT)) partition = reader.sint32();
    else if (tag === tagOf(4, WIRE_BYTES)) error = readItemError(reader.message());
    else if (tag === tagOf(5, WIRE_VARINT)) highWatermark = reader.int64();
    else if (tag === tagOf(6, WIRE_VARINT)) lastStableOffset = reader.int64();
    else if (tag === tagOf(7, WIRE_VARINT)) logStartOffset = reader.int64();
    else if (tag === tagOf(8, WIRE_VARINT)) leaderEpoch = reader.sint32();
    else if (tag === tagOf(9, WIRE_VARINT)) generation = reader.uint32();
    else if (tag === tagOf(10, WIRE_VARINT)) caughtUp = reader.bool();
    else if (tag === tagOf(11, WIRE_BYTES)) records = reader.bytes();
    else if (tag === tagOf(12, WIRE_BYTES)) aborted.push(readAborted(reader.message()));
    else reader.skip(tag);
  }
  return {
    topic,
    topicId: readTopicIdOrNone(topicId, 'topic_id'),
    partition: readPartition(partition, 'partition'),
    generation,
    error,
    highWatermark: readOffsetOrNone(highWatermark, 'high_watermark'),
    lastStableOffset: readOffsetOrNone(lastStableOffset, 'last_stable_offset'),
    logStartOffset: readOffsetOrNone(logStartOffset, 'log_start_offset'),
    leaderEpoch: readLeaderEpochOrNone(leaderEpoch, 'leader_epoch'),
    caughtUp,
    chunks: records === null || records.length === 0 ? [] : [records],
    ...(aborted.length === 0 ? {} : { aborted }),
  };
}

function readAborted(reader: WireReader): AbortedTransaction {
  let producerId = 0;
  let firstOffset = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tagOf(1, WIRE_VARINT)) producerId = reader.int64();
    else if (tag === tagOf(2, WIRE_VARINT)) firstOffset = reader.int64();
    else reader.skip(tag);
  }
  if (producerId < 0) throw new MalformedMessage(`producer_id must be from 0, got ${producerId}`);
  return { producerId, firstOffset: readOffset(firstOffset, 'first_offset') };
}
