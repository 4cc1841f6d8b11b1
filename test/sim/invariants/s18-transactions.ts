import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/**
 * S18: a transaction has one outcome, the same in all of its partitions; a last stable offset never
 * lies beyond the high watermark and never falls while one leader leads; and in the end no
 * transaction is left open.
 */
export function transactions(): Invariant {
  /** By producer and the epoch of the marker. */
  const outcomes = new Map<string, string>();
  const seen = new Map<string, number>();
  /** By partition and leader epoch. */
  const stable = new Map<string, number>();
  return {
    id: 'S18',
    title: 'transactions are all or nothing',
    onReplica(_world, { host, ghost, view, broker }) {
      if (view.role !== 'leader') return;
      const highWatermark: number = view.highWatermark;
      const lastStable: number = host.log.producers.lastStableOffset(view.highWatermark);
      const key = `${host.key} ${view.leaderEpoch}`;
      const before = stable.get(key) ?? 0;
      must(
        lastStable <= highWatermark && lastStable >= before,
        'S18',
        () =>
          `${ghost.name}: broker ${broker} says that everything below ${lastStable} is stable, and said ${before}; ` +
          `the high watermark is ${highWatermark}`,
      );
      stable.set(key, lastStable);
      const from = seen.get(host.key) ?? 0;
      for (const { producer, baseOffset } of ghost.committed.slice(from)) {
        if (producer === undefined || producer.marker === null) continue;
        const { producerId, producerEpoch, marker } = producer;
        const transaction = `${producerId}/${producerEpoch}`;
        const outcome = outcomes.get(transaction) ?? marker.outcome;
        outcomes.set(transaction, outcome);
        must(
          outcome === marker.outcome,
          'S18',
          () =>
            `${ghost.name}: offset ${baseOffset} says ${marker.outcome} of ${transaction}, elsewhere it is ${outcome}`,
        );
      }
      seen.set(host.key, ghost.committed.length);
    },
    onRest(world) {
      for (const key of world.keys) {
        for (const { host, ghost, view } of world.replicas(key)) {
          if (view.role !== 'leader') continue;
          const lastStable: number = host.log.producers.lastStableOffset(view.highWatermark);
          must(
            lastStable === view.highWatermark,
            'S18',
            () =>
              `${ghost.name}: a transaction is open at ${lastStable}, the high watermark is ${view.highWatermark}`,
          );
        }
      }
    },
  };
}
