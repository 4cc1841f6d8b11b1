/**
 * What holds of every partition after every event (`README.md`, C-numbers of this room). A state
 * that breaks one is a bug in who decided it, and must not be served to anybody.
 */
import { assert } from '../base/assert.ts';
import type { PartitionState } from './types.ts';

export function assertPartitionHolds(topic: string, state: PartitionState): void {
  const { replicas, isr, elr, lastKnownElr, leader, minIsr } = state;
  const say = (invariant: string) => () =>
    `${invariant}: ${topic}-${state.partition} ${JSON.stringify(state)}`;
  assert(replicas.length > 0, say('P1 a partition has replicas'));
  assert(
    [isr, elr, lastKnownElr].every((set) => set.every((id) => replicas.includes(id))),
    say('P2 ISR, ELR and last known ELR lie within the replicas'),
  );
  assert(leader === null || isr.includes(leader), say('P3 the leader is in the ISR'));
  assert(!elr.some((id) => isr.includes(id)), say('P4 ISR and ELR are apart'));
  assert(
    isr.length < minIsr || (elr.length === 0 && lastKnownElr.length === 0),
    say('P5 an ISR of min ISR leaves ELR and last known ELR empty'),
  );
  assert(
    minIsr >= 1 && minIsr <= replicas.length,
    say('P6 the effective min ISR lies between 1 and the replicas'),
  );
}

/** P7: epochs never fall; a partition epoch rises with every change, a leader epoch with every leader. */
export function assertPartitionFollows(
  topic: string,
  before: PartitionState,
  after: PartitionState,
): void {
  const say = () => `P7 epochs rise: ${topic} ${JSON.stringify({ before, after })}`;
  assert(after.partitionEpoch === before.partitionEpoch + 1, say);
  assert(after.leaderEpoch >= before.leaderEpoch, say);
  assert(after.leader === before.leader || after.leaderEpoch > before.leaderEpoch, say);
}
