import { firstIndex } from '../base/sorted.ts';
import type { Offset } from '../base/ids.ts';
import { offset } from '../base/ids.ts';
import { readInt16, readSafeInt64, writeInt16, writeInt64 } from '../record/batch-header.ts';
import { CorruptBatch } from '../record/corrupt-batch.ts';
import type { CompletedTransaction, ProducerStates } from '../record/producer-states.ts';

/** A transaction whose abort marker lies in a segment. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: Offset;
  /** Of its marker. */
  readonly lastOffset: Offset;
  /** The last stable offset as the marker left it: no transaction that ends later begins before. */
  readonly lastStableOffset: Offset;
}

/** The entry of an aborted transaction that `states` have just seen the end of. */
export function abortedTransaction(
  completed: CompletedTransaction,
  states: ProducerStates,
): AbortedTransaction {
  return {
    producerId: completed.producerId,
    firstOffset: completed.firstOffset,
    lastOffset: completed.markerOffset,
    lastStableOffset: states.firstOpenOffset() ?? offset(completed.markerOffset + 1),
  };
}

/**
 * The aborted transactions that end in one segment, in memory while the log is open. The file of a
 * closed segment, `.txnindex`, is there only if there are any; 34 bytes each, big-endian, in the order
 * of their markers, as Kafka has them:
 *
 *   version i16 = 0, producer id i64, first offset i64, last offset i64 (of the marker),
 *   last stable offset i64
 *
 * Owned by the segment. A file that makes no sense is built again from the batches.
 */
export class TransactionIndex {
  #entries: AbortedTransaction[] = [];

  /** In the order of their markers. */
  get entries(): readonly AbortedTransaction[] {
    return this.#entries;
  }

  /** One whose marker lies behind all the others. */
  append(entry: AbortedTransaction): void {
    this.#entries.push(entry);
  }

  /** Drops the transactions that end at `endOffset` or behind. */
  truncateTo(endOffset: Offset): void {
    while ((this.#entries.at(-1)?.lastOffset ?? -1) >= endOffset) this.#entries.pop();
  }

  /**
   * Adds to `found` the transactions that end at `from` or behind and begin in front of `to`. True if
   * none that ends behind this segment can do so.
   */
  collect(from: Offset, to: Offset, found: AbortedTransaction[]): boolean {
    const entries = this.#entries;
    for (let index = firstEndingFrom(entries, from); index < entries.length; index++) {
      // eslint-disable-next-line @typescript-eslint/no-non-null-assertion -- below the length
      const entry = entries[index]!;
      if (entry.firstOffset < to) found.push(entry);
      if (entry.lastStableOffset >= to) return true;
    }
    return false;
  }

  encode(): Uint8Array {
    const bytes = new Uint8Array(this.#entries.length * ENTRY_BYTES);
    for (const [index, entry] of this.#entries.entries()) {
      const at = index * ENTRY_BYTES;
      writeInt16(bytes, at, VERSION);
      writeInt64(bytes, at + 2, entry.producerId);
      writeInt64(bytes, at + 10, entry.firstOffset);
      writeInt64(bytes, at + 18, entry.lastOffset);
      writeInt64(bytes, at + 26, entry.lastStableOffset);
    }
    return bytes;
  }

  /** Null for bytes that are not the transactions that end from `baseOffset` to below `nextOffset`. */
  static parse(
    bytes: Uint8Array,
    extent: { readonly baseOffset: Offset; readonly nextOffset: Offset },
  ): TransactionIndex | null {
    if (bytes.length % ENTRY_BYTES !== 0) return null;
    const index = new TransactionIndex();
    let before = extent.baseOffset - 1;
    for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
      const entry = readEntry(bytes, at);
      if (entry === null || entry.lastOffset <= before || entry.lastOffset >= extent.nextOffset) {
        return null;
      }
      before = entry.lastOffset;
      index.append(entry);
    }
    return index;
  }
}

function firstEndingFrom(entries: readonly AbortedTransaction[], from: Offset): number {
  return firstIndex(0, entries.length, (at) => (entries[at]?.lastOffset ?? 0) >= from);
}

function readEntry(bytes: Uint8Array, at: number): AbortedTransaction | null {
  if (readInt16(bytes, at) !== VERSION) return null;
  try {
    const producerId = readSafeInt64(bytes, at + 2);
    const firstOffset = readSafeInt64(bytes, at + 10);
    const lastOffset = readSafeInt64(bytes, at + 18);
    const lastStableOffset = readSafeInt64(bytes, at + 26);
    const isSound =
      producerId >= 0 &&
      firstOffset >= 0 &&
      firstOffset < lastOffset &&
      lastStableOffset >= 0 &&
      lastStableOffset <= lastOffset + 1;
    if (!isSound) return null;
    return {
      producerId,
      firstOffset: offset(firstOffset),
      lastOffset: offset(lastOffset),
      lastStableOffset: offset(lastStableOffset),
    };
  } catch (error) {
    if (error instanceof CorruptBatch) return null;
    throw error;
  }
}

const VERSION = 0;
const ENTRY_BYTES = 34;
