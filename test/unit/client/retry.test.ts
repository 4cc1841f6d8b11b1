import { describe, expect, test } from 'vitest';
import { backoffMs } from '../../../src/client/retry.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';

describe('backoff', () => {
  test('doubles from the first failure to the limit, less up to a fifth', () => {
    const random = new SeededRandom(1);
    const options = { initialMs: 10, maxMs: 500 };
    for (let failures = 1; failures < 100; failures++) {
      const full = Math.min(500, 10 * 2 ** (failures - 1));
      const delay = backoffMs(options, failures, random);
      expect(delay).toBeGreaterThan(full * 0.8 - 0.001);
      expect(delay).toBeLessThanOrEqual(full);
    }
  });

  test('differs between clients that fail together', () => {
    const options = { initialMs: 100, maxMs: 500 };
    const delays = Array.from({ length: 50 }, (_, seed) =>
      backoffMs(options, 2, new SeededRandom(seed)),
    );
    expect(new Set(delays).size).toBeGreaterThan(25);
  });
});
