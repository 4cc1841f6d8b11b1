import { EventEmitter } from 'node:events';
import type {
  Server,
  ServerDuplexStream,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';

/**
 * gRPC server reflection (v1 and v1alpha), for `grpcurl` and its like, loaded when it is first asked
 * for: reading and indexing the `.proto` files takes a third of a second of CPU, which would be most
 * of a broker's start.
 *
 * Messages arrive here as bytes and are handed to the service of `@grpc/reflection`, which is added to
 * a stand-in of a server to learn its handlers.
 */
export function addReflection(
  server: Server,
  protoDirectory: string,
  protoFiles: readonly string[],
  onFailure: (error: unknown) => void,
): void {
  let loaded: Promise<ReadonlyMap<string, Reflection>> | null = null;
  for (const path of PATHS) {
    const method = { path, requestStream: true, responseStream: true, ...BYTES };
    server.addService(
      { serverReflectionInfo: method },
      {
        serverReflectionInfo: (call: ServerDuplexStream<Buffer, Buffer>) => {
          call.pause();
          loaded ??= load(protoDirectory, protoFiles);
          loaded.then(
            (services) => {
              const service = services.get(path);
              if (service === undefined) call.end();
              else serve(call, service);
            },
            (error: unknown) => {
              onFailure(error);
              call.end();
            },
          );
        },
      },
    );
  }
}

const PATHS = [
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
] as const;

const BYTES = {
  requestSerialize: (bytes: Buffer) => bytes,
  requestDeserialize: (bytes: Buffer) => bytes,
  responseSerialize: (bytes: Buffer) => bytes,
  responseDeserialize: (bytes: Buffer) => bytes,
};

interface Reflection {
  readonly parse: (bytes: Buffer) => unknown;
  readonly encode: (message: unknown) => Buffer;
  /** Takes something with `on` and `write`. */
  readonly handle: (stream: EventEmitter) => void;
}

async function load(
  protoDirectory: string,
  protoFiles: readonly string[],
): Promise<ReadonlyMap<string, Reflection>> {
  const [{ loadSync }, { ReflectionService }] = await Promise.all([
    import('@grpc/proto-loader'),
    import('@grpc/reflection'),
  ]);
  const services = new Map<string, Reflection>();
  const definitions = loadSync([...protoFiles], { includeDirs: [protoDirectory] });
  const standIn = {
    addService: (definition: ServiceDefinition, implementation: UntypedServiceImplementation) => {
      for (const [name, method] of Object.entries(definition)) {
        services.set(method.path, {
          parse: (bytes) => method.requestDeserialize(bytes),
          encode: (message) => method.responseSerialize(message),
          handle: implementation[name] as unknown as Reflection['handle'],
        });
      }
    },
  };
  new ReflectionService(definitions).addToServer(standIn);
  return services;
}

function serve(call: ServerDuplexStream<Buffer, Buffer>, service: Reflection): void {
  const stream = Object.assign(new EventEmitter(), {
    write: (message: unknown) => call.write(service.encode(message)),
    end: () => call.end(),
  });
  service.handle(stream);
  call.on('data', (bytes: Buffer) => {
    try {
      stream.emit('data', service.parse(bytes));
    } catch {
      // Not a reflection request: there is nothing to answer it with.
      call.end();
    }
  });
  call.on('end', () => stream.emit('end'));
  call.resume();
}
