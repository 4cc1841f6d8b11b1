import { batchesIn, crcAgrees } from '../../../src/record/index.ts';
import { identityOf } from '../mirror.ts';
import type { PartitionKey } from '../../../src/base/ids.ts';
import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/** S10: whatever a consumer is handed is committed at that moment, and is what was committed. */
export function readCommittedOnly(): Invariant {
  return {
    id: 'S10',
    title: 'only what is committed is read',
    onConsumed(world, { reader, broker, key, bytes }) {
      const ghost = world.ghosts.get(key as PartitionKey);
      if (ghost === undefined) return;
      for (const { header, position } of batchesIn(bytes)) {
        const { baseOffset, lastOffset } = header;
        const committed = ghost.committedAt(baseOffset);
        must(
          lastOffset < ghost.trueHighWatermark && committed !== undefined,
          'S10',
          () =>
            `${ghost.name}: ${reader} was handed ${baseOffset} to ${lastOffset} by broker ${broker}, committed is up to ${ghost.trueHighWatermark}`,
        );
        const identity = identityOf(bytes, position, header.maxTimestamp);
        must(
          committed.identity === identity && committed.baseOffset === baseOffset,
          'S10',
          () =>
            `${ghost.name}: ${reader} was handed ${identity} at ${baseOffset}, ${committed.identity} is committed`,
        );
        must(
          crcAgrees(bytes, position, header),
          'S10',
          () =>
            `${ghost.name}: ${reader} was handed damaged bytes at ${baseOffset} by broker ${broker}`,
        );
      }
    },
  };
}
