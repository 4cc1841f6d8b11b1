/**
 * gRPC's messages in a stream of bytes: a flag, four bytes of length, and the message
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
 *
 * A message that came in several pieces is copied once, into a buffer of its size. One that came whole
 * is given as a view of its piece, unless pieces are only lent.
 */
export const MESSAGE_PREFIX_BYTES = 5;

/** Why a stream of messages cannot be read on. */
export type Unreadable = 'compressed' | { readonly bytes: number; readonly bytesMax: number };

export class MessageReader {
  readonly #bytesMax: number;
  readonly #lent: boolean;
  readonly #onMessage: (message: Buffer) => void;
  readonly #prefix = Buffer.allocUnsafe(MESSAGE_PREFIX_BYTES);
  #prefixBytes = 0;
  #length = 0;
  #message: Buffer | null = null;
  #messageBytes = 0;

  /** `lent`: a piece is written over once `push` has returned. */
  constructor(bytesMax: number, lent: boolean, onMessage: (message: Buffer) => void) {
    this.#bytesMax = bytesMax;
    this.#lent = lent;
    this.#onMessage = onMessage;
  }

  /** Null, or why nothing more can be read: then this reader is not used again. */
  push(chunk: Buffer): Unreadable | null {
    let at = 0;
    while (at < chunk.length) {
      if (this.#prefixBytes < MESSAGE_PREFIX_BYTES) {
        const taken = Math.min(MESSAGE_PREFIX_BYTES - this.#prefixBytes, chunk.length - at);
        chunk.copy(this.#prefix, this.#prefixBytes, at, at + taken);
        this.#prefixBytes += taken;
        at += taken;
        if (this.#prefixBytes < MESSAGE_PREFIX_BYTES) break;
        const problem = this.#begin();
        if (problem !== null) return problem;
        if (this.#length === 0) this.#finish(EMPTY);
        continue;
      }
      const missing = this.#length - this.#messageBytes;
      const end = Math.min(chunk.length, at + missing);
      if (this.#message === null && end - at === this.#length) {
        const whole = chunk.subarray(at, end);
        this.#finish(this.#lent ? Buffer.from(whole) : whole);
      } else {
        this.#message ??= Buffer.allocUnsafeSlow(this.#length);
        chunk.copy(this.#message, this.#messageBytes, at, end);
        this.#messageBytes += end - at;
        if (this.#messageBytes === this.#length) this.#finish(this.#message);
      }
      at = end;
    }
    return null;
  }

  #begin(): Unreadable | null {
    if (this.#prefix[0] !== 0) return 'compressed';
    this.#length = this.#prefix.readUInt32BE(1);
    if (this.#length <= this.#bytesMax) return null;
    return { bytes: this.#length, bytesMax: this.#bytesMax };
  }

  #finish(message: Buffer): void {
    this.#prefixBytes = 0;
    this.#message = null;
    this.#messageBytes = 0;
    this.#onMessage(message);
  }
}

const EMPTY = Buffer.alloc(0);
