/** One port for our own clients and everybody else's, over real sockets. */
import { once } from 'node:events';
import net from 'node:net';
import { Client, credentials, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import { refusal } from '../../../src/base/errors.ts';
import { brokerEpoch, leaderEpoch, nodeId, offset, partitionIndex } from '../../../src/base/ids.ts';
import { Http2Connection, type Http2Stream } from '../../../src/http2/connection.ts';
import { FRAME, frame, FrameReader, PREFACE, settingsFrame } from '../../../src/http2/frames.ts';
import { requestFields, statusOf, type CallStatus } from '../../../src/http2/grpc-fields.ts';
import { createBrokerServer, silenceGrpcLog } from '../../../src/server/grpc-server.ts';
import type { ServerLimits } from '../../../src/server/limits.ts';
import { fromCallError } from '../../../src/wire/call-error.ts';
import { REPLICATION_SERVICE } from '../../../src/wire/internal-services.ts';
import { ADMIN_SERVICE, CONSUMER_SERVICE, METADATA_SERVICE } from '../../../src/wire/services.ts';
import { OPTIONS, StreamRecorder, turns } from '../http2/pair.ts';
import {
  CLUSTER_ID,
  FakeBroker,
  LIMITS,
  RecordingLog,
  TOPIC_ID,
  until,
  unread,
} from './fake-broker.ts';

silenceGrpcLog();

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const { replicate } = REPLICATION_SERVICE;
const OPEN = replicate.requestSerialize({
  open: {
    follower: nodeId(1),
    followerEpoch: brokerEpoch(5),
    clusterId: CLUSTER_ID,
    leader: nodeId(0),
  },
  echo: null,
  closed: [],
  positions: [],
});

async function start(limits: Partial<ServerLimits> = {}) {
  const broker = new FakeBroker();
  const log = new RecordingLog();
  const server = createBrokerServer(broker, {
    log,
    requests: unread(),
    limits: { ...LIMITS, ...limits },
    protoDirectory: null,
    onFatal: (error) => {
      throw error;
    },
  });
  cleanups.push(() => server.stop(0));
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  return { broker, server, port, log };
}

async function connectTo(port: number): Promise<net.Socket> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => undefined);
  cleanups.push(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** A connection of ours, without a channel around it. */
async function own(port: number) {
  const socket = await connectTo(port);
  let ready: boolean | null = null;
  const closed: Error[] = [];
  const connection = new Http2Connection(socket, 'client', OPTIONS, {
    onReady: (isOurs) => {
      ready = isOurs;
    },
    onStream: () => new StreamRecorder(),
    onGoAway: () => undefined,
    onClose: (error) => void closed.push(error),
  });
  socket.on('data', (chunk: Buffer) => connection.receive(chunk));
  cleanups.push(() => connection.destroy(new Error('done')));
  await until(() => ready !== null);
  expect(ready).toBe(true);
  return {
    socket,
    connection,
    closed,
    open(path: string): { stream: Http2Stream; told: StreamRecorder } {
      const told = new StreamRecorder();
      return { stream: connection.open(requestFields(path, 'a:1'), told), told };
    },
  };
}

function foreign(port: number) {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
  });
  cleanups.push(() => client.close());
  return (path: string) => {
    const asItIs = (bytes: Buffer): Buffer => bytes;
    const call = client.makeBidiStreamRequest(path, asItIs, asItIs);
    const told = { errors: [] as ServiceError[], ended: false };
    call.on('data', () => undefined);
    call.on('error', (error: ServiceError) => told.errors.push(error));
    call.on('status', () => {
      told.ended = true;
    });
    return { call, told };
  };
}

async function statusFor(told: StreamRecorder): Promise<CallStatus> {
  await until(() => told.kinds.includes('trailers'));
  const [last] = told.events.slice(-1);
  if (last?.kind !== 'fields') throw new Error('there are no trailers');
  return statusOf(last.fields);
}

const meaning = ({ code, message, details }: CallStatus) => ({
  grpc: code,
  code: fromCallError(code, message, details).refusal.code,
});

describe('on one port', () => {
  test('our own clients are served beside others', async () => {
    const { broker, port } = await start();
    const ours = (await own(port)).open(replicate.path);
    const theirs = foreign(port)(replicate.path);
    ours.stream.send(OPEN);
    theirs.call.write(OPEN);
    await until(() => broker.followers.length === 2);
    ours.stream.end();
    theirs.call.end();
    expect(await statusFor(ours.told)).toMatchObject({ code: 0 });
    await until(() => theirs.told.ended);
    expect([theirs.told.errors, ours.told.kinds]).toEqual([[], ['fields', 'trailers']]);
  });

  test.each([true, false])('a preface may come byte by byte; ours: %s', async (isOurs) => {
    const { port } = await start();
    const socket = await connectTo(port);
    const types: number[] = [];
    let literal = false;
    const reader = new FrameReader({
      onFrame(type, flags, _, payload) {
        types.push(type);
        if (type === FRAME.settings && flags === 0) literal ||= payload.includes('f0d2', 0, 'hex');
      },
      onData: () => undefined,
      onDataEnd: () => undefined,
    });
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    const settings = settingsFrame(new Map(isOurs ? [[0xf0d2, 2]] : [[4, 1 << 20]]));
    const bytes = Buffer.concat([PREFACE, settings, frame(FRAME.ping, 0, 0, Buffer.alloc(8))]);
    for (const byte of bytes) {
      socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => types.includes(FRAME.ping));
    expect([types[0], literal]).toEqual([FRAME.settings, isOurs]);
  });

  test('whoever says nothing, half of it or something else costs nobody anything', async () => {
    const { port, broker, log } = await start();
    for (const said of ['', 'PRI * HT', 'GET / HTTP/1.1\r\n\r\n', '\0'.repeat(100)]) {
      for (const leave of ['end', 'resetAndDestroy'] as const) {
        const socket = await connectTo(port);
        socket.resume();
        if (said !== '') socket.write(said);
        await new Promise((resolve) => setImmediate(resolve));
        socket[leave]();
        await until(() => socket.destroyed);
      }
    }
    const { told, stream } = (await own(port)).open(replicate.path);
    stream.send(OPEN);
    await until(() => broker.followers.length === 1 && told.kinds.length === 1);
    expect(log.lines).toEqual([]);
  });
});

describe('our own client', () => {
  const { watchMetadata, getMetadata } = METADATA_SERVICE;
  const ASKED = getMetadata.requestSerialize({ topics: ['flights'] });
  const FETCH = {
    clientId: 'test',
    partitions: [],
    maxWaitMs: 1_000,
    minBytes: 1,
    maxBytes: 1,
    isolation: 'read-committed' as const,
  };

  test('asks once, and is answered once', async () => {
    const { broker, port } = await start();
    const { stream, told } = (await own(port)).open(getMetadata.path);
    stream.send(ASKED);
    await turns();
    expect(broker.clusterAsked).toEqual([]);
    stream.end();
    expect(await statusFor(told)).toMatchObject({ code: 0 });
    expect(told.kinds).toEqual(['fields', 'message', 'trailers']);
    expect(told.messages.map(getMetadata.responseDeserialize)).toEqual([broker.view]);
  });

  test('is answered with batches in the pieces they lie in', async () => {
    const { broker, port } = await start();
    const { fetch } = CONSUMER_SERVICE;
    const large = Buffer.alloc(100_000, 1);
    broker.fetchAnswer = async () => [
      {
        topic: 'flights',
        topicId: TOPIC_ID,
        partition: partitionIndex(0),
        generation: 0,
        error: null,
        highWatermark: offset(10),
        lastStableOffset: offset(10),
        logStartOffset: offset(0),
        leaderEpoch: leaderEpoch(1),
        caughtUp: true,
        chunks: [large, large],
      },
    ];
    const { stream, told } = (await own(port)).open(fetch.path);
    stream.send(fetch.requestSerialize(FETCH));
    stream.end();
    expect(await statusFor(told)).toMatchObject({ code: 0 });
    const [answer] = told.messages.map(fetch.responseDeserialize);
    expect(answer?.partitions[0]?.chunks).toEqual([Buffer.concat([large, large])]);
  });

  test('is refused with trailers alone', async () => {
    const { broker, port } = await start();
    const { createTopic } = ADMIN_SERVICE;
    broker.adminAnswer = async () => ({
      kind: 'refused',
      refusal: refusal('TOPIC_ALREADY_EXISTS', 'flights exists'),
    });
    const { stream, told } = (await own(port)).open(createTopic.path);
    stream.send(
      createTopic.requestSerialize({
        kind: 'createTopic',
        name: 'flights',
        partitions: 1,
        replicationFactor: 1,
        settings: {},
        validateOnly: false,
      }),
    );
    stream.end();
    expect(meaning(await statusFor(told))).toEqual({
      grpc: status.ALREADY_EXISTS,
      code: 'TOPIC_ALREADY_EXISTS',
    });
    expect(told.kinds).toEqual(['trailers']);
    const [only] = told.events;
    expect(only?.kind === 'fields' && only.fields.get(':status')).toBe('200');
  });

  test.each([
    ['none', []],
    ['two', [ASKED, ASKED]],
  ])('is refused where it owes one message and sends %s', async (_, messages) => {
    const { broker, port } = await start();
    const client = await own(port);
    for (const { path } of [getMetadata, watchMetadata]) {
      const { stream, told } = client.open(path);
      for (const message of messages) stream.send(message);
      stream.end();
      expect(meaning(await statusFor(told)).code).toBe('INVALID_REQUEST');
    }
    expect([broker.clusterAsked, broker.metadataListeners.size]).toEqual([[], 0]);
  });

  test('that gives up or vanishes aborts what it waits for', async () => {
    const { broker, port } = await start();
    const { fetch } = CONSUMER_SERVICE;
    const signals: AbortSignal[] = [];
    broker.fetchAnswer = (signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    };
    const client = await own(port);
    const ask = async (count: number): Promise<Http2Stream> => {
      const { stream } = client.open(fetch.path);
      stream.send(fetch.requestSerialize(FETCH));
      stream.end();
      await until(() => signals.length === count);
      return stream;
    };
    (await ask(1)).cancel();
    await until(() => signals[0]?.aborted === true);
    await ask(2);
    expect(signals[1]?.aborted).toBe(false);
    client.connection.destroy(new Error('gone'));
    await until(() => signals[1]?.aborted === true);
  });

  test('watches, is told of changes, and leaves nothing behind', async () => {
    const { broker, port, server } = await start();
    const client = await own(port);
    const watch = () => {
      const { stream, told } = client.open(watchMetadata.path);
      stream.send(ASKED);
      stream.end();
      return { stream, told };
    };
    const first = watch();
    const second = watch();
    await until(() => first.told.messages.length === 1 && second.told.messages.length === 1);
    broker.changeMetadata({ metadataOffset: 2, controllerReachable: false });
    await until(() => first.told.messages.length === 2);
    expect(watchMetadata.responseDeserialize(first.told.messages[1] as Buffer)).toMatchObject({
      metadataOffset: 2,
      controllerReachable: false,
    });
    first.stream.cancel();
    await until(() => broker.metadataListeners.size === 1);
    const stopped = server.stop(10_000);
    expect(meaning(await statusFor(second.told)).code).toBe('SHUTTING_DOWN');
    await stopped;
    expect(broker.metadataListeners.size).toBe(0);
  });
});

describe('the errors of a call', () => {
  const oursAndTheirs = async (limits: Partial<ServerLimits>, path: string, message: Buffer) => {
    const { port } = await start(limits);
    const ours = (await own(port)).open(path);
    ours.stream.send(message);
    const theirs = foreign(port)(path);
    theirs.call.write(message);
    await until(() => theirs.told.errors.length > 0);
    const [{ code, details, metadata } = {} as ServiceError] = theirs.told.errors;
    const [trailer] = metadata.get('grpc-status-details-bin');
    const bytes = trailer instanceof Buffer ? trailer : null;
    return [
      meaning(await statusFor(ours.told)),
      meaning({ code, message: details, details: bytes }),
    ];
  };

  test('are the same for our own clients and others', async () => {
    const malformed = await oursAndTheirs({}, replicate.path, Buffer.from([0xff]));
    expect(malformed[0]).toEqual(malformed[1]);
    expect(malformed[0]).toMatchObject({ grpc: status.INVALID_ARGUMENT });
    const limits = { receiveMessageBytesMax: 100 };
    const large = await oursAndTheirs(limits, replicate.path, Buffer.alloc(101));
    expect(large[0]?.code).toBe('MESSAGE_TOO_LARGE');
    // grpc-js refuses this by itself, and knows no catalogue; clients read the one as the other.
    expect(large[1]?.grpc).toBe(status.RESOURCE_EXHAUSTED);
    const unknown = await oursAndTheirs({}, '/no.Service/Method', Buffer.alloc(0));
    expect(unknown[0]).toEqual(unknown[1]);
    expect(unknown[0]?.grpc).toBe(status.UNIMPLEMENTED);
  });

  test('for a path without an end still fit into a frame', async () => {
    const { port } = await start();
    const client = await own(port);
    const { told } = client.open(`/${'é'.repeat(40_000)}`);
    expect((await statusFor(told)).code).toBe(status.UNIMPLEMENTED);
    const [answer] = told.events;
    expect(answer).toMatchObject({ isLast: true });
    // An answer of trailers alone is still an answer.
    expect(answer?.kind === 'fields' && answer.fields.get(':status')).toBe('200');
    expect(client.closed).toEqual([]);
  });
});

describe('a server that stops', () => {
  test('lets our own calls end, and takes no new ones', async () => {
    const { broker, port, server } = await start();
    const client = await own(port);
    const first = client.open(replicate.path);
    first.stream.send(OPEN);
    await until(() => broker.followers.length === 1);
    const stopping = server.stop(20_000);
    const { code } = await statusFor(first.told);
    expect(code).toBe(status.UNAVAILABLE);
    await until(() => client.closed.length === 1);
    await stopping;
  });

  test('does not wait longer than it may for one that has frozen', async () => {
    const { broker, port, server } = await start();
    const client = await own(port);
    const { stream } = client.open(replicate.path);
    stream.send(OPEN);
    await until(() => broker.followers.length === 1);
    // It reads nothing and answers nothing, and so never closes.
    client.socket.pause();
    client.socket.removeAllListeners('data');
    const started = performance.now();
    await server.stop(200);
    const took = performance.now() - started;
    expect(took).toBeGreaterThan(150);
    expect(took).toBeLessThan(5_000);
  });

  // Before, who had not said who he was held a stop up for as long as it may take.
  test('does not wait for those that have said nothing', async () => {
    const { port, server } = await start();
    const silent = await connectTo(port);
    silent.resume();
    const half = await connectTo(port);
    half.resume();
    half.write(PREFACE.subarray(0, 10));
    // The server has seen both once it has served another.
    await own(port);
    const started = performance.now();
    await server.stop(10_000);
    expect(performance.now() - started).toBeLessThan(4_000);
    await until(() => silent.destroyed && half.destroyed);
  });
});
