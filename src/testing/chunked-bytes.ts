/** Chunks are large enough for appends to be cheap, small enough not to waste memory on many files. */
const CHUNK_BYTES = 64 * 1024;
const FIRST_CHUNK_BYTES = 512;

/**
 * A growing array of bytes in chunks: an append copies its own bytes and nothing else. A chunk that
 * was never written is absent and reads as zeros, as in a sparse file. Bytes of a chunk beyond
 * `length` are always zero, so that growing the array shows nothing old.
 */
export class ChunkedBytes {
  #chunks: (Uint8Array | undefined)[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  write(source: Uint8Array, position: number): void {
    let done = 0;
    while (done < source.length) {
      const at = position + done;
      const within = at % CHUNK_BYTES;
      const count = Math.min(CHUNK_BYTES - within, source.length - done);
      const chunk = this.#chunkFor(Math.floor(at / CHUNK_BYTES), within + count);
      chunk.set(source.subarray(done, done + count), within);
      done += count;
    }
    if (source.length > 0) this.#length = Math.max(this.#length, position + source.length);
  }

  /** Copies what lies at `position` into `target`; returns how many bytes there were. */
  read(target: Uint8Array, position: number): number {
    const total = Math.max(0, Math.min(target.length, this.#length - position));
    let done = 0;
    while (done < total) {
      const at = position + done;
      const within = at % CHUNK_BYTES;
      const count = Math.min(CHUNK_BYTES - within, total - done);
      const chunk = this.#chunks[Math.floor(at / CHUNK_BYTES)];
      const part = chunk?.subarray(within, within + count);
      if (part !== undefined) target.set(part, done);
      target.fill(0, done + (part?.length ?? 0), done + count);
      done += count;
    }
    return total;
  }

  /** Cuts, or grows with zeros. */
  truncate(length: number): void {
    if (length < this.#length) {
      this.#chunks.length = Math.min(this.#chunks.length, Math.ceil(length / CHUNK_BYTES));
      if (length % CHUNK_BYTES !== 0) {
        this.#chunks[Math.floor(length / CHUNK_BYTES)]?.fill(0, length % CHUNK_BYTES);
      }
    }
    this.#length = length;
  }

  copy(): ChunkedBytes {
    const copy = new ChunkedBytes();
    copy.#chunks = this.#chunks.map((chunk) => chunk?.slice());
    copy.#length = this.#length;
    return copy;
  }

  #chunkFor(index: number, bytes: number): Uint8Array {
    const chunk = this.#chunks[index];
    if (chunk !== undefined && chunk.length >= bytes) return chunk;
    // Only a file's first chunk starts small: there are many small files, and few large ones.
    let size = index === 0 ? Math.max(FIRST_CHUNK_BYTES, chunk?.length ?? 0) : CHUNK_BYTES;
    while (size < bytes) size *= 2;
    const grown = new Uint8Array(size);
    if (chunk !== undefined) grown.set(chunk);
    this.#chunks[index] = grown;
    return grown;
  }
}
