import { OdradekError, type ErrorCode } from '../../src/base/errors.ts';
import {
  type CallOptions,
  type Client,
  type Consumer,
  type ConsumerBatch,
  type Producer,
  type ProducerOptions,
  type ProducerRecord,
  type RangeDelivery,
  RecordBatchBuilder,
} from '../../src/client/index.ts';
import type { HistoryRecorder, OpenSend } from '../../src/testing/judge/recorder.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import { exponential } from './knobs.ts';
import type { Process } from './scheduler.ts';
import {
  drawConsumer,
  drawProducer,
  newClient,
  newClock,
  type CountingClock,
} from './sdk-parts.ts';
import { Violation } from './violation.ts';
import { TOPIC, type World } from './world.ts';

/** What the clients of the SDK did, all together. */
export interface SdkCounts {
  sent: number;
  delivered: number;
  failed: number;
  read: number;
  seeks: number;
  outOfRange: number;
}

export interface SdkLifeOptions {
  readonly world: World;
  readonly recorder: HistoryRecorder;
  readonly counts: SdkCounts;
  readonly random: SeededRandom;
  /** Of the client, through all of its lives. */
  readonly seat: string;
  /** From 1. */
  readonly number: number;
}

/**
 * One life of one process that uses the SDK as an application would: a producer that writes in every
 * way there is, and a consumer that reads everything from the start, at times with a break, or from
 * an earlier place once more. Writes down what it sends, is told and is given.
 */
export class SdkLife {
  readonly name: string;
  readonly process: Process;
  loading = true;
  /** Sends without an outcome. */
  waiting = 0;
  closing = false;
  closed = false;
  readonly #options: SdkLifeOptions;
  readonly #random: SeededRandom;
  readonly #clock: CountingClock;
  readonly #client: Client;
  readonly #producer: Producer;
  readonly #producerOptions: ProducerOptions;
  readonly #consumer: Consumer;
  #values = 0;
  /** A long log is not read over and over. */
  #seeksLeft = 8;
  /** Batches that it looks at with half an eye. */
  #restless = 0;

  constructor(options: SdkLifeOptions) {
    const { world, random, seat, number } = options;
    this.#options = options;
    this.#random = random;
    this.name = `${seat}/${number}`;
    this.process = world.scheduler.startProcess(this.name);
    world.network.lives(seat, this.process);
    this.#clock = newClock(world, this.process, random);
    this.#client = newClient(world, seat, this.process, this.#clock, random);
    this.#producerOptions = drawProducer(random);
    const consumer = drawConsumer(random);
    world.note(this.name, 'begins', { producer: this.#producerOptions, consumer });
    this.#producer = this.#client.producer(this.#producerOptions);
    this.#consumer = this.#client.consumer(consumer);
  }

  start(): void {
    this.#later(0, () => this.#produceOn());
    this.#later(0, () => this.#settles(this.#consumeOn()));
  }

  /** Sends one record at all costs, however often it takes; `done` when it is delivered. */
  probe(partition: number, done: () => void): void {
    this.#later(1, () => {
      this.#send(partition, {}, (delivered) => {
        if (delivered) done();
        else this.probe(partition, done);
      });
    });
  }

  close(): void {
    this.closing = true;
    this.#later(0, () => {
      this.#options.world.note(this.name, 'closes');
      this.#settles(
        this.#client.close().then(
          () => this.#hasClosed(null),
          (error: unknown) => this.#hasClosed(error),
        ),
      );
    });
  }

  /** Timers that would keep a process alive. */
  get pendingTimers(): number {
    return this.#clock.pending;
  }

  /** Whether everything that is committed has been handed to the application. */
  get caughtUp(): boolean {
    const { world } = this.#options;
    const positions = this.#consumer.positions();
    return world.keys.every((key, partition) => {
      const known = positions.find((position) => position.partition === partition);
      const end = world.ghosts.get(key)?.trueHighWatermark ?? 0;
      return (known?.position ?? -1) >= end;
    });
  }

  describe(): string {
    const positions = this.#consumer
      .positions()
      .map(({ partition, position, highWatermark, paused }) => {
        return `${partition}: ${position} of ${highWatermark}${paused ? ' paused' : ''}`;
      });
    return `${this.name}: ${this.waiting} sends wait, ${this.#producer.bufferedBytes} bytes; ${positions.join(', ')}`;
  }

  #hasClosed(error: unknown): void {
    this.#options.world.note(this.name, 'has closed', { error });
    // What could not be delivered is told to its senders, and once more here.
    if (error !== null) this.#expect(error, CLOSE_CODES, 'close');
    this.closed = true;
  }

  // --- Writing. ---

  #produceOn(): void {
    if (!this.loading || this.closing) return;
    const { world, counts } = this.#options;
    if (this.waiting < SENDS_WAITING_MAX) this.#produce();
    const isEnough = counts.sent >= SENDS_ENOUGH;
    const mean = isEnough ? SLOW_THINK_MS : Math.max(world.knobs.thinkMs, THINK_MS_MIN);
    this.#later(exponential(this.#random, mean), () => this.#produceOn());
  }

  #produce(): void {
    const partition = this.#partition();
    const limits: CallOptions = this.#random.below(10) === 0 ? { timeoutMs: 50 } : {};
    switch (this.#random.below(20)) {
      case 0:
        return this.#flush();
      case 1:
      case 2:
        return this.#sendEncoded(partition, limits);
      case 3:
      case 4:
      case 5:
      case 6:
        return this.#post(partition);
      case 7:
      case 8:
      case 9:
      case 10:
        return this.#sendBatch(limits);
      default:
        return this.#send(partition, limits, () => {});
    }
  }

  #send(partition: number, limits: CallOptions, settled: (delivered: boolean) => void): void {
    const { open, record } = this.#begin(partition);
    const sent = this.#producer.send(TOPIC, record, limits).then(
      ({ offset }) => {
        this.#settle(open, null, offset);
        settled(true);
      },
      (error: unknown) => {
        this.#settle(open, error, null);
        settled(false);
      },
    );
    this.#settles(sent);
  }

  #post(partition: number): void {
    const { open, record } = this.#begin(partition);
    const taken = this.#producer.post(TOPIC, record, (error, offset) =>
      this.#settle(open, error, offset),
    );
    // It must not be there, then.
    if (!taken) this.#settle(open, new OdradekError('BUFFER_EXHAUSTED', 'not taken'), null);
  }

  #sendBatch(limits: CallOptions): void {
    const count = 1 + this.#random.below(this.#options.world.knobs.recordsMax);
    const begun = Array.from({ length: count }, () => this.#begin(this.#partition()));
    const records = begun.map(({ record }) => record);
    const sent = this.#producer.sendBatch(TOPIC, records, limits).then(
      (ranges) => {
        const offsets = offsetsOf(ranges);
        for (const { open, record } of begun) {
          const left = offsets.get(record.partition ?? 0) ?? [];
          const offset = left.shift();
          if (offset === undefined) throw new Violation('sdk', `${this.name}: a range is missing`);
          this.#settle(open, null, offset);
        }
      },
      (error: unknown) => {
        // One error for all of them: which were written, it does not say.
        this.#expect(error, SEND_CODES, 'sendBatch');
        const code = error instanceof OdradekError ? error.code : String(error);
        for (const { open } of begun) this.#settle(open, new Error(code), null);
      },
    );
    this.#settles(sent);
  }

  #sendEncoded(partition: number, limits: CallOptions): void {
    const builder = new RecordBatchBuilder({ bytesMax: ENCODED_BYTES_MAX });
    const opened: OpenSend[] = [];
    for (let left = 1 + this.#random.below(3); left > 0; left--) {
      const { open, record } = this.#begin(partition);
      opened.push(open);
      const value = String(record.value);
      builder.append({ key: null, value, timestamp: this.#clock.timestamp() });
    }
    const sent = this.#producer.sendEncoded(TOPIC, partition, builder.build(), limits).then(
      ({ baseOffset }) => {
        for (const [index, open] of opened.entries()) {
          this.#settle(open, null, baseOffset === null ? null : baseOffset + index);
        }
      },
      (error: unknown) => {
        for (const open of opened) this.#settle(open, error, null);
      },
    );
    this.#settles(sent);
  }

  /** Everything that was given before has its outcome then, and every failure was told to its sender. */
  #flush(): void {
    this.waiting += 1;
    const flushed = this.#producer.flush().then(() => {
      this.waiting -= 1;
    });
    this.#settles(flushed);
  }

  #begin(partition: number): { open: OpenSend; record: ProducerRecord } {
    const { recorder, counts, world } = this.#options;
    this.#values += 1;
    const filling = 'x'.repeat(this.#random.below(world.knobs.recordBytes));
    const value = `${this.name}.${this.#values}:${filling}`;
    const acks = this.#producerOptions.acks ?? 'all';
    counts.sent += 1;
    this.waiting += 1;
    const open = recorder.startSend({
      client: this.name,
      partition: `${TOPIC}-${partition}`,
      value,
      acks,
    });
    return { open, record: { partition, value } };
  }

  #settle(open: OpenSend, error: unknown, offset: number | null): void {
    const { counts, world } = this.#options;
    this.waiting -= 1;
    const { partition, value, outcome, code } = open.settle(error, offset);
    if (error === null) counts.delivered += 1;
    else counts.failed += 1;
    world.scheduler.mix(error === null ? (offset ?? -1) : 0x5eed);
    world.note(this.name, 'is told', {
      partition,
      value: value.slice(0, value.indexOf(':')),
      outcome,
      offset,
      code,
    });
    if (error instanceof OdradekError) this.#expect(error, SEND_CODES, 'send');
  }

  // --- Reading. ---

  async #consumeOn(): Promise<void> {
    while (!this.closing) {
      try {
        for await (const batch of this.#consumer.batches()) {
          this.#read(batch);
          await this.#dawdle(batch);
        }
      } catch (error) {
        if (this.closing) return;
        await this.#afterError(error);
      }
    }
  }

  #read(batch: ConsumerBatch): void {
    const { recorder, counts, world } = this.#options;
    const { partition, baseOffset, lastOffset } = batch;
    recorder.poll(this.name, batch);
    counts.read += batch.count;
    world.scheduler.mix(lastOffset);
    world.note(this.name, 'reads', { partition, baseOffset, lastOffset });
  }

  /** An application that has something else to do, or wants to see something again. */
  async #dawdle({ partition, baseOffset }: ConsumerBatch): Promise<void> {
    // Somebody waits for everything to be read.
    if (!this.loading) return;
    // Who has turned back once is restless: it turns again while what it wanted is under way.
    const isRestless = this.#restless > 0;
    if (isRestless) this.#restless -= 1;
    switch (this.#random.below(isRestless ? 12 : 100)) {
      case 0: {
        if (this.#seeksLeft === 0) return;
        this.#seeksLeft -= 1;
        this.#restless = 10;
        const to = this.#random.below(2) === 0 ? 'start' : this.#random.below(baseOffset + 1);
        // Where retention deletes, an earlier offset may be gone; the start never is.
        return this.#seek(partition, this.#hasRetention ? 'start' : to);
      }
      case 1: {
        this.#consumer.pause([{ topic: TOPIC, partition }]);
        this.#later(exponential(this.#random, 50), () =>
          this.#consumer.resume([{ topic: TOPIC, partition }]),
        );
        return;
      }
      case 2:
      case 3:
      case 4:
        return this.#sleep(exponential(this.#random, 20));
      default:
    }
  }

  async #afterError(error: unknown): Promise<void> {
    const { counts, world } = this.#options;
    world.note(this.name, 'cannot read', { error });
    if (error instanceof OdradekError && error.code === 'OFFSET_OUT_OF_RANGE') {
      if (!this.#hasRetention || error.partition === undefined) {
        throw new Violation('sdk', `${this.name} is out of range: ${error.message}`);
      }
      counts.outOfRange += 1;
      return this.#seek(error.partition, 'start');
    }
    this.#expect(error, READ_CODES, 'batches');
    await this.#sleep(20);
  }

  async #seek(partition: number, to: number | 'start'): Promise<void> {
    const { recorder, counts, world } = this.#options;
    world.note(this.name, 'seeks', { partition, to });
    await this.#consumer.seek(TOPIC, partition, to);
    counts.seeks += 1;
    recorder.beginSession(this.name, `${TOPIC}-${partition}`);
  }

  // --- Inside. ---

  get #hasRetention(): boolean {
    return this.#options.world.knobs.topicSettings['retention.bytes'] !== '-1';
  }

  #partition(): number {
    return this.#random.below(this.#options.world.knobs.partitions);
  }

  #later(delayMs: number, work: () => void): void {
    this.#options.world.scheduler.schedule(delayMs, this.process, 'client', work);
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.#later(milliseconds, resolve));
  }

  /** An error that this call is known to meet; anything else is a find. */
  #expect(error: unknown, codes: ReadonlySet<ErrorCode>, call: string): void {
    if (error instanceof OdradekError && codes.has(error.code)) return;
    const why =
      error instanceof OdradekError
        ? `${error.code}: ${error.message}`
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error);
    this.#fail(new Violation('sdk', `${this.name}: ${call} has failed with ${why}`));
  }

  /** Nobody hears what is thrown within a promise, but the world shall. */
  #settles(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (error instanceof Violation) return this.#fail(error);
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#fail(new Violation('crash', `${this.name}: ${why}`));
    });
  }

  #fail(violation: Violation): void {
    this.#options.world.scheduler.onError(violation, this.process);
  }
}

/** By partition, in the order in which its records were given. */
function offsetsOf(ranges: readonly RangeDelivery[]): Map<number, (number | null)[]> {
  const offsets = new Map<number, (number | null)[]>();
  for (const { partition, baseOffset, count } of ranges) {
    const known = offsets.get(partition) ?? [];
    offsets.set(partition, known);
    for (let index = 0; index < count; index++) {
      known.push(baseOffset === null ? null : baseOffset + index);
    }
  }
  return offsets;
}

const SEND_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'BUFFER_EXHAUSTED',
  'CLIENT_CLOSED',
  'DELIVERY_TIMED_OUT',
  'NETWORK_EXCEPTION',
  'REQUEST_TIMED_OUT',
  'UNKNOWN_TOPIC_OR_PARTITION',
]);
const READ_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NETWORK_EXCEPTION',
  'REQUEST_TIMED_OUT',
  'UNKNOWN_TOPIC_OR_PARTITION',
]);
const CLOSE_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['REQUEST_TIMED_OUT']);

/** Below the topic's `max.message.bytes`. */
const ENCODED_BYTES_MAX = 1_900;
const SENDS_WAITING_MAX = 20;
const SENDS_ENOUGH = 400;
const THINK_MS_MIN = 4;
const SLOW_THINK_MS = 500;
