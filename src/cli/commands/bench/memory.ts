import { Command } from 'commander';
import type { MemoryRow } from '../../../../bench/memory.ts';
import type { Durability } from '../../../../bench/produce.ts';
import { EXIT, action, note, type Cli } from '../../cli.ts';
import { wholeNumber } from '../../options.ts';
import { withOutputOptions, type Column, type OutputOptions } from '../../output.ts';
import { onCluster, withBatchBytes, withDataDirectory, withOneDurability } from './experiment.ts';
import { configurationOf, printReport } from './report.ts';

interface MemoryBenchOptions extends OutputOptions {
  readonly idleSeconds: number;
  readonly seconds: number;
  readonly size: number;
  readonly batchBytes: number;
  readonly durability: Durability;
  readonly dataDir?: string;
}

export function benchMemoryCommand(cli: Cli): Command {
  const command = new Command('memory')
    .description('how much memory the controller and three brokers take, idle and flat out')
    .option('--idle-seconds <count>', 'after the start', wholeNumber(0, 86_400), 10)
    .option('--seconds <count>', 'of the producer, flat out', wholeNumber(1, 86_400), 30)
    .option('--size <bytes>', 'of each message', wholeNumber(4, 1e6), 100);
  withDataDirectory(withOneDurability(withBatchBytes(command)));
  return withOutputOptions(command).action(
    action(cli, async (options: MemoryBenchOptions) => {
      const { benchMemory } = await import('../../../../bench/memory.ts');
      const rows = await onCluster(cli, options, (cluster) =>
        benchMemory(cluster, { ...options, say: (line) => note(cli, line) }),
      );
      await printReport(cli, options, {
        title: 'Memory of the controller and three brokers, in MB',
        configuration: configurationOf(options, {
          brokers: 3,
          partitions: 1,
          replicationFactor: 3,
        }),
        rows,
        columns: COLUMNS,
      });
      return EXIT.done;
    }),
  );
}

const COLUMNS: readonly Column<MemoryRow>[] = [
  { header: 'PHASE', value: ({ phase }) => phase },
  { header: 'PROCESS', value: ({ process }) => process },
  { header: 'RSS', value: ({ residentMegabytes }) => residentMegabytes },
  { header: 'PSS', value: ({ proportionalMegabytes }) => proportionalMegabytes },
  { header: 'HIGH WATER', value: ({ highWaterMegabytes }) => highWaterMegabytes },
  { header: 'MESSAGES', value: ({ messages }) => messages.toLocaleString('en') },
];
