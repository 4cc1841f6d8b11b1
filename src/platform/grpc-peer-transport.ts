import type {
  FollowerMessage,
  LeaderMessage,
  MessageHandlers,
  MessageSink,
  PeerOpen,
  PeerTransport,
} from '../broker/interfaces.ts';
import { REPLICATION_SERVICE } from '../wire/internal-services.ts';
import type { Endpoint } from '../wire/metadata-messages.ts';
import type { GrpcPeerOptions } from './grpc-stream.ts';
import { DEFAULT_PEER_OPTIONS, GrpcStream } from './grpc-stream.ts';

/**
 * Streams from a follower to its leaders. One for each broker process; each stream has a connection
 * of its own, so that a large transfer of one leader does not hold up another.
 */
export class GrpcPeerTransport implements PeerTransport {
  private readonly options: GrpcPeerOptions;

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
}
