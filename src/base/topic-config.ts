import { refusal, type Refusal } from './errors.ts';
import { didYouMean } from './nearest-name.ts';
import { formatBytes, formatDurationMs, parseBytes, parseDurationMs } from './units.ts';

/**
 * A topic's settings, with Kafka's meanings and, dotted, Kafka's names where Kafka has them. Made by
 * `parseTopicConfig` only, so every value has been checked.
 */
export interface TopicConfig {
  /**
   * `delete`: what retention lets go is deleted, a segment at a time. `compact`: of each key the
   * latest record is kept.
   */
  readonly cleanupPolicy: 'delete' | 'compact' | 'compact,delete';
  /** How long a tombstone or a transaction's end stays for readers that have not seen it. */
  readonly deleteRetentionMs: number;
  /** What of a compacted log may be uncleaned, in percent of its bytes, before it is cleaned. */
  readonly minCleanableDirtyPercent: number;
  /** How long a record is left alone by compaction. */
  readonly minCompactionLagMs: number;
  /** When an acknowledged record has reached the disk. Fixed when the topic is created. */
  readonly durability: Durability;
  /** The largest batch that a producer may send, header included. */
  readonly maxMessageBytes: number;
  /** How far ahead of the broker's clock a record's timestamp may lie. */
  readonly messageTimestampAfterMaxMs: number;
  /** Whose clock: the producer’s, or the leader’s when it appends. */
  readonly messageTimestampType: 'CreateTime' | 'LogAppendTime';
  /** 0: by rule, see `effectiveMinInsyncReplicas`. */
  readonly minInsyncReplicas: number;
  /** Per partition; -1: no limit. */
  readonly retentionBytes: number;
  /** -1: no limit. */
  readonly retentionMs: number;
  readonly segmentBytes: number;
  readonly segmentMs: number;
  readonly uncleanLeaderElectionEnable: boolean;
}

/** `fsync`: acknowledged once it is on the disk; `page-cache`: once the kernel has it, as in Kafka. */
export type Durability = 'fsync' | 'page-cache';

export type TopicConfigName = keyof typeof TOPIC_CONFIGS;

interface Definition {
  readonly field: keyof TopicConfig;
  readonly kind: 'integer' | 'duration' | 'bytes' | 'boolean' | 'choice';
  /** Of `integer`, `duration` and `bytes`; inclusive. */
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  /** The setting cannot be changed once the topic exists. */
  readonly fixed?: true;
  readonly description: string;
}

/** Every setting that a topic has, under the name that users give. */
export const TOPIC_CONFIGS = {
  'cleanup.policy': {
    field: 'cleanupPolicy',
    kind: 'choice',
    choices: ['delete', 'compact', 'compact,delete'],
    description:
      'whether retention deletes old segments, or compaction keeps the latest record of each key',
  },
  'delete.retention.ms': {
    field: 'deleteRetentionMs',
    kind: 'duration',
    min: 0,
    description: 'how long compaction keeps a tombstone for readers that have not seen it',
  },
  durability: {
    field: 'durability',
    kind: 'choice',
    choices: ['fsync', 'page-cache'],
    fixed: true,
    description: 'whether a record is acknowledged on the disk or in the kernel’s page cache',
  },
  'max.message.bytes': {
    field: 'maxMessageBytes',
    kind: 'bytes',
    min: 61,
    max: 64 * 1024 * 1024,
    description: 'the largest batch that is accepted, as it is sent',
  },
  'message.timestamp.after.max.ms': {
    field: 'messageTimestampAfterMaxMs',
    kind: 'duration',
    min: 0,
    description: 'how far ahead of the broker’s clock a timestamp may lie',
  },
  'message.timestamp.type': {
    field: 'messageTimestampType',
    kind: 'choice',
    choices: ['CreateTime', 'LogAppendTime'],
    description:
      'whose clock a record’s timestamp comes from: the producer’s, or the leader’s at the append',
  },
  'min.cleanable.dirty.percent': {
    field: 'minCleanableDirtyPercent',
    kind: 'integer',
    min: 0,
    max: 100,
    description: 'how much of a compacted log is uncleaned before it is cleaned again',
  },
  'min.compaction.lag.ms': {
    field: 'minCompactionLagMs',
    kind: 'duration',
    min: 0,
    description: 'how long a record is left alone by compaction',
  },
  'min.insync.replicas': {
    field: 'minInsyncReplicas',
    kind: 'integer',
    min: 0,
    max: 100,
    description:
      'how many replicas must be in sync for acks=all to be accepted; 0 is 2 from three replicas on, else 1',
  },
  'retention.bytes': {
    field: 'retentionBytes',
    kind: 'bytes',
    min: -1,
    description: 'how much of each partition is kept; -1 is everything',
  },
  'retention.ms': {
    field: 'retentionMs',
    kind: 'duration',
    min: -1,
    description: 'how long records are kept; -1 is for ever',
  },
  'segment.bytes': {
    field: 'segmentBytes',
    kind: 'bytes',
    min: 512,
    // Positions in the index are signed 32-bit numbers, as in Kafka.
    max: 2 ** 31 - 1,
    description: 'how large a segment file grows before the next one is begun',
  },
  'segment.ms': {
    field: 'segmentMs',
    kind: 'duration',
    min: 1,
    description: 'how old a segment grows before the next one is begun',
  },
  'unclean.leader.election.enable': {
    field: 'uncleanLeaderElectionEnable',
    kind: 'boolean',
    description: 'whether a replica that may lack committed records can be elected, losing them',
  },
} as const satisfies Record<string, Definition>;

/** What holds where neither the topic nor the broker's configuration says otherwise. */
export const DEFAULT_TOPIC_CONFIG: TopicConfig = Object.freeze({
  cleanupPolicy: 'delete',
  deleteRetentionMs: 86_400_000,
  durability: 'fsync',
  // 1 MiB of records and a header, as in Kafka.
  maxMessageBytes: 1_048_588,
  messageTimestampAfterMaxMs: 3_600_000,
  messageTimestampType: 'CreateTime',
  minCleanableDirtyPercent: 50,
  minCompactionLagMs: 0,
  minInsyncReplicas: 0,
  retentionBytes: -1,
  retentionMs: 604_800_000,
  segmentBytes: 268_435_456,
  segmentMs: 604_800_000,
  uncleanLeaderElectionEnable: false,
});

export type ParsedTopicConfig =
  | {
      readonly config: TopicConfig;
      /** What was given, in one spelling: `7d` has become `604800000`. This is what is stored. */
      readonly settings: Readonly<Record<string, string>>;
    }
  | { readonly refusal: Refusal };

/**
 * A topic's settings as a user gave them, over `defaults`. Durations and sizes may have units. The
 * refusal, INVALID_CONFIG, names the setting, the value and what would be possible.
 */
export function parseTopicConfig(
  entries: Readonly<Record<string, string>>,
  defaults: TopicConfig = DEFAULT_TOPIC_CONFIG,
): ParsedTopicConfig {
  const values: Partial<Record<keyof TopicConfig, unknown>> = {};
  const settings: Record<string, string> = {};
  for (const name of Object.keys(entries).sort()) {
    if (!isTopicConfigName(name)) {
      const nearest = didYouMean(name, Object.keys(TOPIC_CONFIGS));
      return invalid(`there is no topic setting ${name}${nearest}`);
    }
    const definition: Definition = TOPIC_CONFIGS[name];
    const text = entries[name] ?? '';
    const value = parseValue(definition, text);
    if (value === null) {
      return invalid(`${name} cannot be "${text}": it must be ${describeRange(definition)}`);
    }
    values[definition.field] = value;
    settings[name] = String(value);
  }
  // Each value was parsed by the kind of its field, which the test of this file holds them to.
  const config = Object.freeze({ ...defaults, ...values }) as TopicConfig;
  return { config, settings };
}

/** Every setting with its value as text, sorted by name. Parsing it gives the same configuration. */
export function encodeTopicConfig(config: TopicConfig): Record<TopicConfigName, string> {
  const entries = Object.entries(TOPIC_CONFIGS).map(([name, definition]) => [
    name,
    String(config[definition.field]),
  ]);
  return Object.fromEntries(entries.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
}

/** Refuses a change of what is fixed when a topic is created; null if the change is possible. */
export function refuseTopicConfigChange(before: TopicConfig, after: TopicConfig): Refusal | null {
  for (const [name, definition] of Object.entries(TOPIC_CONFIGS)) {
    const { field, fixed }: Definition = definition;
    if (fixed === true && before[field] !== after[field]) {
      return refusal(
        'INVALID_CONFIG',
        `${name} is fixed when a topic is created; it is "${before[field]}" here`,
      );
    }
  }
  return null;
}

/**
 * How many in-sync replicas acks=all takes: the setting, or by rule 2 where there are three replicas
 * or more and 1 where there are fewer; never more than there are replicas (KIP-966).
 */
export function effectiveMinInsyncReplicas(config: TopicConfig, replicationFactor: number): number {
  const byRule = replicationFactor >= 3 ? 2 : 1;
  const asked = config.minInsyncReplicas === 0 ? byRule : config.minInsyncReplicas;
  return Math.min(asked, replicationFactor);
}

/** One line of the reference: name, default, what is possible, what it means. */
export interface TopicConfigReference {
  readonly name: TopicConfigName;
  readonly default: string;
  readonly range: string;
  readonly fixed: boolean;
  readonly description: string;
}

/** The reference of topic settings, sorted by name. */
export function describeTopicConfig(
  defaults: TopicConfig = DEFAULT_TOPIC_CONFIG,
): TopicConfigReference[] {
  return Object.keys(TOPIC_CONFIGS)
    .filter(isTopicConfigName)
    .sort()
    .map((name) => {
      const definition: Definition = TOPIC_CONFIGS[name];
      return {
        name,
        default: formatValue(definition, defaults[definition.field]),
        range: describeRange(definition),
        fixed: definition.fixed === true,
        description: definition.description,
      };
    });
}

function isTopicConfigName(name: string): name is TopicConfigName {
  return Object.hasOwn(TOPIC_CONFIGS, name);
}

function invalid(message: string): { refusal: Refusal } {
  return { refusal: refusal('INVALID_CONFIG', message) };
}

function parseValue(definition: Definition, text: string): number | string | boolean | null {
  switch (definition.kind) {
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : null;
    case 'choice':
      return definition.choices?.includes(text) === true ? text : null;
    case 'duration':
      return within(definition, parseDurationMs(text));
    case 'bytes':
      return within(definition, parseBytes(text));
    case 'integer':
      return within(definition, /^-?\d+$/.test(text) ? Number(text) : null);
  }
}

function within({ min, max }: Definition, value: number | null): number | null {
  if (value === null || !Number.isSafeInteger(value)) return null;
  if (value < (min ?? 0) || value > (max ?? Number.MAX_SAFE_INTEGER)) return null;
  // “-0” is 0, and must be equal to it.
  return value === 0 ? 0 : value;
}

function formatValue(definition: Definition, value: number | string | boolean): string {
  if (typeof value !== 'number') return String(value);
  if (definition.kind === 'duration') return formatDurationMs(value);
  return definition.kind === 'bytes' ? formatBytes(value) : String(value);
}

function describeRange(definition: Definition): string {
  switch (definition.kind) {
    case 'boolean':
      return 'true or false';
    case 'choice':
      return (definition.choices ?? []).join(' or ');
    case 'integer':
    case 'duration':
    case 'bytes': {
      const kind = {
        integer: 'a whole number',
        duration: 'a duration such as 10s or 7d',
        bytes: 'a size such as 64KiB or 1GiB',
      }[definition.kind];
      const from = formatValue(definition, definition.min ?? 0);
      const to =
        definition.max === undefined ? '' : ` to ${formatValue(definition, definition.max)}`;
      return `${kind} from ${from}${to}`;
    }
  }
}
