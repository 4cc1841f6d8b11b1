import * as grpc from '@grpc/grpc-js';
import type { Clock, Timer } from '../base/clock.ts';
import type { ErrorCode } from '../base/errors.ts';
import { OdradekError } from '../base/errors.ts';
import type { MethodDescription } from '../wire/method-description.ts';
import { ClientChannel, type CallHandlers, type OutgoingCall } from '../http2/client-channel.ts';
import { callByGrpc } from '../http2/grpc-fallback.ts';
import { STATUS_OK, type CallStatus } from '../http2/grpc-fields.ts';
import { UnaryCalls } from '../http2/unary-calls.ts';
import { fromCallError } from '../wire/call-error.ts';
import {
  abortedError,
  closedError,
  errorOfRefusal,
  NotConnected,
  toOdradekError,
} from './errors.ts';
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
  readonly #connections: Map<string, Connections> = new Map();
  /** To servers that are not ours. */
  readonly #foreign: Map<string, grpc.Client> = new Map();
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
      const finish = (settle: () => void): void => {
        timer.cancel();
        stopListening?.();
        settle();
      };
      const fail = (error: OdradekError): void => finish(() => reject(error));
      const { calls } = this.#connectionsTo(address, purpose);
      const call = calls.call(method.path, method.requestSerialize(request), {
        onAnswer: (bytes) =>
          finish(() => {
            try {
              resolve(method.responseDeserialize(bytes));
            } catch (error) {
              reject(toOdradekError(error));
            }
          }),
        onFailed: (status, unreached) => fail(errorOfStatus(address, status, unreached)),
      });
      const giveUp = (error: OdradekError): void => {
        call.cancel();
        fail(error);
      };
      const timer = this.#clock.setTimer(timeoutMs, () =>
        giveUp(new OdradekError('REQUEST_TIMED_OUT', `${address}: no answer in ${timeoutMs} ms`)),
      );
      const stopListening =
        signal === undefined ? null : onAbort(signal, () => giveUp(abortedError(signal)));
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
    const call = this.#connectionsTo(address, purpose).channel.open(method.path, {
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
        if (status.code === STATUS_OK.code) finish(endedError(address));
        else finish(errorOfStatus(address, status, unreached));
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
    const stream = this.open(address, purpose, method, request, handlers);
    stream.end();
    return stream;
  }

  close(): void {
    this.#closed = true;
    for (const { channel, calls } of this.#connections.values()) {
      calls.close();
      channel.close();
    }
    this.#connections.clear();
    for (const client of this.#foreign.values()) client.close();
    this.#foreign.clear();
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

  #connectionsTo(address: string, purpose: Purpose): Connections {
    const key = `${purpose} ${address}`;
    let connections = this.#connections.get(key);
    if (connections === undefined) {
      const channel = new ClientChannel(address, {
        windowBytes: WINDOW_BYTES,
        messageBytesMax: RECEIVE_BYTES_MAX,
        keepaliveTimeMs: KEEPALIVE[purpose].timeMs,
        keepaliveTimeoutMs: KEEPALIVE[purpose].timeoutMs,
        connectTimeoutMs: this.#connectTimeoutMs,
        fallback: (path, handlers) => this.#openByGrpc(address, purpose, path, handlers),
      });
      connections = { channel, calls: new UnaryCalls(channel) };
      this.#connections.set(key, connections);
    }
    return connections;
  }

  /** A call to somebody else's server: given up in time, as other calls of grpc-js are. */
  #openByGrpc(
    address: string,
    purpose: Purpose,
    path: string,
    handlers: CallHandlers,
  ): OutgoingCall {
    const channel = this.#foreignClient(address, purpose);
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

  #foreignClient(address: string, purpose: Purpose): grpc.Client {
    const key = `${purpose} ${address}`;
    let channel = this.#foreign.get(key);
    if (channel === undefined) {
      channel = new grpc.Client(address, grpc.credentials.createInsecure(), {
        ...CHANNEL_OPTIONS,
        'grpc.keepalive_time_ms': KEEPALIVE[purpose].timeMs,
        'grpc.keepalive_timeout_ms': KEEPALIVE[purpose].timeoutMs,
      });
      this.#foreign.set(key, channel);
    }
    return channel;
  }
}

/** The way to one broker for one purpose. */
interface Connections {
  readonly channel: ClientChannel;
  readonly calls: UnaryCalls;
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

function errorOfStatus(
  address: string,
  { code, message, details }: CallStatus,
  unreached: boolean,
): OdradekError {
  if (unreached) return new NotConnected(`${address}: ${message}`);
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
