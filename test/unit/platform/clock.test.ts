import { describe, expect, test } from 'vitest';
import { SystemClock } from '../../../src/platform/clock.ts';
import { SystemRandom } from '../../../src/platform/random.ts';

describe('the machine’s clock', () => {
  const clock = new SystemClock();

  test('never goes back, and starts with the process', () => {
    const first = clock.now();
    expect(clock.now()).toBeGreaterThanOrEqual(first);
    expect(clock.now()).toBeLessThan(3_600_000);
    expect(Number.isInteger(clock.timestamp())).toBe(true);
  });

  test('a timer of 0 fires in the next turn, one of 2 ms not before its time', async () => {
    const order: string[] = [];
    const start = clock.now();
    await new Promise<void>((resolve) => {
      clock.setTimer(2, () => {
        order.push('later');
        resolve();
      });
      clock.setTimer(0, () => order.push('next turn'));
      order.push('now');
    });
    expect(order).toEqual(['now', 'next turn', 'later']);
    expect(clock.now() - start).toBeGreaterThanOrEqual(2);
  });

  test('a cancelled timer does not fire', async () => {
    const fired: number[] = [];
    clock.setTimer(0, () => fired.push(0)).cancel();
    clock.setTimer(1, () => fired.push(1)).cancel();
    await new Promise<void>((resolve) => clock.setTimer(4, resolve));
    expect(fired).toEqual([]);
  });

  test('a timer of years waits, though Node’s own would fire at once', async () => {
    let fired = false;
    const timer = clock.setTimer(2 ** 40, () => (fired = true));
    await new Promise<void>((resolve) => clock.setTimer(4, resolve));
    expect(fired).toBe(false);
    timer.cancel();
  });
});

describe('the machine’s randomness', () => {
  const random = new SystemRandom();

  test('stays below the bound and reaches all of it', () => {
    const seen = new Set(Array.from({ length: 200 }, () => random.below(3)));
    expect([...seen].sort()).toEqual([0, 1, 2]);
    expect(() => random.below(0)).toThrow('bound');
  });

  test('ids are 22 characters of base64url, and differ', () => {
    expect(random.id()).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(random.id()).not.toBe(random.id());
  });
});
