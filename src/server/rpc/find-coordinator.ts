/**
 * GroupService.FindCoordinator: who keeps a group's offsets or a transactional id.
 *
 * Behaviour: every broker answers, out of its metadata. The internal topic is made when it is asked for
 * first. COORDINATOR_NOT_AVAILABLE while the partition has no leader; ask again.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import { GROUP_SERVICE } from '../../wire/coordination-services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { orRefused, unary } from '../call.ts';

export function findCoordinator(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(GROUP_SERVICE.findCoordinator, environment, async ({ kind, key }) =>
    orRefused(await broker.coordination.findCoordinator(kind, key)),
  );
}
