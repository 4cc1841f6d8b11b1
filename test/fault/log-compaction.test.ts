import { describe, expect, test } from 'vitest';
import { offset } from '../../src/base/ids.ts';
import { NO_CODECS } from '../../src/log/batch-codecs.ts';
import { ENTRY_BYTES } from '../../src/log/offset-map.ts';
import type { CrashOptions } from '../../src/testing/memory-file-system.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { DIRECTORY } from '../unit/log/log-fixture.ts';
import { untilOperation } from './log-model.ts';
import { appendRandomly, CompactedLog, DELETE_RETENTION_MS } from './compaction-model.ts';

describe('compaction', () => {
  test('leaves the newest record of each key, however often it is repeated', async () => {
    for (let seed = 1; seed <= 25; seed++) {
      const random = new SeededRandom(seed);
      const model = await CompactedLog.create({
        segmentBytes: 500 + random.below(3000),
        indexIntervalBytes: random.below(500),
      });
      model.now += 1;
      for (let round = 0; round < 5; round++) {
        await appendRandomly(model, random, 20 + random.below(40), 1 + random.below(30));
        // Some rounds see the horizons of earlier ones pass.
        if (random.below(3) === 0) model.now += 2 * DELETE_RETENTION_MS;
        if (random.below(3) === 0) model.dedupeBufferBytes = ENTRY_BYTES * (1 + random.below(20));
        else model.dedupeBufferBytes = 1 << 20;
        const cleanedTo = await model.compactAll();
        await model.expectCompacted(cleanedTo, 'any');
        const isClean = random.below(2) === 0;
        await model.log.close({ clean: isClean });
        await model.open(isClean);
        await model.expectCompacted(cleanedTo, 'any');
      }
      await model.log.close({ clean: true });
    }
  }, 120_000);

  test('keeps tombstones until readers have had their time, and then drops them', async () => {
    const model = await CompactedLog.create();
    for (let index = 0; index < 60; index++) {
      const isDeleted = index % 3 === 0;
      await model.append([{ key: `k${index % 7}`, value: isDeleted ? null : 'x'.repeat(40) }]);
    }
    await model.append([{ key: 'last', value: 'x'.repeat(1200) }]);
    await model.flushed();
    const cleanedTo = await model.compactAll();
    await model.expectCompacted(cleanedTo, 'kept');
    expect(model.need(cleanedTo).isDue).toBe(false);
    const before = model.log.sizeBytes;
    model.now += DELETE_RETENTION_MS;
    expect(model.need(cleanedTo).isDue).toBe(true);
    await model.compactAll();
    await model.expectCompacted(cleanedTo, 'any');
    expect(model.log.sizeBytes).toBeLessThan(before);
    expect(model.need(cleanedTo).isDue).toBe(false);
  });

  test('keeps tombstones that a replica may not have yet, whatever their time', async () => {
    const model = await CompactedLog.create();
    await model.append([{ key: 'gone', value: 'x'.repeat(40) }]);
    await model.append([{ key: 'gone', value: null }]);
    await model.append([{ key: 'other', value: 'x'.repeat(1200) }]);
    await model.append([{ key: 'last', value: 'x'.repeat(1200) }]);
    await model.flushed();
    // One of the replicas holds the value, and went away in front of its tombstone.
    model.replicatedTo = 1;
    const cleanedTo = await model.compactAll();
    model.now += DELETE_RETENTION_MS;
    expect(model.need(cleanedTo).isDue).toBe(true);
    await model.compactAll();
    await model.expectCompacted(cleanedTo, 'kept');
    // As long as it stays away nothing can be done.
    expect(model.need(cleanedTo).isDue).toBe(false);
    model.replicatedTo = 2;
    expect(model.need(cleanedTo).isDue).toBe(true);
    const before = model.log.sizeBytes;
    await model.compactAll();
    await model.expectCompacted(cleanedTo, 'any');
    expect(model.log.sizeBytes).toBeLessThan(before);
    expect(model.need(cleanedTo).isDue).toBe(false);
  });

  test('drops what was aborted at once, and markers when nothing of theirs is left', async () => {
    const model = await CompactedLog.create();
    for (let index = 0; index < 40; index++) {
      const producer = 4 + (index % 2);
      const options = { producer, transactional: true };
      await model.append([{ key: `k${index}`, value: 'x'.repeat(50) }], options);
      if (index % 4 >= 2) model.end(producer, producer === 4 ? 'commit' : 'abort');
    }
    for (const producer of [4, 5]) model.end(producer, 'commit');
    // The same keys again, so that of the committed transactions nothing is left either.
    for (let index = 0; index < 40; index++) {
      await model.append([{ key: `k${index}`, value: 'y'.repeat(50) }]);
    }
    await model.append([{ key: 'last', value: 'x'.repeat(1200) }]);
    await model.flushed();
    expect(model.log.abortedTransactions(offset(0), model.log.logEndOffset).length).toBe(10);
    await model.expectCompacted(await model.compactAll(), 'kept');
    expect(model.log.abortedTransactions(offset(0), model.log.logEndOffset).length).toBe(10);
    model.now += DELETE_RETENTION_MS;
    await model.expectCompacted(await model.compactAll(), 'kept');
    // That of its producer's last marker stays: whoever sends that again is told that it is here.
    expect(model.log.abortedTransactions(offset(0), model.log.logEndOffset).length).toBe(1);
  });

  test('does nothing to a log that is clean, and goes on where it was when it is not', async () => {
    const model = await CompactedLog.create();
    await appendRandomly(model, new SeededRandom(5), 80, 10);
    const cleanedTo = await model.compactAll();
    const content = (): string[] =>
      model.fileSystem.list(DIRECTORY).map((name) => {
        const bytes = model.fileSystem.contentOf(`${DIRECTORY}/${name}`);
        return `${name} ${Buffer.from(bytes).toString('hex')}`;
      });
    // Each cleaning makes segments smaller, so that the next one may join more of them.
    let before: string[];
    let rounds = 0;
    do {
      before = content();
      await model.compactAll();
    } while (++rounds < 10 && before.join() !== content().join());
    expect(rounds).toBeLessThan(6);
    await model.log.close({ clean: false });
    await model.open();
    expect(model.need(cleanedTo)).toMatchObject({
      dirtyBytes: 0,
      isDue: false,
    });
  });

  test('leaves alone what it has no codec for, and says so', async () => {
    const model = await CompactedLog.create();
    model.codecs = NO_CODECS;
    for (let index = 0; index < 60; index++) {
      await model.append([{ key: 'k', value: 'x'.repeat(30) }], { gzip: index % 2 === 0 });
    }
    await model.flushed();
    await model.compactAll();
    expect([...model.unreadable]).toEqual(['the codec for gzip is not installed']);
    await model.expectNothingLost('kept');
    model.codecs = (await CompactedLog.create()).codecs;
    await model.compactAll();
    await model.expectNothingLost('kept');
  });

  test('ends when it is told to, and changes nothing by halves', async () => {
    const model = await CompactedLog.create();
    await appendRandomly(model, new SeededRandom(9), 150, 10);
    for (let pieces = 0; pieces < 200; pieces += 7) {
      let left = pieces;
      const report = await model.compact({ isCancelled: () => left-- <= 0 });
      await model.expectNothingLost('kept');
      if (report?.isComplete === true) return;
    }
    throw new Error('it was never given the time to end');
  });

  test('of a log that is cut, emptied or deleted from meanwhile does no harm', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = new SeededRandom(seed);
      const model = await CompactedLog.create();
      await appendRandomly(model, random, 100, 10);
      let pieces = random.below(120);
      const act = [
        () => model.log.advanceLogStartOffset(offset(random.below(model.endOfStable))),
        () => model.log.resetTo(offset(5000)),
        () => model.log.setAside('damaged'),
        () => model.log.markDamaged('for a test'),
      ][random.below(4)];
      let acted: Promise<unknown> = Promise.resolve();
      const report = await model.compact({
        isCancelled: () => {
          if (pieces-- === 0) acted = act?.() ?? acted;
          return false;
        },
      });
      await acted;
      expect(model.log.failure).toBeNull();
      if (model.log.recovery.state === 'whole' && model.log.logEndOffset > 0) {
        if (model.log.logStartOffset < 5000) await model.expectReadable();
        expect(report === null || report.cleanedTo >= 0).toBe(true);
      }
      await model.log.close({ clean: false });
      expect(model.fileSystem.openPaths()).toEqual([]);
    }
  });

  test('of rot is refused, and seals nothing anew', async () => {
    const model = await CompactedLog.create();
    await appendRandomly(model, new SeededRandom(11), 100, 10);
    const first = `${DIRECTORY}/00000000000000000000.log`;
    model.fileSystem.flipBit(first, 300, 2);
    const before = model.fileSystem.contentOf(first);
    await expect(model.compact()).rejects.toThrow('00000000000000000000.log');
    expect(model.fileSystem.contentOf(first)).toEqual(before);
    expect(model.fileSystem.list(DIRECTORY).filter((name) => name.endsWith('.cleaned'))).toEqual(
      [],
    );
  });
});

/** All of it can be cleaned, and little of it stays. */
async function dirtyLog(): Promise<CompactedLog> {
  const model = await CompactedLog.create();
  await appendRandomly(model, new SeededRandom(7), 45, 3);
  for (const producer of [4, 5]) model.end(producer, 'commit');
  await model.append([{ key: 'last', value: 'x'.repeat(1200) }]);
  await model.flushed();
  return model;
}

/** The second time segments are small enough to be joined. */
async function compactOften(model: CompactedLog): Promise<void> {
  const segments = (): number =>
    model.fileSystem.list(DIRECTORY).filter((name) => name.endsWith('.log')).length;
  const before = segments();
  for (let round = 0; round < 2; round++) await model.compactAll();
  expect(segments()).toBeLessThan(before / 2 + 1);
}

const POLICIES: Record<string, (seed: number) => CrashOptions | 'process'> = {
  'nothing unsynced is kept': () => ({ policy: 'drop' }),
  'everything is kept': () => ({ policy: 'keep' }),
  'anything may happen': (seed) => ({ random: new SeededRandom(seed) }),
  'anything else may happen': (seed) => ({ random: new SeededRandom(seed + 1_000) }),
  'only the process dies': () => 'process',
};

describe('a crash at every operation of compaction loses nothing', () => {
  for (const [name, policy] of Object.entries(POLICIES)) {
    test(
      name,
      async () => {
        let crashes = 0;
        for (let at = 1; ; at++) {
          const model = await dirtyLog();
          const old = model.fileSystem;
          const crashed = await untilOperation(
            old,
            at,
            () => {
              const options = policy(at);
              model.fileSystem = options === 'process' ? old.processCrash() : old.crash(options);
            },
            () => compactOften(model),
          );
          if (!crashed) break;
          crashes++;
          await model.open();
          expect(model.log.recovery.state).toBe('whole');
          await model.expectNothingLost('kept');
          // What was found is on the disk now.
          model.fileSystem = model.fileSystem.crash({ policy: 'drop' });
          await model.open();
          await model.expectNothingLost('kept');
          await model.expectCompacted(await model.compactAll(), 'kept');
        }
        expect(crashes).toBeGreaterThan(60);
      },
      120_000,
    );
  }

  test('nor does one while a start finishes what another has left', async () => {
    for (let at = 30; at < 130; at += 17) {
      for (let during = 1; ; during++) {
        const model = await dirtyLog();
        const first = model.fileSystem;
        await untilOperation(
          first,
          at,
          () => {
            model.fileSystem = first.crash({ policy: 'keep' });
          },
          () => compactOften(model),
        );
        if (model.fileSystem === first) model.fileSystem = first.processCrash();
        const second = model.fileSystem;
        const crashed = await untilOperation(
          second,
          during,
          () => {
            model.fileSystem = second.crash({ random: new SeededRandom(at * 1000 + during) });
          },
          () => model.open(),
        );
        if (!crashed) break;
        await model.open();
        expect(model.log.recovery.state).toBe('whole');
        await model.expectNothingLost('kept');
      }
    }
  }, 120_000);
});
