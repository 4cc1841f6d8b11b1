/** What the front door asks of a broker as a coordinator: producer ids, transactions, offsets. */
import type { Refusal } from '../base/errors.ts';
import type { ProducerIdentity } from '../transaction/types.ts';

/**
 * Answers are values; a `Refusal` stands for the whole request. Nothing is answered before it is
 * durable, and whoever is refused with something retriable may ask again, here or at the coordinator
 * that `findCoordinator` names then.
 */
export interface CoordinationApi {
  /** Null: an id without transactions, which every broker gives. A timeout of 0 is the default. */
  initProducerId(
    transactionalId: string | null,
    transactionTimeoutMs: number,
  ): Promise<ProducerIdentity | Refusal>;
}
