/** NATS JetStream on this machine: three servers in a cluster, each with file storage. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { endProcess, freePortRange, type MeasuredProcess } from '../../cluster.ts';
import { goPrograms } from '../go-programs.ts';
import { listens, runTool, type Missing } from '../tools.ts';

/** When the servers sync what they have written: their `sync_interval`, of which 2 minutes is the default. */
export type NatsSync = 'every 2 minutes' | 'always';

export interface NatsCluster {
  readonly version: string;
  readonly brokers: readonly MeasuredProcess[];
  /** Runs the producer of `main.go`. Throws with what it said if it fails. */
  drive(args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Starts it, or says why not. Defaults but for what three servers on one machine need. */
export async function startNats(options: {
  readonly directory?: string;
  readonly sync: NatsSync;
}): Promise<NatsCluster | Missing> {
  const module = import.meta.dirname;
  const programs = await goPrograms(module, 'nats', ['.', SERVER_PACKAGE]);
  if ('missing' in programs) return programs;
  const version = versionOf(await readFile(path.join(module, 'go.mod'), 'utf8'));
  const directory = await mkdtemp(path.join(options.directory ?? tmpdir(), 'nats-bench-'));
  const port = await freePortRange(2 * SERVERS);
  const names = Array.from({ length: SERVERS }, (_, index) => `nats-${index + 1}`);
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    // Nothing of it is kept.
    await Promise.all(children.map((child) => endProcess(child, 'SIGKILL')));
    await rm(directory, { recursive: true, force: true });
  };
  try {
    for (const [index, name] of names.entries()) {
      const file = path.join(directory, `${name}.conf`);
      await writeFile(file, configurationOf({ name, index, port, directory, sync: options.sync }));
      const server = path.join(programs.directory, 'nats-server');
      children.push(spawn(server, ['-c', file], { stdio: 'ignore' }));
    }
    await Promise.all(
      children.map((child, index) => listens(child, port + index, `NATS server ${index + 1}`)),
    );
    const servers = names.map((name, index) => `${name}=nats://127.0.0.1:${port + index}`).join();
    return {
      version,
      brokers: children.map(({ pid }, index) => ({ name: names[index] ?? '', pid: pid ?? -1 })),
      drive: async (args) => {
        const driver = path.join(programs.directory, 'nats');
        const run = await runTool(driver, ['-servers', servers, ...args]);
        if (run.exitCode === 0) return run.stdout;
        throw new Error(`the NATS producer ended with ${run.exitCode}: ${run.stderr.trim()}`);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The server's version, as the module asks for it. Exported for its test. */
export function versionOf(goMod: string): string {
  const version = /github\.com\/nats-io\/nats-server\/v2 v(\S+)/.exec(goMod)?.[1];
  if (version === undefined) throw new Error('go.mod does not say which nats-server');
  return version;
}

function configurationOf(options: {
  readonly name: string;
  readonly index: number;
  readonly port: number;
  readonly directory: string;
  readonly sync: NatsSync;
}): string {
  const { name, index, port, directory, sync } = options;
  const routes = Array.from(
    { length: SERVERS },
    (_, other) => `nats://127.0.0.1:${port + SERVERS + other}`,
  );
  return [
    `server_name: ${name}`,
    `listen: 127.0.0.1:${port + index}`,
    'jetstream {',
    `  store_dir: ${JSON.stringify(path.join(directory, name))}`,
    // By itself it takes as much as the disk has, and refuses streams once that is spoken for.
    '  max_file_store: 1TB',
    `  sync_interval: ${sync === 'always' ? 'always' : '2m'}`,
    '}',
    'cluster {',
    '  name: bench',
    `  listen: 127.0.0.1:${port + SERVERS + index}`,
    `  routes: [${routes.join(', ')}]`,
    '}',
    '',
  ].join('\n');
}

const SERVERS = 3;
const SERVER_PACKAGE = 'github.com/nats-io/nats-server/v2';
