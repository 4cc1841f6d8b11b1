import type {
  ClusterMetadata,
  PartitionMetadata,
  TopicMetadata,
} from '../wire/metadata-messages.ts';
import { formatEndpoint } from '../wire/metadata-messages.ts';
import type { PartitionDescription as LeaderView } from '../wire/admin-messages.ts';

export interface ClusterDescription {
  /** Null while the broker that was asked has never reached a controller. */
  readonly clusterId: string | null;
  readonly controller: {
    readonly id: number | null;
    readonly epoch: number;
    readonly pid: number | null;
    /** Whether the broker that was asked is in touch with it. */
    readonly reachable: boolean;
  };
  readonly brokers: readonly BrokerDescription[];
  readonly topics: number;
  readonly partitions: number;
  /** Partitions with fewer replicas in sync than replicas. */
  readonly underReplicatedPartitions: number;
  /** Partitions without a leader. */
  readonly offlinePartitions: number;
}

export interface BrokerDescription {
  readonly id: number;
  readonly epoch: number;
  readonly state: string;
  /** `host:port` */
  readonly grpc: string;
  readonly http: string | null;
  readonly rack: string | null;
  readonly pid: number | null;
  readonly dataDir: string | null;
  /** Partitions that it leads. */
  readonly leaders: number;
}

export interface TopicListing {
  readonly name: string;
  readonly id: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly underReplicatedPartitions: number;
  readonly offlinePartitions: number;
}

export interface TopicDescription {
  readonly name: string;
  readonly id: string;
  /** Every setting as it is in force. */
  readonly config: Readonly<Record<string, string>>;
  /** Those that differ from the defaults. */
  readonly overrides: Readonly<Record<string, string>>;
  readonly partitions: readonly PartitionDescription[];
}

/** Offsets and sizes are null where the leader did not answer. */
export interface PartitionDescription {
  readonly partition: number;
  readonly leader: number | null;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  readonly isr: readonly number[];
  readonly eligibleLeaderReplicas: readonly number[];
  readonly minInsyncReplicas: number;
  readonly logStartOffset: number | null;
  readonly highWatermark: number | null;
  readonly logEndOffset: number | null;
  readonly sizeBytes: number | null;
  readonly replicas: readonly ReplicaDescription[];
}

export interface ReplicaDescription {
  readonly broker: number;
  readonly inSync: boolean;
  /** What it has on its disk; null if the leader has not heard of it. */
  readonly logEndOffset: number | null;
  readonly lagBytes: number | null;
}

export function describeCluster(metadata: ClusterMetadata): ClusterDescription {
  const partitions = metadata.topics.flatMap((topic) => topic.partitions);
  const led = new Map<number, number>();
  for (const { leader } of partitions) {
    if (leader !== null) led.set(leader, (led.get(leader) ?? 0) + 1);
  }
  return {
    clusterId: metadata.clusterId,
    controller: {
      id: metadata.controllerId,
      epoch: metadata.controllerEpoch,
      pid: metadata.controllerPid,
      reachable: metadata.controllerReachable,
    },
    brokers: metadata.brokers.map((broker) => ({
      id: broker.id,
      epoch: broker.epoch,
      state: broker.state,
      grpc: formatEndpoint(broker.grpc),
      http: broker.http === null ? null : formatEndpoint(broker.http),
      rack: broker.rack,
      pid: broker.pid,
      dataDir: broker.dataDirectory,
      leaders: led.get(broker.id) ?? 0,
    })),
    topics: metadata.topics.length,
    partitions: partitions.length,
    ...health(partitions),
  };
}

export function listTopic(topic: TopicMetadata): TopicListing {
  return {
    name: topic.name,
    id: topic.topicId ?? '',
    partitions: topic.partitions.length,
    replicationFactor: topic.partitions[0]?.replicas.length ?? 0,
    ...health(topic.partitions),
  };
}

/** What the metadata and the leaders know of a topic, together. */
export function describeTopic(
  topic: TopicMetadata,
  leaderViews: readonly LeaderView[],
): TopicDescription {
  return {
    name: topic.name,
    id: topic.topicId ?? '',
    config: topic.effectiveSettings,
    overrides: topic.settings,
    partitions: topic.partitions.map((partition) =>
      describePartition(partition, leaderViewOf(topic, partition, leaderViews)),
    ),
  };
}

/** A broker that has been replaced may still describe what it led: the newest epoch counts. */
function leaderViewOf(
  topic: TopicMetadata,
  { partition }: PartitionMetadata,
  leaderViews: readonly LeaderView[],
): LeaderView | null {
  let newest: LeaderView | null = null;
  for (const view of leaderViews) {
    if (view.topicId !== topic.topicId || view.partition !== partition) continue;
    if (newest === null || view.leaderEpoch > newest.leaderEpoch) newest = view;
  }
  return newest;
}

function describePartition(
  partition: PartitionMetadata,
  leaderView: LeaderView | null,
): PartitionDescription {
  return {
    partition: partition.partition,
    leader: partition.leader,
    leaderEpoch: partition.leaderEpoch,
    partitionEpoch: partition.partitionEpoch,
    isr: partition.isr,
    eligibleLeaderReplicas: partition.elr,
    minInsyncReplicas: partition.minIsr,
    logStartOffset: leaderView?.logStartOffset ?? null,
    highWatermark: leaderView?.highWatermark ?? null,
    logEndOffset: leaderView?.logEndOffset ?? null,
    sizeBytes: leaderView?.sizeBytes ?? null,
    replicas: partition.replicas.map((broker) => {
      const replica = leaderView?.replicas.find((each) => each.broker === broker);
      return {
        broker,
        inSync: partition.isr.includes(broker),
        logEndOffset: replica?.logEndOffset ?? null,
        lagBytes: replica?.lagBytes ?? null,
      };
    }),
  };
}

function health(partitions: readonly PartitionMetadata[]): {
  underReplicatedPartitions: number;
  offlinePartitions: number;
} {
  return {
    underReplicatedPartitions: partitions.filter((each) => each.isr.length < each.replicas.length)
      .length,
    offlinePartitions: partitions.filter((each) => each.leader === null).length,
  };
}
