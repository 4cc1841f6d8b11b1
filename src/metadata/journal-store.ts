import { assert } from '../base/assert.ts';
import { OdradekError } from '../base/errors.ts';
import { syncDirectory, syncFile } from '../base/file-system.ts';
import type { FileSystem, OpenFile } from '../base/file-system.ts';
import { controllerEpoch, metadataOffset } from '../base/ids.ts';
import type { ControllerEpoch, MetadataOffset } from '../base/ids.ts';
import {
  encodeFrame,
  encodeHeader,
  encodeSnapshotFile,
  EPOCH_FILE,
  HEADER_BYTES,
  journalName,
  offsetInName,
  snapshotName,
  TEMPORARY_SUFFIX,
} from './journal-format.ts';
import { recover } from './journal-recovery.ts';
import type { MetadataStore, RecoveredMetadata } from './metadata-store.ts';

/** An older snapshot is kept with the journal behind it, in case the newest is damaged. */
const SNAPSHOTS_KEPT = 2;

/**
 * The embedded store: a journal and snapshots in one directory, which the caller has locked, so that
 * nobody else opens it. Made by a controller's host for one term, and closed or offline at its end.
 *
 * Appends that come while a sync runs wait and go into the next frame together (group commit).
 * A frame is written only when the one before it is synced, so a crash can tear the last one alone.
 */
export class JournalStore implements MetadataStore {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  #epoch: ControllerEpoch | null = null;
  #journal: OpenFile | null = null;
  /** Where the next frame goes. */
  #position = 0;
  /** Of the next record that is appended; what lies below `#durableOffset` is synced. */
  #nextOffset = 0;
  #durableOffset = 0;
  readonly #waiting: WaitingAppend[] = [];
  /** A snapshot wants the journal to go on in another file, from the next frame on. */
  #rolls: { resolve: () => void; reject: (error: OdradekError) => void }[] = [];
  #writing = false;
  #writer = Promise.resolve();
  #snapshotUnderWay = false;
  /** Set for good when the disk failed. */
  #offline: OdradekError | null = null;
  #closed = false;

  constructor(fileSystem: FileSystem, directory: string) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
  }

  get journalBytes(): number {
    return this.#position;
  }

  async open(): Promise<RecoveredMetadata> {
    assert(this.#epoch === null && this.#offline === null, 'a store is opened once');
    try {
      await this.#makeDirectory();
      const recovery = await recover(this.#fileSystem, this.#directory);
      const epoch = controllerEpoch(recovery.lastEpoch + 1);
      const header = encodeHeader({ kind: 'epoch', offset: 0, epoch });
      await this.#replace(EPOCH_FILE, header);
      this.#nextOffset = recovery.nextOffset;
      this.#durableOffset = recovery.nextOffset;
      if (recovery.tail === null) await this.#startJournal();
      else {
        this.#journal = this.#fileSystem.open(this.#path(recovery.tail.name), 'write');
        this.#position = recovery.tail.position;
      }
      this.#epoch = epoch;
      return {
        controllerEpoch: epoch,
        snapshot:
          recovery.snapshot === null
            ? null
            : { ...recovery.snapshot, nextOffset: metadataOffset(recovery.snapshot.nextOffset) },
        events: recovery.events.map(({ offset, bytes }) => ({
          offset: metadataOffset(offset),
          bytes,
        })),
        notes: recovery.notes,
      };
    } catch (error) {
      throw this.#goOffline(error);
    }
  }

  append(
    records: readonly Uint8Array[],
    controllerEpoch: ControllerEpoch,
  ): Promise<MetadataOffset> {
    assert(records.length > 0, 'a batch has records');
    const refusal = this.#refusal();
    if (refusal !== null) return Promise.reject(refusal);
    if (controllerEpoch !== this.#epoch) {
      const message = `controller epoch ${controllerEpoch} is not the one that was granted, ${this.#epoch ?? 'none'}`;
      return Promise.reject(new OdradekError('NOT_CONTROLLER', message));
    }
    const startOffset = metadataOffset(this.#nextOffset);
    this.#nextOffset += records.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, resolve: () => resolve(startOffset), reject });
      this.#startWriter();
    });
  }

  async writeSnapshot(bytes: Uint8Array, nextOffset: MetadataOffset): Promise<void> {
    const refusal = this.#refusal();
    if (refusal !== null) throw refusal;
    assert(!this.#snapshotUnderWay, 'one snapshot at a time');
    assert(
      nextOffset <= this.#durableOffset,
      () => `a snapshot of ${nextOffset} where ${this.#durableOffset} is durable`,
    );
    this.#snapshotUnderWay = true;
    try {
      await this.#roll();
      await this.#replace(snapshotName(nextOffset), encodeSnapshotFile(bytes, nextOffset));
      await this.#removeOld();
    } catch (error) {
      throw this.#goOffline(error);
    } finally {
      this.#snapshotUnderWay = false;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writer;
    this.#journal?.close();
    this.#journal = null;
  }

  #startWriter(): void {
    if (!this.#writing) this.#writer = this.#write();
  }

  /**
   * Runs while somebody waits. Never rejects: a failure takes the store offline. The flag falls in the
   * same turn in which nobody was found waiting, so that whoever comes next starts another run.
   */
  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0 || this.#rolls.length > 0) {
      const rolls = this.#rolls.splice(0);
      const group = this.#waiting.splice(0);
      try {
        if (this.#offline !== null) throw this.#offline;
        if (rolls.length > 0 && this.#position > HEADER_BYTES) await this.#startJournal();
        for (const roll of rolls) roll.resolve();
        if (group.length > 0) await this.#commit(group.flatMap(({ records }) => records));
        for (const { resolve } of group) resolve();
      } catch (error) {
        const offline = this.#goOffline(error);
        for (const { reject } of [...rolls, ...group]) reject(offline);
      }
    }
    this.#writing = false;
  }

  async #commit(records: readonly Uint8Array[]): Promise<void> {
    const { journal, epoch } = this.#opened();
    const startOffset = this.#durableOffset;
    const frame = encodeFrame({ startOffset, controllerEpoch: epoch, records });
    journal.write([frame], this.#position);
    await syncFile(journal);
    this.#position += frame.length;
    this.#durableOffset += records.length;
  }

  /** Its name lasts in its parent, and so do its parents' where they are new. */
  async #makeDirectory(): Promise<void> {
    const parents: string[] = [];
    let path = this.#directory;
    do {
      path = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
      parents.push(path === '' ? (this.#directory.startsWith('/') ? '/' : '.') : path);
    } while (path !== '' && !this.#fileSystem.exists(path));
    this.#fileSystem.makeDirectory(this.#directory);
    for (const parent of parents) await syncDirectory(this.#fileSystem, parent);
  }

  /** From the next record on in a file of its own, which lasts before anything is written to it. */
  async #startJournal(): Promise<void> {
    const startOffset = this.#durableOffset;
    const path = this.#path(journalName(startOffset));
    const journal = this.#fileSystem.open(path, 'create-new');
    journal.write([encodeHeader({ kind: 'journal', offset: startOffset, epoch: 0 })], 0);
    await syncFile(journal);
    await syncDirectory(this.#fileSystem, this.#directory);
    this.#journal?.close();
    this.#journal = journal;
    this.#position = HEADER_BYTES;
  }

  #roll(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#rolls.push({ resolve, reject });
      this.#startWriter();
    });
  }

  /** Writes a file beside its name, then gives it the name: there is the old one or the new one. */
  async #replace(name: string, bytes: Uint8Array): Promise<void> {
    const temporary = this.#path(`${name}${TEMPORARY_SUFFIX}`);
    const file = this.#fileSystem.open(temporary, 'create');
    try {
      file.truncate(0);
      file.write([bytes], 0);
      await syncFile(file);
    } finally {
      file.close();
    }
    this.#fileSystem.rename(temporary, this.#path(name));
    await syncDirectory(this.#fileSystem, this.#directory);
  }

  /** Only once the new snapshot lasts: older snapshots, and journals that end below the kept ones. */
  async #removeOld(): Promise<void> {
    const names = this.#fileSystem.list(this.#directory);
    const snapshots = sortedOffsets(names, 'snapshot');
    const kept = snapshots.slice(-SNAPSHOTS_KEPT);
    for (const offset of snapshots.slice(0, -SNAPSHOTS_KEPT)) {
      this.#fileSystem.remove(this.#path(snapshotName(offset)));
    }
    // With one snapshot only, the journal from 0 on is what stands in for the one before it.
    const needed = kept.length < SNAPSHOTS_KEPT ? 0 : (kept[0] ?? 0);
    const journals = sortedOffsets(names, 'journal');
    for (const [index, offset] of journals.entries()) {
      const end = journals[index + 1];
      if (end === undefined || end > needed) break;
      this.#fileSystem.remove(this.#path(journalName(offset)));
    }
    await syncDirectory(this.#fileSystem, this.#directory);
  }

  #opened(): { journal: OpenFile; epoch: ControllerEpoch } {
    const journal = this.#journal;
    const epoch = this.#epoch;
    assert(journal !== null && epoch !== null, 'the store is open');
    return { journal, epoch };
  }

  #path(name: string): string {
    return `${this.#directory}/${name}`;
  }

  /** A failed write or sync says nothing of what is on the disk, so nothing is tried again. */
  #goOffline(error: unknown): OdradekError {
    this.#offline ??=
      error instanceof OdradekError
        ? error
        : new OdradekError(
            'KAFKA_STORAGE_ERROR',
            `the metadata store in ${this.#directory} is offline: ${error instanceof Error ? error.message : String(error)}`,
            { cause: error },
          );
    return this.#offline;
  }

  #refusal(): OdradekError | null {
    if (this.#offline !== null) return this.#offline;
    return this.#closed ? new OdradekError('NOT_CONTROLLER', 'the metadata store is closed') : null;
  }
}

interface WaitingAppend {
  readonly records: readonly Uint8Array[];
  readonly resolve: () => void;
  readonly reject: (error: OdradekError) => void;
}

function sortedOffsets(names: readonly string[], kind: 'journal' | 'snapshot'): number[] {
  return names.flatMap((name) => offsetInName(name, kind) ?? []).sort((a, b) => a - b);
}
