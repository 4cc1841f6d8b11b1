import type { Clock } from '../base/clock.ts';
import { refusal, type Refusal } from '../base/errors.ts';
import type { TopicId } from '../base/ids.ts';
import {
  encodeOffsetKey,
  encodeOffsetValue,
  parseOffsetKey,
  parseOffsetValue,
} from '../group/offset-codec.ts';
import type { OffsetCommand, OffsetEvent, StoredOffset } from '../group/offset-store.ts';
import { OffsetStore } from '../group/offset-store.ts';
import type { OffsetPartition } from '../group/types.ts';
import type { NewRecord, RecordBatchView } from '../record/index.ts';
import { readControlRecord, sequenceAfter } from '../record/index.ts';
import type { ProducerIdentity, TransactionalIdentity } from '../transaction/types.ts';
import { CoordinatorLog, type CoordinatorLogOptions } from './coordinator-log.ts';
import type { PartitionHost } from './partition-host.ts';

export interface OffsetsPartitionOptions extends Omit<CoordinatorLogOptions, 'take' | 'onLoaded'> {
  /** KIP-890: whether the transaction is open and names this partition of the offsets topic. */
  readonly verify: (producer: TransactionalIdentity) => Promise<Refusal | null>;
}

type CommitCommand = OffsetCommand & { kind: 'commit' };

/**
 * The committed offsets of one partition of the offsets topic, for as long as this broker leads it.
 * What is committed in a transaction is written as part of it, and counts with its marker.
 */
export class OffsetsPartition {
  readonly #host: PartitionHost;
  readonly #log: CoordinatorLog;
  readonly #clock: Clock;
  readonly #verify: OffsetsPartitionOptions['verify'];
  #store = new OffsetStore();
  /** The last write of each producer: their sequences follow one another. */
  readonly #writing = new Map<number, Promise<unknown>>();

  constructor(options: OffsetsPartitionOptions) {
    this.#host = options.host;
    this.#clock = options.clock;
    this.#verify = options.verify;
    this.#log = new CoordinatorLog({
      ...options,
      take: (batch) => this.#take(batch),
      onLoaded: () => undefined,
      onLost: () => {
        this.#store = new OffsetStore();
        options.onLost();
      },
    });
  }

  start(): void {
    this.#log.start();
  }

  close(): void {
    this.#log.close();
    this.#store = new OffsetStore();
  }

  /** Why nothing is answered here at this moment; null if it is. */
  refusal(): Refusal | null {
    return this.#log.refusal();
  }

  /** In the order of the command's offsets, or why none was committed. */
  async commit(
    command: Omit<CommitCommand, 'producerId'>,
    transaction: TransactionalIdentity | null,
  ): Promise<readonly (Refusal | null)[] | Refusal> {
    const why = this.#log.refusal();
    if (why !== null) return why;
    const producerId = transaction?.producerId ?? null;
    const now = this.#clock.timestamp();
    const { events, reply } = this.#store.handle({ ...command, producerId }, now);
    const refused =
      transaction === null
        ? await this.#append(events)
        : await this.#inOrder(transaction, () => this.#appendInTransaction(events, transaction));
    return refused ?? reply.results;
  }

  /** Null partitions: everything. A refusal if one of them is part of an open transaction and must not be. */
  fetch(
    group: string,
    partitions: readonly OffsetPartition[] | null,
    requireStable: boolean,
  ): readonly (StoredOffset | null)[] | Refusal {
    const why = this.#log.refusal();
    if (why !== null) return why;
    if (requireStable && this.#store.isUnstable(group, partitions)) {
      return refusal('UNSTABLE_OFFSET_COMMIT');
    }
    if (partitions === null) return this.#store.offsetsOf(group);
    return partitions.map((place) => this.#store.offsetOf(group, place));
  }

  /** Null if this partition cannot say. */
  groups(): readonly string[] | null {
    return this.#log.refusal() === null ? this.#store.groups() : null;
  }

  async delete(
    group: string,
    partitions: readonly OffsetPartition[] | null,
  ): Promise<Refusal | null> {
    const why = this.#log.refusal();
    if (why !== null) return why;
    const command = { kind: 'delete', group, partitions } as const;
    return this.#append(this.#store.handle(command, this.#clock.timestamp()).events);
  }

  /** Forgets what was committed for topics that are gone. What cannot be written now is found again. */
  async sweep(exists: (topicId: TopicId) => boolean): Promise<void> {
    if (this.#log.refusal() !== null) return;
    const command = { kind: 'sweep', exists } as const;
    await this.#append(this.#store.handle(command, this.#clock.timestamp()).events);
  }

  async #append(events: readonly OffsetEvent[]): Promise<Refusal | null> {
    for (const records of this.#batchesOf(events)) {
      const why = await this.#log.append(records);
      if (why !== null) return why;
    }
    return null;
  }

  async #appendInTransaction(
    events: readonly OffsetEvent[],
    producer: TransactionalIdentity,
  ): Promise<Refusal | null> {
    const { producerId, producerEpoch } = producer;
    for (const records of this.#batchesOf(events)) {
      const known = this.#host.log.producers.get(producerId);
      const isOpen = known?.epoch === producerEpoch && known.transactionStart !== null;
      if (!isOpen) {
        const unverified = await this.#verify(producer);
        if (unverified !== null) return unverified;
      }
      const baseSequence = this.#nextSequence(producer);
      const seal = { producerId, producerEpoch, baseSequence, transactional: true };
      const why = await this.#log.append(records, seal);
      if (why !== null) return why;
    }
    return null;
  }

  /** The coordinator writes for the producer, so it also counts for it. */
  #nextSequence({ producerId, producerEpoch }: ProducerIdentity): number {
    const known = this.#host.log.producers.get(producerId);
    const last = known?.epoch === producerEpoch ? known.batches.at(-1) : undefined;
    return last === undefined ? 0 : sequenceAfter(last.lastSequence, 1);
  }

  /** One write of a producer at a time. */
  async #inOrder<Result>(
    { producerId }: ProducerIdentity,
    write: () => Promise<Result>,
  ): Promise<Result> {
    const before = this.#writing.get(producerId);
    const writing = (async () => {
      await before;
      return write();
    })();
    // Whoever comes next waits for the end, whatever it was.
    const ended = Promise.allSettled([writing]);
    this.#writing.set(producerId, ended);
    try {
      return await writing;
    } finally {
      if (this.#writing.get(producerId) === ended) this.#writing.delete(producerId);
    }
  }

  *#batchesOf(events: readonly OffsetEvent[]): Generator<NewRecord[]> {
    const timestamp = this.#clock.timestamp();
    for (let from = 0; from < events.length; from += BATCH_RECORDS_MAX) {
      yield events
        .slice(from, from + BATCH_RECORDS_MAX)
        .flatMap((event) => (event.kind === 'transactionEnded' ? [] : [recordOf(event)]))
        .map((record) => ({ ...record, timestamp }));
    }
  }

  #take(batch: RecordBatchView): void {
    const { header } = batch;
    if (header.isControl) {
      const control = readControlRecord(batch.bytes);
      if (control === null || control.marker === null) return;
      const { outcome } = control.marker;
      const { producerId } = header;
      this.#store.apply({ kind: 'transactionEnded', producerId, outcome }, header.baseOffset);
      return;
    }
    const producerId = header.isTransactional ? header.producerId : null;
    const cursor = batch.cursor();
    while (cursor.next()) {
      if (cursor.key === null) continue;
      const key = parseOffsetKey(cursor.key);
      const event: OffsetEvent =
        cursor.value === null
          ? { kind: 'forgotten', key }
          : { kind: 'committed', stored: parseOffsetValue(key, cursor.value), producerId };
      this.#store.apply(event, cursor.offset);
    }
  }
}

function recordOf(event: Exclude<OffsetEvent, { kind: 'transactionEnded' }>) {
  if (event.kind === 'forgotten') return { key: encodeOffsetKey(event.key), value: null };
  return { key: encodeOffsetKey(event.stored), value: encodeOffsetValue(event.stored) };
}

/** A record is at most some 5 kB, so that a batch stays far below what the topic takes. */
const BATCH_RECORDS_MAX = 1_000;
