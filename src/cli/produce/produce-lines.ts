import { addAbortSignal, type Readable } from 'node:stream';
import { OdradekError } from '../../base/errors.ts';
import type { DeliveryReport, Producer } from '../../client/index.ts';
import { CommandError } from '../command-error.ts';
import { LineSplitter } from './line-splitter.ts';
import type { LineParser } from './line-parser.ts';

/** What has become of the records so far. */
export class Tally {
  read = 0;
  readBytes = 0;
  acknowledged = 0;
  acknowledgedBytes = 0;
  failed = 0;
  /** Why the first of them failed. */
  error: OdradekError | null = null;
  /** Told of the first failure. */
  readonly #onFailure: () => void;

  constructor(onFailure: () => void) {
    this.#onFailure = onFailure;
  }

  onDelivery({ count, bytes, error }: DeliveryReport): void {
    if (error === null) {
      this.acknowledged += count;
      this.acknowledgedBytes += bytes;
      return;
    }
    this.failed += count;
    if (this.error !== null) return;
    this.error = error;
    this.#onFailure();
  }
}

/**
 * Gives every line to the producer as a record, as fast as it takes them, until the input ends or
 * `stop` aborts; resolves when all have been given, which is before they are delivered. Throws for a
 * line that cannot be a record; those before it have been given.
 */
export async function produceLines(options: {
  readonly producer: Producer;
  readonly topic: string;
  readonly input: Readable;
  readonly parse: LineParser;
  readonly tally: Tally;
  readonly stop: AbortSignal;
}): Promise<void> {
  const { producer, topic, input, parse, tally, stop } = options;
  const splitter = new LineSplitter();
  /** Null if it was taken at once, as nearly all are: a promise for each line would cost more. */
  const give = (line: Buffer): Promise<void> | null => {
    const number = tally.read + 1;
    const record = parse(line, number);
    tally.read = number;
    if (postLine(producer, topic, record, number)) return null;
    return (async () => {
      do await producer.ready({ signal: stop });
      while (!postLine(producer, topic, record, number));
    })();
  };
  try {
    addAbortSignal(stop, input);
    for await (const chunk of input) {
      if (!(chunk instanceof Buffer)) throw new TypeError('the input is text, not bytes');
      tally.readBytes += chunk.length;
      for (const line of splitter.split(chunk)) {
        if (stop.aborted) return;
        const given = give(line);
        if (given !== null) await given;
      }
    }
    const last = splitter.end();
    if (last !== null) await give(last);
  } catch (error) {
    // Reading and waiting both end by an error when they are told to stop.
    if (!stop.aborted) throw error;
  }
}

/** What the producer refuses at once, such as a record that is too large, is of this very line. */
function postLine(
  producer: Producer,
  topic: string,
  record: ReturnType<LineParser>,
  number: number,
): boolean {
  try {
    return producer.post(topic, record);
  } catch (error) {
    if (!(error instanceof OdradekError)) throw error;
    throw new CommandError(`line ${number}: ${error.message}`, { code: error.code, cause: error });
  }
}
