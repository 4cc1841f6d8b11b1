import type { ErrorCode } from '../base/errors.ts';
import {
  offsetMax,
  partitionKey,
  type NodeId,
  type PartitionIndex,
  type PartitionKey,
  type TopicId,
} from '../base/ids.ts';
import type { Acks } from '../replication/types.ts';
import type { Metrics, PlainHistogram } from '../telemetry/metrics.ts';
import type { PartitionHost, Traffic } from './partition-host.ts';
import type { LogWork } from './replica-table.ts';

export interface MeasuredBroker {
  readonly hosts: () => Iterable<PartitionHost>;
  readonly host: (key: PartitionKey) => PartitionHost | undefined;
  readonly door: {
    readonly pendingFetches: number;
    readonly produceStreams: number;
    readonly fetchStreams: number;
    readonly inflightBytes: number;
  };
  readonly connected: () => boolean;
  readonly metadataOffset: () => number;
  readonly freeBytes: () => number;
}

/** What a broker shows on `/metrics`: read off the hosts when asked, counted where nothing remains. */
export class BrokerMetrics {
  readonly #metrics: Metrics;
  readonly #broker: MeasuredBroker;
  readonly #known = new Set<PartitionKey>();
  readonly logWork: LogWork;
  readonly #acknowledged: Record<'all' | 1, PlainHistogram>;

  constructor(metrics: Metrics, broker: MeasuredBroker) {
    this.#metrics = metrics;
    this.#broker = broker;
    this.logWork = logWork(metrics);
    this.#acknowledged = {
      all: metrics.histogram('odradek_produce_duration_seconds', { acks: 'all' }),
      1: metrics.histogram('odradek_produce_duration_seconds', { acks: 1 }),
    };
    const leading = (): PartitionHost[] =>
      [...broker.hosts()].filter((host) => host.view().role === 'leader');
    metrics.gauge('odradek_waiting_fetches', () => broker.door.pendingFetches);
    metrics.gauge('odradek_produce_streams', () => broker.door.produceStreams);
    metrics.gauge('odradek_fetch_streams', () => broker.door.fetchStreams);
    metrics.gauge('odradek_produce_inflight_bytes', () => broker.door.inflightBytes);
    metrics.gauge('odradek_waiting_produces', () => {
      let waiting = 0;
      for (const host of broker.hosts()) waiting += host.pendingProduces;
      return waiting;
    });
    metrics.gauge(
      'odradek_self_fenced_partitions',
      () => leading().filter((host) => host.isCutOff).length,
    );
    metrics.gauge('odradek_session_connected', () => (broker.connected() ? 1 : 0));
    metrics.gauge('odradek_metadata_offset', broker.metadataOffset);
    metrics.gauge('odradek_disk_free_bytes', broker.freeBytes);
    metrics.gauge('odradek_partitions', { role: 'leader' }, () => leading().length);
    metrics.gauge(
      'odradek_partitions',
      { role: 'follower' },
      () => [...broker.hosts()].length - leading().length,
    );
    metrics.gauge(
      'odradek_under_replicated_partitions',
      () =>
        leading().filter((host) => {
          const { isr, followers } = host.view();
          return isr.length < followers.length + 1;
        }).length,
    );
    metrics.gauge(
      'odradek_under_min_isr_partitions',
      () =>
        leading().filter((host) => {
          const { isr, minIsr } = host.view();
          return isr.length < minIsr;
        }).length,
    );
    metrics.gauge(
      'odradek_offline_logs',
      () =>
        [...broker.hosts()].filter(
          (host) => host.view().health === 'damaged' || host.log.failure !== null,
        ).length,
    );
    metrics.gauge('odradek_bytes_at_risk', () =>
      leading().reduce((bytes, host) => bytes + bytesOnlyHere(host), 0),
    );
    metrics.gauges('odradek_replica_lag_bytes', () => leading().flatMap(lagOfFollowers));
  }

  /** Gauges of one replica, once, and counters for each host that it has. */
  ensure(host: PartitionHost): void {
    const { key, topic, partition } = host;
    host.traffic ??= this.#traffic(topic, partition);
    if (this.#known.has(key)) return;
    this.#known.add(key);
    const labels = { topic, partition };
    // Asked for anew each time: a replica that was deleted and made again has another host.
    const read = (what: (host: PartitionHost) => number) => (): number => {
      const current = this.#broker.host(key);
      return current === undefined ? 0 : what(current);
    };
    const gauge = this.#metrics;
    gauge.gauge(
      'odradek_log_start_offset',
      labels,
      read(({ log }) => log.logStartOffset),
    );
    gauge.gauge(
      'odradek_log_end_offset',
      labels,
      read(({ log }) => log.logEndOffset),
    );
    gauge.gauge(
      'odradek_durable_end_offset',
      labels,
      read(({ log }) => log.durableEndOffset),
    );
    gauge.gauge(
      'odradek_high_watermark',
      labels,
      read((current) => current.highWatermark),
    );
    gauge.gauge(
      'odradek_leader_epoch',
      labels,
      read((current) => current.view().leaderEpoch ?? 0),
    );
    gauge.gauge(
      'odradek_log_bytes',
      labels,
      read(({ log }) => log.sizeBytes),
    );
    gauge.gauge(
      'odradek_in_sync_replicas',
      labels,
      read((current) => {
        const { role, isr } = current.view();
        return role === 'leader' ? isr.length : 0;
      }),
    );
  }

  #traffic(topic: string, partition: PartitionIndex): Traffic {
    const labels = { topic, partition };
    const messages = this.#metrics.counter('odradek_messages_in_total', labels);
    const batches = this.#metrics.counter('odradek_batches_in_total', labels);
    const bytesIn = this.#metrics.counter('odradek_bytes_in_total', labels);
    const bytesOut = this.#metrics.counter('odradek_bytes_out_total', labels);
    const replicatedBytes = this.#metrics.counter('odradek_replicated_bytes_total');
    return {
      produced: (records, bytes) => {
        messages.add(records);
        batches.add();
        bytesIn.add(bytes);
      },
      replicated: (bytes) => replicatedBytes.add(bytes),
      consumed: (bytes) => bytesOut.add(bytes),
    };
  }

  /** Partitions of a topic have left this broker. */
  forget(
    { name, topicId }: { readonly name: string; readonly topicId: TopicId },
    partitions: readonly PartitionIndex[],
  ): void {
    for (const partition of partitions) this.#known.delete(partitionKey(topicId, partition));
    this.#metrics.forget(partitions.map((partition) => ({ topic: name, partition })));
  }

  acknowledged(acks: Exclude<Acks, 0>, seconds: number): void {
    this.#acknowledged[acks].observe(seconds);
  }

  refused(rpc: string, code: ErrorCode): void {
    this.#metrics.counter('odradek_requests_refused_total', { rpc, code }).add();
  }

  truncated(bytes: number): void {
    this.#metrics.counter('odradek_truncations_total').add();
    this.#metrics.counter('odradek_truncated_bytes_total').add(bytes);
  }

  shrunk(cause: string): void {
    this.#metrics.counter('odradek_isr_shrinks_total', { cause }).add();
  }

  expanded(): void {
    this.#metrics.counter('odradek_isr_expands_total').add();
  }

  handedOver(outcome: string): void {
    this.#metrics.counter('odradek_handovers_total', { outcome }).add();
  }

  retentionDeleted(bytes: number): void {
    this.#metrics.counter('odradek_retention_deleted_bytes_total').add(bytes);
  }
}

function logWork(metrics: Metrics): LogWork {
  const flushes = metrics.counter('odradek_flushes_total');
  const flushedBytes = metrics.counter('odradek_flushed_bytes_total');
  const duration = metrics.histogram('odradek_flush_duration_seconds');
  const rolled = metrics.counter('odradek_segments_rolled_total');
  return {
    flushed: (bytes, seconds) => {
      flushes.add();
      flushedBytes.add(bytes);
      duration.observe(seconds);
    },
    rolled: () => rolled.add(),
  };
}

/** Of each follower, as its leader knows it: who follows may change at any time. */
function lagOfFollowers(
  host: PartitionHost,
): (readonly [{ topic: string; partition: PartitionIndex; follower: NodeId }, number])[] {
  const { topic, partition } = host;
  return host.view().followers.map(({ id, logEndOffset }) => {
    return [{ topic, partition, follower: id }, host.bytesBehind(logEndOffset)] as const;
  });
}

/** What no follower has said to hold: all of it, where there is none, or none was heard in this epoch. */
function bytesOnlyHere(host: PartitionHost): number {
  const ends = host.view().followers.flatMap(({ logEndOffset }) => logEndOffset ?? []);
  return host.bytesBehind(ends.length === 0 ? null : ends.reduce((a, b) => offsetMax(a, b)));
}
