import type { ErrorCode } from '../base/errors.ts';
import type { LeaderEpoch, NodeId, TopicId } from '../base/ids.ts';
import type { LeaderHint } from '../wire/item-error.ts';
import type { ClusterMetadata, TopicMetadata } from '../wire/metadata-messages.ts';
import { formatEndpoint } from '../wire/metadata-messages.ts';

/** A broker as the cluster's metadata has it. */
export interface BrokerView {
  readonly id: NodeId;
  /** `host:port` of its gRPC listener. */
  readonly address: string;
  /** Null for one that only a hint has named. */
  readonly state: string | null;
  readonly rack: string | null;
}

export interface PartitionView {
  readonly partition: number;
  /** Null: none. */
  readonly leader: NodeId | null;
  readonly leaderEpoch: LeaderEpoch;
  /** The replicas that are in sync, as far as is known. */
  readonly inSync: readonly NodeId[];
}

export interface TopicView {
  readonly name: string;
  readonly topicId: TopicId;
  /** By index. */
  readonly partitions: readonly PartitionView[];
  /** Every setting as it is in force, under Kafka's names. */
  readonly effectiveSettings: Readonly<Record<string, string>>;
}

/** Where to send what is for a partition. */
export interface Route {
  readonly brokerId: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  readonly address: string;
}

/** What became of an answer. */
export type Applied = 'changed' | 'unchanged' | 'other-cluster' | 'not-ready';

/** A topic: there, or refused, as of a metadata offset. */
interface KnownTopic {
  asOf: number;
  view: TopicView | null;
  error: ErrorCode | null;
}

/**
 * What the client knows of the cluster: a machine without time or I/O. Answers come from any broker,
 * some of them stale, and in any order. It holds that
 *
 * - what is known of a topic never goes back to an older metadata offset;
 * - a partition's leader never goes back to an older leader epoch, as long as the topic is the same
 *   (a recreated topic has another id, and begins anew);
 * - answers of another cluster are refused: writing there would be worse than not writing.
 */
export class MetadataCache {
  #clusterId: string | null = null;
  #brokersAsOf = -1;
  #brokers: Map<NodeId, BrokerView> = new Map();
  readonly #topics: Map<string, KnownTopic> = new Map();
  #generation = 0;

  /** Null until a broker has answered. */
  get clusterId(): string | null {
    return this.#clusterId;
  }

  /** +1 on every change. */
  get generation(): number {
    return this.#generation;
  }

  get brokers(): readonly BrokerView[] {
    return [...this.#brokers.values()].sort((a, b) => a.id - b.id);
  }

  broker(id: NodeId): BrokerView | null {
    return this.#brokers.get(id) ?? null;
  }

  topic(name: string): TopicView | null {
    return this.#topics.get(name)?.view ?? null;
  }

  /** Why there is no such topic, if a broker has said so. */
  topicError(name: string): ErrorCode | null {
    return this.#topics.get(name)?.error ?? null;
  }

  /** The leader of a partition, where one is known and its address too. */
  route(topic: string, partition: number): Route | null {
    const known = this.#topics.get(topic)?.view?.partitions[partition];
    if (known === undefined || known.leader === null) return null;
    const broker = this.#brokers.get(known.leader);
    if (broker === undefined) return null;
    return { brokerId: broker.id, leaderEpoch: known.leaderEpoch, address: broker.address };
  }

  /** An in-sync replica in `rack`, the leader if it is there itself; null: none. */
  routeWithin(rack: string, topic: string, partition: number): Route | null {
    const known = this.#topics.get(topic)?.view?.partitions[partition];
    if (known === undefined || known.leader === null) return null;
    const leader = this.#brokers.get(known.leader);
    if (leader?.rack === rack) return this.route(topic, partition);
    for (const id of known.inSync) {
      const broker = this.#brokers.get(id);
      if (broker?.rack !== rack || broker.state === 'fenced') continue;
      return { brokerId: broker.id, leaderEpoch: known.leaderEpoch, address: broker.address };
    }
    return null;
  }

  /**
   * Takes an answer. `asked` are the topics that the request named (null: all): one that is missing
   * in the answer does not exist.
   */
  apply(answer: ClusterMetadata, asked: readonly string[] | null): Applied {
    // A broker that has never heard of the controller knows nothing worth believing.
    if (answer.clusterId === null) return 'not-ready';
    if (this.#clusterId !== null && answer.clusterId !== this.#clusterId) return 'other-cluster';
    let changed = this.#clusterId === null;
    this.#clusterId = answer.clusterId;
    changed = this.#applyBrokers(answer) || changed;
    const answered = new Set<string>();
    for (const topic of answer.topics) {
      answered.add(topic.name);
      changed = this.#applyTopic(topic, answer.metadataOffset) || changed;
    }
    for (const name of asked ?? this.#topics.keys()) {
      if (answered.has(name)) continue;
      changed =
        this.#applyAbsence(name, 'UNKNOWN_TOPIC_OR_PARTITION', answer.metadataOffset) || changed;
    }
    if (changed) this.#generation++;
    return changed ? 'changed' : 'unchanged';
  }

  /**
   * Takes the leader that an error has named. True if that was news: the leader epoch is newer than
   * the known one, so what was refused may be sent there at once.
   */
  onLeaderHint(topic: string, partition: number, hint: LeaderHint): boolean {
    const known = this.#topics.get(topic);
    const view = known?.view;
    const current = view?.partitions[partition];
    if (known === undefined || view === undefined || view === null || current === undefined) {
      return false;
    }
    const { broker: leader, leaderEpoch, endpoint } = hint;
    if (leader === null || leaderEpoch <= current.leaderEpoch) return false;
    const broker = this.#brokers.get(leader);
    if (endpoint !== null) {
      const address = formatEndpoint(endpoint);
      if (broker?.address !== address) {
        const { state = null, rack = null } = broker ?? {};
        this.#brokers.set(leader, { id: leader, address, state, rack });
      }
    } else if (broker === undefined) {
      return false;
    }
    const partitions = [...view.partitions];
    partitions[partition] = { partition, leader, leaderEpoch, inSync: [] };
    known.view = { ...view, partitions };
    this.#generation++;
    return true;
  }

  #applyBrokers(answer: ClusterMetadata): boolean {
    if (answer.metadataOffset < this.#brokersAsOf) return false;
    this.#brokersAsOf = answer.metadataOffset;
    const brokers = new Map<NodeId, BrokerView>();
    for (const broker of answer.brokers) {
      brokers.set(broker.id, {
        id: broker.id,
        address: formatEndpoint(broker.grpc),
        state: broker.state,
        rack: broker.rack,
      });
    }
    const changed =
      brokers.size !== this.#brokers.size ||
      [...brokers.values()].some((broker) => {
        const known = this.#brokers.get(broker.id);
        return (
          known?.address !== broker.address ||
          known.state !== broker.state ||
          known.rack !== broker.rack
        );
      });
    this.#brokers = brokers;
    return changed;
  }

  #applyTopic(topic: TopicMetadata, metadataOffset: number): boolean {
    const { topicId } = topic;
    if (topic.error !== null || topicId === null) {
      const code = topic.error?.code ?? 'UNKNOWN_TOPIC_OR_PARTITION';
      return this.#applyAbsence(topic.name, code, metadataOffset);
    }
    const known = this.#topics.get(topic.name);
    if (known !== undefined && metadataOffset < known.asOf) return false;
    const before = known?.view?.topicId === topicId ? known.view : null;
    const partitions = topic.partitions
      .map(({ partition, leader, leaderEpoch, isr }) =>
        newer(before?.partitions[partition], { partition, leader, leaderEpoch, inSync: isr }),
      )
      .sort((a, b) => a.partition - b.partition);
    this.#topics.set(topic.name, {
      asOf: metadataOffset,
      view: {
        name: topic.name,
        topicId,
        partitions,
        effectiveSettings: topic.effectiveSettings,
      },
      error: null,
    });
    return (
      before === null ||
      before.partitions.length !== partitions.length ||
      partitions.some((partition, index) => !sameReplicas(partition, before.partitions[index]))
    );
  }

  #applyAbsence(name: string, error: ErrorCode, metadataOffset: number): boolean {
    const known = this.#topics.get(name);
    if (known !== undefined && metadataOffset < known.asOf) return false;
    this.#topics.set(name, { asOf: metadataOffset, view: null, error });
    return known === undefined || known.view !== null || known.error !== error;
  }
}

function newer(known: PartitionView | undefined, answered: PartitionView): PartitionView {
  if (known !== undefined && known.leaderEpoch > answered.leaderEpoch) return known;
  return {
    partition: answered.partition,
    leader: answered.leader,
    leaderEpoch: answered.leaderEpoch,
    inSync: answered.inSync,
  };
}

function sameReplicas(a: PartitionView, b: PartitionView | undefined): boolean {
  return (
    b !== undefined &&
    a.leader === b.leader &&
    a.leaderEpoch === b.leaderEpoch &&
    a.inSync.length === b.inSync.length &&
    a.inSync.every((id) => b.inSync.includes(id))
  );
}
