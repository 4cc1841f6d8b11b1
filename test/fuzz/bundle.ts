/**
 * Several files in one input: what a data directory held when it was opened. An entry is the length
 * of its path (2 bytes), the path, the length of its content (4 bytes), the content; big-endian. A
 * path that ends in "/" is a directory.
 */
import { FileSystemError } from '../../src/base/file-system.ts';
import type { Random } from '../../src/base/random.ts';
import { MemoryFileSystem } from '../../src/testing/memory-file-system.ts';
import { concat, pick } from './mutate.ts';

export type Files = ReadonlyMap<string, Uint8Array>;

export function encodeFiles(files: Files): Uint8Array {
  return concat(
    ...[...files].flatMap(([path, content]) => {
      const name = Buffer.from(path);
      const head = Buffer.alloc(2 + name.length + 4);
      head.writeUInt16BE(name.length, 0);
      name.copy(head, 2);
      head.writeUInt32BE(content.length, 2 + name.length);
      return [head, content];
    }),
  );
}

export function parseFiles(input: Uint8Array): Map<string, Uint8Array> {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.length);
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at < bytes.length;) {
    const nameEnd = at + 2 + bytes.readUInt16BE(at);
    const path = bytes.toString('utf8', at + 2, nameEnd);
    const start = nameEnd + 4;
    const end = start + bytes.readUInt32BE(nameEnd);
    if (end > bytes.length) throw new RangeError('a file reaches beyond the input');
    files.set(path, Uint8Array.from(bytes.subarray(start, end)));
    at = end;
  }
  return files;
}

/** A disk that holds these files for certain. Callbacks come in the next microtask. */
export function diskWith(files: Files): MemoryFileSystem {
  const fileSystem = new MemoryFileSystem({ schedule: queueMicrotask });
  for (const [path, content] of files) {
    if (path.endsWith('/')) {
      fileSystem.makeDirectory(path);
      continue;
    }
    const slash = path.lastIndexOf('/');
    if (slash > 0) fileSystem.makeDirectory(path.slice(0, slash));
    const file = fileSystem.open(path, 'create');
    if (content.length > 0) file.write([content], 0);
    file.close();
  }
  return fileSystem.crash({ policy: 'keep' });
}

/** Every file below `directory`. */
export function filesOn(fileSystem: MemoryFileSystem, directory: string): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const visit = (path: string): void => {
    const names = namesIn(fileSystem, path);
    if (names === null) files.set(path, fileSystem.contentOf(path));
    else for (const name of names) visit(`${path}/${name}`);
  };
  visit(directory);
  return files;
}

/** Null for a file. */
function namesIn(fileSystem: MemoryFileSystem, path: string): string[] | null {
  try {
    return fileSystem.list(path);
  } catch (error) {
    if (error instanceof FileSystemError && error.code === 'ENOTDIR') return null;
    throw error;
  }
}

/**
 * What goes wrong with whole files: gone, empty, of another's content or name, or a directory in its
 * place.
 */
export function mutateNames(files: Files, random: Random): Map<string, Uint8Array> {
  const result = new Map(files);
  const paths = [...files.keys()];
  const path = pick(paths, random);
  const other = pick(paths, random);
  const content = files.get(path) ?? new Uint8Array(0);
  switch (random.below(6)) {
    case 0:
      result.delete(path);
      break;
    case 1:
      result.set(path, new Uint8Array(0));
      break;
    case 2:
      result.set(path, files.get(other) ?? content);
      break;
    case 3:
      result.set(renamed(path, random), content);
      break;
    case 4:
      result.delete(path);
      result.set(renamed(path, random), content);
      break;
    default:
      result.delete(path);
      result.set(`${path}/`, new Uint8Array(0));
  }
  return result;
}

/** Another digit, letter or ending. */
function renamed(path: string, random: Random): string {
  const start = path.lastIndexOf('/') + 1;
  switch (random.below(3)) {
    case 0:
      return path + pick(['.tmp', '.deleted', '.cut-1', 'x', '0'], random);
    case 1:
      return path.slice(0, Math.max(start + 1, path.length - 1));
    default: {
      const at = start + random.below(Math.max(1, path.length - start));
      return path.slice(0, at) + pick([...'0123456789.-a@'], random) + path.slice(at + 1);
    }
  }
}
