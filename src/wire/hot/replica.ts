/**
 * The messages of replication, between brokers:
 *
 *   ReplicaRequest      1 open · 2 echo optional double · 3 closed (repeated) ·
 *                       4 positions (repeated)
 *   ReplicaOpen         1 broker_id sint32 · 2 broker_epoch int64 · 3 cluster_id string ·
 *                       4 leader_id sint32
 *   PartitionReference  1 topic_id string · 2 partition sint32
 *   Position            1 topic_id string · 2 partition sint32 · 3 generation int64 ·
 *                       4 leader_epoch sint32 · 5 fetch_offset int64 ·
 *                       6 last_fetched_epoch optional sint32 · 7 log_start_offset int64
 *
 *   ReplicaResponse     1 sent_at double · 2 frames (repeated)
 *   ReplicaFrame        1 topic_id string · 2 partition sint32 · 3 generation int64 ·
 *                       4 leader_epoch sint32 · one of 5 records, 6 divergence, 7 refusal
 *   ReplicaRecords      1 start_offset int64 · 2 high_watermark int64 ·
 *                       3 log_start_offset int64 · 4 batches bytes · 5 replicated_to int64
 *   ReplicaDivergence   1 epoch sint32 · 2 end_offset int64
 *   ReplicaRefusal      1 error · 2 log_start_offset int64 · 3 log_end_offset int64
 *
 * A frame's batches are given in pieces and become one field; decoded they are one view.
 *
 * Deliberately not done: an embedded message that occurs twice is not merged, the last one counts.
 */
import { assertNever } from '../../base/assert.ts';
import type {
  BrokerEpoch,
  ClusterId,
  Generation,
  Instant,
  LeaderEpoch,
  NodeId,
  Offset,
  PartitionIndex,
  TopicId,
} from '../../base/ids.ts';
import type { Frame, Position } from '../../replication/types.ts';
import type { ItemError } from '../item-error.ts';
import { MalformedMessage } from '../malformed-message.ts';
import {
  readBrokerEpoch,
  readClusterId,
  readGeneration,
  readInstant,
  readLeaderEpoch,
  readLeaderEpochOrNone,
  readNodeId,
  readOffset,
  readPartition,
  readPresent,
  readTopicId,
} from '../values.ts';
import { itemErrorSize, readItemError, writeItemError } from './item-error-codec.ts';
import { WireReader, tagOf } from './wire-reader.ts';
import {
  WIRE_BYTES,
  WIRE_FIXED64,
  WIRE_VARINT,
  WireWriter,
  bytesSize,
  doubleSize,
  int64Size,
  lengthOf,
  messageSize,
  optionalDoubleSize,
  optionalSint32Size,
  sint32Size,
  stringSize,
} from './wire-writer.ts';

/** Who connects to whom; in the first message of a stream. */
export interface ReplicaOpen {
  readonly follower: NodeId;
  readonly followerEpoch: BrokerEpoch;
  readonly clusterId: ClusterId;
  readonly leader: NodeId;
}

interface PartitionReference {
  readonly topicId: TopicId;
  readonly partition: PartitionIndex;
}

interface PlacedPosition extends PartitionReference {
  readonly position: Position;
}

/** Follower to leader. */
export interface ReplicaRequest {
  readonly open: ReplicaOpen | null;
  /** The leader's latest `sentAt` that was received; null before the first. */
  readonly echo: Instant | null;
  readonly closed: readonly PartitionReference[];
  readonly positions: readonly PlacedPosition[];
}

/** A frame with its batches as they are, unparsed. */
export type ReplicaFrame =
  | {
      readonly kind: 'records';
      readonly generation: Generation;
      readonly leaderEpoch: LeaderEpoch;
      readonly startOffset: Offset;
      readonly highWatermark: Offset;
      readonly logStartOffset: Offset;
      readonly replicatedTo: Offset;
      readonly chunks: readonly Uint8Array[];
    }
  | Exclude<Frame, { kind: 'records' }>;

interface PlacedFrame extends PartitionReference {
  readonly frame: ReplicaFrame;
}

/** Leader to follower. */
export interface ReplicaResponse {
  readonly sentAt: Instant;
  readonly frames: readonly PlacedFrame[];
}

// --- ReplicaRequest. ---

export function encodeReplicaRequest(request: ReplicaRequest): Buffer {
  const { open, echo, closed, positions } = request;
  const openBytes = open === null ? 0 : openSize(open);
  let size = (open === null ? 0 : messageSize(openBytes)) + optionalDoubleSize(echo);
  for (const each of closed) size += messageSize(referenceSize(each));
  for (const each of positions) size += messageSize(positionSize(each));

  const writer = new WireWriter(size);
  if (open !== null) {
    writer.message(1, openBytes);
    writer.sint32(1, open.follower);
    writer.int64(2, open.followerEpoch);
    writer.string(3, open.clusterId);
    writer.sint32(4, open.leader);
  }
  writer.optionalDouble(2, echo);
  for (const each of closed) {
    writer.message(3, referenceSize(each));
    writer.string(1, each.topicId);
    writer.sint32(2, each.partition);
  }
  for (const each of positions) {
    writer.message(4, positionSize(each));
    writePosition(writer, each);
  }
  return writer.finish();
}

export function decodeReplicaRequest(bytes: Uint8Array): ReplicaRequest {
  const reader = new WireReader(bytes);
  let open: ReplicaOpen | null = null;
  let echo: number | null = null;
  const closed: PartitionReference[] = [];
  const positions: PlacedPosition[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tagOf(4, WIRE_BYTES)) positions.push(readPosition(reader.message()));
    else if (tag === tagOf(2, WIRE_FIXED64)) echo = reader.double();
    else if (tag === tagOf(3, WIRE_BYTES)) closed.push(readReference(reader.message()));
    else if (tag === tagOf(1, WIRE_BYTES)) open = readOpen(reader.message());
    else reader.skip(tag);
  }
  // Of a field that occurs twice the last one counts, so that only it is looked at.
  return { open, echo: echo === null ? null : readInstant(echo, 'echo'), closed, positions };
}

function openSize(open: ReplicaOpen): number {
  return (
    sint32Size(open.follower) +
    int64Size(open.followerEpoch) +
    stringSize(open.clusterId) +
    sint32Size(open.leader)
  );
}

function readOpen(reader: WireReader): ReplicaOpen {
  let follower = 0;
  let followerEpoch = 0;
  let clusterId = '';
  let leader = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tagOf(1, WIRE_VARINT)) follower = reader.sint32();
    else if (tag === tagOf(2, WIRE_VARINT)) followerEpoch = reader.int64();
    else if (tag === tagOf(3, WIRE_BYTES)) clusterId = reader.string();
    else if (tag === tagOf(4, WIRE_VARINT)) leader = reader.sint32();
    else reader.skip(tag);
  }
  return {
    follower: readNodeId(follower, 'broker_id'),
    followerEpoch: readBrokerEpoch(followerEpoch, 'broker_epoch'),
    clusterId: readClusterId(clusterId, 'cluster_id'),
    leader: readNodeId(leader, 'leader_id'),
  };
}

function referenceSize({ topicId, partition }: PartitionReference): number {
  return stringSize(topicId) + sint32Size(partition);
}

function readReference(reader: WireReader): PartitionReference {
  let topicId = '';
  let partition = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tagOf(1, WIRE_BYTES)) topicId = reader.string();
    else if (tag === tagOf(2, WIRE_VARINT)) partition = reader.sint32();
    else reader.skip(tag);
  }
  return placeOf(topicId, partition);
}

function placeOf(topicId: string, partition: number): PartitionReference {
  return {
    topicId: readTopicId(topicId, 'topic_id'),
    partition: readPartition(partition, 'partition'),
  };
}

function positionSize(placed: PlacedPosition): number {
  const { position } = placed;
  return (
    referenceSize(placed) +
    int64Size(position.generation) +
    sint32Size(position.leaderEpoch) +
    int64Size(position.fetchOffset) +
    optionalSint32Size(position.lastFetchedEpoch) +
    int64Size(position.logStartOffset)
  );
}

function writePosition(writer: WireWriter, { topicId, partition, position }: PlacedPosition): void {
  writer.string(1, topicId);
  writer.sint32(2, partition);
  writer.int64(3, position.generation);
  writer.sint32(4, position.leaderEpoch);
  writer.int64(5, position.fetchOffset);
  writer.optionalSint32(6, position.lastFetchedEpoch);
  writer.int64(7, position.logStartOffset);
}

function readPosition(reader: WireReader): PlacedPosition {
  let topicId = '';
  let partition = 0;
  let generation = 0;
  let leaderEpoch = 0;
  let fetchOffset = 0;
  let lastFetchedEpoch: number | null = null;
  let logStartOffset = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tagOf(1, WIRE_BYTES)) topicId = reader.string();
    else if (tag === tagOf(2, WIRE_VARINT)) partition = reader.sint32();
    else if (tag === tagOf(3, WIRE_VARINT)) generation = reader.int64();
    else if (tag === tagOf(4, WIRE_VARINT)) leaderEpoch = reader.sint32();
    else if (tag === tagOf(5, WIRE_VARINT)) fetchOffset = reader.int64();
    else if (tag === tagOf(6, WIRE_VARINT)) lastFetchedEpoch = reader.sint32();
    else if (tag === tagOf(7, WIRE_VARINT)) logStartOffset = reader.int64();
    else reader.skip(tag);
  }
  return {
    ...placeOf(topicId, partition),
    position: {
      generation: readGeneration(generation, 'generation'),
      leaderEpoch: readLeaderEpoch(leaderEpoch, 'leader_epoch'),
      fetchOffset: readOffset(fetchOffset, 'fetch_offset'),
      lastFetchedEpoch: readLeaderEpochOrNone(lastFetchedEpoch, 'last_fetched_epoch'),
      logStartOffset: readOffset(logStartOffset, 'log_start_offset'),
    },
  };
}

// --- ReplicaResponse. ---

export function encodeReplicaResponse(
  { sentAt, frames }: ReplicaResponse,
  Writer: typeof WireWriter = WireWriter,
): Buffer {
  const contents = frames.map(({ frame }) => contentSize(frame));
  let size = doubleSize(sentAt);
  for (const [index, placed] of frames.entries()) {
    size += messageSize(frameSize(placed, contents[index] ?? 0));
  }
  const writer = new Writer(size);
  writer.double(1, sentAt);
  for (const [index, placed] of frames.entries()) {
    const content = contents[index] ?? 0;
    writer.message(2, frameSize(placed, content));
    writeFrame(writer, placed, content);
  }
  return writer.finish();
}

export function decodeReplicaResponse(bytes: Uint8Array): ReplicaResponse {
  const reader = new WireReader(bytes);
  let sentAt = 0;
  const frames: PlacedFrame[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tagOf(2, WIRE_BYTES)) frames.push(readFrame(reader.message()));
    else if (tag === tagOf(1, WIRE_FIXED64)) sentAt = reader.double();
    else reader.skip(tag);
  }
  return { sentAt: readInstant(sentAt, 'sent_at'), frames };
}

function frameSize(placed: PlacedFrame, content: number): number {
  const { frame } = placed;
  return (
    referenceSize(placed) +
    int64Size(frame.generation) +
    sint32Size(frame.leaderEpoch) +
    messageSize(content)
  );
}

function contentSize(frame: ReplicaFrame): number {
  switch (frame.kind) {
    case 'records':
      return (
        int64Size(frame.startOffset) +
        int64Size(frame.highWatermark) +
        int64Size(frame.logStartOffset) +
        bytesSize(lengthOf(frame.chunks)) +
        int64Size(frame.replicatedTo)
      );
    case 'diverging':
      return sint32Size(frame.epoch) + int64Size(frame.endOffset);
    case 'refused':
      return (
        messageSize(itemErrorSize({ refusal: frame.refusal, leader: null })) +
        int64Size(frame.logStartOffset) +
        int64Size(frame.logEndOffset)
      );
    default:
      return assertNever(frame);
  }
}

function writeFrame(writer: WireWriter, placed: PlacedFrame, content: number): void {
  const { frame } = placed;
  writer.string(1, placed.topicId);
  writer.sint32(2, placed.partition);
  writer.int64(3, frame.generation);
  writer.sint32(4, frame.leaderEpoch);
  switch (frame.kind) {
    case 'records':
      writer.message(5, content);
      writer.int64(1, frame.startOffset);
      writer.int64(2, frame.highWatermark);
      writer.int64(3, frame.logStartOffset);
      writer.chunks(4, lengthOf(frame.chunks), frame.chunks);
      writer.int64(5, frame.replicatedTo);
      return;
    case 'diverging':
      writer.message(6, content);
      writer.sint32(1, frame.epoch);
      writer.int64(2, frame.endOffset);
      return;
    case 'refused': {
      const error = { refusal: frame.refusal, leader: null };
      writer.message(7, content);
      writer.message(1, itemErrorSize(error));
      writeItemError(writer, error);
      writer.int64(2, frame.logStartOffset);
      writer.int64(3, frame.logEndOffset);
      return;
    }
    default:
      assertNever(frame);
  }
}

interface FrameHead {
  readonly generation: Generation;
  readonly leaderEpoch: LeaderEpoch;
}

function readFrame(reader: WireReader): PlacedFrame {
  let topicId = '';
  let partition = 0;
  let generation = 0;
  let leaderEpoch = 0;
  let content: ((head: FrameHead) => ReplicaFrame) | null = null;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tagOf(1, WIRE_BYTES)) topicId = reader.string();
    else if (tag === tagOf(2, WIRE_VARINT)) partition = reader.sint32();
    else if (tag === tagOf(3, WIRE_VARINT)) generation = reader.int64();
    else if (tag === tagOf(4, WIRE_VARINT)) leaderEpoch = reader.sint32();
    else if (tag === tagOf(5, WIRE_BYTES)) content = readRecords(reader.message());
    else if (tag === tagOf(6, WIRE_BYTES)) content = readDivergence(reader.message());
    else if (tag === tagOf(7, WIRE_BYTES)) content = readRefused(reader.message());
    else reader.skip(tag);
  }
  // A kind of frame that this version does not know cannot be passed over: the follower's session
  // rests on seeing every one.
  if (content === null) throw new MalformedMessage('a frame has no content that is known');
  return {
    ...placeOf(topicId, partition),
    frame: content({
      generation: readGeneration(generation, 'generation'),
      leaderEpoch: readLeaderEpoch(leaderEpoch, 'leader_epoch'),
    }),
  };
}

function readRecords(reader: WireReader): (head: FrameHead) => ReplicaFrame {
  let startOffset = 0;
  let highWatermark = 0;
  let logStartOffset = 0;
  let batches: Buffer | null = null;
  let replicatedTo = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tagOf(1, WIRE_VARINT)) startOffset = reader.int64();
    else if (tag === tagOf(2, WIRE_VARINT)) highWatermark = reader.int64();
    else if (tag === tagOf(3, WIRE_VARINT)) logStartOffset = reader.int64();
    else if (tag === tagOf(4, WIRE_BYTES)) batches = reader.bytes();
    else if (tag === tagOf(5, WIRE_VARINT)) replicatedTo = reader.int64();
    else reader.skip(tag);
  }
  const content = {
    kind: 'records',
    startOffset: readOffset(startOffset, 'start_offset'),
    highWatermark: readOffset(highWatermark, 'high_watermark'),
    logStartOffset: readOffset(logStartOffset, 'log_start_offset'),
    replicatedTo: readOffset(replicatedTo, 'replicated_to'),
    chunks: batches === null || batches.length === 0 ? [] : [batches],
  } as const;
  return (head) => ({ ...head, ...content });
}

function readDivergence(reader: WireReader): (head: FrameHead) => ReplicaFrame {
  let epoch = 0;
  let endOffset = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tagOf(1, WIRE_VARINT)) epoch = reader.sint32();
    else if (tag === tagOf(2, WIRE_VARINT)) endOffset = reader.int64();
    else reader.skip(tag);
  }
  const content = {
    kind: 'diverging',
    epoch: readLeaderEpoch(epoch, 'epoch'),
    endOffset: readOffset(endOffset, 'end_offset'),
  } as const;
  return (head) => ({ ...head, ...content });
}

function readRefused(reader: WireReader): (head: FrameHead) => ReplicaFrame {
  let error: ItemError | null = null;
  let logStartOffset = 0;
  let logEndOffset = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tagOf(1, WIRE_BYTES)) error = readItemError(reader.message());
    else if (tag === tagOf(2, WIRE_VARINT)) logStartOffset = reader.int64();
    else if (tag === tagOf(3, WIRE_VARINT)) logEndOffset = reader.int64();
    else reader.skip(tag);
  }
  const content = {
    kind: 'refused',
    refusal: readPresent(error, 'error').refusal,
    logStartOffset: readOffset(logStartOffset, 'log_start_offset'),
    logEndOffset: readOffset(logEndOffset, 'log_end_offset'),
  } as const;
  return (head) => ({ ...head, ...content });
}
