import { OdradekError, refusal, type Refusal } from '../base/errors.ts';
import type { AdminReply } from '../controller/types.ts';

/**
 * Ids for producers, out of a block that the controller has given to this broker alone. The next
 * block is fetched when one is used up, by one request however many wait for it. Owned by the
 * broker; what is left of a block when it stops is never used.
 */
export class ProducerIds {
  readonly #allocate: () => Promise<AdminReply>;
  #next = 0;
  /** Exclusive. */
  #end = 0;
  #underWay: Promise<Refusal | null> | null = null;

  constructor(allocate: () => Promise<AdminReply>) {
    this.#allocate = allocate;
  }

  /** An id that no producer has had, or why there is none at this moment. */
  async next(): Promise<number | Refusal> {
    // Those who waited may have used the block up between them.
    while (this.#next === this.#end) {
      this.#underWay ??= this.#fetch().finally(() => {
        this.#underWay = null;
      });
      const refused = await this.#underWay;
      if (refused !== null) return refused;
    }
    const id = this.#next;
    this.#next += 1;
    return id;
  }

  async #fetch(): Promise<Refusal | null> {
    const reply = await this.#allocate().catch((error: unknown) => {
      if (!(error instanceof OdradekError)) throw error;
      return { kind: 'refused', refusal: refusal(error.code, error.message) } as const;
    });
    if (reply.kind === 'producerIds') {
      this.#next = reply.first;
      this.#end = reply.first + reply.count;
      return null;
    }
    const why = reply.kind === 'refused' ? reply.refusal.message : `it answered ${reply.kind}`;
    return refusal(
      'COORDINATOR_NOT_AVAILABLE',
      `the controller gave no producer ids (${why}); try again`,
    );
  }
}
