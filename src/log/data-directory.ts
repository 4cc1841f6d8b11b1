import { assert } from '../base/assert.ts';
import { OdradekError } from '../base/errors.ts';
import { FileSystemError, removeTree, replace, syncDirectory } from '../base/file-system.ts';
import type { FileSystem } from '../base/file-system.ts';
import { diskId, partitionKey } from '../base/ids.ts';
import type {
  BrokerEpoch,
  ClusterId,
  DiskId,
  NodeId,
  PartitionIndex,
  TopicId,
} from '../base/ids.ts';
import type { Random } from '../base/random.ts';
import { takeCleanStop, writeCleanStop } from './clean-stop.ts';
import { DirectoryLock } from './directory-lock.ts';
import type { ProcessProbe } from './directory-lock.ts';
import { DurableMarkFile } from './durable-mark-file.ts';
import { parentOf } from './log-files.ts';
import { assertOwner, readMetaProperties, writeMetaProperties } from './meta-properties.ts';
import type { MetaProperties, NodeRole } from './meta-properties.ts';
import {
  asideName,
  isLeftover,
  makePartitionDirectory,
  partitionName,
  readPartitionDirectory,
} from './partition-directory.ts';
import type { PartitionDirectory, StrayDirectory } from './partition-directory.ts';

export type { PartitionDirectory, StrayDirectory } from './partition-directory.ts';

export interface DataDirectoryOptions {
  readonly fileSystem: FileSystem;
  readonly path: string;
  readonly role: NodeRole;
  readonly nodeId: NodeId;
  /** null where it is not known yet. */
  readonly clusterId: ClusterId | null;
  readonly random: Random;
  readonly probe: ProcessProbe;
  /** How rarely durable marks are written down lazily; a second if not given. */
  readonly markRewriteIntervalMs?: number;
}

/**
 * One node's directory: whose it is, that nobody else has it open, what the incarnation before left,
 * and which partitions lie in it.
 *
 * Made by `open` when the process starts; ended by `closeCleanly` or `close`, after which nothing
 * here may be called. Calls for different partitions may overlap; calls for one partition, or for
 * different topics of one name, take their turns.
 */
export class DataDirectory {
  readonly path: string;
  readonly diskId: DiskId;
  /** The broker epoch of a clean stop just before this start; null if there was none. */
  readonly cleanStop: BrokerEpoch | null;
  readonly marks: DurableMarkFile;
  readonly #fileSystem: FileSystem;
  readonly #random: Random;
  readonly #lock: DirectoryLock;
  #meta: MetaProperties;
  /** By the name of the directory. */
  readonly #partitions = new Map<string, PartitionDirectory>();
  readonly #strays = new Map<string, StrayDirectory>();
  /** The last of the calls that take their turns under each name. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #removals = new Set<Promise<void>>();
  #lastRemoval: Promise<void> = Promise.resolve();
  #runningSync: Promise<void> | null = null;
  #nextSync: Promise<void> | null = null;
  #removalFailure: FileSystemError | null = null;
  #closed = false;

  private constructor(
    options: DataDirectoryOptions,
    found: {
      readonly lock: DirectoryLock;
      readonly meta: MetaProperties;
      readonly marks: DurableMarkFile;
      readonly cleanStop: BrokerEpoch | null;
    },
  ) {
    this.path = options.path;
    this.#fileSystem = options.fileSystem;
    this.#random = options.random;
    this.#lock = found.lock;
    this.#meta = found.meta;
    this.diskId = found.meta.diskId;
    this.marks = found.marks;
    this.cleanStop = found.cleanStop;
  }

  /**
   * Makes the directory if it is missing, locks it, and reads what it holds. Throws
   * `DATA_DIRECTORY_IN_USE`, `DATA_DIRECTORY_MISMATCH`, `INCONSISTENT_CLUSTER_ID`, or a
   * `FileSystemError`; then it is not locked.
   */
  static async open(options: DataDirectoryOptions): Promise<DataDirectory> {
    const { fileSystem, path } = options;
    fileSystem.makeDirectory(path);
    const lock = DirectoryLock.acquire(fileSystem, path, options.probe);
    try {
      const marks = new DurableMarkFile(
        fileSystem,
        path,
        options.markRewriteIntervalMs === undefined
          ? {}
          : { rewriteIntervalMs: options.markRewriteIntervalMs },
      );
      const meta = await claim(options, marks);
      marks.load();
      const cleanStop = await takeCleanStop(fileSystem, path);
      // What is seen here may have been renamed by a process that was killed before its sync: from
      // now on it is relied on, so it must not go back to what it was.
      await syncDirectory(fileSystem, path);
      const directory = new DataDirectory(options, { lock, meta, marks, cleanStop });
      directory.#scan();
      return directory;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** null until it is known: see `recordClusterId`. */
  get clusterId(): ClusterId | null {
    return this.#meta.clusterId;
  }

  /** The partitions that lie here, sorted by name. */
  partitions(): PartitionDirectory[] {
    return sortedValues(this.#partitions);
  }

  /** Directories that are named like partitions but say nothing that can be read about theirs. */
  strays(): StrayDirectory[] {
    return sortedValues(this.#strays);
  }

  /** Lays down the cluster's id for good. Throws `INCONSISTENT_CLUSTER_ID` if another was. */
  async recordClusterId(clusterId: ClusterId): Promise<void> {
    assertOwner(this.#meta, { ...this.#meta, clusterId }, this.path);
    if (this.#meta.clusterId === clusterId) return;
    this.#meta = { ...this.#meta, clusterId };
    await writeMetaProperties(this.#fileSystem, this.path, this.#meta);
  }

  /**
   * A directory for this partition, with an empty log and lasting when the promise resolves; the one
   * that is there if it belongs to the same topic, which is then not `isFresh`. One of the same name that belongs to another topic, or does not say
   * to which, is renamed to `<name>.<id>-stray` first: nothing is ever deleted here.
   */
  createPartitionDirectory(
    topic: string,
    topicId: TopicId,
    partition: PartitionIndex,
  ): Promise<PartitionDirectory & { readonly isFresh: boolean }> {
    const name = partitionName(topic, partition);
    return this.#inTurn(name, async () => {
      const existing = this.#partitions.get(name);
      if (existing?.topicId === topicId) return { ...existing, isFresh: false };
      // Made under another name and renamed: so there never is one without its metadata.
      const half = `${this.path}/${asideName(topic, partition, this.#random.id(), 'new')}`;
      await makePartitionDirectory(this.#fileSystem, half, topicId);
      if (this.#fileSystem.exists(`${this.path}/${name}`)) {
        const owner = existing?.topicId ?? this.#random.id();
        await this.#renameAside({ topic, partition }, owner, 'stray');
        await this.#syncNames();
      }
      const created = { topic, topicId, partition, directory: `${this.path}/${name}` };
      await replace(this.#fileSystem, half, created.directory);
      await this.#syncNames();
      this.#strays.delete(name);
      this.#partitions.set(name, created);
      return { ...created, isFresh: true };
    });
  }

  /**
   * Takes a partition away with all that it holds; its log must be closed. When the promise resolves
   * it is gone for good, though its bytes are freed in the background. Does nothing if it is not here.
   */
  deletePartition(topic: string, topicId: TopicId, partition: PartitionIndex): Promise<void> {
    const name = partitionName(topic, partition);
    return this.#inTurn(name, async () => {
      if (this.#partitions.get(name)?.topicId !== topicId) return;
      const renamed = await this.#renameAside({ topic, partition }, topicId, 'delete');
      this.#partitions.delete(name);
      await this.#syncNames();
      // Not before the directory is gone: a mark without a replica is harmless, the other way round
      // everything in the log would seem never to have been durable.
      this.marks.remove(partitionKey(topicId, partition));
      this.#removeInBackground(renamed);
    });
  }

  /**
   * Ends a clean stop: writes the marks down, then the mark of the clean stop, then unlocks. All logs
   * must be flushed and closed before. Throws the error of a background removal that failed, after
   * all that.
   */
  async closeCleanly(brokerEpoch: BrokerEpoch): Promise<void> {
    await this.#settle();
    await this.marks.sync();
    await this.marks.close();
    await writeCleanStop(this.#fileSystem, this.path, brokerEpoch);
    this.#unlock();
  }

  /**
   * Unlocks without claiming that anything is on the disk: after a failed start, for a disk that
   * failed, and for controllers. Throws the error of a background removal that failed.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#settle();
    await this.marks.close();
    this.#unlock();
  }

  #scan(): void {
    for (const name of this.#fileSystem.list(this.path)) {
      if (isLeftover(name)) {
        this.#removeInBackground(`${this.path}/${name}`);
        continue;
      }
      const found = readPartitionDirectory(this.#fileSystem, this.path, name);
      if (found === null) continue;
      if ('reason' in found) this.#strays.set(name, found);
      else this.#partitions.set(name, found);
    }
  }

  /** Moves a partition's directory out of the way; returns its path. The caller syncs. */
  async #renameAside(
    which: { readonly topic: string; readonly partition: PartitionIndex },
    id: string,
    purpose: 'delete' | 'stray',
  ): Promise<string> {
    const from = `${this.path}/${partitionName(which.topic, which.partition)}`;
    let to = `${this.path}/${asideName(which.topic, which.partition, id, purpose)}`;
    if (this.#fileSystem.exists(to)) {
      // One of the same topic is there from an earlier time, or is being removed at this moment.
      to = `${this.path}/${asideName(which.topic, which.partition, this.#random.id(), purpose)}`;
    }
    await replace(this.#fileSystem, from, to);
    return to;
  }

  /** Makes the names in this directory last. Whoever asks while a sync runs shares the next one. */
  #syncNames(): Promise<void> {
    const running = this.#runningSync;
    if (running === null) return this.#beginSync();
    // How the running one ends is told to those who asked for it.
    this.#nextSync ??= Promise.allSettled([running]).then(() => {
      this.#nextSync = null;
      return this.#beginSync();
    });
    return this.#nextSync;
  }

  #beginSync(): Promise<void> {
    const sync = syncDirectory(this.#fileSystem, this.path).finally(() => {
      if (this.#runningSync === sync) this.#runningSync = null;
    });
    this.#runningSync = sync;
    return sync;
  }

  /** One after the other: those of a large topic would keep syncs waiting for libuv's threads. */
  #removeInBackground(path: string): void {
    const removal = this.#lastRemoval
      .then(() => removeTree(this.#fileSystem, path))
      .catch((error: unknown) => {
        // Nothing depends on it, and the next start tries again: said when the directory is closed.
        if (!(error instanceof FileSystemError)) throw error;
        this.#removalFailure ??= error;
      })
      .finally(() => this.#removals.delete(removal));
    this.#lastRemoval = removal;
    this.#removals.add(removal);
  }

  async #inTurn<Result>(name: string, action: () => Promise<Result>): Promise<Result> {
    assert(!this.#closed, 'a closed data directory is not used');
    const before = this.#turns.get(name);
    // Whether the one before failed is told to its own caller.
    const turn = before === undefined ? action() : before.then(action, action);
    this.#turns.set(name, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(name) === turn) this.#turns.delete(name);
    }
  }

  async #settle(): Promise<void> {
    await Promise.allSettled(this.#turns.values());
    await Promise.all(this.#removals);
  }

  #unlock(): void {
    this.#closed = true;
    this.#lock.release();
    if (this.#removalFailure !== null) throw this.#removalFailure;
  }
}

/** Reads whose directory this is, or makes it ours if it is nobody's yet. */
async function claim(
  options: DataDirectoryOptions,
  marks: DurableMarkFile,
): Promise<MetaProperties> {
  const { fileSystem, path, role, nodeId, clusterId, random } = options;
  const meta = readMetaProperties(fileSystem, path);
  if (meta !== null) {
    assertOwner(meta, options, path);
    if (meta.clusterId !== null || clusterId === null) return meta;
    const complete = { ...meta, clusterId };
    await writeMetaProperties(fileSystem, path, complete);
    return complete;
  }
  if (isUsed(fileSystem, path) || marks.isUsed()) {
    throw new OdradekError(
      'DATA_DIRECTORY_MISMATCH',
      `the data directory ${path} has been used but holds no meta.properties, so it is not clear whose it is`,
    );
  }
  await makeLasting(fileSystem, path);
  // Before the owner: a directory that has one has had its marks, so that missing ones are damage.
  await marks.create();
  const created = { role, nodeId, clusterId, diskId: diskId(random.id()) };
  await writeMetaProperties(fileSystem, path, created);
  return created;
}

function isUsed(fileSystem: FileSystem, path: string): boolean {
  return fileSystem
    .list(path)
    .some((name) => readPartitionDirectory(fileSystem, path, name) !== null);
}

/**
 * Sees to it that the way to a directory is there after a power cut. All of it, since an earlier start
 * may have made it and been killed before it could.
 */
async function makeLasting(fileSystem: FileSystem, path: string): Promise<void> {
  for (let at = path; parentOf(at) !== at; at = parentOf(at)) {
    try {
      await syncDirectory(fileSystem, parentOf(at));
    } catch (error) {
      // A directory that we may not read is not one that we have made.
      const foreign = error instanceof FileSystemError && FOREIGN.includes(error.code);
      if (!foreign) throw error;
    }
  }
}

const FOREIGN: readonly string[] = ['EACCES', 'EPERM'];

function sortedValues<Value>(map: ReadonlyMap<string, Value>): Value[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}
