// Every surface for a little while: a seed that stays, and one that is drawn anew each time.
import { randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { FailureStore } from './failure-store.ts';
import { runSurface } from './run-surface.ts';
import type { SurfaceReport, SurfaceRun } from './run-surface.ts';
import { LIVE_SURFACE_NAMES, SURFACE_NAMES } from './surfaces/index.ts';

const DRAWN_SEED = randomInt(2 ** 32);
const STAYING_SEED = 2;
/** A machine that is busy with the rest of the tests takes its time. */
const MS_MAX = 180_000;
const store = new FailureStore();

process.stdout.write(`fuzz: the seed that was drawn is ${DRAWN_SEED}\n`);

describe('no input is more than a refusal', () => {
  for (const surface of SURFACE_NAMES) {
    const inputs = LIVE_SURFACE_NAMES.includes(surface) ? 100 : 1_000;
    test(
      `to ${surface}`,
      async () => {
        const ask = async (seed: number): Promise<SurfaceReport> => {
          const report = await runSurface({ surface, seeds: [seed], inputs });
          expect(report.failures.map((failure) => store.keep(surface, failure))).toEqual([]);
          expect(report.inputs).toBe(inputs);
          return report;
        };
        await ask(DRAWN_SEED);
        // A surface that takes everything, or nothing, has not been asked much. Not of the seed that is
        // drawn: of a hundred requests to HTTP some four are accepted, and at times none.
        const report = await ask(STAYING_SEED);
        const refused = [...report.refused.values()].reduce((sum, count) => sum + count, 0);
        expect(report.accepted).toBeGreaterThan(inputs / 100);
        expect(refused).toBeGreaterThan(inputs / 100);
      },
      MS_MAX,
    );
  }
});

describe('the harness', { timeout: MS_MAX }, () => {
  const buggy = (bug: SurfaceRun['surface'], more: Partial<SurfaceRun> = {}) =>
    runSurface({ surface: bug, seeds: [7], inputs: 600, hangSeconds: 2, ...more });
  const errorsOf = ({ failures }: SurfaceReport) => failures.map(({ error }) => error);

  test('sees an error that is no refusal, and the input that it keeps brings it back', async () => {
    const report = await buggy('self-test: throws');
    expect(errorsOf(report)[0]).toContain('cannot read 25');
    const [{ bytes } = { bytes: null }] = report.failures;
    const again = await buggy('self-test: throws', { replay: [bytes ?? new Uint8Array(0)] });
    expect(errorsOf(again)[0]?.split('\n')[0]).toBe(errorsOf(report)[0]?.split('\n')[0]);
  });

  test('stops a thread that never comes back, and says with which input', async () => {
    const [failure, ...others] = (await buggy('self-test: loops')).failures;
    expect(others).toEqual([]);
    expect(failure?.error).toContain('no sign of life for 2 seconds');
    expect(failure?.bytes?.[0]).toBeGreaterThanOrEqual(250);
  });

  test('sees an input that never ends', async () => {
    const [failure] = (await buggy('self-test: waits')).failures;
    expect(failure?.error).toContain('has not ended after');
    expect(failure?.bytes?.[0]).toBeGreaterThanOrEqual(250);
  });

  test('sees memory that is kept, and handles', async () => {
    const [leak, hold] = await Promise.all([
      buggy('self-test: leaks', { settleMs: 500 }),
      buggy('self-test: holds on to a timer', { inputs: 6_000, settleMs: 500 }),
    ]);
    expect(errorsOf(leak)).toEqual([expect.stringContaining('memory grew')]);
    expect(errorsOf(hold)).toEqual([
      expect.stringContaining('handles of Timeout'),
      'the thread does not end by itself',
    ]);
  });

  test('sees a corpus that is refused', async () => {
    const report = await buggy('self-test: refuses its seeds');
    expect(errorsOf(report)[0]).toContain('seed 0 is not accepted');
  });

  test('gives the same inputs for the same seed, and others for another', async () => {
    const [one, same, other] = await Promise.all(
      [3, 3, 4].map((seed) => runSurface({ surface: 'records', seeds: [seed], inputs: 300 })),
    );
    expect([...(same?.refused ?? [])]).toEqual([...(one?.refused ?? [])]);
    expect([...(other?.refused ?? [])]).not.toEqual([...(one?.refused ?? [])]);
  });
});
