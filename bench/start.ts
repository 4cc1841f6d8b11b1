/** How long it takes from nothing to the first acknowledged write on a topic with three replicas. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, isOdradekError } from '../src/client/index.ts';
import { freePortRange } from './cluster.ts';
import { spreadOf, type Spread } from './statistics.ts';

export interface StartRow {
  readonly experiment: 'start';
  readonly system: 'odradek';
  /** `in process`: `startCluster`, imports done. `processes`: `odradek up`, from the command on. */
  readonly mode: 'in process' | 'processes';
  readonly replicationFactor: 3;
  readonly firstAckMs: Spread;
  readonly repetitions: number;
}

export async function benchStart(options: {
  readonly command: readonly string[];
  readonly repetitions: number;
  readonly say: (line: string) => void;
}): Promise<StartRow[]> {
  const inProcess: number[] = [];
  const processes: number[] = [];
  for (let repetition = 1; repetition <= options.repetitions; repetition += 1) {
    inProcess.push(await startInProcess());
    processes.push(await startProcesses(options.command));
    options.say(
      `${repetition}/${options.repetitions}: ${Math.round(inProcess.at(-1) ?? 0)} ms in process, ` +
        `${Math.round(processes.at(-1) ?? 0)} ms as processes`,
    );
  }
  const row = (mode: StartRow['mode'], times: readonly number[]): StartRow => {
    const { median, min, max } = spreadOf(times.map(Math.round));
    return {
      experiment: 'start',
      system: 'odradek',
      mode,
      replicationFactor: 3,
      firstAckMs: { median, min, max },
      repetitions: times.length,
    };
  };
  return [row('in process', inProcess), row('processes', processes)];
}

/** Each in a fresh process, so that nothing is warm but the imports. */
function startInProcess(): Promise<number> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('start-once.js', import.meta.url))],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let text = '';
  child.stdout.on('data', (data: Buffer) => (text += data.toString()));
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      if (code === 0) resolve(Number(text));
      else reject(new Error(`a start in process ended with exit code ${code}`));
    });
  });
}

async function startProcesses(command: readonly string[]): Promise<number> {
  const directory = await mkdtemp(path.join(tmpdir(), 'odradek-bench-'));
  const port = await freePortRange(4);
  const [program = process.execPath, ...before] = command;
  const startedAt = performance.now();
  const up = spawn(
    program,
    [...before, 'up', '--data-dir', directory, '--port', String(port + 1)],
    { stdio: ['ignore', 'ignore', 'ignore'] },
  );
  try {
    const client = new Client({ bootstrap: `127.0.0.1:${port + 1}` });
    await createTopic(client);
    const producer = client.producer();
    await producer.send('start', { key: null, value: 'first' });
    const milliseconds = performance.now() - startedAt;
    await client.close();
    return milliseconds;
  } finally {
    await new Promise((resolve) => {
      up.once('exit', resolve);
      up.kill('SIGINT');
    });
    await rm(directory, { recursive: true, force: true });
  }
}

/** The first broker answers before the third has joined: asked again until there are three. */
async function createTopic(client: Client): Promise<void> {
  for (;;) {
    try {
      await client.admin.createTopic('start', { partitions: 1, replicationFactor: 3 });
      return;
    } catch (error) {
      if (!isOdradekError(error) || error.code !== 'INVALID_REPLICATION_FACTOR') throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
