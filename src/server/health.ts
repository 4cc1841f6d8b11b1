import type {
  Server,
  ServerWritableStream,
  ServerUnaryCall,
  ServiceDefinition,
  UntypedServiceImplementation,
  sendUnaryData,
} from '@grpc/grpc-js';
import type { HealthImplementation } from 'grpc-health-check';

export type ServingStatus = 'SERVING' | 'NOT_SERVING';

/**
 * gRPC's health service (grpc.health.v1), loaded when it is first asked for: its package reads a
 * `.proto` file and a second protobuf runtime, a tenth of a second of every start. Until then only
 * the statuses are kept.
 */
export class Health {
  private readonly statuses = new Map<string, ServingStatus>();
  private loading: Promise<Methods> | null = null;
  private implementation: HealthImplementation | null = null;

  constructor(services: readonly string[]) {
    for (const service of services) this.statuses.set(service, 'NOT_SERVING');
  }

  setStatus(service: string, status: ServingStatus): void {
    this.statuses.set(service, status);
    this.implementation?.setStatus(service, status);
  }

  addToServer(server: Server): void {
    const unary = (name: 'check' | 'list') => {
      return (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): void => {
        this.load().then(
          (methods) => {
            const { parse, encode, handle } = methods[name];
            handle({ request: parse(call.request) }, (error, response) => {
              if (error !== null) callback(error);
              else callback(null, encode(response));
            });
          },
          (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
        );
      };
    };
    const watch = (call: ServerWritableStream<Buffer, Buffer>): void => {
      this.load().then(
        ({ watch: { parse, encode, handle } }) => {
          handle({
            request: parse(call.request),
            write: (message: unknown) => call.write(encode(message)),
            on: (event: 'cancelled', listener: () => void) => call.on(event, listener),
          });
        },
        (error: unknown) => call.destroy(error instanceof Error ? error : undefined),
      );
    };
    server.addService(
      { check: method('Check', false), watch: method('Watch', true), list: method('List', false) },
      { check: unary('check'), watch, list: unary('list') },
    );
  }

  private load(): Promise<Methods> {
    this.loading ??= import('grpc-health-check').then((module) => {
      const implementation = new module.HealthImplementation(Object.fromEntries(this.statuses));
      this.implementation = implementation;
      return methodsOf(implementation);
    });
    return this.loading;
  }
}

interface Method {
  readonly parse: (bytes: Buffer) => unknown;
  readonly encode: (message: unknown) => Buffer;
  readonly handle: (
    call: object,
    callback?: (error: Error | null, response?: unknown) => void,
  ) => void;
}
type Methods = Readonly<Record<'check' | 'watch' | 'list', Method>>;

/** The package's handlers, learned by adding it to a stand-in of a server. */
function methodsOf(implementation: HealthImplementation): Methods {
  const methods: Partial<Record<string, Method>> = {};
  const standIn = {
    addService: (definition: ServiceDefinition, handlers: UntypedServiceImplementation) => {
      for (const { path, requestDeserialize, responseSerialize } of Object.values(definition)) {
        const name = (path.split('/')[2] ?? '').toLowerCase();
        methods[name] = {
          parse: requestDeserialize,
          encode: responseSerialize,
          handle: handlers[name] as unknown as Method['handle'],
        };
      }
    },
  };
  implementation.addToServer(standIn);
  return methods as Methods;
}

function method(name: string, responseStream: boolean): ServiceDefinition[string] {
  return {
    path: `/grpc.health.v1.Health/${name}`,
    requestStream: false,
    responseStream,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
  };
}
