/** The transports against the real server over loopback, and against peers that misbehave. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { OdradekError, refusal } from '../../../src/base/errors.ts';
import {
  brokerEpoch,
  generation,
  instant,
  leaderEpoch,
  nodeId,
  offset,
  partitionIndex,
} from '../../../src/base/ids.ts';
import type { LeaderMessage, PeerOpen } from '../../../src/broker/interfaces.ts';
import type { SessionResponse } from '../../../src/controller/types.ts';
import { GrpcControllerTransport } from '../../../src/platform/grpc-controller-transport.ts';
import { GrpcPeerTransport } from '../../../src/platform/grpc-peer-transport.ts';
import { createBrokerServer, createControllerServer } from '../../../src/server/grpc-server.ts';
import type { ServerLimits } from '../../../src/server/limits.ts';
import {
  CLUSTER_ID,
  FakeBroker,
  FakeController,
  LIMITS,
  RecordingLog,
  TOPIC_ID,
  until,
  unread,
} from '../server/fake-broker.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const OPEN: PeerOpen = {
  follower: nodeId(1),
  followerEpoch: brokerEpoch(5),
  clusterId: CLUSTER_ID,
  leader: nodeId(0),
};
const PLACE = { topicId: TOPIC_ID, partition: partitionIndex(0) };
const POSITION = {
  generation: generation(1),
  leaderEpoch: leaderEpoch(1),
  fetchOffset: offset(0),
  lastFetchedEpoch: null,
  logStartOffset: offset(0),
};

function recorder<Message>() {
  const seen = {
    opens: 0,
    drains: 0,
    got: [] as Message[],
    closed: [] as (Error | null)[],
    onOpen: () => void seen.opens++,
    onDrain: () => void seen.drains++,
    onMessage: (message: Message) => void seen.got.push(message),
    onClose: (error: Error | null) => void seen.closed.push(error),
  };
  return seen;
}

async function leader(limits: Partial<ServerLimits> = {}) {
  const broker = new FakeBroker();
  const server = createBrokerServer(broker, {
    log: new RecordingLog(),
    requests: unread(),
    limits: { ...LIMITS, ...limits },
    protoDirectory: null,
    onFatal: (error) => {
      throw error;
    },
  });
  cleanups.push(() => server.stop(0));
  const endpoint = await server.listen({ host: '127.0.0.1', port: 0 });
  return { broker, server, endpoint };
}

function frame(startOffset: number, chunks: Uint8Array[]): LeaderMessage {
  return {
    sentAt: instant(1.25),
    frames: [
      {
        ...PLACE,
        frame: {
          kind: 'records',
          generation: generation(1),
          leaderEpoch: leaderEpoch(1),
          startOffset: offset(startOffset),
          highWatermark: offset(0),
          logStartOffset: offset(0),
          replicatedTo: offset(0),
          chunks,
        },
      },
    ],
  };
}

describe('a follower and its leader', () => {
  test('talk, in order, and the follower’s end is seen by both', async () => {
    const { broker, endpoint } = await leader();
    const seen = recorder<LeaderMessage>();
    const sink = new GrpcPeerTransport().connect(endpoint, OPEN, seen);
    await until(() => seen.opens === 1);
    await until(() => broker.followers.length === 1);
    const follower = broker.followers[0];
    expect(follower?.open).toEqual(OPEN);
    sink.send({
      echo: instant(7.5),
      closed: [PLACE],
      positions: [{ ...PLACE, position: POSITION }],
    });
    await until(() => follower?.got.length === 2);
    expect(follower?.got[1]).toMatchObject({
      echo: 7.5,
      closed: [PLACE],
      positions: [{ ...PLACE, position: POSITION }],
    });
    for (let index = 0; index < 50; index++) {
      follower?.sink.send(frame(index, [Buffer.from(`${index}`)]));
    }
    await until(() => seen.got.length === 50);
    expect(seen.got).toEqual(
      Array.from({ length: 50 }, (_, index) => frame(index, [Buffer.from(`${index}`)])),
    );
    sink.close();
    expect(seen.closed).toEqual([]);
    await until(() => seen.closed.length === 1 && follower?.closed.length === 1);
    expect([seen.closed, follower?.closed]).toEqual([[null], [null]]);
    follower?.sink.send(frame(0, []));
    sink.send({ echo: null, closed: [], positions: [] });
  });

  test('a refusal arrives as its code', async () => {
    const { broker, endpoint } = await leader();
    broker.acceptAnswer = refusal('INCONSISTENT_CLUSTER_ID', 'another cluster');
    const seen = recorder<LeaderMessage>();
    new GrpcPeerTransport().connect(endpoint, OPEN, seen);
    await until(() => seen.closed.length === 1);
    expect(seen.closed[0]).toBeInstanceOf(OdradekError);
    expect(seen.closed[0]).toMatchObject({
      code: 'INCONSISTENT_CLUSTER_ID',
      message: 'another cluster',
    });
  });

  test('the leader’s end is seen by both', async () => {
    const { broker, endpoint } = await leader();
    const seen = recorder<LeaderMessage>();
    new GrpcPeerTransport().connect(endpoint, OPEN, seen);
    await until(() => broker.followers.length === 1);
    broker.followers[0]?.sink.close(refusal('STALE_BROKER_EPOCH'));
    await until(() => seen.closed.length === 1 && broker.followers[0]?.closed.length === 1);
    expect(seen.closed[0]).toMatchObject({ code: 'STALE_BROKER_EPOCH' });
  });

  test('a leader that sends more than is read is told to wait, and when to go on', async () => {
    const { broker, endpoint } = await leader({ peerQueueBytesMax: 2 << 20 });
    const seen = recorder<LeaderMessage>();
    new GrpcPeerTransport().connect(endpoint, OPEN, seen);
    await until(() => broker.followers.length === 1);
    const sink = broker.followers[0]?.sink;
    const chunk = Buffer.alloc(1 << 20);
    expect(sink?.send(frame(0, [chunk]))).toBe(true);
    expect(sink?.send(frame(1, [chunk]))).toBe(false);
    await until(() => seen.got.length === 2);
    await until(() => sink?.send(frame(2, [])) === true);
  });

  test('a follower that vanishes is noticed', async () => {
    const { broker, endpoint } = await leader();
    const sink = new GrpcPeerTransport().connect(endpoint, OPEN, recorder<LeaderMessage>());
    await until(() => broker.followers.length === 1);
    sink.close(refusal('SHUTTING_DOWN'));
    await until(() => broker.followers[0]?.closed.length === 1);
  });
});

describe('a leader that is not there', () => {
  test('is noticed at once when nobody listens', async () => {
    const port = await freePort();
    const seen = recorder<LeaderMessage>();
    const started = performance.now();
    new GrpcPeerTransport().connect({ host: '127.0.0.1', port }, OPEN, seen);
    await until(() => seen.closed.length === 1);
    expect(performance.now() - started).toBeLessThan(900);
    expect(seen.closed[0]).toMatchObject({ code: 'NETWORK_EXCEPTION' });
    expect(seen.opens).toBe(0);
  });

  test('is noticed after the connect timeout when it does not answer', async () => {
    const silent = net.createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    cleanups.push(() => void silent.close());
    const { port } = silent.address() as net.AddressInfo;
    const seen = recorder<LeaderMessage>();
    new GrpcPeerTransport({ connectTimeoutMs: 100 }).connect(
      { host: '127.0.0.1', port },
      OPEN,
      seen,
    );
    await until(() => seen.closed.length === 1);
    expect(seen.closed[0]).toMatchObject({
      code: 'NETWORK_EXCEPTION',
      message: expect.stringContaining('did not answer'),
    });
  });

  test('can be connected to the moment it is back', async () => {
    const port = await freePort();
    const transport = new GrpcPeerTransport();
    const first = recorder<LeaderMessage>();
    transport.connect({ host: '127.0.0.1', port }, OPEN, first);
    await until(() => first.closed.length === 1);
    const broker = new FakeBroker();
    const server = createBrokerServer(broker, {
      log: new RecordingLog(),
      requests: unread(),
      limits: LIMITS,
      protoDirectory: null,
      onFatal: () => undefined,
    });
    cleanups.push(() => server.stop(0));
    await server.listen({ host: '127.0.0.1', port });
    const second = recorder<LeaderMessage>();
    const started = performance.now();
    transport.connect({ host: '127.0.0.1', port }, OPEN, second);
    await until(() => second.opens === 1);
    expect(performance.now() - started).toBeLessThan(900);
  });

  test('whose process is killed is noticed at once', { timeout: 30_000 }, async () => {
    // A plain grpc-js server in a process of its own: accepts, answers with headers, says nothing.
    const child = spawn(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `import { Metadata, Server, ServerCredentials } from '@grpc/grpc-js';
         const raw = (bytes) => bytes;
         const server = new Server();
         const path = '/odradek.internal.v1.ReplicationService/Replicate';
         server.addService(
           { replicate: { path, requestStream: true, responseStream: true, requestSerialize: raw,
             requestDeserialize: raw, responseSerialize: raw, responseDeserialize: raw } },
           { replicate: (call) => { call.sendMetadata(new Metadata()); call.resume(); } },
         );
         server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_, port) =>
           process.stdout.write(port + '\\n'));`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    cleanups.push(() => void child.kill('SIGKILL'));
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const seen = recorder<LeaderMessage>();
    const endpoint = { host: '127.0.0.1', port: Number(line.toString()) };
    new GrpcPeerTransport().connect(endpoint, OPEN, seen);
    await until(() => seen.opens === 1);
    const killed = performance.now();
    child.kill('SIGKILL');
    await until(() => seen.closed.length === 1);
    expect(performance.now() - killed).toBeLessThan(200);
    expect(seen.closed[0]).toMatchObject({ code: 'NETWORK_EXCEPTION' });
  });
});

describe('a broker and its controller', () => {
  async function controllerServer() {
    const controller = new FakeController();
    const server = createControllerServer(controller, {
      log: new RecordingLog(),
      requests: unread(),
      limits: LIMITS,
      protoDirectory: null,
      onFatal: () => undefined,
    });
    cleanups.push(() => server.stop(0));
    const endpoint = await server.listen({ host: '127.0.0.1', port: 0 });
    return { controller, endpoint };
  }

  test('hold a session', async () => {
    const { controller, endpoint } = await controllerServer();
    const seen = recorder<SessionResponse>();
    const sink = new GrpcControllerTransport().connect(endpoint, seen);
    await until(() => seen.opens === 1);
    const goodbye = { kind: 'goodbye' as const, brokerEpoch: brokerEpoch(3) };
    sink.send(goodbye);
    sink.close();
    await until(() => controller.sessions[0]?.closed.length === 1);
    // What was sent before the end has arrived.
    expect(controller.sessions[0]?.got).toEqual([goodbye]);
    expect(seen.closed).toEqual([null]);
  });

  test('pass a user’s request on, and its refusal back', async () => {
    const { controller, endpoint } = await controllerServer();
    const transport = new GrpcControllerTransport();
    const request = { kind: 'deleteTopic' as const, name: 'flights' };
    controller.adminAnswer = async (given) => {
      expect(given).toEqual(request);
      return { kind: 'refused', refusal: refusal('UNKNOWN_TOPIC_OR_PARTITION') };
    };
    expect(await transport.admin(endpoint, request, 5_000)).toEqual({
      kind: 'refused',
      refusal: refusal('UNKNOWN_TOPIC_OR_PARTITION'),
    });
    controller.adminAnswer = () => new Promise(() => undefined);
    await expect(transport.admin(endpoint, request, 50)).rejects.toMatchObject({
      code: 'REQUEST_TIMED_OUT',
    });
    const nobody = { host: '127.0.0.1', port: await freePort() };
    await expect(transport.admin(nobody, request, 5_000)).rejects.toMatchObject({
      code: 'NETWORK_EXCEPTION',
    });
  });
});

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
