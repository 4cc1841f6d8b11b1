import type { Clock, Timer } from '../base/clock.ts';
import { assertNever } from '../base/assert.ts';
import { refusal, type Refusal } from '../base/errors.ts';
import {
  offset,
  offsetMin,
  partitionKey,
  type Instant,
  type LeaderEpoch,
  type NodeId,
  type Offset,
  type PartitionIndex,
  type PartitionKey,
  type Timestamp,
  type TopicId,
} from '../base/ids.ts';
import { CorruptLogError } from '../log/corrupt-log-error.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { TransactionMarker } from '../record/index.ts';
import {
  batchRecordsCount,
  encodeTransactionMarker,
  producerBatchOf,
  readBatchHeader,
  stampBatch,
} from '../record/index.ts';
import type { Replica } from '../replication/replica.ts';
import type { ReplicaView } from '../replication/view.ts';
import type {
  Acks,
  AlterPartitionRequest,
  Effect,
  FetchBounds,
  Input,
  Observation,
  ProducedBatch,
  ProduceResult,
  RequestId,
  TimerName,
  TruncationReason,
} from '../replication/types.ts';
import { Inbox } from './inbox.ts';
import type { Turn, TurnPhase, TurnWork } from './turn.ts';

/** What a partition host needs of its broker. */
export interface PartitionSurroundings {
  /** The controller's lease at this moment; captured with every input (X4). */
  controllerLease(): Instant;
  feed(host: PartitionHost, effect: Extract<Effect, { kind: 'feed' }>): void;
  feedProgress(host: PartitionHost, follower: NodeId, offset: Offset): void;
  stopFeed(host: PartitionHost, follower: NodeId): void;
  /** The log has grown or the high watermark has moved: followers may be sent more. */
  feedable(host: PartitionHost): void;
  answerFollower(host: PartitionHost, effect: Extract<Effect, { kind: 'answer' }>): void;
  sendPosition(host: PartitionHost, effect: Extract<Effect, { kind: 'sendPosition' }>): void;
  closeSession(host: PartitionHost, leader: NodeId): void;
  alterPartition(request: AlterPartitionRequest): void;
  handoverReady(host: PartitionHost, effect: Extract<Effect, { kind: 'handoverReady' }>): void;
  /** The one thing that a running replica says of its state: what else there is, registering says. */
  damaged(host: PartitionHost, reason: string): void;
  observed(host: PartitionHost, event: Observation): void;
  /** The log is about to be cut: `fromOffset` is its end before, `toOffset` its end after. */
  truncated(
    host: PartitionHost,
    cut: { fromOffset: Offset; toOffset: Offset; bytes: number; reason: string },
  ): void;
  /** Produce results have been delivered in this turn. */
  answered(): void;
  /** A bug or a failed disk: nothing more may be acknowledged by this process. */
  failed(error: unknown): void;
}

/** What passes through a partition. Called per batch. */
export interface Traffic {
  produced(records: number, bytes: number): void;
  replicated(bytes: number): void;
  consumed(bytes: number): void;
}

type Item =
  | { readonly input: Input; readonly controllerLease: Instant }
  | { readonly task: () => Promise<void> };

type Done = (result: ProduceResult) => void;

/**
 * Runs one replica: feeds its machine one input at a time and carries out the effects in order
 * against its log, its broker's streams and its callers. Decides nothing about the protocol.
 *
 * Made by the broker when the metadata assigns a replica to it and the log is open; ends with
 * `close`, when the topic goes or the broker stops.
 */
export class PartitionHost implements TurnWork {
  readonly topic: string;
  readonly topicId: TopicId;
  readonly partition: PartitionIndex;
  readonly key: PartitionKey;
  readonly log: PartitionLog;
  readonly replica: Replica;
  /** Counts what passes, for the metrics; null until somebody wants to know. */
  traffic: Traffic | null = null;
  readonly #clock: Clock;
  readonly #turn: Turn;
  readonly #surroundings: PartitionSurroundings;
  readonly #inbox: Inbox<Item>;
  readonly #timers = new Map<TimerName, Timer>();
  /** Callers whose answer has not been decided. */
  readonly #pending = new Map<RequestId, Done>();
  readonly #watchers = new Set<() => void>();
  #answers: { done: Done; result: ProduceResult }[] = [];
  #highWatermark: Offset;
  #highWatermarkMoved = false;
  #heardReplicatedTo = NOTHING;
  #nextRequest = 1;
  #closed = false;

  constructor(options: {
    topic: string;
    topicId: TopicId;
    partition: PartitionIndex;
    log: PartitionLog;
    replica: Replica;
    clock: Clock;
    turn: Turn;
    surroundings: PartitionSurroundings;
  }) {
    this.topic = options.topic;
    this.topicId = options.topicId;
    this.partition = options.partition;
    this.key = partitionKey(options.topicId, options.partition);
    this.log = options.log;
    this.replica = options.replica;
    this.#clock = options.clock;
    this.#turn = options.turn;
    this.#surroundings = options.surroundings;
    this.#highWatermark = options.replica.view().highWatermark;
    this.#inbox = new Inbox(
      (item) => this.#handle(item),
      (error) => this.#surroundings.failed(error),
    );
  }

  get pendingProduces(): number {
    return this.#pending.size;
  }

  /** As the machine last said. A leader's only rises; a follower's may fall with its log. */
  get highWatermark(): Offset {
    return this.#highWatermark;
  }

  /**
   * Every replica holds what lies in front of it, as its leader knows or has told; 0 unless the log
   * is compacted. What compaction drops further back, a replica that is behind would never hear of:
   * it has the value that a tombstone deletes, and would keep it.
   */
  get replicatedTo(): Offset {
    if (!this.log.config.compaction) return NOTHING;
    const { role, followers, highWatermark } = this.view();
    if (role !== 'leader') return this.#heardReplicatedTo;
    let everywhere = highWatermark;
    for (const { logEndOffset } of followers) {
      everywhere = offsetMin(everywhere, logEndOffset ?? NOTHING);
    }
    return everywhere;
  }

  /** A follower is told by its leader. It may fall: a replica may have lost its disk. */
  hearReplicatedTo(replicatedTo: Offset): void {
    this.#heardReplicatedTo = replicatedTo;
  }

  view(): ReplicaView {
    return this.replica.view();
  }

  /** What a replica that ends at `logEndOffset` lacks of this log; all of it while that is not known. */
  bytesBehind(logEndOffset: Offset | null): number {
    return logEndOffset === null ? this.log.sizeBytes : this.log.bytesFrom(logEndOffset);
  }

  /** X4: this leader acknowledges nothing, since it may not be the leader any more. */
  get isCutOff(): boolean {
    return this.replica.isCutOff(this.#clock.now(), this.#surroundings.controllerLease());
  }

  enqueue(input: Input): void {
    if (this.#closed) return;
    this.#inbox.push({ input, controllerLease: this.#surroundings.controllerLease() });
  }

  /** Runs `task` when every input before it has been carried out; inputs behind it wait. */
  enqueueTask(task: () => Promise<void>): void {
    if (this.#closed) return;
    this.#inbox.push({ task });
  }

  /**
   * Appends a checked batch. `done` is called at the end of a turn, exactly once unless `cancel`
   * comes first.
   */
  produce(
    request: {
      acks: Acks;
      batch: ProducedBatch;
      expectedLeaderEpoch: LeaderEpoch | null;
      deadline: Instant;
    },
    done: Done,
  ): { cancel(): void } {
    const id = this.#nextRequest++;
    if (this.#closed) {
      this.#answer(done, { ok: false, refusal: refusal('SHUTTING_DOWN') });
      return { cancel: () => {} };
    }
    // Nobody waits for a batch at acks 0: the machine never replies, so the caller is told here
    // that it was handed over. The offset is where it would land if the machine takes it.
    if (request.acks === 0) {
      this.#answer(done, {
        ok: true,
        baseOffset: this.log.logEndOffset,
        logStartOffset: this.log.logStartOffset,
      });
    } else {
      this.#pending.set(id, done);
    }
    this.enqueue({
      kind: 'produce',
      request: id,
      acks: request.acks,
      batch: request.batch,
      expectedLeaderEpoch: request.expectedLeaderEpoch,
      deadline: request.deadline,
    });
    return {
      cancel: () => {
        if (this.#pending.delete(id)) this.enqueue({ kind: 'cancel', request: id });
      },
    };
  }

  /** What a consumer may see now; of a follower too, if `mayFollow`. */
  bounds(expectedLeaderEpoch: LeaderEpoch | null, mayFollow = false): FetchBounds {
    if (this.#closed) return { ok: false, refusal: refusal('SHUTTING_DOWN') };
    return this.replica.checkFetch(
      { expectedLeaderEpoch, mayFollow },
      this.#clock.now(),
      this.#surroundings.controllerLease(),
    );
  }

  /**
   * Ends a transaction in this partition, at acks=all. The answer is that of a produce; a marker that
   * is here already is answered when it is committed.
   */
  writeMarker(marker: TransactionMarker, deadline: Instant): Promise<ProduceResult> {
    const data = encodeTransactionMarker(marker);
    const producer = producerBatchOf(readBatchHeader(data), data, 0);
    const batch = { data, recordsCount: 1, producer };
    return new Promise((resolve) => {
      this.produce({ acks: 'all', batch, expectedLeaderEpoch: null, deadline }, resolve);
    });
  }

  /** Forgets producers that have been silent for `expirationMs`, in the log and in the machine. */
  expireProducers(now: Timestamp, expirationMs: number): void {
    this.log.producers.expire(now, expirationMs);
    this.enqueue({ kind: 'expireProducers', now, expirationMs });
  }

  /**
   * Whole batches from the one that holds `startOffset`, below `endOffset`. From memory at once,
   * else from the file. Damage takes the replica out of service and is answered as a refusal.
   */
  read(
    startOffset: Offset,
    maxBytes: number,
    endOffset: Offset,
  ): readonly Uint8Array[] | Promise<readonly Uint8Array[] | Refusal> {
    const tail = this.log.readTail(startOffset, maxBytes, endOffset);
    if (tail !== null) return tail;
    return this.log
      .read(startOffset, maxBytes, endOffset)
      .catch((error: unknown) => this.#refuseRead(error));
  }

  /** X3: damage was found while reading. Noted on the disk before anybody is told. */
  damaged(reason: string): void {
    this.enqueueTask(() => this.log.markDamaged(reason));
    this.enqueue({ kind: 'damaged', reason });
  }

  /** Called at the end of a turn in which the high watermark or the leadership changed. */
  watch(listener: () => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  onTurnEnd(phase: TurnPhase): void {
    if (phase === 'flush') {
      if (!this.#closed) this.log.flush();
      return;
    }
    const answers = this.#answers;
    this.#answers = [];
    for (const { done, result } of answers) done(result);
    if (answers.length > 0) this.#surroundings.answered();
    if (this.#highWatermarkMoved) {
      this.#highWatermarkMoved = false;
      for (const watcher of [...this.#watchers]) watcher();
    }
  }

  /** Stops: nothing more is decided here, and everyone who waits is told. The log stays open. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inbox.stop();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    // Some of it may have been appended; nobody will look any more which.
    for (const done of this.#pending.values()) {
      this.#answer(done, { ok: false, refusal: refusal('LEADERSHIP_LOST') });
    }
    this.#pending.clear();
    this.#highWatermarkMoved = true;
    this.#turn.add('answer', this);
  }

  #handle(item: Item): void | Promise<void> {
    if ('task' in item) return item.task().catch((error: unknown) => this.#foundDamage(error, []));
    const effects = this.replica.step(item.input, this.#clock.now(), item.controllerLease);
    if (effects.length > 0) return this.#perform(effects, 0);
  }

  /** Carries out effects from `index` on; becomes asynchronous at the first barrier. */
  #perform(effects: readonly Effect[], index: number): void | Promise<void> {
    for (let at = index; at < effects.length; at += 1) {
      if (this.#closed) return;
      const barrier = this.#carryOut(effects[at] as Effect);
      if (barrier === undefined) continue;
      return barrier.then(
        () => this.#perform(effects, at + 1),
        (error: unknown) => this.#foundDamage(error, effects.slice(at + 1)),
      );
    }
  }

  /**
   * X3: what was to be done met rot in the log. Of what was to follow only the answers are still
   * true; the machine hears of it before anything else, since it believes that all was done.
   */
  #foundDamage(error: unknown, left: readonly Effect[]): void {
    if (!(error instanceof CorruptLogError)) throw error;
    for (const effect of left) if (effect.kind === 'reply') void this.#carryOut(effect);
    const controllerLease = this.#surroundings.controllerLease();
    this.#inbox.pushFirst({ input: { kind: 'damaged', reason: error.message }, controllerLease });
    this.#inbox.pushFirst({ task: () => this.log.markDamaged(error.message) });
  }

  #carryOut(effect: Effect): void | Promise<void> {
    switch (effect.kind) {
      case 'append':
        if (effect.stamp === null) {
          this.traffic?.replicated(effect.data.length);
        } else {
          stampBatch(effect.data, 0, effect.stamp);
          this.traffic?.produced(batchRecordsCount(effect.data), effect.data.length);
        }
        this.log.append(effect.data);
        this.#surroundings.feedable(this);
        return;
      case 'flush':
        this.#turn.add('flush', this);
        return;
      case 'loadProducers': {
        const controllerLease = this.#surroundings.controllerLease();
        const producers = this.log.producers.clone();
        this.#inbox.pushFirst({ input: { kind: 'producers', producers }, controllerLease });
        return;
      }
      case 'assignEpoch':
        return this.log.assignEpoch(effect.epoch, effect.startOffset);
      case 'truncate':
        return this.#truncate(effect.endOffset, effect.reason);
      case 'resetLog':
        // Said first, as every cut is: see `truncateTo`.
        this.#surroundings.truncated(this, {
          fromOffset: this.log.logEndOffset,
          toOffset: effect.startOffset,
          bytes: this.log.sizeBytes,
          reason: 'behind-leader-start',
        });
        return this.log.resetTo(effect.startOffset);
      case 'setAside':
        return this.log.setAside('damaged').then(() => {
          this.#inbox.pushFirst({
            input: { kind: 'setAside' },
            controllerLease: this.#surroundings.controllerLease(),
          });
        });
      case 'advanceLogStart':
        return this.log.advanceLogStartOffset(effect.logStartOffset);
      case 'feed':
        this.#surroundings.feed(this, effect);
        return;
      case 'feedProgress':
        this.#surroundings.feedProgress(this, effect.follower, effect.offset);
        return;
      case 'stopFeed':
        this.#surroundings.stopFeed(this, effect.follower);
        return;
      case 'answer':
        this.#surroundings.answerFollower(this, effect);
        return;
      case 'sendPosition':
        this.#surroundings.sendPosition(this, effect);
        return;
      case 'closeSession':
        this.#surroundings.closeSession(this, effect.leader);
        return;
      case 'reply':
        this.#reply(effect.request, effect.result);
        return;
      case 'advanceHighWatermark':
        this.#highWatermark = effect.highWatermark;
        this.#wake();
        this.#surroundings.feedable(this);
        return;
      case 'alterPartition':
        this.#surroundings.alterPartition(effect.request);
        return;
      case 'handoverReady':
        this.#surroundings.handoverReady(this, effect);
        return;
      case 'reportDamage':
        this.#surroundings.damaged(this, effect.reason);
        return;
      case 'clearUncertain':
        return this.log.clearUncertain();
      case 'setTimer':
        this.#setTimer(effect.name, effect.at);
        return;
      case 'cancelTimer':
        this.#timers.get(effect.name)?.cancel();
        this.#timers.delete(effect.name);
        return;
      case 'observe':
        if (effect.event.kind === 'becameLeader' || effect.event.kind === 'becameFollower') {
          this.#wake();
        }
        this.#surroundings.observed(this, effect.event);
        return;
      default:
        assertNever(effect);
    }
  }

  async #truncate(endOffset: Offset, reason: TruncationReason): Promise<void> {
    const { toOffset } = await this.log.truncateTo(endOffset, (cut) => {
      // Only empty epochs went.
      if (cut.fromOffset === cut.toOffset) return;
      this.#surroundings.truncated(this, { ...cut, reason });
    });
    if (toOffset === endOffset) return;
    // The cut fell within a batch, which went whole.
    this.#inbox.pushFirst({
      input: {
        kind: 'truncated',
        truncationGeneration: this.log.truncationGeneration,
        logEndOffset: toOffset,
      },
      controllerLease: this.#surroundings.controllerLease(),
    });
  }

  #setTimer(name: TimerName, at: Instant): void {
    this.#timers.get(name)?.cancel();
    const milliseconds = Math.max(0, at - this.#clock.now());
    const timer = this.#clock.setTimer(milliseconds, () => {
      // A timer that was set again in the meantime is another one.
      if (this.#timers.get(name) !== timer) return;
      this.#timers.delete(name);
      this.enqueue({ kind: 'timer', name });
    });
    this.#timers.set(name, timer);
  }

  #reply(request: RequestId, result: ProduceResult): void {
    const done = this.#pending.get(request);
    // Cancelled in the meantime, or acks 0.
    if (done === undefined) return;
    this.#pending.delete(request);
    this.#answer(done, result);
  }

  #answer(done: Done, result: ProduceResult): void {
    this.#answers.push({ done, result });
    this.#turn.add('answer', this);
  }

  #wake(): void {
    this.#highWatermarkMoved = true;
    this.#turn.add('answer', this);
  }

  #refuseRead(error: unknown): Refusal {
    if (error instanceof CorruptLogError) {
      this.damaged(error.message);
      return refusal('CORRUPT_LOG', error.message);
    }
    // A read that raced with a truncation, a retention pass or the end of the log.
    if (this.#closed) return refusal('SHUTTING_DOWN');
    this.#surroundings.failed(error);
    return refusal('KAFKA_STORAGE_ERROR');
  }
}

const NOTHING = offset(0);
