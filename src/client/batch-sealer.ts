import type { Compression, SealOptions } from '../record/index.ts';
import { ATTRIBUTES_POSITION, TRANSACTIONAL_FLAG } from '../record/batch-header.ts';
import { CorruptBatch, crcAgrees, readBatchHeader, writeProducerState } from '../record/index.ts';
import type { Attempt, Batch } from './batches.ts';
import { codecFor } from './compression/codecs.ts';
import type { Receiver } from './deliveries.ts';

export interface SealerOptions {
  readonly compression: Compression;
  readonly transactional: boolean;
  readonly send: (attempts: readonly Attempt<Receiver>[]) => void;
  readonly fail: (attempt: Attempt<Receiver>, error: unknown) => void;
}

/**
 * Makes of batches what is sent: header, sequence, checksum, compressed if asked for. Attempts of a
 * partition leave in the order in which they were given, though compression may end in another.
 * Owned by a producer, and called from its event loop.
 */
export class BatchSealer {
  readonly #options: SealerOptions;
  /** By partition, while compression is under way: what has to leave one after the other. */
  readonly #queues: Map<Batch<Receiver>['queue'], Attempt<Receiver>[]> = new Map();

  constructor(options: SealerOptions) {
    this.#options = options;
  }

  sealAndSend(attempts: readonly Attempt<Receiver>[]): void {
    const sealed: Attempt<Receiver>[] = [];
    for (const attempt of attempts) {
      const waiting = this.#queues.get(attempt.batch.queue);
      if (waiting !== undefined) waiting.push(attempt);
      if (seal(attempt.batch, this.#options)) {
        if (waiting === undefined) sealed.push(attempt);
        continue;
      }
      if (waiting === undefined) this.#queues.set(attempt.batch.queue, [attempt]);
      void this.#compress(attempt);
    }
    this.#options.send(sealed);
  }

  /** The attempt counts as under way meanwhile, so the order of the partition is kept. */
  async #compress(attempt: Attempt<Receiver>): Promise<void> {
    const { batch } = attempt;
    const { builder } = batch;
    const compression = this.#options.compression as Exclude<Compression, 'none'>;
    try {
      if (builder !== null && !builder.isSealed) {
        const codec = await codecFor(compression);
        const compressed = await codec.compress(builder.recordsSection);
        // Another attempt may have been quicker, after this one had been given up.
        if (!builder.isSealed) {
          batch.encoded = builder.sealCompressed(
            compressed,
            compression,
            sealOptions(batch, this.#options),
          );
          batch.sealedAs = batch.sequence;
        }
      }
    } catch (error) {
      this.#options.fail(attempt, error);
    }
    this.#flush(batch.queue);
  }

  /** Sends what is sealed, up to the first that is not. */
  #flush(queue: Batch<Receiver>['queue']): void {
    const waiting = this.#queues.get(queue);
    if (waiting === undefined) return;
    const ready: Attempt<Receiver>[] = [];
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      // One that was given up has no place in the order.
      if (first.batch.attempt === first) {
        if (!seal(first.batch, this.#options)) break;
        ready.push(first);
      }
      waiting.shift();
    }
    if (waiting.length === 0) this.#queues.delete(queue);
    this.#options.send(ready);
  }
}

/** Whether the batch could be sealed as it is to be sent now; if not, it is to be compressed first. */
function seal(batch: Batch<Receiver>, options: SealerOptions): boolean {
  const { builder, sequence } = batch;
  if (batch.encoded === null) {
    if (builder === null || options.compression !== 'none') return false;
    batch.encoded = builder.build(sealOptions(batch, options));
    batch.sealedAs = sequence;
  } else if (sequence !== null && batch.sealedAs !== sequence) {
    batch.sealedAs = sequence;
    // What is wrong with the caller's batch must not be put right by a new checksum: it goes as it is,
    // and the broker says so.
    if (!isSound(batch.encoded)) return true;
    // A copy, since the bytes may be the caller's, or wait in the queue of a stream that was given up.
    batch.encoded = Uint8Array.from(batch.encoded);
    if (options.transactional) {
      // The flag lies in the second of two bytes.
      const low = ATTRIBUTES_POSITION + 1;
      batch.encoded[low] = (batch.encoded[low] ?? 0) | TRANSACTIONAL_FLAG;
    }
    writeProducerState(batch.encoded, sequence);
  }
  return true;
}

/** Whether these are the bytes of one batch, and those that were sealed. */
function isSound(bytes: Uint8Array): boolean {
  try {
    const header = readBatchHeader(bytes);
    return header.totalBytes === bytes.length && crcAgrees(bytes, 0, header);
  } catch (error) {
    if (error instanceof CorruptBatch) return false;
    throw error;
  }
}

function sealOptions({ sequence }: Batch<Receiver>, { transactional }: SealerOptions): SealOptions {
  return sequence === null ? {} : { ...sequence, transactional };
}
