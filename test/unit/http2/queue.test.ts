import { expect, test } from 'vitest';
import { Queue } from '../../../src/http2/queue.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';

test('a queue gives what an array would', () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = new SeededRandom(seed);
    const queue = new Queue<number>();
    const model: number[] = [];
    for (let step = 0; step < 2_000; step++) {
      if (random.below(1_000) === 0) {
        queue.clear();
        model.length = 0;
      } else if (random.below(2) === 0 || (step / 500) % 2 < 1) {
        queue.push(step);
        model.push(step);
      }
      if (random.below(3) > 0) expect(queue.shift()).toBe(model.shift());
      expect([queue.first, queue.length]).toEqual([model[0], model.length]);
    }
  }
});
