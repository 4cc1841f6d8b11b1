import { assert } from '../base/assert.ts';
import { offsetMin } from '../base/ids.ts';
import type { Offset } from '../base/ids.ts';
import { isCaughtUp } from './follower-progress.ts';
import type { FollowerProgress, FollowerTable } from './follower-progress.ts';
import type { InSyncReplicas } from './in-sync-replicas.ts';
import type { ReplicaCore } from './replica-core.ts';

/** L4: raises the leader's high watermark to what every replica that counts has on its disk. */
export function maybeAdvanceHighWatermark(
  core: ReplicaCore,
  followers: FollowerTable,
  inSync: InSyncReplicas,
): void {
  if (isUnderMinIsr(inSync)) return;
  // X1: the leader's own share is what it has flushed.
  let highWatermark = core.log.durableEndOffset;
  for (const follower of followers) {
    if (!inSync.maximal.includes(follower.id) && !isAboutToJoin(core, follower)) continue;
    if (follower.logEndOffset === null) return;
    highWatermark = offsetMin(highWatermark, follower.logEndOffset);
  }
  raise(core, highWatermark);
}

/**
 * L4, KIP-966: the *committed* ISR must reach the minimum. The maximal one may be large enough and
 * still miss an eligible leader replica that the controller could elect.
 */
function isUnderMinIsr(inSync: InSyncReplicas): boolean {
  return inSync.committed.length < inSync.minIsr;
}

/** Waiting for one that is nearly there lets it join: it must reach the high watermark to (L5). */
function isAboutToJoin(core: ReplicaCore, follower: FollowerProgress): boolean {
  const { log, now, options } = core;
  return (
    follower.session !== null &&
    isCaughtUp(follower, log.logEndOffset, now, options.lagTimeMaxMs) &&
    core.isEligible(follower.id)
  );
}

function raise(core: ReplicaCore, to: Offset): void {
  assert(to <= core.log.durableEndOffset, 'R1: nothing is committed that is not on the disk');
  // R2: a leader's high watermark never falls.
  if (to > core.highWatermark) core.moveHighWatermark(to);
}
