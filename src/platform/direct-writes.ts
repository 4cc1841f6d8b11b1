import * as fs from 'node:fs';
import { AlignedMemory, BLOCK_BYTES, SLOT_BYTES } from './aligned-memory.ts';
import { readWhole, writeAll } from './whole-file-calls.ts';

/** 8 MiB for all files of a file system: enough to keep libuv's threads busy. */
const SLOTS = 32;

/** Of one write: 2 MiB. */
const SLOTS_PER_WRITE = 8;

/** The same file, opened twice. */
export interface DirectFile {
  /** Through the page cache, for reading and writing. */
  readonly descriptor: number;
  /** From `DirectWrites.open`. */
  readonly direct: number;
}

/**
 * Writes that pass the page cache by (`O_DIRECT`): of large ones the kernel then copies nothing, and
 * has no pages to find, to write later and to throw away. Only whole blocks can be written that way,
 * from aligned memory; the file keeps its exact length, since what is left behind the last whole block
 * goes through the page cache.
 *
 * The block in which the file ended is written again as a whole, with what it held. A part of it that
 * waited in the page cache while what follows is on the disk would look, after a power cut, like rot
 * in front of sound batches. As it is, the file system notes the new length behind the data, and
 * before its own barrier: what lies in front of the length that it finds is there.
 *
 * One object for all files of a file system.
 */
export class DirectWrites {
  /** Smaller writes are not worth it. */
  readonly bytesMin: number;
  /** Null until it is needed. */
  #memory: AlignedMemory | null = null;
  #isPossible: boolean;

  /** `bytesMin`: `Infinity` for never. */
  constructor(bytesMin: number) {
    this.bytesMin = bytesMin;
    // Only Linux has it.
    this.#isPossible = bytesMin !== Infinity && 'O_DIRECT' in fs.constants;
  }

  /** Whether it has not shown to be impossible. */
  get isPossible(): boolean {
    return this.#isPossible;
  }

  /** A descriptor for `path` that passes the cache by; null where that cannot be had. */
  open(path: string): number | null {
    if (!this.#isPossible) return null;
    try {
      this.#memory ??= new AlignedMemory(SLOTS);
      return fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_DIRECT);
    } catch {
      // A file system that does not know it (`EINVAL`), no descriptor or address space left: the page
      // cache does as well, and says what is wrong if something is.
      this.#isPossible = false;
      return null;
    }
  }

  /** Writes `buffers` at `position`, the end of the file; rejects with what the system says. */
  async write(file: DirectFile, buffers: readonly Uint8Array[], position: number): Promise<void> {
    const end = position + sizeOf(buffers);
    const directEnd = end - (end % BLOCK_BYTES);
    let at = position - (position % BLOCK_BYTES);
    const source = new Source([readWhole(file.descriptor, at, position - at), ...buffers]);
    while (at < directEnd) {
      const slots = this.#slotsFor(directEnd - at);
      if (slots.length === 0) break;
      try {
        const filled = source.fill(slots, directEnd - at);
        const bytes = sizeOf(filled);
        // Cut short by a disk that is nearly full: the usual way finds room, or says that there is none.
        if ((await this.#writeSlots(file, filled, at)) < bytes) {
          writeAll(file.descriptor, filled, at);
        }
        at += bytes;
      } finally {
        this.#memory?.giveBack(slots);
      }
    }
    writeAll(file.descriptor, source.rest(), at);
  }

  /** None while others have them all, or where it is not possible after all. */
  #slotsFor(bytes: number): Uint8Array[] {
    if (!this.#isPossible || this.#memory === null) return [];
    return this.#memory.take(Math.min(Math.ceil(bytes / SLOT_BYTES), SLOTS_PER_WRITE));
  }

  #writeSlots(file: DirectFile, filled: Uint8Array[], position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.writev(file.direct, filled, position, (error, count) => {
        if (error === null) return resolve(count);
        if (error.code !== 'EINVAL') return reject(error);
        // This disk wants larger blocks.
        this.#isPossible = false;
        resolve(0);
      });
    });
  }
}

/** Buffers, taken one behind the other. */
class Source {
  readonly #buffers: readonly Uint8Array[];
  /** The first one that is not used up, and how much of it is. */
  #index = 0;
  #used = 0;

  constructor(buffers: readonly Uint8Array[]) {
    this.#buffers = buffers;
  }

  /** Copies the next bytes, at most `bytesMax`, into `slots`; the parts of them that are full. */
  fill(slots: readonly Uint8Array[], bytesMax: number): Uint8Array[] {
    const filled: Uint8Array[] = [];
    for (const slot of slots) {
      const target = slot.subarray(0, Math.min(slot.length, bytesMax));
      bytesMax -= target.length;
      this.#copyTo(target);
      filled.push(target);
    }
    return filled;
  }

  /** What has not been taken. */
  rest(): Uint8Array[] {
    const [first, ...others] = this.#buffers.slice(this.#index);
    return first === undefined ? [] : [first.subarray(this.#used), ...others];
  }

  #copyTo(target: Uint8Array): void {
    let filled = 0;
    while (filled < target.length) {
      const buffer = this.#buffers[this.#index];
      if (buffer === undefined) throw new Error('a write is filled beyond its end');
      const part = buffer.subarray(this.#used, this.#used + target.length - filled);
      target.set(part, filled);
      filled += part.length;
      this.#used += part.length;
      if (this.#used < buffer.length) continue;
      this.#index++;
      this.#used = 0;
    }
  }
}

function sizeOf(buffers: readonly Uint8Array[]): number {
  return buffers.reduce((bytes, buffer) => bytes + buffer.length, 0);
}
