import { Command } from 'commander';
import { EXIT, action, note, type Cli } from '../cli.ts';
import { usageError } from '../command-error.ts';
import { wholeNumber } from '../options.ts';
import { printRows, withOutputOptions, type Column, type OutputOptions } from '../output.ts';
import type { Durability, ProduceRow } from '../../../bench/produce.ts';

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
}

export function benchCommand(cli: Cli): Command {
  return new Command('bench')
    .description('measure what this machine can do, on a cluster of its own')
    .addCommand(produceCommand(cli))
    .addCommand(startCommand(cli))
    .addCommand(compactionCommand(cli));
}

function produceCommand(cli: Cli): Command {
  const command = new Command('produce')
    .description('messages a second that one producer has acknowledged, flat out')
    .option('--messages <count>', 'of each repetition', wholeNumber(1, 1e9), 2_000_000)
    .option('--size <bytes>', 'of each message', wholeNumber(4, 1e6), 100)
    .option('--partitions <count>', 'of the topic', wholeNumber(1, 10_000), 1)
    .option('--replication-factor <count>', 'of the topic', wholeNumber(1, 99), 3)
    .option('--acks <acks>', '0, 1 or all', 'all')
    .option('--durability <durability>', 'page-cache, fsync or both', 'both')
    .option('--repetitions <count>', 'of each durability', wholeNumber(1, 1_000), 5)
    .option('--batch-bytes <bytes>', 'largest batch', wholeNumber(1_024, 64 << 20), 1 << 20)
    .option('--brokers <count>', 'processes to start', wholeNumber(1, 99), 3)
    .option('--data-dir <directory>', 'where the cluster keeps its data: the disk to measure');
  return withOutputOptions(command).action(
    action(cli, async (options: ProduceBenchOptions) => {
      const { startBenchCluster } = await import('../../../bench/cluster.ts');
      const { benchProduce } = await import('../../../bench/produce.ts');
      const cluster = await startBenchCluster({
        command: [process.execPath, cli.script],
        brokers: options.brokers,
        ...(options.dataDir === undefined ? {} : { directory: options.dataDir }),
      });
      try {
        const rows = await benchProduce(cluster, {
          ...options,
          acks: acksOf(options.acks),
          durabilities: durabilitiesOf(options.durability),
          warmUpMessages: Math.ceil(options.messages / 4),
          say: (line) => note(cli, line),
        });
        printRows(cli, options, rows, COLUMNS);
      } finally {
        await cluster.stop();
      }
      return EXIT.done;
    }),
  );
}

function startCommand(cli: Cli): Command {
  const command = new Command('start')
    .description('from nothing to the first acknowledged write on three replicas')
    .option('--repetitions <count>', 'of each mode', wholeNumber(1, 1_000), 5);
  return withOutputOptions(command).action(
    action(cli, async (options: OutputOptions & { readonly repetitions: number }) => {
      const { benchStart } = await import('../../../bench/start.ts');
      const rows = await benchStart({
        command: [process.execPath, cli.script],
        repetitions: options.repetitions,
        say: (line) => note(cli, line),
      });
      printRows(cli, options, rows, [
        { header: 'MODE', value: (row) => row.mode },
        { header: 'FIRST ACK MS', value: (row) => row.firstAckMs.median },
        { header: 'MIN', value: (row) => row.firstAckMs.min },
        { header: 'MAX', value: (row) => row.firstAckMs.max },
      ]);
      return EXIT.done;
    }),
  );
}

interface CompactionBenchOptions extends OutputOptions {
  readonly keys: number;
  readonly bytes: number;
  readonly versions: number;
  readonly rate: number;
  readonly dataDir?: string;
}

function compactionCommand(cli: Cli): Command {
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
    )
    .option('--data-dir <directory>', 'where the cluster keeps its data: the disk to measure');
  return withOutputOptions(command).action(
    action(cli, async (options: CompactionBenchOptions) => {
      const { startBenchCluster } = await import('../../../bench/cluster.ts');
      const { benchCompaction } = await import('../../../bench/compaction.ts');
      const cluster = await startBenchCluster({
        command: [process.execPath, cli.script],
        brokers: 1,
        brokerFlags: ['--log-cleaner-backoff-ms', '500'],
        ...(options.dataDir === undefined ? {} : { directory: options.dataDir }),
      });
      try {
        const row = await benchCompaction(cluster, {
          ...options,
          messagesPerSecond: options.rate,
          quietSeconds: 20,
          say: (line) => note(cli, line),
        });
        printRows(
          cli,
          options,
          [row],
          [
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
          ],
        );
      } finally {
        await cluster.stop();
      }
      return EXIT.done;
    }),
  );
}

function acksOf(text: string): 'all' | 1 | 0 {
  if (text === 'all') return 'all';
  if (text === '1') return 1;
  if (text === '0') return 0;
  throw usageError(`--acks cannot be ${text}: it is 0, 1 or all`);
}

function durabilitiesOf(text: string): Durability[] {
  if (text === 'both') return ['page-cache', 'fsync'];
  if (text === 'page-cache' || text === 'fsync') return [text];
  throw usageError(`--durability cannot be ${text}: it is page-cache, fsync or both`);
}

const COLUMNS: readonly Column<ProduceRow>[] = [
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
