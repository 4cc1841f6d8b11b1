/**
 * Values that do not compress and can be told apart: random bytes from a pool, with the record's
 * number in the first four.
 */
export class Payload {
  readonly #pool: Uint8Array[];
  readonly #views: DataView[];

  constructor(size: number, random: () => number = Math.random) {
    if (size < 4) throw new RangeError('a measured record has at least 4 bytes');
    this.#pool = Array.from({ length: POOL }, () =>
      Uint8Array.from({ length: size }, () => Math.floor(random() * 256)),
    );
    this.#views = this.#pool.map((bytes) => new DataView(bytes.buffer));
  }

  /** The bytes are good until the next `POOL` calls: a producer copies them at once. */
  value(number: number): Uint8Array {
    const index = number % POOL;
    this.#views[index]?.setUint32(0, number);
    return this.#pool[index] as Uint8Array;
  }
}

/** The number in a value. */
export function numberOf(value: Uint8Array): number {
  return (
    (value[0] as number) * 0x1000000 +
    (((value[1] as number) << 16) | ((value[2] as number) << 8) | (value[3] as number))
  );
}

const POOL = 1024;
