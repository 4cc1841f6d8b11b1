/**
 * GroupService.DeleteOffsets: forgets what a group has committed, all of it or some.
 *
 * Behaviour: done when it is durable; what is not there is no error.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import { GROUP_SERVICE } from '../../wire/coordination-services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { orRefused, unary } from '../call.ts';

export function deleteOffsets(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(GROUP_SERVICE.deleteOffsets, environment, async ({ group, partitions }) =>
    orRefused(await broker.coordination.deleteOffsets(group, partitions)),
  );
}
