/**
 * Kafka's own tools, run on files of ours. They come from Maven once, into `.cache/`, by the committed
 * `pom.xml`; another pom gets another directory.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

const HERE = import.meta.dirname;
const CACHE = path.resolve(HERE, '../../../.cache');

/** What a run of a tool printed, and how it ended. */
export interface ToolRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Kafka's tools, ready to run. */
export class KafkaTools {
  readonly #classPath: string;

  constructor(classPath: string) {
    this.#classPath = classPath;
  }

  /** `kafka.tools.DumpLogSegments` with `--files` for these. */
  dumpLogSegments(options: readonly string[], files: readonly string[]): Promise<ToolRun> {
    return this.#java(['kafka.tools.DumpLogSegments', ...options, '--files', files.join(',')]);
  }

  /** The entries of a `leader-epoch-checkpoint`, as Kafka's class for this file reads them. */
  readLeaderEpochs(file: string): Promise<ToolRun> {
    return this.#java([path.join(HERE, 'ReadLeaderEpochs.java'), file]);
  }

  /** Whether the Java of this machine can compile, as `readLeaderEpochs` needs. */
  async canCompile(): Promise<boolean> {
    const { stdout } = await run('java', ['--list-modules']);
    return stdout.includes('jdk.compiler');
  }

  #java(args: readonly string[]): Promise<ToolRun> {
    // Java prints in the encoding of the locale, which on many machines cannot say what keys hold.
    const encoding = [
      '-Dfile.encoding=UTF-8',
      '-Dsun.stdout.encoding=UTF-8',
      '-Dstdout.encoding=UTF-8',
    ];
    // The first compiler alone: these runs end before the second one pays off.
    return run('java', [...encoding, '-XX:TieredStopAtLevel=1', '-cp', this.#classPath, ...args]);
  }
}

/**
 * The tools, or the reason why there are none on this machine. Where `CI` is set, an unreachable
 * repository is a failure: there the judge must not stay away unnoticed.
 */
export async function kafkaTools(): Promise<KafkaTools | { readonly missing: string }> {
  if (!(await exists('java', ['-version']))) return { missing: 'java is not installed' };
  const pom = path.join(HERE, 'pom.xml');
  const digest = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12);
  const jars = path.join(CACHE, `kafka-tools-${digest}`);
  if (!existsSync(jars)) {
    if (!(await exists('mvn', ['-v']))) return { missing: 'mvn is not installed' };
    const unfinished = `${jars}.${process.pid}`;
    mkdirSync(CACHE, { recursive: true });
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`];
    const resolved = await run('mvn', ['-q', '-B', '-f', pom, ...goal]);
    if (resolved.exitCode !== 0) {
      rmSync(unfinished, { recursive: true, force: true });
      const reason = `maven could not fetch Kafka: ${(resolved.stdout + resolved.stderr).trim()}`;
      if (process.env['CI']) throw new Error(reason);
      return { missing: reason.split('\n')[0] ?? reason };
    }
    // Whole or not there; another run may have been faster.
    if (existsSync(jars)) rmSync(unfinished, { recursive: true });
    else renameSync(unfinished, jars);
  }
  return new KafkaTools(path.join(jars, '*'));
}

async function exists(command: string, args: readonly string[]): Promise<boolean> {
  try {
    return (await run(command, args)).exitCode === 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Rejects where the command cannot be started. */
function run(command: string, args: readonly string[]): Promise<ToolRun> {
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
