import { assert } from '../../../src/base/assert.ts';
import {
  brokerEpoch,
  instant,
  leaderEpoch,
  nodeId,
  offset,
  partitionEpoch,
  partitionIndex,
  topicId,
} from '../../../src/base/ids.ts';
import type { Instant, LeaderEpoch, NodeId, Offset } from '../../../src/base/ids.ts';
import { LeaderEpochHistory } from '../../../src/record/leader-epoch-history.ts';
import { Replica } from '../../../src/replication/replica.ts';
import type { ReplicaOptions } from '../../../src/replication/options.ts';
import type {
  Acks,
  Effect,
  Input,
  PartitionMetadata,
  ReplicatedBatch,
} from '../../../src/replication/types.ts';

/** A batch of one byte a record, so that a log reads as a string. */
export interface ModelBatch {
  readonly baseOffset: number;
  readonly leaderEpoch: number;
  readonly text: string;
}

/** A log on a disk that keeps what was flushed and may lose the rest. */
export class ModelLog {
  batches: ModelBatch[] = [];
  start = 0;
  durableEnd = 0;
  generation = 0;
  epochs = new LeaderEpochHistory();

  get end(): number {
    const last = this.batches.at(-1);
    return last === undefined ? this.start : last.baseOffset + last.text.length;
  }

  /** The records, one character each. */
  get text(): string {
    return this.batches.map((batch) => batch.text).join('');
  }

  /** `offset:epoch` of every batch, with its text. */
  get description(): string[] {
    return this.batches.map((each) => `${each.baseOffset}@${each.leaderEpoch} ${each.text}`);
  }

  append(batch: ModelBatch): void {
    assert(batch.baseOffset === this.end, `append at ${batch.baseOffset}, log ends at ${this.end}`);
    const epoch = this.epochs.latestEpoch();
    assert(epoch === batch.leaderEpoch, `X10: epoch ${batch.leaderEpoch} is on disk, got ${epoch}`);
    this.batches.push(batch);
  }

  truncate(end: number): void {
    assert(end >= this.start && end <= this.end, `truncate to ${end}`);
    this.generation++;
    this.batches = this.batches.filter(({ baseOffset, text }) => baseOffset + text.length <= end);
    assert(this.end === end, `the cut at ${end} lies between batches`);
    this.durableEnd = Math.min(this.durableEnd, end);
    this.epochs.truncateFromEnd(offset(end));
  }

  reset(start: number): void {
    this.generation++;
    this.batches = [];
    this.start = start;
    this.durableEnd = start;
    this.epochs.clear();
  }

  /** The power goes: whatever was not flushed is lost (all of it, or all but some records' batches). */
  loseUnflushed(): void {
    this.batches = this.batches.filter(
      ({ baseOffset, text }) => baseOffset + text.length <= this.durableEnd,
    );
    this.epochs.truncateFromEnd(offset(this.end));
  }

  batchesFrom(from: number): ModelBatch[] {
    return this.batches.filter(({ baseOffset }) => baseOffset >= from);
  }
}

export interface ModelOptions {
  readonly id: number;
  readonly log?: ModelLog;
  readonly durability?: ReplicaOptions['durability'];
  readonly state?: ReplicaOptions['state'];
  readonly maxHeldRequests?: number;
  readonly leadersHeard?: ReadonlyMap<number, Instant>;
}

export const TOPIC = topicId('AAAAAAAAAAAAAAAAAAAAAA');
export const LAG_MS = 10_000;
export const SESSION_MS = 1_500;
export const HOLD_MS = 500;
export const RETRY_MS = 100;

/** One machine on a model log. Carries out the effects on the log and keeps the rest for the test. */
export class ModelReplica {
  readonly id: NodeId;
  readonly log: ModelLog;
  readonly machine: Replica;
  readonly echoes = new Map<NodeId, Instant>();
  now = instant(1_000_000);
  controllerLease = instant(1_000_000);

  constructor({ id, log = new ModelLog(), ...rest }: ModelOptions) {
    this.id = nodeId(id);
    this.log = log;
    this.machine = new Replica({
      nodeId: this.id,
      topicId: TOPIC,
      partition: partitionIndex(0),
      durability: rest.durability ?? 'fsync',
      lagTimeMaxMs: LAG_MS,
      sessionTimeoutMs: SESSION_MS,
      handoverHoldMs: HOLD_MS,
      retryMs: RETRY_MS,
      maxHeldRequests: rest.maxHeldRequests ?? 2,
      log: {
        logStartOffset: offset(log.start),
        logEndOffset: offset(log.end),
        durableEndOffset: offset(log.durableEnd),
        truncationGeneration: log.generation,
        epochs: log.epochs,
      },
      state: rest.state ?? 'whole',
      peerEchoes: this.echoes,
      ...(rest.leadersHeard === undefined ? {} : { leadersHeard: rest.leadersHeard }),
    });
  }

  step(input: Input): Effect[] {
    const effects = this.machine.step(input, this.now, this.controllerLease);
    for (const effect of effects) this.#perform(effect);
    const view = this.machine.view();
    const { log } = this;
    assert(
      view.logEndOffset === log.end && view.logStartOffset === log.start,
      `the mirror ${view.logStartOffset}..${view.logEndOffset} shows the log ${log.start}..${log.end}`,
    );
    assert(view.durableEndOffset === log.durableEnd, 'the mirror shows what is durable');
    return effects;
  }

  metadata(partition: PartitionMetadata): Effect[] {
    return this.step({ kind: 'metadata', partition });
  }

  /** The disk has caught up, or got as far as `to`. */
  flush(to: number = this.log.end): Effect[] {
    this.log.durableEnd = Math.max(this.log.durableEnd, to);
    return this.step({
      kind: 'flushed',
      truncationGeneration: this.log.generation,
      durableEndOffset: offset(to),
    });
  }

  produce(text: string, acks: Acks, request: number, expectedLeaderEpoch?: number): Effect[] {
    return this.step({
      kind: 'produce',
      request,
      acks,
      batch: { data: new TextEncoder().encode(text), recordsCount: text.length },
      expectedLeaderEpoch:
        expectedLeaderEpoch === undefined ? null : leaderEpoch(expectedLeaderEpoch),
      deadline: instant(this.now + 30_000),
    });
  }

  advance(milliseconds: number): void {
    this.now = instant(this.now + milliseconds);
  }

  #perform(effect: Effect): void {
    const { log } = this;
    switch (effect.kind) {
      case 'append':
        this.#append(effect.data, effect.stamp);
        break;
      case 'assignEpoch':
        log.epochs.assign(effect.epoch, effect.startOffset);
        break;
      case 'truncate':
        log.truncate(effect.endOffset);
        break;
      case 'resetLog':
        log.reset(effect.startOffset);
        break;
      case 'setAside':
        log.reset(0);
        break;
      case 'advanceLogStart':
        log.batches = log.batches.filter(
          ({ baseOffset, text }) => baseOffset + text.length > effect.logStartOffset,
        );
        log.start = effect.logStartOffset;
        log.durableEnd = Math.max(log.durableEnd, log.start);
        log.epochs.truncateFromStart(effect.logStartOffset);
        break;
      default:
        break;
    }
  }

  #append(
    data: Uint8Array,
    stamp: { readonly baseOffset: Offset; readonly leaderEpoch: LeaderEpoch } | null,
  ): void {
    const text = new TextDecoder().decode(data);
    if (stamp !== null) {
      this.log.append({ baseOffset: stamp.baseOffset, leaderEpoch: stamp.leaderEpoch, text });
      return;
    }
    // Replicated batches come in one piece: `pendingBatches` says where each begins.
    let position = 0;
    while (position < text.length) {
      const batch = this.pendingBatches.shift();
      assert(batch !== undefined, 'an append belongs to the frame before it');
      const part = text.slice(position, position + batch.bytes);
      position += batch.bytes;
      this.log.append({ baseOffset: batch.baseOffset, leaderEpoch: batch.leaderEpoch, text: part });
    }
  }

  /** The batches of the frame that is being stepped, in front of the appends that they lead to. */
  pendingBatches: ReplicatedBatch[] = [];

  frame(input: Extract<Input, { kind: 'frame' }>): Effect[] {
    this.pendingBatches = input.frame.kind === 'records' ? [...input.frame.batches] : [];
    return this.step(input);
  }
}

export interface PartitionShape {
  readonly leader: number | null;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly minIsr: number;
  readonly brokerEpochs?: Readonly<Record<number, number>>;
  readonly ineligible?: readonly number[];
  readonly damaged?: readonly number[];
}

/** Metadata from plain numbers; broker n is registered under epoch n unless told otherwise. */
export function partitionOf(shape: PartitionShape): PartitionMetadata {
  return {
    leader: shape.leader === null ? null : nodeId(shape.leader),
    leaderEpoch: leaderEpoch(shape.leaderEpoch),
    partitionEpoch: partitionEpoch(shape.partitionEpoch),
    replicas: shape.replicas.map(nodeId),
    isr: shape.isr.map(nodeId),
    minIsr: shape.minIsr,
    recovering: false,
    brokers: shape.replicas.map((id) => ({
      id: nodeId(id),
      brokerEpoch: brokerEpoch(shape.brokerEpochs?.[id] ?? id),
      eligible: shape.ineligible?.includes(id) !== true,
    })),
    damaged: (shape.damaged ?? []).map(nodeId),
  };
}

export function logOf(batches: readonly ModelBatch[], durableEnd?: number): ModelLog {
  const log = new ModelLog();
  for (const batch of batches) {
    log.epochs.assign(leaderEpoch(batch.leaderEpoch), offset(batch.baseOffset));
    log.append(batch);
  }
  log.durableEnd = durableEnd ?? log.end;
  return log;
}

export function replicatedBatch(batch: ModelBatch): ReplicatedBatch {
  return {
    baseOffset: offset(batch.baseOffset),
    lastOffset: offset(batch.baseOffset + batch.text.length - 1),
    leaderEpoch: leaderEpoch(batch.leaderEpoch),
    bytes: batch.text.length,
  };
}
