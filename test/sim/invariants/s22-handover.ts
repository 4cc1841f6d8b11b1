import type { PartitionKey } from '../../../src/base/ids.ts';
import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/** S22: a planned change of leader loses nothing that was acknowledged, at acks 1 either. */
export function handover(): Invariant {
  /** Epochs that began with a handover, and who led before. */
  const planned = new Map<string, { readonly from: number; readonly epoch: number }>();
  let checkedAt = -1;
  const states = new Map<PartitionKey, { leader: number | null; leaderEpoch: number }>();
  return {
    id: 'S22',
    title: 'handover loses nothing',
    onEvent(world, seat) {
      if (seat.node !== world.nodes.controller) return;
      const offset: number = world.image?.nextOffset ?? -1;
      if (offset === checkedAt) return;
      checkedAt = offset;
      for (const key of world.keys) {
        const state = world.partitionState(key);
        if (state === undefined) continue;
        const before = states.get(key);
        states.set(key, { leader: state.leader, leaderEpoch: state.leaderEpoch });
        if (before === undefined || before.leaderEpoch === state.leaderEpoch) continue;
        const { leader } = before;
        // Planned: the old leader is still in sync, and epochs were not skipped.
        if (leader === null || state.leader === null || leader === state.leader) continue;
        if (!state.isr.includes(leader as never)) continue;
        if (state.leaderEpoch !== before.leaderEpoch + 1) continue;
        planned.set(`${key} ${state.leaderEpoch}`, { from: leader, epoch: before.leaderEpoch });
      }
    },
    onReplica(world, { host, view, mirror, ghost, broker }) {
      if (view.role !== 'leader' || view.leaderEpoch === null) return;
      const name = `${host.key} ${view.leaderEpoch}`;
      const plan = planned.get(name);
      if (plan === undefined) return;
      planned.delete(name);
      world.sometimes.count('handover finished');
      for (const answer of ghost.acknowledged) {
        if (answer.broker !== plan.from || answer.leaderEpoch !== plan.epoch) continue;
        if (answer.endOffset <= host.log.logStartOffset) continue;
        const held = mirror.at(answer.baseOffset);
        must(
          held?.identity === answer.identity,
          'S22',
          () =>
            `${ghost.name}: ${answer.identity} was acknowledged (acks=${answer.acks}) at ${answer.baseOffset} by broker ${plan.from}, ` +
            `which handed over to ${broker}; that one has ${held?.identity ?? 'nothing'} there`,
        );
      }
    },
  };
}
