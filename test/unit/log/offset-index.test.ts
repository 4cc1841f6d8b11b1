import { describe, expect, test } from 'vitest';
import { offset } from '../../../src/base/ids.ts';
import { OffsetIndex } from '../../../src/log/offset-index.ts';

function indexOf(entries: readonly (readonly [number, number])[]): OffsetIndex {
  const index = new OffsetIndex(offset(1000));
  for (const [last, position] of entries) index.append(offset(last), position);
  return index;
}

describe('OffsetIndex', () => {
  test('leads to the greatest entry that is not beyond the target', () => {
    const index = indexOf([
      [1009, 500],
      [1019, 900],
    ]);
    expect([1000, 1008, 1009, 1018, 1019, 5000].map((at) => index.positionFor(offset(at)))).toEqual(
      [0, 0, 500, 500, 900, 900],
    );
  });

  test('drops the entries of batches that end at the cut or behind', () => {
    const index = indexOf([
      [1009, 500],
      [1019, 900],
    ]);
    index.truncateTo(offset(1020));
    expect(index.count).toBe(2);
    index.truncateTo(offset(1019));
    expect([index.count, index.lastPosition]).toEqual([1, 500]);
  });

  test('has the layout of Kafka', () => {
    const bytes = indexOf([
      [1009, 500],
      [1019, 0x01020304],
    ]).encode();
    expect(Buffer.from(bytes).toString('hex')).toBe('00000009000001f40000001301020304');
    expect(OffsetIndex.parse(offset(1000), bytes, 0x01020305)?.encode()).toEqual(bytes);
  });

  test('holds many entries', () => {
    const index = new OffsetIndex(offset(0));
    for (let at = 1; at <= 1000; at++) index.append(offset(at * 2), at * 10);
    for (let at = 1; at <= 1000; at++) expect(index.positionFor(offset(at * 2 + 1))).toBe(at * 10);
  });

  test('bytes that are no index are not taken for one', () => {
    const good = indexOf([
      [1009, 500],
      [1019, 900],
    ]).encode();
    expect(OffsetIndex.parse(offset(1000), good.subarray(1), 1000)).toBeNull();
    expect(OffsetIndex.parse(offset(1000), good, 900)).toBeNull();
    expect(OffsetIndex.parse(offset(1000), new Uint8Array(16), 1000)).toBeNull();
    const swapped = new Uint8Array([...good.subarray(8), ...good.subarray(0, 8)]);
    expect(OffsetIndex.parse(offset(1000), swapped, 1000)).toBeNull();
  });
});
