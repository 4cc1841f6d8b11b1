import type { Clock, Timer } from '../base/clock.ts';
import { instant, timestamp } from '../base/ids.ts';
import type { Instant, Timestamp } from '../base/ids.ts';

/** The longest time that Node's timers can wait; beyond it they would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The machine's own time. Instants count from the start of this process. */
export class SystemClock implements Clock {
  now(): Instant {
    return instant(performance.now());
  }

  timestamp(): Timestamp {
    return timestamp(Date.now());
  }

  setTimer(milliseconds: number, callback: () => void): Timer {
    if (milliseconds <= 0) {
      const immediate = setImmediate(callback);
      return { cancel: () => clearImmediate(immediate) };
    }
    // Node rounds down to whole milliseconds and may fire a little early; a host that wakes its
    // machine before the instant it asked for would have to set the timer again.
    const due = performance.now() + milliseconds;
    let timeout: NodeJS.Timeout;
    const wait = (): void => {
      const left = due - performance.now();
      if (left <= 0) callback();
      else timeout = setTimeout(wait, Math.min(Math.ceil(left), TIMER_MS_MAX));
    };
    timeout = setTimeout(wait, Math.min(Math.ceil(milliseconds), TIMER_MS_MAX));
    return { cancel: () => clearTimeout(timeout) };
  }
}
