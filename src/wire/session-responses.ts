/** What the controller says to a broker on its session stream. */
import { assertNever } from '../base/assert.ts';
import { encodeEvent, parseEvent } from '../controller/event-codec.ts';
import type { Event, PartitionState, SessionResponse } from '../controller/types.ts';
import { fromErrorMessage, toErrorMessage } from './item-error.ts';
import { MalformedMessage } from './malformed-message.ts';
import { decodeMessage, encodeMessage, odradek } from './protobuf.ts';
import { fromProposal, toProposal } from './session-requests.ts';
import {
  NONE,
  readBrokerEpoch,
  readClusterId,
  readControllerEpoch,
  readInstant,
  readLeaderEpoch,
  readMetadataOffset,
  readNodeId,
  readNodeIdOrNone,
  readPartition,
  readPartitionEpoch,
  readPresent,
  readTopicId,
} from './values.ts';

type Message = odradek.internal.v1.SessionResponse.$Properties;
type OfKind<Kind extends SessionResponse['kind']> = Extract<SessionResponse, { kind: Kind }>;
type AlterResult = OfKind<'alterPartitionReply'>['results'][number];

const NO_BYTES = new Uint8Array(0);

export function encodeSessionResponse(response: SessionResponse): Buffer {
  return encodeMessage(odradek.internal.v1.SessionResponse, toMessage(response));
}

export function decodeSessionResponse(bytes: Uint8Array): SessionResponse {
  const message: Message = decodeMessage(odradek.internal.v1.SessionResponse, bytes);
  if (message.heartbeatAnswer) return fromHeartbeatAnswer(message.heartbeatAnswer);
  if (message.events) return fromEvents(message.events);
  if (message.snapshot) return fromSnapshot(message.snapshot);
  if (message.alterPartitionReply) return fromAlterReply(message.alterPartitionReply);
  if (message.handover) return fromHandover(message.handover);
  if (message.registered) return fromRegistered(message.registered);
  if (message.refused) {
    return { kind: 'refused', refusal: fromErrorMessage(message.refused).refusal };
  }
  throw new MalformedMessage('a session response has no content that is known');
}

function toMessage(response: SessionResponse): odradek.internal.v1.SessionResponse.$Properties {
  switch (response.kind) {
    case 'registered':
      return {
        registered: {
          brokerEpoch: response.brokerEpoch,
          clusterId: response.clusterId,
          controllerId: response.controllerId,
          controllerEpoch: response.controllerEpoch,
        },
      };
    case 'refused':
      return { refused: toErrorMessage(response.refusal) };
    case 'heartbeatAnswer':
      return {
        heartbeatAnswer: {
          sentAt: response.sentAt,
          committedOffset: response.committedOffset,
          fenced: response.fenced,
          mayStop: response.mayStop,
        },
      };
    case 'snapshot':
      return {
        snapshot: {
          controllerEpoch: response.controllerEpoch,
          nextOffset: response.nextOffset,
          image: response.image,
        },
      };
    case 'events':
      return {
        events: {
          controllerEpoch: response.controllerEpoch,
          startOffset: response.startOffset,
          events: response.events.map(encodeEvent),
        },
      };
    case 'alterPartitionReply':
      return { alterPartitionReply: { results: response.results.map(toAlterResult) } };
    case 'handover':
      return {
        handover: {
          topicId: response.topicId,
          partition: response.partition,
          target: response.target,
          partitionEpoch: response.partitionEpoch,
        },
      };
    default:
      return assertNever(response);
  }
}

function fromRegistered(message: odradek.internal.v1.Registered.$Properties): OfKind<'registered'> {
  return {
    kind: 'registered',
    brokerEpoch: readBrokerEpoch(message.brokerEpoch ?? 0, 'broker_epoch'),
    clusterId: readClusterId(message.clusterId ?? '', 'cluster_id'),
    controllerId: readNodeId(message.controllerId ?? 0, 'controller_id'),
    controllerEpoch: readControllerEpoch(message.controllerEpoch ?? 0, 'controller_epoch'),
  };
}

function fromHeartbeatAnswer(
  message: odradek.internal.v1.HeartbeatAnswer.$Properties,
): OfKind<'heartbeatAnswer'> {
  return {
    kind: 'heartbeatAnswer',
    sentAt: readInstant(message.sentAt ?? 0, 'sent_at'),
    committedOffset: readMetadataOffset(message.committedOffset ?? 0, 'committed_offset'),
    fenced: message.fenced ?? false,
    mayStop: message.mayStop ?? false,
  };
}

function fromSnapshot(message: odradek.internal.v1.Snapshot.$Properties): OfKind<'snapshot'> {
  return {
    kind: 'snapshot',
    controllerEpoch: readControllerEpoch(message.controllerEpoch ?? 0, 'controller_epoch'),
    nextOffset: readMetadataOffset(message.nextOffset ?? 0, 'next_offset'),
    image: message.image ?? NO_BYTES,
  };
}

function fromEvents(message: odradek.internal.v1.Events.$Properties): OfKind<'events'> {
  return {
    kind: 'events',
    controllerEpoch: readControllerEpoch(message.controllerEpoch ?? 0, 'controller_epoch'),
    startOffset: readMetadataOffset(message.startOffset ?? 0, 'start_offset'),
    events: (message.events ?? []).map(readEvent),
  };
}

function readEvent(bytes: Uint8Array): Event {
  try {
    return parseEvent(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MalformedMessage(reason, 'INVALID_REQUEST', error);
  }
}

function fromHandover(message: odradek.internal.v1.Handover.$Properties): OfKind<'handover'> {
  return {
    kind: 'handover',
    topicId: readTopicId(message.topicId ?? '', 'topic_id'),
    partition: readPartition(message.partition ?? 0, 'partition'),
    target: readNodeId(message.target ?? 0, 'target'),
    partitionEpoch: readPartitionEpoch(message.partitionEpoch ?? 0, 'partition_epoch'),
  };
}

function fromAlterReply(
  message: odradek.internal.v1.AlterPartitionReply.$Properties,
): OfKind<'alterPartitionReply'> {
  return { kind: 'alterPartitionReply', results: (message.results ?? []).map(fromAlterResult) };
}

function toAlterResult({
  request,
  result,
}: AlterResult): odradek.internal.v1.AlterPartitionReply.Result.$Properties {
  return result.ok
    ? { request: toProposal(request), state: toPartitionState(result.state) }
    : { request: toProposal(request), error: toErrorMessage(result.refusal) };
}

function fromAlterResult(
  message: odradek.internal.v1.AlterPartitionReply.Result.$Properties,
): AlterResult {
  const { error } = message;
  return {
    request: fromProposal(readPresent(message.request, 'result.request')),
    result:
      error === null || error === undefined
        ? { ok: true, state: fromPartitionState(readPresent(message.state, 'result.state')) }
        : { ok: false, refusal: fromErrorMessage(error).refusal },
  };
}

function toPartitionState(state: PartitionState): odradek.internal.v1.PartitionState.$Properties {
  return {
    partition: state.partition,
    replicas: [...state.replicas],
    leader: state.leader ?? NONE,
    leaderEpoch: state.leaderEpoch,
    partitionEpoch: state.partitionEpoch,
    isr: [...state.isr],
    elr: [...state.elr],
    lastKnownElr: [...state.lastKnownElr],
    minIsr: state.minIsr,
    recovering: state.recovering,
  };
}

function fromPartitionState(
  message: odradek.internal.v1.PartitionState.$Properties,
): PartitionState {
  const nodes = (ids: readonly number[] | null | undefined) =>
    (ids ?? []).map((id) => readNodeId(id, 'node id'));
  return {
    partition: readPartition(message.partition ?? 0, 'partition'),
    replicas: nodes(message.replicas),
    leader: readNodeIdOrNone(message.leader ?? 0, 'leader'),
    leaderEpoch: readLeaderEpoch(message.leaderEpoch ?? 0, 'leader_epoch'),
    partitionEpoch: readPartitionEpoch(message.partitionEpoch ?? 0, 'partition_epoch'),
    isr: nodes(message.isr),
    elr: nodes(message.elr),
    lastKnownElr: nodes(message.lastKnownElr),
    minIsr: message.minIsr ?? 0,
    recovering: message.recovering ?? false,
  };
}
