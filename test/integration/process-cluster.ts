import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '../../src/client/index.ts';

const COMMAND = fileURLToPath(new URL('../../bin/odradek', import.meta.url));

/** One process of the built command, that a test can stop, kill, freeze and start again. */
export class ClusterProcess {
  readonly name: string;
  readonly dataDir: string;
  readonly grpc: string;
  readonly http: string;
  readonly logFile: string;
  readonly #args: readonly string[];
  readonly #launcher: readonly string[];
  #child: ChildProcess | null = null;
  #ended: Promise<number | null> = Promise.resolve(null);

  constructor(options: {
    name: string;
    directory: string;
    role: 'controller' | 'broker';
    /** Where its data lies: under the directory, by its name, where nothing is said. */
    dataDir?: string;
    /** Where it listens: 127.0.0.1 where nothing is said. */
    host?: string;
    grpcPort: number;
    httpPort: number;
    args: readonly string[];
    /** A program and its arguments that becomes the process, as `nsenter … --` does. */
    launcher?: readonly string[];
  }) {
    const host = options.host ?? '127.0.0.1';
    this.name = options.name;
    this.#launcher = options.launcher ?? [];
    this.dataDir = options.dataDir ?? path.join(options.directory, options.name);
    this.logFile = path.join(options.directory, `${options.name}.log`);
    this.grpc = `${host}:${options.grpcPort}`;
    this.http = `${host}:${options.httpPort}`;
    this.#args = [
      ...[options.role, 'start', '--log-dir', this.dataDir, '--grpc-host', host],
      ...['--grpc-port', String(options.grpcPort), '--http-port', String(options.httpPort)],
      ...options.args,
    ];
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.name} does not run`);
    return pid;
  }

  /** Resolves with the exit code, null after a signal. */
  get ended(): Promise<number | null> {
    return this.#ended;
  }

  spawn(): void {
    // The file itself, not a pipe to us: what a process has said before it is killed is there.
    const log = openSync(this.logFile, 'a');
    const [program = '', ...args] = [...this.#launcher, process.execPath, COMMAND, ...this.#args];
    const child = spawn(program, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code) => {
        if (this.#child === child) this.#child = null;
        resolve(code);
      });
    });
  }

  async start(): Promise<void> {
    this.spawn();
    await this.ready();
  }

  async ready(timeoutMs = 20_000): Promise<void> {
    await eventually(`${this.name} to be ready`, timeoutMs, async () => {
      if (this.#child === null)
        throw new Error(`${this.name} has ended:\n${this.log().slice(-2000)}`);
      const status = await this.get('/readyz');
      return status?.ok === true;
    });
  }

  /** kill −9, and nothing else: resolves when the process is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#ended;
  }

  /** A clean stop: resolves with the exit code. */
  async stop(): Promise<number | null> {
    if (this.#child === null) return null;
    this.signal('SIGTERM');
    return this.#ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async get(route: string): Promise<Response | null> {
    try {
      return await fetch(`http://${this.http}${route}`, { signal: AbortSignal.timeout(1_000) });
    } catch {
      // Not listening, or frozen: asked again by whoever polls.
      return null;
    }
  }

  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  /** The log's lines of one event. */
  events(event: string): Record<string, unknown>[] {
    return this.log()
      .split('\n')
      .flatMap((line) => {
        if (!line.startsWith('{')) return [];
        const parsed = JSON.parse(line) as Record<string, unknown>;
        return parsed['event'] === event ? [parsed] : [];
      });
  }
}

/** A controller and brokers as processes of their own, each with a data directory and a log. */
export class ProcessCluster {
  readonly directory: string;
  readonly controller: ClusterProcess;
  readonly brokers: readonly ClusterProcess[];
  readonly #clients = new Set<Client>();

  private constructor(
    directory: string,
    controller: ClusterProcess,
    brokers: readonly ClusterProcess[],
  ) {
    this.directory = directory;
    this.controller = controller;
    this.brokers = brokers;
  }

  static async start(
    options: { brokers?: number; args?: readonly string[]; brokerArgs?: readonly string[] } = {},
  ): Promise<ProcessCluster> {
    const count = options.brokers ?? 3;
    const directory = mkdtempSync(path.join(tmpdir(), 'odradek-cluster-'));
    mkdirSync(directory, { recursive: true });
    const ports = await freePorts(2 * (count + 1));
    const args = ['--shutdown-timeout-ms', '10s', ...(options.args ?? [])];
    const controller = new ClusterProcess({
      name: 'controller',
      directory,
      role: 'controller',
      grpcPort: ports[0] as number,
      httpPort: ports[1] as number,
      args,
    });
    const brokers = Array.from(
      { length: count },
      (_, index) =>
        new ClusterProcess({
          name: `broker-${index + 1}`,
          directory,
          role: 'broker',
          grpcPort: ports[2 * index + 2] as number,
          httpPort: ports[2 * index + 3] as number,
          args: [
            ...['--broker-id', String(index + 1), '--controller-address', controller.grpc],
            ...args,
            ...(options.brokerArgs ?? []),
          ],
        }),
    );
    const cluster = new ProcessCluster(directory, controller, brokers);
    try {
      controller.spawn();
      for (const broker of brokers) broker.spawn();
      await Promise.all([controller.ready(), ...brokers.map((broker) => broker.ready())]);
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  get bootstrap(): string[] {
    return this.brokers.map((broker) => broker.grpc);
  }

  broker(id: number): ClusterProcess {
    const broker = this.brokers[id - 1];
    if (broker === undefined) throw new Error(`there is no broker ${id}`);
    return broker;
  }

  client(): Client {
    const client = new Client({ bootstrap: this.bootstrap });
    this.#clients.add(client);
    return client;
  }

  /** The broker that leads, by the metadata of whoever answers. */
  async leaderOf(client: Client, topic: string, partition = 0): Promise<number> {
    return eventually(`a leader of ${topic}-${partition}`, 20_000, async () => {
      const description = await client.admin.describeTopic(topic);
      return description.partitions[partition]?.leader ?? undefined;
    });
  }

  /** Ends everything that runs and removes every file. */
  async close(): Promise<void> {
    await Promise.all([...this.#clients].map((client) => client.close()));
    for (const process of [...this.brokers, this.controller]) {
      process.signal('SIGKILL');
      // Frozen ones die too.
      process.signal('SIGCONT');
    }
    await Promise.all([...this.brokers, this.controller].map((process) => process.ended));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Runs the command to its end. */
export function runCommand(
  args: readonly string[],
  options: { input?: string | Buffer; env?: Record<string, string> } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [COMMAND, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.once('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => {}); // It may end before it has read everything.
    child.stdin.end(options.input ?? '');
  });
}

/** Looks again and again until `look` answers with something; throws when the time is over. */
export async function eventually<T>(
  what: string,
  timeoutMs: number,
  look: () => Promise<T | undefined | false | null>,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown = null;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false && found !== null) return found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause: last });
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Ports that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
