import { expect, test } from 'vitest';
import { hundredths, mapSpread, quantile, shuffled, spreadOf } from '../../../bench/statistics.ts';

test('a spread is the middle and both ends, whatever the order', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spreadOf([4, 1, 10, 2])).toEqual({ median: 3, min: 1, max: 10 });
  expect(mapSpread({ median: 2, min: 1, max: 3 }, (value) => -value)).toEqual({
    median: -2,
    min: -1,
    max: -3,
  });
});

test('a quantile is a sample that was taken', () => {
  const sorted = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([0, 0.5, 0.99, 1].map((share) => quantile(sorted, share))).toEqual([1, 50, 99, 100]);
  expect(quantile([], 0.5)).toBe(0);
});

test('numbers have two digits behind the point', () => {
  expect([1.005, 2 / 3, 1e6].map(hundredths)).toEqual([1, 0.67, 1e6]);
});

test('what is shuffled is all there, and in every order', () => {
  const orders = new Set(Array.from({ length: 500 }, () => shuffled(['a', 'b', 'c']).join('')));
  expect([...orders].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
});
