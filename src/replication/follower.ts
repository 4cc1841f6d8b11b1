import { assertNever } from '../base/assert.ts';
import { instantAfter, offset, offsetAfter, offsetMax, offsetMin } from '../base/ids.ts';
import type { Generation, LeaderEpoch, NodeId, Offset } from '../base/ids.ts';
import type { ReplicaCore } from './replica-core.ts';
import { truncationOffset } from './truncation.ts';
import type { Frame, Input, ReplicatedBatch, TimerName } from './types.ts';

type FrameInput = Extract<Input, { kind: 'frame' }>;
type RecordsFrame = Extract<Frame, { kind: 'records' }>;
type RefusedFrame = Extract<Frame, { kind: 'refused' }>;

/** Where the session with the leader stands. */
type Session =
  /** There is no leader to follow. */
  | { readonly state: 'idle' }
  /** What was appended is not all on the disk yet (X9). */
  | { readonly state: 'flushing' }
  /** No stream to the leader. */
  | { readonly state: 'unconnected' }
  | { readonly state: 'open'; readonly generation: Generation }
  /** A timer opens the next session. */
  | { readonly state: 'backing-off' }
  /** The leader knows a newer epoch: only metadata helps (F6). */
  | { readonly state: 'fenced' };

/**
 * A replica while it follows, in one leader epoch. Made for each new epoch, also of the same leader
 * (F1); without a leader it waits.
 */
export class Follower {
  readonly kind = 'follower';
  readonly leader: NodeId | null;
  readonly leaderEpoch: LeaderEpoch;
  readonly #core: ReplicaCore;
  #session: Session = { state: 'idle' };
  #isHeard = false;
  /** Of the last position, in whatever session. */
  #toldOffset = NOTHING_TOLD;

  constructor(core: ReplicaCore, leader: NodeId | null, leaderEpoch: LeaderEpoch) {
    this.#core = core;
    this.leader = leader;
    this.leaderEpoch = leaderEpoch;
  }

  /** Whether the leader has said in this session how far the log is committed. */
  get isHeard(): boolean {
    return this.#isHeard;
  }

  get sessionState(): Session['state'] {
    return this.#session.state;
  }

  /** F1: nothing is cut here; the leader says where the logs part. */
  begin(): void {
    const { leader, leaderEpoch } = this;
    this.#core.observe({ kind: 'becameFollower', leader, leaderEpoch });
    // R9: an epoch that this replica led without a record would stand in front of records of an
    // older epoch that the leader may still send.
    if (this.#core.log.endsInEmptyEpoch) this.#truncate(this.#core.log.logEndOffset, 'diverged');
    this.#open();
  }

  /** The epoch is over, or the log is out of service. */
  close(): void {
    this.#closeSession();
    this.#session = { state: 'idle' };
    this.#core.cancelTimer('retry');
  }

  onPeerConnected(): void {
    if (this.#session.state === 'unconnected') this.#open();
  }

  onPeerDisconnected(): void {
    if (this.#session.state === 'open') this.#session = { state: 'unconnected' };
  }

  /**
   * F7: every step of the durable end is a position. What moved it is no matter: this flush, or the
   * log's start, which may overtake a flush that is under way.
   */
  onFlushed(): void {
    if (this.#session.state === 'open') {
      const isNews = this.#core.log.durableEndOffset > this.#toldOffset;
      if (isNews) this.#sendPosition(this.#session.generation);
    } else if (this.#session.state === 'flushing' && this.#core.log.isDurable) this.#open();
  }

  onTimer(name: TimerName): void {
    if (name === 'retry' && this.#session.state === 'backing-off') this.#open();
  }

  /** A truncation took more than was asked for. */
  onTruncated(truncationGeneration: number, logEndOffset: Offset): void {
    const { log } = this.#core;
    if (!log.endedLower(truncationGeneration, logEndOffset)) return;
    this.#core.moveHighWatermark(offsetMin(this.#core.highWatermark, logEndOffset));
    this.#closeSession();
    this.#open();
  }

  onFrame({ leader, frame }: FrameInput): void {
    // F2: only an answer to the session that is open, in this epoch.
    if (leader !== this.leader || !this.#isCurrent(frame)) return;
    switch (frame.kind) {
      case 'records':
        this.#onRecords(frame);
        break;
      case 'diverging':
        this.#onDiverging(frame.epoch, frame.endOffset);
        break;
      case 'refused':
        this.#onRefused(frame);
        break;
      default:
        assertNever(frame);
    }
  }

  #isCurrent({ generation, leaderEpoch }: Frame): boolean {
    return (
      this.#session.state === 'open' &&
      this.#session.generation === generation &&
      this.leaderEpoch === leaderEpoch
    );
  }

  /** F4. */
  #onRecords(frame: RecordsFrame): void {
    if (this.#beginsInBatch(frame)) this.#reset(frame.startOffset);
    if (!this.#continuesLog(frame)) {
      this.#closeSession();
      this.#backOff();
      return;
    }
    if (frame.batches.length > 0) {
      this.#appendBatches(frame);
      this.#core.emit({ kind: 'flush' });
    }
    this.#isHeard = true;
    this.#followHighWatermark(frame.highWatermark);
    this.#followLogStart(frame.logStartOffset);
  }

  /**
   * F5: the leader's log starts within a batch, which it can send only whole. An empty log begins with
   * that batch then, and its start follows with the high watermark.
   */
  #beginsInBatch({ startOffset, batches }: RecordsFrame): boolean {
    const { log } = this.#core;
    const [first] = batches;
    return (
      first !== undefined &&
      log.logStartOffset === log.logEndOffset &&
      first.baseOffset === startOffset &&
      startOffset < log.logEndOffset &&
      first.lastOffset >= log.logEndOffset
    );
  }

  /** F2, F4: exactly from this log's end on, dense, with epochs that never fall (R10). */
  #continuesLog(frame: RecordsFrame): boolean {
    const { log } = this.#core;
    let next = log.logEndOffset;
    let epoch = log.epochs.latestEpoch();
    let bytes = 0;
    if (frame.startOffset !== next) return false;
    for (const batch of frame.batches) {
      if (batch.baseOffset !== next || batch.lastOffset < batch.baseOffset) return false;
      if (epoch !== null && batch.leaderEpoch < epoch) return false;
      if (batch.leaderEpoch > this.leaderEpoch) return false;
      next = offsetAfter(batch.lastOffset, 1);
      epoch = batch.leaderEpoch;
      bytes += batch.bytes;
    }
    return bytes === frame.bytes.length;
  }

  /** Byte for byte, one append for each run of one epoch, whose entry is synced before it (X10). */
  #appendBatches({ batches, bytes }: RecordsFrame): void {
    const { log } = this.#core;
    let position = 0;
    for (const run of runsOfOneEpoch(batches)) {
      if (log.epochs.latestEpoch() !== run.epoch) {
        log.epochs.assign(run.epoch, run.startOffset);
        const { epoch, startOffset } = run;
        this.#core.emit({ kind: 'assignEpoch', epoch, startOffset });
      }
      const data = bytes.subarray(position, position + run.bytes);
      position += run.bytes;
      this.#core.emit({ kind: 'append', data, stamp: null });
      log.append(run.endOffset);
    }
  }

  /** F4: may fall, since a new leader may know less than the last one. */
  #followHighWatermark(leaderHighWatermark: Offset): void {
    const { log } = this.#core;
    const inLog = offsetMin(leaderHighWatermark, log.logEndOffset);
    this.#core.moveHighWatermark(offsetMax(inLog, log.logStartOffset));
  }

  /** F4: nothing above the high watermark is deleted. */
  #followLogStart(leaderLogStartOffset: Offset): void {
    const logStartOffset = offsetMin(leaderLogStartOffset, this.#core.highWatermark);
    if (this.#core.log.advanceLogStart(logStartOffset)) {
      this.#core.emit({ kind: 'advanceLogStart', logStartOffset });
    }
  }

  /** F3. */
  #onDiverging(epoch: LeaderEpoch, endOffset: Offset): void {
    const { log } = this.#core;
    const before = { end: log.logEndOffset, epochs: log.epochs.entries.length };
    const cut = truncationOffset(log, { epoch, endOffset });
    this.#endSession();
    if (cut < log.logStartOffset) this.#reset(cut);
    else this.#truncate(cut, 'diverged');
    const moved = log.logEndOffset < before.end || log.epochs.entries.length < before.epochs;
    if (moved) this.#open();
    else this.#backOff();
  }

  #onRefused({ refusal, logStartOffset, logEndOffset }: RefusedFrame): void {
    this.#endSession();
    switch (refusal.code) {
      case 'OFFSET_OUT_OF_RANGE':
        this.#onOutOfRange(logStartOffset, logEndOffset);
        break;
      case 'FENCED_LEADER_EPOCH':
        this.#session = { state: 'fenced' };
        break;
      default:
        // F6: UNKNOWN_LEADER_EPOCH and NOT_LEADER_OR_FOLLOWER among others: metadata is on its way
        // here or there.
        this.#backOff();
    }
  }

  /** F5. */
  #onOutOfRange(leaderLogStartOffset: Offset, leaderLogEndOffset: Offset): void {
    const { log } = this.#core;
    if (log.logEndOffset < leaderLogStartOffset) {
      this.#reset(leaderLogStartOffset);
    } else if (leaderLogEndOffset < log.logStartOffset) {
      // Nothing is left that the leader has: all of its log is needed.
      this.#reset(leaderLogStartOffset);
    } else if (leaderLogEndOffset < log.logEndOffset) {
      this.#truncate(leaderLogEndOffset, 'beyond-leader');
    } else {
      this.#backOff();
      return;
    }
    this.#open();
  }

  /** The cut comes before the high watermark is looked at (KAFKA-14704). */
  #truncate(endOffset: Offset, reason: 'diverged' | 'beyond-leader'): void {
    this.#core.log.truncate(endOffset);
    this.#core.emit({ kind: 'truncate', endOffset, reason });
    this.#core.moveHighWatermark(offsetMin(this.#core.highWatermark, endOffset));
  }

  #reset(startOffset: Offset): void {
    this.#core.log.reset(startOffset);
    this.#core.emit({ kind: 'resetLog', startOffset });
    this.#core.moveHighWatermark(startOffset);
  }

  /** Opens the next session as soon as everything is on the disk and the leader can be reached. */
  #open(): void {
    if (this.leader === null) return;
    if (!this.#core.log.isDurable) {
      // X9: what the first position claims, it claims of the whole log.
      this.#session = { state: 'flushing' };
      this.#core.emit({ kind: 'flush' });
    } else if (!this.#core.connectedPeers.has(this.leader)) {
      this.#session = { state: 'unconnected' };
    } else {
      const generation = this.#core.nextGeneration();
      this.#session = { state: 'open', generation };
      this.#sendPosition(generation);
    }
  }

  #sendPosition(generation: Generation): void {
    if (this.leader === null) return;
    const { log } = this.#core;
    // F7, X1: durable, never merely appended. An empty answer before changes nothing about the epoch
    // (KAFKA-15510): it is read from the log each time.
    const fetchOffset = log.durableEndOffset;
    this.#toldOffset = fetchOffset;
    const position = {
      generation,
      leaderEpoch: this.leaderEpoch,
      fetchOffset,
      lastFetchedEpoch: log.epochBelow(fetchOffset),
      logStartOffset: log.logStartOffset,
    };
    this.#core.emit({ kind: 'sendPosition', leader: this.leader, position });
  }

  #backOff(): void {
    this.#session = { state: 'backing-off' };
    this.#core.setTimer('retry', instantAfter(this.#core.now, this.#core.options.retryMs));
  }

  /** This side ends the session: the leader must hear it before any later echo (X4). */
  #closeSession(): void {
    if (this.#session.state === 'open' && this.leader !== null) {
      this.#core.emit({ kind: 'closeSession', leader: this.leader });
    }
    this.#endSession();
  }

  #endSession(): void {
    this.#isHeard = false;
    this.#session = { state: 'idle' };
  }
}

interface EpochRun {
  readonly epoch: LeaderEpoch;
  readonly startOffset: Offset;
  endOffset: Offset;
  bytes: number;
}

function runsOfOneEpoch(batches: readonly ReplicatedBatch[]): EpochRun[] {
  const runs: EpochRun[] = [];
  for (const batch of batches) {
    const endOffset = offsetAfter(batch.lastOffset, 1);
    const run = runs.at(-1);
    if (run !== undefined && run.epoch === batch.leaderEpoch) {
      run.endOffset = endOffset;
      run.bytes += batch.bytes;
    } else {
      const { leaderEpoch: epoch, baseOffset: startOffset, bytes } = batch;
      runs.push({ epoch, startOffset, endOffset, bytes });
    }
  }
  return runs;
}

const NOTHING_TOLD = offset(0);
