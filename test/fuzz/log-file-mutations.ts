/** Mutations of a data directory's files that can mend their checksums. */
import { crc32c } from '../../src/record/index.ts';
import type { Random } from '../../src/base/random.ts';
import type { Files } from './bundle.ts';
import { mutate, oneIn, pick } from './mutate.ts';
import { mutateField, repaired } from './record-batches.ts';

const FILE_BYTES_MAX = 16_000;

/** One file's bytes; half of the time behind a checksum that agrees. */
export function mutateContent(files: Files, random: Random): { files: Files; forged: boolean } {
  const logs = [...files.keys()].filter((path) => path.endsWith('.log'));
  const path =
    oneIn(2, random) && logs.length > 0 ? pick(logs, random) : pick([...files.keys()], random);
  const content = files.get(path) ?? new Uint8Array(0);
  const options = { corpus: [content], bytesMax: FILE_BYTES_MAX };
  const isLog = path.endsWith('.log');
  const mutated =
    isLog && oneIn(4, random) ? mutateField(content, random) : mutate(content, random, options);
  const checksummed = oneIn(2, random) ? withChecksum(path, mutated) : null;
  const result = new Map(files).set(path, checksummed ?? mutated);
  return { files: result, forged: checksummed !== null };
}

/** Null for a file that has none. */
function withChecksum(path: string, content: Uint8Array): Uint8Array | null {
  if (path.endsWith('.log')) return repaired(content);
  if (path.endsWith('/log-state') || path.endsWith('/clean-stop')) {
    const text = Buffer.from(content)
      .toString('latin1')
      .replace(/crc32c: .*\n?$/, '');
    const checksum = crc32c(Buffer.from(text, 'latin1')).toString(16).padStart(8, '0');
    return Buffer.from(`${text}crc32c: ${checksum}\n`, 'latin1');
  }
  if (path.endsWith('/durable-marks') && content.length >= 8) {
    const result = Uint8Array.from(content);
    new DataView(result.buffer).setUint32(4, crc32c(result, 8));
    return result;
  }
  return null;
}
