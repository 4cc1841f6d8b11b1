import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { brokerCommand } from './broker.ts';
import { completionCommand } from './completion.ts';
import { controllerCommand } from './controller.ts';
import { downCommand } from './down.ts';
import { upCommand } from './up.ts';

/** What there is, in the order of the help. A command is one file; `program` is for those that look at it. */
export const COMMANDS: readonly ((cli: Cli, program: Command) => Command)[] = [
  upCommand,
  downCommand,
  controllerCommand,
  brokerCommand,
  completionCommand,
];
