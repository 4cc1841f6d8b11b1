import { describe, expect, test } from 'vitest';
import { offset } from '../../../src/base/ids.ts';
import { ENTRY_BYTES, OffsetMap } from '../../../src/log/offset-map.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';

const SEED = [1, 2, 3, 4] as const;
const key = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('an offset map', () => {
  test('has the last offset of each key, and none of a key that was never put', () => {
    const random = new SeededRandom(3);
    const map = new OffsetMap({ bytesMax: 4000 * ENTRY_BYTES, hashSeed: SEED });
    const model = new Map<string, number>();
    for (let at = 0; at < 20_000; at++) {
      // Of all lengths modulo four, the empty one included.
      const text = 'k'.repeat(random.below(5)) + String(random.below(500)).repeat(random.below(2));
      expect(map.put(key(text), offset(at))).toBe(true);
      model.set(text, at);
    }
    expect(map.size).toBe(model.size);
    for (const [text, at] of model) expect(map.get(key(text))).toBe(at);
    for (let index = 0; index < 100; index++) expect(map.get(key(`none-${index}`))).toBeNull();
  });

  test('takes no new key when it is full, but another offset of one that it has', () => {
    const map = new OffsetMap({ bytesMax: 100 * ENTRY_BYTES, hashSeed: SEED });
    for (let index = 0; index < map.capacity; index++) {
      expect(map.put(key(`k${index}`), offset(index))).toBe(true);
    }
    expect(map.capacity).toBe(75);
    expect(map.put(key('one more'), offset(1000))).toBe(false);
    expect(map.put(key('k7'), offset(1001))).toBe(true);
    expect(map.get(key('k7'))).toBe(1001);
    expect(map.get(key('one more'))).toBeNull();
  });

  test('holds a key however few bytes it is given, and offsets beyond 32 bits', () => {
    const map = new OffsetMap({ bytesMax: 0, hashSeed: SEED });
    expect(map.capacity).toBe(1);
    expect(map.put(key('a'), offset(2 ** 52))).toBe(true);
    expect(map.get(key('a'))).toBe(2 ** 52);
    expect(map.put(key('b'), offset(0))).toBe(false);
  });

  test('tells keys apart that differ in one bit or in trailing zeros', () => {
    const map = new OffsetMap({ bytesMax: 100_000, hashSeed: SEED });
    const keys: Uint8Array[] = [];
    for (let length = 0; length < 9; length++) keys.push(new Uint8Array(length));
    for (let bit = 0; bit < 72; bit++) {
      const bytes = new Uint8Array(9);
      bytes[bit >> 3] = 1 << (bit & 7);
      keys.push(bytes);
    }
    for (const [index, bytes] of keys.entries()) map.put(bytes, offset(index));
    expect(map.size).toBe(keys.length);
    for (const [index, bytes] of keys.entries()) expect(map.get(bytes)).toBe(index);
  });
});
