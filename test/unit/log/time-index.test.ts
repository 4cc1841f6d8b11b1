import { describe, expect, test } from 'vitest';
import { offset } from '../../../src/base/ids.ts';
import { TimeIndex } from '../../../src/log/time-index.ts';

function indexOf(entries: readonly (readonly [number, number])[]): TimeIndex {
  const index = new TimeIndex(offset(1000));
  for (const [timestamp, last] of entries) index.maybeAppend(timestamp, offset(last));
  return index;
}

describe('TimeIndex', () => {
  test('takes only timestamps larger than all so far', () => {
    const index = indexOf([
      [50, 1001],
      [50, 1002],
      [40, 1003],
      [60, 1004],
    ]);
    expect([index.count, index.lastTimestamp, index.lastOffset]).toEqual([2, 60, 1004]);
  });

  test('leads to an offset in front of which nothing reaches the timestamp', () => {
    const index = indexOf([
      [50, 1001],
      [60, 1004],
    ]);
    expect([0, 50, 55, 60, 99].map((time) => index.offsetFor(time))).toEqual([
      1000, 1001, 1001, 1004, 1004,
    ]);
  });

  test('drops entries of batches that end at the cut or behind', () => {
    const index = indexOf([
      [50, 1001],
      [60, 1004],
    ]);
    index.truncateTo(offset(1004));
    expect([index.count, index.lastTimestamp]).toEqual([1, 50]);
  });

  test('has the layout of Kafka', () => {
    const bytes = indexOf([
      [0x0102030405, 1001],
      [0x0102030406, 1007],
    ]).encode();
    expect(Buffer.from(bytes).toString('hex')).toBe(
      '000000010203040500000001' + '000000010203040600000007',
    );
    expect(TimeIndex.parse(offset(1000), bytes)?.encode()).toEqual(bytes);
  });

  test('bytes that are no time index are not taken for one', () => {
    const good = indexOf([
      [50, 1001],
      [60, 1004],
    ]).encode();
    expect(TimeIndex.parse(offset(1000), good.subarray(1))).toBeNull();
    expect(TimeIndex.parse(offset(1000), new Uint8Array(24))).toBeNull();
    expect(TimeIndex.parse(offset(1000), new Uint8Array(12).fill(0xff))).toBeNull();
    expect(TimeIndex.parse(offset(1000), new Uint8Array(12).fill(0x7f))).toBeNull();
  });
});
