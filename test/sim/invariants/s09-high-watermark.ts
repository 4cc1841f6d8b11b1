import type { WatchedReplica } from '../observer.ts';
import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

interface Before {
  epoch: number;
  highWatermark: number;
  isrTooSmall: boolean;
}

/**
 * S9: a leader's high watermark never falls within its epoch, never passes its log's end, nor the end
 * of anyone that it counts, and stands still while the ISR is too small.
 */
export function highWatermark(): Invariant {
  const before = new WeakMap<WatchedReplica['host'], Before>();
  return {
    id: 'S9',
    title: 'high watermark',
    onReplica(world, replica) {
      const { view, host, ghost, broker, mirror } = replica;
      const high: number = view.highWatermark;
      // Effects may still wait behind a barrier: the machine is ahead of its log, never behind.
      must(
        high <= view.logEndOffset,
        'S9',
        () =>
          `${ghost.name}: broker ${broker}'s high watermark ${high} passes its log's end ${view.logEndOffset}`,
      );
      if (view.role !== 'leader' || view.leaderEpoch === null) {
        before.delete(host);
        return;
      }
      const isrTooSmall = view.isr.length < view.minIsr;
      const last = before.get(host);
      if (last?.epoch === view.leaderEpoch) {
        must(
          high >= last.highWatermark,
          'S9',
          () =>
            `${ghost.name}: broker ${broker}'s high watermark fell from ${last.highWatermark} to ${high} in epoch ${view.leaderEpoch}`,
        );
        must(
          high === last.highWatermark || !(isrTooSmall && last.isrTooSmall),
          'S9',
          () =>
            `${ghost.name}: broker ${broker}'s high watermark moved to ${high} with ISR [${view.isr.join()}], min ISR ${view.minIsr}`,
        );
        if (high === last.highWatermark) {
          last.isrTooSmall = isrTooSmall;
          return;
        }
      }
      before.set(host, { epoch: view.leaderEpoch, highWatermark: high, isrTooSmall });
      const state = world.partitionState(host.key);
      if (state?.leaderEpoch !== view.leaderEpoch) return;
      for (const id of view.maximalIsr) {
        const other = world.replica(id, host.key);
        if (other === undefined || world.isLossy(id, host.key)) continue;
        const end = id === broker ? mirror.endOffset : other.mirror.endOffset;
        must(
          high <= end,
          'S9',
          () =>
            `${ghost.name}: leader ${broker}'s high watermark ${high} passes the end ${end} of broker ${id}, which it counts`,
        );
      }
    },
  };
}
