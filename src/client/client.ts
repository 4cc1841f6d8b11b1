import type { Clock } from '../base/clock.ts';
import { OdradekError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import { Admin } from './admin.ts';
import { Cluster } from './cluster.ts';
import type { ConsumerOptions } from './consumer.ts';
import { Consumer } from './consumer.ts';
import { closedError } from './errors.ts';
import { GrpcTransport } from './grpc-transport.ts';
import type { Logger } from './logger.ts';
import { SILENT_LOGGER } from './logger.ts';
import type { ProducerOptions } from './producer-options.ts';
import { Producer } from './producer.ts';
import { ClientClock, ClientRandom } from './system.ts';
import type { Transport } from './transport.ts';
import type { CallOptions } from './waiting.ts';

export interface ClientOptions {
  /** Brokers to begin with, `host:port`, in a list or separated by commas. One that answers is enough. */
  readonly bootstrap?: string | readonly string[];
  /** What brokers write into their logs. */
  readonly clientId?: string;
  /** Where this client is, as the brokers' `broker.rack` names it: see `maxStalenessBytes` of consumers. */
  readonly rack?: string;
  /** How long a call may take where nothing else is said: 30 s. */
  readonly requestTimeoutMs?: number;
  /** How long the first broker may take to answer: 10 s. */
  readonly connectTimeoutMs?: number;
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly random?: Random;
  /** The way to brokers; gRPC where nothing is said. Closed with the client. */
  readonly transport?: Transport;
}

/**
 * A client of one cluster: makes producers and consumers, which share what it knows of the cluster.
 * Connects when something is first asked of it. One per process is enough.
 */
export class Client {
  readonly admin: Admin;
  readonly #transport: Transport;
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #clientId: string;
  readonly #rack: string | null;
  readonly #connectTimeoutMs: number;
  readonly #children: Set<Producer | Consumer> = new Set();
  #closing: Promise<void> | null = null;

  constructor(options: ClientOptions = {}) {
    this.#clock = options.clock ?? new ClientClock();
    this.#random = options.random ?? new ClientRandom();
    this.#clientId = options.clientId ?? '';
    this.#rack = options.rack ?? null;
    this.#connectTimeoutMs = options.connectTimeoutMs ?? 10_000;
    const requestTimeoutMs = options.requestTimeoutMs ?? 30_000;
    this.#transport =
      options.transport ??
      new GrpcTransport(this.#clock, {
        connectTimeoutMs: Math.min(this.#connectTimeoutMs, CHANNEL_CONNECT_MS_MAX),
      });
    const shared = {
      transport: this.#transport,
      clock: this.#clock,
      random: this.#random,
      requestTimeoutMs,
    };
    this.#cluster = new Cluster({
      ...shared,
      bootstrap: parseBootstrap(options.bootstrap ?? DEFAULT_BOOTSTRAP),
      connectTimeoutMs: this.#connectTimeoutMs,
      logger: options.logger ?? SILENT_LOGGER,
    });
    this.admin = new Admin({ ...shared, cluster: this.#cluster });
  }

  /** Until a broker has answered. Nobody needs to call it; it tells early that nobody is there. */
  connect(options: CallOptions = {}): Promise<void> {
    return this.#cluster.ready({ timeoutMs: this.#connectTimeoutMs, ...options });
  }

  /** Throws `INVALID_CONFIG` or `INVALID_REQUIRED_ACKS` for options that make no sense. */
  producer(options: ProducerOptions = {}): Producer {
    this.#assertOpen();
    const producer = new Producer(
      this.#parts((child) => this.#children.delete(child)),
      options,
    );
    this.#children.add(producer);
    return producer;
  }

  /** Throws `INVALID_REQUEST` for options that make no sense. */
  consumer(options: ConsumerOptions): Consumer {
    this.#assertOpen();
    const consumer = new Consumer(
      this.#parts((child) => this.#children.delete(child)),
      options,
    );
    this.#children.add(consumer);
    return consumer;
  }

  /** Closes every producer, which delivers what it has, and every consumer, and the connections. */
  close(options: CallOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(options: CallOptions): Promise<void> {
    const outcomes = await Promise.allSettled(
      [...this.#children].map((child) => child.close(options)),
    );
    this.#cluster.close();
    this.#transport.close();
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw outcome.reason;
    }
  }

  #assertOpen(): void {
    if (this.#closing !== null) throw closedError();
  }

  #parts(onClosed: (child: Producer | Consumer) => void): {
    readonly cluster: Cluster;
    readonly transport: Transport;
    readonly clock: Clock;
    readonly random: Random;
    readonly clientId: string;
    readonly rack: string | null;
    readonly onClosed: (child: Producer | Consumer) => void;
  } {
    return {
      cluster: this.#cluster,
      transport: this.#transport,
      clock: this.#clock,
      random: this.#random,
      clientId: this.#clientId,
      rack: this.#rack,
      onClosed,
    };
  }
}

const DEFAULT_BOOTSTRAP = '127.0.0.1:9192';
/** One address of several that does not even refuse must not use up the time for the others. */
const CHANNEL_CONNECT_MS_MAX = 2000;

/** Addresses as `host:port`. Throws `INVALID_CONFIG` for anything else. */
export function parseBootstrap(bootstrap: string | readonly string[]): string[] {
  const list = typeof bootstrap === 'string' ? bootstrap.split(',') : bootstrap;
  const addresses = list.map((address) => address.trim()).filter((address) => address !== '');
  if (addresses.length === 0) {
    throw new OdradekError('INVALID_CONFIG', 'bootstrap names no broker');
  }
  for (const address of addresses) {
    const port = Number(/^(?:\[[^\]]+\]|[^:[\]]+):(\d{1,5})$/.exec(address)?.[1]);
    if (!(port >= 1 && port <= 65_535)) {
      throw new OdradekError('INVALID_CONFIG', `"${address}" is no address; write host:port`);
    }
  }
  return [...new Set(addresses)];
}
