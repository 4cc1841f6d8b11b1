/** Node's types name it and leave out what it does. */
interface WebAssemblyMemory {
  new (pages: { readonly initial: number; readonly maximum: number }): {
    readonly buffer: ArrayBuffer;
  };
}
const { Memory } = Reflect.get(globalThis, 'WebAssembly') as { readonly Memory: WebAssemblyMemory };

/** What every disk and file system takes for `O_DIRECT`: addresses, lengths and positions are multiples of it. */
export const BLOCK_BYTES = 4096;

/** Pages of WebAssembly. */
const PAGE_BYTES = 64 * 1024;

/** Of one slot. */
export const SLOT_BYTES = 256 * 1024;

/**
 * Memory that begins at a page, in slots: the only kind that Node can have without native code is that of
 * WebAssembly, whose start the system maps. Made of zeros that take no room until they are written.
 */
export class AlignedMemory {
  readonly #free: Uint8Array[] = [];

  /** Throws a `RangeError` where the system does not give that much address space. */
  constructor(slots: number) {
    const pages = (slots * SLOT_BYTES) / PAGE_BYTES;
    const { buffer } = new Memory({ initial: pages, maximum: pages });
    for (let slot = 0; slot < slots; slot++) {
      this.#free.push(new Uint8Array(buffer, slot * SLOT_BYTES, SLOT_BYTES));
    }
  }

  /** Up to `count` slots; fewer, or none, when others have them. */
  take(count: number): Uint8Array[] {
    return this.#free.splice(Math.max(0, this.#free.length - count));
  }

  giveBack(slots: readonly Uint8Array[]): void {
    this.#free.push(...slots);
  }
}
