import { assert } from '../base/assert.ts';
import type { Random } from '../base/random.ts';
import { ChunkedBytes } from './chunked-bytes.ts';

/** What a disk writes in one piece: a torn write is cut at multiples of it. */
export const SECTOR_BYTES = 512;

/**
 * What a power cut does to everything that was not synced. `drop` loses it, `keep` finds it on the
 * disk after all, `tear` keeps the first half of each write's sectors (of a write within one sector
 * nothing) and every change of a directory. `random` decides for each write, truncation and change
 * of a directory alone, so that neither order nor wholeness is preserved.
 */
export type CrashOptions =
  { readonly policy: 'drop' | 'keep' | 'tear' } | { readonly random: Random };

/** A place in the order of a file's changes: everything before it is covered. */
export type SyncMark = number;

type Change =
  | {
      readonly number: number;
      readonly kind: 'write';
      readonly position: number;
      readonly bytes: Uint8Array;
    }
  | { readonly number: number; readonly kind: 'truncate'; readonly length: number };

/**
 * One file's bytes, twice: as the page cache shows them and as the disk holds them, with the changes
 * in between that no sync has covered. Lives as long as a name or an open handle leads to it.
 */
export class MemoryFile {
  /** What a reader sees. */
  #visible: ChunkedBytes;
  /** What is on the disk for certain. */
  #durable: ChunkedBytes;
  /** Made since the last sync, in order; `#durable` plus these may be less than `#visible`: `loseUntil`. */
  #changes: Change[] = [];
  #nextChange = 1;
  /** Whether a name leads here: only then do its bytes count against the capacity. */
  linked = true;

  constructor(onDisk: ChunkedBytes = new ChunkedBytes()) {
    this.#visible = onDisk.copy();
    this.#durable = onDisk;
  }

  get length(): number {
    return this.#visible.length;
  }

  /** How many changes a power cut could take away. */
  get unsyncedChanges(): number {
    return this.#changes.length;
  }

  /** A copy of what is on the disk for certain. */
  durableContent(): Uint8Array {
    const bytes = new Uint8Array(this.#durable.length);
    this.#durable.read(bytes, 0);
    return bytes;
  }

  read(target: Uint8Array, position: number): number {
    return this.#visible.read(target, position);
  }

  /** Takes ownership of `bytes`. */
  write(bytes: Uint8Array, position: number): void {
    this.#visible.write(bytes, position);
    this.#changes.push({ number: this.#nextChange++, kind: 'write', position, bytes });
  }

  truncate(length: number): void {
    this.#visible.truncate(length);
    this.#changes.push({ number: this.#nextChange++, kind: 'truncate', length });
  }

  markForSync(): SyncMark {
    return this.#nextChange;
  }

  /** A sync that began at `mark` has succeeded. */
  syncUntil(mark: SyncMark): void {
    for (const change of this.#takeUntil(mark)) applyWhole(change, this.#durable);
  }

  /**
   * A sync that began at `mark` has failed. As in Linux, the dirty pages are clean from now on though
   * the disk does not hold them: readers still see them, and the next sync succeeds without them.
   */
  loseUntil(mark: SyncMark): void {
    this.#takeUntil(mark);
  }

  /** Reads come from the disk again: what a failed sync lost is seen to be missing. */
  dropCache(): void {
    this.#visible = this.#durable.copy();
    for (const change of this.#changes) applyWhole(change, this.#visible);
  }

  /** The file after a power cut. */
  afterCrash(options: CrashOptions): MemoryFile {
    const onDisk = this.#durable.copy();
    for (const change of this.#changes) applyAsCrashed(change, onDisk, options);
    return new MemoryFile(onDisk);
  }

  /** Changes bytes on the disk and in the cache, behind everybody's back. */
  corrupt(bytes: Uint8Array, start: number): void {
    assert(
      start >= 0 && start + bytes.length <= this.length,
      () => `bytes ${start} to ${start + bytes.length} lie outside a file of ${this.length}`,
    );
    this.#visible.write(bytes, start);
    const onDisk = Math.max(0, Math.min(bytes.length, this.#durable.length - start));
    this.#durable.write(bytes.subarray(0, onDisk), start);
    // The rot outlives the changes that wait: what they would write there is rotten too.
    for (const change of this.#changes) {
      if (change.kind !== 'write') continue;
      const from = Math.max(start, change.position);
      const to = Math.min(start + bytes.length, change.position + change.bytes.length);
      if (from < to) {
        change.bytes.set(bytes.subarray(from - start, to - start), from - change.position);
      }
    }
  }

  #takeUntil(mark: SyncMark): Change[] {
    let count = this.#changes.findIndex((change) => change.number >= mark);
    if (count === -1) count = this.#changes.length;
    return this.#changes.splice(0, count);
  }
}

/** Whether a change that has no parts (a truncation, a directory's entry) is found after a power cut. */
export function survivesCrash(options: CrashOptions): boolean {
  if ('random' in options) return options.random.below(2) === 1;
  return options.policy !== 'drop';
}

function applyWhole(change: Change, target: ChunkedBytes): void {
  if (change.kind === 'write') target.write(change.bytes, change.position);
  else target.truncate(change.length);
}

function applyAsCrashed(change: Change, target: ChunkedBytes, options: CrashOptions): void {
  if (change.kind === 'truncate') {
    if (survivesCrash(options)) target.truncate(change.length);
    return;
  }
  const fate = 'random' in options ? FATES[options.random.below(FATES.length)] : options.policy;
  if (fate === 'keep') applyWhole(change, target);
  if (fate !== 'tear') return;

  const end = change.position + change.bytes.length;
  const firstSector = Math.floor(change.position / SECTOR_BYTES);
  const sectors = Math.ceil(end / SECTOR_BYTES) - firstSector;
  for (let sector = 0; sector < sectors; sector++) {
    const kept =
      'random' in options ? options.random.below(2) === 1 : sector < Math.floor(sectors / 2);
    if (!kept) continue;
    const from = Math.max(change.position, (firstSector + sector) * SECTOR_BYTES);
    const to = Math.min(end, (firstSector + sector + 1) * SECTOR_BYTES);
    target.write(change.bytes.subarray(from - change.position, to - change.position), from);
  }
  // The new length may have reached the disk without the bytes, which then read as zeros.
  if ('random' in options && options.random.below(2) === 1 && target.length < end) {
    target.truncate(end);
  }
}

const FATES = ['drop', 'keep', 'tear'] as const;
