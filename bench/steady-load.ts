import { isOdradekError, type Client, type Producer } from '../src/client/index.ts';
import { finalReads } from '../src/testing/judge/final-read.ts';
import type { Send } from '../src/testing/judge/history.ts';
import { HistoryJudge } from '../src/testing/judge/judge.ts';
import { describeVerdict } from '../src/testing/judge/verdict.ts';
import { numberOf, Payload } from './payload.ts';
import { Silences, type Watch } from './silences.ts';
import { pause, until } from './waiting.ts';

export interface SteadyLoadOptions {
  readonly topic: string;
  /** Messages a second, whether or not anybody keeps up. */
  readonly rate: number;
  readonly size: number;
  /** Of the topic; messages go round: 1. */
  readonly partitions?: number;
  /** The number of the first message, where others were sent before: 0. */
  readonly firstNumber?: number;
}

/**
 * One idempotent producer at acks=all that sends numbered messages to a topic at a fixed rate, while
 * things happen to the brokers; it knows what became of each, and when nothing was acknowledged. Runs
 * from its construction until `stop`; then everything can be read back and judged.
 */
export class SteadyLoad {
  readonly #client: Client;
  readonly #options: Required<SteadyLoadOptions>;
  readonly #producer: Producer;
  readonly #silences: Silences;
  /** By number from the first on: an acknowledged offset, or one of the outcomes below. */
  readonly #outcomes: number[] = [];
  readonly #errors: string[] = [];
  readonly #done: Promise<void>;
  #acknowledged = 0;
  #isStopped = false;
  /** Why nothing is sent any more, if that is nobody's wish. */
  #failure: Error | null = null;

  constructor(client: Client, options: SteadyLoadOptions) {
    this.#client = client;
    this.#options = { partitions: 1, firstNumber: 0, ...options };
    this.#producer = client.producer();
    this.#silences = new Silences(performance.now());
    this.#done = this.#run().catch((error: unknown) => {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    });
  }

  get messages(): number {
    return this.#outcomes.length;
  }

  /** What was said about messages that were not acknowledged. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  /** Watches what the producer sees from now on. */
  watch(): Watch {
    return this.#silences.watch(performance.now(), this.#outcomes.length);
  }

  /** Until so many messages more than now have been acknowledged. */
  async acknowledges(messages: number): Promise<void> {
    const target = this.#acknowledged + messages;
    await until(`${messages} more acknowledgements`, { withinMs: 60_000 }, () => {
      if (this.#failure !== null) throw this.#failure;
      return this.#acknowledged >= target ? true : null;
    });
  }

  /** Sends no more, and resolves once the last message is acknowledged or given up. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#done;
    await this.#producer.close();
    if (this.#failure !== null) throw this.#failure;
  }

  /**
   * Reads the topic, which nobody else wrote to, and has it judged: what was acknowledged is there once, in order and where it was
   * acknowledged; what was refused is not; what is in doubt may be. Throws what is wrong.
   */
  async verify(): Promise<void> {
    const { topic } = this.#options;
    const judge = new HistoryJudge({ idempotent: true });
    for (const [index, outcome] of this.#outcomes.entries()) judge.add(this.#send(index, outcome));
    const textOf = (value: Uint8Array | null): string =>
      value === null ? 'nothing' : String(numberOf(value));
    for await (const read of finalReads(this.#client, topic, { textOf })) judge.add(read);
    const verdict = judge.verdict();
    if (verdict.anomalies.length === 0) return;
    throw new Error(`${topic} is not what was acknowledged\n${describeVerdict(verdict)}`);
  }

  async #run(): Promise<void> {
    const { topic, rate, size, partitions, firstNumber } = this.#options;
    const payload = new Payload(size);
    const startedAt = performance.now();
    while (!this.#isStopped) {
      const due = Math.floor(((performance.now() - startedAt) / 1000) * rate);
      while (this.#outcomes.length < due) {
        const index = this.#outcomes.length;
        const number = firstNumber + index;
        const partition = number % partitions;
        const record = { partition, key: null, value: payload.value(number) };
        const onDelivered = (error: Error | null, offset: number | null): void =>
          this.#settle(index, error, offset);
        while (!this.#producer.post(topic, record, onDelivered)) await this.#producer.ready();
        this.#outcomes.push(IN_DOUBT);
      }
      await pause(1);
    }
  }

  #settle(index: number, error: Error | null, offset: number | null): void {
    if (error !== null || offset === null) {
      const isInDoubt = !isOdradekError(error) || error.indeterminate;
      this.#outcomes[index] = isInDoubt ? IN_DOUBT : REFUSED;
      this.#errors.push(error?.message ?? 'acknowledged without an offset');
      return;
    }
    this.#outcomes[index] = offset;
    this.#acknowledged += 1;
    this.#silences.acknowledged(index, performance.now());
  }

  #send(index: number, outcome: number): Send {
    const { topic, partitions, firstNumber } = this.#options;
    const number = firstNumber + index;
    return {
      kind: 'send',
      client: 'bench',
      partition: `${topic}-${number % partitions}`,
      value: String(number),
      acks: 'all',
      outcome: outcome >= 0 ? 'ok' : outcome === REFUSED ? 'failed' : 'unknown',
      offset: outcome >= 0 ? outcome : null,
      code: null,
      sentAt: number,
      answeredAt: null,
    };
  }
}

/** Not answered, or so that it may have been written. */
const IN_DOUBT = -1;
/** Answered with an error that says that it was not written. */
const REFUSED = -2;
