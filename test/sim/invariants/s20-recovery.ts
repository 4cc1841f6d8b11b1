import { firstEndingBehind, type MirrorBatch } from '../mirror.ts';
import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/** What a life left on its disk. */
interface Remains {
  readonly how: string;
  /** After kill −9 or a clean stop all that was written, after a power cut what was synced. */
  readonly batches: readonly MirrorBatch[];
}

/**
 * S20: a start finds what the life before had made sure of: after kill −9 every byte that was
 * written, after a power cut everything that was synced. A log that was being cut may end anywhere
 * above the cut, and a disk that was made to rot is excused.
 */
export function recovery(): Invariant {
  const left = new Map<string, Remains>();
  const seen = new WeakSet();
  return {
    id: 'S20',
    title: 'recovery finds what was there',
    onDeath(world, name, how) {
      const { node } = world.seat(name);
      if (!('broker' in node)) return;
      if (how === 'power') {
        // What an earlier life left may never have been looked at since, and some of it goes now.
        // Of every topic: internal ones lie on the same disk.
        for (const key of world.ghosts.keys()) {
          const known = `${name} ${key}`;
          if (left.has(known))
            left.set(known, { how, batches: world.batchesOn(node, key, 'durable') });
        }
      }
      for (const replica of world.observer.replicasOf(node)) {
        const key = `${name} ${replica.host.key}`;
        if (world.observer.isChanging(replica.host.log)) left.delete(key);
        else if (how === 'power') left.set(key, { how, batches: replica.mirror.durableBatches() });
        else left.set(key, { how, batches: replica.mirror.writtenBatches() });
      }
    },
    onReplica(world, { broker, mirror, host, ghost }) {
      if (seen.has(host)) return;
      seen.add(host);
      const key = `broker-${broker} ${host.key}`;
      const remains = left.get(key);
      left.delete(key);
      if (remains === undefined || world.isLossy(broker, host.key)) return;
      const start: number = host.log.logStartOffset;
      for (const batch of remains.batches) {
        if (batch.endOffset <= start) continue;
        const found = mirror.batches[firstEndingBehind(mirror.batches, batch.baseOffset)];
        must(
          found?.baseOffset === batch.baseOffset && found.identity === batch.identity,
          'S20',
          () =>
            `${ghost.name} on broker ${broker}: ${batch.identity} lay at ${batch.baseOffset} when it died (${remains.how}), ` +
            `recovery found ${found?.identity ?? 'nothing'} and ends at ${mirror.endOffset} (${host.log.recovery.state})`,
        );
      }
    },
  };
}
