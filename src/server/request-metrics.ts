/** What a front door tells of its requests on `/metrics`. */
import type { Clock } from '../base/clock.ts';
import type { ErrorCode, Refusal } from '../base/errors.ts';
import type { Instant } from '../base/ids.ts';
import type { Metrics, PlainCounter, PlainHistogram } from '../telemetry/metrics.ts';

/** Made by the composition root, one for each server; gives every RPC its meter when the server is made. */
export class RequestMetrics {
  readonly #metrics: Metrics;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(metrics: Metrics, clock: Pick<Clock, 'now'>) {
    this.#metrics = metrics;
    this.#clock = clock;
  }

  /** Of the method at `/package.Service/Method`, whose name alone is the label. */
  of(path: string): RequestMeter {
    return new RequestMeter(this.#metrics, this.#clock, path.slice(path.lastIndexOf('/') + 1));
  }
}

/** Of one RPC. Labels are looked up once: what is told costs an addition from then on. */
export class RequestMeter {
  readonly #metrics: Metrics;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #rpc: string;
  readonly #refused = new Map<ErrorCode, PlainCounter>();
  #duration: PlainHistogram | null = null;

  constructor(metrics: Metrics, clock: Pick<Clock, 'now'>, rpc: string) {
    this.#metrics = metrics;
    this.#clock = clock;
    this.#rpc = rpc;
  }

  now(): Instant {
    return this.#clock.now();
  }

  /** A request that arrived at `since` is over. */
  ended(since: Instant): void {
    this.#duration ??= this.#metrics.histogram('odradek_request_duration_seconds', {
      rpc: this.#rpc,
    });
    this.#duration.observe((this.#clock.now() - since) / 1000);
  }

  /** A call, or one item of a request or a stream, is answered with an error. */
  refused({ code }: Refusal): void {
    let counter = this.#refused.get(code);
    if (counter === undefined) {
      counter = this.#metrics.counter('odradek_requests_refused_total', { rpc: this.#rpc, code });
      this.#refused.set(code, counter);
    }
    counter.add();
  }
}

/** Told of every refusal within an answer. */
export type Refused = (refusal: Refusal) => void;

/** Items that say by an `error` why they were refused. */
export function countErrors(
  items: Iterable<{ readonly error: { readonly refusal: Refusal } | null }>,
  refused: Refused,
): void {
  for (const { error } of items) if (error !== null) refused(error.refusal);
}

/** Items that have a `refusal` where they were refused. */
export function countRefusals(
  items: Iterable<{ readonly refusal?: Refusal | null }>,
  refused: Refused,
): void {
  for (const { refusal } of items) if (refusal) refused(refusal);
}
