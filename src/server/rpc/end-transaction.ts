/**
 * TransactionService.EndTransaction: commits or aborts the open transaction.
 *
 * Behaviour: answers when the decision is durable, with the identity for the next transaction; its
 * markers are written behind that. A repeated call is answered as the first time, the opposite
 * decision with INVALID_TXN_STATE. Aborting where nothing is open is done; committing is not.
 * Deliberately not done: no waiting for the markers, which AddPartitionsToTransaction waits for.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import { TRANSACTION_SERVICE } from '../../wire/coordination-services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { orRefused, unary } from '../call.ts';

export function endTransaction(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(TRANSACTION_SERVICE.endTransaction, environment, async ({ commit, ...producer }) =>
    orRefused(await broker.coordination.endTransaction(producer, commit)),
  );
}
