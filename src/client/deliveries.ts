import type { OdradekError } from '../base/errors.ts';
import type { Batch, Delivery } from './batches.ts';

/** What became of one record. */
export interface RecordDelivery {
  readonly topic: string;
  readonly partition: number;
  /** Null with acks 0, which asks for no answer. */
  readonly offset: number | null;
  /** Milliseconds since 1970, as the record carries it. */
  readonly timestamp: number;
}

/** What became of several records that lie one behind the other. */
export interface RangeDelivery {
  readonly topic: string;
  readonly partition: number;
  /** Of the first of them; null with acks 0. */
  readonly baseOffset: number | null;
  readonly count: number;
}

/** Who is told what became of records. */
export interface Receiver {
  delivered(batch: Batch<Receiver>, delivery: Delivery<Receiver>, baseOffset: number | null): void;
  failed(batch: Batch<Receiver>, delivery: Delivery<Receiver>, error: OdradekError): void;
}

/** `send`: a promise for one record. */
export class SendReceiver implements Receiver {
  readonly #resolve: (delivery: RecordDelivery) => void;
  readonly #reject: (error: OdradekError) => void;
  timestamp = 0;

  constructor(resolve: (delivery: RecordDelivery) => void, reject: (error: OdradekError) => void) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  delivered(batch: Batch<Receiver>, delivery: Delivery<Receiver>, baseOffset: number | null): void {
    const { topic, partition } = batch.queue;
    const offset = baseOffset === null ? null : baseOffset + delivery.firstIndex;
    this.#resolve({ topic, partition, offset, timestamp: this.timestamp });
  }

  failed(_batch: Batch<Receiver>, _delivery: Delivery<Receiver>, error: OdradekError): void {
    this.#reject(error);
  }
}

/** `sendBatch`: a promise for many records, settled with the last of them. */
export class BatchReceiver implements Receiver {
  readonly #resolve: (deliveries: RangeDelivery[]) => void;
  readonly #reject: (error: OdradekError) => void;
  readonly #deliveries: RangeDelivery[] = [];
  #error: OdradekError | null = null;
  #expected = 0;
  #settled = 0;
  #complete = false;

  constructor(
    resolve: (deliveries: RangeDelivery[]) => void,
    reject: (error: OdradekError) => void,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** One more record has been taken. */
  taken(): void {
    this.#expected++;
  }

  /** No more records follow; `error` is why, if not all were taken. */
  end(error: OdradekError | null = null): void {
    this.#complete = true;
    this.#error ??= error;
    this.#finish();
  }

  delivered(batch: Batch<Receiver>, delivery: Delivery<Receiver>, baseOffset: number | null): void {
    const { topic, partition } = batch.queue;
    this.#deliveries.push({
      topic,
      partition,
      baseOffset: baseOffset === null ? null : baseOffset + delivery.firstIndex,
      count: delivery.count,
    });
    this.#settled += delivery.count;
    this.#finish();
  }

  failed(_batch: Batch<Receiver>, delivery: Delivery<Receiver>, error: OdradekError): void {
    this.#error ??= error;
    this.#settled += delivery.count;
    this.#finish();
  }

  #finish(): void {
    if (!this.#complete || this.#settled < this.#expected) return;
    if (this.#error === null) this.#resolve(this.#deliveries);
    else this.#reject(this.#error);
  }
}

/** `post`: a callback for one record. */
export type DeliveryCallback = (error: OdradekError | null, offset: number | null) => void;

export class CallbackReceiver implements Receiver {
  readonly #callback: DeliveryCallback;

  constructor(callback: DeliveryCallback) {
    this.#callback = callback;
  }

  delivered(
    _batch: Batch<Receiver>,
    delivery: Delivery<Receiver>,
    baseOffset: number | null,
  ): void {
    const offset = baseOffset === null ? null : baseOffset + delivery.firstIndex;
    callSafely(() => this.#callback(null, offset));
  }

  failed(_batch: Batch<Receiver>, _delivery: Delivery<Receiver>, error: OdradekError): void {
    callSafely(() => this.#callback(error, null));
  }
}

/** What a callback of the application throws is the application's to see, and must not stop others. */
export function callSafely(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
