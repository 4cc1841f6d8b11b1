import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

/** What a run of a tool printed, and how it ended. */
export interface ToolRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const CACHE = path.resolve(import.meta.dirname, '../../.cache');

/**
 * The jars that a pom names, as a class path, or the reason why there are none on this machine. They
 * come from Maven once, into `.cache/`; another pom gets another directory.
 */
export async function mavenJars(
  pom: string,
  name: string,
  cache = CACHE,
): Promise<{ readonly classPath: string } | { readonly missing: string }> {
  if (!(await exists('java', ['-version']))) return { missing: 'java is not installed' };
  const digest = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12);
  const jars = path.join(cache, `${name}-${digest}`);
  if (!existsSync(jars)) {
    if (!(await exists('mvn', ['-v']))) return { missing: 'mvn is not installed' };
    const unfinished = `${jars}.${process.pid}`;
    mkdirSync(cache, { recursive: true });
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`];
    const resolved = await runTool('mvn', ['-q', '-B', '-f', pom, ...goal]);
    if (resolved.exitCode !== 0) {
      rmSync(unfinished, { recursive: true, force: true });
      return {
        missing: `maven could not fetch it: ${(resolved.stdout + resolved.stderr).trim()}`,
      };
    }
    // Whole or not there; another run may have been faster.
    if (existsSync(jars)) rmSync(unfinished, { recursive: true });
    else renameSync(unfinished, jars);
  }
  return { classPath: path.join(jars, '*') };
}

/** Rejects where the command cannot be started. */
export function runTool(command: string, args: readonly string[]): Promise<ToolRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
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

async function exists(command: string, args: readonly string[]): Promise<boolean> {
  try {
    return (await runTool(command, args)).exitCode === 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
