import type { PartitionKey } from '../../../src/base/ids.ts';
import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/**
 * S15: nobody who is fenced is in an ISR; ISR, ELR and replicas are what they must be to each other;
 * a partition's epochs move by the rules.
 */
export function fencing(): Invariant {
  let checkedAt = -1;
  const epochs = new Map<PartitionKey, { partition: number; leader: number; who: number | null }>();
  return {
    id: 'S15',
    title: 'fencing',
    onEvent(world, seat) {
      if (seat.node !== world.nodes.controller) return;
      const { image } = world;
      const offset: number = image?.nextOffset ?? -1;
      if (image === null || offset === checkedAt) return;
      checkedAt = offset;
      for (const key of world.keys) {
        const state = world.partitionState(key);
        if (state === undefined) continue;
        const { isr, elr, replicas, leader, minIsr } = state;
        const say = (what: string) => (): string =>
          `${key}: ${what} (ISR [${isr.join()}], ELR [${elr.join()}], replicas [${replicas.join()}], leader ${leader})`;
        must(
          isr.every((id) => replicas.includes(id)),
          'S15',
          say('the ISR has strangers'),
        );
        must(
          elr.every((id) => replicas.includes(id)),
          'S15',
          say('the ELR has strangers'),
        );
        must(!elr.some((id) => isr.includes(id)), 'S15', say('ISR and ELR overlap'));
        must(isr.length < minIsr || elr.length === 0, 'S15', say('an ELR beside a whole ISR'));
        must(leader === null || isr.includes(leader), 'S15', say('the leader is not in sync'));
        for (const id of isr) {
          must(
            image.broker(id)?.fenced === false,
            'S15',
            say(`broker ${id} is fenced and in sync`),
          );
        }
        const before = epochs.get(key);
        if (before !== undefined) {
          const changed = leader !== before.who;
          must(
            state.partitionEpoch >= before.partition && state.leaderEpoch >= before.leader,
            'S15',
            say('an epoch fell'),
          );
          must(
            !changed || state.leaderEpoch > before.leader,
            'S15',
            say('a new leader in an old epoch'),
          );
        }
        epochs.set(key, {
          partition: state.partitionEpoch,
          leader: state.leaderEpoch,
          who: leader,
        });
      }
    },
  };
}
