import type { ConsumerBatch } from '../../client/index.ts';
import { OdradekError } from '../../base/errors.ts';
import type { HistoryEvent, PartitionName, Send } from './history.ts';
import type { Attempts } from './outcome.ts';
import { outcomeOfError } from './outcome.ts';

export interface RecorderOptions {
  /** Milliseconds of any clock that does not go back; only the order within one client counts. */
  readonly now: () => number;
  /** Where events go, as they happen; they are kept in `events` unless it is given. */
  readonly sink?: (event: HistoryEvent) => void;
  /** Whether a send is told of as it starts, too: for processes that may be killed. */
  readonly noteStarts?: boolean;
  /** `any`, unless given, as the SDK's producer does it. */
  readonly attempts?: Attempts;
  /** How the value of a record is written in the history: as UTF-8 text, unless given. */
  readonly textOf?: (value: Uint8Array | null) => string;
}

/** A send, as it is given to its client. */
export type SendStart = Pick<Send, 'client' | 'partition' | 'value' | 'acks'>;

/** Whatever tells where a record was written: what the SDK's `send` resolves with. */
export interface Written {
  readonly offset: number | null;
}

/**
 * Writes down what clients do and are told, for the judge. One for each process, made and used by
 * whoever drives the clients; it does nothing by itself.
 *
 * ```ts
 * const recorder = new HistoryRecorder({ now: () => performance.now() });
 * await recorder.send({ client: 'p1', partition: 'orders-0', value, acks: 'all' }, () =>
 *   producer.send('orders', { partition: 0, value }),
 * );
 * for await (const batch of consumer.batches()) recorder.poll('c1', batch);
 * recorder.finish();
 * const verdict = judge(recorder.events, { idempotent: false });
 * ```
 */
export class HistoryRecorder {
  /** What has been recorded, unless there is a sink. */
  readonly events: HistoryEvent[] = [];
  readonly #now: () => number;
  readonly #sink: (event: HistoryEvent) => void;
  readonly #noteStarts: boolean;
  readonly #attempts: Attempts;
  readonly #textOf: (value: Uint8Array | null) => string;
  /** Sends without an outcome, in the order in which they were given. */
  readonly #open: Set<OpenSend> = new Set();
  readonly #lastSentAt: Map<string, number> = new Map();
  /** Of each client and partition; 0 before the first is begun. */
  readonly #sessions: Map<string, number> = new Map();

  constructor(options: RecorderOptions) {
    this.#now = options.now;
    this.#sink = options.sink ?? ((event) => this.events.push(event));
    this.#noteStarts = options.noteStarts ?? false;
    this.#attempts = options.attempts ?? 'any';
    const decoder = new TextDecoder();
    this.#textOf = options.textOf ?? ((value) => decoder.decode(value ?? new Uint8Array(0)));
  }

  /** Takes any event as it is: a truncation, a final read, or what another recorder has written. */
  add(event: HistoryEvent): void {
    this.#sink(event);
  }

  /** A send begins. Its outcome is noted by the returned `settle`. */
  startSend(start: SendStart): OpenSend {
    const send = new OpenSend(start, this.#sentAt(start.client), this.#attempts, (outcome) => {
      const event = { ...outcome, answeredAt: this.#now() };
      this.#open.delete(send);
      this.#sink(event);
      return event;
    });
    this.#open.add(send);
    if (this.#noteStarts) this.#sink(send.unanswered());
    return send;
  }

  /** Notes a send from start to outcome, and returns the event. An error of `work` is not thrown. */
  async send(start: SendStart, work: () => Promise<Written>): Promise<Send> {
    const send = this.startSend(start);
    try {
      const { offset } = await work();
      return send.settle(null, offset);
    } catch (error) {
      return send.settle(error, null);
    }
  }

  /** From here on a client reads a partition anew: it was assigned, or it sought another place. */
  beginSession(client: string, partition: PartitionName): void {
    const key = sessionKey(client, partition);
    this.#sessions.set(key, (this.#sessions.get(key) ?? 0) + 1);
  }

  /** What a consumer was given. */
  poll(client: string, batch: ConsumerBatch): void {
    const partition = `${batch.topic}-${batch.partition}`;
    const records: { offset: number; value: string }[] = [];
    batch.forEach(({ offset, value }) => {
      records.push({ offset, value: this.#textOf(value) });
    });
    const session = this.#sessions.get(sessionKey(client, partition)) ?? 0;
    this.#sink({ kind: 'poll', client, partition, session, records, at: this.#now() });
  }

  /** Notes sends that have no outcome as unknown. One that comes later is noted all the same. */
  finish(): void {
    if (this.#noteStarts) return;
    for (const send of this.#open) this.#sink(send.unanswered());
  }

  /** Always later than the last of this client, so that a judge sees in which order sends were given. */
  #sentAt(client: string): number {
    const last = this.#lastSentAt.get(client) ?? -Infinity;
    const at = Math.max(this.#now(), last + LATER_MS);
    this.#lastSentAt.set(client, at);
    return at;
  }
}

/** A send whose outcome is not known yet. */
export class OpenSend {
  readonly #start: SendStart;
  readonly #sentAt: number;
  readonly #attempts: Attempts;
  readonly #onSettled: (outcome: Send) => Send;

  constructor(
    start: SendStart,
    sentAt: number,
    attempts: Attempts,
    onSettled: (outcome: Send) => Send,
  ) {
    this.#start = start;
    this.#sentAt = sentAt;
    this.#attempts = attempts;
    this.#onSettled = onSettled;
  }

  /**
   * Notes the outcome: an error, or the offset (null at acks 0, where nobody says whether it was
   * written). Has the shape of the SDK's callback for `post`. To be called once.
   */
  readonly settle = (error: unknown, offset: number | null): Send => {
    return this.#onSettled(this.#outcome(error, offset));
  };

  /** What is known of it now. */
  unanswered(): Send {
    return {
      kind: 'send',
      ...this.#start,
      outcome: 'unknown',
      offset: null,
      code: null,
      sentAt: this.#sentAt,
      answeredAt: null,
    };
  }

  #outcome(error: unknown, offset: number | null): Send {
    const unanswered = this.unanswered();
    if (error !== null) {
      const code = error instanceof OdradekError ? error.code : String(error);
      return { ...unanswered, outcome: outcomeOfError(error, this.#attempts), code };
    }
    return offset === null ? unanswered : { ...unanswered, outcome: 'ok', offset };
  }
}

/** Far below what clocks tell apart, far above what is lost in a double of today's milliseconds. */
const LATER_MS = 0.001;

function sessionKey(client: string, partition: PartitionName): string {
  return `${client}\n${partition}`;
}
