import { Command } from 'commander';
import type { ScaleRow } from '../../../../bench/scale.ts';
import type { Spread } from '../../../../bench/statistics.ts';
import { EXIT, action, note, type Cli } from '../../cli.ts';
import { wholeNumber } from '../../options.ts';
import { withOutputOptions, type Column, type OutputOptions } from '../../output.ts';
import {
  namesOf,
  onCluster,
  withBatchBytes,
  withDataDirectory,
  withRepetitions,
} from './experiment.ts';
import { configurationOf, printReport, withPlot } from './report.ts';

interface ScaleBenchOptions extends OutputOptions {
  readonly axis: string;
  readonly messages: number;
  readonly repetitions: number;
  readonly batchBytes: number;
  readonly dataDir?: string;
  readonly plot?: string;
}

export function benchScaleCommand(cli: Cli): Command {
  const command = new Command('scale')
    .description('how throughput changes with partitions, producers, sizes, keys and durability')
    .option(
      '--axis <names>',
      'what varies: partitions, producers, size, keys, compression, acks, durability, or all',
      'all',
    )
    .option(
      '--messages <count>',
      'of each repetition; fewer where they are larger than 100 bytes',
      wholeNumber(1, 1e9),
      2_000_000,
    );
  withDataDirectory(withBatchBytes(withRepetitions(command, 'of each point', 3)));
  return withOutputOptions(withPlot(command)).action(
    action(cli, async (options: ScaleBenchOptions) => {
      const { AXIS_NAMES, benchScale } = await import('../../../../bench/scale.ts');
      const axes = namesOf('--axis', options.axis, AXIS_NAMES);
      const rows = await benchScale({
        ...options,
        axes,
        onCluster: (measure) => onCluster(cli, options, measure),
        say: (line) => note(cli, line),
      });
      await printReport(cli, options, {
        title: 'Messages a second that producers have acknowledged, one thing varied at a time',
        configuration: configurationOf(options, { axis: axes, brokers: 3 }),
        rows,
        columns: COLUMNS,
        bars: {
          unit: 'messages/s',
          bars: rows.map((row) => ({
            label: row.label,
            group: row.axis,
            spread: row.messagesPerSecond,
          })),
        },
      });
      return rows.every(({ verified }) => verified) ? EXIT.done : EXIT.failed;
    }),
  );
}

const numberOf =
  (of: (row: ScaleRow) => Spread | null, which: keyof Spread = 'median') =>
  (row: ScaleRow) =>
    of(row)?.[which] ?? null;
const rateOf = (which: keyof Spread) => (row: ScaleRow) =>
  row.messagesPerSecond?.[which].toLocaleString('en') ?? null;

const COLUMNS: readonly Column<ScaleRow>[] = [
  { header: 'AXIS', value: ({ axis }) => axis },
  { header: 'AT', value: ({ label }) => label },
  { header: 'MESSAGES/S', value: rateOf('median') },
  { header: 'MIN', value: rateOf('min') },
  { header: 'MAX', value: rateOf('max') },
  { header: 'MB/S', value: numberOf((row) => row.megabytesPerSecond) },
  { header: 'TIMES BASE', value: ({ timesBase }) => timesBase },
  { header: 'BROKER µS', value: numberOf((row) => row.brokerCpuMicrosPerMessage) },
  { header: 'CLIENT µS', value: numberOf((row) => row.clientCpuMicrosPerMessage) },
  { header: 'BROKER MB', value: numberOf((row) => row.brokerPeakMegabytes, 'max') },
  { header: 'VERIFIED', value: ({ verified, failure }) => failure?.split('\n')[0] ?? verified },
];
