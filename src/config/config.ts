import { DEFAULT_TOPIC_CONFIG, type TopicConfig } from '../base/topic-config.ts';
import type { SettingSchema, ValueOf } from './kinds.ts';
import type {
  BROKER_SETTINGS,
  CONTROLLER_SETTINGS,
  SHARED_SETTINGS,
  TOPIC_DEFAULT_SETTINGS,
} from './settings.ts';

/** `log.retention.ms` as a property: `logRetentionMs`. */
export type PropertyOf<Name extends string> = Name extends `${infer Head}.${infer Rest}`
  ? `${Head}${Capitalize<PropertyOf<Rest>>}`
  : Name;

type Values<Settings extends Readonly<Record<string, SettingSchema>>> = {
  readonly [Name in keyof Settings & string as PropertyOf<Name>]: ValueOf<Settings[Name]>;
};

/** What controllers and brokers have in common. */
export type SharedConfig = Values<typeof SHARED_SETTINGS> & Values<typeof TOPIC_DEFAULT_SETTINGS>;

/**
 * Everything that a controller is told: frozen, checked, and holding every limit. What was left to a
 * rule (`http.port`, `advertised.host`, …) has been worked out, except from a `grpc.port` of 0, where
 * the port is known only once it is bound: `http.port` and `advertised.port` are then 0 as well.
 */
export type ControllerConfig = SharedConfig & Values<typeof CONTROLLER_SETTINGS>;

/** Everything that a broker is told, as `ControllerConfig` is for a controller. */
export type BrokerConfig = SharedConfig & Values<typeof BROKER_SETTINGS>;

/** The settings that a topic has where it says nothing of its own. */
export function topicDefaults(config: SharedConfig): TopicConfig {
  return Object.freeze({
    cleanupPolicy: DEFAULT_TOPIC_CONFIG.cleanupPolicy,
    deleteRetentionMs: DEFAULT_TOPIC_CONFIG.deleteRetentionMs,
    durability: config.logDurability,
    maxMessageBytes: config.messageMaxBytes,
    messageTimestampAfterMaxMs: config.messageTimestampAfterMaxMs,
    messageTimestampType: DEFAULT_TOPIC_CONFIG.messageTimestampType,
    minCleanableDirtyPercent: DEFAULT_TOPIC_CONFIG.minCleanableDirtyPercent,
    minCompactionLagMs: DEFAULT_TOPIC_CONFIG.minCompactionLagMs,
    minInsyncReplicas: config.minInsyncReplicas,
    retentionBytes: config.logRetentionBytes,
    retentionMs: config.logRetentionMs,
    segmentBytes: config.logSegmentBytes,
    segmentMs: config.logRollMs,
    uncleanLeaderElectionEnable: config.uncleanLeaderElectionEnable,
  });
}
