import type { PartitionKey } from '../../../src/base/ids.ts';
import type { FollowerMessage } from '../../../src/broker/interfaces.ts';
import type { SessionResponse } from '../../../src/controller/types.ts';
import { must } from '../violation.ts';
import type { Invariant } from './invariant.ts';

interface Leases {
  controller: number;
  /** When it began to lead a partition, by partition and epoch: nobody can have echoed before. */
  readonly since: Map<string, number>;
  readonly followers: Map<string, number>;
}

/**
 * S23: no acknowledgement leaves a leader that neither its controller nor all of the replicas that it
 * counts have answered within a session timeout. Leases are worked out anew, from what the network
 * delivered, and are at least as long as the leader's own.
 */
export function leases(): Invariant {
  const of = new Map<string, Leases>();
  const leasesOf = (name: string): Leases => {
    let found = of.get(name);
    if (found === undefined)
      of.set(name, (found = { controller: -Infinity, since: new Map(), followers: new Map() }));
    return found;
  };
  return {
    id: 'S23',
    title: 'leases',
    onDelivered(world, from, to, message) {
      if (from === world.nodes.controller.name) {
        const answer = message as SessionResponse;
        if (answer.kind !== 'heartbeatAnswer') return;
        const leasesOfLeader = leasesOf(to);
        leasesOfLeader.controller = Math.max(leasesOfLeader.controller, answer.sentAt);
      } else if (typeof message === 'object' && message !== null && 'echo' in message) {
        const { echo } = message as FollowerMessage;
        if (echo === null) return;
        const { followers } = leasesOf(to);
        followers.set(from, Math.max(followers.get(from) ?? -Infinity, echo));
      }
    },
    onDeath(_world, name) {
      of.delete(name);
    },
    onReplica(world, { broker, view, host }) {
      if (view.role !== 'leader') return;
      const name = `broker-${broker}`;
      const { since } = leasesOf(name);
      const epoch = `${host.key} ${view.leaderEpoch}`;
      if (!since.has(epoch)) since.set(epoch, world.localTime(world.seat(name)));
    },
    onAcknowledged(world, { key, broker, baseOffset, acks }) {
      const name = `broker-${broker}`;
      const seat = world.seat(name);
      const view = world.replica(broker, key as PartitionKey)?.view;
      if (view?.role !== 'leader' || seat.process === null) return;
      const now = world.localTime(seat);
      const timeout = world.sessionTimeoutMs;
      const { controller, followers, since } = leasesOf(name);
      if (now - controller <= timeout) return;
      const began = since.get(`${key} ${view.leaderEpoch}`) ?? now;
      const oldest = Math.min(
        ...view.maximalIsr
          .filter((id) => id !== broker)
          .map((id) => Math.max(began, followers.get(`broker-${id}`) ?? began)),
      );
      const stopped = now - oldest > timeout;
      must(
        !stopped || view.maximalIsr.length <= 1,
        'S23',
        () =>
          `${key}: broker ${broker} acknowledged ${baseOffset} at acks=${acks}, ${Math.round(now - controller)} ms after its controller ` +
          `and ${Math.round(now - oldest)} ms after a member of its ISR were last known to listen (timeout ${timeout} ms)`,
      );
    },
  };
}
