/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes between checked bounds */
import { assert } from '../base/assert.ts';
import { offset, offsetMin } from '../base/ids.ts';
import type { LeaderEpoch, Offset, Timestamp } from '../base/ids.ts';
import { FileSystemError, syncDirectory, syncFile } from '../base/file-system.ts';
import type { FileSystem } from '../base/file-system.ts';
import {
  batchBaseOffset,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchTotalBytes,
} from '../record/batch-header.ts';
import { isWithoutProducer } from '../record/batch-header.ts';
import type { LeaderEpochHistory } from '../record/leader-epoch-history.ts';
import { ProducerStates } from '../record/producer-states.ts';
import { Arrivals } from './arrivals.ts';
import { expectedEpoch } from './batch-walk.ts';
import {
  NOT_CLEANED,
  readCleanerCheckpoint,
  removeCleanerCheckpoint,
  writeCleanerCheckpoint,
} from './cleaner-checkpoint.ts';
import type { CleanerCheckpoint } from './cleaner-checkpoint.ts';
import type { CleanedSegment } from './cleaned-segment.ts';
import { runCompaction } from './compaction.ts';
import type { CompactionOptions, CompactionReport } from './compaction.ts';
import { CorruptLogError } from './corrupt-log-error.ts';
import { openFreshLog } from './fresh-log.ts';
import { GroupCommit } from './group-commit.ts';
import { SEGMENT_BYTES_LIMIT } from './log-config.ts';
import type { LogCallbacks, LogConfig } from './log-config.ts';
import { discardDeleted, syncAndClose, takeSegmentAway } from './log-files.ts';
import { writeKafkaCheckpoint, writeLogState } from './log-state.ts';
import type { LogCondition } from './log-state.ts';
import { RELATIVE_OFFSET_MAX } from './offset-index.ts';
import {
  feedProducers,
  makeSnapshotLast,
  removeSnapshots,
  walkProducers,
  writeSnapshot,
} from './producer-files.ts';
import { recoverLog } from './recovery.ts';
import type { RecoveredLog, RecoveryReport } from './recovery.ts';
import { countExpired, isOlderThan } from './retention.ts';
import { Segment } from './segment.ts';
import { readBatches } from './segment-read.ts';
import { finishSwap, renameToSwap } from './segment-swap.ts';
import { moveLogFiles } from './set-aside.ts';
import { BatchMemory, TailCache } from './tail-cache.ts';
import { abortedTransaction, TransactionIndex } from './transaction-index.ts';
import type { AbortedTransaction } from './transaction-index.ts';

export type { LogCallbacks, LogConfig } from './log-config.ts';
export type { RecoveryReport } from './recovery.ts';

export interface PartitionLogOptions {
  readonly fileSystem: FileSystem;
  /** `<data directory>/<topic>-<partition>`; made if it is missing. */
  readonly directory: string;
  readonly config: LogConfig;
  readonly callbacks: LogCallbacks;
  /** What the mark file says was durable: a lower bound (rule X3); 0 if it says nothing. */
  readonly durableMark: Offset;
  /** False: there is no readable mark file. */
  readonly markIntact: boolean;
  /** The broker stopped cleanly, and this is the first start since. */
  readonly cleanStop: boolean;
  /** The directory was made in this life of the broker, and nobody has written into it yet. */
  readonly isFresh?: boolean;
  /** Lowers the mark to `endOffset` if it is higher; resolves when that is on the disk. */
  readonly lowerMark: (endOffset: Offset) => Promise<void>;
  readonly now: Timestamp;
}

/**
 * What a truncation removes: `fromOffset` is the end before, `toOffset` the end after, the beginning of
 * the batch that was asked to be cut.
 */
export interface Truncation {
  readonly fromOffset: Offset;
  readonly toOffset: Offset;
  readonly bytes: number;
}

/** What there is for compaction to do in a log. */
export interface CompactionNeed {
  readonly dirtyBytes: number;
  /** Of what could be cleaned, 0 to 1. */
  readonly dirtyRatio: number;
  /** It is enough, or a tombstone or marker has waited long enough. */
  readonly isDue: boolean;
}

/**
 * The batches of one replica, in segment files, and how much of them is on the disk.
 *
 * Opened, used and closed by one partition host, which makes one call at a time: `append`, `flush`
 * and `readTail` are synchronous and touch no promise; `truncateTo`, `resetTo` and `setAside` must
 * have resolved before the next of any of these; `read` and `batchForTimestamp` may run at any time
 * beside all others, and so may `assignEpoch`, `applyRetention`, `advanceLogStartOffset` and one
 * `compact` at a time.
 *
 * After a failed write or sync the log is offline for good (rule X12): `append` and `flush` do
 * nothing any more, nothing becomes durable, and what returns a promise rejects with the failure.
 */
export class PartitionLog {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #callbacks: LogCallbacks;
  readonly #lowerMark: (endOffset: Offset) => Promise<void>;
  #config: LogConfig;
  #recovery: RecoveryReport;
  #condition: LogCondition;
  #conditionReason: string;

  /** Ascending, without gaps; the last one is active. Empty only while the log restarts. */
  #segments: Segment[];
  readonly #epochs: LeaderEpochHistory;
  /** As the batches up to `#logEndOffset` leave them; replaced by a truncation. */
  #producers: ProducerStates;
  /** The newest epoch whose entry is on the disk: its batches may be appended (rule X10). */
  #lastingEpoch: LeaderEpoch | null;
  readonly #tail: TailCache;
  readonly #memory = new BatchMemory();
  readonly #commit: GroupCommit;

  /** Appended and not written yet; all of it belongs to the active segment. */
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #bytesSinceBackgroundSync = 0;
  readonly #arrivals: Arrivals;
  /** Written since the last sync began, and what the sync under way takes along. */
  #unsyncedBytes = 0;
  #syncingBytes = 0;

  #logStartOffset: Offset;
  #logEndOffset: Offset;
  /** Handed to the active segment's file, where readers find it; `#arrivals` knows what is there. */
  #writtenEndOffset: Offset;
  #durableEndOffset: Offset;
  #truncationGeneration = 0;
  /** +1 whenever compaction has put a segment in the place of others. */
  #swaps = 0;
  #checkpoint: CleanerCheckpoint;
  /** As the last cleaning of this life left it; see `BatchFilter`. */
  #heldBackFrom: Offset | null = null;
  #isCompacting = false;

  /** A truncation or a restart is under way: nothing may be appended. */
  #isChanging = false;
  /** Since it was opened. */
  #hasAppended = false;
  #isClosed = false;
  #failure: FileSystemError | null = null;
  /** Ends with the last of the operations that change files in several steps: one at a time. */
  #steps: Promise<unknown> = Promise.resolve();
  /** Closed segments whose file is open, the least recently used first. */
  #warm: Segment[] = [];

  static async open(options: PartitionLogOptions): Promise<PartitionLog> {
    const { fileSystem, directory, durableMark, markIntact } = options;
    // Where the mark file says that there was more, or cannot say, recovery has to judge it.
    if (options.isFresh === true && markIntact && durableMark === 0) {
      return new PartitionLog(options, openFreshLog(fileSystem, directory));
    }
    const recovered = await recoverLog({
      fileSystem,
      directory,
      indexIntervalBytes: options.config.indexIntervalBytes,
      durableMark,
      markIntact,
      cleanStop: options.cleanStop,
    });
    return new PartitionLog(options, recovered);
  }

  private constructor(options: PartitionLogOptions, recovered: RecoveredLog) {
    assertConfig(options.config);
    this.#fileSystem = options.fileSystem;
    this.#directory = options.directory;
    this.#callbacks = options.callbacks;
    this.#lowerMark = options.lowerMark;
    this.#config = options.config;
    this.#recovery = recovered.report;
    this.#condition = recovered.state.condition;
    this.#conditionReason = recovered.state.reason;
    this.#segments = recovered.segments;
    this.#epochs = recovered.state.epochs.clone();
    this.#lastingEpoch = this.#epochs.latestEpoch();
    this.#producers = recovered.producers;
    this.#logStartOffset = recovered.state.logStartOffset;
    const endOffset = this.#active.nextOffset;
    const checkpoint = readCleanerCheckpoint(options.fileSystem, options.directory);
    this.#checkpoint = checkpoint.cleanedTo <= endOffset ? checkpoint : NOT_CLEANED;
    this.#logEndOffset = endOffset;
    this.#writtenEndOffset = endOffset;
    this.#durableEndOffset = endOffset;
    this.#tail = new TailCache({ bytesMax: options.config.tailCacheBytes, endOffset });
    this.#arrivals = new Arrivals(endOffset);
    this.#commit = new GroupCommit({
      fileSystem: options.fileSystem,
      directory: options.directory,
      activeFile: () => this.#active.file(),
      endOffset,
      onBegin: () => {
        this.#syncingBytes = this.#unsyncedBytes;
        this.#unsyncedBytes = 0;
        this.#callbacks.onFlushBegan?.();
      },
      onEnd: () => this.#callbacks.onFlushed?.(this.#syncingBytes),
      onSynced: (syncedEndOffset) => this.#onSynced(syncedEndOffset),
      onFailure: (error) => this.#fail(error),
    });
    // The file is made with the first batch, and its name is synced with it.
    if (!this.#active.isMade) this.#commit.directoryChanged();
  }

  /** What opening the log found; its `state` changes with `clearUncertain`, `markDamaged` and `setAside`. */
  get recovery(): RecoveryReport {
    return this.#recovery;
  }

  get logStartOffset(): Offset {
    return this.#logStartOffset;
  }

  get logEndOffset(): Offset {
    return this.#logEndOffset;
  }

  /** What a position reports and an acknowledgement may rest on (rule X1). */
  get durableEndOffset(): Offset {
    return this.#durableEndOffset;
  }

  /** What is on the disk for certain, whatever the durability: what the durable mark may say. */
  get syncedEndOffset(): Offset {
    return this.#commit.syncedEndOffset;
  }

  /** +1 with every truncation and restart; a flush of an older one counts for nothing. */
  get truncationGeneration(): number {
    return this.#truncationGeneration;
  }

  /**
   * What the batches up to the log's end say of their producers, those that retention has deleted
   * included. Changed by this log alone; another object after a truncation.
   */
  get producers(): ProducerStates {
    return this.#producers;
  }

  /** Aborted transactions of which a batch may lie from `from` to below `to`, as they ended. */
  abortedTransactions(from: Offset, to: Offset): readonly AbortedTransaction[] {
    const found: AbortedTransaction[] = [];
    for (const segment of this.#segments) {
      if (segment.nextOffset > from && segment.transactions.collect(from, to, found)) break;
    }
    return found;
  }

  /** Changed by this log alone. */
  get epochs(): LeaderEpochHistory {
    return this.#epochs;
  }

  get sizeBytes(): number {
    let bytes = 0;
    for (const segment of this.#segments) bytes += segment.bytes;
    return bytes;
  }

  get config(): LogConfig {
    return this.#config;
  }

  /** Why the log is offline; null while it is not. */
  get failure(): FileSystemError | null {
    return this.#failure;
  }

  /**
   * Takes another configuration. `durability` may change only until the first append: whoever opens
   * a log that was there before learns from the metadata, later, what its topic promises, and
   * recovery has synced everything by then.
   */
  reconfigure(config: LogConfig): void {
    assertConfig(config);
    assert(
      config.durability === this.#config.durability || !this.#hasAppended,
      'the durability of a log that has been appended to is fixed',
    );
    this.#config = config;
    this.#tail.bytesMax = config.tailCacheBytes;
  }

  /**
   * Takes whole, stamped, validated batches that continue the log. They can be read at once, and
   * reach the file with the next `flush`. Does I/O only where a segment is full.
   */
  append(batches: Uint8Array): void {
    if (this.#failure !== null) return;
    this.#assertWritable();
    this.#hasAppended = true;
    const bytes = this.#memory.owned(batches);
    let pendingFrom = 0;
    let position = 0;
    while (position < bytes.length) {
      const totalBytes = batchTotalBytes(bytes, position);
      const baseOffset = batchBaseOffset(bytes, position);
      const lastOffset = batchLastOffset(bytes, position);
      const maxTimestamp = batchMaxTimestamp(bytes, position);
      const end = position + totalBytes;
      this.#assertContinues(baseOffset, batchLeaderEpoch(bytes, position));
      assert(end <= bytes.length, 'a batch to append is whole');
      if (this.#mustRoll(totalBytes, lastOffset, maxTimestamp)) {
        this.#pend(bytes, pendingFrom, position);
        pendingFrom = position;
        this.#roll();
        if (this.#isOffline()) return;
      }
      if (!isWithoutProducer(bytes, position)) this.#feedProducers(bytes, position);
      const nextOffset = offset(lastOffset + 1);
      this.#active.append(
        { lastOffset, nextOffset, totalBytes, maxTimestamp },
        this.#config.indexIntervalBytes,
      );
      const whole = totalBytes === bytes.length;
      this.#tail.push(baseOffset, nextOffset, whole ? bytes : bytes.subarray(position, end));
      this.#logEndOffset = nextOffset;
      position = end;
    }
    this.#pend(bytes, pendingFrom, position);
  }

  /**
   * Writes what was appended in one gathered write. With `fsync` a sync begins unless one is in
   * flight, behind which the next one begins by itself; with `page-cache` it is durable as soon as it
   * is where a dead process leaves it: now, unless it is large.
   */
  flush(): void {
    assert(!this.#isClosed, 'a closed log takes nothing');
    // Nothing can be pending while the log is cut, restarts or is damaged.
    if (this.#failure !== null || this.#isChanging || this.#condition === 'damaged') return;
    this.#writePending();
    if (this.#isOffline()) return;
    if (this.#config.durability === 'fsync') {
      this.#commit.request(this.#writtenEndOffset);
      return;
    }
    if (this.#bytesSinceBackgroundSync > this.#config.flushBytesBackground) {
      this.#bytesSinceBackgroundSync = 0;
      this.#commit.request(this.#writtenEndOffset);
    }
    this.#reportDurable(this.#arrivals.endOffset);
  }

  /**
   * Whole batches from memory, one element each: from the one that contains `startOffset`, none that
   * reaches past `endOffset`, at least one even if it exceeds `maxBytes`. [] if nothing lies below
   * `endOffset`; null if the batch is no longer in memory.
   */
  readTail(startOffset: Offset, maxBytes: number, endOffset: Offset): Uint8Array[] | null {
    return this.#tail.read(startOffset, maxBytes, endOffset);
  }

  /**
   * As `readTail`, from the file and checked (rule X10); the answer ends with a segment. [] also where
   * the log no longer has `startOffset`. Rejects with `CorruptLogError` where the bytes are not what
   * was written.
   */
  async read(startOffset: Offset, maxBytes: number, endOffset: Offset): Promise<Uint8Array[]> {
    for (;;) {
      const generation = this.#truncationGeneration;
      const swaps = this.#swaps;
      const limit = offsetMin(endOffset, this.#logEndOffset);
      const segment = this.#segmentAt(startOffset);
      if (startOffset >= limit || segment === null) return [];
      if (limit > this.#writtenEndOffset) this.#writePending();
      if (this.#failure !== null && limit > this.#writtenEndOffset) throw this.#failure;
      this.#use(segment);
      segment.pin();
      try {
        const batches = await readBatches(segment, {
          startOffset,
          bytesMax: maxBytes,
          endOffset: limit,
          expectedEpoch: this.#expectedEpoch,
          indexIntervalBytes: this.#config.indexIntervalBytes,
        });
        // Old batches must not meet what the log says of the new ones, e.g. which were aborted.
        if (generation === this.#truncationGeneration && swaps === this.#swaps) return batches;
      } catch (error) {
        // What was read may have been cut off meanwhile: then it says nothing about the log.
        const mayBeCut = generation !== this.#truncationGeneration || swaps !== this.#swaps;
        if (!(error instanceof CorruptLogError)) throw error;
        // And what led there may be an index that has rotted.
        if (!mayBeCut && !segment.rebuildIndexes()) throw error;
      } finally {
        segment.unpin();
      }
    }
  }

  /** The first batch below `endOffset` that holds a record at or after `timestamp`; null if none does. */
  async batchForTimestamp(timestamp: Timestamp, endOffset: Offset): Promise<Uint8Array | null> {
    let from = this.#logStartOffset;
    for (;;) {
      const segment = this.#segmentAt(from);
      if (segment === null || from >= endOffset) return null;
      this.#use(segment);
      if (segment.mayReach(timestamp)) {
        const likely = segment.timeIndex.offsetFor(timestamp);
        const found = await this.#searchTimestamp(
          timestamp,
          likely > from ? likely : from,
          offsetMin(endOffset, segment.nextOffset),
        );
        if (found !== null) return found;
      }
      from = segment.nextOffset;
    }
  }

  /** An epoch begins at `startOffset`; resolves when that is on the disk, and batches may follow. */
  async assignEpoch(epoch: LeaderEpoch, startOffset: Offset): Promise<void> {
    if (!this.#epochs.assign(epoch, startOffset) && this.#lastingEpoch === epoch) return;
    await this.#inSteps(() => this.#storeState());
  }

  /**
   * Cuts the log to `endOffset`, or to the beginning of the batch that contains it (rule X1), but not
   * below the log start: then the log is empty and begins anew there. The new
   * end holds at once; resolves when the cut, and everything below it, is on the disk. Epochs that
   * begin at the cut or behind are dropped even where no record is. `announce` is told what goes while
   * all of it is still on the disk: told afterwards, a crash in between would hide it for good.
   */
  async truncateTo(
    endOffset: Offset,
    announce: (truncation: Truncation) => void = () => {},
  ): Promise<Truncation> {
    this.#assertChangeable();
    if (endOffset < this.#logStartOffset) return this.#truncateAll(endOffset, announce);
    this.#writePending();
    this.#throwIfOffline();
    const containing = this.#segmentAt(endOffset)?.locate(endOffset).baseOffset ?? endOffset;
    // The log begins within the batch that goes: nothing is left.
    if (containing < this.#logStartOffset) return this.#truncateAll(this.#logStartOffset, announce);
    const fromOffset = this.#logEndOffset;
    this.#truncationGeneration++;
    const bytesBefore = this.sizeBytes;
    const { cut, position, removed } = this.#cutInMemory(endOffset);
    const truncation = { fromOffset, toOffset: cut, bytes: bytesBefore - this.sizeBytes };
    announce(truncation);
    this.#isChanging = true;
    await this.#inSteps(async () => {
      // Everything below the cut becomes durable with it; the rest is of no use to anyone.
      this.#commit.request(cut);
      await this.#commit.idle();
      this.#throwIfOffline();
      if (cut < fromOffset) {
        await this.#lowerMark(cut);
        await this.#removeFromEnd(removed);
        const active = this.#active;
        active.removeIndexFiles();
        // What is on its way would put back what is cut.
        if (this.#arrivals.isUnderWay) await this.#arrivals.settled();
        active.file().truncate(position);
        await syncFile(active.file());
        // Before anything is appended: a snapshot behind the cut would tell of what never was.
        removeSnapshots(this.#fileSystem, this.#directory, (at) => at <= cut);
        if (this.#checkpoint.cleanedTo > cut) this.#forgetCleaning();
        await syncDirectory(this.#fileSystem, this.#directory);
      }
      await this.#storeState();
      if (removed.length > 0) await discardDeleted(this.#fileSystem, this.#directory);
    });
    try {
      if (cut < fromOffset) await this.#inSteps(() => this.#rebuildProducers(cut));
    } finally {
      this.#isChanging = false;
    }
    this.#commit.restart(cut);
    this.#unsyncedBytes = 0;
    this.#durableEndOffset = cut;
    // Said in any case: what a flush had said before was of the older generation, which may be dropped.
    this.#callbacks.onDurable(this.#truncationGeneration, cut);
    return truncation;
  }

  /** Drops everything; the log is empty at `startOffset` (rule F5). */
  async resetTo(startOffset: Offset): Promise<void> {
    this.#assertChangeable();
    const lowest = offsetMin(startOffset, this.#logStartOffset);
    const removed = this.#emptyInMemory(startOffset);
    await this.#inSteps(async () => {
      await this.#commit.idle();
      this.#throwIfOffline();
      await this.#lowerMark(lowest);
      await this.#removeFromEnd(removed);
      removeSnapshots(this.#fileSystem, this.#directory);
      this.#forgetCleaning();
      await syncDirectory(this.#fileSystem, this.#directory);
      await this.#startEmpty(startOffset);
      await discardDeleted(this.#fileSystem, this.#directory);
    });
  }

  /**
   * Moves all files into a new directory beside the log's, `<directory>.<suffix>`, whose path is
   * returned; the log is empty at 0 and uncertain, until `clearUncertain` (rule X3).
   */
  async setAside(suffix: string): Promise<string> {
    assert(!this.#isChanging && !this.#isClosed, 'one change of a log at a time');
    this.#writePending();
    this.#throwIfOffline();
    this.#isChanging = true;
    let path = '';
    await this.#inSteps(async () => {
      await this.#commit.idle();
      if (this.#arrivals.isUnderWay) await this.#arrivals.settled();
      this.#throwIfOffline();
      // A crash half-way must find a log that is out of service, not a shorter one that looks whole.
      await this.#judge('damaged', this.#conditionReason || `is being set aside as ${suffix}`);
      await this.#lowerMark(offset(0));
      for (const segment of this.#emptyInMemory(offset(0))) segment.retire();
      path = await moveLogFiles(this.#fileSystem, this.#directory, suffix);
      this.#condition = 'uncertain';
      this.#conditionReason = `its log was set aside as ${path}`;
      await this.#startEmpty(offset(0));
      this.#reportCondition();
    });
    return path;
  }

  /** The replica holds all that it should again: it was committed into the ISR, or elected (rule X3). */
  async clearUncertain(): Promise<void> {
    assert(this.#condition !== 'damaged', 'a damaged log is set aside, not declared whole');
    if (this.#condition === 'whole') return;
    await this.#inSteps(() => this.#judge('whole', ''));
  }

  /** Damage was found while running: takes the log out of service, for the next start too (rule X3). */
  async markDamaged(reason: string): Promise<void> {
    if (this.#condition === 'damaged') return;
    await this.#inSteps(() => this.#judge('damaged', reason));
  }

  /** The log begins at `offset` now, on the disk too; segments that lie wholly below are deleted. */
  async advanceLogStartOffset(startOffset: Offset): Promise<void> {
    assert(
      startOffset <= this.#logEndOffset,
      () => `log start ${startOffset} lies beyond the log end ${this.#logEndOffset}`,
    );
    this.#assertChangeable();
    if (startOffset <= this.#logStartOffset) return;
    this.#logStartOffset = startOffset;
    this.#epochs.truncateFromStart(startOffset);
    let count = 0;
    while (count + 1 < this.#segments.length && this.#segments[count]!.nextOffset <= startOffset) {
      count++;
    }
    const removed = this.#segments.splice(0, count);
    for (const segment of removed) this.#forget(segment);
    const first = this.#segments[0]!.baseOffset;
    await this.#inSteps(async () => {
      if (removed.length > 0) await this.#keepProducersOf(removed, first);
      await this.#storeState();
      if (removed.length === 0) return;
      for (const { baseOffset } of removed) {
        takeSegmentAway(this.#fileSystem, this.#directory, baseOffset);
      }
      removeSnapshots(this.#fileSystem, this.#directory, (at) => at >= first);
      await syncDirectory(this.#fileSystem, this.#directory);
      await discardDeleted(this.#fileSystem, this.#directory);
    });
  }

  /**
   * Deletes closed segments that are too old by their largest timestamp, or too many bytes, none that
   * reaches past `upTo`, the high watermark; closes an active segment that has aged first. Resolves
   * with the log start offset.
   */
  async applyRetention(now: Timestamp, upTo: Offset): Promise<Offset> {
    if (this.#isChanging || this.#isClosed || this.#condition === 'damaged') {
      return this.#logStartOffset;
    }
    this.#throwIfOffline();
    // Drops the ended transactions that are committed: nobody else may ask for a long time.
    this.#producers.lastStableOffset(upTo);
    const { retentionMs, retentionBytes, segmentMs } = this.#config;
    const active = this.#active;
    const hasExpired =
      this.#logEndOffset <= upTo && isOlderThan(active.largestTimestamp, retentionMs, now);
    if (active.bytes > 0 && (hasExpired || isOlderThan(active.firstTimestamp, segmentMs, now))) {
      this.#roll();
      this.#throwIfOffline();
      this.#commit.request(this.#writtenEndOffset);
    }
    const closed = this.#segments.slice(0, -1);
    const limits = { now, retentionMs, retentionBytes, upTo };
    const count = countExpired(closed, this.#active.bytes, limits);
    if (count > 0) await this.advanceLogStartOffset(closed[count - 1]!.nextOffset);
    return this.#logStartOffset;
  }

  /**
   * What compaction could do now, in front of `upTo`, the last stable offset; every replica holds what
   * lies in front of `replicatedTo`.
   */
  compactionNeed(now: Timestamp, upTo: Offset, replicatedTo: Offset): CompactionNeed {
    const segments = this.#compactable(now, upTo);
    const { cleanedTo, horizon } = this.#checkpoint;
    let dirtyBytes = 0;
    let bytes = 0;
    for (const segment of segments) {
      bytes += segment.bytes;
      if (segment.nextOffset > cleanedTo) dirtyBytes += segment.bytes;
    }
    const dirtyRatio = bytes === 0 ? 0 : dirtyBytes / bytes;
    const percent = this.#config.compaction?.minCleanableDirtyPercent ?? 0;
    const isDirty = dirtyBytes > 0 && dirtyRatio * 100 >= percent;
    const heldBackFrom = this.#heldBackFrom;
    const mayGoNow =
      (horizon >= 0 && now >= horizon) || (heldBackFrom !== null && heldBackFrom < replicatedTo);
    const isDue = isDirty || (segments.length > 0 && mayGoNow);
    return { dirtyBytes, dirtyRatio, isDue };
  }

  /**
   * Cleans what `compactionNeed` has counted, beside everything else that goes on. Null if the log is
   * not one to be compacted, or not now. Rejects with `CorruptLogError` where a segment is not what
   * was written, and with a `FileSystemError`, which does not take the log offline unless `failure`
   * says so.
   */
  async compact(options: CompactionOptions): Promise<CompactionReport | null> {
    const { compaction } = this.#config;
    if (!compaction || this.#isCompacting || !this.#isServing) return null;
    const segments = this.#compactable(options.now, options.upTo);
    const generation = this.#truncationGeneration;
    const isCancelled = (): boolean =>
      options.isCancelled() || !this.#isServing || generation !== this.#truncationGeneration;
    this.#isCompacting = true;
    try {
      const outcome = await runCompaction({
        ...options,
        fileSystem: this.#fileSystem,
        directory: this.#directory,
        segments,
        cleanedTo: this.#checkpoint.cleanedTo,
        segmentBytes: this.#config.segmentBytes,
        indexIntervalBytes: this.#config.indexIntervalBytes,
        deleteRetentionMs: compaction.deleteRetentionMs,
        expectedEpoch: this.#expectedEpoch,
        aborted: this.abortedTransactions(offset(0), this.#logEndOffset),
        producers: this.#producers,
        isCancelled,
        swap: (group, cleaned) => this.#swap(group, cleaned, isCancelled),
      });
      const { cleanedTo, horizon, heldBackFrom } = outcome;
      const isDone = outcome.isComplete || cleanedTo > this.#checkpoint.cleanedTo;
      if (isDone) this.#heldBackFrom = heldBackFrom;
      if (isDone && !isCancelled()) await this.#storeCheckpoint({ cleanedTo, horizon });
      return outcome;
    } catch (error) {
      // A segment that retention has deleted meanwhile is missing, and that is all.
      const isGone = error instanceof FileSystemError && error.code === 'ENOENT';
      if (isGone && this.#isServing && !segments.every((one) => this.#segments.includes(one))) {
        return null;
      }
      if (!this.#isServing) return null;
      throw error;
    } finally {
      this.#isCompacting = false;
    }
  }

  /** Bytes of batches from the one that contains `from` to the log's end; may be a little more. */
  bytesFrom(from: Offset): number {
    const cached = this.#tail.bytesFrom(from);
    if (cached !== null) return cached;
    let bytes = 0;
    for (let index = this.#segments.length - 1; index >= 0; index--) {
      const segment = this.#segments[index]!;
      bytes += segment.bytes;
      if (segment.baseOffset <= from) {
        this.#use(segment);
        return bytes - segment.offsetIndex.positionFor(from);
      }
    }
    return bytes;
  }

  /** Waits for what is under way and closes the files. `clean`: everything is on the disk then. */
  async close(options: { readonly clean: boolean }): Promise<void> {
    assert(!this.#isClosed, 'a log is closed once');
    await this.#steps;
    const isSound = this.#failure === null && this.#condition !== 'damaged';
    const isUntouched =
      this.#segments.length === 1 && !this.#active.isMade && this.#active.bytes === 0;
    if (options.clean && isSound && !isUntouched) await this.#inSteps(() => this.#settle());
    this.#isClosed = true;
    await this.#commit.idle();
    this.#commit.stop();
    // Whoever opens these files next, cuts what does not verify: nothing may arrive behind that.
    if (this.#arrivals.isUnderWay) await this.#arrivals.settled();
    for (const segment of this.#segments) segment.retire();
  }

  get #active(): Segment {
    const active = this.#segments.at(-1);
    assert(active !== undefined, 'a log has an active segment');
    return active;
  }

  get #isServing(): boolean {
    const isUsable = this.#failure === null && this.#condition !== 'damaged';
    return isUsable && !this.#isClosed && !this.#isChanging;
  }

  /** `#failure` as TypeScript must see it behind a call that may have changed it. */
  #isOffline(): boolean {
    return this.#failure !== null;
  }

  #throwIfOffline(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  #fail(error: FileSystemError): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.#commit.stop();
    this.#callbacks.onFailure(error);
  }

  #assertWritable(): void {
    assert(!this.#isClosed, 'a closed log takes nothing');
    assert(!this.#isChanging, 'nothing is appended while a log is cut or restarts');
    assert(this.#condition !== 'damaged', 'a damaged log takes nothing');
  }

  #assertChangeable(): void {
    assert(!this.#isChanging && !this.#isClosed, 'one change of a log at a time');
    assert(this.#condition !== 'damaged', 'nothing is cut from a damaged log');
    this.#throwIfOffline();
  }

  #assertContinues(baseOffset: Offset, epoch: number): void {
    assert(
      baseOffset === this.#logEndOffset,
      () =>
        `a batch at ${baseOffset} does not continue the log, which ends at ${this.#logEndOffset}`,
    );
    assert(
      epoch === this.#lastingEpoch && epoch === this.#epochs.latestEpoch(),
      () => `a batch of epoch ${epoch} follows the checkpoint of epoch ${this.#lastingEpoch}`,
    );
  }

  #feedProducers(bytes: Uint8Array, position: number): void {
    const completed = feedProducers(this.#producers, bytes, position);
    if (completed?.outcome !== 'abort') return;
    this.#active.transactions.append(abortedTransaction(completed, this.#producers));
  }

  /** What `removed`, which end at `endOffset`, say of their producers is said by nothing else soon. */
  async #keepProducersOf(removed: readonly Segment[], endOffset: Offset): Promise<void> {
    try {
      await makeSnapshotLast(this.#fileSystem, this.#directory, removed, endOffset);
    } catch (error) {
      // Rot in what is about to go, and no snapshot behind it: there is nothing to keep.
      if (!(error instanceof CorruptLogError)) throw error;
    }
  }

  /** From the newest snapshot and the batches up to `endOffset`, where the log has just been cut. */
  async #rebuildProducers(endOffset: Offset): Promise<void> {
    this.#producers = await walkProducers({
      fileSystem: this.#fileSystem,
      directory: this.#directory,
      segments: this.#segments,
      endOffset,
    });
  }

  #pend(bytes: Uint8Array, from: number, to: number): void {
    if (from === to) return;
    const piece = to - from === bytes.length ? bytes : bytes.subarray(from, to);
    this.#pendingBytes += piece.length;
    const last = this.#pending.at(-1);
    const end = last === undefined ? -1 : last.byteOffset + last.length;
    if (last?.buffer === piece.buffer && end === piece.byteOffset) {
      // Neighbours, as small copies are: one piece of the gathered write instead of two.
      const joined = new Uint8Array(last.buffer, last.byteOffset, last.length + piece.length);
      this.#pending[this.#pending.length - 1] = joined;
    } else {
      this.#pending.push(piece);
    }
  }

  #writePending(): void {
    if (this.#pending.length === 0 || this.#failure !== null) return;
    const endOffset = this.#logEndOffset;
    const generation = this.#truncationGeneration;
    const end = this.#arrivals.begin(endOffset);
    try {
      const isUnderWay = this.#active.write(this.#pending, this.#pendingBytes, (error) => {
        end(error === null);
        if (error === null) this.#onArrived(generation);
        else this.#fail(error);
      });
      if (!isUnderWay) end(true);
    } catch (error) {
      end(false);
      if (!(error instanceof FileSystemError)) throw error;
      return this.#fail(error);
    }
    this.#bytesSinceBackgroundSync += this.#pendingBytes;
    this.#unsyncedBytes += this.#pendingBytes;
    this.#writtenEndOffset = endOffset;
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  #mustRoll(totalBytes: number, lastOffset: Offset, maxTimestamp: number): boolean {
    const active = this.#active;
    if (active.bytes === 0) return false;
    return (
      active.bytes + totalBytes > this.#config.segmentBytes ||
      lastOffset - active.baseOffset > RELATIVE_OFFSET_MAX ||
      isOlderThan(active.firstTimestamp, this.#config.segmentMs, maxTimestamp)
    );
  }

  /** Closes the active segment and begins the next one. Only the next sync makes either last. */
  #roll(): void {
    this.#writePending();
    if (this.#failure !== null) return;
    const closed = this.#active;
    try {
      const indexFiles = closed.writeIndexes();
      closed.pin();
      this.#commit.seal([
        { file: closed.file(), release: () => closed.unpin() },
        ...indexFiles.map((file) => ({ file, release: () => file.close() })),
      ]);
      writeSnapshot(this.#fileSystem, this.#directory, this.#logEndOffset, this.#producers);
      const next = Segment.create(
        this.#fileSystem,
        this.#directory,
        this.#logEndOffset,
        closed.file(),
      );
      this.#segments.push(next);
      this.#commit.directoryChanged();
      this.#use(closed);
      this.#callbacks.onRolled?.();
    } catch (error) {
      if (!(error instanceof FileSystemError)) throw error;
      this.#fail(error);
    }
  }

  #onArrived(generation: number): void {
    if (this.#failure !== null || generation !== this.#truncationGeneration) return;
    if (this.#config.durability === 'page-cache') this.#reportDurable(this.#arrivals.endOffset);
  }

  #onSynced(syncedEndOffset: Offset): void {
    if (this.#config.durability === 'fsync') this.#reportDurable(syncedEndOffset);
  }

  #reportDurable(endOffset: Offset): void {
    if (endOffset <= this.#durableEndOffset) return;
    this.#durableEndOffset = endOffset;
    this.#callbacks.onDurable(this.#truncationGeneration, endOffset);
  }

  readonly #expectedEpoch = (baseOffset: Offset): LeaderEpoch | null =>
    expectedEpoch(this.#epochs, this.#logStartOffset, baseOffset);

  /** The segment that has `target`, which lies below the log's end; null if none does. */
  #segmentAt(target: Offset): Segment | null {
    if (target >= this.#logEndOffset) return null;
    for (let index = this.#segments.length - 1; index >= 0; index--) {
      const segment = this.#segments[index]!;
      if (segment.baseOffset <= target) return segment;
    }
    return null;
  }

  /** Keeps few files of closed segments open, those last used. */
  #use(segment: Segment): void {
    if (segment === this.#segments.at(-1)) return;
    const index = this.#warm.indexOf(segment);
    if (index >= 0) this.#warm.splice(index, 1);
    this.#warm.push(segment);
    while (this.#warm.length > WARM_SEGMENTS_MAX) {
      const idle = this.#warm.findIndex((one) => one !== segment && one.rest());
      if (idle < 0) return;
      this.#warm.splice(idle, 1);
    }
  }

  #forget(segment: Segment): void {
    const index = this.#warm.indexOf(segment);
    if (index >= 0) this.#warm.splice(index, 1);
    segment.retire();
  }

  async #searchTimestamp(
    timestamp: Timestamp,
    startOffset: Offset,
    endOffset: Offset,
  ): Promise<Uint8Array | null> {
    let from = startOffset;
    while (from < endOffset) {
      const batches = await this.read(from, SEARCH_BYTES, endOffset);
      if (batches.length === 0) return null;
      for (const batch of batches) {
        if (batchMaxTimestamp(batch) >= timestamp) return batch;
        from = offset(batchLastOffset(batch) + 1);
      }
    }
    return null;
  }

  /** Runs `work` behind the steps under way; a failed file operation in it takes the log offline. */
  #inSteps<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#steps.then(async () => {
      this.#throwIfOffline();
      try {
        return await work();
      } catch (error) {
        if (error instanceof FileSystemError) this.#fail(error);
        throw error;
      }
    });
    // Whoever asked for this work hears of its failure; the next in line only needs its end.
    this.#steps = result.catch(() => undefined);
    return result;
  }

  /** Closed segments from the first one on whose records are all in front of `upTo`, and old enough. */
  #compactable(now: Timestamp, upTo: Offset): Segment[] {
    const { compaction } = this.#config;
    const found: Segment[] = [];
    if (!compaction || !this.#isServing) return found;
    for (const segment of this.#segments.slice(0, -1)) {
      if (segment.nextOffset > upTo) break;
      const isDirty = segment.nextOffset > this.#checkpoint.cleanedTo;
      const lagMs = compaction.minCompactionLagMs;
      if (isDirty && lagMs > 0 && segment.largestTimestamp > now - lagMs) break;
      found.push(segment);
    }
    return found;
  }

  /**
   * Puts a cleaned segment in the place of `group`; false if the log is no longer what it was. Readers
   * see it at once, under the name that it has until the old files are gone.
   */
  #swap(
    group: readonly Segment[],
    cleaned: CleanedSegment,
    isCancelled: () => boolean,
  ): Promise<boolean> {
    const { baseOffset, nextOffset } = cleaned;
    const at = (): number => {
      const index = isCancelled() ? -1 : this.#segments.indexOf(group[0]!);
      const isThere = group.every((segment, step) => this.#segments[index + step] === segment);
      return index >= 0 && isThere ? index : -1;
    };
    return this.#inSteps(async () => {
      if (at() < 0) return false;
      // Of what the batches said of their producers a part goes with them.
      const before = this.#segments.slice(0, at() + group.length);
      await makeSnapshotLast(this.#fileSystem, this.#directory, before, nextOffset);
      const index = at();
      if (index < 0) return false;
      const path = renameToSwap(this.#fileSystem, this.#directory, baseOffset);
      const extent = { baseOffset, nextOffset, bytes: cleaned.bytes };
      const segment = new Segment(this.#fileSystem, this.#directory, extent);
      const transactions = new TransactionIndex();
      for (const { transactions: old } of group) {
        for (const one of old.entries)
          if (cleaned.hasMarker(one.lastOffset)) transactions.append(one);
      }
      segment.adopt(this.#fileSystem.open(path, 'write'), cleaned.builder, transactions);
      segment.pin();
      this.#segments.splice(index, group.length, segment);
      for (const old of group) this.#forget(old);
      this.#tail.forgetBelow(nextOffset);
      this.#swaps++;
      try {
        await this.#finishSwap(segment);
      } finally {
        segment.unpin();
      }
      if (this.#segments.includes(segment)) this.#use(segment);
      return true;
    });
  }

  /** The aborted transactions before the other indexes: see `#storeTransactions` of recovery. */
  async #finishSwap(segment: Segment): Promise<void> {
    const { baseOffset, nextOffset } = segment;
    await syncDirectory(this.#fileSystem, this.#directory);
    await finishSwap(this.#fileSystem, this.#directory, { baseOffset, nextOffset });
    await syncAndClose(segment.writeTransactionIndex());
    await syncDirectory(this.#fileSystem, this.#directory);
    await syncAndClose(segment.writeIndexes());
    await syncDirectory(this.#fileSystem, this.#directory);
    await discardDeleted(this.#fileSystem, this.#directory);
  }

  /** On the disk once the directory is synced. */
  #forgetCleaning(): void {
    this.#checkpoint = NOT_CLEANED;
    this.#heldBackFrom = null;
    removeCleanerCheckpoint(this.#fileSystem, this.#directory);
  }

  async #storeCheckpoint(checkpoint: CleanerCheckpoint): Promise<void> {
    const { cleanedTo, horizon } = this.#checkpoint;
    if (checkpoint.cleanedTo === cleanedTo && checkpoint.horizon === horizon) return;
    this.#checkpoint = checkpoint;
    await this.#inSteps(() =>
      writeCleanerCheckpoint(this.#fileSystem, this.#directory, this.#checkpoint),
    );
  }

  async #storeState(): Promise<void> {
    const epochs = this.#epochs.clone();
    await writeLogState(this.#fileSystem, this.#directory, {
      logStartOffset: this.#logStartOffset,
      condition: this.#condition,
      reason: this.#conditionReason,
      epochs,
    });
    this.#lastingEpoch = epochs.latestEpoch();
  }

  async #judge(condition: LogCondition, reason: string): Promise<void> {
    this.#condition = condition;
    this.#conditionReason = reason;
    await this.#storeState();
    this.#reportCondition();
  }

  #reportCondition(): void {
    const { reason: _, ...report } = this.#recovery;
    this.#recovery = { ...report, state: this.#condition, ...reasonOf(this.#conditionReason) };
  }

  /** The part of a truncation that must be seen at once; the files follow. */
  #cutInMemory(endOffset: Offset): { cut: Offset; position: number; removed: Segment[] } {
    const segment = this.#segmentAt(endOffset);
    let cut = this.#logEndOffset;
    let position = this.#active.bytes;
    let removed: Segment[] = [];
    if (segment !== null) {
      const found = segment.locate(endOffset);
      cut = found.baseOffset;
      position = found.position;
      removed = this.#segments.splice(this.#segments.indexOf(segment) + 1);
      segment.endAt(cut, position);
      const index = this.#warm.indexOf(segment);
      if (index >= 0) this.#warm.splice(index, 1);
    }
    this.#logEndOffset = cut;
    this.#writtenEndOffset = cut;
    this.#arrivals.restart(cut);
    this.#durableEndOffset = offsetMin(this.#durableEndOffset, cut);
    this.#tail.truncateTo(cut);
    this.#epochs.truncateFromEnd(cut);
    this.#lastingEpoch = this.#epochs.latestEpoch();
    this.#commit.voidTo(cut);
    return { cut, position, removed };
  }

  async #truncateAll(
    endOffset: Offset,
    announce: (truncation: Truncation) => void,
  ): Promise<Truncation> {
    const fromOffset = this.#logEndOffset;
    const truncation = { fromOffset, toOffset: endOffset, bytes: this.sizeBytes };
    announce(truncation);
    await this.resetTo(endOffset);
    return truncation;
  }

  /** Returns the segments that were there. */
  #emptyInMemory(startOffset: Offset): Segment[] {
    this.#isChanging = true;
    this.#truncationGeneration++;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#unsyncedBytes = 0;
    const removed = this.#segments;
    this.#segments = [];
    this.#warm = [];
    this.#logStartOffset = startOffset;
    this.#logEndOffset = startOffset;
    this.#writtenEndOffset = startOffset;
    this.#arrivals.restart(startOffset);
    this.#durableEndOffset = startOffset;
    this.#tail.clear(startOffset);
    this.#epochs.clear();
    this.#lastingEpoch = null;
    this.#producers = new ProducerStates();
    this.#checkpoint = NOT_CLEANED;
    this.#commit.restart(startOffset);
    return removed;
  }

  async #startEmpty(startOffset: Offset): Promise<void> {
    await this.#storeState();
    const segment = Segment.create(this.#fileSystem, this.#directory, startOffset);
    this.#segments = [segment];
    await syncFile(segment.file());
    await syncDirectory(this.#fileSystem, this.#directory);
    this.#isChanging = false;
  }

  /** From the last to the first, each one lasting before the next: a crash leaves no hole. */
  async #removeFromEnd(removed: readonly Segment[]): Promise<void> {
    for (const segment of removed.toReversed()) {
      segment.retire();
      takeSegmentAway(this.#fileSystem, this.#directory, segment.baseOffset);
      await syncDirectory(this.#fileSystem, this.#directory);
    }
  }

  /** Everything on the disk, the active segment's indexes too. */
  async #settle(): Promise<void> {
    this.#writePending();
    this.#commit.request(this.#writtenEndOffset);
    await this.#commit.idle();
    this.#throwIfOffline();
    await syncAndClose(this.#active.writeIndexes());
    writeSnapshot(this.#fileSystem, this.#directory, this.#logEndOffset, this.#producers);
    await writeKafkaCheckpoint(this.#fileSystem, this.#directory, this.#epochs);
    await syncDirectory(this.#fileSystem, this.#directory);
    if (this.#config.durability === 'page-cache') this.#reportDurable(this.#writtenEndOffset);
  }
}

/** Of closed segments, per log. */
const WARM_SEGMENTS_MAX = 4;
const SEARCH_BYTES = 256 * 1024;

function assertConfig(config: LogConfig): void {
  assert(
    config.segmentBytes > 0 && config.segmentBytes <= SEGMENT_BYTES_LIMIT,
    () => `segmentBytes lies between 1 and 2^31 - 1, got ${config.segmentBytes}`,
  );
}

function reasonOf(reason: string): { reason?: string } {
  return reason === '' ? {} : { reason };
}
