import { assert, assertNever } from '../base/assert.ts';
import { refusal } from '../base/errors.ts';
import { offsetMax } from '../base/ids.ts';
import type { Instant, LeaderEpoch } from '../base/ids.ts';
import { checkLeaderEpoch } from './check-position.ts';
import { checkFollowerFetch } from './follower-fetch.ts';
import { Damaged } from './damage.ts';
import { Follower } from './follower.ts';
import { Leader } from './leader.ts';
import type { ReplicaOptions } from './options.ts';
import { refusedFrame } from './refused-frame.ts';
import { ReplicaCore } from './replica-core.ts';
import type { Effect, FetchBounds, Input, PartitionMetadata } from './types.ts';
import { viewOf } from './view.ts';
import type { ReplicaView } from './view.ts';

type MetadataInput = Extract<Input, { kind: 'metadata' }>;
type PositionInput = Extract<Input, { kind: 'position' }>;
type ProduceInput = Extract<Input, { kind: 'produce' }>;

/**
 * One replica of one partition, in whichever role metadata gives it. The partition's host makes it
 * when the log is open and drops it with the log; it feeds inputs one at a time and carries out the
 * effects in order. Synchronous and pure: time, echoes and everything else comes in.
 */
export class Replica {
  readonly #core: ReplicaCore;
  /** Null until the first metadata. */
  #role: Leader | Follower | Damaged | null = null;
  /** An uncertain replica is in sync again only by joining, so it must have been seen outside. */
  #seenOutsideIsr = false;

  constructor(options: ReplicaOptions) {
    this.#core = new ReplicaCore(options);
    if (options.state === 'damaged') {
      this.#role = new Damaged(this.#core, 'damage was found when the log was opened');
    }
  }

  /**
   * Reacts to one input. `controllerLease` is the send time of the last heartbeat whose answer's
   * metadata had been queued before the input was (X4).
   */
  step(input: Input, now: Instant, controllerLease: Instant): Effect[] {
    this.#core.beginStep(now, controllerLease);
    if (this.#role?.kind === 'leader') this.#role.checkLease();
    this.#dispatch(input);
    if (this.#role?.kind === 'leader') this.#role.settle();
    return this.#core.endStep();
  }

  /** What a consumer may see, at this moment; of a follower, if `mayFollow`. Changes nothing. */
  checkFetch(
    query: { readonly expectedLeaderEpoch: LeaderEpoch | null; readonly mayFollow?: boolean },
    now: Instant,
    controllerLease: Instant,
  ): FetchBounds {
    const role = this.#role;
    if (role?.kind === 'damaged') return { ok: false, refusal: refusal('CORRUPT_LOG') };
    if (role?.kind === 'follower' && query.mayFollow === true) {
      return checkFollowerFetch(this.#core, role, query.expectedLeaderEpoch, now);
    }
    if (role?.kind !== 'leader') return { ok: false, refusal: refusal('NOT_LEADER_OR_FOLLOWER') };
    if (query.expectedLeaderEpoch !== null) {
      const stale = checkLeaderEpoch(query.expectedLeaderEpoch, role.leaderEpoch);
      if (stale !== null) return { ok: false, refusal: stale };
    }
    if (this.isCutOff(now, controllerLease)) {
      return { ok: false, refusal: refusal('NOT_LEADER_OR_FOLLOWER') };
    }
    const { log, highWatermark } = this.#core;
    return {
      ok: true,
      isFollower: false,
      logStartOffset: log.logStartOffset,
      highWatermark,
      highWatermarkKnown: role.isHighWatermarkKnown,
      logEndOffset: log.logEndOffset,
      leaderEpoch: role.leaderEpoch,
    };
  }

  /** X4: this replica leads, and has stopped itself or would if it were asked for something. */
  isCutOff(now: Instant, controllerLease: Instant): boolean {
    const role = this.#role;
    if (role?.kind !== 'leader') return false;
    return role.lease.isLapsed || role.lease.wouldLapse(now, controllerLease);
  }

  view(): ReplicaView {
    return viewOf(this.#core, this.#role);
  }

  #dispatch(input: Input): void {
    const role = this.#role;
    const leader = role?.kind === 'leader' ? role : null;
    const follower = role?.kind === 'follower' ? role : null;
    switch (input.kind) {
      case 'metadata':
        this.#onMetadata(input);
        break;
      case 'produce':
        if (leader !== null) leader.onProduce(input);
        else this.#refuseProduce(input);
        break;
      case 'cancel':
        leader?.onCancel(input.request);
        break;
      case 'flushed':
        this.#core.log.flushed(input.truncationGeneration, input.durableEndOffset);
        follower?.onFlushed();
        break;
      case 'truncated':
        follower?.onTruncated(input.truncationGeneration, input.logEndOffset);
        break;
      case 'position':
        if (leader !== null) leader.onPosition(input);
        else this.#refusePosition(input);
        break;
      case 'followerGone':
        leader?.onFollowerGone(input.follower);
        break;
      case 'frame':
        follower?.onFrame(input);
        break;
      case 'peerConnected':
        this.#core.connectedPeers.add(input.leader);
        if (follower?.leader === input.leader) follower.onPeerConnected();
        break;
      case 'peerDisconnected':
        this.#core.connectedPeers.delete(input.leader);
        if (follower?.leader === input.leader) follower.onPeerDisconnected();
        break;
      case 'alterPartitionReply':
        leader?.onAlterPartitionReply(input);
        break;
      case 'controllerConnected':
        leader?.onControllerConnected();
        if (role?.kind === 'damaged') role.report();
        break;
      case 'handover':
        leader?.onHandover(input.target, input.partitionEpoch);
        break;
      case 'damaged':
        if (role?.kind !== 'damaged') this.#becomeDamaged(input.reason);
        break;
      case 'producers':
        leader?.onProducers(input.producers);
        break;
      case 'expireProducers':
        leader?.onExpireProducers(input.now, input.expirationMs);
        break;
      case 'setAside':
        this.#onSetAside();
        break;
      case 'logStartAdvanced':
        if (this.#core.log.advanceLogStart(input.logStartOffset)) {
          const { highWatermark } = this.#core;
          this.#core.moveHighWatermark(offsetMax(highWatermark, input.logStartOffset));
        }
        break;
      case 'disk':
        this.#core.diskFull = input.full;
        break;
      case 'timer':
        this.#core.timerFired(input.name);
        leader?.onTimer(input.name);
        follower?.onTimer(input.name);
        break;
      default:
        assertNever(input);
    }
  }

  #onMetadata({ partition }: MetadataInput): void {
    const before = this.#core.partition;
    if (before !== null && partition.partitionEpoch < before.partitionEpoch) {
      // R7: an AlterPartition reply was ahead of the metadata. Its brokers are news all the same.
      this.#core.partition = { ...before, brokers: partition.brokers, damaged: partition.damaged };
    } else {
      assert(
        before === null || partition.leaderEpoch >= before.leaderEpoch,
        () => `R7: leader epoch ${partition.leaderEpoch} follows ${before?.leaderEpoch}`,
      );
      this.#core.partition = partition;
    }
    const known = this.#core.known;
    const partitionEpochRose = before === null || known.partitionEpoch > before.partitionEpoch;
    const isNewEpoch = before === null || known.leaderEpoch > before.leaderEpoch;
    this.#maybeClearUncertain(known);
    if (this.#role?.kind === 'damaged') {
      this.#role.onMetadata(partitionEpochRose);
    } else if (this.#role === null || isNewEpoch) {
      this.#takeRole(before);
    } else if (this.#role.kind === 'leader') {
      this.#role.onMetadata(partitionEpochRose);
    }
  }

  /** The role that metadata gives this replica in a new leader epoch. */
  #takeRole(before: PartitionMetadata | null): void {
    const { known, self } = this.#core;
    const role = this.#role;
    if (known.leader === self && this.#mayLead(known)) {
      if (role?.kind === 'follower') role.close();
      this.#clearUncertain();
      // Of an epoch in between this replica has not heard: somebody else may have led, and cut back
      // whom this one counts.
      const goesOn =
        role?.kind === 'leader' && known.leaderEpoch === (before?.leaderEpoch ?? 0) + 1;
      if (role?.kind === 'leader' && !goesOn) role.resign(self);
      const leader = goesOn ? role : new Leader(this.#core);
      this.#role = leader;
      leader.beginEpoch();
      if (leader !== role) this.#core.emit({ kind: 'loadProducers' });
      leader.checkLease();
      return;
    }
    this.#leaveRole(known);
    const isReplica = known.replicas.includes(self) && known.leader !== self;
    const follower = new Follower(this.#core, isReplica ? known.leader : null, known.leaderEpoch);
    this.#role = follower;
    follower.begin();
  }

  /**
   * X2: an epoch that this log knows was led by an incarnation that is gone, and what it had not
   * flushed may be gone with it. Nobody resumes an epoch.
   */
  #mayLead({ leaderEpoch }: PartitionMetadata): boolean {
    const latest = this.#core.log.epochs.latestEpoch();
    return latest === null || leaderEpoch > latest;
  }

  #leaveRole(known: PartitionMetadata | null): void {
    if (this.#role?.kind === 'leader') this.#role.resign(known?.leader ?? null);
    if (this.#role?.kind === 'follower') this.#role.close();
  }

  /** X3. */
  #becomeDamaged(reason: string): void {
    this.#leaveRole(null);
    const damaged = new Damaged(this.#core, reason);
    this.#role = damaged;
    damaged.report();
  }

  #onSetAside(): void {
    if (this.#role?.kind !== 'damaged' || !this.#role.isSetAside) return;
    this.#core.health = 'uncertain';
    this.#seenOutsideIsr = true;
    this.#role = null;
    this.#takeRole(null);
  }

  /** X3: committed into the ISR by L5. */
  #maybeClearUncertain({ isr }: PartitionMetadata): void {
    if (!isr.includes(this.#core.self)) this.#seenOutsideIsr = true;
    else if (this.#seenOutsideIsr) this.#clearUncertain();
  }

  #clearUncertain(): void {
    if (this.#core.health !== 'uncertain') return;
    this.#core.health = 'whole';
    this.#core.emit({ kind: 'clearUncertain' });
  }

  #refuseProduce({ request, acks }: ProduceInput): void {
    if (acks === 0) return;
    const code = this.#role?.kind === 'damaged' ? 'CORRUPT_LOG' : 'NOT_LEADER_OR_FOLLOWER';
    this.#core.refuse(request, code);
  }

  #refusePosition({ follower, position }: PositionInput): void {
    const frame = refusedFrame(position, refusal('NOT_LEADER_OR_FOLLOWER'), this.#core.log);
    this.#core.emit({ kind: 'answer', follower, frame });
  }
}
