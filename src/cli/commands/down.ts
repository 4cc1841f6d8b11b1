import path from 'node:path';
import { Command } from 'commander';
import { EXIT, action, note, type Cli, type ExitCode } from '../cli.ts';
import { CommandError } from '../command-error.ts';
import { DEFAULT_DATA_DIRECTORY } from '../options.ts';
import { Progress } from '../progress.ts';
import { isRunning, signalProcess } from '../up/process-identity.ts';
import { StateFile } from '../up/state-file.ts';
import { delay } from '../up/watched-process.ts';

/** Longer than the supervisor takes for brokers and controller when both are killed in the end. */
const TIMEOUT_MS = 90_000;

export function downCommand(cli: Cli): Command {
  return new Command('down')
    .description('stop what `up --detach` started')
    .option('--data-dir <directory>', 'where its data is', DEFAULT_DATA_DIRECTORY)
    .action(action(cli, (options: { dataDir: string }) => down(cli, options.dataDir)));
}

/**
 * Asks the supervisor to stop, and the processes themselves where it has died. Stopping what does not
 * run is done at once.
 */
async function down(cli: Cli, directory: string): Promise<ExitCode> {
  const dataDirectory = path.resolve(cli.directory, directory);
  const stateFile = new StateFile(dataDirectory);
  const state = stateFile.read();
  if (state === null) {
    note(cli, `nothing runs from ${dataDirectory}`);
    return EXIT.done;
  }
  const asked = signalProcess(state.supervisor, 'SIGTERM')
    ? [state.supervisor, ...state.processes]
    : state.processes.filter((each) => signalProcess(each, 'SIGTERM'));

  const left = () => asked.filter(isRunning);
  const progress = new Progress(cli, () => `stopping ${left().length} processes …`);
  try {
    const deadline = performance.now() + TIMEOUT_MS;
    while (left().length > 0) {
      if (performance.now() > deadline) {
        const pids = left().map(({ pid }) => pid);
        throw new CommandError(`these processes do not stop: ${pids.join(', ')}; kill them`);
      }
      await delay(50);
    }
  } finally {
    progress.stop();
  }
  stateFile.remove();
  note(cli, asked.length === 0 ? `nothing ran from ${dataDirectory} any more` : 'stopped');
  return EXIT.done;
}
