/** Producer ids and transactions, as clients and brokers speak of them. */
import type { PartitionIndex } from '../base/ids.ts';
import { timestamp } from '../base/ids.ts';
import type {
  MarkerOrder,
  MarkerResult,
  PartitionQuery,
  ProducerIdentity,
  TransactionalIdentity,
  TransactionDescription,
} from '../transaction/types.ts';
import { TRANSACTION_STATUSES } from '../transaction/types.ts';
import type { Refusal } from '../base/errors.ts';
import { fromErrorMessage, toErrorMessage } from './item-error.ts';
import { MalformedMessage } from './malformed-message.ts';
import { decodeMessage, encodeMessage, odradek } from './protobuf.ts';
import { readPartition, readTopicId, readWhole, readWord } from './values.ts';

export type { MarkerOrder, MarkerResult, PartitionQuery, ProducerIdentity, TransactionDescription };

export interface InitProducerIdRequest {
  /** Null: an idempotent producer without transactions. */
  readonly transactionalId: string | null;
  /** After how long a transaction that nobody ends is aborted; 0: the broker's default. */
  readonly transactionTimeoutMs: number;
}

export interface AddPartitionsToTransactionRequest extends TransactionalIdentity {
  readonly partitions: readonly { readonly topic: string; readonly partition: PartitionIndex }[];
  /** Groups whose offsets the transaction is going to commit. */
  readonly groups: readonly string[];
}

export interface EndTransactionRequest extends TransactionalIdentity {
  readonly commit: boolean;
}

/** An answer that says no more than that it is done. */
export interface DoneAnswer {
  readonly kind: 'done';
}

export interface DescribeTransactionsRequest {
  /** Null: every one that the broker coordinates. */
  readonly transactionalIds: readonly string[] | null;
}

export type DescribedTransaction =
  TransactionDescription | { readonly transactionalId: string; readonly refusal: Refusal };

export interface DescribeTransactionsResponse {
  readonly transactions: readonly DescribedTransaction[];
}

export interface WriteMarkersRequest {
  readonly markers: readonly MarkerOrder[];
}

export interface WriteMarkersResponse {
  readonly results: readonly MarkerResult[];
}

export interface VerifyPartitionResponse {
  /** Null: the transaction is open and names the partition. */
  readonly refusal: Refusal | null;
}

export function encodeInitProducerIdRequest(request: InitProducerIdRequest): Buffer {
  return encodeMessage(odradek.v1.InitProducerIdRequest, {
    transactionalId: request.transactionalId ?? '',
    transactionTimeoutMs: request.transactionTimeoutMs,
  });
}

export function decodeInitProducerIdRequest(bytes: Uint8Array): InitProducerIdRequest {
  const message = decodeMessage(odradek.v1.InitProducerIdRequest, bytes);
  return {
    transactionalId: message.transactionalId === '' ? null : message.transactionalId,
    transactionTimeoutMs: message.transactionTimeoutMs,
  };
}

export function encodeInitProducerIdResponse(identity: ProducerIdentity): Buffer {
  return encodeMessage(odradek.v1.InitProducerIdResponse, identityFields(identity));
}

export function decodeInitProducerIdResponse(bytes: Uint8Array): ProducerIdentity {
  return readIdentity(decodeMessage(odradek.v1.InitProducerIdResponse, bytes));
}

export function encodeAddPartitionsToTransactionRequest(
  request: AddPartitionsToTransactionRequest,
): Buffer {
  return encodeMessage(odradek.v1.AddPartitionsToTransactionRequest, {
    transactionalId: request.transactionalId,
    ...identityFields(request),
    partitions: request.partitions.map(({ topic, partition }) => ({ topic, partition })),
    groups: [...request.groups],
  });
}

export function decodeAddPartitionsToTransactionRequest(
  bytes: Uint8Array,
): AddPartitionsToTransactionRequest {
  const message = decodeMessage(odradek.v1.AddPartitionsToTransactionRequest, bytes);
  return {
    transactionalId: message.transactionalId,
    ...readIdentity(message),
    partitions: message.partitions.map(readTopicPartition),
    groups: message.groups,
  };
}

export function encodeAddPartitionsToTransactionResponse(_: DoneAnswer): Buffer {
  return encodeMessage(odradek.v1.AddPartitionsToTransactionResponse, {});
}

export function decodeAddPartitionsToTransactionResponse(bytes: Uint8Array): DoneAnswer {
  decodeMessage(odradek.v1.AddPartitionsToTransactionResponse, bytes);
  return { kind: 'done' };
}

export function encodeEndTransactionRequest(request: EndTransactionRequest): Buffer {
  return encodeMessage(odradek.v1.EndTransactionRequest, {
    transactionalId: request.transactionalId,
    ...identityFields(request),
    commit: request.commit,
  });
}

export function decodeEndTransactionRequest(bytes: Uint8Array): EndTransactionRequest {
  const message = decodeMessage(odradek.v1.EndTransactionRequest, bytes);
  return {
    transactionalId: message.transactionalId,
    ...readIdentity(message),
    commit: message.commit,
  };
}

export function encodeEndTransactionResponse(identity: ProducerIdentity): Buffer {
  return encodeMessage(odradek.v1.EndTransactionResponse, identityFields(identity));
}

export function decodeEndTransactionResponse(bytes: Uint8Array): ProducerIdentity {
  return readIdentity(decodeMessage(odradek.v1.EndTransactionResponse, bytes));
}

export function encodeDescribeTransactionsRequest(request: DescribeTransactionsRequest): Buffer {
  const transactionalIds = [...(request.transactionalIds ?? [])];
  return encodeMessage(odradek.v1.DescribeTransactionsRequest, { transactionalIds });
}

export function decodeDescribeTransactionsRequest(bytes: Uint8Array): DescribeTransactionsRequest {
  const { transactionalIds } = decodeMessage(odradek.v1.DescribeTransactionsRequest, bytes);
  return { transactionalIds: transactionalIds.length === 0 ? null : transactionalIds };
}

export function encodeDescribeTransactionsResponse(response: DescribeTransactionsResponse): Buffer {
  return encodeMessage(odradek.v1.DescribeTransactionsResponse, {
    transactions: response.transactions.map((each) => {
      const { transactionalId } = each;
      if ('refusal' in each) return { transactionalId, error: toErrorMessage(each.refusal) };
      return {
        transactionalId,
        ...identityFields(each),
        state: each.status,
        timeoutMs: each.timeoutMs,
        startedAt: each.startedAt ?? 0,
        partitions: each.partitions.map(({ topic, partition }) => ({ topic, partition })),
      };
    }),
  });
}

export function decodeDescribeTransactionsResponse(
  bytes: Uint8Array,
): DescribeTransactionsResponse {
  const message = decodeMessage(odradek.v1.DescribeTransactionsResponse, bytes);
  return {
    transactions: message.transactions.map((each) => {
      const transactionalId = each.transactionalId ?? '';
      if (each.error !== null && each.error !== undefined) {
        return { transactionalId, refusal: fromErrorMessage(each.error).refusal };
      }
      const startedAt = readWhole(each.startedAt ?? 0, 'started_at');
      return {
        transactionalId,
        ...readIdentity(each),
        status: readWord(each.state ?? '', TRANSACTION_STATUSES, 'state'),
        timeoutMs: each.timeoutMs ?? 0,
        startedAt: startedAt === 0 ? null : timestamp(startedAt),
        partitions: (each.partitions ?? []).map(readTopicPartition),
      };
    }),
  };
}

// --- Between brokers. ---

export function encodeWriteMarkersRequest({ markers }: WriteMarkersRequest): Buffer {
  return encodeMessage(odradek.internal.v1.WriteMarkersRequest, {
    markers: markers.map((order) => ({
      ...identityFields(order),
      commit: order.commit,
      coordinatorEpoch: order.coordinatorEpoch,
      partitions: order.partitions.map(({ topic, topicId, partition }) => ({
        topic,
        topicId,
        partition,
      })),
    })),
  });
}

export function decodeWriteMarkersRequest(bytes: Uint8Array): WriteMarkersRequest {
  const { markers } = decodeMessage(odradek.internal.v1.WriteMarkersRequest, bytes);
  return {
    markers: markers.map((order) => ({
      ...readIdentity(order),
      commit: order.commit ?? false,
      coordinatorEpoch: readWhole(order.coordinatorEpoch ?? 0, 'coordinator_epoch'),
      partitions: (order.partitions ?? []).map((each) => ({
        ...readTopicPartition(each),
        topicId: readTopicId(each.topicId ?? '', 'topic_id'),
      })),
    })),
  };
}

export function encodeWriteMarkersResponse({ results }: WriteMarkersResponse): Buffer {
  return encodeMessage(odradek.internal.v1.WriteMarkersResponse, {
    results: results.map(({ producerId, topic, partition, refusal }) => ({
      producerId,
      topic,
      partition,
      ...(refusal === null ? {} : { error: toErrorMessage(refusal) }),
    })),
  });
}

export function decodeWriteMarkersResponse(bytes: Uint8Array): WriteMarkersResponse {
  const { results } = decodeMessage(odradek.internal.v1.WriteMarkersResponse, bytes);
  return {
    results: results.map((each) => ({
      producerId: readWhole(each.producerId ?? 0, 'producer_id'),
      ...readTopicPartition(each),
      refusal: readError(each.error),
    })),
  };
}

export function encodePartitionQuery(query: PartitionQuery): Buffer {
  return encodeMessage(odradek.internal.v1.VerifyPartitionRequest, {
    transactionalId: query.transactionalId,
    ...identityFields(query),
    topic: query.topic,
    topicId: query.topicId,
    partition: query.partition,
  });
}

export function decodePartitionQuery(bytes: Uint8Array): PartitionQuery {
  const message = decodeMessage(odradek.internal.v1.VerifyPartitionRequest, bytes);
  return {
    transactionalId: message.transactionalId,
    ...readIdentity(message),
    ...readTopicPartition(message),
    topicId: readTopicId(message.topicId, 'topic_id'),
  };
}

export function encodeVerifyPartitionResponse({ refusal }: VerifyPartitionResponse): Buffer {
  const error = refusal === null ? {} : { error: toErrorMessage(refusal) };
  return encodeMessage(odradek.internal.v1.VerifyPartitionResponse, error);
}

export function decodeVerifyPartitionResponse(bytes: Uint8Array): VerifyPartitionResponse {
  const { error } = decodeMessage(odradek.internal.v1.VerifyPartitionResponse, bytes);
  return { refusal: readError(error) };
}

/** The largest epoch that a batch has room for. */
const PRODUCER_EPOCH_MAX = 32_767;

function identityFields({ producerId, producerEpoch }: ProducerIdentity): ProducerIdentity {
  return { producerId, producerEpoch };
}

/** Shared with the offsets that are committed in a transaction. */
export function readIdentity(message: {
  producerId?: number | null;
  producerEpoch?: number | null;
}): ProducerIdentity {
  const producerId = readWhole(message.producerId ?? 0, 'producer_id');
  const producerEpoch = readWhole(message.producerEpoch ?? 0, 'producer_epoch');
  if (producerEpoch > PRODUCER_EPOCH_MAX) {
    throw new MalformedMessage(`producer_epoch is at most 32767, got ${producerEpoch}`);
  }
  return { producerId, producerEpoch };
}

function readTopicPartition(message: { topic?: string | null; partition?: number | null }): {
  topic: string;
  partition: PartitionIndex;
} {
  return {
    topic: message.topic ?? '',
    partition: readPartition(message.partition ?? 0, 'partition'),
  };
}

function readError(message: odradek.v1.Error.$Properties | null | undefined): Refusal | null {
  return message === null || message === undefined ? null : fromErrorMessage(message).refusal;
}
