import { describe, expect, test } from 'vitest';
import { offset } from '../../../src/base/ids.ts';
import type { AbortedTransaction } from '../../../src/log/transaction-index.ts';
import { TransactionIndex } from '../../../src/log/transaction-index.ts';

function entry(producerId: number, first: number, last: number, stable = last + 1) {
  return {
    producerId,
    firstOffset: offset(first),
    lastOffset: offset(last),
    lastStableOffset: offset(stable),
  };
}

function indexOf(...entries: AbortedTransaction[]): TransactionIndex {
  const index = new TransactionIndex();
  for (const one of entries) index.append(one);
  return index;
}

const EXTENT = { baseOffset: offset(10), nextOffset: offset(60) };

describe('a transaction index', () => {
  test('is 34 big-endian bytes for each transaction, as in Kafka', () => {
    const bytes = indexOf(entry(5, 12, 20, 14)).encode();
    expect(Buffer.from(bytes).toString('hex')).toBe(
      '0000' + '0000000000000005' + '000000000000000c' + '0000000000000014' + '000000000000000e',
    );
    expect(indexOf().encode()).toHaveLength(0);
  });

  test('is read as it was written', () => {
    const index = indexOf(entry(5, 3, 20, 12), entry(6, 12, 21), entry(5, 30, 59));
    expect(TransactionIndex.parse(index.encode(), EXTENT)?.entries).toEqual(index.entries);
  });

  test('is refused where it makes no sense', () => {
    const good = indexOf(entry(5, 3, 20), entry(6, 12, 21)).encode();
    const spoilt = (at: number, value: number): Uint8Array => {
      const bytes = good.slice();
      bytes[at] = value;
      return bytes;
    };
    const bad: Record<string, Uint8Array> = {
      'half an entry': good.subarray(0, 50),
      'another version': spoilt(1, 1),
      'a producer below zero': spoilt(2, 0xff),
      'a first offset behind the marker': spoilt(17, 90),
      'a marker in front of the segment': spoilt(25, 9),
      'a marker behind the segment': spoilt(34 + 25, 60),
      'markers out of order': spoilt(25, 22),
      'a last stable offset behind the marker': spoilt(33, 40),
    };
    for (const [name, bytes] of Object.entries(bad)) {
      expect(TransactionIndex.parse(bytes, EXTENT), name).toBeNull();
    }
  });

  test('finds what overlaps a range, and says when nothing further can', () => {
    const index = indexOf(entry(1, 11, 20, 15), entry(2, 15, 30, 31), entry(3, 40, 50, 51));
    const collected = (from: number, to: number): [number[], boolean] => {
      const found: AbortedTransaction[] = [];
      const isDone = index.collect(offset(from), offset(to), found);
      return [found.map(({ producerId }) => producerId), isDone];
    };
    expect(collected(10, 60)).toEqual([[1, 2, 3], false]);
    expect(collected(20, 21)).toEqual([[1, 2], true]);
    expect(collected(21, 60)).toEqual([[2, 3], false]);
    expect(collected(21, 25)).toEqual([[2], true]);
    expect(collected(10, 15)).toEqual([[1], true]);
    expect(collected(10, 11)).toEqual([[], true]);
    expect(collected(51, 60)).toEqual([[], false]);
  });

  test('loses the transactions that end behind a cut', () => {
    const index = indexOf(entry(1, 11, 20), entry(2, 15, 30));
    index.truncateTo(offset(30));
    expect(index.entries.map(({ producerId }) => producerId)).toEqual([1]);
    index.truncateTo(offset(20));
    expect(index.entries).toEqual([]);
  });
});
