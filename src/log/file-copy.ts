/** Copying bytes between files so that the copy is on the disk before anything depends on it. */
import { readFile, syncDirectory, syncFile } from '../base/file-system.ts';
import type { FileSystem, OpenFile } from '../base/file-system.ts';
import { parentOf } from './log-files.ts';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Puts a synced copy of the first `bytes` of `source` in the place of `path`, which may be `source`'s
 * own. Lasting once the caller has synced the directory; until then there is one file or the other.
 */
export async function copyFile(
  fileSystem: FileSystem,
  source: OpenFile,
  bytes: number,
  path: string,
): Promise<void> {
  await writeCopy(fileSystem, source, { start: 0, end: bytes }, path);
}

/**
 * Keeps a stretch of `source` in a file of its own, synced, its name too. `pathFor` gives the first
 * choice for 1, the next for 2, and so on: one that is taken is passed over, unless it holds these
 * very bytes, as it does when a crash came right behind the copying.
 */
export async function copyRange(
  fileSystem: FileSystem,
  source: OpenFile,
  range: { readonly start: number; readonly end: number },
  pathFor: (attempt: number) => string,
): Promise<string> {
  let attempt = 1;
  while (fileSystem.exists(pathFor(attempt))) {
    if (await holds(fileSystem, pathFor(attempt), source, range)) return pathFor(attempt);
    attempt++;
  }
  const path = pathFor(attempt);
  await writeCopy(fileSystem, source, range, path);
  await syncDirectory(fileSystem, parentOf(path));
  return path;
}

async function writeCopy(
  fileSystem: FileSystem,
  source: OpenFile,
  range: { readonly start: number; readonly end: number },
  path: string,
): Promise<void> {
  const temporary = `${path}.tmp`;
  const target = fileSystem.open(temporary, 'create');
  try {
    target.truncate(0);
    for (let at = range.start; at < range.end;) {
      const chunk = await readChunk(source, at, range.end);
      target.write([chunk], at - range.start);
      at += chunk.length;
    }
    await syncFile(target);
  } finally {
    target.close();
  }
  fileSystem.rename(temporary, path);
}

async function holds(
  fileSystem: FileSystem,
  path: string,
  source: OpenFile,
  range: { readonly start: number; readonly end: number },
): Promise<boolean> {
  const file = fileSystem.open(path, 'write');
  try {
    if (file.size() !== range.end - range.start) return false;
    for (let at = range.start; at < range.end;) {
      const wanted = await readChunk(source, at, range.end);
      const found = await readChunk(file, at - range.start, at - range.start + wanted.length);
      if (Buffer.compare(wanted, found) !== 0) return false;
      at += wanted.length;
    }
    // It may have been left in the page cache alone.
    await syncFile(file);
    await syncDirectory(fileSystem, parentOf(path));
    return true;
  } finally {
    file.close();
  }
}

/** Up to a chunk from `at`, never past `end`, all of which the file holds. */
async function readChunk(file: OpenFile, at: number, end: number): Promise<Uint8Array> {
  const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, end - at));
  let filled = 0;
  while (filled < chunk.length) {
    const found = await readFile(file, chunk.subarray(filled), at + filled);
    if (found === 0) throw new ShortFileError(file.path, at + filled);
    filled += found;
  }
  return chunk;
}

/** A file ended while it was being copied: somebody else is changing it. */
export class ShortFileError extends Error {
  override readonly name = 'ShortFileError';
  readonly code = 'SHORT_FILE';

  constructor(path: string, position: number) {
    super(`${path} ends at byte ${position}, which was there a moment ago`);
  }
}
