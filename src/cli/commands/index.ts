import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { benchCommand } from './bench.ts';
import { brokerCommand } from './broker.ts';
import { clusterCommand } from './cluster.ts';
import { completionCommand } from './completion.ts';
import { consumeCommand } from './consume.ts';
import { controllerCommand } from './controller.ts';
import { downCommand } from './down.ts';
import { groupCommand } from './group.ts';
import { leaderCommand } from './leader.ts';
import { produceCommand } from './produce.ts';
import { topicCommand } from './topic.ts';
import { logCommand } from './log.ts';
import { upCommand } from './up.ts';

/** What there is, in the order of the help. A command is one file; `program` is for those that look at it. */
export const COMMANDS: readonly ((cli: Cli, program: Command) => Command)[] = [
  upCommand,
  downCommand,
  controllerCommand,
  brokerCommand,
  benchCommand,
  logCommand,
  clusterCommand,
  topicCommand,
  produceCommand,
  consumeCommand,
  groupCommand,
  leaderCommand,
  completionCommand,
];
