import type { Offset } from '../base/ids.ts';
import type { FileSystem, FileSystemError, OpenFile } from '../base/file-system.ts';

/** A file that must be on the disk before the active segment's batches count, e.g. of a closed segment. */
export interface SealedFile {
  readonly file: OpenFile;
  /** Called once, when it has been synced or never will be. */
  readonly release: () => void;
}

export interface GroupCommitOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** The file that batches are written to at this moment. */
  readonly activeFile: () => OpenFile;
  readonly endOffset: Offset;
  /** A round begins: what has been written by now is in it. */
  readonly onBegin?: () => void;
  /** A round has synced all of its files, also one that was voided. Before `onSynced`. */
  readonly onEnd?: () => void;
  /** Everything below `endOffset` is on the disk. Not called for a round that was voided. */
  readonly onSynced: (endOffset: Offset) => void;
  readonly onFailure: (error: FileSystemError) => void;
}

/**
 * Syncs a log, one round at a time: what is written while a round is in flight waits for the next
 * one, which begins by itself, so that one `fdatasync` covers all that gathered. A round syncs the
 * files of segments closed since the last one, then the active file, then the directory if a segment
 * was made; only when all of it is done does anything count (rule X1). After a failure it does
 * nothing more, for good (rule X12).
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #syncedEndOffset: Offset;
  #writtenEndOffset: Offset;
  #sealed: SealedFile[] = [];
  #directoryChanged = false;
  #inFlight = false;
  #failed = false;
  /** Raised to void the round in flight. */
  #validity = 0;
  #waiters: (() => void)[] = [];

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#syncedEndOffset = options.endOffset;
    this.#writtenEndOffset = options.endOffset;
  }

  get syncedEndOffset(): Offset {
    return this.#syncedEndOffset;
  }

  /** A segment was closed: its files are part of the next round. */
  seal(files: readonly SealedFile[]): void {
    this.#sealed.push(...files);
  }

  /** Names were made in the directory: it is part of the next round. */
  directoryChanged(): void {
    this.#directoryChanged = true;
  }

  /** Everything up to `writtenEndOffset` has been written and is to be synced. */
  request(writtenEndOffset: Offset): void {
    this.#writtenEndOffset = writtenEndOffset;
    if (!this.#inFlight && this.#hasWork()) this.#begin();
  }

  /** The log was cut to `endOffset`: the round in flight counts for nothing. */
  voidTo(endOffset: Offset): void {
    this.#validity++;
    if (this.#writtenEndOffset > endOffset) this.#writtenEndOffset = endOffset;
    if (this.#syncedEndOffset > endOffset) this.#syncedEndOffset = endOffset;
  }

  /**
   * Nothing that was written matters any more: the log ends at `endOffset`, and whoever says so sees
   * to it that this is on the disk before anything follows.
   */
  restart(endOffset: Offset): void {
    this.#validity++;
    this.#writtenEndOffset = endOffset;
    this.#syncedEndOffset = endOffset;
    this.#directoryChanged = false;
    releaseAll(this.#sealed);
    this.#sealed = [];
  }

  /** Resolves when nothing is in flight and nothing requested waits, or the log has failed. */
  idle(): Promise<void> {
    if (!this.#inFlight) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Gives up: no round begins any more, and the files that wait are let go. */
  stop(): void {
    this.#failed = true;
    releaseAll(this.#sealed);
    this.#sealed = [];
  }

  #hasWork(): boolean {
    if (this.#failed) return false;
    return (
      this.#writtenEndOffset > this.#syncedEndOffset ||
      this.#sealed.length > 0 ||
      this.#directoryChanged
    );
  }

  #begin(): void {
    this.#inFlight = true;
    this.#options.onBegin?.();
    const validity = this.#validity;
    const target = this.#writtenEndOffset;
    // An array of its own, even when empty: what is sealed during this round belongs to the next.
    const sealed = this.#sealed;
    this.#sealed = [];
    const syncsDirectory = this.#directoryChanged;
    this.#directoryChanged = false;
    // The active file too must be the one of this moment: a roll may replace it during the round.
    const active = this.#options.activeFile();
    const files = sealed.map((one) => one.file);
    files.push(active);
    let step = 0;
    const advance = (error: FileSystemError | null): void => {
      if (error !== null) {
        releaseAll(sealed);
        return this.#fail(error);
      }
      const file = files[step++];
      if (file !== undefined) return file.sync(advance);
      if (step === files.length + 1 && syncsDirectory) {
        return this.#options.fileSystem.syncDirectory(this.#options.directory, advance);
      }
      releaseAll(sealed);
      this.#end(validity, target);
    };
    advance(null);
  }

  #end(validity: number, target: Offset): void {
    this.#inFlight = false;
    this.#options.onEnd?.();
    if (validity === this.#validity && !this.#failed) {
      this.#syncedEndOffset = target;
      this.#options.onSynced(target);
    }
    if (this.#inFlight) return; // `onSynced` asked for the next round.
    if (this.#hasWork()) this.#begin();
    else this.#wake();
  }

  #fail(error: FileSystemError): void {
    this.#inFlight = false;
    this.stop();
    this.#options.onFailure(error);
    this.#wake();
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}

function releaseAll(files: readonly SealedFile[]): void {
  for (const file of files) file.release();
}
