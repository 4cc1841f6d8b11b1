import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/** S14: a write that was refused for good is in nobody's log, then or ever. */
export function definiteFailure(): Invariant {
  return {
    id: 'S14',
    title: 'a definite failure is one',
    onRefused(world, { key, identity, code, broker }) {
      for (const ghost of world.ghosts.values()) {
        for (const batch of ghost.written.values()) {
          must(
            batch.identity !== identity,
            'S14',
            () =>
              `${key}: broker ${broker} refused ${identity} for good (${code}), and it was written at ${batch.baseOffset}`,
          );
        }
      }
    },
    onReplica(_world, { broker, appended, ghost }) {
      if (ghost.refused.size === 0) return;
      for (const batch of appended) {
        must(
          !ghost.refused.has(batch.identity),
          'S14',
          () =>
            `${ghost.name}: ${batch.identity} was refused for good, broker ${broker} has it at ${batch.baseOffset}`,
        );
      }
    },
    onRest(world) {
      for (const ghost of world.ghosts.values()) {
        for (const batch of ghost.committed) {
          must(
            !ghost.refused.has(batch.identity),
            'S14',
            () =>
              `${ghost.name}: ${batch.identity} was refused for good, and is committed at ${batch.baseOffset}`,
          );
        }
      }
    },
  };
}
