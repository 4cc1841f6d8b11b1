import { FileSystemError } from '../../../src/base/file-system.ts';
import { MemoryFileSystem, type FileOperation } from '../../../src/testing/memory-file-system.ts';
import type { Process } from '../scheduler.ts';
import type { World } from '../world.ts';
import { SYNC_MS } from './story-knobs.ts';

const DISK_BYTES = 64 * 1024 * 1024;

interface Waiting {
  readonly life: Process | null;
  readonly callback: () => void;
}

/**
 * Disks that take the time that a story says. One that is frozen takes writes into its cache, and
 * ends no sync and no read before it is thawed.
 */
export class StoryDisks {
  readonly #world: World;
  readonly #frozen = new Map<string, Waiting[]>();
  readonly #slowness = new Map<string, number>();

  /** Gives every process of the world such a disk; nothing may run yet. */
  constructor(world: World) {
    this.#world = world;
    for (const seat of world.seats()) seat.node.disk = this.empty(seat.node.name);
  }

  /** A new disk for this process, with nothing on it. */
  empty(name: string): MemoryFileSystem {
    return new MemoryFileSystem({
      capacityBytes: DISK_BYTES,
      schedule: (callback, operation) => this.#schedule(name, callback, operation),
    });
  }

  freeze(name: string): void {
    if (!this.#frozen.has(name)) this.#frozen.set(name, []);
  }

  /** What waits ends now. */
  thaw(name: string): void {
    const waiting = this.#frozen.get(name) ?? [];
    this.#frozen.delete(name);
    for (const { life, callback } of waiting) {
      this.#world.scheduler.schedule(SYNC_MS, life, 'disk', callback);
    }
  }

  slow(name: string, factor: number): void {
    this.#slowness.set(name, factor);
  }

  /** Room for `bytes` more on the disk of this process. */
  fill(name: string, bytes: number): void {
    this.#world.seat(name).node.disk.fullAfter(bytes);
  }

  /** Everything is well again, but for what is lost. */
  healAll(): void {
    for (const name of [...this.#frozen.keys()]) this.thaw(name);
    this.#slowness.clear();
    for (const { node } of this.#world.seats()) {
      node.disk.clearFaults();
      node.disk.fullAfter(DISK_BYTES);
    }
  }

  /** Another disk with the same files, all of them lasting. */
  copyOf(name: string): MemoryFileSystem {
    const from = this.#world.seat(name).node.disk;
    const copy = this.empty(name);
    copyTree(from, copy, '/');
    return copy.crash({ policy: 'keep' });
  }

  #schedule(name: string, callback: () => void, operation: FileOperation): void {
    const { scheduler, network } = this.#world;
    const life = network.lifeOf(name);
    const frozen = this.#frozen.get(name);
    if (frozen !== undefined) {
      frozen.push({ life, callback });
      return;
    }
    const isSync = operation === 'sync' || operation === 'syncDirectory';
    const milliseconds = (isSync ? SYNC_MS : 0) * (this.#slowness.get(name) ?? 1);
    scheduler.schedule(milliseconds, life, 'disk', callback);
  }
}

function copyTree(from: MemoryFileSystem, to: MemoryFileSystem, path: string): void {
  for (const name of namesIn(from, path) ?? []) {
    const child = `${path === '/' ? '' : path}/${name}`;
    if (namesIn(from, child) !== null) {
      to.makeDirectory(child);
      copyTree(from, to, child);
      continue;
    }
    const file = to.open(child, 'create');
    file.write([from.contentOf(child)], 0);
    file.close();
  }
}

/** Null for a file. */
function namesIn(disk: MemoryFileSystem, path: string): string[] | null {
  try {
    return disk.list(path);
  } catch (error) {
    if (error instanceof FileSystemError && error.code === 'ENOTDIR') return null;
    throw error;
  }
}
