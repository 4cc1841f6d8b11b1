/** The client's calls where the other side is not as expected. */
import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { sendUnaryData, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import type { OdradekError } from '../../../src/base/errors.ts';
import { NotConnected } from '../../../src/client/errors.ts';
import { GrpcTransport } from '../../../src/client/grpc-transport.ts';
import { ClientClock } from '../../../src/client/system.ts';
import { until } from '../http2/pair.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

const METHOD = {
  path: '/test.Service/Stream',
  requestStream: true,
  responseStream: true,
  requestSerialize: (bytes: Buffer) => bytes,
  requestDeserialize: (bytes: Buffer) => bytes,
  responseSerialize: (bytes: Buffer) => bytes,
  responseDeserialize: (bytes: Buffer) => bytes,
} as const;

// Before, only grpc-js's own 20 seconds ended this.
test('a stream to somebody else’s server is given up in time once that says nothing', async () => {
  const sockets = new Set<net.Socket>();
  const listen = async (server: net.Server, port: number) => {
    server.on('connection', (socket: net.Socket) => sockets.add(socket));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => server.close());
    return (server.address() as net.AddressInfo).port;
  };
  const cutOff = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  cleanups.push(cutOff);
  const foreign = http2.createServer();
  foreign.on('stream', (stream) => {
    stream.on('error', () => undefined);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.write(Buffer.from([0, 0, 0, 0, 1, 0x61]));
  });
  const port = await listen(foreign, 0);
  const transport = new GrpcTransport(new ClientClock(), { connectTimeoutMs: 500 });
  cleanups.push(() => transport.close());
  const open = () => {
    const told = { messages: [] as Buffer[], ends: [] as OdradekError[] };
    transport.open(`127.0.0.1:${port}`, 'fetch', METHOD, Buffer.from('first'), {
      onMessage: (message) => told.messages.push(message),
      onEnd: (error) => told.ends.push(error),
    });
    return told;
  };
  const first = open();
  await until(() => first.messages.length === 1);
  foreign.close();
  cutOff();
  await until(() => first.ends.length === 1);
  expect(first.ends[0]).toMatchObject({ code: 'NETWORK_EXCEPTION' });
  await listen(
    net.createServer((socket) => void socket.on('error', () => undefined)),
    port,
  );
  const second = open();
  const started = performance.now();
  await until(() => second.ends.length === 1);
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(second.ends[0]?.message).toContain(`127.0.0.1:${port}`);
});

/** A server of grpc-js's, which knows nothing of ours. */
async function grpcServer(): Promise<string> {
  const server = new Server();
  const streaming = { ...METHOD, requestStream: false, responseStream: true };
  server.addService(
    {
      echo: { ...METHOD, path: '/test.Service/Echo', requestStream: false, responseStream: false },
      silent: {
        ...METHOD,
        path: '/test.Service/Silent',
        requestStream: false,
        responseStream: false,
      },
      watch: { ...streaming, path: '/test.Service/Watch' },
    },
    {
      echo: ({ request }: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) =>
        done(null, request),
      silent: () => undefined,
      watch: (call: ServerWritableStream<Buffer, Buffer>) => {
        for (const byte of call.request) call.write(Buffer.from([byte]));
        call.end();
      },
    },
  );
  cleanups.push(() => server.forceShutdown());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return `127.0.0.1:${port}`;
}

test('somebody else’s server is called and watched as ours are', async () => {
  const address = await grpcServer();
  const transport = new GrpcTransport(new ClientClock(), { connectTimeoutMs: 5_000 });
  cleanups.push(() => transport.close());
  const call = (name: string, options: { timeoutMs: number; signal?: AbortSignal }) =>
    transport.call(
      address,
      'admin',
      { ...METHOD, path: `/test.Service/${name}` },
      Buffer.from('abc'),
      options,
    );
  expect(String(await call('Echo', { timeoutMs: 10_000 }))).toBe('abc');
  await expect(call('Silent', { timeoutMs: 100 })).rejects.toMatchObject({
    code: 'REQUEST_TIMED_OUT',
    message: expect.stringContaining(address),
  });
  const controller = new AbortController();
  const given = call('Silent', { timeoutMs: 10_000, signal: controller.signal });
  controller.abort();
  await expect(given).rejects.toMatchObject({ code: 'ABORTED_BY_CALLER' });
  await expect(call('None', { timeoutMs: 10_000 })).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
  });
  const seen: string[] = [];
  const ended = await new Promise<OdradekError>((resolve) => {
    transport.watch(
      address,
      'metadata',
      { ...METHOD, path: '/test.Service/Watch' },
      Buffer.from('abc'),
      { onMessage: (message) => seen.push(String(message)), onEnd: resolve },
    );
  });
  expect(seen).toEqual(['a', 'b', 'c']);
  expect(ended).toMatchObject({ code: 'NETWORK_EXCEPTION' });
  // Nobody there: nothing was sent, and whoever asks may turn elsewhere.
  await expect(
    transport.call('127.0.0.1:1', 'admin', METHOD, Buffer.alloc(0), { timeoutMs: 10_000 }),
  ).rejects.toBeInstanceOf(NotConnected);
});
