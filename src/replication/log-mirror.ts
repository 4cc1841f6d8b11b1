import { assert } from '../base/assert.ts';
import { offset, offsetMax, offsetMin } from '../base/ids.ts';
import type { LeaderEpoch, Offset } from '../base/ids.ts';
import type { LeaderEpochHistory } from '../record/leader-epoch-history.ts';
import type { LogState } from './options.ts';

/**
 * The bounds of the log that the host writes, moved by the machine in the same step as it asks for
 * the write. Two ends: what is appended, and what of it is on the disk (X1).
 */
export class LogMirror {
  #logStartOffset: Offset;
  #logEndOffset: Offset;
  #durableEndOffset: Offset;
  #truncationGeneration: number;
  readonly #epochs: LeaderEpochHistory;

  constructor(state: LogState) {
    this.#logStartOffset = state.logStartOffset;
    this.#logEndOffset = state.logEndOffset;
    this.#durableEndOffset = state.durableEndOffset;
    this.#truncationGeneration = state.truncationGeneration;
    this.#epochs = state.epochs.clone();
    this.assertBounds();
  }

  get logStartOffset(): Offset {
    return this.#logStartOffset;
  }
  /** The append end: exclusive, durable or not. */
  get logEndOffset(): Offset {
    return this.#logEndOffset;
  }
  get durableEndOffset(): Offset {
    return this.#durableEndOffset;
  }
  get truncationGeneration(): number {
    return this.#truncationGeneration;
  }
  get epochs(): LeaderEpochHistory {
    return this.#epochs;
  }
  get isDurable(): boolean {
    return this.#durableEndOffset === this.#logEndOffset;
  }

  /** The epoch of the last record below `endOffset`; null when the log holds none there (X9). */
  epochBelow(endOffset: Offset): LeaderEpoch | null {
    if (endOffset <= this.#logStartOffset) return null;
    return this.#epochs.epochAt(offset(endOffset - 1));
  }

  /** Whether the newest epoch holds no record yet: only a leader may keep such an entry (R9). */
  get endsInEmptyEpoch(): boolean {
    const newest = this.#epochs.entries.at(-1);
    return newest !== undefined && newest.startOffset >= this.#logEndOffset;
  }

  append(endOffset: Offset): void {
    assert(endOffset > this.#logEndOffset, 'an append moves the log end on');
    this.#logEndOffset = endOffset;
  }

  /** A flush from before a truncation is void (X1), one that the log’s start has overtaken no news. */
  flushed(truncationGeneration: number, durableEndOffset: Offset): void {
    if (truncationGeneration !== this.#truncationGeneration) return;
    assert(
      durableEndOffset <= this.#logEndOffset,
      () => `R3: flushed to ${durableEndOffset}, behind the log's end ${this.#logEndOffset}`,
    );
    this.#durableEndOffset = offsetMax(this.#durableEndOffset, durableEndOffset);
  }

  /** Also drops the epochs that begin at the cut, even where no record goes (KAFKA-10706). */
  truncate(endOffset: Offset): void {
    assert(
      endOffset >= this.#logStartOffset && endOffset <= this.#logEndOffset,
      () => `a cut at ${endOffset} lies in the log`,
    );
    this.#truncationGeneration++;
    this.#lowerEnd(endOffset);
  }

  /** The cut of this generation took a whole batch with it. Returns whether that was still news. */
  endedLower(truncationGeneration: number, endOffset: Offset): boolean {
    if (truncationGeneration !== this.#truncationGeneration) return false;
    if (endOffset >= this.#logEndOffset) return false;
    this.#lowerEnd(endOffset);
    return true;
  }

  /** Empty at `startOffset`: after a reset, or after the damaged files were moved away. */
  reset(startOffset: Offset): void {
    this.#truncationGeneration++;
    this.#logStartOffset = startOffset;
    this.#logEndOffset = startOffset;
    this.#durableEndOffset = startOffset;
    this.#epochs.clear();
  }

  /** Returns whether the start moved. */
  advanceLogStart(startOffset: Offset): boolean {
    if (startOffset <= this.#logStartOffset) return false;
    assert(startOffset <= this.#logEndOffset, 'the log starts within itself');
    this.#logStartOffset = startOffset;
    this.#durableEndOffset = offsetMax(this.#durableEndOffset, startOffset);
    this.#epochs.truncateFromStart(startOffset);
    return true;
  }

  assertBounds(): void {
    assert(
      this.#logStartOffset <= this.#durableEndOffset &&
        this.#durableEndOffset <= this.#logEndOffset,
      () =>
        `R3: start ${this.#logStartOffset}, durable ${this.#durableEndOffset}, end ${this.#logEndOffset} are in order`,
    );
  }

  #lowerEnd(endOffset: Offset): void {
    this.#logEndOffset = endOffset;
    this.#durableEndOffset = offsetMin(this.#durableEndOffset, endOffset);
    this.#epochs.truncateFromEnd(endOffset);
  }
}
