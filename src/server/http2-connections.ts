/**
 * The HTTP/2 connections of a grpc-js server, for two things that it does not do itself:
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
 */
import type { Server } from '@grpc/grpc-js';
import { constants } from 'node:http2';
import type { Http2Server, ServerHttp2Session } from 'node:http2';
import type { Duplex } from 'node:stream';

interface Internals {
  commonServerOptions?: { settings?: Record<string, unknown> };
  http2Servers?: Map<Http2Server, unknown>;
}

export class Http2Connections {
  private readonly internals: Internals;
  private readonly windowBytes: number;
  private readonly sessions = new Set<ServerHttp2Session>();
  private readonly sockets = new Set<Duplex>();

  /** Before binding: sets the window that each new stream gets. */
  constructor(server: Server, windowBytes: number) {
    this.internals = server as unknown as Internals;
    this.windowBytes = windowBytes;
    const { commonServerOptions } = this.internals;
    if (typeof commonServerOptions !== 'object') return;
    commonServerOptions.settings = {
      ...commonServerOptions.settings,
      initialWindowSize: windowBytes,
    };
  }

  /** After binding: sees each new connection. False when grpc-js is not as expected. */
  watch(): boolean {
    const { commonServerOptions, http2Servers } = this.internals;
    if (!(http2Servers instanceof Map) || http2Servers.size === 0) return false;
    for (const http2Server of http2Servers.keys()) {
      http2Server.on('connection', (socket: Duplex) => {
        this.sockets.add(socket);
        socket.on('close', () => this.sockets.delete(socket));
      });
      http2Server.on('session', (session: ServerHttp2Session) => {
        session.setLocalWindowSize(this.windowBytes);
        this.sessions.add(session);
        session.on('close', () => this.sessions.delete(session));
      });
    }
    return commonServerOptions?.settings?.['initialWindowSize'] === this.windowBytes;
  }

  /** Cuts off every connection that is left. */
  destroy(): void {
    for (const session of [...this.sessions]) session.destroy(undefined, constants.NGHTTP2_CANCEL);
    // A session that is closing already waits for the other side, which may be frozen or out of
    // reach. What the sessions had to say goes first, as far as the sockets take it now.
    setImmediate(() => {
      for (const socket of [...this.sockets]) socket.destroy();
    });
  }
}
