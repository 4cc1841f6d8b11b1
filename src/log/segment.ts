/* eslint-disable @typescript-eslint/no-non-null-assertion -- an active segment has a builder */
import { assert } from '../base/assert.ts';
import type { Offset } from '../base/ids.ts';
import type { FileSystem, FileSystemError, OpenFile } from '../base/file-system.ts';
import { walkHeadersNow } from './batch-walk.ts';
import { CorruptLogError } from './corrupt-log-error.ts';
import {
  INDEX_SUFFIX,
  LOG_SUFFIX,
  readFileNow,
  removeIfPresent,
  segmentPath,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from './log-files.ts';
import { IndexBuilder } from './index-builder.ts';
import type { IndexedBatch } from './index-builder.ts';
import { indexesAgree } from './index-check.ts';
import type { Indexes } from './index-check.ts';
import { OffsetIndex, RELATIVE_OFFSET_MAX } from './offset-index.ts';
import { TimeIndex } from './time-index.ts';
import { TransactionIndex } from './transaction-index.ts';

/**
 * One `.log` file and its indexes. The last segment of a log is its active one, whose indexes
 * live in memory; those of a closed segment are files, read when someone asks. Owned by one log.
 *
 * A file handle may be needed longer than the segment belongs to the log (a read under way, a sync in
 * flight): whoever uses it asynchronously pins it, and `retire` closes it with the last pin.
 */
export class Segment {
  readonly baseOffset: Offset;
  readonly path: string;
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  /** Bytes of batches, those that wait to be written included. */
  bytes: number;
  /** Bytes in the file. `bytes` is larger only in the active segment. */
  writtenBytes: number;
  /** Behind the last record; the next segment's base offset. */
  nextOffset: Offset;
  /** The aborted transactions that end in this segment; whoever opens a log fills it. */
  transactions = new TransactionIndex();
  #file: OpenFile | null = null;
  #isMade = true;
  /** Until something is written. */
  #predecessor: OpenFile | null = null;
  /** Of a closed segment, once someone has asked. */
  #loaded: Indexes | null = null;
  /** Of the active segment. */
  #builder: IndexBuilder | null = null;
  /** The offset index comes from a file, which has no checksum. */
  #fromFiles = false;
  /** Neither the time index nor the batches can be read. */
  #timesUnknown = false;
  /** Of the first batch, for rolling by age; null: not looked up yet. */
  #firstTimestamp: number | null = null;
  #pins = 0;
  #retired = false;

  constructor(
    fileSystem: FileSystem,
    directory: string,
    extent: { baseOffset: Offset; nextOffset: Offset; bytes: number },
  ) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.baseOffset = extent.baseOffset;
    this.path = segmentPath(directory, extent.baseOffset, LOG_SUFFIX);
    this.bytes = extent.bytes;
    this.writtenBytes = extent.bytes;
    this.nextOffset = extent.nextOffset;
  }

  /**
   * A new, empty file. Lasting once the directory is synced. What is on its way to `predecessor`, the
   * segment in front, comes first: a hole there would look like rot in front of what is here.
   */
  static create(
    fileSystem: FileSystem,
    directory: string,
    baseOffset: Offset,
    predecessor: OpenFile | null = null,
  ): Segment {
    const segment = Segment.unmade(fileSystem, directory, baseOffset);
    segment.#predecessor = predecessor;
    segment.#file = fileSystem.open(segment.path, 'create-new');
    segment.#isMade = true;
    return segment;
  }

  /** An active segment whose file is made when it is first asked for. */
  static unmade(fileSystem: FileSystem, directory: string, baseOffset: Offset): Segment {
    const extent = { baseOffset, nextOffset: baseOffset, bytes: 0 };
    const segment = new Segment(fileSystem, directory, extent);
    segment.#builder = new IndexBuilder(baseOffset);
    segment.#isMade = false;
    return segment;
  }

  /** Whether there is a file: an active segment may have none while it is empty. */
  get isMade(): boolean {
    return this.#isMade;
  }

  /** The file, opened if it is not. */
  file(): OpenFile {
    // A reader that has pinned it may finish.
    assert(
      !this.#retired || this.#file !== null,
      () => `${this.path} no longer belongs to the log`,
    );
    this.#file ??= this.#fileSystem.open(this.path, this.#isMade ? 'write' : 'create');
    this.#isMade = true;
    return this.#file;
  }

  get isOpen(): boolean {
    return this.#file !== null;
  }

  get offsetIndex(): OffsetIndex {
    return (this.#builder ?? this.#loadedIndexes()).offsetIndex;
  }

  get timeIndex(): TimeIndex {
    return (this.#builder ?? this.#loadedIndexes()).timeIndex;
  }

  /** Of all batches; -1 if none has one, or if that cannot be known. */
  get largestTimestamp(): number {
    return this.#builder?.largestTimestamp ?? this.timeIndex.lastTimestamp;
  }

  /** Whether a batch may have a record at or after `timestamp`. */
  mayReach(timestamp: number): boolean {
    return this.largestTimestamp >= timestamp || this.#timesUnknown;
  }

  /** Of the first batch; -1 in an empty segment, or if that batch has none or cannot be read. */
  get firstTimestamp(): number {
    this.#firstTimestamp ??= this.#readFirstTimestamp();
    return this.#firstTimestamp;
  }

  /** Counts a batch that continues the segment and will be written at `bytes`. Active segment only. */
  append(batch: IndexedBatch & { nextOffset: Offset }, indexIntervalBytes: number): void {
    if (this.bytes === 0) this.#firstTimestamp = batch.maxTimestamp;
    this.#builder!.add(batch, this.bytes, indexIntervalBytes);
    this.bytes += batch.totalBytes;
    this.nextOffset = batch.nextOffset;
  }

  /**
   * Writes `buffers` behind what is in the file, where every reader sees them from now on. False: they
   * are in the page cache; true: they are on their way, and `done` says when they have arrived.
   */
  write(
    buffers: readonly Uint8Array[],
    bytes: number,
    done: (error: FileSystemError | null) => void,
  ): boolean {
    const file = this.file();
    const isUnderWay = file.writeBehind(buffers, this.writtenBytes, done, this.#predecessor);
    this.#predecessor = null;
    this.writtenBytes += bytes;
    return isUnderWay;
  }

  /**
   * Writes the index files of a segment that takes no more batches, the segment's largest timestamp
   * as their last entry. Returns them open, to be synced and closed.
   */
  writeIndexes(): OpenFile[] {
    this.#builder?.finish();
    return this.#writeFiles([
      [INDEX_SUFFIX, this.offsetIndex.encode()],
      [TIME_INDEX_SUFFIX, this.timeIndex.encode()],
      [TRANSACTION_INDEX_SUFFIX, this.transactions.encode()],
    ]);
  }

  /** As `writeIndexes`, for the aborted transactions alone. */
  writeTransactionIndex(): OpenFile[] {
    return this.#writeFiles([[TRANSACTION_INDEX_SUFFIX, this.transactions.encode()]]);
  }

  /** Removes the index files: those of an active segment would soon be wrong. */
  removeIndexFiles(): boolean {
    const paths = [INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX].map((suffix) =>
      segmentPath(this.#directory, this.baseOffset, suffix),
    );
    const removed = paths.filter((path) => removeIfPresent(this.#fileSystem, path));
    return removed.length > 0;
  }

  /**
   * Makes this the active segment, ending at `position`, a batch boundary at `endOffset`: drops index
   * entries behind, and counts again what lies behind the last one that stays. Does not touch the file.
   */
  endAt(endOffset: Offset, position: number): void {
    const { offsetIndex, timeIndex } = this;
    this.transactions.truncateTo(endOffset);
    offsetIndex.truncateTo(endOffset);
    timeIndex.truncateTo(endOffset);
    const fromFiles = this.#fromFiles;
    const builder = new IndexBuilder(this.baseOffset, { offsetIndex, timeIndex });
    const range = { position: offsetIndex.lastPosition, end: position, startOffset: null };
    walkHeadersNow(this.file(), range, (header) => {
      builder.recount(header);
      return true;
    });
    this.useBuilder(builder);
    this.#fromFiles = fromFiles;
    this.bytes = position;
    this.writtenBytes = position;
    this.nextOffset = endOffset;
  }

  /**
   * The batch that contains `target`, or where the segment ends. `position` and `nextOffset` are those
   * of the batch; at the segment's end both offsets are the end.
   */
  locate(target: Offset): { position: number; baseOffset: Offset } {
    try {
      return this.#locate(target);
    } catch (error) {
      if (!(error instanceof CorruptLogError) || !this.rebuildIndexes()) throw error;
      return this.#locate(target);
    }
  }

  /** A closed segment whose file is open under another name, with the indexes of what it holds. */
  adopt(file: OpenFile, indexes: Indexes, transactions: TransactionIndex): void {
    this.#file = file;
    this.#loaded = indexes;
    this.transactions = transactions;
  }

  /** Indexes that a scan of the whole file has built. */
  useBuilder(builder: IndexBuilder): void {
    this.#builder = builder;
    this.#loaded = null;
    this.#fromFiles = false;
    this.#timesUnknown = false;
    this.#firstTimestamp = null;
  }

  /**
   * What was read through the indexes made no sense: they are built from the batches, and their files
   * removed. False if they were, or cannot be: then it is the batches that make no sense.
   */
  rebuildIndexes(): boolean {
    if (!this.#fromFiles) return false;
    const rebuilt = this.#rebuiltOrNull();
    if (rebuilt === null) return false;
    this.removeIndexFiles();
    const isActive = this.#builder !== null;
    this.useBuilder(rebuilt);
    if (isActive) return true;
    rebuilt.finish();
    this.#builder = null;
    this.#loaded = rebuilt;
    return true;
  }

  /** Keeps the file open while it is used asynchronously. */
  pin(): void {
    this.#pins++;
  }

  unpin(): void {
    assert(this.#pins > 0, 'a pin is taken back once');
    this.#pins--;
    if (this.#retired) this.#closeUnlessPinned();
  }

  /** The name leads to another file now. */
  reopen(): void {
    assert(this.#pins === 0, 'a file is exchanged only while nobody uses it');
    this.#closeUnlessPinned();
  }

  /** Closes the file and forgets the indexes of a closed segment; false if it is in use. */
  rest(): boolean {
    if (this.#pins > 0) return false;
    this.#closeUnlessPinned();
    this.#builder = null;
    this.#loaded = null;
    this.#timesUnknown = false;
    return true;
  }

  /** The segment no longer belongs to the log; its file is closed as soon as nobody uses it. */
  retire(): void {
    this.#retired = true;
    this.#closeUnlessPinned();
  }

  #writeFiles(contents: readonly (readonly [suffix: string, content: Uint8Array])[]): OpenFile[] {
    const files: OpenFile[] = [];
    try {
      for (const [suffix, content] of contents) {
        const path = segmentPath(this.#directory, this.baseOffset, suffix);
        if (suffix === TRANSACTION_INDEX_SUFFIX && content.length === 0) {
          removeIfPresent(this.#fileSystem, path);
          continue;
        }
        const file = this.#fileSystem.open(path, 'create');
        files.push(file);
        file.truncate(0);
        file.write([content], 0);
      }
      return files;
    } catch (error) {
      for (const file of files) file.close();
      throw error;
    }
  }

  #closeUnlessPinned(): void {
    if (this.#pins > 0) return;
    this.#file?.close();
    this.#file = null;
  }

  #readFirstTimestamp(): number {
    let first = -1;
    const range = { position: 0, end: this.writtenBytes, startOffset: this.baseOffset };
    try {
      walkHeadersNow(this.file(), range, (header) => {
        first = header.maxTimestamp;
        return false;
      });
    } catch (error) {
      // Whoever reads that batch is told: here it only means that the segment does not age.
      if (!(error instanceof CorruptLogError)) throw error;
    }
    return first;
  }

  #locate(target: Offset): { position: number; baseOffset: Offset } {
    let baseOffset = this.nextOffset;
    const range = {
      position: this.offsetIndex.positionFor(target),
      end: this.writtenBytes,
      startOffset: null,
    };
    const position = walkHeadersNow(this.file(), range, (header) => {
      if (header.nextOffset <= target) return true;
      baseOffset = header.baseOffset;
      return false;
    });
    if (position < this.writtenBytes && baseOffset > target) {
      const where = { path: this.path, position, offset: target };
      throw new CorruptLogError(where, `a batch begins at offset ${baseOffset}`);
    }
    return { position, baseOffset };
  }

  /** From the files, or from the batches where those are missing or nonsense. */
  #loadedIndexes(): Indexes {
    if (this.#loaded !== null) return this.#loaded;
    const parsed = this.#parsedIndexes();
    const isRight = parsed !== null && indexesAgree(this.file(), parsed, this.writtenBytes);
    this.#loaded = isRight ? parsed : this.#rebuiltOr(parsed);
    this.#fromFiles = this.#loaded.offsetIndex === parsed?.offsetIndex;
    return this.#loaded;
  }

  /**
   * Where not even the headers of all batches can be read, offsets are looked up as well as may be,
   * which a read that is misled notices, and times are not known.
   */
  #rebuiltOr(parsed: Indexes | null): Indexes {
    const rebuilt = this.#rebuiltOrNull();
    rebuilt?.finish();
    this.#timesUnknown = rebuilt === null;
    const offsetIndex = parsed?.offsetIndex ?? new OffsetIndex(this.baseOffset);
    return rebuilt ?? { offsetIndex, timeIndex: new TimeIndex(this.baseOffset) };
  }

  #parsedIndexes(): Indexes | null {
    const indexBytes = this.#readIndexFile(INDEX_SUFFIX);
    const timeBytes = this.#readIndexFile(TIME_INDEX_SUFFIX);
    if (indexBytes === null || timeBytes === null) return null;
    const offsetIndex = OffsetIndex.parse(this.baseOffset, indexBytes, this.writtenBytes);
    const timeIndex = TimeIndex.parse(this.baseOffset, timeBytes);
    return offsetIndex === null || timeIndex === null ? null : { offsetIndex, timeIndex };
  }

  /** Null where not even the headers of all batches can be read. */
  #rebuiltOrNull(): IndexBuilder | null {
    const builder = new IndexBuilder(this.baseOffset);
    const { writtenBytes: end } = this;
    const range = { position: 0, end, startOffset: this.baseOffset };
    try {
      const position = walkHeadersNow(this.file(), range, (header, at) => {
        if (header.lastOffset - this.baseOffset > RELATIVE_OFFSET_MAX) return false;
        builder.add(header, at, REBUILT_INTERVAL_BYTES);
        return true;
      });
      return position === end ? builder : null;
    } catch (error) {
      if (error instanceof CorruptLogError) return null;
      throw error;
    }
  }

  #readIndexFile(suffix: string): Uint8Array | null {
    return readFileNow(this.#fileSystem, segmentPath(this.#directory, this.baseOffset, suffix));
  }
}

/** Kafka's default for `index.interval.bytes`: what a lost index is rebuilt with. */
const REBUILT_INTERVAL_BYTES = 4096;
