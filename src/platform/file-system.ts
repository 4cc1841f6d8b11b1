/**
 * The real files. Descriptors are plain numbers and small operations block: a buffered write costs
 * less than handing it to a thread. Syncs, cold reads and removals run on libuv's threads.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- queues that were looked at */
import * as fs from 'node:fs';
import { assert } from '../base/assert.ts';
import { FileSystemError } from '../base/file-system.ts';
import type { FileSystem, OpenFile } from '../base/file-system.ts';
import { WritesUnderWay } from '../base/writes-under-way.ts';
import { DirectWrites } from './direct-writes.ts';
import { readUpTo, writeAll, wroteNothing } from './whole-file-calls.ts';

/** More than libuv's threads can work at, so that none of them waits for this one. */
const DESCRIPTORS_AT_ONCE = 32;

const FLAGS = {
  read: fs.constants.O_RDONLY,
  write: fs.constants.O_RDWR,
  create: fs.constants.O_RDWR | fs.constants.O_CREAT,
  'create-new': fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL,
} as const;

export interface NodeFileSystemOptions {
  /** What is written behind and not smaller passes the page cache by; nothing does if it is left out. */
  readonly directWriteBytesMin?: number;
}

/**
 * Made once by the composition root. What holds a descriptor while it waits for libuv's threads is done
 * a few at a time, and first come, first served: thousands of logs that change their epoch at once
 * would take more descriptors than a process may have.
 */
export class NodeFileSystem implements FileSystem {
  readonly #directWrites: DirectWrites;
  #busy = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(options: NodeFileSystemOptions = {}) {
    this.#directWrites = new DirectWrites(options.directWriteBytesMin ?? Infinity);
  }

  open(path: string, mode: 'read' | 'write' | 'create' | 'create-new'): OpenFile {
    const descriptor = attempt(path, () => fs.openSync(path, FLAGS[mode], 0o644));
    return new NodeOpenFile(path, descriptor, this.#directWrites);
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

interface QueuedWrite {
  readonly buffers: readonly Uint8Array[];
  readonly position: number;
  readonly end: number;
  readonly done: (error: FileSystemError | null) => void;
}

class NodeOpenFile implements OpenFile {
  readonly path: string;
  /** null once closed: the number may belong to another file by then. */
  #descriptor: number | null;
  readonly #directWrites: DirectWrites;
  /** The same file for `#directWrites`; null until there is something for it. */
  #direct: number | null = null;
  /** Handed over and not arrived. */
  readonly #underWay = new WritesUnderWay();
  /** The part of it that no write has begun with. */
  #queue: QueuedWrite[] = [];
  #isWriting = false;
  /** What comes when the file has arrived at `end`: syncs, and the next file's writes. */
  readonly #waiting: { readonly end: number; readonly begin: () => void }[] = [];
  #failure: FileSystemError | null = null;
  /** Closed while something is on its way. */
  #closeLater: number | null = null;

  constructor(path: string, descriptor: number, directWrites: DirectWrites) {
    this.path = path;
    this.#descriptor = descriptor;
    this.#directWrites = directWrites;
  }

  size(): number {
    const descriptor = this.#opened('fstat');
    const { size } = attempt(this.path, () => fs.fstatSync(descriptor));
    return Math.max(size, this.#underWay.end);
  }

  readNow(target: Uint8Array, position: number): number {
    const descriptor = this.#opened('read');
    const found = attempt(this.path, () => readUpTo(descriptor, target, position));
    return this.#underWay.overlay(target, position)?.(found) ?? found;
  }

  read(
    target: Uint8Array,
    position: number,
    done: (error: FileSystemError | null, bytes: number) => void,
  ): void {
    const descriptor = this.#opened('read');
    // Of this moment: what arrives meanwhile may or may not be in what the file gives.
    const overlay = this.#underWay.overlay(target, position);
    const finish = (found: number): void => done(null, overlay?.(found) ?? found);
    const readFrom = (start: number): void => {
      const length = target.length - start;
      fs.read(descriptor, target, start, length, position + start, (error, count) => {
        if (error !== null) return done(translate(error, this.path), 0);
        // The end of the file, or all that was asked for; otherwise a signal cut the read short.
        if (count === 0 || count === length) return finish(start + count);
        readFrom(start + count);
      });
    };
    readFrom(0);
  }

  write(buffers: readonly Uint8Array[], position: number): void {
    const descriptor = this.#opened('write');
    assert(this.#underWay.isEmpty, 'what is on its way comes first');
    attempt(this.path, () => writeAll(descriptor, buffers, position));
  }

  writeBehind(
    buffers: readonly Uint8Array[],
    position: number,
    done: (error: FileSystemError | null) => void,
    after: OpenFile | null = null,
  ): boolean {
    const descriptor = this.#opened('write');
    if (this.#failure !== null) throw this.#failure;
    const bytes = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    const front = after instanceof NodeOpenFile && after.#isWriting ? after : null;
    if (front === null && this.#underWay.isEmpty && this.#directFor(bytes) === null) {
      this.write(buffers, position);
      return false;
    }
    this.#underWay.add(buffers, position);
    this.#queue.push({ buffers, position, end: position + bytes, done });
    if (this.#isWriting) return true;
    this.#isWriting = true;
    const begin = (): void => {
      if (front !== null) this.#failure ??= front.#failure;
      void this.#writeQueue(descriptor);
    };
    if (front === null) begin();
    else front.#waiting.push({ end: front.#underWay.end, begin });
    return true;
  }

  truncate(length: number): void {
    const descriptor = this.#opened('ftruncate');
    assert(this.#underWay.isEmpty, 'what is on its way comes first');
    attempt(this.path, () => fs.ftruncateSync(descriptor, length));
  }

  sync(done: (error: FileSystemError | null) => void): void {
    this.#opened('fdatasync');
    if (!this.#isWriting) return this.#syncNow(done);
    this.#waiting.push({ end: this.#underWay.end, begin: () => this.#syncNow(done) });
  }

  close(): void {
    const descriptor = this.#opened('close');
    this.#descriptor = null;
    if (this.#isWriting) this.#closeLater = descriptor;
    else this.#closeNow(descriptor);
  }

  /** Takes all that waits as one write, until nothing does. */
  async #writeQueue(descriptor: number): Promise<void> {
    for (let writes = this.#queue; writes.length > 0; writes = this.#queue) {
      this.#queue = [];
      const failure = this.#failure ?? (await this.#writeTogether(descriptor, writes));
      this.#failure = failure;
      const { end } = writes.at(-1)!;
      this.#underWay.arrivedTo(end);
      for (const write of writes) write.done(failure);
      this.#beginWaiting(end);
    }
    this.#isWriting = false;
    if (this.#closeLater !== null) this.#closeNow(this.#closeLater);
  }

  async #writeTogether(
    descriptor: number,
    writes: readonly QueuedWrite[],
  ): Promise<FileSystemError | null> {
    const buffers = writes.flatMap((write) => write.buffers);
    const { position } = writes[0]!;
    const bytes = writes.at(-1)!.end - position;
    try {
      const direct = this.#directFor(bytes);
      if (direct === null) writeAll(descriptor, buffers, position);
      else await this.#directWrites.write({ descriptor, direct }, buffers, position);
      return null;
    } catch (error) {
      return translate(error, this.path);
    }
  }

  /** For a write of so many bytes; null if the page cache does as well. */
  #directFor(bytes: number): number | null {
    if (bytes < this.#directWrites.bytesMin || !this.#directWrites.isPossible) return null;
    this.#direct ??= this.#directWrites.open(this.path);
    return this.#direct;
  }

  #beginWaiting(end: number): void {
    while (this.#waiting[0] !== undefined && this.#waiting[0].end <= end) {
      this.#waiting.shift()!.begin();
    }
  }

  #syncNow(done: (error: FileSystemError | null) => void): void {
    const failure = this.#failure;
    const descriptor = this.#descriptor ?? this.#closeLater;
    if (failure !== null) setImmediate(() => done(failure));
    else fs.fdatasync(descriptor!, (error) => done(translateOrNull(error, this.path)));
  }

  #closeNow(descriptor: number): void {
    const direct = this.#direct;
    this.#direct = null;
    attempt(this.path, () => fs.closeSync(descriptor));
    if (direct !== null) attempt(this.path, () => fs.closeSync(direct));
  }

  #opened(call: string): number {
    if (this.#descriptor !== null) return this.#descriptor;
    throw new FileSystemError('EBADF', this.path, `EBADF: ${call} on a closed file '${this.path}'`);
  }
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
