/** What the experiments' commands share: the cluster that they measure, and the options of several. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { BenchCluster } from '../../../../bench/cluster.ts';
import type { PeerName } from '../../../../bench/peers/peer.ts';
import type { Acks, Durability } from '../../../../bench/produce.ts';
import type { Cli } from '../../cli.ts';
import { usageError } from '../../command-error.ts';
import { wholeNumber } from '../../options.ts';

export interface ClusterToMeasure {
  readonly dataDir?: string;
  /** Processes to start: 3 unless told. */
  readonly brokers?: number;
  /** Flags of every broker. */
  readonly brokerFlags?: readonly string[];
  /** Of the cluster's processes: warn; error where brokers are killed and the others would say so. */
  readonly logLevel?: 'warn' | 'error';
}

/** A cluster of this command's own, for as long as `measure` takes. */
export async function onCluster<T>(
  cli: Cli,
  { dataDir, brokers = 3, brokerFlags = [], logLevel = 'warn' }: ClusterToMeasure,
  measure: (cluster: BenchCluster) => Promise<T>,
): Promise<T> {
  const { startBenchCluster } = await import('../../../../bench/cluster.ts');
  const cluster = await startBenchCluster({
    command: [process.execPath, cli.script],
    brokers,
    brokerFlags,
    logLevel,
    ...(dataDir === undefined ? {} : { directory: dataDir }),
  });
  try {
    return await measure(cluster);
  } finally {
    await cluster.stop();
  }
}

/** Adds `--data-dir` to a command that measures a disk. */
export function withDataDirectory(command: Command): Command {
  return command.option(
    '--data-dir <directory>',
    'where the cluster keeps its data: the disk to measure',
  );
}

/** Adds `--repetitions`. */
export function withRepetitions(command: Command, ofWhat: string, count = 5): Command {
  return command.option('--repetitions <count>', ofWhat, wholeNumber(1, 1_000), count);
}

/** Adds `--durability`. */
export function withDurability(command: Command): Command {
  return command.option('--durability <durability>', 'page-cache, fsync or both', 'both');
}

/** Adds `--durability` to a command that measures one of them. */
export function withOneDurability(command: Command): Command {
  return command.addOption(
    new Option('--durability <durability>', 'of the topic')
      .choices(['page-cache', 'fsync'])
      .default('fsync'),
  );
}

/** Adds `--peer`, which may name several, by commas or again. */
export function withPeers(command: Command, names: readonly PeerName[]): Command {
  const parse = (text: string, before: readonly PeerName[] = []): PeerName[] => {
    const peers = new Set(before);
    for (const word of text.split(',')) {
      const name = names.find((each) => each === word);
      if (name === undefined) throw new InvalidArgumentError(`There are ${names.join(', ')}.`);
      peers.add(name);
    }
    return [...peers];
  };
  return command.option('--peer <system,…>', `measure beside it: ${names.join(', ')}`, parse);
}

/** Adds `--batch-bytes`. */
export function withBatchBytes(command: Command): Command {
  return command.option(
    '--batch-bytes <bytes>',
    'largest batch',
    wholeNumber(1_024, 64 << 20),
    1 << 20,
  );
}

/** Some of `known`, separated by commas, in the order of that list; or `all`. */
export function namesOf<Name extends string>(
  option: string,
  text: string,
  known: readonly Name[],
): readonly Name[] {
  if (text === 'all') return known;
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (known.some((each) => each === name)) continue;
    throw usageError(`${option} cannot be ${name}: it is all, or some of ${known.join(', ')}`);
  }
  return known.filter((name) => names.includes(name));
}

export function acksOf(text: string): Acks {
  if (text === 'all') return 'all';
  if (text === '1') return 1;
  if (text === '0') return 0;
  throw usageError(`--acks cannot be ${text}: it is 0, 1 or all`);
}

export function durabilitiesOf(text: string): Durability[] {
  if (text === 'both') return ['page-cache', 'fsync'];
  if (text === 'page-cache' || text === 'fsync') return [text];
  throw usageError(`--durability cannot be ${text}: it is page-cache, fsync or both`);
}
