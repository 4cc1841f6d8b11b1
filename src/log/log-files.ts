/**
 * Names of the files in `<topic>-<partition>/`, and how one of them is replaced as a whole.
 *
 *   00000000000000001234.log        the batches from offset 1234, one behind the other
 *   00000000000000001234.index      `offset-index.ts`
 *   00000000000000001234.timeindex  `time-index.ts`
 *   00000000000000001234.txnindex   `transaction-index.ts`; only where a transaction was aborted
 *   00000000000000001234.snapshot   `producer-files.ts`: the producers in front of offset 1234
 *   00000000000000001234.log.swap   `segment-swap.ts`: about to take the place of segments
 *   00000000000000001234.log.cut-1  bytes that recovery cut off and kept, never read again here
 *   log-state                       `log-state.ts`
 *   leader-epoch-checkpoint         the epochs once more in Kafka's layout, since the last clean stop
 *   cleaner-checkpoint              `cleaner-checkpoint.ts`
 *   *.tmp, *.deleted, *.cleaned     half-done work: removed at the next start
 */
import { offset } from '../base/ids.ts';
import type { Offset } from '../base/ids.ts';
import { removeTree, replace, syncFile, writeFile } from '../base/file-system.ts';
import type { FileSystem, OpenFile } from '../base/file-system.ts';

export const LOG_SUFFIX = '.log';
export const INDEX_SUFFIX = '.index';
export const TIME_INDEX_SUFFIX = '.timeindex';
export const TRANSACTION_INDEX_SUFFIX = '.txnindex';
export const SNAPSHOT_SUFFIX = '.snapshot';
/** What lies beside a segment and goes with it. */
export const COMPANION_SUFFIXES = [
  INDEX_SUFFIX,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
  SNAPSHOT_SUFFIX,
] as const;
export const STATE_FILE = 'log-state';
export const EPOCH_CHECKPOINT_FILE = 'leader-epoch-checkpoint';
export const CLEANER_CHECKPOINT_FILE = 'cleaner-checkpoint';
/** Behind `LOG_SUFFIX`. */
export const CLEANED_SUFFIX = '.cleaned';
export const SWAP_SUFFIX = '.swap';
const TEMPORARY_SUFFIX = '.tmp';
const DELETED_SUFFIX = '.deleted';
/** What nobody needs any more, whoever left it. */
const LEFTOVER_SUFFIXES = [TEMPORARY_SUFFIX, DELETED_SUFFIX, CLEANED_SUFFIX] as const;
const OWN_FILE =
  /^(\d{20}\.(log|index|timeindex|txnindex|snapshot)|log-state|leader-epoch-checkpoint|cleaner-checkpoint)/;
const SEGMENT_FILE = /^(\d{20})\.log$/;

export function segmentPath(directory: string, baseOffset: Offset, suffix: string): string {
  return `${directory}/${String(baseOffset).padStart(20, '0')}${suffix}`;
}

/** The base offset of a `.log` file's name; null for every other name. */
export function segmentBaseOffset(name: string): Offset | null {
  const match = SEGMENT_FILE.exec(name);
  const value = Number(match?.[1] ?? NaN);
  return Number.isSafeInteger(value) ? offset(value) : null;
}

/** The base offsets of a directory's segments, ascending. */
export function listSegments(fileSystem: FileSystem, directory: string): Offset[] {
  const found: Offset[] = [];
  for (const name of fileSystem.list(directory)) {
    const baseOffset = segmentBaseOffset(name);
    if (baseOffset !== null) found.push(baseOffset);
  }
  return found.sort((a, b) => a - b);
}

/** The names that this room lays down, cut-off bytes and half-done work included. */
export function listOwnFiles(fileSystem: FileSystem, directory: string): string[] {
  return fileSystem.list(directory).filter((name) => OWN_FILE.test(name));
}

/** The directory that holds `path`. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  if (slash < 0) return '.';
  return slash === 0 ? '/' : path.slice(0, slash);
}

/**
 * Writes a file under a temporary name, syncs it and puts it in the place of `path`: after a crash
 * there is the old content or the new, never a mix. Lasting once the caller has synced the directory.
 * One caller at a time for one path, since the temporary name is fixed.
 */
export async function replaceFile(
  fileSystem: FileSystem,
  path: string,
  content: Uint8Array,
): Promise<void> {
  const temporary = path + TEMPORARY_SUFFIX;
  await writeFile(fileSystem, temporary, content);
  await replace(fileSystem, temporary, path);
}

/** Makes the content of files last; closes them whatever happens. */
export async function syncAndClose(files: readonly OpenFile[]): Promise<void> {
  try {
    for (const file of files) await syncFile(file);
  } finally {
    for (const file of files) file.close();
  }
}

/** All bytes of a file; null if there is none. Blocks: for small files. */
export function readFileNow(fileSystem: FileSystem, path: string): Uint8Array | null {
  if (!fileSystem.exists(path)) return null;
  const file = fileSystem.open(path, 'read');
  try {
    const bytes = new Uint8Array(file.size());
    return bytes.subarray(0, file.readNow(bytes, 0));
  } finally {
    file.close();
  }
}

export function removeIfPresent(fileSystem: FileSystem, path: string): boolean {
  if (!fileSystem.exists(path)) return false;
  fileSystem.remove(path);
  return true;
}

/**
 * Takes a segment's files out of the log. The `.log` is renamed, since removing a large file blocks;
 * `discardDeleted` removes it. Lasting once the caller has synced the directory.
 */
export function takeSegmentAway(
  fileSystem: FileSystem,
  directory: string,
  baseOffset: Offset,
): void {
  const path = segmentPath(directory, baseOffset, LOG_SUFFIX);
  // One into which nobody has written may have no file yet.
  if (fileSystem.exists(path)) fileSystem.rename(path, path + DELETED_SUFFIX);
  for (const suffix of COMPANION_SUFFIXES) {
    removeIfPresent(fileSystem, segmentPath(directory, baseOffset, suffix));
  }
}

/** Removes what a start finds of unfinished work: nothing may be writing any of it. */
export async function discardLeftovers(fileSystem: FileSystem, directory: string): Promise<void> {
  for (const name of listOwnFiles(fileSystem, directory)) {
    if (!LEFTOVER_SUFFIXES.some((suffix) => name.endsWith(suffix))) continue;
    await removeTree(fileSystem, `${directory}/${name}`);
  }
}

/** Removes what `takeSegmentAway` left. */
export async function discardDeleted(fileSystem: FileSystem, directory: string): Promise<void> {
  for (const name of listOwnFiles(fileSystem, directory)) {
    if (!name.endsWith(DELETED_SUFFIX)) continue;
    await removeTree(fileSystem, `${directory}/${name}`);
  }
}
