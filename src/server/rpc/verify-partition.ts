/**
 * TransactionPartitionService.VerifyPartition: whether a transaction is open and names a partition.
 *
 * Behaviour: for leaders, which ask before they let a transaction in (KIP-890). A broker that does not
 * coordinate the transactional id refuses with something that may be asked again.
 * Deliberately not done: no authentication; the port is for the brokers' own network.
 */
import { OdradekError } from '../../base/errors.ts';
import type { BrokerApi } from '../../broker/interfaces.ts';
import { TRANSACTION_PARTITION_SERVICE } from '../../wire/coordination-services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { unary } from '../call.ts';
import { countRefusals } from '../request-metrics.ts';

export function verifyPartition(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(
    TRANSACTION_PARTITION_SERVICE.verifyPartition,
    environment,
    async (query) => {
      const reply = await broker.answerPeer({ kind: 'verifyPartition', query });
      if (reply.kind !== 'verified') throw new OdradekError('UNKNOWN_SERVER_ERROR');
      return { refusal: reply.refusal };
    },
    (answer, refused) => countRefusals([answer], refused),
  );
}
