/**
 * GroupService.CommitOffsets: keeps how far a group has come.
 *
 * Behaviour: answers when the offsets are durable; a partition that is refused has its error in its own
 * part, and the others are committed. With a transaction they count once that commits; the group must
 * have been added to it.
 * Limits: 4,096 bytes of metadata for each offset.
 * Deliberately not done: no membership; whoever knows a group's name may commit for it.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import { GROUP_SERVICE } from '../../wire/coordination-services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { orRefused, unary } from '../call.ts';
import { countRefusals } from '../request-metrics.ts';

export function commitOffsets(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(
    GROUP_SERVICE.commitOffsets,
    environment,
    async (request) => ({
      results: orRefused(await broker.coordination.commitOffsets(request)),
    }),
    ({ results }, refused) => countRefusals(results, refused),
  );
}
