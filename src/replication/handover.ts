import { instantAfter } from '../base/ids.ts';
import type { Instant, NodeId, PartitionEpoch } from '../base/ids.ts';
import type { FollowerTable } from './follower-progress.ts';
import type { InSyncReplicas } from './in-sync-replicas.ts';
import type { ReplicaCore } from './replica-core.ts';
import type { Input, Observation, RequestId } from './types.ts';

export type ProduceInput = Extract<Input, { kind: 'produce' }>;
type Outcome = Extract<Observation, { kind: 'handoverEnded' }>['outcome'];

interface Hold {
  readonly target: NodeId;
  /** The epoch that "ready" names: the controller commits the change only if it is still current. */
  readonly partitionEpoch: PartitionEpoch;
  readonly endsAt: Instant;
  /** The controller was told. From here on only a higher partition epoch ends the hold. */
  ready: boolean;
}

/**
 * X5: appends are held back until the target has everything, then the controller is told that it may
 * move the leadership. Loses nothing that was acknowledged at acks 1 or all.
 */
export class Handover {
  readonly #core: ReplicaCore;
  readonly #followers: FollowerTable;
  readonly #inSync: InSyncReplicas;
  #hold: Hold | null = null;
  #held: ProduceInput[] = [];

  constructor(core: ReplicaCore, followers: FollowerTable, inSync: InSyncReplicas) {
    this.#core = core;
    this.#followers = followers;
    this.#inSync = inSync;
  }

  /** Null when no handover is under way. */
  get target(): NodeId | null {
    return this.#hold?.target ?? null;
  }

  get isHolding(): boolean {
    return this.#hold !== null;
  }

  get heldCount(): number {
    return this.#held.length;
  }

  begin(target: NodeId, partitionEpoch: PartitionEpoch): void {
    if (this.#hold !== null && this.#hold.ready) return;
    // What the controller asked about is over: it will see that itself.
    if (partitionEpoch !== this.#core.known.partitionEpoch) return;
    if (!this.#isPossible(target)) {
      this.#core.observe({ kind: 'handoverEnded', outcome: 'gave-up' });
      return;
    }
    const endsAt = instantAfter(this.#core.now, this.#core.options.handoverHoldMs);
    this.#hold = { target, partitionEpoch, endsAt, ready: false };
    this.#core.observe({ kind: 'handoverHeld', target });
    this.#core.setTimer('hold', endsAt);
  }

  /** Returns false when no more can be held. */
  hold(input: ProduceInput): boolean {
    if (this.#held.length >= this.#core.options.maxHeldRequests) return false;
    this.#held.push(input);
    if (input.acks !== 0) this.#core.setTimer('deadline', input.deadline);
    return true;
  }

  cancel(request: RequestId): void {
    this.#held = this.#held.filter((input) => input.request !== request);
  }

  takeExpired(now: Instant): ProduceInput[] {
    const expired = this.#held.filter((input) => input.acks !== 0 && input.deadline <= now);
    if (expired.length > 0) this.#held = this.#held.filter((input) => !expired.includes(input));
    return expired;
  }

  takeHeld(): ProduceInput[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }

  earliestDeadline(): Instant | null {
    let earliest: Instant | null = null;
    for (const { acks, deadline } of this.#held) {
      if (acks !== 0 && (earliest === null || deadline < earliest)) earliest = deadline;
    }
    return earliest;
  }

  /** The partition or its brokers changed; this replica still leads. */
  onMetadata(): void {
    if (this.#hold === null) return;
    if (this.#core.known.partitionEpoch > this.#hold.partitionEpoch) {
      this.#end('refused');
    } else if (!this.#hold.ready && !this.#isPossible(this.#hold.target)) {
      this.#end('gave-up');
    }
  }

  onHoldTimer(): void {
    if (this.#hold === null || this.#hold.ready) return;
    if (this.#core.now < this.#hold.endsAt) this.#core.setTimer('hold', this.#hold.endsAt);
    else this.#end('gave-up');
  }

  /** The lease lapsed: what is not promised yet is called off. */
  onLapse(): void {
    if (this.#hold !== null && !this.#hold.ready) this.#end('gave-up');
  }

  /** Leadership is over. */
  onResign(successor: NodeId | null): void {
    if (this.#hold === null) return;
    this.#end(successor === this.#hold.target ? 'handed-over' : 'refused');
  }

  /** Tells the controller once the target has all there is. */
  maybeReady(): void {
    if (this.#hold === null || this.#hold.ready || !this.#hasEverything(this.#hold.target)) return;
    this.#hold.ready = true;
    this.#core.cancelTimer('hold');
    this.#sendReady(this.#hold);
  }

  /** A new session with the controller: it may not have heard. */
  resend(): void {
    if (this.#hold !== null && this.#hold.ready) this.#sendReady(this.#hold);
  }

  /** X5: durable and append end of both are one. A position tells of the durable end, and the target
   * has nothing beyond this log's end. */
  #hasEverything(target: NodeId): boolean {
    const { log } = this.#core;
    return log.isDurable && this.#followers.get(target)?.logEndOffset === log.logEndOffset;
  }

  #isPossible(target: NodeId): boolean {
    return (
      target !== this.#core.self &&
      this.#inSync.committed.includes(target) &&
      this.#core.isEligible(target)
    );
  }

  #sendReady({ target, partitionEpoch }: Hold): void {
    const { leaderEpoch } = this.#core.known;
    this.#core.emit({ kind: 'handoverReady', target, leaderEpoch, partitionEpoch });
  }

  #end(outcome: Outcome): void {
    this.#hold = null;
    this.#core.cancelTimer('hold');
    this.#core.observe({ kind: 'handoverEnded', outcome });
  }
}
