import { describe, expect, test } from 'vitest';
import { murmur2, partitionOfKey, StickyPartition } from '../../../src/client/partitioner.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';

describe('murmur2', () => {
  // The vectors of Kafka's own UtilsTest.testMurmur2.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as Kafka does', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  test('gives a key the same partition as text, as bytes, and whatever its length', () => {
    for (const key of ['', 'a', 'ключ', 'key-17', 'x'.repeat(2000), '😀'.repeat(300)]) {
      expect(partitionOfKey(key, 12)).toBe(partitionOfKey(Buffer.from(key), 12));
    }
    expect(partitionOfKey('21', 10)).toBe((-973932308 & 0x7fffffff) % 10);
  });
});

describe('sticky partition', () => {
  const always = (): boolean => true;
  const never = (): boolean => false;

  test('stays until it has had its bytes, then moves to another', () => {
    const sticky = new StickyPartition(1000, new SeededRandom(1));
    const chosen = Array.from({ length: 400 }, () => sticky.next(100, 4, always, never));
    for (let run = 0; run < 40; run++) {
      const partitions = new Set(chosen.slice(run * 10, run * 10 + 10));
      expect(partitions.size).toBe(1);
      if (run > 0) expect(chosen[run * 10]).not.toBe(chosen[run * 10 - 1]);
    }
    expect(new Set(chosen).size).toBe(4);
  });

  test('stays with a batch that still grows', () => {
    const sticky = new StickyPartition(1000, new SeededRandom(1));
    const filling = Array.from({ length: 100 }, () => sticky.next(100, 4, always, always));
    expect(new Set(filling).size).toBe(1);
    expect(sticky.next(100, 4, always, never)).not.toBe(filling[0]);
  });

  test('leaves a partition that has lost its leader, and avoids such', () => {
    const sticky = new StickyPartition(1_000_000, new SeededRandom(2));
    const first = sticky.next(1, 3, always, never);
    for (let step = 0; step < 20; step++) {
      const next = sticky.next(1_000_000, 3, (partition) => partition !== first, always);
      expect(next).not.toBe(first);
    }
  });

  test('takes any partition when none has a leader', () => {
    const sticky = new StickyPartition(100, new SeededRandom(3));
    const chosen = sticky.next(10, 3, never, never);
    expect([0, 1, 2]).toContain(chosen);
  });
});
