/**
 * GroupService.ListGroups: the groups whose offsets this broker keeps.
 *
 * Behaviour: answered from this broker alone; ask each broker for the whole picture. A coordinator that
 * is still reading what it has to know leaves its groups out.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import { GROUP_SERVICE } from '../../wire/coordination-services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { unary } from '../call.ts';

export function listGroups(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(GROUP_SERVICE.listGroups, environment, () => ({
    groups: broker.coordination.listGroups(),
  }));
}
