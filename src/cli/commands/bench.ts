import { Command, Option } from 'commander';
import { EXIT, action, note, type Cli, type ExitCode } from '../cli.ts';
import { usageError } from '../command-error.ts';
import { wholeNumber } from '../options.ts';
import { printRows, withOutputOptions, type Column, type OutputOptions } from '../output.ts';
import type { BesideRow } from '../../../bench/beside.ts';
import type { BenchCluster } from '../../../bench/cluster.ts';
import type { LatencyRow } from '../../../bench/latency.ts';
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
  readonly peer?: 'kafka';
}

export function benchCommand(cli: Cli): Command {
  return new Command('bench')
    .description('measure what this machine can do, on a cluster of its own')
    .addCommand(produceCommand(cli))
    .addCommand(consumeCommand(cli))
    .addCommand(latencyCommand(cli))
    .addCommand(guardCommand(cli))
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
    .option('--data-dir <directory>', 'where the cluster keeps its data: the disk to measure')
    .addOption(
      new Option('--peer <system>', 'measure another system beside it').choices(['kafka']),
    );
  return withOutputOptions(command).action(
    action(cli, async (options: ProduceBenchOptions) => {
      if (options.peer !== undefined) return besideKafka(cli, options);
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

/** The same machine, both systems, in turns. What does not differ between them is not asked for. */
async function besideKafka(cli: Cli, options: ProduceBenchOptions): Promise<ExitCode> {
  const { benchBesideKafka } = await import('../../../bench/beside.ts');
  const { messages, size, repetitions, batchBytes, dataDir } = options;
  const beside = await onCluster(cli, options, (cluster) =>
    benchBesideKafka(cluster, {
      ...{ messages, size, repetitions, batchBytes },
      replicationFactor: 3,
      warmUpMessages: Math.ceil(messages / 4),
      sweepMessages: Math.ceil(messages / 2),
      ...(dataDir === undefined ? {} : { dataDirectory: dataDir }),
      say: (line) => note(cli, line),
    }),
  );
  if ('missing' in beside) {
    throw usageError(`Apache Kafka cannot be measured here: ${beside.missing}`);
  }
  note(cli, beside.machine);
  printRows(cli, options, beside.rows, BESIDE_COLUMNS);
  return EXIT.done;
}

interface ConsumeBenchOptions extends OutputOptions {
  readonly messages: number;
  readonly size: number;
  readonly repetitions: number;
  readonly batchBytes: number;
  readonly dataDir?: string;
}

function consumeCommand(cli: Cli): Command {
  const command = new Command('consume')
    .description('messages a second that one consumer reads from the start of one partition')
    .option('--messages <count>', 'in the topic', wholeNumber(1, 1e9), 5_000_000)
    .option('--size <bytes>', 'of each message', wholeNumber(4, 1e6), 100)
    .option('--repetitions <count>', 'of the whole read', wholeNumber(1, 1_000), 5)
    .option('--batch-bytes <bytes>', 'largest batch', wholeNumber(1_024, 64 << 20), 1 << 20)
    .option('--data-dir <directory>', 'where the cluster keeps its data: the disk to measure');
  return withOutputOptions(command).action(
    action(cli, async (options: ConsumeBenchOptions) => {
      const { benchConsume } = await import('../../../bench/consume.ts');
      const row = await onCluster(cli, options, (cluster) =>
        benchConsume(cluster, { ...options, say: (line) => note(cli, line) }),
      );
      printRows(
        cli,
        options,
        [row],
        [
          { header: 'BYTES', value: ({ size }) => size },
          { header: 'MESSAGES/S', value: (each) => each.messagesPerSecond.median },
          { header: 'MIN', value: (each) => each.messagesPerSecond.min },
          { header: 'MAX', value: (each) => each.messagesPerSecond.max },
          { header: 'BROKER µS', value: (each) => each.brokerCpuMicrosPerMessage },
          { header: 'CLIENT µS', value: (each) => each.clientCpuMicrosPerMessage },
          { header: 'VERIFIED', value: ({ verified }) => verified },
        ],
      );
      return EXIT.done;
    }),
  );
}

interface LatencyBenchOptions extends OutputOptions {
  readonly rate: number;
  readonly size: number;
  readonly seconds: number;
  readonly warmUp: number;
  readonly durability: string;
  readonly repetitions: number;
  readonly lingerMs: number;
  readonly dataDir?: string;
}

function latencyCommand(cli: Cli): Command {
  const command = new Command('latency')
    .description('how long a message takes at a fixed rate, from when it was due')
    .option('--rate <count>', 'messages a second', wholeNumber(1, 1e7), 50_000)
    .option('--size <bytes>', 'of each message', wholeNumber(8, 1e6), 100)
    .option('--seconds <count>', 'of each repetition', wholeNumber(1, 86_400), 20)
    .option('--warm-up <seconds>', 'at the same rate before it', wholeNumber(0, 3_600), 5)
    .option('--linger-ms <count>', 'how long a batch waits for more', wholeNumber(0, 60_000), 0)
    .option('--durability <durability>', 'page-cache, fsync or both', 'both')
    .option('--repetitions <count>', 'of each durability', wholeNumber(1, 1_000), 5)
    .option('--data-dir <directory>', 'where the cluster keeps its data: the disk to measure');
  return withOutputOptions(command).action(
    action(cli, async (options: LatencyBenchOptions) => {
      const { benchLatency } = await import('../../../bench/latency.ts');
      const rows = await onCluster(cli, options, (cluster) =>
        benchLatency(cluster, {
          ...options,
          warmUpSeconds: options.warmUp,
          durabilities: durabilitiesOf(options.durability),
          say: (line) => note(cli, line),
        }),
      );
      const columns = (['ackMs', 'endToEndMs'] as const).flatMap((which) =>
        (['p50', 'p99', 'p999', 'p9999', 'max'] as const).map((share) => ({
          header: `${which === 'ackMs' ? 'ACK' : 'END TO END'} ${share.toUpperCase()}`,
          value: (row: LatencyRow) => row[which][share].median,
        })),
      );
      printRows(cli, options, rows, [
        { header: 'RATE', value: ({ rate }) => rate },
        { header: 'DURABILITY', value: ({ durability }) => durability },
        ...columns,
        { header: 'COMPLETE', value: ({ complete }) => complete },
      ]);
      return EXIT.done;
    }),
  );
}

function guardCommand(cli: Cli): Command {
  const command = new Command('guard')
    .description('fails when a hot path got slower by a third against a loop of this CPU')
    .option('--record', 'write down what is measured, instead of comparing with it')
    .option('--file <path>', 'what was recorded', 'bench/guard.json');
  return withOutputOptions(command).action(
    action(cli, async (options: OutputOptions & { file: string; record?: true }) => {
      const { guard } = await import('../../../bench/guard.ts');
      const rows = await onCluster(cli, {}, (cluster) =>
        guard(cluster, {
          file: options.file,
          record: options.record === true,
          say: (line) => note(cli, line),
        }),
      );
      printRows(cli, options, rows, [
        { header: 'PATH', value: ({ path }) => path },
        { header: 'RATIO', value: ({ ratio }) => ratio },
        { header: 'RECORDED', value: ({ recorded }) => recorded },
        { header: 'SHARE', value: ({ share }) => share },
        { header: 'PASSES', value: ({ passes }) => passes },
      ]);
      return rows.every(({ passes }) => passes) ? EXIT.done : EXIT.failed;
    }),
  );
}

/** Three brokers of this command's own, for as long as `measure` takes. */
async function onCluster<T>(
  cli: Cli,
  { dataDir }: { readonly dataDir?: string },
  measure: (cluster: BenchCluster) => Promise<T>,
): Promise<T> {
  const { startBenchCluster } = await import('../../../bench/cluster.ts');
  const cluster = await startBenchCluster({
    command: [process.execPath, cli.script],
    brokers: 3,
    ...(dataDir === undefined ? {} : { directory: dataDir }),
  });
  try {
    return await measure(cluster);
  } finally {
    await cluster.stop();
  }
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

const BESIDE_COLUMNS: readonly Column<BesideRow>[] = [
  { header: 'SYSTEM', value: ({ system }) => system },
  { header: 'BYTES', value: ({ size }) => size },
  { header: 'DURABILITY', value: ({ durability }) => durability },
  { header: 'MESSAGES/S', value: (row) => row.messagesPerSecond.median.toLocaleString('en') },
  { header: 'MIN', value: (row) => row.messagesPerSecond.min.toLocaleString('en') },
  { header: 'MAX', value: (row) => row.messagesPerSecond.max.toLocaleString('en') },
  { header: 'RATIO', value: ({ ratio }) => ratio },
  { header: 'BROKER µS', value: (row) => row.brokerCpuMicrosPerMessage.median },
  { header: 'SETTINGS', value: ({ settings }) => settings },
  { header: 'VERIFIED', value: ({ verified }) => verified },
];

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
