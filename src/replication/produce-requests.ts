import { assert } from '../base/assert.ts';
import { refusal } from '../base/errors.ts';
import type { ErrorCode, Refusal } from '../base/errors.ts';
import { offsetAfter } from '../base/ids.ts';
import type { Instant, Offset } from '../base/ids.ts';
import { ProducerStates } from '../record/producer-states.ts';
import { checkLeaderEpoch } from './check-position.ts';
import type { FollowerTable } from './follower-progress.ts';
import type { ProduceInput } from './handover.ts';
import type { InSyncReplicas } from './in-sync-replicas.ts';
import type { ReplicaCore } from './replica-core.ts';
import type { Acks, RequestId } from './types.ts';
import { WaitingRequests } from './waiting-requests.ts';
import type { WaitingRequest } from './waiting-requests.ts';

/** L2: batches that clients write to the leader, from the append to the answer. */
export class ProduceRequests {
  readonly #core: ReplicaCore;
  readonly #followers: FollowerTable;
  readonly #inSync: InSyncReplicas;
  /** In step with the log's, once that has been loaded. */
  producers = new ProducerStates();
  /** acks=1 on an fsync topic: until the leader's own flush. */
  readonly #awaitingFlush = new WaitingRequests();
  /** acks=all: until the high watermark. */
  readonly #awaitingCommit = new WaitingRequests();

  constructor(core: ReplicaCore, followers: FollowerTable, inSync: InSyncReplicas) {
    this.#core = core;
    this.#followers = followers;
    this.#inSync = inSync;
  }

  get size(): number {
    return this.#awaitingFlush.size + this.#awaitingCommit.size;
  }

  /** Why a request cannot be taken: nothing is appended, the failure is definite. */
  refusalOf({ acks, expectedLeaderEpoch }: ProduceInput): Refusal | null {
    const { diskFull, known } = this.#core;
    if (expectedLeaderEpoch !== null) {
      const stale = checkLeaderEpoch(expectedLeaderEpoch, known.leaderEpoch);
      if (stale !== null) return stale;
    }
    // X12
    if (diskFull) return refusal('DISK_FULL');
    if (acks === 'all' && this.#inSync.committed.length < this.#inSync.minIsr) {
      return refusal(
        'NOT_ENOUGH_REPLICAS',
        `${this.#inSync.committed.length} in sync, ${this.#inSync.minIsr} needed; nothing was written`,
      );
    }
    return null;
  }

  /**
   * Appends, and answers at once what waits for nothing. A batch that its producer has sent before is
   * answered with its old offset, as soon as that is as safe as `acks` asks for; one that does not
   * follow the last is refused. Returns whether anything was appended: the caller asks for the flush.
   */
  take(input: ProduceInput): boolean {
    const { request, acks, batch, deadline } = input;
    const producer = batch.producer ?? null;
    const verdict = producer === null ? null : this.producers.check(producer);
    if (verdict?.kind === 'refused') {
      if (acks !== 0) this.#core.refuse(request, verdict.refusal.code, verdict.refusal.message);
      return false;
    }
    if (verdict?.kind === 'duplicate') {
      const endOffset = offsetAfter(verdict.lastOffset, 1);
      this.#await(acks, { request, baseOffset: verdict.baseOffset, endOffset, deadline });
      return false;
    }
    const baseOffset = this.#core.log.logEndOffset;
    if (producer !== null) this.producers.append(producer, baseOffset);
    this.#append(input, baseOffset);
    return true;
  }

  #append({ request, acks, batch, deadline }: ProduceInput, baseOffset: Offset): void {
    const { log, known } = this.#core;
    assert(batch.recordsCount > 0, 'a batch holds a record');
    const endOffset = offsetAfter(baseOffset, batch.recordsCount);
    const stamp = { baseOffset, leaderEpoch: known.leaderEpoch };
    this.#core.emit({ kind: 'append', data: batch.data, stamp });
    log.append(endOffset);
    this.#followers.noteAppend(baseOffset, endOffset, this.#core.now);
    this.#await(acks, { request, baseOffset, endOffset, deadline });
  }

  #await(acks: Acks, waiting: WaitingRequest): void {
    if (acks === 0) return;
    if (acks === 1 && this.#core.options.durability === 'page-cache') {
      this.#answer(waiting);
      return;
    }
    (acks === 1 ? this.#awaitingFlush : this.#awaitingCommit).add(waiting);
    this.#core.setTimer('deadline', waiting.deadline);
  }

  /** Answers what has been waiting for an offset that is reached. The lease has been checked. */
  complete(): void {
    const flushed = this.#awaitingFlush.takeUpTo(this.#core.log.durableEndOffset);
    for (const waiting of flushed) this.#answer(waiting);
    for (const waiting of this.#awaitingCommit.takeUpTo(this.#core.highWatermark)) {
      // L2: it may be committed for good, but not by as many as was promised.
      if (this.#inSync.maximal.length < this.#inSync.minIsr) {
        this.#core.refuse(waiting.request, 'NOT_ENOUGH_REPLICAS_AFTER_APPEND');
      } else {
        this.#answer(waiting);
      }
    }
  }

  cancel(request: RequestId): void {
    this.#awaitingFlush.cancel(request);
    this.#awaitingCommit.cancel(request);
  }

  expire(now: Instant): void {
    const expired = [
      ...this.#awaitingFlush.takeExpired(now),
      ...this.#awaitingCommit.takeExpired(now),
    ];
    for (const { request } of expired) this.#core.refuse(request, 'REQUEST_TIMED_OUT');
  }

  earliestDeadline(): Instant | null {
    const flush = this.#awaitingFlush.earliestDeadline();
    const commit = this.#awaitingCommit.earliestDeadline();
    if (flush === null || commit === null) return flush ?? commit;
    return flush < commit ? flush : commit;
  }

  /** What was appended may be committed all the same: the failure is not definite. */
  failAll(code: ErrorCode): void {
    const waiting = [...this.#awaitingFlush.takeAll(), ...this.#awaitingCommit.takeAll()];
    waiting.sort((a, b) => a.baseOffset - b.baseOffset);
    for (const { request } of waiting) this.#core.refuse(request, code);
  }

  #answer({ request, baseOffset }: WaitingRequest): void {
    const { logStartOffset } = this.#core.log;
    this.#core.emit({ kind: 'reply', request, result: { ok: true, baseOffset, logStartOffset } });
  }
}
