/** A port on every address of a host. */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Listener } from '../../../src/server/listener.ts';
import { until } from './fake-broker.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function listenerWith() {
  const sockets: net.Socket[] = [];
  const listener = new Listener((socket) => void sockets.push(socket));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return listener.close();
  });
  return { listener, sockets };
}

async function connectTo(host: string, port: number): Promise<net.Socket> {
  const socket = net.connect({ host, port });
  cleanups.push(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

test('a name is listened to at each of its addresses, with one port', async () => {
  const { listener, sockets } = listenerWith();
  const port = await listener.listen('localhost', 0);
  const addresses = await lookup('localhost', { all: true });
  for (const { address } of addresses) await connectTo(address, port);
  await until(() => sockets.length === addresses.length);
});

test('a close waits for the connections that are open, and accepts no more', async () => {
  const { listener, sockets } = listenerWith();
  const port = await listener.listen('127.0.0.1', 0);
  await connectTo('127.0.0.1', port);
  await until(() => sockets.length === 1);
  let closed = false;
  const closing = listener.close().then(() => {
    closed = true;
  });
  await expect(connectTo('127.0.0.1', port)).rejects.toThrow('ECONNREFUSED');
  expect(closed).toBe(false);
  sockets[0]?.destroy();
  await closing;
});

test('a port that is taken, and a name of nobody, say so', async () => {
  const { listener } = listenerWith();
  const port = await listener.listen('127.0.0.1', 0);
  const { listener: second } = listenerWith();
  await expect(second.listen('127.0.0.1', port)).rejects.toThrow('EADDRINUSE');
  await expect(second.listen('nobody.invalid', 0)).rejects.toThrow();
  await second.close();
});
