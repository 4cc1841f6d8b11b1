/** Whether all replicas of a partition hold the same bytes, once everything has been stopped. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A sentence for each partition whose replicas differ. `directories` are the brokers' data directories. */
export function compareReplicas(
  directories: readonly string[],
  topic: string,
  partitions: number,
): string[] {
  const sentences: string[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const name = `${topic}-${partition}`;
    const replicas = directories
      .map((directory) => path.join(directory, name))
      .filter((directory) => existsSync(directory))
      .map((directory) => ({ directory, bytes: logBytes(directory) }));
    const [first, ...others] = replicas;
    if (first === undefined) {
      sentences.push(`no broker has a replica of ${name}`);
      continue;
    }
    for (const { directory, bytes } of others) {
      if (bytes.equals(first.bytes)) continue;
      sentences.push(
        `the replicas of ${name} differ: ${first.bytes.length} bytes in ${first.directory}, ` +
          `${bytes.length} in ${directory}, the first difference at ${firstDifference(first.bytes, bytes)}`,
      );
    }
  }
  return sentences;
}

/** Segments one behind the other: each replica rolls where it likes. */
function logBytes(directory: string): Buffer {
  const segments = readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .sort();
  return Buffer.concat(segments.map((name) => readFileSync(path.join(directory, name))));
}

function firstDifference(one: Buffer, other: Buffer): number {
  const end = Math.min(one.length, other.length);
  for (let position = 0; position < end; position += 1) {
    if (one[position] !== other[position]) return position;
  }
  return end;
}
