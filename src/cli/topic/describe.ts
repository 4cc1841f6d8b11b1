import { Command } from 'commander';
import type { PartitionDescription, TopicDescription } from '../../client/index.ts';
import { EXIT, action, type Cli } from '../cli.ts';
import { withClusterOptions, type ClusterOptions } from '../options.ts';
import {
  formatTable,
  printValue,
  withOutputOptions,
  type Column,
  type OutputOptions,
} from '../output.ts';
import { withClient } from '../with-client.ts';

const PARTITION_COLUMNS: readonly Column<PartitionDescription>[] = [
  { header: 'PARTITION', value: ({ partition }) => partition },
  { header: 'LEADER', value: ({ leader }) => leader },
  { header: 'LEADER-EPOCH', value: ({ leaderEpoch }) => leaderEpoch },
  { header: 'REPLICAS', value: ({ replicas }) => replicas.map(({ broker }) => broker).join(',') },
  { header: 'ISR', value: ({ isr }) => isr.join(',') || '-' },
  { header: 'LOG-START', value: ({ logStartOffset }) => logStartOffset },
  { header: 'HIGH-WATERMARK', value: ({ highWatermark }) => highWatermark },
  { header: 'LOG-END', value: ({ logEndOffset }) => logEndOffset },
  { header: 'BYTES', value: ({ sizeBytes }) => sizeBytes },
];

interface ReplicaRow {
  readonly partition: number;
  readonly broker: number;
  readonly role: string;
  readonly logEndOffset: number | null;
  readonly lagBytes: number | null;
}

const REPLICA_COLUMNS: readonly Column<ReplicaRow>[] = [
  { header: 'PARTITION', value: ({ partition }) => partition },
  { header: 'BROKER', value: ({ broker }) => broker },
  { header: 'ROLE', value: ({ role }) => role },
  { header: 'LOG-END-ON-DISK', value: ({ logEndOffset }) => logEndOffset },
  { header: 'LAG-BYTES', value: ({ lagBytes }) => lagBytes },
];

export function describeTopicCommand(cli: Cli): Command {
  const command = new Command('describe')
    .description('show leaders, in-sync replicas, epochs, offsets and lag of a topic')
    .argument('<name>', 'its name');
  return withOutputOptions(withClusterOptions(command)).action(
    action(cli, async (name: string, options: ClusterOptions & OutputOptions) => {
      const topic = await withClient(cli, options, (client) => client.admin.describeTopic(name));
      printValue(cli, options, topic, topicTables);
      return EXIT.done;
    }),
  );
}

function topicTables(topic: TopicDescription): string {
  const settings = Object.entries(topic.config).map(([key, value]) => ({
    key,
    value,
    set: key in topic.overrides ? 'topic' : 'default',
  }));
  const replicas = topic.partitions.flatMap(({ partition, leader, replicas }) =>
    replicas.map(({ broker, inSync, logEndOffset, lagBytes }) => ({
      partition,
      broker,
      role: broker === leader ? 'leader' : inSync ? 'in sync' : 'out of sync',
      logEndOffset,
      lagBytes,
    })),
  );
  return [
    `${topic.name}  ${topic.id}`,
    '',
    formatTable(settings, [
      { header: 'SETTING', value: ({ key }) => key },
      { header: 'VALUE', value: ({ value }) => value },
      { header: 'FROM', value: ({ set }) => set },
    ]),
    '',
    formatTable(topic.partitions, PARTITION_COLUMNS),
    '',
    formatTable(replicas, REPLICA_COLUMNS),
  ].join('\n');
}
