import { Command } from 'commander';
import { EXIT, action, type Cli, type ExitCode } from '../cli.ts';
import { CommandError, exitCodeOf } from '../command-error.ts';
import { findProblems, type Problem } from '../cluster/health.ts';
import {
  readClusterStatus,
  type BrokerStatus,
  type ClusterStatus,
  type TopicStatus,
} from '../cluster/status.ts';
import { wholeNumber, withClusterOptions, type ClusterOptions } from '../options.ts';
import {
  formatTable,
  printValue,
  withOutputOptions,
  type Column,
  type OutputOptions,
} from '../output.ts';
import { withClient } from '../with-client.ts';

interface StatusOptions extends ClusterOptions, OutputOptions {}

interface HealthOptions extends StatusOptions {
  /** Seconds. */
  readonly wait?: number;
}

export function clusterCommand(cli: Cli): Command {
  const status = new Command('status').description(
    'show brokers, controller, topics, and what is not replicated',
  );
  const health = new Command('health')
    .description('say what is wrong; exit code 10 if anything is')
    .option(
      '--wait <seconds>',
      'wait up to this long for it to be healthy',
      wholeNumber(0, 1_000_000),
    );
  return new Command('cluster')
    .description('look at the cluster')
    .addCommand(
      withOutputOptions(withClusterOptions(status)).action(
        action(cli, (options: StatusOptions) => printStatus(cli, options)),
      ),
    )
    .addCommand(
      withOutputOptions(withClusterOptions(health)).action(
        action(cli, (options: HealthOptions) => printHealth(cli, options)),
      ),
    );
}

async function printStatus(cli: Cli, options: StatusOptions): Promise<ExitCode> {
  const { status } = await withClient(cli, options, ({ admin }) => readClusterStatus(admin));
  printValue(cli, options, status, statusTables);
  return EXIT.done;
}

/** A cluster that cannot be reached is as unhealthy as one can be. */
async function printHealth(cli: Cli, options: HealthOptions): Promise<ExitCode> {
  const deadline = performance.now() + (options.wait ?? 0) * 1_000;
  for (;;) {
    try {
      const found = await withClient(cli, options, async ({ admin }) => {
        for (;;) {
          const { status, topics } = await readClusterStatus(admin);
          const problems = findProblems(status, topics);
          if (problems.length === 0 || performance.now() >= deadline) return { status, problems };
          await pause();
        }
      });
      return report(cli, options, found.status, found.problems);
    } catch (error) {
      const isUsage = exitCodeOf(error) === EXIT.usage;
      if (isUsage || !(error instanceof Error)) throw error;
      if (performance.now() < deadline) continue;
      const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
      throw new CommandError(error.message, { exitCode: EXIT.unhealthy, code, cause: error });
    }
  }
}

function report(
  cli: Cli,
  options: HealthOptions,
  status: ClusterStatus,
  problems: readonly Problem[],
): ExitCode {
  const healthy = problems.length === 0;
  printValue(cli, options, { healthy, problems, ...status }, () =>
    healthy
      ? `healthy: ${summary(status)}`
      : [
          `unhealthy: ${summary(status)}`,
          ...problems.slice(0, PROBLEMS_SHOWN_MAX).map(({ message }) => `  ${message}`),
          ...(problems.length > PROBLEMS_SHOWN_MAX
            ? [`  and ${problems.length - PROBLEMS_SHOWN_MAX} more; --json shows all`]
            : []),
        ].join('\n'),
  );
  return healthy ? EXIT.done : EXIT.unhealthy;
}

/** What fits on a screen. */
const PROBLEMS_SHOWN_MAX = 20;
const WAIT_STEP_MS = 100;

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, WAIT_STEP_MS));
}

function summary(status: ClusterStatus): string {
  const active = status.brokers.filter(({ state }) => state === 'active').length;
  return (
    `${active} of ${status.brokers.length} brokers active, ${status.partitions} partitions, ` +
    `${status.offlinePartitions} offline, ${status.underReplicatedPartitions} under-replicated, ` +
    `${status.bytesAtRisk} bytes at risk`
  );
}

const BROKER_COLUMNS: readonly Column<BrokerStatus>[] = [
  { header: 'BROKER', value: ({ id }) => id },
  { header: 'STATE', value: ({ state }) => state },
  { header: 'EPOCH', value: ({ epoch }) => epoch },
  { header: 'GRPC', value: ({ grpc }) => grpc },
  { header: 'HTTP', value: ({ http }) => http },
  { header: 'RACK', value: ({ rack }) => rack },
  { header: 'PID', value: ({ pid }) => pid },
  { header: 'LEADERS', value: ({ leaders }) => leaders },
  { header: 'REPLICAS', value: ({ replicas }) => replicas },
  { header: 'LAG-BYTES', value: ({ lagBytes }) => lagBytes },
  { header: 'BYTES-AT-RISK', value: ({ bytesAtRisk }) => bytesAtRisk },
  { header: 'DATA', value: ({ dataDir }) => dataDir },
];

const TOPIC_COLUMNS: readonly Column<TopicStatus>[] = [
  { header: 'TOPIC', value: ({ name }) => name },
  { header: 'PARTITIONS', value: ({ partitions }) => partitions },
  { header: 'REPLICATION-FACTOR', value: ({ replicationFactor }) => replicationFactor },
  { header: 'UNDER-REPLICATED', value: (topic) => topic.underReplicatedPartitions },
  { header: 'OFFLINE', value: ({ offlinePartitions }) => offlinePartitions },
  { header: 'LAG-BYTES', value: ({ lagBytes }) => lagBytes },
];

function statusTables(status: ClusterStatus): string {
  const { id, epoch, pid, reachable } = status.controller;
  return [
    `cluster     ${status.clusterId ?? '-'}`,
    `controller  ${id ?? '-'} (epoch ${epoch}, pid ${pid ?? '-'}${reachable ? '' : ', NOT REACHABLE'})`,
    `partitions  ${status.partitions}, ${status.offlinePartitions} offline, ` +
      `${status.underReplicatedPartitions} under-replicated`,
    `at risk     ${status.bytesAtRisk} bytes, if the worst machine died now`,
    '',
    formatTable(status.brokers, BROKER_COLUMNS),
    ...(status.topics.length === 0 ? [] : ['', formatTable(status.topics, TOPIC_COLUMNS)]),
  ].join('\n');
}
