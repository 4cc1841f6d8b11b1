import type { Instant } from '../base/ids.ts';
import { KNOWN_BATCHES_MAX, sequenceAfter } from '../record/index.ts';
import type { ProducerState } from '../record/index.ts';

/**
 * How a producer makes itself known to the leaders: `none`, not at all; `idempotent`, so that a batch
 * that is sent twice is written once; `transactional`, as one of several instances of which only the
 * latest may write.
 */
export type Sequencing = 'none' | 'idempotent' | 'transactional';

/** An id that no other producer has, and which instance of it this is. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** How many batches of a partition may be under way: as many as a leader remembers (KIP-98). */
export const IN_FLIGHT_BATCHES_MAX = KNOWN_BATCHES_MAX;

/**
 * What one partition's leader expects of this producer, as far as the producer knows. It belongs to
 * the accumulator and outlives the partition's queue: a sequence that was used once is never used
 * for anything else.
 *
 * A leader that knows nothing of a producer takes sequence 0 and nothing else, so until one batch has
 * been acknowledged, those behind it may come for nothing: `isEstablished` says that this is over.
 *
 * A batch that fails for good leaves a gap, behind which nothing is taken: the sequence is broken.
 * What is under way, or in doubt, is asked about under its own sequence until it is settled; then the
 * partition begins anew, with 0 under the next epoch, which shuts out whatever of the old one may
 * still be on its way somewhere.
 */
export class PartitionSequence {
  identity: ProducerIdentity | null = null;
  isEstablished = false;
  isBroken = false;
  /** The correlation id of the last attempt that was acknowledged. */
  acknowledged = 0;
  /** Of the next batch that is given a sequence. */
  nextOrdinal = 0;
  #nextSequence = 0;
  #acknowledgedAt: Instant | null = null;
  /** Somebody else writes under the same id. */
  #isForfeited = false;

  /** Takes over a newer identity; the caller has made sure that nothing of the old one is unsettled. */
  adopt(given: ProducerIdentity): void {
    const known = this.identity;
    if (known?.producerId === given.producerId && known.producerEpoch >= given.producerEpoch) {
      return;
    }
    // A leader that knows the id lets a new epoch begin with 0 only.
    this.isEstablished &&= known?.producerId === given.producerId;
    this.identity = given;
    this.isBroken = false;
    this.#isForfeited = false;
    this.#nextSequence = 0;
    this.nextOrdinal = 0;
  }

  /** Whether `given` is to be taken over before the next batch is given a sequence. */
  isOlderThan(given: ProducerIdentity | null): boolean {
    if (given === null || this.identity === null) return this.identity === null;
    const { producerId, producerEpoch } = this.identity;
    return producerId !== given.producerId || producerEpoch < given.producerEpoch;
  }

  /** The sequence of the next batch. */
  take(identity: ProducerIdentity, recordsCount: number): ProducerState {
    const { producerId, producerEpoch } = identity;
    const state = { producerId, producerEpoch, baseSequence: this.#nextSequence };
    this.#nextSequence = sequenceAfter(this.#nextSequence, recordsCount);
    this.nextOrdinal++;
    return state;
  }

  /** The last batch that was given a sequence is certainly not in the log: the next one may have it. */
  giveBack({ baseSequence }: ProducerState): void {
    this.#nextSequence = baseSequence;
    this.nextOrdinal--;
  }

  onAcknowledged(correlationId: number, now: Instant): void {
    this.isEstablished = true;
    this.acknowledged = Math.max(this.acknowledged, correlationId);
    this.#acknowledgedAt = now;
  }

  /** A leader forgets producers that it has not heard of for long. */
  onBegin(now: Instant): void {
    if (this.#acknowledgedAt !== null && now - this.#acknowledgedAt > REMEMBERED_MS) {
      this.isEstablished = false;
    }
  }

  forfeit(): void {
    this.isBroken = true;
    this.#isForfeited = true;
  }

  /** Begins anew under the next epoch. Returns the id that is used up, if there is no next epoch. */
  restart(): number | null {
    const { identity } = this;
    this.isBroken = false;
    this.#nextSequence = 0;
    this.nextOrdinal = 0;
    if (identity === null) return null;
    const { producerId, producerEpoch } = identity;
    if (!this.#isForfeited && producerEpoch < EPOCH_MAX) {
      this.identity = { producerId, producerEpoch: producerEpoch + 1 };
      return null;
    }
    this.#isForfeited = false;
    this.isEstablished = false;
    this.identity = null;
    return producerId;
  }
}

/** Epochs have 16 bits. */
const EPOCH_MAX = 32_767;
/** Far less than a leader may be told to remember a producer for. */
const REMEMBERED_MS = 10_000;
