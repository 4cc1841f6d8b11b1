import { describe, expect, test } from 'vitest';
import { controllerEpoch, metadataOffset } from '../../src/base/ids.ts';
import { crc32c } from '../../src/record/crc32c.ts';
import { JournalStore } from '../../src/metadata/journal-store.ts';
import { MemoryFileSystem } from '../../src/testing/memory-file-system.ts';
import type { CrashOptions } from '../../src/testing/memory-file-system.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';

const DIRECTORY = '/controller/metadata';

/** What was promised to somebody, and all that was ever asked for. */
interface Promised {
  readonly acknowledged: Map<number, string[]>;
  readonly asked: Map<number, string[]>;
  epoch: number;
}

/**
 * One life of a store: batches of one to three records, several at once, and a snapshot now and
 * then. Ends when the file system dies under it, or after all of it.
 */
async function live(
  fileSystem: MemoryFileSystem,
  promised: Promised,
  round: number,
): Promise<void> {
  const store = new JournalStore(fileSystem, DIRECTORY);
  const recovered = await store.open();
  check(recovered, promised);
  promised.epoch = recovered.controllerEpoch;
  let next = recovered.events.at(-1)?.offset ?? (recovered.snapshot?.nextOffset ?? 0) - 1;
  next++;
  for (let step = 0; step < 6; step++) {
    const appends = Array.from({ length: 1 + (step % 3) }, async (_, index) => {
      const count = 1 + ((step + index) % 3);
      const texts = Array.from({ length: count }, (_, n) => `${round}.${step}.${index}.${n}`);
      const start = next;
      next += count;
      promised.asked.set(start, texts);
      const offset = await store.append(texts.map(encode), recovered.controllerEpoch);
      expect(offset).toBe(start);
      promised.acknowledged.set(start, texts);
    });
    await Promise.all(appends);
    if (step % 2 === 1) {
      const state = [...flatten(promised.acknowledged)].filter(([at]) => at < next);
      await store.writeSnapshot(encode(JSON.stringify(state)), metadataOffset(next));
    }
  }
  await store.close();
}

/** Nothing acknowledged is missing, nothing is there that was not asked for, no batch is in halves. */
function check(
  recovered: Awaited<ReturnType<JournalStore['open']>>,
  { acknowledged, asked, epoch }: Promised,
): void {
  expect(recovered.controllerEpoch).toBeGreaterThan(epoch);
  const found = new Map<number, string>(
    recovered.snapshot === null ? [] : JSON.parse(decode(recovered.snapshot.bytes)),
  );
  let due = recovered.snapshot?.nextOffset ?? 0;
  for (const { offset, bytes } of recovered.events) {
    expect(offset).toBe(due++);
    found.set(offset, decode(bytes));
  }
  for (const [at, text] of flatten(acknowledged)) expect([at, found.get(at)]).toEqual([at, text]);
  for (const [start, texts] of asked) {
    const there = texts.filter((text, index) => found.get(start + index) === text).length;
    expect([0, texts.length]).toContain(there);
    // What was not acknowledged was found, and from now on it is the truth; or it is gone.
    if (there > 0) acknowledged.set(start, texts);
    else asked.delete(start);
  }
  expect(found.size).toBe([...flatten(asked)].length);
}

function* flatten(batches: ReadonlyMap<number, readonly string[]>): Generator<[number, string]> {
  for (const [start, texts] of batches) {
    for (const [index, text] of texts.entries()) yield [start + index, text];
  }
}

describe('the journal under power cuts', () => {
  const policies: (() => CrashOptions)[] = [
    () => ({ policy: 'drop' }),
    () => ({ policy: 'keep' }),
    () => ({ policy: 'tear' }),
  ];
  for (let seed = 1; seed <= 4; seed++) {
    const random = new SeededRandom(seed);
    policies.push(() => ({ random }));
  }

  test('at every operation of two lives, no acknowledged batch is lost and none is torn', async () => {
    const whole = new MemoryFileSystem({ schedule: queueMicrotask });
    const promised: Promised = { acknowledged: new Map(), asked: new Map(), epoch: 0 };
    await live(whole, promised, 1);
    await live(whole, promised, 2);
    const operations = whole.operationCount;
    expect(operations).toBeGreaterThan(80);

    for (const policy of policies) {
      for (let at = 1; at <= operations; at++) await crashAt(at, policy());
    }
  });

  async function crashAt(at: number, options: CrashOptions): Promise<void> {
    const promised: Promised = { acknowledged: new Map(), asked: new Map(), epoch: 0 };
    const doomed = new MemoryFileSystem({ schedule: queueMicrotask });
    const successor = new Promise<MemoryFileSystem>((resolve) => {
      doomed.onOperation(({ index }) => {
        if (index === at) resolve(doomed.crash(options));
      });
    });
    const lives = live(doomed, promised, 1)
      .then(() => live(doomed, promised, 2))
      // The dead file system refuses what is asked of it synchronously.
      .catch((error: unknown) => expect(error).toMatchObject({ code: 'KAFKA_STORAGE_ERROR' }));
    void lives;
    const after = await successor;
    await live(after, promised, 3);
    await live(after, promised, 4);
    expect(after.openPaths()).toEqual([]);
  }
});

describe('the journal on a failing disk', () => {
  async function started(): Promise<{ fileSystem: MemoryFileSystem; store: JournalStore }> {
    const fileSystem = new MemoryFileSystem({ schedule: queueMicrotask });
    const store = new JournalStore(fileSystem, DIRECTORY);
    await store.open();
    await store.append([encode('first')], controllerEpoch(1));
    return { fileSystem, store };
  }

  async function reopen(fileSystem: MemoryFileSystem): Promise<string[]> {
    const store = new JournalStore(fileSystem, DIRECTORY);
    const { events } = await store.open();
    await store.close();
    return events.map(({ bytes }) => decode(bytes));
  }

  test('a failed sync takes the store offline for good', async () => {
    const { fileSystem, store } = await started();
    fileSystem.failNext('sync', 'journal-', 'EIO');
    const failed = { code: 'KAFKA_STORAGE_ERROR' };
    const appends = ['second', 'third'].map((text) =>
      store.append([encode(text)], controllerEpoch(1)),
    );
    for (const append of appends) await expect(append).rejects.toMatchObject(failed);
    await expect(store.append([encode('fourth')], controllerEpoch(1))).rejects.toMatchObject(
      failed,
    );
    await expect(store.writeSnapshot(encode('s'), metadataOffset(1))).rejects.toMatchObject(failed);
    await store.close();
    expect(fileSystem.openPaths()).toEqual([]);
    expect((await reopen(fileSystem.crash({ policy: 'drop' })))[0]).toBe('first');
  });

  test('what a failed sync left in the page cache is on the disk once it has been reported', async () => {
    const { fileSystem, store } = await started();
    fileSystem.failNext('sync', 'journal-', 'EIO');
    await expect(store.append([encode('second')], controllerEpoch(1))).rejects.toThrow();
    const next = fileSystem.processCrash();
    expect(await reopen(next)).toEqual(['first', 'second']);
    expect(await reopen(next.crash({ policy: 'drop' }))).toEqual(['first', 'second']);
  });

  test('a new journal whose directory entry was lost is not written to', async () => {
    const { fileSystem, store } = await started();
    fileSystem.failNext('syncDirectory', DIRECTORY, 'EIO');
    await expect(store.writeSnapshot(encode('s'), metadataOffset(1))).rejects.toThrow();
    const next = fileSystem.processCrash();
    const second = new JournalStore(next, DIRECTORY);
    const { controllerEpoch: epoch } = await second.open();
    await second.append([encode('second')], epoch);
    expect(await reopen(next.crash({ policy: 'drop' }))).toEqual(['first', 'second']);
  });

  test('a full disk refuses the append, and all before it is found again', async () => {
    const { fileSystem, store } = await started();
    fileSystem.fullAfter(10);
    await expect(store.append([encode('second')], controllerEpoch(1))).rejects.toMatchObject({
      code: 'KAFKA_STORAGE_ERROR',
    });
    await store.close();
    const next = fileSystem.processCrash();
    next.fullAfter(1_000_000);
    expect(await reopen(next)).toEqual(['first']);
  });
});

describe('a damaged journal', () => {
  /** Three frames in the first journal, a snapshot, two frames in the second. */
  async function laidDown(): Promise<{ fileSystem: MemoryFileSystem; files: string[] }> {
    const fileSystem = new MemoryFileSystem({ schedule: queueMicrotask });
    const store = new JournalStore(fileSystem, DIRECTORY);
    await store.open();
    for (const text of ['zero', 'one', 'two']) {
      await store.append([encode(text)], controllerEpoch(1));
    }
    await store.writeSnapshot(encode('below three'), metadataOffset(3));
    for (const text of ['three', 'four']) await store.append([encode(text)], controllerEpoch(1));
    await store.close();
    return { fileSystem, files: fileSystem.list(DIRECTORY) };
  }

  async function open(fileSystem: MemoryFileSystem) {
    const store = new JournalStore(fileSystem, DIRECTORY);
    try {
      return await store.open();
    } finally {
      await store.close();
    }
  }

  test('every bit flip is refused, or recovered from without losing what it hid', async () => {
    const whole = await laidDown();
    expect(whole.files).toEqual([
      'controller-epoch',
      'journal-00000000000000000000.log',
      'journal-00000000000000000003.log',
      'snapshot-00000000000000000003.snapshot',
    ]);
    for (const name of whole.files) {
      const path = `${DIRECTORY}/${name}`;
      const { length } = whole.fileSystem.contentOf(path);
      for (let byte = 0; byte < length; byte++) {
        const { fileSystem } = await laidDown();
        fileSystem.flipBit(path, byte, byte % 8);
        const before = fileSystem.contentOf(path);
        let recovered;
        try {
          recovered = await open(fileSystem);
        } catch (error) {
          expect(error).toMatchObject({
            code: expect.stringMatching(/^(CORRUPT_METADATA_JOURNAL|DATA_DIRECTORY_MISMATCH)$/),
          });
          expect(fileSystem.contentOf(path)).toEqual(before);
          continue;
        }
        const texts = recovered.events.map(({ bytes }) => decode(bytes));
        if (recovered.snapshot === null) {
          // The snapshot was hit: the journal from 0 on stands in for it.
          expect(texts).toEqual(['zero', 'one', 'two', 'three', 'four']);
        } else if (texts.length === 1) {
          // The very last frame looks like a torn one; a broker that applied it says so (X13).
          expect(byte).toBeGreaterThanOrEqual(length - 32 - 4 - 'four'.length);
          expect(recovered.notes.join()).toMatch(/cut \d+ bytes/);
        } else {
          expect(texts).toEqual(['three', 'four']);
        }
      }
    }
  });

  test('a journal that is missing is refused', async () => {
    const { fileSystem } = await laidDown();
    fileSystem.remove(`${DIRECTORY}/journal-00000000000000000003.log`);
    fileSystem.remove(`${DIRECTORY}/snapshot-00000000000000000003.snapshot`);
    fileSystem.remove(`${DIRECTORY}/controller-epoch`);
    await expect(open(fileSystem)).rejects.toMatchObject({ code: 'CORRUPT_METADATA_JOURNAL' });
  });

  // The one behind the snapshot had rotted until it read like a torn one, and was cut.
  test('a journal with the content of another is refused, also below the snapshot', async () => {
    const { fileSystem } = await laidDown();
    const [first, last] = [0, 3].map(
      (at) => `${DIRECTORY}/journal-${`${at}`.padStart(20, '0')}.log`,
    );
    const content = fileSystem.contentOf(last ?? '');
    fileSystem.open(first ?? '', 'write').truncate(content.length);
    fileSystem.corrupt(first ?? '', 0, content);
    await expect(open(fileSystem)).rejects.toThrow(`${first}: its header is that of the journal`);
    expect(fileSystem.contentOf(last ?? '')).toEqual(content);
  });

  test('what is refused in the end has not been cut or removed before', async () => {
    const first = `${DIRECTORY}/journal-00000000000000000000.log`;
    for (const byte of [40, -1]) {
      const { fileSystem } = await laidDown();
      fileSystem.remove(`${DIRECTORY}/journal-00000000000000000003.log`);
      if (byte === -1) {
        // The last frame of what is now the last journal reads like a torn one.
        fileSystem.flipBit(first, fileSystem.contentOf(first).length - 1, 0);
      } else {
        const file = fileSystem.open(first, 'write');
        file.truncate(byte);
        file.close();
      }
      const before = fileSystem.contentOf(first);
      await expect(open(fileSystem)).rejects.toThrow('the journal ends at');
      expect(fileSystem.contentOf(first)).toEqual(before);
    }
  });

  test('an epoch that nobody can count on from is damage, whatever its checksum says', async () => {
    const { fileSystem } = await laidDown();
    const path = `${DIRECTORY}/controller-epoch`;
    const forged = Uint8Array.from(fileSystem.contentOf(path));
    forged[20] = 0x40;
    new DataView(forged.buffer).setUint32(28, crc32c(forged, 0, 28));
    fileSystem.corrupt(path, 0, forged);
    await expect(open(fileSystem)).rejects.toMatchObject({ code: 'CORRUPT_METADATA_JOURNAL' });
  });

  test('a later format is refused with a sentence', async () => {
    const { fileSystem } = await laidDown();
    const later = Uint8Array.from(
      fileSystem.contentOf(`${DIRECTORY}/controller-epoch`).subarray(0, 32),
    );
    later[9] = 2;
    new DataView(later.buffer).setUint32(28, crc32c(later, 0, 28));
    fileSystem.corrupt(`${DIRECTORY}/controller-epoch`, 0, later);
    await expect(open(fileSystem)).rejects.toThrow(/format version 2, this program reads up to 1/);
  });
});

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
