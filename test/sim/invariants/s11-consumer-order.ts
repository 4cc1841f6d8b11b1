import { batchesIn } from '../../../src/record/index.ts';
import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/** S11: a consumer gets every offset from its position on, once and in order. */
export function consumerOrder(): Invariant {
  return {
    id: 'S11',
    title: 'consumer order',
    onConsumed(_world, { reader, key, position: from, bytes }) {
      let next = from;
      for (const { header } of batchesIn(bytes)) {
        const { baseOffset, lastOffset } = header;
        must(
          baseOffset <= next && lastOffset >= next,
          'S11',
          () => `${key}: ${reader} at ${next} was handed ${baseOffset} to ${lastOffset}`,
        );
        next = lastOffset + 1;
      }
    },
  };
}
