import type { PartitionKey } from '../../../src/base/ids.ts';
import { batchesIn } from '../../../src/record/index.ts';
import { firstEndingBehind } from '../mirror.ts';
import type { PartitionGhost } from '../ghost.ts';
import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/**
 * S18: a transaction has one outcome, the same in all of its partitions; whatever comes behind its
 * end is not part of another; a last stable offset never lies beyond the high watermark and never
 * falls while one leader leads; and in the end no transaction is left open.
 */
export function transactions(): Invariant {
  /** By producer and the epoch of the marker. */
  const outcomes = new Map<string, string>();
  const seen = new Map<string, number>();
  /** By partition and producer, the epoch of the last batch or marker, and of the transaction that is open. */
  const epochs = new Map<string, { latest: number; open: number | null }>();
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
        if (producer === undefined || !producer.transactional) continue;
        const { producerId, producerEpoch, marker } = producer;
        const of = `${host.key} ${producerId}`;
        const known = epochs.get(of) ?? { latest: producerEpoch, open: null };
        epochs.set(of, known);
        // A marker carries the epoch behind that of what it ends.
        const open = marker === null ? producerEpoch : producerEpoch - 1;
        must(
          producerEpoch >= known.latest && (known.open ?? open) === open,
          'S18',
          () =>
            `${ghost.name}: offset ${baseOffset} of producer ${producerId} is ${marker === null ? 'a batch' : 'a marker'} of epoch ` +
            `${producerEpoch}, behind epoch ${known.latest}; a transaction of epoch ${known.open} is open`,
        );
        known.latest = producerEpoch;
        known.open = marker === null ? open : null;
        if (marker === null) continue;
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
    onTransactionEnded(_world, { producerId, markerEpoch, commit }) {
      const transaction = `${producerId}/${markerEpoch}`;
      const told = commit ? 'commit' : 'abort';
      const outcome = outcomes.get(transaction) ?? told;
      outcomes.set(transaction, outcome);
      must(
        outcome === told,
        'S18',
        () => `a producer was told ${told} of ${transaction}, which is ${outcome}`,
      );
    },
    onConsumed(world, { reader, broker, key, bytes, aborted }) {
      const ghost = world.ghosts.get(key as PartitionKey);
      if (ghost === undefined) return;
      for (const { header } of batchesIn(bytes)) {
        if (!header.isTransactional || header.isControl) continue;
        const { producerId, baseOffset } = header;
        const marker = markerBehind(ghost, producerId, baseOffset);
        const isAborted = aborted.some(
          (each) => each.producerId === producerId && each.firstOffset <= baseOffset,
        );
        // An aborted transaction of the same producer that began before may end before as well.
        const isPassedOver = isAborted && !hasMarkerBetween(ghost, producerId, aborted, baseOffset);
        must(
          marker !== null && isPassedOver === (marker === 'abort'),
          'S18',
          () =>
            `${ghost.name}: broker ${broker} gave ${reader} offset ${baseOffset} of producer ${producerId} ` +
            `${isPassedOver ? 'to pass over' : 'as committed'}; its transaction ended with ${marker ?? 'nothing yet'}`,
        );
      }
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

/** How the transaction that holds this producer's batch at `baseOffset` was ended in this partition. */
function markerBehind(
  ghost: PartitionGhost,
  producerId: number,
  baseOffset: number,
): 'commit' | 'abort' | null {
  for (let at = firstEndingBehind(ghost.committed, baseOffset); ; at++) {
    const batch = ghost.committed[at];
    if (batch === undefined) return null;
    if (batch.producer?.producerId !== producerId || batch.producer.marker === null) continue;
    return batch.producer.marker.outcome;
  }
}

/** Whether every aborted transaction that began at or before `baseOffset` has ended before it. */
function hasMarkerBetween(
  ghost: PartitionGhost,
  producerId: number,
  aborted: readonly { readonly producerId: number; readonly firstOffset: number }[],
  baseOffset: number,
): boolean {
  return aborted
    .filter((each) => each.producerId === producerId && each.firstOffset <= baseOffset)
    .every(({ firstOffset }) => {
      for (let at = firstEndingBehind(ghost.committed, firstOffset); ; at++) {
        const batch = ghost.committed[at];
        if (batch === undefined || batch.baseOffset >= baseOffset) return false;
        if (batch.producer?.producerId === producerId && batch.producer.marker !== null)
          return true;
      }
    });
}
