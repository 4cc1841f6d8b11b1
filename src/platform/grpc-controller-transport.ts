import type { ControllerTransport, MessageHandlers, MessageSink } from '../broker/interfaces.ts';
import { UnaryCalls } from '../http2/unary-calls.ts';
import type {
  AdminReply,
  AdminRequest,
  SessionRequest,
  SessionResponse,
} from '../wire/internal-services.ts';
import { CONTROLLER_SERVICE } from '../wire/internal-services.ts';
import type { Endpoint } from '../wire/metadata-messages.ts';
import type { GrpcPeerOptions } from './grpc-stream.ts';
import { callOnce, DEFAULT_PEER_OPTIONS, GrpcStream, openChannel } from './grpc-stream.ts';

/**
 * From a broker to a controller: the session, and users' requests beside it on connections of their
 * own, so that a slow one does not hold up a heartbeat. Requests are rare, so their connections are
 * made for each and not kept.
 */
export class GrpcControllerTransport implements ControllerTransport {
  private readonly options: GrpcPeerOptions;

  constructor(options: Partial<GrpcPeerOptions> = {}) {
    this.options = { ...DEFAULT_PEER_OPTIONS, ...options };
  }

  connect(
    endpoint: Endpoint,
    handlers: MessageHandlers<SessionResponse> & { onOpen(): void },
  ): MessageSink<SessionRequest> {
    return new GrpcStream(endpoint, CONTROLLER_SERVICE.session, handlers, this.options);
  }

  async admin(endpoint: Endpoint, request: AdminRequest, timeoutMs: number): Promise<AdminReply> {
    const channel = openChannel(endpoint, this.options);
    try {
      return await callOnce(new UnaryCalls(channel), CONTROLLER_SERVICE.admin, request, timeoutMs);
    } finally {
      channel.close();
    }
  }
}
