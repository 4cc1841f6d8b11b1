/** Where a figure comes from: the machine, its disk and the versions of what was measured on it. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import path from 'node:path';

export interface Surroundings {
  /** CPUs, memory, kernel, and the disk that the data lay on. */
  readonly machine: string;
  /** By the name of what has them. */
  readonly versions: Readonly<Record<string, string>>;
}

/** `version` is the package's, in `directory`, whose commit tells a checkout apart. */
export async function surroundingsOf(options: {
  readonly version: string;
  readonly directory: string | null;
  readonly dataDirectory: string | undefined;
}): Promise<Surroundings> {
  const commit = options.directory === null ? null : await commitOf(options.directory);
  return {
    machine: `${describeMachine()}, ${await describeDisk(options.dataDirectory ?? tmpdir())}`,
    versions: {
      odradek: commit === null ? options.version : `${options.version} (${commit})`,
      node: process.version,
    },
  };
}

function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'CPU';
  return `${cpus().length} × ${model}, ${Math.round(totalmem() / 1e9)} GB, Linux ${release()}`;
}

async function describeDisk(directory: string): Promise<string> {
  const mount = mountOf(await readFile('/proc/mounts', 'utf8'), await realpath(directory));
  return mount === null
    ? 'an unknown disk'
    : `${mount.device} ${mount.type} (${mount.options.join()})`;
}

export interface Mount {
  readonly device: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** The mount that a path lies on, of those that `/proc/mounts` lists. Exported for its test. */
export function mountOf(mounts: string, directory: string): Mount | null {
  let found: Mount | null = null;
  let longest = -1;
  for (const line of mounts.split('\n')) {
    const [device, escaped, type, options] = line.split(' ');
    if (device === undefined || escaped === undefined || type === undefined) continue;
    const point = escaped.replace(/\\([0-7]{3})/g, (_, code: string) =>
      String.fromCharCode(parseInt(code, 8)),
    );
    const isAbove = directory === point || directory.startsWith(point === '/' ? '/' : `${point}/`);
    // Of two at one point the later hides the earlier.
    if (!isAbove || point.length < longest) continue;
    longest = point.length;
    found = { device, type, options: options?.split(',') ?? [] };
  }
  return found;
}

/** The commit that a checkout is at, `changed` if files differ from it; null if it is no checkout. */
function commitOf(directory: string): Promise<string | null> {
  // What is installed inside somebody's repository has not their commit.
  if (!existsSync(path.join(directory, '.git'))) return Promise.resolve(null);
  const args = ['describe', '--always', '--abbrev=7', '--exclude=*', '--dirty=, changed'];
  const child = spawn('git', args, { cwd: directory, stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (data: Buffer) => (text += data.toString()));
  return new Promise((resolve) => {
    // Where git is not installed, nothing is lost but this detail.
    child.once('error', () => resolve(null));
    child.once('close', (code) => resolve(code === 0 ? text.trim() : null));
  });
}
