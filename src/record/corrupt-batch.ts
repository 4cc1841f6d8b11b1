/**
 * Bytes that claim to be record batches and are not. The decoders of this room throw nothing else,
 * whatever they are given; those who read untrusted bytes catch it and refuse or repair.
 */
export class CorruptBatch extends Error {
  override readonly name = 'CorruptBatch';
  /** What is wrong, without the place. */
  readonly reason: string;
  /** Where the trouble was seen, as a byte position in the array that was being read. */
  readonly position: number;

  constructor(reason: string, position: number) {
    super(`${reason} (at byte ${position})`);
    this.reason = reason;
    this.position = position;
  }
}
