import { Command } from 'commander';
import type { StartRow } from '../../../../bench/start.ts';
import { EXIT, action, note, type Cli } from '../../cli.ts';
import { withOutputOptions, type Column, type OutputOptions } from '../../output.ts';
import { withRepetitions } from './experiment.ts';
import { configurationOf, printReport } from './report.ts';

interface StartBenchOptions extends OutputOptions {
  readonly repetitions: number;
}

export function benchStartCommand(cli: Cli): Command {
  const command = new Command('start').description(
    'from nothing to the first acknowledged write on three replicas',
  );
  return withOutputOptions(withRepetitions(command, 'of each mode')).action(
    action(cli, async (options: StartBenchOptions) => {
      const { benchStart } = await import('../../../../bench/start.ts');
      const rows = await benchStart({
        command: [process.execPath, cli.script],
        repetitions: options.repetitions,
        say: (line) => note(cli, line),
      });
      await printReport(cli, options, {
        title: 'Milliseconds from nothing to the first acknowledged write on three replicas',
        configuration: configurationOf(options, { replicationFactor: 3, brokers: 3 }),
        rows,
        columns: COLUMNS,
      });
      return EXIT.done;
    }),
  );
}

const COLUMNS: readonly Column<StartRow>[] = [
  { header: 'MODE', value: (row) => row.mode },
  { header: 'FIRST ACK MS', value: (row) => row.firstAckMs.median },
  { header: 'MIN', value: (row) => row.firstAckMs.min },
  { header: 'MAX', value: (row) => row.firstAckMs.max },
];
