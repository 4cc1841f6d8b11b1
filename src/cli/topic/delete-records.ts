import { Command, InvalidArgumentError } from 'commander';
import { EXIT, action, note, type Cli } from '../cli.ts';
import { usageError } from '../command-error.ts';
import { confirm } from '../confirm.ts';
import { withClusterOptions, type ClusterOptions } from '../options.ts';
import { withClient } from '../with-client.ts';

interface Before {
  readonly partition: number;
  readonly before: number | 'end';
}

interface DeleteRecordsOptions extends ClusterOptions {
  readonly before?: readonly Before[];
  readonly yes?: true;
}

export function deleteRecordsCommand(cli: Cli): Command {
  const command = new Command('delete-records')
    .description('delete the records of partitions that lie before an offset')
    .argument('<name>', 'the topic')
    .option(
      '--before <partition:offset...>',
      'the first offset to keep, or end for everything that is committed',
      collectBefore,
    )
    .option('--yes', 'do not ask');
  return withClusterOptions(command).action(
    action(cli, async (topic: string, options: DeleteRecordsOptions) => {
      const { before: list = [] } = options;
      if (list.length === 0) throw usageError('--before says what to delete, such as 0:1000');
      if (options.yes !== true && cli.stdin.isTTY === true) {
        const what = list.map(({ partition, before }) => `${partition}:${before}`).join(', ');
        if (!(await confirm(cli, `Delete the records of ${topic} before ${what}? [y/N] `))) {
          note(cli, `${topic} is left as it is`);
          return EXIT.failed;
        }
      }
      const deleted = await withClient(cli, { ...options, topic }, ({ admin }) =>
        admin.deleteRecords(list.map((each) => ({ topic, ...each }))),
      );
      for (const { partition, logStartOffset } of deleted) {
        note(cli, `${topic}-${partition} begins at ${logStartOffset}`);
      }
      return EXIT.done;
    }),
  );
}

function collectBefore(text: string, before: readonly Before[] = []): readonly Before[] {
  const [, partition, place] = /^(\d{1,9}):(\d+|end)$/.exec(text) ?? [];
  const offset = place === 'end' ? place : Number(place);
  if (partition === undefined || (offset !== 'end' && !Number.isSafeInteger(offset))) {
    throw new InvalidArgumentError('It must be PARTITION:OFFSET or PARTITION:end, such as 0:1000.');
  }
  return [...before, { partition: Number(partition), before: offset }];
}
