/**
 * `npm run fuzz`: mutated bytes against everything that reads them. `surfaces/` has what is fed
 * and what must hold. The first line says the seed, the last ones are a table; exit code 1 after any
 * failure, and each failing input is kept as a file with the command that runs it again.
 *
 *   npm run fuzz -- [--surface <name>]… [--inputs <count>] [--seed <number>]
 *   npm run fuzz -- --replay <file or directory> [--surface <name>]
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { FailureStore, readInputs } from './failure-store.ts';
import { runSurface } from './run-surface.ts';
import type { SurfaceReport } from './run-surface.ts';
import { reportTable } from './report-table.ts';
import { isSurfaceName, SURFACE_NAMES } from './surfaces/index.ts';
import type { SurfaceName } from './surfaces/index.ts';

const DEFAULT_INPUTS = 100_000;

interface Flags {
  readonly surfaces: readonly SurfaceName[];
  readonly inputs: number;
  readonly seed: number;
  readonly replay: string | null;
}

class UsageError extends Error {}

function parseFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      surface: { type: 'string', multiple: true, default: [] },
      inputs: { type: 'string', default: String(DEFAULT_INPUTS) },
      seed: { type: 'string' },
      replay: { type: 'string' },
    },
  });
  const surfaces = values.surface.flatMap((names) => names.split(',')).map(surfaceNamed);
  return {
    surfaces: surfaces.length === 0 ? SURFACE_NAMES : surfaces,
    inputs: wholeNumber('inputs', values.inputs),
    seed: values.seed === undefined ? randomInt(2 ** 32) : wholeNumber('seed', values.seed),
    replay: values.replay ?? null,
  };
}

function surfaceNamed(name: string): SurfaceName {
  if (isSurfaceName(name)) return name;
  throw new UsageError(`there is no surface ${name}; there are ${SURFACE_NAMES.join(', ')}`);
}

function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new UsageError(`--${flag} takes a whole number, not ${text}`);
}

async function fuzz(flags: Flags): Promise<boolean> {
  print(`seed ${flags.seed}`);
  const store = new FailureStore();
  const reports: SurfaceReport[] = [];
  for (const surface of flags.surfaces) {
    const { seed, inputs } = flags;
    const report = await runSurface({
      surface,
      seeds: [seed],
      inputs,
      onProgress: progress(surface, inputs),
    });
    reports.push(report);
    for (const failure of report.failures) print(store.keep(surface, failure));
  }
  print(reportTable(reports));
  return reports.every(({ failures }) => failures.length === 0);
}

async function replay(file: string, flags: Flags): Promise<boolean> {
  let sound = true;
  for (const [surface, inputs] of readInputs(file, flags.surfaces)) {
    const report = await runSurface({
      surface,
      seeds: [flags.seed],
      inputs: inputs.length,
      replay: inputs.map(({ bytes }) => bytes),
      onOutcome: (index, outcome) => {
        const said = outcome.kind === 'accepted' ? 'accepted' : `refused with ${outcome.code}`;
        print(`${inputs[index]?.path ?? surface}: ${said}`);
      },
    });
    for (const { index, error } of report.failures) {
      print(`${inputs[index ?? -1]?.path ?? surface}: ${error}`);
    }
    sound &&= report.failures.length === 0;
  }
  return sound;
}

/** One line every few seconds. */
function progress(surface: SurfaceName, inputs: number): (started: number) => void {
  let ticks = 0;
  return (started) => {
    ticks++;
    if (ticks % 5 === 0) process.stderr.write(`${surface}: ${started} of ${inputs} inputs\n`);
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  const flags = parseFlags(process.argv.slice(2));
  const sound = await (flags.replay === null ? fuzz(flags) : replay(flags.replay, flags));
  process.exitCode = sound ? 0 : 1;
} catch (error) {
  const isUsage = error instanceof UsageError || error instanceof TypeError;
  if (!isUsage) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
