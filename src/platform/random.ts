import { randomBytes, randomInt } from 'node:crypto';
import { assert } from '../base/assert.ts';
import type { Random } from '../base/random.ts';

/** `randomInt` takes ranges below this. */
const BOUND_MAX = 2 ** 48 - 1;

/** The operating system's randomness. */
export class SystemRandom implements Random {
  below(bound: number): number {
    assert(
      Number.isSafeInteger(bound) && bound > 0 && bound <= BOUND_MAX,
      () => `a bound must lie between 1 and 2^48 - 1, got ${bound}`,
    );
    return randomInt(bound);
  }

  id(): string {
    return randomBytes(16).toString('base64url');
  }
}
