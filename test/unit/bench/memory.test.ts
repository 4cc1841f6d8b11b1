import { expect, test } from 'vitest';
import { parsePss, peakOf } from '../../../bench/memory.ts';

test('the peak of all is of one moment, not the sum of the peaks', () => {
  expect(
    peakOf([
      [10, 50],
      [40, 15],
    ]),
  ).toEqual({ each: [40, 50], all: 60 });
});

test('reads the proportional set size, and not its parts', () => {
  const rollup =
    '55d0c2a2c000-7ffd7c3f0000 ---p 00000000 00:00 0   [rollup]\n' +
    'Rss:               63256 kB\nPss:               31894 kB\nPss_Dirty:         24016 kB\n' +
    'Pss_Anon:          24000 kB\n';
  expect(parsePss(rollup)).toBe(31_894 * 1024);
  expect(parsePss('')).toBeNull();
});
