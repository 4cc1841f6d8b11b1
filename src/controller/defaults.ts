import type { TopicConfig } from '../base/topic-config.ts';
import { parseTopicConfig } from '../base/topic-config.ts';
import { assert } from '../base/assert.ts';
import type { TopicSettings } from './types.ts';

/** What the configuration says of the cluster as a whole, as a plain value. */
export interface ClusterDefaults {
  /** Of a topic that does not say. */
  readonly partitions: number;
  /** Of a topic that does not say; 0: three, or as many as there are usable brokers. */
  readonly replicationFactor: number;
  readonly topic: TopicConfig;
  /** Bounds on what users can ask for: every partition costs memory on every broker. */
  readonly partitionsPerTopicMax: number;
  readonly partitionsMax: number;
  /** How many hand-overs one answer asks for: each holds back its partition's writes. */
  readonly handoversPerAnswerMax: number;
}

const REPLICATION_FACTOR_BY_RULE = 3;

/** The replication factor of a topic that asked for `asked` (0: the default). */
export function replicationFactorFor(
  asked: number,
  defaults: ClusterDefaults,
  usableBrokers: number,
): number {
  if (asked !== 0) return asked;
  if (defaults.replicationFactor !== 0) return defaults.replicationFactor;
  return Math.min(REPLICATION_FACTOR_BY_RULE, usableBrokers);
}

/** The configuration of a topic that exists: its settings were checked before they were stored. */
export function topicConfigOf(settings: TopicSettings, defaults: ClusterDefaults): TopicConfig {
  const parsed = parseTopicConfig(settings, defaults.topic);
  assert('config' in parsed, () => `stored settings do not parse: ${JSON.stringify(settings)}`);
  return parsed.config;
}
