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

export interface BenchCluster {
  readonly bootstrap: readonly string[];
  readonly brokers: readonly MeasuredProcess[];
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
}): Promise<BenchCluster> {
  const directory = await mkdtemp(path.join(options.directory ?? tmpdir(), 'odradek-bench-'));
  const port = await freePortRange(options.brokers + 1);
  const children: ChildProcess[] = [];
  const start = (name: string, grpcPort: number, args: readonly string[]): ChildProcess => {
    const [program = process.execPath, ...before] = options.command;
    const child = spawn(
      program,
      [
        ...before,
        ...args,
        ...['--log-dir', path.join(directory, name), '--log-level', 'warn'],
        ...['--grpc-port', String(grpcPort)],
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    children.push(child);
    return child;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(children.map((child) => endProcess(child)));
    await rm(directory, { recursive: true, force: true });
  };
  try {
    start('controller', port, ['controller', 'start']);
    const brokers = Array.from({ length: options.brokers }, (_, index) => {
      const id = String(index + 1);
      const args = ['broker', 'start', '--broker-id', id];
      return start(`broker-${id}`, port + 1 + index, [
        ...args,
        ...['--controller-address', `127.0.0.1:${port}`],
        ...(options.brokerFlags ?? []),
      ]);
    });
    await Promise.all(brokers.map((child, index) => ready(child, port + 101 + index)));
    return {
      bootstrap: brokers.map((_, index) => `127.0.0.1:${port + 1 + index}`),
      brokers: brokers.map((child, index) => ({
        name: `broker-${index + 1}`,
        pid: child.pid ?? -1,
      })),
      dataDirectory: directory,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
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

async function ready(child: ChildProcess, httpPort: number): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error('a broker has ended before it was ready');
    try {
      const response = await fetch(`http://127.0.0.1:${httpPort}/readyz`);
      if (response.ok) return;
    } catch {
      // It does not listen yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('a broker was not ready within 30 s');
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
