import type { PartitionKey } from '../../../src/base/ids.ts';
import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

interface Epochs {
  leader: number;
  partition: number;
}

/** S2: leader and partition epochs of a replica, and broker epochs of a broker, never fall. */
export function epochsRise(): Invariant {
  const ofReplica = new Map<string, Epochs>();
  let checkedAt = -1;
  const ofBroker = new Map<number, number>();
  return {
    id: 'S2',
    title: 'epochs only rise',
    onReplica(_world, { broker, view, ghost, host }) {
      const key: PartitionKey = host.key;
      const name = `${broker} ${key}`;
      const leader: number = view.leaderEpoch ?? -1;
      const partition: number = view.partitionEpoch ?? -1;
      const before = ofReplica.get(name);
      if (before === undefined) {
        ofReplica.set(name, { leader, partition });
        return;
      }
      must(
        leader >= before.leader && partition >= before.partition,
        'S2',
        () =>
          `${ghost.name} on broker ${broker}: epochs fell from ${before.leader}/${before.partition} to ${leader}/${partition}`,
      );
      before.leader = leader;
      before.partition = partition;
    },
    onEvent(world, seat) {
      if (seat.node !== world.nodes.controller) return;
      const offset: number = world.image?.nextOffset ?? -1;
      if (offset === checkedAt) return;
      checkedAt = offset;
      for (const { id, epoch } of world.image?.brokers() ?? []) {
        const before = ofBroker.get(id) ?? -1;
        must(
          epoch >= before,
          'S2',
          () => `broker ${id}: its epoch fell from ${before} to ${epoch}`,
        );
        ofBroker.set(id, epoch);
      }
    },
    onDeath(_world, name) {
      // A new process knows nothing before its first metadata.
      const broker = name.replace('broker-', '');
      for (const key of ofReplica.keys()) if (key.startsWith(`${broker} `)) ofReplica.delete(key);
    },
  };
}
