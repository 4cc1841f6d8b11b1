import { firstIndex } from '../../../src/base/sorted.ts';
import type { WatchedReplica } from '../observer.ts';
import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/** S17: a log has no holes, its epochs only rise, and its epoch history is what the batches say. */
export function offsets(): Invariant {
  return {
    id: 'S17',
    title: 'offsets and epochs of a log',
    onReplica(world, replica) {
      const { appended, mirror, cut } = replica;
      // What rots unseen cannot be read here either.
      if (world.isLossy(replica.broker, replica.host.key)) return;
      if (appended.length === 0 && !cut) return;
      const { batches } = mirror;
      const from = cut ? 0 : Math.max(1, batches.length - appended.length);
      for (let index = Math.max(1, from); index < batches.length; index++) {
        const [before, batch] = [batches[index - 1], batches[index]];
        if (before === undefined || batch === undefined) break;
        must(
          batch.baseOffset === before.endOffset && batch.epoch >= before.epoch,
          'S17',
          () =>
            `${replica.ghost.name} on broker ${replica.broker}: ${batch.baseOffset} of epoch ${batch.epoch} follows ` +
            `${before.endOffset} of epoch ${before.epoch}; its log goes from ${replica.host.log.logStartOffset} to ` +
            `${replica.host.log.logEndOffset}`,
        );
      }
      checkHistory(replica);
    },
  };
}

function checkHistory({ mirror, host, ghost, broker, view }: WatchedReplica): void {
  const start: number = host.log.logStartOffset;
  const { batches } = mirror;
  const expected: string[] = [];
  // Epochs rise: whoever walks through all batches at each append has walked their square in the end.
  for (let index = mirror.indexOf(start); index < batches.length;) {
    const { epoch, baseOffset } = batches[index] as (typeof batches)[number];
    // The oldest epoch may begin below the log's start.
    expected.push(`${epoch}@${expected.length === 0 ? start : baseOffset}`);
    index = firstIndex(index, batches.length, (at) => (batches[at]?.epoch ?? epoch) > epoch);
  }
  const entries = host.log.epochs.entries.map(
    (entry, index) => `${entry.epoch}@${index === 0 ? start : entry.startOffset}`,
  );
  // An epoch that holds nothing yet: a leader's own, or one that a follower is about to append to.
  if (entries.length > expected.length) entries.pop();
  must(
    entries.join() === expected.join(),
    'S17',
    () =>
      `${ghost.name} on broker ${broker} (${view.role}): its epochs are ${entries.join(' ')}, its batches say ${expected.join(' ')}`,
  );
}
