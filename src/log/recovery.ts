/**
 * What a log does with its files when it is opened. After a clean stop it trusts them, and looks at
 * the end of the last one; otherwise it reads everything from the segment that holds the durable
 * mark, and leaves nothing on which it relies in the page cache alone (rules X1, X3, X10, X12).
 *
 * Everything can be interrupted by a crash at any step and begun again with the same result: bad
 * bytes are copied aside and the verdict is written down before the file that holds them is changed,
 * and segments behind a cut are moved aside from the last to the first, each one lasting before the
 * next, so that what remains never has a hole that was not there before.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes between checked bounds */
import { assert } from '../base/assert.ts';
import type { LeaderEpoch, Offset } from '../base/ids.ts';
import { leaderEpoch, offset, offsetMax } from '../base/ids.ts';
import { syncDirectory, syncFile } from '../base/file-system.ts';
import type { FileSystem } from '../base/file-system.ts';
import { LeaderEpochHistory } from '../record/leader-epoch-history.ts';
import { ProducerStates } from '../record/producer-states.ts';
import { crcHolds, expectedEpoch, walkHeadersNow } from './batch-walk.ts';
import { CorruptLogError } from './corrupt-log-error.ts';
import { copyFile, copyRange } from './file-copy.ts';
import { IndexBuilder } from './index-builder.ts';
import {
  COMPANION_SUFFIXES,
  discardDeleted,
  discardLeftovers,
  INDEX_SUFFIX,
  listSegments,
  LOG_SUFFIX,
  parentOf,
  readFileNow,
  removeIfPresent,
  segmentPath,
  syncAndClose,
  takeSegmentAway,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from './log-files.ts';
import { readLogState, writeLogState } from './log-state.ts';
import type { LogCondition, LogState } from './log-state.ts';
import { RELATIVE_OFFSET_MAX } from './offset-index.ts';
import { removeSnapshots, walkProducers, writeSnapshot } from './producer-files.ts';
import { Segment } from './segment.ts';
import { hasValidBatch, isZeroFrom, scanSegment } from './segment-scan.ts';
import type { ExpectedEpoch } from './segment-scan.ts';
import { finishSwaps } from './segment-swap.ts';
import { abortedTransaction, TransactionIndex } from './transaction-index.ts';

/** What opening a log found, and did. */
export interface RecoveryReport {
  /**
   * `uncertain`: records that this replica may have acknowledged could be missing at its end.
   * `damaged`: records below the durable mark are bad or missing; the log is out of service, and
   * nothing below the mark was cut. Both last until `clearUncertain` or `setAside`.
   */
  readonly state: LogCondition;
  readonly scannedBytes: number;
  /** Bytes that no longer belong to the log. */
  readonly cutBytes: number;
  /** Where the log was cut; null if it was not. */
  readonly cutFromOffset: Offset | null;
  /** The first file that holds what was cut. */
  readonly suffixKeptAs?: string;
  /** A sentence, unless the log is whole and nothing was cut. */
  readonly reason?: string;
}

export interface RecoveryOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly indexIntervalBytes: number;
  /** Everything below was on the disk: a lower bound; 0 where nothing is known. */
  readonly durableMark: Offset;
  /** False: there is no readable mark file, and nothing can be said about what was acknowledged. */
  readonly markIntact: boolean;
  readonly cleanStop: boolean;
}

export interface RecoveredLog {
  /** Never empty, ascending, dense; the last one is active. */
  readonly segments: Segment[];
  readonly state: LogState;
  /** As the batches of `segments`, and those that are gone, leave them; none of a damaged log. */
  readonly producers: ProducerStates;
  readonly report: RecoveryReport;
}

/** Opens the log in `directory`, which is created with an empty log if there is none. */
export async function recoverLog(options: RecoveryOptions): Promise<RecoveredLog> {
  const { fileSystem, directory } = options;
  if (!fileSystem.exists(directory)) {
    fileSystem.makeDirectory(directory);
    await syncDirectory(fileSystem, parentOf(directory));
  }
  await discardLeftovers(fileSystem, directory);
  await finishSwaps(fileSystem, directory);
  const recovery = new Recovery(options);
  try {
    return await recovery.run();
  } catch (error) {
    recovery.abandon();
    throw error;
  }
}

/** A segment on its way through recovery. */
interface Scanned {
  readonly segment: Segment;
  readonly builder: IndexBuilder;
  /** Bytes in the file before anything was cut. */
  readonly fileBytes: number;
}

/** Where the log stops making sense. */
interface Break {
  readonly offset: Offset;
  readonly reason: string;
  readonly torn: boolean;
}

/** One run, once. */
class Recovery {
  readonly #options: RecoveryOptions;
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  #logStartOffset: Offset;
  #epochs: LeaderEpochHistory;
  #condition: LogCondition;
  #reason: string;
  /** What is on the disk now; null: no sound state file. */
  #stored: LogState | null = null;
  #scannedBytes = 0;
  /** One that does not hold up is none: the next start will not hear of it either. */
  #isCleanStop: boolean;
  /** Segments below the log start, whose removal a crash interrupted. */
  #belowStart: readonly Offset[] = [];
  /** Every segment that was looked at. */
  readonly #seen: Segment[] = [];

  constructor(options: RecoveryOptions) {
    this.#options = options;
    this.#fileSystem = options.fileSystem;
    this.#directory = options.directory;
    this.#isCleanStop = options.cleanStop;
    this.#logStartOffset = offset(0);
    this.#epochs = new LeaderEpochHistory();
    this.#condition = 'whole';
    this.#reason = '';
  }

  async run(): Promise<RecoveredLog> {
    const { durableMark, markIntact } = this.#options;
    this.#readState();
    if (!markIntact) this.#worsen('uncertain', 'there is no readable durable mark');
    const bases = this.#leaveOutBelowStart(listSegments(this.#fileSystem, this.#directory));
    if (this.#isCleanStop && markIntact && this.#stored !== null && this.#condition !== 'damaged') {
      const trusted = this.#trust(bases);
      if (trusted !== null) return this.#finish(trusted, null, NO_CUT);
    }
    this.#isCleanStop = false;

    const { trusted, scanned, broken, behind } = await this.#scan(bases);
    const endOffset = scanned.at(-1)?.segment.nextOffset ?? this.#logStartOffset;
    if (endOffset < durableMark && this.#logStartOffset < durableMark) {
      const missing = `the log ends at ${endOffset}, below its durable mark ${durableMark}`;
      this.#worsen('damaged', broken === null ? missing : `offset ${endOffset}: ${broken.reason}`);
    }
    if (behind[0] !== undefined && behind[0] < durableMark) {
      // A batch claims offsets that others have: whichever is right, these lie below the mark.
      this.#worsen('damaged', `the log reaches ${endOffset}, and a segment begins at ${behind[0]}`);
    }
    if (this.#condition === 'damaged') {
      return this.#finishDamaged([...trusted, ...scanned.map((one) => one.segment)], NO_CUT);
    }
    const cut = await this.#cut(scanned, broken, behind);
    await this.#makeLast(scanned);
    const segments = [...trusted, ...scanned.map((one) => one.segment)];
    return this.#finish(segments, scanned, cut);
  }

  /** Closes what a failure has left open. */
  abandon(): void {
    for (const segment of this.#seen) segment.retire();
  }

  /** X10: without a sound state file the epochs come from the batches, and nothing is certain. */
  #readState(): void {
    const read = readLogState(this.#fileSystem, this.#directory);
    const bases = listSegments(this.#fileSystem, this.#directory);
    if ('state' in read) {
      this.#stored = read.state;
      this.#logStartOffset = read.state.logStartOffset;
      this.#epochs = read.state.epochs.clone();
      this.#condition = read.state.condition;
      this.#reason = read.state.reason;
      return;
    }
    this.#logStartOffset = bases[0] ?? offset(0);
    // A directory without segments is one whose creation was interrupted before it held anything.
    const isNew = bases.length === 0 && read.problem === 'log-state is missing';
    if (!isNew) this.#worsen('uncertain', read.problem);
  }

  #worsen(condition: LogCondition, reason: string): void {
    if (SEVERITY[condition] <= SEVERITY[this.#condition]) return;
    this.#condition = condition;
    this.#reason = reason;
  }

  #leaveOutBelowStart(bases: readonly Offset[]): readonly Offset[] {
    let count = 0;
    while (count + 1 < bases.length && bases[count + 1]! <= this.#logStartOffset) count++;
    this.#belowStart = bases.slice(0, count);
    return bases.slice(count);
  }

  /** Finishes the removal; of a damaged log nobody knows what they hold. */
  async #dropBelowStart(): Promise<void> {
    if (this.#belowStart.length === 0) return;
    for (const base of this.#belowStart) takeSegmentAway(this.#fileSystem, this.#directory, base);
    await syncDirectory(this.#fileSystem, this.#directory);
    await discardDeleted(this.#fileSystem, this.#directory);
  }

  /** After a clean stop: the segments as they stand, or null if their end does not hold up. */
  #trust(bases: readonly Offset[]): Segment[] | null {
    // Nothing was ever written, and nothing was to be there.
    if (bases.length === 0) {
      return offsetMax(this.#options.durableMark, this.#logStartOffset) === 0 ? [] : null;
    }
    if (bases[0]! > this.#logStartOffset) return null;
    const segments = bases.map((base, index) =>
      this.#closedSegment(base, bases[index + 1] ?? base),
    );
    if (segments.some((segment) => !this.#hasIndexFiles(segment.baseOffset))) return null;
    const active = segments.at(-1)!;
    const endOffset = this.#verifiedEnd(active);
    const { durableMark } = this.#options;
    if (endOffset === null || endOffset < offsetMax(durableMark, this.#logStartOffset)) {
      active.retire();
      return null;
    }
    active.endAt(endOffset, active.writtenBytes);
    return segments;
  }

  /** Where the segment ends, if the batches from its last index entry on verify; else null. */
  #verifiedEnd(segment: Segment): Offset | null {
    const { file, bytes } = { file: segment.file(), bytes: segment.writtenBytes };
    const position = segment.offsetIndex.lastPosition;
    let endOffset = segment.baseOffset;
    let sound = true;
    try {
      const startOffset = position === 0 ? segment.baseOffset : null;
      walkHeadersNow(file, { position, end: bytes, startOffset }, (header, at) => {
        const batch = new Uint8Array(header.totalBytes);
        file.readNow(batch, at);
        const epoch = this.#expectedEpoch(header.baseOffset);
        sound &&= crcHolds(batch, 0, batch.length);
        sound &&= header.lastOffset - segment.baseOffset <= RELATIVE_OFFSET_MAX;
        sound &&= epoch === null || epoch === header.leaderEpoch;
        endOffset = header.nextOffset;
        return sound;
      });
    } catch (error) {
      if (error instanceof CorruptLogError) return null;
      throw error;
    }
    return sound ? endOffset : null;
  }

  /** Reads every batch from the segment that holds the durable mark. */
  async #scan(bases: readonly Offset[]): Promise<{
    trusted: Segment[];
    scanned: Scanned[];
    broken: Break | null;
    /** Segments behind the break. */
    behind: Offset[];
  }> {
    const first = this.#firstToScan(bases);
    const trusted: Segment[] = [];
    for (let index = 0; index < first; index++) {
      trusted.push(this.#closedSegment(bases[index]!, bases[index + 1]!));
    }
    const scanned: Scanned[] = [];
    let broken: Break | null = null;
    let index = first;
    let expected = bases[first] ?? this.#logStartOffset;
    if (first === 0) expected = this.#expectedFirstBase(expected);
    for (; index < bases.length && broken === null; index++) {
      const base = bases[index]!;
      if (base !== expected) {
        // Harmless if nothing but empty files lies behind, which `#cut` finds out.
        const reason = `offsets ${expected} to ${base} are missing`;
        broken = { offset: expected, reason, torn: true };
        break;
      }
      const one = await this.#scanOne(base);
      scanned.push(one.scanned);
      broken = one.broken;
      expected = one.scanned.segment.nextOffset;
    }
    return { trusted, scanned, broken, behind: bases.slice(index) };
  }

  /** The first segment may begin in front of the log start, never behind it. */
  #expectedFirstBase(firstBase: Offset): Offset {
    return firstBase <= this.#logStartOffset ? firstBase : this.#logStartOffset;
  }

  #firstToScan(bases: readonly Offset[]): number {
    if (this.#stored === null || !this.#options.markIntact) return 0;
    // The beginning is missing: nothing behind it stands for it, however sound.
    if ((bases[0] ?? this.#logStartOffset) > this.#logStartOffset) return 0;
    let first = 0;
    while (first + 1 < bases.length && bases[first + 1]! <= this.#options.durableMark) {
      // The indexes of a segment below the mark were synced with it; rebuilt should they be gone.
      if (!this.#hasIndexFiles(bases[first]!)) break;
      first++;
    }
    return first;
  }

  async #scanOne(base: Offset): Promise<{ scanned: Scanned; broken: Break | null }> {
    const segment = this.#closedSegment(base, base);
    const builder = new IndexBuilder(base);
    const rebuilt = this.#stored === null ? this.#epochs : null;
    const expected = rebuilt === null ? this.#expectedEpoch : this.#risingEpoch;
    const fileBytes = segment.writtenBytes;
    const scan = await scanSegment(segment.file(), base, expected, (header, position) => {
      builder.add(header, position, this.#options.indexIntervalBytes);
      rebuilt?.assign(leaderEpoch(header.leaderEpoch), header.baseOffset);
    });
    this.#scannedBytes += fileBytes;
    segment.bytes = scan.goodBytes;
    segment.writtenBytes = scan.goodBytes;
    segment.nextOffset = scan.nextOffset;
    segment.useBuilder(builder);
    // One file open at a time: there may be thousands.
    segment.reopen();
    const broken = scan.problem === null ? null : { offset: scan.nextOffset, ...scan.problem };
    return { scanned: { segment, builder, fileBytes }, broken };
  }

  readonly #expectedEpoch = (baseOffset: Offset): LeaderEpoch | null =>
    expectedEpoch(this.#epochs, this.#logStartOffset, baseOffset);

  /** While the epochs come from the batches: none may fall, and none is unstamped. */
  readonly #risingEpoch: ExpectedEpoch = (_, found) => {
    const latest = this.#epochs.latestEpoch() ?? leaderEpoch(0);
    return found < latest ? latest : null;
  };

  /** Nothing more is cut or moved: whoever repairs the replica may want to see it as it is. */
  async #finishDamaged(segments: Segment[], cut: Cut): Promise<RecoveredLog> {
    await this.#storeState();
    if (segments.length === 0) {
      // Kept in memory alone: a segment file would pretend that the log begins here.
      const extent = {
        baseOffset: this.#logStartOffset,
        nextOffset: this.#logStartOffset,
        bytes: 0,
      };
      const nothing = new Segment(this.#fileSystem, this.#directory, extent);
      nothing.useBuilder(new IndexBuilder(this.#logStartOffset));
      segments.push(nothing);
    }
    return this.#recovered(segments, new ProducerStates(), cut);
  }

  /** Keeps what does not verify aside; decides whether that was plainly a torn tail (X3). */
  async #cut(scanned: Scanned[], broken: Break | null, behind: readonly Offset[]): Promise<Cut> {
    if (broken === null) return NO_CUT;
    const last = scanned.at(-1);
    const torn = broken.torn && !(await this.#anythingValidBehind(last, broken.offset, behind));
    if (!torn) this.#worsen('uncertain', `offset ${broken.offset}: ${broken.reason}`);
    await this.#storeStateIfWorse();

    let cutBytes = 0;
    let suffixKeptAs: string | undefined;
    if (last !== undefined && last.fileBytes > last.segment.bytes) {
      cutBytes += last.fileBytes - last.segment.bytes;
      suffixKeptAs = await this.#keepSuffix(last);
    }
    for (const base of behind.toReversed()) {
      const moved = await this.#moveAside(base);
      cutBytes += moved.bytes;
      suffixKeptAs ??= moved.path;
    }
    return {
      cutBytes,
      cutFromOffset: broken.offset,
      reason: broken.reason,
      ...(suffixKeptAs === undefined ? {} : { suffixKeptAs }),
    };
  }

  async #anythingValidBehind(
    last: Scanned | undefined,
    badOffset: Offset,
    behind: readonly Offset[],
  ): Promise<boolean> {
    const expected: ExpectedEpoch = this.#stored === null ? () => null : this.#expectedEpoch;
    if (last !== undefined) {
      const { segment } = last;
      // From the byte behind the bad batch's first one: its own offset is not beyond itself.
      if (await hasValidBatch(segment.file(), segment.bytes + 1, badOffset, expected)) return true;
    }
    for (const base of behind) {
      const segment = this.#closedSegment(base, base);
      const valid = await hasValidBatch(segment.file(), 0, badOffset, expected);
      segment.retire();
      if (valid) return true;
    }
    return false;
  }

  /** Copies the bytes behind the good ones to a file of their own; zeros alone are not worth one. */
  async #keepSuffix({ segment, fileBytes }: Scanned): Promise<string | undefined> {
    if (await isZeroFrom(segment.file(), segment.bytes)) return undefined;
    const range = { start: segment.bytes, end: fileBytes };
    return copyRange(this.#fileSystem, segment.file(), range, (attempt) =>
      segmentPath(this.#directory, segment.baseOffset, `${LOG_SUFFIX}.cut-${attempt}`),
    );
  }

  async #moveAside(base: Offset): Promise<{ path: string | undefined; bytes: number }> {
    const segment = this.#closedSegment(base, base);
    if (segment.bytes === 0) {
      takeSegmentAway(this.#fileSystem, this.#directory, base);
      await syncDirectory(this.#fileSystem, this.#directory);
      return { path: undefined, bytes: 0 };
    }
    let attempt = 1;
    let path: string;
    do path = `${segment.path}.cut-${attempt++}`;
    while (this.#fileSystem.exists(path));
    const file = this.#fileSystem.open(segment.path, 'write');
    await syncFile(file);
    file.close();
    this.#fileSystem.rename(segment.path, path);
    for (const suffix of COMPANION_SUFFIXES) {
      removeIfPresent(this.#fileSystem, segmentPath(this.#directory, base, suffix));
    }
    await syncDirectory(this.#fileSystem, this.#directory);
    return { path, bytes: segment.bytes };
  }

  /**
   * Rewrites what lies above the mark and what was cut into new files, since a failed sync may have
   * left pages that look clean and are not on the disk (X12); syncs everything else that was read.
   */
  async #makeLast(scanned: Scanned[]): Promise<void> {
    for (const { segment, fileBytes } of scanned) {
      const isCut = fileBytes > segment.bytes;
      if (isCut || (segment.bytes > 0 && segment.nextOffset > this.#options.durableMark)) {
        const source = segment.file();
        await copyFile(this.#fileSystem, source, segment.bytes, segment.path);
        segment.reopen();
      }
      await syncFile(segment.file());
      segment.removeIndexFiles();
      if (segment !== scanned.at(-1)!.segment) segment.reopen();
    }
  }

  /**
   * Writes down what was found, makes every name last, and sees to it that there is a segment, if only
   * in memory.
   * `scanned` is null for a log that was trusted.
   */
  async #finish(
    segments: Segment[],
    scanned: readonly Scanned[] | null,
    cut: Cut,
  ): Promise<RecoveredLog> {
    if ((segments.at(-1)?.nextOffset ?? this.#logStartOffset) < this.#logStartOffset) {
      // The log was to begin behind its end, with none of these: a restart that was interrupted.
      for (const segment of segments.splice(0)) {
        segment.retire();
        takeSegmentAway(this.#fileSystem, this.#directory, segment.baseOffset);
      }
      this.#epochs.clear();
    }
    const endOffset = segments.at(-1)?.nextOffset ?? this.#logStartOffset;
    const producers = await this.#recoverProducers(segments, scanned?.[0]?.segment, endOffset);
    if (producers === null) return this.#finishDamaged(segments, cut);
    await this.#dropBelowStart();
    // In this order: of a log that holds nothing, the epoch at its start is one that begins at its end.
    this.#epochs.truncateFromStart(this.#logStartOffset);
    this.#epochs.truncateFromEnd(endOffset);
    await this.#storeState();
    if (segments.length === 0) {
      segments.push(Segment.unmade(this.#fileSystem, this.#directory, this.#logStartOffset));
    }
    if (scanned !== null) {
      await syncDirectory(this.#fileSystem, this.#directory);
      await syncDirectory(this.#fileSystem, parentOf(this.#directory));
      await discardDeleted(this.#fileSystem, this.#directory);
    }
    return this.#recovered(segments, producers, cut);
  }

  /**
   * What the batches say of their producers, and the transactions that they abort: from files for
   * segments in front of `firstScanned`, from the batches otherwise. Null where the headers of
   * segments that were not scanned make no sense: damage, which is now the verdict.
   */
  async #recoverProducers(
    segments: readonly Segment[],
    firstScanned: Segment | undefined,
    endOffset: Offset,
  ): Promise<ProducerStates | null> {
    const { fileSystem, directory } = this.#options;
    const firstBase = segments[0]?.baseOffset ?? endOffset;
    // Those of batches that have been cut off, or that were there before the log began anew.
    const isSense = (at: Offset): boolean => at >= firstBase && at <= endOffset;
    if (removeSnapshots(fileSystem, directory, isSense) > 0) {
      await syncDirectory(fileSystem, directory);
    }
    const toBuild = new Set<Segment>();
    const isScanned = (segment: Segment): boolean =>
      firstScanned !== undefined && segment.baseOffset >= firstScanned.baseOffset;
    for (const segment of segments) {
      if (isScanned(segment) || !this.#readTransactions(segment)) toBuild.add(segment);
    }
    const first = [...toBuild][0];
    try {
      const producers = await walkProducers({
        fileSystem,
        directory,
        segments,
        endOffset,
        ...(first === undefined ? {} : { snapshotMax: first.baseOffset }),
        onSegment: ({ baseOffset }, states) =>
          writeSnapshot(fileSystem, directory, baseOffset, states),
        onCompleted: (segment, completed, states) => {
          if (completed.outcome !== 'abort' || !toBuild.has(segment)) return;
          segment.transactions.append(abortedTransaction(completed, states));
        },
      });
      const closed = [...toBuild].filter((one) => one !== segments.at(-1));
      await this.#storeTransactions(closed);
      await this.#storeIndexes(closed.filter(isScanned));
      return producers;
    } catch (error) {
      if (!(error instanceof CorruptLogError)) throw error;
      this.#worsen('damaged', error.message);
      return null;
    }
  }

  /** False where the file is not to be believed. */
  #readTransactions(segment: Segment): boolean {
    // Index files are synced before anything in the next segment is durable. A mark that says no more
    // than that this segment's batches are may be older than its files.
    const { durableMark } = this.#options;
    if (!this.#isCleanStop && segment.nextOffset >= durableMark) return false;
    const path = segmentPath(this.#directory, segment.baseOffset, TRANSACTION_INDEX_SUFFIX);
    const bytes = readFileNow(this.#fileSystem, path);
    if (bytes === null) return true;
    const index = TransactionIndex.parse(bytes, segment);
    if (index === null) return false;
    segment.transactions = index;
    return true;
  }

  /** Before the other indexes, without which the next start would build this one again. */
  async #storeTransactions(closed: readonly Segment[]): Promise<void> {
    let written = 0;
    for (const segment of closed) {
      const files = segment.writeTransactionIndex();
      written += files.length;
      await syncAndClose(files);
    }
    if (written > 0) await syncDirectory(this.#fileSystem, this.#directory);
  }

  async #storeIndexes(closed: readonly Segment[]): Promise<void> {
    for (const segment of closed) {
      await syncAndClose(segment.writeIndexes());
      segment.reopen();
    }
  }

  #recovered(segments: Segment[], producers: ProducerStates, cut: Cut): RecoveredLog {
    assert(this.#stored !== null, 'recovery has written down its state');
    for (const segment of segments.slice(0, -1)) segment.rest();
    const reason = this.#reason === '' ? cut.reason : this.#reason;
    const report: RecoveryReport = {
      state: this.#condition,
      scannedBytes: this.#scannedBytes,
      cutBytes: cut.cutBytes,
      cutFromOffset: cut.cutFromOffset,
      ...(cut.suffixKeptAs === undefined ? {} : { suffixKeptAs: cut.suffixKeptAs }),
      ...(reason === undefined ? {} : { reason }),
    };
    return { segments, state: this.#stored, producers, report };
  }

  /** Before anything is cut or moved: a verdict that is worse than the stored one. */
  async #storeStateIfWorse(): Promise<void> {
    if (this.#condition === 'whole' || this.#stored?.condition === this.#condition) return;
    // The stored epochs stay: those behind the cut are needed to judge it again after a crash.
    const epochs = this.#stored?.epochs ?? this.#epochs;
    await this.#write({ epochs });
  }

  async #storeState(): Promise<void> {
    const stored = this.#stored;
    const same =
      stored !== null &&
      stored.condition === this.#condition &&
      stored.reason === this.#reason &&
      stored.logStartOffset === this.#logStartOffset &&
      stored.epochs.equals(this.#epochs);
    if (!same) await this.#write({ epochs: this.#epochs });
  }

  async #write({ epochs }: { epochs: LeaderEpochHistory }): Promise<void> {
    const state: LogState = {
      logStartOffset: this.#logStartOffset,
      condition: this.#condition,
      reason: this.#reason,
      epochs: epochs.clone(),
    };
    await writeLogState(this.#fileSystem, this.#directory, state);
    this.#stored = state;
  }

  #closedSegment(baseOffset: Offset, nextOffset: Offset): Segment {
    const extent = { baseOffset, nextOffset: offsetMax(baseOffset, nextOffset), bytes: 0 };
    const segment = new Segment(this.#fileSystem, this.#directory, extent);
    segment.bytes = segment.file().size();
    segment.writtenBytes = segment.bytes;
    segment.rest();
    this.#seen.push(segment);
    return segment;
  }

  #hasIndexFiles(base: Offset): boolean {
    return [INDEX_SUFFIX, TIME_INDEX_SUFFIX].every((suffix) =>
      this.#fileSystem.exists(segmentPath(this.#directory, base, suffix)),
    );
  }
}

const SEVERITY = { whole: 0, uncertain: 1, damaged: 2 } as const;

interface Cut {
  readonly cutBytes: number;
  readonly cutFromOffset: Offset | null;
  readonly suffixKeptAs?: string;
  readonly reason?: string;
}

const NO_CUT: Cut = { cutBytes: 0, cutFromOffset: null };
