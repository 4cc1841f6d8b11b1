import { Command } from 'commander';
import type { LatencyBesideRow } from '../../../../bench/latency-beside.ts';
import type { LatencyRow } from '../../../../bench/latency.ts';
import type { PeerName } from '../../../../bench/peers/peer.ts';
import { EXIT, action, note, type Cli, type ExitCode } from '../../cli.ts';
import { usageError } from '../../command-error.ts';
import { wholeNumber } from '../../options.ts';
import { withOutputOptions, type Column, type OutputOptions } from '../../output.ts';
import {
  durabilitiesOf,
  onCluster,
  withDataDirectory,
  withDurability,
  withPeers,
  withRepetitions,
} from './experiment.ts';
import { configurationOf, printReport, withPlot } from './report.ts';

interface LatencyBenchOptions extends OutputOptions {
  readonly rate: number;
  readonly size: number;
  readonly seconds: number;
  readonly warmUp: number;
  readonly durability: string;
  readonly repetitions: number;
  readonly lingerMs: number;
  readonly dataDir?: string;
  readonly plot?: string;
  readonly peer?: readonly PeerName[];
}

export function benchLatencyCommand(cli: Cli): Command {
  const command = new Command('latency')
    .description('how long a message takes at a fixed rate, from when it was due')
    .option('--rate <count>', 'messages a second', wholeNumber(1, 1e7), 50_000)
    .option('--size <bytes>', 'of each message', wholeNumber(8, 1e6), 100)
    .option('--seconds <count>', 'of each repetition', wholeNumber(1, 86_400), 20)
    .option('--warm-up <seconds>', 'at the same rate before it', wholeNumber(0, 3_600), 5)
    .option('--linger-ms <count>', 'how long a batch waits for more', wholeNumber(0, 60_000), 0);
  withDataDirectory(withRepetitions(withDurability(command), 'of each durability'));
  withPeers(command, ['kafka']);
  return withOutputOptions(withPlot(command)).action(
    action(cli, async (options: LatencyBenchOptions) => {
      const durabilities = durabilitiesOf(options.durability);
      if (options.peer !== undefined) return besideKafka(cli, options);
      const { benchLatency } = await import('../../../../bench/latency.ts');
      const rows = await onCluster(cli, options, (cluster) =>
        benchLatency(cluster, {
          ...options,
          warmUpSeconds: options.warmUp,
          durabilities,
          say: (line) => note(cli, line),
        }),
      );
      await printReport(cli, options, {
        title: 'Milliseconds from when a message was due to its acknowledgement, and to a consumer',
        configuration: configurationOf(options, {
          ...{ partitions: 1, replicationFactor: 3, acks: 'all', brokers: 3 },
        }),
        rows,
        columns: COLUMNS,
        bars: {
          unit: 'ms to the acknowledgement, p99',
          bars: rows.map((row) => ({ label: row.durability, spread: row.ackMs.p99 })),
        },
        curves: {
          unit: 'ms',
          curves: rows.flatMap(({ durability, ackCurve, endToEndCurve }) => [
            { name: `acknowledgement, ${durability}`, points: ackCurve },
            { name: `end to end, ${durability}`, points: endToEndCurve },
          ]),
        },
      });
      return EXIT.done;
    }),
  );
}

/** The same machine, both systems, in turns. */
async function besideKafka(cli: Cli, options: LatencyBenchOptions): Promise<ExitCode> {
  const { benchLatencyBeside } = await import('../../../../bench/latency-beside.ts');
  const { dataDir } = options;
  const beside = await onCluster(cli, options, (cluster) =>
    benchLatencyBeside(cluster, {
      ...options,
      warmUpSeconds: options.warmUp,
      durabilities: durabilitiesOf(options.durability),
      ...(dataDir === undefined ? {} : { dataDirectory: dataDir }),
      say: (line) => note(cli, line),
    }),
  );
  if ('missing' in beside) throw usageError(`kafka cannot be measured here: ${beside.missing}`);
  const { rows } = beside;
  await printReport(cli, options, {
    title: 'Milliseconds that a message takes, beside kafka',
    configuration: configurationOf(options, {
      ...{ partitions: 1, replicationFactor: 3, acks: 'all', brokers: 3 },
    }),
    versions: { kafka: beside.version },
    rows,
    columns: BESIDE_COLUMNS,
    bars: {
      unit: 'ms, p99',
      bars: rows.map(({ system, durability, way, p99 }) => ({
        label: `${system}, ${durability}, ${way}`,
        spread: p99,
      })),
    },
  });
  return EXIT.done;
}

const BESIDE_COLUMNS: readonly Column<LatencyBesideRow>[] = [
  { header: 'SYSTEM', value: ({ system }) => system },
  { header: 'DURABILITY', value: ({ durability }) => durability },
  { header: 'WAY', value: ({ way }) => way },
  { header: 'RATE KEPT', value: ({ keptRate }) => keptRate?.median ?? null },
  ...(['p50', 'p99', 'p999'] as const).flatMap((share) => [
    { header: share.toUpperCase(), value: (row: LatencyBesideRow) => row[share].median },
    {
      header: `${share.toUpperCase()} MIN TO MAX`,
      value: (row: LatencyBesideRow) => `${row[share].min} to ${row[share].max}`,
    },
  ]),
];

const COLUMNS: readonly Column<LatencyRow>[] = [
  { header: 'RATE', value: ({ rate }) => rate },
  { header: 'DURABILITY', value: ({ durability }) => durability },
  ...(['ackMs', 'endToEndMs'] as const).flatMap((which) =>
    (['p50', 'p99', 'p999', 'p9999', 'max'] as const).map((share) => ({
      header: `${which === 'ackMs' ? 'ACK' : 'END TO END'} ${share.toUpperCase()}`,
      value: (row: LatencyRow) => row[which][share].median,
    })),
  ),
  { header: 'COMPLETE', value: ({ complete }) => complete },
];
