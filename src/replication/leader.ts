import { assert, assertNever } from '../base/assert.ts';
import type { Refusal } from '../base/errors.ts';
import { instant, instantAfter } from '../base/ids.ts';
import type { LeaderEpoch, NodeId, Offset, Timestamp } from '../base/ids.ts';
import type { ProducerStates } from '../record/producer-states.ts';
import { checkPosition } from './check-position.ts';
import { FollowerTable } from './follower-progress.ts';
import { Handover } from './handover.ts';
import type { ProduceInput } from './handover.ts';
import { maybeAdvanceHighWatermark } from './high-watermark.ts';
import { InSyncReplicas } from './in-sync-replicas.ts';
import { Lease } from './lease.ts';
import { ProduceRequests } from './produce-requests.ts';
import { refusedFrame } from './refused-frame.ts';
import type { ReplicaCore } from './replica-core.ts';
import type { Frame, Input, PartitionMetadata, RequestId, TimerName } from './types.ts';

type PositionInput = Extract<Input, { kind: 'position' }>;
type AlterPartitionReply = Extract<Input, { kind: 'alterPartitionReply' }>;

/**
 * A replica while it leads. Inputs record facts; `settle` then looks at all that the facts decide, in
 * one order. Made when leadership begins, dropped when it ends; a new epoch of the same leader keeps
 * it, with the requests that wait.
 */
export class Leader {
  readonly kind = 'leader';
  readonly followers = new FollowerTable();
  readonly inSync: InSyncReplicas;
  readonly lease: Lease;
  readonly handover: Handover;
  readonly #core: ReplicaCore;
  readonly #requests: ProduceRequests;
  #leaderEpochStartOffset: Offset;
  #appended = false;

  constructor(core: ReplicaCore) {
    this.#core = core;
    this.#leaderEpochStartOffset = core.log.logEndOffset;
    this.inSync = new InSyncReplicas(core, this.followers);
    this.lease = new Lease(core, this.followers, this.inSync);
    this.handover = new Handover(core, this.followers, this.inSync);
    this.#requests = new ProduceRequests(core, this.followers, this.inSync);
  }

  get leaderEpoch(): LeaderEpoch {
    return this.#core.known.leaderEpoch;
  }

  get waitingCount(): number {
    return this.#requests.size;
  }

  /** L1.3: below its epoch's start the high watermark may lie under the true one. */
  get isHighWatermarkKnown(): boolean {
    return this.#core.highWatermark >= this.#leaderEpochStartOffset;
  }

  /** L1. */
  beginEpoch(): void {
    const { log, known, self, now, options } = this.#core;
    assert(known.isr.includes(self), 'R6: a leader is in its own ISR');
    for (const follower of this.followers) this.#stopFeed(follower.id);
    // L1.1: also when no record of the epoch is ever written (PR 5678, KAFKA-20961).
    this.#leaderEpochStartOffset = log.logEndOffset;
    log.epochs.assign(known.leaderEpoch, log.logEndOffset);
    const startOffset = log.logEndOffset;
    this.#core.emit({ kind: 'assignEpoch', epoch: known.leaderEpoch, startOffset });
    this.#core.observe({ kind: 'becameLeader', leaderEpoch: known.leaderEpoch, startOffset });
    this.followers.beginEpoch(known, self, now);
    this.inSync.beginEpoch(startOffset);
    this.handover.onMetadata();
    if (!log.isDurable) this.#core.emit({ kind: 'flush' });
    this.#core.setTimer('lag', instantAfter(now, options.lagTimeMaxMs / 2));
  }

  /** X4: before anything is acknowledged or counted. */
  checkLease(): void {
    if (!this.lease.check()) return;
    this.handover.onLapse();
    this.#failAll();
  }

  /** What the facts decide, in this order: what is committed, who is answered, who is in sync. */
  settle(): void {
    if (this.lease.isLapsed) return;
    if (!this.handover.isHolding) {
      for (const input of this.handover.takeHeld()) this.onProduce(input);
    }
    if (this.#appended) {
      this.#appended = false;
      this.#core.emit({ kind: 'flush' });
    }
    // Before anyone may join: a shrink that was just committed lets the high watermark rise, which a
    // newcomer must have reached.
    maybeAdvanceHighWatermark(this.#core, this.followers, this.inSync);
    this.#requests.complete();
    // A proposal would raise the partition epoch, and with it end the handover.
    if (!this.handover.isHolding) this.inSync.maybePropose();
    this.handover.maybeReady();
    if (this.#requests.size > 0 || this.handover.heldCount > 0) {
      this.#core.setTimer('session', instant(this.lease.nextCheckAt()));
    }
  }

  onProduce(input: ProduceInput): void {
    const refused = this.lease.isLapsed ? LAPSED : this.#requests.refusalOf(input);
    if (refused !== null) {
      this.#refuse(input, refused);
    } else if (this.handover.isHolding) {
      if (!this.handover.hold(input)) this.#refuse(input, HELD_TOO_MANY);
    } else if (this.#requests.take(input)) {
      this.#appended = true;
    }
  }

  onProducers(producers: ProducerStates): void {
    this.#requests.producers = producers;
  }

  onExpireProducers(now: Timestamp, expirationMs: number): void {
    const { producers } = this.#requests;
    producers.expire(now, expirationMs);
    // Forgets the ended transactions that are committed: nobody asks this copy for them.
    producers.lastStableOffset(this.#core.highWatermark);
  }

  onCancel(request: RequestId): void {
    this.#requests.cancel(request);
    this.handover.cancel(request);
  }

  /** L3: a fetch and an acknowledgement in one. */
  onPosition({ follower, brokerEpoch, position }: PositionInput): void {
    const { log, known, now } = this.#core;
    if (this.followers.isOfEndedSession(follower, brokerEpoch, position)) return;
    const verdict = checkPosition({ follower, brokerEpoch, position, partition: known, log });
    switch (verdict.kind) {
      case 'accepted':
        break;
      case 'diverged': {
        // L3.4: nothing of it is recorded (KAFKA-13141).
        const { epoch, endOffset } = verdict;
        const { generation, leaderEpoch } = position;
        this.#answer(follower, { kind: 'diverging', generation, leaderEpoch, epoch, endOffset });
        return;
      }
      case 'refused':
        this.#answer(follower, refusedFrame(position, verdict.refusal, log));
        return;
      default:
        assertNever(verdict);
    }
    const leaderLogEndOffset = log.logEndOffset;
    const report = { id: follower, brokerEpoch, position, leaderLogEndOffset, now };
    const { generation, leaderEpoch, fetchOffset } = position;
    if (this.followers.accept(report)) {
      const startOffset = fetchOffset;
      this.#core.emit({ kind: 'feed', follower, generation, leaderEpoch, startOffset });
    } else {
      this.#core.emit({ kind: 'feedProgress', follower, offset: fetchOffset });
    }
  }

  onFollowerGone(follower: NodeId): void {
    this.#stopFeed(follower);
  }

  onAlterPartitionReply({ request, result }: AlterPartitionReply): void {
    if (this.inSync.onReply(request, result)) this.handover.onMetadata();
  }

  onControllerConnected(): void {
    this.inSync.resend();
    this.handover.resend();
  }

  onHandover(target: NodeId, partitionEpoch: PartitionMetadata['partitionEpoch']): void {
    if (!this.lease.isLapsed) this.handover.begin(target, partitionEpoch);
  }

  /** The same leader epoch: replicas, ISR, the minimum or a broker changed. */
  onMetadata(partitionEpochRose: boolean): void {
    const { known, self } = this.#core;
    for (const id of this.followers.follow(known, self)) this.#feedStopped(id);
    for (const id of this.followers.forgetRestarted(known)) this.#feedStopped(id);
    this.inSync.onMetadata(partitionEpochRose);
    this.handover.onMetadata();
  }

  onTimer(name: TimerName): void {
    const { now, options } = this.#core;
    switch (name) {
      case 'lag':
        this.#core.setTimer('lag', instantAfter(now, options.lagTimeMaxMs / 2));
        break;
      case 'deadline':
        this.#expire();
        break;
      case 'hold':
        this.handover.onHoldTimer();
        break;
      case 'retry':
        this.inSync.onRetry();
        break;
      case 'session':
        break;
      default:
        assertNever(name);
    }
  }

  /** Leadership is over: sessions end, and whoever waits is sent to the next leader. */
  resign(successor: NodeId | null): void {
    for (const follower of this.followers) this.#stopFeed(follower.id);
    this.handover.onResign(successor);
    this.#failAll();
    for (const name of TIMERS) this.#core.cancelTimer(name);
  }

  #expire(): void {
    const { now } = this.#core;
    this.#requests.expire(now);
    for (const { request } of this.handover.takeExpired(now)) {
      this.#core.refuse(request, 'REQUEST_TIMED_OUT');
    }
    const deadlines = [this.#requests.earliestDeadline(), this.handover.earliestDeadline()];
    for (const deadline of deadlines) {
      if (deadline !== null) this.#core.setTimer('deadline', deadline);
    }
  }

  /** L2: what was appended may be committed all the same, what was held is not written. */
  #failAll(): void {
    this.#requests.failAll('LEADERSHIP_LOST');
    for (const { request, acks } of this.handover.takeHeld()) {
      if (acks !== 0) this.#core.refuse(request, 'NOT_LEADER_OR_FOLLOWER');
    }
  }

  #refuse({ request, acks }: ProduceInput, { code, message }: Refusal): void {
    // acks=0 is never answered.
    if (acks !== 0) this.#core.refuse(request, code, message);
  }

  /** Ends the session, if there is one: the follower opens another when it has put itself right. */
  #answer(follower: NodeId, frame: Frame): void {
    this.#stopFeed(follower);
    this.#core.emit({ kind: 'answer', follower, frame });
  }

  #stopFeed(follower: NodeId): void {
    const { log, now } = this.#core;
    if (this.followers.endSession(follower, log.logEndOffset, now)) this.#feedStopped(follower);
  }

  #feedStopped(follower: NodeId): void {
    this.#core.emit({ kind: 'stopFeed', follower });
  }
}

const LAPSED: Refusal = {
  code: 'NOT_LEADER_OR_FOLLOWER',
  message: 'this broker has lost touch with the cluster and does not know whether it still leads',
};
const HELD_TOO_MANY: Refusal = {
  code: 'NOT_LEADER_OR_FOLLOWER',
  message: 'the partition is moving to another leader, and too many requests wait already',
};
const TIMERS: readonly TimerName[] = ['lag', 'deadline', 'hold', 'retry', 'session'];
