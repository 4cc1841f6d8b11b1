import { Command } from 'commander';
import type { ElectionResult } from '../../client/index.ts';
import { EXIT, action, type Cli } from '../cli.ts';
import { usageError } from '../command-error.ts';
import { wholeNumber, withClusterOptions, type ClusterOptions } from '../options.ts';
import { printRows, withOutputOptions, type Column, type OutputOptions } from '../output.ts';
import { withClient } from '../with-client.ts';

interface ElectOptions extends ClusterOptions, OutputOptions {
  readonly partition?: number;
}

interface ElectionRow {
  readonly topic: string;
  readonly partition: number;
  /** `handing-over`: the old leader first lets the new one catch up. */
  readonly outcome: 'elected' | 'handing-over' | 'not-needed' | 'failed';
  readonly code: string | null;
  readonly message: string | null;
}

const COLUMNS: readonly Column<ElectionRow>[] = [
  { header: 'TOPIC', value: ({ topic }) => topic },
  { header: 'PARTITION', value: ({ partition }) => partition },
  { header: 'OUTCOME', value: ({ outcome }) => outcome },
  { header: 'REASON', value: ({ message }) => message ?? '' },
];

export function leaderCommand(cli: Cli): Command {
  const elect = new Command('elect')
    .description('give partitions back to their preferred leaders')
    .argument('[topic]', 'only those of this topic')
    .option('--partition <number>', 'only this one', wholeNumber(0, 2 ** 31 - 1));
  withOutputOptions(withClusterOptions(elect)).action(
    action(cli, async (topic: string | undefined, options: ElectOptions) => {
      const { partition } = options;
      if (partition !== undefined && topic === undefined) {
        throw usageError('--partition needs the topic that it is of');
      }
      const results = await withClient(cli, { ...options, topic }, ({ admin }) =>
        admin.electLeaders({
          ...(topic === undefined ? {} : { topic }),
          ...(partition === undefined ? {} : { partition }),
        }),
      );
      const rows = results.map(electionRow);
      printRows(cli, options, rows, COLUMNS);
      return rows.some(({ outcome }) => outcome === 'failed') ? EXIT.failed : EXIT.done;
    }),
  );
  return new Command('leader').description('move leadership').addCommand(elect);
}

/** A partition that its preferred leader leads already is as it should be, and no failure. */
function electionRow({ topic, partition, outcome, error }: ElectionResult): ElectionRow {
  if (outcome !== null) return { topic, partition, outcome, code: null, message: null };
  const code = error?.code ?? null;
  const notNeeded = code === 'ELECTION_NOT_NEEDED';
  return {
    topic,
    partition,
    outcome: notNeeded ? 'not-needed' : 'failed',
    code: notNeeded ? null : code,
    message: notNeeded ? null : (error?.message ?? null),
  };
}
