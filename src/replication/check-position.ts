import { refusal } from '../base/errors.ts';
import type { Refusal } from '../base/errors.ts';
import type { BrokerEpoch, LeaderEpoch, NodeId, Offset } from '../base/ids.ts';
import type { LogMirror } from './log-mirror.ts';
import type { PartitionMetadata, Position } from './types.ts';

/** What a leader makes of a position (L3). */
export type PositionVerdict =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'diverged'; readonly epoch: LeaderEpoch; readonly endOffset: Offset }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export interface PositionQuestion {
  readonly follower: NodeId;
  readonly brokerEpoch: BrokerEpoch;
  readonly position: Position;
  readonly partition: PartitionMetadata;
  readonly log: LogMirror;
}

/**
 * Whether a follower may go on from where it says it is. The order of the checks is part of the
 * rule: nothing about the follower is recorded before the last one has passed.
 */
export function checkPosition(question: PositionQuestion): PositionVerdict {
  const stale = checkLeaderEpoch(question.position.leaderEpoch, question.partition.leaderEpoch);
  if (stale !== null) return refused(stale);
  // L3.2: metadata that has not arrived here may say otherwise, so the follower tries again.
  if (!question.partition.replicas.includes(question.follower)) {
    return refused(refusal('UNKNOWN_LEADER_EPOCH', 'the sender is no replica that is known here'));
  }
  const where = checkWhere(question.position, question.log);
  if (where !== null) return where;
  if (!isKnownIncarnation(question)) {
    return refused(
      refusal('NOT_LEADER_OR_FOLLOWER', 'the sender’s broker epoch is not the one known here'),
    );
  }
  return { kind: 'accepted' };
}

/** L3.1, KIP-320: both must speak of the same epoch. Null when they do. */
export function checkLeaderEpoch(asked: LeaderEpoch, current: LeaderEpoch): Refusal | null {
  if (asked < current) {
    return refusal('FENCED_LEADER_EPOCH', `leader epoch ${asked} is over, ${current} is current`);
  }
  if (asked > current) {
    return refusal('UNKNOWN_LEADER_EPOCH', `leader epoch ${asked} is not known here yet`);
  }
  return null;
}

/** L3.3, L3.4: null when the follower's log is a prefix of the leader's. */
function checkWhere(position: Position, log: LogMirror): PositionVerdict | null {
  const { fetchOffset, lastFetchedEpoch } = position;
  if (fetchOffset < log.logStartOffset) return outOfRange(position, log);
  if (lastFetchedEpoch === null) {
    // X9: there is no record below that could differ.
    return fetchOffset > log.logEndOffset ? outOfRange(position, log) : null;
  }
  const end = log.epochs.endOffsetFor(lastFetchedEpoch, log.logEndOffset);
  if (end === null) return outOfRange(position, log);
  if (end.epoch < lastFetchedEpoch || end.endOffset < fetchOffset) {
    return { kind: 'diverged', epoch: end.epoch, endOffset: end.endOffset };
  }
  return null;
}

/** L3.5, KIP-903: a position of an older incarnation says nothing about the disk of this one. */
function isKnownIncarnation({ partition, follower, brokerEpoch }: PositionQuestion): boolean {
  return partition.brokers.find((broker) => broker.id === follower)?.brokerEpoch === brokerEpoch;
}

function outOfRange({ fetchOffset }: Position, log: LogMirror): PositionVerdict {
  return refused(
    refusal(
      'OFFSET_OUT_OF_RANGE',
      `offset ${fetchOffset} does not continue a log of ${log.logStartOffset} to ${log.logEndOffset}`,
    ),
  );
}

function refused(why: Refusal): PositionVerdict {
  return { kind: 'refused', refusal: why };
}
