/** Committed offsets and who keeps them, as clients speak of them. */
import type { Refusal } from '../base/errors.ts';
import type { NodeId, PartitionIndex } from '../base/ids.ts';
import type { Endpoint } from '../controller/types.ts';
import type { CommittedOffset, OffsetPartition } from '../group/types.ts';
import type { TransactionalIdentity } from '../transaction/types.ts';
import { fromErrorMessage, toErrorMessage } from './item-error.ts';
import { MalformedMessage } from './malformed-message.ts';
import { decodeMessage, encodeMessage, odradek } from './protobuf.ts';
import type { DoneAnswer } from './transaction-messages.ts';
import { readIdentity } from './transaction-messages.ts';
import {
  NONE,
  readHost,
  readLeaderEpochOrNone,
  readNodeId,
  readOffset,
  readOffsetOrNone,
  readPartition,
  readPort,
} from './values.ts';

export type { CommittedOffset, OffsetPartition };

export type CoordinatorKind = 'group' | 'transaction';

export interface FindCoordinatorRequest {
  readonly kind: CoordinatorKind;
  /** A group's name, or a transactional id. */
  readonly key: string;
}

export interface FindCoordinatorResponse {
  readonly broker: NodeId;
  readonly endpoint: Endpoint;
}

export interface CommitOffsetsRequest {
  readonly group: string;
  readonly offsets: readonly CommittedOffset[];
  /** The transaction that they count with once it commits; null: they count at once. */
  readonly transaction: TransactionalIdentity | null;
}

export interface CommitOffsetsResponse {
  /** In the order of the request. */
  readonly results: readonly {
    readonly topic: string;
    readonly partition: PartitionIndex;
    /** Null: it is committed. */
    readonly refusal: Refusal | null;
  }[];
}

export interface FetchOffsetsRequest {
  readonly group: string;
  /** Null: everything that the group has committed. */
  readonly partitions: readonly OffsetPartition[] | null;
  /** Refused with UNSTABLE_OFFSET_COMMIT while a transaction that commits one of them is open. */
  readonly requireStable: boolean;
}

/** What a group has committed in one partition, or that it has not. */
export type FetchedOffset =
  | CommittedOffset
  | (OffsetPartition & {
      readonly offset: null;
      readonly leaderEpoch: null;
      readonly metadata: '';
    });

export interface FetchOffsetsResponse {
  readonly offsets: readonly FetchedOffset[];
}

export interface ListGroupsRequest {
  readonly kind: 'listGroups';
}

export interface ListGroupsResponse {
  readonly groups: readonly string[];
}

export interface DeleteOffsetsRequest {
  readonly group: string;
  /** Null: all. */
  readonly partitions: readonly OffsetPartition[] | null;
}

export function encodeFindCoordinatorRequest({ kind, key }: FindCoordinatorRequest): Buffer {
  return encodeMessage(odradek.v1.FindCoordinatorRequest, { kind: KIND_NUMBERS[kind], key });
}

export function decodeFindCoordinatorRequest(bytes: Uint8Array): FindCoordinatorRequest {
  const message = decodeMessage(odradek.v1.FindCoordinatorRequest, bytes);
  const number: number = message.kind;
  const kind = COORDINATOR_KINDS.find((each) => Number(KIND_NUMBERS[each]) === number);
  if (kind === undefined) throw new MalformedMessage(`kind ${number} is no kind of coordinator`);
  return { kind, key: message.key };
}

export function encodeFindCoordinatorResponse(response: FindCoordinatorResponse): Buffer {
  const { broker, endpoint } = response;
  return encodeMessage(odradek.v1.FindCoordinatorResponse, {
    brokerId: broker,
    host: endpoint.host,
    port: endpoint.port,
  });
}

export function decodeFindCoordinatorResponse(bytes: Uint8Array): FindCoordinatorResponse {
  const message = decodeMessage(odradek.v1.FindCoordinatorResponse, bytes);
  return {
    broker: readNodeId(message.brokerId, 'broker_id'),
    endpoint: { host: readHost(message.host, 'host'), port: readPort(message.port, 'port') },
  };
}

export function encodeCommitOffsetsRequest(request: CommitOffsetsRequest): Buffer {
  const { group, offsets, transaction } = request;
  return encodeMessage(odradek.v1.CommitOffsetsRequest, {
    group,
    offsets: offsets.map(toOffsetMessage),
    transactionalId: transaction?.transactionalId ?? '',
    producerId: transaction?.producerId ?? null,
    producerEpoch: transaction?.producerEpoch ?? 0,
  });
}

export function decodeCommitOffsetsRequest(bytes: Uint8Array): CommitOffsetsRequest {
  const message: odradek.v1.CommitOffsetsRequest.$Properties = decodeMessage(
    odradek.v1.CommitOffsetsRequest,
    bytes,
  );
  const transactionalId = message.transactionalId ?? '';
  const hasProducer = message.producerId !== null && message.producerId !== undefined;
  if ((transactionalId !== '') !== hasProducer) {
    throw new MalformedMessage('a transaction has both transactional_id and producer_id');
  }
  return {
    group: message.group ?? '',
    offsets: (message.offsets ?? []).map((each) => ({
      ...readOffsetPartition(each),
      offset: readOffset(each.offset ?? 0, 'offset'),
      leaderEpoch: readLeaderEpochOrNone(each.leaderEpoch, 'leader_epoch'),
      metadata: each.metadata ?? '',
    })),
    transaction: hasProducer ? { transactionalId, ...readIdentity(message) } : null,
  };
}

export function encodeCommitOffsetsResponse({ results }: CommitOffsetsResponse): Buffer {
  return encodeMessage(odradek.v1.CommitOffsetsResponse, {
    results: results.map(({ topic, partition, refusal }) => ({
      topic,
      partition,
      ...(refusal === null ? {} : { error: toErrorMessage(refusal) }),
    })),
  });
}

export function decodeCommitOffsetsResponse(bytes: Uint8Array): CommitOffsetsResponse {
  const { results } = decodeMessage(odradek.v1.CommitOffsetsResponse, bytes);
  return {
    results: results.map(({ error, ...each }) => ({
      ...readOffsetPartition(each),
      refusal: error === null || error === undefined ? null : fromErrorMessage(error).refusal,
    })),
  };
}

export function encodeFetchOffsetsRequest(request: FetchOffsetsRequest): Buffer {
  return encodeMessage(odradek.v1.FetchOffsetsRequest, {
    group: request.group,
    partitions: (request.partitions ?? []).map(toOffsetPartition),
    requireStable: request.requireStable,
  });
}

export function decodeFetchOffsetsRequest(bytes: Uint8Array): FetchOffsetsRequest {
  const message = decodeMessage(odradek.v1.FetchOffsetsRequest, bytes);
  return {
    group: message.group,
    partitions: readPartitionsOrAll(message.partitions),
    requireStable: message.requireStable,
  };
}

export function encodeFetchOffsetsResponse({ offsets }: FetchOffsetsResponse): Buffer {
  return encodeMessage(odradek.v1.FetchOffsetsResponse, { offsets: offsets.map(toOffsetMessage) });
}

export function decodeFetchOffsetsResponse(bytes: Uint8Array): FetchOffsetsResponse {
  const { offsets } = decodeMessage(odradek.v1.FetchOffsetsResponse, bytes);
  return {
    offsets: offsets.map((each) => {
      const place = readOffsetPartition(each);
      const offset = readOffsetOrNone(each.offset ?? 0, 'offset');
      if (offset === null) return { ...place, offset, leaderEpoch: null, metadata: '' };
      const leaderEpoch = readLeaderEpochOrNone(each.leaderEpoch, 'leader_epoch');
      return { ...place, offset, leaderEpoch, metadata: each.metadata ?? '' };
    }),
  };
}

export function encodeListGroupsRequest(_: ListGroupsRequest): Buffer {
  return encodeMessage(odradek.v1.ListGroupsRequest, {});
}

export function decodeListGroupsRequest(bytes: Uint8Array): ListGroupsRequest {
  decodeMessage(odradek.v1.ListGroupsRequest, bytes);
  return { kind: 'listGroups' };
}

export function encodeListGroupsResponse({ groups }: ListGroupsResponse): Buffer {
  return encodeMessage(odradek.v1.ListGroupsResponse, { groups: [...groups] });
}

export function decodeListGroupsResponse(bytes: Uint8Array): ListGroupsResponse {
  return { groups: decodeMessage(odradek.v1.ListGroupsResponse, bytes).groups };
}

export function encodeDeleteOffsetsRequest(request: DeleteOffsetsRequest): Buffer {
  return encodeMessage(odradek.v1.DeleteOffsetsRequest, {
    group: request.group,
    partitions: (request.partitions ?? []).map(toOffsetPartition),
  });
}

export function decodeDeleteOffsetsRequest(bytes: Uint8Array): DeleteOffsetsRequest {
  const { group, partitions } = decodeMessage(odradek.v1.DeleteOffsetsRequest, bytes);
  return { group, partitions: readPartitionsOrAll(partitions) };
}

export function encodeDeleteOffsetsResponse(_: DoneAnswer): Buffer {
  return encodeMessage(odradek.v1.DeleteOffsetsResponse, {});
}

export function decodeDeleteOffsetsResponse(bytes: Uint8Array): DoneAnswer {
  decodeMessage(odradek.v1.DeleteOffsetsResponse, bytes);
  return { kind: 'done' };
}

const COORDINATOR_KINDS = ['group', 'transaction'] as const satisfies readonly CoordinatorKind[];

const KIND_NUMBERS = {
  group: odradek.v1.CoordinatorKind.COORDINATOR_KIND_GROUP,
  transaction: odradek.v1.CoordinatorKind.COORDINATOR_KIND_TRANSACTION,
} as const satisfies Record<CoordinatorKind, number>;

function toOffsetMessage(each: FetchedOffset): odradek.v1.CommittedOffset.$Properties {
  return {
    topic: each.topic,
    partition: each.partition,
    offset: each.offset ?? NONE,
    ...(each.leaderEpoch === null ? {} : { leaderEpoch: each.leaderEpoch }),
    metadata: each.metadata,
  };
}

function toOffsetPartition({ topic, partition }: OffsetPartition): OffsetPartition {
  return { topic, partition };
}

function readOffsetPartition(message: {
  topic?: string | null;
  partition?: number | null;
}): OffsetPartition {
  return {
    topic: message.topic ?? '',
    partition: readPartition(message.partition ?? 0, 'partition'),
  };
}

/** An empty list stands for everything. */
function readPartitionsOrAll(
  messages: readonly odradek.v1.OffsetPartition.$Properties[],
): OffsetPartition[] | null {
  return messages.length === 0 ? null : messages.map(readOffsetPartition);
}
