/**
 * Every line that a process may log, declared once: its level, its constant message, its fields. A
 * field that ends in `?` may be left out. There is one line for each thing that an operator would ask
 * about, and none for each record or request.
 */
interface LogEvent {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: readonly string[];
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export const LOG_EVENTS = {
  // The process.
  process_started: {
    level: 'info',
    message: 'started',
    fields: ['version', 'node', 'grpc', 'http', 'dataDirectory', 'checksum'],
  },
  process_stopping: { level: 'info', message: 'stopping', fields: ['reason'] },
  process_stopped: { level: 'info', message: 'stopped', fields: ['clean', 'durationMs'] },
  process_failed: { level: 'error', message: 'failed and stops', fields: ['error'] },

  // A broker and its controller.
  session_opened: {
    level: 'info',
    message: 'session with the controller opened',
    fields: ['controller', 'controllerEpoch?', 'brokerEpoch?'],
  },
  session_lost: {
    level: 'warn',
    message: 'session with the controller lost',
    fields: ['controller', 'error?'],
  },
  session_refused: {
    level: 'error',
    message: 'the controller refused the session',
    fields: ['controller', 'code', 'reason'],
  },
  self_fenced: {
    level: 'warn',
    message: 'cut off from the controller and a follower: acknowledging nothing',
    fields: ['controllerSilentMs', 'topic?', 'partition?', 'follower?', 'followerSilentMs?'],
  },
  self_unfenced: { level: 'info', message: 'acknowledging again', fields: ['fencedMs?'] },

  // What the controller decides.
  controller_active: {
    level: 'info',
    message: 'active as controller',
    fields: ['controllerEpoch', 'metadataOffset', 'topics', 'brokers'],
  },
  controller_passive: {
    level: 'error',
    message: 'passive as controller',
    fields: ['code?', 'reason'],
  },
  broker_registered: {
    level: 'info',
    message: 'broker registered',
    fields: ['broker', 'brokerEpoch', 'grpc', 'clean?', 'rack?'],
  },
  broker_fenced: {
    level: 'warn',
    message: 'broker fenced',
    fields: ['broker', 'brokerEpoch', 'cause', 'silentMs?'],
  },
  broker_unfenced: { level: 'info', message: 'broker unfenced', fields: ['broker', 'brokerEpoch'] },
  broker_stopping: {
    level: 'info',
    message: 'broker is stopping and hands its leadership over',
    fields: ['broker', 'partitionsLed'],
  },
  leader_elected: {
    level: 'info',
    message: 'leader elected',
    fields: ['topic', 'partition', 'leader', 'previousLeader', 'leaderEpoch', 'isr', 'cause'],
  },
  leader_missing: {
    level: 'error',
    message: 'partition has no leader: nobody who may lead is there',
    fields: ['topic', 'partition', 'leaderEpoch', 'isr', 'elr', 'cause'],
  },
  leader_elected_uncleanly: {
    level: 'error',
    message: 'leader elected uncleanly: committed records may be lost',
    fields: ['topic', 'partition', 'leader', 'previousLeader', 'leaderEpoch'],
  },
  isr_changed: {
    level: 'info',
    message: 'in-sync replicas changed',
    // cause: dead, stopping, slow, cut off, damaged, disk full, caught up.
    fields: ['topic', 'partition', 'isr', 'left', 'joined', 'cause', 'behindBytes?', 'behindMs?'],
  },
  topic_created: {
    level: 'info',
    message: 'topic created',
    fields: ['topic', 'topicId', 'partitions', 'replicationFactor', 'settings?'],
  },
  topic_deleted: { level: 'info', message: 'topic deleted', fields: ['topic', 'topicId'] },
  topic_changed: { level: 'info', message: 'topic changed', fields: ['topic', 'change'] },
  snapshot_written: {
    level: 'info',
    message: 'metadata snapshot written',
    fields: ['metadataOffset', 'bytes'],
  },

  // A replica on its broker.
  became_leader: {
    level: 'info',
    message: 'leading the partition',
    fields: ['topic', 'partition', 'leaderEpoch', 'logEndOffset', 'highWatermark'],
  },
  became_follower: {
    level: 'info',
    message: 'following a leader',
    fields: ['topic', 'partition', 'leader', 'leaderEpoch', 'logEndOffset'],
  },
  coordinator_unreadable: {
    level: 'error',
    message: 'what a coordinator must know cannot be read: nothing is coordinated from it',
    fields: ['topic', 'partition', 'error'],
  },
  transaction_timed_out: {
    level: 'warn',
    message: 'transaction aborted: its producer did not end it in time',
    fields: ['transactionalId', 'producerId', 'producerEpoch', 'timeoutMs'],
  },
  replica_removed: { level: 'info', message: 'replica removed', fields: ['topic', 'partition'] },
  truncated: {
    level: 'warn',
    message: 'log truncated to the history of the leader',
    // Said before the cut: fromOffset is the end before, toOffset the end after.
    fields: [
      'topic',
      'partition',
      'fromOffset',
      'toOffset',
      'bytes',
      'reason',
      'leader?',
      'leaderEpoch',
    ],
  },
  log_recovered: {
    level: 'info',
    message: 'log recovered',
    fields: [
      'topic',
      'partition',
      'state',
      'logEndOffset',
      'cutBytes',
      'keptAside?',
      'durationMs?',
    ],
  },
  logs_recovered: {
    level: 'info',
    message: 'all logs recovered',
    fields: ['logs', 'uncertain', 'damaged', 'cleanStop', 'durationMs'],
  },
  log_offline: {
    level: 'error',
    message: 'log taken offline: the disk failed',
    fields: ['topic', 'partition', 'error'],
  },
  data_directory_offline: {
    level: 'error',
    message: 'data directory taken offline: the disk failed',
    fields: ['dataDirectory', 'error'],
  },
  replica_damaged: {
    level: 'error',
    message: 'replica damaged on disk: out of service until it is repaired from the leader',
    fields: ['topic', 'partition', 'offset', 'segment?', 'reason'],
  },
  replica_repaired: {
    level: 'info',
    message: 'damaged replica repaired from the leader',
    fields: ['topic', 'partition', 'logEndOffset'],
  },
  disk_full: {
    level: 'error',
    message: 'disk nearly full: writes of clients are refused',
    fields: ['freeBytes', 'reserveBytes'],
  },
  disk_freed: {
    level: 'info',
    message: 'disk has space again: writes are taken',
    fields: ['freeBytes'],
  },
  retention_deleted: {
    level: 'info',
    message: 'retention deleted segments',
    fields: ['topic', 'partition', 'segments', 'bytes', 'logStartOffset', 'cause'],
  },
  log_compacted: {
    level: 'info',
    message: 'log compacted',
    fields: ['topic', 'partition', 'cleanedTo', 'bytesBefore', 'bytesAfter', 'keys', 'durationMs'],
  },
  batches_not_compacted: {
    level: 'warn',
    message: 'compaction keeps batches as they are, since it cannot read them',
    fields: ['topic', 'partition', 'reason'],
  },
  compaction_failed: {
    level: 'error',
    message: 'a log could not be compacted; it is as it was',
    fields: ['topic', 'partition', 'error'],
  },
  handover_started: {
    level: 'info',
    message: 'handing leadership over',
    fields: ['topic', 'partition', 'to', 'leaderEpoch'],
  },
  handover_finished: {
    level: 'info',
    message: 'leadership handed over',
    fields: ['topic', 'partition', 'to', 'heldMs'],
  },
  handover_failed: {
    level: 'warn',
    message: 'leadership kept: the handover did not come about',
    fields: ['topic', 'partition', 'to', 'reason'],
  },
  follower_session_lost: {
    level: 'warn',
    message: 'replication stream from the leader lost',
    fields: ['leader', 'error?'],
  },

  // Clients.
  request_refused: {
    level: 'debug',
    message: 'request refused',
    fields: ['rpc', 'code', 'reason', 'topic?', 'partition?', 'client?'],
  },
  request_failed: {
    level: 'error',
    message: 'request met an unexpected error',
    fields: ['rpc', 'error'],
  },
  client_disconnected: {
    level: 'debug',
    message: 'client went away in the middle of a stream',
    fields: ['rpc', 'client?'],
  },
} as const satisfies Record<string, LogEvent>;

export type LogEventName = keyof typeof LOG_EVENTS;

/** What a field may hold. An error is logged with its name, message, code and stack. */
export type LogValue = string | number | boolean | null | Error | readonly (string | number)[];

type FieldName<Name extends LogEventName> = (typeof LOG_EVENTS)[Name]['fields'][number];
type OptionalField<Field extends string> = Field extends `${infer Plain}?` ? Plain : never;
type RequiredField<Field extends string> = Field extends `${string}?` ? never : Field;

/** The fields of an event: those that it must have, and those that it may have. */
export type LogFields<Name extends LogEventName> = {
  readonly [Field in RequiredField<FieldName<Name>>]: LogValue;
} & { readonly [Field in OptionalField<FieldName<Name>>]?: LogValue | undefined };

/** One row of the reference for each event. */
export function logEventReference(): string[] {
  return Object.entries(LOG_EVENTS)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, { level, message, fields }]) =>
        `| \`${name}\` | ${level} | ${message} | ${fields.join(', ')} |`,
    );
}
