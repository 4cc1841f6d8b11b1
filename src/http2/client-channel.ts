import { Socket, type SocketConstructorOpts, type TcpSocketConnectOpts } from 'node:net';
import { Http2Connection, type ConnectionOptions, type Http2Stream } from './connection.ts';
import type { Message } from './sender.ts';
import { requestFields, statusOf, UNAVAILABLE, type CallStatus } from './grpc-fields.ts';
import { lentReads } from './lent-reads.ts';

/** A stream in both directions, as whoever opened it sends. */
export interface OutgoingCall {
  /** `written` is called once the message was handed to the network. */
  send(message: Message, written?: () => void): void;
  /** Sends nothing more, and still reads. */
  end(): void;
  /** Gives the call up; no handler is called from here on. */
  cancel(): void;
}

export interface CallHandlers {
  /** The other side has taken the call. */
  onOpen(): void;
  onMessage(message: Buffer): void;
  /** Once, and the last. `unreached`: there was no connection, and nothing was sent. */
  onEnd(status: CallStatus, unreached: boolean): void;
}

export interface ChannelOptions extends Omit<ConnectionOptions, 'lentBytes'> {
  /** How long a connection may take until the other end has spoken. */
  readonly connectTimeoutMs: number;
  /** Carries a call to an endpoint that is not one of ours: a proxy, an older broker. */
  readonly fallback: (path: string, handlers: CallHandlers) => OutgoingCall;
}

/**
 * The way to one address: a connection at a time, made when a call needs it. Calls that are opened
 * meanwhile wait for it and fail with it. Once the other end turns out not to be one of ours, the
 * connection is closed and this channel carries its calls by the fallback.
 *
 * Created by a transport for each address and purpose; `close` once.
 */
export class ClientChannel {
  readonly #host: string;
  readonly #port: number;
  readonly #authority: string;
  readonly #options: ChannelOptions;
  /** The one that takes new calls. */
  #connection: Http2Connection | null = null;
  /** Every one that is open: those that take no new calls carry theirs to the end. */
  readonly #connections = new Set<Http2Connection>();
  /** Calls that wait for a connection; null: none is being made. */
  #waiting: Set<WaitingCall> | null = null;
  #giveUp: (() => void) | null = null;
  #isForeign = false;

  /** `address` as `host:port`, an IPv6 host in brackets. */
  constructor(address: string, options: ChannelOptions) {
    const colon = address.lastIndexOf(':');
    this.#host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
    this.#port = Number(address.slice(colon + 1));
    this.#authority = address;
    this.#options = options;
  }

  open(path: string, handlers: CallHandlers): OutgoingCall {
    if (this.#isForeign) return this.#options.fallback(path, handlers);
    // Closed: it is telling its calls that they are over, and one of them opens the next.
    if (this.#connection?.closed === false) return this.#begin(this.#connection, path, handlers);
    const call = new WaitingCall(path, handlers, () => this.#waiting?.delete(call));
    this.#waiting ??= this.#connect();
    this.#waiting.add(call);
    return call;
  }

  /** Ends what is open. */
  close(): void {
    this.#giveUp?.();
    for (const connection of [...this.#connections]) {
      connection.destroy(new Error('the channel is closed'));
    }
  }

  #connect(): Set<WaitingCall> {
    const waiting = new Set<WaitingCall>();
    let connection: Http2Connection | null = null;
    const options: SocketConstructorOpts & TcpSocketConnectOpts = {
      host: this.#host,
      port: this.#port,
      noDelay: true,
      onread: lentReads((chunk) => connection?.receive(chunk)),
    };
    const socket = new Socket(options);
    let isOver = false;
    /** Ends the attempt: with a connection, with a fallback, or with a failure. */
    const settle = (carry: (call: WaitingCall) => void): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      this.#giveUp = null;
      this.#waiting = null;
      for (const call of [...waiting]) if (!call.cancelled) carry(call);
    };
    const fail = (message: string): void => {
      settle((call) => call.fail(message));
      socket.destroy();
    };
    const { connectTimeoutMs } = this.#options;
    const timer = setTimeout(() => {
      fail(`no connection within ${connectTimeoutMs} ms`);
    }, connectTimeoutMs);
    this.#giveUp = () => fail('the channel is closed');
    socket.on('error', (error) => fail(reasonOf(error)));
    socket.once('connect', () => {
      const made = this.#speak(socket, {
        onReady: (isOurs) => {
          if (isOurs) {
            this.#connection = made;
            settle((call) => call.carryBy(this.#begin(made, call.path, call.handlers)));
            return;
          }
          this.#isForeign = true;
          settle((call) => call.carryBy(this.#options.fallback(call.path, call.handlers)));
          made.destroy(new Error('not one of ours'));
        },
        onClose: (error) => fail(error.message),
      });
      connection = made;
    });
    try {
      socket.connect(options);
    } catch (error) {
      // An address that cannot be. Whoever opens a call does not expect its end before it has it.
      process.nextTick(() => fail(reasonOf(error as Error)));
    }
    return waiting;
  }

  #speak(
    socket: Socket,
    handlers: { onReady(isOurs: boolean): void; onClose(error: Error): void },
  ): Http2Connection {
    const forget = (): void => {
      if (this.#connection === connection) this.#connection = null;
    };
    const connection = new Http2Connection(
      socket,
      'client',
      { ...this.#options, lentBytes: true },
      {
        onReady: handlers.onReady,
        onStream: () => {
          throw new Error('a server began a stream');
        },
        // What is open goes on; the next call makes another connection.
        onGoAway: () => {
          forget();
          connection.goAway();
        },
        onClose: (error) => {
          forget();
          this.#connections.delete(connection);
          handlers.onClose(error);
        },
      },
    );
    this.#connections.add(connection);
    return connection;
  }

  #begin(connection: Http2Connection, path: string, handlers: CallHandlers): OutgoingCall {
    let opened = false;
    const open = (): void => {
      if (opened) return;
      opened = true;
      handlers.onOpen();
    };
    const stream: Http2Stream = connection.open(requestFields(path, this.#authority), {
      onFields: (fields, isLast) => {
        if (isLast) handlers.onEnd(statusOf(fields), false);
        else open();
      },
      onMessage: (message) => handlers.onMessage(message),
      onEnd: () => {
        stream.cancel();
        handlers.onEnd(statusOf(new Map()), false);
      },
      onUnreadable: (problem) => {
        stream.cancel();
        const message =
          problem === 'compressed'
            ? 'a message that is compressed'
            : `a message of ${problem.bytes} bytes`;
        handlers.onEnd({ ...UNREACHABLE, message }, false);
      },
      onBroken: ({ message }) => handlers.onEnd({ ...UNREACHABLE, message }, false),
    });
    return {
      send: (message, written) => stream.send(message, written),
      end: () => stream.end(),
      cancel: () => stream.cancel(),
    };
  }
}

/** The error of several attempts has no message of its own. */
function reasonOf(error: Error): string {
  if (!(error instanceof AggregateError) || error.message !== '') return error.message;
  return error.errors.map((each: Error) => each.message).join('; ');
}

const UNREACHABLE: CallStatus = { code: UNAVAILABLE, message: '', details: null };

/** A call whose connection is being made: remembers what it is to send. */
class WaitingCall implements OutgoingCall {
  readonly path: string;
  readonly handlers: CallHandlers;
  readonly #forget: () => void;
  readonly #messages: { readonly bytes: Message; readonly written: (() => void) | undefined }[] =
    [];
  #ended = false;
  /** Or failed: nothing is told any more. */
  cancelled = false;
  #carrier: OutgoingCall | null = null;

  constructor(path: string, handlers: CallHandlers, forget: () => void) {
    this.path = path;
    this.handlers = handlers;
    this.#forget = forget;
  }

  carryBy(carrier: OutgoingCall): void {
    this.#carrier = carrier;
    for (const { bytes, written } of this.#messages.splice(0)) carrier.send(bytes, written);
    if (this.#ended) carrier.end();
  }

  fail(message: string): void {
    this.cancelled = true;
    this.handlers.onEnd({ ...UNREACHABLE, message }, true);
  }

  send(bytes: Message, written?: () => void): void {
    if (this.cancelled || this.#ended) return;
    if (this.#carrier === null) this.#messages.push({ bytes, written });
    else this.#carrier.send(bytes, written);
  }

  end(): void {
    this.#ended = true;
    this.#carrier?.end();
  }

  cancel(): void {
    this.cancelled = true;
    this.#forget();
    this.#carrier?.cancel();
  }
}
