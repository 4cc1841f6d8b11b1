import type { Client, DeliveryReport } from '../src/client/index.ts';
import { finalReads } from '../src/testing/judge/final-read.ts';
import type { FinalRead, Send } from '../src/testing/judge/history.ts';
import { HistoryJudge } from '../src/testing/judge/judge.ts';
import { describeVerdict } from '../src/testing/judge/verdict.ts';
import { numberOf } from './payload.ts';

/**
 * What producers did to a topic that nobody else writes to: they sent the numbers from 0 on, dealt to
 * them in turn.
 */
export interface Produced {
  readonly topic: string;
  readonly partitions: number;
  readonly messages: number;
  /** How many they were: 1. */
  readonly producers?: number;
  /** At 0 nobody was told of offsets: that each number is there once, in order, is all to be asked. */
  readonly acks: 'all' | 1 | 0;
  /** One for each batch, in the order in which they were acknowledged. */
  readonly deliveries: readonly Pick<
    DeliveryReport,
    'topic' | 'partition' | 'baseOffset' | 'count'
  >[];
}

/**
 * Reads everything back and has it judged: every number is there once, where it was acknowledged, in
 * order within its partition, and nothing else is. Throws what is wrong. Nothing failed meanwhile, so
 * copies and losses are held against the log at any acks.
 */
export async function verifyProduced(client: Client, produced: Produced): Promise<void> {
  if (produced.acks === 0) return verifyUnacknowledged(client, produced);
  const { topic, partitions, messages, acks } = produced;
  const judge = new HistoryJudge({ idempotent: true, heldAcks: [acks] });
  const assignment = new Assignment(produced);
  for await (const read of finalReads(client, topic, READING)) {
    judge.add(read);
    assignment.note(read);
  }
  for (const send of assignment.sends()) judge.add(send);
  const verdict = judge.verdict();
  const { sends, finalRecords } = verdict.counts;
  const isComplete = sends.ok === messages && finalRecords === messages;
  if (isComplete && verdict.anomalies.length === 0) return;
  throw new Error(
    `${topic}: ${finalRecords} of ${messages} messages were read back from ${partitions} partitions\n` +
      describeVerdict(verdict),
  );
}

/** What has left a producer may still be on its way: looked at again until all of it is there. */
async function verifyUnacknowledged(client: Client, produced: Produced): Promise<void> {
  const { topic, messages, producers = 1 } = produced;
  const deadline = performance.now() + ARRIVAL_MS_MAX;
  for (;;) {
    const isThere = new Uint8Array(messages);
    let count = 0;
    const lastOf = new Map<string, number>();
    for await (const { partition, records } of finalReads(client, topic, READING)) {
      for (const { offset, value } of records) {
        const number = Number(value);
        const where = `${topic}: ${partition} has ${value} at offset ${offset}`;
        if (number >= messages) throw new Error(`${where}, which nobody sent`);
        if (isThere[number] === 1) throw new Error(`${where}, which is there before`);
        const sender = `${partition} ${number % producers}`;
        const last = lastOf.get(sender) ?? -1;
        if (number < last) throw new Error(`${where}, behind ${last} of the same producer`);
        lastOf.set(sender, number);
        isThere[number] = 1;
        count += 1;
      }
    }
    if (count === messages) return;
    if (performance.now() > deadline) {
      throw new Error(`${topic}: ${count} of ${messages} messages were read back`);
    }
    await new Promise((resolve) => setTimeout(resolve, ARRIVAL_POLL_MS));
  }
}

function textOf(value: Uint8Array | null): string {
  return String(numberOf(value ?? NO_NUMBER));
}

/**
 * Which number was acknowledged where. The producer was told of offsets by the batch, and it chose the
 * partitions; so a number belongs where it was read, if that offset was acknowledged, and the numbers
 * that are left belong to the acknowledged offsets that are left, in their order.
 */
class Assignment {
  readonly #produced: Produced;
  /** By partition and offset: the number, or one of the two below. */
  readonly #numbers: Map<string, Int32Array> = new Map();
  readonly #isPlaced: Uint8Array;

  constructor(produced: Produced) {
    this.#produced = produced;
    this.#isPlaced = new Uint8Array(produced.messages);
    const ends = new Map<string, number>();
    for (const delivery of produced.deliveries) {
      const end = (delivery.baseOffset ?? 0) + delivery.count;
      ends.set(nameOf(delivery), Math.max(end, ends.get(nameOf(delivery)) ?? 0));
    }
    for (const [name, end] of ends) {
      this.#numbers.set(name, new Int32Array(end).fill(NOT_ACKNOWLEDGED));
    }
    for (const delivery of produced.deliveries) {
      const start = delivery.baseOffset ?? 0;
      this.#numbers.get(nameOf(delivery))?.fill(NOT_READ, start, start + delivery.count);
    }
  }

  note({ partition, records }: FinalRead): void {
    const numbers = this.#numbers.get(partition);
    if (numbers === undefined) return;
    for (const { offset, value } of records) {
      const number = Number(value);
      if (numbers[offset] !== NOT_READ || this.#isPlaced[number] !== 0) continue;
      numbers[offset] = number;
      this.#isPlaced[number] = 1;
    }
  }

  *sends(): Generator<Send, void> {
    const { acks, producers = 1 } = this.#produced;
    let unplaced = 0;
    for (const [partition, numbers] of this.#numbers) {
      for (let offset = 0; offset < numbers.length; offset++) {
        let number = numbers[offset] ?? NOT_ACKNOWLEDGED;
        if (number === NOT_ACKNOWLEDGED) continue;
        if (number === NOT_READ) {
          while (this.#isPlaced[unplaced] === 1) unplaced += 1;
          number = unplaced;
          unplaced += 1;
        }
        yield {
          kind: 'send',
          client: producers === 1 ? 'bench' : `bench-${number % producers}`,
          partition,
          value: String(number),
          acks,
          outcome: 'ok',
          offset,
          code: null,
          sentAt: number,
          answeredAt: null,
        };
      }
    }
  }
}

/** A topic may have ten thousand partitions, and each leader is asked for each of them. */
const READING = { textOf, requestTimeoutMs: 300_000 };
const NOT_ACKNOWLEDGED = -2;
const NOT_READ = -1;
const ARRIVAL_MS_MAX = 30_000;
const ARRIVAL_POLL_MS = 200;
/** Of no message: the benchmark sends fewer. */
const NO_NUMBER = Uint8Array.of(0xff, 0xff, 0xff, 0xff);

function nameOf({ topic, partition }: Pick<DeliveryReport, 'topic' | 'partition'>): string {
  return `${topic}-${partition}`;
}
