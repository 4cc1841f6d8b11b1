import { closeSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { constants, openSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { readFile, syncFile } from '../../../src/base/file-system.ts';
import type { FileSystemError, OpenFile } from '../../../src/base/file-system.ts';
import { NodeFileSystem } from '../../../src/platform/file-system.ts';

const KIB = 1024;
const BYTES_MIN = 64 * KIB;

const root = mkdtempSync(path.join(tmpdir(), 'odradek-direct-'));
const isPossible = canBypass(root);
const fileSystem = new NodeFileSystem({ directWriteBytesMin: BYTES_MIN });
let count = 0;
let name = '';

beforeEach(() => {
  name = `${root}/${count++}`;
});
afterAll(() => rmSync(root, { recursive: true }));

function canBypass(directory: string): boolean {
  try {
    const flags = constants.O_CREAT | constants.O_WRONLY | constants.O_DIRECT;
    closeSync(openSync(`${directory}/probe`, flags));
    return true;
  } catch {
    return false;
  }
}

/** Bytes of which no two stretches are alike. */
function pattern(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0; index < length; index++)
    bytes[index] = (index * 31 + (index >> 8) + seed) & 255;
  return bytes;
}

/** Whether it was under way, and a promise of its arrival. */
function writeBehind(
  file: OpenFile,
  buffers: readonly Uint8Array[],
  position: number,
  after?: OpenFile,
): { isUnderWay: boolean; arrived: Promise<FileSystemError | null> } {
  let arrive: (error: FileSystemError | null) => void = () => {};
  const arrived = new Promise<FileSystemError | null>((resolve) => {
    arrive = resolve;
  });
  return {
    isUnderWay: file.writeBehind(buffers, position, (error) => arrive(error), after),
    arrived,
  };
}

/** How many descriptors lead to `file`, and how many of them pass the page cache by. */
function descriptorsOf(file: string): { all: number; direct: number } {
  let all = 0;
  let direct = 0;
  for (const descriptor of readdirSync('/proc/self/fd')) {
    try {
      if (readlinkSync(`/proc/self/fd/${descriptor}`) !== file) continue;
      const flags = /flags:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'));
      all++;
      if ((parseInt(flags?.[1] ?? '0', 8) & constants.O_DIRECT) !== 0) direct++;
    } catch {
      // Closed since it was listed, as the one that lists is.
    }
  }
  return { all, direct };
}

describe.skipIf(!isPossible)(
  `writes that pass the page cache by (none where ${root} has it not)`,
  () => {
    test('what is large is on its way, can be read at once, and lasts when a sync says so', async () => {
      const file = fileSystem.open(name, 'create-new');
      file.write([pattern(1000, 1)], 0);
      const bytes = pattern(300 * KIB + 77, 2);
      const { isUnderWay, arrived } = writeBehind(file, [bytes], 1000);
      expect(isUnderWay).toBe(true);
      expect(statSync(name).size).toBe(1000);
      expect(file.size()).toBe(1000 + bytes.length);

      const whole = Buffer.concat([pattern(1000, 1), bytes]);
      const target = Buffer.alloc(whole.length + 10);
      expect(file.readNow(target, 0)).toBe(whole.length);
      expect(target.subarray(0, whole.length).equals(whole)).toBe(true);
      const later = Buffer.alloc(5000);
      expect(await readFile(file, later, 200_000)).toBe(5000);
      expect(later.equals(whole.subarray(200_000, 205_000))).toBe(true);

      await syncFile(file);
      expect(await Promise.race([arrived, 'still under way'])).toBeNull();
      expect(readFileSync(name).equals(whole)).toBe(true);
      expect(descriptorsOf(name)).toEqual({ all: 2, direct: 1 });
      file.close();
      expect(descriptorsOf(name)).toEqual({ all: 0, direct: 0 });
    });

    test('what is small is there at once, unless something is on its way', async () => {
      const file = fileSystem.open(name, 'create-new');
      expect(writeBehind(file, [pattern(BYTES_MIN - 1, 1)], 0).isUnderWay).toBe(false);
      expect(statSync(name).size).toBe(BYTES_MIN - 1);
      expect(descriptorsOf(name).direct).toBe(0);
      const order: string[] = [];
      const large = writeBehind(file, [pattern(BYTES_MIN, 2)], BYTES_MIN - 1);
      const small = writeBehind(file, [pattern(3, 3)], 2 * BYTES_MIN - 1);
      expect([large.isUnderWay, small.isUnderWay]).toEqual([true, true]);
      await Promise.all([
        large.arrived.then(() => order.push('large')),
        small.arrived.then(() => order.push('small')),
      ]);
      expect(order).toEqual(['large', 'small']);
      expect(writeBehind(file, [pattern(5, 4)], 2 * BYTES_MIN + 2).isUnderWay).toBe(false);
      const expected = [
        pattern(BYTES_MIN - 1, 1),
        pattern(BYTES_MIN, 2),
        pattern(3, 3),
        pattern(5, 4),
      ];
      expect(readFileSync(name).equals(Buffer.concat(expected))).toBe(true);
      file.close();
    });

    test('any sizes in any order leave exactly their bytes', async () => {
      const size = fc.oneof(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: BYTES_MIN - 2, max: BYTES_MIN + 2 }),
        fc.constantFrom(4096, 8192, BYTES_MIN, 2048 * KIB),
        fc.integer({ min: BYTES_MIN, max: 3072 * KIB }),
      );
      const steps = fc.array(
        fc.record({ sizes: fc.array(size, { minLength: 1, maxLength: 4 }), waits: fc.boolean() }),
        {
          minLength: 1,
          maxLength: 6,
        },
      );
      await fc.assert(
        fc.asyncProperty(steps, async (writes) => {
          const here = `${root}/${count++}`;
          const file = fileSystem.open(here, 'create-new');
          const written: Buffer[] = [];
          let position = 0;
          for (const { sizes, waits } of writes) {
            const buffers = sizes.map((bytes, index) => pattern(bytes, position + index));
            writeBehind(file, buffers, position);
            written.push(...buffers);
            position += sizes.reduce((sum, bytes) => sum + bytes, 0);
            if (waits) await syncFile(file);
          }
          const whole = Buffer.concat(written);
          const seen = Buffer.alloc(whole.length);
          expect(file.readNow(seen, 0)).toBe(whole.length);
          expect(seen.equals(whole)).toBe(true);
          await syncFile(file);
          expect(readFileSync(here).equals(whole)).toBe(true);
          file.close();
          rmSync(here);
        }),
        { numRuns: 25 },
      );
    });

    test('more at once than there is aligned memory for', async () => {
      const files = Array.from({ length: 12 }, (_, index) =>
        fileSystem.open(`${name}-${index}`, 'create'),
      );
      const bytes = pattern(2048 * KIB + 5, 9);
      const all = files.map((file) => writeBehind(file, [bytes], 0).arrived);
      expect(await Promise.all(all)).toEqual(files.map(() => null));
      for (const [index, file] of files.entries()) {
        expect(readFileSync(`${name}-${index}`).equals(bytes)).toBe(true);
        file.close();
      }
    });

    test('what is on its way to the file in front comes first, and so does its failure', async () => {
      const front = fileSystem.open(`${name}-a`, 'create');
      const file = fileSystem.open(`${name}-b`, 'create');
      let sizeBehind = -1;
      front.writeBehind([pattern(1024 * KIB, 1)], 0, () => {
        sizeBehind = statSync(`${name}-b`).size;
      });
      const behind = writeBehind(file, [pattern(10, 2)], 0, front);
      expect(behind.isUnderWay).toBe(true);
      front.close();
      await behind.arrived;
      expect(sizeBehind).toBe(0);
      expect(statSync(`${name}-a`).size).toBe(1024 * KIB);
      expect(statSync(`${name}-b`).size).toBe(10);
      // With nothing on its way in front it is an ordinary write.
      expect(writeBehind(file, [pattern(10, 2)], 10, front).isUnderWay).toBe(false);
      file.close();

      const broken = fileSystem.open(`${name}-c`, 'create');
      const next = fileSystem.open(`${name}-d`, 'create');
      writeBehind(broken, [pattern(BYTES_MIN, 1)], BEYOND_THE_LARGEST_FILE);
      const { arrived } = writeBehind(next, [pattern(10, 2)], 0, broken);
      expect((await arrived)?.code).toBe('EFBIG');
      expect(statSync(`${name}-d`).size).toBe(0);
      broken.close();
      next.close();
    });

    test('after a failure nothing arrives any more, and no sync succeeds', async () => {
      const file = fileSystem.open(name, 'create');
      const first = writeBehind(file, [pattern(BYTES_MIN, 1)], BEYOND_THE_LARGEST_FILE);
      const second = writeBehind(file, [pattern(9, 1)], BEYOND_THE_LARGEST_FILE + BYTES_MIN);
      await expect(syncFile(file)).rejects.toMatchObject({ code: 'EFBIG', path: name });
      expect((await first.arrived)?.code).toBe('EFBIG');
      expect((await second.arrived)?.code).toBe('EFBIG');
      await expect(syncFile(file)).rejects.toMatchObject({ code: 'EFBIG' });
      expect(() => writeBehind(file, [pattern(9, 1)], 0)).toThrow(/EFBIG/);
      expect(statSync(name).size).toBe(0);
      file.close();
    });

    test('a file that is closed meanwhile gets all of it', async () => {
      const file = fileSystem.open(name, 'create');
      const bytes = pattern(700 * KIB + 3, 4);
      const { arrived } = writeBehind(file, [bytes], 0);
      file.close();
      expect(await arrived).toBeNull();
      expect(readFileSync(name).equals(bytes)).toBe(true);
      await expect.poll(() => descriptorsOf(name)).toEqual({ all: 0, direct: 0 });
    });
  },
);

/** A multiple of the block, and more than ext4, XFS and btrfs let a file be. */
const BEYOND_THE_LARGEST_FILE = Number.MAX_SAFE_INTEGER - (Number.MAX_SAFE_INTEGER % 4096);

test('without a smallest size nothing passes the page cache by', () => {
  const file = new NodeFileSystem().open(name, 'create');
  expect(writeBehind(file, [pattern(1024 * KIB, 1)], 0).isUnderWay).toBe(false);
  expect(statSync(name).size).toBe(1024 * KIB);
  expect(descriptorsOf(name)).toEqual({ all: 1, direct: 0 });
  file.close();
});
