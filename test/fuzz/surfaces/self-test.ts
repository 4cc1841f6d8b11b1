/**
 * Surfaces with a bug each, which the harness must see. They are run by its own test and never by
 * `npm run fuzz`.
 */
import type { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { randomBytes } from '../mutate.ts';
import type { Surface } from '../surface.ts';
import { ACCEPTED, refused } from '../surface.ts';

/** What goes wrong, once in some inputs. */
type Bug = 'throws' | 'loops' | 'waits' | 'leaks' | 'refuses its seeds' | 'holds on to a timer';

export function createBuggySurface(bug: Bug): Promise<Surface> {
  const kept: Uint8Array[] = [];
  return Promise.resolve({
    name: bug,
    concurrency: 1,
    inputMsMax: 300,
    seeds: [Uint8Array.of(0)],
    next: (random: SeededRandom) => randomBytes(4, random),
    run(input: Uint8Array) {
      const [first = 0] = input;
      if (bug === 'refuses its seeds') return refused('INVALID_REQUEST');
      if (bug === 'leaks') kept.push(new Uint8Array(64 * 1024));
      if (first < 250) return ACCEPTED;
      if (bug === 'throws') throw new Error(`cannot read ${first}`);
      if (bug === 'loops') for (;;);
      if (bug === 'waits') return new Promise(() => undefined);
      if (bug === 'holds on to a timer') setInterval(() => undefined, 1_000_000).ref();
      return ACCEPTED;
    },
  });
}
