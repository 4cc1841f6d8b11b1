import { Client, Metadata, credentials } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { OdradekError } from '../base/errors.ts';
import type { ControllerTransport, MessageHandlers, MessageSink } from '../broker/interfaces.ts';
import type {
  AdminReply,
  AdminRequest,
  SessionRequest,
  SessionResponse,
} from '../wire/internal-services.ts';
import { CONTROLLER_SERVICE } from '../wire/internal-services.ts';
import { statusOfError } from '../http2/grpc-fallback.ts';
import type { Endpoint } from '../wire/metadata-messages.ts';
import { formatEndpoint } from '../wire/metadata-messages.ts';
import type { GrpcPeerOptions } from './grpc-stream.ts';
import {
  DEFAULT_PEER_OPTIONS,
  GrpcStream,
  asItIs,
  channelOptions,
  errorOf,
} from './grpc-stream.ts';

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

  admin(endpoint: Endpoint, request: AdminRequest, timeoutMs: number): Promise<AdminReply> {
    const { path, requestSerialize, responseDeserialize } = CONTROLLER_SERVICE.admin;
    const address = formatEndpoint(endpoint);
    const client = new Client(address, credentials.createInsecure(), channelOptions(this.options));
    return new Promise<AdminReply>((resolve, reject) => {
      const done = (error: ServiceError | null, bytes?: Buffer): void => {
        client.close();
        if (error !== null) {
          reject(errorOf(statusOfError(error)));
          return;
        }
        try {
          resolve(responseDeserialize(bytes ?? Buffer.alloc(0)));
        } catch (thrown) {
          reject(thrown instanceof Error ? thrown : new OdradekError('UNKNOWN_SERVER_ERROR'));
        }
      };
      client.makeUnaryRequest(
        path,
        asItIs,
        asItIs,
        requestSerialize(request),
        new Metadata(),
        { deadline: Date.now() + timeoutMs },
        done,
      );
    });
  }
}
