/**
 * What the hand-written codecs should have read: the same bytes through the generated code, turned
 * into the same values.
 *
 * Three differences are meant, and left out of the comparison:
 *
 * - An embedded message that occurs twice is merged by the generated code; by hand the last one
 *   counts (each codec's header says so). The same goes for two members of one `oneof`.
 * - The generated code follows groups a hundred levels deep, the hand-written one 32: no message has
 *   groups, and its stack is its own.
 */
import type { Type } from 'protobufjs';
import protobuf from 'protobufjs';
import type { AbortedTransaction, FetchResponse } from '../../src/wire/hot/fetch.ts';
import type {
  Append,
  AppendResult,
  ProduceOptions,
  ProduceRequest,
  ProduceResponse,
  ProduceStreamRequest,
} from '../../src/wire/hot/produce.ts';
import type { ReplicaFrame, ReplicaRequest, ReplicaResponse } from '../../src/wire/hot/replica.ts';
import type { ItemError } from '../../src/wire/item-error.ts';
import { fromErrorMessage } from '../../src/wire/item-error.ts';
import { MalformedMessage } from '../../src/wire/malformed-message.ts';
import { decodeMessage, odradek } from '../../src/wire/protobuf.ts';
import {
  readBrokerEpoch,
  readClusterId,
  readGeneration,
  readInstant,
  readLeaderEpoch,
  readLeaderEpochOrNone,
  readNodeId,
  readOffset,
  readOffsetOrNone,
  readPartition,
  readTopicId,
  readTopicIdOrNone,
} from '../../src/wire/values.ts';
import { parseFields } from './protobuf-tree.ts';

const v1 = odradek.v1;
const internal = odradek.internal.v1;

/** By the RPC's path and the direction. Each throws `MalformedMessage`. */
export const HOT_ORACLES: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  '/odradek.v1.ProducerService/Produce request': produceRequest,
  '/odradek.v1.ProducerService/Produce response': produceResponse,
  '/odradek.v1.ProducerService/ProduceStream request': produceStreamRequest,
  '/odradek.v1.ProducerService/ProduceStream response': produceResponse,
  '/odradek.v1.ConsumerService/Fetch response': fetchResponse,
  '/odradek.v1.ConsumerService/FetchStream response': fetchResponse,
  '/odradek.internal.v1.ReplicationService/Replicate request': replicaRequest,
  '/odradek.internal.v1.ReplicationService/Replicate response': replicaResponse,
};

/** Whether the two codecs may differ about this message. */
export function mayDiffer(
  bytes: Uint8Array,
  type: Type,
  refusal: MalformedMessage | null,
): boolean {
  if (refusal?.message.includes('nested too deep') === true) return true;
  return repeatsMessage(bytes, type);
}

/** Whether a field that can hold one message, or one of several, holds more. */
function repeatsMessage(bytes: Uint8Array, type: Type): boolean {
  const fields = parseFields(bytes);
  // Groups and the like: whether anything is repeated cannot be seen.
  if (fields === null) return bytes.length > 0;
  const seen = new Set<string>();
  for (const { number, wireType, payload } of fields) {
    const field = type.fieldsById[number];
    if (field === undefined || wireType !== 2) continue;
    const { resolvedType } = field.resolve();
    if (!(resolvedType instanceof protobuf.Type)) continue;
    if (repeatsMessage(payload, resolvedType)) return true;
    const place = field.partOf?.name ?? field.name;
    if (!field.repeated && seen.has(place)) return true;
    seen.add(place);
  }
  return false;
}

function produceRequest(bytes: Uint8Array): ProduceRequest {
  const message = decodeMessage(v1.ProduceRequest, bytes);
  return { ...options(message), appends: message.appends.map(append) };
}

function produceStreamRequest(bytes: Uint8Array): ProduceStreamRequest {
  const { open, appends } = decodeMessage(v1.ProduceStreamRequest, bytes);
  return { open: open ? options(open) : null, appends: appends.map(append) };
}

function options(
  message: odradek.v1.ProduceStreamOpen.$Properties | odradek.v1.ProduceRequest.$Properties,
): ProduceOptions {
  const acks = (['all', 0, 1, 'all'] as const)[message.acks ?? 0];
  if (acks === undefined) throw new MalformedMessage('no such acks');
  const { transactionalId } = message;
  return {
    clientId: message.clientId ?? '',
    acks,
    timeoutMs: message.timeoutMs ?? 0,
    ...(transactionalId ? { transactionalId } : {}),
  };
}

function append(message: odradek.v1.Append.$Properties): Append {
  return {
    correlationId: message.correlationId ?? 0,
    topic: message.topic ?? '',
    topicId: readTopicIdOrNone(message.topicId ?? '', ''),
    partition: readPartition(message.partition ?? 0, ''),
    expectedLeaderEpoch: readLeaderEpochOrNone(message.expectedLeaderEpoch, ''),
    batch: message.recordBatch ?? Buffer.alloc(0),
  };
}

function produceResponse(bytes: Uint8Array): ProduceResponse {
  return { results: decodeMessage(v1.ProduceResponse, bytes).results.map(appendResult) };
}

function appendResult(message: odradek.v1.AppendResult.$Properties): AppendResult {
  const correlationId = message.correlationId ?? 0;
  const error = errorOf(message.error);
  if (error !== null) {
    return { correlationId, result: { ok: false, refusal: error.refusal }, leader: error.leader };
  }
  const baseOffset = readOffset(message.baseOffset ?? 0, '');
  const logStartOffset = readOffset(message.logStartOffset ?? 0, '');
  return { correlationId, result: { ok: true, baseOffset, logStartOffset }, leader: null };
}

function errorOf(message: odradek.v1.Error.$Properties | null | undefined): ItemError | null {
  return message ? fromErrorMessage(message) : null;
}

function fetchResponse(bytes: Uint8Array): FetchResponse {
  const { partitions } = decodeMessage(v1.FetchResponse, bytes);
  return {
    partitions: partitions.map((each) => ({
      topic: each.topic ?? '',
      topicId: readTopicIdOrNone(each.topicId ?? '', ''),
      partition: readPartition(each.partition ?? 0, ''),
      generation: each.generation ?? 0,
      error: errorOf(each.error),
      highWatermark: readOffsetOrNone(each.highWatermark ?? 0, ''),
      lastStableOffset: readOffsetOrNone(each.lastStableOffset ?? 0, ''),
      logStartOffset: readOffsetOrNone(each.logStartOffset ?? 0, ''),
      leaderEpoch: readLeaderEpochOrNone(each.leaderEpoch ?? 0, ''),
      caughtUp: each.caughtUp ?? false,
      chunks: pieces(each.records),
      ...(each.aborted?.length ? { aborted: each.aborted.map(aborted) } : {}),
    })),
  };
}

function aborted(message: odradek.v1.AbortedTransaction.$Properties): AbortedTransaction {
  return {
    producerId: readOffset(message.producerId ?? 0, ''),
    firstOffset: readOffset(message.firstOffset ?? 0, ''),
  };
}

function pieces(bytes: Uint8Array | null | undefined): Uint8Array[] {
  return bytes?.length ? [bytes] : [];
}

function replicaRequest(bytes: Uint8Array): ReplicaRequest {
  const { open, echo, closed, positions } = decodeMessage(internal.ReplicaRequest, bytes);
  return {
    open: open
      ? {
          follower: readNodeId(open.brokerId ?? 0, ''),
          followerEpoch: readBrokerEpoch(open.brokerEpoch ?? 0, ''),
          clusterId: readClusterId(open.clusterId ?? '', ''),
          leader: readNodeId(open.leaderId ?? 0, ''),
        }
      : null,
    echo: echo === null || echo === undefined ? null : readInstant(echo, ''),
    closed: closed.map(placeOf),
    positions: positions.map((position) => ({
      ...placeOf(position),
      position: {
        generation: readGeneration(position.generation ?? 0, ''),
        leaderEpoch: readLeaderEpoch(position.leaderEpoch ?? 0, ''),
        fetchOffset: readOffset(position.fetchOffset ?? 0, ''),
        lastFetchedEpoch: readLeaderEpochOrNone(position.lastFetchedEpoch, ''),
        logStartOffset: readOffset(position.logStartOffset ?? 0, ''),
      },
    })),
  };
}

function placeOf(message: { topicId?: string | null; partition?: number | null }) {
  return {
    topicId: readTopicId(message.topicId ?? '', ''),
    partition: readPartition(message.partition ?? 0, ''),
  };
}

function replicaResponse(bytes: Uint8Array): ReplicaResponse {
  const { sentAt, frames } = decodeMessage(internal.ReplicaResponse, bytes);
  return {
    sentAt: readInstant(sentAt, ''),
    frames: frames.map((frame) => ({ ...placeOf(frame), frame: replicaFrame(frame) })),
  };
}

function replicaFrame(message: odradek.internal.v1.ReplicaFrame.$Properties): ReplicaFrame {
  const head = {
    generation: readGeneration(message.generation ?? 0, ''),
    leaderEpoch: readLeaderEpoch(message.leaderEpoch ?? 0, ''),
  };
  const { records, divergence, refusal } = message;
  if (records) {
    return {
      ...head,
      kind: 'records',
      startOffset: readOffset(records.startOffset ?? 0, ''),
      highWatermark: readOffset(records.highWatermark ?? 0, ''),
      logStartOffset: readOffset(records.logStartOffset ?? 0, ''),
      replicatedTo: readOffset(records.replicatedTo ?? 0, ''),
      chunks: pieces(records.batches),
    };
  }
  if (divergence) {
    return {
      ...head,
      kind: 'diverging',
      epoch: readLeaderEpoch(divergence.epoch ?? 0, ''),
      endOffset: readOffset(divergence.endOffset ?? 0, ''),
    };
  }
  const error = errorOf(refusal?.error);
  if (!refusal || error === null) throw new MalformedMessage('no content');
  return {
    ...head,
    kind: 'refused',
    refusal: error.refusal,
    logStartOffset: readOffset(refusal.logStartOffset ?? 0, ''),
    logEndOffset: readOffset(refusal.logEndOffset ?? 0, ''),
  };
}
