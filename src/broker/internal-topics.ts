import type { Clock } from '../base/clock.ts';
import { OdradekError, refusal, type Refusal } from '../base/errors.ts';
import { partitionIndex, type PartitionIndex } from '../base/ids.ts';
import type { ClusterImage, TopicState } from '../controller/image.ts';
import type { AdminReply, AdminRequest } from '../controller/types.ts';
import { crc32c } from '../record/index.ts';
import { Signal } from './signal.ts';

export const TRANSACTION_TOPIC = '__transaction_state';
export const OFFSETS_TOPIC = '__consumer_offsets';

/** Names that begin like this are the cluster's own: clients may read such topics and no more. */
export function isInternalTopic(name: string): boolean {
  return name.startsWith('__');
}

/** Why a user may not change an internal topic in this way, null if he may. */
export function refuseInternalChange(request: AdminRequest): Refusal | null {
  switch (request.kind) {
    case 'createTopic':
    case 'deleteTopic':
    case 'addPartitions':
      return isInternalTopic(request.name) ? refuseInternal(request.name) : null;
    case 'alterTopic': {
      const touchesPolicy = Object.hasOwn(request.settings, 'cleanup.policy');
      return isInternalTopic(request.name) && touchesPolicy ? refuseInternal(request.name) : null;
    }
    case 'allocateProducerIds':
      return refusal('INVALID_REQUEST', 'producer ids are given to brokers');
    case 'electLeaders':
      return null;
  }
}

export function refuseInternal(name: string): Refusal {
  return refusal(
    'INVALID_TOPIC_EXCEPTION',
    `${JSON.stringify(name)} is the cluster’s own: no client writes to it, makes it or deletes it`,
  );
}

/** Which partition keeps what belongs to `key`, for as long as the topic exists. */
export function partitionFor(key: string, topic: TopicState): PartitionIndex {
  return partitionIndex(crc32c(ENCODER.encode(key)) % topic.partitions.length);
}

export interface InternalTopicsOptions {
  readonly clock: Clock;
  readonly image: () => ClusterImage;
  readonly admin: (request: AdminRequest) => Promise<AdminReply>;
  /** Partitions by the topic's name. */
  readonly partitions: Readonly<Record<string, number>>;
}

/** The topics that coordinators write to, made when they are first needed. Owned by the broker. */
export class InternalTopics {
  readonly #options: InternalTopicsOptions;
  readonly #underWay = new Map<string, Promise<TopicState | Refusal>>();
  readonly #changed: Signal;
  #closed = false;

  constructor(options: InternalTopicsOptions) {
    this.#options = options;
    this.#changed = new Signal(options.clock);
  }

  find(name: string): TopicState | undefined {
    return this.#options.image().topicByName(name);
  }

  /** The topic, which is made if it does not exist, or why there is none at this moment. */
  async ensure(name: string): Promise<TopicState | Refusal> {
    const known = this.find(name);
    if (known !== undefined) return known;
    const underWay = this.#underWay.get(name);
    if (underWay !== undefined) return underWay;
    const making = this.#make(name).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, making);
    return making;
  }

  /** The image has another state. */
  metadataChanged(): void {
    this.#changed.fire();
  }

  close(): void {
    this.#closed = true;
    this.#changed.fire();
  }

  async #make(name: string): Promise<TopicState | Refusal> {
    const { clock, image, admin, partitions } = this.#options;
    // Every broker that the cluster has counts: one that is down for a moment must not leave the
    // topic with fewer replicas for ever.
    const replicationFactor = Math.min(REPLICATION_FACTOR_MAX, image().brokers().length);
    if (replicationFactor === 0) {
      return refusal('COORDINATOR_NOT_AVAILABLE', 'this broker has not joined the cluster yet');
    }
    const reply = await admin({
      kind: 'createTopic',
      name,
      partitions: partitions[name] ?? 1,
      replicationFactor,
      settings: SETTINGS,
      validateOnly: false,
    }).catch((error: unknown) => {
      if (!(error instanceof OdradekError)) throw error;
      return { kind: 'refused', refusal: refusal(error.code, error.message) } as const;
    });
    if (reply.kind === 'refused' && reply.refusal.code !== 'TOPIC_ALREADY_EXISTS') {
      return refusal(
        'COORDINATOR_NOT_AVAILABLE',
        `${name} cannot be made: ${reply.refusal.message}`,
      );
    }
    const deadline = clock.now() + ARRIVAL_MS;
    while (!this.#closed) {
      const topic = this.find(name);
      if (topic !== undefined) return topic;
      const left = deadline - clock.now();
      if (left <= 0) break;
      await this.#changed.wait(left);
    }
    return refusal('COORDINATOR_NOT_AVAILABLE', `${name} is being made; try again`);
  }
}

const REPLICATION_FACTOR_MAX = 3;
/** How long the news of a topic may take from the controller to this broker. */
const ARRIVAL_MS = 5_000;

/**
 * Whatever the cluster's defaults: nothing is deleted by age or size, an acknowledged record is on the
 * disks of a majority of three, and nobody leads who does not have it.
 */
const SETTINGS = {
  'cleanup.policy': 'compact',
  durability: 'fsync',
  'max.message.bytes': '16MiB',
  'min.insync.replicas': '0',
  'retention.bytes': '-1',
  'retention.ms': '-1',
  'segment.bytes': '64MiB',
  'unclean.leader.election.enable': 'false',
} as const;

const ENCODER = new TextEncoder();
