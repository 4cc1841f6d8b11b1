/**
 * A few worlds in every test run: some that are always the same, some that have found something
 * before, and some that nobody has seen yet, whose numbers are printed. `npm run sim` lives thousands.
 */
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { TELLING } from './seeds.ts';
import { simulate, type Outcome } from './simulation.ts';

const FIXED = [1, 2, 4, 5, 8, 10, 12, 14];
const RANDOM = 6;

/** A world has to be entered from a macrotask: its microtasks are run by hand. */
function live(seed: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(simulate(seed));
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}

function expectSound(outcome: Outcome): void {
  const again = `npm run sim -- --seed ${outcome.seed} --trace`;
  expect(outcome.message === null ? null : `${outcome.message}\n${again}`).toBeNull();
  expect(outcome.acknowledged).toBeGreaterThanOrEqual(500);
  const faults = Object.values(outcome.faults).reduce((sum, count) => sum + count, 0);
  expect(faults).toBeGreaterThanOrEqual(3);
}

test.each(FIXED)('seed %i holds', async (seed) => {
  expectSound(await live(seed));
});

test.each(TELLING)('seed $seed holds, which once found: $story', async ({ seed }) => {
  expectSound(await live(seed));
});

test.each(Array.from({ length: RANDOM }, () => randomInt(1_000_000, 2 ** 40)))(
  'seed %i, never seen before, holds',
  async (seed) => {
    expectSound(await live(seed));
  },
);

test('the same seed gives the same world, to the last event', async () => {
  for (const seed of [1, 17]) {
    const [one, other] = [await live(seed), await live(seed)];
    expect(other.traceHash).toBe(one.traceHash);
    expect(other.events).toBe(one.events);
  }
  const [one, other] = [await live(1), await live(2)];
  expect(other.traceHash).not.toBe(one.traceHash);
});
