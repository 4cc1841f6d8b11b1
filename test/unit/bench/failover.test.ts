import { expect, test } from 'vitest';
import { topicsOf } from '../../../bench/failover-partitions.ts';
import { distributionOf } from '../../../bench/failover.ts';

test('a distribution keeps every value in its order, and names the middle and the worst', () => {
  expect(distributionOf([312.34, 290.06, 401])).toEqual({
    p50: 312.3,
    max: 401,
    all: [312.3, 290.1, 401],
  });
});

test('partitions are spread over topics of five hundred at most', () => {
  expect(topicsOf(1_300).map(({ partitions }) => partitions)).toEqual([500, 500, 300]);
  expect(topicsOf(500)).toEqual([{ topic: 'failover-0', partitions: 500 }]);
});
