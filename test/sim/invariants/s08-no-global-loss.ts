import { firstEndingBehind } from '../mirror.ts';
import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/** S8: everything acknowledged at acks=all is served in the end, at its offset, with its bytes. */
export function noGlobalLoss(): Invariant {
  return {
    id: 'S8',
    title: 'no global loss',
    onRest(world) {
      for (const key of world.keys) {
        const state = world.partitionState(key);
        const ghost = world.ghosts.get(key);
        if (state?.leader === null || state === undefined || ghost === undefined) continue;
        const leader = world.replica(state.leader, key);
        must(
          leader !== undefined,
          'S8',
          () => `${ghost.name}: leader ${state.leader} is not there`,
        );
        const { batches } = leader.mirror;
        for (const acknowledged of ghost.acknowledged) {
          if (acknowledged.acks !== 'all') continue;
          if (acknowledged.endOffset <= leader.host.log.logStartOffset) continue;
          const held = batches[firstEndingBehind(batches, acknowledged.baseOffset)];
          must(
            held?.baseOffset === acknowledged.baseOffset && held.identity === acknowledged.identity,
            'S8',
            () =>
              `${ghost.name}: ${acknowledged.identity} was acknowledged at ${acknowledged.baseOffset} by broker ` +
              `${acknowledged.broker} in epoch ${acknowledged.leaderEpoch}, there is ${held?.identity ?? 'nothing'}`,
          );
        }
      }
    },
  };
}
