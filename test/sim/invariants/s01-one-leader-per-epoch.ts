import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/** S1: whoever leads an epoch of a partition is the only one that ever does. */
export function oneLeaderPerEpoch(): Invariant {
  return {
    id: 'S1',
    title: 'one leader per epoch',
    onReplica(_world, { broker, view, ghost }) {
      if (view.role !== 'leader' || view.leaderEpoch === null) return;
      const leader = ghost.leaderOf.get(view.leaderEpoch);
      must(
        leader === undefined || leader === broker,
        'S1',
        () => `${ghost.name}: brokers ${leader} and ${broker} both lead epoch ${view.leaderEpoch}`,
      );
      ghost.leaderOf.set(view.leaderEpoch, broker);
    },
  };
}
