import { Command } from 'commander';
import { EXIT, action, note, type Cli } from '../cli.ts';
import { usageError } from '../command-error.ts';
import { collectKeyValues, collectWords, type KeyValue } from '../key-value.ts';
import { wholeNumber, withClusterOptions, type ClusterOptions } from '../options.ts';
import { withClient } from '../with-client.ts';

interface AlterOptions extends ClusterOptions {
  readonly config?: readonly KeyValue[];
  readonly unset?: readonly string[];
  readonly partitions?: number;
}

export function alterTopicCommand(cli: Cli): Command {
  const command = new Command('alter')
    .description('change settings of a topic, or give it more partitions')
    .argument('<name>', 'its name')
    .option('--config <key=value...>', 'settings to change', collectKeyValues)
    .option('--unset <key...>', 'settings to return to their defaults', collectWords)
    .option(
      '--partitions <total>',
      'how many partitions it has afterwards; keys go to other ones from then on',
      wholeNumber(1, 10_000),
    );
  return withClusterOptions(command).action(
    action(cli, async (name: string, options: AlterOptions) => {
      const { config = [], unset = [], partitions } = options;
      const both = unset.find((key) => config.some(([each]) => each === key));
      if (both !== undefined) throw usageError(`${both} cannot both be set and unset`);
      const settings = Object.fromEntries<string | null>([
        ...config,
        ...unset.map((key) => [key, null] as const),
      ]);
      const isConfigured = Object.keys(settings).length > 0;
      if (!isConfigured && partitions === undefined) {
        throw usageError('nothing to change; give --config key=value, --unset key or --partitions');
      }
      await withClient(cli, { ...options, topic: name }, async ({ admin }) => {
        if (isConfigured) await admin.alterTopic(name, settings);
        if (partitions !== undefined) await admin.addPartitions(name, partitions);
      });
      note(cli, `${name} altered`);
      return EXIT.done;
    }),
  );
}
