import type { LeaderEpoch, NodeId, Offset, PartitionEpoch } from '../base/ids.ts';
import type { Damaged } from './damage.ts';
import type { Follower } from './follower.ts';
import type { Leader } from './leader.ts';
import type { ReplicaHealth } from './options.ts';
import type { ReplicaCore } from './replica-core.ts';
import type { FollowerView } from './types.ts';

/** A replica from outside: for frames, status and metrics. A copy, of the moment it was asked for. */
export interface ReplicaView {
  readonly role: 'leader' | 'follower' | 'damaged' | 'none';
  /** Null while nobody leads, or nothing is known yet. */
  readonly leader: NodeId | null;
  readonly leaderEpoch: LeaderEpoch | null;
  readonly partitionEpoch: PartitionEpoch | null;
  readonly isr: readonly NodeId[];
  /** With whom a pending proposal adds; as `isr` on a follower. */
  readonly maximalIsr: readonly NodeId[];
  readonly minIsr: number;
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  readonly durableEndOffset: Offset;
  readonly highWatermark: Offset;
  readonly health: ReplicaHealth;
  /** X4: this leader has stopped itself. */
  readonly leaseLapsed: boolean;
  readonly handoverTarget: NodeId | null;
  readonly heldRequests: number;
  readonly waitingRequests: number;
  /** In order of their ids; empty unless this replica leads. */
  readonly followers: readonly FollowerView[];
  /** Where a follower's session stands; null unless this replica follows. */
  readonly session: Follower['sessionState'] | null;
}

export function viewOf(core: ReplicaCore, role: Leader | Follower | Damaged | null): ReplicaView {
  const { partition, log } = core;
  const leader = role?.kind === 'leader' ? role : null;
  return {
    role: role?.kind ?? 'none',
    leader: partition?.leader ?? null,
    leaderEpoch: partition?.leaderEpoch ?? null,
    partitionEpoch: partition?.partitionEpoch ?? null,
    isr: partition?.isr ?? [],
    maximalIsr: leader?.inSync.maximal ?? partition?.isr ?? [],
    minIsr: partition?.minIsr ?? 0,
    logStartOffset: log.logStartOffset,
    logEndOffset: log.logEndOffset,
    durableEndOffset: log.durableEndOffset,
    highWatermark: core.highWatermark,
    health: core.health,
    leaseLapsed: leader?.lease.isLapsed ?? false,
    handoverTarget: leader?.handover.target ?? null,
    heldRequests: leader?.handover.heldCount ?? 0,
    waitingRequests: leader?.waitingCount ?? 0,
    followers: leader === null ? [] : followerViews(leader),
    session: role?.kind === 'follower' ? role.sessionState : null,
  };
}

function followerViews({ followers, inSync }: Leader): FollowerView[] {
  return Array.from(followers, ({ id, logEndOffset, lastCaughtUpAt }) => ({
    id,
    inSync: inSync.committed.includes(id),
    logEndOffset,
    lastCaughtUpAt,
  }));
}
