import { Command } from 'commander';
import { EXIT, action, type Cli } from '../cli.ts';
import { withClusterOptions, type ClusterOptions } from '../options.ts';
import { printRows, withOutputOptions, type Column, type OutputOptions } from '../output.ts';
import { withClient } from '../with-client.ts';

const COLUMNS: readonly Column<{ readonly group: string }>[] = [
  { header: 'GROUP', value: ({ group }) => group },
];

export function listGroupsCommand(cli: Cli): Command {
  const command = new Command('list').description('list groups that have committed anything');
  return withOutputOptions(withClusterOptions(command)).action(
    action(cli, async (options: ClusterOptions & OutputOptions) => {
      const groups = await withClient(cli, options, ({ admin }) => admin.listGroups());
      const rows = groups.map((group) => ({ group }));
      printRows(cli, options, rows, COLUMNS);
      return EXIT.done;
    }),
  );
}
