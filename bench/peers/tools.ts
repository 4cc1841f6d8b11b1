/** Programs of others that a benchmark builds, starts and asks. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import path from 'node:path';
import { pause } from '../waiting.ts';

/** What a run of a tool printed, and how it ended. */
export interface ToolRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Why something cannot be had on this machine. */
export interface Missing {
  readonly missing: string;
}

export const CACHE = path.resolve(import.meta.dirname, '../../.cache');

/** Rejects where the command cannot be started. */
export function runTool(
  command: string,
  args: readonly string[],
  options: { readonly directory?: string } = {},
): Promise<ToolRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.directory === undefined ? {} : { cwd: options.directory }),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', reject);
    child.on('close', (exitCode) => {
      resolve({
        exitCode,
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: Buffer.concat(stderr).toString('utf8'),
      });
    });
  });
}

export async function isInstalled(command: string, args: readonly string[]): Promise<boolean> {
  try {
    return (await runTool(command, args)).exitCode === 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/**
 * A directory of the cache that `fill` has filled once, or why it could not. Its name has the digest of
 * the files that decide what is in it, so that other contents get another directory.
 */
export async function cached(
  options: { readonly name: string; readonly files: readonly string[]; readonly cache?: string },
  fill: (directory: string) => Promise<Missing | null>,
): Promise<string | Missing> {
  const { name, files, cache = CACHE } = options;
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  const directory = path.join(cache, `${name}-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(directory)) return directory;
  const unfinished = `${directory}.${process.pid}`;
  mkdirSync(cache, { recursive: true });
  const missing = await fill(unfinished);
  if (missing !== null) {
    rmSync(unfinished, { recursive: true, force: true });
    return missing;
  }
  // Whole or not there; another run may have been faster.
  if (existsSync(directory)) rmSync(unfinished, { recursive: true });
  else renameSync(unfinished, directory);
  return directory;
}

/** Until a process that was started listens on a port of this machine. Throws if it ends before. */
export async function listens(child: ChildProcess, port: number, name: string): Promise<void> {
  const deadline = performance.now() + LISTEN_MS_MAX;
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${name} has ended before it was ready`);
    }
    if (await canConnect(port)) return;
    await pause(100);
  }
  throw new Error(`${name} was not ready within ${LISTEN_MS_MAX / 1000} s`);
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** A machine with much else to do takes its time to start three JVMs. */
const LISTEN_MS_MAX = 180_000;
