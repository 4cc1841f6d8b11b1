import { url as inspectorUrl } from 'node:inspector';
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock, Timer } from '../base/clock.ts';

export interface IdleHeapOptions {
  readonly clock: Clock;
  /** How long this thread has worked since it began, ms. */
  readonly busyMs: () => number;
  /** Whether somebody may be looking at this heap. */
  readonly isInspected: () => boolean;
  /** Collects everything, and returns free pages to the system. */
  readonly collect: () => void;
}

/**
 * Gives back, when a process has come to rest, the memory that a busy time has left with V8. V8's own
 * way to do so begins with incremental marking, which a broker runs without (see `bin/odradek`), so a
 * process that had made thousands of partitions kept what making them took for as long as it lived.
 *
 * A collection of everything holds the thread up, for some 50 ms a hundred megabytes: only after a
 * quarter of a second of work since the last, and when two looks in a row have found next to none.
 * And not while an inspector is open: it collects for itself, and follows objects from one collection to
 * the next.
 */
export class IdleHeap {
  readonly #options: IdleHeapOptions;
  #timer: Timer | null = null;
  #seenMs: number;
  /** Worked since the last collection. */
  #sinceMs = 0;
  #quietLooks = 0;

  constructor(options: IdleHeapOptions) {
    this.#options = options;
    this.#seenMs = 0;
    this.#wait();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #wait(): void {
    this.#timer = this.#options.clock.setTimer(LOOK_MS, () => this.#look());
  }

  #look(): void {
    const busyMs = this.#options.busyMs();
    const worked = busyMs - this.#seenMs;
    this.#seenMs = busyMs;
    this.#sinceMs += worked;
    this.#quietLooks = worked < QUIET_MS ? this.#quietLooks + 1 : 0;
    const isDue = this.#quietLooks >= 2 && this.#sinceMs >= WORKED_MS;
    if (isDue && !this.#options.isInspected()) {
      this.#options.collect();
      this.#seenMs = this.#options.busyMs();
      this.#sinceMs = 0;
      this.#quietLooks = 0;
    }
    this.#wait();
  }
}

/** Of this thread, from now on. For processes that are ours alone: it changes a flag of V8. */
export function giveBackIdleHeap(clock: Clock): IdleHeap {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  return new IdleHeap({
    clock,
    busyMs: () => performance.eventLoopUtilization().active,
    // The process's, which the threads beside the first do not hear of.
    isInspected: () => inspectorUrl() !== undefined,
    collect: () => collect(),
  });
}

const LOOK_MS = 5_000;
/** A tenth of the time. */
const QUIET_MS = LOOK_MS / 10;
const WORKED_MS = 250;
