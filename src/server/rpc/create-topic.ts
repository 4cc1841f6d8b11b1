/**
 * AdminService.CreateTopic: creates a topic, or with `validate_only` says what would be created.
 *
 * Behaviour: forwarded to the active controller; answered once the topic is committed. The brokers
 * that lead its partitions may learn of it a moment later (UNKNOWN_TOPIC_OR_PARTITION is retriable).
 * Deliberately not done: no placement by hand.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import { ADMIN_SERVICE } from '../../wire/services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { unary } from '../call.ts';
import { forward } from './admin.ts';

export function createTopic(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(ADMIN_SERVICE.createTopic, environment, (request) =>
    forward(broker, request, 'topicCreated'),
  );
}
