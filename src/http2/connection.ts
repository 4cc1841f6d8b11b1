import type { Duplex } from 'node:stream';
import { assert } from '../base/assert.ts';
import {
  ALL_CALLS,
  FLAG,
  FRAME,
  FRAME_BYTES_DEFAULT,
  FRAME_BYTES_MAX,
  FrameReader,
  frame,
  HTTP2_ERROR,
  Http2ConnectionError,
  numberFrame,
  parseSettings,
  PREFACE,
  SETTING,
  settingsFrame,
  WINDOW_BYTES_DEFAULT,
  WINDOW_BYTES_MAX,
} from './frames.ts';
import { decodeHeaderFields, encodeHeaderFields, type HeaderFields } from './header-fields.ts';
import { MessageReader, type Unreadable } from './message-reader.ts';
import { Queue } from './queue.ts';
import { endOfStream, Sender, type Message, type Outgoing } from './sender.ts';

export interface ConnectionOptions {
  /** What this end takes before it has said that there is room again, of each stream and of all. */
  readonly windowBytes: number;
  readonly messageBytesMax: number;
  /**
   * Whether the bytes given to `receive` are written over when it returns; otherwise they are kept as
   * long as a message lies in them.
   */
  readonly lentBytes: boolean;
  /** Silence after which the other end is asked whether it is there, and how long it may take. */
  readonly keepaliveTimeMs: number;
  readonly keepaliveTimeoutMs: number;
}

export interface ConnectionHandlers {
  /** The other end’s first SETTINGS: whether it is one of ours. Nothing is sent to others. */
  onReady(isOurs: boolean): void;
  /** The other end has begun a stream: a client never does. Returns who hears of it. */
  onStream(stream: Http2Stream, fields: HeaderFields): StreamHandlers;
  /** The other end takes no new streams. */
  onGoAway(): void;
  /** Once, after every stream was told. */
  onClose(error: Error): void;
}

export interface StreamHandlers {
  /** `isLast`: these are trailers, and the stream is over. */
  onFields(fields: HeaderFields, isLast: boolean): void;
  onMessage(message: Buffer): void;
  /** The other end sends nothing more, and still reads. */
  onEnd(): void;
  /** The messages cannot be read on; what else comes is dropped. */
  onUnreadable(problem: Unreadable): void;
  /** Once, where the other end or the connection gave the stream up. */
  onBroken(error: Error): void;
}

/**
 * One HTTP/2 connection between two ends of ours (RFC 9113), for gRPC's calls.
 *
 * It is HTTP/2 as written, and speaks only as much of it as two ends need that both sent
 * `SETTING.literalFields`: no compression of header fields, no padding, no priorities, no pushes.
 * In return a message travels as one frame without being copied, where node:http2 cuts it into
 * pieces of 16 KiB and copies each. Whoever is not one of ours is served by grpc-js; see README.md.
 */
export class Http2Connection {
  readonly #socket: Duplex;
  readonly #role: 'client' | 'server';
  readonly #options: ConnectionOptions;
  readonly #handlers: ConnectionHandlers;
  readonly #sender: Sender;
  readonly #reader: FrameReader;
  readonly #streams = new Map<number, Http2Stream>();
  /** The highest stream that this end (a client) or the other (a server) has begun. */
  #lastStream: number;
  #ready = false;
  #peerInitialWindow = WINDOW_BYTES_DEFAULT;
  #peerFrameBytesMax = FRAME_BYTES_DEFAULT;
  /** What the other end may send on all streams together. */
  readonly #windowBytes: number;
  /** Received, and not yet given back to the connection’s window. */
  #received = 0;
  /** The preface that a server has still to see. */
  #preface: Buffer;
  #closed = false;
  #goingAway = false;
  /** Frames that carry no one’s messages, since which time, and what had been sent by then. */
  #idle = { frames: 0, since: performance.now(), dataFrames: 0 };
  /** Streams that the other end has begun and not been answered on, or given up, since which time. */
  #churn = { frames: 0, since: performance.now() };
  #lastHeardAt = performance.now();
  #keepalive: NodeJS.Timeout;

  constructor(
    socket: Duplex,
    role: 'client' | 'server',
    options: ConnectionOptions,
    handlers: ConnectionHandlers,
  ) {
    this.#socket = socket;
    this.#role = role;
    this.#options = options;
    this.#handlers = handlers;
    this.#lastStream = role === 'client' ? -1 : 0;
    this.#preface = role === 'client' ? Buffer.alloc(0) : PREFACE;
    this.#sender = new Sender(socket);
    this.#reader = new FrameReader({
      onFrame: (type, flags, stream, payload) => this.#onFrame(type, flags, stream, payload),
      onData: (stream, bytes) => this.#onData(stream, bytes),
      onDataEnd: (stream, flags, length) => this.#onDataEnd(stream, flags, length),
    });
    socket.on('error', (error: Error) => this.#close(error));
    socket.on('end', () => this.#close(new Error('the other end has closed the connection')));
    socket.on('close', () => this.#close(new Error('the connection is closed')));
    if (role === 'client') this.#sender.control(PREFACE);
    this.#sender.control(
      settingsFrame(
        new Map([
          ...(role === 'client' ? ([[SETTING.enablePush, 0]] as const) : []),
          [SETTING.streamsMax, STREAMS_MAX],
          [SETTING.initialWindow, options.windowBytes],
          [SETTING.frameBytesMax, FRAME_BYTES_MAX],
          [SETTING.literalFields, ALL_CALLS],
        ]),
      ),
    );
    // A connection's window cannot be made smaller than HTTP/2 has it.
    this.#windowBytes = Math.max(options.windowBytes, WINDOW_BYTES_DEFAULT);
    if (this.#windowBytes > WINDOW_BYTES_DEFAULT) {
      const more = this.#windowBytes - WINDOW_BYTES_DEFAULT;
      this.#sender.control(numberFrame(FRAME.windowUpdate, 0, more));
    }
    this.#keepalive = this.#watchSilence(options.keepaliveTimeMs);
  }

  get streams(): number {
    return this.#streams.size;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** A client’s: begins a stream. Only while the other end is known to be one of ours, and there. */
  open(fields: HeaderFields, handlers: StreamHandlers): Http2Stream {
    assert(!this.#closed, () => 'a stream is begun on a connection that is closed');
    this.#lastStream += 2;
    const stream = this.#add(this.#lastStream, handlers);
    stream.sendFields(fields, false);
    return stream;
  }

  /** Takes no new streams; closes when the last that is open has ended. */
  goAway(): void {
    if (this.#closed || this.#goingAway) return;
    this.#goingAway = true;
    this.#sender.control(this.#goAwayFrame(HTTP2_ERROR.none, ''));
    this.#closeIfDone();
  }

  /** Cuts everything off. Streams are told. */
  destroy(error: Error): void {
    this.#close(error);
  }

  /** What has come from the other end: whoever owns the socket reads it. */
  receive(chunk: Buffer): void {
    if (this.#closed) return;
    this.#lastHeardAt = performance.now();
    try {
      let rest = chunk;
      if (this.#preface.length > 0) {
        const length = Math.min(this.#preface.length, rest.length);
        if (!this.#preface.subarray(0, length).equals(rest.subarray(0, length))) {
          throw new Http2ConnectionError(HTTP2_ERROR.protocol, 'this is not HTTP/2');
        }
        this.#preface = this.#preface.subarray(length);
        rest = rest.subarray(length);
      }
      this.#reader.push(rest);
    } catch (error) {
      if (!(error instanceof Http2ConnectionError)) throw error;
      this.#sender.control(this.#goAwayFrame(error.code, error.message));
      this.#close(error);
    }
  }

  #onFrame(type: number, flags: number, stream: number, payload: Buffer): void {
    if (this.#closed) return;
    if (!this.#ready && type !== FRAME.settings) {
      throw new Http2ConnectionError(HTTP2_ERROR.protocol, 'the first frame is not SETTINGS');
    }
    this.#countIdle();
    switch (type) {
      case FRAME.settings:
        return this.#onSettings(flags, stream, payload);
      case FRAME.headers:
        return this.#onHeaders(flags, stream, payload);
      case FRAME.windowUpdate:
        return this.#onWindowUpdate(stream, payload);
      case FRAME.resetStream:
        if (payload.length !== 4) throw wrongLength('RST_STREAM');
        this.#assertBegun(stream, 'RST_STREAM');
        this.#countChurn();
        return this.#streams.get(stream)?.breakOff(resetError(payload.readUInt32BE(0)));
      case FRAME.ping:
        if (payload.length !== 8) throw wrongLength('PING');
        assertOnConnection(stream, 'PING');
        if ((flags & FLAG.acknowledgement) === 0) {
          this.#sender.control(frame(FRAME.ping, FLAG.acknowledgement, 0, payload));
        }
        return;
      case FRAME.goAway:
        if (payload.length < 8) throw wrongLength('GOAWAY');
        assertOnConnection(stream, 'GOAWAY');
        return this.#handlers.onGoAway();
      case FRAME.pushPromise:
      case FRAME.continuation:
        throw new Http2ConnectionError(HTTP2_ERROR.protocol, `a frame of type ${type}`);
      default:
      // Frames of a type that is not known mean nothing; 5.5.
    }
  }

  #onSettings(flags: number, stream: number, payload: Buffer): void {
    assertOnConnection(stream, 'SETTINGS');
    if ((flags & FLAG.acknowledgement) !== 0) {
      if (payload.length > 0) throw wrongLength('an acknowledgement');
      return;
    }
    const settings = parseSettings(payload);
    const initialWindow = settings.get(SETTING.initialWindow) ?? this.#peerInitialWindow;
    const frameBytesMax = settings.get(SETTING.frameBytesMax) ?? this.#peerFrameBytesMax;
    if (initialWindow > WINDOW_BYTES_MAX) {
      throw new Http2ConnectionError(HTTP2_ERROR.flowControl, 'a window beyond its maximum');
    }
    if (frameBytesMax < FRAME_BYTES_DEFAULT || frameBytesMax > FRAME_BYTES_MAX) {
      throw new Http2ConnectionError(HTTP2_ERROR.protocol, `frames of ${frameBytesMax} bytes`);
    }
    [this.#peerInitialWindow, this.#peerFrameBytesMax] = [initialWindow, frameBytesMax];
    this.#sender.control(frame(FRAME.settings, FLAG.acknowledgement, 0, Buffer.alloc(0)));
    const open = [...this.#streams.values()].map(({ outgoing }) => outgoing);
    this.#sender.adjust({ initialWindow, frameBytesMax }, open);
    if (this.#ready) return;
    this.#ready = true;
    this.#handlers.onReady(settings.get(SETTING.literalFields) === ALL_CALLS);
  }

  #onHeaders(flags: number, number: number, payload: Buffer): void {
    if ((flags & FLAG.endHeaders) === 0 || (flags & (FLAG.padded | FLAG.priority)) !== 0) {
      throw new Http2ConnectionError(HTTP2_ERROR.protocol, 'HEADERS with more than fields');
    }
    const fields = decodeHeaderFields(payload);
    const isLast = (flags & FLAG.endStream) !== 0;
    const known = this.#streams.get(number);
    if (this.#role === 'client') {
      this.#assertBegun(number, 'HEADERS');
      // Not known: its trailers crossed this end’s reset.
      known?.onFields(fields, isLast);
      return;
    }
    if (known !== undefined || number % 2 === 0 || number <= this.#lastStream) {
      throw new Http2ConnectionError(HTTP2_ERROR.protocol, `HEADERS on stream ${number}`);
    }
    this.#lastStream = number;
    this.#countChurn();
    if (this.#goingAway || this.#streams.size >= STREAMS_MAX) {
      this.#sender.control(numberFrame(FRAME.resetStream, number, HTTP2_ERROR.refusedStream));
      return;
    }
    const stream = this.#add(number, NOBODY);
    stream.handlers = this.#handlers.onStream(stream, fields);
    if (isLast) stream.onEnd();
  }

  #onWindowUpdate(number: number, payload: Buffer): void {
    if (payload.length !== 4) throw wrongLength('WINDOW_UPDATE');
    const bytes = payload.readUInt32BE(0) & WINDOW_BYTES_MAX;
    if (bytes === 0) throw new Http2ConnectionError(HTTP2_ERROR.protocol, 'a window of nothing');
    if (number === 0) return this.#sender.widen(bytes);
    this.#assertBegun(number, 'WINDOW_UPDATE');
    const stream = this.#streams.get(number);
    if (stream !== undefined) this.#sender.widenStream(stream.outgoing, bytes);
  }

  #onData(number: number, bytes: Buffer): void {
    if (this.#closed) return;
    this.#assertBegun(number, 'DATA');
    // Not known: it was under way to a stream that has ended.
    this.#streams.get(number)?.onData(bytes);
  }

  #onDataEnd(number: number, flags: number, length: number): void {
    if (this.#closed) return;
    this.#assertBegun(number, 'DATA');
    if (length > 0) this.#idle.frames = 0;
    else this.#countIdle();
    this.#received += length;
    if (this.#received > this.#windowBytes) {
      throw new Http2ConnectionError(HTTP2_ERROR.flowControl, 'more than the window');
    }
    // The connection’s window is only there because HTTP/2 has one: what bounds memory are those of
    // the streams.
    if (this.#received >= this.#windowBytes / 2) {
      this.#sender.control(numberFrame(FRAME.windowUpdate, 0, this.#received));
      this.#received = 0;
    }
    const stream = this.#streams.get(number);
    if (stream === undefined) return;
    stream.onDataFrame(length);
    if ((flags & FLAG.endStream) !== 0) stream.onEnd();
  }

  #assertBegun(number: number, name: string): void {
    if (number > 0 && number <= this.#lastStream && number % 2 === 1) return;
    throw new Http2ConnectionError(HTTP2_ERROR.protocol, `${name} on stream ${number}`);
  }

  /** Bounds what the other end can have done for nothing. What time brings by itself is not much. */
  #countIdle(): void {
    const idle = this.#idle;
    const { dataFrames } = this.#sender;
    // Windows come back for what this end sends.
    if (idle.dataFrames !== dataFrames) [idle.dataFrames, idle.frames] = [dataFrames, 0];
    if (++idle.frames > IDLE_FRAMES_MAX) assertCalm(idle);
    if (this.#sender.controlBytes > CONTROL_BYTES_MAX) {
      throw new Http2ConnectionError(
        HTTP2_ERROR.enhanceYourCalm,
        'the other end asks, and does not read what it is told',
      );
    }
  }

  #countChurn(): void {
    if (++this.#churn.frames > IDLE_FRAMES_MAX) assertCalm(this.#churn);
  }

  #add(number: number, handlers: StreamHandlers): Http2Stream {
    const stream = new Http2Stream(number, handlers, this.#sender, this.#options, (isAnswered) => {
      // Calls may be as many as anybody likes; what counts is what was begun for nothing.
      if (isAnswered && this.#churn.frames > 0) this.#churn.frames -= 1;
      this.#streams.delete(number);
      this.#closeIfDone();
    });
    this.#streams.set(number, stream);
    return stream;
  }

  #closeIfDone(): void {
    if (!this.#goingAway || this.#closed || this.#streams.size > 0) return;
    this.#socket.end();
  }

  #goAwayFrame(code: number, reason: string): Buffer {
    const text = Buffer.from(reason.slice(0, REASON_MAX));
    const payload = Buffer.alloc(8 + text.length);
    payload.writeUInt32BE(this.#role === 'server' ? this.#lastStream : 0);
    payload.writeUInt32BE(code, 4);
    text.copy(payload, 8);
    return frame(FRAME.goAway, 0, 0, payload);
  }

  /** `pingedAt`: when the other end was asked; null: it was not, since it has spoken. */
  #watchSilence(delayMs: number, pingedAt: number | null = null): NodeJS.Timeout {
    const timer = setTimeout(() => {
      // What has come while this process stood still is read before the other end is judged.
      setImmediate(() => this.#onSilence(pingedAt));
    }, delayMs);
    timer.unref();
    return timer;
  }

  #onSilence(pingedAt: number | null): void {
    if (this.#closed) return;
    const { keepaliveTimeMs, keepaliveTimeoutMs } = this.#options;
    const now = performance.now();
    const silentMs = now - this.#lastHeardAt;
    if (pingedAt !== null && this.#lastHeardAt < pingedAt) {
      this.#close(new Error(`the other end was silent for ${Math.round(silentMs)} ms`));
    } else if (silentMs < keepaliveTimeMs) {
      this.#keepalive = this.#watchSilence(keepaliveTimeMs - silentMs);
    } else {
      this.#sender.control(frame(FRAME.ping, 0, 0, Buffer.alloc(8)));
      this.#keepalive = this.#watchSilence(keepaliveTimeoutMs, now);
    }
  }

  #close(error: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#keepalive);
    // What was written for the other end goes out as far as the socket takes it now.
    this.#socket.end();
    setImmediate(() => this.#socket.destroy());
    for (const stream of [...this.#streams.values()]) stream.breakOff(error);
    this.#handlers.onClose(error);
  }
}

/** One gRPC call on a connection, as either end sees it. */
export class Http2Stream {
  readonly number: number;
  handlers: StreamHandlers;
  readonly outgoing: Outgoing;
  readonly #sender: Sender;
  readonly #windowBytes: number;
  /** Whether this end, a server, has ended it. */
  readonly #onOver: (isAnswered: boolean) => void;
  readonly #messages: MessageReader;
  /** What has come while nobody wanted it; null is the end. */
  readonly #held = new Queue<Buffer | null>();
  #paused = false;
  #remoteEnded = false;
  #unreadable = false;
  #over = false;
  /** Received, and not yet given back to the stream’s window. */
  #received = 0;

  constructor(
    number: number,
    handlers: StreamHandlers,
    sender: Sender,
    options: ConnectionOptions,
    onOver: (isAnswered: boolean) => void,
  ) {
    this.number = number;
    this.handlers = handlers;
    this.outgoing = sender.open(number);
    this.#sender = sender;
    this.#windowBytes = options.windowBytes;
    this.#onOver = onOver;
    this.#messages = new MessageReader(options.messageBytesMax, options.lentBytes, (message) =>
      this.#give(message),
    );
  }

  /** `isLast`: trailers, behind every message; a server’s, and the end of the stream. */
  sendFields(fields: HeaderFields, isLast: boolean): void {
    if (this.#over) return;
    const flags = FLAG.endHeaders | (isLast ? FLAG.endStream : 0);
    const bytes = frame(FRAME.headers, flags, this.number, encodeHeaderFields(fields));
    if (!isLast) {
      this.#sender.control(bytes);
      return;
    }
    this.#over = true;
    this.#held.clear();
    // Until the last message has left, the other end’s windows and resets must find the stream.
    this.#sender.end(this.outgoing, bytes, () => this.#onOver(true));
  }

  /** `written` is called once all of it was handed to the kernel, and never if the stream breaks. */
  send(message: Message, written?: () => void): void {
    this.#sender.message(this.outgoing, message, written);
  }

  /** A client’s: sends nothing more, and still reads. */
  end(): void {
    if (!this.#over) this.#sender.end(this.outgoing, endOfStream(this.number));
  }

  /** Gives the stream up: nothing more is sent, and no handler is called. */
  cancel(): void {
    if (this.#over) return;
    this.#forget();
    this.#sender.control(numberFrame(FRAME.resetStream, this.number, HTTP2_ERROR.cancel));
  }

  /** Nothing is handed on from here; once a window is full the other end has to wait. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    while (!this.#paused && this.#held.length > 0) {
      const next = this.#held.shift();
      if (next === null) this.handlers.onEnd();
      else if (next !== undefined) this.handlers.onMessage(next);
    }
    this.#giveBack();
  }

  onFields(fields: HeaderFields, isLast: boolean): void {
    if (this.#over) return;
    if (isLast) this.#forget();
    this.handlers.onFields(fields, isLast);
  }

  onData(bytes: Buffer): void {
    if (this.#over || this.#unreadable) return;
    if (this.#remoteEnded) {
      throw new Http2ConnectionError(HTTP2_ERROR.streamClosed, 'DATA behind the end of a stream');
    }
    const problem = this.#messages.push(bytes);
    // Over: a message before it was the last that the handler wanted.
    if (problem === null || this.#over) return;
    this.#unreadable = true;
    this.handlers.onUnreadable(problem);
  }

  onDataFrame(length: number): void {
    if (this.#over) return;
    this.#received += length;
    if (this.#received > this.#windowBytes) {
      throw new Http2ConnectionError(HTTP2_ERROR.flowControl, 'more than the window of a stream');
    }
    if (!this.#paused) this.#giveBack();
  }

  onEnd(): void {
    if (this.#over || this.#remoteEnded) return;
    this.#remoteEnded = true;
    if (this.#paused || this.#held.length > 0) this.#held.push(null);
    else this.handlers.onEnd();
  }

  /** The other end, or the connection, has given up. */
  breakOff(error: Error): void {
    const wasOver = this.#over;
    this.#forget();
    if (!wasOver) this.handlers.onBroken(error);
  }

  #give(message: Buffer): void {
    if (this.#over) return;
    if (this.#paused || this.#held.length > 0) this.#held.push(message);
    else this.handlers.onMessage(message);
  }

  #giveBack(): void {
    if (this.#received < this.#windowBytes / 4 || this.#remoteEnded || this.#over) return;
    this.#sender.control(numberFrame(FRAME.windowUpdate, this.number, this.#received));
    this.#received = 0;
  }

  #forget(): void {
    this.#over = true;
    this.#held.clear();
    this.#sender.forget(this.outgoing);
    this.#onOver(false);
  }
}

function wrongLength(name: string): Http2ConnectionError {
  return new Http2ConnectionError(HTTP2_ERROR.frameSize, `${name} of a wrong length`);
}

function assertOnConnection(stream: number, name: string): void {
  if (stream === 0) return;
  throw new Http2ConnectionError(HTTP2_ERROR.protocol, `${name} on stream ${stream}`);
}

/** So many frames are a flood if they came within a moment; otherwise they are counted anew. */
function assertCalm(count: { frames: number; since: number }): void {
  const now = performance.now();
  if (now - count.since < IDLE_MS) {
    throw new Http2ConnectionError(HTTP2_ERROR.enhanceYourCalm, 'frames without an end');
  }
  [count.frames, count.since] = [0, now];
}

function resetError(code: number): Error {
  return new Error(`the other end has reset the stream (${code})`);
}

/** Until the owner of a new stream is known: nothing comes before. */
const NOBODY: StreamHandlers = {
  onFields: () => undefined,
  onMessage: () => undefined,
  onEnd: () => undefined,
  onUnreadable: () => undefined,
  onBroken: () => undefined,
};

/** Streams of one connection at once. Ours have one or two. */
const STREAMS_MAX = 1_000;
/**
 * Settings, pings and windows in a row, and streams that come and go. A quiet connection has as many
 * in a day, a flood in less than a second.
 */
const IDLE_FRAMES_MAX = 10_000;
const IDLE_MS = 60_000;
/** Answers to what the other end asks that it does not read. */
const CONTROL_BYTES_MAX = 1 << 20;
const REASON_MAX = 200;
