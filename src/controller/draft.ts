import { assert } from '../base/assert.ts';
import { leaderEpoch, metadataOffset, partitionEpoch, partitionKey } from '../base/ids.ts';
import type {
  Instant,
  MetadataOffset,
  NodeId,
  PartitionIndex,
  PartitionKey,
  TopicId,
} from '../base/ids.ts';
import type {
  BrokerState,
  ClusterImage,
  ReplicaKnowledge,
  TopicPartition,
  TopicState,
} from './image.ts';
import type { ClusterDefaults } from './defaults.ts';
import type { Event, PartitionChangeCause, PartitionState } from './types.ts';

/** What a decision may change of a partition; epochs follow by themselves. */
export type PartitionChange = Partial<
  Pick<PartitionState, 'leader' | 'isr' | 'elr' | 'lastKnownElr' | 'minIsr' | 'recovering'>
>;

/**
 * The events of one decision as they are gathered, laid over the image that they will be applied to:
 * a later part of the decision sees what an earlier one did. Made by `Controller.handle` for one
 * command and thrown away with it; the image underneath is only read.
 */
export class Draft {
  readonly image: ClusterImage;
  readonly defaults: ClusterDefaults;
  readonly now: Instant;
  readonly events: Event[] = [];
  readonly #brokers = new Map<NodeId, BrokerState>();
  readonly #partitions = new Map<PartitionKey, PartitionState>();
  readonly #damaged = new Map<string, ReplicaKnowledge>();

  constructor(image: ClusterImage, defaults: ClusterDefaults, now: Instant) {
    this.image = image;
    this.defaults = defaults;
    this.now = now;
  }

  /** The offset that the next event of this draft will have. */
  get nextOffset(): MetadataOffset {
    return metadataOffset(this.image.nextOffset + this.events.length);
  }

  broker(id: NodeId): BrokerState | undefined {
    return this.#brokers.get(id) ?? this.image.broker(id);
  }

  partition(topicId: TopicId, partition: PartitionIndex): PartitionState | undefined {
    return (
      this.#partitions.get(partitionKey(topicId, partition)) ??
      this.image.partition(topicId, partition)
    );
  }

  /** As the image's, each partition as it stands in this draft. */
  partitionsOf(broker: NodeId): TopicPartition[] {
    return this.image.partitionsOf(broker).map((at) => this.#current(at));
  }

  leaderlessPartitions(): TopicPartition[] {
    return this.image
      .leaderlessPartitions()
      .map((at) => this.#current(at))
      .filter(({ state }) => state.leader === null);
  }

  replica(topicId: TopicId, partition: PartitionIndex, broker: NodeId): ReplicaKnowledge {
    return (
      this.#damaged.get(replicaKey(topicId, partition, broker)) ??
      this.image.replica(topicId, partition, broker)
    );
  }

  /** X3: from here on no election of this draft counts on the replica. */
  markDamaged(topicId: TopicId, partition: PartitionIndex, broker: NodeId): void {
    this.#damaged.set(replicaKey(topicId, partition, broker), { state: 'damaged', logEnd: null });
    this.add({ kind: 'replicaStateChanged', broker, topicId, partition, state: 'damaged' });
  }

  /** For events that this draft has no view of. */
  add(event: Event): void {
    this.events.push(event);
  }

  changeBroker(
    id: NodeId,
    change: Partial<Pick<BrokerState, 'fenced' | 'stopping' | 'full'>>,
  ): void {
    const broker = this.broker(id);
    assert(broker !== undefined, () => `no broker ${id}`);
    this.#brokers.set(id, { ...broker, ...change });
    this.add({ kind: 'brokerChanged', broker: id, brokerEpoch: broker.epoch, ...change });
  }

  /**
   * Changes a partition and raises its epochs: the partition's always, the leader's when the leader
   * changes or `raiseLeaderEpoch` says so. Returns the new state.
   */
  changePartition(
    topic: TopicState,
    before: PartitionState,
    change: PartitionChange,
    cause: PartitionChangeCause,
    options: { readonly raiseLeaderEpoch?: boolean } = {},
  ): PartitionState {
    const changed = { ...before, ...change };
    const newLeader = changed.leader !== before.leader || options.raiseLeaderEpoch === true;
    const inSync = changed.isr.length >= changed.minIsr;
    const state: PartitionState = {
      ...changed,
      isr: inAssignmentOrder(before, changed.isr),
      // C6: an ISR of min ISR holds everything, nobody else need be remembered.
      elr: inSync ? [] : inAssignmentOrder(before, changed.elr),
      lastKnownElr: inSync ? [] : inAssignmentOrder(before, changed.lastKnownElr),
      leaderEpoch: leaderEpoch(before.leaderEpoch + (newLeader ? 1 : 0)),
      partitionEpoch: partitionEpoch(before.partitionEpoch + 1),
    };
    this.#partitions.set(partitionKey(topic.topicId, state.partition), state);
    this.add({ kind: 'partitionChanged', topicId: topic.topicId, state, cause });
    return state;
  }

  #current({ topic, state }: TopicPartition): TopicPartition {
    const key = partitionKey(topic.topicId, state.partition);
    return { topic, state: this.#partitions.get(key) ?? state };
  }
}

function replicaKey(topicId: TopicId, partition: PartitionIndex, broker: NodeId): string {
  return `${partitionKey(topicId, partition)}:${broker}`;
}

function inAssignmentOrder(
  { replicas }: PartitionState,
  members: readonly NodeId[],
): readonly NodeId[] {
  assert(
    members.every((id) => replicas.includes(id)),
    () => `${members.join()} outside of ${replicas.join()}`,
  );
  return replicas.filter((id) => members.includes(id));
}
