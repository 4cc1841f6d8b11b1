/** Bytes, and where to cut them. */
import type { SeededRandom } from '../../../src/testing/seeded-random.ts';

export function randomBytes(length: number, random: SeededRandom): Buffer {
  return Buffer.from(Uint8Array.from({ length }, () => random.below(256)));
}

/** Bytes that are told apart by where they are, made faster than random ones. */
export function patterned(length: number, salt = 0): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8) * 17 + salt) & 0xff;
  return bytes;
}

/** The same bytes in pieces: at times one by one, at times whole. */
export function cuts(bytes: Buffer, random: SeededRandom): Buffer[] {
  const longest = 1 + random.below([1, 3, 10, 100, bytes.length + 1][random.below(5)] ?? 1);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = 1 + random.below(longest);
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}
