import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/** S6: the same offset and epoch are the same batch, on whichever replica and whenever. */
export function logMatching(): Invariant {
  return {
    id: 'S6',
    title: 'log matching',
    onReplica(world, { broker, appended, ghost, host }) {
      if (world.isLossy(broker, host.key)) return;
      for (const batch of appended) {
        const key = `${batch.baseOffset}:${batch.epoch}`;
        const first = ghost.written.get(key);
        if (first === undefined) {
          ghost.written.set(key, batch);
          continue;
        }
        must(
          first.identity === batch.identity && first.endOffset === batch.endOffset,
          'S6',
          () =>
            `${ghost.name}: at ${batch.baseOffset} in epoch ${batch.epoch} broker ${broker} has ${batch.identity}, ` +
            `somebody had ${first.identity}`,
        );
      }
    },
    onRest(world) {
      for (const key of world.keys) {
        const replicas = world.replicas(key).filter(({ broker }) => !world.isLossy(broker, key));
        const [one, ...others] = replicas;
        for (const other of others) {
          if (one === undefined) break;
          const start = Math.max(one.host.log.logStartOffset, other.host.log.logStartOffset);
          const of = (replica: typeof one): string =>
            replica.mirror.batches
              .filter((batch) => batch.endOffset > start)
              .map((batch) => `${batch.baseOffset}:${batch.epoch}:${batch.identity}`)
              .join(' ');
          must(
            of(one) === of(other),
            'S6',
            () =>
              `${one.ghost.name}: brokers ${one.broker} and ${other.broker} rest with different logs`,
          );
        }
      }
    },
  };
}
