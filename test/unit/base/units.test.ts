import fc from 'fast-check';
import { expect, test } from 'vitest';
import { didYouMean, nearestName } from '../../../src/base/nearest-name.ts';
import {
  formatBytes,
  formatDurationMs,
  parseBytes,
  parseDurationMs,
} from '../../../src/base/units.ts';

test('durations', () => {
  const texts = ['250ms', '10s', '5m', '1h', '7d', '1.5s', '42', '-1', '10 S'];
  expect(texts.map(parseDurationMs)).toEqual([
    250, 10_000, 300_000, 3_600_000, 604_800_000, 1_500, 42, -1, 10_000,
  ]);
  for (const text of ['', 's', '10x', '1e3', '0.5ms', '10s5ms', '99999999999999999']) {
    expect(parseDurationMs(text), text).toBeNull();
  }
});

test('sizes', () => {
  const texts = ['64KiB', '1GiB', '1kB', '1.5MiB', '12', '64kib'];
  expect(texts.map(parseBytes)).toEqual([65_536, 2 ** 30, 1_000, 1_572_864, 12, 65_536]);
  for (const text of ['1G', 'KiB', '1.5B', '10s']) expect(parseBytes(text), text).toBeNull();
});

test('what is formatted parses to the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1, max: 2 ** 45 }), (value) => {
      expect(parseBytes(formatBytes(value))).toBe(value);
      expect(parseDurationMs(formatDurationMs(value))).toBe(value);
    }),
  );
  expect(formatBytes(268_435_456)).toBe('256MiB');
  expect(formatBytes(1_048_588)).toBe('1048588');
  expect(formatDurationMs(1_500)).toBe('1500ms');
});

test('the nearest name', () => {
  const known = ['log.dir', 'log.segment.bytes', 'broker.id'];
  expect(nearestName('log.dirr', known)).toBe('log.dir');
  expect(nearestName('log.segmnt.byts', known)).toBe('log.segment.bytes');
  expect(nearestName('something.else', known)).toBeNull();
  expect(didYouMean('borker.id', known)).toBe(' (did you mean broker.id?)');
  expect(didYouMean('x', known)).toBe('');
});
