/**
 * ProducerService.Produce: appends batches to partitions that this broker leads, and answers once all
 * of them are settled, in the order of the request.
 *
 * Behaviour: an append that fails has its error in its own result. With acks 0 it answers as soon as
 * every batch was handed over. A client that gives up or vanishes takes its waiting along: nobody is
 * owed an answer, what was appended stays.
 * Limits: one message (`receiveMessageBytesMax`).
 * Deliberately not done: no forwarding to the leader, who is named in the error instead; no order
 * between partitions.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import type { AppendResult, ProduceResponse } from '../../wire/hot/produce.ts';
import { PRODUCER_SERVICE } from '../../wire/services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { unary } from '../call.ts';
import type { ServerLimits } from '../limits.ts';

export function produce(
  broker: BrokerApi,
  environment: CallEnvironment,
  limits: ServerLimits,
): Rpc {
  return unary(
    PRODUCER_SERVICE.produce,
    environment,
    (request, signal) => {
      const { appends } = request;
      if (appends.length === 0) return { results: [] };
      const timeoutMs = request.timeoutMs === 0 ? limits.produceTimeoutMs : request.timeoutMs;
      const results = new Array<AppendResult>(appends.length);
      return new Promise<ProduceResponse>((resolve) => {
        let unsettled = appends.length;
        const handles = appends.map((append, index) =>
          broker.produce(
            {
              target: { topic: append.topic, topicId: append.topicId, partition: append.partition },
              acks: request.acks,
              timeoutMs,
              expectedLeaderEpoch: append.expectedLeaderEpoch,
              batch: append.batch,
              transactionalId: request.transactionalId ?? null,
            },
            (result, leader) => {
              results[index] = { correlationId: append.correlationId, result, leader };
              unsettled--;
              if (unsettled === 0) resolve({ results });
            },
          ),
        );
        signal.addEventListener('abort', () => {
          for (const handle of handles) handle.cancel();
          // grpc-js drops it; it only ends the handler.
          resolve({ results: [] });
        });
      });
    },
    ({ results }, refused) => {
      for (const { result } of results) if (!result.ok) refused(result.refusal);
    },
  );
}
