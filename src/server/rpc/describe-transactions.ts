/**
 * TransactionService.DescribeTransactions: what a coordinator knows of transactional ids.
 *
 * Behaviour: answered from this broker alone. An id that was asked for and is kept elsewhere, or
 * nowhere, has its error in its own part.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import { TRANSACTION_SERVICE } from '../../wire/coordination-services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { unary } from '../call.ts';

export function describeTransactions(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(
    TRANSACTION_SERVICE.describeTransactions,
    environment,
    ({ transactionalIds }) => ({
      transactions: broker.coordination.describeTransactions(transactionalIds),
    }),
    ({ transactions }, refused) => {
      for (const each of transactions) if ('refusal' in each) refused(each.refusal);
    },
  );
}
