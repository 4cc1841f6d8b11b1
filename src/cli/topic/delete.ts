import { Command } from 'commander';
import { EXIT, action, note, type Cli } from '../cli.ts';
import { confirm } from '../confirm.ts';
import { withClusterOptions, type ClusterOptions } from '../options.ts';
import { withClient } from '../with-client.ts';

interface DeleteOptions extends ClusterOptions {
  readonly yes?: true;
}

export function deleteTopicCommand(cli: Cli): Command {
  const command = new Command('delete')
    .description('delete a topic with everything in it')
    .argument('<name>', 'its name')
    .option('--yes', 'do not ask');
  return withClusterOptions(command).action(
    action(cli, async (name: string, options: DeleteOptions) => {
      if (options.yes !== true && cli.stdin.isTTY === true) {
        if (!(await confirm(cli, `Delete ${name} and all its records? [y/N] `))) {
          note(cli, `${name} is left as it is`);
          return EXIT.failed;
        }
      }
      await withClient(cli, options, ({ admin }) => admin.deleteTopic(name));
      note(cli, `${name} deleted`);
      return EXIT.done;
    }),
  );
}
