import { Command } from 'commander';
import type { FailoverPartitionsRow } from '../../../../bench/failover-partitions.ts';
import type { FailoverRow } from '../../../../bench/failover.ts';
import type { PeerName } from '../../../../bench/peers/peer.ts';
import type { Durability } from '../../../../bench/produce.ts';
import { EXIT, action, note, type Cli, type ExitCode } from '../../cli.ts';
import { usageError } from '../../command-error.ts';
import { wholeNumber } from '../../options.ts';
import { withOutputOptions, type Column, type OutputOptions } from '../../output.ts';
import { onCluster, withDataDirectory, withOneDurability, withPeers } from './experiment.ts';
import { configurationOf, printReport } from './report.ts';

interface FailoverBenchOptions extends OutputOptions {
  readonly kills?: number;
  readonly handovers: number;
  readonly rate: number;
  readonly size: number;
  readonly partitions: number;
  readonly durability: Durability;
  readonly dataDir?: string;
  readonly peer?: readonly PeerName[];
}

export function benchFailoverCommand(cli: Cli): Command {
  const command = new Command('failover')
    .description('how long nothing is acknowledged when a leader dies, and when it hands over')
    .option(
      '--kills <count>',
      'kill −9 of the leader: 20, or 1 with --partitions',
      wholeNumber(0, 10_000),
    )
    .option(
      '--handovers <count>',
      'by a clean stop and by an election, in turns',
      wholeNumber(0, 10_000),
      20,
    )
    .option('--rate <count>', 'messages a second', wholeNumber(1, 1e6), 1_000)
    .option('--size <bytes>', 'of each message', wholeNumber(4, 1e6), 100)
    .option(
      '--partitions <count>',
      'above 1: an experiment of its own, how long so many leaderships take to move',
      wholeNumber(1, 100_000),
      1,
    );
  withPeers(withDataDirectory(withOneDurability(command)), ['kafka']);
  return withOutputOptions(command).action(
    action(cli, async (options: FailoverBenchOptions) => {
      if (options.partitions > 1) return manyPartitions(cli, options);
      const kills = options.kills ?? KILLS;
      const { benchFailover } = await import('../../../../bench/failover.ts');
      const rows = await onCluster(cli, { ...options, logLevel: 'error' }, (cluster) =>
        benchFailover(cluster, {
          ...options,
          kills,
          say: (line) => note(cli, line),
        }),
      );
      const beside = options.peer === undefined ? null : await besideKafka(cli, options, kills);
      await printReport(cli, options, {
        title:
          'How long nothing is acknowledged when the leader dies, and when it hands over, in ms',
        configuration: configurationOf({ ...options, kills }, { brokers: 3, replicationFactor: 3 }),
        ...(beside === null ? {} : { versions: { kafka: beside.version } }),
        rows: [...rows, ...(beside?.rows ?? [])],
        columns: COLUMNS,
      });
      return EXIT.done;
    }),
  );
}

/** Afterwards: a cluster that is whole and one that is not would not take turns well. */
async function besideKafka(
  cli: Cli,
  { rate, dataDir }: FailoverBenchOptions,
  kills: number,
): Promise<{ readonly version: string; readonly rows: readonly FailoverRow[] }> {
  const { benchKafkaFailover } = await import('../../../../bench/peers/kafka/failover.ts');
  const beside = await benchKafkaFailover({
    ...{ kills, rate },
    ...(dataDir === undefined ? {} : { dataDirectory: dataDir }),
    say: (line) => note(cli, line),
  });
  if ('missing' in beside) throw usageError(`kafka cannot be measured here: ${beside.missing}`);
  return beside;
}

async function manyPartitions(cli: Cli, options: FailoverBenchOptions): Promise<ExitCode> {
  const { partitions, size, kills = 1 } = options;
  const { benchFailoverPartitions } = await import('../../../../bench/failover-partitions.ts');
  const row = await onCluster(cli, { ...options, logLevel: 'error' }, (cluster) =>
    benchFailoverPartitions(cluster, {
      ...{ partitions, size, kills },
      say: (line) => note(cli, line),
    }),
  );
  await printReport(cli, options, {
    title: 'How long the leaderships of a killed broker take to move, in ms',
    configuration: { partitions, size, kills, brokers: 3, replicationFactor: 3 },
    rows: [row],
    columns: PARTITIONS_COLUMNS,
  });
  return EXIT.done;
}

const KILLS = 20;

const COLUMNS: readonly Column<FailoverRow>[] = [
  { header: 'SYSTEM', value: ({ system }) => system },
  { header: 'EVENT', value: ({ event }) => event },
  { header: 'DURABILITY', value: ({ durability }) => durability },
  { header: 'RATE', value: ({ rate }) => rate },
  { header: 'EVENTS', value: ({ events }) => events },
  { header: 'GAP P50 MS', value: ({ gapMs }) => gapMs?.p50 ?? null },
  { header: 'GAP MAX MS', value: ({ gapMs }) => gapMs?.max ?? null },
  { header: 'SILENCE P50 MS', value: ({ silenceMs }) => silenceMs.p50 },
  { header: 'SILENCE MAX MS', value: ({ silenceMs }) => silenceMs.max },
  { header: 'ERRORS', value: ({ errors }) => errors },
  { header: 'VERIFIED', value: ({ verified }) => verified },
];

const PARTITIONS_COLUMNS: readonly Column<FailoverPartitionsRow>[] = [
  { header: 'PARTITIONS', value: ({ partitions }) => partitions },
  { header: 'LED', value: ({ led }) => Math.max(0, ...led) },
  { header: 'KILLS', value: ({ kills }) => kills },
  { header: 'MOVED P50 MS', value: ({ movedMs }) => movedMs.p50 },
  { header: 'MOVED MAX MS', value: ({ movedMs }) => movedMs.max },
  { header: 'WRITABLE P50 MS', value: ({ writableMs }) => writableMs.p50 },
  { header: 'WRITABLE MAX MS', value: ({ writableMs }) => writableMs.max },
  { header: 'VERIFIED', value: ({ verified }) => verified },
];
