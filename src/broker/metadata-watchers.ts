import type { Clock, Timer } from '../base/clock.ts';
import { instant, type Instant } from '../base/ids.ts';

/**
 * Those who are told when the metadata changes: at once, but where looking takes them long, no more
 * often than leaves nine tenths of the time to others. Each looks at all of the metadata; thousands of
 * partitions that change one by one would have a broker do nothing else, and lose its session over it.
 */
export class MetadataWatchers {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  /** Nobody is told earlier. */
  #tellFrom: Instant;
  #later: Timer | null = null;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#tellFrom = clock.now();
  }

  /** Returns what takes the listener off again. */
  add(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(): void {
    if (this.#later !== null || this.#closed) return;
    const waitMs = this.#tellFrom - this.#clock.now();
    if (waitMs <= 0) return this.#tell();
    this.#later = this.#clock.setTimer(waitMs, () => {
      this.#later = null;
      this.#tell();
    });
  }

  close(): void {
    this.#closed = true;
    this.#later?.cancel();
  }

  #tell(): void {
    const startedAt = this.#clock.now();
    for (const listener of [...this.#listeners]) listener();
    const endedAt = this.#clock.now();
    this.#tellFrom = instant(endedAt + REST * (endedAt - startedAt));
  }
}

/** How many times as long as they took the listeners are left alone. */
const REST = 9;
