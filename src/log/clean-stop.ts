import { brokerEpoch } from '../base/ids.ts';
import type { BrokerEpoch } from '../base/ids.ts';
import { syncDirectory } from '../base/file-system.ts';
import type { FileSystem } from '../base/file-system.ts';
import { crc32c } from '../record/crc32c.ts';
import { readFileNow, removeIfPresent, replaceFile } from './log-files.ts';

/**
 * The mark of a clean stop: written last, when everything else is on the disk, and good for one
 * start. Text, three lines:
 *
 *     version: 1
 *     broker_epoch: <decimal>
 *     crc32c: <8 hexadecimal digits, over the two lines above with their newlines>
 *
 * A file that does not read exactly so, one of a newer version included, means nothing: the start
 * then takes the longer way, which is always right.
 */
const NAME = 'clean-stop';
const VERSION = 1;

/** Says that everything in the directory is synced. Lasts when the promise resolves. */
export async function writeCleanStop(
  fileSystem: FileSystem,
  directory: string,
  epoch: BrokerEpoch,
): Promise<void> {
  await replaceFile(fileSystem, `${directory}/${NAME}`, encode(epoch));
  await syncDirectory(fileSystem, directory);
}

/**
 * The broker epoch of the incarnation that stopped cleanly just before, or null. The mark is gone for
 * good when the promise resolves: nothing may be written to the directory before that, or a crash
 * would leave the mark beside files that are not clean any more.
 */
export async function takeCleanStop(
  fileSystem: FileSystem,
  directory: string,
): Promise<BrokerEpoch | null> {
  const path = `${directory}/${NAME}`;
  const bytes = readFileNow(fileSystem, path);
  if (removeIfPresent(fileSystem, path)) await syncDirectory(fileSystem, directory);
  return bytes === null ? null : parse(bytes);
}

function encode(epoch: BrokerEpoch): Uint8Array {
  const lines = `version: ${VERSION}\nbroker_epoch: ${epoch}\n`;
  const checksum = crc32c(new TextEncoder().encode(lines));
  return new TextEncoder().encode(`${lines}crc32c: ${checksum.toString(16).padStart(8, '0')}\n`);
}

function parse(bytes: Uint8Array): BrokerEpoch | null {
  const match = /^version: 1\nbroker_epoch: (\d{1,16})\n/.exec(new TextDecoder().decode(bytes));
  const value = Number(match?.[1] ?? Number.NaN);
  if (!Number.isSafeInteger(value)) return null;
  const epoch = brokerEpoch(value);
  return Buffer.compare(bytes, encode(epoch)) === 0 ? epoch : null;
}
