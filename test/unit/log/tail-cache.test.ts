import { describe, expect, test } from 'vitest';
import { offset } from '../../../src/base/ids.ts';
import { BatchMemory, TailCache } from '../../../src/log/tail-cache.ts';

/** Batches of two offsets and ten bytes each, from `start`. */
function cacheOf(bytesMax: number, start: number, count: number): TailCache {
  const cache = new TailCache({ bytesMax, endOffset: offset(start) });
  for (let index = 0; index < count; index++) {
    const base = start + index * 2;
    cache.push(offset(base), offset(base + 2), new Uint8Array(10).fill(base));
  }
  return cache;
}

const bases = (batches: Uint8Array[] | null): number[] | null =>
  batches && batches.map((batch) => batch[0] ?? -1);

describe('TailCache', () => {
  test('holds the newest batches that fit', () => {
    const cache = cacheOf(35, 0, 10);
    expect([cache.bytes, cache.startOffset]).toEqual([30, 14]);
    expect(cache.read(offset(13), 100, offset(20))).toBeNull();
    expect(bases(cache.read(offset(15), 100, offset(20)))).toEqual([14, 16, 18]);
  });

  test('gives no batch past the end offset, and at least one', () => {
    const cache = cacheOf(1000, 0, 10);
    expect(bases(cache.read(offset(4), 25, offset(20)))).toEqual([4, 6]);
    expect(bases(cache.read(offset(4), 1, offset(20)))).toEqual([4]);
    expect(bases(cache.read(offset(4), 100, offset(8)))).toEqual([4, 6]);
    expect(bases(cache.read(offset(8), 100, offset(8)))).toEqual([]);
    expect(bases(cache.read(offset(20), 100, offset(20)))).toEqual([]);
  });

  test('counts the bytes behind an offset', () => {
    const cache = cacheOf(50, 0, 10);
    expect([20, 19, 18, 11].map((at) => cache.bytesFrom(offset(at)))).toEqual([0, 10, 10, 50]);
    expect(cache.bytesFrom(offset(9))).toBeNull();
  });

  test('is cut with the log, and goes on from there', () => {
    const cache = cacheOf(1000, 0, 10);
    cache.truncateTo(offset(6));
    expect([cache.bytes, cache.bytesFrom(offset(0))]).toEqual([30, 30]);
    cache.push(offset(6), offset(9), new Uint8Array(5).fill(99));
    expect(bases(cache.read(offset(4), 100, offset(9)))).toEqual([4, 99]);
    cache.clear(offset(50));
    expect(cache.read(offset(6), 100, offset(9))).toBeNull();
  });

  test('cut in front of everything that it holds, it is empty', () => {
    const cache = cacheOf(20, 0, 10);
    cache.truncateTo(offset(4));
    expect([cache.bytes, cache.startOffset]).toEqual([0, 4]);
    expect(cache.read(offset(2), 100, offset(4))).toBeNull();
  });

  test('keeps its bounds over many evictions', () => {
    const cache = cacheOf(95, 0, 5000);
    expect(bases(cache.read(offset(9990), 100, offset(10_000)))).toHaveLength(5);
    expect(cache.bytesFrom(offset(9990))).toBe(50);
    cache.bytesMax = 20;
    expect([cache.bytes, cache.startOffset]).toEqual([20, 9996]);
  });
});

describe('BatchMemory', () => {
  test('copies a small view of a large buffer, and nothing else', () => {
    const memory = new BatchMemory();
    const network = new Uint8Array(10_000).fill(7);
    const copy = memory.owned(network.subarray(100, 200));
    expect(copy).toEqual(network.subarray(100, 200));
    expect(copy.buffer).not.toBe(network.buffer);
    const most = network.subarray(0, 6000);
    expect(memory.owned(most)).toBe(most);
  });

  // Each of 3,000 partitions with one small batch held 256 KiB, at each of its replicas.
  test('begins small and grows with what it is given', () => {
    const memory = new BatchMemory();
    const network = new Uint8Array(100_000);
    const sizes: number[] = [];
    for (let count = 0; count < 10_000; count++) {
      const { byteLength } = memory.owned(network.subarray(0, 100)).buffer;
      if (sizes.at(-1) !== byteLength) sizes.push(byteLength);
    }
    expect(sizes[0]).toBeLessThanOrEqual(2048);
    expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b));
    expect(sizes.at(-1)).toBe(256 * 1024);
    expect(memory.owned(network.subarray(0, 40_000)).buffer.byteLength).toBe(256 * 1024);
  });

  test('lays copies one behind the other', () => {
    const memory = new BatchMemory();
    const network = new Uint8Array(1000);
    const [first, second] = [
      memory.owned(network.subarray(0, 10)),
      memory.owned(network.subarray(10, 30)),
    ];
    expect(second.buffer).toBe(first.buffer);
    expect(second.byteOffset).toBe(first.byteOffset + 10);
    for (let count = 0; count < 5000; count++) memory.owned(network.subarray(0, 100));
    expect([...first, ...second].every((byte) => byte === 0)).toBe(true);
  });
});
