/** One message out, one back, on a connection that takes only so many at once. */
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { ClientChannel } from '../../../src/http2/client-channel.ts';
import { Http2Connection, type Http2Stream } from '../../../src/http2/connection.ts';
import { UnaryCalls } from '../../../src/http2/unary-calls.ts';
import { OPTIONS, StreamRecorder, until } from './pair.ts';

const OK = new Map([['grpc-status', '0']]);

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

/** Calls to one of ours, which a test answers. */
async function callsTo() {
  const asked: { stream: Http2Stream; told: StreamRecorder }[] = [];
  const server = net.createServer((socket) => {
    const connection = new Http2Connection(socket, 'server', OPTIONS, {
      onReady: () => undefined,
      onStream(stream) {
        const told = new StreamRecorder();
        told.on.end = () => asked.push({ stream, told });
        return told;
      },
      onGoAway: () => undefined,
      onClose: () => undefined,
    });
    socket.on('data', (chunk: Buffer) => connection.receive(chunk));
    cleanups.push(() => connection.destroy(new Error('done')));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  const channel = new ClientChannel(`127.0.0.1:${port}`, {
    ...OPTIONS,
    connectTimeoutMs: 10_000,
    fallback: () => {
      throw new Error('it is one of ours');
    },
  });
  cleanups.push(() => channel.close());
  const calls = new UnaryCalls(channel);
  const outcomes: string[] = [];
  const call = (request: string) =>
    calls.call('/test.Service/Call', Buffer.from(request), {
      onAnswer: (message) => outcomes.push(message.toString()),
      onFailed: ({ code, message }, unreached) =>
        outcomes.push(
          `${code}${message === '' ? '' : ` ${message}`}${unreached ? ' unreached' : ''}`,
        ),
    });
  const answer = (index: number, text: string): void => {
    const { stream } = asked[index] ?? {};
    stream?.sendFields(new Map([[':status', '200']]), false);
    stream?.send(Buffer.from(text));
    stream?.sendFields(OK, true);
  };
  return { channel, calls, call, asked, answer, outcomes };
}

test('an answer, a refusal, and an end without an answer', async () => {
  const { call, asked, answer, outcomes } = await callsTo();
  for (const request of ['a', 'b', 'c']) call(request);
  await until(() => asked.length === 3);
  expect(asked.map(({ told }) => told.messages.map(String))).toEqual([['a'], ['b'], ['c']]);
  answer(0, 'A');
  asked[1]?.stream.sendFields(
    new Map([
      ['grpc-status', '5'],
      ['grpc-message', 'no'],
    ]),
    true,
  );
  asked[2]?.stream.sendFields(OK, true);
  await until(() => outcomes.length === 3);
  expect(outcomes).toEqual(['A', '5 no', '2']);
});

test('more than may be open wait for those before them, and are answered all the same', async () => {
  const { call, asked, answer, outcomes } = await callsTo();
  const handles = Array.from({ length: 1_500 }, (_, index) => call(String(index)));
  await until(() => asked.length === 500);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(asked.length).toBe(500);
  // One that is open makes room, one that waits leaves none; both are heard of no more.
  handles[0]?.cancel();
  handles[0]?.cancel();
  handles[1_000]?.cancel();
  await until(() => asked.length === 501);
  for (let index = 1; index < 1_499; index++) {
    await until(() => asked.length > index);
    answer(index, asked[index]?.told.messages[0]?.toString() ?? '');
  }
  await until(() => outcomes.length === 1_498);
  const all = Array.from({ length: 1_500 }, (_, index) => String(index));
  expect(outcomes).toEqual(all.filter((name) => name !== '0' && name !== '1000'));
});

test('those that wait when it is closed are told that nothing was sent', async () => {
  const { channel, calls, call, asked, outcomes } = await callsTo();
  for (let index = 0; index < 501; index++) call(String(index));
  await until(() => asked.length === 500);
  calls.close();
  channel.close();
  expect(outcomes[0]).toBe('14 the channel is closed unreached');
  expect(outcomes.slice(1)).toEqual(Array<string>(500).fill('14 the channel is closed'));
});
