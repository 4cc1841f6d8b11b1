import { assert } from '../base/assert.ts';
import { instantAfter } from '../base/ids.ts';
import type { BrokerEpoch, NodeId, Offset } from '../base/ids.ts';
import type { ErrorCode } from '../base/errors.ts';
import { isCaughtUp } from './follower-progress.ts';
import type { FollowerProgress, FollowerTable } from './follower-progress.ts';
import type { ReplicaCore } from './replica-core.ts';
import type { AlterPartitionRequest, AlterPartitionResult, Observation } from './types.ts';

/** A proposal that is under way: the controller may have applied it, or may not. */
interface PendingChange {
  readonly request: AlterPartitionRequest;
  /** Everyone who is in sync if it was applied or was not. */
  readonly maximal: readonly NodeId[];
}

type Removed = Extract<Observation, { kind: 'isrShrinkProposed' }>['removed'][number];

/**
 * The ISR as its leader sees it: what the controller has committed, and one proposal at most
 * (KIP-497, L5 to L7). Lives as long as the leader does.
 */
export class InSyncReplicas {
  readonly #core: ReplicaCore;
  readonly #followers: FollowerTable;
  #leaderEpochStartOffset: Offset;
  #pending: PendingChange | null = null;
  /** The controller refused for now: nothing new until a timer or new metadata says so. */
  #pausing = false;

  constructor(core: ReplicaCore, followers: FollowerTable) {
    this.#core = core;
    this.#followers = followers;
    this.#leaderEpochStartOffset = core.log.logEndOffset;
  }

  get committed(): readonly NodeId[] {
    return this.#core.known.isr;
  }

  /** The committed ISR, with whoever a pending proposal adds (R5). */
  get maximal(): readonly NodeId[] {
    return this.#pending?.maximal ?? this.committed;
  }

  get minIsr(): number {
    return this.#core.known.minIsr;
  }

  get isChanging(): boolean {
    return this.#pending !== null;
  }

  /** L1: with a new epoch the proposals of the last one are void. */
  beginEpoch(leaderEpochStartOffset: Offset): void {
    this.#leaderEpochStartOffset = leaderEpochStartOffset;
    this.#pending = null;
    this.#pausing = false;
  }

  /** Metadata with a higher partition epoch decides what became of a proposal. */
  onMetadata(partitionEpochRose: boolean): void {
    if (partitionEpochRose) this.#pending = null;
    this.#pausing = false;
  }

  /** Proposes a change if one is due and none is under way. */
  maybePropose(): void {
    if (this.#pending !== null || this.#pausing) return;
    if (!this.#maybeShrink()) this.#maybeExpand();
  }

  /** A new session with the controller: the same request again, since it may have been applied. */
  resend(): void {
    if (this.#pending !== null) {
      this.#core.emit({ kind: 'alterPartition', request: this.#pending.request });
    }
  }

  onRetry(): void {
    this.#pausing = false;
    this.resend();
  }

  /** L7. Returns whether the partition epoch rose. */
  onReply(request: AlterPartitionRequest, result: AlterPartitionResult): boolean {
    if (this.#pending === null || !isSameRequest(this.#pending.request, request)) return false;
    if (!result.ok) {
      this.#onRefusal(result.refusal.code);
      return false;
    }
    const partition = this.#core.known;
    if (result.leaderEpoch !== partition.leaderEpoch) return false;
    if (result.partitionEpoch < partition.partitionEpoch) return false;
    this.#pending = null;
    const { isr, partitionEpoch, minIsr, recovering } = result;
    assert(isr.includes(this.#core.self), 'R6: a leader is in its own ISR');
    // X11: ISR and minimum come as one value.
    this.#core.partition = { ...partition, isr, partitionEpoch, minIsr, recovering };
    this.#core.observe({ kind: 'isrCommitted', isr, partitionEpoch });
    return partitionEpoch > partition.partitionEpoch;
  }

  #onRefusal(code: ErrorCode): void {
    switch (code) {
      case 'INELIGIBLE_REPLICA':
        // The controller knew the partition's epoch and applied nothing: back to what is committed.
        this.#pending = null;
        this.#pausing = true;
        break;
      case 'FENCED_LEADER_EPOCH':
      case 'INVALID_UPDATE_VERSION':
      case 'UNKNOWN_TOPIC_ID':
      case 'UNKNOWN_TOPIC_OR_PARTITION':
      case 'NEW_LEADER_ELECTED':
      case 'INVALID_REQUEST':
        // L7: something else was committed, perhaps this very change. The larger set stays until
        // metadata says which.
        return;
      default:
        // Perhaps applied, perhaps never seen: the same request again.
        break;
    }
    this.#core.setTimer('retry', instantAfter(this.#core.now, this.#core.options.retryMs));
  }

  /** L6, X12. */
  #maybeShrink(): boolean {
    const removed: Removed[] = [];
    for (const follower of this.#followers) {
      if (!this.committed.includes(follower.id)) continue;
      const cause = this.#causeToLeave(follower);
      if (cause === null) continue;
      removed.push({ id: follower.id, cause, logEndOffset: follower.logEndOffset });
    }
    if (removed.length === 0) return false;
    const gone = removed.map((each) => each.id);
    const remaining = this.committed.filter((id) => !gone.includes(id));
    // The old ISR goes on counting until the controller has confirmed the smaller one (L6).
    if (!this.#propose(remaining, this.committed)) return false;
    this.#core.observe({ kind: 'isrShrinkProposed', removed });
    for (const id of gone) {
      const follower = this.#followers.get(id);
      if (follower !== undefined) follower.heardSinceRemoval = false;
    }
    return true;
  }

  #causeToLeave(follower: FollowerProgress): Removed['cause'] | null {
    if (!this.#core.isEligible(follower.id)) return 'ineligible';
    if (this.#isCaughtUp(follower)) return null;
    return follower.session === null ? 'cut-off' : 'slow';
  }

  /** L5. */
  #maybeExpand(): boolean {
    for (const follower of this.#followers) {
      if (this.committed.includes(follower.id) || !this.#mayJoin(follower)) continue;
      const isr = [...this.committed, follower.id];
      // It counts from now on: the controller may commit it before its answer arrives.
      if (!this.#propose(isr, isr)) continue;
      // L6: the lag time begins. It may lack what is not committed, and would leave at once for that.
      follower.lastCaughtUpAt = this.#core.now;
      this.#core.observe({ kind: 'isrExpandProposed', added: follower.id });
      return true;
    }
    return false;
  }

  #mayJoin(follower: FollowerProgress): boolean {
    return (
      this.#isStirring(follower) &&
      this.#isHeardInEpoch(follower) &&
      this.#hasReachedHighWatermark(follower) &&
      this.#hasReachedLeaderEpoch(follower) &&
      this.#isEligible(follower) &&
      this.#isKnownIncarnation(follower)
    );
  }

  /** Otherwise a follower that hangs would be taken back as soon as its removal is committed. */
  #isStirring(follower: FollowerProgress): boolean {
    return follower.heardSinceRemoval || this.#isCaughtUp(follower);
  }

  // L5, KIP-320: what it held in an older epoch may have been cut since.
  #isHeardInEpoch(follower: FollowerProgress): boolean {
    return follower.heardInEpoch && follower.session !== null;
  }

  // L5: it must hold all that is committed.
  #hasReachedHighWatermark(follower: FollowerProgress): boolean {
    return follower.logEndOffset !== null && follower.logEndOffset >= this.#core.highWatermark;
  }

  // L5: a new leader's high watermark may lie below the true one, its epoch's start does not.
  #hasReachedLeaderEpoch(follower: FollowerProgress): boolean {
    return follower.logEndOffset !== null && follower.logEndOffset >= this.#leaderEpochStartOffset;
  }

  // L5, KIP-841, X12.
  #isEligible(follower: FollowerProgress): boolean {
    return this.#core.isEligible(follower.id);
  }

  // L5, KIP-903: the disk that was reported is the disk of the broker that would join.
  #isKnownIncarnation(follower: FollowerProgress): boolean {
    return this.#core.broker(follower.id)?.brokerEpoch === follower.brokerEpoch;
  }

  #isCaughtUp(follower: FollowerProgress): boolean {
    const { log, now, options } = this.#core;
    return isCaughtUp(follower, log.logEndOffset, now, options.lagTimeMaxMs);
  }

  /** Returns false when a member's broker epoch is not known, so that nothing can be proposed. */
  #propose(isr: readonly NodeId[], maximal: readonly NodeId[]): boolean {
    assert(this.#pending === null, 'R8: one proposal at a time');
    const { options, known } = this.#core;
    const members: { id: NodeId; brokerEpoch: BrokerEpoch }[] = [];
    for (const id of isr) {
      const registered = this.#core.broker(id)?.brokerEpoch;
      if (registered === undefined) return false;
      // KIP-903: the epoch that the member reported with, so that the controller can compare.
      members.push({ id, brokerEpoch: this.#followers.get(id)?.brokerEpoch ?? registered });
    }
    const request: AlterPartitionRequest = {
      topicId: options.topicId,
      partition: options.partition,
      leaderEpoch: known.leaderEpoch,
      partitionEpoch: known.partitionEpoch,
      isr: members,
      recovering: false,
    };
    this.#pending = { request, maximal };
    this.#core.emit({ kind: 'alterPartition', request });
    return true;
  }
}

function isSameRequest(a: AlterPartitionRequest, b: AlterPartitionRequest): boolean {
  return (
    a.leaderEpoch === b.leaderEpoch &&
    a.partitionEpoch === b.partitionEpoch &&
    a.isr.length === b.isr.length &&
    a.isr.every((member, index) => {
      const other = b.isr[index];
      return other?.id === member.id && other.brokerEpoch === member.brokerEpoch;
    })
  );
}
