import { Command } from 'commander';
import type { GrowthRow } from '../../../../bench/growth.ts';
import { EXIT, action, note, type Cli } from '../../cli.ts';
import { byteCount, wholeNumber } from '../../options.ts';
import { withOutputOptions, type Column, type OutputOptions } from '../../output.ts';
import {
  namesOf,
  onCluster,
  withBatchBytes,
  withDataDirectory,
  withRepetitions,
} from './experiment.ts';
import { configurationOf, printReport } from './report.ts';

interface GrowthBenchOptions extends OutputOptions {
  readonly part: string;
  readonly messages: number;
  readonly replicas: number;
  readonly logBytes: number;
  readonly repetitions: number;
  readonly batchBytes: number;
  readonly dataDir?: string;
}

export function benchGrowthCommand(cli: Cli): Command {
  const command = new Command('growth')
    .description('what a thousand partitions, idle replicas and a long log cost')
    .option('--part <names>', 'what grows: partitions, memory, log, or all', 'all')
    .option('--messages <count>', 'of each repetition', wholeNumber(1, 1e9), 2_000_000)
    .option('--replicas <count>', 'idle ones that are added', wholeNumber(3, 30_000), 3_000)
    .option('--log-bytes <size>', 'of each replica of the long log', byteCount(1e6), 10 * 2 ** 30);
  withDataDirectory(withBatchBytes(withRepetitions(command, 'of each measurement', 3)));
  return withOutputOptions(command).action(
    action(cli, async (options: GrowthBenchOptions) => {
      const { GROWTH_PARTS, benchGrowth } = await import('../../../../bench/growth.ts');
      const parts = namesOf('--part', options.part, GROWTH_PARTS);
      const rows = await benchGrowth({
        ...options,
        parts,
        onCluster: (measure) => onCluster(cli, options, measure),
        say: (line) => note(cli, line),
      });
      await printReport(cli, options, {
        title: 'What growth costs: with little of it, with much of it, and one against the other',
        configuration: configurationOf(options, {
          ...{ part: parts, size: 100, replicationFactor: 3 },
          ...{ acks: 'all', durability: 'fsync', brokers: 3 },
        }),
        rows,
        columns: COLUMNS,
      });
      return EXIT.done;
    }),
  );
}

const COLUMNS: readonly Column<GrowthRow>[] = [
  { header: 'WHAT', value: ({ what }) => what },
  { header: 'UNIT', value: ({ unit }) => unit },
  { header: 'LITTLE', value: ({ little }) => little.median.toLocaleString('en') },
  { header: 'MUCH', value: ({ much }) => much.median.toLocaleString('en') },
  { header: 'MIN', value: ({ much }) => much.min.toLocaleString('en') },
  { header: 'MAX', value: ({ much }) => much.max.toLocaleString('en') },
  { header: 'FIGURE', value: ({ figure, figureUnit }) => `${figure} ${figureUnit}` },
  { header: 'AIM', value: ({ aim }) => aim },
  { header: 'REACHED', value: ({ reached }) => reached },
];
