import { refusal, type Refusal } from '../base/errors.ts';
import type { AdminReply, AdminRequest } from '../controller/types.ts';
import type { ProducerIdentity } from '../transaction/types.ts';
import type { CoordinationApi } from './coordination.ts';
import { ProducerIds } from './producer-ids.ts';

export interface CoordinatorsOptions {
  readonly admin: (request: AdminRequest) => Promise<AdminReply>;
}

/** Everything that a broker coordinates. Made and ended by the broker. */
export class Coordinators implements CoordinationApi {
  readonly #producerIds: ProducerIds;

  constructor(options: CoordinatorsOptions) {
    this.#producerIds = new ProducerIds(() => options.admin({ kind: 'allocateProducerIds' }));
  }

  async initProducerId(transactionalId: string | null): Promise<ProducerIdentity | Refusal> {
    if (transactionalId !== null) return refusal('COORDINATOR_NOT_AVAILABLE');
    const producerId = await this.#producerIds.next();
    return typeof producerId === 'number' ? { producerId, producerEpoch: 0 } : producerId;
  }
}
