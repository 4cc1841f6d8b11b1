import { expect, test } from 'vitest';
import { offset } from '../../../src/base/ids.ts';
import { Arrivals } from '../../../src/log/arrivals.ts';

test('what has arrived counts up to the first write that has not', () => {
  const arrivals = new Arrivals(offset(5));
  const first = arrivals.begin(offset(8));
  const second = arrivals.begin(offset(9));
  second(true);
  expect(arrivals.endOffset).toBe(5);
  first(true);
  expect(arrivals.endOffset).toBe(9);
  expect(arrivals.isUnderWay).toBe(false);
});

test('nothing counts behind a write that failed', () => {
  const arrivals = new Arrivals(offset(0));
  const first = arrivals.begin(offset(1));
  const second = arrivals.begin(offset(2));
  first(false);
  second(true);
  expect(arrivals.endOffset).toBe(0);
  expect(arrivals.isUnderWay).toBe(false);
});

test('what a cut has made meaningless moves nothing, and is waited for', async () => {
  const arrivals = new Arrivals(offset(0));
  const old = arrivals.begin(offset(10));
  arrivals.restart(offset(4));
  const young = arrivals.begin(offset(6));
  let isSettled = false;
  const settled = arrivals.settled().then(() => {
    isSettled = true;
  });
  young(true);
  await Promise.resolve();
  expect([arrivals.endOffset, isSettled]).toEqual([6, false]);
  old(true);
  await settled;
  expect(arrivals.endOffset).toBe(6);
});
