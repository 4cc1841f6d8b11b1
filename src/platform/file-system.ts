/**
 * The real files. Descriptors are plain numbers and small operations block: a buffered write costs
 * less than handing it to a thread. Syncs, cold reads and removals run on libuv's threads.
 */
import * as fs from 'node:fs';
import { FileSystemError } from '../base/file-system.ts';
import type { FileSystem, OpenFile } from '../base/file-system.ts';

/** Linux takes at most this many buffers in one writev (`IOV_MAX`). */
const BUFFERS_PER_WRITE_MAX = 1024;

/** More than libuv's threads can work at, so that none of them waits for this one. */
const DESCRIPTORS_AT_ONCE = 32;

const FLAGS = {
  read: fs.constants.O_RDONLY,
  write: fs.constants.O_RDWR,
  create: fs.constants.O_RDWR | fs.constants.O_CREAT,
  'create-new': fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL,
} as const;

/**
 * Made once by the composition root. What holds a descriptor while it waits for libuv's threads is done
 * a few at a time, and first come, first served: thousands of logs that change their epoch at once
 * would take more descriptors than a process may have.
 */
export class NodeFileSystem implements FileSystem {
  #busy = 0;
  readonly #waiting: (() => void)[] = [];

  open(path: string, mode: 'read' | 'write' | 'create' | 'create-new'): OpenFile {
    return attempt(path, () => new NodeOpenFile(path, fs.openSync(path, FLAGS[mode], 0o644)));
  }

  exists(path: string): boolean {
    return attempt(path, () => fs.statSync(path, { throwIfNoEntry: false }) !== undefined);
  }

  list(path: string): string[] {
    try {
      return fs.readdirSync(path).sort();
    } catch (error) {
      const translated = translate(error, path);
      if (translated.code === 'ENOENT') return [];
      throw translated;
    }
  }

  makeDirectory(path: string): void {
    attempt(path, () => fs.mkdirSync(path, { recursive: true }));
  }

  rename(from: string, to: string): void {
    attempt(from, () => fs.renameSync(from, to));
  }

  replace(from: string, to: string, done: (error: FileSystemError | null) => void): void {
    fs.rename(from, to, (error) => done(translateOrNull(error, from)));
  }

  writeFile(
    path: string,
    content: Uint8Array,
    done: (error: FileSystemError | null) => void,
  ): void {
    this.#within(path, FLAGS.create | fs.constants.O_TRUNC, done, (descriptor, close) => {
      const writeFrom = (start: number): void => {
        if (start === content.length) return fs.fdatasync(descriptor, close);
        fs.write(descriptor, content, start, content.length - start, start, (error, count) => {
          if (error !== null) return close(error);
          if (count === 0) return close(wroteNothing());
          writeFrom(start + count);
        });
      };
      writeFrom(0);
    });
  }

  remove(path: string): void {
    attempt(path, () => fs.unlinkSync(path));
  }

  removeTree(path: string, done: (error: FileSystemError | null) => void): void {
    fs.rm(path, { recursive: true, force: true }, (error) => done(translateOrNull(error, path)));
  }

  syncDirectory(path: string, done: (error: FileSystemError | null) => void): void {
    const flags = fs.constants.O_RDONLY | fs.constants.O_DIRECTORY;
    this.#within(path, flags, done, (descriptor, close) => fs.fsync(descriptor, close));
  }

  freeBytes(path: string): number {
    const { bavail, bsize } = attempt(path, () => fs.statfsSync(path));
    return bavail * bsize;
  }

  /** Opens, calls `work`, and closes when `work` says so; then somebody who waits has his turn. */
  #within(
    path: string,
    flags: number,
    done: (error: FileSystemError | null) => void,
    work: (descriptor: number, close: (error: Error | null) => void) => void,
  ): void {
    const end = (error: Error | null): void => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#busy--;
      else next();
      done(translateOrNull(error, path));
    };
    const begin = (): void => {
      fs.open(path, flags, 0o644, (openError, descriptor) => {
        if (openError !== null) return end(openError);
        work(descriptor, (error) => {
          fs.close(descriptor, (closeError) => end(error ?? closeError));
        });
      });
    };
    if (this.#busy === DESCRIPTORS_AT_ONCE) {
      this.#waiting.push(begin);
      return;
    }
    this.#busy++;
    begin();
  }
}

class NodeOpenFile implements OpenFile {
  readonly path: string;
  /** null once closed: the number may belong to another file by then. */
  #descriptor: number | null;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
  }

  size(): number {
    const descriptor = this.#opened('fstat');
    return attempt(this.path, () => fs.fstatSync(descriptor).size);
  }

  readNow(target: Uint8Array, position: number): number {
    const descriptor = this.#opened('read');
    return attempt(this.path, () => {
      let done = 0;
      while (done < target.length) {
        const count = fs.readSync(descriptor, target, done, target.length - done, position + done);
        if (count === 0) break;
        done += count;
      }
      return done;
    });
  }

  read(
    target: Uint8Array,
    position: number,
    done: (error: FileSystemError | null, bytes: number) => void,
  ): void {
    const descriptor = this.#opened('read');
    const readFrom = (start: number): void => {
      const length = target.length - start;
      fs.read(descriptor, target, start, length, position + start, (error, count) => {
        if (error !== null) return done(translate(error, this.path), 0);
        // The end of the file, or all that was asked for; otherwise a signal cut the read short.
        if (count === 0 || count === length) return done(null, start + count);
        readFrom(start + count);
      });
    };
    readFrom(0);
  }

  write(buffers: readonly Uint8Array[], position: number): void {
    const descriptor = this.#opened('write');
    attempt(this.path, () => writeAll(descriptor, buffers, position));
  }

  truncate(length: number): void {
    const descriptor = this.#opened('ftruncate');
    attempt(this.path, () => fs.ftruncateSync(descriptor, length));
  }

  sync(done: (error: FileSystemError | null) => void): void {
    fs.fdatasync(this.#opened('fdatasync'), (error) => done(translateOrNull(error, this.path)));
  }

  close(): void {
    const descriptor = this.#opened('close');
    this.#descriptor = null;
    attempt(this.path, () => fs.closeSync(descriptor));
  }

  #opened(call: string): number {
    if (this.#descriptor !== null) return this.#descriptor;
    throw new FileSystemError('EBADF', this.path, `EBADF: ${call} on a closed file '${this.path}'`);
  }
}

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

function wroteNothing(): Error {
  return Object.assign(new Error('the system wrote nothing'), { code: 'EIO' });
}

function attempt<Result>(path: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw translate(error, path);
  }
}

function translateOrNull(error: unknown, path: string): FileSystemError | null {
  return error === null || error === undefined ? null : translate(error, path);
}

function translate(error: unknown, path: string): FileSystemError {
  if (error instanceof FileSystemError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string'
      ? error.code
      : 'EIO';
  return new FileSystemError(code, path, message, { cause: error });
}
