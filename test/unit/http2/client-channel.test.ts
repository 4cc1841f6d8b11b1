/** The way to an address over real sockets: to our own servers, to others', and to nobody. */
import dns from 'node:dns';
import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import { Client, credentials, Metadata, Server, ServerCredentials } from '@grpc/grpc-js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  ClientChannel,
  type CallHandlers,
  type ChannelOptions,
  type OutgoingCall,
} from '../../../src/http2/client-channel.ts';
import { Http2Connection, type Http2Stream } from '../../../src/http2/connection.ts';
import { callByGrpc } from '../../../src/http2/grpc-fallback.ts';
import { requestFields, type CallStatus } from '../../../src/http2/grpc-fields.ts';
import type { HeaderFields } from '../../../src/http2/header-fields.ts';
import { GatheredBytes } from '../../../src/wire/hot/wire-writer.ts';
import { patterned } from './bytes.ts';
import { OPTIONS, prefixed, StreamRecorder, turns, until } from './pair.ts';

const PATH = '/test.Service/Stream';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

class CallRecorder implements CallHandlers {
  opens = 0;
  readonly messages: Buffer[] = [];
  readonly ends: { status: CallStatus; unreached: boolean }[] = [];
  onEnded: () => void = () => undefined;

  onOpen(): void {
    this.opens++;
  }
  onMessage(message: Buffer): void {
    this.messages.push(message);
  }
  onEnd(status: CallStatus, unreached: boolean): void {
    this.ends.push({ status, unreached });
    this.onEnded();
  }
}

function channelTo(port: number, options: Partial<ChannelOptions> = {}, host = '127.0.0.1') {
  const address = `${host}:${port}`;
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  const channel = new ClientChannel(address, {
    ...OPTIONS,
    connectTimeoutMs: 10_000,
    fallback: (path, handlers) => callByGrpc(client, path, handlers),
    ...options,
  });
  cleanups.push(() => {
    channel.close();
    client.close();
  });
  return {
    channel,
    open(path = PATH): { call: OutgoingCall; told: CallRecorder } {
      const told = new CallRecorder();
      return { call: channel.open(path, told), told };
    },
  };
}

async function listening(server: net.Server, port = 0): Promise<number> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as net.AddressInfo).port;
}

/** One of ours that gives every message back, and ends when its client does. */
async function echoServer(port = 0) {
  const connections: Http2Connection[] = [];
  const streams: Http2Stream[] = [];
  const server = net.createServer((socket) => {
    const connection = new Http2Connection(socket, 'server', OPTIONS, {
      onReady: () => undefined,
      onStream(stream, fields: HeaderFields) {
        const told = new StreamRecorder();
        streams.push(stream);
        stream.sendFields(new Map([[':path', fields.get(':path') ?? '']]), false);
        told.on.message = (bytes) => stream.send(bytes);
        told.on.end = () => stream.sendFields(new Map([['grpc-status', '0']]), true);
        return told;
      },
      onGoAway: () => undefined,
      onClose: () => undefined,
    });
    socket.on('data', (chunk: Buffer) => connection.receive(chunk));
    connections.push(connection);
  });
  return { port: await listening(server, port), server, connections, streams };
}

/** A server of grpc-js’s that does the same. */
async function grpcServer(): Promise<number> {
  const server = new Server();
  const asItIs = (bytes: Buffer): Buffer => bytes;
  const method = {
    path: PATH,
    requestStream: true,
    responseStream: true,
    requestSerialize: asItIs,
    requestDeserialize: asItIs,
    responseSerialize: asItIs,
    responseDeserialize: asItIs,
  };
  server.addService(
    { stream: method },
    {
      stream: (call: ServerDuplexStream<Buffer, Buffer>) => {
        call.sendMetadata(new Metadata());
        call.on('data', (bytes: Buffer) => call.write(bytes));
        call.on('end', () => call.end());
      },
    },
  );
  cleanups.push(() => server.forceShutdown());
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('a call to one of ours', () => {
  test('begins before there is a connection, and everything arrives in order', async () => {
    const { port, connections } = await echoServer();
    const { open } = channelTo(port);
    const { call, told } = open();
    const second = open();
    const large = patterned(3 << 20);
    const pieces = [large.subarray(0, 100), large.subarray(100, 2 << 20), large.subarray(2 << 20)];
    let written = 0;
    call.send(Buffer.from('first'), () => written++);
    call.send(new GatheredBytes(pieces, large.length), () => written++);
    call.send(Buffer.alloc(0), () => written++);
    call.end();
    call.send(Buffer.from('too late'));
    second.call.send(Buffer.from('other'));
    second.call.end();
    await until(() => told.ends.length === 1 && second.told.ends.length === 1);
    expect([told.opens, written]).toEqual([1, 3]);
    expect(told.messages.map(({ length }) => length)).toEqual([5, large.length, 0]);
    expect(told.messages[1]?.equals(large)).toBe(true);
    expect(told.ends).toEqual([
      { status: { code: 0, message: '', details: null }, unreached: false },
    ]);
    expect(second.told.messages.map(String)).toEqual(['other']);
    expect(connections.length).toBe(1);
  });

  test('that is cancelled while it waits never begins', async () => {
    const { port, streams } = await echoServer();
    const { open } = channelTo(port);
    const cancelled = open();
    cancelled.call.send(Buffer.from('a'));
    cancelled.call.cancel();
    cancelled.call.cancel();
    cancelled.call.send(Buffer.from('a'));
    const { call, told } = open();
    call.end();
    await until(() => told.ends.length === 1);
    expect(streams.length).toBe(1);
    expect([cancelled.told.opens, cancelled.told.ends]).toEqual([0, []]);
  });

  test('finds a server that was away between two calls', async () => {
    const first = await echoServer();
    const { open } = channelTo(first.port);
    const before = open();
    before.call.end();
    await until(() => before.told.ends.length === 1);
    first.server.close();
    for (const connection of first.connections) connection.destroy(new Error('away'));
    await once(first.server, 'close');
    const during = open();
    await until(() => during.told.ends.length === 1);
    expect(during.told.ends[0]?.status.code).toBe(14);
    const second = await echoServer(first.port);
    const after = open();
    after.call.end();
    await until(() => after.told.ends.length === 1);
    expect(after.told.ends[0]?.status.code).toBe(0);
    expect(second.streams.length).toBe(1);
  });

  // Before, this call was begun on the connection that had just broken, and never heard of anything.
  test('that is opened as another breaks makes a connection of its own', async () => {
    const { port, connections } = await echoServer();
    const { open } = channelTo(port);
    const first = open();
    await until(() => first.told.opens === 1);
    let next: ReturnType<typeof open> | null = null;
    first.told.onEnded = () => {
      next = open();
      next.call.end();
    };
    connections[0]?.destroy(new Error('away'));
    await until(() => next?.told.ends.length === 1);
    expect(next).toMatchObject({ told: { ends: [{ status: { code: 0 } }] } });
  });

  test('goes on where the server goes away, and the next one has another connection', async () => {
    const { port, connections, server } = await echoServer();
    const { open } = channelTo(port);
    const first = open();
    await until(() => first.told.opens === 1);
    connections[0]?.goAway();
    await turns(5);
    await until(() => {
      const probe = open();
      probe.call.end();
      return connections.length === 2;
    });
    first.call.send(Buffer.from('still'));
    first.call.end();
    await until(() => first.told.ends.length === 1);
    expect(first.told.messages.map(String)).toEqual(['still']);
    await until(() => connections[0]?.closed === true);
    server.close();
  });

  // Before, a channel forgot the connections that were to end, and with them their calls.
  test('ends with its channel, also on a connection that takes no new ones', async () => {
    const { port, connections, server } = await echoServer();
    const { open, channel } = channelTo(port);
    const first = open();
    await until(() => first.told.opens === 1);
    connections[0]?.goAway();
    const second = open();
    await until(() => connections.length === 2 || second.told.ends.length === 1);
    channel.close();
    await until(() => first.told.ends.length === 1);
    await until(() => connections.every(({ closed }) => closed));
    server.close();
    await once(server, 'close');
    expect(first.told.ends.length).toBe(1);
  });

  test('is told once how it ended, whatever breaks', async () => {
    const { port, streams } = await echoServer();
    const { open } = channelTo(port);
    const { told } = open();
    await until(() => told.opens === 1);
    streams[0]?.cancel();
    await until(() => told.ends.length === 1);
    expect(told.ends[0]).toMatchObject({ status: { code: 14 }, unreached: false });
  });
});

describe('a call to nobody', () => {
  test('fails at once where it is refused, and nothing was sent', async () => {
    const { open } = channelTo(await freePort());
    const [one, two] = [open(), open()];
    one.call.send(Buffer.from('a'));
    await until(() => one.told.ends.length === 1 && two.told.ends.length === 1);
    expect(one.told.ends[0]).toMatchObject({
      status: { code: 14, message: expect.stringContaining('ECONNREFUSED') },
      unreached: true,
    });
  });

  // Before, the error of several attempts, which has no message of its own, was passed on as it is.
  test('says why, also where a name has several addresses', async () => {
    const port = await freePort();
    const several = [
      { address: '127.0.0.1', family: 4 },
      { address: '127.0.0.2', family: 4 },
    ];
    const lookup = vi
      .spyOn(dns, 'lookup')
      .mockImplementation(((
        ...[, , done]: [string, object, (error: null, found: typeof several) => void]
      ) => done(null, several)) as never);
    cleanups.push(() => lookup.mockRestore());
    const { told } = channelTo(port, {}, 'several.test').open();
    await until(() => told.ends.length === 1);
    expect(told.ends[0]?.status.message).toContain('ECONNREFUSED 127.0.0.2');
  });

  test('to a port that cannot be is refused as every other', async () => {
    const { open } = channelTo(70_000);
    const { told } = open();
    await until(() => told.ends.length === 1);
    expect(told.ends[0]).toMatchObject({ status: { code: 14 }, unreached: true });
  });

  test('fails in time where a server accepts and says nothing', async () => {
    const port = await listening(net.createServer(() => undefined));
    const { open } = channelTo(port, { connectTimeoutMs: 50 });
    const { told } = open();
    await until(() => told.ends.length === 1);
    expect(told.ends[0]).toEqual({
      status: { code: 14, message: 'no connection within 50 ms', details: null },
      unreached: true,
    });
  });

  test('fails where a server closes, or speaks something else', async () => {
    for (const behave of [
      (socket: net.Socket) => socket.end(),
      (socket: net.Socket) => socket.destroy(),
      (socket: net.Socket) => socket.resetAndDestroy(),
      (socket: net.Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      (socket: net.Socket) => socket.write('SSH-2.0-OpenSSH_9.2 and more of it\r\n'),
    ]) {
      const port = await listening(net.createServer(behave));
      const { told } = channelTo(port).open();
      await until(() => told.ends.length === 1);
      expect(told.ends[0]).toMatchObject({ status: { code: 14 }, unreached: true });
    }
  });

  test('ends with a channel that is closed meanwhile', async () => {
    const accepted: net.Socket[] = [];
    const port = await listening(net.createServer((socket) => void accepted.push(socket)));
    const { open, channel } = channelTo(port);
    const { told } = open();
    channel.close();
    expect(told.ends).toMatchObject([{ status: { code: 14 }, unreached: true }]);
    const second = open();
    await until(() => accepted.length > 0);
    channel.close();
    channel.close();
    expect(second.told.ends.length).toBe(1);
    for (const socket of accepted) {
      socket.resume();
      await until(() => socket.destroyed);
    }
    expect(told.ends.length).toBe(1);
  });
});

describe('a call to somebody else’s server', () => {
  test('is carried by grpc-js, with what was sent before that was known', async () => {
    const { open } = channelTo(await grpcServer());
    const large = patterned(100_000);
    for (let round = 0; round < 2; round++) {
      const { call, told } = open();
      let written = 0;
      for (let index = 0; index < 20; index++) call.send(Buffer.from(`${index}`), () => written++);
      call.send(
        new GatheredBytes([large.subarray(0, 10), large.subarray(10)], large.length),
        () => written++,
      );
      call.send(Buffer.alloc(0), () => written++);
      call.end();
      // Before, the fallback passed this on, and the stream's complaint had no metadata to read.
      call.send(Buffer.from('too late'));
      await until(() => told.ends.length === 1);
      expect(told.ends).toEqual([
        { status: { code: 0, message: '', details: null }, unreached: false },
      ]);
      expect(told.messages.slice(0, 20).map(String)).toEqual(
        Array.from({ length: 20 }, (_, index) => `${index}`),
      );
      expect(told.messages[20]?.equals(large)).toBe(true);
      expect([told.messages.length, told.opens, written]).toEqual([22, 1, 22]);
    }
  });

  test('that is cancelled hears nothing', async () => {
    const { open } = channelTo(await grpcServer());
    const { call, told } = open();
    call.send(Buffer.from('a'));
    await until(() => told.messages.length === 1);
    call.send(Buffer.from('b'));
    call.cancel();
    call.send(Buffer.from('c'));
    call.end();
    await turns(50);
    expect([told.messages.length, told.ends]).toEqual([1, []]);
  });

  test('fails with that server’s status', async () => {
    const { open } = channelTo(await grpcServer());
    const { told } = open('/test.Service/Missing');
    await until(() => told.ends.length === 1);
    expect(told.ends[0]).toMatchObject({ status: { code: 12 } });
  });

  test('works where that server is node:http2’s', async () => {
    const server = http2.createServer();
    server.on('stream', (stream) => {
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc' },
        { waitForTrailers: true },
      );
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.on('data', (bytes: Buffer) => stream.write(bytes));
      stream.on('end', () => stream.end());
      stream.on('error', () => undefined);
    });
    const { open } = channelTo(await listening(server));
    const { call, told } = open();
    call.send(Buffer.from('one'));
    call.send(Buffer.from('two'));
    call.end();
    await until(() => told.ends.length === 1);
    expect(told.messages.map(String)).toEqual(['one', 'two']);
    expect(told.ends[0]?.status.code).toBe(0);
  });
});

test('what a client of ours says is plain HTTP/2 (H5)', async () => {
  const seen: { headers: http2.IncomingHttpHeaders; body: Buffer; ended: boolean }[] = [];
  const server = http2.createServer();
  server.on('sessionError', () => undefined);
  server.on('stream', (stream, headers) => {
    const call = { headers, body: Buffer.alloc(0), ended: false };
    seen.push(call);
    stream.on('data', (bytes: Buffer) => {
      call.body = Buffer.concat([call.body, bytes]);
    });
    stream.on('end', () => {
      call.ended = true;
    });
    stream.on('error', () => undefined);
  });
  const socket = net.connect(await listening(server), '127.0.0.1');
  const connection = new Http2Connection(socket, 'client', OPTIONS, {
    onReady: () => undefined,
    onStream: () => new StreamRecorder(),
    onGoAway: () => undefined,
    onClose: () => undefined,
  });
  // Its settings and windows are read; its header fields are not ours, so nothing is answered.
  socket.on('data', (chunk: Buffer) => connection.receive(chunk));
  cleanups.push(() => connection.destroy(new Error('done')));
  const fields = requestFields(PATH, 'some.host:1');
  const stream = connection.open(fields, new StreamRecorder());
  const messages = [patterned(300_000), Buffer.alloc(0), Buffer.from('last')];
  for (const message of messages) stream.send(message);
  stream.end();
  await until(() => seen[0]?.ended === true);
  expect(seen[0]?.headers).toMatchObject(Object.fromEntries(fields));
  expect(seen[0]?.body.equals(Buffer.concat(messages.map(prefixed)))).toBe(true);
  expect(connection.closed).toBe(false);
});
