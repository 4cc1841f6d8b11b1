/**
 * The one catalogue of errors that cross a process boundary. Numbers are Kafka's where Kafka has the
 * error (`org.apache.kafka.common.protocol.Errors`), so that another front end can share them; ours
 * begin at 1000. `grpc` names the gRPC status that a call-level failure carries.
 *
 * `retriable` means: the same request may succeed later, and repeating it is what a client does.
 * `indeterminate` means: it may have happened all the same.
 */
export interface ErrorEntry {
  readonly number: number;
  readonly retriable: boolean;
  readonly indeterminate?: true;
  readonly grpc: GrpcStatusName;
  readonly message: string;
}

export type GrpcStatusName =
  | 'ABORTED'
  | 'ALREADY_EXISTS'
  | 'CANCELLED'
  | 'DATA_LOSS'
  | 'DEADLINE_EXCEEDED'
  | 'FAILED_PRECONDITION'
  | 'INTERNAL'
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'OUT_OF_RANGE'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'UNAVAILABLE'
  | 'UNIMPLEMENTED';

export const ERRORS = {
  UNKNOWN_SERVER_ERROR: {
    number: -1,
    retriable: false,
    grpc: 'INTERNAL',
    message: 'the server met an error that it did not expect; its log has the details',
  },
  OFFSET_OUT_OF_RANGE: {
    number: 1,
    retriable: false,
    grpc: 'OUT_OF_RANGE',
    message: 'the offset lies outside the log',
  },
  CORRUPT_MESSAGE: {
    number: 2,
    retriable: false,
    grpc: 'INVALID_ARGUMENT',
    message:
      'the record batch is corrupt: its checksum or its length does not agree with its bytes',
  },
  UNKNOWN_TOPIC_OR_PARTITION: {
    number: 3,
    retriable: true,
    grpc: 'NOT_FOUND',
    message: 'there is no such topic or partition',
  },
  LEADER_NOT_AVAILABLE: {
    number: 5,
    retriable: true,
    grpc: 'UNAVAILABLE',
    message: 'the partition has no leader at this moment',
  },
  NOT_LEADER_OR_FOLLOWER: {
    number: 6,
    retriable: true,
    grpc: 'ABORTED',
    message: 'this broker does not lead the partition',
  },
  REQUEST_TIMED_OUT: {
    number: 7,
    retriable: true,
    indeterminate: true,
    grpc: 'DEADLINE_EXCEEDED',
    message: 'the request was not finished within its time',
  },
  REPLICA_NOT_AVAILABLE: {
    number: 9,
    retriable: true,
    grpc: 'UNAVAILABLE',
    message: 'this broker holds no replica of the partition, or the replica is out of service',
  },
  MESSAGE_TOO_LARGE: {
    number: 10,
    retriable: false,
    grpc: 'INVALID_ARGUMENT',
    message: 'the record batch is larger than max.message.bytes allows',
  },
  OFFSET_METADATA_TOO_LARGE: {
    number: 12,
    retriable: false,
    grpc: 'INVALID_ARGUMENT',
    message: 'the metadata of a committed offset is larger than 4,096 bytes',
  },
  NETWORK_EXCEPTION: {
    number: 13,
    retriable: true,
    indeterminate: true,
    grpc: 'UNAVAILABLE',
    message: 'the connection broke before an answer arrived',
  },
  COORDINATOR_LOAD_IN_PROGRESS: {
    number: 14,
    retriable: true,
    grpc: 'UNAVAILABLE',
    message: 'the coordinator is reading what it has to know; try again',
  },
  COORDINATOR_NOT_AVAILABLE: {
    number: 15,
    retriable: true,
    grpc: 'UNAVAILABLE',
    message: 'there is no coordinator at this moment; try again',
  },
  NOT_COORDINATOR: {
    number: 16,
    retriable: true,
    grpc: 'ABORTED',
    message: 'this broker does not coordinate the group or the transactional id',
  },
  INVALID_TOPIC_EXCEPTION: {
    number: 17,
    retriable: false,
    grpc: 'INVALID_ARGUMENT',
    message:
      'a topic name has 1 to 249 characters of a-z, A-Z, 0-9, ".", "_" and "-", and is neither "." nor ".."',
  },
  RECORD_LIST_TOO_LARGE: {
    number: 18,
    retriable: false,
    grpc: 'INVALID_ARGUMENT',
    message: 'the record batch is larger than segment.bytes allows',
  },
  NOT_ENOUGH_REPLICAS: {
    number: 19,
    retriable: true,
    grpc: 'UNAVAILABLE',
    message: 'fewer replicas are in sync than min.insync.replicas asks for; nothing was written',
  },
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: {
    number: 20,
    retriable: true,
    indeterminate: true,
    grpc: 'UNAVAILABLE',
    message: 'replicas fell out of sync while the write was under way; it may still be committed',
  },
  INVALID_REQUIRED_ACKS: {
    number: 21,
    retriable: false,
    grpc: 'INVALID_ARGUMENT',
    message: 'acks must be 0, 1 or all',
  },
  INVALID_GROUP_ID: {
    number: 24,
    retriable: false,
    grpc: 'INVALID_ARGUMENT',
    message: 'a group has a name of 1 to 249 characters',
  },
  TOPIC_ALREADY_EXISTS: {
    number: 36,
    retriable: false,
    grpc: 'ALREADY_EXISTS',
    message: 'a topic of this name exists',
  },
  INVALID_PARTITIONS: {
    number: 37,
    retriable: false,
    grpc: 'INVALID_ARGUMENT',
    message: 'the number of partitions is not possible',
  },
  INVALID_REPLICATION_FACTOR: {
    number: 38,
    retriable: false,
    grpc: 'INVALID_ARGUMENT',
    message: 'the replication factor must lie between 1 and the number of usable brokers',
  },
  INVALID_CONFIG: {
    number: 40,
    retriable: false,
    grpc: 'INVALID_ARGUMENT',
    message: 'a setting is unknown or its value is not possible',
  },
  NOT_CONTROLLER: {
    number: 41,
    retriable: true,
    grpc: 'UNAVAILABLE',
    message: 'the controller is not active or cannot be reached; try again',
  },
  INVALID_REQUEST: {
    number: 42,
    retriable: false,
    grpc: 'INVALID_ARGUMENT',
    message: 'the request makes no sense as it is',
  },
  OUT_OF_ORDER_SEQUENCE_NUMBER: {
    number: 45,
    retriable: false,
    grpc: 'FAILED_PRECONDITION',
    message: 'the sequence number does not follow the last one of this producer',
  },
  INVALID_PRODUCER_EPOCH: {
    number: 47,
    retriable: false,
    grpc: 'FAILED_PRECONDITION',
    message: 'a newer instance of this producer has taken over',
  },
  INVALID_TXN_STATE: {
    number: 48,
    retriable: false,
    grpc: 'FAILED_PRECONDITION',
    message: 'the transaction is not in a state that allows this',
  },
  INVALID_PRODUCER_ID_MAPPING: {
    number: 49,
    retriable: false,
    grpc: 'FAILED_PRECONDITION',
    message: 'the producer id is not the one that the transactional id has now',
  },
  INVALID_TRANSACTION_TIMEOUT: {
    number: 50,
    retriable: false,
    grpc: 'INVALID_ARGUMENT',
    message: 'the transaction timeout is longer than the broker allows',
  },
  CONCURRENT_TRANSACTIONS: {
    number: 51,
    retriable: true,
    grpc: 'ABORTED',
    message: 'the last transaction of this producer is still being ended; try again',
  },
  TRANSACTION_COORDINATOR_FENCED: {
    number: 52,
    retriable: false,
    grpc: 'FAILED_PRECONDITION',
    message: 'another broker coordinates the transaction now',
  },
  KAFKA_STORAGE_ERROR: {
    number: 56,
    retriable: true,
    grpc: 'UNAVAILABLE',
    message: 'the disk failed, and the replica is out of service',
  },
  FENCED_LEADER_EPOCH: {
    number: 74,
    retriable: true,
    grpc: 'ABORTED',
    message: 'the leader epoch of the request is older than the partition’s',
  },
  UNKNOWN_LEADER_EPOCH: {
    number: 75,
    retriable: true,
    grpc: 'ABORTED',
    message: 'the leader epoch of the request is newer than this broker knows',
  },
  UNSUPPORTED_COMPRESSION_TYPE: {
    number: 76,
    retriable: false,
    grpc: 'INVALID_ARGUMENT',
    message: 'the compression of the record batch is not one of none, gzip, snappy, lz4 and zstd',
  },
  STALE_BROKER_EPOCH: {
    number: 77,
    retriable: false,
    grpc: 'FAILED_PRECONDITION',
    message: 'the broker has been registered again since, or is not registered',
  },
  OFFSET_NOT_AVAILABLE: {
    number: 78,
    retriable: true,
    grpc: 'UNAVAILABLE',
    message: 'the new leader does not know yet how far the log is committed',
  },
  PREFERRED_LEADER_NOT_AVAILABLE: {
    number: 80,
    retriable: true,
    grpc: 'UNAVAILABLE',
    message: 'the preferred leader is not in sync, or is not running',
  },
  ELECTION_NOT_NEEDED: {
    number: 84,
    retriable: false,
    grpc: 'FAILED_PRECONDITION',
    message: 'the partition is led by that broker already',
  },
  INVALID_RECORD: {
    number: 87,
    retriable: false,
    grpc: 'INVALID_ARGUMENT',
    message: 'the record batch breaks the format',
  },
  INVALID_TIMESTAMP: {
    number: 32,
    retriable: false,
    grpc: 'INVALID_ARGUMENT',
    message: 'the record batch’s timestamp lies too far in the future',
  },
  UNKNOWN_TOPIC_ID: {
    number: 100,
    retriable: true,
    grpc: 'NOT_FOUND',
    message: 'there is no topic of this id: it was deleted, or recreated under the same name',
  },
  DUPLICATE_BROKER_REGISTRATION: {
    number: 101,
    retriable: false,
    grpc: 'ALREADY_EXISTS',
    message: 'a broker of this id is running; give this one an id of its own',
  },
  BROKER_ID_NOT_REGISTERED: {
    number: 102,
    retriable: false,
    grpc: 'NOT_FOUND',
    message: 'no broker of this id is registered',
  },
  INCONSISTENT_CLUSTER_ID: {
    number: 104,
    retriable: false,
    grpc: 'FAILED_PRECONDITION',
    message: 'the data directory belongs to another cluster',
  },
  INELIGIBLE_REPLICA: {
    number: 107,
    retriable: false,
    grpc: 'FAILED_PRECONDITION',
    message: 'a replica that is fenced, stopping or full cannot join the in-sync replicas',
  },
  NEW_LEADER_ELECTED: {
    number: 108,
    retriable: false,
    grpc: 'ABORTED',
    message: 'the change of the in-sync replicas led to another leader',
  },
  INVALID_UPDATE_VERSION: {
    number: 95,
    retriable: false,
    grpc: 'ABORTED',
    message: 'the partition has changed since the request was made',
  },
  UNSTABLE_OFFSET_COMMIT: {
    number: 88,
    retriable: true,
    grpc: 'UNAVAILABLE',
    message: 'a transaction that commits offsets of the group is still open',
  },
  PRODUCER_FENCED: {
    number: 90,
    retriable: false,
    grpc: 'FAILED_PRECONDITION',
    message:
      'a newer producer with the same transactional id has taken over, or the transaction timed out',
  },
  TRANSACTIONAL_ID_NOT_FOUND: {
    number: 105,
    retriable: false,
    grpc: 'NOT_FOUND',
    message: 'the transactional id is not known here',
  },
  TRANSACTION_ABORTABLE: {
    number: 120,
    retriable: false,
    grpc: 'FAILED_PRECONDITION',
    message: 'the transaction can only be aborted',
  },
  DISK_FULL: {
    number: 1000,
    retriable: true,
    grpc: 'RESOURCE_EXHAUSTED',
    message: 'the broker’s disk is nearly full; free space or add some',
  },
  DATA_DIRECTORY_IN_USE: {
    number: 1001,
    retriable: false,
    grpc: 'FAILED_PRECONDITION',
    message: 'another process has the data directory open',
  },
  DATA_DIRECTORY_MISMATCH: {
    number: 1002,
    retriable: false,
    grpc: 'FAILED_PRECONDITION',
    message:
      'the data directory belongs to another broker or has a format that this version cannot read',
  },
  ADDRESS_IN_USE: {
    number: 1003,
    retriable: false,
    grpc: 'FAILED_PRECONDITION',
    message: 'the address is in use by another process',
  },
  SHUTTING_DOWN: {
    number: 1004,
    retriable: true,
    grpc: 'UNAVAILABLE',
    message: 'the broker is stopping',
  },
  CODEC_UNAVAILABLE: {
    number: 1005,
    retriable: false,
    grpc: 'UNIMPLEMENTED',
    message: 'the compression codec is not installed',
  },
  BUFFER_EXHAUSTED: {
    number: 1006,
    retriable: true,
    grpc: 'RESOURCE_EXHAUSTED',
    message: 'the producer’s buffer is full and did not drain in time',
  },
  DELIVERY_TIMED_OUT: {
    number: 1007,
    retriable: false,
    indeterminate: true,
    grpc: 'DEADLINE_EXCEEDED',
    message:
      'the batch was not acknowledged within the delivery timeout; it may be written all the same',
  },
  CLIENT_CLOSED: {
    number: 1008,
    retriable: false,
    grpc: 'CANCELLED',
    message: 'the client is closed',
  },
  ABORTED_BY_CALLER: {
    number: 1009,
    retriable: false,
    indeterminate: true,
    grpc: 'CANCELLED',
    message: 'the caller gave up',
  },
  CORRUPT_LOG: {
    number: 1010,
    retriable: true,
    grpc: 'DATA_LOSS',
    message: 'the replica’s log is damaged on disk and is being repaired',
  },
  METADATA_JOURNAL_BEHIND: {
    number: 1011,
    retriable: false,
    grpc: 'DATA_LOSS',
    message:
      'the controller’s journal is older than what a broker has applied: part of it was lost',
  },
  CORRUPT_METADATA_JOURNAL: {
    number: 1012,
    retriable: false,
    grpc: 'DATA_LOSS',
    message: 'the controller’s journal is damaged',
  },
  LEADERSHIP_LOST: {
    number: 1013,
    retriable: true,
    indeterminate: true,
    grpc: 'ABORTED',
    message:
      'the broker lost the leadership after it had appended the batch and before the batch was committed; ' +
      'it may be written all the same',
  },
  REPLICA_TOO_STALE: {
    number: 1014,
    retriable: true,
    grpc: 'UNAVAILABLE',
    message: 'the replica may be further behind the leader than the reader allows',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** A refusal as a value: what machines and hosts answer with. Never thrown in a pure room. */
export interface Refusal {
  readonly code: ErrorCode;
  /** A sentence with the values of this case; the catalogue's where there is nothing to add. */
  readonly message: string;
}

/** A refusal with a sentence of its own, or the catalogue's. */
export function refusal(code: ErrorCode, message: string = ERRORS[code].message): Refusal {
  return { code, message };
}

/**
 * An error of the environment, or a refusal that has reached someone who expects exceptions (the
 * SDK's user, the command). `code` is the catalogue's.
 */
export class OdradekError extends Error {
  override readonly name: string = 'OdradekError';
  readonly code: ErrorCode;
  readonly retriable: boolean;
  /** Whether what was asked for may have happened all the same. */
  readonly indeterminate: boolean;
  readonly topic?: string;
  readonly partition?: number;

  constructor(
    code: ErrorCode,
    message: string = ERRORS[code].message,
    details: { topic?: string; partition?: number; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    const entry: ErrorEntry = ERRORS[code];
    this.code = code;
    this.retriable = entry.retriable;
    this.indeterminate = entry.indeterminate === true;
    if (details.topic !== undefined) this.topic = details.topic;
    if (details.partition !== undefined) this.partition = details.partition;
  }
}

/** The catalogue's name for a number that came over the wire; `UNKNOWN_SERVER_ERROR` if there is none. */
export function errorCodeOf(number: number): ErrorCode {
  return NAMES.get(number) ?? 'UNKNOWN_SERVER_ERROR';
}

const NAMES: ReadonlyMap<number, ErrorCode> = new Map(
  (Object.keys(ERRORS) as ErrorCode[]).map((code) => [ERRORS[code].number, code]),
);
