import type { Clock } from '../base/clock.ts';
import type { ErrorCode } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import { abortedError, toOdradekError } from './errors.ts';

export interface BackoffOptions {
  /** The delay behind the first failure. */
  readonly initialMs: number;
  /** What the delay grows to. */
  readonly maxMs: number;
}

/** A first retry is almost at once, since a leader change is over in a fraction of a second. */
export const RETRY_BACKOFF: BackoffOptions = { initialMs: 15, maxMs: 500 };
/** Between attempts to connect to one broker. */
export const RECONNECT_BACKOFF: BackoffOptions = { initialMs: 20, maxMs: 500 };

/**
 * The delay in milliseconds behind the `failures`-th failure in a row (from 1): doubled each time up
 * to `maxMs`, less up to a fifth at random, so that clients that failed together do not return
 * together.
 */
export function backoffMs(options: BackoffOptions, failures: number, random: Random): number {
  const doublings = Math.min(Math.max(failures, 1) - 1, 30);
  const full = Math.min(options.maxMs, options.initialMs * 2 ** doublings);
  return full - (full * random.below(JITTER_STEPS)) / (JITTER_STEPS * 5);
}

const JITTER_STEPS = 1024;

/** What trying again takes. */
export interface RetryOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly timeoutMs: number;
  /** Codes that no retry mends here, though the catalogue says that one may. */
  readonly finalCodes?: readonly ErrorCode[];
}

/**
 * Calls `attempt` until it succeeds, fails with an error that no retry mends, or the time is up: then
 * with the last error. `attempt` is given the milliseconds that are left, and how often it has failed.
 */
export async function retrying<Value>(
  options: RetryOptions,
  signal: AbortSignal | undefined,
  attempt: (leftMs: number, failures: number) => Promise<Value>,
): Promise<Value> {
  const { clock, random, timeoutMs } = options;
  const deadline = clock.now() + timeoutMs;
  for (let failures = 0; ;) {
    if (signal?.aborted === true) throw abortedError(signal);
    try {
      return await attempt(Math.max(1, deadline - clock.now()), failures);
    } catch (thrown) {
      const error = toOdradekError(thrown);
      failures++;
      const delay = backoffMs(RETRY_BACKOFF, failures, random);
      const isFinal = options.finalCodes?.includes(error.code) === true;
      if (!error.retriable || isFinal || clock.now() + delay >= deadline) throw error;
      await new Promise<void>((resolve) => {
        clock.setTimer(delay, resolve);
      });
    }
  }
}
