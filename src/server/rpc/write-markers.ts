/**
 * TransactionPartitionService.WriteMarkers: ends transactions in partitions that this broker leads.
 *
 * Behaviour: for coordinators. Answers once every marker is committed or refused, in the order of the
 * request; a marker that is here already counts as written.
 * Deliberately not done: no authentication; the port is for the brokers' own network.
 */
import { OdradekError } from '../../base/errors.ts';
import type { BrokerApi } from '../../broker/interfaces.ts';
import { TRANSACTION_PARTITION_SERVICE } from '../../wire/coordination-services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { unary } from '../call.ts';
import { countRefusals } from '../request-metrics.ts';

export function writeMarkers(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(
    TRANSACTION_PARTITION_SERVICE.writeMarkers,
    environment,
    async ({ markers }) => {
      const reply = await broker.answerPeer({ kind: 'writeMarkers', markers });
      if (reply.kind !== 'markersWritten') throw new OdradekError('UNKNOWN_SERVER_ERROR');
      return { results: reply.results };
    },
    ({ results }, refused) => countRefusals(results, refused),
  );
}
