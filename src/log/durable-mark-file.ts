import { assert } from '../base/assert.ts';
import { FileSystemError, syncDirectory } from '../base/file-system.ts';
import type { FileSystem } from '../base/file-system.ts';
import { offset } from '../base/ids.ts';
import type { BrokerEpoch, Instant, MetadataOffset, Offset, PartitionKey } from '../base/ids.ts';
import { encodeDurableMarks, parseDurableMarks } from './durable-mark-format.ts';
import { readFileNow, replaceFile } from './log-files.ts';

/** What a start finds of the incarnation before it. */
export interface LoadedMarks {
  /** false: the file is missing or damaged, and nothing is known about any replica. */
  readonly intact: boolean;
  /** Of the last incarnation that asked to be unfenced; null if none did. */
  readonly brokerEpoch: BrokerEpoch | null;
  /** The highest metadata offset that is known to have been applied; null if none. */
  readonly metadataOffset: MetadataOffset | null;
  /** Log end offsets up to which each replica was certainly on the disk: a lower bound. */
  readonly marks: ReadonlyMap<PartitionKey, Offset>;
}

/**
 * How far each replica of this broker is certainly on the disk (rules X3 and X13): one checksummed
 * file for all of them, so that damage below the mark can be told from a tail that never counted.
 *
 * Created and loaded when the data directory is opened; used by the partition hosts from then on;
 * dead after `close`. Raising is free and written down lazily, since a mark that is too low is still
 * right. What must not be too high or missing (`lower`, `ensure`, `setBrokerEpoch`) resolves when a
 * rewrite that holds it is on the disk. Rewrites are strictly one after the other, and everybody who
 * waits while one runs is covered by the next: so no rewrite that is older than a resolved `lower`
 * can land after it.
 *
 * A rewrite that fails ends this object: every call that waits rejects with its error from then on,
 * since a later sync would "succeed" without the bytes that the failed one lost (rule X12).
 */
export class DurableMarkFile {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #rewriteIntervalMs: number;
  #loaded: LoadedMarks | null = null;
  readonly #entries = new Map<PartitionKey, Entry>();
  /** Removed in this incarnation: a flush that completes late must not bring a mark back. */
  readonly #removed = new Set<PartitionKey>();
  #brokerEpoch: BrokerEpoch | null = null;
  #metadataOffset: MetadataOffset | null = null;
  /** Counts the changes. Everything up to `#durableVersion` is on the disk. */
  #version = 0;
  #durableVersion = 0;
  #rewrite: Promise<void> | null = null;
  #lastRewriteAt: Instant | null = null;
  #failure: Error | null = null;

  /** `rewriteIntervalMs`: how rarely `maybeRewrite` writes. */
  constructor(
    fileSystem: FileSystem,
    directory: string,
    options: { readonly rewriteIntervalMs?: number } = {},
  ) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#rewriteIntervalMs = options.rewriteIntervalMs ?? REWRITE_INTERVAL_MS;
  }

  /**
   * Reads the file, once; must come before everything else. A damaged file is no error but an answer,
   * a file of a newer format throws `DATA_DIRECTORY_MISMATCH`.
   */
  load(): LoadedMarks {
    if (this.#loaded !== null) return this.#loaded;
    const bytes = readFileNow(this.#fileSystem, `${this.#directory}/${NAME}`);
    const content = bytes === null ? null : parseDurableMarks(bytes, this.#directory);
    this.#loaded = {
      intact: content !== null,
      brokerEpoch: content?.brokerEpoch ?? null,
      metadataOffset: content?.metadataOffset ?? null,
      marks: content?.marks ?? new Map(),
    };
    this.#brokerEpoch = this.#loaded.brokerEpoch;
    this.#metadataOffset = this.#loaded.metadataOffset;
    for (const [key, mark] of this.#loaded.marks) {
      this.#entries.set(key, { mark, sinceVersion: 0, loweringCount: 0 });
    }
    return this.#loaded;
  }

  /** Whether there is a file that says anything, or that cannot be read. */
  isUsed(): boolean {
    const { intact, brokerEpoch, metadataOffset, marks } = this.load();
    if (!intact) return this.#fileSystem.exists(`${this.#directory}/${NAME}`);
    return brokerEpoch !== null || metadataOffset !== null || marks.size > 0;
  }

  /** Lays down a file that says nothing, for a directory that is used for the first time. */
  async create(): Promise<void> {
    assert(!this.isUsed(), 'durable marks are created once');
    this.#loaded = { intact: true, brokerEpoch: null, metadataOffset: null, marks: new Map() };
    this.#version++;
    await this.sync();
  }

  /** The mark as it is now, written down or not; null if the partition has none. */
  markOf(key: PartitionKey): Offset | null {
    return this.#entries.get(key)?.mark ?? null;
  }

  /**
   * The replica is on the disk up to `to`. Written down lazily. Without effect while the mark is being
   * lowered (a flush from before the truncation may complete late) and after `remove`.
   */
  raise(key: PartitionKey, to: Offset): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      if (!this.#removed.has(key)) this.#add(key, to);
      return;
    }
    if (entry.loweringCount > 0 || to <= entry.mark) return;
    entry.mark = to;
    this.#version++;
  }

  /**
   * The replica is about to be cut to `to`. Once this resolves, the file says no more than that and
   * nothing that is older can land: only then may the log be cut.
   */
  async lower(key: PartitionKey, to: Offset): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    if (to < entry.mark) {
      entry.mark = to;
      this.#version++;
    }
    // Also if the mark in memory was low enough: what is on the disk, or on its way there, may not be.
    entry.loweringCount++;
    try {
      await this.sync();
    } finally {
      entry.loweringCount--;
    }
  }

  /**
   * The partition has a mark, 0 if it had none, and it is on the disk: a replica reports no position
   * and acknowledges nothing before (rule X2). Calls that come together share one rewrite.
   */
  async ensure(key: PartitionKey): Promise<void> {
    this.#removed.delete(key);
    const entry = this.#entries.get(key) ?? this.#add(key, offset(0));
    await this.#syncUntil(entry.sinceVersion);
  }

  /** The replica has been deleted. Written down lazily. */
  remove(key: PartitionKey): void {
    this.#removed.add(key);
    if (this.#entries.delete(key)) this.#version++;
  }

  /** On the disk when it resolves; comes before the broker asks to be unfenced (rule X2). */
  async setBrokerEpoch(epoch: BrokerEpoch): Promise<void> {
    if (this.#brokerEpoch !== epoch) {
      this.#brokerEpoch = epoch;
      this.#version++;
    }
    await this.sync();
  }

  /** Events up to here are applied (rule X13). Never goes back; written down lazily. */
  setMetadataOffset(to: MetadataOffset): void {
    if (this.#metadataOffset !== null && to <= this.#metadataOffset) return;
    this.#metadataOffset = to;
    this.#version++;
  }

  /** Everything up to now is on the disk when it resolves. */
  sync(): Promise<void> {
    return this.#syncUntil(this.#version);
  }

  /**
   * For a timer of the host: writes down what changed, unless that was done within the rewrite
   * interval. Resolves with whether it wrote.
   */
  async maybeRewrite(now: Instant): Promise<boolean> {
    const tooSoon =
      this.#lastRewriteAt !== null && now - this.#lastRewriteAt < this.#rewriteIntervalMs;
    if (tooSoon || this.#version === this.#durableVersion) return false;
    this.#lastRewriteAt = now;
    await this.sync();
    return true;
  }

  /** Waits for the rewrite that is under way; afterwards nothing is written any more. */
  async close(): Promise<void> {
    this.#failure ??= new FileSystemError('EBADF', this.#directory, 'the durable marks are closed');
    // Whoever waits for the rewrite is told how it ended; here it only has to have ended.
    await this.#rewrite?.catch(() => {});
  }

  #add(key: PartitionKey, mark: Offset): Entry {
    const entry = { mark, sinceVersion: ++this.#version, loweringCount: 0 };
    this.#entries.set(key, entry);
    return entry;
  }

  async #syncUntil(version: number): Promise<void> {
    assert(this.#loaded !== null, 'durable marks are loaded before they are used');
    while (this.#durableVersion < version) {
      if (this.#failure !== null) throw this.#failure;
      this.#rewrite ??= this.#writeDown();
      await this.#rewrite;
    }
    if (this.#failure !== null) throw this.#failure;
  }

  async #writeDown(): Promise<void> {
    // Everybody who calls in this turn is still covered: the content is taken after it.
    await Promise.resolve();
    const version = this.#version;
    const content = encodeDurableMarks({
      brokerEpoch: this.#brokerEpoch,
      metadataOffset: this.#metadataOffset,
      marks: new Map([...this.#entries].map(([key, entry]) => [key, entry.mark])),
    });
    try {
      await replaceFile(this.#fileSystem, `${this.#directory}/${NAME}`, content);
      await syncDirectory(this.#fileSystem, this.#directory);
      this.#durableVersion = version;
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
      throw error;
    } finally {
      this.#rewrite = null;
    }
  }
}

const NAME = 'durable-marks';

/**
 * A mark is only a lower bound, and each rewrite costs two syncs of the same disk that
 * acknowledgements wait for: once a second keeps both the cost and the unprotected tail small.
 */
const REWRITE_INTERVAL_MS = 1000;

interface Entry {
  mark: Offset;
  /** The change that brought this entry into being: on the disk once that version is. */
  readonly sinceVersion: number;
  /** How many `lower` calls wait. */
  loweringCount: number;
}
