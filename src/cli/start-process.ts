import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { OdradekError } from '../base/errors.ts';
import { describeConfig } from '../config/describe.ts';
import { flagOf, type ConfigSources, type LoadedConfig, type Role } from '../config/load.ts';
import type { RunningProcess } from '../main.ts';
import { EXIT, action, note, type Cli, type ExitCode } from './cli.ts';
import { CommandError, usageError } from './command-error.ts';
import { StopSignals } from './stop-signals.ts';

/** What both kinds of process need to be started. */
export interface ProcessKind<Config> {
  readonly role: Role;
  readonly description: string;
  load(sources: ConfigSources): LoadedConfig<Config>;
  /** Loads the composition root only when it is needed: other commands start without it. */
  start(config: Config): Promise<RunningProcess>;
}

/** `start`, with a flag for each of the role's settings. */
export function startCommand<Config extends { readonly shutdownTimeoutMs: number }>(
  cli: Cli,
  kind: ProcessKind<Config>,
): Command {
  const settings = describeConfig(kind.role);
  const command = new Command('start')
    .description(kind.description)
    .option('--config <file>', 'settings as YAML (ODRADEK_CONFIG)')
    .addOption(new Option('--stop-at-eof', 'stop when standard input ends').hideHelp());
  for (const { name, default: value, description } of settings) {
    const suffix = value === null ? '' : value === '' ? '' : ` (${value})`;
    command.option(`${flagOf(name)} <value>`, `${description}${suffix}`);
  }
  return command.action(
    action(cli, async (options: Readonly<Record<string, unknown>>) => {
      const flags: Record<string, string> = {};
      for (const { name } of settings) {
        const value = options[optionKey(name)];
        if (typeof value === 'string') flags[name] = value;
      }
      const path = stringOf(options['config']) ?? cli.environment['ODRADEK_CONFIG'];
      const loaded = kind.load({
        flags,
        environment: cli.environment,
        ...(path === undefined || path === '' ? {} : { file: { path, text: readConfig(path) } }),
      });
      if ('problems' in loaded) {
        throw new CommandError(loaded.problems.join('\nodradek: '), {
          exitCode: EXIT.usage,
          code: 'INVALID_CONFIG',
        });
      }
      return runUntilStopped(cli, kind, loaded.config, options['stopAtEof'] === true);
    }),
  );
}

/**
 * Starts the process and waits: for a signal, which stops it cleanly, or for its own end. A second
 * signal, or the shutdown timeout, cuts the clean stop short.
 */
async function runUntilStopped<Config extends { readonly shutdownTimeoutMs: number }>(
  cli: Cli,
  kind: ProcessKind<Config>,
  config: Config,
  stopAtEof: boolean,
): Promise<ExitCode> {
  const signals = new StopSignals();
  let release = (): void => {};
  try {
    const asked = Promise.race([signals.first, ...(stopAtEof ? [endOfInput()] : [])]);
    const running = await kind.start(config);
    // Loaded by now.
    release = (await import('../main.ts')).keepIdleHeapSmall();
    const ended = await Promise.race([running.stopped, asked.then(() => null)]);
    if (ended !== null) throw endedByItself(kind.role, ended.error);

    let timer: NodeJS.Timeout | undefined;
    const cutShort = Promise.race([
      signals.second.then((signal) => `by ${signal}`),
      new Promise<string>((resolve) => {
        timer = setTimeout(() => resolve('by shutdown.timeout.ms'), config.shutdownTimeoutMs);
      }),
    ]);
    const cut = await Promise.race([running.stop().then(() => null), cutShort]);
    clearTimeout(timer);
    if (cut !== null) {
      note(cli, `odradek: the clean stop of the ${kind.role} was cut short ${cut}`);
      return EXIT.failed;
    }
    const { error } = await running.stopped;
    if (error !== undefined) throw endedByItself(kind.role, error);
    return EXIT.done;
  } finally {
    release();
    signals.dispose();
  }
}

function endedByItself(role: Role, error: Error | undefined): Error {
  if (error instanceof OdradekError) return error;
  return new CommandError(`the ${role} ended by itself: ${error?.message ?? 'no reason given'}`, {
    cause: error,
  });
}

/** Resolves when whoever holds the other end of standard input has gone, however it went. */
function endOfInput(): Promise<'EOF'> {
  return new Promise((resolve) => {
    process.stdin.on('end', () => resolve('EOF'));
    process.stdin.on('error', () => resolve('EOF'));
    process.stdin.resume();
    // What is waited for must not keep a process alive that has stopped.
    if ('unref' in process.stdin) process.stdin.unref();
  });
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw usageError(`the configuration file ${path} cannot be read: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The name that commander gives an option's value: `logDir` for `--log-dir`. */
function optionKey(setting: string): string {
  return setting.replaceAll(/\.([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
