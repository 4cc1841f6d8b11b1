/**
 * TransactionService.InitProducerId: an id and an epoch for a producer.
 *
 * Behaviour: without a transactional id every broker answers with a fresh id, epoch 0. With one, its
 * coordinator answers: the last instance is fenced, and while a transaction that it left is being
 * aborted the answer is CONCURRENT_TRANSACTIONS; ask again.
 * Deliberately not done: no forwarding to the coordinator, which FindCoordinator names.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import { TRANSACTION_SERVICE } from '../../wire/coordination-services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { orRefused, unary } from '../call.ts';

export function initProducerId(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(TRANSACTION_SERVICE.initProducerId, environment, async (request) =>
    orRefused(
      await broker.coordination.initProducerId(
        request.transactionalId,
        request.transactionTimeoutMs,
      ),
    ),
  );
}
