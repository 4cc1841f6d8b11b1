/**
 * One stream to another of our processes, over a connection of its own. The connection is made when
 * the stream is, and goes with it: a stream that failed says so at once and is not retried here,
 * because the host that opened it knows better when to try again than gRPC's back-off of a second.
 *
 * Created by the transports in this room for a host, which is told exactly once that it is over.
 */
import { Client, Metadata, credentials } from '@grpc/grpc-js';
import type { ChannelOptions, ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { OdradekError } from '../base/errors.ts';
import type { Refusal } from '../base/errors.ts';
import type { MessageHandlers, MessageSink } from '../broker/interfaces.ts';
import type { Endpoint } from '../wire/metadata-messages.ts';
import { formatEndpoint } from '../wire/metadata-messages.ts';
import { STATUS_DETAILS_TRAILER, fromCallError } from '../wire/call-error.ts';
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

/** How long the other side may take to end its half, once this one has. */
const CLOSE_TIMEOUT_MS = 1_000;

export function channelOptions(options: GrpcPeerOptions): ChannelOptions {
  return {
    // A connection of its own: equal options would share one with every other stream.
    'grpc.use_local_subchannel_pool': 1,
    'grpc-node.flow_control_window': options.receiveWindowBytes,
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.enable_retries': 0,
    'grpc.enable_channelz': 0,
    'grpc.keepalive_time_ms': 5_000,
    'grpc.keepalive_timeout_ms': 2_000,
  };
}

export class GrpcStream<Sent, Received> implements MessageSink<Sent> {
  private readonly client: Client;
  private readonly call: ClientDuplexStream<Buffer, Buffer>;
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
    const address = formatEndpoint(endpoint);
    this.client = new Client(address, credentials.createInsecure(), channelOptions(options));
    this.call = this.client.makeBidiStreamRequest(method.path, asItIs, asItIs, new Metadata());
    this.timer = setTimeout(() => {
      this.fail(new OdradekError('NETWORK_EXCEPTION', `${address} did not answer in time`));
    }, options.connectTimeoutMs);
    this.call.on('metadata', () => this.onOpen());
    this.call.on('data', (bytes: Buffer) => this.onData(bytes));
    this.call.on('error', (error: ServiceError) => this.onError(error));
    // Emitted behind 'error', and alone when the other side ended well.
    this.call.on('status', () => this.finish(null));
  }

  send(message: Sent): boolean {
    if (this.ended) return true;
    const bytes = this.method.requestSerialize(message);
    this.queuedBytes += bytes.length;
    this.call.write(bytes, () => {
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
      this.fail(error);
      return;
    }
    this.handlers.onMessage(message);
  }

  private onError(error: ServiceError): void {
    if (!this.ended) this.fail(errorOf(error));
  }

  private fail(error: Error): void {
    this.ended = true;
    this.release();
    this.tell(error);
  }

  /** The other side has ended the stream. */
  private finish(error: Error | null): void {
    this.ended = true;
    this.release();
    this.tell(error);
  }

  private release(): void {
    clearTimeout(this.timer);
    this.call.cancel();
    this.client.close();
  }

  private tell(error: Error | null): void {
    if (this.told) return;
    this.told = true;
    this.handlers.onClose(error);
  }
}

/** What a failed call means, by its details or else by its status. */
export function errorOf(error: ServiceError): OdradekError {
  const details = error.metadata.get(STATUS_DETAILS_TRAILER)[0];
  const { refusal } = fromCallError(
    error.code,
    error.details,
    details instanceof Buffer ? details : null,
  );
  return new OdradekError(refusal.code, refusal.message, { cause: error });
}

export function asItIs(bytes: Buffer): Buffer {
  return bytes;
}
