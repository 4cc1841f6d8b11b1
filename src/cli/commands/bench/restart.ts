import { Command, InvalidArgumentError } from 'commander';
import type { Durability } from '../../../../bench/produce.ts';
import type { RestartRow } from '../../../../bench/restart.ts';
import { parseBytes } from '../../../base/units.ts';
import { EXIT, action, note, type Cli } from '../../cli.ts';
import { CommandError } from '../../command-error.ts';
import { wholeNumber } from '../../options.ts';
import { withOutputOptions, type Column, type OutputOptions } from '../../output.ts';
import { onCluster, withBatchBytes, withDataDirectory, withOneDurability } from './experiment.ts';
import { configurationOf, printReport } from './report.ts';

interface RestartBenchOptions extends OutputOptions {
  readonly logBytes: number;
  readonly partitions: number;
  readonly kills: number;
  readonly rate: number;
  readonly size: number;
  readonly batchBytes: number;
  readonly durability: Durability;
  readonly dataDir?: string;
}

export function benchRestartCommand(cli: Cli): Command {
  const command = new Command('restart')
    .description('how long a broker with large logs takes to serve again after kill −9')
    .option('--log-bytes <size>', 'of the topic, on each broker', size, 10 * 2 ** 30)
    .option('--partitions <count>', 'of the topic', wholeNumber(1, 10_000), 1)
    .option('--kills <count>', 'of its leader', wholeNumber(1, 1_000), 3)
    .option('--rate <count>', 'messages a second meanwhile', wholeNumber(1, 1e6), 1_000)
    .option('--size <bytes>', 'of each message', wholeNumber(100, 1e6), 1_000);
  withDataDirectory(withOneDurability(withBatchBytes(command)));
  return withOutputOptions(command).action(
    action(cli, async (options: RestartBenchOptions) => {
      const { benchRestart, shortageOf } = await import('../../../../bench/restart.ts');
      const shortage = await shortageOf(options.logBytes, options.dataDir);
      if (shortage !== null) throw new CommandError(`there is not enough disk: ${shortage}`);
      const row = await onCluster(cli, { ...options, logLevel: 'error' }, (cluster) =>
        benchRestart(cluster, { ...options, say: (line) => note(cli, line) }),
      );
      await printReport(cli, options, {
        title: 'How long a broker takes to serve again after kill −9, in ms',
        configuration: configurationOf(options, { brokers: 3, replicationFactor: 3 }),
        rows: [row],
        columns: COLUMNS,
      });
      return EXIT.done;
    }),
  );
}

function size(text: string): number {
  const bytes = parseBytes(text);
  if (bytes === null || bytes < 1)
    throw new InvalidArgumentError('It must be a size such as 10GiB.');
  return bytes;
}

const COLUMNS: readonly Column<RestartRow>[] = [
  { header: 'MB', value: ({ logMegabytes }) => logMegabytes },
  { header: 'PARTITIONS', value: ({ partitions }) => partitions },
  { header: 'DURABILITY', value: ({ durability }) => durability },
  { header: 'KILLS', value: ({ kills }) => kills },
  { header: 'ACTIVE P50 MS', value: ({ activeMs }) => activeMs.p50 },
  { header: 'ACTIVE MAX MS', value: ({ activeMs }) => activeMs.max },
  { header: 'IN SYNC P50 MS', value: ({ inSyncMs }) => inSyncMs.p50 },
  { header: 'IN SYNC MAX MS', value: ({ inSyncMs }) => inSyncMs.max },
  { header: 'VERIFIED', value: ({ verified }) => verified },
];
