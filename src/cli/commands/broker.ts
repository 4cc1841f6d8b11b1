import { Command } from 'commander';
import { loadBrokerConfig } from '../../config/load.ts';
import { startShards } from '../broker-shards.ts';
import type { Cli } from '../cli.ts';
import { startCommand } from '../start-process.ts';

export function brokerCommand(cli: Cli): Command {
  return new Command('broker').description('run a broker').addCommand(
    startCommand(cli, {
      role: 'broker',
      description: 'start a broker and stay in front until it is told to stop',
      load: loadBrokerConfig,
      start: startShards,
    }),
  );
}
