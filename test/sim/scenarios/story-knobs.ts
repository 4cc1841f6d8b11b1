import { FAULTS, type FaultKind, type Knobs } from '../knobs.ts';

/** In what a story differs from the usual: three brokers, one partition on all of them, min ISR 2. */
export interface StoryOptions {
  readonly brokers?: number;
  /** As many as there are brokers if not given. */
  readonly replicationFactor?: number;
  readonly minIsr?: number;
  readonly durability?: 'fsync' | 'page-cache';
  readonly topic?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, string>>;
  /** Only these invariants look, by their ids; all of them if not given. */
  readonly invariants?: readonly string[];
}

/** By this clock a broker that is silent is fenced, and a leader that is cut off stops. */
export const SESSION_MS = 150;
/** After this long a follower that is behind is out of sync. */
export const LAG_MS = 300;
/** What a message takes from one process to another. */
export const DELAY_MS = 1;
/** What a sync takes on a disk that is well. */
export const SYNC_MS = 0.5;

/** The same for every story: nothing happens by chance, and everything that takes time takes little. */
export function storyKnobs(options: StoryOptions): Knobs {
  const brokers = options.brokers ?? 3;
  return {
    brokers,
    partitions: 1,
    replicationFactor: options.replicationFactor ?? brokers,
    minIsr: options.minIsr ?? 2,
    durability: options.durability ?? 'fsync',
    topicSettings: { 'max.message.bytes': '4KiB', 'segment.bytes': '16KiB', ...options.topic },
    settings: {
      'broker.session.timeout.ms': `${SESSION_MS}ms`,
      'broker.heartbeat.interval.ms': '25ms',
      'session.reopen.grace.ms': '25ms',
      'session.reconnect.backoff.ms': '5ms',
      'session.reconnect.backoff.max.ms': '20ms',
      'replica.idle.interval.ms': '20ms',
      'replica.retry.backoff.ms': '5ms',
      'replica.lag.time.max.ms': `${LAG_MS}ms`,
      'handover.hold.ms': '100ms',
      'leader.sweep.interval.ms': '50ms',
      'durable.mark.interval.ms': '20ms',
      'log.index.interval.bytes': '256',
      'log.retention.check.interval.ms': '200ms',
      'disk.check.interval.ms': '50ms',
      'disk.reserve.bytes': '4KiB',
      ...options.settings,
    },
    network: {
      delayMinMs: DELAY_MS,
      delayMeanMs: 0,
      lossPerMillion: 0,
      retransmitMs: 20,
      resetPerMillion: 0,
      duplicatePerMillion: 0,
      keepaliveMs: 500,
      windowMessages: 1_000,
    },
    syncMs: SYNC_MS,
    readMs: 0,
    writeBehindBytes: null,
    driftMax: 0,
    wallOffsetMs: 0,
    producers: 0,
    exactProducers: 0,
    transactionalProducers: 0,
    compacted: false,
    compactedTopicSettings: {},
    readers: 0,
    sdk: false,
    batches: 0,
    thinkMs: 1,
    recordsMax: 1,
    recordBytes: 1,
    acks0: 0,
    acks1: 0,
    faultEveryMs: 1,
    weights: Object.fromEntries(FAULTS.map((kind) => [kind, 0])) as Record<FaultKind, number>,
    downMs: 20,
  };
}
