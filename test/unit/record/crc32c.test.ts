import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  crc32c,
  CRC32C_IMPLEMENTATIONS,
  crc32cImplementation,
} from '../../../src/record/crc32c.ts';

const { javascript, native } = CRC32C_IMPLEMENTATIONS;

/** RFC 3720 appendix B.4, and the check value of the CRC catalogue. */
const VECTORS: [string, Uint8Array, number][] = [
  ['"123456789"', new TextEncoder().encode('123456789'), 0xe3069283],
  ['nothing', new Uint8Array(0), 0],
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ff', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['0 to 31', Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
  ['31 to 0', Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
];

describe('CRC-32C', () => {
  test.each(VECTORS)('agrees with the published value of %s', (_name, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
    expect(javascript(bytes)).toBe(expected);
    if (native !== null) expect(native(bytes)).toBe(expected);
  });

  test('says which implementation it uses', () => {
    expect(crc32cImplementation()).toBe(native === null ? 'javascript' : 'native');
  });

  test.skipIf(native === null)('is the same natively and in JavaScript, for any part', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 2000 }),
        fc.nat(2000),
        fc.nat(2000),
        (bytes, one, other) => {
          const start = Math.min(one, other, bytes.length);
          const end = Math.min(Math.max(one, other), bytes.length);
          const expected = javascript(bytes, start, end);
          expect(native?.(bytes, start, end)).toBe(expected);
          expect(crc32c(bytes, start, end)).toBe(expected);
          expect(crc32c(bytes.slice(start, end))).toBe(expected);
        },
      ),
    );
  });

  test('agrees with the definition, bit by bit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        let crc = 0xffffffff;
        for (const byte of bytes) {
          crc ^= byte;
          for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
        }
        expect(javascript(bytes)).toBe(~crc >>> 0);
      }),
    );
  });
});
