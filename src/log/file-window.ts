import { readFile } from '../base/file-system.ts';
import type { OpenFile } from '../base/file-system.ts';
import { BATCH_OVERHEAD, batchTotalBytes, readBatchHeader } from '../record/batch-header.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { CorruptBatch } from '../record/corrupt-batch.ts';
import { crcHolds } from './batch-walk.ts';

/**
 * A stretch of a file in memory that moves forward. `covers` before `show`, since a promise for each
 * batch would cost more than looking at it.
 */
export class FileWindow {
  readonly #file: OpenFile;
  /** Of the file, when this was made. */
  readonly size: number;
  readonly #windowBytes: number;
  #bytes: Uint8Array = new Uint8Array(0);
  /** Where `#bytes` begins in the file. */
  #start = 0;

  constructor(file: OpenFile, windowBytes = WINDOW_BYTES) {
    this.#file = file;
    this.#windowBytes = windowBytes;
    this.size = file.size();
  }

  /** Whether `length` bytes from `position`, or all up to the file's end, are here. */
  covers(position: number, length: number): boolean {
    const end = Math.min(position + length, this.size);
    return position >= this.#start && end <= this.#start + this.#bytes.length;
  }

  /** Afterwards at least `length` bytes from `position` are here, unless the file ends before. */
  async show(position: number, length: number): Promise<void> {
    const wanted = Math.min(Math.max(length, this.#windowBytes), this.size - position);
    const bytes = Buffer.allocUnsafeSlow(Math.max(0, wanted));
    let filled = 0;
    while (filled < wanted) {
      const found = await readFile(this.#file, bytes.subarray(filled), position + filled);
      if (found === 0) break;
      filled += found;
    }
    this.#bytes = bytes.subarray(0, filled);
    this.#start = position;
  }

  byte(position: number): number | undefined {
    return this.#bytes[position - this.#start];
  }

  /** The `length` bytes from `position`, which `covers` has found here; a view. */
  bytes(position: number, length: number): Uint8Array {
    const at = position - this.#start;
    return this.#bytes.subarray(at, at + length);
  }

  /** The header at `position`, or what is wrong with it. */
  header(position: number): BatchHeader | string {
    try {
      const at = position - this.#start;
      if (this.#bytes.length - at >= BATCH_OVERHEAD) batchTotalBytes(this.#bytes, at);
      return readBatchHeader(this.#bytes, at);
    } catch (error) {
      if (error instanceof CorruptBatch) return error.reason;
      throw error;
    }
  }

  crcHolds(position: number, totalBytes: number): boolean {
    const at = position - this.#start;
    return at + totalBytes <= this.#bytes.length && crcHolds(this.#bytes, at, totalBytes);
  }

  async isZero(start: number, end: number): Promise<boolean> {
    for (let at = start; at < end; at++) {
      // Awaits only where the window must move: a promise per byte would take forever.
      if (this.byte(at) === undefined) await this.show(at, Math.min(WINDOW_BYTES, end - at));
      if (this.byte(at) !== 0) return false;
    }
    return true;
  }
}

const WINDOW_BYTES = 1024 * 1024;
