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
import { batchBaseOffset, batchLastOffset } from '../../src/record/batch-header.ts';
import { MemoryFileSystem } from '../../src/testing/memory-file-system.ts';
import { batch, CONFIG, DIRECTORY, readAll } from '../unit/log/log-fixture.ts';
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
    const bytes = batch({ ...spec, at: base, epoch: this.log.epochs.latestEpoch() ?? 0 });
    this.batches.push({ base, next: base + (spec.records ?? 1), bytes });
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
    this.change = { kind: 'truncate', to };
    // From the call on nothing above the cut can be relied upon.
    const cut = this.batches.findLast((one) => one.base <= to && to < one.next)?.base ?? to;
    this.required = Math.min(this.required, cut);
    const { fileSystem } = this;
    await this.log.truncateTo(offset(to));
    this.#assertAlive(fileSystem);
    this.batches = this.batches.filter((one) => one.next <= to);
    this.change = null;
    expect(this.log.logEndOffset).toBe(this.end);
    this.required = this.end;
  }

  async reset(to: number): Promise<void> {
    this.#assertAlive();
    this.change = { kind: 'reset', to };
    const { fileSystem } = this;
    await this.log.resetTo(offset(to));
    this.#assertAlive(fileSystem);
    this.change = null;
    this.batches = [];
    this.required = to;
    this.startRequired = to;
    this.startAsked = to;
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
    this.#started(await this.log.applyRetention(timestamp(now), offset(upTo)));
  }

  #started(at: number): void {
    this.startRequired = Math.max(this.startRequired, at);
    this.batches = this.batches.filter((one) => one.next > at);
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
    this.startRequired = log.logStartOffset;
    this.startAsked = log.logStartOffset;
    this.required = log.logEndOffset;
    expect(log.durableEndOffset).toBe(log.logEndOffset);
    expect(this.mark).toBeLessThanOrEqual(Math.max(log.logEndOffset, log.logStartOffset));
    this.change = null;
  }
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
