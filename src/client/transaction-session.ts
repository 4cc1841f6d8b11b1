import { OdradekError } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';
import { partitionIndex } from '../base/ids.ts';
import { TRANSACTION_SERVICE } from '../wire/coordination-services.ts';
import type { CoordinatorParts } from './coordinator.ts';
import { Coordinator } from './coordinator.ts';
import { closedError, toOdradekError } from './errors.ts';
import type { GroupOffset } from './group-offsets.ts';
import { commitGroupOffsets } from './group-offsets.ts';
import type { ProducerIdentity } from './sequences.ts';
import type { CallOptions } from './waiting.ts';
import { limited, Signal } from './waiting.ts';

export interface TransactionSessionOptions {
  readonly transactionalId: string;
  /** After how long the coordinator aborts a transaction; 0: the broker's default. */
  readonly transactionTimeoutMs: number;
  /** How long calls to a coordinator may take where nothing else is said. */
  readonly timeoutMs: number;
  /** Who writes from now on. */
  readonly identify: (identity: ProducerIdentity) => void;
  /** Partitions may be written to that could not before, or nothing of this transaction may. */
  readonly onChange: () => void;
}

interface Place {
  readonly topic: string;
  readonly partition: number;
}

/**
 * Where a producer is in its transactions:
 *
 *   idle ──begin──▶ open ──commit, abort──▶ ending ──answered──▶ idle
 *   open ──anything fails──▶ failed ──abort──▶ ending
 *   any ──fenced──▶ dead
 */
type Status = 'idle' | 'open' | 'failed' | 'ending' | 'dead';

/**
 * What a transactional producer has to say to its coordinator: who it is, which partitions and groups
 * a transaction reaches, how it ends. Owned by the producer, and called from its event loop; what
 * becomes of batches is the producer's to tell (`onBatchFailed`).
 */
export class TransactionSession {
  readonly #parts: CoordinatorParts;
  readonly #options: TransactionSessionOptions;
  readonly #coordinator: Coordinator;
  readonly #groups: Map<string, Coordinator> = new Map();
  #status: Status = 'idle';
  /** Counts transactions, so that what belongs to one that has ended is recognised. */
  #number = 0;
  #identity: ProducerIdentity | null = null;
  /** Why the transaction can only be aborted, or nothing can be done any more. */
  #cause: OdradekError | null = null;
  /** What the coordinator knows of, by topic and partition. */
  readonly #added: Set<string> = new Set();
  /** What it has still to be told of. */
  readonly #toAdd: Map<string, Place> = new Map();
  #isAdding = false;
  /** Whether the coordinator has been told of anything, or may have been. */
  #isKnown = false;
  /** Calls of this transaction that are under way. */
  #underWay = 0;
  readonly #settled = new Signal();
  #ending: { readonly commit: boolean; readonly outcome: Promise<void> } | null = null;
  /** An outcome that came after its caller had given up waiting. */
  #unreported: { readonly commit: boolean } | null = null;
  /** Ends the calls of this transaction. */
  #cancelled = new AbortController();
  readonly #stop = new AbortController();

  constructor(parts: CoordinatorParts, options: TransactionSessionOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#coordinator = new Coordinator(parts, 'transaction', options.transactionalId);
  }

  get isOpen(): boolean {
    return this.#status === 'open' || this.#status === 'failed';
  }

  /** The number of the open transaction. */
  get number(): number {
    return this.#number;
  }

  get isDead(): boolean {
    return this.#status === 'dead';
  }

  /** Why nothing but an abort is possible, or nothing at all; null: nothing has failed. */
  get cause(): OdradekError | null {
    return this.#cause;
  }

  /** Throws unless records of transaction `number` may be given now. */
  assertOpen(number: number | null): void {
    if (this.#status === 'dead') throw this.#dead();
    if (this.#status === 'failed') throw this.#abortable();
    if (this.#status === 'open' && (number === null || number === this.#number)) return;
    const message =
      number === null
        ? 'a producer with a transactional id writes in transactions only: call transaction() or begin() first'
        : 'the transaction has ended';
    throw new OdradekError('INVALID_TXN_STATE', message);
  }

  async begin(options: CallOptions): Promise<void> {
    await this.#ended(options);
    if (this.#status === 'dead') throw this.#dead();
    if (this.#status === 'failed') throw this.#abortable();
    if (this.#status !== 'idle') {
      const message = 'a transaction is open already: a producer has one at a time';
      throw new OdradekError('INVALID_TXN_STATE', message);
    }
    this.#status = 'open';
    this.#number++;
    this.#cause = null;
    this.#unreported = null;
    this.#cancelled = new AbortController();
    try {
      this.#identity ??= await this.#initialise(options);
    } catch (thrown) {
      if (!this.isDead) this.#status = 'idle';
      throw this.#noted(toOdradekError(thrown));
    }
    this.#options.identify(this.#identity);
  }

  /** Whether the coordinator knows that a partition is written to; if not, it will be told. */
  isAdmitted(topic: string, partition: number): boolean {
    const key = `${topic}/${partition}`;
    if (this.#added.has(key)) return true;
    if (this.#status !== 'open' || this.#toAdd.has(key)) return false;
    this.#toAdd.set(key, { topic, partition });
    // Behind what runs now, so that partitions that are written to in one go are one question.
    if (!this.#isAdding) queueMicrotask(() => void this.#add());
    return false;
  }

  /** Commits what a group has read, together with the transaction. */
  async sendOffsets(
    group: string,
    offsets: readonly GroupOffset[],
    number: number,
    options: CallOptions,
  ): Promise<void> {
    this.assertOpen(number);
    if (offsets.length === 0) return;
    await this.#within(async () => {
      const limits = this.#limits(options);
      const identity = this.#transactionalIdentity();
      this.#isKnown = true;
      const added = { ...identity, partitions: [], groups: [group] };
      const method = TRANSACTION_SERVICE.addPartitionsToTransaction;
      await this.#coordinator.call(method, added, limits);
      let coordinator = this.#groups.get(group);
      coordinator ??= new Coordinator(this.#parts, 'group', group);
      this.#groups.set(group, coordinator);
      await commitGroupOffsets(coordinator, group, offsets, identity, limits);
    });
  }

  /** A batch of the transaction has failed for good. */
  onBatchFailed(error: OdradekError): void {
    if (this.isOpen) this.#noted(error);
  }

  /** Nobody is told: it shows at the next `begin`. */
  onAbortFailed(error: OdradekError): void {
    this.#noted(error);
  }

  /** Until nothing that `sendOffsets` was given is under way. */
  async settle(): Promise<void> {
    while (this.#underWay > 0) await this.#settled.next();
  }

  /** Throws what has failed, if anything has. */
  assertSound(): void {
    if (this.#status === 'dead') throw this.#dead();
    if (this.#status === 'failed') throw this.#abortable();
  }

  /** Ends what the transaction still asks its coordinators, since it is going to be aborted. */
  cancel(): void {
    this.#toAdd.clear();
    this.#cancelled.abort();
  }

  /**
   * Commits or aborts, and asks until the outcome is known. Rejects with `REQUEST_TIMED_OUT` when that
   * takes too long for the caller; the asking goes on, and another call waits for the same outcome.
   */
  async end(commit: boolean, options: CallOptions): Promise<void> {
    if (this.#status === 'dead') throw this.#dead();
    if (this.#unreported?.commit === commit && this.#status === 'idle') {
      this.#unreported = null;
      return;
    }
    if (this.#ending === null) {
      if (!this.isOpen) throw new OdradekError('INVALID_TXN_STATE', 'no transaction is open');
      const outcome = this.#end(commit).finally(() => {
        this.#ending = null;
      });
      outcome.catch(() => undefined);
      this.#ending = { commit, outcome };
    }
    if (this.#ending.commit !== commit) {
      const message = `the transaction is being ${commit ? 'aborted' : 'committed'}, and the outcome is not known yet`;
      throw new OdradekError('INVALID_TXN_STATE', message);
    }
    const { timeoutMs } = this.#limits(options);
    this.#unreported = { commit };
    await limited(this.#ending.outcome, this.#parts.clock, { ...options, timeoutMs }, () => {
      const what = commit ? 'committed' : 'aborted';
      const message = `the coordinator has not said within ${timeoutMs} ms whether the transaction is ${what}; it is asked again, and another call waits for the answer`;
      return new OdradekError('REQUEST_TIMED_OUT', message);
    });
    this.#unreported = null;
  }

  close(): void {
    this.#stop.abort();
    this.#cancelled.abort();
    this.#settled.fire();
  }

  /** Until the last transaction has ended, whatever became of it. */
  async #ended(options: CallOptions): Promise<void> {
    if (this.#ending === null) return;
    const { timeoutMs } = this.#limits(options);
    const outcome = this.#ending.outcome.catch(() => undefined);
    await limited(outcome, this.#parts.clock, { ...options, timeoutMs }, () => {
      const message = `the last transaction has not ended within ${timeoutMs} ms`;
      return new OdradekError('REQUEST_TIMED_OUT', message);
    });
  }

  async #end(commit: boolean): Promise<void> {
    this.#status = 'ending';
    this.#toAdd.clear();
    try {
      if (this.#isKnown) {
        const request = { ...this.#transactionalIdentity(), commit };
        const method = TRANSACTION_SERVICE.endTransaction;
        const limits = { timeoutMs: Infinity, signal: this.#stop.signal };
        this.#identity = await this.#coordinator.call(method, request, limits);
      }
      this.#status = 'idle';
      this.#cause = null;
      this.#added.clear();
      this.#isKnown = false;
    } catch (thrown) {
      this.#unreported = null;
      if (this.#stop.signal.aborted) throw closedError();
      // It was not ended by this: what is left is to abort it.
      if (!this.isDead) this.#status = 'failed';
      throw this.#noted(toOdradekError(thrown));
    }
  }

  async #initialise(options: CallOptions): Promise<ProducerIdentity> {
    const { transactionalId, transactionTimeoutMs } = this.#options;
    const request = { transactionalId, transactionTimeoutMs };
    const method = TRANSACTION_SERVICE.initProducerId;
    const { producerId, producerEpoch } = await this.#coordinator.call(
      method,
      request,
      this.#limits(options),
    );
    return { producerId, producerEpoch };
  }

  async #add(): Promise<void> {
    if (this.#isAdding) return;
    this.#isAdding = true;
    try {
      while (this.#toAdd.size > 0 && this.#status === 'open') {
        const places = new Map(this.#toAdd);
        await this.#within(async () => {
          this.#isKnown = true;
          const request = {
            ...this.#transactionalIdentity(),
            partitions: [...places.values()].map(({ topic, partition }) => ({
              topic,
              partition: partitionIndex(partition),
            })),
            groups: [],
          };
          const method = TRANSACTION_SERVICE.addPartitionsToTransaction;
          await this.#coordinator.call(method, request, this.#limits({}));
        });
        for (const key of places.keys()) {
          this.#toAdd.delete(key);
          this.#added.add(key);
        }
      }
    } catch (error) {
      // It is the transaction's failure now, which whoever ends it is told.
      this.#toAdd.clear();
      this.#noted(toOdradekError(error));
    } finally {
      this.#isAdding = false;
    }
    this.#options.onChange();
  }

  async #within(work: () => Promise<void>): Promise<void> {
    this.#underWay++;
    try {
      await work();
    } catch (error) {
      throw this.#noted(toOdradekError(error));
    } finally {
      this.#underWay--;
      this.#settled.fire();
    }
  }

  /** Takes note of what an error means for the transaction; returns it as the caller is to see it. */
  #noted(error: OdradekError): OdradekError {
    if (this.#status === 'dead') return this.#dead();
    if (FENCING_CODES.includes(error.code)) {
      this.#status = 'dead';
      this.#cause = error;
      this.#options.onChange();
      return this.#dead();
    }
    if (this.#status === 'open') this.#status = 'failed';
    if (this.#status === 'failed') this.#cause ??= error;
    this.#options.onChange();
    return error;
  }

  #dead(): OdradekError {
    const { transactionalId } = this.#options;
    const cause = this.#cause ?? undefined;
    return new OdradekError(
      cause?.code ?? 'PRODUCER_FENCED',
      `this producer can do nothing any more: another one with the transactional id ${transactionalId} has taken over, or its transaction took longer than the transaction timeout (${cause?.message ?? 'fenced'})`,
      { cause },
    );
  }

  #abortable(): OdradekError {
    const cause = this.#cause ?? undefined;
    return new OdradekError(
      'TRANSACTION_ABORTABLE',
      `the transaction can only be aborted: ${cause?.message ?? 'it has failed'}`,
      { cause },
    );
  }

  #transactionalIdentity(): ProducerIdentity & { readonly transactionalId: string } {
    const { transactionalId } = this.#options;
    if (this.#identity === null) {
      throw new OdradekError('INVALID_TXN_STATE', `${transactionalId} has no producer id`);
    }
    return { transactionalId, ...this.#identity };
  }

  #limits({ timeoutMs, signal }: CallOptions): CallOptions & { readonly timeoutMs: number } {
    const cancelled = this.#cancelled.signal;
    return {
      timeoutMs: timeoutMs ?? this.#options.timeoutMs,
      signal: signal === undefined ? cancelled : AbortSignal.any([signal, cancelled]),
    };
  }
}

/** Nothing that this instance does counts any more. */
const FENCING_CODES: readonly ErrorCode[] = [
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'TRANSACTIONAL_ID_NOT_FOUND',
];
