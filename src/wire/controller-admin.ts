/** A user's request as a broker forwards it to the active controller, and the answer. */
import { assertNever } from '../base/assert.ts';
import type { AdminReply, AdminRequest } from '../controller/types.ts';
import { fromElection, joinSettings, splitSettings, toElection } from './admin-messages.ts';
import { fromErrorMessage, toErrorMessage } from './item-error.ts';
import { MalformedMessage } from './malformed-message.ts';
import { decodeMessage, encodeMessage, odradek } from './protobuf.ts';
import { readPartition, readTopicId, readWhole } from './values.ts';

export function encodeAdminRequest(request: AdminRequest): Buffer {
  return encodeMessage(odradek.internal.v1.AdminRequest, toRequest(request));
}

export function decodeAdminRequest(bytes: Uint8Array): AdminRequest {
  const message: odradek.internal.v1.AdminRequest.$Properties = decodeMessage(
    odradek.internal.v1.AdminRequest,
    bytes,
  );
  const { createTopic, deleteTopic, alterTopic, addPartitions, electLeaders } = message;
  if (createTopic) {
    return {
      kind: 'createTopic',
      name: createTopic.name ?? '',
      partitions: createTopic.partitions ?? 0,
      replicationFactor: createTopic.replicationFactor ?? 0,
      settings: createTopic.settings ?? {},
      validateOnly: createTopic.validateOnly ?? false,
    };
  }
  if (deleteTopic) return { kind: 'deleteTopic', name: deleteTopic.name ?? '' };
  if (alterTopic) {
    const settings = joinSettings(alterTopic.set ?? {}, alterTopic.unset ?? []);
    return { kind: 'alterTopic', name: alterTopic.name ?? '', settings };
  }
  if (addPartitions) {
    return {
      kind: 'addPartitions',
      name: addPartitions.name ?? '',
      total: addPartitions.total ?? 0,
    };
  }
  if (electLeaders) {
    const { name, partition } = electLeaders;
    return {
      kind: 'electLeaders',
      name: name ?? null,
      partition:
        partition === null || partition === undefined
          ? null
          : readPartition(partition, 'partition'),
    };
  }
  if (message.allocateProducerIds) return { kind: 'allocateProducerIds' };
  throw new MalformedMessage('an admin request has no content that is known');
}

export function encodeAdminReply(reply: AdminReply): Buffer {
  return encodeMessage(odradek.internal.v1.AdminReply, toReply(reply));
}

export function decodeAdminReply(bytes: Uint8Array): AdminReply {
  const message: odradek.internal.v1.AdminReply.$Properties = decodeMessage(
    odradek.internal.v1.AdminReply,
    bytes,
  );
  const { refused, topicCreated, done, elections, producerIds } = message;
  if (refused) return { kind: 'refused', refusal: fromErrorMessage(refused).refusal };
  if (topicCreated) {
    return {
      kind: 'topicCreated',
      topicId: readTopicId(topicCreated.topicId ?? '', 'topic_id'),
      partitions: topicCreated.partitions ?? 0,
      replicationFactor: topicCreated.replicationFactor ?? 0,
    };
  }
  if (done) return { kind: 'done' };
  if (elections) {
    return { kind: 'elections', results: (elections.results ?? []).map(fromElection) };
  }
  if (producerIds) {
    const first = readWhole(producerIds.first ?? 0, 'first');
    return { kind: 'producerIds', first, count: producerIds.count ?? 0 };
  }
  throw new MalformedMessage('an admin reply has no content that is known');
}

function toRequest(request: AdminRequest): odradek.internal.v1.AdminRequest.$Properties {
  switch (request.kind) {
    case 'createTopic':
      return {
        createTopic: {
          name: request.name,
          partitions: request.partitions,
          replicationFactor: request.replicationFactor,
          settings: request.settings,
          validateOnly: request.validateOnly,
        },
      };
    case 'deleteTopic':
      return { deleteTopic: { name: request.name } };
    case 'alterTopic':
      return { alterTopic: { name: request.name, ...splitSettings(request.settings) } };
    case 'addPartitions':
      return { addPartitions: { name: request.name, total: request.total } };
    case 'electLeaders':
      return { electLeaders: { name: request.name, partition: request.partition } };
    case 'allocateProducerIds':
      return { allocateProducerIds: {} };
    default:
      return assertNever(request);
  }
}

function toReply(reply: AdminReply): odradek.internal.v1.AdminReply.$Properties {
  switch (reply.kind) {
    case 'refused':
      return { refused: toErrorMessage(reply.refusal) };
    case 'topicCreated':
      return {
        topicCreated: {
          topicId: reply.topicId,
          partitions: reply.partitions,
          replicationFactor: reply.replicationFactor,
        },
      };
    case 'done':
      return { done: {} };
    case 'elections':
      return { elections: { results: reply.results.map(toElection) } };
    case 'producerIds':
      return { producerIds: { first: reply.first, count: reply.count } };
    default:
      return assertNever(reply);
  }
}
