import { Command } from 'commander';
import type { GuardRow } from '../../../../bench/guard.ts';
import { EXIT, action, note, type Cli } from '../../cli.ts';
import { withOutputOptions, type Column, type OutputOptions } from '../../output.ts';
import { onCluster } from './experiment.ts';
import { configurationOf, printReport } from './report.ts';

interface GuardBenchOptions extends OutputOptions {
  readonly file: string;
  readonly record?: true;
}

export function benchGuardCommand(cli: Cli): Command {
  const command = new Command('guard')
    .description('fails when a hot path got slower by a third against a loop of this CPU')
    .option('--record', 'write down what is measured, instead of comparing with it')
    .option('--file <path>', 'what was recorded', 'bench/guard.json');
  return withOutputOptions(command).action(
    action(cli, async (options: GuardBenchOptions) => {
      const { guard } = await import('../../../../bench/guard.ts');
      const rows = await onCluster(cli, {}, (cluster) =>
        guard(cluster, {
          file: options.file,
          record: options.record === true,
          say: (line) => note(cli, line),
        }),
      );
      await printReport(cli, options, {
        title: 'Messages for each million turns of a loop of this CPU, against what was recorded',
        configuration: configurationOf(options),
        rows,
        columns: COLUMNS,
      });
      return rows.every(({ passes }) => passes) ? EXIT.done : EXIT.failed;
    }),
  );
}

const COLUMNS: readonly Column<GuardRow>[] = [
  { header: 'PATH', value: ({ path }) => path },
  { header: 'RATIO', value: ({ ratio }) => ratio },
  { header: 'RECORDED', value: ({ recorded }) => recorded },
  { header: 'SHARE', value: ({ share }) => share },
  { header: 'PASSES', value: ({ passes }) => passes },
];
