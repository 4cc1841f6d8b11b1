import path from 'node:path';
import { usageError } from '../command-error.ts';

/** One process that `up` starts. */
export interface PlannedProcess {
  /** `controller`, `broker-1`, … */
  readonly name: string;
  /** Behind the command's name. */
  readonly args: readonly string[];
  readonly grpc: string;
  readonly http: string;
  readonly dataDir: string;
  readonly log: string;
}

const HOST = '127.0.0.1';

/** HTTP listens this far above gRPC. */
const HTTP_ABOVE_GRPC = 100;

/**
 * A controller at the port before the first broker's, then the brokers, numbered from 1. With `port`
 * 9192 and three brokers: 9191, 9192, 9193, 9194, and HTTP at each plus 100.
 */
export function planProcesses(options: {
  readonly brokers: number;
  readonly port: number;
  readonly dataDirectory: string;
}): PlannedProcess[] {
  const { brokers, port, dataDirectory } = options;
  if (port + brokers - 1 + HTTP_ABOVE_GRPC > 65_535) {
    throw usageError(`there is no room for ${brokers} brokers from port ${port} on`);
  }
  if (brokers >= HTTP_ABOVE_GRPC) {
    throw usageError(`${brokers} brokers would need ports that HTTP takes; at most 99 can be`);
  }
  const controller = `${HOST}:${port - 1}`;
  const plan = (
    name: string,
    role: 'controller' | 'broker',
    grpcPort: number,
    more: readonly string[],
  ): PlannedProcess => {
    const dataDir = path.join(dataDirectory, name);
    return {
      name,
      args: [
        ...[role, 'start', '--stop-at-eof', '--log-dir', dataDir],
        ...['--grpc-host', HOST, '--grpc-port', `${grpcPort}`],
        ...['--advertised-host', HOST, '--advertised-port', `${grpcPort}`],
        ...['--http-host', HOST, '--http-port', `${grpcPort + HTTP_ABOVE_GRPC}`],
        ...more,
      ],
      grpc: `${HOST}:${grpcPort}`,
      http: `${HOST}:${grpcPort + HTTP_ABOVE_GRPC}`,
      dataDir,
      log: path.join(dataDirectory, 'logs', `${name}.log`),
    };
  };
  return [
    plan('controller', 'controller', port - 1, []),
    ...Array.from({ length: brokers }, (_, index) =>
      plan(`broker-${index + 1}`, 'broker', port + index, [
        ...['--broker-id', `${index + 1}`, '--controller-address', controller],
      ]),
    ),
  ];
}
