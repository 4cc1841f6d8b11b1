/** Producers of the SDK that write values of their own into every partition, steadily. */
import {
  Client,
  isOdradekError,
  type Producer,
  type ProducerOptions,
} from '../../src/client/index.ts';
import type { Send } from '../../src/testing/judge/history.ts';
import type { HistoryRecorder } from '../../src/testing/judge/recorder.ts';

/** They differ in what users differ in: how long they try, how they gather, what they compress. */
const STYLES: readonly ProducerOptions[] = [
  { deliveryTimeoutMs: 3_000 },
  { deliveryTimeoutMs: 15_000, lingerMs: 5, compression: 'gzip' },
  { deliveryTimeoutMs: 60_000, lingerMs: 1, requestTimeoutMs: 5_000 },
  { deliveryTimeoutMs: 60_000 },
];

/** Unanswered records of one writer in one partition; then it waits, so that no backlog builds up. */
const WINDOW = 50;
const TICK_MS = 10;
/** A run that is good has waited for every answer before. */
const CLOSE_MS_MAX = 1_000;

export interface WritersOptions {
  readonly bootstrap: readonly string[];
  readonly topic: string;
  readonly partitions: number;
  readonly acks: 'all' | 1;
  readonly writers: number;
  /** All writers together. */
  readonly recordsPerSecond: number;
  readonly recorder: HistoryRecorder;
  readonly acknowledged: (partition: string) => void;
  readonly notAcknowledged: (send: Send) => void;
}

/** Made and started by the load; ends with `stop`. */
export class Writers {
  readonly #writers: readonly Writer[];
  readonly #timer: NodeJS.Timeout;

  constructor(options: WritersOptions) {
    this.#writers = Array.from(
      { length: options.writers },
      (_, index) => new Writer(`writer-${index + 1}`, STYLES[index % STYLES.length] ?? {}, options),
    );
    const startedAt = performance.now();
    this.#timer = setInterval(() => {
      const elapsedMs = performance.now() - startedAt;
      for (const writer of this.#writers) writer.tick(elapsedMs);
    }, TICK_MS);
  }

  get unanswered(): number {
    return this.#writers.reduce((sum, writer) => sum + writer.unanswered, 0);
  }

  /** No more is sent; what was sent may still be answered. */
  pause(): void {
    clearInterval(this.#timer);
  }

  async stop(): Promise<void> {
    this.pause();
    await Promise.all(this.#writers.map((writer) => writer.stop()));
  }
}

class Writer {
  readonly #name: string;
  readonly #options: WritersOptions;
  readonly #client: Client;
  readonly #producer: Producer;
  /** By partition. */
  readonly #unanswered: number[];
  readonly #sent: number[];

  constructor(name: string, style: ProducerOptions, options: WritersOptions) {
    this.#name = name;
    this.#options = options;
    this.#client = new Client({ bootstrap: options.bootstrap, clientId: name });
    this.#producer = this.#client.producer({ ...style, acks: options.acks });
    this.#unanswered = new Array<number>(options.partitions).fill(0);
    this.#sent = new Array<number>(options.partitions).fill(0);
  }

  get unanswered(): number {
    return this.#unanswered.reduce((sum, each) => sum + each, 0);
  }

  /** Sends what is due: each partition gets its share, however the others are. */
  tick(elapsedMs: number): void {
    const { recordsPerSecond, writers, partitions } = this.#options;
    const due = Math.floor((elapsedMs * recordsPerSecond) / 1_000 / writers / partitions);
    for (let partition = 0; partition < partitions; partition += 1) {
      // What could not be sent in time is not made up for: a burst would follow every outage.
      let left = Math.min(due - (this.#sent[partition] ?? 0), WINDOW);
      for (; left > 0 && (this.#unanswered[partition] ?? 0) < WINDOW; left -= 1) {
        void this.#send(partition, due - left);
      }
      this.#sent[partition] = due;
    }
  }

  async stop(): Promise<void> {
    try {
      await this.#client.close({ timeoutMs: CLOSE_MS_MAX });
    } catch (error) {
      // Of sends that were not answered in time, and that have been told so themselves.
      if (!isOdradekError(error)) throw error;
    }
  }

  async #send(partition: number, number: number): Promise<void> {
    const { topic, acks, recorder } = this.#options;
    const name = `${topic}-${partition}`;
    const value = `${this.#name}/${number}`;
    // The key makes records of different sizes.
    const key = 'k'.repeat(1 + ((number * 37) % 300));
    const count = (by: number): void => {
      this.#unanswered[partition] = (this.#unanswered[partition] ?? 0) + by;
    };
    count(+1);
    const sent = await recorder.send({ client: this.#name, partition: name, value, acks }, () =>
      this.#producer.send(topic, { key, value, partition }),
    );
    count(-1);
    if (sent.outcome === 'ok') this.#options.acknowledged(name);
    else this.#options.notAcknowledged(sent);
  }
}
