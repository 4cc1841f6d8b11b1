import type { Offset } from '../base/ids.ts';
import { OffsetIndex } from './offset-index.ts';
import { TimeIndex } from './time-index.ts';

/** What the indexes need of a batch; a `BatchHeader` has it. */
export interface IndexedBatch {
  readonly lastOffset: Offset;
  readonly totalBytes: number;
  readonly maxTimestamp: number;
}

/**
 * The two indexes of a segment that still grows, by Kafka's rule: a batch gets an entry when more
 * than `indexIntervalBytes` lie between its beginning and the last batch that got one.
 */
export class IndexBuilder {
  readonly offsetIndex: OffsetIndex;
  readonly timeIndex: TimeIndex;
  /** The largest timestamp so far, and the last offset of the first batch that has it. */
  #largestTimestamp: number;
  #largestOffset: Offset;
  #bytesSinceEntry = 0;

  /** Empty, or going on with indexes that exist. */
  constructor(
    baseOffset: Offset,
    existing: { readonly offsetIndex: OffsetIndex; readonly timeIndex: TimeIndex } | null = null,
  ) {
    this.offsetIndex = existing?.offsetIndex ?? new OffsetIndex(baseOffset);
    this.timeIndex = existing?.timeIndex ?? new TimeIndex(baseOffset);
    this.#largestTimestamp = this.timeIndex.lastTimestamp;
    this.#largestOffset = this.timeIndex.lastOffset;
  }

  get largestTimestamp(): number {
    return this.#largestTimestamp;
  }

  /** A batch that begins at `position`. */
  add(batch: IndexedBatch, position: number, indexIntervalBytes: number): void {
    this.#countTimestamp(batch);
    if (this.#bytesSinceEntry > indexIntervalBytes) {
      this.offsetIndex.append(batch.lastOffset, position);
      this.timeIndex.maybeAppend(this.#largestTimestamp, this.#largestOffset);
      this.#bytesSinceEntry = 0;
    }
    this.#bytesSinceEntry += batch.totalBytes;
  }

  /** A batch from the newest existing entry on, that entry's own batch included. */
  recount(batch: IndexedBatch): void {
    this.#countTimestamp(batch);
    this.#bytesSinceEntry += batch.totalBytes;
  }

  /** The segment grows no more: its largest timestamp becomes the last entry. */
  finish(): void {
    this.timeIndex.maybeAppend(this.#largestTimestamp, this.#largestOffset);
  }

  #countTimestamp(batch: IndexedBatch): void {
    if (batch.maxTimestamp <= this.#largestTimestamp) return;
    this.#largestTimestamp = batch.maxTimestamp;
    this.#largestOffset = batch.lastOffset;
  }
}
