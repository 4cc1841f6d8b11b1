/**
 * Files, as `log/` and `metadata/` see them. Two implementations: the real one in `platform/`, and
 * one in memory in `testing/` that can lose, tear and corrupt what was not synced.
 *
 * Small operations are synchronous: a buffered write costs a third of an asynchronous one, and a
 * synchronous boundary keeps the simulator free of promises. What can take long (a sync, a read of
 * cold data, the removal of a large file) takes a callback, which is never called before the method
 * has returned. Every failure is a `FileSystemError`.
 */
export interface FileSystem {
  /**
   * Opens a file. `read` and `write` need it to exist (`ENOENT`), `create` makes it if it is
   * missing, `create-new` fails with `EEXIST` when it is there.
   */
  open(path: string, mode: 'read' | 'write' | 'create' | 'create-new'): OpenFile;
  exists(path: string): boolean;
  /** The names in a directory, sorted; empty when there is no such directory. */
  list(path: string): string[];
  /** Makes a directory and its parents; nothing happens if it is there. */
  makeDirectory(path: string): void;
  /** Replaces `to` if it exists. Lasting only once the directory is synced. */
  rename(from: string, to: string): void;
  /**
   * As `rename`, without blocking: names change within the file system's own commits, and one that is
   * under way holds whoever asks up for milliseconds.
   */
  replace(from: string, to: string, done: (error: FileSystemError | null) => void): void;
  /**
   * Makes a file of these bytes, or puts them in the place of what it holds, and makes them last
   * (`fdatasync`), without blocking. Its name lasts once the directory is synced.
   */
  writeFile(path: string, content: Uint8Array, done: (error: FileSystemError | null) => void): void;
  /** Removes a file. Lasting only once the directory is synced. */
  remove(path: string): void;
  /** Removes a file or a directory with all that it holds, without blocking. */
  removeTree(path: string, done: (error: FileSystemError | null) => void): void;
  /** Makes creations, renames and removals in this directory last. */
  syncDirectory(path: string, done: (error: FileSystemError | null) => void): void;
  /** Bytes that can still be written to the file system that holds `path`. */
  freeBytes(path: string): number;
}

export interface OpenFile {
  readonly path: string;
  /** Length in bytes. */
  size(): number;
  /** Reads up to `target.length` bytes at `position`, blocking; returns how many, 0 at the end. */
  readNow(target: Uint8Array, position: number): number;
  /** As `readNow`, without blocking. */
  read(
    target: Uint8Array,
    position: number,
    done: (error: FileSystemError | null, bytes: number) => void,
  ): void;
  /** Writes all `buffers`, one behind the other, at `position`, into the page cache. */
  write(buffers: readonly Uint8Array[], position: number): void;
  /**
   * As `write`, at the end of the file, but what is large may be on its way still when this returns:
   * true then, and `done` says when it has arrived, as everything before it has; false when it is
   * there already, and `done` is never called. What is on its way to `after`, another file, arrives
   * before it. `buffers` belong to the file from now on. Reads through this `OpenFile` see them at once,
   * and `sync` waits for them; a process that dies loses what has not arrived. After a failure nothing
   * else arrives, and no sync succeeds. Neither `write` nor `truncate` while anything is on its way.
   */
  writeBehind(
    buffers: readonly Uint8Array[],
    position: number,
    done: (error: FileSystemError | null) => void,
    after?: OpenFile | null,
  ): boolean;
  truncate(length: number): void;
  /** Makes everything written before this call last (`fdatasync`). */
  sync(done: (error: FileSystemError | null) => void): void;
  /** What is on its way arrives nevertheless. */
  close(): void;
}

/** A file operation that failed. `code` is the system's (`ENOSPC`, `EIO`, `ENOENT`, …). */
export class FileSystemError extends Error {
  override readonly name = 'FileSystemError';
  readonly code: string;
  readonly path: string;

  constructor(code: string, path: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}

/** `OpenFile.sync` as a promise. */
export function syncFile(file: OpenFile): Promise<void> {
  return new Promise((resolve, reject) => {
    file.sync((error) => (error === null ? resolve() : reject(error)));
  });
}

/** `FileSystem.syncDirectory` as a promise. */
export function syncDirectory(fileSystem: FileSystem, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    fileSystem.syncDirectory(path, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** `FileSystem.replace` as a promise. */
export function replace(fileSystem: FileSystem, from: string, to: string): Promise<void> {
  return new Promise((resolve, reject) => {
    fileSystem.replace(from, to, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** `FileSystem.writeFile` as a promise. */
export function writeFile(
  fileSystem: FileSystem,
  path: string,
  content: Uint8Array,
): Promise<void> {
  return new Promise((resolve, reject) => {
    fileSystem.writeFile(path, content, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** `FileSystem.removeTree` as a promise. */
export function removeTree(fileSystem: FileSystem, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    fileSystem.removeTree(path, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** `OpenFile.read` as a promise: how many bytes were read. */
export function readFile(file: OpenFile, target: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    file.read(target, position, (error, bytes) =>
      error === null ? resolve(bytes) : reject(error),
    );
  });
}
