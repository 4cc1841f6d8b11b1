import type { Output } from './cli.ts';

const NEWLINE = 0x0a;
/** As much as goes to the output in one call. */
const BUFFER_BYTES = 256 * 1024;

/**
 * Gathers lines and writes them in large pieces, no faster than the output takes them. Whoever reads
 * may go away at any time, as `head` does: then `gone` is true, and nothing is written any more.
 */
export class LineWriter {
  readonly #output: Output;
  readonly #bufferBytes: number;
  #buffer: Buffer;
  /** One that has been written, for the next time: garbage of this size is slow to be collected. */
  #spare: Buffer | null = null;
  #used = 0;
  #writing: Promise<void> = Promise.resolve();
  #gone = false;
  #error: Error | null = null;

  constructor(output: Output, bufferBytes = BUFFER_BYTES) {
    this.#output = output;
    this.#bufferBytes = bufferBytes;
    this.#buffer = Buffer.allocUnsafe(bufferBytes);
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** Takes a line; true if it is time for `drained`. */
  add(line: Uint8Array | string): boolean {
    const bytes = typeof line === 'string' ? Buffer.from(line) : line;
    if (this.#used + bytes.length + 1 > this.#buffer.length) this.#send();
    if (bytes.length + 1 > this.#buffer.length) {
      this.#buffer = Buffer.allocUnsafe(bytes.length + 1);
    }
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
    this.#buffer[this.#used++] = NEWLINE;
    return this.#used >= this.#bufferBytes;
  }

  /** Writes what there is, and resolves when the output can take more. Throws if it takes no more. */
  async flush(): Promise<void> {
    this.#send();
    await this.#writing;
    if (this.#error !== null) throw this.#error;
  }

  #send(): void {
    const bytes = this.#buffer.subarray(0, this.#used);
    this.#used = 0;
    if (bytes.length === 0 || this.#gone) return;
    const full = this.#buffer;
    this.#buffer = this.#spare ?? Buffer.allocUnsafe(this.#bufferBytes);
    this.#spare = null;
    const written = new Promise<void>((resolve) => {
      const accepted = this.#output.write(bytes, (error) => {
        if (error !== null && error !== undefined) this.#onError(error);
        // Nobody looks at it any more. An unusually long line is not worth its buffer.
        if (full.length === this.#bufferBytes) this.#spare = full;
        resolve();
      });
      if (accepted) resolve();
    });
    const before = this.#writing;
    this.#writing = before.then(() => written);
  }

  #onError(error: Error): void {
    this.#gone = true;
    if (!('code' in error) || error.code !== 'EPIPE') this.#error = error;
  }
}
