import { describe, expect, test } from 'vitest';
import { batchesIn, forEachBatch, wholeBatchBytes } from '../../../src/record/batch-iterator.ts';
import { CorruptBatch } from '../../../src/record/corrupt-batch.ts';
import { patched, stampedBatch } from './batches.ts';

const first = stampedBatch(10, 1, ['a', 'b']);
const second = stampedBatch(12, 1, ['c']);
const third = stampedBatch(13, 2, ['d', 'e', 'f']);
const all = Buffer.concat([first, second, third]);

function walk(bytes: Uint8Array, start = 0) {
  const seen: [number, number][] = [];
  const end = forEachBatch(
    bytes,
    (header, position) => seen.push([position, header.baseOffset]),
    start,
  );
  return { seen, end };
}

describe('walking over batches', () => {
  test('finds each with its position', () => {
    expect(walk(all)).toEqual({
      seen: [
        [0, 10],
        [first.length, 12],
        [first.length + second.length, 13],
      ],
      end: { wholeBytes: all.length, batchesCount: 3, truncated: false },
    });
  });

  test('ends in front of a batch that is cut off anywhere, and says so', () => {
    const whole = first.length + second.length;
    for (let length = whole + 1; length < all.length; length++) {
      const { seen, end } = walk(all.subarray(0, length));
      expect(seen).toHaveLength(2);
      expect(end).toEqual({ wholeBytes: whole, batchesCount: 2, truncated: true });
    }
    expect(walk(all.subarray(0, whole)).end.truncated).toBe(false);
  });

  test('can begin at a later batch', () => {
    expect(walk(all, first.length).seen.map(([, base]) => base)).toEqual([12, 13]);
  });

  test('the generator sees the same', () => {
    const bytes = all.subarray(0, all.length - 1);
    const generator = batchesIn(bytes);
    const seen: [number, number][] = [];
    let step = generator.next();
    for (; step.done !== true; step = generator.next()) {
      seen.push([step.value.position, step.value.header.baseOffset]);
    }
    expect({ seen, end: step.value }).toEqual(walk(bytes));
  });

  test('of nothing is nothing', () => {
    expect(walk(new Uint8Array(0))).toEqual({
      seen: [],
      end: { wholeBytes: 0, batchesCount: 0, truncated: false },
    });
  });

  test('a header that cannot be ends it with an error, after what came before', () => {
    const seen: number[] = [];
    const bytes = Buffer.concat([first, patched(second, 16, [1]), third]);
    expect(() => forEachBatch(bytes, (header) => seen.push(header.baseOffset))).toThrow(
      CorruptBatch,
    );
    expect(seen).toEqual([10]);
    expect(() => wholeBatchBytes(first, first.length + 1)).toThrow(CorruptBatch);
  });
});
