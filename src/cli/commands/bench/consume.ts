import { Command } from 'commander';
import type { ConsumeBesideRow } from '../../../../bench/consume-beside.ts';
import type { ConsumeRow } from '../../../../bench/consume.ts';
import type { PeerName } from '../../../../bench/peers/peer.ts';
import { EXIT, action, note, type Cli, type ExitCode } from '../../cli.ts';
import { usageError } from '../../command-error.ts';
import { wholeNumber } from '../../options.ts';
import { withOutputOptions, type Column, type OutputOptions } from '../../output.ts';
import {
  onCluster,
  withBatchBytes,
  withDataDirectory,
  withPeers,
  withRepetitions,
} from './experiment.ts';
import { configurationOf, printReport } from './report.ts';

interface ConsumeBenchOptions extends OutputOptions {
  readonly messages: number;
  readonly size: number;
  readonly repetitions: number;
  readonly batchBytes: number;
  readonly dataDir?: string;
  readonly peer?: readonly PeerName[];
}

export function benchConsumeCommand(cli: Cli): Command {
  const command = new Command('consume')
    .description('messages a second that one consumer reads from the start of one partition')
    .option('--messages <count>', 'in the topic', wholeNumber(1, 1e9), 5_000_000)
    .option('--size <bytes>', 'of each message', wholeNumber(4, 1e6), 100);
  withDataDirectory(withBatchBytes(withRepetitions(command, 'of the whole read')));
  withPeers(command, ['kafka']);
  return withOutputOptions(command).action(
    action(cli, async (options: ConsumeBenchOptions) => {
      if (options.peer !== undefined) return besideKafka(cli, options);
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

/** The same machine, both systems, in turns. */
async function besideKafka(cli: Cli, options: ConsumeBenchOptions): Promise<ExitCode> {
  const { benchConsumeBeside } = await import('../../../../bench/consume-beside.ts');
  const { dataDir } = options;
  const beside = await onCluster(cli, options, (cluster) =>
    benchConsumeBeside(cluster, {
      ...options,
      ...(dataDir === undefined ? {} : { dataDirectory: dataDir }),
      say: (line) => note(cli, line),
    }),
  );
  if ('missing' in beside) throw usageError(`kafka cannot be measured here: ${beside.missing}`);
  await printReport(cli, options, {
    title: 'Messages a second that one consumer reads from the start of a partition, beside kafka',
    configuration: configurationOf(options, { partitions: 1, replicationFactor: 3 }),
    versions: { kafka: beside.version },
    rows: beside.rows,
    columns: BESIDE_COLUMNS,
  });
  return EXIT.done;
}

const BESIDE_COLUMNS: readonly Column<ConsumeBesideRow>[] = [
  { header: 'SYSTEM', value: ({ system }) => system },
  { header: 'BYTES', value: ({ size }) => size },
  { header: 'MESSAGES/S', value: (row) => row.messagesPerSecond.median.toLocaleString('en') },
  { header: 'MIN', value: (row) => row.messagesPerSecond.min.toLocaleString('en') },
  { header: 'MAX', value: (row) => row.messagesPerSecond.max.toLocaleString('en') },
  { header: 'TIMES KAFKA', value: ({ ratio }) => ratio },
  { header: 'BROKER µS', value: (row) => row.brokerCpuMicrosPerMessage.median },
  { header: 'VERIFIED', value: ({ verified }) => verified },
];

const COLUMNS: readonly Column<ConsumeRow>[] = [
  { header: 'BYTES', value: ({ size }) => size },
  { header: 'MESSAGES/S', value: (each) => each.messagesPerSecond.median },
  { header: 'MIN', value: (each) => each.messagesPerSecond.min },
  { header: 'MAX', value: (each) => each.messagesPerSecond.max },
  { header: 'BROKER µS', value: (each) => each.brokerCpuMicrosPerMessage },
  { header: 'CLIENT µS', value: (each) => each.clientCpuMicrosPerMessage },
  { header: 'VERIFIED', value: ({ verified }) => verified },
];
