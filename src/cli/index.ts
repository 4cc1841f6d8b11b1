import { CommanderError } from 'commander';
import { InvariantViolation } from '../base/assert.ts';
import { EXIT, type Cli } from './cli.ts';
import { describeError, exitCodeOf } from './command-error.ts';
import { thisPackage } from './package.ts';
import { createProgram } from './program.ts';

/**
 * Runs the command with the arguments behind its name, and answers with its exit code. It never ends
 * the process; a broken invariant is passed on to whoever does.
 */
export async function main(argv: readonly string[], surroundings?: Partial<Cli>): Promise<number> {
  const cli: Cli = {
    stdout: process.stdout,
    stderr: process.stderr,
    // Asked for only by those who read: to open it is to take it from whoever shares it.
    get stdin() {
      return process.stdin;
    },
    environment: process.env,
    script: process.argv[1] ?? 'odradek',
    directory: process.cwd(),
    exitCode: EXIT.done,
    ...surroundings,
  };
  const program = createProgram(cli, thisPackage().version);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    if (error instanceof InvariantViolation) throw error;
    // What commander has to say, it has said; help and version that were asked for are no failure.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    cli.stderr.write(`${describeError(error, argv.includes('--verbose'))}\n`);
    return exitCodeOf(error);
  }
}
