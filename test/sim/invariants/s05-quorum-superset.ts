import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/** S5: while the high watermark may move, the leader counts everyone who could be elected. */
export function quorumSuperset(): Invariant {
  return {
    id: 'S5',
    title: 'quorum superset',
    onReplica(world, { view, host, ghost, broker }) {
      if (view.role !== 'leader' || view.leaseLapsed) return;
      const state = world.partitionState(host.key);
      if (state?.leaderEpoch !== view.leaderEpoch || state.leader !== broker) return;
      if (view.isr.length < view.minIsr) return;
      // One that the leader knows about: a later change will reach it, and fences or shrinks.
      const missing = [...state.isr, ...state.elr].filter((id) => !view.maximalIsr.includes(id));
      must(
        missing.length === 0,
        'S5',
        () =>
          `${ghost.name}: leader ${broker} counts [${view.maximalIsr.join()}], but ${missing.join()} could be elected ` +
          `(ISR [${state.isr.join()}], ELR [${state.elr.join()}])`,
      );
    },
  };
}
