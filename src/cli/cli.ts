import type { Readable, Writable } from 'node:stream';

/** What scripts rely on. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  unhealthy: 10,
  missed: 11,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A stream that may be a terminal. */
export interface Output extends Pick<Writable, 'write'> {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Where data comes in. */
export interface Input extends Readable {
  readonly isTTY?: boolean;
}

/** The surroundings of one run of the command, so that a test can provide its own. */
export interface Cli {
  /** Data, and nothing else. */
  readonly stdout: Output;
  /** Progress, notes, warnings, errors. */
  readonly stderr: Output;
  readonly stdin: Input;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The script that runs us, for commands that start others of our kind. */
  readonly script: string;
  readonly directory: string;
  /** What the action of the command that ran has answered. */
  exitCode: ExitCode;
}

/** Turns what a command does into what commander calls: its answer becomes the exit code. */
export function action<Arguments extends unknown[]>(
  cli: Cli,
  run: (...args: Arguments) => Promise<ExitCode>,
): (...args: Arguments) => Promise<void> {
  return async (...args) => {
    cli.exitCode = await run(...args);
  };
}

/** Writes a line for people: progress, notes, warnings. */
export function note(cli: Cli, line: string): void {
  cli.stderr.write(`${line}\n`);
}

/** Writes a line of data. */
export function print(cli: Cli, line: string): void {
  cli.stdout.write(`${line}\n`);
}
