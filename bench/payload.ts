/**
 * Values that can be told apart by the record's number in their first four bytes. The rest is random
 * and does not compress; or, if asked for, text such as a service logs, which does.
 */
export class Payload {
  readonly #pool: Uint8Array[];
  readonly #views: DataView[];

  constructor(size: number, { random = Math.random, compressible = false }: PayloadOptions = {}) {
    if (size < 4) throw new RangeError('a measured record has at least 4 bytes');
    const count = compressible ? Math.max(POOL, Math.ceil(TEXT_POOL_BYTES / size)) : POOL;
    this.#pool = Array.from({ length: count }, () =>
      compressible ? textOf(size, random) : Uint8Array.from({ length: size }, () => byteOf(random)),
    );
    this.#views = this.#pool.map((bytes) => new DataView(bytes.buffer));
  }

  /** The bytes are good until the next `POOL` calls: a producer copies them at once. */
  value(number: number): Uint8Array {
    const index = number % this.#pool.length;
    this.#views[index]?.setUint32(0, number);
    return this.#pool[index] as Uint8Array;
  }
}

export interface PayloadOptions {
  readonly random?: () => number;
  readonly compressible?: boolean;
}

/** The number in a value. */
export function numberOf(value: Uint8Array): number {
  return (
    (value[0] as number) * 0x1000000 +
    (((value[1] as number) << 16) | ((value[2] as number) << 8) | (value[3] as number))
  );
}

function byteOf(random: () => number): number {
  return Math.floor(random() * 256);
}

/** Few names, many numbers: JSON as services write it. */
function textOf(size: number, random: () => number): Uint8Array {
  const pick = (words: readonly string[]): string =>
    words[Math.floor(random() * words.length)] ?? '';
  let text = '####';
  while (text.length < size) {
    text +=
      `{"level":"${pick(LEVELS)}","service":"${pick(SERVICES)}","status":${pick(STATUSES)},` +
      `"durationMs":${Math.floor(random() * 10_000)},"id":"${Math.floor(random() * 1e9).toString(36)}"}`;
  }
  return new Uint8Array(Buffer.from(text.slice(0, size), 'latin1'));
}

const POOL = 1024;
/** More than the largest batch has by default: a codec finds words again, but not whole values. */
const TEXT_POOL_BYTES = 2 << 20;
const LEVELS = ['debug', 'info', 'info', 'info', 'warn', 'error'];
const SERVICES = ['checkout', 'payment', 'inventory', 'search', 'session', 'mail'];
const STATUSES = ['200', '200', '200', '201', '204', '304', '400', '404', '500'];
