import { Command } from 'commander';
import type { BesideRow } from '../../../../bench/beside.ts';
import type { PeerName } from '../../../../bench/peers/peer.ts';
import type { ProduceRow } from '../../../../bench/produce.ts';
import { EXIT, action, note, type Cli, type ExitCode } from '../../cli.ts';
import { usageError } from '../../command-error.ts';
import { wholeNumber } from '../../options.ts';
import { withOutputOptions, type Column, type OutputOptions } from '../../output.ts';
import {
  acksOf,
  durabilitiesOf,
  onCluster,
  withBatchBytes,
  withDataDirectory,
  withDurability,
  withPeers,
  withRepetitions,
} from './experiment.ts';
import { configurationOf, printReport, withPlot } from './report.ts';

interface ProduceBenchOptions extends OutputOptions {
  readonly messages: number;
  readonly size: number;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly acks: string;
  readonly durability: string;
  readonly repetitions: number;
  readonly batchBytes: number;
  readonly brokers: number;
  readonly dataDir?: string;
  readonly plot?: string;
  readonly peer?: readonly PeerName[];
}

type GivenOptions = Omit<ProduceBenchOptions, 'messages'> & { readonly messages?: number };

/** What is over after two seconds has measured compilers: Node's and, beside a peer, Java's. */
function messagesOf(size: number): number {
  return Math.max(1, Math.min(10_000_000, Math.floor(1e9 / size)));
}

export function benchProduceCommand(cli: Cli): Command {
  const command = new Command('produce')
    .description('messages a second that one producer has acknowledged, flat out')
    .option(
      '--messages <count>',
      'of each repetition (default: 10,000,000, or as many as make 1 GB)',
      wholeNumber(1, 1e9),
    )
    .option('--size <bytes>', 'of each message', wholeNumber(4, 1e6), 100)
    .option('--partitions <count>', 'of the topic', wholeNumber(1, 10_000), 1)
    .option('--replication-factor <count>', 'of the topic', wholeNumber(1, 99), 3)
    .option('--acks <acks>', '0, 1 or all', 'all');
  withBatchBytes(withRepetitions(withDurability(command), 'of each durability')).option(
    '--brokers <count>',
    'processes to start',
    wholeNumber(1, 99),
    3,
  );
  withPeers(withDataDirectory(command), ['kafka', 'nats', 'nats-fsync']);
  return withOutputOptions(withPlot(command)).action(
    action(cli, async (given: GivenOptions) => {
      const options = { ...given, messages: given.messages ?? messagesOf(given.size) };
      if (options.peer !== undefined) return besidePeers(cli, options, options.peer);
      const acks = acksOf(options.acks);
      const durabilities = durabilitiesOf(options.durability);
      const { benchProduce } = await import('../../../../bench/produce.ts');
      const rows = await onCluster(cli, options, (cluster) =>
        benchProduce(cluster, {
          ...options,
          acks,
          durabilities,
          warmUpMessages: Math.ceil(options.messages / 4),
          say: (line) => note(cli, line),
        }),
      );
      await printReport(cli, options, {
        title: 'Messages a second that one producer has acknowledged',
        configuration: configurationOf(options),
        rows,
        columns: PRODUCE_COLUMNS,
        bars: {
          unit: 'messages/s',
          bars: rows.map((row) => ({ label: row.durability, spread: row.messagesPerSecond })),
        },
      });
      return EXIT.done;
    }),
  );
}

/** The same machine, all systems, in turns. What does not differ between them is not asked for. */
async function besidePeers(
  cli: Cli,
  options: ProduceBenchOptions,
  peers: readonly PeerName[],
): Promise<ExitCode> {
  const { benchBeside } = await import('../../../../bench/beside.ts');
  const { messages, size, repetitions, batchBytes, dataDir } = options;
  const beside = await onCluster(cli, { ...options, brokers: 3 }, (cluster) =>
    benchBeside(cluster, {
      ...{ peers, messages, size, repetitions, batchBytes },
      replicationFactor: 3,
      warmUpMessages: Math.ceil(messages / 4),
      sweepMessages: Math.ceil(messages / 4),
      ...(dataDir === undefined ? {} : { dataDirectory: dataDir }),
      say: (line) => note(cli, line),
    }),
  );
  if ('missing' in beside) throw usageError(beside.missing);
  await printReport(cli, options, {
    title: `Messages a second that one producer has acknowledged, beside ${peers.join(' and ')}`,
    configuration: {
      ...{ messages, size, repetitions, batchBytes },
      ...{ partitions: 1, replicationFactor: 3, acks: 'all', brokers: 3 },
    },
    versions: beside.versions,
    rows: beside.rows,
    columns: besideColumns(peers),
    bars: {
      unit: 'messages/s',
      bars: beside.rows.map((row) => ({
        label: row.durability,
        group: row.system,
        spread: row.messagesPerSecond,
      })),
    },
  });
  return EXIT.done;
}

const besideColumns = (peers: readonly PeerName[]): Column<BesideRow>[] => [
  { header: 'SYSTEM', value: ({ system }) => system },
  { header: 'BYTES', value: ({ size }) => size },
  { header: 'DURABILITY', value: ({ durability }) => durability },
  { header: 'MESSAGES/S', value: (row) => row.messagesPerSecond.median.toLocaleString('en') },
  { header: 'MIN', value: (row) => row.messagesPerSecond.min.toLocaleString('en') },
  { header: 'MAX', value: (row) => row.messagesPerSecond.max.toLocaleString('en') },
  ...peers.map((peer) => ({
    header: `TIMES ${peer.toUpperCase()}`,
    value: ({ ratios }: BesideRow) => ratios[peer] ?? null,
  })),
  { header: 'BROKER µS', value: (row) => row.brokerCpuMicrosPerMessage.median },
  { header: 'SETTINGS', value: ({ settings }) => settings },
  { header: 'MESSAGES', value: ({ messages }) => messages },
  { header: 'VERIFIED', value: ({ verified }) => verified },
];

const PRODUCE_COLUMNS: readonly Column<ProduceRow>[] = [
  { header: 'DURABILITY', value: (row) => row.durability },
  { header: 'SIZE', value: (row) => row.size },
  { header: 'PARTITIONS', value: (row) => row.partitions },
  { header: 'RF', value: (row) => row.replicationFactor },
  { header: 'ACKS', value: (row) => String(row.acks) },
  { header: 'MESSAGES/S', value: (row) => row.messagesPerSecond.median.toLocaleString('en') },
  { header: 'MIN', value: (row) => row.messagesPerSecond.min.toLocaleString('en') },
  { header: 'MAX', value: (row) => row.messagesPerSecond.max.toLocaleString('en') },
  { header: 'MB/S', value: (row) => row.megabytesPerSecond.median },
  { header: 'P50 MS', value: (row) => row.latencyMs.p50 },
  { header: 'P99 MS', value: (row) => row.latencyMs.p99 },
  { header: 'BROKER CPU µS', value: (row) => row.brokerCpuMicrosPerMessage },
  { header: 'BROKER MB', value: (row) => row.brokerPeakMegabytes },
  { header: 'VERIFIED', value: (row) => row.verified },
];
