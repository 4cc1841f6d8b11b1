/**
 * What consumers ask for: fetches, the frames of a fetch stream, and offsets by time. The answers
 * that carry records are in `hot/fetch.ts`.
 */
import type { LeaderEpoch, Offset, PartitionIndex, TopicId } from '../base/ids.ts';
import type { ItemError } from './item-error.ts';
import { fromErrorMessage, toErrorMessage } from './item-error.ts';
import { MalformedMessage } from './malformed-message.ts';
import { decodeMessage, encodeMessage, odradek } from './protobuf.ts';
import {
  NONE,
  readLeaderEpochOrNone,
  readOffset,
  readOffsetOrNone,
  readPartition,
  readTopicIdOrNone,
} from './values.ts';

export type IsolationLevel = 'read-uncommitted' | 'read-committed';

export interface TopicPartition {
  readonly topic: string;
  /** Null: whatever topic has the name now. */
  readonly topicId: TopicId | null;
  readonly partition: PartitionIndex;
}

export interface FetchTarget {
  readonly target: TopicPartition;
  readonly fetchOffset: Offset;
  readonly currentLeaderEpoch: LeaderEpoch | null;
  /** 0: as much as the response may hold. */
  readonly maxBytes: number;
  /** Echoed by a stream; 0 for a unary fetch. */
  readonly generation: number;
  /**
   * Not absent: a replica that follows may answer too (KIP-392), unless more bytes than this may be
   * committed that it does not know of.
   */
  readonly maxStalenessBytes?: number;
}

export interface FetchRequest {
  readonly clientId: string;
  readonly partitions: readonly FetchTarget[];
  readonly maxWaitMs: number;
  readonly minBytes: number;
  /** At least one whole batch is sent, even if it is larger. */
  readonly maxBytes: number;
  readonly isolation: IsolationLevel;
}

export interface FetchStreamOptions {
  readonly clientId: string;
  readonly isolation: IsolationLevel;
  /** Upper bound of the records in one message; 0: the broker's default. */
  readonly maxMessageBytes: number;
}

export interface FetchStreamRequest {
  /** In the first message of a stream. */
  readonly open: FetchStreamOptions | null;
  /** Starts partitions, or moves them to another offset and generation. */
  readonly assign: readonly FetchTarget[];
  readonly unassign: readonly { readonly topic: string; readonly partition: PartitionIndex }[];
  /** Added to what the broker may still send, in bytes of records. */
  readonly creditBytes: number;
}

export interface ListOffsetsTarget {
  readonly target: TopicPartition;
  readonly currentLeaderEpoch: LeaderEpoch | null;
  /** `end` is the high watermark; a timestamp is in milliseconds since 1970. */
  readonly at: 'start' | 'end' | 'log-end' | { readonly timestamp: number };
}

export interface ListOffsetsRequest {
  readonly partitions: readonly ListOffsetsTarget[];
  readonly isolation: IsolationLevel;
}

export interface ListedOffset {
  readonly topic: string;
  readonly partition: PartitionIndex;
  readonly error: ItemError | null;
  /** Null: no record at or after the timestamp. */
  readonly offset: Offset | null;
  readonly leaderEpoch: LeaderEpoch | null;
  /** By timestamp: the batch that holds the record. */
  readonly batch: Uint8Array | null;
}

export interface ListOffsetsResponse {
  readonly partitions: readonly ListedOffset[];
}

export function encodeFetchRequest(request: FetchRequest): Buffer {
  return encodeMessage(odradek.v1.FetchRequest, {
    clientId: request.clientId,
    partitions: request.partitions.map(toFetchPartition),
    maxWaitMs: request.maxWaitMs,
    minBytes: request.minBytes,
    maxBytes: request.maxBytes,
    isolation: ISOLATION_NUMBERS[request.isolation],
  });
}

export function decodeFetchRequest(bytes: Uint8Array): FetchRequest {
  const message = decodeMessage(odradek.v1.FetchRequest, bytes);
  return {
    clientId: message.clientId,
    partitions: message.partitions.map(fromFetchPartition),
    maxWaitMs: message.maxWaitMs,
    minBytes: message.minBytes,
    maxBytes: message.maxBytes,
    isolation: isolationOf(message.isolation),
  };
}

export function encodeFetchStreamRequest(request: FetchStreamRequest): Buffer {
  const { open } = request;
  return encodeMessage(odradek.v1.FetchStreamRequest, {
    open:
      open === null
        ? null
        : {
            clientId: open.clientId,
            isolation: ISOLATION_NUMBERS[open.isolation],
            maxMessageBytes: open.maxMessageBytes,
          },
    assign: request.assign.map(toFetchPartition),
    unassign: request.unassign.map(({ topic, partition }) => ({ topic, partition })),
    creditBytes: request.creditBytes,
  });
}

export function decodeFetchStreamRequest(bytes: Uint8Array): FetchStreamRequest {
  const { open, assign, unassign, creditBytes } = decodeMessage(
    odradek.v1.FetchStreamRequest,
    bytes,
  );
  return {
    open:
      open === null || open === undefined
        ? null
        : {
            clientId: open.clientId ?? '',
            isolation: isolationOf(open.isolation ?? 0),
            maxMessageBytes: open.maxMessageBytes ?? 0,
          },
    assign: assign.map(fromFetchPartition),
    unassign: unassign.map(({ topic, partition }) => ({
      topic: topic ?? '',
      partition: readPartition(partition ?? 0, 'unassign.partition'),
    })),
    creditBytes,
  };
}

export function encodeListOffsetsRequest(request: ListOffsetsRequest): Buffer {
  return encodeMessage(odradek.v1.ListOffsetsRequest, {
    partitions: request.partitions.map(({ target, currentLeaderEpoch, at }) => ({
      topic: target.topic,
      topicId: target.topicId ?? '',
      partition: target.partition,
      currentLeaderEpoch,
      timestamp: typeof at === 'object' ? at.timestamp : PLACE_NUMBERS[at],
    })),
    isolation: ISOLATION_NUMBERS[request.isolation],
  });
}

export function decodeListOffsetsRequest(bytes: Uint8Array): ListOffsetsRequest {
  const message = decodeMessage(odradek.v1.ListOffsetsRequest, bytes);
  return {
    partitions: message.partitions.map((each) => ({
      target: readTarget(each),
      currentLeaderEpoch: readLeaderEpochOrNone(each.currentLeaderEpoch, 'current_leader_epoch'),
      at: readPlace(each.timestamp ?? 0),
    })),
    isolation: isolationOf(message.isolation),
  };
}

export function encodeListOffsetsResponse(response: ListOffsetsResponse): Buffer {
  return encodeMessage(odradek.v1.ListOffsetsResponse, {
    partitions: response.partitions.map((each) => ({
      topic: each.topic,
      partition: each.partition,
      error: each.error === null ? null : toErrorMessage(each.error.refusal, each.error.leader),
      offset: each.offset ?? NONE,
      leaderEpoch: each.leaderEpoch ?? NONE,
      recordBatch: each.batch,
    })),
  });
}

export function decodeListOffsetsResponse(bytes: Uint8Array): ListOffsetsResponse {
  const message = decodeMessage(odradek.v1.ListOffsetsResponse, bytes);
  return {
    partitions: message.partitions.map((each) => ({
      topic: each.topic ?? '',
      partition: readPartition(each.partition ?? 0, 'partition'),
      error: each.error === null || each.error === undefined ? null : fromErrorMessage(each.error),
      offset: readOffsetOrNone(each.offset ?? 0, 'offset'),
      leaderEpoch: readLeaderEpochOrNone(each.leaderEpoch ?? 0, 'leader_epoch'),
      batch: each.recordBatch?.length ? each.recordBatch : null,
    })),
  };
}

const ISOLATION_NUMBERS = {
  'read-uncommitted': 1,
  'read-committed': 2,
} as const satisfies Record<IsolationLevel, number>;

function isolationOf(value: number): IsolationLevel {
  if (value === ISOLATION_NUMBERS['read-committed']) return 'read-committed';
  if (value === 0 || value === ISOLATION_NUMBERS['read-uncommitted']) return 'read-uncommitted';
  throw new MalformedMessage(`isolation has the unknown value ${value}`);
}

const PLACE_NUMBERS = { end: -1, start: -2, 'log-end': -3 } as const;

function readPlace(timestamp: number): ListOffsetsTarget['at'] {
  switch (timestamp) {
    case PLACE_NUMBERS.end:
      return 'end';
    case PLACE_NUMBERS.start:
      return 'start';
    case PLACE_NUMBERS['log-end']:
      return 'log-end';
    default:
      if (timestamp < 0) {
        throw new MalformedMessage(`timestamp must be from 0, or -1, -2 or -3, got ${timestamp}`);
      }
      return { timestamp };
  }
}

function toFetchPartition(fetch: FetchTarget): odradek.v1.FetchPartition.$Properties {
  return {
    topic: fetch.target.topic,
    topicId: fetch.target.topicId ?? '',
    partition: fetch.target.partition,
    fetchOffset: fetch.fetchOffset,
    currentLeaderEpoch: fetch.currentLeaderEpoch,
    maxBytes: fetch.maxBytes,
    generation: fetch.generation,
    maxStalenessBytes: fetch.maxStalenessBytes ?? null,
  };
}

function fromFetchPartition(message: odradek.v1.FetchPartition.$Properties): FetchTarget {
  const { maxStalenessBytes } = message;
  return {
    target: readTarget(message),
    fetchOffset: readOffset(message.fetchOffset ?? 0, 'fetch_offset'),
    currentLeaderEpoch: readLeaderEpochOrNone(message.currentLeaderEpoch, 'current_leader_epoch'),
    maxBytes: message.maxBytes ?? 0,
    generation: message.generation ?? 0,
    ...(maxStalenessBytes === null || maxStalenessBytes === undefined ? {} : { maxStalenessBytes }),
  };
}

function readTarget(message: {
  readonly topic?: string | null;
  readonly topicId?: string | null;
  readonly partition?: number | null;
}): TopicPartition {
  return {
    topic: message.topic ?? '',
    topicId: readTopicIdOrNone(message.topicId ?? '', 'topic_id'),
    partition: readPartition(message.partition ?? 0, 'partition'),
  };
}
