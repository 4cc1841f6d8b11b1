/**
 * AdminService.DeleteTopic: deletes a topic and its records.
 *
 * Behaviour: forwarded to the active controller; answered once it is committed. Brokers remove their
 * files after that. A topic of the same name that is created later has another id.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import { ADMIN_SERVICE } from '../../wire/services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { unary } from '../call.ts';
import { forward } from './admin.ts';

export function deleteTopic(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(ADMIN_SERVICE.deleteTopic, environment, (request) =>
    forward(broker, request, 'done'),
  );
}
