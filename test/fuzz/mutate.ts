/** Mutations that know nothing of what the bytes mean. */
import type { Random } from '../../src/base/random.ts';

export interface MutateOptions {
  /** Whole inputs to splice pieces of. */
  readonly corpus: readonly Uint8Array[];
  /** No result is longer. */
  readonly bytesMax: number;
}

/** A copy of `bytes` with one mutation or a few; the original is left as it is. */
export function mutate(bytes: Uint8Array, random: Random, options: MutateOptions): Uint8Array {
  let result: Uint8Array = Uint8Array.from(bytes);
  // One is the most telling, several find what one alone cannot: half, a quarter, an eighth …
  do {
    result = pick(MUTATIONS, random)(result, random, options);
    if (result.length > options.bytesMax) result = result.slice(0, options.bytesMax);
  } while (random.below(2) === 0);
  return result;
}

export function pick<Item>(items: readonly Item[], random: Random): Item {
  const item = items[random.below(items.length)];
  if (item === undefined) throw new RangeError('there is nothing to pick');
  return item;
}

/** True once in `n` times. */
export function oneIn(n: number, random: Random): boolean {
  return random.below(n) === 0;
}

/** The numbers at which programs turn over. */
export const INTERESTING_INTEGERS: readonly bigint[] = [
  ...[0n, 1n, -1n, 2n, 127n, 128n, 255n, 256n, -128n, -129n],
  ...[32_767n, 32_768n, 65_535n, 65_536n, -32_768n],
  ...[2n ** 31n - 1n, 2n ** 31n, -(2n ** 31n), 2n ** 32n - 1n, 2n ** 32n],
  ...[2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n), 2n ** 62n],
];

/** A varint of these 64 bits in the fewest bytes, or in `paddedTo` of them, as no encoder does. */
export function varintOf(value: bigint, paddedTo = 0): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  } while (rest > 0n || bytes.length < paddedTo);
  bytes.push((bytes.pop() ?? 0) & 0x7f);
  return Uint8Array.from(bytes);
}

/** A varint that something is wrong with, or nothing. */
export function anyVarint(random: Random): Uint8Array {
  const value = pick(INTERESTING_INTEGERS, random);
  switch (random.below(6)) {
    case 0:
      return varintOf(value, 1 + random.below(12));
    case 1: // Never ends.
      return new Uint8Array(1 + random.below(12)).fill(0xff);
    case 2:
      return varintOf(zigzag(value));
    default:
      return varintOf(value);
  }
}

export function zigzag(value: bigint): bigint {
  return (value << 1n) ^ (value >> 63n);
}

export function concat(...pieces: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    result.set(piece, at);
    at += piece.length;
  }
  return result;
}

/** `bytes` with what lies from `start` to `end` replaced. */
export function spliced(
  bytes: Uint8Array,
  range: { readonly start: number; readonly end: number },
  insert: Uint8Array,
): Uint8Array {
  return concat(bytes.subarray(0, range.start), insert, bytes.subarray(range.end));
}

export function randomBytes(length: number, random: Random): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

type Mutation = (bytes: Uint8Array, random: Random, options: MutateOptions) => Uint8Array;

const flipBit: Mutation = (bytes, random) => {
  const at = placeIn(bytes, random);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return bytes;
};

const setByte: Mutation = (bytes, random) => {
  bytes[placeIn(bytes, random)] = random.below(256);
  return bytes;
};

const addToByte: Mutation = (bytes, random) => {
  const at = placeIn(bytes, random);
  bytes[at] = (bytes[at] ?? 0) + random.below(35) - 17;
  return bytes;
};

const truncate: Mutation = (bytes, random) => bytes.slice(0, random.below(bytes.length + 1));

const dropFront: Mutation = (bytes, random) => bytes.slice(random.below(bytes.length + 1));

const extend: Mutation = (bytes, random) => {
  const length = 1 + random.below(600);
  return concat(bytes, oneIn(2, random) ? new Uint8Array(length) : randomBytes(length, random));
};

const duplicate: Mutation = (bytes, random) => {
  const { start, end } = rangeIn(bytes, random);
  return spliced(bytes, { start: end, end }, bytes.slice(start, end));
};

const remove: Mutation = (bytes, random) =>
  spliced(bytes, rangeIn(bytes, random), new Uint8Array(0));

const move: Mutation = (bytes, random) => {
  const range = rangeIn(bytes, random);
  const rest = spliced(bytes, range, new Uint8Array(0));
  const at = random.below(rest.length + 1);
  return spliced(rest, { start: at, end: at }, bytes.slice(range.start, range.end));
};

/** As a sector of a disk that was never written, or a page that was freed. */
const blank: Mutation = (bytes, random) => {
  const { start, end } = oneIn(2, random) ? sectorIn(bytes, random) : rangeIn(bytes, random);
  bytes.fill(oneIn(4, random) ? 0xff : 0, start, end);
  return bytes;
};

const scramble: Mutation = (bytes, random) => {
  const { start, end } = rangeIn(bytes, random);
  bytes.set(randomBytes(Math.min(end - start, 64), random), start);
  return bytes;
};

const writeInteger: Mutation = (bytes, random) => {
  const size = pick([1, 2, 4, 8], random);
  if (bytes.length < size) return bytes;
  let at = random.below(bytes.length - size + 1);
  if (oneIn(2, random)) at -= at % size;
  const value = pick(INTERESTING_INTEGERS, random);
  const little = oneIn(3, random);
  for (let index = 0; index < size; index++) {
    const shift = BigInt(8 * (little ? index : size - 1 - index));
    bytes[at + index] = Number((value >> shift) & 0xffn);
  }
  return bytes;
};

/** Over the varint that may begin there, or in front of it. */
const writeVarint: Mutation = (bytes, random) => {
  const start = placeIn(bytes, random);
  let end = start;
  if (!oneIn(3, random)) {
    while (end < bytes.length && (bytes[end] ?? 0) >= 0x80) end++;
    end = Math.min(end + 1, bytes.length);
  }
  return spliced(bytes, { start, end }, anyVarint(random));
};

const splice: Mutation = (bytes, random, { corpus }) => {
  if (corpus.length === 0) return bytes;
  const other = pick(corpus, random);
  const from = rangeIn(other, random);
  return spliced(bytes, rangeIn(bytes, random), other.slice(from.start, from.end));
};

const crossOver: Mutation = (bytes, random, { corpus }) => {
  if (corpus.length === 0) return bytes;
  const other = pick(corpus, random);
  const cut = random.below(Math.min(bytes.length, other.length) + 1);
  return concat(bytes.subarray(0, cut), other.subarray(cut));
};

/** Those that change little come more often: what they leave whole is looked at further. */
const MUTATIONS: readonly Mutation[] = [
  ...[flipBit, flipBit, flipBit, setByte, setByte, addToByte],
  ...[writeInteger, writeInteger, writeInteger, writeVarint, writeVarint],
  ...[truncate, dropFront, extend, duplicate, remove, move, blank, scramble, splice, crossOver],
];

/** 0 in an empty array, where a write does nothing. */
function placeIn(bytes: Uint8Array, random: Random): number {
  return bytes.length === 0 ? 0 : random.below(bytes.length);
}

/** Mostly short: a long one leaves nothing of the input. */
function rangeIn(bytes: Uint8Array, random: Random): { start: number; end: number } {
  const start = random.below(bytes.length + 1);
  const longest = oneIn(4, random) ? bytes.length - start : Math.min(bytes.length - start, 16);
  return { start, end: start + random.below(longest + 1) };
}

function sectorIn(bytes: Uint8Array, random: Random): { start: number; end: number } {
  const start = random.below(Math.ceil(bytes.length / 512) + 1) * 512;
  return { start: Math.min(start, bytes.length), end: Math.min(start + 512, bytes.length) };
}
