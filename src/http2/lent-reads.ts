/**
 * Reading sockets into memory of ours. A socket makes a buffer of 64 KiB for each read by itself, which
 * is 64 KiB for the garbage collector with every 64 KiB that arrive. Ours are read into one buffer for
 * all connections of a thread: a read is taken apart before the next one begins, whosever it is.
 */
import { Socket, type OnReadOpts, type SocketConstructorOpts } from 'node:net';

/** As the option `onread` of a socket. `receive` gets bytes that are written over when it returns. */
export function lentReads(receive: (chunk: Buffer) => void): OnReadOpts {
  buffer ??= Buffer.allocUnsafeSlow(READ_BYTES);
  const lent = buffer;
  return {
    buffer: lent,
    callback(length) {
      receive(lent.subarray(0, length));
      return true;
    },
  };
}

/** What of a socket is Node's own, as of Node 20 to 24. */
interface Internals {
  _handle?: { useUserBuffer?: unknown; readStop?: unknown } | null;
  _server?: unknown;
  server?: unknown;
}

/**
 * Gives a connection that a server has accepted to a new socket that lends what it reads: `onread` is
 * an option for sockets that connect only. The old socket is empty afterwards and tells nobody of the
 * connection's end; the server counts the new one instead.
 *
 * This reaches into private fields, as passing a socket to a child process does in Node itself. It looks
 * first: null, and nothing has changed, where they are not as expected, and then reads go on as they
 * were. A test reads from a real connection, so that an update of Node cannot undo it unseen.
 */
export function readLent(socket: Socket, receive: (chunk: Buffer) => void): Socket | null {
  const old = socket as unknown as Internals;
  const handle = old._handle;
  if (typeof handle?.useUserBuffer !== 'function' || socket.destroyed) return null;
  // Nothing may be left in the old one, nor be said by it.
  if (socket.readableLength > 0 || socket.writableLength > 0 || socket.readableEnded) return null;
  const options: SocketConstructorOpts & { handle: unknown; onread: OnReadOpts } = {
    handle,
    allowHalfOpen: socket.allowHalfOpen,
    readable: true,
    writable: true,
    onread: lentReads(receive),
  };
  socket.setTimeout(0);
  const lending = new Socket(options);
  const lent = lending as unknown as Internals;
  [lent.server, lent._server] = [old.server, old._server];
  [old.server, old._server, old._handle] = [null, null, null];
  return lending;
}

let buffer: Buffer | null = null;
const READ_BYTES = 256 << 10;
