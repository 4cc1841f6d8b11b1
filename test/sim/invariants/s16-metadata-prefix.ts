import { encodeEvent } from '../../../src/controller/event-codec.ts';
import type { SessionResponse } from '../../../src/controller/types.ts';
import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/**
 * S16: there is one history of the cluster. What any controller told anyone at a metadata offset is
 * what every controller tells everyone, for ever, and brokers apply no more than that.
 */
export function metadataPrefix(): Invariant {
  const told = new Map<number, string>();
  let toldTo = 0;
  return {
    id: 'S16',
    title: 'one metadata history',
    onSent(world, from, _to, message) {
      if (from !== world.nodes.controller.name) return;
      const { kind } = message as SessionResponse;
      if (kind === 'snapshot') {
        toldTo = Math.max(toldTo, (message as SessionResponse & { kind: 'snapshot' }).nextOffset);
      }
      if (kind !== 'events') return;
      const { events, startOffset } = message as SessionResponse & { kind: 'events' };
      for (const [index, event] of events.entries()) {
        const offset = startOffset + index;
        const bytes = Buffer.from(encodeEvent(event)).toString('base64');
        const before = told.get(offset);
        must(
          before === undefined || before === bytes,
          'S16',
          () => `metadata ${offset} was told as one event, and is now another (${event.kind})`,
        );
        told.set(offset, bytes);
        toldTo = Math.max(toldTo, offset + 1);
      }
    },
    onEvent(_world, seat) {
      const { node } = seat;
      if (!('broker' in node) || !node.running) return;
      const applied: number = node.broker.metadata.nextOffset;
      must(
        applied <= toldTo,
        'S16',
        () => `${node.name} has applied metadata up to ${applied}, told is only up to ${toldTo}`,
      );
    },
  };
}
