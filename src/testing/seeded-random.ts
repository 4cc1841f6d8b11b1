import { assert } from '../base/assert.ts';
import type { Random } from '../base/random.ts';

/** Randomness that a seed replays: the generator is sfc32 (PractRand's small fast counting one). */
export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c = 0x9e3779b9;
  #counter = 1;

  constructor(seed: number) {
    assert(Number.isSafeInteger(seed), () => `a seed must be a safe integer, got ${seed}`);
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    // Seeds that differ in one bit give streams that look alike until the state has been mixed.
    for (let round = 0; round < 15; round++) this.#next();
  }

  below(bound: number): number {
    assert(
      Number.isSafeInteger(bound) && bound > 0 && bound <= 2 ** 32,
      () => `a bound must lie between 1 and 2^32, got ${bound}`,
    );
    return Math.floor((this.#next() / 2 ** 32) * bound);
  }

  id(): string {
    const bytes = Uint8Array.from({ length: 16 }, () => this.below(256));
    return Buffer.from(bytes).toString('base64url');
  }

  /** A stream of its own, so that one subsystem's draws do not shift another's. */
  fork(): SeededRandom {
    return new SeededRandom(this.#next() * 2 ** 20 + (this.#next() >>> 12));
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}
