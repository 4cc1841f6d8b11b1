import { describe, expect, test } from 'vitest';
import { leaderEpoch, offset } from '../../../src/base/ids.ts';
import type { PartitionLog } from '../../../src/log/partition-log.ts';
import type { ProducerStates } from '../../../src/record/producer-states.ts';
import type { MemoryFileSystem } from '../../../src/testing/memory-file-system.ts';
import { appendMany, batch, DIRECTORY, flushed, marker, newLog, openLog } from './log-fixture.ts';

/** Small enough that every three batches fill a segment. */
const CONFIG = { segmentBytes: 600 };

/** Twelve batches of four producers, of which the last one is transactional. */
function appendRound(log: PartitionLog, round: number): void {
  for (let index = 0; index < 12; index++) {
    const id = index % 4;
    const sequence = round * 3 + Math.floor(index / 4);
    log.append(
      batch({
        at: log.logEndOffset,
        valueBytes: 100,
        producer: { id, sequence, transactional: id === 3 },
      }),
    );
  }
}

function summary(states: ProducerStates): unknown {
  const sorted = [...states.clone().entries()].sort(([a], [b]) => a - b);
  return sorted.map(([id, { seenAt: _, ...state }]) => [id, state]);
}

function snapshots(fileSystem: MemoryFileSystem): string[] {
  return fileSystem.list(DIRECTORY).filter((name) => name.endsWith('.snapshot'));
}

describe('what producers have done', () => {
  test('is known again after a clean stop, without a look at the batches', async () => {
    const { log, fileSystem } = await newLog(CONFIG);
    appendRound(log, 0);
    const before = summary(log.producers);
    await log.close({ clean: true });
    const read = new Set<string>();
    fileSystem.onOperation(({ operation, path }) => {
      if (operation === 'read' && path.endsWith('.log')) read.add(path);
    });
    const again = await openLog(fileSystem, { config: CONFIG, cleanStop: true });
    expect(summary(again.log.producers)).toEqual(before);
    expect(again.log.producers.firstOpenOffset()).toBe(3);
    // The end of the last segment is looked at in any case.
    expect(read.size).toBe(1);
  });

  test('is known again from the batches where no snapshot is left', async () => {
    const { log, fileSystem } = await newLog(CONFIG);
    appendRound(log, 0);
    const before = summary(log.producers);
    await log.close({ clean: true });
    for (const name of snapshots(fileSystem)) fileSystem.remove(`${DIRECTORY}/${name}`);
    const again = await openLog(fileSystem, { config: CONFIG, cleanStop: true });
    expect(summary(again.log.producers)).toEqual(before);
    // And need not be looked for again.
    expect(snapshots(fileSystem).length).toBeGreaterThan(2);
  });

  test('is not believed from a snapshot that has rotted', async () => {
    const { log, fileSystem } = await newLog(CONFIG);
    appendRound(log, 0);
    const before = summary(log.producers);
    await log.close({ clean: true });
    for (const name of snapshots(fileSystem)) fileSystem.flipBit(`${DIRECTORY}/${name}`, 15, 3);
    const again = await openLog(fileSystem, { config: CONFIG, cleanStop: true });
    expect(summary(again.log.producers)).toEqual(before);
  });

  test('outlives the batches that retention deletes, though the power goes', async () => {
    const { log, fileSystem } = await newLog(CONFIG);
    appendRound(log, 0);
    const before = summary(log.producers);
    appendMany(log, 9, { valueBytes: 150 });
    await flushed(log);
    await log.advanceLogStartOffset(offset(18));
    await log.close({ clean: false });
    const again = await openLog(fileSystem.crash({ policy: 'drop' }), { config: CONFIG });
    expect(again.log.logStartOffset).toBe(18);
    expect(summary(again.log.producers)).toEqual(before);
    expect(again.log.producers.firstOpenOffset()).toBe(3);
  });

  test('is what it was when the log is cut, and nothing tells of the rest after a power cut', async () => {
    const { log, fileSystem } = await newLog(CONFIG);
    appendRound(log, 0);
    const before = summary(log.producers);
    appendRound(log, 1);
    await flushed(log);
    await log.truncateTo(offset(12));
    expect(summary(log.producers)).toEqual(before);
    // Other batches in the place of those that were cut.
    await log.assignEpoch(leaderEpoch(1), offset(12));
    appendMany(log, 12, { valueBytes: 100 });
    await flushed(log);
    await log.close({ clean: false });
    const again = await openLog(fileSystem.crash({ policy: 'drop' }), { config: CONFIG });
    expect(again.log.logEndOffset).toBe(24);
    expect(summary(again.log.producers)).toEqual(before);
  });

  test('is not taken from a snapshot of what was cut, though the log is as long again', async () => {
    const { log: first, fileSystem } = await newLog(CONFIG);
    appendRound(first, 0);
    const before = summary(first.producers);
    for (let id = 0; id < 2; id++) {
      first.append(batch({ at: first.logEndOffset, producer: { id, sequence: 3 } }));
    }
    // A snapshot in the middle of a segment, which stays.
    await first.close({ clean: true });
    expect(snapshots(fileSystem)).toContain('00000000000000000014.snapshot');
    const { log } = await openLog(fileSystem, { config: CONFIG, cleanStop: true });
    await log.truncateTo(offset(12));
    await log.assignEpoch(leaderEpoch(1), offset(12));
    appendMany(log, 3);
    await flushed(log);
    await log.truncateTo(offset(14));
    expect(log.logEndOffset).toBe(14);
    expect(summary(log.producers)).toEqual(before);
  });

  test('is forgotten when the log begins anew', async () => {
    const { log, fileSystem } = await newLog(CONFIG);
    appendRound(log, 0);
    await log.resetTo(offset(7));
    expect(log.producers.size).toBe(0);
    expect(snapshots(fileSystem)).toEqual([]);
    const path = await log.setAside('damaged');
    expect(log.producers.size).toBe(0);
    expect(fileSystem.list(path)).toContain('00000000000000000007.log');
  });
});

describe('aborted transactions', () => {
  async function threeAborted(): Promise<{ log: PartitionLog; fileSystem: MemoryFileSystem }> {
    const { log, fileSystem } = await newLog(CONFIG);
    for (let index = 0; index < 3; index++) {
      appendRound(log, index);
      const producer = { id: 3, epoch: index + 1 };
      log.append(marker({ at: log.logEndOffset, outcome: 'abort', producer }));
    }
    log.append(batch({ at: log.logEndOffset, producer: { id: 3, epoch: 3, transactional: true } }));
    const producer = { id: 3, epoch: 4 };
    log.append(marker({ at: log.logEndOffset, outcome: 'commit', producer }));
    await flushed(log);
    return { log, fileSystem };
  }

  const ALL = [
    { producerId: 3, firstOffset: 3, lastOffset: 12, lastStableOffset: 13 },
    { producerId: 3, firstOffset: 16, lastOffset: 25, lastStableOffset: 26 },
    { producerId: 3, firstOffset: 29, lastOffset: 38, lastStableOffset: 39 },
  ];

  test('are found where they overlap what is read', async () => {
    const { log } = await threeAborted();
    const found = (from: number, to: number): unknown =>
      log.abortedTransactions(offset(from), offset(to));
    expect(found(0, 41)).toEqual(ALL);
    expect(found(12, 16)).toEqual(ALL.slice(0, 1));
    expect(found(13, 29)).toEqual(ALL.slice(1, 2));
    expect(found(39, 41)).toEqual([]);
  });

  test('are known again after a clean stop, a crash, and without their files', async () => {
    const { log, fileSystem } = await threeAborted();
    await log.close({ clean: true });
    const names = fileSystem.list(DIRECTORY).filter((name) => name.endsWith('.txnindex'));
    expect(names.length).toBeGreaterThan(1);
    const found = async (cleanStop: boolean): Promise<unknown> => {
      const { log: again } = await openLog(fileSystem, { config: CONFIG, cleanStop });
      const aborted = again.abortedTransactions(offset(0), offset(41));
      await again.close({ clean: false });
      return aborted;
    };
    expect(await found(true)).toEqual(ALL);
    expect(await found(false)).toEqual(ALL);
    fileSystem.flipBit(`${DIRECTORY}/${names[0] ?? ''}`, 25, 6);
    expect(await found(true)).toEqual(ALL);
    for (const name of names) {
      if (fileSystem.exists(`${DIRECTORY}/${name}`)) fileSystem.remove(`${DIRECTORY}/${name}`);
    }
    expect(await found(false)).toEqual(ALL);
  });

  test('go with their markers', async () => {
    const { log } = await threeAborted();
    await log.truncateTo(offset(38));
    expect(log.abortedTransactions(offset(0), offset(38))).toEqual(ALL.slice(0, 2));
    expect(log.producers.firstOpenOffset()).toBe(29);
    await log.advanceLogStartOffset(offset(26));
    expect(log.abortedTransactions(offset(26), offset(38))).toEqual([]);
  });
});

test('a log that begins within a batch is read from there, and can be cut to nothing', async () => {
  const { log, fileSystem } = await newLog();
  log.append(batch({ at: 0, records: 5 }));
  log.append(batch({ at: 5, records: 5 }));
  await flushed(log);
  await log.advanceLogStartOffset(offset(7));
  const first = Buffer.concat(await log.read(offset(7), 1000, offset(10)));
  expect(first.equals(batch({ at: 5, records: 5 }))).toBe(true);
  await log.close({ clean: false });
  const again = (await openLog(fileSystem)).log;
  expect(again.logStartOffset).toBe(7);
  expect(await again.read(offset(7), 1000, offset(10))).toEqual([first]);
  expect(await again.truncateTo(offset(8))).toMatchObject({ fromOffset: 10, toOffset: 7 });
  expect([again.logStartOffset, again.logEndOffset]).toEqual([7, 7]);
});
