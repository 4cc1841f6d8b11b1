/**
 * The sparse map from offsets to positions in one segment. On disk Kafka's `.index`, big-endian,
 * without header, checksum or version:
 *
 *   position  bytes  field
 *          0      4  relativeOffset  LAST offset of a batch, less the segment's base offset
 *          4      4  position        where that batch begins in the `.log` file
 *
 * Both fields strictly rise. The file is written when its segment is closed; that of the active
 * segment lives in memory and is rebuilt from the batches after an unclean stop.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- entries below #count */
import { firstIndex } from '../base/sorted.ts';
import { assert } from '../base/assert.ts';
import { offset } from '../base/ids.ts';
import type { Offset } from '../base/ids.ts';
import { readInt32, writeInt32 } from '../record/batch-header.ts';

export const OFFSET_INDEX_ENTRY_BYTES = 8;
/** Of a batch's last offset, less its segment's base offset: the indexes have 31 bits for it. */
export const RELATIVE_OFFSET_MAX = 2 ** 31 - 1;

/** Owned by one segment, whose `append` feeds it. */
export class OffsetIndex {
  readonly #baseOffset: Offset;
  /** Pairs of relative offset and position, `#count` of them. */
  #entries = new Int32Array(32);
  #count = 0;

  constructor(baseOffset: Offset) {
    this.#baseOffset = baseOffset;
  }

  get count(): number {
    return this.#count;
  }

  /** The newest entry's; the segment's base offset without entries. */
  get lastOffset(): Offset {
    const relative = this.#count === 0 ? 0 : this.#entries[this.#count * 2 - 2]!;
    return offset(this.#baseOffset + relative);
  }

  /** Where the batch of the newest entry begins; 0 without entries. */
  get lastPosition(): number {
    return this.#count === 0 ? 0 : this.#entries[this.#count * 2 - 1]!;
  }

  append(lastOffset: Offset, position: number): void {
    const relative = lastOffset - this.#baseOffset;
    assert(
      this.#count === 0 ||
        (relative > this.#entries[this.#count * 2 - 2]! && position > this.lastPosition),
      () => `index entries rise: ${relative} at ${position} follows ${this.lastPosition}`,
    );
    if (this.#count * 2 === this.#entries.length) {
      const larger = new Int32Array(this.#entries.length * 2);
      larger.set(this.#entries);
      this.#entries = larger;
    }
    this.#entries[this.#count * 2] = relative;
    this.#entries[this.#count * 2 + 1] = position;
    this.#count++;
  }

  /** A position at or in front of the batch that contains `target`; 0 if no entry lies below it. */
  positionFor(target: Offset): number {
    const index = this.#firstAbove(target - this.#baseOffset) - 1;
    return index < 0 ? 0 : this.#entries[index * 2 + 1]!;
  }

  /** Drops the entries of batches that end at `endOffset` or behind. */
  truncateTo(endOffset: Offset): void {
    this.#count = this.#firstAbove(endOffset - this.#baseOffset - 1);
  }

  encode(): Uint8Array {
    const bytes = new Uint8Array(this.#count * OFFSET_INDEX_ENTRY_BYTES);
    for (let index = 0; index < this.#count * 2; index++) {
      writeInt32(bytes, index * 4, this.#entries[index]!);
    }
    return bytes;
  }

  /** Null for bytes that are no index of a segment of `segmentBytes`: it is rebuilt then. */
  static parse(baseOffset: Offset, bytes: Uint8Array, segmentBytes: number): OffsetIndex | null {
    if (bytes.length % OFFSET_INDEX_ENTRY_BYTES !== 0) return null;
    const index = new OffsetIndex(baseOffset);
    let relativeBefore = -1;
    let positionBefore = 0;
    for (let at = 0; at < bytes.length; at += OFFSET_INDEX_ENTRY_BYTES) {
      const relative = readInt32(bytes, at);
      const position = readInt32(bytes, at + 4);
      if (relative <= relativeBefore || position <= positionBefore) return null;
      if (position >= segmentBytes) return null;
      index.append(offset(baseOffset + relative), position);
      relativeBefore = relative;
      positionBefore = position;
    }
    return index;
  }

  /** The first entry whose relative offset exceeds `relative`. */
  #firstAbove(relative: number): number {
    return firstIndex(0, this.#count, (at) => this.#entries[at * 2]! > relative);
  }
}
