/**
 * ConsumerService.Fetch: one long poll over many partitions.
 *
 * Behaviour: answers as soon as `min_bytes` are there or `max_wait_ms` are over; a partition that
 * fails has its error in its own part and does not make the others wait. At least one whole batch is
 * sent where there is one, even if it is larger than asked for. A client that gives up or vanishes
 * ends the wait.
 * Limits: `fetchWaitMsMax`, `fetchBytesMax`; larger wishes are cut down to them.
 * Deliberately not done: no fetch sessions; a client that wants to name its partitions once opens a
 * FetchStream.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import type { FetchTarget } from '../../wire/consume-messages.ts';
import { CONSUMER_SERVICE } from '../../wire/services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { unary } from '../call.ts';
import type { ServerLimits } from '../limits.ts';
import { countErrors } from '../request-metrics.ts';

export function fetch(broker: BrokerApi, environment: CallEnvironment, limits: ServerLimits): Rpc {
  return unary(
    CONSUMER_SERVICE.fetch,
    environment,
    async (request, signal) => {
      const maxBytes = boundedBy(limits.fetchBytesMax, request.maxBytes);
      const partitions = await broker.fetch(
        {
          partitions: request.partitions.map((each) => withinBytes(each, maxBytes)),
          maxWaitMs: Math.min(request.maxWaitMs, limits.fetchWaitMsMax),
          minBytes: request.minBytes,
          maxBytes,
          isolation: request.isolation,
        },
        signal,
      );
      return { partitions };
    },
    ({ partitions }, refused) => countErrors(partitions, refused),
  );
}

/** 0 asks for as much as may be. */
export function boundedBy(bound: number, wish: number): number {
  return wish === 0 ? bound : Math.min(wish, bound);
}

export function withinBytes(fetch: FetchTarget, bound: number): FetchTarget {
  return { ...fetch, maxBytes: boundedBy(bound, fetch.maxBytes) };
}
