/**
 * ConsumerService.ListOffsets: start, end or log end of partitions, or an offset by time.
 *
 * Behaviour: by time, the answer holds the batch with the first record at or after the timestamp, and
 * the client refines to the record. A partition that fails has its error in its own part.
 * Deliberately not done: batches are never opened here.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import { CONSUMER_SERVICE } from '../../wire/services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { unary } from '../call.ts';
import { countErrors } from '../request-metrics.ts';

export function listOffsets(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(
    CONSUMER_SERVICE.listOffsets,
    environment,
    async ({ partitions, isolation }) => ({
      partitions: await broker.listOffsets(partitions, isolation),
    }),
    ({ partitions }, refused) => countErrors(partitions, refused),
  );
}
