import type { Clock, Timer } from '../../src/base/clock.ts';
import { instant, timestamp, type Instant, type Timestamp } from '../../src/base/ids.ts';
import type { Process, Scheduler } from './scheduler.ts';

/** When the simulated world begins, by a right clock. */
export const WORLD_EPOCH_MS = 1_700_000_000_000;

/** What a machine's clocks are like; may be changed while it runs. */
export interface ClockFaults {
  /** How fast its monotonic clock goes: 1 is right, 1.05 gains 5 %. Fixed for a life. */
  readonly rate: number;
  /** How far its wall clock is off, ms; steps when it is set. */
  wallOffsetMs: number;
}

/**
 * The clocks of one life of one process: a monotonic one that begins anywhere and drifts, and a wall
 * clock that may step. Timers run on the monotonic one.
 */
export class NodeClock implements Clock {
  readonly #scheduler: Scheduler;
  readonly #process: Process;
  readonly #faults: ClockFaults;
  readonly #origin: number;
  readonly #bornAt: number;

  constructor(scheduler: Scheduler, process: Process, faults: ClockFaults, origin: number) {
    this.#scheduler = scheduler;
    this.#process = process;
    this.#faults = faults;
    this.#origin = origin;
    this.#bornAt = scheduler.now;
  }

  now(): Instant {
    return instant(this.#origin + (this.#scheduler.now - this.#bornAt) * this.#faults.rate);
  }

  timestamp(): Timestamp {
    const { now } = this.#scheduler;
    return timestamp(WORLD_EPOCH_MS + Math.floor(now + this.#faults.wallOffsetMs));
  }

  setTimer(milliseconds: number, callback: () => void): Timer {
    // Never early: rounding must not make a timer fire before its time on this very clock.
    const delay = milliseconds <= 0 ? 0 : milliseconds / this.#faults.rate + 1e-6;
    return this.#scheduler.schedule(delay, this.#process, 'timer', callback);
  }
}
