import type { Clock } from '../base/clock.ts';
import type { OdradekError } from '../base/errors.ts';
import { abortedError } from './errors.ts';

/** What every asynchronous method takes. */
export interface CallOptions {
  /** Gives up when it aborts, with `ABORTED_BY_CALLER`. */
  readonly signal?: AbortSignal;
  /** Gives up after this many milliseconds. */
  readonly timeoutMs?: number;
}

/** A promise and its two ends. Settling it again does nothing. */
export class Deferred<Value> {
  readonly promise: Promise<Value>;
  #resolve!: (value: Value) => void;
  #reject!: (error: Error) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever waits sees the rejection; that nobody does is no reason to end the process.
    this.promise.catch(() => undefined);
  }

  resolve(value: Value): void {
    this.#resolve(value);
  }

  reject(error: Error): void {
    this.#reject(error);
  }
}

/**
 * The outcome of `work`, or an error once the time is up or the caller gives up. What `work` does
 * then is not stopped, and its outcome ignored.
 */
export function limited<Value>(
  work: Promise<Value>,
  clock: Clock,
  options: CallOptions,
  onTimeout: () => OdradekError,
): Promise<Value> {
  const { signal, timeoutMs } = options;
  if (signal === undefined && timeoutMs === undefined) return work;
  return new Promise<Value>((resolve, reject) => {
    const onAbort = (): void => {
      if (signal !== undefined) finish(() => reject(abortedError(signal)));
    };
    const timer =
      timeoutMs === undefined
        ? null
        : clock.setTimer(timeoutMs, () => finish(() => reject(onTimeout())));
    const finish = (settle: () => void): void => {
      timer?.cancel();
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    work.then(
      (value) => finish(() => resolve(value)),
      (error: Error) => finish(() => reject(error)),
    );
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Those who wait for something to become true that is looked at on every change. */
export class Signal {
  #waiting: Deferred<void> | null = null;

  /** Resolves at the next `fire`. */
  next(): Promise<void> {
    this.#waiting ??= new Deferred<void>();
    return this.#waiting.promise;
  }

  get hasWaiters(): boolean {
    return this.#waiting !== null;
  }

  fire(): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve();
  }
}
