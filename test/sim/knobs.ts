import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import type { NetworkKnobs } from './network.ts';

/** The faults that a world may meet. */
export const FAULTS = [
  'kill',
  'power',
  'allPower',
  'allProcesses',
  'controllerKill',
  'controllerPower',
  'pause',
  'stop',
  'isolate',
  'cutOneWay',
  'cutController',
  'clog',
  'slowDisk',
  'freezeDisk',
  'syncError',
  'diskFull',
  'bitFlip',
  'wipe',
  'clockStep',
  'alterMinIsr',
  'electPreferred',
  'cutShort',
  'depose',
] as const;

export type FaultKind = (typeof FAULTS)[number];

/** Everything that is drawn for one world before it begins. */
export interface Knobs {
  readonly brokers: number;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly minIsr: number;
  readonly durability: 'fsync' | 'page-cache';
  readonly topicSettings: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, string>>;
  readonly network: NetworkKnobs;
  /** How long a sync takes, ms: the mean, and how far it varies. */
  readonly syncMs: number;
  readonly readMs: number;
  /** Writes to a log's end that are not smaller arrive later, and may never; null: all arrive at once. */
  readonly writeBehindBytes: number | null;
  /** How much faster than right a monotonic clock may go, or slower: 0.05 is 5 %. */
  readonly driftMax: number;
  readonly wallOffsetMs: number;
  readonly producers: number;
  readonly readers: number;
  /** Producers with an id, who send until they are answered; none beside clients of the SDK. */
  readonly exactProducers: number;
  /** Producers of transactions; only where their internal topics keep what the world's own topic does. */
  readonly transactionalProducers: number;
  /** Whether there is a compacted topic, with writers and a reader of its own. */
  readonly compacted: boolean;
  readonly compactedTopicSettings: Readonly<Record<string, string>>;
  /** Whether a producer and a consumer of the SDK take part, over the wire's own bytes. */
  readonly sdk: boolean;
  /** How many acknowledged batches end the first phase. */
  readonly batches: number;
  readonly thinkMs: number;
  readonly recordsMax: number;
  readonly recordBytes: number;
  /** Out of 100 batches, how many are sent at acks 0 and 1. */
  readonly acks0: number;
  readonly acks1: number;
  /** Mean time between two faults, ms. */
  readonly faultEveryMs: number;
  /** Relative weight of each kind of fault; 0 is never. */
  readonly weights: Readonly<Record<FaultKind, number>>;
  /** How long something that is down stays down, mean, ms. */
  readonly downMs: number;
}

/** Draws a world. Every knob is extreme at times and off at times, so that no two worlds are alike. */
export function drawKnobs(random: SeededRandom): Knobs {
  const brokers = pick(random, [3, 3, 3, 3, 3, 4, 5, 2, 1]);
  const replicationFactor = Math.min(brokers, pick(random, [3, 3, 3, 3, 2, 4, 5]));
  const byRule = replicationFactor >= 3 ? 2 : 1;
  const minIsr = pick(random, [byRule, byRule, byRule, 1, Math.min(3, replicationFactor)]);
  const sessionMs = pick(random, [150, 300, 600, 1_500, 1_500]);
  const heartbeatMs = Math.max(5, Math.floor(sessionMs / pick(random, [4, 6, 6, 10])));
  const durability = random.below(4) === 0 ? 'page-cache' : 'fsync';
  const knobs = {
    brokers,
    partitions: pick(random, [1, 1, 1, 2, 2, 3, 8]),
    replicationFactor,
    minIsr,
    durability,
    topicSettings: {
      'segment.bytes': pick(random, ['2KiB', '2KiB', '8KiB', '64KiB']),
      'max.message.bytes': '2KiB',
      // Clocks are off by up to an hour, and timestamps tell batches apart.
      'message.timestamp.after.max.ms': '3h',
      'retention.ms': '-1',
      'retention.bytes': random.below(6) === 0 ? '16KiB' : '-1',
    },
    settings: {
      'broker.session.timeout.ms': `${sessionMs}ms`,
      'broker.heartbeat.interval.ms': `${heartbeatMs}ms`,
      'session.reopen.grace.ms': `${pick(random, [10, 25, 50, Math.floor(sessionMs / 4)])}ms`,
      'session.reconnect.backoff.ms': `${pick(random, [1, 5, 20])}ms`,
      'session.reconnect.backoff.max.ms': `${pick(random, [20, 100])}ms`,
      'replica.idle.interval.ms': `${Math.max(5, Math.floor(sessionMs / pick(random, [4, 6, 8])))}ms`,
      'replica.retry.backoff.ms': `${pick(random, [1, 5, 20])}ms`,
      'replica.lag.time.max.ms': `${pick(random, [50, 200, 500, 5_000])}ms`,
      'handover.hold.ms': `${pick(random, [20, 100, 500])}ms`,
      'leader.sweep.interval.ms': `${pick(random, [20, 100, 1_000])}ms`,
      'durable.mark.interval.ms': `${pick(random, [5, 50, 1_000])}ms`,
      'metadata.snapshot.events': pick(random, ['3', '10', '100', '10000']),
      'replica.window.partition.bytes': pick(random, ['1KiB', '4KiB', '1MiB']),
      'log.tail.cache.bytes': pick(random, ['0', '1KiB', '1MiB']),
      'log.index.interval.bytes': pick(random, ['1', '256', '4096']),
      'log.retention.check.interval.ms': '200ms',
      'log.cleaner.backoff.ms': pick(random, ['10ms', '100ms', '1s']),
      'log.cleaner.dedupe.buffer.bytes': pick(random, ['1KiB', '1MiB']),
      'log.cleaner.io.max.bytes.per.second': pick(random, ['64KiB', '1MiB', '64MiB']),
      'transaction.state.topic.partitions': '2',
      'offsets.topic.partitions': '2',
      'transaction.check.interval.ms': '50ms',
      'disk.check.interval.ms': '50ms',
      'disk.reserve.bytes': '4KiB',
    },
    network: {
      delayMinMs: pick(random, [0, 0, 0, 1, 5]),
      delayMeanMs: pick(random, [0, 0.2, 1, 3, 10]),
      lossPerMillion: pick(random, [0, 0, 0, 1_000, 20_000]),
      retransmitMs: pick(random, [20, 200]),
      resetPerMillion: pick(random, [0, 0, 200, 2_000]),
      duplicatePerMillion: pick(random, [0, 0, 0, 2_000, 20_000]),
      keepaliveMs: pick(random, [100, 500, 2_000, 7_000]),
      windowMessages: pick(random, [4, 64, 1_000]),
    },
    syncMs: pick(random, [0.05, 0.5, 2, 8]),
    readMs: pick(random, [0.01, 0.1, 1]),
    driftMax: pick(random, [0, 0, 0.001, 0.05]),
    wallOffsetMs: pick(random, [0, 0, 1_000, 1_800_000]),
    producers: 1 + random.below(5),
    readers: random.below(3),
    sdk: random.below(6) === 0,
    batches: 500 + random.below(100),
    thinkMs: pick(random, [1, 5, 20, 60, 150]),
    recordsMax: pick(random, [1, 3, 8]),
    recordBytes: pick(random, [10, 100, 400]),
    acks0: pick(random, [0, 0, 5]),
    acks1: pick(random, [0, 10, 30]),
    faultEveryMs: Math.min(4_000, sessionMs * pick(random, [0.5, 1, 3, 8])),
    weights: drawWeights(random),
    downMs: sessionMs * pick(random, [0.1, 0.5, 1, 4]),
  } as const;
  const exactProducers = pick(random, [0, 1, 2, 3]);
  const transactionalProducers = pick(random, [0, 1, 2, 3]);
  // What a world may lose, its internal topics must be able to lose: they want three brokers, and
  // take a minimum of two.
  const canTransact = brokers >= 3 && minIsr <= 2 && !knobs.sdk;
  return {
    ...knobs,
    exactProducers: knobs.sdk ? 0 : exactProducers,
    transactionalProducers: canTransact ? transactionalProducers : 0,
    compacted: random.below(4) === 0,
    compactedTopicSettings: {
      'cleanup.policy': 'compact',
      'segment.bytes': pick(random, ['2KiB', '2KiB', '8KiB']),
      'max.message.bytes': '2KiB',
      'message.timestamp.after.max.ms': '3h',
      'min.cleanable.dirty.percent': pick(random, ['0', '1', '50']),
      // A power cut may take a tombstone from one page cache when the others have dropped it already.
      'delete.retention.ms': durability === 'fsync' ? pick(random, ['0ms', '200ms', '1h']) : '1h',
    },
    writeBehindBytes: pick(random, [null, null, 1, 300]),
  };
}

/** One line that says it all. */
export function describeKnobs(knobs: Knobs): string {
  const { weights, settings, topicSettings, compactedTopicSettings, network, ...rest } = knobs;
  const faults = Object.fromEntries(Object.entries(weights).filter(([, weight]) => weight > 0));
  const topics = { topicSettings, ...(knobs.compacted ? { compactedTopicSettings } : {}) };
  return JSON.stringify({ ...rest, faults, network, settings, ...topics });
}

export function pick<T>(random: SeededRandom, choices: readonly T[]): T {
  return choices[random.below(choices.length)] as T;
}

/** Exponential with this mean. */
export function exponential(random: SeededRandom, mean: number): number {
  return -Math.log((random.below(2 ** 31) + 1) / 2 ** 31) * mean;
}

/** Each kind of fault is off in half of the worlds; what is on has a weight of its own. */
function drawWeights(random: SeededRandom): Record<FaultKind, number> {
  const weights = Object.fromEntries(
    FAULTS.map((kind) => [kind, random.below(2) === 0 ? 0 : pick(random, [1, 2, 5])]),
  ) as Record<FaultKind, number>;
  // A world without any fault proves nothing.
  if (FAULTS.every((kind) => weights[kind] === 0)) weights.power = 1;
  return weights;
}
