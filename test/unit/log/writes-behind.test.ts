/** Large writes, which are on their way for a while: what counts meanwhile, and what a death leaves. */
import { describe, expect, test } from 'vitest';
import { offset } from '../../../src/base/ids.ts';
import type { LogConfig } from '../../../src/log/log-config.ts';
import { MemoryFileSystem } from '../../../src/testing/memory-file-system.ts';
import {
  appendMany,
  DIRECTORY,
  flushed,
  newLog,
  openLog,
  readAll,
  settle,
  spans,
} from './log-fixture.ts';
import type { OpenedLog } from './log-fixture.ts';

/** Batches of the fixture have about 90 bytes: these are large. */
const LARGE = { valueBytes: 400 };

interface SlowLog extends OpenedLog {
  readonly fileSystem: MemoryFileSystem;
  readonly arrive: () => void;
  readonly arriveOne: () => boolean;
  readonly held: () => number;
}

/** A log over files whose large writes arrive when `arrive` is called. */
async function slowLog(config: Partial<LogConfig> = {}): Promise<SlowLog> {
  const held: (() => void)[] = [];
  const fileSystem = new MemoryFileSystem({
    writeBehindBytesMin: 400,
    schedule: (callback, operation) => {
      if (operation === 'write') held.push(callback);
      else setImmediate(callback);
    },
  });
  const opened = await newLog({ tailCacheBytes: 0, ...config }, fileSystem);
  const arriveOne = (): boolean => {
    const next = held.shift();
    next?.();
    return next !== undefined;
  };
  const arrive = (): void => {
    while (arriveOne());
  };
  return { ...opened, fileSystem, arrive, arriveOne, held: () => held.length };
}

describe('what is on its way', () => {
  test('with page-cache is durable when it has arrived, and with it what is behind', async () => {
    const { log, durable, arrive } = await slowLog({ durability: 'page-cache' });
    appendMany(log, 1, LARGE);
    log.flush();
    appendMany(log, 1);
    log.flush();
    expect(durable).toEqual([]);
    expect(spans(await readAll(log))).toEqual([
      [0, 0],
      [1, 1],
    ]);
    arrive();
    expect(durable.map((one) => one.endOffset)).toEqual([1, 2]);
    appendMany(log, 1);
    log.flush();
    expect(durable.at(-1)?.endOffset).toBe(3);
  });

  test('with fsync is waited for by the sync', async () => {
    const { log, durable, arrive } = await slowLog();
    appendMany(log, 1, LARGE);
    log.flush();
    await settle();
    expect([durable, log.syncedEndOffset]).toEqual([[], 0]);
    arrive();
    await flushed(log);
    expect(log.syncedEndOffset).toBe(1);
  });

  test('is lost with its process, and nothing that was told is', async () => {
    const { log, durable, fileSystem, arrive } = await slowLog({ durability: 'page-cache' });
    appendMany(log, 1, LARGE);
    log.flush();
    arrive();
    appendMany(log, 1, LARGE);
    log.flush();
    appendMany(log, 1);
    log.flush();
    expect(durable.map((one) => one.endOffset)).toEqual([1]);
    const next = await openLog(fileSystem.processCrash());
    expect(next.log.recovery).toMatchObject({ state: 'whole', cutFromOffset: 1 });
    expect(next.log.logEndOffset).toBe(1);
  });

  // A process was killed while the last write of a segment was on its way and the first of the next one
  // had arrived: recovery found a hole in front of sound batches, and called the replica uncertain.
  test('comes before what is in the next segment', async () => {
    const { log, durable, fileSystem, arrive, held } = await slowLog({
      durability: 'page-cache',
      segmentBytes: 1000,
    });
    appendMany(log, 1, LARGE);
    log.flush();
    arrive();
    appendMany(log, 1, LARGE);
    log.flush();
    // A roll, and a small batch that would be in the page cache at once.
    appendMany(log, 1);
    log.flush();
    expect(fileSystem.list(DIRECTORY).filter((name) => name.endsWith('.log'))).toHaveLength(2);
    expect(held()).toBe(1);
    expect(durable.map((one) => one.endOffset)).toEqual([1]);
    expect(spans(await readAll(log))).toHaveLength(3);

    const next = await openLog(fileSystem.processCrash());
    expect(next.log.recovery).toMatchObject({ state: 'whole', cutFromOffset: 1 });
  });

  test('is waited for by a cut, and does not come back behind it', async () => {
    const { log, durable, fileSystem, arrive } = await slowLog({ durability: 'page-cache' });
    appendMany(log, 1);
    await flushed(log);
    appendMany(log, 2, LARGE);
    log.flush();
    let isCut = false;
    const cutting = log.truncateTo(offset(2)).then(() => {
      isCut = true;
    });
    expect(log.logEndOffset).toBe(2);
    await settle();
    expect(isCut).toBe(false);
    arrive();
    await cutting;
    expect(durable.at(-1)).toEqual({ generation: 1, endOffset: 2 });
    expect(spans(await readAll(log))).toEqual([
      [0, 0],
      [1, 1],
    ]);
    // What had arrived of the older generation says nothing.
    expect(durable.filter((one) => one.endOffset > 2)).toEqual([]);
    appendMany(log, 1, { fill: 0x62 });
    await flushed(log);
    await log.close({ clean: true });
    const next = await openLog(fileSystem.processCrash());
    expect(next.log.recovery).toMatchObject({ state: 'whole', cutFromOffset: null });
    expect(next.log.logEndOffset).toBe(3);
  });

  test('is waited for by a cut that has nothing else to wait for', async () => {
    const { log, arrive } = await slowLog({ durability: 'page-cache', flushBytesBackground: 600 });
    appendMany(log, 4);
    log.flush();
    appendMany(log, 4);
    log.flush();
    await settle();
    expect(log.syncedEndOffset).toBe(8);
    appendMany(log, 1, LARGE);
    log.flush();
    const cutting = log.truncateTo(offset(8));
    await settle();
    arrive();
    await cutting;
    expect(spans(await readAll(log))).toHaveLength(8);
  });

  test('does not count before the cut that keeps it has ended', async () => {
    const { log, durable, arrive, arriveOne } = await slowLog({ durability: 'page-cache' });
    for (let count = 0; count < 3; count++) {
      appendMany(log, 1, LARGE);
      log.flush();
    }
    const cutting = log.truncateTo(offset(2));
    arriveOne();
    expect(durable).toEqual([]);
    arrive();
    await cutting;
    expect(durable).toEqual([{ generation: 1, endOffset: 2 }]);
  });

  test('of a segment that a cut removes arrives nowhere that matters', async () => {
    const { log, fileSystem, arrive } = await slowLog({ segmentBytes: 500 });
    appendMany(log, 1, LARGE);
    log.flush();
    arrive();
    await flushed(log);
    appendMany(log, 3, LARGE);
    log.flush();
    const cutting = log.truncateTo(offset(1));
    await settle();
    arrive();
    await settle();
    arrive();
    await cutting;
    appendMany(log, 1, LARGE);
    log.flush();
    arrive();
    await flushed(log);
    expect(spans(await readAll(log))).toEqual([
      [0, 0],
      [1, 1],
    ]);
    const next = await openLog(fileSystem.processCrash());
    expect(next.log.recovery.state).toBe('whole');
    expect(next.log.logEndOffset).toBe(2);
  });

  test('is waited for when the log is closed, clean or not', async () => {
    for (const clean of [true, false]) {
      const { log, fileSystem, arrive } = await slowLog({ durability: 'page-cache' });
      appendMany(log, 2, LARGE);
      log.flush();
      let isClosed = false;
      const closing = log.close({ clean }).then(() => {
        isClosed = true;
      });
      await settle();
      expect(isClosed).toBe(false);
      arrive();
      await closing;
      const next = await openLog(fileSystem, { cleanStop: clean });
      expect(next.log.logEndOffset).toBe(2);
      expect(next.log.recovery.cutFromOffset).toBeNull();
    }
  });

  test('and fails takes the log offline, once, and nothing behind it counts', async () => {
    for (const durability of ['fsync', 'page-cache'] as const) {
      const { log, durable, failures, fileSystem, arrive } = await slowLog({ durability });
      fileSystem.failNext('write', '.log', 'EIO');
      appendMany(log, 1, LARGE);
      log.flush();
      appendMany(log, 1);
      log.flush();
      expect(failures).toEqual([]);
      arrive();
      await settle();
      arrive();
      await settle();
      expect(failures.map((error) => error.code)).toEqual(['EIO']);
      expect(log.failure?.code).toBe('EIO');
      expect(durable).toEqual([]);
      await log.close({ clean: false });
    }
  });
});
