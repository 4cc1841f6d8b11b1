import { OdradekError } from '../base/errors.ts';
import { FileSystemError } from '../base/file-system.ts';
import type { FileSystem } from '../base/file-system.ts';

/** What names a process for ever: pids are used again, pid, start time and boot together are not. */
export interface ProcessProbe {
  readonly pid: number;
  /** When this process started, in whatever unit `startTimeOf` answers. Has no full stop in it. */
  readonly startTime: string;
  /** Which start of the operating system this is. */
  readonly bootId: string;
  /** When the process that has this pid now started; null if there is none. */
  startTimeOf(pid: number): string | null;
}

/**
 * Keeps two processes from opening one data directory. Node offers no `flock`, so a lock is an empty
 * file whose name says who holds it: `lock@<pid>.<start time>.<boot id>`. No topic can have an `@` in
 * its name, so no partition's directory can be called like that.
 *
 * To lock is to create one's own file exclusively and *then* look whose others there are. Of two
 * processes that start at once, the one that looks last sees the other's file, since each creates
 * before it looks: both can be refused, never both let in. A file whose process is gone (no such pid,
 * or another start time under it, or another boot) is stale and is removed; since its name is its
 * owner's alone, that cannot remove the lock of somebody who came in between. Nothing needs a sync:
 * what a power cut leaves behind, or takes away, belongs to an earlier boot.
 *
 * Processes in different pid namespaces, or on different machines, cannot see each other.
 */
export class DirectoryLock {
  readonly #fileSystem: FileSystem;
  readonly #path: string;
  #held = true;

  private constructor(fileSystem: FileSystem, path: string) {
    this.#fileSystem = fileSystem;
    this.#path = path;
  }

  /** Throws `DATA_DIRECTORY_IN_USE`, naming pid and directory, if a living process holds the lock. */
  static acquire(fileSystem: FileSystem, directory: string, probe: ProcessProbe): DirectoryLock {
    const own = `${PREFIX}${probe.pid}.${probe.startTime}.${probe.bootId}`;
    const path = `${directory}/${own}`;
    try {
      fileSystem.open(path, 'create-new').close();
    } catch (error) {
      const held = error instanceof FileSystemError && error.code === 'EEXIST';
      throw held ? inUse(directory, probe.pid) : error;
    }
    const lock = new DirectoryLock(fileSystem, path);
    try {
      for (const name of fileSystem.list(directory)) {
        const owner = name === own ? null : ownerOf(name);
        if (owner === null) continue;
        if (isAlive(owner, probe)) throw inUse(directory, owner.pid);
        removeIfThere(fileSystem, `${directory}/${name}`);
      }
    } catch (error) {
      lock.release();
      throw error;
    }
    return lock;
  }

  /** Does nothing if the lock was released. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    removeIfThere(this.#fileSystem, this.#path);
  }
}

const PREFIX = 'lock@';

interface Owner {
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
}

function ownerOf(name: string): Owner | null {
  const match = /^lock@(\d+)\.([^.]+)\.(.+)$/.exec(name);
  if (match === null) return null;
  const [, pid = '', startTime = '', bootId = ''] = match;
  return { pid: Number(pid), startTime, bootId };
}

function isAlive(owner: Owner, probe: ProcessProbe): boolean {
  return owner.bootId === probe.bootId && probe.startTimeOf(owner.pid) === owner.startTime;
}

function removeIfThere(fileSystem: FileSystem, path: string): void {
  try {
    fileSystem.remove(path);
  } catch (error) {
    // Two processes that find the same stale lock both remove it.
    if (!(error instanceof FileSystemError && error.code === 'ENOENT')) throw error;
  }
}

function inUse(directory: string, pid: number): OdradekError {
  return new OdradekError(
    'DATA_DIRECTORY_IN_USE',
    `the data directory ${directory} is in use by process ${pid}; stop it, or choose another directory`,
  );
}
