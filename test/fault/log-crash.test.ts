import { describe, expect, test } from 'vitest';
import type { CrashOptions } from '../../src/testing/memory-file-system.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { readAll, settle } from '../unit/log/log-fixture.ts';
import { ModelledLog, untilOperation } from './log-model.ts';

/** A bit of everything that a log does, with rolls, cuts over segments, and a moved log start. */
async function story(model: ModelledLog): Promise<void> {
  await model.open();
  await model.assignNextEpoch();
  for (let round = 0; round < 4; round++) {
    for (let index = 0; index < 4; index++) {
      const spec = { records: 2, valueBytes: 150, time: 1000 * round };
      if (index === 0) model.append(spec);
      else model.produce(index, { ...spec, transactional: index === 3 });
      if (index % 2 === 1) model.log.flush();
    }
    if (round % 2 === 0) model.endTransaction(3, round === 0 ? 'commit' : 'abort', 1000 * round);
    await model.flushed();
    model.raiseMark();
  }
  await model.assignNextEpoch();
  model.produce(7, { records: 1, valueBytes: 700, time: 5000, transactional: true });
  await model.truncate(19);
  model.endTransaction(3, 'abort', 5000);
  model.append({ records: 3, valueBytes: 50, time: 5000 });
  model.log.flush();
  await model.advanceStart(5);
  await model.assignNextEpoch();
  model.append({ records: 3, valueBytes: 900, time: 6000 });
  await model.flushed();
  await model.truncate(model.end);
  await model.retain(6500, model.end);
  model.append({ records: 1, time: 7000 });
  await model.flushed();
  await model.reset(100);
  await model.assignNextEpoch();
  model.append({ records: 1, time: 7000 });
  await model.log.close({ clean: true });
}

const POLICIES: Record<string, (seed: number) => CrashOptions | 'process'> = {
  'nothing unsynced is kept': () => ({ policy: 'drop' }),
  'everything is kept': () => ({ policy: 'keep' }),
  'writes are torn': () => ({ policy: 'tear' }),
  'anything may happen': (seed) => ({ random: new SeededRandom(seed) }),
  'only the process dies': () => 'process',
};

async function crashInStory(
  at: number,
  options: CrashOptions | 'process',
): Promise<ModelledLog | null> {
  const model = await ModelledLog.create();
  const old = model.fileSystem;
  const crashed = await untilOperation(
    old,
    at,
    () => {
      model.fileSystem = options === 'process' ? old.processCrash() : old.crash(options);
    },
    () => story(model),
  );
  return crashed ? model : null;
}

describe('a crash at every operation loses nothing that was reported durable', () => {
  for (const [name, policy] of Object.entries(POLICIES)) {
    test(name, async () => {
      let at = 1;
      for (; ; at++) {
        const model = await crashInStory(at, policy(at));
        if (model === null) break;
        await model.open();
        await model.expectSurvived();
        if (name === 'nothing unsynced is kept' || name === 'everything is kept') {
          expect(model.log.recovery.state).toBe('whole');
        }
        // What was found is on the disk now: the power may go again at once.
        model.fileSystem = model.fileSystem.crash({ policy: 'drop' });
        await model.open();
        await model.expectSurvived();
        await model.assignNextEpoch();
        model.append({ records: 2 });
        await model.flushed();
        expect(model.required).toBe(model.end);
        await model.log.close({ clean: false });
      }
      expect(at).toBeGreaterThan(150);
    });
  }
});

test('a crash at every operation of recovery leads to the same log', async () => {
  const random = new SeededRandom(7);
  for (let at = 20; at < 200; at += 31) {
    for (let during = 1; ; during++) {
      const seed = at * 1000;
      const options = { random: new SeededRandom(seed) };
      const model = await crashInStory(at, options);
      if (model === null) return;
      const old = model.fileSystem;
      const crashed = await untilOperation(
        old,
        during,
        () => {
          model.fileSystem = old.crash({ random: random.fork() });
        },
        () => model.open(),
      );
      if (crashed) await model.open();
      const state = model.log.recovery.state;
      await model.expectSurvived();
      model.fileSystem = model.fileSystem.crash({ policy: 'drop' });
      await model.open();
      expect(model.log.recovery).toMatchObject({ state, cutBytes: 0 });
      await model.expectSurvived();
      if (!crashed) break;
    }
  }
});

test('a log that lives through many crashes never loses what was durable', async () => {
  for (let seed = 1; seed <= 40; seed++) await live(seed);
}, 120_000);

/** One log, several lives: random operations, each life ended by a crash at some operation. */
async function live(seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const model = await ModelledLog.create({
    durability: random.below(4) === 0 ? 'page-cache' : 'fsync',
    segmentBytes: 400 + random.below(3000),
    indexIntervalBytes: random.below(600),
  });
  const isPageCache = model.config.durability === 'page-cache';
  for (let life = 0; life < 6; life++) {
    const old = model.fileSystem;
    let isCrash = true;
    await untilOperation(
      old,
      1 + random.below(120),
      () => {
        // What is only in the page cache is promised to survive the process, not the machine.
        if (isPageCache || random.below(4) === 0) {
          model.fileSystem = old.processCrash();
          isCrash = false;
        } else {
          model.fileSystem = old.crash({ random: random.fork() });
        }
      },
      () => randomLife(model, random),
    );
    if (model.fileSystem === old) model.fileSystem = old.processCrash();
    await model.open();
    await model.expectSurvived();
    if (!isCrash && model.log.recovery.state === 'uncertain') await model.log.clearUncertain();
    await model.log.close({ clean: false });
  }
}

async function randomLife(model: ModelledLog, random: SeededRandom): Promise<void> {
  const { fileSystem } = model;
  await model.open();
  if (model.log.recovery.state === 'uncertain') await model.log.clearUncertain();
  await model.assignNextEpoch();
  for (let step = 0; step < 60; step++) {
    // A life that has ended must not act in the next one.
    if (model.fileSystem !== fileSystem) return;
    const choice = random.below(100);
    if (choice < 50) {
      for (let count = random.below(4); count >= 0; count--) {
        const time = 1000 + step * 10 + random.below(30);
        const spec = {
          records: 1 + random.below(4),
          valueBytes: random.below(random.below(8) === 0 ? 3000 : 150),
          time,
          fill: random.below(2) === 0 ? 0 : 0x61,
        };
        const producer = random.below(7);
        if (producer < 2) model.append(spec);
        else if (random.below(4) > 0)
          model.produce(producer, { ...spec, transactional: producer > 3 });
        else model.endTransaction(producer, random.below(3) === 0 ? 'commit' : 'abort', time);
      }
    } else if (choice < 70) model.log.flush();
    else if (choice < 80) await settle();
    else if (choice < 86) model.raiseMark();
    else if (choice < 90) await model.assignNextEpoch();
    else if (choice < 94) {
      await model.truncate(between(random, model.log.logStartOffset, model.log.logEndOffset));
      await model.assignNextEpoch();
    } else if (choice < 96) {
      await model.advanceStart(between(random, model.startRequired, model.required));
    } else if (choice < 97) await model.retain(1000 + step * 10, model.required);
    else if (choice < 98) {
      await model.reset(model.end + random.below(50));
      await model.assignNextEpoch();
    } else await readAll(model.log, 1 + random.below(1000));
  }
}

function between(random: SeededRandom, low: number, high: number): number {
  return low + random.below(Math.max(1, high - low + 1));
}
