/**
 * A partition log beside a model that says what must still be there after a crash at this moment, and
 * what may be. Stands in for a partition host and for the durable mark file.
 */
import { expect } from 'vitest';
import { leaderEpoch, offset, timestamp } from '../../src/base/ids.ts';
import { syncDirectory } from '../../src/base/file-system.ts';
import type { FileSystemError } from '../../src/base/file-system.ts';
import type { LogConfig } from '../../src/log/log-config.ts';
import { PartitionLog } from '../../src/log/partition-log.ts';
import {
  batchBaseOffset,
  batchLastOffset,
  readBatchHeader,
} from '../../src/record/batch-header.ts';
import type { TransactionOutcome } from '../../src/record/control-batch.ts';
import { producerBatchOf, ProducerStates } from '../../src/record/producer-states.ts';
import { MemoryFileSystem } from '../../src/testing/memory-file-system.ts';
import { batch, CONFIG, DIRECTORY, marker, readAll } from '../unit/log/log-fixture.ts';
import type { BatchSpec } from '../unit/log/log-fixture.ts';

/** Small, so that segments and index entries are made all the time. */
export const SMALL: LogConfig = {
  ...CONFIG,
  segmentBytes: 1500,
  indexIntervalBytes: 200,
  tailCacheBytes: 700,
  flushBytesBackground: 1000,
};

interface Batch {
  readonly base: number;
  readonly next: number;
  readonly bytes: Uint8Array;
}

/** What changes the log in several steps and may be half done. */
type Change = { kind: 'truncate'; to: number } | { kind: 'reset'; to: number } | null;

export class ModelledLog {
  fileSystem: MemoryFileSystem;
  readonly config: LogConfig;
  log!: PartitionLog;
  /** What the mark file says. */
  mark = 0;
  batches: Batch[] = [];
  /** And those that were deleted from the front since the log last began anew: producers outlive them. */
  #past: Batch[] = [];
  /** Retention was told that everything below is committed. */
  #committed = 0;
  /** Everything below was reported durable. */
  required = 0;
  /** Advanced, and that had resolved. */
  startRequired = 0;
  /** The furthest start that was asked for. */
  startAsked = 0;
  change: Change = null;
  failures: FileSystemError[] = [];
  #openedOn: MemoryFileSystem | null = null;

  private constructor(fileSystem: MemoryFileSystem, config: LogConfig) {
    this.fileSystem = fileSystem;
    this.config = config;
  }

  static async create(config: Partial<LogConfig> = {}): Promise<ModelledLog> {
    const fileSystem = new MemoryFileSystem();
    fileSystem.makeDirectory('data');
    await syncDirectory(fileSystem, '.');
    return new ModelledLog(fileSystem, { ...SMALL, ...config });
  }

  get end(): number {
    return this.batches.at(-1)?.next ?? this.startRequired;
  }

  async open(options: { cleanStop?: boolean } = {}): Promise<void> {
    const { fileSystem } = this;
    this.#openedOn = fileSystem;
    this.failures = [];
    this.log = await PartitionLog.open({
      fileSystem,
      directory: DIRECTORY,
      config: this.config,
      callbacks: {
        onDurable: (generation, endOffset) => {
          expect(generation).toBe(this.log.truncationGeneration);
          expect(endOffset).toBeLessThanOrEqual(this.end);
          this.required = Math.max(this.required, endOffset);
        },
        onFailure: (error) => this.failures.push(error),
      },
      durableMark: offset(this.mark),
      markIntact: true,
      cleanStop: options.cleanStop ?? false,
      lowerMark: async (endOffset) => {
        await new Promise((resolve) => setImmediate(resolve));
        // A process that is gone lowers nothing.
        if (fileSystem === this.fileSystem) this.mark = Math.min(this.mark, endOffset);
      },
      now: timestamp(0),
    });
  }

  /** A story must not go on to tell of a process that is gone, let alone with the log of the next. */
  #assertAlive(fileSystem: MemoryFileSystem | null = this.#openedOn): void {
    if (fileSystem !== this.fileSystem) throw new Error('the process is gone');
    if (this.log.failure !== null) throw this.log.failure;
  }

  append(spec: Omit<BatchSpec, 'at' | 'epoch'>): void {
    this.#assertAlive();
    const base = this.log.logEndOffset;
    this.#append(batch({ ...spec, at: base, epoch: this.log.epochs.latestEpoch() ?? 0 }));
  }

  /** A batch of producer `id`, the next one by its sequence. */
  produce(
    id: number,
    spec: Omit<BatchSpec, 'at' | 'epoch' | 'producer'> & { transactional?: boolean },
  ): void {
    const known = this.log.producers.get(id);
    const sequence = (known?.batches.at(-1)?.lastSequence ?? -1) + 1;
    const { transactional = false, ...rest } = spec;
    this.append({ ...rest, producer: { id, epoch: known?.epoch ?? 0, sequence, transactional } });
  }

  /** Ends the transaction of producer `id`, if it has one. */
  endTransaction(id: number, outcome: TransactionOutcome, time: number): void {
    this.#assertAlive();
    const known = this.log.producers.get(id);
    if (known === undefined) return;
    const epoch = this.log.epochs.latestEpoch() ?? 0;
    const producer = { id, epoch: known.epoch + 1 };
    this.#append(marker({ at: this.log.logEndOffset, epoch, outcome, producer, time }));
  }

  #append(bytes: Uint8Array): void {
    const one = { base: batchBaseOffset(bytes), next: batchLastOffset(bytes) + 1, bytes };
    this.batches.push(one);
    this.#past.push(one);
    this.log.append(bytes);
  }

  /** Resolves when all is durable; throws once the process is gone. */
  async flushed(): Promise<void> {
    const { fileSystem } = this;
    this.log.flush();
    while (this.log.durableEndOffset < this.log.logEndOffset && this.log.failure === null) {
      this.#assertAlive(fileSystem);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The mark follows what is on the disk, at leisure. */
  raiseMark(): void {
    this.#assertAlive();
    this.mark = Math.max(this.mark, this.log.syncedEndOffset);
  }

  async assignNextEpoch(): Promise<void> {
    this.#assertAlive();
    const epoch = (this.log.epochs.latestEpoch() ?? -1) + 1;
    await this.log.assignEpoch(leaderEpoch(epoch), this.log.logEndOffset);
  }

  async truncate(to: number): Promise<void> {
    this.#assertAlive();
    const cut = this.batches.findLast((one) => one.base <= to && to < one.next)?.base ?? to;
    const start = this.log.logStartOffset;
    if (cut < start && to >= start) {
      // The log begins within the batch that goes.
      await this.#restart(start, () => this.log.truncateTo(offset(to)));
      return;
    }
    this.change = { kind: 'truncate', to };
    // From the call on nothing above the cut can be relied upon.
    this.required = Math.min(this.required, cut);
    const { fileSystem } = this;
    await this.log.truncateTo(offset(to));
    this.#assertAlive(fileSystem);
    this.batches = this.batches.filter((one) => one.next <= to);
    this.#past = this.#past.filter((one) => one.next <= to);
    this.change = null;
    expect(this.log.logEndOffset).toBe(this.end);
    this.required = this.end;
    this.expectProducers();
  }

  async reset(to: number): Promise<void> {
    this.#assertAlive();
    await this.#restart(to, () => this.log.resetTo(offset(to)));
  }

  async #restart(to: number, restart: () => Promise<unknown>): Promise<void> {
    this.change = { kind: 'reset', to };
    const { fileSystem } = this;
    await restart();
    this.#assertAlive(fileSystem);
    expect(this.log.logStartOffset).toBe(to);
    expect(this.log.logEndOffset).toBe(to);
    this.change = null;
    this.batches = [];
    this.#past = [];
    this.#committed = 0;
    this.required = to;
    this.startRequired = to;
    this.startAsked = to;
    this.expectProducers();
  }

  async advanceStart(to: number): Promise<void> {
    this.#assertAlive();
    this.startAsked = Math.max(this.startAsked, to);
    await this.log.advanceLogStartOffset(offset(to));
    this.#started(this.log.logStartOffset);
  }

  async retain(now: number, upTo: number): Promise<void> {
    this.#assertAlive();
    this.startAsked = Math.max(this.startAsked, upTo);
    this.#committed = Math.max(this.#committed, upTo);
    this.#started(await this.log.applyRetention(timestamp(now), offset(upTo)));
  }

  #started(at: number): void {
    this.startRequired = Math.max(this.startRequired, at);
    this.batches = this.batches.filter((one) => one.next > at);
    this.expectProducers();
  }

  /** The log knows of its producers what all batches say that it has or has had. */
  expectProducers(): void {
    const { log } = this;
    const states = new ProducerStates();
    const aborted: unknown[] = [];
    for (const { base, bytes } of this.#past) {
      const told = producerBatchOf(readBatchHeader(bytes), bytes, 0);
      const ended = told === null ? null : states.append(told, offset(base));
      if (ended?.outcome !== 'abort') continue;
      aborted.push({
        producerId: ended.producerId,
        firstOffset: ended.firstOffset,
        lastOffset: base,
        lastStableOffset: states.firstOpenOffset() ?? base + 1,
      });
    }
    expect(summaryOf(log.producers)).toEqual(summaryOf(states));
    expect(log.producers.firstOpenOffset()).toBe(states.firstOpenOffset());
    const mayBeUncommitted = (one: ProducerStates): unknown =>
      one.completed.filter(({ markerOffset }) => markerOffset >= this.#committed);
    expect(mayBeUncommitted(log.producers)).toEqual(mayBeUncommitted(states));
    const { logStartOffset: start, logEndOffset: end } = log;
    expect(log.abortedTransactions(start, end)).toEqual(
      aborted.filter((one) => (one as { lastOffset: number }).lastOffset >= start),
    );
  }

  /** Holds the log that was opened after a crash against the model, which then takes it over. */
  async expectSurvived(): Promise<void> {
    const { log } = this;
    const found = (await readAll(log)).map((bytes): Batch => ({
      base: batchBaseOffset(bytes),
      next: batchLastOffset(bytes) + 1,
      bytes,
    }));
    expect(log.recovery.state).not.toBe('damaged');
    const isReset =
      this.change?.kind === 'reset' &&
      found.length === 0 &&
      (log.logStartOffset === this.change.to || log.logEndOffset === log.logStartOffset);
    if (!isReset) {
      if (this.change?.kind !== 'reset') {
        expect(log.logEndOffset).toBeGreaterThanOrEqual(this.required);
      }
      expect(log.logStartOffset).toBeGreaterThanOrEqual(this.startRequired);
      expect(log.logStartOffset).toBeLessThanOrEqual(Math.max(this.startRequired, this.startAsked));
      expect(log.logEndOffset).toBeLessThanOrEqual(Math.max(this.end, log.logStartOffset));
      const wanted = this.batches.filter(
        (one) => one.next > log.logStartOffset && one.next <= log.logEndOffset,
      );
      expect(found.map((one) => [one.base, one.next])).toEqual(
        wanted.map((one) => [one.base, one.next]),
      );
      for (const [index, one] of wanted.entries()) {
        expect(Buffer.compare(found[index]?.bytes ?? new Uint8Array(0), one.bytes)).toBe(0);
      }
    }
    this.batches = found;
    this.#past = this.#past.filter((one) => one.next <= log.logEndOffset);
    // A log that is empty because it was to begin anew may have forgotten its producers, or not yet.
    if (isReset && log.producers.size === 0) this.#past = [];
    this.expectProducers();
    this.startRequired = log.logStartOffset;
    this.startAsked = log.logStartOffset;
    this.required = log.logEndOffset;
    expect(log.durableEndOffset).toBe(log.logEndOffset);
    expect(this.mark).toBeLessThanOrEqual(Math.max(log.logEndOffset, log.logStartOffset));
    this.change = null;
  }
}

function summaryOf(states: ProducerStates): unknown {
  const sorted = [...states.entries()].sort(([a], [b]) => a - b);
  return sorted.map(([id, { seenAt: _, ...state }]) => [id, state]);
}

/**
 * Runs `work` until it ends or `fileSystem` meets its operation number `at`, where `crash` is called
 * in the place of the operation. Resolves with whether it came to that.
 */
export async function untilOperation(
  fileSystem: MemoryFileSystem,
  at: number,
  crash: () => void,
  work: () => Promise<void>,
): Promise<boolean> {
  const first = fileSystem.operationCount;
  let crashed = false;
  let ended = false;
  const dead = new Promise<void>((resolve) => {
    fileSystem.onOperation(({ index }) => {
      if (index - first !== at || ended) return;
      crashed = true;
      crash();
      resolve();
    });
  });
  const done = work().catch((error: unknown) => {
    if (!crashed) throw error;
  });
  await Promise.race([done, dead]);
  ended = true;
  return crashed;
}
