import { Command } from 'commander';
import { OdradekError } from '../../base/errors.ts';
import type { Admin, GroupOffset } from '../../client/index.ts';
import { EXIT, action, type Cli } from '../cli.ts';
import { withClusterOptions, type ClusterOptions } from '../options.ts';
import { printRows, withOutputOptions, type Column, type OutputOptions } from '../output.ts';
import { withClient } from '../with-client.ts';
import { committedOffsets } from './committed-offsets.ts';

/** How far a group has come in one partition. */
interface GroupLag {
  readonly topic: string;
  readonly partition: number;
  readonly committedOffset: number;
  /** The end of what is committed; null if the leader does not say. */
  readonly endOffset: number | null;
  /** In records, those that compaction has removed and the marks of transactions included. */
  readonly lagRecords: number | null;
  readonly metadata: string;
}

const COLUMNS: readonly Column<GroupLag>[] = [
  { header: 'TOPIC', value: ({ topic }) => topic },
  { header: 'PARTITION', value: ({ partition }) => partition },
  { header: 'COMMITTED', value: ({ committedOffset }) => committedOffset },
  { header: 'END', value: ({ endOffset }) => endOffset },
  { header: 'LAG', value: ({ lagRecords }) => lagRecords },
  { header: 'METADATA', value: ({ metadata }) => metadata },
];

export function describeGroupCommand(cli: Cli): Command {
  const command = new Command('describe')
    .description('how far a group has come, and how far it is behind')
    .argument('<group>', 'its name');
  return withOutputOptions(withClusterOptions(command)).action(
    action(cli, async (group: string, options: ClusterOptions & OutputOptions) => {
      const rows = await withClient(cli, options, async ({ admin }) => {
        const offsets = await committedOffsets(admin, group);
        return Promise.all(offsets.map((each) => lagOf(admin, each)));
      });
      printRows(cli, options, rows, COLUMNS);
      return EXIT.done;
    }),
  );
}

async function lagOf(admin: Admin, committed: GroupOffset): Promise<GroupLag> {
  const { topic, partition, offset, metadata = '' } = committed;
  const row = { topic, partition, committedOffset: offset, metadata };
  try {
    const timeoutMs = LEADER_TIMEOUT_MS;
    const endOffset = await admin.listOffset(topic, partition, 'end', { timeoutMs });
    return { ...row, endOffset, lagRecords: Math.max(0, endOffset - offset) };
  } catch (error) {
    if (!(error instanceof OdradekError) || !error.retriable) throw error;
    return { ...row, endOffset: null, lagRecords: null };
  }
}

/** A partition without a leader is shown without its end. */
const LEADER_TIMEOUT_MS = 5_000;
