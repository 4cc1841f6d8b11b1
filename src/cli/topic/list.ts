import { Command } from 'commander';
import type { TopicListing } from '../../client/index.ts';
import { EXIT, action, type Cli } from '../cli.ts';
import { withClusterOptions, type ClusterOptions } from '../options.ts';
import { printRows, withOutputOptions, type Column, type OutputOptions } from '../output.ts';
import { withClient } from '../with-client.ts';

const COLUMNS: readonly Column<TopicListing>[] = [
  { header: 'NAME', value: ({ name }) => name },
  { header: 'PARTITIONS', value: ({ partitions }) => partitions },
  { header: 'REPLICATION-FACTOR', value: ({ replicationFactor }) => replicationFactor },
  {
    header: 'UNDER-REPLICATED',
    value: ({ underReplicatedPartitions }) => underReplicatedPartitions,
  },
  { header: 'OFFLINE', value: ({ offlinePartitions }) => offlinePartitions },
];

export function listTopicsCommand(cli: Cli): Command {
  const command = new Command('list').description('list topics');
  return withOutputOptions(withClusterOptions(command)).action(
    action(cli, async (options: ClusterOptions & OutputOptions) => {
      const topics = await withClient(cli, options, (client) => client.admin.listTopics());
      printRows(cli, options, topics, COLUMNS);
      return EXIT.done;
    }),
  );
}
