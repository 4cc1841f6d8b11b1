import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { refusal } from '../../../src/base/errors.ts';
import {
  createBrokerHttpServer,
  createControllerHttpServer,
} from '../../../src/server/http-server.ts';
import { FakeBroker, FakeController, RecordingLog, TOPIC_ID } from './fake-broker.ts';

const metrics = {
  metrics: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'odradek_up 1\n' }),
};

const TOPIC = {
  name: 'flights',
  topicId: TOPIC_ID,
  error: null,
  settings: {},
  effectiveSettings: { 'retention.ms': '1' },
  partitions: [],
};

function brokerServer() {
  const broker = new FakeBroker();
  const log = new RecordingLog();
  const server = createBrokerHttpServer(broker, { log, metrics });
  const get = async (url: string) => {
    const response = await server.app.inject({ method: 'GET', url });
    return { status: response.statusCode, body: response.json<unknown>() };
  };
  return { broker, log, server, get };
}

describe('a broker', () => {
  test('is alive, whatever its state', async () => {
    const { broker, get } = brokerServer();
    broker.state = { ...broker.state, state: 'fenced' };
    expect(await get('/healthz')).toEqual({ status: 200, body: { status: 'alive' } });
  });

  test('is ready only while it is active, and says why not', async () => {
    const { broker, get } = brokerServer();
    expect(await get('/readyz')).toEqual({
      status: 200,
      body: { ready: true, state: 'active', reason: null, pid: process.pid },
    });
    for (const state of ['starting', 'recovering', 'fenced', 'stopping', 'offline'] as const) {
      broker.state = { ...broker.state, state, reason: 'because' };
      expect(await get('/readyz')).toEqual({
        status: 503,
        body: { ready: false, state, reason: 'because', pid: process.pid },
      });
    }
  });

  test('shows its metrics as they are', async () => {
    const response = await brokerServer().server.app.inject({ url: '/metrics' });
    expect(response.headers['content-type']).toBe('text/plain; version=0.0.4');
    expect(response.body).toBe('odradek_up 1\n');
  });

  test('shows itself, the cluster and its topics as JSON', async () => {
    const { broker, get } = brokerServer();
    broker.view = { ...broker.view, topics: [TOPIC] };
    expect((await get('/v1/status')).body).toEqual(broker.state);
    expect((await get('/v1/cluster')).body).toEqual(broker.view);
    expect((await get('/v1/topics')).body).toEqual({ topics: [TOPIC] });
    expect((await get('/v1/topics/flights')).body).toEqual({ ...TOPIC, leading: [] });
    expect(broker.clusterAsked).toEqual([[], null, ['flights']]);
  });

  test('answers an unknown topic with the catalogue’s error', async () => {
    const { broker, get } = brokerServer();
    const error = refusal('UNKNOWN_TOPIC_OR_PARTITION', 'there is no topic nothing');
    broker.view = { ...broker.view, topics: [{ ...TOPIC, topicId: null, error }] };
    expect(await get('/v1/topics/nothing')).toEqual({ status: 404, body: { error } });
  });

  test('answers an unknown route with JSON', async () => {
    expect(await brokerServer().get('/nothing?x=1')).toEqual({
      status: 404,
      body: { error: { code: 'NOT_FOUND', message: 'there is nothing at GET /nothing?x=1' } },
    });
  });

  test('logs what it did not expect, and tells the client no more than that', async () => {
    const { broker, get, log } = brokerServer();
    const boom = new Error('secret');
    broker.status = () => {
      throw boom;
    };
    const { status, body } = await get('/v1/status');
    expect(status).toBe(500);
    expect(body).toMatchObject({ error: { code: 'UNKNOWN_SERVER_ERROR' } });
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(log.lines).toMatchObject([
      { level: 'error', fields: { path: '/v1/status', error: boom } },
    ]);
  });
});

test('a controller is ready while it is active', async () => {
  const controller = new FakeController();
  const { app } = createControllerHttpServer(controller, { log: new RecordingLog(), metrics });
  expect((await app.inject({ url: '/readyz' })).statusCode).toBe(200);
  controller.state = { ...controller.state, active: false, reason: 'another one is' };
  const response = await app.inject({ url: '/readyz' });
  expect(response.statusCode).toBe(503);
  expect(response.json<unknown>()).toEqual({
    ready: false,
    state: 'passive',
    reason: 'another one is',
    pid: process.pid,
  });
  expect((await app.inject({ url: '/v1/status' })).json<unknown>()).toEqual(controller.state);
  expect((await app.inject({ url: '/v1/topics' })).statusCode).toBe(404);
});

test('a taken address is ADDRESS_IN_USE, and a free port is told', async () => {
  const first = brokerServer().server;
  const second = brokerServer().server;
  try {
    const { port } = await first.listen({ host: '127.0.0.1', port: 0 });
    expect(port).toBeGreaterThan(0);
    await expect(second.listen({ host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  } finally {
    await first.close();
    await second.close();
  }
});

test('the first who ask are answered like everybody after them, and a stop waits for nobody idle', async () => {
  const { server } = brokerServer();
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const ask = async (request: string): Promise<string> => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.write(request);
    for await (const piece of socket) return String(piece);
    return '';
  };
  const alive = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n';
  const idle = connect({ host: '127.0.0.1', port });
  idle.write(alive);
  const answers = await Promise.all([
    ask(alive),
    ask('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
    ask('x\r\n'),
  ]);
  const again = await ask(alive);
  expect(answers[0]).toContain('{"status":"alive"}');
  expect(again).toContain('{"status":"alive"}');
  expect(answers[1]).toContain('there is nothing at GET /');
  expect(answers[2]).toContain(' 400 ');
  await server.close();
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  idle.destroy();
});

test('localhost is listened to at both of its addresses', async () => {
  const { server } = brokerServer();
  const { port } = await server.listen({ host: 'localhost', port: 0 });
  try {
    const hosts = [
      ...new Set(Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])),
    ]
      .filter(({ internal, address }) => internal && ['127.0.0.1', '::1'].includes(address))
      .map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address));
    expect(hosts.length).toBeGreaterThan(0);
    for (const host of hosts) {
      expect((await fetch(`http://${host}:${port}/healthz`)).status).toBe(200);
    }
  } finally {
    await server.close();
  }
});

test('a request that never ends is given up, with a body that is missing or a head', async () => {
  const { server } = brokerServer();
  const listener = server.app.server;
  expect(listener.requestTimeout).toBe(10_000);
  expect(listener.headersTimeout).toBe(10_000);
  listener.requestTimeout = 100;
  listener.headersTimeout = 100;
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  try {
    const answers = [
      'GET /healthz HTTP/1.1\r\nHost:',
      'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n',
    ].map(async (request) => {
      const socket = connect({ host: '127.0.0.1', port });
      socket.write(request);
      const pieces: Buffer[] = [];
      for await (const piece of socket) pieces.push(piece as Buffer);
      return Buffer.concat(pieces).toString();
    });
    for (const answer of await Promise.all(answers)) expect(answer).toContain(' 408 ');
  } finally {
    await server.close();
  }
});
