/**
 * AdminService.AlterTopic: changes settings of a topic, or returns them to their defaults.
 *
 * Behaviour: forwarded to the active controller; all of it or, if one setting is not possible, none.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import { ADMIN_SERVICE } from '../../wire/services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { unary } from '../call.ts';
import { forward } from './admin.ts';

export function alterTopic(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(ADMIN_SERVICE.alterTopic, environment, (request) =>
    forward(broker, request, 'done'),
  );
}
