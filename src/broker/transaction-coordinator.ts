import type { Clock } from '../base/clock.ts';
import { refusal, type Refusal } from '../base/errors.ts';
import { instantAfter, type Instant } from '../base/ids.ts';
import type { BrokerConfig } from '../config/config.ts';
import type { ClusterImage } from '../controller/image.ts';
import { refuseGroupName } from '../group/offset-store.ts';
import type { OffsetPartition } from '../group/types.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type {
  PartitionQuery,
  ProducerIdentity,
  TransactionalIdentity,
  TransactionPartition as NamedPartition,
} from '../transaction/types.ts';
import type { TransactionReply } from '../transaction/transactional-producer.ts';
import { assert } from '../base/assert.ts';
import { CoordinatedPartitions } from './coordinated-partitions.ts';
import type { DescribedTransaction, Done } from './coordination.ts';
import {
  isInternalTopic,
  OFFSETS_TOPIC,
  partitionFor,
  refuseInternal,
  TRANSACTION_TOPIC,
  type InternalTopics,
} from './internal-topics.ts';
import type { TransactionMarkers } from './transaction-markers.ts';
import { TransactionPartition, type CommandOf } from './transaction-partition.ts';

export interface TransactionCoordinatorOptions {
  readonly config: BrokerConfig;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly image: () => ClusterImage;
  readonly topics: InternalTopics;
  readonly markers: TransactionMarkers;
  readonly nextProducerId: () => Promise<number | Refusal>;
  readonly failed: (error: unknown) => void;
}

/** The transactional ids whose partition of the transaction topic this broker leads. */
export class TransactionCoordinator {
  readonly partitions: CoordinatedPartitions<TransactionPartition>;
  readonly #options: TransactionCoordinatorOptions;
  #expireAt: Instant;

  constructor(options: TransactionCoordinatorOptions) {
    this.#options = options;
    const { clock, telemetry, markers, nextProducerId, failed } = options;
    this.#expireAt = this.#nextExpiration();
    this.partitions = new CoordinatedPartitions(
      clock,
      (host, leaderEpoch, onLost) =>
        new TransactionPartition({
          ...{ host, leaderEpoch, clock, markers, nextProducerId, onLost, failed },
          onUnreadable: (error) => {
            const { topic, partition } = host;
            telemetry.event('coordinator_unreadable', { topic, partition, error });
          },
          timedOut: ({ transactionalId, producerId, producerEpoch, timeoutMs }) => {
            const fields = { transactionalId, producerId, producerEpoch, timeoutMs };
            telemetry.event('transaction_timed_out', fields);
          },
        }),
    );
  }

  async init(transactionalId: string, timeoutMs: number): Promise<ProducerIdentity | Refusal> {
    const { transactionMaxTimeoutMs, transactionTimeoutMs } = this.#options.config;
    const timeout =
      timeoutMs === 0 ? Math.min(transactionTimeoutMs, transactionMaxTimeoutMs) : timeoutMs;
    if (timeout > transactionMaxTimeoutMs) {
      return refusal(
        'INVALID_TRANSACTION_TIMEOUT',
        `a timeout of ${timeoutMs} ms was asked for, transaction.max.timeout.ms is ${transactionMaxTimeoutMs}`,
      );
    }
    const reply = await this.#ask(transactionalId, (freshProducerId) => ({
      kind: 'initProducerId',
      timeoutMs: timeout,
      freshProducerId,
    }));
    return identityIn(reply);
  }

  async addPartitions(
    { transactionalId, ...producer }: TransactionalIdentity,
    partitions: readonly OffsetPartition[],
    groups: readonly string[],
  ): Promise<Done | Refusal> {
    const named = this.#named(partitions);
    if ('code' in named) return named;
    const ofGroups = await this.#offsetsPartitions(groups);
    if ('code' in ofGroups) return ofGroups;
    const reply = await this.#ask(transactionalId, () => ({
      kind: 'addPartitions',
      producer,
      partitions: [...named, ...ofGroups],
    }));
    return reply.kind === 'refused' ? reply.refusal : { kind: 'done' };
  }

  async end(
    { transactionalId, ...producer }: TransactionalIdentity,
    commit: boolean,
  ): Promise<ProducerIdentity | Refusal> {
    const reply = await this.#ask(transactionalId, (freshProducerId) => ({
      kind: 'endTransaction',
      producer,
      commit,
      freshProducerId,
    }));
    return identityIn(reply);
  }

  verify(query: PartitionQuery): Refusal | null {
    const partition = this.#partitionOf(query.transactionalId);
    return 'code' in partition ? partition : partition.verify(query);
  }

  describe(transactionalIds: readonly string[] | null): DescribedTransaction[] {
    if (transactionalIds === null) {
      return this.partitions.all().flatMap((partition) => partition.describeAll());
    }
    return transactionalIds.map((transactionalId) => {
      const partition = this.#partitionOf(transactionalId);
      if ('code' in partition) return { transactionalId, refusal: partition };
      const why = partition.refusal();
      if (why !== null) return { transactionalId, refusal: why };
      const described = partition.describe(transactionalId);
      return described ?? { transactionalId, refusal: refusal('TRANSACTIONAL_ID_NOT_FOUND') };
    });
  }

  onTime(): void {
    const { clock, config } = this.#options;
    const partitions = this.partitions.all();
    for (const partition of partitions) partition.endOverdue();
    if (clock.now() < this.#expireAt) return;
    this.#expireAt = this.#nextExpiration();
    for (const partition of partitions) partition.expire(config.transactionalIdExpirationMs);
  }

  close(): void {
    this.partitions.close();
  }

  async #ask(transactionalId: string, commandOf: CommandOf): Promise<TransactionReply> {
    if (transactionalId === '' || transactionalId.length > TRANSACTIONAL_ID_LENGTH_MAX) {
      const message = `a transactional id has 1 to ${TRANSACTIONAL_ID_LENGTH_MAX} characters`;
      return { kind: 'refused', refusal: refusal('INVALID_REQUEST', message) };
    }
    const partition = this.#partitionOf(transactionalId);
    if ('code' in partition) return { kind: 'refused', refusal: partition };
    return partition.ask(transactionalId, commandOf);
  }

  #partitionOf(transactionalId: string): TransactionPartition | Refusal {
    const topic = this.#options.topics.find(TRANSACTION_TOPIC);
    const partition =
      topic === undefined ? undefined : this.partitions.get(partitionFor(transactionalId, topic));
    return partition ?? refusal('NOT_COORDINATOR');
  }

  #named(partitions: readonly OffsetPartition[]): NamedPartition[] | Refusal {
    const named: NamedPartition[] = [];
    for (const { topic: name, partition } of partitions) {
      if (isInternalTopic(name)) return refuseInternal(name);
      const topic = this.#options.image().topicByName(name);
      if (topic === undefined || partition >= topic.partitions.length) {
        const message = `there is no partition ${name}-${partition}; nothing was added`;
        return refusal('UNKNOWN_TOPIC_OR_PARTITION', message);
      }
      named.push({ topic: name, topicId: topic.topicId, partition });
    }
    return named;
  }

  async #offsetsPartitions(groups: readonly string[]): Promise<NamedPartition[] | Refusal> {
    if (groups.length === 0) return [];
    for (const group of groups) {
      const why = refuseGroupName(group);
      if (why !== null) return why;
    }
    const topic = await this.#options.topics.ensure(OFFSETS_TOPIC);
    if ('code' in topic) return topic;
    return groups.map((group) => ({
      topic: topic.name,
      topicId: topic.topicId,
      partition: partitionFor(group, topic),
    }));
  }

  #nextExpiration(): Instant {
    const { clock, config } = this.#options;
    const period = Math.min(config.transactionalIdExpirationMs / 2, EXPIRATION_CHECK_MS);
    return instantAfter(clock.now(), period);
  }
}

function identityIn(reply: TransactionReply): ProducerIdentity | Refusal {
  if (reply.kind === 'refused') return reply.refusal;
  assert(reply.kind === 'identity', () => `a producer was answered with ${reply.kind}`);
  return { producerId: reply.producerId, producerEpoch: reply.producerEpoch };
}

/** A key of a log that is kept for a week need not be longer. */
const TRANSACTIONAL_ID_LENGTH_MAX = 1_000;
/** Looking at every id costs something, and none is in a hurry to be forgotten. */
const EXPIRATION_CHECK_MS = 60_000;
