import { InvalidArgumentError, type Command } from 'commander';
import { parseBytes } from '../base/units.ts';
import type { Cli } from './cli.ts';
import { usageError } from './command-error.ts';

export const DEFAULT_BOOTSTRAP = '127.0.0.1:9192';
export const DEFAULT_DATA_DIRECTORY = './.odradek';

export interface ClusterOptions {
  readonly bootstrap?: string;
}

/** Adds `--bootstrap` to a command that talks to a cluster. */
export function withClusterOptions(command: Command): Command {
  return command.option(
    '--bootstrap <host:port,…>',
    `brokers to ask first (ODRADEK_BOOTSTRAP, else ${DEFAULT_BOOTSTRAP})`,
  );
}

/** The brokers to ask first: what was given, what the environment says, or the default. */
export function bootstrapOf(cli: Cli, { bootstrap }: ClusterOptions): string[] {
  const given = bootstrap ?? (cli.environment['ODRADEK_BOOTSTRAP'] || DEFAULT_BOOTSTRAP);
  const addresses = given.split(',').map((each) => each.trim());
  for (const address of addresses) {
    const port = /^(?:\[[0-9a-fA-F:.]+\]|[^:\s[\]]+):(\d{1,5})$/.exec(address)?.[1];
    if (port === undefined || Number(port) > 65_535) {
      const source = bootstrap === undefined ? 'ODRADEK_BOOTSTRAP' : '--bootstrap';
      throw usageError(`"${address}" (${source}) is no address; write it as host:port`);
    }
  }
  return addresses;
}

/** Parses an option's size, such as `10GiB`, from `min` on. */
export function byteCount(min: number): (text: string) => number {
  return (text) => {
    const value = parseBytes(text);
    if (value === null || value < min) {
      throw new InvalidArgumentError(`It must be a size from ${min} bytes, such as 10GiB.`);
    }
    return value;
  };
}

/** Parses an option's whole number between two bounds, inclusive. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}
