/**
 * First in, first out. An array's `shift` moves everything behind it once the array is large: a
 * stream's window holds a million empty messages.
 */
export class Queue<Item> {
  #items: (Item | undefined)[] = [];
  /** Those before it are gone. */
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The next one; undefined: there is none. */
  get first(): Item | undefined {
    return this.#items[this.#head];
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item | undefined {
    const item = this.#items[this.#head];
    if (this.#head === this.#items.length) return undefined;
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) this.clear();
    else if (this.#head >= GONE_MIN && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }
}

/** Fewer are not worth a copy of the rest. */
const GONE_MIN = 64;
