import { expect, test } from 'vitest';
import { shortage } from '../../../bench/restart.ts';

const GIB = 2 ** 30;

test('three replicas need a tenth more than their size, and a GiB', () => {
  const enough = { logBytes: 10 * GIB, freeBytes: 34 * GIB, directory: '/data' };
  expect(shortage(enough)).toBeNull();
  expect(shortage({ ...enough, freeBytes: 33.9 * GIB })).toBe(
    '/data has 33.9 GiB free, and three replicas of 10.0 GiB need 34.0 GiB; ask for less with ' +
      '--log-bytes, or name another disk with --data-dir',
  );
});
