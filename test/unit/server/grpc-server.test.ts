import { createConnection } from 'node:net';
import path from 'node:path';
import type { ClientDuplexStream, ServiceError, Server } from '@grpc/grpc-js';
import { Client, Metadata, credentials, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import { InvariantViolation } from '../../../src/base/assert.ts';
import { OdradekError, refusal } from '../../../src/base/errors.ts';
import { brokerEpoch, leaderEpoch, nodeId, offset, partitionIndex } from '../../../src/base/ids.ts';
import type { FetchedPartition } from '../../../src/broker/interfaces.ts';
import type { GrpcServer } from '../../../src/server/grpc-server.ts';
import {
  createBrokerServer,
  createControllerServer,
  silenceGrpcLog,
} from '../../../src/server/grpc-server.ts';
import type { ServerLimits } from '../../../src/server/limits.ts';
import { brokerRpcs, controllerRpcs } from '../../../src/server/rpc/index.ts';
import { RequestMetrics } from '../../../src/server/request-metrics.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';
import { fromCallError } from '../../../src/wire/call-error.ts';
import type {
  Append,
  ProduceResponse,
  ProduceStreamRequest,
} from '../../../src/wire/hot/produce.ts';
import { CONTROLLER_SERVICE, REPLICATION_SERVICE } from '../../../src/wire/internal-services.ts';
import type { MethodDescription } from '../../../src/wire/method-description.ts';
import {
  ADMIN_SERVICE,
  CONSUMER_SERVICE,
  METADATA_SERVICE,
  PRODUCER_SERVICE,
} from '../../../src/wire/services.ts';
import {
  CLUSTER_ID,
  FakeBroker,
  FakeController,
  LIMITS,
  RecordingLog,
  TOPIC_ID,
  until,
  unread,
} from './fake-broker.ts';
import { HandClock } from '../hand-clock.ts';

const PROTO = path.resolve(import.meta.dirname, '../../../proto');
const ZERO = partitionIndex(0);
const OPEN = { clientId: 'test', acks: 'all' as const, timeoutMs: 0 };

silenceGrpcLog();

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Setup {
  broker: FakeBroker;
  server: GrpcServer;
  client: Client;
  port: number;
  log: RecordingLog;
  metrics: Metrics;
  clock: HandClock;
  fatal: unknown[];
}

async function start(
  limits: Partial<ServerLimits> = {},
  protoDirectory: string | null = null,
): Promise<Setup> {
  const broker = new FakeBroker();
  const log = new RecordingLog();
  const metrics = new Metrics();
  const clock = new HandClock();
  const fatal: unknown[] = [];
  const server = createBrokerServer(broker, {
    log,
    requests: new RequestMetrics(metrics, clock),
    limits: { ...LIMITS, ...limits },
    protoDirectory,
    onFatal: (error) => fatal.push(error),
  });
  cleanups.push(() => server.stop(0));
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const client = connect(port);
  return { broker, server, client, port, log, metrics, clock, fatal };
}

function connect(port: number): Client {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
    'grpc.max_receive_message_length': -1,
  });
  cleanups.push(() => client.close());
  return client;
}

function call<Request, Response>(
  client: Client,
  method: MethodDescription<Request, Response>,
  request: Request,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      new Metadata(),
      (error, response) => {
        if (error) reject(error);
        else resolve(response as Response);
      },
    );
  });
}

/** What a failed call says, by its details. */
async function errorOf(
  promise: Promise<unknown>,
): Promise<{ grpc: number; code: string; message: string }> {
  const error = (await promise.then(
    () => {
      throw new Error('the call did not fail');
    },
    (reason: unknown) => reason,
  )) as ServiceError;
  return read(error);
}

function read(error: ServiceError): { grpc: number; code: string; message: string } {
  const details = error.metadata.get('grpc-status-details-bin')[0];
  const { refusal: found } = fromCallError(
    error.code,
    error.details,
    details instanceof Buffer ? details : null,
  );
  return { grpc: error.code, ...found };
}

class TestStream<Request, Response> {
  readonly call: ClientDuplexStream<Request, Response>;
  readonly got: Response[] = [];
  ended = false;
  error: ServiceError | null = null;

  constructor(client: Client, method: MethodDescription<Request, Response>) {
    this.call = client.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      new Metadata(),
    );
    this.call.on('data', (message: Response) => this.got.push(message));
    this.call.on('error', (error: ServiceError) => {
      this.error = error;
    });
    this.call.on('status', () => {
      this.ended = true;
    });
  }
}

function append(correlationId: number, batch: Buffer = Buffer.from('batch')): Append {
  return {
    correlationId,
    topic: 'flights',
    topicId: null,
    partition: ZERO,
    expectedLeaderEpoch: null,
    batch,
  };
}

function ok(base: number) {
  return { ok: true as const, baseOffset: offset(base), logStartOffset: offset(0) };
}

function fetched(chunks: Uint8Array[]): FetchedPartition {
  return {
    topic: 'flights',
    topicId: TOPIC_ID,
    partition: ZERO,
    generation: 1,
    error: null,
    highWatermark: offset(5),
    lastStableOffset: offset(5),
    logStartOffset: offset(0),
    leaderEpoch: leaderEpoch(1),
    caughtUp: false,
    chunks,
  };
}

describe('Produce', () => {
  test('answers in the order of the request, with each failure in its own result', async () => {
    const { broker, client } = await start();
    const answer = call(client, PRODUCER_SERVICE.produce, {
      ...OPEN,
      timeoutMs: 77,
      appends: [append(1), append(2)],
    });
    await until(() => broker.produces.length === 2);
    const leader = {
      broker: nodeId(2),
      leaderEpoch: leaderEpoch(4),
      endpoint: { host: 'b', port: 1 },
    };
    const refused = { ok: false as const, refusal: refusal('NOT_LEADER_OR_FOLLOWER') };
    broker.produces[1]?.done(refused, leader);
    broker.produces[0]?.done(ok(41), null);
    expect(await answer).toEqual({
      results: [
        { correlationId: 1, result: ok(41), leader: null },
        { correlationId: 2, result: refused, leader },
      ],
    });
    expect(broker.produces[0]?.call).toMatchObject({ acks: 'all', timeoutMs: 77 });
  });

  test('a client that gives up cancels what it waits for', async () => {
    const { broker, client } = await start();
    const request = client.makeUnaryRequest(
      PRODUCER_SERVICE.produce.path,
      PRODUCER_SERVICE.produce.requestSerialize,
      PRODUCER_SERVICE.produce.responseDeserialize,
      { ...OPEN, appends: [append(1)] },
      new Metadata(),
      () => undefined,
    );
    await until(() => broker.produces.length === 1);
    request.cancel();
    await until(() => broker.produces[0]?.cancelled === true);
  });
});

describe('ProduceStream', () => {
  const open = (setup: Setup) =>
    new TestStream<ProduceStreamRequest, ProduceResponse>(
      setup.client,
      PRODUCER_SERVICE.produceStream,
    );

  test('gathers the results of one turn into one message', async () => {
    const setup = await start();
    const { broker } = setup;
    const stream = open(setup);
    stream.call.write({ open: OPEN, appends: [append(0)] });
    for (let id = 1; id < 10; id++) stream.call.write({ open: null, appends: [append(id)] });
    await until(() => broker.produces.length === 10);
    expect(broker.produces[0]?.call.timeoutMs).toBe(LIMITS.produceTimeoutMs);
    for (const [index, { done }] of broker.produces.entries()) done(ok(index), null);
    broker.endTurn();
    await until(() => stream.got.length > 0);
    expect(stream.got).toHaveLength(1);
    expect(stream.got[0]?.results.map((each) => each.correlationId)).toEqual(
      Array.from({ length: 10 }, (_, id) => id),
    );
  });

  test('a refusal outside of a turn leaves all the same', async () => {
    const setup = await start();
    const stream = open(setup);
    stream.call.write({ open: OPEN, appends: [append(7)] });
    await until(() => setup.broker.produces.length === 1);
    const result = { ok: false as const, refusal: refusal('REQUEST_TIMED_OUT') };
    setup.broker.produces[0]?.done(result, null);
    await until(() => stream.got.length === 1);
    expect(stream.got[0]?.results).toEqual([{ correlationId: 7, result, leader: null }]);
  });

  test('with acks 0 nothing is answered', async () => {
    const setup = await start();
    const stream = open(setup);
    stream.call.write({ open: { ...OPEN, acks: 0 }, appends: [append(1)] });
    stream.call.end();
    await until(() => setup.broker.produces.length === 1);
    setup.broker.produces[0]?.done(ok(0), null);
    setup.broker.endTurn();
    await until(() => stream.ended);
    expect(stream.got).toEqual([]);
    expect(stream.error).toBeNull();
  });

  test('a client that vanishes cancels what it waits for, and leaves no listener', async () => {
    const setup = await start();
    const stream = open(setup);
    stream.call.write({ open: OPEN, appends: [append(1), append(2)] });
    await until(() => setup.broker.produces.length === 2);
    expect(setup.broker.turnListeners.size).toBe(1);
    setup.broker.produces[0]?.done(ok(0), null);
    stream.call.cancel();
    await until(() => setup.broker.turnListeners.size === 0);
    expect(setup.broker.produces.map((each) => each.cancelled)).toEqual([false, true]);
  });

  test('a client that has ended its side gets every result, then the end', async () => {
    const setup = await start();
    const stream = open(setup);
    stream.call.write({ open: OPEN, appends: [append(1), append(2)] });
    stream.call.end();
    await until(() => setup.broker.produces.length === 2);
    setup.broker.produces[0]?.done(ok(0), null);
    setup.broker.endTurn();
    await until(() => stream.got.length === 1);
    expect(stream.ended).toBe(false);
    setup.broker.produces[1]?.done(ok(1), null);
    setup.broker.endTurn();
    await until(() => stream.ended);
    expect(stream.got.flatMap(({ results }) => results)).toHaveLength(2);
    expect(stream.error).toBeNull();
  });

  test('without open, or opened twice, ends with INVALID_REQUEST', async () => {
    const setup = await start();
    const unopened = open(setup);
    unopened.call.write({ open: null, appends: [append(1)] });
    await until(() => unopened.error !== null);
    expect(read(unopened.error as ServiceError)).toEqual({
      grpc: status.INVALID_ARGUMENT,
      code: 'INVALID_REQUEST',
      message: 'the first message of a produce stream must carry open',
    });
    const twice = open(setup);
    twice.call.write({ open: OPEN, appends: [] });
    twice.call.write({ open: OPEN, appends: [] });
    await until(() => twice.error !== null);
    expect(read(twice.error as ServiceError).code).toBe('INVALID_REQUEST');
    expect(setup.broker.produces).toEqual([]);
  });

  test('is not read while too much is unsettled, and goes on when it settles', async () => {
    const setup = await start({ unsettledBytesMax: 100_000 });
    const { broker } = setup;
    const stream = open(setup);
    const batch = Buffer.alloc(20_000);
    stream.call.write({ open: OPEN, appends: [] });
    for (let id = 0; id < 500; id++)
      stream.call.write({ open: null, appends: [append(id, batch)] });
    await until(() => broker.produces.length >= 5);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(broker.produces.length).toBe(5);
    let settled = 0;
    while (settled < 500) {
      await until(() => broker.produces.length > settled);
      for (; settled < broker.produces.length; settled++) {
        broker.produces[settled]?.done(ok(settled), null);
      }
      broker.endTurn();
    }
    await until(() => stream.got.flatMap(({ results }) => results).length === 500);
    expect(broker.produces.map((each) => each.call.batch.length)).toEqual(
      new Array(500).fill(20_000),
    );
  });

  test('a client that does not read its results is not read either', async () => {
    const setup = await start({ unsettledBytesMax: 200_000 });
    const { broker } = setup;
    const stream = open(setup);
    stream.call.pause();
    stream.call.write({ open: OPEN, appends: [] });
    const long = { ok: false as const, refusal: refusal('INVALID_RECORD', 'x'.repeat(4_000)) };
    let settled = 0;
    const timer = setInterval(() => {
      for (; settled < broker.produces.length; settled++)
        broker.produces[settled]?.done(long, null);
      broker.endTurn();
    }, 1);
    cleanups.push(() => clearInterval(timer));
    let sent = 0;
    const pump = setInterval(() => {
      for (let index = 0; index < 20 && sent < 20_000; index++) {
        stream.call.write({ open: null, appends: [append(sent++)] });
      }
    }, 0);
    cleanups.push(() => clearInterval(pump));
    await until(() => sent > 2_000);
    const before = broker.produces.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(broker.produces.length).toBeLessThan(sent);
    expect(broker.produces.length - before).toBeLessThan(500);
    stream.call.resume();
    await until(() => broker.produces.length > before + 500);
  });

  test('a stopping server answers what is under way and takes no more', async () => {
    const setup = await start();
    const stream = open(setup);
    stream.call.write({ open: OPEN, appends: [append(1)] });
    await until(() => setup.broker.produces.length === 1);
    const stopped = setup.server.stop(5_000);
    stream.call.write({ open: null, appends: [append(2)] });
    await until(() => stream.got.length === 1);
    expect(stream.got[0]?.results[0]?.result).toMatchObject({
      ok: false,
      refusal: { code: 'SHUTTING_DOWN' },
    });
    setup.broker.produces[0]?.done(ok(3), null);
    setup.broker.endTurn();
    await stopped;
    await until(() => stream.ended);
    expect(stream.got[1]?.results[0]).toMatchObject({ correlationId: 1, result: ok(3) });
    expect(read(stream.error as ServiceError).code).toBe('SHUTTING_DOWN');
    expect(setup.broker.produces).toHaveLength(1);
  });
});

describe('Fetch', () => {
  const request = {
    clientId: 'test',
    partitions: [],
    maxWaitMs: 60_000,
    minBytes: 1,
    maxBytes: 0,
    isolation: 'read-committed' as const,
  };

  test('answers with what the broker gives', async () => {
    const { broker, client } = await start();
    broker.fetchAnswer = async () => [fetched([Buffer.from('one'), Buffer.from('two')])];
    const { partitions } = await call(client, CONSUMER_SERVICE.fetch, request);
    expect(partitions).toEqual([fetched([Buffer.from('onetwo')])]);
    // Batches that are sent in the pieces they lie in.
    const large = Buffer.alloc(100_000, 1);
    broker.fetchAnswer = async () => [fetched([large, large])];
    expect((await call(client, CONSUMER_SERVICE.fetch, request)).partitions).toEqual([
      fetched([Buffer.concat([large, large])]),
    ]);
  });

  test('a client that gives up aborts the wait', async () => {
    const { broker, client } = await start();
    let signal: AbortSignal | null = null;
    broker.fetchAnswer = (given) => {
      signal = given;
      return new Promise(() => undefined);
    };
    const running = client.makeUnaryRequest(
      CONSUMER_SERVICE.fetch.path,
      CONSUMER_SERVICE.fetch.requestSerialize,
      CONSUMER_SERVICE.fetch.responseDeserialize,
      request,
      new Metadata(),
      () => undefined,
    );
    await until(() => signal !== null);
    running.cancel();
    await until(() => signal?.aborted === true);
  });
});

describe('FetchStream', () => {
  const open = { clientId: 'test', isolation: 'read-uncommitted' as const, maxMessageBytes: 0 };
  const NOTHING = { open: null, assign: [], unassign: [], creditBytes: 0 };

  test('hands on what the client says, in the order that counts', async () => {
    const { broker, client } = await start();
    const stream = new TestStream(client, CONSUMER_SERVICE.fetchStream);
    const target = {
      target: { topic: 'flights', topicId: null, partition: ZERO },
      fetchOffset: offset(0),
      currentLeaderEpoch: null,
      maxBytes: 0,
      generation: 9,
    };
    stream.call.write({
      open,
      assign: [target],
      unassign: [{ topic: 'flights', partition: ZERO }],
      creditBytes: 100,
    });
    await until(() => broker.fetchStreams[0]?.calls.length === 3);
    expect(broker.fetchStreams[0]?.calls).toEqual([
      ['unassign', [{ topic: 'flights', partition: ZERO }]],
      ['assign', [{ ...target, maxBytes: LIMITS.fetchStreamMessageBytes }]],
      ['credit', 100],
    ]);
    expect(broker.fetchStreams[0]?.options).toEqual({
      isolation: 'read-uncommitted',
      maxMessageBytes: LIMITS.fetchStreamMessageBytes,
    });
  });

  test('a client that stops reading makes the broker wait', async () => {
    const { broker, client } = await start();
    const stream = new TestStream(client, CONSUMER_SERVICE.fetchStream);
    stream.call.write({ ...NOTHING, open });
    await until(() => broker.fetchStreams.length === 1);
    stream.call.pause();
    const fetches = broker.fetchStreams[0];
    const chunk = Buffer.alloc(1 << 20);
    let delivered = 0;
    let blocked = 0;
    // The broker as it should be: it delivers until it is told to wait.
    while (blocked < 20) {
      const drains = fetches?.drains ?? 0;
      const more = fetches?.deliver([fetched([chunk])]);
      delivered++;
      if (more === true) continue;
      for (blocked = 0; blocked < 20 && fetches?.drains === drains; blocked++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    // What the sockets and the client's own buffers hold, and two messages.
    expect(delivered).toBeLessThan(40);
    const drains = fetches?.drains ?? 0;
    stream.call.resume();
    await until(() => (fetches?.drains ?? 0) > drains);
    await until(() => stream.got.length === delivered);
    expect(stream.got[0]?.partitions[0]?.chunks[0]?.length).toBe(1 << 20);
  });

  test('ends when the client ends it, or vanishes', async () => {
    const { broker, client } = await start();
    const polite = new TestStream(client, CONSUMER_SERVICE.fetchStream);
    polite.call.write({ ...NOTHING, open });
    await until(() => broker.fetchStreams.length === 1);
    polite.call.end();
    await until(() => polite.ended && broker.fetchStreams[0]?.closed === true);
    expect(polite.error).toBeNull();
    const rude = new TestStream(client, CONSUMER_SERVICE.fetchStream);
    rude.call.write({ ...NOTHING, open });
    await until(() => broker.fetchStreams.length === 2);
    rude.call.cancel();
    await until(() => broker.fetchStreams[1]?.closed === true);
  });

  test('without open ends with INVALID_REQUEST', async () => {
    const { client } = await start();
    const stream = new TestStream(client, CONSUMER_SERVICE.fetchStream);
    stream.call.write(NOTHING);
    await until(() => stream.error !== null);
    expect(read(stream.error as ServiceError).code).toBe('INVALID_REQUEST');
  });
});

describe('metadata and admin', () => {
  test('a watch shows the cluster at once, and again when what it shows changes', async () => {
    const { broker, client } = await start();
    const got: unknown[] = [];
    const watch = client.makeServerStreamRequest(
      METADATA_SERVICE.watchMetadata.path,
      METADATA_SERVICE.watchMetadata.requestSerialize,
      METADATA_SERVICE.watchMetadata.responseDeserialize,
      { topics: ['flights'] },
      new Metadata(),
    );
    watch.on('data', (view) => got.push(view));
    watch.on('error', () => undefined);
    await until(() => got.length === 1);
    expect(got[0]).toEqual(broker.view);
    broker.changeMetadata({ metadataOffset: 2 });
    broker.changeMetadata({ metadataOffset: 3, controllerReachable: false });
    await until(() => got.length === 2);
    expect(got[1]).toMatchObject({ metadataOffset: 3, controllerReachable: false });
    expect(new Set(broker.clusterAsked.flat())).toEqual(new Set(['flights']));
    watch.cancel();
    await until(() => broker.metadataListeners.size === 0);
  });

  test('an admin request is forwarded, and a refusal is the call’s status', async () => {
    const { broker, client } = await start();
    const request = {
      kind: 'createTopic' as const,
      name: 'flights',
      partitions: 3,
      replicationFactor: 0,
      settings: {},
      validateOnly: false,
    };
    broker.adminAnswer = async (given) => {
      expect(given).toEqual(request);
      return { kind: 'topicCreated', topicId: TOPIC_ID, partitions: 3, replicationFactor: 3 };
    };
    expect(await call(client, ADMIN_SERVICE.createTopic, request)).toEqual({
      kind: 'topicCreated',
      topicId: TOPIC_ID,
      partitions: 3,
      replicationFactor: 3,
    });
    broker.adminAnswer = async () => ({
      kind: 'refused',
      refusal: refusal('TOPIC_ALREADY_EXISTS', 'flights exists'),
    });
    expect(await errorOf(call(client, ADMIN_SERVICE.createTopic, request))).toEqual({
      grpc: status.ALREADY_EXISTS,
      code: 'TOPIC_ALREADY_EXISTS',
      message: 'flights exists',
    });
    broker.adminAnswer = () => Promise.reject(new OdradekError('NOT_CONTROLLER', 'nobody there'));
    expect(await errorOf(call(client, ADMIN_SERVICE.createTopic, request))).toMatchObject({
      grpc: status.UNAVAILABLE,
      code: 'NOT_CONTROLLER',
    });
  });
});

describe('Replicate', () => {
  const first = {
    open: {
      follower: nodeId(1),
      followerEpoch: brokerEpoch(5),
      clusterId: CLUSTER_ID,
      leader: nodeId(0),
    },
    echo: null,
    closed: [],
    positions: [],
  };

  test('a refused follower hears why', async () => {
    const { broker, client } = await start();
    broker.acceptAnswer = refusal('STALE_BROKER_EPOCH', 'epoch 5 is over');
    const stream = new TestStream(client, REPLICATION_SERVICE.replicate);
    stream.call.write(first);
    await until(() => stream.error !== null);
    expect(read(stream.error as ServiceError)).toMatchObject({
      code: 'STALE_BROKER_EPOCH',
      message: 'epoch 5 is over',
    });
  });

  test('a second open, or none, ends the stream', async () => {
    const { broker, client } = await start();
    const twice = new TestStream(client, REPLICATION_SERVICE.replicate);
    twice.call.write(first);
    twice.call.write(first);
    await until(() => twice.error !== null);
    await until(() => broker.followers[0]?.closed.length === 1);
    const none = new TestStream(client, REPLICATION_SERVICE.replicate);
    none.call.write({ ...first, open: null });
    await until(() => none.error !== null);
    expect(read(none.error as ServiceError).code).toBe('INVALID_REQUEST');
  });
});

describe('what is not a request', () => {
  test('an unknown method is UNIMPLEMENTED', async () => {
    const { client } = await start();
    const unknown = {
      ...METADATA_SERVICE.getMetadata,
      path: '/odradek.v1.MetadataService/Nothing',
    };
    const error = await errorOf(call(client, unknown, { topics: null }));
    expect(error.grpc).toBe(status.UNIMPLEMENTED);
  });

  test('a message that is too large is RESOURCE_EXHAUSTED, and the next one is taken', async () => {
    const { broker, client } = await start({ receiveMessageBytesMax: 10_000 });
    const error = await errorOf(
      call(client, PRODUCER_SERVICE.produce, {
        ...OPEN,
        appends: [append(1, Buffer.alloc(20_000))],
      }),
    );
    expect(error).toMatchObject({ grpc: status.RESOURCE_EXHAUSTED, code: 'MESSAGE_TOO_LARGE' });
    expect(broker.produces).toEqual([]);
    expect(await call(client, METADATA_SERVICE.getMetadata, { topics: null })).toEqual(broker.view);
  });

  test('garbage is INVALID_ARGUMENT with details, in a call and in a stream', async () => {
    const { client, log, fatal } = await start();
    const garbage = Buffer.alloc(64, 0xff);
    for (const method of [
      PRODUCER_SERVICE.produce,
      CONSUMER_SERVICE.fetch,
      ADMIN_SERVICE.createTopic,
    ]) {
      const broken = { ...method, requestSerialize: () => garbage } as unknown as MethodDescription<
        null,
        unknown
      >;
      expect(await errorOf(call(client, broken, null))).toMatchObject({
        grpc: status.INVALID_ARGUMENT,
        code: 'INVALID_REQUEST',
      });
    }
    for (const method of [PRODUCER_SERVICE.produceStream, REPLICATION_SERVICE.replicate]) {
      const broken = { ...method, requestSerialize: () => garbage } as MethodDescription<
        object,
        unknown
      >;
      const stream = new TestStream(client, broken);
      stream.call.write({});
      await until(() => stream.error !== null);
      expect(read(stream.error as ServiceError).grpc).toBe(status.INVALID_ARGUMENT);
    }
    expect(log.lines).toEqual([]);
    expect(fatal).toEqual([]);
  });

  test('a handler that throws is logged and answered with UNKNOWN_SERVER_ERROR', async () => {
    const { broker, client, log, fatal } = await start();
    const boom = new Error('boom');
    broker.listAnswer = () => Promise.reject(boom);
    const request = { partitions: [], isolation: 'read-committed' as const };
    expect(await errorOf(call(client, CONSUMER_SERVICE.listOffsets, request))).toMatchObject({
      grpc: status.INTERNAL,
      code: 'UNKNOWN_SERVER_ERROR',
    });
    expect(log.lines).toEqual([
      {
        level: 'error',
        message: 'a request failed unexpectedly',
        fields: { path: CONSUMER_SERVICE.listOffsets.path, error: boom },
      },
    ]);
    expect(fatal).toEqual([]);
  });

  test('a sentence that no header can hold is made to fit', async () => {
    const { broker, client } = await start();
    const message = `line\n${'é'.repeat(50_000)}`;
    for (const sentence of [message, 'half a pair \ud83d']) {
      broker.adminAnswer = async () => ({
        kind: 'refused',
        refusal: refusal('INVALID_CONFIG', sentence),
      });
      const request = { kind: 'deleteTopic' as const, name: 'x' };
      const error = await errorOf(call(client, ADMIN_SERVICE.deleteTopic, request));
      expect(error.code).toBe('INVALID_CONFIG');
      expect(error.message.slice(0, 5)).toBe(sentence.slice(0, 5));
    }
  });

  test('a broken invariant goes to onFatal', async () => {
    const { broker, client, fatal } = await start();
    const bug = new InvariantViolation('1 is not 2');
    broker.listAnswer = () => Promise.reject(bug);
    const request = { partitions: [], isolation: 'read-committed' as const };
    expect((await errorOf(call(client, CONSUMER_SERVICE.listOffsets, request))).code).toBe(
      'UNKNOWN_SERVER_ERROR',
    );
    expect(fatal).toEqual([bug]);
  });
});

describe('what is told of requests', () => {
  const linesOf = async ({ metrics }: Setup, name: string): Promise<string[]> => {
    const { body } = await metrics.read();
    return body.split('\n').filter((line) => line.startsWith(name));
  };
  const refusedIn = (setup: Setup) => linesOf(setup, 'odradek_requests_refused_total');
  const NOT_LEADER = { ok: false as const, refusal: refusal('NOT_LEADER_OR_FOLLOWER') };

  test('each refused append is counted with its code, whether it came by a call or a stream', async () => {
    const setup = await start();
    const { broker, client } = setup;
    const appends = [append(1), append(2), append(3)];
    const answer = call(client, PRODUCER_SERVICE.produce, { ...OPEN, appends });
    await until(() => broker.produces.length === 3);
    const results = [NOT_LEADER, ok(1), NOT_LEADER];
    for (const [index, { done }] of broker.produces.splice(0).entries()) {
      done(results[index] ?? ok(0), null);
    }
    await answer;
    const stream = new TestStream<ProduceStreamRequest, ProduceResponse>(
      client,
      PRODUCER_SERVICE.produceStream,
    );
    stream.call.write({ open: OPEN, appends: [append(4)] });
    await until(() => broker.produces.length === 1);
    broker.produces[0]?.done({ ok: false, refusal: refusal('DISK_FULL') }, null);
    await until(() => stream.got.length === 1);
    expect(await refusedIn(setup)).toEqual([
      'odradek_requests_refused_total{rpc="Produce",code="NOT_LEADER_OR_FOLLOWER"} 2',
      'odradek_requests_refused_total{rpc="ProduceStream",code="DISK_FULL"} 1',
    ]);
  });

  test('so is a call that is refused, a stream that ends with an error, and a partition', async () => {
    const setup = await start();
    const { broker, client } = setup;
    broker.adminAnswer = async () => ({
      kind: 'refused',
      refusal: refusal('TOPIC_ALREADY_EXISTS'),
    });
    const request = { kind: 'deleteTopic', name: 'flights' } as const;
    await errorOf(call(client, ADMIN_SERVICE.deleteTopic, request));
    const stream = new TestStream<ProduceStreamRequest, ProduceResponse>(
      client,
      PRODUCER_SERVICE.produceStream,
    );
    stream.call.write({ open: null, appends: [append(1)] });
    await until(() => stream.error !== null);
    const error = { refusal: refusal('OFFSET_OUT_OF_RANGE'), leader: null };
    broker.fetchAnswer = async () => [fetched([]), { ...fetched([]), error }];
    await call(client, CONSUMER_SERVICE.fetch, {
      clientId: 'test',
      partitions: [],
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 0,
      isolation: 'read-committed',
    });
    expect((await refusedIn(setup)).sort()).toEqual([
      'odradek_requests_refused_total{rpc="DeleteTopic",code="TOPIC_ALREADY_EXISTS"} 1',
      'odradek_requests_refused_total{rpc="Fetch",code="OFFSET_OUT_OF_RANGE"} 1',
      'odradek_requests_refused_total{rpc="ProduceStream",code="INVALID_REQUEST"} 1',
    ]);
  });

  test('a call lasts from its arrival to its end, well or not', async () => {
    const setup = await start();
    const { broker, client, clock } = setup;
    const request = { partitions: [], isolation: 'read-committed' as const };
    broker.listAnswer = async () => {
      clock.pass(40);
      return [];
    };
    await call(client, CONSUMER_SERVICE.listOffsets, request);
    broker.listAnswer = () => {
      clock.pass(2);
      return Promise.reject(new OdradekError('SHUTTING_DOWN'));
    };
    await errorOf(call(client, CONSUMER_SERVICE.listOffsets, request));
    const told = await linesOf(setup, 'odradek_request_duration_seconds');
    expect(told.filter((line) => !line.includes('_bucket'))).toEqual([
      'odradek_request_duration_seconds_sum{rpc="ListOffsets"} 0.042',
      'odradek_request_duration_seconds_count{rpc="ListOffsets"} 2',
    ]);
  });

  test('no two RPCs share a name, which is their label', () => {
    const environment = {
      log: new RecordingLog(),
      requests: unread(),
      onFatal: () => undefined,
    };
    const rpcs = [
      ...brokerRpcs(new FakeBroker(), environment, LIMITS),
      ...controllerRpcs(new FakeController(), environment, LIMITS),
    ];
    const names = rpcs.map(({ method }) => method.path.split('/').at(-1));
    expect(names).toHaveLength(new Set(names).size);
  });
});

describe('the listener', () => {
  test('gives every connection and stream the large receive window', async () => {
    const sessions: { effectiveLocalWindowSize?: number; initialWindowSize?: number }[] = [];
    const { server, client, port, log } = await start();
    // grpc-js is there once one of its clients is.
    await call(connect(port), METADATA_SERVICE.getMetadata, { topics: null });
    const inner = (server as unknown as { foreign: { server: Server } }).foreign.server;
    const http2Servers = (inner as unknown as { http2Servers: Map<NodeJS.EventEmitter, unknown> })
      .http2Servers;
    for (const each of http2Servers.keys()) {
      each.on(
        'session',
        (session: {
          state: { effectiveLocalWindowSize: number };
          localSettings: { initialWindowSize: number };
          once(event: string, listener: () => void): void;
        }) => {
          session.once('localSettings', () => {
            sessions.push({
              effectiveLocalWindowSize: session.state.effectiveLocalWindowSize,
              initialWindowSize: session.localSettings.initialWindowSize,
            });
          });
        },
      );
    }
    await call(client, METADATA_SERVICE.getMetadata, { topics: null });
    await until(() => sessions.length === 1);
    expect(sessions).toEqual([{ effectiveLocalWindowSize: 8 << 20, initialWindowSize: 8 << 20 }]);
    expect(log.lines).toEqual([]);
  });

  test('an address that is taken is ADDRESS_IN_USE, with what to do', async () => {
    const { port } = await start();
    const second = createBrokerServer(new FakeBroker(), {
      log: new RecordingLog(),
      requests: unread(),
      limits: LIMITS,
      protoDirectory: null,
      onFatal: () => undefined,
    });
    const error = await second.listen({ host: '127.0.0.1', port }).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(OdradekError);
    expect(error).toMatchObject({
      code: 'ADDRESS_IN_USE',
      message: `cannot listen on 127.0.0.1:${port}: another process does. Stop it, or choose another port`,
    });
    await second.stop(0);
  });

  test('stopping cuts off what does not end in time', async () => {
    const { broker, client, server } = await start();
    broker.fetchAnswer = () => new Promise(() => undefined);
    const hanging = errorOf(
      call(client, CONSUMER_SERVICE.fetch, {
        clientId: '',
        partitions: [],
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes: 0,
        isolation: 'read-committed',
      }),
    );
    await call(client, METADATA_SERVICE.getMetadata, { topics: null });
    await server.stop(50);
    expect((await hanging).grpc).not.toBe(status.OK);
  });

  // A frozen process, or one that no packet reaches: a stop waited for it until it was killed.
  test('stopping does not wait for a peer that keeps its connection and says nothing', async () => {
    const { server, port } = await start();
    const peer = createConnection({ host: '127.0.0.1', port, allowHalfOpen: true });
    cleanups.push(() => void peer.destroy());
    const EMPTY_SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
    peer.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), EMPTY_SETTINGS]));
    await new Promise((resolve) => peer.once('data', resolve));
    await server.stop(50);
    expect(peer.destroyed).toBe(false);
  });

  test('health answers for the whole and for each service', async () => {
    const { client, server } = await start();
    const check = {
      path: '/grpc.health.v1.Health/Check',
      requestStream: false,
      responseStream: false,
      // HealthCheckRequest { string service = 1 }, HealthCheckResponse { enum status = 1 }.
      requestSerialize: (service: string) =>
        Buffer.concat([Buffer.from([0x0a, service.length]), Buffer.from(service)]),
      requestDeserialize: () => '',
      responseSerialize: () => Buffer.alloc(0),
      responseDeserialize: (bytes: Buffer) => bytes.toString('hex'),
    } as MethodDescription<string, string>;
    expect(await call(client, check, '')).toBe('0802');
    server.setServing(true);
    expect(await call(client, check, '')).toBe('0801');
    expect(await call(client, check, 'odradek.v1.ProducerService')).toBe('0801');
    expect((await errorOf(call(client, check, 'no.such.Service'))).grpc).toBe(status.NOT_FOUND);
  });

  test('reflection lists the services', async () => {
    const { client } = await start({}, PROTO);
    const names = await listServices(client);
    expect(names).toContain('odradek.v1.ProducerService');
    expect(names).toContain('odradek.internal.v1.ReplicationService');
  });
});

test('a controller answers sessions, admin requests, health and reflection', async () => {
  const controller = new FakeController();
  const server = createControllerServer(controller, {
    log: new RecordingLog(),
    requests: unread(),
    limits: LIMITS,
    protoDirectory: PROTO,
    onFatal: () => undefined,
  });
  cleanups.push(() => server.stop(0));
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const client = connect(port);
  const stream = new TestStream(client, CONTROLLER_SERVICE.session);
  stream.call.write({ kind: 'goodbye', brokerEpoch: brokerEpoch(1) });
  await until(() => controller.sessions[0]?.got.length === 1);
  controller.sessions[0]?.sink.send({ kind: 'refused', refusal: refusal('NOT_CONTROLLER') });
  controller.sessions[0]?.sink.close();
  await until(() => stream.ended);
  expect(stream.got).toEqual([{ kind: 'refused', refusal: refusal('NOT_CONTROLLER') }]);
  expect(controller.sessions[0]?.closed).toEqual([null]);
  controller.adminAnswer = async () => ({ kind: 'refused', refusal: refusal('INVALID_CONFIG') });
  expect(await call(client, CONTROLLER_SERVICE.admin, { kind: 'deleteTopic', name: 'x' })).toEqual({
    kind: 'refused',
    refusal: refusal('INVALID_CONFIG'),
  });
  expect(await listServices(client)).toContain('odradek.internal.v1.ControllerService');
});

/** ServerReflectionRequest { string list_services = 7 }; names are taken out of the bytes. */
function listServices(client: Client): Promise<string> {
  return new Promise((resolve, reject) => {
    const reflection = client.makeBidiStreamRequest(
      '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes.toString('latin1'),
      new Metadata(),
    );
    reflection.on('data', (text: string) => {
      resolve(text);
      reflection.end();
    });
    reflection.on('error', reject);
    reflection.write(Buffer.from([0x3a, 0x01, 0x2a]));
  });
}
