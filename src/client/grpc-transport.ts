import * as grpc from '@grpc/grpc-js';
import type { Clock, Timer } from '../base/clock.ts';
import type { ErrorCode } from '../base/errors.ts';
import { OdradekError } from '../base/errors.ts';
import type { MethodDescription } from '../wire/method-description.ts';
import { ClientChannel, type CallHandlers, type OutgoingCall } from '../http2/client-channel.ts';
import { callByGrpc, statusOfError } from '../http2/grpc-fallback.ts';
import { STATUS_OK, type CallStatus } from '../http2/grpc-fields.ts';
import { fromCallError } from '../wire/call-error.ts';
import { abortedError, closedError, errorOfRefusal, NotConnected } from './errors.ts';
import { RECONNECT_BACKOFF } from './retry.ts';
import type { OutgoingStream, Purpose, StreamHandlers, Transport } from './transport.ts';
import { onAbort } from './waiting.ts';

/**
 * Brokers over gRPC, one channel for each broker and purpose. Made by a client, and closed with it.
 *
 * A channel that cannot connect fails its calls at once instead of queueing them, so that callers
 * decide where to turn; one that neither connects nor fails is given up after `connectTimeoutMs`.
 */
export class GrpcTransport implements Transport {
  readonly #clock: Clock;
  readonly #connectTimeoutMs: number;
  readonly #channels: Map<string, grpc.Client> = new Map();
  /** For streams in both directions, which carry the records. */
  readonly #streamChannels: Map<string, ClientChannel> = new Map();
  #closed = false;

  constructor(clock: Clock, options: { readonly connectTimeoutMs: number }) {
    this.#clock = clock;
    this.#connectTimeoutMs = options.connectTimeoutMs;
  }

  call<Request, Response>(
    address: string,
    purpose: Purpose,
    method: MethodDescription<Request, Response>,
    request: Request,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<Response> {
    const { signal, timeoutMs } = options;
    return new Promise<Response>((resolve, reject) => {
      if (this.#closed) return reject(closedError());
      if (signal?.aborted === true) return reject(abortedError(signal));
      const channel = this.#channel(address, purpose);
      let connecting: Timer | null = null;
      let stopListening: (() => void) | null = null;
      let unreachable = false;
      const call = channel.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        { deadline: Date.now() + timeoutMs },
        (error, response) => {
          connecting?.cancel();
          stopListening?.();
          if (error === null && response !== undefined) resolve(response);
          else if (signal?.aborted === true) reject(abortedError(signal));
          else if (unreachable) reject(this.#unreachable(address));
          else reject(errorOfStatus(address, error === null ? NO_ANSWER : statusOfError(error)));
        },
      );
      if (signal !== undefined) stopListening = onAbort(signal, () => call.cancel());
      connecting = this.#watchConnect(channel, () => {
        unreachable = true;
        call.cancel();
      });
    });
  }

  open<Request, Response>(
    address: string,
    purpose: Purpose,
    method: MethodDescription<Request, Response>,
    first: Request,
    handlers: StreamHandlers<Response>,
  ): OutgoingStream<Request> {
    if (this.#closed) {
      return { send: () => undefined, end: () => undefined, close: endAtOnce(handlers) };
    }
    let over = false;
    const finish = (error: OdradekError): void => {
      if (over) return;
      over = true;
      handlers.onEnd(error);
    };
    const call = this.#streams(address, purpose).open(method.path, {
      onOpen: () => undefined,
      onMessage: (bytes) => {
        if (over) return;
        let message: Response;
        try {
          message = method.responseDeserialize(bytes);
        } catch (error) {
          if (!(error instanceof OdradekError)) throw error;
          call.cancel();
          finish(error);
          return;
        }
        handlers.onMessage(message);
      },
      onEnd: (status, unreached) => {
        if (unreached) finish(new NotConnected(`${address}: ${status.message}`));
        else if (status.code === STATUS_OK.code) finish(endedError(address));
        else finish(errorOfStatus(address, status));
      },
    });
    call.send(method.requestSerialize(first));
    return {
      send(message, onSent) {
        if (!over) call.send(method.requestSerialize(message), onSent);
      },
      end: () => {
        if (!over) call.end();
      },
      close: () => {
        if (over) return;
        over = true;
        call.cancel();
      },
    };
  }

  watch<Request, Response>(
    address: string,
    purpose: Purpose,
    method: MethodDescription<Request, Response>,
    request: Request,
    handlers: StreamHandlers<Response>,
  ): { close(): void } {
    if (this.#closed) return { close: endAtOnce(handlers) };
    const channel = this.#channel(address, purpose);
    const call = channel.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
    );
    return this.#follow(address, channel, call, handlers);
  }

  close(): void {
    this.#closed = true;
    for (const channel of this.#streamChannels.values()) channel.close();
    this.#streamChannels.clear();
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
  }

  /** Passes on what a call brings, until it ends or is closed. */
  #follow<Response>(
    address: string,
    channel: grpc.Client,
    call: grpc.ClientReadableStream<Response>,
    handlers: StreamHandlers<Response>,
  ): { close(): void } {
    let over = false;
    let connecting: Timer | null = null;
    const finish = (error: OdradekError): void => {
      if (over) return;
      over = true;
      connecting?.cancel();
      handlers.onEnd(error);
    };
    call.on('data', (response: Response) => {
      if (!over) handlers.onMessage(response);
    });
    call.on('error', (error: grpc.ServiceError) =>
      finish(errorOfStatus(address, statusOfError(error))),
    );
    call.on('end', () => finish(endedError(address)));
    connecting = this.#watchConnect(channel, () => {
      finish(this.#unreachable(address));
      call.cancel();
    });
    return {
      close: () => {
        if (over) return;
        over = true;
        connecting?.cancel();
        call.cancel();
      },
    };
  }

  /** Calls `onTimeout` unless the channel is connected within the time for it. */
  #watchConnect(channel: grpc.Client, onTimeout: () => void): Timer | null {
    const { READY } = grpc.connectivityState;
    const state = (): grpc.connectivityState => channel.getChannel().getConnectivityState(false);
    if (state() === READY) return null;
    return this.#clock.setTimer(this.#connectTimeoutMs, () => {
      if (!this.#closed && state() !== READY) onTimeout();
    });
  }

  #unreachable(address: string): OdradekError {
    return new NotConnected(`no connection to ${address} within ${this.#connectTimeoutMs} ms`);
  }

  #streams(address: string, purpose: Purpose): ClientChannel {
    const key = `${purpose} ${address}`;
    let channel = this.#streamChannels.get(key);
    if (channel === undefined) {
      channel = new ClientChannel(address, {
        windowBytes: WINDOW_BYTES,
        messageBytesMax: RECEIVE_BYTES_MAX,
        keepaliveTimeMs: KEEPALIVE[purpose].timeMs,
        keepaliveTimeoutMs: KEEPALIVE[purpose].timeoutMs,
        connectTimeoutMs: this.#connectTimeoutMs,
        fallback: (path, handlers) => this.#openByGrpc(address, purpose, path, handlers),
      });
      this.#streamChannels.set(key, channel);
    }
    return channel;
  }

  /** A stream to somebody else's server: given up in time, as other calls of grpc-js are. */
  #openByGrpc(
    address: string,
    purpose: Purpose,
    path: string,
    handlers: CallHandlers,
  ): OutgoingCall {
    const channel = this.#channel(address, purpose);
    const call = callByGrpc(channel, path, {
      onOpen: () => handlers.onOpen(),
      onMessage: (message) => handlers.onMessage(message),
      onEnd(status, unreached) {
        connecting?.cancel();
        handlers.onEnd(status, unreached);
      },
    });
    const connecting = this.#watchConnect(channel, () => {
      call.cancel();
      const message = `no connection within ${this.#connectTimeoutMs} ms`;
      handlers.onEnd({ code: grpc.status.UNAVAILABLE, message, details: null }, true);
    });
    return {
      ...call,
      cancel() {
        connecting?.cancel();
        call.cancel();
      },
    };
  }

  #channel(address: string, purpose: Purpose): grpc.Client {
    const key = `${purpose} ${address}`;
    let channel = this.#channels.get(key);
    if (channel === undefined) {
      channel = new grpc.Client(address, grpc.credentials.createInsecure(), {
        ...CHANNEL_OPTIONS,
        'grpc.keepalive_time_ms': KEEPALIVE[purpose].timeMs,
        'grpc.keepalive_timeout_ms': KEEPALIVE[purpose].timeoutMs,
      });
      this.#channels.set(key, channel);
    }
    return channel;
  }
}

/** The stream of a transport that is closed: it ends in the next turn, unless it is closed before. */
function endAtOnce(handlers: StreamHandlers<never>): () => void {
  let over = false;
  queueMicrotask(() => {
    if (!over) handlers.onEnd(closedError());
  });
  return () => {
    over = true;
  };
}

/** Under way towards us, of each stream and connection. */
const WINDOW_BYTES = 8 << 20;
/** A bound for what nobody sends: what a client asks for is far below it. */
const RECEIVE_BYTES_MAX = 1 << 30;

const CHANNEL_OPTIONS: grpc.ChannelOptions = {
  // Channels with equal options would share one connection.
  'grpc.use_local_subchannel_pool': 1,
  'grpc-node.flow_control_window': WINDOW_BYTES,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  // Whether to repeat a request is decided where its meaning is known.
  'grpc.enable_retries': 0,
  'grpc.enable_channelz': 0,
  // Brokers are not reached through the web's proxies, whatever the environment says.
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.initial_reconnect_backoff_ms': RECONNECT_BACKOFF.initialMs,
  'grpc.max_reconnect_backoff_ms': RECONNECT_BACKOFF.maxMs,
  'grpc.dns_min_time_between_resolutions_ms': 1000,
};

/**
 * A machine that has stopped dead closes no connection. Where the news of a new leader comes from,
 * that must be noticed within a second or two, and a false alarm costs nothing; a false alarm on a
 * produce stream would resend what is under way, so there the news is what counts, and a ping only
 * clears away what is left.
 */
const KEEPALIVE: Readonly<
  Record<Purpose, { readonly timeMs: number; readonly timeoutMs: number }>
> = {
  metadata: { timeMs: 500, timeoutMs: 1000 },
  admin: { timeMs: 5000, timeoutMs: 10_000 },
  produce: { timeMs: 5000, timeoutMs: 10_000 },
  fetch: { timeMs: 5000, timeoutMs: 10_000 },
};

/** What a call's status means where it carries no error of the catalogue. */
const CODES_BY_STATUS: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [grpc.status.DEADLINE_EXCEEDED, 'REQUEST_TIMED_OUT'],
  [grpc.status.INVALID_ARGUMENT, 'INVALID_REQUEST'],
  [grpc.status.RESOURCE_EXHAUSTED, 'MESSAGE_TOO_LARGE'],
  [grpc.status.UNIMPLEMENTED, 'INVALID_REQUEST'],
]);

const NO_ANSWER: CallStatus = { code: grpc.status.UNKNOWN, message: '', details: null };

function errorOfStatus(address: string, { code, message, details }: CallStatus): OdradekError {
  if (details !== null) return errorOfRefusal(fromCallError(code, message, details).refusal);
  if (message.startsWith('No connection established')) {
    // "No connection established. Last error: Error: connect ECONNREFUSED … Resolution note: "
    const reason = /Last error: (?:Error: )?(.*?)\.? *(?:Resolution note:.*)?$/.exec(message);
    return new NotConnected(`${address}: ${reason?.[1] ?? 'no connection'}`);
  }
  // A connection that breaks shows as UNAVAILABLE, CANCELLED, INTERNAL or UNKNOWN, as it happens.
  const meaning = CODES_BY_STATUS.get(code) ?? 'NETWORK_EXCEPTION';
  return new OdradekError(meaning, `${address}: ${message === '' ? 'no answer' : message}`);
}

function endedError(address: string): OdradekError {
  return new OdradekError('NETWORK_EXCEPTION', `${address} has ended the stream`);
}
