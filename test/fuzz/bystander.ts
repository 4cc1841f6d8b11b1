/**
 * A producer and a consumer that have nothing to do with the inputs. Whatever those are, every record
 * that was acknowledged arrives, in its order.
 */
import type { Client, Consumer } from '../../src/client/index.ts';
import { FuzzFailure } from './surface.ts';

const PAUSE_MS = 50;
const LAST_RECORDS_MS = 15_000;

export class Bystander {
  static readonly topic = 'bystander-of-the-fuzzer';
  readonly #client: Client;
  readonly #consumer: Consumer;
  readonly #writing: Promise<void>[];
  readonly #reading: Promise<void>;
  /** By partition. */
  readonly #written: string[][];
  readonly #read: string[][];
  #stopped = false;

  /** The topic is there, with this many partitions. */
  constructor(client: Client, partitions: number) {
    this.#client = client;
    this.#written = Array.from({ length: partitions }, () => []);
    this.#read = Array.from({ length: partitions }, () => []);
    this.#consumer = client.consumer({ assign: [{ topic: Bystander.topic, from: 'start' }] });
    this.#writing = this.#written.map((written, partition) => this.#writeOn(partition, written));
    this.#reading = this.#readOn();
    // Whoever calls `stop` is told.
    for (const work of [...this.#writing, this.#reading]) work.catch(() => undefined);
  }

  get acknowledged(): number {
    return this.#written.reduce((sum, written) => sum + written.length, 0);
  }

  /** Ends both; throws what they met, and unless everything arrived. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#writing);
    const giveUpAt = performance.now() + LAST_RECORDS_MS;
    while (!this.#hasAll()) {
      if (performance.now() > giveUpAt) throw new FuzzFailure(this.#difference());
      await Promise.race([this.#reading, new Promise((resolve) => setTimeout(resolve, PAUSE_MS))]);
    }
    await this.#consumer.close();
    await this.#reading;
  }

  async #writeOn(partition: number, written: string[]): Promise<void> {
    const producer = this.#client.producer();
    try {
      while (!this.#stopped) {
        const value = `${partition}: ${written.length}`;
        await producer.send(Bystander.topic, { partition, value });
        written.push(value);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    } finally {
      await producer.close();
    }
  }

  async #readOn(): Promise<void> {
    for await (const { partition, value } of this.#consumer) {
      this.#read[partition]?.push(new TextDecoder().decode(value ?? new Uint8Array(0)));
    }
  }

  /** A batch whose answer was lost is sent again, and may be there twice: the first time counts. */
  #hasAll(): boolean {
    return this.#written.every((written, partition) => {
      const firsts = [...new Set(this.#read[partition])];
      return firsts.length === written.length && firsts.every((value, at) => value === written[at]);
    });
  }

  #difference(): string {
    const counts = this.#written.map(
      (written, partition) => `${this.#read[partition]?.length ?? 0} of ${written.length}`,
    );
    return `the bystander has read ${counts.join(', ')} records, or not in their order`;
  }
}
