/** What users ask the cluster to change, and what a broker tells of its partitions. */
import type { LeaderEpoch, NodeId, Offset, PartitionIndex, TopicId } from '../base/ids.ts';
import type { AdminReply, AdminRequest } from '../controller/types.ts';
import type { ItemError } from './item-error.ts';
import { fromErrorMessage, toErrorMessage } from './item-error.ts';
import { decodeMessage, encodeMessage, odradek } from './protobuf.ts';
import {
  NONE,
  readLeaderEpoch,
  readNodeId,
  readOffset,
  readOffsetOrNone,
  readPartition,
  readTopicId,
  readWord,
} from './values.ts';

type RequestOf<Kind extends AdminRequest['kind']> = Extract<AdminRequest, { kind: Kind }>;
type ReplyOf<Kind extends AdminReply['kind']> = Extract<AdminReply, { kind: Kind }>;

export type CreateTopicRequest = RequestOf<'createTopic'>;
export type DeleteTopicRequest = RequestOf<'deleteTopic'>;
export type AlterTopicRequest = RequestOf<'alterTopic'>;
export type AddPartitionsRequest = RequestOf<'addPartitions'>;
export type ElectLeadersRequest = RequestOf<'electLeaders'>;
export type CreateTopicResponse = ReplyOf<'topicCreated'>;
export type DoneResponse = ReplyOf<'done'>;
export type ElectLeadersResponse = ReplyOf<'elections'>;

export interface DeleteRecordsRequest {
  readonly partitions: readonly {
    readonly topic: string;
    readonly partition: PartitionIndex;
    /** The first offset to keep; null: everything that is committed goes. */
    readonly beforeOffset: Offset | null;
  }[];
}

export interface DeleteRecordsResponse {
  /** In the order of the request. */
  readonly results: readonly ({
    readonly topic: string;
    readonly partition: PartitionIndex;
  } & (
    | { readonly error: null; readonly logStartOffset: Offset }
    | { readonly error: ItemError; readonly logStartOffset: null }
  ))[];
}

export interface DescribePartitionsRequest {
  /** Null: every topic. */
  readonly topics: readonly string[] | null;
}

export interface PartitionDescription {
  readonly topic: string;
  readonly topicId: TopicId;
  readonly partition: PartitionIndex;
  readonly leaderEpoch: LeaderEpoch;
  readonly logStartOffset: Offset;
  readonly highWatermark: Offset;
  readonly logEndOffset: Offset;
  readonly sizeBytes: number;
  readonly replicas: readonly {
    readonly broker: NodeId;
    readonly inSync: boolean;
    /** What is on its disk; null: not heard of in this leader epoch. */
    readonly logEndOffset: Offset | null;
    readonly lagBytes: number;
  }[];
}

export interface DescribePartitionsResponse {
  readonly partitions: readonly PartitionDescription[];
}

export function encodeCreateTopicRequest(request: CreateTopicRequest): Buffer {
  return encodeMessage(odradek.v1.CreateTopicRequest, {
    name: request.name,
    partitions: request.partitions,
    replicationFactor: request.replicationFactor,
    settings: request.settings,
    validateOnly: request.validateOnly,
  });
}

/** Numbers are passed on as they are: what is possible is for the controller to say. */
export function decodeCreateTopicRequest(bytes: Uint8Array): CreateTopicRequest {
  const message = decodeMessage(odradek.v1.CreateTopicRequest, bytes);
  return {
    kind: 'createTopic',
    name: message.name,
    partitions: message.partitions,
    replicationFactor: message.replicationFactor,
    settings: message.settings,
    validateOnly: message.validateOnly,
  };
}

export function encodeCreateTopicResponse(response: CreateTopicResponse): Buffer {
  return encodeMessage(odradek.v1.CreateTopicResponse, {
    topicId: response.topicId,
    partitions: response.partitions,
    replicationFactor: response.replicationFactor,
  });
}

export function decodeCreateTopicResponse(bytes: Uint8Array): CreateTopicResponse {
  const message = decodeMessage(odradek.v1.CreateTopicResponse, bytes);
  return {
    kind: 'topicCreated',
    topicId: readTopicId(message.topicId, 'topic_id'),
    partitions: message.partitions,
    replicationFactor: message.replicationFactor,
  };
}

export function encodeDeleteTopicRequest({ name }: DeleteTopicRequest): Buffer {
  return encodeMessage(odradek.v1.DeleteTopicRequest, { name });
}

export function decodeDeleteTopicRequest(bytes: Uint8Array): DeleteTopicRequest {
  const { name } = decodeMessage(odradek.v1.DeleteTopicRequest, bytes);
  return { kind: 'deleteTopic', name };
}

export function encodeAlterTopicRequest({ name, settings }: AlterTopicRequest): Buffer {
  return encodeMessage(odradek.v1.AlterTopicRequest, { name, ...splitSettings(settings) });
}

export function decodeAlterTopicRequest(bytes: Uint8Array): AlterTopicRequest {
  const { name, set, unset } = decodeMessage(odradek.v1.AlterTopicRequest, bytes);
  return { kind: 'alterTopic', name, settings: joinSettings(set, unset) };
}

export function encodeAddPartitionsRequest({ name, total }: AddPartitionsRequest): Buffer {
  return encodeMessage(odradek.v1.AddPartitionsRequest, { name, total });
}

export function decodeAddPartitionsRequest(bytes: Uint8Array): AddPartitionsRequest {
  const { name, total } = decodeMessage(odradek.v1.AddPartitionsRequest, bytes);
  return { kind: 'addPartitions', name, total };
}

/** Of the requests that are answered by nothing but success. */
export function encodeDoneResponse(_response: DoneResponse): Buffer {
  return Buffer.alloc(0);
}

export function decodeDoneResponse(bytes: Uint8Array): DoneResponse {
  // The three empty responses are the same on the wire; this one stands for all.
  decodeMessage(odradek.v1.DeleteTopicResponse, bytes);
  return { kind: 'done' };
}

export function encodeElectLeadersRequest({ name, partition }: ElectLeadersRequest): Buffer {
  return encodeMessage(odradek.v1.ElectLeadersRequest, { topic: name ?? '', partition });
}

export function decodeElectLeadersRequest(bytes: Uint8Array): ElectLeadersRequest {
  const { topic, partition } = decodeMessage(odradek.v1.ElectLeadersRequest, bytes);
  return {
    kind: 'electLeaders',
    name: topic === '' ? null : topic,
    partition:
      partition === null || partition === undefined ? null : readPartition(partition, 'partition'),
  };
}

export function encodeElectLeadersResponse({ results }: ElectLeadersResponse): Buffer {
  return encodeMessage(odradek.v1.ElectLeadersResponse, { results: results.map(toElection) });
}

export function decodeElectLeadersResponse(bytes: Uint8Array): ElectLeadersResponse {
  const { results } = decodeMessage(odradek.v1.ElectLeadersResponse, bytes);
  return { kind: 'elections', results: results.map(fromElection) };
}

export function encodeDeleteRecordsRequest({ partitions }: DeleteRecordsRequest): Buffer {
  return encodeMessage(odradek.v1.DeleteRecordsRequest, {
    partitions: partitions.map(({ topic, partition, beforeOffset }) => ({
      topic,
      partition,
      beforeOffset: beforeOffset ?? NONE,
    })),
  });
}

export function decodeDeleteRecordsRequest(bytes: Uint8Array): DeleteRecordsRequest {
  const { partitions } = decodeMessage(odradek.v1.DeleteRecordsRequest, bytes);
  return {
    partitions: partitions.map((each) => ({
      topic: each.topic ?? '',
      partition: readPartition(each.partition ?? 0, 'partition'),
      beforeOffset: readOffsetOrNone(each.beforeOffset ?? 0, 'before_offset'),
    })),
  };
}

export function encodeDeleteRecordsResponse({ results }: DeleteRecordsResponse): Buffer {
  return encodeMessage(odradek.v1.DeleteRecordsResponse, {
    results: results.map(({ topic, partition, error, logStartOffset }) =>
      error === null
        ? { topic, partition, logStartOffset }
        : { topic, partition, error: toErrorMessage(error.refusal, error.leader) },
    ),
  });
}

export function decodeDeleteRecordsResponse(bytes: Uint8Array): DeleteRecordsResponse {
  const { results } = decodeMessage(odradek.v1.DeleteRecordsResponse, bytes);
  return {
    results: results.map(({ error, ...each }) => {
      const topic = each.topic ?? '';
      const partition = readPartition(each.partition ?? 0, 'partition');
      if (error !== null && error !== undefined) {
        return { topic, partition, error: fromErrorMessage(error), logStartOffset: null };
      }
      const logStartOffset = readOffset(each.logStartOffset ?? 0, 'log_start_offset');
      return { topic, partition, error: null, logStartOffset };
    }),
  };
}

export function encodeDescribePartitionsRequest({ topics }: DescribePartitionsRequest): Buffer {
  return encodeMessage(odradek.v1.DescribePartitionsRequest, { topics: [...(topics ?? [])] });
}

export function decodeDescribePartitionsRequest(bytes: Uint8Array): DescribePartitionsRequest {
  const { topics } = decodeMessage(odradek.v1.DescribePartitionsRequest, bytes);
  return { topics: topics.length === 0 ? null : topics };
}

export function encodeDescribePartitionsResponse(response: DescribePartitionsResponse): Buffer {
  return encodeMessage(odradek.v1.DescribePartitionsResponse, {
    partitions: response.partitions.map((each) => ({
      topic: each.topic,
      topicId: each.topicId,
      partition: each.partition,
      leaderEpoch: each.leaderEpoch,
      logStartOffset: each.logStartOffset,
      highWatermark: each.highWatermark,
      logEndOffset: each.logEndOffset,
      sizeBytes: each.sizeBytes,
      replicas: each.replicas.map((replica) => ({
        brokerId: replica.broker,
        inSync: replica.inSync,
        logEndOffset: replica.logEndOffset ?? NONE,
        lagBytes: replica.lagBytes,
      })),
    })),
  });
}

export function decodeDescribePartitionsResponse(bytes: Uint8Array): DescribePartitionsResponse {
  const message = decodeMessage(odradek.v1.DescribePartitionsResponse, bytes);
  return {
    partitions: message.partitions.map((each) => ({
      topic: each.topic ?? '',
      topicId: readTopicId(each.topicId ?? '', 'topic_id'),
      partition: readPartition(each.partition ?? 0, 'partition'),
      leaderEpoch: readLeaderEpoch(each.leaderEpoch ?? 0, 'leader_epoch'),
      logStartOffset: readOffset(each.logStartOffset ?? 0, 'log_start_offset'),
      highWatermark: readOffset(each.highWatermark ?? 0, 'high_watermark'),
      logEndOffset: readOffset(each.logEndOffset ?? 0, 'log_end_offset'),
      sizeBytes: each.sizeBytes ?? 0,
      replicas: (each.replicas ?? []).map((replica) => ({
        broker: readNodeId(replica.brokerId ?? 0, 'broker_id'),
        inSync: replica.inSync ?? false,
        logEndOffset: readOffsetOrNone(replica.logEndOffset ?? 0, 'log_end_offset'),
        lagBytes: replica.lagBytes ?? 0,
      })),
    })),
  };
}

// --- Shared with the messages between broker and controller. ---

export interface SplitSettings {
  readonly set: Record<string, string>;
  readonly unset: string[];
}

/** A null value, "back to the default", is a list of its own on the wire. */
export function splitSettings(settings: AlterTopicRequest['settings']): SplitSettings {
  const set: [string, string][] = [];
  const unset: string[] = [];
  for (const [name, value] of Object.entries(settings)) {
    if (value === null) unset.push(name);
    else set.push([name, value]);
  }
  // Not by assignment: `__proto__` is a name as any other, until somebody says that it is none.
  return { set: Object.fromEntries(set), unset };
}

export function joinSettings(
  set: Readonly<Record<string, string>>,
  unset: readonly string[],
): AlterTopicRequest['settings'] {
  return Object.fromEntries<string | null>([
    ...Object.entries(set),
    ...unset.map((name) => [name, null] as const),
  ]);
}

const OUTCOMES = ['elected', 'handing-over'] as const;

type Election = ElectLeadersResponse['results'][number];
/** The public and the internal message have the same fields. */
type ElectionMessage = odradek.v1.ElectLeadersResponse.Result.$Properties;

export function toElection({ topic, partition, outcome }: Election): ElectionMessage {
  return typeof outcome === 'string'
    ? { topic, partition, outcome }
    : { topic, partition, error: toErrorMessage(outcome) };
}

export function fromElection(message: ElectionMessage): Election {
  const { error } = message;
  return {
    topic: message.topic ?? '',
    partition: readPartition(message.partition ?? 0, 'partition'),
    outcome:
      error === null || error === undefined
        ? readWord(message.outcome ?? '', OUTCOMES, 'outcome')
        : fromErrorMessage(error).refusal,
  };
}
