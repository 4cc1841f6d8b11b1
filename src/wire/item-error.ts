/**
 * The message `odradek.v1.Error`: why one item of a request failed, and who leads instead.
 */
import { ERRORS, errorCodeOf } from '../base/errors.ts';
import type { ErrorCode, Refusal } from '../base/errors.ts';
import type { LeaderEpoch, NodeId } from '../base/ids.ts';
import type { Endpoint } from '../controller/types.ts';
import type { odradek } from './protobuf.ts';
import { NONE, readLeaderEpoch, readNodeIdOrNone, readPort } from './values.ts';

/** Who leads a partition, as far as the broker that answered knows. */
export interface LeaderHint {
  /** Null: nobody. */
  readonly broker: NodeId | null;
  readonly leaderEpoch: LeaderEpoch;
  readonly endpoint: Endpoint | null;
}

export interface ItemError {
  readonly refusal: Refusal;
  readonly leader: LeaderHint | null;
}

export function toErrorMessage(
  refusal: Refusal,
  leader: LeaderHint | null = null,
): odradek.v1.Error.$Properties {
  const entry = ERRORS[refusal.code];
  return {
    code: refusal.code,
    number: entry.number,
    retriable: entry.retriable,
    message: refusal.message,
    ...(leader === null ? {} : { leader: toLeaderMessage(leader) }),
  };
}

export function fromErrorMessage(message: odradek.v1.Error.$Properties): ItemError {
  const { leader } = message;
  return {
    refusal: readRefusal(message.code ?? '', message.number ?? 0, message.message ?? ''),
    leader:
      leader === null || leader === undefined
        ? null
        : readLeaderHint(
            leader.brokerId ?? 0,
            leader.leaderEpoch ?? 0,
            leader.host ?? '',
            leader.port ?? 0,
          ),
  };
}

function toLeaderMessage(leader: LeaderHint): odradek.v1.LeaderHint.$Properties {
  return {
    brokerId: leader.broker ?? NONE,
    leaderEpoch: leader.leaderEpoch,
    host: leader.endpoint?.host ?? '',
    port: leader.endpoint?.port ?? 0,
  };
}

/** By name; by number where the name is newer than this catalogue; else an unknown error. */
export function readRefusal(name: string, number: number, message: string): Refusal {
  const code = isErrorCode(name) ? name : errorCodeOf(number);
  return { code, message: message === '' ? ERRORS[code].message : message };
}

export function isErrorCode(name: string): name is ErrorCode {
  return Object.hasOwn(ERRORS, name);
}

export function readLeaderHint(
  broker: number,
  leaderEpoch: number,
  host: string,
  port: number,
): LeaderHint {
  return {
    broker: readNodeIdOrNone(broker, 'leader.broker_id'),
    leaderEpoch: readLeaderEpoch(leaderEpoch, 'leader.leader_epoch'),
    endpoint: host === '' ? null : { host, port: readPort(port, 'leader.port') },
  };
}
