import { CommandError } from '../command-error.ts';

const NEWLINE = 0x0a;
/** The largest batch that any topic can be set to take. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Lines of a stream of bytes, without their newlines. A line that lies within one chunk is a view on
 * it. Holds no more than the line that is not complete yet.
 */
export class LineSplitter {
  readonly #lineBytesMax: number;
  #rest: Buffer[] = [];
  #restBytes = 0;
  /** How many lines have been handed out. */
  #count = 0;

  constructor(lineBytesMax = LINE_BYTES_MAX) {
    this.#lineBytesMax = lineBytesMax;
  }

  /** The lines that the chunk completes. Throws for a line that no topic would take. */
  *split(chunk: Buffer): Generator<Buffer, void> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const line = chunk.subarray(start, end);
      start = end + 1;
      this.#count++;
      yield this.#restBytes === 0 ? line : this.#complete(line);
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /** The last line, if it does not end in a newline. */
  end(): Buffer | null {
    if (this.#restBytes === 0) return null;
    this.#count++;
    return this.#complete(Buffer.alloc(0));
  }

  #keep(part: Buffer): void {
    this.#restBytes += part.length;
    if (this.#restBytes > this.#lineBytesMax) {
      throw new CommandError(
        `line ${this.#count + 1} is longer than ${this.#lineBytesMax} bytes, which no topic takes`,
        { code: 'MESSAGE_TOO_LARGE' },
      );
    }
    this.#rest.push(part);
  }

  #complete(end: Buffer): Buffer {
    const line = Buffer.concat([...this.#rest, end]);
    this.#rest = [];
    this.#restBytes = 0;
    return line;
  }
}
