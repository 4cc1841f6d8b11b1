import type { PartitionKey } from '../../../src/base/ids.ts';
import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/** S12: an ok at acks=all is about something that is committed, at that offset, at that instant. */
export function acknowledgements(): Invariant {
  return {
    id: 'S12',
    title: 'acknowledgements are true',
    onAcknowledged(world, { key, acks, baseOffset, endOffset, identity, broker, leaderEpoch }) {
      if (acks !== 'all') return;
      const ghost = world.ghosts.get(key as PartitionKey);
      must(ghost !== undefined, 'S12', () => `${key} was never seen`);
      const committed = ghost.committedAt(baseOffset);
      must(
        endOffset <= ghost.trueHighWatermark && committed?.identity === identity,
        'S12',
        () =>
          `${ghost.name}: broker ${broker} (epoch ${leaderEpoch}) acknowledged ${identity} at ${baseOffset}; committed is ` +
          `${committed?.identity ?? 'nothing'} there, and everything up to ${ghost.trueHighWatermark}`,
      );
      const view = world.replica(broker, key as PartitionKey)?.view;
      if (view?.role !== 'leader') return;
      must(
        view.maximalIsr.length >= view.minIsr,
        'S12',
        () =>
          `${ghost.name}: acknowledged by an ISR of [${view.maximalIsr.join()}], min ISR ${view.minIsr}`,
      );
    },
  };
}
