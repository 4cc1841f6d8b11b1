/**
 * The gRPC listener of a broker or a controller: its RPCs, health and reflection on one port.
 *
 * Created and stopped by the composition root. `listen` once, then `setServing` as the process's
 * state changes, then `stop` once.
 */
import { Server, ServerCredentials, logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import type { ServerOptions, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { BrokerApi, ControllerApi } from '../broker/interfaces.ts';
import { pathOf } from '../http2/grpc-fields.ts';
import { formatEndpoint } from '../wire/metadata-messages.ts';
import { bindError } from './bind-error.ts';
import { Health } from './health.ts';
import { addReflection } from './reflection.ts';
import { refuseCall } from './call.ts';
import type { CallEnvironment, Rpc, ServerLog } from './call.ts';
import type { ServerLimits } from './limits.ts';
import { brokerRpcs, controllerRpcs } from './rpc/index.ts';
import { Http2Connections } from './http2-connections.ts';

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
  private readonly server: Server;
  private readonly connections: Http2Connections;
  private readonly rpcs: readonly Rpc[];
  private readonly health: Health;
  private readonly services: readonly string[];
  private readonly options: GrpcServerOptions;

  constructor(rpcs: readonly Rpc[], options: GrpcServerOptions, protoFiles: readonly string[]) {
    this.rpcs = rpcs;
    this.options = options;
    this.server = new Server(serverOptions(options.limits));
    const { receiveWindowBytes, receiveMessageBytesMax } = options.limits;
    const acceptors = new Map(rpcs.map(({ method, accept }) => [method.path, accept]));
    this.connections = new Http2Connections(
      this.server,
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
    );
    this.services = addRpcs(this.server, rpcs);
    this.health = new Health(['', ...this.services]);
    this.health.addToServer(this.server);
    if (options.protoDirectory !== null) {
      addReflection(this.server, options.protoDirectory, protoFiles, (error) =>
        options.log.error('reflection could not be loaded', { error }),
      );
    }
  }

  /** Binds; port 0 takes a free one. Throws `OdradekError` when the address cannot be had. */
  async listen({ host, port }: GrpcAddress): Promise<GrpcAddress> {
    const bound = await new Promise<number>((resolve, reject) => {
      const address = formatEndpoint({ host, port });
      this.server.bindAsync(address, ServerCredentials.createInsecure(), (error, boundPort) => {
        if (error === null) resolve(boundPort);
        else reject(bindError({ host, port }, reasonOf(error), error));
      });
    });
    if (!this.connections.watch()) {
      this.options.log.warn('the gRPC receive window stays small; uploads will be slower', {});
    }
    return { host, port: bound };
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
    const drained = new Promise<void>((resolve) => {
      this.server.tryShutdown(() => resolve());
    });
    const drainedOwn = this.connections.drain();
    for (const rpc of this.rpcs) rpc.stop();
    const timer = setTimeout(() => {
      this.server.forceShutdown();
      this.connections.destroy();
    }, timeoutMs);
    await Promise.all([drained, drainedOwn]);
    clearTimeout(timer);
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

/** Registers the RPCs, grouped by service; returns the services' names. */
function addRpcs(server: Server, rpcs: readonly Rpc[]): string[] {
  const services = new Map<string, Rpc[]>();
  for (const rpc of rpcs) {
    const name = rpc.method.path.split('/')[1] ?? '';
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
  return [...services.keys()];
}

/** Messages pass grpc-js as they are; `call.ts` decodes and encodes them. */
const BYTES = {
  requestSerialize: (bytes: Buffer) => bytes,
  requestDeserialize: (bytes: Buffer) => bytes,
  responseSerialize: (bytes: Buffer) => bytes,
  responseDeserialize: (bytes: Buffer) => bytes,
};

/** grpc-js sums the failures of all addresses up, and keeps the reasons beside. */
function reasonOf(error: Error): string {
  const reasons = 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  return reasons.length === 0 ? error.message : reasons.join('; ');
}
