import { Command } from 'commander';
import type { Cli } from './cli.ts';
import { COMMANDS } from './commands/index.ts';

/** The command with all its subcommands. `version` is the package's. */
export function createProgram(cli: Cli, version: string): Command {
  const program = new Command('odradek')
    .description('A partitioned, replicated log that never hides the cliff.')
    .version(version, '-V, --version', 'print the version');
  for (const create of COMMANDS) program.addCommand(create(cli, program));
  forEachCommand(program, (command) => {
    command
      // Throws instead of ending the process, which is the outermost frame's to do.
      .exitOverride()
      .configureOutput({
        writeOut: (text) => void cli.stdout.write(text),
        writeErr: (text) => void cli.stderr.write(text),
        outputError: (text, write) => write(text.replace(/^error: /, 'odradek: ')),
        getOutHasColors: () => hasColors(cli, cli.stdout.isTTY),
        getErrHasColors: () => hasColors(cli, cli.stderr.isTTY),
      })
      .helpOption('-h, --help', 'say what a command does')
      .showSuggestionAfterError()
      .showHelpAfterError('(add --help for what there is)');
    if (command.commands.length === 0) {
      command.option('--verbose', 'with an error, print where it comes from');
    } else if (command !== program) {
      command.helpCommand(false);
    }
  });
  return program;
}

/** Calls `visit` for a command and everything below it. */
export function forEachCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) forEachCommand(child, visit);
}

/** `NO_COLOR` is honoured when it is set to anything, as https://no-color.org asks. */
function hasColors(cli: Cli, isTTY: boolean | undefined): boolean {
  return isTTY === true && !cli.environment['NO_COLOR'];
}
