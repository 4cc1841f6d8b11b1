import { describe, expect, test } from 'vitest';
import { WritesUnderWay } from '../../../src/base/writes-under-way.ts';

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** What a read of `length` bytes at `position` gives, of a file that holds `content`. */
function readThrough(
  writes: WritesUnderWay,
  content: string,
  position: number,
  length: number,
): string {
  const target = new Uint8Array(length).fill(0x2d);
  const overlay = writes.overlay(target, position);
  const there = bytes(content).subarray(position, position + length);
  target.set(there);
  return new TextDecoder().decode(target.subarray(0, overlay?.(there.length) ?? there.length));
}

describe('writes under way', () => {
  test('continue what is in the file, for every read', () => {
    const writes = new WritesUnderWay();
    writes.add([bytes('cde'), bytes('f')], 2);
    writes.add([bytes('gh')], 6);
    expect(writes.end).toBe(8);
    expect(readThrough(writes, 'ab', 0, 20)).toBe('abcdefgh');
    expect(readThrough(writes, 'ab', 3, 4)).toBe('defg');
    expect(readThrough(writes, 'ab', 7, 4)).toBe('h');
    expect(readThrough(writes, 'ab', 0, 2)).toBe('ab');
    expect(readThrough(writes, 'ab', 8, 2)).toBe('');
  });

  test('that have arrived are the file’s', () => {
    const writes = new WritesUnderWay();
    writes.add([bytes('abc')], 0);
    writes.add([bytes('def')], 3);
    writes.arrivedTo(3);
    expect(readThrough(writes, 'ABC', 0, 6)).toBe('ABCdef');
    writes.arrivedTo(6);
    expect(writes.isEmpty).toBe(true);
    expect(writes.end).toBe(0);
    expect(writes.overlay(new Uint8Array(6), 0)).toBeNull();
    // Behind a cut the file goes on in front of where it was.
    writes.add([bytes('x')], 1);
    expect(writes.end).toBe(2);
  });

  test('that arrive during a read are seen by it all the same', () => {
    const writes = new WritesUnderWay();
    writes.add([bytes('abc')], 0);
    const target = new Uint8Array(3);
    const overlay = writes.overlay(target, 0);
    writes.arrivedTo(3);
    expect(overlay?.(0)).toBe(3);
    expect(new TextDecoder().decode(target)).toBe('abc');
  });

  test('leave no gap', () => {
    const writes = new WritesUnderWay();
    writes.add([bytes('abc')], 0);
    expect(() => writes.add([bytes('x')], 4)).toThrow(/a write at 4 does not continue/);
  });
});
