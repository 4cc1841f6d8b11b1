import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { numberOf, Payload } from '../../../bench/payload.ts';

const bytesOf = (payload: Payload, count: number): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, number) => Buffer.from(payload.value(number))));

test('a value has its number and its size, whatever it is made of', () => {
  for (const compressible of [false, true]) {
    const payload = new Payload(10, { compressible });
    for (const number of [0, 1_023, 1_024, 5_000_000, 4_294_967_295]) {
      const value = payload.value(number);
      expect([value.length, numberOf(value)]).toEqual([10, number]);
    }
  }
});

test('random bytes do not compress, and text does', () => {
  const share = (compressible: boolean): number => {
    const bytes = bytesOf(new Payload(1_000, { compressible }), 100);
    return gzipSync(bytes).length / bytes.length;
  };
  expect(share(false)).toBeGreaterThan(0.99);
  expect(share(true)).toBeLessThan(0.3);
});
