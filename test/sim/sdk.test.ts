/**
 * Worlds with clients of the SDK, which most worlds are without. What they met is asked for, so that
 * a world in which they did nothing does not pass.
 */
import { expect, test } from 'vitest';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { drawKnobs, type Knobs } from './knobs.ts';
import { Scheduler } from './scheduler.ts';
import { sealGlobals } from './sealed-globals.ts';
import { simulate, type Outcome } from './simulation.ts';

/** What the seed draws, and clients of the SDK besides. */
function knobsOf(seed: number): Knobs {
  return {
    ...drawKnobs(new SeededRandom(seed).fork()),
    sdk: true,
    // The judge knows what clients of the SDK and the raw ones send.
    exactProducers: 0,
    transactionalProducers: 0,
  };
}

/** A world has to be entered from a macrotask: its microtasks are run by hand. */
function inMacrotask<Result>(work: () => Result): Promise<Result> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(work());
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}

function live(seed: number): Promise<Outcome> {
  return inMacrotask(() => simulate(seed, { knobs: knobsOf(seed) }));
}

test.each([1, 3, 6, 9])('seed %i holds for clients of the SDK, twice the same', async (seed) => {
  const outcome = await live(seed);
  expect(outcome.message).toBeNull();
  const { sdk } = outcome;
  expect(sdk?.['sent']).toBeGreaterThan(100);
  expect(sdk?.['delivered']).toBeGreaterThan(50);
  expect(sdk?.['read']).toBeGreaterThan(1_000);
  const again = await live(seed);
  expect(again.traceHash).toBe(outcome.traceHash);
  expect(again.sdk).toEqual(sdk);
});

test('an event of a process has no time or chance but the simulated ones', async () => {
  const asked: Readonly<Record<string, () => unknown>> = {
    setTimeout: () => setTimeout(() => {}, 1),
    setInterval: () => setInterval(() => {}, 1),
    'Date.now': () => Date.now(),
    'Math.random': () => Math.random(),
    'performance.now': () => performance.now(),
    'process.nextTick': () => process.nextTick(() => {}),
  };
  await inMacrotask(() => {
    const scheduler = new Scheduler();
    const errors: string[] = [];
    scheduler.onError = (error) => {
      errors.push(error instanceof Error ? error.message : String(error));
    };
    const life = scheduler.startProcess('broker-1');
    const unseal = sealGlobals(scheduler);
    try {
      for (const ask of Object.values(asked)) scheduler.schedule(1, life, 'client', ask);
      scheduler.runFor(10);
      // Outside of events everything is as it was.
      expect(Date.now()).toBeGreaterThan(0);
    } finally {
      unseal();
    }
    expect(errors).toEqual(
      Object.keys(asked).map((what) => `broker-1 has called ${what}, which no seed can replay`),
    );
  });
});

test('setImmediate is an event of the process that calls it, and dies with it', async () => {
  await inMacrotask(() => {
    const scheduler = new Scheduler();
    const life = scheduler.startProcess('broker-1');
    const doomed = scheduler.startProcess('broker-2');
    const { setImmediate: real } = globalThis;
    const unseal = sealGlobals(scheduler);
    const called: string[] = [];
    try {
      for (const process of [life, doomed]) {
        scheduler.schedule(1, process, 'client', () => {
          setImmediate(() => called.push(process.name));
        });
      }
      scheduler.schedule(1, null, 'fault', () => scheduler.kill(doomed));
      scheduler.runFor(10);
    } finally {
      unseal();
    }
    expect(called).toEqual(['broker-1']);
    expect(globalThis.setImmediate).toBe(real);
  });
});
