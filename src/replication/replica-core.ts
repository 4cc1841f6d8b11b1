import { assert } from '../base/assert.ts';
import { generation, instant } from '../base/ids.ts';
import type { Generation, Instant, NodeId, Offset } from '../base/ids.ts';
import { refusal } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';
import { LogMirror } from './log-mirror.ts';
import type { ReplicaHealth, ReplicaOptions } from './options.ts';
import type {
  Effect,
  Observation,
  PartitionMetadata,
  ReplicaBroker,
  RequestId,
  TimerName,
} from './types.ts';

/**
 * What a replica is in either role: its log's bounds, its high watermark, the partition as it knows
 * it, and the effects of the step under way. Made once by `Replica`; each role writes to it in turn.
 */
export class ReplicaCore {
  readonly options: ReplicaOptions;
  readonly log: LogMirror;
  /** The partition, with what AlterPartition replies have said ahead of the metadata. Null at first. */
  partition: PartitionMetadata | null = null;
  health: ReplicaHealth;
  /** X12: client appends are refused. */
  diskFull = false;
  /** Leaders whose stream can be used. */
  readonly connectedPeers = new Set<NodeId>();
  /** Of the step under way. */
  now: Instant = instant(0);
  /** Send time of the last heartbeat that counts, as of the step under way (X4). */
  controllerLease: Instant = instant(0);

  #highWatermark: Offset;
  /** The last session that this replica opened as a follower; never repeated (X9). */
  #generation = generation(0);
  #effects: Effect[] = [];
  readonly #timers = new Map<TimerName, Instant>();

  constructor(options: ReplicaOptions) {
    this.options = options;
    this.log = new LogMirror(options.log);
    this.health = options.state;
    this.#highWatermark = options.log.logStartOffset;
  }

  get self(): NodeId {
    return this.options.nodeId;
  }

  get highWatermark(): Offset {
    return this.#highWatermark;
  }

  /** The partition, where a role needs one to exist. */
  get known(): PartitionMetadata {
    assert(this.partition !== null, 'a role begins with metadata');
    return this.partition;
  }

  beginStep(now: Instant, controllerLease: Instant): void {
    this.now = now;
    this.controllerLease = controllerLease;
  }

  /** The effects of the step, which is over. */
  endStep(): Effect[] {
    this.log.assertBounds();
    assert(
      this.log.logStartOffset <= this.#highWatermark &&
        this.#highWatermark <= this.log.logEndOffset,
      () =>
        `R1: high watermark ${this.#highWatermark} lies in ${this.log.logStartOffset}..${this.log.logEndOffset}`,
    );
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  emit(effect: Effect): void {
    this.#effects.push(effect);
  }

  observe(event: Observation): void {
    this.#effects.push({ kind: 'observe', event });
  }

  refuse(request: RequestId, code: ErrorCode, message?: string): void {
    this.emit({ kind: 'reply', request, result: { ok: false, refusal: refusal(code, message) } });
  }

  /** Sets the high watermark and says so. The roles decide where it may go. */
  moveHighWatermark(to: Offset): void {
    if (to === this.#highWatermark) return;
    this.#highWatermark = to;
    this.emit({ kind: 'advanceHighWatermark', highWatermark: to });
  }

  nextGeneration(): Generation {
    this.#generation = generation(this.#generation + 1);
    return this.#generation;
  }

  /** Wakes the machine at `at`, or earlier where it asked for that already. */
  setTimer(name: TimerName, at: Instant): void {
    const current = this.#timers.get(name);
    if (current !== undefined && current <= at) return;
    this.#timers.set(name, at);
    this.emit({ kind: 'setTimer', name, at });
  }

  cancelTimer(name: TimerName): void {
    if (this.#timers.delete(name)) this.emit({ kind: 'cancelTimer', name });
  }

  timerFired(name: TimerName): void {
    this.#timers.delete(name);
  }

  broker(id: NodeId): ReplicaBroker | undefined {
    return this.partition?.brokers.find((broker) => broker.id === id);
  }

  /** Registered, not fenced, not stopping, not full (KIP-841, X12). */
  isEligible(id: NodeId): boolean {
    return this.broker(id)?.eligible === true;
  }
}
