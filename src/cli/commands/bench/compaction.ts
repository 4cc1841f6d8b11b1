import { Command } from 'commander';
import type { CompactionRow } from '../../../../bench/compaction.ts';
import { EXIT, action, note, type Cli } from '../../cli.ts';
import { wholeNumber } from '../../options.ts';
import { withOutputOptions, type Column, type OutputOptions } from '../../output.ts';
import { onCluster, withDataDirectory } from './experiment.ts';
import { configurationOf, printReport } from './report.ts';

interface CompactionBenchOptions extends OutputOptions {
  readonly keys: number;
  readonly bytes: number;
  readonly versions: number;
  readonly rate: number;
  readonly dataDir?: string;
}

export function benchCompactionCommand(cli: Cli): Command {
  const command = new Command('compaction')
    .description('how long a topic takes to be compacted, and what others feel of it')
    .option('--keys <count>', 'that are different', wholeNumber(2, 1e8), 1_000_000)
    .option('--bytes <bytes>', 'of all records together', wholeNumber(1, 1e12), 1 << 30)
    .option('--versions <count>', 'of each key', wholeNumber(1, 1_000), 3)
    .option(
      '--rate <count>',
      'messages a second of the producer beside it',
      wholeNumber(1, 1e6),
      5_000,
    );
  return withOutputOptions(withDataDirectory(command)).action(
    action(cli, async (options: CompactionBenchOptions) => {
      const { benchCompaction } = await import('../../../../bench/compaction.ts');
      const { dataDir } = options;
      const toMeasure = {
        brokers: 1,
        brokerFlags: ['--log-cleaner-backoff-ms', '500'],
        ...(dataDir === undefined ? {} : { dataDir }),
      };
      const row = await onCluster(cli, toMeasure, (cluster) =>
        benchCompaction(cluster, {
          ...options,
          messagesPerSecond: options.rate,
          quietSeconds: 20,
          say: (line) => note(cli, line),
        }),
      );
      await printReport(cli, options, {
        title:
          'Seconds until a topic is compacted, and what its broker’s memory and others feel of it',
        configuration: configurationOf(options, { replicationFactor: 1, brokers: 1 }),
        rows: [row],
        columns: COLUMNS,
      });
      return EXIT.done;
    }),
  );
}

const COLUMNS: readonly Column<CompactionRow>[] = [
  { header: 'KEYS', value: ({ keys }) => keys.toLocaleString('en') },
  { header: 'RECORDS', value: ({ records }) => records.toLocaleString('en') },
  { header: 'MB', value: (each) => each.megabytesBefore },
  { header: 'MB AFTER', value: (each) => each.megabytesAfter },
  { header: 'SECONDS', value: (each) => each.seconds },
  { header: 'BROKER MB', value: (each) => each.brokerMegabytes.before },
  { header: 'PEAK MB', value: (each) => each.brokerMegabytes.peak },
  { header: 'QUIET P99 MS', value: (each) => each.producerP99Ms.quiet },
  { header: 'P99 MS', value: (each) => each.producerP99Ms.during },
  { header: 'READS', value: (each) => each.readsDuring },
  { header: 'VERIFIED', value: (each) => each.verified },
];
