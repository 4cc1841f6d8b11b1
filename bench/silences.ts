/** What one producer saw from a moment on; goes on until nobody looks at it any more. */
export interface Watch {
  /** To the first acknowledgement of a message that was sent after it began; null before that. */
  readonly firstAckMs: number | null;
  /** The longest time between two acknowledgements, of which the first may have come before it began. */
  longestMs(now: number): number;
}

/**
 * How long nothing is acknowledged. An acknowledgement that was under way when a broker died says
 * nothing about the next leader, so a watch asks for one of a message that was sent afterwards.
 */
export class Silences {
  #lastAckAt: number;
  #watch: OneWatch | null = null;

  constructor(now: number) {
    this.#lastAckAt = now;
  }

  /** `nextNumber` is the first number that was not sent yet. Ends the watch before it. */
  watch(now: number, nextNumber: number): Watch {
    this.#watch = new OneWatch(now, nextNumber, this.#lastAckAt);
    return this.#watch;
  }

  acknowledged(number: number, now: number): void {
    this.#lastAckAt = now;
    this.#watch?.acknowledged(number, now);
  }
}

class OneWatch implements Watch {
  firstAckMs: number | null = null;
  readonly #startedAt: number;
  readonly #nextNumber: number;
  #lastAckAt: number;
  #longestMs = 0;

  constructor(startedAt: number, nextNumber: number, lastAckAt: number) {
    this.#startedAt = startedAt;
    this.#nextNumber = nextNumber;
    this.#lastAckAt = lastAckAt;
  }

  acknowledged(number: number, now: number): void {
    this.#longestMs = this.longestMs(now);
    this.#lastAckAt = now;
    if (number >= this.#nextNumber) this.firstAckMs ??= now - this.#startedAt;
  }

  longestMs(now: number): number {
    return Math.max(this.#longestMs, now - this.#lastAckAt);
  }
}
