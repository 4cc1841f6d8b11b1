import type { Clock, Timer } from '../../src/base/clock.ts';
import { instant, timestamp, type Instant, type Timestamp } from '../../src/base/ids.ts';

/** How many turns of the event loop make a millisecond, so that work takes time and waiting ends. */
const TURNS_PER_MS = 10;

interface PendingTimer {
  readonly at: number;
  readonly callback: () => void;
  cancelled: boolean;
}

/**
 * Time that passes by turns of the event loop instead of seconds: hosts that get all their time from
 * here and all their files from memory do the same thing in the same order whenever they are run,
 * however busy the machine is. Nothing passes unless somebody awaits `turn`.
 */
export class VirtualClock implements Clock {
  /** What callbacks threw; a process would have died of the first. */
  readonly errors: unknown[] = [];
  /** Ascending; of those due at the same time the one set first comes first. */
  readonly #timers: PendingTimer[] = [];
  #turns = 1_000 * TURNS_PER_MS;

  now(): Instant {
    return instant(this.#turns / TURNS_PER_MS);
  }

  timestamp(): Timestamp {
    return timestamp(1_700_000_000_000 + Math.floor(this.now()));
  }

  setTimer(milliseconds: number, callback: () => void): Timer {
    const timer = { at: this.now() + milliseconds, callback, cancelled: false };
    let index = this.#timers.length;
    while (index > 0 && (this.#timers[index - 1] as PendingTimer).at > timer.at) index--;
    this.#timers.splice(index, 0, timer);
    return {
      cancel: () => {
        timer.cancelled = true;
        const found = this.#timers.indexOf(timer);
        if (found !== -1) this.#timers.splice(found, 1);
      },
    };
  }

  /** Lets everything run that is ready, each callback in a macrotask of its own. */
  turn(): Promise<void> {
    this.#turns += 1;
    const now = this.now();
    for (;;) {
      const next = this.#timers[0];
      if (next === undefined || next.at > now) break;
      this.#timers.shift();
      setImmediate(() => {
        if (next.cancelled) return;
        try {
          next.callback();
        } catch (error) {
          this.errors.push(error);
        }
      });
    }
    return new Promise((resolve) => setImmediate(resolve));
  }

  async pass(milliseconds: number): Promise<void> {
    const end = this.now() + milliseconds;
    while (this.now() < end) await this.turn();
  }
}
