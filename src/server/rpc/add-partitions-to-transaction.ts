/**
 * TransactionService.AddPartitionsToTransaction: partitions, and groups, that a transaction is going to
 * write to. The first call opens the transaction.
 *
 * Behaviour: all or none; repeating it changes nothing. While the last transaction is being ended the
 * answer is CONCURRENT_TRANSACTIONS; ask again.
 * Deliberately not done: no forwarding to the coordinator; no adding by the way of a produce.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import { TRANSACTION_SERVICE } from '../../wire/coordination-services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { orRefused, unary } from '../call.ts';

export function addPartitionsToTransaction(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(TRANSACTION_SERVICE.addPartitionsToTransaction, environment, async (request) => {
    const { partitions, groups, ...producer } = request;
    return orRefused(await broker.coordination.addPartitions(producer, partitions, groups));
  });
}
