import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/**
 * S26: the minimum by which a partition's leader counts is the topic's, also when that has just been
 * changed (X11), and never more than there are replicas (P6): nobody could ever meet that.
 */
export function minimum(): Invariant {
  let checkedAt = -1;
  return {
    id: 'S26',
    title: 'the minimum is the topic’s',
    onEvent(world, seat) {
      const { image, topicId } = world;
      if (seat !== world.controllerSeat || image === null || topicId === null) return;
      if (image.nextOffset === checkedAt) return;
      checkedAt = image.nextOffset;
      const asked = Number(image.topic(topicId)?.settings['min.insync.replicas']);
      for (const key of world.keys) {
        const state = world.partitionState(key);
        if (state === undefined) continue;
        const expected = Math.min(asked, state.replicas.length);
        must(
          state.minIsr === expected,
          'S26',
          () => `${key} goes by a minimum of ${state.minIsr}, and its topic asks for ${asked}`,
        );
      }
    },
  };
}
