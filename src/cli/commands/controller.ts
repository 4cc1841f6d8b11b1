import { Command } from 'commander';
import { loadControllerConfig } from '../../config/load.ts';
import type { Cli } from '../cli.ts';
import { startCommand } from '../start-process.ts';

export function controllerCommand(cli: Cli): Command {
  return new Command('controller').description('run a controller').addCommand(
    startCommand(cli, {
      role: 'controller',
      description: 'start a controller and stay in front until it is told to stop',
      load: loadControllerConfig,
      start: async (config) => {
        const { startController } = await import('../../main.ts');
        return startController(config);
      },
    }),
  );
}
