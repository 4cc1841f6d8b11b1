/* eslint-disable @typescript-eslint/no-non-null-assertion -- queues that were looked at */
import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import { FileSystemError } from '../base/file-system.ts';
import type { FileSystem, OpenFile } from '../base/file-system.ts';
import { WritesUnderWay } from '../base/writes-under-way.ts';
import { MemoryDirectory } from './memory-directory.ts';
import { MemoryFile } from './memory-file.ts';
import type { CrashOptions } from './memory-file.ts';

export type { CrashOptions } from './memory-file.ts';

/** What `failNext` and `onOperation` can name. Looking (`exists`, `list`, `size`) is no operation. */
export type FileOperation =
  | 'open'
  | 'read'
  | 'write'
  | 'truncate'
  | 'sync'
  | 'makeDirectory'
  | 'rename'
  | 'remove'
  | 'removeTree'
  | 'syncDirectory';

/** An operation that is about to happen. `index` counts from 1 over the life of this object. */
export interface ObservedOperation {
  readonly index: number;
  readonly operation: FileOperation;
  readonly path: string;
}

export interface MemoryFileSystemOptions {
  /**
   * Who calls completion callbacks, and when: `immediate` in a macrotask each (the default), `manual`
   * when the test says `drain()`, or a function that is handed each of them with what it ends, and
   * decides how long that takes.
   */
  readonly schedule?:
    'immediate' | 'manual' | ((callback: () => void, operation: FileOperation) => void);
  /** Bytes that files may hold together; beyond them writes fail with `ENOSPC`. 1 TiB if not given. */
  readonly capacityBytes?: number;
  /** How long every sync takes by `clock`; 0, or without a clock, as long as `schedule` does. */
  readonly syncDelayMs?: number;
  readonly clock?: Clock;
  /** What is written behind and not smaller arrives later; everything arrives at once if not given. */
  readonly writeBehindBytesMin?: number;
}

/**
 * Files in memory with a model of what a disk promises: what was not synced can be lost, torn or
 * kept by `crash`, in any order; a sync can fail, and then hides what it lost; a disk can be full,
 * slow or rotten. The rules are those of POSIX read by a pessimist, and of Linux where it does worse.
 *
 * One object stands for one mount by one process. `crash` (the power goes) and `processCrash`
 * (kill -9) return the object that the next process uses; the old one is dead: its files and itself
 * refuse everything with `EIO`, and callbacks that were due never come. So code that still runs
 * because it shares this process with the test can do no harm.
 */
export class MemoryFileSystem implements FileSystem {
  /** How long every sync takes; may be changed at any time to make a disk slow. */
  syncDelayMs: number;
  readonly #options: MemoryFileSystemOptions;
  readonly #root: MemoryDirectory;
  readonly #openFiles = new Set<MemoryOpenFile>();
  readonly #faults: Fault[] = [];
  readonly #listeners: ((operation: ObservedOperation) => void)[] = [];
  readonly #queue: (() => void)[] = [];
  #capacityBytes: number;
  #usedBytes = 0;
  #operations = 0;
  #alive = true;

  constructor(options: MemoryFileSystemOptions = {}, root = new MemoryDirectory()) {
    this.#options = options;
    this.#root = root;
    this.#capacityBytes = options.capacityBytes ?? 2 ** 40;
    this.syncDelayMs = options.syncDelayMs ?? 0;
    this.#usedBytes = countBytes(root);
  }

  // What every file system does.

  open(path: string, mode: 'read' | 'write' | 'create' | 'create-new'): OpenFile {
    this.#begin('open', path);
    const { directory, name } = this.#parentOf(path);
    let node = directory.get(name);
    if (node instanceof MemoryDirectory) throw systemError('EISDIR', 'open', path);
    if (node !== undefined && mode === 'create-new') throw systemError('EEXIST', 'open', path);
    if (node === undefined) {
      if (mode === 'read' || mode === 'write') throw systemError('ENOENT', 'open', path);
      node = new MemoryFile();
      directory.add(name, node);
    }
    const file = new MemoryOpenFile(this.#host, path, node, mode !== 'read');
    this.#openFiles.add(file);
    return file;
  }

  exists(path: string): boolean {
    this.#assertAlive('stat', path);
    return this.#find(path) !== undefined;
  }

  list(path: string): string[] {
    this.#assertAlive('scandir', path);
    const node = this.#find(path);
    if (node instanceof MemoryFile) throw systemError('ENOTDIR', 'scandir', path);
    return node?.names() ?? [];
  }

  makeDirectory(path: string): void {
    this.#begin('makeDirectory', path);
    let directory = this.#root;
    for (const name of namesOf(path)) {
      let node = directory.get(name);
      if (node instanceof MemoryFile) throw systemError('ENOTDIR', 'mkdir', path);
      if (node === undefined) {
        node = new MemoryDirectory();
        directory.add(name, node);
      }
      directory = node;
    }
  }

  rename(from: string, to: string): void {
    this.#begin('rename', from);
    const source = this.#parentOf(from);
    const target = this.#parentOf(to);
    const node = source.directory.get(source.name);
    if (node === undefined) throw systemError('ENOENT', 'rename', from);
    const replaced = target.directory.get(target.name);
    if (replaced === node) return;
    if (replaced instanceof MemoryDirectory) {
      if (node instanceof MemoryFile) throw systemError('EISDIR', 'rename', to);
      if (replaced.names().length > 0) throw systemError('ENOTEMPTY', 'rename', to);
    } else if (replaced !== undefined) {
      if (node instanceof MemoryDirectory) throw systemError('ENOTDIR', 'rename', to);
      this.#unlink(replaced);
    }
    if (source.directory === target.directory) {
      source.directory.renameWithin(source.name, target.name, node);
    } else {
      source.directory.moveTo(target.directory, source.name, target.name, node);
    }
  }

  replace(from: string, to: string, done: (error: FileSystemError | null) => void): void {
    let failure: FileSystemError | null = null;
    try {
      this.rename(from, to);
    } catch (error) {
      if (!(error instanceof FileSystemError)) throw error;
      failure = error;
    }
    this.#later('rename', () => done(failure));
  }

  writeFile(
    path: string,
    content: Uint8Array,
    done: (error: FileSystemError | null) => void,
  ): void {
    let file: OpenFile | null = null;
    const end = (error: FileSystemError | null): void => {
      file?.close();
      done(error);
    };
    try {
      file = this.open(path, 'create');
      file.truncate(0);
      file.write([content], 0);
    } catch (error) {
      if (!(error instanceof FileSystemError)) throw error;
      return this.#later('write', () => end(error));
    }
    file.sync(end);
  }

  remove(path: string): void {
    this.#begin('remove', path);
    const { directory, name } = this.#parentOf(path);
    const node = directory.get(name);
    if (node === undefined) throw systemError('ENOENT', 'unlink', path);
    if (node instanceof MemoryDirectory) throw systemError('EISDIR', 'unlink', path);
    this.#unlink(node);
    directory.remove(name);
  }

  removeTree(path: string, done: (error: FileSystemError | null) => void): void {
    const fault = this.#beginAsync('removeTree', path);
    if (fault === 'dead') return;
    this.#later('removeTree', () => {
      if (fault !== null) return done(fault);
      if (this.#find(path) !== undefined) {
        const { directory, name } = this.#parentOf(path);
        this.#removeBelow(directory, name);
      }
      done(null);
    });
  }

  syncDirectory(path: string, done: (error: FileSystemError | null) => void): void {
    const fault = this.#beginAsync('syncDirectory', path);
    if (fault === 'dead') return;
    const directory = this.#find(path);
    if (!(directory instanceof MemoryDirectory)) {
      const error = systemError(directory === undefined ? 'ENOENT' : 'ENOTDIR', 'fsync', path);
      return this.#later('syncDirectory', () => done(error));
    }
    const mark = directory.markForSync();
    this.#afterSyncDelay('syncDirectory', () => {
      if (fault === null) directory.syncUntil(mark);
      else directory.loseUntil(mark);
      done(fault);
    });
  }

  freeBytes(path: string): number {
    this.#assertAlive('statfs', path);
    return Math.max(0, this.#capacityBytes - this.#usedBytes);
  }

  // What only this one does.

  /** The power goes. Returns what the machine finds when it is back; this object is dead. */
  crash(options: CrashOptions): MemoryFileSystem {
    this.#die();
    return this.#successor(this.#root.afterCrash(options));
  }

  /**
   * kill -9: everything written is still to be seen, and just as unsynced as before. Returns what the
   * next process uses; this object is dead.
   */
  processCrash(): MemoryFileSystem {
    this.#die();
    return this.#successor(this.#root);
  }

  /**
   * The next `times` operations of this kind on a path that contains (or matches) `pathPattern` fail
   * with `code`, and do nothing. A failed sync loses what it should have made last.
   */
  failNext(
    operation: FileOperation,
    pathPattern: string | RegExp,
    code: string,
    times: number = 1,
  ): void {
    this.#faults.push({ operation, pathPattern, code, timesLeft: times });
  }

  /** Forgets the faults that have not happened yet. */
  clearFaults(): void {
    this.#faults.length = 0;
  }

  /** Leaves room for `bytes` more: the write that does not fit is cut short and fails with `ENOSPC`. */
  fullAfter(bytes: number): void {
    this.#capacityBytes = this.#usedBytes + bytes;
  }

  /** Turns over one bit (0 is the least significant) on the disk and in the cache. */
  flipBit(path: string, byte: number, bit: number): void {
    const file = this.#fileAt(path);
    const value = new Uint8Array(1);
    assert(file.read(value, byte) === 1, () => `byte ${byte} lies outside ${path}`);
    file.corrupt(Uint8Array.of((value[0] ?? 0) ^ (1 << bit)), byte);
  }

  /** Overwrites bytes on the disk and in the cache. The file keeps its length. */
  corrupt(path: string, start: number, bytes: Uint8Array): void {
    this.#fileAt(path).corrupt(bytes, start);
  }

  /** Every file is read from the disk again: what failed syncs lost is seen to be missing. */
  dropCaches(): void {
    forEachFile(this.#root, (file) => file.dropCache());
    this.#usedBytes = countBytes(this.#root);
  }

  /** Calls `listener` before every operation. It may crash this object: the operation then fails. */
  onOperation(listener: (operation: ObservedOperation) => void): void {
    this.#listeners.push(listener);
  }

  /** Runs the callbacks that are due, and those that they make due; returns how many. Manual mode only. */
  drain(): number {
    let count = 0;
    while (this.drainOne()) count++;
    return count;
  }

  /** Runs the callback that is due first, if there is one; returns whether. Manual mode only. */
  drainOne(): boolean {
    assert(this.#options.schedule === 'manual', 'only a manual schedule is drained');
    const callback = this.#queue.shift();
    callback?.();
    return callback !== undefined;
  }

  /** Paths of the files that are open, one for each handle, sorted. */
  openPaths(): string[] {
    return [...this.#openFiles].map((file) => file.path).sort();
  }

  /** How many operations there have been. */
  get operationCount(): number {
    return this.#operations;
  }

  /** Whole content of a file as a reader sees it; not an operation. */
  contentOf(path: string): Uint8Array {
    const file = this.#fileAt(path);
    const bytes = new Uint8Array(file.length);
    file.read(bytes, 0);
    return bytes;
  }

  /**
   * What would be found of a file if nothing but what was synced survived; null if not even its name
   * did. Not an operation.
   */
  durableContentOf(path: string): Uint8Array | null {
    let node: MemoryFile | MemoryDirectory | undefined = this.#root;
    for (const name of namesOf(path)) {
      if (!(node instanceof MemoryDirectory)) return null;
      node = node.durable(name);
    }
    return node instanceof MemoryFile ? node.durableContent() : null;
  }

  // What open files need of their file system.

  readonly #host: OpenFileHost = {
    begin: (operation, path) => this.#begin(operation, path),
    beginAsync: (operation, path) => this.#beginAsync(operation, path),
    assertAlive: (call, path) => this.#assertAlive(call, path),
    later: (operation, callback) => this.#later(operation, callback),
    afterSyncDelay: (operation, callback) => this.#afterSyncDelay(operation, callback),
    freeBytes: () => this.#capacityBytes - this.#usedBytes,
    used: (bytes) => {
      this.#usedBytes += bytes;
    },
    closed: (file) => this.#openFiles.delete(file),
    writeBehindBytesMin: () => this.#options.writeBehindBytesMin ?? Infinity,
  };

  #begin(operation: FileOperation, path: string): void {
    const fault = this.#beginAsync(operation, path);
    if (fault === 'dead') throw deadError(operation, path);
    if (fault !== null) throw fault;
  }

  /** Observes an operation; the fault that it meets, or `dead` when it can have no end at all. */
  #beginAsync(operation: FileOperation, path: string): FileSystemError | 'dead' | null {
    if (!this.#alive) return 'dead';
    const observed = { index: ++this.#operations, operation, path };
    for (const listener of this.#listeners) {
      listener(observed);
      if (!this.#isAlive()) return 'dead';
    }
    const index = this.#faults.findIndex((fault) => faultMeets(fault, operation, path));
    const fault = this.#faults[index];
    if (fault === undefined) return null;
    if (--fault.timesLeft === 0) this.#faults.splice(index, 1);
    return systemError(fault.code, operation, path);
  }

  #isAlive(): boolean {
    return this.#alive;
  }

  #assertAlive(call: string, path: string): void {
    if (!this.#alive) throw deadError(call, path);
  }

  #later(operation: FileOperation, callback: () => void): void {
    const guarded = (): void => {
      if (this.#alive) callback();
    };
    const schedule = this.#options.schedule ?? 'immediate';
    if (schedule === 'immediate') setImmediate(guarded);
    else if (schedule === 'manual') this.#queue.push(guarded);
    else schedule(guarded, operation);
  }

  #afterSyncDelay(operation: FileOperation, callback: () => void): void {
    const { clock } = this.#options;
    if (this.syncDelayMs === 0 || clock === undefined) return this.#later(operation, callback);
    clock.setTimer(this.syncDelayMs, () => {
      if (this.#alive) callback();
    });
  }

  #die(): void {
    assert(this.#alive, 'a file system crashes once; the next process uses the one it returned');
    this.#alive = false;
    this.#queue.length = 0;
    this.#openFiles.clear();
  }

  #successor(root: MemoryDirectory): MemoryFileSystem {
    const options = {
      ...this.#options,
      capacityBytes: this.#capacityBytes,
      syncDelayMs: this.syncDelayMs,
    };
    return new MemoryFileSystem(options, root);
  }

  #find(path: string): MemoryFile | MemoryDirectory | undefined {
    let node: MemoryFile | MemoryDirectory | undefined = this.#root;
    for (const name of namesOf(path)) {
      if (!(node instanceof MemoryDirectory)) return undefined;
      node = node.get(name);
    }
    return node;
  }

  #fileAt(path: string): MemoryFile {
    const node = this.#find(path);
    assert(node instanceof MemoryFile, () => `${path} is no file`);
    return node;
  }

  #parentOf(path: string): { directory: MemoryDirectory; name: string } {
    const names = namesOf(path);
    const name = names.at(-1);
    if (name === undefined) throw systemError('EINVAL', 'open', path);
    const directory = this.#find(path.slice(0, path.lastIndexOf(name)));
    if (directory === undefined) throw systemError('ENOENT', 'open', path);
    if (directory instanceof MemoryFile) throw systemError('ENOTDIR', 'open', path);
    return { directory, name };
  }

  #removeBelow(directory: MemoryDirectory, name: string): void {
    const node = directory.get(name);
    if (node instanceof MemoryFile) this.#unlink(node);
    if (node instanceof MemoryDirectory) {
      for (const child of node.names()) this.#removeBelow(node, child);
    }
    directory.remove(name);
  }

  #unlink(file: MemoryFile): void {
    file.linked = false;
    this.#usedBytes -= file.length;
  }
}

interface Fault {
  readonly operation: FileOperation;
  readonly pathPattern: string | RegExp;
  readonly code: string;
  timesLeft: number;
}

interface OpenFileHost {
  writeBehindBytesMin(): number;
  begin(operation: FileOperation, path: string): void;
  beginAsync(operation: FileOperation, path: string): FileSystemError | 'dead' | null;
  assertAlive(call: string, path: string): void;
  later(operation: FileOperation, callback: () => void): void;
  afterSyncDelay(operation: FileOperation, callback: () => void): void;
  freeBytes(): number;
  used(bytes: number): void;
  closed(file: MemoryOpenFile): void;
}

class MemoryOpenFile implements OpenFile {
  readonly path: string;
  readonly #host: OpenFileHost;
  readonly #file: MemoryFile;
  readonly #writable: boolean;
  #open = true;
  /** Handed over and not arrived: the first of `#queue` is being written. */
  readonly #underWay = new WritesUnderWay();
  readonly #queue: {
    readonly bytes: Uint8Array;
    readonly position: number;
    readonly fault: FileSystemError | null;
    readonly done: (error: FileSystemError | null) => void;
  }[] = [];
  /** What comes when the file has arrived at `end`. */
  readonly #waiting: { readonly end: number; readonly begin: () => void }[] = [];
  #failure: FileSystemError | null = null;

  constructor(host: OpenFileHost, path: string, file: MemoryFile, writable: boolean) {
    this.#host = host;
    this.path = path;
    this.#file = file;
    this.#writable = writable;
  }

  size(): number {
    this.#host.assertAlive('fstat', this.path);
    this.#assertOpen('fstat');
    return Math.max(this.#file.length, this.#underWay.end);
  }

  readNow(target: Uint8Array, position: number): number {
    this.#assertOpen('read');
    this.#host.begin('read', this.path);
    const found = this.#file.read(target, position);
    return this.#underWay.overlay(target, position)?.(found) ?? found;
  }

  read(
    target: Uint8Array,
    position: number,
    done: (error: FileSystemError | null, bytes: number) => void,
  ): void {
    this.#assertOpen('read');
    const fault = this.#host.beginAsync('read', this.path);
    if (fault === 'dead') return;
    const overlay = this.#underWay.overlay(target, position);
    this.#host.later('read', () => {
      if (fault !== null) return done(fault, 0);
      const found = this.#file.read(target, position);
      done(null, overlay?.(found) ?? found);
    });
  }

  write(buffers: readonly Uint8Array[], position: number): void {
    this.#assertOpen('write');
    this.#assertWritable('write');
    assert(this.#underWay.isEmpty, 'what is on its way comes first');
    this.#host.begin('write', this.path);
    this.#put(concatenated(buffers), position);
  }

  /** As much as there is room for. */
  #put(bytes: Uint8Array, position: number): void {
    const growth = Math.max(0, position + bytes.length - this.#file.length);
    const short = this.#file.linked ? Math.max(0, growth - this.#host.freeBytes()) : 0;
    const fitting = bytes.subarray(0, Math.max(0, bytes.length - short));
    const lengthBefore = this.#file.length;
    if (fitting.length > 0) this.#file.write(fitting, position);
    this.#count(lengthBefore);
    if (short > 0) throw systemError('ENOSPC', 'write', this.path);
  }

  writeBehind(
    buffers: readonly Uint8Array[],
    position: number,
    done: (error: FileSystemError | null) => void,
    after: OpenFile | null = null,
  ): boolean {
    if (this.#failure !== null) throw this.#failure;
    const bytes = concatenated(buffers);
    const front = after instanceof MemoryOpenFile && !after.#underWay.isEmpty ? after : null;
    if (
      front === null &&
      this.#underWay.isEmpty &&
      bytes.length < this.#host.writeBehindBytesMin()
    ) {
      this.write([bytes], position);
      return false;
    }
    this.#assertOpen('write');
    this.#assertWritable('write');
    const fault = this.#host.beginAsync('write', this.path);
    if (fault === 'dead') throw deadError('write', this.path);
    this.#underWay.add([bytes], position);
    this.#queue.push({ bytes, position, fault, done });
    if (this.#queue.length > 1) return true;
    if (front === null) this.#writeNext();
    else front.#waiting.push({ end: front.#underWay.end, begin: () => this.#writeAfter(front) });
    return true;
  }

  truncate(length: number): void {
    this.#assertOpen('ftruncate');
    this.#assertWritable('ftruncate');
    assert(this.#underWay.isEmpty, 'what is on its way comes first');
    this.#host.begin('truncate', this.path);
    const lengthBefore = this.#file.length;
    const growth = length - lengthBefore;
    if (this.#file.linked && growth > 0 && growth > this.#host.freeBytes()) {
      throw systemError('ENOSPC', 'ftruncate', this.path);
    }
    this.#file.truncate(length);
    this.#count(lengthBefore);
  }

  sync(done: (error: FileSystemError | null) => void): void {
    this.#assertOpen('fdatasync');
    const fault = this.#host.beginAsync('sync', this.path);
    if (fault === 'dead') return;
    if (this.#underWay.isEmpty) this.#syncNow(fault, done);
    else this.#waiting.push({ end: this.#underWay.end, begin: () => this.#syncNow(fault, done) });
  }

  #syncNow(fault: FileSystemError | null, done: (error: FileSystemError | null) => void): void {
    const failure = this.#failure;
    if (failure !== null) return this.#host.later('sync', () => done(failure));
    const mark = this.#file.markForSync();
    this.#host.afterSyncDelay('sync', () => {
      if (fault === null) this.#file.syncUntil(mark);
      else this.#file.loseUntil(mark);
      done(fault);
    });
  }

  close(): void {
    if (!this.#open) throw systemError('EBADF', 'close', this.path);
    this.#open = false;
    this.#host.closed(this);
  }

  #writeAfter(front: MemoryOpenFile): void {
    this.#failure ??= front.#failure;
    this.#writeNext();
  }

  /** Half of it at once, the rest later: who dies in between leaves a torn write. */
  #writeNext(): void {
    const { bytes, position, fault, done } = this.#queue[0]!;
    const end = position + bytes.length;
    const half = bytes.length >> 1;
    let failure = this.#failure ?? fault;
    const put = (from: number, to: number): void => {
      if (failure !== null || from === to) return;
      try {
        this.#put(bytes.subarray(from, to), position + from);
      } catch (error) {
        if (!(error instanceof FileSystemError)) throw error;
        failure = error;
      }
    };
    put(0, half);
    this.#host.later('write', () => {
      put(half, bytes.length);
      this.#failure = failure;
      this.#queue.shift();
      this.#underWay.arrivedTo(end);
      done(failure);
      while (this.#waiting[0] !== undefined && this.#waiting[0].end <= end) {
        this.#waiting.shift()!.begin();
      }
      if (this.#queue.length > 0) this.#writeNext();
    });
  }

  #count(lengthBefore: number): void {
    if (this.#file.linked) this.#host.used(this.#file.length - lengthBefore);
  }

  #assertOpen(call: string): void {
    if (!this.#open) throw systemError('EBADF', call, this.path);
  }

  #assertWritable(call: string): void {
    if (!this.#writable) throw systemError('EBADF', call, this.path);
  }
}

function concatenated(buffers: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const buffer of buffers) length += buffer.length;
  const bytes = new Uint8Array(length);
  let position = 0;
  for (const buffer of buffers) {
    bytes.set(buffer, position);
    position += buffer.length;
  }
  return bytes;
}

function faultMeets(fault: Fault, operation: FileOperation, path: string): boolean {
  if (fault.operation !== operation) return false;
  if (typeof fault.pathPattern === 'string') return path.includes(fault.pathPattern);
  return fault.pathPattern.test(path);
}

function forEachFile(directory: MemoryDirectory, visit: (file: MemoryFile) => void): void {
  for (const name of directory.names()) {
    const node = directory.get(name);
    if (node instanceof MemoryFile) visit(node);
    else if (node !== undefined) forEachFile(node, visit);
  }
}

function countBytes(root: MemoryDirectory): number {
  let bytes = 0;
  forEachFile(root, (file) => {
    bytes += file.length;
  });
  return bytes;
}

function namesOf(path: string): readonly string[] {
  let names = NAMES.get(path);
  if (names === undefined) {
    if (NAMES.size >= NAMES_MAX) NAMES.clear();
    NAMES.set(path, (names = split(path)));
  }
  return names;
}

function split(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** The same few paths are walked all the time. */
const NAMES = new Map<string, readonly string[]>();
const NAMES_MAX = 10_000;

function systemError(code: string, call: string, path: string): FileSystemError {
  return new FileSystemError(code, path, `${code}: ${call} '${path}'`);
}

function deadError(call: string, path: string): FileSystemError {
  return new FileSystemError('EIO', path, `EIO: ${call} '${path}': the process or machine is gone`);
}
