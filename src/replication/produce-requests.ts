import { assert } from '../base/assert.ts';
import { refusal } from '../base/errors.ts';
import type { ErrorCode, Refusal } from '../base/errors.ts';
import { offsetAfter } from '../base/ids.ts';
import type { Instant } from '../base/ids.ts';
import { checkLeaderEpoch } from './check-position.ts';
import type { FollowerTable } from './follower-progress.ts';
import type { ProduceInput } from './handover.ts';
import type { InSyncReplicas } from './in-sync-replicas.ts';
import type { ReplicaCore } from './replica-core.ts';
import type { RequestId } from './types.ts';
import { WaitingRequests } from './waiting-requests.ts';
import type { WaitingRequest } from './waiting-requests.ts';

/** L2: batches that clients write to the leader, from the append to the answer. */
export class ProduceRequests {
  readonly #core: ReplicaCore;
  readonly #followers: FollowerTable;
  readonly #inSync: InSyncReplicas;
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

  /** Appends, and answers at once what waits for nothing. The caller asks for the flush. */
  append({ request, acks, batch, deadline }: ProduceInput): void {
    const { log, known, options } = this.#core;
    assert(batch.recordsCount > 0, 'a batch holds a record');
    const baseOffset = log.logEndOffset;
    const endOffset = offsetAfter(baseOffset, batch.recordsCount);
    const stamp = { baseOffset, leaderEpoch: known.leaderEpoch };
    this.#core.emit({ kind: 'append', data: batch.data, stamp });
    log.append(endOffset);
    this.#followers.noteAppend(baseOffset, endOffset, this.#core.now);
    if (acks === 0) return;
    const waiting = { request, baseOffset, endOffset, deadline };
    if (acks === 1 && options.durability === 'page-cache') {
      this.#answer(waiting);
      return;
    }
    (acks === 1 ? this.#awaitingFlush : this.#awaitingCommit).add(waiting);
    this.#core.setTimer('deadline', deadline);
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
