import type { ClusterImage } from '../controller/image.ts';
import type { Event } from '../controller/types.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** One line for each committed event that an operator would ask about. `before` is the image without it. */
export function logEvent(telemetry: Telemetry, before: ClusterImage, event: Event): void {
  switch (event.kind) {
    case 'brokerRegistered':
      telemetry.event('broker_registered', {
        broker: event.broker,
        brokerEpoch: before.nextOffset,
        grpc: `${event.grpc.host}:${event.grpc.port}`,
        rack: event.rack ?? undefined,
      });
      return;
    case 'brokerChanged': {
      const broker = before.broker(event.broker);
      if (event.fenced === false && broker?.fenced === true) {
        telemetry.event('broker_unfenced', {
          broker: event.broker,
          brokerEpoch: event.brokerEpoch,
        });
      }
      if (event.stopping === true && broker?.stopping === false) {
        const partitionsLed = before
          .partitionsOf(event.broker)
          .filter(({ state }) => state.leader === event.broker).length;
        telemetry.event('broker_stopping', { broker: event.broker, partitionsLed });
      }
      return;
    }
    case 'topicCreated':
      telemetry.event('topic_created', {
        topic: event.name,
        topicId: event.topicId,
        partitions: event.partitions.length,
        replicationFactor: event.partitions[0]?.replicas.length ?? 0,
      });
      return;
    case 'topicDeleted':
      telemetry.event('topic_deleted', {
        topic: before.topic(event.topicId)?.name ?? '',
        topicId: event.topicId,
      });
      return;
    case 'topicSettingsChanged':
      telemetry.event('topic_changed', {
        topic: before.topic(event.topicId)?.name ?? '',
        change: 'settings',
      });
      return;
    case 'partitionsAdded':
      telemetry.event('topic_changed', {
        topic: before.topic(event.topicId)?.name ?? '',
        change: `${event.partitions.length} partitions added`,
      });
      return;
    case 'partitionChanged':
      logPartitionChange(telemetry, before, event);
      return;
    case 'clusterCreated':
    case 'controllerActivated':
    case 'replicaStateChanged':
    case 'producerIdsAllocated':
      return;
  }
}

function logPartitionChange(
  telemetry: Telemetry,
  before: ClusterImage,
  event: Event & { kind: 'partitionChanged' },
): void {
  const { state, cause } = event;
  const topic = before.topic(event.topicId)?.name ?? '';
  const { partition, leader, leaderEpoch, isr } = state;
  const old = before.partition(event.topicId, partition);
  if (old === undefined) return;
  const left = old.isr.filter((id) => !isr.includes(id));
  const joined = isr.filter((id) => !old.isr.includes(id));
  // A leader's own proposals are logged by the leader, which knows how far behind the follower was.
  if ((left.length > 0 || joined.length > 0) && cause !== 'isr-changed') {
    const why =
      cause === 'broker-fenced' ? 'dead' : cause === 'broker-stopping' ? 'stopping' : cause;
    telemetry.event('isr_changed', { topic, partition, isr, left, joined, cause: why });
  }
  if (leader === old.leader && leaderEpoch === old.leaderEpoch) return;
  telemetry.metrics.counter('odradek_leader_elections_total', { cause }).add();
  if (leader === null) {
    const { elr } = state;
    telemetry.event('leader_missing', { topic, partition, leaderEpoch, isr, elr, cause });
    return;
  }
  const previousLeader = old.leader;
  const fields = { topic, partition, leader, previousLeader, leaderEpoch };
  if (cause === 'unclean-election') {
    telemetry.metrics.counter('odradek_unclean_leader_elections_total').add();
    telemetry.event('leader_elected_uncleanly', fields);
  }
  telemetry.event('leader_elected', { ...fields, isr, cause });
}
