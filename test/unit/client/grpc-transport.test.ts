/** The client's streams where the other side is not as expected. */
import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { OdradekError } from '../../../src/base/errors.ts';
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
