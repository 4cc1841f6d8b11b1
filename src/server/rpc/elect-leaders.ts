/**
 * AdminService.ElectLeaders: gives leadership back to the preferred replicas.
 *
 * Behaviour: forwarded to the active controller; each partition has its own outcome. `handing-over`
 * means that the leader was asked and moves once the other has everything.
 * Deliberately not done: no unclean election.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import { ADMIN_SERVICE } from '../../wire/services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { unary } from '../call.ts';
import { forward } from './admin.ts';

export function electLeaders(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(
    ADMIN_SERVICE.electLeaders,
    environment,
    (request) => forward(broker, request, 'elections'),
    ({ results }, refused) => {
      for (const { outcome } of results) if (typeof outcome === 'object') refused(outcome);
    },
  );
}
