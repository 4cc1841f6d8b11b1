/**
 * The inputs that a worker runs or has run last, and its heartbeat, in memory that both threads see:
 * what is left to look at when the worker hangs, runs out of memory or is torn down by an error.
 */

/** Enough for the concurrency of every surface. */
const SLOTS = 32;
/** No input is longer. */
export const INPUT_BYTES_MAX = 256 * 1024;

const BEATS = 0;
const STARTED = 1;
const HEAD = 2;
/** Of a slot's head: the number of the input from 1, its length, and whether it still runs. */
const FIELDS = 3;
const HEAD_BYTES = (HEAD + SLOTS * FIELDS) * 4;

export interface RecentInput {
  /** From 0. */
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly running: boolean;
}

export class RecentInputs {
  readonly shared: SharedArrayBuffer;
  readonly #head: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(shared = new SharedArrayBuffer(HEAD_BYTES + SLOTS * INPUT_BYTES_MAX)) {
    this.shared = shared;
    this.#head = new Int32Array(shared, 0, HEAD + SLOTS * FIELDS);
    this.#bytes = new Uint8Array(shared, HEAD_BYTES);
  }

  /** Rises as long as the worker's thread gets anywhere. */
  get beats(): number {
    return Atomics.load(this.#head, BEATS);
  }

  get started(): number {
    return Atomics.load(this.#head, STARTED);
  }

  beat(): void {
    Atomics.add(this.#head, BEATS, 1);
  }

  /** An input begins; the oldest slot that is not running any more is used. */
  begin(index: number, input: Uint8Array): number {
    const slot = this.#freeSlot();
    this.#bytes.set(input, slot * INPUT_BYTES_MAX);
    this.#set(slot, index + 1, input.length, 1);
    Atomics.store(this.#head, STARTED, index + 1);
    this.beat();
    return slot;
  }

  end(slot: number): void {
    Atomics.store(this.#head, HEAD + slot * FIELDS + 2, 0);
    this.beat();
  }

  /** The oldest first. */
  read(): RecentInput[] {
    const found: RecentInput[] = [];
    for (let slot = 0; slot < SLOTS; slot++) {
      const [number, length, running] = this.#fields(slot);
      if (number === 0) continue;
      const start = slot * INPUT_BYTES_MAX;
      // A copy: what is shared can go on changing.
      const bytes = Uint8Array.from(this.#bytes.subarray(start, start + length));
      found.push({ index: number - 1, bytes, running: running === 1 });
    }
    return found.sort((a, b) => a.index - b.index);
  }

  #freeSlot(): number {
    let best = -1;
    let oldest = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot < SLOTS; slot++) {
      const [number, , running] = this.#fields(slot);
      if (running === 1 || number >= oldest) continue;
      best = slot;
      oldest = number;
    }
    if (best === -1) throw new RangeError(`more than ${SLOTS} inputs at once`);
    return best;
  }

  #fields(slot: number): [number, number, number] {
    const at = HEAD + slot * FIELDS;
    const field = (offset: number) => Atomics.load(this.#head, at + offset);
    return [field(0), field(1), field(2)];
  }

  #set(slot: number, ...fields: readonly number[]): void {
    for (const [offset, value] of fields.entries()) {
      Atomics.store(this.#head, HEAD + slot * FIELDS + offset, value);
    }
  }
}
