/**
 * The HTTP listener of a broker: bytes as they come out of a socket, one connection for each input.
 * The connection is closed by this side only behind an answer that leaves it open.
 *
 * Oracles: within a bound there is an answer or the connection is closed, however little of a request
 * has come (half of the inputs end their side, as a client that has gone; the others stay and wait);
 * what is answered is HTTP with a status that fits, and none is 500; the process is ready all the
 * while; in the end no connection is open.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { createBrokerHttpServer } from '../../../src/server/http-server.ts';
import { startCluster } from '../../../src/testing/index.ts';
import { createTelemetry } from '../../../src/telemetry/telemetry.ts';
import { mutate, oneIn, pick } from '../mutate.ts';
import type { Outcome, Surface, SurfaceContext } from '../surface.ts';
import { ACCEPTED, expectThat, FuzzFailure, refused } from '../surface.ts';

const TOPIC = 'orders';
/** The listener's own patience is shortened to this, and looked at once a second. */
const PATIENCE_MS = 500;
const ANSWER_MS_MAX = 10_000;
const INPUT_BYTES_MAX = 48 * 1024;
/** Of an answer: enough for the head of any. */
const HEAD_BYTES_MAX = 64 * 1024;

const PATHS = [
  ...['/healthz', '/readyz', '/metrics', '/v1/status', '/v1/cluster', '/v1/topics'],
  ...[`/v1/topics/${TOPIC}`, '/v1/topics/none', '/', '/v1/topics/%00', '/%', '/v1/topics/%ff%fe'],
  ...['/v1/../healthz', '//healthz', '/healthz?x=1&x=2', '*', 'http://a/healthz', '/v1/topics/é'],
  ...[`/v1/topics/${'x'.repeat(300)}`, `/${'a/'.repeat(300)}`, '/healthz#f', '/constructor'],
];
const HEADERS = [
  ...['Host: a', 'Connection: close', 'Connection: keep-alive', 'Connection: Upgrade'],
  ...['Upgrade: websocket', 'Expect: 100-continue', 'Expect: the unexpected', 'Accept: text/html'],
  ...['Content-Length: 5', 'Content-Length: -1', 'Content-Length: 99999999999999999999'],
  ...['Transfer-Encoding: chunked', 'Transfer-Encoding: gzip, chunked', 'Content-Encoding: br'],
  ...['Content-Type: application/json', 'Content-Type: ;;;', 'Range: bytes=0-', 'Cookie: a=b; c'],
  ...['X: \u0000', ': nothing', 'No colon', ' folded: yes', 'Host: a', 'Trailer: X'],
  `X-Long: ${'y'.repeat(9_000)}`,
  `Accept-Encoding: ${'gzip, '.repeat(500)}`,
];
const PLAIN_HEADERS = ['Connection: close', 'Accept: application/json', 'User-Agent: someone'];
const BODIES = [
  '',
  'hello',
  '{"a": {"__proto__": {}}}',
  '5\r\nhello\r\n0\r\n\r\n',
  '0\r\n\r\n',
  'fffffffff\r\n',
];
const METHODS = [
  'GET',
  'GET',
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
];
const VERSIONS = [...Array<string>(6).fill('HTTP/1.1'), 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9', ''];

export async function createHttpSurface(): Promise<Surface> {
  const cluster = await startCluster({ brokers: 1 });
  const client = cluster.client();
  await client.admin.createTopic(TOPIC, { partitions: 2 });
  await client.close();
  const { door } = cluster.broker(1).broker;
  const { metrics } = createTelemetry();
  let unexpected: unknown = null;
  const complain = (message: string, fields: Readonly<Record<string, unknown>>): void => {
    unexpected ??= fields['error'] ?? message;
  };
  const log = { error: complain, warn: complain };
  const server = createBrokerHttpServer(door, { log, metrics: { metrics: () => metrics.read() } });
  const listener = server.app.server;
  listener.headersTimeout = PATIENCE_MS;
  listener.requestTimeout = PATIENCE_MS;
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  let connections = 0;
  return {
    name: 'http',
    concurrency: 32,
    inputMsMax: 2 * ANSWER_MS_MAX,
    seeds: PATHS.slice(0, 6).map((path) => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)),
    next: nextRequest,
    async run(input: Uint8Array, { random }: SurfaceContext) {
      const exchange = new Exchange(port, ++connections);
      const answer = await exchange.run(input, { leaves: !oneIn(10, random) });
      expectThat(unexpected === null, () => `logged ${String(unexpected)}`);
      return outcomeOf(answer);
    },
    async settle() {
      const giveUpAt = performance.now() + ANSWER_MS_MAX;
      for (;;) {
        const open = await new Promise<number>((resolve, reject) => {
          listener.getConnections((error, count) => (error ? reject(error) : resolve(count)));
        });
        if (open === 0) break;
        expectThat(performance.now() < giveUpAt, () => `${open} connections are still open`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const ready = await server.app.inject({ url: '/readyz' });
      expectThat(ready.statusCode === 200, () => `not ready any more: ${ready.body}`);
    },
    async close() {
      await server.close();
      await cluster.stop();
    },
  };
}

function nextRequest(random: SeededRandom): Uint8Array {
  const requests = Array.from({ length: oneIn(4, random) ? 1 + random.below(4) : 1 }, () => {
    const headers = Array.from({ length: random.below(3) }, () =>
      pick(oneIn(2, random) ? PLAIN_HEADERS : HEADERS, random),
    );
    if (oneIn(40, random)) headers.push(...Array.from({ length: 2_100 }, (_, at) => `h${at}: 1`));
    const start = `${pick(METHODS, random)} ${pick(PATHS, random)} ${pick(VERSIONS, random)}`;
    return `${[start, 'Host: a', ...headers].join('\r\n')}\r\n\r\n${oneIn(4, random) ? pick(BODIES, random) : ''}`;
  });
  const request = Buffer.from(requests.join(''));
  return oneIn(4, random)
    ? request
    : mutate(request, random, { corpus: CORPUS, bytesMax: INPUT_BYTES_MAX });
}

const CORPUS = [...PATHS, ...HEADERS, ...BODIES, ...VERSIONS, '\r\n\r\n', '\r', '\n', '%']
  .filter((text) => text !== '')
  .map((text) => Buffer.from(text));

/** One connection. */
class Exchange {
  readonly #socket: Socket;
  #answer = Buffer.alloc(0);

  constructor(port: number, number: number) {
    // So many connections in a minute need more ports than one address has, while old ones rest.
    const from =
      process.platform === 'linux' ? { localAddress: `127.0.0.${2 + (number % 200)}` } : {};
    this.#socket = connect({ host: '127.0.0.1', port, ...from });
  }

  /** What was answered, up to a full head or the end. `leaves`: this side ends once it has spoken. */
  run(input: Uint8Array, { leaves }: { leaves: boolean }): Promise<string> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        socket.destroy();
        reject(new FuzzFailure(`neither an answer nor an end in ${ANSWER_MS_MAX} ms`));
      }, ANSWER_MS_MAX);
      const done = (): void => {
        clearTimeout(timer);
        socket.resetAndDestroy();
        resolve(this.#answer.toString('latin1'));
      };
      socket.on('data', (bytes) => {
        this.#answer = Buffer.concat([this.#answer, bytes]);
        // Whoever stays is content with the first head.
        if (!leaves && (this.#hasHead() || this.#answer.length > HEAD_BYTES_MAX)) done();
      });
      // A reset is an end as well.
      socket.on('error', () => undefined);
      socket.on('close', done);
      if (leaves) socket.end(input);
      else socket.write(input);
    });
  }

  /** Of an answer that is the last word: 100 Continue is none. */
  #hasHead(): boolean {
    const text = this.#answer.toString('latin1');
    return text.replace(/^HTTP\/1\.1 100 [^\r]*\r\n\r\n/, '').includes('\r\n\r\n');
  }
}

function outcomeOf(answer: string): Outcome {
  if (answer === '') return refused('closed');
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1];
  if (status === undefined) throw new FuzzFailure(`this is no HTTP: ${answer.slice(0, 200)}`);
  expectThat(status < '500' || status === '503', () => `answered ${answer.slice(0, 500)}`);
  return status < '400' ? ACCEPTED : refused(status);
}
