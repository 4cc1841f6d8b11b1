import type { PartitionKey } from '../../../src/base/ids.ts';
import type { RequestId } from '../../../src/replication/types.ts';
import type { WatchedReplica } from '../observer.ts';
import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/**
 * S12: an ok at acks=all is about something that is committed, at that offset, at that instant, and
 * was decided while as many were in sync as the topic asks for.
 */
export function acknowledgements(): Invariant {
  /** Of every replica, who waits for acks=all. */
  const waiting = new WeakMap<WatchedReplica['host'], Set<RequestId>>();
  return {
    id: 'S12',
    title: 'acknowledgements are true',
    onStep(_world, { watched, input, effects }) {
      if (watched === undefined) return;
      const { host, ghost } = watched;
      let requests = waiting.get(host);
      if (requests === undefined) waiting.set(host, (requests = new Set()));
      if (input.kind === 'produce' && input.acks === 'all') requests.add(input.request);
      for (const effect of effects) {
        if (effect.kind !== 'reply' || !requests.delete(effect.request)) continue;
        if (!effect.result.ok) continue;
        const { role, maximalIsr, minIsr } = host.view();
        must(
          role !== 'leader' || maximalIsr.length >= minIsr,
          'S12',
          () =>
            `${ghost.name}: acknowledged by an ISR of [${maximalIsr.join()}], min ISR ${minIsr}`,
        );
      }
    },
    onAcknowledged(world, { key, acks, baseOffset, endOffset, identity, broker, leaderEpoch }) {
      if (acks !== 'all') return;
      const ghost = world.ghosts.get(key as PartitionKey);
      must(ghost !== undefined, 'S12', () => `${key} was never seen`);
      const committed = ghost.committedAt(baseOffset);
      must(
        endOffset <= ghost.trueHighWatermark && committed?.identity === identity,
        'S12',
        () =>
          `${ghost.name}: broker ${broker} (epoch ${leaderEpoch}) acknowledged ${identity} at ${baseOffset}; committed is ` +
          `${committed?.identity ?? 'nothing'} there, and everything up to ${ghost.trueHighWatermark}`,
      );
    },
  };
}
