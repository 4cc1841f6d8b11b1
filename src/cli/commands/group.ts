import { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { deleteGroupCommand } from '../group/delete.ts';
import { describeGroupCommand } from '../group/describe.ts';
import { listGroupsCommand } from '../group/list.ts';
import { seekGroupCommand } from '../group/seek.ts';

export function groupCommand(cli: Cli): Command {
  return new Command('group')
    .description('look at and move the places that groups have come to')
    .addCommand(listGroupsCommand(cli))
    .addCommand(describeGroupCommand(cli))
    .addCommand(seekGroupCommand(cli))
    .addCommand(deleteGroupCommand(cli));
}
