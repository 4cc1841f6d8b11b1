import type { Clock, Timer } from '../base/clock.ts';
import { instant, timestamp } from '../base/ids.ts';
import type { Instant, Timestamp } from '../base/ids.ts';
import type { Random } from '../base/random.ts';

/** The longest time that Node's timers can wait; beyond it they would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * This process's time. Its timers keep the process alive, as open streams do, so that it does not end
 * under a call that waits for its next attempt; whoever sets one cancels it when it is closed.
 */
export class ClientClock implements Clock {
  now(): Instant {
    return instant(performance.now());
  }

  timestamp(): Timestamp {
    return timestamp(Date.now());
  }

  setTimer(milliseconds: number, callback: () => void): Timer {
    const delay = Math.min(Math.max(Math.ceil(milliseconds), 0), TIMER_MS_MAX);
    const timeout = setTimeout(callback, delay);
    return { cancel: () => clearTimeout(timeout) };
  }
}

/** Randomness for jitter and for spreading records: nothing that needs to be unguessable. */
export class ClientRandom implements Random {
  below(bound: number): number {
    return Math.floor(Math.random() * bound);
  }

  id(): string {
    const bytes = Uint8Array.from({ length: 16 }, () => this.below(256));
    return Buffer.from(bytes).toString('base64url');
  }
}
