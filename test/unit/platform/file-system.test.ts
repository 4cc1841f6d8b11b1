import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import {
  FileSystemError,
  readFile,
  removeTree,
  replace,
  syncDirectory,
  syncFile,
  writeFile,
} from '../../../src/base/file-system.ts';
import { NodeFileSystem } from '../../../src/platform/file-system.ts';
import { writeAll } from '../../../src/platform/whole-file-calls.ts';
import type { WriteCalls } from '../../../src/platform/whole-file-calls.ts';

const root = mkdtempSync(path.join(tmpdir(), 'odradek-files-'));
const fileSystem = new NodeFileSystem();
let count = 0;
let directory = '';

beforeEach(() => {
  directory = `${root}/${count++}`;
  fileSystem.makeDirectory(directory);
});
afterAll(() => rmSync(root, { recursive: true }));

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof FileSystemError) return error.code;
    throw error;
  }
  return 'none';
}

describe('the real files', () => {
  test('write all buffers at a position, read them back, sync, truncate', async () => {
    const file = fileSystem.open(`${directory}/a`, 'create-new');
    file.write([Buffer.from('one '), new Uint8Array(0), Buffer.from('two')], 2);
    await syncFile(file);
    const target = new Uint8Array(20);
    expect(file.readNow(target, 2)).toBe(7);
    expect(await readFile(file, target, 6)).toBe(3);
    expect(Buffer.from(target.subarray(0, 3)).toString()).toBe('two');
    expect(file.readNow(target, 100)).toBe(0);
    expect(file.size()).toBe(9);
    file.truncate(4);
    expect(file.size()).toBe(4);
    file.close();
    expect(codeOf(() => file.size())).toBe('EBADF');
  });

  test('more buffers than one system call takes', () => {
    const buffers = Array.from({ length: 2500 }, (_, index) => Buffer.from(`${index},`));
    const file = fileSystem.open(`${directory}/a`, 'create');
    file.write(buffers, 0);
    file.close();
    expect(readFileSync(`${directory}/a`, 'utf8')).toBe(Buffer.concat(buffers).toString());
  });

  test('directories: made with parents, listed in order, renamed in, synced, removed', async () => {
    fileSystem.makeDirectory(`${directory}/d/e`);
    fileSystem.makeDirectory(`${directory}/d/e`);
    writeFileSync(`${directory}/d/b`, '');
    writeFileSync(`${directory}/d/a`, '');
    expect(fileSystem.list(`${directory}/d`)).toEqual(['a', 'b', 'e']);
    expect(fileSystem.list(`${directory}/none`)).toEqual([]);
    fileSystem.rename(`${directory}/d/a`, `${directory}/d/b`);
    fileSystem.remove(`${directory}/d/b`);
    await syncDirectory(fileSystem, `${directory}/d`);
    expect(fileSystem.list(`${directory}/d`)).toEqual(['e']);
    await removeTree(fileSystem, `${directory}/d`);
    await removeTree(fileSystem, `${directory}/d`);
    expect(fileSystem.exists(`${directory}/d`)).toBe(false);
  });

  test('every failure is a FileSystemError with the system’s code', async () => {
    fileSystem.open(`${directory}/a`, 'create').close();
    expect(codeOf(() => fileSystem.open(`${directory}/x`, 'read'))).toBe('ENOENT');
    expect(codeOf(() => fileSystem.open(`${directory}/x`, 'write'))).toBe('ENOENT');
    expect(codeOf(() => fileSystem.open(`${directory}/a`, 'create-new'))).toBe('EEXIST');
    expect(codeOf(() => fileSystem.remove(`${directory}/x`))).toBe('ENOENT');
    expect(codeOf(() => fileSystem.rename(`${directory}/x`, `${directory}/y`))).toBe('ENOENT');
    expect(codeOf(() => fileSystem.list(`${directory}/a`))).toBe('ENOTDIR');
    const readOnly = fileSystem.open(`${directory}/a`, 'read');
    expect(codeOf(() => readOnly.write([Buffer.from('x')], 0))).toBe('EBADF');
    readOnly.close();
    const failure = await syncDirectory(fileSystem, `${directory}/x`).catch((error) => error);
    expect(failure).toBeInstanceOf(FileSystemError);
    expect(failure.code).toBe('ENOENT');
    expect(failure.path).toBe(`${directory}/x`);
  });

  test('files are written whole and replaced without blocking', async () => {
    await writeFile(fileSystem, `${directory}/a`, Buffer.from('a longer text'));
    await writeFile(fileSystem, `${directory}/a`, Buffer.from('short'));
    await writeFile(fileSystem, `${directory}/b`, new Uint8Array(0));
    expect(readFileSync(`${directory}/a`, 'utf8')).toBe('short');
    await replace(fileSystem, `${directory}/a`, `${directory}/b`);
    expect(fileSystem.list(directory)).toEqual(['b']);
    expect(readFileSync(`${directory}/b`, 'utf8')).toBe('short');
    await expect(replace(fileSystem, `${directory}/a`, `${directory}/c`)).rejects.toMatchObject({
      code: 'ENOENT',
    });
    await expect(
      writeFile(fileSystem, `${directory}/missing/a`, Buffer.from('x')),
    ).rejects.toMatchObject({ code: 'ENOENT' });
  });

  // 10,000 logs changed their epoch at once, and the broker died of EMFILE with 20,000 descriptors.
  test('a thousand that are written at once have few descriptors open', async () => {
    const before = readdirSync('/proc/self/fd').length;
    const written = Array.from({ length: 1000 }, (_, index) =>
      writeFile(fileSystem, `${directory}/${index}`, Buffer.from(`${index}`)),
    );
    let most = 0;
    await Promise.all(
      written.map(async (one) => {
        await one;
        most = Math.max(most, readdirSync('/proc/self/fd').length - before);
      }),
    );
    expect(most).toBeLessThan(100);
    expect(fileSystem.list(directory)).toHaveLength(1000);
    expect(readFileSync(`${directory}/999`, 'utf8')).toBe('999');
  });

  test('free space is what the disk says', () => {
    expect(fileSystem.freeBytes(directory)).toBeGreaterThan(0);
  });
});

describe('a system that takes less than it was given', () => {
  /** Takes at most `atMost` bytes a call, into memory. */
  function shortWriter(atMost: number): { calls: WriteCalls; bytes: number[]; vectors: number[] } {
    const bytes: number[] = [];
    const vectors: number[] = [];
    const take = (buffer: Uint8Array, position: number): number => {
      const part = buffer.subarray(0, atMost);
      part.forEach((value, index) => (bytes[position + index] = value));
      return part.length;
    };
    const calls: WriteCalls = {
      writeSync: (_descriptor, buffer, start, length, position) =>
        take(buffer.subarray(start, start + length), position),
      writevSync: (_descriptor, buffers, position) => {
        vectors.push(buffers.length);
        return take(Buffer.concat(buffers), position);
      },
    };
    return { calls, bytes, vectors };
  }

  test('gets the rest until all is written, wherever it stops', () => {
    const buffers = ['', 'a', 'bcd', '', 'efghij', 'k', ''].map((each) => Buffer.from(each));
    for (let atMost = 1; atMost <= 12; atMost++) {
      const { calls, bytes } = shortWriter(atMost);
      writeAll(0, buffers, 0, calls);
      expect(Buffer.from(bytes).toString()).toBe('abcdefghijk');
    }
  });

  test('never gets more than 1024 buffers at once', () => {
    const { calls, bytes, vectors } = shortWriter(1_000_000);
    writeAll(0, Array<Buffer>(3000).fill(Buffer.from('x')), 0, calls);
    expect(vectors).toEqual([1024, 1024, 952]);
    expect(bytes.length).toBe(3000);
  });

  test('a call that writes nothing is an error, not an endless loop', () => {
    const { calls } = shortWriter(0);
    expect(() => writeAll(0, [Buffer.from('x')], 0, calls)).toThrow('wrote nothing');
  });
});
