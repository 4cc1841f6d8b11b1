/** Sockets that lend what they read, over real connections. */
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { lentReads, readLent } from '../../../src/http2/lent-reads.ts';
import { until } from '../server/fake-broker.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

/** A server that gives each connection away when it has said something. */
async function start(onAccepted: (lending: net.Socket, old: net.Socket) => void = () => undefined) {
  const buffers = new Set<ArrayBufferLike>();
  const heard: string[] = [];
  const refused: net.Socket[] = [];
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    const at = heard.push('') - 1;
    socket.once('data', (first: Buffer) => {
      socket.pause();
      heard[at] += first.toString();
      const lending = readLent(socket, (chunk) => {
        buffers.add(chunk.buffer);
        heard[at] += chunk.toString();
      });
      if (lending === null) return void refused.push(socket);
      lending.on('error', () => undefined);
      lending.resume();
      onAccepted(lending, socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  const connect = async (): Promise<net.Socket> => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('error', () => undefined);
    cleanups.push(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
  return { server, buffers, heard, refused, connect };
}

describe('a connection that was accepted', () => {
  test('is read into one buffer for all of them, whole and in order', async () => {
    const { connect, heard, buffers, refused } = await start();
    const sockets = [await connect(), await connect()];
    const texts = sockets.map((_, index) => String.fromCharCode(97 + index).repeat(1_000_000));
    for (const [index, socket] of sockets.entries()) {
      socket.write('>');
      await until(() => heard[index] === '>');
      socket.write(texts[index] ?? '');
    }
    await until(() => heard.every((text) => text.length === 1_000_001));
    expect(heard).toEqual(texts.map((text) => `>${text}`));
    expect(buffers.size).toBe(1);
    expect(refused).toEqual([]);
  });

  test('can be written to, and hears of the other end’s end', async () => {
    const events: string[] = [];
    const { connect } = await start((lending) => {
      lending.on('end', () => {
        events.push('end');
        lending.end('bye');
      });
      lending.on('close', () => events.push('close'));
      lending.write('hello ');
    });
    const socket = await connect();
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.write('>');
    await until(() => answer === 'hello ');
    socket.end();
    await until(() => events.includes('close'));
    expect(events).toEqual(['end', 'close']);
    await until(() => answer === 'hello bye');
  });

  test('counts for its server until it is closed, and the old socket does nothing more', async () => {
    let given: { lending: net.Socket; old: net.Socket } | null = null;
    const { server, connect } = await start((lending, old) => (given = { lending, old }));
    const socket = await connect();
    socket.write('>');
    await until(() => given !== null);
    const { lending, old } = given as unknown as { lending: net.Socket; old: net.Socket };
    old.destroy();
    let closed = false;
    server.close(() => (closed = true));
    lending.write('still here');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect([chunk.toString(), closed]).toEqual(['still here', false]);
    lending.destroy();
    await until(() => closed);
  });

  test('stays what it is where its inside is not as expected, or where something is left in it', async () => {
    const { connect, heard, refused } = await start();
    const socket = new net.Socket();
    expect(readLent(socket, () => undefined)).toBeNull();
    const client = await connect();
    client.write('>');
    await until(() => heard[0] === '>');
    expect(refused).toEqual([]);
    client.unshift(Buffer.from('left'));
    expect(readLent(client, () => undefined)).toBeNull();
    expect(client.read()?.toString()).toBe('left');
  });
});

test('what a connecting socket reads lies in the same buffer', async () => {
  const { connect, buffers, heard } = await start((lending) => lending.write('answer'));
  const first = await connect();
  first.write('>');
  await until(() => heard[0] === '>');
  first.write('more');
  await until(() => heard[0] === '>more');
  const [shared] = buffers;
  expect(lentReads(() => undefined).buffer).toHaveProperty('buffer', shared);
});
