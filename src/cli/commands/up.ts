import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { EXIT, action, note, type Cli, type ExitCode } from '../cli.ts';
import { CommandError } from '../command-error.ts';
import { DEFAULT_BOOTSTRAP, DEFAULT_DATA_DIRECTORY, wholeNumber } from '../options.ts';
import { printValue, withOutputOptions, type OutputOptions } from '../output.ts';
import { Progress } from '../progress.ts';
import { StopSignals } from '../stop-signals.ts';
import { planProcesses } from '../up/plan.ts';
import { isRunning, signalProcess } from '../up/process-identity.ts';
import { StateFile, type UpState } from '../up/state-file.ts';
import { Supervisor } from '../up/supervisor.ts';
import { delay } from '../up/watched-process.ts';

interface UpOptions extends OutputOptions {
  readonly brokers: number;
  readonly dataDir: string;
  readonly port: number;
  readonly detach?: true;
}

export function upCommand(cli: Cli): Command {
  const command = new Command('up')
    .description('start a controller and brokers as processes on this machine')
    .option('--brokers <count>', 'how many brokers', wholeNumber(1, 99), 3)
    .option('--data-dir <directory>', 'where to keep the data', DEFAULT_DATA_DIRECTORY)
    .option('--port <port>', 'the first broker’s port', wholeNumber(2, 65_535), 9_192)
    .option('--detach', 'return when all are ready, and let them run on');
  return withOutputOptions(command).action(
    action(cli, (options: UpOptions) => (options.detach === true ? detach : inFront)(cli, options)),
  );
}

/** Starts everything, says so, and stays until it is told to stop. */
async function inFront(cli: Cli, options: UpOptions): Promise<ExitCode> {
  const dataDirectory = path.resolve(cli.directory, options.dataDir);
  const stateFile = new StateFile(dataDirectory);
  const plan = planProcesses({ ...options, dataDirectory });
  await waitForFormerRun(cli, stateFile, dataDirectory);

  const supervisor = new Supervisor({
    program: process.execPath,
    script: cli.script,
    plan,
    stateFile,
    say: (line) => note(cli, line),
  });
  const signals = new StopSignals();
  try {
    const progress = new Progress(cli, () => `starting ${plan.length} processes …`);
    const stopAsked = signals.first;
    const started = supervisor.start().finally(() => progress.stop());
    const early = await Promise.race([started.then(() => null), stopAsked]);
    if (early === null) announce(cli, options, supervisor.state(), dataDirectory);
    else started.catch(() => {}); // It fails because we stop it, which was asked for.
    await stopAsked;

    note(cli, 'stopping; once more to stop at once');
    const atOnce = await Promise.race([
      supervisor.stop().then(() => false),
      signals.second.then(() => true),
    ]);
    if (atOnce) supervisor.kill();
    return atOnce ? EXIT.failed : EXIT.done;
  } finally {
    signals.dispose();
  }
}

/**
 * Starts this very command again in the background, without a terminal, and waits until it is ready
 * or has failed. What it says goes to a log beside the others.
 */
async function detach(cli: Cli, options: UpOptions): Promise<ExitCode> {
  const dataDirectory = path.resolve(cli.directory, options.dataDir);
  const stateFile = new StateFile(dataDirectory);
  await waitForFormerRun(cli, stateFile, dataDirectory);
  const logFile = path.join(dataDirectory, 'logs', 'up.log');
  mkdirSync(path.dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  const logStart = statSync(logFile).size;
  const child = spawn(
    process.execPath,
    [
      ...[cli.script, 'up', '--brokers', `${options.brokers}`],
      ...['--data-dir', dataDirectory, '--port', `${options.port}`],
    ],
    { detached: true, stdio: ['ignore', log, log], cwd: cli.directory },
  );
  closeSync(log);
  let ended = false;
  child.once('exit', () => (ended = true));
  child.once('error', () => (ended = true));

  const progress = new Progress(cli, () => `starting ${options.brokers + 1} processes …`);
  try {
    while (!ended) {
      const state = stateFile.read();
      if (state?.state === 'ready' && state.supervisor.pid === child.pid) {
        child.unref();
        announce(cli, options, state, dataDirectory);
        return EXIT.done;
      }
      await delay(50);
    }
  } finally {
    progress.stop();
  }
  const said = readFileSync(logFile)
    .subarray(logStart)
    .toString()
    .split('\n')
    .findLast((line) => line.startsWith('odradek: '));
  throw new CommandError(said?.slice('odradek: '.length) ?? `it did not start; see ${logFile}`);
}

/**
 * Refuses a data directory from which another `up` runs. One that was killed has left processes that
 * are about to stop because it has gone; they are given the time, and asked.
 */
async function waitForFormerRun(
  cli: Cli,
  stateFile: StateFile,
  dataDirectory: string,
): Promise<void> {
  const former = stateFile.read();
  if (former === null) return;
  if (isRunning(former.supervisor)) {
    throw new CommandError(
      `odradek is up from ${dataDirectory} already (pid ${former.supervisor.pid}); ` +
        'stop it with Ctrl-C there, or with `odradek down`',
      { code: 'DATA_DIRECTORY_IN_USE' },
    );
  }
  const left = former.processes.filter(isRunning);
  if (left.length > 0) note(cli, 'waiting for the processes of an earlier run to stop …');
  for (const each of left) {
    signalProcess(each, 'SIGTERM');
    signalProcess(each, 'SIGCONT');
  }
  for (let waitedMs = 0; left.some(isRunning); waitedMs += 50) {
    if (waitedMs >= 30_000) {
      const pids = left.filter(isRunning).map(({ pid }) => pid);
      throw new CommandError(
        `processes of an earlier run (${pids.join(', ')}) do not stop; end them by hand`,
        { code: 'DATA_DIRECTORY_IN_USE' },
      );
    }
    await delay(50);
  }
  stateFile.remove();
}

/** Where it listens, and the next three commands to try. */
function announce(cli: Cli, options: UpOptions, state: UpState, dataDirectory: string): void {
  // The sentence is for people and for logs: elsewhere than on a terminal as well, unless told.
  const asked = options.json === true || options.format !== undefined;
  printValue(cli, asked ? options : { format: 'table' }, state, () => {
    const [controller, ...brokers] = state.processes;
    const first = brokers[0]?.grpc ?? '';
    const addressed = first === DEFAULT_BOOTSTRAP ? '' : ` --bootstrap ${first}`;
    const command = commandName(cli);
    const from = options.dataDir === DEFAULT_DATA_DIRECTORY ? '' : ` --data-dir ${options.dataDir}`;
    return [
      `odradek is up: ${brokers.length} broker${brokers.length === 1 ? '' : 's'} and a controller`,
      '',
      `  brokers     ${brokers.map(({ grpc }) => grpc).join('  ')}`,
      `  controller  ${controller?.grpc ?? ''}`,
      `  http        ${brokers.map(({ http }) => `http://${http}`).join('  ')}`,
      `  data        ${dataDirectory} (logs in ${path.join(dataDirectory, 'logs')})`,
      '',
      'Try:',
      `  ${command} topic create flights --partitions 6${addressed}`,
      `  echo '{"origin":"SFO"}' | ${command} produce flights --key-field origin${addressed}`,
      `  ${command} consume flights --from start${addressed}`,
      '',
      options.detach === true
        ? `It runs on; \`${command} down${from}\` stops it.`
        : 'Ctrl-C stops it cleanly.',
    ].join('\n');
  });
}

/** How the person in front would write this command: from a checkout by its path. */
function commandName(cli: Cli): string {
  const relative = path.relative(cli.directory, realpathSync(cli.script));
  return relative.startsWith('..') || path.isAbsolute(relative) ? 'odradek' : `./${relative}`;
}
