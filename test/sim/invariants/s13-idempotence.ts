import type { PartitionKey } from '../../../src/base/ids.ts';
import { sequenceAfter } from '../../../src/record/index.ts';
import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/**
 * S13: of each producer and epoch the committed sequences of a partition follow one another from 0,
 * each once; and whoever is told an offset for a batch is always told the same.
 */
export function idempotence(): Invariant {
  /** By partition, producer and epoch, the sequence that comes next. */
  const next = new Map<string, number>();
  /** By partition, how many of its committed batches have been looked at. */
  const seen = new Map<string, number>();
  const told = new Map<string, number>();
  return {
    id: 'S13',
    title: 'each batch of a producer once, in its order',
    onReplica(_world, { host, ghost, view }) {
      if (view.role !== 'leader') return;
      const from = seen.get(host.key) ?? 0;
      if (from === ghost.committed.length) return;
      for (const { producer, baseOffset } of ghost.committed.slice(from)) {
        if (producer === undefined || producer.marker !== null || producer.baseSequence < 0) {
          continue;
        }
        const { producerId, producerEpoch, baseSequence, lastOffsetDelta } = producer;
        const key = `${host.key} ${producerId} ${producerEpoch}`;
        const expected = next.get(key) ?? 0;
        must(
          baseSequence === expected,
          'S13',
          () =>
            `${ghost.name}: offset ${baseOffset} has sequence ${baseSequence} of producer ${producerId}, ` +
            `epoch ${producerEpoch}; ${expected} comes next`,
        );
        next.set(key, sequenceAfter(baseSequence, lastOffsetDelta + 1));
      }
      seen.set(host.key, ghost.committed.length);
    },
    onAcknowledged(world, { key, identity, baseOffset, broker }) {
      const ghost = world.ghosts.get(key as PartitionKey);
      const batch = `${key} ${identity}`;
      const before = told.get(batch) ?? baseOffset;
      told.set(batch, before);
      must(
        before === baseOffset,
        'S13',
        () =>
          `${ghost?.name}: ${identity} was acknowledged at ${before}, and by broker ${broker} at ${baseOffset}`,
      );
    },
  };
}
