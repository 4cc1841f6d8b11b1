import type { Clock, Timer } from '../base/clock.ts';
import type { ErrorCode } from '../base/errors.ts';
import { OdradekError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { LeaderHint } from '../wire/item-error.ts';
import type { ClusterMetadata } from '../wire/metadata-messages.ts';
import { METADATA_SERVICE } from '../wire/services.ts';
import { abortedError, closedError, toOdradekError } from './errors.ts';
import type { Logger } from './logger.ts';
import type { BrokerView, Route, TopicView } from './metadata.ts';
import { MetadataCache } from './metadata.ts';
import { backoffMs, RECONNECT_BACKOFF } from './retry.ts';
import type { Transport } from './transport.ts';
import type { CallOptions } from './waiting.ts';
import { limited, onAbort, Signal } from './waiting.ts';

export interface ClusterOptions {
  readonly bootstrap: readonly string[];
  readonly requestTimeoutMs: number;
  /** How long the first answer may take. */
  readonly connectTimeoutMs: number;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * The cluster as it is right now: a stream of metadata from any broker that answers, held in a
 * `MetadataCache`. One per client; it begins when somebody first asks. Only the topics that were
 * asked for are watched. When the broker that tells the news is lost, or is itself without news, the
 * next one is asked: those of the bootstrap list, and all that have become known.
 */
export class Cluster {
  readonly #options: ClusterOptions;
  readonly #cache = new MetadataCache();
  readonly #changed = new Signal();
  readonly #listeners: Set<() => void> = new Set();
  readonly #interest: Set<string> = new Set();
  #stream: { close(): void } | null = null;
  /** Where the news comes from now, or was last looked for. */
  #address: string;
  #timer: Timer | null = null;
  /** Looks for a better informed broker while this one has no controller. */
  #unreachableTimer: Timer | null = null;
  #failures = 0;
  #reopening = false;
  #refreshing: Promise<void> | null = null;
  #closed = false;
  /** Why each address failed last. */
  readonly #errors: Map<string, OdradekError> = new Map();

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#address = options.bootstrap[0] ?? '';
  }

  get clusterId(): string | null {
    return this.#cache.clusterId;
  }

  get brokers(): readonly BrokerView[] {
    return this.#cache.brokers;
  }

  topic(name: string): TopicView | null {
    return this.#cache.topic(name);
  }

  route(topic: string, partition: number): Route | null {
    return this.#cache.route(topic, partition);
  }

  /** An in-sync replica in a rack; null: none. */
  routeWithin(rack: string, topic: string, partition: number): Route | null {
    return this.#cache.routeWithin(rack, topic, partition);
  }

  /** Takes the leader that an error has named; true if that was news. */
  onLeaderHint(topic: string, partition: number, hint: LeaderHint): boolean {
    const changed = this.#cache.onLeaderHint(topic, partition, hint);
    if (changed) this.#notify();
    return changed;
  }

  /** Calls `listener` after every change; returns the unsubscription. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Every address that may answer, the one that tells the news first, then in turn. */
  addresses(): string[] {
    const brokers = this.#cache.brokers;
    const likely = brokers.filter((broker) => broker.state !== 'fenced');
    const ring = new Set([
      ...likely.map((broker) => broker.address),
      ...this.#options.bootstrap,
      ...brokers.map((broker) => broker.address),
    ]);
    const addresses = [...ring];
    const at = Math.max(0, addresses.indexOf(this.#address));
    return [...addresses.slice(at), ...addresses.slice(0, at)];
  }

  /** Watches a topic from now on. */
  want(topic: string): void {
    if (this.#interest.has(topic)) return;
    this.#interest.add(topic);
    if (this.#reopening) return;
    this.#reopening = true;
    // Several topics that are asked for in one go are one question.
    queueMicrotask(() => {
      this.#reopening = false;
      if (this.#timer === null) this.#open(this.#address);
    });
  }

  /** Until a broker has answered. Rejects with an error that names the addresses that were tried. */
  async ready(options: CallOptions): Promise<void> {
    if (this.#cache.clusterId !== null && !this.#closed) return;
    this.start();
    const timeoutMs = options.timeoutMs ?? this.#options.requestTimeoutMs;
    const answered = (async () => {
      while (this.#cache.clusterId === null) {
        if (this.#closed) throw closedError();
        await this.#changed.next();
      }
    })();
    await limited(answered, this.#options.clock, { ...options, timeoutMs }, () =>
      this.#unreachable(timeoutMs),
    );
  }

  /** Begins to watch, if nobody has yet. */
  start(): void {
    if (this.#closed) throw closedError();
    if (this.#stream === null && this.#timer === null) this.#open(this.#address);
  }

  /**
   * Until a topic is known. One that does not exist is waited for a little while, since it may have
   * been created a moment ago; then `UNKNOWN_TOPIC_OR_PARTITION`.
   */
  async waitForTopic(name: string, options: CallOptions): Promise<TopicView> {
    const { clock } = this.#options;
    const start = clock.now();
    const timeoutMs = options.timeoutMs ?? this.#options.requestTimeoutMs;
    this.want(name);
    for (;;) {
      if (this.#closed) throw closedError();
      if (options.signal?.aborted === true) throw abortedError(options.signal, { topic: name });
      const view = this.#cache.topic(name);
      if (view !== null) return view;
      const error = this.#cache.topicError(name);
      if (error === 'INVALID_TOPIC_EXCEPTION') {
        throw new OdradekError(error, undefined, { topic: name });
      }
      const limitMs = Math.min(timeoutMs, this.#patienceMs(error));
      const leftMs = limitMs - (clock.now() - start);
      if (leftMs <= 0) {
        if (error === null) throw this.#unreachable(limitMs);
        throw new OdradekError(error, `there is no topic ${name}`, { topic: name });
      }
      await this.#changeWithin(Math.min(leftMs, REFRESH_MS), options.signal);
      if (this.#cache.topicError(name) !== null) void this.refresh();
    }
  }

  /** Asks another broker than the one that tells the news, which may be behind. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  close(): void {
    this.#closed = true;
    this.#stream?.close();
    this.#stream = null;
    this.#timer?.cancel();
    this.#unreachableTimer?.cancel();
    this.#changed.fire();
    this.#listeners.clear();
  }

  async #refresh(): Promise<void> {
    const { transport, clock } = this.#options;
    const addresses = this.addresses();
    const address = addresses[1] ?? this.#address;
    const topics = [...this.#interest].sort();
    try {
      const answer = await transport.call(
        address,
        'metadata',
        METADATA_SERVICE.getMetadata,
        { topics },
        { timeoutMs: REFRESH_TIMEOUT_MS },
      );
      this.#apply(answer, topics, address);
    } catch (error) {
      // The stream is what is relied on; this was a second opinion.
      this.#errors.set(address, toOdradekError(error));
    }
    // No more often than this, however many partitions ask for it.
    await new Promise<void>((resolve) => {
      clock.setTimer(REFRESH_MS, resolve);
    });
  }

  #open(address: string): void {
    if (this.#closed) return;
    this.#stream?.close();
    this.#timer?.cancel();
    this.#timer = null;
    this.#address = address;
    const topics = [...this.#interest].sort();
    const { transport } = this.#options;
    this.#stream = transport.watch(
      address,
      'metadata',
      METADATA_SERVICE.watchMetadata,
      { topics },
      {
        onMessage: (answer) => {
          const applied = this.#apply(answer, topics, address);
          if (!applied) this.#next();
          else if (answer.controllerReachable) this.#cancelUnreachable();
          else this.#lookElsewhereSoon();
        },
        onEnd: (error) => {
          this.#errors.set(address, error);
          this.#stream = null;
          this.#next();
        },
      },
    );
  }

  /** True if the answer was worth something. */
  #apply(answer: ClusterMetadata, topics: readonly string[], address: string): boolean {
    const applied = this.#cache.apply(answer, topics);
    switch (applied) {
      case 'not-ready':
        this.#errors.set(
          address,
          new OdradekError('NOT_CONTROLLER', 'the broker has not reached its controller yet'),
        );
        return false;
      case 'other-cluster': {
        const message = `the broker belongs to cluster ${answer.clusterId}, not ${this.#cache.clusterId}`;
        this.#errors.set(address, new OdradekError('INCONSISTENT_CLUSTER_ID', message));
        this.#options.logger.warn(
          { address, clusterId: answer.clusterId },
          'broker of another cluster',
        );
        return false;
      }
      case 'unchanged':
      case 'changed':
        this.#failures = 0;
        this.#errors.clear();
        if (applied === 'changed') this.#notify();
        else this.#changed.fire();
        return true;
    }
  }

  /** Turns to the next address: at once, until all of them have failed in a row. */
  #next(): void {
    if (this.#closed) return;
    this.#stream?.close();
    this.#stream = null;
    this.#cancelUnreachable();
    this.#failures++;
    const addresses = this.addresses();
    const next = addresses[1] ?? this.#address;
    const delay =
      this.#failures < addresses.length
        ? 0
        : backoffMs(
            RECONNECT_BACKOFF,
            Math.floor(this.#failures / addresses.length),
            this.#options.random,
          );
    this.#timer?.cancel();
    this.#timer = this.#options.clock.setTimer(delay, () => {
      this.#timer = null;
      this.#open(next);
    });
    this.#changed.fire();
  }

  #lookElsewhereSoon(): void {
    this.#unreachableTimer ??= this.#options.clock.setTimer(CONTROLLER_UNREACHABLE_MS, () => {
      this.#unreachableTimer = null;
      if (this.addresses().length > 1) this.#next();
    });
  }

  #cancelUnreachable(): void {
    this.#unreachableTimer?.cancel();
    this.#unreachableTimer = null;
  }

  #notify(): void {
    this.#changed.fire();
    for (const listener of [...this.#listeners]) listener();
  }

  #patienceMs(topicError: ErrorCode | null): number {
    if (topicError !== null) return UNKNOWN_TOPIC_MS;
    return this.#cache.clusterId === null ? this.#options.connectTimeoutMs : Infinity;
  }

  #changeWithin(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel();
        stopListening?.();
        resolve();
      };
      const timer = this.#options.clock.setTimer(milliseconds, done);
      const stopListening = signal === undefined ? null : onAbort(signal, done);
      void this.#changed.next().then(done);
    });
  }

  #unreachable(timeoutMs: number): OdradekError {
    const tried = this.addresses().map((address) => {
      const error = this.#errors.get(address);
      return error?.message ?? address;
    });
    return new OdradekError(
      'NETWORK_EXCEPTION',
      `no broker has answered within ${timeoutMs} ms; tried ${tried.join(', ')}`,
      { cause: this.#errors.get(this.#address) },
    );
  }
}

/** How long a topic that does not exist is waited for. */
const UNKNOWN_TOPIC_MS = 3000;
/** The least time between two questions to other brokers. */
const REFRESH_MS = 50;
const REFRESH_TIMEOUT_MS = 2000;
/** How long news from a broker without a controller are good enough while there are other brokers. */
const CONTROLLER_UNREACHABLE_MS = 1000;
