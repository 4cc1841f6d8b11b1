import { firstEndingBehind } from '../mirror.ts';
import type { ReplicaView } from '../../../src/replication/view.ts';
import type { WatchedReplica } from '../observer.ts';
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
    onStep(world, { watched, effects }) {
      // In one event a leader may commit and give way: afterwards it is a follower like any other.
      if (watched === undefined) return;
      for (const effect of effects) {
        if (effect.kind !== 'advanceHighWatermark') continue;
        const view = watched.host.view();
        if (view.role === 'leader')
          compare(watched, view, world.isLossy(watched.broker, watched.host.key));
      }
    },
    onReplica(world, replica) {
      const { view, broker, host } = replica;
      if (view.role !== 'leader' && view.role !== 'follower') return;
      const rots = world.isLossy(broker, host.key);
      if (view.role === 'follower' && rots) return;
      compare(replica, view, rots);
    },
  };
}

/** Holds everything below a replica's high watermark against what is committed; a leader adds to it. */
function compare(replica: WatchedReplica, view: ReplicaView, rots: boolean): void {
  const { mirror, ghost, broker, host } = replica;
  const isLeader = view.role === 'leader';
  const highWatermark: number = view.highWatermark;
  if (isLeader) {
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
        isLeader || batch.baseOffset >= ghost.trueHighWatermark,
        'S7',
        () =>
          `${ghost.name}: broker ${broker} holds ${batch.baseOffset} in a gap of what is committed`,
      );
      // A follower's high watermark comes from a leader that is committed no further than this.
      if (isLeader) ghost.committed.push(batch);
      continue;
    }
    // What rots under a replica, unseen by itself too, is no part of what it commits.
    must(
      rots || (before.identity === batch.identity && before.epoch === batch.epoch),
      'S7',
      () =>
        `${ghost.name}: ${batch.baseOffset} was committed as ${before.identity} of epoch ${before.epoch}, ` +
        `broker ${broker} (${view.role}, epoch ${view.leaderEpoch}) has ${batch.identity} of epoch ${batch.epoch} there, ` +
        `below its high watermark ${highWatermark}`,
    );
  }
  replica.verifiedTo = to;
}
