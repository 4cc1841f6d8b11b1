/**
 * GroupService.FetchOffsets: what a group has committed.
 *
 * Behaviour: with `require_stable`, UNSTABLE_OFFSET_COMMIT while an open transaction commits one of the
 * partitions; ask again. What was committed for a topic that was deleted is not there.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import { GROUP_SERVICE } from '../../wire/coordination-services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { orRefused, unary } from '../call.ts';

export function fetchOffsets(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(GROUP_SERVICE.fetchOffsets, environment, ({ group, partitions, requireStable }) => ({
    offsets: orRefused(broker.coordination.fetchOffsets(group, partitions, requireStable)),
  }));
}
