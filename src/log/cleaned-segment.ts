import type { Offset } from '../base/ids.ts';
import { offset, offsetMax } from '../base/ids.ts';
import { syncFile } from '../base/file-system.ts';
import type { FileSystem, OpenFile } from '../base/file-system.ts';
import { readBatchHeader } from '../record/batch-header.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { encodeEmptyBatch, isEmptyRun } from './empty-batch.ts';
import { IndexBuilder } from './index-builder.ts';
import { RELATIVE_OFFSET_MAX } from './offset-index.ts';
import { cleanedPath } from './segment-swap.ts';

/**
 * A segment that compaction writes, `<base>.log.cleaned`: takes batches in their order, kept, changed
 * or emptied, so that offsets stay dense. Emptied neighbours of one leader epoch become one batch.
 * Made for one group of segments, and ended by `close`.
 */
export class CleanedSegment {
  readonly baseOffset: Offset;
  readonly builder: IndexBuilder;
  readonly #file: OpenFile;
  readonly #indexIntervalBytes: number;
  #buffers: Uint8Array[] = [];
  #bufferedBytes = 0;
  #writtenBytes = 0;
  #nextOffset: Offset;
  /** Of the control batches that are in it. */
  readonly #markers = new Set<Offset>();
  /** Emptied batches that wait for their neighbours. */
  #run: EmptyRun | null = null;
  #isChanged = false;

  constructor(
    fileSystem: FileSystem,
    directory: string,
    options: { readonly baseOffset: Offset; readonly indexIntervalBytes: number },
  ) {
    this.baseOffset = options.baseOffset;
    this.builder = new IndexBuilder(options.baseOffset);
    this.#indexIntervalBytes = options.indexIntervalBytes;
    this.#nextOffset = options.baseOffset;
    this.#file = fileSystem.open(cleanedPath(directory, options.baseOffset), 'create');
    this.#file.truncate(0);
  }

  /** Whether it holds anything but the very batches that were given to it. */
  get isChanged(): boolean {
    return this.#isChanged;
  }

  get bytes(): number {
    return this.#writtenBytes + this.#bufferedBytes;
  }

  get nextOffset(): Offset {
    return this.#nextOffset;
  }

  /** Whether there is a control batch at `at`. */
  hasMarker(at: Offset): boolean {
    return this.#markers.has(at);
  }

  keep(batch: Uint8Array, header: BatchHeader): void {
    if (isEmptyRun(batch)) return this.#addToRun(header, new Uint8Array(batch));
    this.#endRun();
    // A copy, since the window that it is a view of moves on.
    this.#append(new Uint8Array(batch), header);
  }

  change(batch: Uint8Array): void {
    this.#isChanged = true;
    this.#endRun();
    this.#append(batch, readBatchHeader(batch));
  }

  empty(header: BatchHeader, keepsProducer: boolean): void {
    this.#isChanged = true;
    if (!keepsProducer) return this.#addToRun(header, null);
    this.#endRun();
    const bytes = encodeEmptyBatch({ ...header, producer: header });
    this.#append(bytes, readBatchHeader(bytes));
  }

  /** Writes what has gathered if it is `bytesMin` or more; returns how many bytes were written. */
  write(bytesMin: number): number {
    const bytes = this.#bufferedBytes;
    if (bytes < bytesMin || bytes === 0) return 0;
    this.#file.write(this.#buffers, this.#writtenBytes);
    this.#writtenBytes += bytes;
    this.#buffers = [];
    this.#bufferedBytes = 0;
    return bytes;
  }

  /** Nothing more comes: all of it is on the disk when the promise resolves, but for the name. */
  async finish(): Promise<void> {
    this.#endRun();
    this.write(0);
    await syncFile(this.#file);
    this.builder.finish();
  }

  close(): void {
    this.#file.close();
  }

  #addToRun(header: BatchHeader, source: Uint8Array | null): void {
    const run = this.#run;
    const joins =
      run !== null &&
      run.leaderEpoch === header.leaderEpoch &&
      header.lastOffset - run.baseOffset <= RELATIVE_OFFSET_MAX;
    if (!joins) {
      this.#endRun();
      const { baseOffset, lastOffset, leaderEpoch } = header;
      this.#run = { baseOffset, lastOffset, leaderEpoch, source };
      return;
    }
    this.#isChanged = true;
    run.lastOffset = header.lastOffset;
    run.source = null;
  }

  #endRun(): void {
    const run = this.#run;
    if (run === null) return;
    this.#run = null;
    const bytes = run.source ?? encodeEmptyBatch({ ...run, producer: null });
    this.#append(bytes, readBatchHeader(bytes));
  }

  #append(batch: Uint8Array, header: BatchHeader): void {
    this.builder.add(header, this.bytes, this.#indexIntervalBytes);
    if (header.isControl) this.#markers.add(header.baseOffset);
    this.#buffers.push(batch);
    this.#bufferedBytes += batch.length;
    this.#nextOffset = offsetMax(this.#nextOffset, offset(header.nextOffset));
  }
}

interface EmptyRun {
  readonly baseOffset: Offset;
  lastOffset: Offset;
  readonly leaderEpoch: number;
  /** The one batch that it stands for, if that was one already. */
  source: Uint8Array | null;
}
