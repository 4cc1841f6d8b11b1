import type { WatchedReplica } from '../observer.ts';
import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/** S3: the leader of the newest epoch holds everything that is committed. */
export function leaderCompleteness(): Invariant {
  const checked = new WeakMap<WatchedReplica['host'], number>();
  return {
    id: 'S3',
    title: 'leader completeness',
    onReplica(world, replica) {
      const { view, host } = replica;
      if (view.role !== 'leader' || view.leaderEpoch === null) return;
      if (checked.get(host) === view.leaderEpoch && !replica.cut) return;
      const state = world.partitionState(host.key);
      if (state?.leaderEpoch !== view.leaderEpoch) return;
      checked.set(host, view.leaderEpoch);
      // Rot in what nobody has read yet is found when somebody does, and repaired (X3).
      if (world.isLossy(replica.broker, host.key)) return;
      mustHoldCommitted(replica, 'S3', `leads epoch ${view.leaderEpoch}`);
    },
  };
}

/** Throws unless the replica holds every committed batch from its log start on, byte for byte. */
export function mustHoldCommitted(
  { broker, mirror, host, ghost }: WatchedReplica,
  invariant: string,
  why: string,
): void {
  const start = Math.max(host.log.logStartOffset, ghost.logStartOffset);
  const { committed } = ghost;
  for (let index = committed.length - 1; index >= 0; index--) {
    const batch = committed[index];
    if (batch === undefined || batch.endOffset <= start) return;
    const held = mirror.at(batch.baseOffset);
    must(
      held !== undefined &&
        held.baseOffset === batch.baseOffset &&
        held.epoch === batch.epoch &&
        held.identity === batch.identity,
      invariant,
      () =>
        `${ghost.name}: broker ${broker} ${why} and has ` +
        `${held === undefined ? 'nothing' : `a batch of epoch ${held.epoch} (${held.identity})`} at ` +
        `${batch.baseOffset}, where ${batch.identity} of epoch ${batch.epoch} is committed; ` +
        `its log goes from ${start} to ${mirror.endOffset}, committed is up to ${ghost.trueHighWatermark}`,
    );
  }
}
