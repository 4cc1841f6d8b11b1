/**
 * Putting one segment file in the place of several, so that a crash at any moment leaves the old
 * ones or the new one:
 *
 *   1  `<base>.log.cleaned` is written and synced                      a crash: removed
 *   2  it is renamed to `<base>.log.swap`, the directory synced        from here on the new one counts
 *   3  the old segments behind the first are taken away, and the first one's indexes, synced
 *   4  `<base>.log.swap` is renamed to `<base>.log`, synced
 *   5  its indexes are written, synced
 *
 * A start that finds a `.swap` goes on with step 3. Until then the old first segment is still there
 * under its name, and the ones behind it may be there or not: what the new one covers says which
 * they were.
 */
import type { Offset } from '../base/ids.ts';
import { offset } from '../base/ids.ts';
import { syncDirectory } from '../base/file-system.ts';
import type { FileSystem } from '../base/file-system.ts';
import { scanSegment } from './segment-scan.ts';
import {
  CLEANED_SUFFIX,
  COMPANION_SUFFIXES,
  listSegments,
  LOG_SUFFIX,
  removeIfPresent,
  segmentPath,
  SNAPSHOT_SUFFIX,
  SWAP_SUFFIX,
  takeSegmentAway,
} from './log-files.ts';

export function cleanedPath(directory: string, baseOffset: Offset): string {
  return segmentPath(directory, baseOffset, LOG_SUFFIX + CLEANED_SUFFIX);
}

function swapPath(directory: string, baseOffset: Offset): string {
  return segmentPath(directory, baseOffset, LOG_SUFFIX + SWAP_SUFFIX);
}

/** Step 2 but for the sync. Returns the file's name until step 4. */
export function renameToSwap(
  fileSystem: FileSystem,
  directory: string,
  baseOffset: Offset,
): string {
  const path = swapPath(directory, baseOffset);
  fileSystem.rename(cleanedPath(directory, baseOffset), path);
  return path;
}

/** Steps 3 and 4, for a `.swap` whose name lasts and which reaches up to `nextOffset`. */
export async function finishSwap(
  fileSystem: FileSystem,
  directory: string,
  extent: { readonly baseOffset: Offset; readonly nextOffset: Offset },
): Promise<void> {
  for (const base of listSegments(fileSystem, directory)) {
    if (base <= extent.baseOffset || base >= extent.nextOffset) continue;
    takeSegmentAway(fileSystem, directory, base);
  }
  for (const suffix of COMPANION_SUFFIXES) {
    if (suffix === SNAPSHOT_SUFFIX) continue;
    removeIfPresent(fileSystem, segmentPath(directory, extent.baseOffset, suffix));
  }
  await syncDirectory(fileSystem, directory);
  const path = segmentPath(directory, extent.baseOffset, LOG_SUFFIX);
  fileSystem.rename(swapPath(directory, extent.baseOffset), path);
  await syncDirectory(fileSystem, directory);
}

/** What a start does with swaps that a crash interrupted, before it looks at the segments. */
export async function finishSwaps(fileSystem: FileSystem, directory: string): Promise<void> {
  for (const name of fileSystem.list(directory)) {
    const value = Number(SWAP_FILE.exec(name)?.[1] ?? NaN);
    if (!Number.isSafeInteger(value)) continue;
    const baseOffset = offset(value);
    const file = fileSystem.open(`${directory}/${name}`, 'read');
    const scan = await scanSegment(
      file,
      baseOffset,
      () => null,
      () => {},
    ).finally(() => file.close());
    if (scan.problem === null) {
      // The name may have been seen only because the process died, and not the machine.
      await syncDirectory(fileSystem, directory);
      await finishSwap(fileSystem, directory, { baseOffset, nextOffset: scan.nextOffset });
      continue;
    }
    // It was synced before it got this name, so it has rotted. The old segments stand for
    // themselves; should some be gone already, that is found to be damage.
    fileSystem.remove(`${directory}/${name}`);
    await syncDirectory(fileSystem, directory);
  }
}

const SWAP_FILE = /^(\d{20})\.log\.swap$/;
