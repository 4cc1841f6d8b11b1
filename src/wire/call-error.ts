/**
 * A whole call that failed, on its way through gRPC: the status code, and in the trailer
 * `grpc-status-details-bin` a `google.rpc.Status` with an `ErrorInfo` (reason, number, who leads) and,
 * where repeating may help, a `RetryInfo`.
 */
import { ERRORS } from '../base/errors.ts';
import type { ErrorCode, ErrorEntry, GrpcStatusName } from '../base/errors.ts';
import { MalformedMessage } from './malformed-message.ts';
import type { ItemError, LeaderHint } from './item-error.ts';
import { readLeaderHint, readRefusal } from './item-error.ts';
import { decodeMessage, encodeMessage, google } from './protobuf.ts';
import { NONE } from './values.ts';

export const STATUS_DETAILS_TRAILER = 'grpc-status-details-bin';
export const ERROR_DOMAIN = 'odradek';

/** gRPC's own numbers. */
export const GRPC_STATUS_NUMBERS = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
} as const satisfies Record<GrpcStatusName, number>;

/** Long enough for an election, short enough for a person not to notice. */
const RETRY_DELAY_MS = 100;
const TYPE_PREFIX = 'type.googleapis.com/';
const ERROR_INFO = `${TYPE_PREFIX}google.rpc.ErrorInfo`;
const RETRY_INFO = `${TYPE_PREFIX}google.rpc.RetryInfo`;

/** What a server ends a call with. */
export interface CallError {
  readonly code: number;
  readonly message: string;
  /** The value of the trailer. */
  readonly details: Buffer;
}

export function toCallError({ refusal, leader }: ItemError): CallError {
  const entry: ErrorEntry = ERRORS[refusal.code];
  const code = GRPC_STATUS_NUMBERS[entry.grpc];
  const details: google.protobuf.Any.$Properties[] = [
    {
      type_url: ERROR_INFO,
      value: encodeMessage(google.rpc.ErrorInfo, {
        reason: refusal.code,
        domain: ERROR_DOMAIN,
        metadata: { number: String(entry.number), ...leaderFields(leader) },
      }),
    },
  ];
  if (entry.retriable) {
    details.push({
      type_url: RETRY_INFO,
      value: encodeMessage(google.rpc.RetryInfo, {
        retryDelay: { nanos: RETRY_DELAY_MS * 1_000_000 },
      }),
    });
  }
  return {
    code,
    message: refusal.message,
    details: encodeMessage(google.rpc.Status, { code, message: refusal.message, details }),
  };
}

/**
 * What a client makes of a failed call. Without our details, by the status alone: the other side is
 * not ours, is not there, or gRPC itself gave up.
 */
export function fromCallError(
  code: number,
  message: string,
  details: Uint8Array | null,
): ItemError {
  return (details === null ? null : readDetails(details)) ?? byStatus(code, message);
}

function readDetails(bytes: Uint8Array): ItemError | null {
  try {
    const status = decodeMessage(google.rpc.Status, bytes);
    const info = status.details.find((each) => each.type_url === ERROR_INFO);
    if (info === undefined) return null;
    const { reason, domain, metadata } = decodeMessage(
      google.rpc.ErrorInfo,
      info.value ?? new Uint8Array(0),
    );
    if (domain !== ERROR_DOMAIN) return null;
    return {
      refusal: readRefusal(reason, numberOf(metadata['number']), status.message),
      leader: readLeader(metadata),
    };
  } catch (error) {
    // Details that cannot be read are as good as none: the status still says what happened.
    if (error instanceof MalformedMessage) return null;
    throw error;
  }
}

function leaderFields(leader: LeaderHint | null): Record<string, string> {
  if (leader === null) return {};
  return {
    leader_id: String(leader.broker ?? NONE),
    leader_epoch: String(leader.leaderEpoch),
    ...(leader.endpoint === null
      ? {}
      : { leader_host: leader.endpoint.host, leader_port: String(leader.endpoint.port) }),
  };
}

function readLeader(metadata: Readonly<Record<string, string>>): LeaderHint | null {
  if (metadata['leader_id'] === undefined) return null;
  return readLeaderHint(
    numberOf(metadata['leader_id']),
    numberOf(metadata['leader_epoch']),
    metadata['leader_host'] ?? '',
    numberOf(metadata['leader_port']),
  );
}

function numberOf(text: string | undefined): number {
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** By gRPC's number. What is not here tells of a bug, or of a server that is not ours. */
const CODES_BY_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [GRPC_STATUS_NUMBERS.CANCELLED, 'ABORTED_BY_CALLER'],
  [GRPC_STATUS_NUMBERS.INVALID_ARGUMENT, 'INVALID_REQUEST'],
  [GRPC_STATUS_NUMBERS.DEADLINE_EXCEEDED, 'REQUEST_TIMED_OUT'],
  [GRPC_STATUS_NUMBERS.RESOURCE_EXHAUSTED, 'MESSAGE_TOO_LARGE'],
  [GRPC_STATUS_NUMBERS.UNAVAILABLE, 'NETWORK_EXCEPTION'],
  // A stream that the other side reset while its process went away.
  [GRPC_STATUS_NUMBERS.ABORTED, 'NETWORK_EXCEPTION'],
]);

function byStatus(code: number, message: string): ItemError {
  const known = CODES_BY_STATUS.get(code) ?? 'UNKNOWN_SERVER_ERROR';
  return {
    refusal: { code: known, message: message === '' ? ERRORS[known].message : message },
    leader: null,
  };
}
