import type { Instant, Timestamp } from './ids.ts';

/** A timer that has been set. */
export interface Timer {
  /** Does nothing if the timer has fired. */
  cancel(): void;
}

/**
 * Time, as hosts see it. Machines never see this interface: they are given `now`. The real one is in
 * `platform/`, a simulated one in the tests.
 */
export interface Clock {
  /** Monotonic: unaffected by changes of the wall clock. */
  now(): Instant;
  /** What records are stamped with. */
  timestamp(): Timestamp;
  /** Calls `callback` once, at or after `milliseconds` from now; 0 means the next turn. */
  setTimer(milliseconds: number, callback: () => void): Timer;
}
