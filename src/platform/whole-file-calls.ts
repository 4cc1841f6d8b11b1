/** Reads and writes that are done when all bytes are: the system may do less than it was asked for. */
import * as fs from 'node:fs';

/** Linux takes at most this many buffers in one writev (`IOV_MAX`). */
const BUFFERS_PER_WRITE_MAX = 1024;

/** The system calls that `writeAll` needs; a test gives its own, since a real disk rarely cuts short. */
export interface WriteCalls {
  writeSync(
    descriptor: number,
    buffer: Uint8Array,
    start: number,
    length: number,
    position: number,
  ): number;
  writevSync(descriptor: number, buffers: readonly Uint8Array[], position: number): number;
}

/**
 * Writes every byte of `buffers`. The system may take less than it was given (a signal, a disk that
 * is nearly full), and takes no more than `BUFFERS_PER_WRITE_MAX` at a time.
 */
export function writeAll(
  descriptor: number,
  buffers: readonly Uint8Array[],
  position: number,
  calls: WriteCalls = fs,
): void {
  /** The first buffer that is not written whole, and how much of it is. */
  let index = 0;
  let written = 0;
  let at = position;
  while (index < buffers.length) {
    const first = buffers[index];
    if (first === undefined || first.length === written) {
      index++;
      written = 0;
      continue;
    }
    let count =
      written > 0 || index === buffers.length - 1
        ? calls.writeSync(descriptor, first, written, first.length - written, at)
        : calls.writevSync(descriptor, buffers.slice(index, index + BUFFERS_PER_WRITE_MAX), at);
    if (count === 0) throw wroteNothing();
    at += count;
    while (count > 0) {
      const left = (buffers[index]?.length ?? 0) - written;
      if (count < left) {
        written += count;
        break;
      }
      count -= left;
      index++;
      written = 0;
    }
  }
}

export function wroteNothing(): Error {
  return Object.assign(new Error('the system wrote nothing'), { code: 'EIO' });
}

/** `length` bytes at `position`, which are there. */
export function readWhole(descriptor: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const found = readUpTo(descriptor, bytes, position);
  if (found === length) return bytes;
  throw Object.assign(new Error(`the file ends ${length - found} bytes early`), { code: 'EIO' });
}

/** Fills `target` from `position`; returns how many bytes there were. */
export function readUpTo(descriptor: number, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.length) {
    const count = fs.readSync(descriptor, target, done, target.length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}
