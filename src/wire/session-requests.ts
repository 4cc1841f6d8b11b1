/** What a broker says to the controller on its session stream. */
import { assertNever } from '../base/assert.ts';
import type {
  AlterPartitionProposal,
  BrokerRegistration,
  Endpoint,
  ReplicaReport,
  SessionRequest,
} from '../controller/types.ts';
import { MalformedMessage } from './malformed-message.ts';
import { decodeMessage, encodeMessage, odradek } from './protobuf.ts';
import {
  readBrokerEpoch,
  readClusterId,
  readDiskId,
  readHost,
  readIncarnationId,
  readInstant,
  readLeaderEpoch,
  readLeaderEpochOrNone,
  readMetadataOffset,
  readNodeId,
  readOffset,
  readPartition,
  readPartitionEpoch,
  readPort,
  readPresent,
  readTopicId,
  readWord,
} from './values.ts';

type Message = odradek.internal.v1.SessionRequest.$Properties;
type OfKind<Kind extends SessionRequest['kind']> = Extract<SessionRequest, { kind: Kind }>;

const REPLICA_STATES = ['whole', 'uncertain', 'damaged'] as const;

export function encodeSessionRequest(request: SessionRequest): Buffer {
  return encodeMessage(odradek.internal.v1.SessionRequest, toMessage(request));
}

export function decodeSessionRequest(bytes: Uint8Array): SessionRequest {
  const message: Message = decodeMessage(odradek.internal.v1.SessionRequest, bytes);
  if (message.register) return fromRegister(message.register);
  if (message.heartbeat) return fromHeartbeat(message.heartbeat);
  if (message.alterPartitions) return fromAlterPartitions(message.alterPartitions);
  if (message.handoverReady) return fromHandoverReady(message.handoverReady);
  if (message.replicaState) return fromReplicaState(message.replicaState);
  if (message.goodbye) {
    return { kind: 'goodbye', brokerEpoch: epochOf(message.goodbye.brokerEpoch) };
  }
  throw new MalformedMessage('a session request has no content that is known');
}

function toMessage(request: SessionRequest): odradek.internal.v1.SessionRequest.$Properties {
  switch (request.kind) {
    case 'register':
      return { register: toRegister(request.registration) };
    case 'heartbeat':
      return {
        heartbeat: {
          brokerEpoch: request.brokerEpoch,
          sentAt: request.sentAt,
          appliedOffset: request.appliedOffset,
          readyToServe: request.readyToServe,
          wantsToStop: request.wantsToStop,
          full: request.full,
        },
      };
    case 'alterPartition':
      return {
        alterPartitions: {
          brokerEpoch: request.brokerEpoch,
          requests: request.requests.map(toProposal),
        },
      };
    case 'handoverReady':
      return {
        handoverReady: {
          brokerEpoch: request.brokerEpoch,
          topicId: request.topicId,
          partition: request.partition,
          target: request.target,
          leaderEpoch: request.leaderEpoch,
          partitionEpoch: request.partitionEpoch,
        },
      };
    case 'replicaState':
      return {
        replicaState: {
          brokerEpoch: request.brokerEpoch,
          topicId: request.topicId,
          partition: request.partition,
          state: request.state,
          reason: request.reason,
        },
      };
    case 'goodbye':
      return { goodbye: { brokerEpoch: request.brokerEpoch } };
    default:
      return assertNever(request);
  }
}

function toRegister(registration: BrokerRegistration): odradek.internal.v1.Register.$Properties {
  return {
    brokerId: registration.broker,
    incarnationId: registration.incarnationId,
    clusterId: registration.clusterId ?? '',
    diskId: registration.diskId,
    bootId: registration.bootId,
    grpc: registration.grpc,
    http: registration.http,
    rack: registration.rack ?? '',
    pid: registration.pid ?? 0,
    dataDirectory: registration.dataDirectory ?? '',
    previousBrokerEpoch: registration.previousBrokerEpoch,
    markFileIntact: registration.markFileIntact,
    metadataOffset: registration.metadataOffset,
    replicas: registration.replicas.map((replica) => ({
      topicId: replica.topicId,
      partition: replica.partition,
      durableLogEndOffset: replica.durableLogEndOffset,
      lastEpoch: replica.lastEpoch,
      state: replica.state,
    })),
  };
}

function fromRegister(message: odradek.internal.v1.Register.$Properties): OfKind<'register'> {
  const { http, previousBrokerEpoch, metadataOffset } = message;
  return {
    kind: 'register',
    registration: {
      broker: readNodeId(message.brokerId ?? 0, 'broker_id'),
      incarnationId: readIncarnationId(message.incarnationId ?? '', 'incarnation_id'),
      clusterId: message.clusterId ? readClusterId(message.clusterId, 'cluster_id') : null,
      diskId: readDiskId(message.diskId ?? '', 'disk_id'),
      bootId: message.bootId ?? '',
      grpc: fromEndpoint(readPresent(message.grpc, 'grpc'), 'grpc'),
      http: http === null || http === undefined ? null : fromEndpoint(http, 'http'),
      rack: textOrNone(message.rack),
      pid: message.pid === undefined || message.pid === 0 ? null : message.pid,
      dataDirectory: textOrNone(message.dataDirectory),
      previousBrokerEpoch:
        previousBrokerEpoch === null || previousBrokerEpoch === undefined
          ? null
          : readBrokerEpoch(previousBrokerEpoch, 'previous_broker_epoch'),
      markFileIntact: message.markFileIntact ?? false,
      metadataOffset:
        metadataOffset === null || metadataOffset === undefined
          ? null
          : readMetadataOffset(metadataOffset, 'metadata_offset'),
      replicas: (message.replicas ?? []).map(fromReplicaReport),
    },
  };
}

function fromReplicaReport(message: odradek.internal.v1.ReplicaReport.$Properties): ReplicaReport {
  return {
    topicId: readTopicId(message.topicId ?? '', 'topic_id'),
    partition: readPartition(message.partition ?? 0, 'partition'),
    durableLogEndOffset: readOffset(message.durableLogEndOffset ?? 0, 'durable_log_end_offset'),
    lastEpoch: readLeaderEpochOrNone(message.lastEpoch, 'last_epoch'),
    state: readWord(message.state ?? '', REPLICA_STATES, 'state'),
  };
}

function fromHeartbeat(message: odradek.internal.v1.Heartbeat.$Properties): OfKind<'heartbeat'> {
  return {
    kind: 'heartbeat',
    brokerEpoch: epochOf(message.brokerEpoch),
    sentAt: readInstant(message.sentAt ?? 0, 'sent_at'),
    appliedOffset: readMetadataOffset(message.appliedOffset ?? 0, 'applied_offset'),
    readyToServe: message.readyToServe ?? false,
    wantsToStop: message.wantsToStop ?? false,
    full: message.full ?? false,
  };
}

function fromAlterPartitions(
  message: odradek.internal.v1.AlterPartitions.$Properties,
): OfKind<'alterPartition'> {
  return {
    kind: 'alterPartition',
    brokerEpoch: epochOf(message.brokerEpoch),
    requests: (message.requests ?? []).map(fromProposal),
  };
}

function fromHandoverReady(
  message: odradek.internal.v1.HandoverReady.$Properties,
): OfKind<'handoverReady'> {
  return {
    kind: 'handoverReady',
    brokerEpoch: epochOf(message.brokerEpoch),
    topicId: readTopicId(message.topicId ?? '', 'topic_id'),
    partition: readPartition(message.partition ?? 0, 'partition'),
    target: readNodeId(message.target ?? 0, 'target'),
    leaderEpoch: readLeaderEpoch(message.leaderEpoch ?? 0, 'leader_epoch'),
    partitionEpoch: readPartitionEpoch(message.partitionEpoch ?? 0, 'partition_epoch'),
  };
}

function fromReplicaState(
  message: odradek.internal.v1.ReplicaStateReport.$Properties,
): OfKind<'replicaState'> {
  return {
    kind: 'replicaState',
    brokerEpoch: epochOf(message.brokerEpoch),
    topicId: readTopicId(message.topicId ?? '', 'topic_id'),
    partition: readPartition(message.partition ?? 0, 'partition'),
    state: readWord(message.state ?? '', REPLICA_STATES, 'state'),
    reason: message.reason ?? '',
  };
}

export function toProposal(
  proposal: AlterPartitionProposal,
): odradek.internal.v1.AlterPartitionProposal.$Properties {
  return {
    topicId: proposal.topicId,
    partition: proposal.partition,
    leaderEpoch: proposal.leaderEpoch,
    partitionEpoch: proposal.partitionEpoch,
    isr: proposal.isr.map(({ id, brokerEpoch }) => ({ brokerId: id, brokerEpoch })),
    recovering: proposal.recovering,
  };
}

export function fromProposal(
  message: odradek.internal.v1.AlterPartitionProposal.$Properties,
): AlterPartitionProposal {
  return {
    topicId: readTopicId(message.topicId ?? '', 'topic_id'),
    partition: readPartition(message.partition ?? 0, 'partition'),
    leaderEpoch: readLeaderEpoch(message.leaderEpoch ?? 0, 'leader_epoch'),
    partitionEpoch: readPartitionEpoch(message.partitionEpoch ?? 0, 'partition_epoch'),
    isr: (message.isr ?? []).map((member) => ({
      id: readNodeId(member.brokerId ?? 0, 'isr.broker_id'),
      brokerEpoch: readBrokerEpoch(member.brokerEpoch ?? 0, 'isr.broker_epoch'),
    })),
    recovering: message.recovering ?? false,
  };
}

function epochOf(value: number | null | undefined) {
  return readBrokerEpoch(value ?? 0, 'broker_epoch');
}

/**
 * What a broker says of itself is written down for good and told to everybody: an address that one of
 * them could not read would be one too many.
 */
function fromEndpoint(
  { host, port }: odradek.internal.v1.Endpoint.$Properties,
  field: string,
): Endpoint {
  return {
    host: readHost(host ?? '', `${field}.host`),
    port: readPort(port ?? 0, `${field}.port`),
  };
}

function textOrNone(text: string | null | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
