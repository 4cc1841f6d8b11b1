/**
 * The composition root: the only file that sees every room. Puts the hosts on the real clock, disk
 * and network, and listeners in front of them.
 */
import { fileURLToPath } from 'node:url';
import { OdradekError } from './base/errors.ts';
import { Broker } from './broker/broker.ts';
import { ControllerHost } from './broker/controller-host.ts';
import type { BrokerApi, ControllerApi } from './broker/interfaces.ts';
import { codecFor } from './client/compression/codecs.ts';
import type { BrokerConfig, ControllerConfig, SharedConfig } from './config/config.ts';
import type { Endpoint } from './controller/types.ts';
import { nodeId } from './base/ids.ts';
import { installedCodecs } from './log/batch-codecs.ts';
import { DataDirectory } from './log/data-directory.ts';
import { JournalStore } from './metadata/journal-store.ts';
import { SystemClock } from './platform/clock.ts';
import { NodeFileSystem } from './platform/file-system.ts';
import { GrpcControllerTransport } from './platform/grpc-controller-transport.ts';
import { GrpcPeerTransport } from './platform/grpc-peer-transport.ts';
import { giveBackIdleHeap } from './platform/idle-heap.ts';
import { processProbe } from './platform/machine.ts';
import { SystemRandom } from './platform/random.ts';
import { crc32cImplementation } from './record/index.ts';
import type { ServerLog } from './server/call.ts';
import {
  createBrokerServer,
  createControllerServer,
  silenceGrpcLog,
  type GrpcServer,
} from './server/grpc-server.ts';
import {
  createBrokerHttpServer,
  createControllerHttpServer,
  type HttpServer,
} from './server/http-server.ts';
import type { ServerLimits } from './server/limits.ts';
import { RequestMetrics } from './server/request-metrics.ts';
import { ProcessLogger } from './telemetry/logger.ts';
import { Metrics } from './telemetry/metrics.ts';
import { createTelemetry, type Telemetry } from './telemetry/telemetry.ts';
import { formatEndpoint } from './wire/metadata-messages.ts';

/** A controller or a broker that runs in this process. */
export interface RunningProcess {
  /** Where gRPC listens, `host:port`. */
  readonly grpcAddress: string;
  /** Where HTTP listens, `host:port`. */
  readonly httpAddress: string;
  /** Stops cleanly: hands leadership over, flushes, marks the clean stop. */
  stop(): Promise<void>;
  /** Resolves when it has stopped; with an error if it was not asked to. */
  readonly stopped: Promise<{ readonly error?: Error }>;
}

/** The version in package.json, which a test holds this to. */
export const VERSION = '0.1.0';

/**
 * From now on this thread gives memory back when it has come to rest, until what is returned is called.
 * For threads that are ours alone: the heap is that of everybody in it.
 */
export function keepIdleHeapSmall(): () => void {
  const heap = giveBackIdleHeap(new SystemClock());
  return () => heap.close();
}

export async function startController(config: ControllerConfig): Promise<RunningProcess> {
  const fileSystem = new NodeFileSystem();
  const random = new SystemRandom();
  const { logger, telemetry } = processTelemetry(config, `controller-${config.controllerId}`);
  const directory = await DataDirectory.open({
    fileSystem,
    path: config.logDir,
    role: 'controller',
    nodeId: nodeId(config.controllerId),
    clusterId: null,
    random,
    probe: processProbe(),
  });
  const host = new ControllerHost({
    config,
    store: new JournalStore(fileSystem, `${config.logDir}/metadata`),
    clock: new SystemClock(),
    random,
    pid: process.pid,
    telemetry,
  });
  const fatal = fatalError(host.failed);
  const doors = new Doors(config, telemetry, fatal.report);
  try {
    const { grpc, http } = await doors.openController(host);
    await host.start();
    const { clusterId } = host.status();
    if (clusterId !== null) await directory.recordClusterId(clusterId);
    doors.setServing(true);
    announce(telemetry, config, grpc, http);
    return running({
      grpc,
      http,
      fatal: fatal.error,
      telemetry,
      logger,
      stop: async () => {
        await doors.close(STREAMS_END_MS);
        await host.stop();
        await directory.close();
      },
    });
  } catch (error) {
    await doors.close(0);
    await directory.close();
    await logger.flush();
    throw error;
  }
}

export async function startBroker(config: BrokerConfig): Promise<RunningProcess> {
  const { logger, telemetry } = processTelemetry(config, `broker-${config.brokerId}`);
  const transport = { receiveWindowBytes: REPLICATION_WINDOW_BYTES };
  const broker = new Broker({
    config,
    fileSystem: new NodeFileSystem({
      directWriteBytesMin: config.logDirectIoBytesMin < 0 ? Infinity : config.logDirectIoBytesMin,
    }),
    clock: new SystemClock(),
    random: new SystemRandom(),
    probe: processProbe(),
    peers: new GrpcPeerTransport(transport),
    controllers: new GrpcControllerTransport(transport),
    telemetry,
    codecs: installedCodecs(codecFor),
  });
  const fatal = fatalError(broker.failed);
  const doors = new Doors(config, telemetry, fatal.report);
  try {
    const { grpc, http } = await doors.openBroker(broker.door);
    await broker.start({ controller: endpointOf(config.controllerAddress), grpc, http });
    void broker.active().then(() => doors.setServing(true));
    announce(telemetry, config, grpc, http);
    return running({
      grpc,
      http,
      fatal: fatal.error,
      telemetry,
      logger,
      stop: async () => {
        doors.setServing(false);
        // Leadership first: the doors stay open while it is handed over.
        await broker.stop(config.shutdownTimeoutMs);
        await doors.close(STREAMS_END_MS);
      },
    });
  } catch (error) {
    await doors.close(0);
    await broker.abandon();
    await logger.flush();
    throw error;
  }
}

/** The listeners of one process. */
export class Doors {
  readonly #config: SharedConfig & { readonly grpcPort: number };
  readonly #telemetry: Telemetry;
  readonly #onFatal: (error: unknown) => void;
  #grpc: GrpcServer | null = null;
  #http: HttpServer | null = null;

  constructor(
    config: SharedConfig & { readonly grpcPort: number },
    telemetry: Telemetry,
    onFatal: (error: unknown) => void,
  ) {
    this.#config = config;
    this.#telemetry = telemetry;
    this.#onFatal = onFatal;
  }

  openBroker(broker: BrokerApi): Promise<{ grpc: Endpoint; http: Endpoint }> {
    const log = serverLog(this.#telemetry);
    this.#grpc = createBrokerServer(broker, this.#grpcOptions(log));
    this.#http = createBrokerHttpServer(broker, { log, metrics: metricsOf(this.#telemetry) });
    return this.#listen();
  }

  openController(controller: ControllerApi): Promise<{ grpc: Endpoint; http: Endpoint }> {
    const log = serverLog(this.#telemetry);
    this.#grpc = createControllerServer(controller, this.#grpcOptions(log));
    this.#http = createControllerHttpServer(controller, {
      log,
      metrics: metricsOf(this.#telemetry),
    });
    return this.#listen();
  }

  setServing(serving: boolean): void {
    this.#grpc?.setServing(serving);
  }

  async close(timeoutMs: number): Promise<void> {
    await Promise.all([this.#grpc?.stop(timeoutMs), this.#http?.close()]);
  }

  #grpcOptions(log: ServerLog): Parameters<typeof createBrokerServer>[1] {
    return {
      log,
      requests: new RequestMetrics(this.#telemetry.metrics, new SystemClock()),
      onFatal: this.#onFatal,
      limits: serverLimits(this.#config),
      protoDirectory: protoDirectory(),
    };
  }

  /** Binds both; what is returned is what others are told to connect to. */
  async #listen(): Promise<{ grpc: Endpoint; http: Endpoint }> {
    const { grpcHost, grpcPort, httpHost, httpPort, advertisedHost, advertisedPort } = this.#config;
    const grpc = await this.#grpc?.listen({ host: grpcHost, port: grpcPort });
    const http = await this.#http?.listen({ host: httpHost, port: httpPort });
    if (grpc === undefined || http === undefined) throw new OdradekError('UNKNOWN_SERVER_ERROR');
    return {
      grpc: {
        host: advertisedHost,
        port: advertisedPort === 0 ? grpc.port : advertisedPort,
      },
      http: { host: advertisedHost, port: http.port },
    };
  }
}

function serverLimits(config: SharedConfig & Partial<BrokerConfig>): ServerLimits {
  return {
    receiveMessageBytesMax: config.grpcMessageBytesMax,
    receiveWindowBytes: config.grpcWindowBytes,
    unsettledBytesMax: config.produceStreamInflightBytesMax ?? DEFAULT_UNSETTLED_BYTES,
    produceTimeoutMs: DEFAULT_PRODUCE_TIMEOUT_MS,
    fetchWaitMsMax: config.fetchMaxWaitMs ?? 0,
    fetchBytesMax: config.fetchMaxBytes ?? 0,
    fetchStreamMessageBytes: config.fetchStreamFrameBytes ?? 0,
    peerQueueBytesMax: PEER_QUEUE_BYTES,
  };
}

/** The `.proto` files lie beside `src/` in a checkout and beside `dist/` in the package. */
function protoDirectory(): string {
  const here = import.meta.url;
  return fileURLToPath(new URL(here.includes('/dist/src/') ? '../../proto' : '../proto', here));
}

function processTelemetry(
  config: SharedConfig,
  name: string,
): { logger: ProcessLogger; telemetry: Telemetry } {
  // Its failures reach our own log as errors of ours.
  silenceGrpcLog();
  const logger = new ProcessLogger({ level: config.logLevel, base: { name } });
  return { logger, telemetry: createTelemetry(logger, new Metrics({ ofProcess: true })) };
}

function serverLog(telemetry: Telemetry): ServerLog {
  const write = (message: string, fields: Readonly<Record<string, unknown>>): void => {
    const { error, path } = fields;
    telemetry.event('request_failed', {
      rpc: typeof path === 'string' ? path : message,
      error: error instanceof Error ? error : message,
    });
  };
  return { error: write, warn: write };
}

function metricsOf({ metrics }: Telemetry): {
  metrics(): Promise<{ readonly contentType: string; readonly body: string }>;
} {
  return { metrics: () => metrics.read() };
}

/** Resolves with the first thing that ends the process: of its host, or of its front door. */
function fatalError(hostFailed: Promise<unknown>): {
  readonly error: Promise<unknown>;
  readonly report: (error: unknown) => void;
} {
  let report: (error: unknown) => void = () => {};
  const reported = new Promise<unknown>((resolve) => {
    report = resolve;
  });
  return { error: Promise.race([hostFailed, reported]), report };
}

function announce(
  telemetry: Telemetry,
  config: SharedConfig,
  grpc: Endpoint,
  http: Endpoint,
): void {
  telemetry.event('process_started', {
    version: VERSION,
    node: process.version,
    grpc: formatEndpoint(grpc),
    http: formatEndpoint(http),
    dataDirectory: config.logDir,
    checksum: crc32cImplementation(),
  });
}

function running(options: {
  grpc: Endpoint;
  http: Endpoint;
  fatal: Promise<unknown>;
  telemetry: Telemetry;
  logger: ProcessLogger;
  stop: () => Promise<void>;
}): RunningProcess {
  const { telemetry, logger } = options;
  let stopping: Promise<void> | null = null;
  let ended: (outcome: { error?: Error }) => void = () => {};
  const stopped = new Promise<{ error?: Error }>((resolve) => {
    ended = resolve;
  });
  const stop = (reason: string, error: Error | null): Promise<void> => {
    stopping ??= (async () => {
      const startedAt = performance.now();
      if (error === null) telemetry.event('process_stopping', { reason });
      else telemetry.event('process_failed', { error });
      await options.stop();
      telemetry.event('process_stopped', {
        clean: error === null,
        durationMs: Math.round(performance.now() - startedAt),
      });
      await logger.flush();
      ended(error === null ? {} : { error });
    })();
    return stopping;
  };
  void options.fatal.then((reason) => {
    const error = reason instanceof Error ? reason : new Error(String(reason));
    return stop('failure', error).catch((secondary: unknown) => {
      // The first failure is the one to report; what follows from it is only logged.
      telemetry.event('process_failed', {
        error: secondary instanceof Error ? secondary : String(secondary),
      });
      ended({ error });
    });
  });
  return {
    grpcAddress: formatEndpoint(options.grpc),
    httpAddress: formatEndpoint(options.http),
    stop: () => stop('asked to', null),
    stopped,
  };
}

/** Of an address that the configuration has checked. */
function endpointOf(address: string): Endpoint {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(address.slice(colon + 1)) };
}

/** How long open streams of clients may take to end once the process no longer serves. */
const STREAMS_END_MS = 1_000;
/** Replication of one peer may fill a connection without waiting for window updates. */
const REPLICATION_WINDOW_BYTES = 8 * 1024 * 1024;
const DEFAULT_PRODUCE_TIMEOUT_MS = 30_000;
/** Of a controller, which takes no batches. */
const DEFAULT_UNSETTLED_BYTES = 1024 * 1024;
const PEER_QUEUE_BYTES = 8 * 1024 * 1024;
