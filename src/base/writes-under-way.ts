import { assert } from './assert.ts';

/** Bytes that belong at `position` of a file and may not be there yet. */
interface Piece {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/**
 * What is on its way to the end of a file, so that a read sees it before it has arrived: pieces without
 * gaps, the first of which continues what is in the file.
 */
export class WritesUnderWay {
  #pieces: Piece[] = [];
  #end = 0;

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** Where the file will end when all of it has arrived; 0 while nothing is under way. */
  get end(): number {
    return this.isEmpty ? 0 : this.#end;
  }

  add(buffers: readonly Uint8Array[], position: number): void {
    assert(
      this.isEmpty || position === this.#end,
      () => `a write at ${position} does not continue what ends at ${this.#end}`,
    );
    this.#end = position;
    for (const bytes of buffers) {
      this.#pieces.push({ position: this.#end, bytes });
      this.#end += bytes.length;
    }
  }

  /** Everything below `end`, which is an end of what was added, is in the file. */
  arrivedTo(end: number): void {
    const left = this.#pieces.findIndex((piece) => piece.position >= end);
    this.#pieces = left === -1 ? [] : this.#pieces.slice(left);
  }

  /**
   * What a read into `target` at `position` must know of what is under way at this moment: called when
   * the read is over, with how many bytes the file gave, it fills in the rest and returns how many there
   * are. Null where nothing of it is under way.
   */
  overlay(target: Uint8Array, position: number): ((found: number) => number) | null {
    const end = position + target.length;
    const pieces = this.#pieces.filter(
      (piece) => piece.position < end && piece.position + piece.bytes.length > position,
    );
    if (pieces.length === 0) return null;
    return (found) => {
      for (const piece of pieces) {
        const from = Math.max(position, piece.position);
        const to = Math.min(end, piece.position + piece.bytes.length);
        target.set(
          piece.bytes.subarray(from - piece.position, to - piece.position),
          from - position,
        );
        found = Math.max(found, to - position);
      }
      return found;
    };
  }
}
