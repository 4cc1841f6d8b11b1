import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { FileSystemError } from '../../../src/base/file-system.ts';
import { instant, timestamp } from '../../../src/base/ids.ts';
import { MemoryFileSystem } from '../../../src/testing/memory-file-system.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';

const DROP = { policy: 'drop' } as const;

function manual(): MemoryFileSystem {
  return new MemoryFileSystem({ schedule: 'manual' });
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function contentOf(fileSystem: MemoryFileSystem, path: string): string {
  return new TextDecoder().decode(fileSystem.contentOf(path));
}

/** A file whose name and content are on the disk. */
function syncedFile(fileSystem: MemoryFileSystem, path: string, content: string): void {
  const file = fileSystem.open(path, 'create');
  file.write([text(content)], 0);
  file.sync(() => {});
  fileSystem.syncDirectory('/', () => {});
  fileSystem.drain();
  file.close();
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof FileSystemError) return error.code;
    throw error;
  }
  return 'none';
}

describe('as a file system', () => {
  test('writes all buffers one behind the other and reads them back', () => {
    const file = manual().open('/a', 'create-new');
    file.write([text('one '), text('two')], 3);
    expect(file.size()).toBe(10);
    const target = new Uint8Array(20);
    expect(file.readNow(target, 0)).toBe(10);
    expect(new TextDecoder().decode(target.subarray(0, 10))).toBe('\0\0\0one two');
    expect(file.readNow(target, 10)).toBe(0);
  });

  test('copies what it is given: the caller may use its buffer again', () => {
    const fileSystem = manual();
    const bytes = text('first');
    fileSystem.open('/a', 'create').write([bytes], 0);
    bytes.fill(0);
    expect(contentOf(fileSystem, '/a')).toBe('first');
    expect(contentOf(fileSystem.crash({ policy: 'keep' }), '/a')).toBe('first');
  });

  test('answers as the system does when a path is missing, there, or of the other kind', () => {
    const fileSystem = manual();
    fileSystem.makeDirectory('/d/e');
    fileSystem.open('/d/f', 'create').close();
    expect(codeOf(() => fileSystem.open('/x', 'read'))).toBe('ENOENT');
    expect(codeOf(() => fileSystem.open('/x', 'write'))).toBe('ENOENT');
    expect(codeOf(() => fileSystem.open('/x/y', 'create'))).toBe('ENOENT');
    expect(codeOf(() => fileSystem.open('/d/f', 'create-new'))).toBe('EEXIST');
    expect(codeOf(() => fileSystem.open('/d', 'create'))).toBe('EISDIR');
    expect(codeOf(() => fileSystem.open('/d/f/g', 'create'))).toBe('ENOTDIR');
    expect(codeOf(() => fileSystem.remove('/x'))).toBe('ENOENT');
    expect(codeOf(() => fileSystem.rename('/x', '/y'))).toBe('ENOENT');
    expect(codeOf(() => fileSystem.rename('/d/e', '/d/f'))).toBe('ENOTDIR');
    expect(codeOf(() => fileSystem.rename('/d/f', '/d'))).toBe('EISDIR');
    const file = fileSystem.open('/d/f', 'read');
    expect(codeOf(() => file.write([text('x')], 0))).toBe('EBADF');
    file.close();
    expect(codeOf(() => file.size())).toBe('EBADF');
    expect(fileSystem.list('/d')).toEqual(['e', 'f']);
    expect(fileSystem.list('/x')).toEqual([]);
    expect(fileSystem.exists('/d/e')).toBe(true);
    expect(fileSystem.openPaths()).toEqual([]);
  });

  test('an open file can be read after its name was removed or replaced', () => {
    const fileSystem = manual();
    syncedFile(fileSystem, '/a', 'old');
    syncedFile(fileSystem, '/b', 'new');
    const old = fileSystem.open('/a', 'read');
    fileSystem.rename('/b', '/a');
    const target = new Uint8Array(3);
    old.readNow(target, 0);
    expect(new TextDecoder().decode(target)).toBe('old');
    expect(contentOf(fileSystem, '/a')).toBe('new');
    expect(fileSystem.exists('/b')).toBe(false);
  });

  test('callbacks never come before the method has returned', async () => {
    const fileSystem = new MemoryFileSystem();
    const file = fileSystem.open('/a', 'create');
    let called = false;
    const done = new Promise<void>((resolve) =>
      file.sync(() => {
        called = true;
        resolve();
      }),
    );
    expect(called).toBe(false);
    await done;
    expect(called).toBe(true);
  });

  test('a schedule of the caller’s own is handed every callback', () => {
    const due: (() => void)[] = [];
    const fileSystem = new MemoryFileSystem({ schedule: (callback) => due.push(callback) });
    let bytes = -1;
    fileSystem.open('/a', 'create').read(new Uint8Array(1), 0, (_error, count) => (bytes = count));
    expect([due.length, bytes]).toEqual([1, -1]);
    due[0]?.();
    expect(bytes).toBe(0);
  });

  test('a slow disk takes its time by the injected clock', () => {
    const timers: { milliseconds: number; callback: () => void }[] = [];
    const clock: Clock = {
      now: () => instant(0),
      timestamp: () => timestamp(0),
      setTimer: (milliseconds, callback) => {
        timers.push({ milliseconds, callback });
        return { cancel: () => {} };
      },
    };
    const fileSystem = new MemoryFileSystem({ schedule: 'manual', clock, syncDelayMs: 7 });
    let synced = false;
    fileSystem.open('/a', 'create').sync(() => (synced = true));
    expect(fileSystem.drain()).toBe(0);
    expect(timers.map((timer) => timer.milliseconds)).toEqual([7]);
    timers[0]?.callback();
    expect(synced).toBe(true);
  });

  test('behaves as an array of bytes under any writes and truncations', () => {
    const change = fc.oneof(
      fc.record({
        position: fc.nat(200_000),
        bytes: fc.uint8Array({ minLength: 1, maxLength: 5000 }),
      }),
      fc.record({ length: fc.nat(200_000) }),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const fileSystem = manual();
        const file = fileSystem.open('/a', 'create');
        let model = new Uint8Array(0);
        for (const each of changes) {
          const length = 'length' in each ? each.length : each.position + each.bytes.length;
          const next = new Uint8Array('length' in each ? length : Math.max(length, model.length));
          next.set(model.subarray(0, next.length));
          if ('length' in each) file.truncate(length);
          else {
            file.write([each.bytes], each.position);
            next.set(each.bytes, each.position);
          }
          model = next;
        }
        expect(Buffer.compare(fileSystem.contentOf('/a'), model)).toBe(0);
        file.sync(() => {});
        fileSystem.syncDirectory('/', () => {});
        fileSystem.drain();
        expect(Buffer.compare(fileSystem.crash(DROP).contentOf('/a'), model)).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  test('many small appends cost their own bytes, not the file’s', () => {
    const fileSystem = manual();
    const file = fileSystem.open('/a', 'create');
    const bytes = new Uint8Array(1024).fill(7);
    for (let count = 0; count < 16 * 1024; count++) {
      file.write([bytes], count * bytes.length);
      if (count % 64 === 0) file.sync(() => {});
    }
    fileSystem.drain();
    expect(file.size()).toBe(16 * 1024 * 1024);
  }, 2000);
});

describe('when the power goes', () => {
  test('synced bytes stay, unsynced ones are lost with `drop` and found with `keep`', () => {
    for (const [policy, expected] of [
      ['drop', 'synced'],
      ['keep', 'synced and more'],
    ] as const) {
      const fileSystem = manual();
      syncedFile(fileSystem, '/a', 'synced');
      fileSystem.open('/a', 'write').write([text(' and more')], 6);
      expect(contentOf(fileSystem.crash({ policy }), '/a')).toBe(expected);
    }
  });

  test('`tear` keeps the first half of a write’s sectors', () => {
    const fileSystem = manual();
    syncedFile(fileSystem, '/a', '');
    fileSystem.open('/a', 'write').write([new Uint8Array(2000).fill(1)], 100);
    const content = fileSystem.crash({ policy: 'tear' }).contentOf('/a');
    expect(content.length).toBe(1024);
    expect(content.subarray(100)).toEqual(new Uint8Array(924).fill(1));
  });

  test('a sync covers what was written before it, not what came while it ran', () => {
    const fileSystem = manual();
    syncedFile(fileSystem, '/a', '');
    const file = fileSystem.open('/a', 'write');
    file.write([text('before')], 0);
    file.sync(() => {});
    file.write([text(' after')], 6);
    fileSystem.drain();
    expect(contentOf(fileSystem.crash(DROP), '/a')).toBe('before');
  });

  test('a sync that has not answered promises nothing, and never answers', () => {
    const fileSystem = manual();
    syncedFile(fileSystem, '/a', '');
    const file = fileSystem.open('/a', 'write');
    file.write([text('x')], 0);
    let answered = false;
    file.sync(() => (answered = true));
    const after = fileSystem.crash(DROP);
    fileSystem.drain();
    expect(contentOf(after, '/a')).toBe('');
    expect(answered).toBe(false);
  });

  test('truncation, creation, rename and removal last only once synced', () => {
    const fileSystem = manual();
    for (const name of ['cut', 'renamed', 'removed']) syncedFile(fileSystem, `/${name}`, name);
    fileSystem.open('/cut', 'write').truncate(1);
    fileSystem.rename('/renamed', '/other');
    fileSystem.remove('/removed');
    const created = fileSystem.open('/created', 'create');
    created.write([text('x')], 0);
    created.sync(() => {});
    fileSystem.drain();
    const after = fileSystem.crash(DROP);
    expect(after.list('/')).toEqual(['cut', 'removed', 'renamed']);
    expect(contentOf(after, '/cut')).toBe('cut');
  });

  test('syncing a directory makes its entries last, but not its files’ content', () => {
    const fileSystem = manual();
    syncedFile(fileSystem, '/renamed', 'r');
    fileSystem.rename('/renamed', '/other');
    fileSystem.open('/created', 'create').write([text('x')], 0);
    fileSystem.syncDirectory('/', () => {});
    fileSystem.drain();
    const after = fileSystem.crash(DROP);
    expect(after.list('/')).toEqual(['created', 'other']);
    expect(contentOf(after, '/created')).toBe('');
  });

  test('each directory on the way must be synced', () => {
    const fileSystem = manual();
    fileSystem.makeDirectory('/a/b');
    fileSystem.syncDirectory('/a', () => {});
    fileSystem.drain();
    expect(fileSystem.crash(DROP).exists('/a')).toBe(false);
  });

  test('a move between directories never leaves the file without a name', () => {
    for (let seed = 0; seed < 50; seed++) {
      const fileSystem = manual();
      fileSystem.makeDirectory('/x');
      fileSystem.makeDirectory('/y');
      fileSystem.open('/x/a', 'create').close();
      fileSystem.syncDirectory('/', () => {});
      fileSystem.syncDirectory('/x', () => {});
      fileSystem.drain();
      fileSystem.rename('/x/a', '/y/a');
      if (seed % 2 === 0) fileSystem.syncDirectory('/x', () => {});
      fileSystem.drain();
      const after = fileSystem.crash({ random: new SeededRandom(seed) });
      expect(after.exists('/x/a') || after.exists('/y/a')).toBe(true);
      if (seed % 2 === 0) expect(after.list('/x')).toEqual([]);
    }
  });

  test('chance loses, keeps and tears each write alone, and a seed repeats it', () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const contents = [seed, seed].map((each) => {
        const fileSystem = manual();
        syncedFile(fileSystem, '/a', '');
        const file = fileSystem.open('/a', 'write');
        file.write([new Uint8Array(1024).fill(1)], 0);
        file.write([new Uint8Array(512).fill(2)], 1024);
        const after = fileSystem.crash({ random: new SeededRandom(each) }).contentOf('/a');
        return `${after[0]},${after[512]},${after[1024]}`;
      });
      expect(contents[0]).toBe(contents[1]);
      outcomes.add(contents[0] ?? '');
    }
    // Nothing; the second write without the first; a torn first one; everything.
    for (const outcome of ['undefined,undefined,undefined', '0,0,2', '1,0,2', '0,1,2', '1,1,2']) {
      expect(outcomes).toContain(outcome);
    }
  });

  test('the machine that died can do nothing more', () => {
    const fileSystem = manual();
    syncedFile(fileSystem, '/a', 'x');
    const file = fileSystem.open('/a', 'write');
    const after = fileSystem.crash(DROP);
    expect(codeOf(() => file.write([text('y')], 0))).toBe('EIO');
    expect(codeOf(() => fileSystem.remove('/a'))).toBe('EIO');
    expect(codeOf(() => fileSystem.open('/a', 'read'))).toBe('EIO');
    expect(contentOf(after, '/a')).toBe('x');
    expect(after.openPaths()).toEqual([]);
  });
});

describe('when the process is killed', () => {
  test('what it wrote can be read, and is as unsynced as before', () => {
    const fileSystem = manual();
    syncedFile(fileSystem, '/a', 'synced');
    fileSystem.open('/a', 'write').write([text(' and more')], 6);
    fileSystem.rename('/a', '/b');
    const next = fileSystem.processCrash();
    expect(contentOf(next, '/b')).toBe('synced and more');
    const after = next.crash(DROP);
    expect(contentOf(after, '/a')).toBe('synced');
  });
});

describe('what is written behind', () => {
  function behind(): { fileSystem: MemoryFileSystem; told: string[] } {
    return {
      fileSystem: new MemoryFileSystem({ schedule: 'manual', writeBehindBytesMin: 4 }),
      told: [],
    };
  }

  test('is read at once and arrives in order; a sync waits for what came before it', () => {
    const { fileSystem, told } = behind();
    const file = fileSystem.open('/a', 'create');
    expect(file.writeBehind([text('ab')], 0, () => told.push('never'))).toBe(false);
    expect(file.writeBehind([text('cdef')], 2, () => told.push('cdef'))).toBe(true);
    file.sync(() => told.push('sync'));
    expect(file.writeBehind([text('g')], 6, () => told.push('g'))).toBe(true);
    expect(file.size()).toBe(7);
    const target = new Uint8Array(9);
    expect(file.readNow(target, 1)).toBe(6);
    expect(new TextDecoder().decode(target.subarray(0, 6))).toBe('bcdefg');
    expect(contentOf(fileSystem, '/a')).toBe('abcd');
    fileSystem.drain();
    expect(told).toEqual(['cdef', 'sync', 'g']);
    expect(contentOf(fileSystem, '/a')).toBe('abcdefg');
    expect(file.writeBehind([text('h')], 7, () => told.push('never'))).toBe(false);
  });

  test('comes behind what is on its way to the file in front', () => {
    const { fileSystem, told } = behind();
    const front = fileSystem.open('/a', 'create');
    const file = fileSystem.open('/b', 'create');
    front.writeBehind([text('abcd')], 0, () => told.push('a'));
    expect(file.writeBehind([text('x')], 0, () => told.push('b'), front)).toBe(true);
    expect(contentOf(fileSystem, '/b')).toBe('');
    fileSystem.drain();
    expect(told).toEqual(['a', 'b']);
    expect(file.writeBehind([text('y')], 1, () => {}, front)).toBe(false);
  });

  test('is torn when the process is killed before it has arrived', () => {
    const { fileSystem, told } = behind();
    const file = fileSystem.open('/a', 'create');
    file.writeBehind([text('abcdef')], 0, () => told.push('never'));
    file.writeBehind([text('ghij')], 6, () => told.push('never'));
    expect(contentOf(fileSystem.processCrash(), '/a')).toBe('abc');
    fileSystem.drain();
    expect(told).toEqual([]);
  });

  test('after a failure nothing arrives, and no sync succeeds', () => {
    const { fileSystem, told } = behind();
    const file = fileSystem.open('/a', 'create');
    fileSystem.failNext('write', '/a', 'EIO');
    file.writeBehind([text('abcd')], 0, (error) => told.push(`first ${error?.code}`));
    file.writeBehind([text('efgh')], 4, (error) => told.push(`second ${error?.code}`));
    file.sync((error) => told.push(`sync ${error?.code}`));
    fileSystem.drain();
    expect(told).toEqual(['first EIO', 'second EIO', 'sync EIO']);
    expect(contentOf(fileSystem, '/a')).toBe('');
    expect(codeOf(() => file.writeBehind([text('x')], 0, () => {}))).toBe('EIO');
  });

  test('a full disk takes what fits and says so later', () => {
    const { fileSystem, told } = behind();
    const file = fileSystem.open('/a', 'create');
    fileSystem.fullAfter(5);
    file.writeBehind([text('abcdefgh')], 0, (error) => told.push(`${error?.code}`));
    fileSystem.drain();
    expect(told).toEqual(['ENOSPC']);
    expect(contentOf(fileSystem, '/a')).toBe('abcde');
  });
});

describe('faults', () => {
  test('a named operation fails so many times, and does nothing', () => {
    const fileSystem = manual();
    const file = fileSystem.open('/a', 'create');
    fileSystem.failNext('write', /a$/, 'EIO', 2);
    expect(codeOf(() => file.write([text('x')], 0))).toBe('EIO');
    expect(codeOf(() => file.write([text('x')], 0))).toBe('EIO');
    expect(codeOf(() => file.write([text('x')], 0))).toBe('none');
    expect(file.size()).toBe(1);
    fileSystem.failNext('rename', '/b', 'EACCES');
    expect(codeOf(() => fileSystem.rename('/a', '/c'))).toBe('none');
    fileSystem.clearFaults();
  });

  test('after a failed sync the next one succeeds without the bytes', () => {
    const fileSystem = manual();
    syncedFile(fileSystem, '/a', 'synced');
    const file = fileSystem.open('/a', 'write');
    file.write([text(' lost')], 6);
    fileSystem.failNext('sync', '/a', 'EIO');
    const results: (string | null)[] = [];
    file.sync((error) => results.push(error?.code ?? null));
    fileSystem.drain();
    file.sync((error) => results.push(error?.code ?? null));
    fileSystem.drain();
    expect(results).toEqual(['EIO', null]);
    expect(contentOf(fileSystem, '/a')).toBe('synced lost');
    fileSystem.dropCaches();
    expect(contentOf(fileSystem, '/a')).toBe('synced');
    expect(contentOf(fileSystem.crash({ policy: 'keep' }), '/a')).toBe('synced');
  });

  test('a full disk takes what fits, says ENOSPC, and has room again after a removal', () => {
    const fileSystem = manual();
    syncedFile(fileSystem, '/big', '0123456789');
    const file = fileSystem.open('/a', 'create');
    fileSystem.fullAfter(4);
    expect(fileSystem.freeBytes('/a')).toBe(4);
    expect(codeOf(() => file.write([text('abcdef')], 0))).toBe('ENOSPC');
    expect(contentOf(fileSystem, '/a')).toBe('abcd');
    expect(codeOf(() => file.write([text('ABCD')], 0))).toBe('none');
    expect(codeOf(() => file.truncate(5))).toBe('ENOSPC');
    fileSystem.remove('/big');
    expect(fileSystem.freeBytes('/a')).toBe(10);
    file.write([text('abcdef')], 0);
    file.truncate(2);
    expect(fileSystem.freeBytes('/a')).toBe(12);
  });

  test('rot is on the disk and in the cache', () => {
    const fileSystem = manual();
    syncedFile(fileSystem, '/a', 'abc');
    fileSystem.flipBit('/a', 1, 0);
    fileSystem.corrupt('/a', 2, text('X'));
    expect(contentOf(fileSystem, '/a')).toBe('acX');
    expect(contentOf(fileSystem.crash(DROP), '/a')).toBe('acX');
  });

  test('a test can crash at any operation', () => {
    const seen: string[] = [];
    const fileSystem = manual();
    let after: MemoryFileSystem | undefined;
    fileSystem.onOperation(({ index, operation, path }) => {
      seen.push(`${index} ${operation} ${path}`);
      if (operation === 'write') after = fileSystem.crash({ policy: 'keep' });
    });
    const file = fileSystem.open('/a', 'create');
    expect(codeOf(() => file.write([text('x')], 0))).toBe('EIO');
    expect(seen).toEqual(['1 open /a', '2 write /a']);
    expect(after?.contentOf('/a').length).toBe(0);
  });

  test('a tree is removed with all that it holds, when the callback comes', () => {
    const fileSystem = manual();
    fileSystem.makeDirectory('/d/e');
    fileSystem.open('/d/e/f', 'create').close();
    fileSystem.syncDirectory('/d', () => {});
    fileSystem.drain();
    const results: unknown[] = [];
    fileSystem.removeTree('/d', (error) => results.push(error));
    expect(fileSystem.exists('/d/e/f')).toBe(true);
    fileSystem.removeTree('/none', (error) => results.push(error));
    fileSystem.drain();
    expect(results).toEqual([null, null]);
    expect(fileSystem.exists('/d')).toBe(false);
  });
});

test('random forks do not repeat their parent', () => {
  const parent = new SeededRandom(5);
  const child = parent.fork();
  expect([parent.id(), parent.below(10)]).not.toEqual([child.id(), child.below(10)]);
  expect(new SeededRandom(5).fork().id()).toBe(new SeededRandom(5).fork().id());
});
