import type {
  Admin,
  BrokerDescription,
  ClusterDescription,
  PartitionDescription,
  TopicDescription,
} from '../../client/index.ts';

/** The cluster as `cluster status --json` shows it. */
export interface ClusterStatus {
  readonly clusterId: string | null;
  readonly controller: ClusterDescription['controller'];
  readonly brokers: readonly BrokerStatus[];
  readonly topics: readonly TopicStatus[];
  readonly partitions: number;
  readonly underReplicatedPartitions: number;
  /** Partitions without a leader. */
  readonly offlinePartitions: number;
  /**
   * How many bytes would be gone if the machine of one leader were lost now, for the leader where that
   * would cost the most; see `partitionBytesAtRisk`.
   */
  readonly bytesAtRisk: number;
}

export interface BrokerStatus extends BrokerDescription {
  readonly replicas: number;
  /** What the replicas that follow on it do not have on its disk yet, in bytes of the leaders’ logs. */
  readonly lagBytes: number;
  /** What would be gone with it: of the partitions that it leads, together. */
  readonly bytesAtRisk: number;
}

export interface TopicStatus {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly underReplicatedPartitions: number;
  readonly offlinePartitions: number;
  readonly lagBytes: number;
}

/** Asks a broker for the cluster, and the leaders for how far their followers are. */
export async function readClusterStatus(
  admin: Admin,
): Promise<{ readonly status: ClusterStatus; readonly topics: readonly TopicDescription[] }> {
  const cluster = await admin.describeCluster();
  // Without a controller since it started, a broker knows of no topic; that is worth telling at once.
  const topics = cluster.clusterId === null ? [] : await admin.describeTopics(null);
  return { status: clusterStatus(cluster, topics), topics };
}

export function clusterStatus(
  cluster: ClusterDescription,
  topics: readonly TopicDescription[],
): ClusterStatus {
  const partitions = topics.flatMap((topic) => topic.partitions);
  const brokers = cluster.brokers.map((broker) => brokerStatus(broker, partitions));
  return {
    clusterId: cluster.clusterId,
    controller: cluster.controller,
    brokers: brokers.sort((a, b) => a.id - b.id),
    topics: topics.map(topicStatus).sort((a, b) => (a.name < b.name ? -1 : 1)),
    partitions: partitions.length,
    underReplicatedPartitions: partitions.filter(isUnderReplicated).length,
    offlinePartitions: partitions.filter(isOffline).length,
    bytesAtRisk: Math.max(0, ...brokers.map(({ bytesAtRisk }) => bytesAtRisk)),
  };
}

/**
 * What only the leader's machine has: the bytes that its best follower lacks on its disk, or the whole
 * log where there is no follower. Acknowledged bytes are among them with acks 1, or while fewer
 * replicas are in sync than usual; writes under way are counted too, so it is never too low. 0 for a
 * partition whose leader says nothing, since nobody knows.
 */
export function partitionBytesAtRisk(partition: PartitionDescription): number {
  if (partition.logEndOffset === null) return 0;
  const others = partition.replicas.filter(({ broker }) => broker !== partition.leader);
  const lacking = others.map(({ lagBytes }) => lagBytes ?? partition.sizeBytes ?? 0);
  return Math.min(partition.sizeBytes ?? 0, ...lacking);
}

export function isUnderReplicated({ isr, replicas }: PartitionDescription): boolean {
  return isr.length < replicas.length;
}

export function isOffline({ leader }: PartitionDescription): boolean {
  return leader === null;
}

function brokerStatus(
  broker: BrokerDescription,
  partitions: readonly PartitionDescription[],
): BrokerStatus {
  const led = partitions.filter(({ leader }) => leader === broker.id);
  const followed = partitions.flatMap(({ leader, replicas }) =>
    leader === broker.id ? [] : replicas.filter((replica) => replica.broker === broker.id),
  );
  return {
    ...broker,
    leaders: led.length,
    replicas: led.length + followed.length,
    lagBytes: sum(followed.map(({ lagBytes }) => lagBytes ?? 0)),
    bytesAtRisk: sum(led.map(partitionBytesAtRisk)),
  };
}

function topicStatus({ name, partitions }: TopicDescription): TopicStatus {
  return {
    name,
    partitions: partitions.length,
    replicationFactor: partitions[0]?.replicas.length ?? 0,
    underReplicatedPartitions: partitions.filter(isUnderReplicated).length,
    offlinePartitions: partitions.filter(isOffline).length,
    lagBytes: sum(
      partitions.flatMap(({ leader, replicas }) =>
        replicas.map(({ broker, lagBytes }) => (broker === leader ? 0 : (lagBytes ?? 0))),
      ),
    ),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
