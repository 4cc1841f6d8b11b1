import type { Client, DeliveryReport } from '../src/client/index.ts';
import { finalReads } from '../src/testing/judge/final-read.ts';
import type { FinalRead, Send } from '../src/testing/judge/history.ts';
import { HistoryJudge } from '../src/testing/judge/judge.ts';
import { describeVerdict } from '../src/testing/judge/verdict.ts';
import { numberOf } from './payload.ts';

/** What one producer did: it sent the numbers from 0 on to a topic that nobody else writes to. */
export interface Produced {
  readonly topic: string;
  readonly partitions: number;
  readonly messages: number;
  readonly acks: 'all' | 1;
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
  const { topic, partitions, messages, acks } = produced;
  const judge = new HistoryJudge({ idempotent: true, heldAcks: [acks] });
  const assignment = new Assignment(produced);
  const textOf = (value: Uint8Array | null): string => String(numberOf(value ?? NO_NUMBER));
  for await (const read of finalReads(client, topic, { textOf })) {
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
    const { acks } = this.#produced;
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
          client: 'bench',
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

const NOT_ACKNOWLEDGED = -2;
const NOT_READ = -1;
/** Of no message: the benchmark sends fewer. */
const NO_NUMBER = Uint8Array.of(0xff, 0xff, 0xff, 0xff);

function nameOf({ topic, partition }: Pick<DeliveryReport, 'topic' | 'partition'>): string {
  return `${topic}-${partition}`;
}
