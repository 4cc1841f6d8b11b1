import { OdradekError } from '../base/errors.ts';
import { EXIT, type ExitCode } from './cli.ts';

/**
 * A failure that a command has understood: one sentence that says what happened and what to do. Its
 * code is the catalogue's where the failure has one.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;
  readonly code: string | null;

  constructor(
    message: string,
    options: { exitCode?: ExitCode; code?: string | null; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode ?? EXIT.failed;
    this.code = options.code ?? null;
  }
}

/** Wrong usage: what was asked for makes no sense as it is. */
export function usageError(message: string): CommandError {
  return new CommandError(message, { exitCode: EXIT.usage });
}

/** How an error is told: a sentence with its code, and a stack for those who ask. */
export function describeError(error: unknown, verbose: boolean): string {
  const sentence = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  const line = `odradek: ${sentence}${code === null ? '' : ` [${code}]`}`;
  if (!verbose || !(error instanceof Error)) return line;
  const causes: string[] = [];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    causes.push(`caused by ${cause.stack ?? cause.message}`);
  }
  return [line, error.stack ?? '', ...causes].join('\n');
}

export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof CommandError ? error.exitCode : EXIT.failed;
}

function codeOf(error: unknown): string | null {
  if (error instanceof OdradekError || error instanceof CommandError) return error.code;
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : null;
}
