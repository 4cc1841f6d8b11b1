import type { PartitionKey } from '../../../src/base/ids.ts';
import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/** S21: what was acknowledged is synced on as many disks as were promised. */
export function durability(): Invariant {
  return {
    id: 'S21',
    title: 'durability audit',
    onAcknowledged(world, answer) {
      const key = answer.key as PartitionKey;
      const ghost = world.ghosts.get(key);
      if (ghost === undefined || !ghost.fsync) return;
      // Sent twice, and answered the second time when retention had taken it.
      if (answer.endOffset <= ghost.logStartOffset) return;
      const needed =
        answer.acks === 'all' ? Math.min(ghost.minIsr, world.knobs.replicationFactor) : 1;
      const batch = {
        baseOffset: answer.baseOffset,
        endOffset: answer.endOffset,
        epoch: answer.leaderEpoch,
        identity: answer.identity,
      };
      let durable = 0;
      for (const node of world.nodes.brokers) {
        if (durable >= needed) break;
        // A disk that was made to lose it had it, as far as anybody could know.
        if (world.isLossy(node.id, key) || world.diskHolds(node, key, batch)) durable += 1;
      }
      must(
        durable >= needed,
        'S21',
        () =>
          `${ghost.name}: ${answer.identity} was acknowledged at ${answer.baseOffset} at acks=${answer.acks} ` +
          `and is synced on ${durable} disks, not ${needed}: ` +
          world.nodes.brokers
            .map((node) => {
              const found = world.batchesOn(node, key, 'durable');
              const excused = world.isLossy(node.id, key) ? ' (rotten)' : '';
              return `broker ${node.id} to ${found.at(-1)?.endOffset ?? 0}${excused}`;
            })
            .join(', '),
      );
    },
  };
}
