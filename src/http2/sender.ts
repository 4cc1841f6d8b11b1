import type { Duplex } from 'node:stream';
import {
  FLAG,
  FRAME,
  FRAME_BYTES_DEFAULT,
  FRAME_HEADER_BYTES,
  HTTP2_ERROR,
  Http2ConnectionError,
  WINDOW_BYTES_DEFAULT,
  WINDOW_BYTES_MAX,
  writeFrameHeader,
} from './frames.ts';
import { MESSAGE_PREFIX_BYTES } from './message-reader.ts';
import { Queue } from './queue.ts';

/** The bytes of a message, whole or in pieces. They must not change until the message has left. */
export interface Message {
  readonly length: number;
  readonly pieces?: readonly Uint8Array[];
}

/** A message that waits for the other end's window, or what is left of it. */
interface Waiting {
  readonly pieces: readonly Uint8Array[];
  /** The next piece that is to leave, and where in it. */
  piece: number;
  at: number;
  /** Of the whole message, and what has not left. */
  readonly length: number;
  left: number;
  readonly written: (() => void) | undefined;
}

/** What one stream sends. */
export interface Outgoing {
  readonly stream: number;
  /** How much the other end takes on this stream, in bytes; below zero where it has shrunk. */
  window: number;
  readonly waiting: Queue<Waiting>;
  /** The last frame of the stream, behind what waits, and who wants to know that it has left. */
  last: { readonly bytes: Buffer; readonly onSent: () => void } | null;
  ended: boolean;
  /** The stream was given up: what is under way is not said to be written. */
  broken: boolean;
}

/**
 * Writes frames into a socket within the windows that the other end gives (RFC 9113, 5.2). A message
 * is one DATA frame wherever window and frame size allow it, and its bytes are handed to the socket as
 * they are: the frame's header and the message's prefix go in front of them in a piece of their own.
 * What one turn of the event loop writes leaves in one go.
 */
export class Sender {
  readonly #socket: Duplex;
  #window = WINDOW_BYTES_DEFAULT;
  #initialWindow = WINDOW_BYTES_DEFAULT;
  #frameBytesMax = FRAME_BYTES_DEFAULT;
  /** Streams that could not send everything, in the order in which they will. */
  readonly #blocked = new Set<Outgoing>();
  #corked = false;
  #controlBytes = 0;
  #dataFrames = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** Bytes of control frames that the kernel has not taken: what nobody has asked to read. */
  get controlBytes(): number {
    return this.#controlBytes;
  }

  /** Frames of messages that have left. */
  get dataFrames(): number {
    return this.#dataFrames;
  }

  open(stream: number): Outgoing {
    return {
      stream,
      window: this.#initialWindow,
      waiting: new Queue(),
      last: null,
      ended: false,
      broken: false,
    };
  }

  forget(outgoing: Outgoing): void {
    outgoing.ended = true;
    outgoing.broken = true;
    outgoing.last = null;
    outgoing.waiting.clear();
    this.#blocked.delete(outgoing);
  }

  /** A frame that no window holds up. */
  control(bytes: Buffer): void {
    this.#controlBytes += bytes.length;
    this.#write(bytes, () => {
      this.#controlBytes -= bytes.length;
    });
  }

  /** `written` is called once the whole message has been handed to the kernel. */
  message(outgoing: Outgoing, message: Message, written?: () => void): void {
    if (outgoing.ended) return;
    const { length, pieces = [message as Buffer] } = message;
    outgoing.waiting.push({ pieces, piece: 0, at: 0, length, left: length, written });
    if (outgoing.waiting.length === 1) this.#pump(outgoing);
  }

  /** Ends the stream with this frame, behind all messages. */
  end(outgoing: Outgoing, bytes: Buffer, onSent: () => void = () => undefined): void {
    if (outgoing.ended) return;
    outgoing.ended = true;
    outgoing.last = { bytes, onSent };
    if (outgoing.waiting.length === 0) this.#finish(outgoing);
  }

  /** More window for everything. */
  widen(bytes: number): void {
    this.#window = widened(this.#window, bytes);
    for (const outgoing of [...this.#blocked]) {
      if (this.#window <= 0) return;
      this.#pump(outgoing);
    }
  }

  widenStream(outgoing: Outgoing, bytes: number): void {
    outgoing.window = widened(outgoing.window, bytes);
    this.#pump(outgoing);
  }

  /** What the other end has said about itself; a new window counts for streams that are open, too. */
  adjust(
    limits: { readonly initialWindow: number; readonly frameBytesMax: number },
    open: Iterable<Outgoing>,
  ): void {
    const change = limits.initialWindow - this.#initialWindow;
    this.#initialWindow = limits.initialWindow;
    this.#frameBytesMax = limits.frameBytesMax;
    for (const outgoing of open) {
      outgoing.window = widened(outgoing.window, change);
      this.#pump(outgoing);
    }
  }

  #pump(outgoing: Outgoing): void {
    for (;;) {
      const next = outgoing.waiting.first;
      if (next === undefined) break;
      const room = Math.min(this.#window, outgoing.window, this.#frameBytesMax);
      const prefix = next.left === next.length ? MESSAGE_PREFIX_BYTES : 0;
      // A prefix is not cut in two, and does not leave without a byte of its message.
      if (room < prefix + Math.min(1, next.left)) {
        // To the end: the next window is for those who have had none.
        this.#blocked.delete(outgoing);
        this.#blocked.add(outgoing);
        return;
      }
      const length = Math.min(room, prefix + next.left);
      this.#window -= length;
      outgoing.window -= length;
      this.#frame(outgoing, next, prefix, length);
      if (next.left === 0) outgoing.waiting.shift();
    }
    this.#blocked.delete(outgoing);
    this.#finish(outgoing);
  }

  /** Writes a DATA frame of `length` bytes: the prefix, if it is still to come, and as much as fits. */
  #frame(outgoing: Outgoing, message: Waiting, prefix: number, length: number): void {
    const { stream } = outgoing;
    const front = Buffer.allocUnsafe(FRAME_HEADER_BYTES + prefix);
    writeFrameHeader(front, 0, { length, type: FRAME.data, flags: 0, stream });
    if (prefix > 0) {
      front[FRAME_HEADER_BYTES] = 0;
      front.writeUInt32BE(message.length, FRAME_HEADER_BYTES + 1);
    }
    message.left -= length - prefix;
    let bytes: Uint8Array = front;
    for (let room = length - prefix; room > 0;) {
      const piece = message.pieces[message.piece] as Uint8Array;
      const end = Math.min(piece.length, message.at + room);
      if (end > message.at) {
        this.#write(bytes, undefined);
        bytes = piece.subarray(message.at, end);
        room -= bytes.length;
      }
      if (end === piece.length) [message.piece, message.at] = [message.piece + 1, 0];
      else message.at = end;
    }
    const { written } = message;
    if (message.left > 0 || written === undefined) this.#write(bytes, undefined);
    else {
      this.#write(bytes, () => {
        if (!outgoing.broken) written();
      });
    }
    this.#dataFrames++;
  }

  #finish(outgoing: Outgoing): void {
    const { last } = outgoing;
    if (last === null) return;
    outgoing.last = null;
    this.#write(last.bytes, undefined);
    last.onSent();
  }

  #write(bytes: Uint8Array, written: (() => void) | undefined): void {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return;
    if (!this.#corked) {
      this.#corked = true;
      socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        socket.uncork();
      });
    }
    if (written === undefined) socket.write(bytes);
    else {
      socket.write(bytes, (error) => {
        // A write that fails is followed by the socket's close, which says so to everybody.
        if (error === null || error === undefined) written();
      });
    }
  }
}

/** The empty DATA frame that ends a stream without trailers. */
export function endOfStream(stream: number): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  writeFrameHeader(bytes, 0, { length: 0, type: FRAME.data, flags: FLAG.endStream, stream });
  return bytes;
}

function widened(window: number, bytes: number): number {
  if (window + bytes > WINDOW_BYTES_MAX) {
    throw new Http2ConnectionError(HTTP2_ERROR.flowControl, 'a window beyond its maximum');
  }
  return window + bytes;
}
