import { assert, assertNever } from '../base/assert.ts';
import { brokerEpoch, metadataOffset, partitionKey } from '../base/ids.ts';
import type {
  BrokerEpoch,
  ClusterId,
  ControllerEpoch,
  DiskId,
  IncarnationId,
  MetadataOffset,
  NodeId,
  PartitionIndex,
  PartitionKey,
  TopicId,
} from '../base/ids.ts';
import { encodeImage, parseImage } from './image-snapshot.ts';
import { assertPartitionFollows, assertPartitionHolds } from './invariants.ts';
import type {
  Endpoint,
  Event,
  PartitionState,
  ReplicaLogEnd,
  ReplicaState,
  TopicSettings,
} from './types.ts';

export interface BrokerState {
  readonly id: NodeId;
  /** The metadata offset of the registration. */
  readonly epoch: BrokerEpoch;
  readonly incarnationId: IncarnationId;
  readonly diskId: DiskId;
  readonly bootId: string;
  readonly grpc: Endpoint;
  readonly http: Endpoint | null;
  readonly rack: string | null;
  readonly pid: number | null;
  readonly dataDirectory: string | null;
  readonly fenced: boolean;
  readonly stopping: boolean;
  readonly full: boolean;
  /** Epoch of the last incarnation that was ever unfenced: what a mark file must name (X2). */
  readonly lastUnfencedEpoch: BrokerEpoch | null;
}

export interface TopicState {
  readonly topicId: TopicId;
  readonly name: string;
  readonly settings: TopicSettings;
  /** At index i lies partition i. */
  readonly partitions: readonly PartitionState[];
}

/** A partition together with the topic that it belongs to. */
export interface TopicPartition {
  readonly topic: TopicState;
  readonly state: PartitionState;
}

/** What is known of one replica beyond the partition's own state. */
export interface ReplicaKnowledge {
  readonly state: ReplicaState;
  /** As registered; null when it was not asked for, or a leader has been at work since. */
  readonly logEnd: ReplicaLogEnd | null;
}

const WHOLE: ReplicaKnowledge = { state: 'whole', logEnd: null };

/**
 * The cluster's truth after every event below `nextOffset`. The controller decides on one and every
 * broker keeps one: the same events give the same image. `apply` is the only mutation, and costs
 * what the event changes, whatever the size of the cluster.
 *
 * Whatever iterates does so in a fixed order: brokers by id, topics by name, partitions by index.
 * Broker and partition states that were handed out never change, the next event puts others in their
 * place; a topic is a view that follows.
 */
export class ClusterImage {
  #nextOffset = metadataOffset(0);
  #clusterId: ClusterId | null = null;
  #controllerEpoch: ControllerEpoch | null = null;
  #controllerId: NodeId | null = null;
  #controllerPid: number | null = null;
  readonly #brokers = new Map<NodeId, BrokerState>();
  readonly #topics = new Map<TopicId, MutableTopic>();
  readonly #topicIds = new Map<string, TopicId>();
  /** Which partitions a broker has a replica of. */
  readonly #replicasOf = new Map<NodeId, Map<PartitionKey, PartitionPlace>>();
  readonly #leaderless = new Map<PartitionKey, PartitionPlace & { since: MetadataOffset }>();
  /** Replicas of which something is known: not whole, or with a log end. Sparse. */
  readonly #replicas = new Map<PartitionKey, Map<NodeId, KnownReplica>>();
  #partitionCount = 0;
  #nextProducerId = 0;

  /** The offset that the next event will have. */
  get nextOffset(): MetadataOffset {
    return this.#nextOffset;
  }

  /** Null before the very first controller's first term. */
  get clusterId(): ClusterId | null {
    return this.#clusterId;
  }

  /** Of the last controller that became active; null before the first. */
  get controllerEpoch(): ControllerEpoch | null {
    return this.#controllerEpoch;
  }

  get controllerId(): NodeId | null {
    return this.#controllerId;
  }

  get controllerPid(): number | null {
    return this.#controllerPid;
  }

  get topicCount(): number {
    return this.#topics.size;
  }

  get partitionCount(): number {
    return this.#partitionCount;
  }

  get leaderlessCount(): number {
    return this.#leaderless.size;
  }

  /** The lowest id that no block has held. */
  get nextProducerId(): number {
    return this.#nextProducerId;
  }

  broker(id: NodeId): BrokerState | undefined {
    return this.#brokers.get(id);
  }

  /** Every broker that ever registered, by id. */
  brokers(): BrokerState[] {
    return [...this.#brokers.values()].sort((a, b) => a.id - b.id);
  }

  topic(id: TopicId): TopicState | undefined {
    return this.#topics.get(id);
  }

  topicByName(name: string): TopicState | undefined {
    const id = this.#topicIds.get(name);
    return id === undefined ? undefined : this.#topics.get(id);
  }

  /** Every topic, by name. */
  topics(): TopicState[] {
    return [...this.#topics.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  partition(id: TopicId, index: PartitionIndex): PartitionState | undefined {
    return this.#topics.get(id)?.partitions[index];
  }

  /** The partitions that a broker has a replica of, by topic name and index. */
  partitionsOf(broker: NodeId): TopicPartition[] {
    return this.#inOrder(this.#replicasOf.get(broker)?.values() ?? []);
  }

  /** The partitions that nobody leads, by topic name and index. */
  leaderlessPartitions(): TopicPartition[] {
    return this.#inOrder(this.#leaderless.values());
  }

  /**
   * The offset of the event that left a partition without a leader, or of a later one that changed it
   * since; null while it has one. Whoever has applied it follows nobody's log any more.
   */
  leaderlessSince(topic: TopicId, partition: PartitionIndex): MetadataOffset | null {
    return this.#leaderless.get(partitionKey(topic, partition))?.since ?? null;
  }

  replica(topic: TopicId, partition: PartitionIndex, broker: NodeId): ReplicaKnowledge {
    const known = this.#replicas.get(partitionKey(topic, partition))?.get(broker);
    if (known === undefined) return WHOLE;
    // A log end is an answer of the incarnation that gave it: a later one may have lost some.
    const current = known.brokerEpoch === this.#brokers.get(broker)?.epoch;
    return { state: known.state, logEnd: current ? known.logEnd : null };
  }

  /** What is known of replicas, of those that are not whole or whose log end was registered. */
  knownReplicas(topic: TopicId, partition: PartitionIndex): [NodeId, KnownReplica][] {
    const known = this.#replicas.get(partitionKey(topic, partition));
    return [...(known ?? [])].sort(([a], [b]) => a - b);
  }

  /** Takes the event at `offset`, which must be the next one. */
  apply(event: Event, offset: MetadataOffset): void {
    assert(
      offset === this.#nextOffset,
      () => `event ${offset} (${event.kind}) came where ${this.#nextOffset} was due`,
    );
    this.#take(event, offset);
    this.#nextOffset = metadataOffset(offset + 1);
  }

  /** The image as `fromSnapshot` reads it. */
  encodeSnapshot(): Uint8Array {
    return encodeImage(this);
  }

  /** The image that `encodeSnapshot` wrote. Throws `CorruptEvent` on anything else. */
  static fromSnapshot(bytes: Uint8Array): ClusterImage {
    const content = parseImage(bytes);
    const image = new ClusterImage();
    image.#nextOffset = content.nextOffset;
    image.#clusterId = content.clusterId;
    image.#controllerEpoch = content.controllerEpoch;
    image.#controllerId = content.controllerId;
    image.#controllerPid = content.controllerPid;
    image.#nextProducerId = content.nextProducerId;
    for (const broker of content.brokers) image.#brokers.set(broker.id, broker);
    for (const { topic, replicas } of content.topics) {
      image.#createTopic(topic.topicId, topic.name, topic.settings, topic.partitions);
      for (const { partition, broker, known } of replicas) {
        image.#know(partitionKey(topic.topicId, partition), broker, known);
      }
    }
    return image;
  }

  #take(event: Event, offset: MetadataOffset): void {
    switch (event.kind) {
      case 'clusterCreated':
        assert(this.#clusterId === null, 'a cluster is created once');
        this.#clusterId = event.clusterId;
        return;
      case 'controllerActivated':
        assert(
          this.#controllerEpoch === null || event.controllerEpoch > this.#controllerEpoch,
          () => `controller epoch ${event.controllerEpoch} after ${this.#controllerEpoch}`,
        );
        this.#controllerEpoch = event.controllerEpoch;
        this.#controllerId = event.nodeId;
        this.#controllerPid = event.pid;
        return;
      case 'brokerRegistered': {
        const { kind: _, broker: id, ...registration } = event;
        const lastUnfencedEpoch = this.#brokers.get(id)?.lastUnfencedEpoch ?? null;
        const fresh = { fenced: true, stopping: false, full: false, lastUnfencedEpoch };
        this.#brokers.set(id, { id, epoch: brokerEpoch(offset), ...registration, ...fresh });
        return;
      }
      case 'brokerChanged':
        return this.#changeBroker(event);
      case 'topicCreated':
        return this.#createTopic(event.topicId, event.name, event.settings, event.partitions);
      case 'topicDeleted':
        return this.#deleteTopic(this.#existing(event.topicId));
      case 'topicSettingsChanged':
        this.#existing(event.topicId).settings = event.settings;
        return;
      case 'partitionsAdded': {
        const topic = this.#existing(event.topicId);
        for (const state of event.partitions) this.#addPartition(topic, state);
        return;
      }
      case 'partitionChanged':
        return this.#changePartition(this.#existing(event.topicId), event.state);
      case 'replicaStateChanged': {
        const { topicId, partition, broker, state, logEnd } = event;
        assert(this.partition(topicId, partition), () => `no ${topicId}-${partition}`);
        const epoch = this.#brokers.get(broker)?.epoch;
        assert(epoch !== undefined, () => `no broker ${broker}`);
        const known = { state, logEnd: logEnd ?? null, brokerEpoch: epoch };
        return this.#know(partitionKey(topicId, partition), broker, known);
      }
      case 'producerIdsAllocated':
        assert(
          event.first === this.#nextProducerId && event.count > 0,
          () => `producer ids from ${event.first} where ${this.#nextProducerId} is next`,
        );
        this.#nextProducerId = event.first + event.count;
        return;
      default:
        assertNever(event);
    }
  }

  #changeBroker(event: Event & { kind: 'brokerChanged' }): void {
    const broker = this.#brokers.get(event.broker);
    assert(
      broker !== undefined && broker.epoch === event.brokerEpoch,
      () => `broker ${event.broker} has epoch ${broker?.epoch}, not ${event.brokerEpoch}`,
    );
    this.#brokers.set(broker.id, {
      ...broker,
      fenced: event.fenced ?? broker.fenced,
      stopping: event.stopping ?? broker.stopping,
      full: event.full ?? broker.full,
      lastUnfencedEpoch: event.fenced === false ? broker.epoch : broker.lastUnfencedEpoch,
    });
  }

  #createTopic(
    topicId: TopicId,
    name: string,
    settings: TopicSettings,
    partitions: readonly PartitionState[],
  ): void {
    assert(
      !this.#topics.has(topicId) && !this.#topicIds.has(name),
      () => `topic ${name} (${topicId}) is there`,
    );
    const topic: MutableTopic = { topicId, name, settings, partitions: [] };
    this.#topics.set(topicId, topic);
    this.#topicIds.set(name, topicId);
    for (const state of partitions) this.#addPartition(topic, state);
  }

  #addPartition(topic: MutableTopic, state: PartitionState): void {
    assert(state.partition === topic.partitions.length, 'partitions come in order');
    assertPartitionHolds(topic.name, state);
    topic.partitions.push(state);
    this.#partitionCount++;
    this.#index(topic, state);
  }

  #changePartition(topic: MutableTopic, state: PartitionState): void {
    const before = topic.partitions[state.partition];
    assert(before !== undefined, () => `no partition ${topic.name}-${state.partition}`);
    assertPartitionHolds(topic.name, state);
    assertPartitionFollows(topic.name, before, state);
    this.#unindex(topic, before);
    topic.partitions[state.partition] = state;
    this.#index(topic, state);
    this.#forgetSettled(partitionKey(topic.topicId, state.partition), state);
  }

  /** X3: who is in the ISR is whole. And where there is a leader, registered log ends are history. */
  #forgetSettled(key: PartitionKey, state: PartitionState): void {
    for (const [broker, known] of this.#replicas.get(key) ?? []) {
      const replicaState = state.isr.includes(broker) ? 'whole' : known.state;
      const logEnd = state.leader === null ? known.logEnd : null;
      this.#know(key, broker, { ...known, state: replicaState, logEnd });
    }
  }

  #know(key: PartitionKey, broker: NodeId, known: KnownReplica): void {
    const replicas = this.#replicas.get(key) ?? new Map<NodeId, KnownReplica>();
    if (known.state === 'whole' && known.logEnd === null) replicas.delete(broker);
    else replicas.set(broker, known);
    if (replicas.size === 0) this.#replicas.delete(key);
    else this.#replicas.set(key, replicas);
  }

  #deleteTopic(topic: MutableTopic): void {
    for (const state of topic.partitions) {
      this.#unindex(topic, state);
      this.#replicas.delete(partitionKey(topic.topicId, state.partition));
    }
    this.#partitionCount -= topic.partitions.length;
    this.#topics.delete(topic.topicId);
    this.#topicIds.delete(topic.name);
  }

  #index(topic: MutableTopic, state: PartitionState): void {
    const key = partitionKey(topic.topicId, state.partition);
    const place = { topic, partition: state.partition };
    if (state.leader === null) this.#leaderless.set(key, { ...place, since: this.#nextOffset });
    for (const id of state.replicas) {
      const partitions = this.#replicasOf.get(id);
      if (partitions === undefined) this.#replicasOf.set(id, new Map([[key, place]]));
      else partitions.set(key, place);
    }
  }

  #unindex(topic: MutableTopic, state: PartitionState): void {
    const key = partitionKey(topic.topicId, state.partition);
    this.#leaderless.delete(key);
    for (const id of state.replicas) this.#replicasOf.get(id)?.delete(key);
  }

  #existing(id: TopicId): MutableTopic {
    const topic = this.#topics.get(id);
    assert(topic !== undefined, () => `no topic ${id}`);
    return topic;
  }

  #inOrder(places: Iterable<PartitionPlace>): TopicPartition[] {
    const sorted = [...places].sort((a, b) =>
      a.topic === b.topic ? a.partition - b.partition : a.topic.name < b.topic.name ? -1 : 1,
    );
    return sorted.map(({ topic, partition }) => {
      const state = topic.partitions[partition];
      assert(state !== undefined, () => `${topic.name}-${partition} is indexed but not there`);
      return { topic, state };
    });
  }
}

interface MutableTopic {
  readonly topicId: TopicId;
  readonly name: string;
  settings: TopicSettings;
  readonly partitions: PartitionState[];
}

interface PartitionPlace {
  readonly topic: MutableTopic;
  readonly partition: PartitionIndex;
}

export interface KnownReplica {
  readonly state: ReplicaState;
  readonly logEnd: ReplicaLogEnd | null;
  /** The incarnation that said so. */
  readonly brokerEpoch: BrokerEpoch;
}
