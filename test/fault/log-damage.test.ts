import { describe, expect, test } from 'vitest';
import { leaderEpoch, offset, timestamp } from '../../src/base/ids.ts';
import { writeLogState } from '../../src/log/log-state.ts';
import { batchBaseOffset } from '../../src/record/batch-header.ts';
import { LeaderEpochHistory } from '../../src/record/leader-epoch-history.ts';
import type { MemoryFileSystem } from '../../src/testing/memory-file-system.ts';
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
} from '../unit/log/log-fixture.ts';
import { patched } from '../unit/record/batches.ts';
import { ModelledLog } from './log-model.ts';

const FIRST = `${DIRECTORY}/00000000000000000000.log`;

/** A log of five batches of one record each, all on the disk. */
async function fiveBatches(): Promise<{ fileSystem: MemoryFileSystem; length: number }> {
  const { log, fileSystem } = await newLog();
  appendMany(log, 5, { valueBytes: 40 });
  await flushed(log);
  await log.close({ clean: false });
  return { fileSystem, length: batch({ at: 0, valueBytes: 40 }).length };
}

function segmentNames(fileSystem: MemoryFileSystem): string[] {
  return fileSystem
    .list(DIRECTORY)
    .filter((name) => name.endsWith('.log'))
    .sort();
}

function shorten(fileSystem: MemoryFileSystem, path: string, length: number): void {
  const file = fileSystem.open(path, 'write');
  file.truncate(length);
  file.close();
}

describe('a torn tail', () => {
  test('cut at any byte of the last batch leaves the batches before it, whole', async () => {
    const { length } = await fiveBatches();
    for (let kept = 0; kept < length; kept++) {
      const { fileSystem } = await fiveBatches();
      shorten(fileSystem, FIRST, 4 * length + kept);
      const { log } = await openLog(fileSystem, { durableMark: offset(4) });
      expect(log.recovery).toMatchObject({
        state: 'whole',
        cutBytes: kept,
        cutFromOffset: kept === 0 ? null : 4,
      });
      expect(log.logEndOffset).toBe(4);
      expect(await readAll(log)).toHaveLength(4);
      await log.close({ clean: false });
    }
  });

  test('of zeros is cut, and no file is kept for them', async () => {
    const { fileSystem, length } = await fiveBatches();
    fileSystem.corrupt(FIRST, 3 * length, new Uint8Array(2 * length));
    const { log } = await openLog(fileSystem, { durableMark: offset(3) });
    expect(log.recovery).toMatchObject({ state: 'whole', cutBytes: 2 * length, cutFromOffset: 3 });
    expect(log.recovery.suffixKeptAs).toBeUndefined();
  });

  test('what is cut is kept aside', async () => {
    const { fileSystem, length } = await fiveBatches();
    const before = fileSystem.contentOf(FIRST);
    shorten(fileSystem, FIRST, 5 * length - 1);
    const { log } = await openLog(fileSystem, { durableMark: offset(1) });
    expect(log.recovery.suffixKeptAs).toBe(`${FIRST}.cut-1`);
    expect(fileSystem.contentOf(`${FIRST}.cut-1`)).toEqual(
      before.subarray(4 * length, 5 * length - 1),
    );
  });
});

describe('a flipped bit', () => {
  test('at or above the mark cuts the log, which is uncertain until it is cleared', async () => {
    const { length } = await fiveBatches();
    for (let byte = 0; byte < length; byte++) {
      const { fileSystem } = await fiveBatches();
      fileSystem.flipBit(FIRST, 2 * length + byte, byte % 8);
      const { log } = await openLog(fileSystem, { durableMark: offset(2) });
      expect(log.recovery).toMatchObject({ state: 'uncertain', cutFromOffset: 2 });
      expect(log.recovery.cutBytes).toBe(3 * length);
      expect(log.logEndOffset).toBe(2);
      await log.close({ clean: false });
      const again = await openLog(fileSystem.crash({ policy: 'drop' }), { durableMark: offset(2) });
      expect(again.log.recovery).toMatchObject({ state: 'uncertain', cutBytes: 0 });
      await again.log.clearUncertain();
      expect(again.log.recovery.state).toBe('whole');
      await again.log.close({ clean: true });
    }
  });

  test('below the mark is damage: nothing is cut, and nothing can be appended', async () => {
    const { length } = await fiveBatches();
    for (let byte = 0; byte < length; byte++) {
      const { fileSystem } = await fiveBatches();
      fileSystem.flipBit(FIRST, 2 * length + byte, byte % 8);
      const before = fileSystem.contentOf(FIRST);
      const { log } = await openLog(fileSystem, { durableMark: offset(3) });
      expect(log.recovery).toMatchObject({ state: 'damaged', cutBytes: 0, cutFromOffset: null });
      expect(fileSystem.contentOf(FIRST)).toEqual(before);
      expect(() => log.append(batch({ at: 2 }))).toThrow('damaged');
      expect(spans(await log.read(offset(0), 1000, log.logEndOffset))).toHaveLength(2);
      await log.close({ clean: true });
      const again = await openLog(fileSystem, { durableMark: offset(0), cleanStop: true });
      expect(again.log.recovery.state).toBe('damaged');
      await again.log.close({ clean: false });
    }
  });

  test('in the last batch, which was written whole, is no torn tail', async () => {
    const { fileSystem, length } = await fiveBatches();
    fileSystem.flipBit(FIRST, 4 * length + 80, 1);
    const { log } = await openLog(fileSystem, { durableMark: offset(4) });
    expect(log.recovery.state).toBe('uncertain');
  });
});

describe('missing files', () => {
  test('a log that ends below its mark is damaged', async () => {
    const { fileSystem, length } = await fiveBatches();
    shorten(fileSystem, FIRST, 2 * length);
    const { log } = await openLog(fileSystem, { durableMark: offset(5) });
    expect(log.recovery).toMatchObject({ state: 'damaged' });
    expect(log.recovery.reason).toContain('below its durable mark');
  });

  test('so is one that is gone altogether', async () => {
    const { log, fileSystem } = await newLog();
    await log.close({ clean: true });
    const opened = await openLog(fileSystem, {
      directory: 'data/payments-0',
      durableMark: offset(9),
    });
    expect(opened.log.recovery.state).toBe('damaged');
  });

  test('without a readable mark file every log is uncertain', async () => {
    const { fileSystem } = await fiveBatches();
    const { log } = await openLog(fileSystem, { markIntact: false });
    expect(log.recovery.state).toBe('uncertain');
    expect(log.logEndOffset).toBe(5);
  });

  for (const [name, spoil] of [
    ['missing', (fileSystem: MemoryFileSystem) => fileSystem.remove(`${DIRECTORY}/log-state`)],
    [
      'corrupt',
      (fileSystem: MemoryFileSystem) => fileSystem.flipBit(`${DIRECTORY}/log-state`, 30, 0),
    ],
  ] as const) {
    test(`a ${name} state file is rebuilt from the batches, and the log is uncertain`, async () => {
      const { log, fileSystem } = await newLog();
      appendMany(log, 2);
      await log.assignEpoch(leaderEpoch(4), offset(2));
      appendMany(log, 2, { epoch: 4 });
      await log.close({ clean: true });
      spoil(fileSystem);
      const opened = await openLog(fileSystem, { cleanStop: true, durableMark: offset(4) });
      expect(opened.log.recovery.state).toBe('uncertain');
      expect(opened.log.epochs.entries).toEqual([
        { epoch: 0, startOffset: 0 },
        { epoch: 4, startOffset: 2 },
      ]);
      expect(await readAll(opened.log)).toHaveLength(4);
    });
  }

  test('a missing index is built again', async () => {
    const { log, fileSystem } = await newLog({ segmentBytes: 400, indexIntervalBytes: 100 });
    appendMany(log, 20);
    await log.close({ clean: true });
    fileSystem.remove(`${DIRECTORY}/00000000000000000000.index`);
    const opened = await openLog(fileSystem, { cleanStop: true, durableMark: offset(20) });
    expect(opened.log.recovery.state).toBe('whole');
    expect(await readAll(opened.log)).toHaveLength(20);
  });

  test('a missing segment in the middle is damage below the mark, and a cut above it', async () => {
    for (const [mark, state] of [
      [20, 'damaged'],
      [3, 'uncertain'],
    ] as const) {
      const { log, fileSystem } = await newLog({ segmentBytes: 300 });
      appendMany(log, 20);
      await flushed(log);
      await log.close({ clean: false });
      fileSystem.remove(`${DIRECTORY}/00000000000000000006.log`);
      fileSystem.remove(`${DIRECTORY}/00000000000000000003.index`);
      const opened = await openLog(fileSystem, { durableMark: offset(mark) });
      expect(opened.log.recovery.state).toBe(state);
      expect(opened.log.logEndOffset).toBe(6);
    }
  });
});

describe('what looks like the end, or like nothing at all', () => {
  test('the first segment missing below the mark is damage, not an earlier end of reading', async () => {
    const { log, fileSystem } = await newLog({ segmentBytes: 300 });
    appendMany(log, 20);
    await log.close({ clean: true });
    fileSystem.remove(FIRST);
    for (const cleanStop of [true, false]) {
      const opened = await openLog(fileSystem, { cleanStop, durableMark: offset(20) });
      expect(opened.log.recovery).toMatchObject({ state: 'damaged' });
      expect(opened.log.recovery.reason).toContain('offsets 0 to');
      await opened.log.close({ clean: false });
    }
  });

  test('a rotten header that claims to reach past the end is corrupt, and not an empty answer', async () => {
    for (const lastOffsetDelta of [4, 1_000_000]) {
      const { log, fileSystem } = await newLog({ segmentBytes: 300 });
      appendMany(log, 20);
      await log.close({ clean: true });
      fileSystem.corrupt(
        FIRST,
        23,
        Uint8Array.of(0, lastOffsetDelta >> 16, lastOffsetDelta >> 8, lastOffsetDelta),
      );
      const opened = await openLog(fileSystem, { cleanStop: true, durableMark: offset(20) });
      expect(opened.log.recovery.state).toBe('whole');
      await expect(opened.log.read(offset(0), 1000, offset(2))).rejects.toThrow('checksum');
      await expect(opened.log.read(offset(0), 1000, offset(20))).rejects.toThrow('checksum');
      await opened.log.close({ clean: false });
    }
  });

  test('a batch that reaches into the next segment is corrupt, whatever its checksum says', async () => {
    const { log, fileSystem } = await newLog({ segmentBytes: 300 });
    appendMany(log, 20);
    await log.close({ clean: true });
    const forged = patched(batch({ at: 0 }), 23, [0, 0, 0, 200]);
    fileSystem.corrupt(FIRST, 0, forged);
    const opened = await openLog(fileSystem, { cleanStop: true, durableMark: offset(20) });
    await expect(opened.log.read(offset(0), 1000, offset(20))).rejects.toThrow(
      'behind its segment',
    );
  });

  test('a batch that claims offsets of segments below the mark does not have them moved', async () => {
    const { log, fileSystem } = await newLog({ segmentBytes: 300 });
    appendMany(log, 20);
    await flushed(log);
    await log.close({ clean: false });
    fileSystem.corrupt(FIRST, 0, patched(batch({ at: 0 }), 23, [0, 0, 0, 200]));
    // So that all of it is read.
    fileSystem.remove(`${DIRECTORY}/log-state`);
    const before = segmentNames(fileSystem);
    const opened = await openLog(fileSystem, { durableMark: offset(20) });
    expect(opened.log.recovery).toMatchObject({ state: 'damaged', cutBytes: 0 });
    expect(segmentNames(fileSystem)).toEqual(before);
  });

  test('after a clean stop that does not hold up as much is found as without one', async () => {
    for (const cleanStop of [true, false]) {
      const { log, fileSystem } = await newLog({ segmentBytes: 300 });
      appendMany(log, 20);
      await log.close({ clean: true });
      const [before, last] = segmentNames(fileSystem).slice(-2);
      const durableMark = offset(parseInt(last ?? ''));
      fileSystem.flipBit(`${DIRECTORY}/${last}`, 70, 0);
      // Three records where there is one.
      fileSystem.corrupt(`${DIRECTORY}/${before}`, 57, Uint8Array.of(0, 0, 0, 3));
      const { log: opened } = await openLog(fileSystem, { cleanStop, durableMark });
      expect(opened.recovery.state).toBe('damaged');
      await opened.close({ clean: false });
    }
  });

  test('a damaged log keeps what lies in front of its start', async () => {
    const { log, fileSystem } = await newLog({ segmentBytes: 300 });
    appendMany(log, 20);
    await flushed(log);
    await log.close({ clean: false });
    const names = segmentNames(fileSystem);
    const epochs = LeaderEpochHistory.of([{ epoch: leaderEpoch(0), startOffset: offset(0) }]);
    const logStartOffset = offset(parseInt(names[2] ?? ''));
    const whole = { condition: 'whole', reason: '' } as const;
    await writeLogState(fileSystem, DIRECTORY, { ...whole, logStartOffset, epochs });
    fileSystem.remove(`${DIRECTORY}/${names.at(-1)}`);
    const before = segmentNames(fileSystem);
    const opened = await openLog(fileSystem, { durableMark: offset(20) });
    expect(opened.log.recovery.state).toBe('damaged');
    expect(segmentNames(fileSystem)).toEqual(before);
  });

  test('a batch that no index could have an entry for is refused, whatever its checksum says', async () => {
    for (const cleanStop of [true, false]) {
      const { log, fileSystem } = await newLog();
      appendMany(log, 3);
      await log.close({ clean: true });
      const { length } = batch({ at: 2 });
      const forged = patched(batch({ at: 2 }), 23, [0x7f, 0xff, 0xff, 0xff]);
      fileSystem.corrupt(FIRST, 2 * length, forged);
      const opened = await openLog(fileSystem, { cleanStop, durableMark: offset(2) });
      expect(opened.log.recovery).toMatchObject({ state: 'uncertain', cutFromOffset: 2 });
      expect(opened.log.recovery.reason).toContain('does not belong');
      await opened.log.close({ clean: false });
    }
  });

  test('without a state file an epoch that falls is the end, and stays it', async () => {
    const { fileSystem, length } = await fiveBatches();
    fileSystem.remove(`${DIRECTORY}/log-state`);
    // Not covered by the checksum: the second batch now claims epoch 7.
    fileSystem.corrupt(FIRST, length + 12, Uint8Array.of(0, 0, 0, 7));
    const first = await openLog(fileSystem);
    expect(first.log.recovery).toMatchObject({ state: 'uncertain', cutFromOffset: 2 });
    expect(spans(await readAll(first.log))).toEqual([
      [0, 0],
      [1, 1],
    ]);
    await first.log.close({ clean: false });
    const again = await openLog(fileSystem.crash({ policy: 'drop' }));
    expect(again.log.recovery).toMatchObject({ state: 'uncertain', cutBytes: 0 });
    expect(again.log.logEndOffset).toBe(2);
  });

  // The epoch in front of the start was moved to it after the empty ones had been dropped, so that the
  // next start dropped it too.
  test('a log that is emptied knows no epoch, at the first start as at the next', async () => {
    const { fileSystem, length } = await fiveBatches();
    const epochs = LeaderEpochHistory.of([{ epoch: leaderEpoch(0), startOffset: offset(0) }]);
    const whole = { condition: 'whole', reason: '' } as const;
    await writeLogState(fileSystem, DIRECTORY, { ...whole, logStartOffset: offset(3), epochs });
    shorten(fileSystem, FIRST, 3 * length);
    for (let start = 0; start < 2; start += 1) {
      const { log } = await openLog(fileSystem, { durableMark: offset(3) });
      expect(log).toMatchObject({ logStartOffset: 3, logEndOffset: 3 });
      expect(log.epochs.entries).toEqual([]);
      await log.close({ clean: false });
    }
  });
});

describe('a rotten index', () => {
  const INDEX = FIRST.replace('.log', '.index');
  const TIME_INDEX = FIRST.replace('.log', '.timeindex');

  /** Two segments of several index entries each, closed cleanly; a record a minute. */
  async function closedCleanly() {
    const config = { segmentBytes: 1500, indexIntervalBytes: 150, retentionMs: 3_600_000 };
    const { log, fileSystem } = await newLog(config);
    for (let at = 0; at < 25; at++) {
      log.append(batch({ at, epoch: 0, time: 1_000_000 + at * 60_000 }));
    }
    await log.close({ clean: true });
    const open = () => openLog(fileSystem, { cleanStop: true, durableMark: offset(25), config });
    return { fileSystem, open };
  }

  test('is built again when it has misled a read, and nothing is lost', async () => {
    const entries = (await closedCleanly()).fileSystem.contentOf(INDEX).length / 8;
    expect(entries).toBeGreaterThan(3);
    for (let entry = 0; entry < entries; entry++) {
      for (const [byte, mask] of [
        [3, 1],
        [6, 0xff],
        [7, 4],
      ] as const) {
        const { fileSystem, open } = await closedCleanly();
        const at = entry * 8 + byte;
        const value = (fileSystem.contentOf(INDEX)[at] ?? 0) ^ mask;
        fileSystem.corrupt(INDEX, at, Uint8Array.of(value));
        const { log } = await open();
        for (let from = 0; from < 25; from++) {
          expect(spans(await log.read(offset(from), 1, offset(25)))).toEqual([[from, from]]);
        }
        expect(log.recovery.state).toBe('whole');
        await log.close({ clean: false });
      }
    }
  });

  test('does not make retention delete what is not old, nor hide what is new', async () => {
    for (const spoil of [
      (bytes: Uint8Array) => bytes.fill(0, bytes.length - 9, bytes.length - 6),
      (bytes: Uint8Array) => bytes.subarray(0, 12),
      () => new Uint8Array(0),
    ]) {
      const { fileSystem, open } = await closedCleanly();
      const spoilt = spoil(Uint8Array.from(fileSystem.contentOf(TIME_INDEX)));
      shorten(fileSystem, TIME_INDEX, spoilt.length);
      fileSystem.corrupt(TIME_INDEX, 0, spoilt);
      const { log } = await open();
      const now = timestamp(1_000_000 + 60 * 60_000);
      expect(await log.applyRetention(now, offset(25))).toBe(0);
      const found = await log.batchForTimestamp(timestamp(1_000_000 + 10 * 60_000), offset(25));
      expect(found === null ? null : batchBaseOffset(found)).toBe(10);
    }
  });

  test('of the last segment does not stand in the way of what is appended', async () => {
    const { fileSystem, open } = await closedCleanly();
    const names = fileSystem.list(DIRECTORY).filter((name) => name.endsWith('.index'));
    const last = `${DIRECTORY}/${names.at(-1) ?? ''}`;
    // The newest entry now claims an offset that only comes much later.
    fileSystem.corrupt(last, fileSystem.contentOf(last).length - 6, Uint8Array.of(1));
    const { log } = await open();
    expect(log.logEndOffset).toBe(25);
    for (let at = 25; at < 40; at++) log.append(batch({ at, epoch: 0 }));
    await flushed(log);
    expect(await readAll(log)).toHaveLength(40);
  });

  test('nor does a batch that has rotted at the beginning of the last segment', async () => {
    const { fileSystem, open } = await closedCleanly();
    const names = fileSystem.list(DIRECTORY).filter((name) => /^\d+\.log$/.test(name));
    fileSystem.corrupt(`${DIRECTORY}/${names.at(-1) ?? ''}`, 16, Uint8Array.of(7));
    const { log } = await open();
    log.append(batch({ at: 25, epoch: 0 }));
    await flushed(log);
    expect(await log.applyRetention(timestamp(2_000_000), offset(26))).toBe(0);
    const [base = 0] = names.map((name) => Number.parseInt(name, 10)).slice(-1);
    await expect(log.read(offset(base), 1, offset(26))).rejects.toThrow('magic');
  });
});

test('recovery keeps one file open at a time, and none when it fails', async () => {
  const { log, fileSystem } = await newLog({ segmentBytes: 300 });
  appendMany(log, 40);
  await flushed(log);
  await log.close({ clean: false });
  let most = 0;
  fileSystem.onOperation(() => {
    most = Math.max(most, fileSystem.openPaths().length);
  });
  const opened = await openLog(fileSystem, { markIntact: false });
  // A segment and what is made of it: its copy, or its two indexes.
  expect(most).toBeLessThanOrEqual(4);
  await opened.log.close({ clean: false });
  fileSystem.failNext('sync', '00000000000000000021.log', 'EIO');
  await expect(openLog(fileSystem, { markIntact: false })).rejects.toThrow('EIO');
  expect(fileSystem.openPaths()).toEqual([]);
});

describe('setting aside', () => {
  test('leaves an empty log, uncertain, and the files beside it', async () => {
    const { fileSystem, length } = await fiveBatches();
    fileSystem.flipBit(FIRST, length + 70, 0);
    const opened = await openLog(fileSystem, { durableMark: offset(5) });
    const path = await opened.log.setAside('damaged');
    expect(path).toBe(`${DIRECTORY}.damaged`);
    expect(opened.lowered).toEqual([0]);
    expect(fileSystem.list(path)).toContain('00000000000000000000.log');
    expect([opened.log.logEndOffset, opened.log.recovery.state]).toEqual([0, 'uncertain']);
    await opened.log.assignEpoch(leaderEpoch(5), offset(0));
    appendMany(opened.log, 2, { epoch: 5 });
    await flushed(opened.log);
    await opened.log.clearUncertain();
    const after = await openLog(fileSystem.crash({ policy: 'drop' }), { durableMark: offset(2) });
    expect([after.log.logEndOffset, after.log.recovery.state]).toEqual([2, 'whole']);
  });

  test('damage found while running is remembered', async () => {
    const { log, fileSystem } = await newLog();
    appendMany(log, 2);
    await flushed(log);
    await log.markDamaged('offset 1: the checksum does not agree');
    const after = await openLog(fileSystem.crash({ policy: 'drop' }), { durableMark: offset(2) });
    expect(after.log.recovery).toMatchObject({
      state: 'damaged',
      reason: 'offset 1: the checksum does not agree',
    });
  });
});

describe('a failing disk', () => {
  test('a failed sync takes the log offline for good, and a later one cannot bring it back', async () => {
    const { log, fileSystem, durable, failures } = await newLog();
    appendMany(log, 1);
    await flushed(log);
    fileSystem.failNext('sync', '.log', 'EIO');
    appendMany(log, 1);
    log.flush();
    await settle();
    expect(failures.map((error) => error.code)).toEqual(['EIO']);
    log.append(batch({ at: 2 }));
    log.flush();
    await settle();
    expect(durable.map((one) => one.endOffset)).toEqual([1]);
    expect([log.durableEndOffset, log.logEndOffset]).toEqual([1, 2]);
    await expect(log.truncateTo(offset(0))).rejects.toBe(log.failure);
    await log.close({ clean: true });
    expect(failures).toHaveLength(1);
  });

  test('what a failed sync lost is written again by the next start', async () => {
    const { log, fileSystem } = await newLog();
    appendMany(log, 2);
    fileSystem.failNext('sync', '.log', 'EIO');
    log.flush();
    await settle();
    // The page cache still shows the batches, as clean pages: a sync alone would make nothing last.
    const next = fileSystem.processCrash();
    const opened = await openLog(next, { durableMark: offset(0) });
    expect(opened.log.logEndOffset).toBe(2);
    const after = await openLog(next.crash({ policy: 'drop' }), { durableMark: offset(2) });
    expect(after.log.recovery.state).toBe('whole');
  });

  test('any operation that fails loses nothing that was reported durable', async () => {
    for (const code of ['ENOSPC', 'EIO']) {
      for (let at = 1; ; at++) {
        const model = await ModelledLog.create({ segmentBytes: 600 });
        const { fileSystem } = model;
        let failed = false;
        fileSystem.onOperation(({ index, operation, path }) => {
          if (index !== at + 2 || operation === 'read') return;
          failed = true;
          fileSystem.failNext(operation, path, code);
        });
        await story(model).catch((error: unknown) => {
          expect(error).toMatchObject({ code });
        });
        if (!failed && fileSystem.operationCount < at + 2) break;
        expect(model.failures.length).toBeLessThanOrEqual(1);
        fileSystem.clearFaults();
        model.fileSystem = fileSystem.crash({ policy: 'drop' });
        await model.open();
        await model.expectSurvived();
        await model.log.close({ clean: false });
      }
    }
  });
});

async function story(model: ModelledLog): Promise<void> {
  await model.open();
  await model.assignNextEpoch();
  for (let index = 0; index < 6; index++) {
    model.append({ valueBytes: 150 });
    await model.flushed();
  }
  model.raiseMark();
  await model.truncate(2);
  model.append({ valueBytes: 150 });
  await model.flushed();
  await model.advanceStart(1);
  await model.log.close({ clean: true });
}
