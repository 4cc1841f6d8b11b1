/**
 * Every metric, declared once. Names carry the unit; `topic` and `partition` are the only labels
 * whose number grows with use.
 */
interface MetricDeclaration {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, of a histogram. */
  readonly buckets?: readonly number[];
}

/** Seconds, from a memory write to a stalled disk: fine where acknowledgements usually lie. */
const LATENCY_BUCKETS = [
  0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
] as const;

const PARTITION = ['topic', 'partition'] as const;

export const METRICS = {
  // Traffic of clients.
  odradek_messages_in_total: counter('Records that producers had appended.', PARTITION),
  odradek_batches_in_total: counter('Batches that producers had appended.', PARTITION),
  odradek_bytes_in_total: counter('Bytes of batches that producers had appended.', PARTITION),
  odradek_bytes_out_total: counter('Bytes of batches that consumers were sent.', PARTITION),
  odradek_requests_refused_total: counter('Requests, or items of them, refused, by RPC and code.', [
    'rpc',
    'code',
  ]),
  odradek_request_duration_seconds: histogram(
    'From the arrival of a call that is not a stream to its end, waits included.',
    ['rpc'],
  ),
  odradek_produce_duration_seconds: histogram('From a batch’s arrival to its acknowledgement.', [
    'acks',
  ]),
  odradek_produce_inflight_bytes: gauge('Bytes of batches that wait for an acknowledgement.'),
  odradek_produce_streams: gauge('Open produce streams.'),
  odradek_fetch_streams: gauge('Open fetch streams.'),
  odradek_waiting_produces: gauge('Appends that wait for their acknowledgement.'),
  odradek_waiting_fetches: gauge('Fetches that wait for records.'),

  // Partitions on this broker.
  odradek_log_start_offset: gauge('First offset that is kept.', PARTITION),
  odradek_log_end_offset: gauge('Offset that the next record gets.', PARTITION),
  odradek_durable_end_offset: gauge('End of what is known to be on the disk.', PARTITION),
  odradek_high_watermark: gauge('End of what is committed.', PARTITION),
  odradek_leader_epoch: gauge('Leader epoch, as this broker knows it.', PARTITION),
  odradek_in_sync_replicas: gauge(
    'In-sync replicas of a partition that this broker leads.',
    PARTITION,
  ),
  odradek_replica_lag_bytes: gauge('Bytes that a follower is behind this leader.', [
    ...PARTITION,
    'follower',
  ]),
  odradek_log_bytes: gauge('Size of a replica’s segments.', PARTITION),
  odradek_partitions: gauge('Replicas on this broker, by role.', ['role']),
  odradek_under_replicated_partitions: gauge(
    'Partitions that this broker leads with a replica out of sync.',
  ),
  odradek_under_min_isr_partitions: gauge(
    'Partitions that this broker leads and that refuse acks=all for want of in-sync replicas.',
  ),
  odradek_offline_logs: gauge('Replicas out of service: damaged, or their disk failed.'),
  odradek_bytes_at_risk: gauge(
    'Acknowledged bytes that exist on this broker alone, and would be lost with it.',
  ),

  // Replication and logs.
  odradek_isr_shrinks_total: counter('Followers that left the in-sync replicas, by cause.', [
    'cause',
  ]),
  odradek_isr_expands_total: counter('Followers that joined the in-sync replicas.'),
  odradek_truncations_total: counter('Times a log was truncated to its leader’s history.'),
  odradek_truncated_bytes_total: counter('Bytes that truncations removed.'),
  odradek_replicated_bytes_total: counter('Bytes of batches that followers here appended.'),
  odradek_handovers_total: counter('Handovers of leadership from here, by outcome.', ['outcome']),
  odradek_flushes_total: counter('Times a log was synced to the disk.'),
  odradek_flush_duration_seconds: histogram('Duration of one sync of a log, all of its files.'),
  odradek_flushed_bytes_total: counter('Bytes of batches that syncs took to the disk.'),
  odradek_segments_rolled_total: counter('Segments begun because the last one was full or old.'),
  odradek_retention_deleted_bytes_total: counter('Bytes that retention deleted.'),
  odradek_disk_free_bytes: gauge('Free space where the data directory lies.'),

  // A broker and its controller.
  odradek_session_connected: gauge('1 while the session with the controller is open.'),
  odradek_self_fenced_partitions: gauge(
    'Partitions that this broker leads and acknowledges nothing of, because it is cut off.',
  ),
  odradek_metadata_offset: gauge('Offset of the last metadata event that was applied.'),

  // The controller.
  odradek_controller_active: gauge('1 on the active controller.'),
  odradek_controller_epoch: gauge('Epoch of this controller.'),
  odradek_brokers: gauge('Registered brokers, by state.', ['state']),
  odradek_topics: gauge('Topics.'),
  odradek_leaderless_partitions: gauge('Partitions without a leader.'),
  odradek_leader_elections_total: counter('Changes of a leader, by cause.', ['cause']),
  odradek_unclean_leader_elections_total: counter(
    'Elections that may have lost committed records.',
  ),
  odradek_broker_fencings_total: counter('Brokers fenced, by cause.', ['cause']),
  odradek_metadata_events_total: counter('Metadata events committed.'),
  odradek_metadata_commit_duration_seconds: histogram('From a decision to its place on the disk.'),
  odradek_metadata_journal_bytes: gauge('Size of the journal since the last snapshot.'),
} as const satisfies Record<string, MetricDeclaration>;

type Metrics = typeof METRICS;
export type MetricName = keyof Metrics;
export type CounterName = NameOfType<'counter'>;
export type GaugeName = NameOfType<'gauge'>;
export type HistogramName = NameOfType<'histogram'>;
type NameOfType<Type> = {
  [Name in MetricName]: Metrics[Name]['type'] extends Type ? Name : never;
}[MetricName];

/** The labels of a metric with their values. */
export type LabelsOf<Name extends MetricName> = {
  readonly [Label in Metrics[Name]['labels'][number]]: string | number;
};

// The overloads keep a metric without labels from being taken for one with any: what the list as a
// whole must satisfy would otherwise be inferred for it.
interface Declared<Type, Labels> {
  readonly type: Type;
  readonly help: string;
  readonly labels: Labels;
}
type Bucketed<Labels> = Declared<'histogram', Labels> & { readonly buckets: readonly number[] };

function counter(help: string): Declared<'counter', readonly []>;
function counter<const Labels extends readonly string[]>(
  help: string,
  labels: Labels,
): Declared<'counter', Labels>;
function counter(help: string, labels: readonly string[] = []): MetricDeclaration {
  return { type: 'counter', help, labels };
}

function gauge(help: string): Declared<'gauge', readonly []>;
function gauge<const Labels extends readonly string[]>(
  help: string,
  labels: Labels,
): Declared<'gauge', Labels>;
function gauge(help: string, labels: readonly string[] = []): MetricDeclaration {
  return { type: 'gauge', help, labels };
}

function histogram(help: string): Bucketed<readonly []>;
function histogram<const Labels extends readonly string[]>(
  help: string,
  labels: Labels,
): Bucketed<Labels>;
function histogram(help: string, labels: readonly string[] = []): MetricDeclaration {
  return { type: 'histogram', help, labels, buckets: LATENCY_BUCKETS };
}

/** One row of the reference for each metric. */
export function metricReference(): string[] {
  return Object.entries(METRICS)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, { type, labels, help }]) =>
        `| \`${name}\` | ${type} | ${labels.join(', ')} | ${help.slice(0, -1)} |`,
    );
}
