import { Command } from 'commander';
import { EXIT, action, type Cli } from '../cli.ts';
import { collectKeyValues, type KeyValue } from '../key-value.ts';
import { wholeNumber, withClusterOptions, type ClusterOptions } from '../options.ts';
import { printValue, withOutputOptions, type OutputOptions } from '../output.ts';
import { withClient } from '../with-client.ts';

interface CreateOptions extends ClusterOptions, OutputOptions {
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly config?: readonly KeyValue[];
  readonly validateOnly?: true;
}

export function createTopicCommand(cli: Cli): Command {
  const command = new Command('create')
    .description('create a topic')
    .argument('<name>', 'its name')
    .option('--partitions <count>', 'how many (num.partitions)', wholeNumber(1, 10_000))
    .option(
      '--replication-factor <count>',
      'on how many brokers each partition lies (default.replication.factor)',
      wholeNumber(1, 100),
    )
    .option('--config <key=value...>', 'settings, such as retention.ms=7d', collectKeyValues)
    .option('--validate-only', 'say whether it could be created, and create nothing');
  return withOutputOptions(withClusterOptions(command)).action(
    action(cli, async (name: string, options: CreateOptions) => {
      const { partitions, replicationFactor, config, validateOnly } = options;
      const created = await withClient(cli, options, (client) =>
        client.admin.createTopic(name, {
          ...(partitions === undefined ? {} : { partitions }),
          ...(replicationFactor === undefined ? {} : { replicationFactor }),
          ...(config === undefined ? {} : { config: Object.fromEntries(config) }),
          ...(validateOnly === undefined ? {} : { validateOnly }),
        }),
      );
      printValue(cli, options, created, (topic) => {
        const done = validateOnly === true ? 'could be created' : 'created';
        const partitioned = `${topic.partitions} partition${topic.partitions === 1 ? '' : 's'}`;
        return `${topic.name} ${done}: ${partitioned}, replication factor ${topic.replicationFactor}`;
      });
      return EXIT.done;
    }),
  );
}
