import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

/**
 * S27: a broker with a log that can no longer be written goes at once (X12). One that stayed would lead
 * what it cannot write, and answer nobody.
 */
export function failedLogs(): Invariant {
  return {
    id: 'S27',
    title: 'a broker with a failed log goes',
    onReplica(world, { broker, host, ghost }) {
      const { failure } = host.log;
      if (failure === null) return;
      const node = world.nodes.broker(broker);
      must(
        !node.running || node.broker.state === 'offline',
        'S27',
        () =>
          `${ghost.name} on broker ${broker} has failed (${failure.message}), and the broker goes on`,
      );
    },
  };
}
