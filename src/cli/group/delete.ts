import { Command } from 'commander';
import { EXIT, action, note, type Cli } from '../cli.ts';
import { confirm } from '../confirm.ts';
import { withClusterOptions, type ClusterOptions } from '../options.ts';
import { withClient } from '../with-client.ts';
import { committedOffsets } from './committed-offsets.ts';

interface DeleteOptions extends ClusterOptions {
  readonly yes?: true;
}

export function deleteGroupCommand(cli: Cli): Command {
  const command = new Command('delete')
    .description('forget everything that a group has committed')
    .argument('<group>', 'its name')
    .option('--yes', 'do not ask');
  return withClusterOptions(command).action(
    action(cli, async (group: string, options: DeleteOptions) => {
      if (options.yes !== true && cli.stdin.isTTY === true) {
        if (!(await confirm(cli, `Forget how far ${group} has come? [y/N] `))) {
          note(cli, `${group} is left as it is`);
          return EXIT.failed;
        }
      }
      await withClient(cli, options, async ({ admin }) => {
        await committedOffsets(admin, group);
        await admin.deleteGroup(group);
      });
      note(cli, `${group} deleted`);
      return EXIT.done;
    }),
  );
}
