import type { Instant } from '../base/ids.ts';
import type { FollowerTable } from './follower-progress.ts';
import type { InSyncReplicas } from './in-sync-replicas.ts';
import type { ReplicaCore } from './replica-core.ts';

/**
 * X4: whether this leader may still believe that it leads. A cut-off or paused leader stops within a
 * session timeout by its own clock; a controller that is merely dead stops nobody whose followers
 * follow.
 */
export class Lease {
  readonly #core: ReplicaCore;
  readonly #followers: FollowerTable;
  readonly #inSync: InSyncReplicas;
  /** When the lapse was noticed; null while the lease holds. */
  #lapsedAt: Instant | null = null;

  constructor(core: ReplicaCore, followers: FollowerTable, inSync: InSyncReplicas) {
    this.#core = core;
    this.#followers = followers;
    this.#inSync = inSync;
  }

  get isLapsed(): boolean {
    return this.#lapsedAt !== null;
  }

  /** To be called before anything is acknowledged or counted. Returns whether it lapsed just now. */
  check(): boolean {
    const { now, controllerLease } = this.#core;
    if (this.#lapsedAt !== null && hasCurrentMetadata(this.#lapsedAt, controllerLease)) {
      this.#lapsedAt = null;
      this.#core.observe({ kind: 'leaseRenewed' });
    }
    if (this.#lapsedAt !== null || !this.wouldLapse(now, controllerLease)) return false;
    this.#lapsedAt = now;
    this.#core.observe({ kind: 'selfFenced', controllerSilentMs: now - controllerLease });
    return true;
  }

  /** Whether a check at `now` finds the lease lapsed. Changes nothing. */
  wouldLapse(now: Instant, controllerLease: Instant): boolean {
    if (!this.#isOld(now, controllerLease)) return false;
    return this.#othersMayBeEligible() || this.#someMemberIsSilent(now);
  }

  /** When to look again while requests wait. */
  nextCheckAt(): number {
    const { now, controllerLease, options } = this.#core;
    const lapses = controllerLease + options.sessionTimeoutMs + 1;
    return lapses > now ? lapses : now + options.sessionTimeoutMs / 4;
  }

  #isOld(now: Instant, lease: Instant): boolean {
    return now - lease > this.#core.options.sessionTimeoutMs;
  }

  /**
   * X4, mended: below the minimum, eligible leader replicas may exist that no leader knows of
   * (KIP-966). One of them may be elected although every member still follows this leader.
   */
  #othersMayBeEligible(): boolean {
    return this.#inSync.committed.length < this.#inSync.minIsr;
  }

  #someMemberIsSilent(now: Instant): boolean {
    for (const follower of this.#followers) {
      if (!this.#inSync.maximal.includes(follower.id)) continue;
      // An echo says that the follower follows this leader only while its session is held.
      if (follower.session === null) return true;
      const echoed = this.#core.options.peerEchoes.get(follower.id);
      if (echoed === undefined || this.#isOld(now, echoed)) return true;
    }
    return false;
  }
}

/** A heartbeat sent after the lapse was answered, and what its answer named is applied. */
function hasCurrentMetadata(lapsedAt: Instant, controllerLease: Instant): boolean {
  return controllerLease > lapsedAt;
}
