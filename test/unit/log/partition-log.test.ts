/* eslint-disable @typescript-eslint/no-non-null-assertion -- a test fails either way */
import { describe, expect, test } from 'vitest';
import { InvariantViolation } from '../../../src/base/assert.ts';
import { syncDirectory } from '../../../src/base/file-system.ts';
import { leaderEpoch, offset, timestamp, topicId } from '../../../src/base/ids.ts';
import { makePartitionDirectory } from '../../../src/log/partition-directory.ts';
import { MemoryFileSystem } from '../../../src/testing/memory-file-system.ts';
import {
  appendMany,
  batch,
  DIRECTORY,
  flushed,
  newLog,
  openLog,
  readAll,
  settle,
  spans,
} from './log-fixture.ts';

describe('a log that was made with its directory', () => {
  async function freshDisk(): Promise<MemoryFileSystem> {
    const fileSystem = new MemoryFileSystem();
    await makePartitionDirectory(fileSystem, DIRECTORY, topicId('AAAAAAAAAAAAAAAAAAAAAQ'));
    await syncDirectory(fileSystem, 'data');
    await syncDirectory(fileSystem, '.');
    return fileSystem;
  }

  test('is opened as recovery would find it, and without a sync', async () => {
    const fileSystem = await freshDisk();
    const syncs: string[] = [];
    fileSystem.onOperation(({ operation, path }) => {
      if (operation.startsWith('sync')) syncs.push(path);
    });
    const { log } = await openLog(fileSystem, { isFresh: true });
    expect(syncs).toEqual([]);
    const found = await openLog(await freshDisk());
    expect(log.recovery).toEqual(found.log.recovery);
    expect(log.epochs.equals(found.log.epochs)).toBe(true);
    expect([log.logStartOffset, log.logEndOffset, log.durableEndOffset]).toEqual([0, 0, 0]);
  });

  test('keeps what is written into it through a power cut', async () => {
    const fileSystem = await freshDisk();
    const { log } = await openLog(fileSystem, { isFresh: true });
    await log.assignEpoch(leaderEpoch(0), offset(0));
    appendMany(log, 3);
    await flushed(log);
    const again = await openLog(fileSystem.crash({ policy: 'drop' }), { durableMark: offset(3) });
    expect(again.log.recovery.state).toBe('whole');
    expect(again.log.logEndOffset).toBe(3);
  });

  test('is judged by recovery where the mark file says that there was more, or cannot say', async () => {
    const more = await openLog(await freshDisk(), { isFresh: true, durableMark: offset(5) });
    expect(more.log.recovery.state).toBe('damaged');
    const unknown = await openLog(await freshDisk(), { isFresh: true, markIntact: false });
    expect(unknown.log.recovery.state).toBe('uncertain');
  });
});

describe('append and flush', () => {
  test('a new log is empty, whole and on the disk, and has no segment before it has a batch', async () => {
    const { log, fileSystem } = await newLog();
    expect(log.logEndOffset).toBe(0);
    expect(log.recovery).toMatchObject({ state: 'whole', cutBytes: 0, cutFromOffset: null });
    const after = fileSystem.crash({ policy: 'drop' });
    expect((await openLog(after)).log.recovery.state).toBe('whole');
    expect(after.list(DIRECTORY)).toEqual(['log-state']);
  });

  test('what is appended can be read at once and is durable after the sync', async () => {
    const { log, durable } = await newLog();
    log.append(batch({ at: 0, records: 3 }));
    expect(log.logEndOffset).toBe(3);
    expect(log.durableEndOffset).toBe(0);
    expect(spans(log.readTail(offset(0), 1000, offset(3)))).toEqual([[0, 2]]);
    expect(spans(await log.read(offset(0), 1000, offset(3)))).toEqual([[0, 2]]);
    log.flush();
    expect(durable).toEqual([]);
    await settle();
    expect(durable).toEqual([{ generation: 0, endOffset: 3 }]);
    expect(log.durableEndOffset).toBe(3);
  });

  test('one sync is in flight, and the next one covers all that gathered', async () => {
    const { log, durable, fileSystem } = await newLog();
    const syncs: string[] = [];
    fileSystem.onOperation(({ operation, path }) => {
      if (operation === 'sync') syncs.push(path);
    });
    for (let count = 1; count <= 5; count++) {
      appendMany(log, 1);
      log.flush();
    }
    expect(syncs).toHaveLength(1);
    await settle();
    expect(syncs).toHaveLength(2);
    expect(durable.map((one) => one.endOffset)).toEqual([1, 5]);
  });

  test('each sync is told when it begins and when it ends, with the bytes that it took along', async () => {
    const { log, work } = await newLog();
    const { length } = batch({ at: 0 });
    appendMany(log, 1);
    log.flush();
    appendMany(log, 2);
    log.flush();
    expect(work).toEqual(['flush']);
    await settle();
    expect(work).toEqual(['flush', length, 'flush', 2 * length]);
  });

  test('with page-cache a sync takes along what has gathered, not only what asked for it', async () => {
    const { log, work } = await newLog({ durability: 'page-cache', flushBytesBackground: 500 });
    const { length } = batch({ at: 0 });
    for (let count = 0; count * length <= 500; count++) {
      expect(work).toEqual([]);
      appendMany(log, 1);
      log.flush();
    }
    await settle();
    expect(work).toEqual(['flush', log.sizeBytes]);
  });

  test('with page-cache what is written is durable at once', async () => {
    const { log, durable } = await newLog({ durability: 'page-cache' });
    appendMany(log, 2);
    log.flush();
    expect(durable).toEqual([{ generation: 0, endOffset: 2 }]);
    expect(log.syncedEndOffset).toBe(0);
  });

  test('with page-cache a sync begins in the background every so many bytes', async () => {
    const { log } = await newLog({ durability: 'page-cache', flushBytesBackground: 500 });
    appendMany(log, 2, { valueBytes: 100 });
    log.flush();
    await settle();
    expect(log.syncedEndOffset).toBe(0);
    appendMany(log, 2, { valueBytes: 200 });
    log.flush();
    await settle();
    expect(log.syncedEndOffset).toBe(4);
  });

  test('several batches in one piece are each found again', async () => {
    const { log } = await newLog();
    log.append(
      Buffer.concat([batch({ at: 0, records: 2 }), batch({ at: 2 }), batch({ at: 3, records: 4 })]),
    );
    expect(spans(log.readTail(offset(2), 1, offset(7)))).toEqual([[2, 2]]);
    expect(spans(await log.read(offset(5), 1000, offset(7)))).toEqual([[3, 6]]);
  });

  test('a batch that leaves a gap is a bug', async () => {
    const { log } = await newLog();
    expect(() => log.append(batch({ at: 1 }))).toThrow(InvariantViolation);
  });

  test('a batch of an epoch whose entry is not on the disk is a bug', async () => {
    const { log } = await newLog();
    const assigned = log.assignEpoch(leaderEpoch(1), offset(0));
    expect(() => log.append(batch({ at: 0, epoch: 1 }))).toThrow(InvariantViolation);
    await assigned;
    log.append(batch({ at: 0, epoch: 1 }));
    expect(log.logEndOffset).toBe(1);
  });
});

describe('reading', () => {
  test('no batch reaches past the end offset, and at least one is given', async () => {
    const { log } = await newLog();
    appendMany(log, 6, { records: 2, valueBytes: 300 });
    for (const read of [
      (from: number, max: number, end: number) => log.readTail(offset(from), max, offset(end)),
      (from: number, max: number, end: number) => log.read(offset(from), max, offset(end)),
    ]) {
      expect(spans(await read(0, 1, 12))).toEqual([[0, 1]]);
      expect(spans(await read(3, 1 << 20, 8))).toEqual([
        [2, 3],
        [4, 5],
        [6, 7],
      ]);
      expect(spans(await read(8, 1 << 20, 8))).toEqual([]);
      expect(spans(await read(12, 1 << 20, 12))).toEqual([]);
    }
  });

  test('what has left the memory is read from the file, large batches too', async () => {
    const { log } = await newLog({ tailCacheBytes: 10_000, indexIntervalBytes: 100 });
    for (let count = 0; count < 50; count++)
      appendMany(log, 1, { records: 3, valueBytes: count * 40 });
    await flushed(log);
    expect(log.readTail(offset(0), 1000, offset(150))).toBeNull();
    expect(spans(log.readTail(offset(149), 1000, offset(150)))).toEqual([[147, 149]]);
    for (let from = 0; from < 150; from++) {
      const base = from - (from % 3);
      expect(spans(await log.read(offset(from), 1, offset(150)))).toEqual([[base, base + 2]]);
    }
    expect(await readAll(log, 100)).toHaveLength(50);
  });

  test('a flipped bit in a cold batch is found out', async () => {
    const { log, fileSystem } = await newLog();
    appendMany(log, 3);
    await flushed(log);
    const path = `${DIRECTORY}/00000000000000000000.log`;
    const length = batch({ at: 0 }).length;
    fileSystem.flipBit(path, length + 70, 3);
    expect(spans(await log.read(offset(0), 1, offset(3)))).toEqual([[0, 0]]);
    await expect(log.read(offset(1), 1, offset(3))).rejects.toMatchObject({
      name: 'CorruptLogError',
      position: length,
      offset: 1,
    });
  });

  test('so are an offset and an epoch, which the checksum does not cover', async () => {
    const { log, fileSystem } = await newLog();
    appendMany(log, 3);
    await flushed(log);
    const path = `${DIRECTORY}/00000000000000000000.log`;
    const length = batch({ at: 0 }).length;
    fileSystem.flipBit(path, length + 7, 2);
    await expect(log.read(offset(1), 1, offset(3))).rejects.toThrow('begins at offset');
    fileSystem.flipBit(path, length + 7, 2);
    fileSystem.flipBit(path, length + 15, 0);
    await expect(log.read(offset(1), 1, offset(3))).rejects.toThrow('leader epoch');
  });

  test('bytes behind an offset are counted exactly in memory and nearly so beyond', async () => {
    const { log } = await newLog({
      tailCacheBytes: 500,
      segmentBytes: 1000,
      indexIntervalBytes: 200,
    });
    appendMany(log, 30);
    const length = batch({ at: 0 }).length;
    expect(log.bytesFrom(offset(30))).toBe(0);
    expect(log.bytesFrom(offset(28))).toBe(2 * length);
    expect(log.bytesFrom(offset(0))).toBe(30 * length);
    const cold = log.bytesFrom(offset(10));
    expect(cold).toBeGreaterThanOrEqual(20 * length);
    expect(cold).toBeLessThanOrEqual(20 * length + 200 + 2 * length);
  });
});

describe('segments', () => {
  test('a full segment is closed, with its indexes, and the next one begins', async () => {
    const { log, fileSystem } = await newLog({ segmentBytes: 400, indexIntervalBytes: 100 });
    appendMany(log, 10);
    await flushed(log);
    const names = fileSystem.list(DIRECTORY).filter((name) => name.endsWith('.log'));
    expect(names.length).toBeGreaterThan(2);
    expect(await readAll(log)).toHaveLength(10);
    const after = await openLog(fileSystem.crash({ policy: 'drop' }), {
      durableMark: log.durableEndOffset,
    });
    expect(after.log.logEndOffset).toBe(10);
    expect(await readAll(after.log)).toHaveLength(10);
  });

  test('every segment that is begun after another is told', async () => {
    const { log, work, fileSystem } = await newLog({ segmentBytes: 400 });
    appendMany(log, 10);
    await flushed(log);
    const names = fileSystem.list(DIRECTORY).filter((name) => name.endsWith('.log'));
    expect(work.filter((one) => one === 'rolled')).toHaveLength(names.length - 1);
    // Of all segments in one sync.
    expect(work.slice(-2)).toEqual(['flush', log.sizeBytes]);
  });

  test('nothing counts as durable before the directory of a new segment is synced', async () => {
    const { log, fileSystem, durable } = await newLog({ segmentBytes: 100 });
    const order: string[] = [];
    fileSystem.onOperation(({ operation, path }) => {
      if (operation === 'sync' || operation === 'syncDirectory')
        order.push(path.split('/').at(-1)!);
    });
    appendMany(log, 3);
    log.flush();
    await settle();
    expect(order.at(-1)).toBe('orders-0');
    expect(order.filter((name) => name.endsWith('.log'))).toHaveLength(3);
    expect(durable).toEqual([{ generation: 0, endOffset: 3 }]);
  });

  test('a segment whose first batch is old is closed by a younger batch', async () => {
    const { log, fileSystem } = await newLog({ segmentMs: 1000 });
    appendMany(log, 1, { time: 5000 });
    appendMany(log, 1, { time: 6000 });
    appendMany(log, 1, { time: 6001 });
    const names = fileSystem.list(DIRECTORY).filter((name) => name.endsWith('.log'));
    expect(names).toEqual(['00000000000000000000.log', '00000000000000000002.log']);
  });
});

describe('truncation', () => {
  test('cuts at a batch, drops epochs and is durable', async () => {
    const { log, lowered, fileSystem, durable } = await newLog();
    appendMany(log, 4, { records: 2 });
    await log.assignEpoch(leaderEpoch(3), offset(8));
    appendMany(log, 2, { records: 2, epoch: 3 });
    await flushed(log);
    const length = batch({ at: 0, records: 2 }).length;
    expect(await log.truncateTo(offset(7))).toEqual({
      fromOffset: 12,
      toOffset: 6,
      bytes: 3 * length,
    });
    expect(lowered).toEqual([6]);
    expect(log.truncationGeneration).toBe(1);
    expect([log.logEndOffset, log.durableEndOffset]).toEqual([6, 6]);
    expect(log.epochs.entries).toEqual([{ epoch: 0, startOffset: 0 }]);
    expect(durable.at(-1)).toEqual({ generation: 1, endOffset: 6 });
    appendMany(log, 1);
    await flushed(log);
    expect(durable.at(-1)).toEqual({ generation: 1, endOffset: 7 });
    const after = await openLog(fileSystem.crash({ policy: 'drop' }), { durableMark: offset(7) });
    expect(after.log.recovery.state).toBe('whole');
    expect(spans(await readAll(after.log))).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 6],
    ]);
  });

  test('voids the flush in flight', async () => {
    const { log, durable } = await newLog();
    appendMany(log, 5);
    log.flush();
    const cutting = log.truncateTo(offset(2));
    expect([log.logEndOffset, log.durableEndOffset]).toEqual([2, 0]);
    await cutting;
    expect(durable.at(-1)).toEqual({ generation: 1, endOffset: 2 });
    expect(durable.every(({ generation, endOffset }) => generation === 1 && endOffset === 2)).toBe(
      true,
    );
  });

  test('what went unsynced is not counted with what is written afterwards', async () => {
    const { log, work } = await newLog({ durability: 'page-cache', flushBytesBackground: 500 });
    appendMany(log, 3);
    log.flush();
    await log.resetTo(offset(0));
    await log.assignEpoch(leaderEpoch(1), offset(0));
    while (!work.includes('flush')) {
      appendMany(log, 1, { epoch: 1 });
      log.flush();
    }
    await settle();
    expect(work.at(-1)).toBe(log.sizeBytes);
  });

  // A replica that had asked for a cut dropped what the flush before it had said, as of an older
  // generation, and heard nothing of the new one: it waited for its log to be on the disk for ever.
  test('says anew what is on the disk, also where nothing goes', async () => {
    const { log, durable } = await newLog();
    appendMany(log, 5);
    await flushed(log);
    expect(durable.at(-1)).toEqual({ generation: 0, endOffset: 5 });
    await log.truncateTo(offset(5));
    expect(durable.at(-1)).toEqual({ generation: 1, endOffset: 5 });
  });

  test('reaches back over segments', async () => {
    const { log, fileSystem } = await newLog({ segmentBytes: 300, indexIntervalBytes: 50 });
    appendMany(log, 20);
    await flushed(log);
    await log.truncateTo(offset(4));
    expect(fileSystem.list(DIRECTORY).filter((name) => name.endsWith('.log'))).toEqual([
      '00000000000000000000.log',
      '00000000000000000003.log',
    ]);
    appendMany(log, 10, { fill: 0x62 });
    await flushed(log);
    expect(await readAll(log)).toHaveLength(14);
  });

  test('drops epochs that begin at the end even where no record goes', async () => {
    const { log } = await newLog();
    appendMany(log, 2);
    await log.assignEpoch(leaderEpoch(7), offset(2));
    await log.truncateTo(offset(2));
    expect(log.epochs.latestEpoch()).toBe(0);
  });

  test('below the log start it restarts there', async () => {
    const { log } = await newLog();
    appendMany(log, 10);
    await flushed(log);
    await log.advanceLogStartOffset(offset(6));
    expect(await log.truncateTo(offset(3))).toMatchObject({ fromOffset: 10, toOffset: 3 });
    expect([log.logStartOffset, log.logEndOffset]).toEqual([3, 3]);
  });

  test('a read that was under way does not see what was cut', async () => {
    const { log } = await newLog();
    appendMany(log, 5, { valueBytes: 100 });
    await flushed(log);
    const reading = log.read(offset(1), 10_000, offset(5));
    await log.truncateTo(offset(2));
    expect(spans(await reading)).toEqual([[1, 1]]);
  });
});

describe('log start', () => {
  test('lasts when it is not the beginning of a segment', async () => {
    const { log, fileSystem } = await newLog();
    appendMany(log, 5, { records: 2 });
    await flushed(log);
    await log.advanceLogStartOffset(offset(5));
    const after = await openLog(fileSystem.crash({ policy: 'drop' }), { durableMark: offset(10) });
    expect(after.log.logStartOffset).toBe(5);
    expect(after.log.recovery.state).toBe('whole');
    expect(spans(await after.log.read(offset(5), 1, offset(10)))).toEqual([[4, 5]]);
  });

  test('a reset leaves an empty log at the new start', async () => {
    const { log, fileSystem } = await newLog({ segmentBytes: 300 });
    appendMany(log, 10);
    await flushed(log);
    await log.resetTo(offset(500));
    await log.assignEpoch(leaderEpoch(2), offset(500));
    appendMany(log, 2, { epoch: 2 });
    await flushed(log);
    const after = await openLog(fileSystem.crash({ policy: 'drop' }), { durableMark: offset(502) });
    expect([after.log.logStartOffset, after.log.logEndOffset]).toEqual([500, 502]);
    expect(after.log.recovery.state).toBe('whole');
  });

  test('old segments are deleted by time, up to the high watermark', async () => {
    const { log, fileSystem } = await newLog({ segmentBytes: 300, retentionMs: 1000 });
    for (let count = 0; count < 12; count++) appendMany(log, 1, { time: 1000 * count });
    await flushed(log);
    expect(await log.applyRetention(timestamp(8000), offset(5))).toBe(3);
    expect(await log.applyRetention(timestamp(8000), offset(12))).toBe(6);
    expect(fileSystem.list(DIRECTORY).some((name) => name.startsWith('00000000000000000003'))).toBe(
      false,
    );
    expect(await log.applyRetention(timestamp(99_000), offset(12))).toBe(12);
    expect(log.sizeBytes).toBe(0);
    appendMany(log, 1);
    await flushed(log);
    const after = await openLog(fileSystem.crash({ policy: 'drop' }), { durableMark: offset(13) });
    expect([after.log.logStartOffset, after.log.logEndOffset]).toEqual([12, 13]);
  });

  test('old segments are deleted by size', async () => {
    const { log } = await newLog({ segmentBytes: 300, retentionBytes: 600 });
    appendMany(log, 12);
    await flushed(log);
    const start = await log.applyRetention(timestamp(0), offset(12));
    expect(start).toBeGreaterThan(0);
    expect(log.sizeBytes).toBeGreaterThanOrEqual(600);
    expect(log.sizeBytes).toBeLessThan(900);
  });
});

describe('timestamps', () => {
  test('the first batch that reaches a timestamp is found across segments', async () => {
    const { log } = await newLog({ segmentBytes: 500, indexIntervalBytes: 100 });
    for (let count = 0; count < 30; count++) appendMany(log, 1, { time: 1000 + count * 10 });
    for (const [time, found] of [
      [0, 0],
      [1000, 0],
      [1001, 1],
      [1155, 16],
      [1290, 29],
    ] as const) {
      const bytes = await log.batchForTimestamp(timestamp(time), offset(30));
      expect(spans([bytes!])).toEqual([[found, found]]);
    }
    expect(await log.batchForTimestamp(timestamp(1291), offset(30))).toBeNull();
    expect(await log.batchForTimestamp(timestamp(1200), offset(20))).toBeNull();
  });
});

describe('closing', () => {
  test('after a clean stop nothing is scanned', async () => {
    const { log, fileSystem } = await newLog({ segmentBytes: 500, indexIntervalBytes: 100 });
    appendMany(log, 20);
    await log.close({ clean: true });
    expect(fileSystem.openPaths()).toEqual([]);
    const after = await openLog(fileSystem.crash({ policy: 'drop' }), {
      cleanStop: true,
      durableMark: offset(20),
      config: { segmentBytes: 500, indexIntervalBytes: 100 },
    });
    expect(after.log.recovery).toMatchObject({ state: 'whole', scannedBytes: 0 });
    appendMany(after.log, 10);
    await flushed(after.log);
    expect(await readAll(after.log)).toHaveLength(30);
  });

  test('a clean stop that left less than the mark says is looked into', async () => {
    const { log, fileSystem } = await newLog();
    appendMany(log, 3);
    await log.close({ clean: true });
    const after = await openLog(fileSystem, { cleanStop: true, durableMark: offset(4) });
    expect(after.log.recovery.state).toBe('damaged');
  });

  test('no file stays open', async () => {
    const { log, fileSystem } = await newLog({ segmentBytes: 300 });
    appendMany(log, 40);
    await flushed(log);
    await readAll(log);
    expect(fileSystem.openPaths().length).toBeLessThanOrEqual(5);
    await log.close({ clean: false });
    expect(fileSystem.openPaths()).toEqual([]);
  });
});
