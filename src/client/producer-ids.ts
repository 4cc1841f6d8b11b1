import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { TRANSACTION_SERVICE } from '../wire/coordination-services.ts';
import type { Cluster } from './cluster.ts';
import { retrying } from './retry.ts';
import type { ProducerIdentity } from './sequences.ts';
import type { Transport } from './transport.ts';

export interface ProducerIdsParts {
  readonly cluster: Cluster;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Asks brokers, one after the other, for an id that no other producer has. Rejects with an error that
 * no retry mends, or once `timeoutMs` are over.
 */
export function newProducerId(
  parts: ProducerIdsParts,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProducerIdentity> {
  const { cluster, transport } = parts;
  return retrying({ ...parts, timeoutMs }, signal, (leftMs, failures) => {
    const addresses = cluster.addresses();
    const address = addresses[failures % addresses.length] ?? '';
    return transport.call(
      address,
      'admin',
      TRANSACTION_SERVICE.initProducerId,
      { transactionalId: null, transactionTimeoutMs: 0 },
      { timeoutMs: Math.min(leftMs, ATTEMPT_TIMEOUT_MS), signal },
    );
  });
}

/** How long one broker may take, before another one is asked. */
const ATTEMPT_TIMEOUT_MS = 2000;
