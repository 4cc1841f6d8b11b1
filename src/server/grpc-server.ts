/**
 * The gRPC listener of a broker or a controller: its RPCs, health and reflection on one port.
 *
 * Created and stopped by the composition root. `listen` once, then `setServing` as the process's
 * state changes, then `stop` once.
 */
import { Server, logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import type { ServerOptions, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { BrokerApi, ControllerApi } from '../broker/interfaces.ts';
import { pathOf } from '../http2/grpc-fields.ts';
import { bindError } from './bind-error.ts';
import { ForeignConnections } from './foreign-connections.ts';
import { Health } from './health.ts';
import { addReflection } from './reflection.ts';
import { refuseCall } from './call.ts';
import type { CallEnvironment, Rpc, ServerLog } from './call.ts';
import type { ServerLimits } from './limits.ts';
import { brokerRpcs, controllerRpcs } from './rpc/index.ts';
import { Http2Connections } from './http2-connections.ts';
import { Listener } from './listener.ts';

export interface GrpcServerOptions extends CallEnvironment {
  readonly log: ServerLog;
  readonly limits: ServerLimits;
  /** The directory with the `.proto` files, for reflection; null: no reflection. */
  readonly protoDirectory: string | null;
}

export interface GrpcAddress {
  readonly host: string;
  readonly port: number;
}

/** Pings that find out that the other machine is gone without a word. */
const KEEPALIVE_TIME_MS = 10_000;
const KEEPALIVE_TIMEOUT_MS = 5_000;

export function createBrokerServer(broker: BrokerApi, options: GrpcServerOptions): GrpcServer {
  return new GrpcServer(brokerRpcs(broker, options, options.limits), options, [
    ...['common', 'producer', 'consumer', 'metadata', 'admin', 'transaction', 'group'].map(
      (name) => `odradek/v1/${name}.proto`,
    ),
    'odradek/internal/v1/replication.proto',
    'odradek/internal/v1/transaction.proto',
  ]);
}

export function createControllerServer(
  controller: ControllerApi,
  options: GrpcServerOptions,
): GrpcServer {
  return new GrpcServer(controllerRpcs(controller, options, options.limits), options, [
    'odradek/internal/v1/controller.proto',
  ]);
}

/**
 * Silences what grpc-js writes to the standard error by itself; the errors arrive here all the same,
 * with better words. For a process of our own: it counts for all of grpc-js in the process.
 */
export function silenceGrpcLog(): void {
  setLogVerbosity(logVerbosity.NONE);
}

export class GrpcServer {
  private readonly listener: Listener;
  private readonly connections: Http2Connections;
  /** grpc-js, for everybody who is not one of ours: made when the first of them connects. */
  private foreign: ForeignConnections | null = null;
  private readonly rpcs: readonly Rpc[];
  private readonly health: Health;
  private readonly services: readonly string[];
  private readonly options: GrpcServerOptions;
  private readonly protoFiles: readonly string[];

  constructor(rpcs: readonly Rpc[], options: GrpcServerOptions, protoFiles: readonly string[]) {
    this.rpcs = rpcs;
    this.options = options;
    this.protoFiles = protoFiles;
    const { receiveWindowBytes, receiveMessageBytesMax } = options.limits;
    const acceptors = new Map(rpcs.map(({ method, accept }) => [method.path, accept]));
    this.connections = new Http2Connections(
      {
        windowBytes: receiveWindowBytes,
        messageBytesMax: receiveMessageBytesMax,
        keepaliveTimeMs: KEEPALIVE_TIME_MS,
        keepaliveTimeoutMs: KEEPALIVE_TIMEOUT_MS,
      },
      (stream, fields) => {
        const path = pathOf(fields) ?? '';
        return acceptors.get(path)?.(stream) ?? refuseCall(stream, path);
      },
      (socket) => {
        this.foreign ??= this.newForeign();
        this.foreign.serve(socket);
      },
    );
    this.listener = new Listener((socket) => this.connections.take(socket));
    this.services = [...new Set(rpcs.map(serviceOf))];
    this.health = new Health(['', ...this.services]);
  }

  /** Binds; port 0 takes a free one. Throws `OdradekError` when the address cannot be had. */
  async listen({ host, port }: GrpcAddress): Promise<GrpcAddress> {
    try {
      return { host, port: await this.listener.listen(host, port) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw bindError({ host, port }, reason, error);
    }
  }

  /** What health checks are answered, for every service. */
  setServing(serving: boolean): void {
    for (const name of ['', ...this.services]) {
      this.health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
    }
  }

  /** Stops accepting, lets calls finish for at most `timeoutMs`, then cuts the rest off. */
  async stop(timeoutMs: number): Promise<void> {
    this.setServing(false);
    const closed = this.listener.close();
    const drained = [this.foreign?.drain(), this.connections.drain()];
    for (const rpc of this.rpcs) rpc.stop();
    const timer = setTimeout(() => {
      this.foreign?.destroy();
      this.connections.destroy();
    }, timeoutMs);
    await Promise.all([closed, ...drained]);
    clearTimeout(timer);
  }

  private newForeign(): ForeignConnections {
    const { limits, protoDirectory, log } = this.options;
    const server = new Server(serverOptions(limits));
    addRpcs(server, this.rpcs);
    this.health.addToServer(server);
    if (protoDirectory !== null) {
      addReflection(server, protoDirectory, this.protoFiles, (error) =>
        log.error('reflection could not be loaded', { error }),
      );
    }
    const foreign = new ForeignConnections(server, limits.receiveWindowBytes);
    if (!foreign.hasLargeWindows) {
      log.warn('the gRPC receive window stays small; uploads will be slower', {});
    }
    return foreign;
  }
}

function serverOptions(limits: ServerLimits): ServerOptions {
  return {
    'grpc.max_receive_message_length': limits.receiveMessageBytesMax,
    'grpc.max_send_message_length': -1,
    'grpc.keepalive_time_ms': KEEPALIVE_TIME_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    // Its counters cost time on every message.
    'grpc.enable_channelz': 0,
  };
}

/** Registers the RPCs, grouped by service. */
function addRpcs(server: Server, rpcs: readonly Rpc[]): void {
  const services = new Map<string, Rpc[]>();
  for (const rpc of rpcs) {
    const name = serviceOf(rpc);
    services.set(name, [...(services.get(name) ?? []), rpc]);
  }
  for (const members of services.values()) {
    const implementation: UntypedServiceImplementation = {};
    const definition = Object.fromEntries(
      members.map(({ method, handler }) => {
        implementation[method.path] = handler;
        const { path, requestStream, responseStream } = method;
        return [path, { path, requestStream, responseStream, ...BYTES }];
      }),
    );
    server.addService(definition, implementation);
  }
}

function serviceOf({ method }: Rpc): string {
  return method.path.split('/')[1] ?? '';
}

/** Messages pass grpc-js as they are; `call.ts` decodes and encodes them. */
const BYTES = {
  requestSerialize: (bytes: Buffer) => bytes,
  requestDeserialize: (bytes: Buffer) => bytes,
  responseSerialize: (bytes: Buffer) => bytes,
  responseDeserialize: (bytes: Buffer) => bytes,
};
