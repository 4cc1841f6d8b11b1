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
import type { ClientChannel } from '../http2/client-channel.ts';
import { UnaryCalls } from '../http2/unary-calls.ts';
import { TRANSACTION_PARTITION_SERVICE } from '../wire/coordination-services.ts';
import { REPLICATION_SERVICE } from '../wire/internal-services.ts';
import type { Endpoint } from '../wire/metadata-messages.ts';
import { formatEndpoint } from '../wire/metadata-messages.ts';
import type { MethodDescription } from '../wire/method-description.ts';
import type { GrpcPeerOptions } from './grpc-stream.ts';
import { callOnce, DEFAULT_PEER_OPTIONS, GrpcStream, openChannel } from './grpc-stream.ts';

/**
 * From one broker to others: streams from a follower to its leaders, and calls. One for each broker
 * process; each stream has a connection of its own, so that a large transfer of one leader does not
 * hold up another, and calls to one broker share one, which goes when it is not used.
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

  private async unary<Request, Response>(
    endpoint: Endpoint,
    method: MethodDescription<Request, Response>,
    request: Request,
    timeoutMs: number,
  ): Promise<Response> {
    const connection = this.connection(endpoint);
    connection.open++;
    try {
      return await callOnce(connection.calls, method, request, timeoutMs);
    } finally {
      connection.open--;
      this.closeWhenIdle(connection);
    }
  }

  private connection(endpoint: Endpoint): CallConnection {
    const address = formatEndpoint(endpoint);
    const known = this.connections.get(address);
    if (known !== undefined) return known;
    const channel = openChannel(endpoint, this.options);
    const calls = new UnaryCalls(channel);
    const connection: CallConnection = { address, channel, calls, open: 0, idle: null };
    this.connections.set(address, connection);
    return connection;
  }

  private closeWhenIdle(connection: CallConnection): void {
    clearTimeout(connection.idle ?? undefined);
    connection.idle = setTimeout(() => {
      if (connection.open > 0) return;
      this.connections.delete(connection.address);
      connection.channel.close();
    }, CALL_IDLE_MS).unref();
  }
}

interface CallConnection {
  readonly address: string;
  readonly channel: ClientChannel;
  readonly calls: UnaryCalls;
  /** Calls that have no answer yet. */
  open: number;
  idle: NodeJS.Timeout | null;
}

/** How long a connection without calls is kept. */
const CALL_IDLE_MS = 30_000;
