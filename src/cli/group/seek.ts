import { Command, Option } from 'commander';
import { EXIT, action, note, type Cli } from '../cli.ts';
import { parseFrom } from '../consume/parse-from.ts';
import { wholeNumber, withClusterOptions, type ClusterOptions } from '../options.ts';
import { withClient } from '../with-client.ts';

interface SeekOptions extends ClusterOptions {
  readonly topic: string;
  readonly partition?: number;
  readonly to: ReturnType<typeof parseFrom>;
}

export function seekGroupCommand(cli: Cli): Command {
  const command = new Command('seek')
    .description('say where a group goes on; consumers that are running do not notice')
    .argument('<group>', 'its name')
    .requiredOption('--topic <topic>', 'in which topic')
    .option('--partition <number>', 'only in this one', wholeNumber(0, 2 ** 31 - 1))
    .addOption(
      new Option(
        '--to <position>',
        'start, end, an offset, -N for the last N of each partition, or @TIMESTAMP',
      )
        .argParser((text) => parseFrom(text))
        .makeOptionMandatory(),
    );
  return withClusterOptions(command).action(
    action(cli, async (group: string, options: SeekOptions) => {
      const { topic, partition, to } = options;
      await withClient(cli, options, async ({ admin }) => {
        const { partitions } = await admin.describeTopic(topic);
        const chosen =
          partition === undefined ? partitions.map((each) => each.partition) : [partition];
        const offsets = await Promise.all(
          chosen.map(async (each) => ({
            topic,
            partition: each,
            offset: await admin.listOffset(topic, each, to),
          })),
        );
        await admin.commitOffsets(group, offsets);
        for (const each of offsets) {
          note(cli, `${group} goes on at ${each.offset} in ${topic}-${each.partition}`);
        }
      });
      return EXIT.done;
    }),
  );
}
