import { firstIndex } from '../../src/base/sorted.ts';
import {
  batchesIn,
  CorruptBatch,
  crcAgrees,
  producerBatchOf,
  type BatchHeader,
  type ProducerBatch,
} from '../../src/record/index.ts';
import type { MemoryFileSystem } from '../../src/testing/memory-file-system.ts';

/** One batch as an observer remembers it. */
export interface MirrorBatch {
  readonly baseOffset: number;
  /** Exclusive. */
  readonly endOffset: number;
  readonly epoch: number;
  /** Tells batches apart: equal for equal content, see `identityOf`. */
  readonly identity: number;
  /** Absent: no producer id. */
  readonly producer?: ProducerBatch;
}

/**
 * What one replica's log holds, as somebody sees it who looks over its shoulder: read from its disk
 * when it was opened, and kept along with every append and cut from then on. Knows nothing of the
 * log's own indexes and caches.
 */
export class LogMirror {
  readonly fileSystem: MemoryFileSystem;
  readonly directory: string;
  readonly batches: MirrorBatch[] = [];
  /** Where the log ends when it holds no batch. */
  #emptyAt = 0;

  constructor(fileSystem: MemoryFileSystem, directory: string) {
    this.fileSystem = fileSystem;
    this.directory = directory;
  }

  get endOffset(): number {
    return this.batches.at(-1)?.endOffset ?? this.#emptyAt;
  }

  /** Of whole batches, at the end. Returns those that are new. */
  append(bytes: Uint8Array): MirrorBatch[] {
    const added: MirrorBatch[] = [];
    for (const { header, position } of batchesIn(bytes)) {
      added.push(batchOf(bytes, position, header));
    }
    this.batches.push(...added);
    return added;
  }

  /** A batch that reaches beyond `endOffset` goes whole, as in the log. */
  truncate(endOffset: number): void {
    while (this.batches.length > 0 && this.endOffset > endOffset) {
      const last = this.batches.pop();
      this.#emptyAt = last?.baseOffset ?? 0;
    }
  }

  clear(at: number): void {
    this.batches.length = 0;
    this.#emptyAt = at;
  }

  /** Reads the files, as far as the log says that they count: segments below its start may linger. */
  load(startOffset: number, endOffset: number): void {
    this.clear(endOffset);
    for (const path of segmentPaths(this.fileSystem, this.directory)) {
      for (const batch of parse(this.fileSystem.contentOf(path))) {
        if (batch.endOffset > startOffset && batch.endOffset <= endOffset) this.batches.push(batch);
      }
    }
  }

  /** The batch that holds `offset`. */
  at(offset: number): MirrorBatch | undefined {
    const batch = this.batches[this.indexOf(offset)];
    return batch !== undefined && batch.baseOffset <= offset ? batch : undefined;
  }

  /** Index of the first batch that ends behind `offset`. */
  indexOf(offset: number): number {
    return firstEndingBehind(this.batches, offset);
  }

  /** Whether a batch of this log is on the disk for certain, name and all. */
  isDurable(batch: MirrorBatch): boolean {
    // A segment is named after its first batch.
    for (let index = this.indexOf(batch.baseOffset); index >= 0; index--) {
      const first = this.batches[index];
      if (first === undefined) return false;
      const path = `${this.directory}/${String(first.baseOffset).padStart(20, '0')}.log`;
      if (this.fileSystem.exists(path)) return holdsSoundly(this.fileSystem, path, batch);
    }
    return isDurableOn(this.fileSystem, this.directory, batch);
  }

  /** What would be left of it if nothing but what was synced survived. */
  durableBatches(): MirrorBatch[] {
    return batchesOnDisk(this.fileSystem, this.directory, 'durable');
  }

  /** What its files hold, synced or not. */
  writtenBatches(): MirrorBatch[] {
    return batchesOnDisk(this.fileSystem, this.directory, 'written');
  }
}

/** What lies in a partition's files, with or without what no sync has covered; up to the first gap. */
export function batchesOnDisk(
  fileSystem: MemoryFileSystem,
  directory: string,
  which: 'durable' | 'written',
): MirrorBatch[] {
  const batches: MirrorBatch[] = [];
  for (const path of segmentPaths(fileSystem, directory)) {
    const content =
      which === 'written' ? fileSystem.contentOf(path) : fileSystem.durableContentOf(path);
    if (content === null) break;
    for (const batch of parse(content, true)) {
      const end = batches.at(-1)?.endOffset;
      if (end !== undefined && batch.baseOffset !== end) return batches;
      batches.push(batch);
    }
  }
  return batches;
}

/** Whether this batch is on the disk for certain, name and all. */
export function isDurableOn(
  fileSystem: MemoryFileSystem,
  directory: string,
  batch: MirrorBatch,
): boolean {
  let holder: string | null = null;
  for (const path of segmentPaths(fileSystem, directory)) {
    if (baseOffsetOf(path) > batch.baseOffset) break;
    holder = path;
  }
  return holder !== null && holdsSoundly(fileSystem, holder, batch);
}

function holdsSoundly(fileSystem: MemoryFileSystem, path: string, batch: MirrorBatch): boolean {
  const content = fileSystem.durableContentOf(path);
  if (content === null) return false;
  try {
    for (const { header, position } of batchesIn(content)) {
      if (header.baseOffset < batch.baseOffset) continue;
      return (
        identityOf(content, position, header.maxTimestamp) === batch.identity &&
        crcAgrees(content, position, header)
      );
    }
  } catch (error) {
    if (!(error instanceof CorruptBatch)) throw error;
  }
  return false;
}

export function firstEndingBehind(batches: readonly MirrorBatch[], offset: number): number {
  return firstIndex(0, batches.length, (at) => (batches[at] as MirrorBatch).endOffset > offset);
}

/** What lies in the bytes from the start on, up to the first that is no batch, or not a sound one. */
export function parse(bytes: Uint8Array, sound = false): MirrorBatch[] {
  const batches: MirrorBatch[] = [];
  try {
    for (const { header, position } of batchesIn(bytes)) {
      if (sound && !crcAgrees(bytes, position, header)) break;
      batches.push(batchOf(bytes, position, header));
    }
  } catch (error) {
    if (!(error instanceof CorruptBatch)) throw error;
  }
  return batches;
}

/**
 * A number for a batch's content, from its checksum and its largest timestamp: the workload gives
 * each batch a timestamp of its own, so that a checksum that two batches share by chance misleads
 * nobody. Base offset and leader epoch are no part of it.
 */
export function identityOf(bytes: Uint8Array, position: number, maxTimestamp: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + position);
  return (maxTimestamp % 2 ** 20) * 2 ** 32 + view.getUint32(CRC_POSITION);
}

const CRC_POSITION = 17;

function batchOf(bytes: Uint8Array, position: number, header: BatchHeader): MirrorBatch {
  return {
    baseOffset: header.baseOffset,
    endOffset: header.lastOffset + 1,
    epoch: header.leaderEpoch,
    identity: identityOf(bytes, position, header.maxTimestamp),
    ...producerIn(bytes, position, header),
  };
}

function producerIn(
  bytes: Uint8Array,
  position: number,
  header: BatchHeader,
): Pick<MirrorBatch, 'producer'> {
  try {
    const producer = producerBatchOf(header, bytes, position);
    return producer === null ? {} : { producer };
  } catch (error) {
    // A marker that has rotted: whoever compares identities says so.
    if (!(error instanceof CorruptBatch)) throw error;
    return {};
  }
}

function segmentPaths(fileSystem: MemoryFileSystem, directory: string): string[] {
  return fileSystem
    .list(directory)
    .filter((name) => /^\d{20}\.log$/.test(name))
    .map((name) => `${directory}/${name}`);
}

function baseOffsetOf(path: string): number {
  return Number(path.slice(-24, -4));
}
