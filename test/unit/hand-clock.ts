import type { Clock, Timer } from '../../src/base/clock.ts';
import { instant, timestamp, type Instant } from '../../src/base/ids.ts';

/** Time passes when somebody says so: also in the middle of a callback, which then took that long. */
export class HandClock implements Clock {
  #now = 0;
  #timers: { at: number; callback: () => void }[] = [];

  now(): Instant {
    return instant(this.#now);
  }

  timestamp(): ReturnType<Clock['timestamp']> {
    return timestamp(this.#now);
  }

  setTimer(milliseconds: number, callback: () => void): Timer {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((each) => each !== timer)) };
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Lets this much time pass, and timers run that are due by then. */
  advance(milliseconds: number): void {
    this.pass(milliseconds);
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { callback } of due) callback();
  }
}
