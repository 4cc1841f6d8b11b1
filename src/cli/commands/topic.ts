import { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { alterTopicCommand } from '../topic/alter.ts';
import { createTopicCommand } from '../topic/create.ts';
import { deleteRecordsCommand } from '../topic/delete-records.ts';
import { deleteTopicCommand } from '../topic/delete.ts';
import { describeTopicCommand } from '../topic/describe.ts';
import { listTopicsCommand } from '../topic/list.ts';

export function topicCommand(cli: Cli): Command {
  return new Command('topic')
    .description('create, look at and change topics')
    .addCommand(createTopicCommand(cli))
    .addCommand(listTopicsCommand(cli))
    .addCommand(describeTopicCommand(cli))
    .addCommand(alterTopicCommand(cli))
    .addCommand(deleteTopicCommand(cli))
    .addCommand(deleteRecordsCommand(cli));
}
