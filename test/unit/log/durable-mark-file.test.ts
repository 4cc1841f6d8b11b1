import { describe, expect, test } from 'vitest';
import {
  brokerEpoch,
  instant,
  metadataOffset,
  offset,
  partitionIndex,
  partitionKey,
  topicId,
} from '../../../src/base/ids.ts';
import { DurableMarkFile } from '../../../src/log/durable-mark-file.ts';
import { encodeDurableMarks, parseDurableMarks } from '../../../src/log/durable-mark-format.ts';
import { crc32c } from '../../../src/record/crc32c.ts';
import { MemoryFileSystem } from '../../../src/testing/memory-file-system.ts';

const FILE = '/data/durable-marks';
const TOPIC = topicId('AAECAwQFBgcICQoLDA0ODw');
const A = partitionKey(TOPIC, partitionIndex(0));
const B = partitionKey(TOPIC, partitionIndex(1));

function prepared(): MemoryFileSystem {
  const fileSystem = new MemoryFileSystem();
  fileSystem.makeDirectory('/data');
  return fileSystem;
}

async function created(fileSystem: MemoryFileSystem): Promise<DurableMarkFile> {
  const marks = new DurableMarkFile(fileSystem, '/data', { rewriteIntervalMs: 1000 });
  await marks.create();
  return marks;
}

/** What the next start would find after kill -9 at this moment, looked at without one. */
function onDisk(fileSystem: MemoryFileSystem): ReturnType<DurableMarkFile['load']> {
  return new DurableMarkFile(fileSystem, '/data').load();
}

function countRewrites(fileSystem: MemoryFileSystem): { count: number } {
  const rewrites = { count: 0 };
  fileSystem.onOperation(({ operation }) => {
    if (operation === 'rename') rewrites.count++;
  });
  return rewrites;
}

describe('durable marks', () => {
  test('what is synced is found by the next start', async () => {
    const fileSystem = prepared();
    const marks = await created(fileSystem);
    marks.raise(A, offset(10));
    marks.raise(B, offset(2 ** 40));
    marks.setMetadataOffset(metadataOffset(7));
    await marks.setBrokerEpoch(brokerEpoch(3));
    expect(onDisk(fileSystem)).toEqual({
      intact: true,
      brokerEpoch: 3,
      metadataOffset: 7,
      marks: new Map([
        [A, 10],
        [B, 2 ** 40],
      ]),
    });
  });

  test('a missing file is not intact, an empty one is', async () => {
    const fileSystem = prepared();
    expect(onDisk(fileSystem).intact).toBe(false);
    await created(fileSystem);
    expect(onDisk(fileSystem)).toMatchObject({ intact: true, brokerEpoch: null });
  });

  test('any bit that turned over is noticed, and forgets the broker epoch', async () => {
    const fileSystem = prepared();
    const marks = await created(fileSystem);
    marks.raise(A, offset(10));
    await marks.setBrokerEpoch(brokerEpoch(3));
    const size = fileSystem.contentOf(FILE).length;
    for (let bit = 0; bit < size * 8; bit++) {
      fileSystem.flipBit(FILE, bit >> 3, bit & 7);
      expect(onDisk(fileSystem)).toMatchObject({ intact: false, brokerEpoch: null });
      fileSystem.flipBit(FILE, bit >> 3, bit & 7);
    }
    expect(onDisk(fileSystem).intact).toBe(true);
  });

  test('a number that cannot be is damage, whatever the checksum says', () => {
    const content = { brokerEpoch: brokerEpoch(3), metadataOffset: metadataOffset(7) };
    const bytes = encodeDurableMarks({ ...content, marks: new Map([[A, offset(10)]]) });
    // The broker epoch, the metadata offset, the partition, the mark.
    for (const position of [12, 20, 48, 52]) {
      for (const value of [[0xff], [0x80], [0x7f]]) {
        const forged = Uint8Array.from(bytes);
        forged.set(value, position);
        new DataView(forged.buffer).setUint32(4, crc32c(forged, 8));
        // A partition of 31 bits can be, however many they are.
        const possible = position === 48 && value[0] === 0x7f;
        expect(parseDurableMarks(forged, '/data') === null).toBe(!possible);
      }
    }
  });

  test('a raised mark never falls, and waits for the timer to be written down', async () => {
    const fileSystem = prepared();
    const marks = await created(fileSystem);
    await marks.ensure(A);
    marks.raise(A, offset(10));
    marks.raise(A, offset(5));
    expect(marks.markOf(A)).toBe(10);
    expect(onDisk(fileSystem).marks.get(A)).toBe(0);
    expect(await marks.maybeRewrite(instant(5000))).toBe(true);
    expect(onDisk(fileSystem).marks.get(A)).toBe(10);
    marks.raise(A, offset(11));
    expect(await marks.maybeRewrite(instant(5999))).toBe(false);
    expect(await marks.maybeRewrite(instant(6000))).toBe(true);
    expect(await marks.maybeRewrite(instant(9000))).toBe(false);
  });

  test('the metadata offset never goes back', async () => {
    const fileSystem = prepared();
    const marks = await created(fileSystem);
    marks.setMetadataOffset(metadataOffset(7));
    marks.setMetadataOffset(metadataOffset(6));
    await marks.sync();
    expect(onDisk(fileSystem).metadataOffset).toBe(7);
  });

  test('many partitions that are ensured together share one rewrite', async () => {
    const fileSystem = prepared();
    const marks = await created(fileSystem);
    const rewrites = countRewrites(fileSystem);
    const keys = Array.from({ length: 500 }, (_, each) =>
      partitionKey(TOPIC, partitionIndex(each)),
    );
    await Promise.all(keys.map((key) => marks.ensure(key)));
    expect(rewrites.count).toBe(1);
    expect(onDisk(fileSystem).marks.size).toBe(500);
    await Promise.all(keys.map((key) => marks.ensure(key)));
    expect(rewrites.count).toBe(1);
  });

  test('those that come while a rewrite runs are covered by the next one', async () => {
    const fileSystem = prepared();
    const marks = await created(fileSystem);
    const rewrites = countRewrites(fileSystem);
    const first = marks.ensure(A);
    await Promise.resolve();
    await Promise.resolve();
    const others = [2, 3, 4].map((each) => marks.ensure(partitionKey(TOPIC, partitionIndex(each))));
    await first;
    expect(onDisk(fileSystem).marks.size).toBe(1);
    await Promise.all(others);
    expect(rewrites.count).toBe(2);
  });

  test('a lowered mark is on the disk when `lower` resolves, whatever was under way', async () => {
    const fileSystem = prepared();
    const marks = await created(fileSystem);
    marks.raise(A, offset(100));
    const older = marks.sync();
    await Promise.resolve();
    await Promise.resolve();
    await marks.lower(A, offset(40));
    expect(onDisk(fileSystem).marks.get(A)).toBe(40);
    await older;
    await marks.sync();
    expect(fileSystem.crash({ policy: 'keep' }).contentOf(FILE)).toEqual(
      encodeDurableMarks({
        brokerEpoch: null,
        metadataOffset: null,
        marks: new Map([[A, offset(40)]]),
      }),
    );
  });

  test('a flush from before the truncation does not raise a mark that is being lowered', async () => {
    const fileSystem = prepared();
    const marks = await created(fileSystem);
    marks.raise(A, offset(100));
    const lowered = marks.lower(A, offset(40));
    marks.raise(A, offset(120));
    await lowered;
    expect(marks.markOf(A)).toBe(40);
    marks.raise(A, offset(50));
    expect(marks.markOf(A)).toBe(50);
  });

  test('a removed mark does not come back with a late flush, but with a new replica', async () => {
    const fileSystem = prepared();
    const marks = await created(fileSystem);
    marks.raise(A, offset(100));
    await marks.sync();
    marks.remove(A);
    marks.raise(A, offset(120));
    expect(marks.markOf(A)).toBeNull();
    await marks.sync();
    expect(onDisk(fileSystem).marks.size).toBe(0);
    await marks.ensure(A);
    marks.raise(A, offset(3));
    expect(marks.markOf(A)).toBe(3);
  });

  test('a rewrite that fails ends it: nobody is told afterwards that something is on the disk', async () => {
    for (const operation of ['write', 'sync', 'rename', 'syncDirectory'] as const) {
      const fileSystem = prepared();
      const marks = await created(fileSystem);
      await marks.ensure(A);
      fileSystem.failNext(operation, '/data', 'EIO');
      const results = await Promise.allSettled([
        marks.ensure(B),
        marks.lower(A, offset(0)),
        marks.setBrokerEpoch(brokerEpoch(1)),
      ]);
      expect(results.map((each) => each.status)).toEqual(['rejected', 'rejected', 'rejected']);
      await expect(marks.sync()).rejects.toMatchObject({ code: 'EIO' });
      await expect(marks.ensure(A)).rejects.toMatchObject({ code: 'EIO' });
      await marks.close();
      expect(fileSystem.openPaths()).toEqual([]);
    }
  });

  test('after `close` nothing is written any more', async () => {
    const fileSystem = prepared();
    const marks = await created(fileSystem);
    marks.raise(A, offset(1));
    const running = marks.sync().catch(() => 'rejected');
    await marks.close();
    await running;
    const operations = fileSystem.operationCount;
    marks.raise(A, offset(2));
    await expect(marks.sync()).rejects.toMatchObject({ code: 'EBADF' });
    expect(fileSystem.operationCount).toBe(operations);
  });
});

describe('the format', () => {
  test('golden bytes', () => {
    const bytes = encodeDurableMarks({
      brokerEpoch: brokerEpoch(3),
      metadataOffset: null,
      marks: new Map([[B, offset(258)]]),
    });
    expect(
      Buffer.from(bytes)
        .toString('hex')
        .replace(/^(.{8}).{8}/, '$1--------'),
    ).toBe(
      '4f444d4b--------0001' +
        '0000' +
        '0000000000000003' +
        'ffffffffffffffff' +
        '00000001' +
        '000102030405060708090a0b0c0d0e0f' +
        '00000001' +
        '0000000000000102',
    );
    expect(new DataView(bytes.buffer).getUint32(4)).toBe(crc32c(bytes, 8));
  });

  test('a cut or lengthened file is damage, a newer version a refusal', () => {
    const bytes = encodeDurableMarks({
      brokerEpoch: null,
      metadataOffset: null,
      marks: new Map([[A, offset(1)]]),
    });
    for (let length = 0; length < bytes.length; length++) {
      expect(parseDurableMarks(bytes.subarray(0, length), '/data')).toBeNull();
    }
    expect(parseDurableMarks(Buffer.concat([bytes, Buffer.alloc(28)]), '/data')).toBeNull();
    const view = new DataView(bytes.buffer);
    view.setUint16(8, 2);
    view.setUint32(4, crc32c(bytes, 8));
    expect(() => parseDurableMarks(bytes, '/data')).toThrow(
      '/data has durable marks of version 2, and this release reads versions up to 1',
    );
  });
});
