/**
 * The HTTP listener of a broker or a controller, for people, load balancers and Prometheus: whether
 * the process lives and is ready, its metrics, and what it knows as JSON. It only reads.
 *
 * Created and closed by the composition root.
 */
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { fastify } from 'fastify';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { ERRORS, OdradekError } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';
import type { BrokerApi, ControllerApi } from '../broker/interfaces.ts';
import type { GRPC_STATUS_NUMBERS } from '../wire/call-error.ts';
import { bindError } from './bind-error.ts';
import type { ServerLog } from './call.ts';

/** What `/metrics` answers, in Prometheus's text format. */
export interface MetricsSource {
  metrics(): Promise<{ readonly contentType: string; readonly body: string }>;
}

export interface HttpServerOptions {
  readonly log: ServerLog;
  readonly metrics: MetricsSource;
}

interface Readiness {
  readonly ready: boolean;
  readonly state: string;
  readonly reason: string | null;
}

export function createBrokerHttpServer(broker: BrokerApi, options: HttpServerOptions): HttpServer {
  const readiness = (): Readiness => {
    const { state, reason } = broker.status();
    return { ready: state === 'active', state, reason };
  };
  return new HttpServer(options, readiness, (app) => {
    app.get('/v1/status', () => broker.status());
    app.get('/v1/cluster', () => broker.cluster([]));
    app.get('/v1/topics', () => ({ topics: broker.cluster(null).topics }));
    app.get<{ Params: { name: string } }>('/v1/topics/:name', (request, reply) => {
      const { name } = request.params;
      const topic = broker.cluster([name]).topics[0];
      if (topic === undefined) return refuse(reply, 'UNKNOWN_TOPIC_OR_PARTITION');
      if (topic.error !== null) return refuse(reply, topic.error.code, topic.error.message);
      return { ...topic, leading: broker.describePartitions([name]) };
    });
  });
}

export function createControllerHttpServer(
  controller: ControllerApi,
  options: HttpServerOptions,
): HttpServer {
  const readiness = (): Readiness => {
    const { active, reason } = controller.status();
    return { ready: active, state: active ? 'active' : 'passive', reason };
  };
  return new HttpServer(options, readiness, (app) => {
    app.get('/v1/status', () => controller.status());
  });
}

/**
 * No route has a schema. Without this fastify loads the compilers for them all the same, which takes a
 * third of a start in process.
 */
function noSchemas(): never {
  throw new Error('routes are validated by the messages that they build, not by schemas');
}

/**
 * Listens from `listen` on, and makes its routes when somebody first connects: that takes as long as
 * the rest of a broker's listeners, and nobody who waits for a broker's first acknowledgement needs it.
 */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #readiness: () => Readiness;
  readonly #addRoutes: (app: FastifyInstance) => void;
  readonly #listener: Server;
  /** The other address of `localhost`, where it has two. */
  #secondListener: Server | null = null;
  #app: FastifyInstance | null = null;
  /** Fastify's way in. */
  #handle: RequestListener | null = null;
  #isReady = false;

  constructor(
    options: HttpServerOptions,
    readiness: () => Readiness,
    addRoutes: (app: FastifyInstance) => void,
  ) {
    this.#options = options;
    this.#readiness = readiness;
    this.#addRoutes = addRoutes;
    this.#listener = this.#newListener();
  }

  /** For routes, and for tests that ask without a socket; made when it is first needed. */
  get app(): FastifyInstance {
    this.#app ??= this.#newApp();
    return this.#app;
  }

  /** Binds; port 0 takes a free one. Throws `OdradekError` when the address cannot be had. */
  async listen(endpoint: {
    readonly host: string;
    readonly port: number;
  }): Promise<{ host: string; port: number }> {
    const { host } = endpoint;
    let bound: Bound;
    try {
      bound = await bind(this.#listener, endpoint);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw bindError(endpoint, reason, error);
    }
    if (host === 'localhost') await this.#listenToBoth(bound);
    return { host, port: bound.port };
  }

  async close(): Promise<void> {
    // What is asked from here on is refused.
    await this.#app?.close();
    await Promise.all([this.#listener, this.#secondListener].map(closed));
  }

  /** `localhost` is an address of IPv4 and one of IPv6, and clients try either. */
  async #listenToBoth({ address, port }: Bound): Promise<void> {
    const listener = this.#newListener();
    try {
      await bind(listener, { host: address === '::1' ? '127.0.0.1' : '::1', port });
      this.#secondListener = listener;
    } catch {
      // One of the two is enough.
    }
  }

  #newListener(): Server {
    const listener = createServer(
      {
        keepAliveTimeout: KEEP_ALIVE_MS,
        // Without these a request that never ends is waited for for ever.
        requestTimeout: REQUEST_MS_MAX,
        headersTimeout: REQUEST_MS_MAX,
        connectionsCheckingInterval: PATIENCE_CHECK_MS,
      },
      (request, response) => {
        const answer = (): void => {
          this.#isReady = true;
          this.#handle?.(request, response);
        };
        if (this.#isReady) answer();
        else this.app.ready().then(answer, (error: Error) => response.destroy(error));
      },
    );
    // What is no request at all is refused by the application, too.
    listener.once('connection', () => this.app);
    return listener;
  }

  #newApp(): FastifyInstance {
    const { log, metrics } = this.#options;
    const app = fastify({
      logger: false,
      serverFactory: (handle) => {
        this.#handle = handle;
        return this.#listener;
      },
      schemaController: {
        compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas },
      },
    });
    app.get('/healthz', () => ({ status: 'alive' }));
    app.get('/readyz', (_request, reply) => {
      const { ready, state, reason } = this.#readiness();
      // With the pid whoever started the process knows that it is the one that answers.
      const { pid } = process;
      return reply.status(ready ? 200 : 503).send({ ready, state, reason, pid });
    });
    app.get('/metrics', async (_request, reply) => {
      const { contentType, body } = await metrics.metrics();
      return reply.header('content-type', contentType).send(body);
    });
    app.setNotFoundHandler((request, reply) =>
      reply.status(404).send({
        error: {
          code: 'NOT_FOUND',
          message: `there is nothing at ${request.method} ${request.url}`,
        },
      }),
    );
    app.setErrorHandler((error: unknown, request, reply) => {
      if (error instanceof OdradekError) return refuse(reply, error.code, error.message);
      const status = statusOf(error);
      // Fastify's own refusals of a request say what is wrong with it; anything else is ours.
      if (status < 500) {
        const message = error instanceof Error ? error.message : 'the request makes no sense';
        return reply.status(status).send({ error: { code: 'INVALID_REQUEST', message } });
      }
      log.error('a request failed unexpectedly', { path: request.url, error });
      return refuse(reply, 'UNKNOWN_SERVER_ERROR');
    });
    this.#addRoutes(app);
    return app;
  }
}

interface Bound {
  readonly address: string;
  readonly port: number;
}

function bind(listener: Server, endpoint: { host: string; port: number }): Promise<Bound> {
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(endpoint, () => {
      listener.off('error', reject);
      resolve(listener.address() as Bound);
    });
  });
}

/** Idle connections are closed at once: a scraper's must not hold up a stop. */
function closed(listener: Server | null): Promise<void> {
  if (listener?.listening !== true) return Promise.resolve();
  return new Promise((resolve) => {
    listener.close(() => resolve());
    listener.closeIdleConnections();
  });
}

/** Longer than the intervals at which metrics are asked for. */
const KEEP_ALIVE_MS = 72_000;
/** How long a request may take to arrive. Whoever asks for a metric is done in an instant. */
const REQUEST_MS_MAX = 10_000;
const PATIENCE_CHECK_MS = 1_000;

const HTTP_STATUS_BY_GRPC: Readonly<Record<keyof typeof GRPC_STATUS_NUMBERS, number>> = {
  CANCELLED: 499,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 412,
  ABORTED: 409,
  OUT_OF_RANGE: 416,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DATA_LOSS: 500,
};

function refuse(
  reply: FastifyReply,
  code: ErrorCode,
  message: string = ERRORS[code].message,
): FastifyReply {
  return reply.status(HTTP_STATUS_BY_GRPC[ERRORS[code].grpc]).send({ error: { code, message } });
}

function statusOf(error: unknown): number {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : 500;
}
