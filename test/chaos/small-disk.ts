/** A file system of its own with a size limit, which one broker's data lies on. */
import { mkdirSync, openSync, closeSync, rmSync, statfsSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Cleanup } from './cleanup.ts';
import { shell } from './shell.ts';

/** Below this much free space a broker refuses writes: `disk.reserve.bytes` of every broker of a run. */
export const RESERVE_BYTES = 8 * 1024 * 1024;

const CHUNK = new Uint8Array(256 * 1024);

/** Made before the broker that lives on it; goes with the run's cleanup. */
export class SmallDisk {
  readonly directory: string;
  readonly #ballast: string;

  private constructor(directory: string) {
    this.directory = directory;
    this.#ballast = path.join(directory, 'ballast');
  }

  /** Throws with a sentence where the machine does not allow it; what was made is in `cleanup`. */
  static async create(directory: string, bytes: number, cleanup: Cleanup): Promise<SmallDisk> {
    mkdirSync(directory);
    await shell(['mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'odradek-chaos', directory]);
    cleanup.add(`file system ${directory}`, () => shell(['umount', directory]));
    return new SmallDisk(directory);
  }

  /** Fills it until `leaveBytes` are free; with 0, until nothing more can be written. */
  fill(leaveBytes: number): void {
    const file = openSync(this.#ballast, 'w');
    try {
      for (;;) {
        const over = this.#freeBytes() - leaveBytes;
        if (over <= 0) return;
        writeSync(file, CHUNK, 0, Math.min(over, CHUNK.length));
      }
    } catch (error) {
      // The broker writes as well: the last piece may not fit any more.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.#ballast, { force: true });
  }

  #freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.directory);
    return bavail * bsize;
  }
}
