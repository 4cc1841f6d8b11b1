import type { Instant, Offset } from '../base/ids.ts';
import type { RequestId } from './types.ts';

/** A produce request whose batch is appended and whose answer is owed. */
export interface WaitingRequest {
  readonly request: RequestId;
  readonly baseOffset: Offset;
  /** Answered once the awaited offset has reached this. */
  readonly endOffset: Offset;
  readonly deadline: Instant;
}

/** Requests in the order of their offsets, which is the order in which they are answered. */
export class WaitingRequests {
  /** A queue from `#first` on; what lies before is answered and dropped now and then. */
  #queue: WaitingRequest[] = [];
  #first = 0;
  readonly #cancelled = new Set<RequestId>();

  get size(): number {
    return this.#queue.length - this.#first;
  }

  add(waiting: WaitingRequest): void {
    let at = this.#queue.length;
    // Only what was sent before and is sent again ends below what has been waiting.
    while (at > this.#first && this.#endOffsetAt(at - 1) > waiting.endOffset) at--;
    if (at === this.#queue.length) this.#queue.push(waiting);
    else this.#queue.splice(at, 0, waiting);
  }

  cancel(request: RequestId): void {
    if (this.#queue.some((waiting) => waiting.request === request)) this.#cancelled.add(request);
  }

  /** Those that end at or below `offset`. */
  takeUpTo(offset: Offset): WaitingRequest[] {
    const taken: WaitingRequest[] = [];
    for (;;) {
      const waiting = this.#queue[this.#first];
      if (waiting === undefined || waiting.endOffset > offset) break;
      taken.push(waiting);
      this.#first++;
    }
    if (this.#first >= COMPACT_AFTER && this.#first * 2 >= this.#queue.length) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
    return this.#withoutCancelled(taken);
  }

  takeAll(): WaitingRequest[] {
    const taken = this.#queue.slice(this.#first);
    this.#queue = [];
    this.#first = 0;
    return this.#withoutCancelled(taken);
  }

  takeExpired(now: Instant): WaitingRequest[] {
    const waiting = this.#queue.slice(this.#first);
    const expired = waiting.filter((each) => each.deadline <= now);
    if (expired.length > 0) {
      this.#queue = waiting.filter((each) => each.deadline > now);
      this.#first = 0;
    }
    return this.#withoutCancelled(expired);
  }

  earliestDeadline(): Instant | null {
    let earliest: Instant | null = null;
    for (const { deadline } of this.#queue.slice(this.#first)) {
      if (earliest === null || deadline < earliest) earliest = deadline;
    }
    return earliest;
  }

  #endOffsetAt(index: number): number {
    return this.#queue[index]?.endOffset ?? 0;
  }

  #withoutCancelled(taken: WaitingRequest[]): WaitingRequest[] {
    if (this.#cancelled.size === 0) return taken;
    return taken.filter((waiting) => !this.#cancelled.delete(waiting.request));
  }
}

/** Rare enough that a long queue is not copied for each answer, often enough to stay small. */
const COMPACT_AFTER = 1024;
