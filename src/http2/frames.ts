/**
 * HTTP/2 frames (RFC 9113, sections 4 and 6), as much of them as two ends need that know each other.
 */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = {
  acknowledgement: 1,
  endStream: 1,
  endHeaders: 4,
  padded: 8,
  priority: 32,
} as const;

/** Section 7. */
export const HTTP2_ERROR = {
  none: 0,
  protocol: 1,
  internal: 2,
  flowControl: 3,
  streamClosed: 5,
  frameSize: 6,
  refusedStream: 7,
  cancel: 8,
  compression: 9,
  enhanceYourCalm: 11,
} as const;

export const SETTING = {
  headerTableSize: 1,
  enablePush: 2,
  streamsMax: 3,
  initialWindow: 4,
  frameBytesMax: 5,
  /**
   * Ours. Says that this end writes header fields as literals only, so that the other needs no table
   * for them. Endpoints that do not know a setting ignore it (6.5.2).
   */
  literalFields: 0xf0d2,
} as const;

/**
 * The value of `SETTING.literalFields`: which calls travel here. 1 stood for streams in both
 * directions alone; an end that knows another one is somebody else's, and is served by grpc-js.
 */
export const ALL_CALLS = 2;

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export const FRAME_HEADER_BYTES = 9;
/** The most that a frame's length can say; section 4.2. */
export const FRAME_BYTES_MAX = (1 << 24) - 1;
/** What an end takes before it has said more, and what it may send before it was told more. */
export const FRAME_BYTES_DEFAULT = 1 << 14;
export const WINDOW_BYTES_DEFAULT = (1 << 16) - 1;
export const WINDOW_BYTES_MAX = 2 ** 31 - 1;

/** A connection that cannot go on: the other end has broken a rule. */
export class Http2ConnectionError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'Http2ConnectionError';
    this.code = code;
  }
}

export function writeFrameHeader(
  into: Buffer,
  at: number,
  header: {
    readonly length: number;
    readonly type: number;
    readonly flags: number;
    readonly stream: number;
  },
): void {
  into.writeUIntBE(header.length, at, 3);
  into[at + 3] = header.type;
  into[at + 4] = header.flags;
  into.writeUInt32BE(header.stream, at + 5);
}

/** A whole frame. `payload` is copied: for small ones. */
export function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  writeFrameHeader(bytes, 0, { length: payload.length, type, flags, stream });
  payload.copy(bytes, FRAME_HEADER_BYTES);
  return bytes;
}

export function settingsFrame(settings: ReadonlyMap<number, number>): Buffer {
  const payload = Buffer.alloc(6 * settings.size);
  let at = 0;
  for (const [id, value] of settings) {
    payload.writeUInt16BE(id, at);
    payload.writeUInt32BE(value, at + 2);
    at += 6;
  }
  return frame(FRAME.settings, 0, 0, payload);
}

/** Throws `Http2ConnectionError` where the length is no multiple of six. */
export function parseSettings(payload: Buffer): Map<number, number> {
  if (payload.length % 6 !== 0) {
    throw new Http2ConnectionError(HTTP2_ERROR.frameSize, 'SETTINGS of a wrong length');
  }
  const settings = new Map<number, number>();
  for (let at = 0; at < payload.length; at += 6) {
    settings.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
  }
  return settings;
}

export function numberFrame(type: number, stream: number, value: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(value);
  return frame(type, 0, stream, payload);
}

export interface FrameHandlers {
  /** A frame that is not DATA, whole. `payload` is a view. */
  onFrame(type: number, flags: number, stream: number, payload: Buffer): void;
  /** A piece of a DATA frame: the bytes as they came, so that none is copied only to be whole. */
  onData(stream: number, bytes: Buffer): void;
  /** A DATA frame is complete; `length` bytes in all. */
  onDataEnd(stream: number, flags: number, length: number): void;
}

/** Frames other than DATA are short here: a few settings, a few header fields. */
const CONTROL_BYTES_MAX = 1 << 16;

/**
 * Takes a stream of bytes apart, however it was cut, and keeps none of the chunks that it was given.
 * Throws `Http2ConnectionError`.
 */
export class FrameReader {
  readonly #handlers: FrameHandlers;
  readonly #header = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  #headerBytes = 0;
  #length = 0;
  #type = 0;
  #flags = 0;
  #stream = 0;
  /** Of the present frame's payload, still to come. */
  #left = 0;
  /** What has come of a frame that is not DATA. */
  #parts: Buffer[] = [];

  constructor(handlers: FrameHandlers) {
    this.#handlers = handlers;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#headerBytes < FRAME_HEADER_BYTES) {
        const taken = Math.min(FRAME_HEADER_BYTES - this.#headerBytes, chunk.length - at);
        chunk.copy(this.#header, this.#headerBytes, at, at + taken);
        this.#headerBytes += taken;
        at += taken;
        if (this.#headerBytes === FRAME_HEADER_BYTES) this.#begin();
        continue;
      }
      const end = Math.min(chunk.length, at + this.#left);
      const bytes = chunk.subarray(at, end);
      this.#left -= bytes.length;
      at = end;
      if (this.#type === FRAME.data) this.#handlers.onData(this.#stream, bytes);
      // What is only begun is copied: the next bytes may be read into the same buffer.
      else this.#parts.push(this.#left === 0 ? bytes : Buffer.from(bytes));
      if (this.#left === 0) this.#end();
    }
  }

  #begin(): void {
    const header = this.#header;
    this.#length = header.readUIntBE(0, 3);
    this.#type = header[3] as number;
    this.#flags = header[4] as number;
    this.#stream = header.readUInt32BE(5) & 0x7fffffff;
    this.#left = this.#length;
    if (this.#type !== FRAME.data && this.#length > CONTROL_BYTES_MAX) {
      throw new Http2ConnectionError(
        HTTP2_ERROR.frameSize,
        `a frame of type ${this.#type} with ${this.#length} bytes`,
      );
    }
    if (this.#type === FRAME.data && (this.#flags & FLAG.padded) !== 0) {
      throw new Http2ConnectionError(HTTP2_ERROR.protocol, 'DATA with padding');
    }
    if (this.#left === 0) this.#end();
  }

  #end(): void {
    this.#headerBytes = 0;
    if (this.#type === FRAME.data) {
      this.#handlers.onDataEnd(this.#stream, this.#flags, this.#length);
      return;
    }
    const parts = this.#parts;
    this.#parts = [];
    const payload = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    this.#handlers.onFrame(this.#type, this.#flags, this.#stream, payload);
  }
}
