import { Command } from 'commander';
import type { ConsumeRow } from '../../../../bench/consume.ts';
import { EXIT, action, note, type Cli } from '../../cli.ts';
import { wholeNumber } from '../../options.ts';
import { withOutputOptions, type Column, type OutputOptions } from '../../output.ts';
import { onCluster, withBatchBytes, withDataDirectory, withRepetitions } from './experiment.ts';
import { configurationOf, printReport } from './report.ts';

interface ConsumeBenchOptions extends OutputOptions {
  readonly messages: number;
  readonly size: number;
  readonly repetitions: number;
  readonly batchBytes: number;
  readonly dataDir?: string;
}

export function benchConsumeCommand(cli: Cli): Command {
  const command = new Command('consume')
    .description('messages a second that one consumer reads from the start of one partition')
    .option('--messages <count>', 'in the topic', wholeNumber(1, 1e9), 5_000_000)
    .option('--size <bytes>', 'of each message', wholeNumber(4, 1e6), 100);
  withDataDirectory(withBatchBytes(withRepetitions(command, 'of the whole read')));
  return withOutputOptions(command).action(
    action(cli, async (options: ConsumeBenchOptions) => {
      const { benchConsume } = await import('../../../../bench/consume.ts');
      const row = await onCluster(cli, options, (cluster) =>
        benchConsume(cluster, { ...options, say: (line) => note(cli, line) }),
      );
      await printReport(cli, options, {
        title: 'Messages a second that one consumer reads from the start of a partition',
        configuration: configurationOf(options, { partitions: 1, replicationFactor: 3 }),
        rows: [row],
        columns: COLUMNS,
      });
      return EXIT.done;
    }),
  );
}

const COLUMNS: readonly Column<ConsumeRow>[] = [
  { header: 'BYTES', value: ({ size }) => size },
  { header: 'MESSAGES/S', value: (each) => each.messagesPerSecond.median },
  { header: 'MIN', value: (each) => each.messagesPerSecond.min },
  { header: 'MAX', value: (each) => each.messagesPerSecond.max },
  { header: 'BROKER µS', value: (each) => each.brokerCpuMicrosPerMessage },
  { header: 'CLIENT µS', value: (each) => each.clientCpuMicrosPerMessage },
  { header: 'VERIFIED', value: ({ verified }) => verified },
];
