import { expect, test } from 'vitest';
import { IdleHeap } from '../../../src/platform/idle-heap.ts';
import { HandClock } from '../hand-clock.ts';

const LOOK_MS = 5_000;

/** A thread that works as it is told to, and counts what is collected. */
function idle(): {
  heap: IdleHeap;
  pass: (workedMs: number) => number;
  inspect: (isInspected: boolean) => void;
} {
  const clock = new HandClock();
  let [busyMs, collections, isInspected] = [0, 0, false];
  const heap = new IdleHeap({
    clock,
    busyMs: () => busyMs,
    isInspected: () => isInspected,
    collect: () => (collections += 1),
  });
  const pass = (workedMs: number): number => {
    busyMs += workedMs;
    clock.advance(LOOK_MS);
    return collections;
  };
  const inspect = (is: boolean): void => {
    isInspected = is;
  };
  return { heap, pass, inspect };
}

test('nothing is collected while there is work', () => {
  const { pass } = idle();
  for (let look = 0; look < 10; look += 1) expect(pass(1_000)).toBe(0);
});

test('everything is collected once when the work is over', () => {
  const { pass } = idle();
  pass(1_000);
  // One look without work may be a pause.
  expect(pass(10)).toBe(0);
  expect(pass(10)).toBe(1);
  for (let look = 0; look < 10; look += 1) expect(pass(10)).toBe(1);
  pass(1_000);
  pass(10);
  expect(pass(10)).toBe(2);
});

test('who does next to nothing collects seldom', () => {
  const { pass } = idle();
  const looks = Array.from({ length: 100 }, () => pass(10));
  expect(looks.at(-1)).toBe(4);
});

test('a heap that is being looked at is left alone until nobody does', () => {
  const { pass, inspect } = idle();
  inspect(true);
  pass(1_000);
  for (let look = 0; look < 10; look += 1) expect(pass(10)).toBe(0);
  inspect(false);
  expect(pass(10)).toBe(1);
});

test('a heap that is closed is left alone', () => {
  const { heap, pass } = idle();
  pass(1_000);
  pass(10);
  heap.close();
  expect(pass(10)).toBe(0);
});
