/**
 * One stream to another of our processes, over a connection of its own. The connection is made when
 * the stream is, and goes with it: a stream that failed says so at once and is not retried here,
 * because the host that opened it knows better when to try again than gRPC's back-off of a second.
 *
 * Created by the transports in this room for a host, which is told exactly once that it is over.
 */
import { Client, credentials } from '@grpc/grpc-js';
import type { ChannelOptions } from '@grpc/grpc-js';
import { OdradekError } from '../base/errors.ts';
import type { Refusal } from '../base/errors.ts';
import type { MessageHandlers, MessageSink } from '../broker/interfaces.ts';
import { ClientChannel, type OutgoingCall } from '../http2/client-channel.ts';
import { callByGrpc } from '../http2/grpc-fallback.ts';
import { DEADLINE_EXCEEDED, STATUS_OK, type CallStatus } from '../http2/grpc-fields.ts';
import type { UnaryCalls } from '../http2/unary-calls.ts';
import type { Endpoint } from '../wire/metadata-messages.ts';
import { formatEndpoint } from '../wire/metadata-messages.ts';
import { fromCallError } from '../wire/call-error.ts';
import type { MethodDescription } from '../wire/method-description.ts';

export interface GrpcPeerOptions {
  /** How long the other side may take to answer a new stream. */
  readonly connectTimeoutMs: number;
  /** HTTP/2 receive window, in bytes. */
  readonly receiveWindowBytes: number;
  /** Messages queued towards the network before the host is asked to wait, in bytes. */
  readonly queueBytesMax: number;
}

export const DEFAULT_PEER_OPTIONS: GrpcPeerOptions = {
  connectTimeoutMs: 1_000,
  // Loopback needs none of it, a network of 1 ms and 10 Gbit/s a megabyte.
  receiveWindowBytes: 8 << 20,
  queueBytesMax: 4 << 20,
};

const KEEPALIVE = { timeMs: 5_000, timeoutMs: 2_000 } as const;
/** A bound for what nobody sends: the other side's limits are far below it. */
const RECEIVE_BYTES_MAX = 1 << 30;
/** How long the other side may take to end its half, once this one has. */
const CLOSE_TIMEOUT_MS = 1_000;

function channelOptions(options: GrpcPeerOptions): ChannelOptions {
  return {
    // A connection of its own: equal options would share one with every other stream.
    'grpc.use_local_subchannel_pool': 1,
    'grpc-node.flow_control_window': options.receiveWindowBytes,
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.enable_retries': 0,
    'grpc.enable_channelz': 0,
    'grpc.keepalive_time_ms': KEEPALIVE.timeMs,
    'grpc.keepalive_timeout_ms': KEEPALIVE.timeoutMs,
  };
}

/** The way to another process over a connection of its own, by grpc-js where that is not one of ours. */
export function openChannel(endpoint: Endpoint, options: GrpcPeerOptions): ClientChannel {
  const address = formatEndpoint(endpoint);
  return new ClientChannel(address, {
    windowBytes: options.receiveWindowBytes,
    messageBytesMax: RECEIVE_BYTES_MAX,
    keepaliveTimeMs: KEEPALIVE.timeMs,
    keepaliveTimeoutMs: KEEPALIVE.timeoutMs,
    connectTimeoutMs: options.connectTimeoutMs,
    fallback(path, handlers) {
      const client = new Client(address, credentials.createInsecure(), channelOptions(options));
      const call = callByGrpc(client, path, {
        onOpen: () => handlers.onOpen(),
        onMessage: (message) => handlers.onMessage(message),
        onEnd(status, unreached) {
          client.close();
          handlers.onEnd(status, unreached);
        },
      });
      return {
        ...call,
        cancel() {
          call.cancel();
          client.close();
        },
      };
    },
  });
}

/** One message out, one back. Rejects with an `OdradekError`, also when the time is up. */
export function callOnce<Request, Response>(
  calls: UnaryCalls,
  method: MethodDescription<Request, Response>,
  request: Request,
  timeoutMs: number,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const call = calls.call(method.path, method.requestSerialize(request), {
      onAnswer(bytes) {
        clearTimeout(timer);
        try {
          resolve(method.responseDeserialize(bytes));
        } catch (thrown) {
          reject(thrown instanceof Error ? thrown : new OdradekError('UNKNOWN_SERVER_ERROR'));
        }
      },
      onFailed(status) {
        clearTimeout(timer);
        reject(errorOf(status));
      },
    });
    const timer = setTimeout(() => {
      call.cancel();
      reject(
        errorOf({
          code: DEADLINE_EXCEEDED,
          message: `no answer in ${timeoutMs} ms`,
          details: null,
        }),
      );
    }, timeoutMs);
  });
}

export class GrpcStream<Sent, Received> implements MessageSink<Sent> {
  private readonly channel: ClientChannel;
  private readonly call: OutgoingCall;
  private readonly method: MethodDescription<Sent, Received>;
  private readonly handlers: MessageHandlers<Received> & { onOpen(): void };
  private readonly queueBytesMax: number;
  private queuedBytes = 0;
  private full = false;
  private opened = false;
  /** This side has ended the stream: nothing is sent or handed on any more. */
  private ended = false;
  private told = false;
  /** Waits for the answer at first, for the end at last. */
  private timer: NodeJS.Timeout;

  constructor(
    endpoint: Endpoint,
    method: MethodDescription<Sent, Received>,
    handlers: MessageHandlers<Received> & { onOpen(): void },
    options: GrpcPeerOptions,
  ) {
    this.method = method;
    this.handlers = handlers;
    this.queueBytesMax = options.queueBytesMax;
    this.timer = setTimeout(() => {
      const address = formatEndpoint(endpoint);
      this.finish(new OdradekError('NETWORK_EXCEPTION', `${address} did not answer in time`));
    }, options.connectTimeoutMs);
    this.channel = openChannel(endpoint, options);
    this.call = this.channel.open(method.path, {
      onOpen: () => this.onOpen(),
      onMessage: (bytes) => this.onData(bytes),
      onEnd: (status) => {
        if (this.ended) this.release();
        else this.finish(status.code === STATUS_OK.code ? null : errorOf(status));
      },
    });
  }

  send(message: Sent): boolean {
    if (this.ended) return true;
    const bytes = this.method.requestSerialize(message);
    this.queuedBytes += bytes.length;
    this.call.send(bytes, () => {
      this.queuedBytes -= bytes.length;
      if (!this.full || this.queuedBytes > this.queueBytesMax / 2) return;
      this.full = false;
      if (!this.ended) this.handlers.onDrain?.();
    });
    this.full ||= this.queuedBytes >= this.queueBytesMax;
    return !this.full;
  }

  close(error?: Refusal): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.timer);
    if (error === undefined && this.opened) {
      // What was sent before must arrive: the other side ends its half behind it.
      this.call.end();
      this.timer = setTimeout(() => this.release(), CLOSE_TIMEOUT_MS);
    } else {
      this.release();
    }
    // Not from within the caller, who may be in the middle of something.
    queueMicrotask(() => this.tell(null));
  }

  private onOpen(): void {
    if (this.ended || this.opened) return;
    this.opened = true;
    clearTimeout(this.timer);
    this.handlers.onOpen();
  }

  private onData(bytes: Buffer): void {
    if (this.ended) return;
    let message: Received;
    try {
      message = this.method.responseDeserialize(bytes);
    } catch (error) {
      if (!(error instanceof OdradekError)) throw error;
      this.finish(error);
      return;
    }
    this.handlers.onMessage(message);
  }

  /** The stream is over. */
  private finish(error: Error | null): void {
    this.ended = true;
    this.release();
    this.tell(error);
  }

  private release(): void {
    clearTimeout(this.timer);
    this.call.cancel();
    this.channel.close();
  }

  private tell(error: Error | null): void {
    if (this.told) return;
    this.told = true;
    this.handlers.onClose(error);
  }
}

/** What a failed call means, by its details or else by its status. */
export function errorOf({ code, message, details }: CallStatus): OdradekError {
  const { refusal } = fromCallError(code, message, details);
  return new OdradekError(refusal.code, refusal.message);
}
