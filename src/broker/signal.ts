import type { Clock, Timer } from '../base/clock.ts';

/** Wakes whoever waits for something to change. Nothing is remembered: look first, then wait. */
export class Signal {
  readonly #clock: Clock;
  readonly #waiters = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves with the next `fire`, or after `milliseconds`. */
  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      let timer: Timer | null = null;
      const wake = (): void => {
        timer?.cancel();
        this.#waiters.delete(wake);
        resolve();
      };
      this.#waiters.add(wake);
      timer = this.#clock.setTimer(milliseconds, wake);
    });
  }

  fire(): void {
    for (const wake of [...this.#waiters]) wake();
  }
}
