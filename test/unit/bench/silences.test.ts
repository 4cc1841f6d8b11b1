import { expect, test } from 'vitest';
import { Silences } from '../../../bench/silences.ts';

test('an acknowledgement of what was sent before the kill does not end the gap', () => {
  const silences = new Silences(0);
  silences.acknowledged(0, 100);
  const watch = silences.watch(102, 3);
  silences.acknowledged(1, 103);
  silences.acknowledged(2, 104);
  expect(watch.firstAckMs).toBeNull();
  silences.acknowledged(3, 404);
  silences.acknowledged(4, 410);
  expect(watch.firstAckMs).toBe(302);
  expect(watch.longestMs(411)).toBe(300);
});

test('a silence counts from the last acknowledgement before the watch, and while it lasts', () => {
  const silences = new Silences(0);
  silences.acknowledged(0, 50);
  const watch = silences.watch(60, 1);
  expect(watch.longestMs(150)).toBe(100);
  silences.acknowledged(1, 160);
  silences.acknowledged(2, 165);
  expect(watch.longestMs(170)).toBe(110);
});

test('a new watch knows nothing of the silences before it', () => {
  const silences = new Silences(0);
  silences.watch(0, 0);
  silences.acknowledged(0, 900);
  const watch = silences.watch(901, 1);
  silences.acknowledged(1, 905);
  expect(watch.longestMs(906)).toBe(5);
});
