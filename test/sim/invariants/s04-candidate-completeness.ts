import { must } from '../violation.ts';
import type { World } from '../world.ts';
import type { Invariant } from './invariant.ts';

/**
 * S4: whoever could be elected cleanly, in the ISR or the ELR, holds everything that is committed
 * (unless its disk was made to lose what it had promised).
 */
export function candidateCompleteness(): Invariant {
  let checkedAt = -1;
  return {
    id: 'S4',
    title: 'candidate completeness',
    onEvent(world, seat) {
      // Candidates change with the controller's events; logs only grow below what is committed.
      if (seat.node !== world.nodes.controller) return;
      const offset: number = world.image?.nextOffset ?? -1;
      if (offset === checkedAt) return;
      checkedAt = offset;
      for (const key of world.keys) check(world, key);
    },
    onReplica(world, replica) {
      if (replica.cut) check(world, replica.host.key);
    },
  };
}

function check(world: World, key: World['keys'][number]): void {
  const state = world.partitionState(key);
  if (state === undefined) return;
  for (const id of [...state.isr, ...state.elr]) {
    const replica = world.replica(id, key);
    if (replica === undefined || world.isLossy(id, key)) continue;
    const { ghost, mirror, host } = replica;
    const start = Math.max(host.log.logStartOffset, ghost.logStartOffset);
    const last = ghost.committed.at(-1);
    if (last === undefined || last.endOffset <= start) continue;
    // By log matching, holding the last committed batch is holding all of them.
    const held = mirror.at(last.baseOffset);
    must(
      held?.baseOffset === last.baseOffset && held.identity === last.identity,
      'S4',
      () =>
        `${ghost.name}: broker ${id} is in ${state.isr.includes(id) ? 'the ISR' : 'the ELR'} and ends at ` +
        `${mirror.endOffset}, committed is up to ${ghost.trueHighWatermark}`,
    );
  }
}
