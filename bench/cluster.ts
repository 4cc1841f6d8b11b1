/** A cluster of real processes to measure: started with the command, as a user would. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface MeasuredProcess {
  readonly name: string;
  readonly pid: number;
}

/** A process of the cluster, which an experiment may end and start again. */
export interface BenchProcess extends MeasuredProcess {
  /** kill −9, at once; resolves when it is gone. */
  kill(): Promise<void>;
  /** Asks it to end, and resolves when it has. Throws if it did not end cleanly. */
  stop(): Promise<void>;
  /** Starts it again on the same data, and resolves when it says that it is ready. */
  start(): Promise<void>;
}

export interface BenchCluster {
  readonly bootstrap: readonly string[];
  readonly controller: BenchProcess;
  /** Broker 1 first. */
  readonly brokers: readonly BenchProcess[];
  /** Of each broker: where it serves its metrics. */
  readonly http: readonly string[];
  readonly dataDirectory: string;
  stop(): Promise<void>;
}

/** Starts a controller and brokers in a directory of their own; `stop` ends them and removes it. */
export async function startBenchCluster(options: {
  /** Node's arguments and the command's file. */
  readonly command: readonly string[];
  readonly brokers: number;
  /** Flags of every broker, beside those that it needs. */
  readonly brokerFlags?: readonly string[];
  /** Where the data goes: decides which disk is measured. */
  readonly directory?: string;
  /** From which level on the processes may write to our standard error: warn. */
  readonly logLevel?: 'warn' | 'error';
}): Promise<BenchCluster> {
  const directory = await mkdtemp(path.join(options.directory ?? tmpdir(), 'odradek-bench-'));
  const port = await freePortRange(options.brokers + 1);
  const processOf = (name: string, grpcPort: number, args: readonly string[]): ClusterProcess =>
    new ClusterProcess(name, grpcPort + HTTP_ABOVE, [
      ...options.command,
      ...args,
      ...['--log-dir', path.join(directory, name), '--log-level', options.logLevel ?? 'warn'],
      ...['--grpc-port', String(grpcPort)],
    ]);
  const controller = processOf('controller', port, ['controller', 'start']);
  const brokers = Array.from({ length: options.brokers }, (_, index) =>
    processOf(`broker-${index + 1}`, port + 1 + index, [
      ...['broker', 'start', '--broker-id', String(index + 1)],
      ...['--controller-address', `127.0.0.1:${port}`],
      ...(options.brokerFlags ?? []),
    ]),
  );
  const stop = async (): Promise<void> => {
    await Promise.all([controller, ...brokers].map((each) => each.end()));
    await rm(directory, { recursive: true, force: true });
  };
  try {
    controller.spawn();
    await Promise.all(brokers.map((broker) => broker.start()));
    return {
      bootstrap: brokers.map((_, index) => `127.0.0.1:${port + 1 + index}`),
      controller,
      brokers,
      http: brokers.map((_, index) => `http://127.0.0.1:${port + 1 + index + HTTP_ABOVE}`),
      dataDirectory: directory,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Made by `startBenchCluster`; runs from `spawn` until somebody ends it, and as often as wished. */
class ClusterProcess implements BenchProcess {
  readonly name: string;
  readonly #httpPort: number;
  readonly #command: readonly string[];
  /** Null before the first start. */
  #child: ChildProcess | null = null;

  constructor(name: string, httpPort: number, command: readonly string[]) {
    this.name = name;
    this.#httpPort = httpPort;
    this.#command = command;
  }

  /** -1 while it does not run. */
  get pid(): number {
    return this.#runs() ? (this.#child?.pid ?? -1) : -1;
  }

  spawn(): void {
    if (this.#runs()) throw new Error(`${this.name} runs already`);
    const [program = process.execPath, ...args] = this.#command;
    this.#child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  async start(): Promise<void> {
    this.spawn();
    const deadline = performance.now() + READY_MS_MAX;
    while (performance.now() < deadline) {
      if (!this.#runs()) throw new Error(`${this.name} has ended before it was ready`);
      try {
        const response = await fetch(`http://127.0.0.1:${this.#httpPort}/readyz`);
        if (response.ok) return;
      } catch {
        // It does not listen yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${this.name} was not ready within ${READY_MS_MAX / 1000} s`);
  }

  async kill(): Promise<void> {
    await this.#signal('SIGKILL');
  }

  async stop(): Promise<void> {
    const code = await this.#signal('SIGTERM');
    if (code !== 0) throw new Error(`${this.name} was asked to end, and its exit code is ${code}`);
  }

  /** However it takes; nothing if it has ended already. */
  async end(): Promise<void> {
    if (this.#child !== null) await endProcess(this.#child);
  }

  /** Resolves with the exit code, or null after a signal. */
  #signal(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === null || !this.#runs()) throw new Error(`${this.name} does not run`);
    return new Promise((resolve) => {
      child.once('exit', (code) => resolve(code));
      child.kill(signal);
    });
  }

  #runs(): boolean {
    const child = this.#child;
    return child !== null && child.exitCode === null && child.signalCode === null;
  }
}

/** What a process has used so far: CPU in microseconds, and the most memory it ever had, in bytes. */
export async function usageOf(pid: number): Promise<{ cpuMicros: number; peakBytes: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Fields 14 and 15, in ticks of 10 ms.
  const ticks = Number(fields[11]) + Number(fields[12]);
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const peak = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? '0';
  return { cpuMicros: ticks * 10_000, peakBytes: Number(peak) * 1024 };
}

/** The CPU that all of them together have used so far, in microseconds. */
export async function cpuMicrosOf(processes: readonly MeasuredProcess[]): Promise<number> {
  const usage = await Promise.all(processes.map(({ pid }) => usageOf(pid)));
  return usage.reduce((sum, { cpuMicros }) => sum + cpuMicros, 0);
}

/** What a process has in memory now, in bytes. */
export async function residentBytesOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

/** Asks a process to end, or by SIGKILL makes it; resolves when it has. */
export function endProcess(
  child: ChildProcess,
  signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM',
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    timer.unref();
  });
}

/**
 * The first of `count` ports in a row that nobody listens on, with room for HTTP 100 above. Below those
 * that Linux gives to outgoing connections (from 32,768): one of them would take a port before the
 * process that it was chosen for does.
 */
export async function freePortRange(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const first = 20_000 + Math.floor(Math.random() * 125) * 100;
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const free = await Promise.all([...ports, ...ports.map((port) => port + 100)].map(isFree));
    if (free.every((each) => each)) return first;
  }
  throw new Error('there are no free ports to measure on');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Where a process serves HTTP, above its gRPC port. */
const HTTP_ABOVE = 100;
/** A log of many gigabytes may have to be recovered first. */
const READY_MS_MAX = 120_000;
