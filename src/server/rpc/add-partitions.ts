/**
 * AdminService.AddPartitions: gives a topic more partitions.
 *
 * Behaviour: forwarded to the active controller. `total` is how many there are afterwards.
 * Deliberately not done: never fewer. Records with keys do not move: where a key goes depends on the
 * number of partitions.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import { ADMIN_SERVICE } from '../../wire/services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { unary } from '../call.ts';
import { forward } from './admin.ts';

export function addPartitions(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(ADMIN_SERVICE.addPartitions, environment, (request) =>
    forward(broker, request, 'done'),
  );
}
