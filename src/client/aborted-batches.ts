import type { BatchHeader } from '../record/index.ts';
import { readControlRecord } from '../record/index.ts';
import type { AbortedTransaction } from '../wire/hot/fetch.ts';

/**
 * Which batches of one answer to a read-committed reader belong to aborted transactions: those of a
 * producer from the first offset of its transaction on, up to its next abort marker. To be asked about
 * every batch of the answer, in order.
 */
export class AbortedBatches {
  /** By first offset; what lies before `#next` has begun. */
  readonly #transactions: readonly AbortedTransaction[];
  #next = 0;
  /** Producers within an aborted transaction. */
  readonly #producers: Set<number> = new Set();

  constructor(transactions: readonly AbortedTransaction[]) {
    this.#transactions = [...transactions].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Throws `CorruptBatch` for a marker that cannot be read. */
  passesOver(
    header: Pick<BatchHeader, 'producerId' | 'lastOffset' | 'isControl' | 'isTransactional'>,
    bytes: Uint8Array,
    position: number,
  ): boolean {
    for (
      let transaction = this.#transactions[this.#next];
      transaction !== undefined && transaction.firstOffset <= header.lastOffset;
      transaction = this.#transactions[++this.#next]
    ) {
      this.#producers.add(transaction.producerId);
    }
    if (!header.isTransactional || !this.#producers.has(header.producerId)) return false;
    if (!header.isControl) return true;
    if (readControlRecord(bytes, position)?.marker?.outcome === 'abort') {
      this.#producers.delete(header.producerId);
    }
    return false;
  }
}
