/** The cluster as a broker shows it to clients. */
import type { Refusal } from '../base/errors.ts';
import type {
  BrokerEpoch,
  ClusterId,
  LeaderEpoch,
  NodeId,
  PartitionIndex,
  TopicId,
} from '../base/ids.ts';
import type { Endpoint } from '../controller/types.ts';
import { fromErrorMessage, toErrorMessage } from './item-error.ts';
import { MalformedMessage } from './malformed-message.ts';
import { decodeMessage, encodeMessage, odradek } from './protobuf.ts';
import {
  NONE,
  readBrokerEpoch,
  readClusterId,
  readLeaderEpoch,
  readNodeId,
  readNodeIdOrNone,
  readPartition,
  readTopicIdOrNone,
  readWord,
} from './values.ts';

export type { Endpoint };

export interface MetadataRequest {
  /** Null: every topic; an empty list: none. */
  readonly topics: readonly string[] | null;
}

const BROKER_STATES = ['active', 'fenced', 'stopping', 'full'] as const;

export interface BrokerMetadata {
  readonly id: NodeId;
  readonly epoch: BrokerEpoch;
  readonly grpc: Endpoint;
  readonly http: Endpoint | null;
  readonly rack: string | null;
  readonly state: (typeof BROKER_STATES)[number];
  readonly pid: number | null;
  readonly dataDirectory: string | null;
}

export interface PartitionMetadata {
  readonly partition: PartitionIndex;
  readonly leader: NodeId | null;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: number;
  readonly replicas: readonly NodeId[];
  readonly isr: readonly NodeId[];
  readonly elr: readonly NodeId[];
  readonly minIsr: number;
}

export interface TopicMetadata {
  readonly name: string;
  readonly topicId: TopicId | null;
  /** Of a topic that was asked for by name and does not exist, or has an illegal name. */
  readonly error: Refusal | null;
  /** What differs from the defaults. */
  readonly settings: Readonly<Record<string, string>>;
  readonly effectiveSettings: Readonly<Record<string, string>>;
  readonly partitions: readonly PartitionMetadata[];
}

export interface ClusterMetadata {
  /** Null while the broker has never had a session with the controller. */
  readonly clusterId: ClusterId | null;
  /** Everything below this metadata offset is in here. */
  readonly metadataOffset: number;
  readonly controllerId: NodeId | null;
  readonly controllerEpoch: number;
  readonly controllerPid: number | null;
  readonly controllerReachable: boolean;
  readonly brokers: readonly BrokerMetadata[];
  readonly topics: readonly TopicMetadata[];
}

export function encodeMetadataRequest({ topics }: MetadataRequest): Buffer {
  return encodeMessage(odradek.v1.GetMetadataRequest, {
    topics: topics === null ? [] : [...topics],
    noTopics: topics?.length === 0,
  });
}

export function decodeMetadataRequest(bytes: Uint8Array): MetadataRequest {
  const { topics, noTopics } = decodeMessage(odradek.v1.GetMetadataRequest, bytes);
  if (noTopics) return { topics: [] };
  return { topics: topics.length === 0 ? null : topics };
}

export function encodeMetadata(metadata: ClusterMetadata): Buffer {
  return encodeMessage(odradek.v1.Metadata, {
    clusterId: metadata.clusterId ?? '',
    metadataOffset: metadata.metadataOffset,
    controllerId: metadata.controllerId ?? NONE,
    controllerEpoch: metadata.controllerEpoch,
    controllerPid: metadata.controllerPid ?? 0,
    controllerReachable: metadata.controllerReachable,
    brokers: metadata.brokers.map(toBroker),
    topics: metadata.topics.map(toTopic),
  });
}

export function decodeMetadata(bytes: Uint8Array): ClusterMetadata {
  const message = decodeMessage(odradek.v1.Metadata, bytes);
  return {
    clusterId: message.clusterId === '' ? null : readClusterId(message.clusterId, 'cluster_id'),
    metadataOffset: message.metadataOffset,
    controllerId: readNodeIdOrNone(message.controllerId, 'controller_id'),
    controllerEpoch: message.controllerEpoch,
    controllerPid: message.controllerPid === 0 ? null : message.controllerPid,
    controllerReachable: message.controllerReachable,
    brokers: message.brokers.map(fromBroker),
    topics: message.topics.map(fromTopic),
  };
}

function toBroker(broker: BrokerMetadata): odradek.v1.BrokerMetadata.$Properties {
  return {
    id: broker.id,
    epoch: broker.epoch,
    host: broker.grpc.host,
    port: broker.grpc.port,
    rack: broker.rack ?? '',
    state: broker.state,
    httpAddress: broker.http === null ? '' : formatEndpoint(broker.http),
    pid: broker.pid ?? 0,
    dataDirectory: broker.dataDirectory ?? '',
  };
}

function fromBroker(message: odradek.v1.BrokerMetadata.$Properties): BrokerMetadata {
  return {
    id: readNodeId(message.id ?? 0, 'broker.id'),
    epoch: readBrokerEpoch(message.epoch ?? 0, 'broker.epoch'),
    grpc: { host: message.host ?? '', port: message.port ?? 0 },
    http: parseEndpoint(message.httpAddress ?? ''),
    rack: textOrNone(message.rack),
    state: readWord(message.state ?? '', BROKER_STATES, 'broker.state'),
    pid: numberOrNone(message.pid),
    dataDirectory: textOrNone(message.dataDirectory),
  };
}

function toTopic(topic: TopicMetadata): odradek.v1.TopicMetadata.$Properties {
  return {
    name: topic.name,
    topicId: topic.topicId ?? '',
    error: topic.error === null ? null : toErrorMessage(topic.error),
    partitions: topic.partitions.map((partition) => ({
      partition: partition.partition,
      leader: partition.leader ?? NONE,
      leaderEpoch: partition.leaderEpoch,
      partitionEpoch: partition.partitionEpoch,
      replicas: [...partition.replicas],
      isr: [...partition.isr],
      eligibleLeaderReplicas: [...partition.elr],
      minInsyncReplicas: partition.minIsr,
    })),
    settings: topic.settings,
    effectiveSettings: topic.effectiveSettings,
  };
}

function fromTopic(message: odradek.v1.TopicMetadata.$Properties): TopicMetadata {
  const { error } = message;
  return {
    name: message.name ?? '',
    topicId: readTopicIdOrNone(message.topicId ?? '', 'topic_id'),
    error: error === null || error === undefined ? null : fromErrorMessage(error).refusal,
    settings: message.settings ?? {},
    effectiveSettings: message.effectiveSettings ?? {},
    partitions: (message.partitions ?? []).map((partition) => ({
      partition: readPartition(partition.partition ?? 0, 'partition'),
      leader: readNodeIdOrNone(partition.leader ?? 0, 'leader'),
      leaderEpoch: readLeaderEpoch(partition.leaderEpoch ?? 0, 'leader_epoch'),
      partitionEpoch: partition.partitionEpoch ?? 0,
      replicas: readNodeIds(partition.replicas),
      isr: readNodeIds(partition.isr),
      elr: readNodeIds(partition.eligibleLeaderReplicas),
      minIsr: partition.minInsyncReplicas ?? 0,
    })),
  };
}

function readNodeIds(ids: readonly number[] | null | undefined): NodeId[] {
  return (ids ?? []).map((id) => readNodeId(id, 'node id'));
}

function textOrNone(text: string | null | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}

function numberOrNone(value: number | null | undefined): number | null {
  return value === undefined || value === 0 ? null : value;
}

/** `host:port`, an IPv6 host in brackets. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseEndpoint(text: string): Endpoint | null {
  if (text === '') return null;
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (match === null || host === undefined) {
    throw new MalformedMessage(`http_address is no address: ${JSON.stringify(text.slice(0, 100))}`);
  }
  return { host, port: Number(match[3]) };
}
