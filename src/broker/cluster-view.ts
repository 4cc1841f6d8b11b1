import { refusal } from '../base/errors.ts';
import { encodeTopicConfig, type TopicConfig } from '../base/topic-config.ts';
import type { PartitionIndex, TopicId } from '../base/ids.ts';
import type { BrokerState, ClusterImage, TopicState } from '../controller/image.ts';
import type { PartitionState } from '../controller/types.ts';
import type { PartitionMetadata } from '../replication/types.ts';
import type { ClusterView, LeaderHint, TopicView } from './interfaces.ts';

/** The metadata as clients see it. Null topics: every one; those that do not exist are said to be missing. */
export function clusterView(
  image: ClusterImage,
  topics: readonly string[] | null,
  settingsOf: (topic: TopicState) => TopicConfig,
  controllerReachable: boolean,
): ClusterView {
  const found =
    topics === null
      ? image.topics().map((topic) => topicView(topic, settingsOf))
      : topics.map((name) => {
          const topic = image.topicByName(name);
          return topic === undefined ? missingTopic(name) : topicView(topic, settingsOf);
        });
  return {
    clusterId: image.clusterId,
    metadataOffset: image.nextOffset,
    controllerId: image.controllerId,
    controllerEpoch: image.controllerEpoch ?? 0,
    controllerPid: image.controllerPid,
    controllerReachable,
    brokers: image.brokers().map((broker) => ({
      id: broker.id,
      epoch: broker.epoch,
      grpc: broker.grpc,
      http: broker.http,
      rack: broker.rack,
      state: stateOf(broker),
      pid: broker.pid,
      dataDirectory: broker.dataDirectory,
    })),
    topics: found,
  };
}

/** Who leads, for an error that sends the client there. */
export function leaderHint(
  image: ClusterImage,
  topic: TopicState,
  partition: PartitionIndex,
): LeaderHint | null {
  const state = topic.partitions[partition];
  if (state === undefined) return null;
  const leader = state.leader === null ? undefined : image.broker(state.leader);
  return {
    broker: state.leader,
    leaderEpoch: state.leaderEpoch,
    endpoint: leader?.grpc ?? null,
  };
}

/** A partition as its replica's machine needs it. */
export function partitionMetadata(
  image: ClusterImage,
  topicId: TopicId,
  state: PartitionState,
): PartitionMetadata {
  return {
    leader: state.leader,
    leaderEpoch: state.leaderEpoch,
    partitionEpoch: state.partitionEpoch,
    replicas: state.replicas,
    isr: state.isr,
    minIsr: state.minIsr,
    recovering: state.recovering,
    damaged: state.replicas.filter(
      (id) => image.replica(topicId, state.partition, id).state === 'damaged',
    ),
    brokers: state.replicas.flatMap((id) => {
      const broker = image.broker(id);
      return broker === undefined
        ? []
        : [{ id, brokerEpoch: broker.epoch, eligible: stateOf(broker) === 'active' }];
    }),
  };
}

export function stateOf(broker: BrokerState): 'active' | 'fenced' | 'stopping' | 'full' {
  if (broker.fenced) return 'fenced';
  if (broker.stopping) return 'stopping';
  return broker.full ? 'full' : 'active';
}

function topicView(topic: TopicState, settingsOf: (topic: TopicState) => TopicConfig): TopicView {
  return {
    name: topic.name,
    topicId: topic.topicId,
    error: null,
    settings: topic.settings,
    effectiveSettings: encodeTopicConfig(settingsOf(topic)),
    partitions: topic.partitions.map((state) => ({
      partition: state.partition,
      leader: state.leader,
      leaderEpoch: state.leaderEpoch,
      partitionEpoch: state.partitionEpoch,
      replicas: state.replicas,
      isr: state.isr,
      elr: state.elr,
      minIsr: state.minIsr,
    })),
  };
}

function missingTopic(name: string): TopicView {
  return {
    name,
    topicId: null,
    error: refusal('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic ${JSON.stringify(name)}`),
    settings: {},
    effectiveSettings: {},
    partitions: [],
  };
}
