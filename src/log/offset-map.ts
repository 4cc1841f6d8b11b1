/* eslint-disable @typescript-eslint/no-non-null-assertion -- slots below the capacity */
import { assert } from '../base/assert.ts';
import type { Offset } from '../base/ids.ts';
import { offset } from '../base/ids.ts';

/**
 * The newest offset of each key in a stretch of a log, in memory that is bounded and flat: a key is a
 * hash of 128 bits, an entry takes 24 bytes, and nothing is ever removed.
 *
 * Two keys with one hash would be taken for one, and the older record of the two be dropped. The
 * hash is keyed with numbers that nobody outside knows, so that nobody can look for such keys, and
 * those that meet by chance are one in 2^128 pairs.
 */
export class OffsetMap {
  /** How many keys fit. */
  readonly capacity: number;
  readonly #slots: number;
  readonly #hashes: Int32Array;
  /** The offset and 1; 0 in a free slot. */
  readonly #offsets: Float64Array;
  readonly #hash: KeyHash;
  #size = 0;

  /** At least one key fits, however few bytes. */
  constructor(options: { readonly bytesMax: number; readonly hashSeed: HashSeed }) {
    const slots = Math.floor(options.bytesMax / ENTRY_BYTES);
    this.#slots = Math.max(2, Math.min(slots, SLOTS_MAX));
    this.capacity = Math.max(1, Math.floor(this.#slots * LOAD_MAX));
    this.#hashes = new Int32Array(this.#slots * HASH_WORDS);
    this.#offsets = new Float64Array(this.#slots);
    this.#hash = new KeyHash(options.hashSeed);
  }

  get size(): number {
    return this.#size;
  }

  /** `at` is behind all that were put before. False, and nothing done, if a new key does not fit. */
  put(key: Uint8Array, at: Offset): boolean {
    const slot = this.#slotOf(key);
    if (this.#offsets[slot] === 0) {
      if (this.#size === this.capacity) return false;
      this.#size++;
      this.#hashes.set(this.#hash.words, slot * HASH_WORDS);
    }
    this.#offsets[slot] = at + 1;
    return true;
  }

  /** Null for a key that was never put. */
  get(key: Uint8Array): Offset | null {
    const stored = this.#offsets[this.#slotOf(key)]!;
    return stored === 0 ? null : offset(stored - 1);
  }

  /** Where the key is, or the free slot that it would take. `#hash.words` is its hash afterwards. */
  #slotOf(key: Uint8Array): number {
    this.#hash.update(key);
    const hashes = this.#hashes;
    const [a, b, c, d] = this.#hash.words as unknown as [number, number, number, number];
    let slot = (a >>> 0) % this.#slots;
    for (;;) {
      if (this.#offsets[slot] === 0) return slot;
      const at = slot * HASH_WORDS;
      if (
        hashes[at] === a &&
        hashes[at + 1] === b &&
        hashes[at + 2] === c &&
        hashes[at + 3] === d
      ) {
        return slot;
      }
      slot = slot + 1 === this.#slots ? 0 : slot + 1;
    }
  }
}

/** Four random 32-bit numbers. */
export type HashSeed = readonly [number, number, number, number];

/** HalfSipHash-2-4 with 64 bits of output, twice, each with half of the seed for its key. */
class KeyHash {
  readonly words = new Int32Array(HASH_WORDS);
  readonly #seed: HashSeed;

  constructor(seed: HashSeed) {
    assert(seed.length === HASH_WORDS, 'a hash seed is four numbers');
    this.#seed = seed;
  }

  update(key: Uint8Array): void {
    halfSipHash(key, this.#seed[0], this.#seed[1], this.words, 0);
    halfSipHash(key, this.#seed[2], this.#seed[3], this.words, 2);
  }
}

/** Aumasson and Bernstein's SipHash on 32-bit words, as its reference implementation has it. */
function halfSipHash(
  key: Uint8Array,
  seed0: number,
  seed1: number,
  out: Int32Array,
  at: number,
): void {
  let v0 = seed0 | 0;
  let v1 = (seed1 ^ 0xee) | 0; // Says that 64 bits of output are wanted.
  let v2 = 0x6c796765 ^ seed0;
  let v3 = 0x74656462 ^ seed1;
  const { length } = key;
  const wordsEnd = 2 * ((length >>> 2) + 1);
  const firstEnd = wordsEnd + FINAL_ROUNDS;
  let word = 0;
  // One loop over all rounds, since calls and captured variables would cost more than the rounds.
  for (let round = 0; round < firstEnd + FINAL_ROUNDS; round++) {
    if (round < wordsEnd && (round & 1) === 0) {
      word = wordAt(key, 2 * round, length);
      v3 ^= word;
    } else if (round === wordsEnd) {
      v2 ^= 0xee;
    } else if (round === firstEnd) {
      out[at] = v1 ^ v3;
      v1 ^= 0xdd;
    }
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    if (round < wordsEnd && (round & 1) === 1) v0 ^= word;
  }
  out[at + 1] = v1 ^ v3;
}

/** Four bytes, the lowest first; the last, incomplete word ends with the key's length. */
function wordAt(key: Uint8Array, at: number, length: number): number {
  if (at + 4 <= length) {
    return key[at]! | (key[at + 1]! << 8) | (key[at + 2]! << 16) | (key[at + 3]! << 24);
  }
  let word = length << 24;
  for (let index = at; index < length; index++) word |= key[index]! << (8 * (index - at));
  return word;
}

const FINAL_ROUNDS = 4;
const HASH_WORDS = 4;
/** The hash and a double for the offset. */
export const ENTRY_BYTES = HASH_WORDS * 4 + 8;
/** Linear probing: beyond this, a key that is not there takes ever longer to be missed. */
const LOAD_MAX = 0.75;
/** What one typed array holds of hashes. */
const SLOTS_MAX = 2 ** 28;
