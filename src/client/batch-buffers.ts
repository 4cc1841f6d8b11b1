import { RecordBatchBuilder } from '../record/index.ts';

/** Builders for new batches, and buffers of batches that nobody holds any more, to be written again. */
export class BatchBuffers {
  readonly #recycled: Uint8Array[] = [];

  /** `lastBytes` is the size of the last batch of the partition. */
  builder(lastBytes: number, bytesMax: number): RecordBatchBuilder {
    // As large as the last batch and a little: enough for a steady stream, not too much for a trickle.
    const initialBytes = Math.min(bytesMax, Math.max(MIN_BUILDER_BYTES, lastBytes * 1.25));
    const recycled = this.#recycled.at(-1);
    if (recycled === undefined || recycled.length < initialBytes) {
      return new RecordBatchBuilder({ bytesMax, initialBytes: Math.ceil(initialBytes) });
    }
    this.#recycled.pop();
    const builder = new RecordBatchBuilder({ bytesMax, initialBytes: 0 });
    builder.reset(recycled);
    return builder;
  }

  recycle(encoded: Uint8Array): void {
    if (this.#recycled.length >= RECYCLED_MAX || encoded.buffer.byteLength < RECYCLED_BYTES_MIN) {
      return;
    }
    this.#recycled.push(new Uint8Array(encoded.buffer));
  }
}

/** Room for a few small records. */
const MIN_BUILDER_BYTES = 4096;
/** Larger buffers come from the operating system page by page, which is what recycling saves. */
const RECYCLED_BYTES_MIN = 64 * 1024;
const RECYCLED_MAX = 16;
