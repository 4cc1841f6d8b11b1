import { firstEndingBehind } from '../mirror.ts';
import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/**
 * S7: what was committed once is never committed otherwise. Also writes down what is committed: the
 * other invariants rest on it, so this one comes before them.
 */
export function commitIsStable(): Invariant {
  return {
    id: 'S7',
    title: 'commit is stable',
    onReplica(_world, replica) {
      const { view, mirror, ghost, broker, host } = replica;
      if (view.role !== 'leader' && view.role !== 'follower') return;
      const highWatermark: number = view.highWatermark;
      if (view.role === 'leader') {
        ghost.logStartOffset = Math.max(ghost.logStartOffset, host.log.logStartOffset);
      }
      const to = Math.min(highWatermark, mirror.endOffset);
      if (to <= replica.verifiedTo) return;
      const from = Math.max(replica.verifiedTo, host.log.logStartOffset);
      for (let index = firstEndingBehind(mirror.batches, from); ; index++) {
        const batch = mirror.batches[index];
        if (batch === undefined || batch.endOffset > to) break;
        const before = ghost.committedAt(batch.baseOffset);
        if (before === undefined) {
          must(
            view.role === 'leader' || batch.baseOffset >= ghost.trueHighWatermark,
            'S7',
            () =>
              `${ghost.name}: broker ${broker} holds ${batch.baseOffset} in a gap of what is committed`,
          );
          // A follower's high watermark comes from a leader that is committed no further than this.
          if (view.role === 'leader') ghost.committed.push(batch);
          continue;
        }
        must(
          before.identity === batch.identity && before.epoch === batch.epoch,
          'S7',
          () =>
            `${ghost.name}: ${batch.baseOffset} was committed as ${before.identity} of epoch ${before.epoch}, ` +
            `broker ${broker} (${view.role}, epoch ${view.leaderEpoch}) has ${batch.identity} of epoch ${batch.epoch} there, ` +
            `below its high watermark ${highWatermark}`,
        );
      }
      replica.verifiedTo = to;
    },
  };
}
