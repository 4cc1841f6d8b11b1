/**
 * The sparse map from timestamps to offsets in one segment. On disk Kafka's `.timeindex`, big-endian,
 * without header, checksum or version:
 *
 *   position  bytes  field
 *          0      8  timestamp       the largest in the segment up to here
 *          8      4  relativeOffset  LAST offset of the first batch that has it, less the base offset
 *
 * Both fields strictly rise. The last entry of a closed segment is the largest timestamp of the whole
 * segment, which retention uses.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- entries below #count */
import { firstIndex } from '../base/sorted.ts';
import { offset } from '../base/ids.ts';
import type { Offset } from '../base/ids.ts';
import { readInt32, readSafeInt64, writeInt32, writeInt64 } from '../record/batch-header.ts';

export const TIME_INDEX_ENTRY_BYTES = 12;

/** Owned by one segment, whose `append` feeds it. */
export class TimeIndex {
  readonly #baseOffset: Offset;
  #timestamps = new Float64Array(16);
  #relativeOffsets = new Int32Array(16);
  #count = 0;

  constructor(baseOffset: Offset) {
    this.#baseOffset = baseOffset;
  }

  get count(): number {
    return this.#count;
  }

  /** The newest entry's; -1 without entries. */
  get lastTimestamp(): number {
    return this.#count === 0 ? -1 : this.#timestamps[this.#count - 1]!;
  }

  /** The newest entry's; the segment's base offset without entries. */
  get lastOffset(): Offset {
    const relative = this.#count === 0 ? 0 : this.#relativeOffsets[this.#count - 1]!;
    return offset(this.#baseOffset + relative);
  }

  /** Does nothing unless `timestamp` is larger than all so far; returns whether it was. */
  maybeAppend(timestamp: number, lastOffset: Offset): boolean {
    if (timestamp <= this.lastTimestamp) return false;
    if (this.#count === this.#timestamps.length) {
      const timestamps = new Float64Array(this.#count * 2);
      timestamps.set(this.#timestamps);
      this.#timestamps = timestamps;
      const relativeOffsets = new Int32Array(this.#count * 2);
      relativeOffsets.set(this.#relativeOffsets);
      this.#relativeOffsets = relativeOffsets;
    }
    this.#timestamps[this.#count] = timestamp;
    this.#relativeOffsets[this.#count] = lastOffset - this.#baseOffset;
    this.#count++;
    return true;
  }

  /** An offset in front of which no batch reaches `timestamp`. */
  offsetFor(timestamp: number): Offset {
    const above = firstIndex(0, this.#count, (at) => this.#timestamps[at]! > timestamp);
    return offset(this.#baseOffset + (above === 0 ? 0 : this.#relativeOffsets[above - 1]!));
  }

  /** Drops the entries of batches that end at `endOffset` or behind. */
  truncateTo(endOffset: Offset): void {
    while (this.#count > 0 && this.lastOffset >= endOffset) this.#count--;
  }

  encode(): Uint8Array {
    const bytes = new Uint8Array(this.#count * TIME_INDEX_ENTRY_BYTES);
    for (let index = 0; index < this.#count; index++) {
      writeInt64(bytes, index * TIME_INDEX_ENTRY_BYTES, this.#timestamps[index]!);
      writeInt32(bytes, index * TIME_INDEX_ENTRY_BYTES + 8, this.#relativeOffsets[index]!);
    }
    return bytes;
  }

  /** Null for bytes that are no time index: it is rebuilt then. */
  static parse(baseOffset: Offset, bytes: Uint8Array): TimeIndex | null {
    if (bytes.length % TIME_INDEX_ENTRY_BYTES !== 0) return null;
    const index = new TimeIndex(baseOffset);
    let relativeBefore = -1;
    for (let at = 0; at < bytes.length; at += TIME_INDEX_ENTRY_BYTES) {
      // A timestamp beyond 2^53 has this high word, and would not be read as a number.
      if (Math.abs(readInt32(bytes, at)) >= 2 ** 21) return null;
      const relative = readInt32(bytes, at + 8);
      if (relative <= relativeBefore) return null;
      if (!index.maybeAppend(readSafeInt64(bytes, at), offset(baseOffset + relative))) return null;
      relativeBefore = relative;
    }
    return index;
  }
}
