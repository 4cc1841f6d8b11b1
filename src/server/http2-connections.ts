/**
 * The HTTP/2 connections of a grpc-js server, for three things that it does not do itself:
 *
 * - large receive windows. Its client has an option for them, its server none: with 64 KiB an upload
 *   waits for a window update every few messages. Both windows matter, a stream's and its
 *   connection's.
 * - cutting off connections at the end of a stop. `forceShutdown` knows of none while channelz is
 *   off (1.14).
 * - giving the connections of our own clients and brokers to our own end (`http2/`). They say who
 *   they are in their first frame; everybody else's go to grpc-js as they came.
 *
 * This reaches into private fields. It looks before it touches, says whether it worked, and tests
 * measure the windows of a real connection and cut a real one off, so that an update of grpc-js
 * cannot undo it unseen.
 */
import type { Server } from '@grpc/grpc-js';
import { constants } from 'node:http2';
import type { Http2Server, ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Http2Connection, type ConnectionHandlers } from '../http2/connection.ts';
import type { ConnectionOptions } from '../http2/connection.ts';
import { isOurs } from '../http2/introduction.ts';
import { readLent } from '../http2/lent-reads.ts';

interface Internals {
  commonServerOptions?: { settings?: Record<string, unknown> };
  http2Servers?: Map<Http2Server, unknown>;
}

export class Http2Connections {
  private readonly internals: Internals;
  private readonly options: Omit<ConnectionOptions, 'lentBytes'>;
  private readonly onStream: ConnectionHandlers['onStream'];
  private readonly own = new Set<Http2Connection>();
  private onAllClosed: (() => void) | null = null;
  private readonly sessions = new Set<ServerHttp2Session>();
  private readonly sockets = new Set<Duplex>();
  /** Those that have not said who they are. */
  private readonly strangers = new Set<Socket>();

  /** Before binding: sets the window that each new stream gets. `onStream` takes our own calls. */
  constructor(
    server: Server,
    options: Omit<ConnectionOptions, 'lentBytes'>,
    onStream: ConnectionHandlers['onStream'],
  ) {
    this.internals = server as unknown as Internals;
    this.options = options;
    this.onStream = onStream;
    const { commonServerOptions } = this.internals;
    if (typeof commonServerOptions !== 'object') return;
    commonServerOptions.settings = {
      ...commonServerOptions.settings,
      initialWindowSize: options.windowBytes,
    };
  }

  /** After binding: sees each new connection. False when grpc-js is not as expected. */
  watch(): boolean {
    const { commonServerOptions, http2Servers } = this.internals;
    if (!(http2Servers instanceof Map) || http2Servers.size === 0) return false;
    for (const http2Server of http2Servers.keys()) {
      const others = http2Server.listeners('connection');
      http2Server.removeAllListeners('connection');
      http2Server.on('connection', (socket: Socket) => {
        this.sockets.add(socket);
        socket.on('close', () => this.sockets.delete(socket));
        this.strangers.add(socket);
        socket.on('close', () => this.strangers.delete(socket));
        introduce(socket, (own, heard) => {
          this.strangers.delete(socket);
          if (own) return this.accept(socket, heard);
          // What was read is read again, by node:http2 before anything else that comes.
          if (heard.length > 0) socket.unshift(heard);
          for (const listener of others) listener.call(http2Server, socket);
        });
      });
      http2Server.on('session', (session: ServerHttp2Session) => {
        session.setLocalWindowSize(this.options.windowBytes);
        this.sessions.add(session);
        session.on('close', () => this.sessions.delete(session));
      });
    }
    return commonServerOptions?.settings?.['initialWindowSize'] === this.options.windowBytes;
  }

  /**
   * Our own connections take no new streams; resolves when the last of them has closed. Those that
   * have not said who they are have no call to lose, and are closed.
   */
  drain(): Promise<void> {
    for (const socket of [...this.strangers]) socket.destroy();
    for (const connection of [...this.own]) connection.goAway();
    if (this.own.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.onAllClosed = resolve;
    });
  }

  private accept(accepted: Socket, heard: Buffer): void {
    // Its reads, above all a producer's uploads, take no memory of their own.
    const lending = readLent(accepted, (chunk) => connection.receive(chunk));
    const socket = lending ?? accepted;
    if (lending !== null) {
      this.sockets.delete(accepted);
      this.sockets.add(lending);
      lending.on('close', () => this.sockets.delete(lending));
    }
    socket.setNoDelay(true);
    const connection = new Http2Connection(
      socket,
      'server',
      { ...this.options, lentBytes: lending !== null },
      {
        onReady: () => undefined,
        onStream: this.onStream,
        onGoAway: () => undefined,
        onClose: () => {
          this.own.delete(connection);
          if (this.own.size === 0) this.onAllClosed?.();
        },
      },
    );
    this.own.add(connection);
    connection.receive(heard);
    if (lending === null) socket.on('data', (chunk: Buffer) => connection.receive(chunk));
    socket.resume();
  }

  /** Cuts off every connection that is left. */
  destroy(): void {
    for (const connection of [...this.own]) connection.destroy(new Error('the server stops'));
    for (const session of [...this.sessions]) session.destroy(undefined, constants.NGHTTP2_CANCEL);
    // A session that is closing already waits for the other side, which may be frozen or out of
    // reach. What the sessions had to say goes first, as far as the sockets take it now.
    setImmediate(() => {
      for (const socket of [...this.sockets]) socket.destroy();
    });
  }
}

/** Long enough for anybody who has something to say. */
const INTRODUCTION_MS_MAX = 5_000;

/**
 * Looks at what a new connection says first, and hands that on with it. Who says nothing is handed on as
 * one of the others, which is where such connections have always waited.
 */
function introduce(socket: Socket, meet: (isOwn: boolean, heard: Buffer) => void): void {
  let heard: Buffer = Buffer.alloc(0);
  const decide = (own: boolean): void => {
    clearTimeout(timer);
    socket.off('data', listen);
    socket.off('close', forget);
    socket.off('error', forget);
    socket.pause();
    meet(own, heard);
  };
  const listen = (chunk: Buffer): void => {
    heard = heard.length === 0 ? chunk : Buffer.concat([heard, chunk]);
    const own = isOurs(heard);
    if (own !== null) decide(own);
  };
  const forget = (): void => clearTimeout(timer);
  const timer = setTimeout(() => decide(false), INTRODUCTION_MS_MAX);
  timer.unref();
  socket.on('data', listen);
  socket.on('close', forget);
  socket.on('error', forget);
}
