/**
 * One queue of work that runs strictly one after the other. A handler that returns a promise holds
 * up everything behind it until it settles (a barrier: an epoch that must be on disk before the next
 * record); one that returns nothing costs no promise and no turn.
 *
 * A handler that throws or rejects stops the inbox for good: its owner is told and decides what dies.
 */
export class Inbox<Item> {
  readonly #handle: (item: Item) => void | Promise<void>;
  readonly #onFailure: (error: unknown) => void;
  #queue: Item[] = [];
  #head = 0;
  #busy = false;
  #stopped = false;

  constructor(handle: (item: Item) => void | Promise<void>, onFailure: (error: unknown) => void) {
    this.#handle = handle;
    this.#onFailure = onFailure;
  }

  get length(): number {
    return this.#queue.length - this.#head;
  }

  /** Handles `item` at once if nothing is ahead of it. */
  push(item: Item): void {
    if (this.#stopped) return;
    this.#queue.push(item);
    if (!this.#busy) this.#run();
  }

  /** As `push`, ahead of everything that waits. */
  pushFirst(item: Item): void {
    if (this.#stopped) return;
    this.#queue = [item, ...this.#queue.slice(this.#head)];
    this.#head = 0;
    if (!this.#busy) this.#run();
  }

  /** Nothing more is handled; what waits is dropped. */
  stop(): void {
    this.#stopped = true;
    this.#queue = [];
    this.#head = 0;
  }

  #run(): void {
    this.#busy = true;
    try {
      while (this.#head < this.#queue.length) {
        const item = this.#queue[this.#head++] as Item;
        if (this.#head === this.#queue.length) {
          this.#queue = [];
          this.#head = 0;
        }
        const pending = this.#handle(item);
        if (pending !== undefined) {
          pending.then(
            () => this.#run(),
            (error: unknown) => this.#fail(error),
          );
          return;
        }
      }
      this.#busy = false;
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.stop();
    this.#onFailure(error);
  }
}
