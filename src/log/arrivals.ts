/* eslint-disable @typescript-eslint/no-non-null-assertion -- a queue that was looked at */
import type { Offset } from '../base/ids.ts';

/** A write that has not arrived, or has before one in front of it did. */
interface Write {
  readonly endOffset: Offset;
  hasArrived: boolean;
}

/**
 * How far the log has come to where a dead process leaves it, the page cache or the disk: writes of
 * one segment arrive in their order, those of two in any, and one that is behind another counts with it.
 */
export class Arrivals {
  #arrivedEndOffset: Offset;
  #writes: Write[] = [];
  /** Those that a cut has made meaningless included. */
  #underWay = 0;
  #waiters: (() => void)[] = [];

  constructor(endOffset: Offset) {
    this.#arrivedEndOffset = endOffset;
  }

  /** Everything below has arrived. */
  get endOffset(): Offset {
    return this.#arrivedEndOffset;
  }

  /** A write that ends at `endOffset` begins; to be called once, when it has arrived, or has failed. */
  begin(endOffset: Offset): (hasArrived: boolean) => void {
    const write: Write = { endOffset, hasArrived: false };
    this.#writes.push(write);
    this.#underWay++;
    return (hasArrived) => {
      write.hasArrived = hasArrived;
      while (this.#writes[0]?.hasArrived === true) {
        this.#arrivedEndOffset = this.#writes.shift()!.endOffset;
      }
      if (--this.#underWay === 0) this.#wake();
    };
  }

  /** The log ends at `endOffset` now: what is on its way says nothing any more. */
  restart(endOffset: Offset): void {
    this.#writes = [];
    this.#arrivedEndOffset = endOffset;
  }

  get isUnderWay(): boolean {
    return this.#underWay > 0;
  }

  /** Resolves when nothing is on its way to any file that belongs, or belonged, to the log. */
  settled(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}
