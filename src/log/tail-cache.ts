/* eslint-disable @typescript-eslint/no-non-null-assertion -- entries from #head on, and slots between checked bounds */
import { firstIndex } from '../base/sorted.ts';
import { assert } from '../base/assert.ts';
import type { Offset } from '../base/ids.ts';
import { trimEmptyRun } from './empty-batch.ts';

/**
 * The newest batches of a log in memory, from some offset to the log end without a hole: followers
 * and consumers that keep up are fed from here and cost no file read. Bounded by bytes; the oldest go
 * first. Owned by one log; synchronous.
 */
export class TailCache {
  #bytesMax: number;
  // One entry per batch, from `#head`. Columns instead of objects: an entry costs no allocation.
  #baseOffsets: Offset[] = [];
  #buffers: Uint8Array[] = [];
  /** Bytes that were ever pushed up to the end of the batch. */
  #pushedUpTo: number[] = [];
  #head = 0;
  #pushed = 0;
  #bytes = 0;
  #endOffset: Offset;

  constructor(options: { readonly bytesMax: number; readonly endOffset: Offset }) {
    this.#bytesMax = options.bytesMax;
    this.#endOffset = options.endOffset;
  }

  get bytes(): number {
    return this.#bytes;
  }

  set bytesMax(value: number) {
    this.#bytesMax = value;
    this.#evict();
  }

  /** Where the cached part begins; the log's end when nothing is cached. */
  get startOffset(): Offset {
    return this.#baseOffsets[this.#head] ?? this.#endOffset;
  }

  /** A batch that continues the log. The cache holds on to `batch`, and to the memory behind it. */
  push(baseOffset: Offset, nextOffset: Offset, batch: Uint8Array): void {
    assert(
      baseOffset === this.#endOffset,
      () => `the cache ends at ${this.#endOffset}, a batch begins at ${baseOffset}`,
    );
    this.#pushed += batch.length;
    this.#bytes += batch.length;
    this.#baseOffsets.push(baseOffset);
    this.#buffers.push(batch);
    this.#pushedUpTo.push(this.#pushed);
    this.#endOffset = nextOffset;
    if (this.#bytes > this.#bytesMax) this.#evict();
  }

  /**
   * Whole batches from the one that contains `startOffset`, one element each, none that reaches past
   * `endOffset` (but of an empty one the part in between), at least one even if it exceeds `bytesMax`.
   * Null if that batch is not here, [] if
   * nothing lies below `endOffset`.
   */
  read(startOffset: Offset, bytesMax: number, endOffset: Offset): Uint8Array[] | null {
    if (startOffset >= endOffset || startOffset >= this.#endOffset) return [];
    let index = this.#indexOf(startOffset);
    if (index < 0) return null;
    const batches: Uint8Array[] = [];
    let bytes = 0;
    for (; index < this.#buffers.length; index++) {
      const whole = this.#buffers[index]!;
      const nextOffset = this.#baseOffsets[index + 1] ?? this.#endOffset;
      const isWithin = this.#baseOffsets[index]! >= startOffset && nextOffset <= endOffset;
      const batch = isWithin ? whole : trimEmptyRun(whole, startOffset, endOffset);
      if (nextOffset > endOffset && batch === whole) break;
      if (bytes > 0 && bytes + batch.length > bytesMax) break;
      batches.push(batch);
      bytes += batch.length;
    }
    return batches;
  }

  /** Bytes from the batch that contains `offset` to the log's end; null if it is not here. */
  bytesFrom(offset: Offset): number | null {
    if (offset >= this.#endOffset) return 0;
    const index = this.#indexOf(offset);
    if (index < 0) return null;
    return this.#pushed - this.#pushedUpTo[index]! + this.#buffers[index]!.length;
  }

  /** Forgets what lies at `endOffset`, a batch boundary, and behind: the log now ends there. */
  truncateTo(endOffset: Offset): void {
    while (this.#buffers.length > this.#head && this.#baseOffsets.at(-1)! >= endOffset) {
      const length = this.#buffers.pop()!.length;
      this.#baseOffsets.pop();
      this.#pushedUpTo.pop();
      this.#pushed -= length;
      this.#bytes -= length;
    }
    this.#endOffset = endOffset;
  }

  /** Forgets what lies in front of `offset`: the log has other batches there now. */
  forgetBelow(offset: Offset): void {
    while (this.#head < this.#buffers.length && this.#baseOffsets[this.#head]! < offset) {
      this.#dropFirst();
    }
    this.#cutOff();
  }

  /** Forgets everything; the log now ends at `endOffset`. */
  clear(endOffset: Offset): void {
    this.#baseOffsets = [];
    this.#buffers = [];
    this.#pushedUpTo = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#endOffset = endOffset;
  }

  /** The entry that contains `offset`, which lies below the end; -1 if it has been evicted. */
  #indexOf(offset: Offset): number {
    const above = firstIndex(
      this.#head,
      this.#baseOffsets.length,
      (at) => this.#baseOffsets[at]! > offset,
    );
    return above === this.#head ? -1 : above - 1;
  }

  #evict(): void {
    while (this.#bytes > this.#bytesMax && this.#head < this.#buffers.length) this.#dropFirst();
    this.#cutOff();
  }

  #dropFirst(): void {
    this.#bytes -= this.#buffers[this.#head]!.length;
    this.#buffers[this.#head] = EVICTED;
    this.#head++;
  }

  #cutOff(): void {
    if (this.#head < COMPACT_FROM || this.#head * 2 < this.#buffers.length) return;
    this.#baseOffsets = this.#baseOffsets.slice(this.#head);
    this.#buffers = this.#buffers.slice(this.#head);
    this.#pushedUpTo = this.#pushedUpTo.slice(this.#head);
    this.#head = 0;
  }
}

const EVICTED = new Uint8Array(0);
/** Evicted entries are cut off in groups, so that eviction costs no copy each. */
const COMPACT_FROM = 1024;

/**
 * Copies small pieces out of large buffers into memory of the log's own, one behind the other: a view
 * of a network buffer keeps all of that buffer alive for as long as the view is cached.
 */
export class BatchMemory {
  #slab: Uint8Array = EVICTED;
  #used = 0;

  /** `bytes` itself if it makes up most of what it would pin, else a copy. */
  owned(bytes: Uint8Array): Uint8Array {
    if (bytes.byteLength * PINNED_FACTOR >= bytes.buffer.byteLength) return bytes;
    if (bytes.length > SLAB_BYTES / 4) return new Uint8Array(bytes);
    if (this.#used + bytes.length > this.#slab.length) {
      // Twice the one before: thousands of logs with a batch each must not hold a full one each.
      const wanted = Math.max(2 * this.#slab.length, 4 * bytes.length, SLAB_BYTES_MIN);
      this.#slab = new Uint8Array(Math.min(wanted, SLAB_BYTES));
      this.#used = 0;
    }
    const copy = this.#slab.subarray(this.#used, this.#used + bytes.length);
    copy.set(bytes);
    this.#used += bytes.length;
    return copy;
  }
}

/** A view may pin up to this many times its own size. */
const PINNED_FACTOR = 2;
const SLAB_BYTES_MIN = 2 * 1024;
const SLAB_BYTES = 256 * 1024;
