import { expect, test } from 'vitest';
import { compareRatios } from '../../../bench/guard.ts';

const RECORDED = { producePageCache: 900, produceFsync: 600, consume: 3_000 };

test('passes what varies, and fails what got slower by more than a third', () => {
  const now = { producePageCache: 700, produceFsync: 390, consume: 4_000 };
  const rows = compareRatios(now, RECORDED);
  expect(rows.map(({ path, share, passes }) => [path, share, passes])).toEqual([
    ['producePageCache', 0.78, true],
    ['produceFsync', 0.65, false],
    ['consume', 1.33, true],
  ]);
});

test('a path that nothing is recorded of does not pass', () => {
  const now = { producePageCache: 700, produceFsync: 390, consume: 4_000 };
  const { consume: _, ...rest } = RECORDED;
  const rows = compareRatios(now, rest as typeof RECORDED);
  expect(rows.find(({ path }) => path === 'consume')?.passes).toBe(false);
});
