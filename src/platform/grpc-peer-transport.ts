import { Client, Metadata, credentials } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { OdradekError } from '../base/errors.ts';
import type {
  FollowerMessage,
  LeaderMessage,
  MessageHandlers,
  MessageSink,
  PeerOpen,
  PeerReply,
  PeerRequest,
  PeerTransport,
} from '../broker/interfaces.ts';
import { TRANSACTION_PARTITION_SERVICE } from '../wire/coordination-services.ts';
import { REPLICATION_SERVICE } from '../wire/internal-services.ts';
import { statusOfError } from '../http2/grpc-fallback.ts';
import type { Endpoint } from '../wire/metadata-messages.ts';
import { formatEndpoint } from '../wire/metadata-messages.ts';
import type { MethodDescription } from '../wire/method-description.ts';
import type { GrpcPeerOptions } from './grpc-stream.ts';
import {
  DEFAULT_PEER_OPTIONS,
  GrpcStream,
  asItIs,
  channelOptions,
  errorOf,
} from './grpc-stream.ts';

/**
 * From one broker to others: streams from a follower to its leaders, and calls. One for each broker
 * process; each stream has a connection of its own, so that a large transfer of one leader does not
 * hold up another, and calls to one broker share one, which goes when it has failed or is not used.
 */
export class GrpcPeerTransport implements PeerTransport {
  private readonly options: GrpcPeerOptions;
  /** By address, for calls. */
  private readonly connections = new Map<string, CallConnection>();

  constructor(options: Partial<GrpcPeerOptions> = {}) {
    this.options = { ...DEFAULT_PEER_OPTIONS, ...options };
  }

  connect(
    endpoint: Endpoint,
    open: PeerOpen,
    handlers: MessageHandlers<LeaderMessage> & { onOpen(): void },
  ): MessageSink<FollowerMessage> {
    const stream = new GrpcStream(endpoint, REPLICATION_SERVICE.replicate, handlers, this.options);
    stream.send({ open, echo: null, closed: [], positions: [] });
    return {
      send: (message) => stream.send({ open: null, ...message }),
      close: (error) => stream.close(error),
    };
  }

  async call(endpoint: Endpoint, request: PeerRequest, timeoutMs: number): Promise<PeerReply> {
    const { writeMarkers, verifyPartition } = TRANSACTION_PARTITION_SERVICE;
    if (request.kind === 'verifyPartition') {
      const answer = await this.unary(endpoint, verifyPartition, request.query, timeoutMs);
      return { kind: 'verified', refusal: answer.refusal };
    }
    const { markers } = request;
    const { results } = await this.unary(endpoint, writeMarkers, { markers }, timeoutMs);
    return { kind: 'markersWritten', results };
  }

  private unary<Request, Response>(
    endpoint: Endpoint,
    method: MethodDescription<Request, Response>,
    request: Request,
    timeoutMs: number,
  ): Promise<Response> {
    const connection = this.connection(formatEndpoint(endpoint));
    connection.calls++;
    return new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, bytes?: Buffer): void => {
        connection.calls--;
        if (error !== null) {
          // The next call makes another at once, where this one would wait for gRPC's back-off.
          this.drop(connection);
          reject(errorOf(statusOfError(error)));
          return;
        }
        this.closeWhenIdle(connection);
        try {
          resolve(method.responseDeserialize(bytes ?? Buffer.alloc(0)));
        } catch (thrown) {
          reject(thrown instanceof Error ? thrown : new OdradekError('UNKNOWN_SERVER_ERROR'));
        }
      };
      connection.client.makeUnaryRequest(
        method.path,
        asItIs,
        asItIs,
        method.requestSerialize(request),
        new Metadata(),
        { deadline: Date.now() + timeoutMs },
        done,
      );
    });
  }

  private connection(address: string): CallConnection {
    const known = this.connections.get(address);
    if (known !== undefined) return known;
    const client = new Client(address, credentials.createInsecure(), channelOptions(this.options));
    const connection: CallConnection = { address, client, calls: 0, idle: null };
    this.connections.set(address, connection);
    return connection;
  }

  private closeWhenIdle(connection: CallConnection): void {
    clearTimeout(connection.idle ?? undefined);
    connection.idle = setTimeout(() => {
      if (connection.calls === 0) this.drop(connection);
    }, CALL_IDLE_MS).unref();
  }

  private drop(connection: CallConnection): void {
    clearTimeout(connection.idle ?? undefined);
    if (this.connections.get(connection.address) === connection) {
      this.connections.delete(connection.address);
    }
    // What is under way on it ends in its own time.
    connection.client.close();
  }
}

interface CallConnection {
  readonly address: string;
  readonly client: Client;
  calls: number;
  idle: NodeJS.Timeout | null;
}

/** How long a connection without calls is kept. */
const CALL_IDLE_MS = 30_000;
