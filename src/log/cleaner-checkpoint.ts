/**
 * How far compaction has come in a log, in `cleaner-checkpoint`, ASCII:
 *
 *   version: 1
 *   cleaned_to: 4711        everything in front of this offset has been cleaned
 *   horizon: 1700000000000  when the next tombstone or marker may go, ms since 1970; -1: none waits
 *   crc32c: 9a71bb4c        of all bytes above this line
 *
 * A file that is lost or does not read exactly so means that nothing has been cleaned: the log is
 * cleaned from its beginning then, with the same outcome.
 */
import type { Offset } from '../base/ids.ts';
import { offset } from '../base/ids.ts';
import { syncDirectory } from '../base/file-system.ts';
import type { FileSystem } from '../base/file-system.ts';
import { crc32c } from '../record/crc32c.ts';
import { CLEANER_CHECKPOINT_FILE, readFileNow, removeIfPresent, replaceFile } from './log-files.ts';

export interface CleanerCheckpoint {
  readonly cleanedTo: Offset;
  /** -1: none. */
  readonly horizon: number;
}

export const NOT_CLEANED: CleanerCheckpoint = { cleanedTo: offset(0), horizon: -1 };

export function readCleanerCheckpoint(
  fileSystem: FileSystem,
  directory: string,
): CleanerCheckpoint {
  const bytes = readFileNow(fileSystem, `${directory}/${CLEANER_CHECKPOINT_FILE}`);
  if (bytes === null) return NOT_CLEANED;
  const match = LAYOUT.exec(new TextDecoder().decode(bytes));
  const [cleanedTo, horizon] = [Number(match?.[1] ?? NaN), Number(match?.[2] ?? NaN)];
  if (!Number.isSafeInteger(cleanedTo) || !Number.isSafeInteger(horizon)) return NOT_CLEANED;
  const checkpoint = { cleanedTo: offset(cleanedTo), horizon };
  return Buffer.compare(encode(checkpoint), bytes) === 0 ? checkpoint : NOT_CLEANED;
}

/** Resolves when it is on the disk. */
export async function writeCleanerCheckpoint(
  fileSystem: FileSystem,
  directory: string,
  checkpoint: CleanerCheckpoint,
): Promise<void> {
  await replaceFile(fileSystem, `${directory}/${CLEANER_CHECKPOINT_FILE}`, encode(checkpoint));
  await syncDirectory(fileSystem, directory);
}

/** Lasting once the caller has synced the directory. */
export function removeCleanerCheckpoint(fileSystem: FileSystem, directory: string): void {
  removeIfPresent(fileSystem, `${directory}/${CLEANER_CHECKPOINT_FILE}`);
}

function encode({ cleanedTo, horizon }: CleanerCheckpoint): Uint8Array {
  const body = `version: 1\ncleaned_to: ${cleanedTo}\nhorizon: ${horizon}\n`;
  const checksum = crc32c(new TextEncoder().encode(body)).toString(16).padStart(8, '0');
  return new TextEncoder().encode(`${body}crc32c: ${checksum}\n`);
}

const LAYOUT = /^version: 1\ncleaned_to: (\d{1,16})\nhorizon: (-1|\d{1,16})\ncrc32c: /;
