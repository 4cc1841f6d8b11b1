import { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { benchCompactionCommand } from './bench/compaction.ts';
import { benchConsumeCommand } from './bench/consume.ts';
import { benchFailoverCommand } from './bench/failover.ts';
import { benchGrowthCommand } from './bench/growth.ts';
import { benchGuardCommand } from './bench/guard.ts';
import { benchLatencyCommand } from './bench/latency.ts';
import { benchMemoryCommand } from './bench/memory.ts';
import { benchProduceCommand } from './bench/produce.ts';
import { benchScaleCommand } from './bench/scale.ts';
import { benchRestartCommand } from './bench/restart.ts';
import { benchStartCommand } from './bench/start.ts';

export function benchCommand(cli: Cli): Command {
  return new Command('bench')
    .description('measure what this machine can do, on a cluster of its own')
    .addCommand(benchProduceCommand(cli))
    .addCommand(benchConsumeCommand(cli))
    .addCommand(benchLatencyCommand(cli))
    .addCommand(benchScaleCommand(cli))
    .addCommand(benchFailoverCommand(cli))
    .addCommand(benchRestartCommand(cli))
    .addCommand(benchMemoryCommand(cli))
    .addCommand(benchGrowthCommand(cli))
    .addCommand(benchGuardCommand(cli))
    .addCommand(benchStartCommand(cli))
    .addCommand(benchCompactionCommand(cli));
}
