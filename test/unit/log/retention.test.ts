import { describe, expect, test } from 'vitest';
import { offset } from '../../../src/base/ids.ts';
import { countExpired, isOlderThan } from '../../../src/log/retention.ts';

const closed = [100, 200, 300].map((largestTimestamp, index) => ({
  nextOffset: offset((index + 1) * 10),
  bytes: 50,
  largestTimestamp,
}));
const none = { now: 1000, retentionMs: -1, retentionBytes: -1, upTo: offset(99) };

describe('countExpired', () => {
  test('nothing goes without limits', () => {
    expect(countExpired(closed, 50, none)).toBe(0);
  });

  test('by time: all records of a segment must be too old', () => {
    expect(countExpired(closed, 50, { ...none, retentionMs: 800 })).toBe(1);
    expect(countExpired(closed, 50, { ...none, retentionMs: 799 })).toBe(2);
    expect(countExpired(closed, 50, { ...none, retentionMs: 0 })).toBe(3);
  });

  test('by time: a segment that compaction has left without records goes with the next one', () => {
    const [first, second, third] = closed;
    const empty = { nextOffset: offset(10), bytes: 61, largestTimestamp: -1 };
    const segments = [empty, second ?? empty, third ?? empty];
    expect(countExpired(segments, 50, { ...none, retentionMs: 799 })).toBe(2);
    expect(countExpired(segments, 50, { ...none, retentionMs: 800 })).toBe(0);
    expect(countExpired([empty, empty], 50, { ...none, retentionMs: 0 })).toBe(0);
    expect(countExpired([first ?? empty, empty], 50, { ...none, retentionMs: 0 })).toBe(1);
  });

  test('by size: what stays is never less than the limit', () => {
    expect(countExpired(closed, 50, { ...none, retentionBytes: 200 })).toBe(0);
    expect(countExpired(closed, 50, { ...none, retentionBytes: 150 })).toBe(1);
    expect(countExpired(closed, 50, { ...none, retentionBytes: 101 })).toBe(1);
    expect(countExpired(closed, 50, { ...none, retentionBytes: 0 })).toBe(3);
  });

  test('nothing at or beyond the high watermark goes', () => {
    expect(countExpired(closed, 50, { ...none, retentionMs: 0, upTo: offset(19) })).toBe(1);
  });

  test('a segment that is kept keeps those behind it', () => {
    const late = closed.map((one, index) => ({ ...one, largestTimestamp: index === 0 ? 5000 : 1 }));
    expect(countExpired(late, 50, { ...none, retentionMs: 10 })).toBe(0);
  });
});

test('records without a timestamp do not age', () => {
  expect(isOlderThan(-1, 10, 1000)).toBe(false);
  expect(isOlderThan(0, -1, 1000)).toBe(false);
  expect(isOlderThan(0, 999, 1000)).toBe(true);
});
