import { Command } from 'commander';
import type { TopicListing } from '../../client/index.ts';
import { EXIT, action, type Cli } from '../cli.ts';
import { withClusterOptions, type ClusterOptions } from '../options.ts';
import { printRows, withOutputOptions, type Column, type OutputOptions } from '../output.ts';
import { withClient } from '../with-client.ts';

interface ListOptions extends ClusterOptions, OutputOptions {
  readonly internal?: true;
}

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
  const command = new Command('list')
    .description('list topics')
    .option('--internal', 'those that the cluster keeps for itself, too, which begin with __');
  return withOutputOptions(withClusterOptions(command)).action(
    action(cli, async (options: ListOptions) => {
      const topics = await withClient(cli, options, (client) => client.admin.listTopics());
      const shown = topics.filter(({ name }) => options.internal === true || !isInternal(name));
      printRows(cli, options, shown, COLUMNS);
      return EXIT.done;
    }),
  );
}

function isInternal(name: string): boolean {
  return name.startsWith('__');
}
