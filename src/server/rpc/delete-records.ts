/**
 * AdminService.DeleteRecords: deletes what lies below an offset.
 *
 * Behaviour: in partitions that this broker leads; a partition that fails has its error in its own part.
 * Whole segments go at once, the rest of a segment is hidden and goes with it.
 * Limits: nothing at or above the high watermark.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import { ADMIN_SERVICE } from '../../wire/services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { unary } from '../call.ts';
import { countErrors } from '../request-metrics.ts';

export function deleteRecords(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(
    ADMIN_SERVICE.deleteRecords,
    environment,
    async ({ partitions }) => ({
      results: await broker.deleteRecords(partitions),
    }),
    ({ results }, refused) => countErrors(results, refused),
  );
}
