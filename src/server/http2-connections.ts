/**
 * The connections of a gRPC port. Those of our own clients and brokers are served by our own end
 * (`http2/`): they say who they are in their first frame. Everybody else's are handed on as they came.
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Http2Connection, type ConnectionHandlers } from '../http2/connection.ts';
import type { ConnectionOptions } from '../http2/connection.ts';
import { isOurs } from '../http2/introduction.ts';
import { readLent } from '../http2/lent-reads.ts';

export class Http2Connections {
  private readonly options: Omit<ConnectionOptions, 'lentBytes'>;
  private readonly onStream: ConnectionHandlers['onStream'];
  private readonly onForeign: (socket: Socket) => void;
  private readonly own = new Set<Http2Connection>();
  private onAllClosed: (() => void) | null = null;
  private readonly sockets = new Set<Duplex>();
  /** Those that have not said who they are. */
  private readonly strangers = new Set<Socket>();

  /** `onStream` takes our own calls, `onForeign` the connections of others. */
  constructor(
    options: Omit<ConnectionOptions, 'lentBytes'>,
    onStream: ConnectionHandlers['onStream'],
    onForeign: (socket: Socket) => void,
  ) {
    this.options = options;
    this.onStream = onStream;
    this.onForeign = onForeign;
  }

  /** Takes a new connection. */
  take(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    this.strangers.add(socket);
    socket.on('close', () => this.strangers.delete(socket));
    introduce(socket, (own, heard) => {
      this.strangers.delete(socket);
      if (own) return this.accept(socket, heard);
      // What was read is read again, by whoever serves it before anything else that comes.
      if (heard.length > 0) socket.unshift(heard);
      this.onForeign(socket);
    });
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
    // A connection that is closing already waits for the other side, which may be frozen or out of
    // reach. What there was to say goes first, as far as the sockets take it now.
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
