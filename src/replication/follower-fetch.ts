import { refusal } from '../base/errors.ts';
import type { Instant, LeaderEpoch } from '../base/ids.ts';
import { checkLeaderEpoch } from './check-position.ts';
import type { Follower } from './follower.ts';
import type { ReplicaCore } from './replica-core.ts';
import type { FetchBounds } from './types.ts';

/**
 * What a consumer may read from a replica that follows (KIP-392): up to the high watermark that the
 * leader of this very epoch has told it, and only while it is in the ISR and has been heard by that
 * leader within the session timeout. Then what may be committed without its knowing is bounded: it
 * lies in its own log.
 */
export function checkFollowerFetch(
  core: ReplicaCore,
  follower: Follower,
  expectedLeaderEpoch: LeaderEpoch | null,
  now: Instant,
): FetchBounds {
  const { known, self, log, highWatermark, options } = core;
  if (expectedLeaderEpoch !== null) {
    const stale = checkLeaderEpoch(expectedLeaderEpoch, known.leaderEpoch);
    if (stale !== null) return { ok: false, refusal: stale };
  }
  const heardAt = follower.leader === null ? undefined : options.leadersHeard?.get(follower.leader);
  const isCurrent =
    follower.isHeard && heardAt !== undefined && now - heardAt <= options.sessionTimeoutMs;
  if (!isCurrent || follower.sessionState !== 'open' || !known.isr.includes(self)) {
    const message =
      'this replica does not keep up with its leader at this moment; read from the leader';
    return { ok: false, refusal: refusal('REPLICA_NOT_AVAILABLE', message) };
  }
  return {
    ok: true,
    isFollower: true,
    logStartOffset: log.logStartOffset,
    highWatermark,
    highWatermarkKnown: true,
    logEndOffset: log.logEndOffset,
    leaderEpoch: known.leaderEpoch,
  };
}
