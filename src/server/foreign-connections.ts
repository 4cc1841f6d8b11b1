/**
 * The connections that are not ours, and the grpc-js server that serves them. It is given each of them,
 * and binds nothing itself. Beside that, two things that it does not do:
 *
 * - large receive windows. Its client has an option for them, its server none: with 64 KiB an upload
 *   waits for a window update every few messages. Both windows matter, a stream's and its
 *   connection's.
 * - cutting off connections at the end of a stop. `forceShutdown` knows of none while channelz is
 *   off (1.14).
 *
 * This reaches into private fields. It looks before it touches, says whether it worked, and tests
 * measure the windows of a real connection and cut a real one off, so that an update of grpc-js
 * cannot undo it unseen.
 *
 * Created by the server in front of it when somebody first connects who is not one of ours.
 */
import { ServerCredentials, type Server } from '@grpc/grpc-js';
import { constants } from 'node:http2';
import type { Http2Server, ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';

interface Internals {
  commonServerOptions?: { settings?: Record<string, unknown> };
  http2Servers?: Map<Http2Server, unknown>;
}

export class ForeignConnections {
  /** Whether every connection and stream gets the window. */
  readonly hasLargeWindows: boolean;
  private readonly server: Server;
  private readonly injector: ReturnType<Server['createConnectionInjector']>;
  private readonly sessions = new Set<ServerHttp2Session>();

  constructor(server: Server, windowBytes: number) {
    this.server = server;
    const internals = server as unknown as Internals;
    const { commonServerOptions } = internals;
    if (typeof commonServerOptions === 'object') {
      commonServerOptions.settings = {
        ...commonServerOptions.settings,
        initialWindowSize: windowBytes,
      };
    }
    this.injector = server.createConnectionInjector(ServerCredentials.createInsecure());
    const { http2Servers } = internals;
    this.hasLargeWindows =
      typeof commonServerOptions === 'object' &&
      http2Servers instanceof Map &&
      http2Servers.size > 0;
    for (const http2Server of http2Servers?.keys() ?? []) {
      http2Server.on('session', (session: ServerHttp2Session) => {
        session.setLocalWindowSize(windowBytes);
        this.sessions.add(session);
        session.on('close', () => this.sessions.delete(session));
      });
    }
  }

  serve(socket: Socket): void {
    this.injector.injectConnection(socket);
  }

  /** Lets calls end and takes no new ones; resolves when they have. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.server.tryShutdown(() => resolve());
    });
  }

  destroy(): void {
    this.server.forceShutdown();
    for (const session of [...this.sessions]) session.destroy(undefined, constants.NGHTTP2_CANCEL);
  }
}
