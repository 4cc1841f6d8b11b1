import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorruptBatch } from '../../../src/record/corrupt-batch.ts';
import {
  VarintReader,
  varintSize,
  varlongSize,
  writeVarint,
  writeVarlong,
} from '../../../src/record/varint.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function encodeVarint(value: number): Uint8Array {
  const bytes = new Uint8Array(12);
  return bytes.subarray(0, writeVarint(bytes, 0, value));
}
function encodeVarlong(value: number): Uint8Array {
  const bytes = new Uint8Array(12);
  return bytes.subarray(0, writeVarlong(bytes, 0, value));
}

/** Protocol buffers' definition, in the arithmetic that cannot go wrong. */
function definition(value: number): string {
  let zigzag = value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value);
  const bytes: number[] = [];
  for (; zigzag > 0x7fn; zigzag >>= 7n) bytes.push(Number(zigzag & 0x7fn) | 0x80);
  bytes.push(Number(zigzag));
  return hex(Uint8Array.from(bytes));
}

const int32 = fc.oneof(fc.integer(), fc.integer({ min: -300, max: 300 }));
const safeInteger = fc.oneof(
  fc.maxSafeInteger(),
  int32,
  fc.constantFrom(0x3fff_ffff, 0x4000_0000, -0x4000_0000, -0x4000_0001),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
);

describe('varints', () => {
  test.each([
    [0, '00'],
    [-1, '01'],
    [1, '02'],
    [63, '7e'],
    [-64, '7f'],
    [64, '8001'],
    [8191, 'fe7f'],
    [8192, '808001'],
    [2147483647, 'feffffff0f'],
    [-2147483648, 'ffffffff0f'],
  ])('%i is %s', (value, expected) => {
    expect(hex(encodeVarint(value))).toBe(expected);
    expect(hex(encodeVarlong(value))).toBe(expected);
    expect(new VarintReader(Buffer.from(expected, 'hex')).readVarint()).toBe(value);
  });

  test('a varint is what the definition says, as long as it was measured, and read back', () => {
    fc.assert(
      fc.property(int32, (value) => {
        const bytes = encodeVarint(value);
        expect(hex(bytes)).toBe(definition(value));
        expect(bytes.length).toBe(varintSize(value));
        const reader = new VarintReader(bytes);
        expect(reader.readVarint()).toBe(value);
        expect(reader.position).toBe(bytes.length);
      }),
    );
  });

  test('so is a varlong', () => {
    fc.assert(
      fc.property(safeInteger, (value) => {
        const bytes = encodeVarlong(value);
        expect(hex(bytes)).toBe(definition(value));
        expect(bytes.length).toBe(varlongSize(value));
        const reader = new VarintReader(bytes);
        expect(reader.readVarlong()).toBe(value);
        expect(reader.position).toBe(bytes.length);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['nothing', ''],
    ['a cut', 'ff'],
    ['five bytes that go on', 'ffffffffff'],
    ['more than 32 bits', 'ffffffff1f'],
  ])('a varint of %s is corrupt', (_name, bytes) => {
    const reader = new VarintReader(Buffer.from(bytes, 'hex'));
    expect(() => reader.readVarint()).toThrow(CorruptBatch);
  });

  test.each([
    ['nothing', ''],
    ['a cut', 'ffffff'],
    ['2^53', '8080808080808020'],
    ['a high bit in the ninth byte', '808080808080808001'],
    ['eleven bytes', 'ffffffffffffffffffff00'],
  ])('a varlong of %s is corrupt', (_name, bytes) => {
    const reader = new VarintReader(Buffer.from(bytes, 'hex'));
    expect(() => reader.readVarlong()).toThrow(CorruptBatch);
  });

  test('nothing behind the end is read', () => {
    const reader = new VarintReader(Uint8Array.of(0x80, 0x01), 0, 1);
    expect(() => reader.readVarint()).toThrow(CorruptBatch);
  });
});
