/**
 * `npm run sim -- [--seeds N] [--from A] [--jobs J]`: lives seeds in processes of their own, one for
 * each core, and says how fast, how far and what was reached.
 * `npm run sim -- --seed N [--trace]`: one seed, its knobs first.
 *
 * Exits with 1 when a seed breaks an invariant, or when a thousand seeds never reach a state that
 * they should.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { buildWorker, OUTPUT } from './mutants/build.ts';
import { RARE } from './sometimes.ts';
import type { SeedReport } from './worker.ts';

const BUNDLE = path.join(OUTPUT, 'worker.mjs');
/** As many workers as cores: nothing is gained by collecting garbage on the neighbour's. */
const NODE_OPTIONS = [
  '--enable-source-maps',
  '--single-threaded-gc',
  '--min-semi-space-size=32',
  '--max-semi-space-size=64',
];
const PROGRESS_MS = 5_000;
const SEEDS_PER_PROCESS = 40;
/** From so many seeds on every rare state must have been seen. */
const COVERAGE_SEEDS = 1_000;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

await buildWorker([], BUNDLE);
process.exitCode = values.seed === undefined ? await many() : await one(values.seed);

/** One seed, with all that is known of it. */
async function one(seed: string): Promise<number> {
  const trace = values.trace ? ['--trace'] : [];
  let failed = true;
  await run(['--from', seed, '--to', seed, '--knobs', ...trace], (report) => {
    failed = !report.ok;
    print(`seed ${report.seed} ${report.knobs}`);
    print(summary(report));
  });
  return failed ? 1 : 0;
}

async function many(): Promise<number> {
  const [seeds, from, jobs] = [values.seeds, values.from, values.jobs].map(Number) as [
    number,
    number,
    number,
  ];
  print(
    `seeds ${from} to ${from + seeds - 1}, ${jobs} at a time; knobs and faults are drawn from each`,
  );
  const startedAt = performance.now();
  const reports: SeedReport[] = [];
  const failures: SeedReport[] = [];
  const seconds = (): number => (performance.now() - startedAt) / 1_000;
  const progress = setInterval(() => {
    const rate = reports.length / seconds();
    const left = Math.round((seeds - reports.length) / rate);
    process.stderr.write(
      `${reports.length} of ${seeds} seeds, ${rate.toFixed(2)} a second, ${failures.length} failed, about ${left} s to go\n`,
    );
  }, PROGRESS_MS);
  // A process of its own for each few dozen seeds: what they leave in memory goes with it.
  let next = from;
  const live = async (): Promise<void> => {
    while (next < from + seeds) {
      const first = next;
      const last = Math.min(first + SEEDS_PER_PROCESS, from + seeds) - 1;
      next = last + 1;
      await run(['--from', String(first), '--to', String(last)], (report) => {
        reports.push(report);
        if (report.ok) return;
        failures.push(report);
        print(`FAILED ${summary(report)}`);
        print(`  npm run sim -- --seed ${report.seed} --trace`);
      });
    }
  };
  await Promise.all(Array.from({ length: jobs }, live));
  clearInterval(progress);
  const lived = new Set(reports.map(({ seed }) => seed));
  const fallen = Array.from({ length: seeds }, (_, index) => from + index).filter(
    (seed) => !lived.has(seed),
  );
  return conclude(reports, failures, fallen, seconds(), jobs);
}

/** Prints the tables; the exit code. */
function conclude(
  reports: readonly SeedReport[],
  failures: readonly SeedReport[],
  fallen: readonly number[],
  seconds: number,
  jobs: number,
): number {
  const sum = (of: (report: SeedReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  const least = (of: (report: SeedReport) => number): number =>
    reports.reduce((low, report) => Math.min(low, of(report)), Infinity);
  const simulated = sum(({ simulatedMs }) => simulatedMs) / 1_000;
  const busy = sum(({ ms }) => ms) / 1_000;
  const faultsOf = (report: SeedReport): number =>
    Object.values(report.faults).reduce((total, count) => total + count, 0);

  print('');
  print('faults                                              seeds      times');
  const faults = count(reports, ({ faults }) => faults);
  for (const [name, { seeds: of, times }] of faults) print(row(name, of, times));
  print('');
  print('rare states                                         seeds      times');
  const rare = count(reports, (report) => report.rare);
  const unreached = RARE.filter((state) => !rare.has(state));
  for (const state of RARE) {
    const { seeds: of, times } = rare.get(state) ?? { seeds: 0, times: 0 };
    print(row(state, of, times));
  }
  print('');
  print(
    `${reports.length} seeds in ${seconds.toFixed(0)} s: ${(reports.length / seconds).toFixed(2)} seeds a second, ` +
      `${(simulated / busy).toFixed(1)} simulated seconds a second and core, ` +
      `${Math.round(sum(({ events }) => events) / busy)} events a second and core (${jobs} at a time)`,
  );
  print(
    `each seed: at least ${least(({ acknowledged }) => acknowledged)} acknowledged batches and ` +
      `${least(faultsOf)} faults; on average ${(sum(({ acknowledged }) => acknowledged) / reports.length).toFixed(0)} and ` +
      `${(sum(faultsOf) / reports.length).toFixed(0)}, in ${(simulated / reports.length).toFixed(1)} simulated seconds`,
  );
  if (fallen.length > 0)
    print(`${fallen.length} seeds have no report, their process fell over: ${fallen.join(', ')}`);
  const blind = reports.length >= COVERAGE_SEEDS && unreached.length > 0;
  if (blind) print(`never reached: ${unreached.join('; ')}`);
  print(
    failures.length === 0
      ? `no invariant was broken in ${reports.length} seeds`
      : `${failures.length} seeds failed: ${failures.map(({ seed }) => seed).join(', ')}`,
  );
  return failures.length > 0 || fallen.length > 0 || blind ? 1 : 0;
}

function row(name: string, seeds: number, times: number): string {
  return `${name.padEnd(46)} ${String(seeds).padStart(10)} ${String(times).padStart(10)}`;
}

function count(
  reports: readonly SeedReport[],
  of: (report: SeedReport) => Readonly<Record<string, number>>,
): Map<string, { seeds: number; times: number }> {
  const counts = new Map<string, { seeds: number; times: number }>();
  for (const report of reports) {
    for (const [name, times] of Object.entries(of(report))) {
      const entry = counts.get(name) ?? { seeds: 0, times: 0 };
      entry.seeds += 1;
      entry.times += times;
      counts.set(name, entry);
    }
  }
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function summary(report: SeedReport): string {
  const { seed, ok, message, traceHash, simulatedMs, acknowledged, ms } = report;
  const facts = `${acknowledged} batches, ${(simulatedMs / 1_000).toFixed(1)} simulated seconds, ${ms} ms, trace ${traceHash}`;
  return `seed ${seed} ${ok ? 'holds' : 'breaks'} (${facts})${ok ? '' : `\n  ${message}`}`;
}

/** Runs a worker to its end. What it says beside its reports goes to the standard error. */
function run(args: readonly string[], onReport: (report: SeedReport) => void): Promise<void> {
  const worker = spawn(process.execPath, [...NODE_OPTIONS, BUNDLE, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: worker.stdout }).on('line', (line) => {
    onReport(JSON.parse(line) as SeedReport);
  });
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('close', () => resolve());
  });
}
