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
 * Calls `listener` once if `signal` aborts, unless the function that is returned was called before.
 * A signal that has aborted already calls nobody.
 *
 * However many wait for a signal, it has one listener of ours, and none once they have left: a consumer
 * asks for many partitions at a time, an application sends many records with one signal, and Node takes
 * more than ten listeners for a leak. Raising that limit would hide a real one.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const shared = SHARED_LISTENERS.get(signal) ?? shareListener(signal);
  const own = { listener };
  shared.waiting.add(own);
  return () => {
    if (!shared.waiting.delete(own) || shared.waiting.size > 0) return;
    SHARED_LISTENERS.delete(signal);
    signal.removeEventListener('abort', shared.onEvent);
  };
}

interface SharedListener {
  readonly waiting: Set<{ readonly listener: () => void }>;
  readonly onEvent: () => void;
}

/** Of the signals that somebody waits for. */
const SHARED_LISTENERS: WeakMap<AbortSignal, SharedListener> = new WeakMap();

function shareListener(signal: AbortSignal): SharedListener {
  const waiting: SharedListener['waiting'] = new Set();
  const onEvent = (): void => {
    SHARED_LISTENERS.delete(signal);
    for (const own of waiting) {
      waiting.delete(own);
      own.listener();
    }
  };
  const shared = { waiting, onEvent };
  SHARED_LISTENERS.set(signal, shared);
  signal.addEventListener('abort', onEvent, { once: true });
  return shared;
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
    const giveUp = (): void => {
      if (signal !== undefined) finish(() => reject(abortedError(signal)));
    };
    const stopListening = signal === undefined ? null : onAbort(signal, giveUp);
    const timer =
      timeoutMs === undefined
        ? null
        : clock.setTimer(timeoutMs, () => finish(() => reject(onTimeout())));
    const finish = (settle: () => void): void => {
      timer?.cancel();
      stopListening?.();
      settle();
    };
    work.then(
      (value) => finish(() => resolve(value)),
      (error: Error) => finish(() => reject(error)),
    );
    if (signal?.aborted === true) giveUp();
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
