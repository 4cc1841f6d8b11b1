/** `npm run chaos`: see README.md in this directory. */
import { describeReport } from './report.ts';
import { parseOptions, USAGE, type MainOptions } from './options.ts';
import { Interrupted } from './interrupted.ts';
import { runChaos } from './run.ts';
import { describeFault, schedule } from './schedule.ts';

const SEED_BOUND = 2 ** 31;
const DRY_RUN_PERIODS = 50;

async function main(): Promise<number> {
  let options: MainOptions;
  try {
    options = parseOptions(process.argv.slice(2), () => Math.floor(Math.random() * SEED_BOUND));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    return 2;
  }
  const output = options.json ? process.stderr : process.stdout;
  const say = (line: string): void => void output.write(`${line}\n`);
  if (options.dryRun) {
    printSchedule(options, say);
    return 0;
  }
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  // Everything that was made is removed before the process ends, so a second signal does no more.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  // Nobody reads any more, as `| head` does.
  output.on('error', interrupt);
  const bugs: Error[] = [];
  process.on('uncaughtException', (error) => {
    bugs.push(error);
    interrupt();
  });
  try {
    const report = await runChaos(options, { say, signal: stop.signal });
    say(describeReport(report));
    if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    return report.ok ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    const [bug] = bugs;
    if (bug !== undefined) throw bug;
    say('interrupted; everything that was made is removed');
    return 130;
  }
}

function printSchedule(options: MainOptions, say: (line: string) => void): void {
  const smallDisks = [`broker-${options.brokers}`];
  for (const period of schedule({ ...options, smallDisks })) {
    if (period.number > DRY_RUN_PERIODS) return;
    const length = `${(period.lengthMs / 1_000).toFixed(1)} s`;
    say(`period ${period.number}, ${length}${period.isHard ? ', hard' : ''}`);
    for (const fault of period.faults) {
      say(`  at ${(fault.atMs / 1_000).toFixed(1)} s: ${describeFault(fault)}`);
    }
  }
}

process.exitCode = await main();

// gRPC may still be connecting to an address that is gone with its network, for minutes.
// eslint-disable-next-line no-restricted-properties -- this is the outermost frame
setTimeout(() => process.exit(), 1_000).unref();
