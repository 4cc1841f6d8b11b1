/**
 * Runs every mutant on the same seeds until one of them shows what is missing.
 *
 *   npm run sim:mutants -- [--mutant X3] [--seeds 1000] [--jobs 2] [--write]
 *
 * `--mutant` takes the beginning of names, several separated by commas. A seed on which the build
 * without any mutant fails as well proves nothing and is passed over. Ends with a failure if a mutant
 * survives. `--write` puts what was found into the README.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { buildWorker, OUTPUT, ROOT } from './build.ts';
import { EXEMPT } from './exempt.ts';
import { MUTANTS } from './index.ts';
import type { Mutant } from './mutant.ts';
import { runSeeds } from './runner.ts';
import { parseRows, renderTables, replaceSection, type Row } from './table.ts';

const { values } = parseArgs({
  options: {
    mutant: { type: 'string', default: '' },
    seeds: { type: 'string', default: '1000' },
    jobs: { type: 'string', default: '2' },
    write: { type: 'boolean', default: false },
  },
});

interface Verdict {
  readonly mutant: Mutant;
  readonly caughtBy: string | null;
  readonly seed: number | null;
  readonly message: string;
}

const PLAIN = path.join(OUTPUT, 'plain.mjs');
const README = path.join(ROOT, 'test/sim/README.md');
const seeds = Number(values.seeds);
const SEEDS_PER_PROCESS = 40;

/** Whether the seed passes without a mutant; asked once for each. */
const sound = new Map<number, Promise<boolean>>();

function isSound(seed: number): Promise<boolean> {
  let asked = sound.get(seed);
  if (asked === undefined) {
    asked = runSeeds(PLAIN, seed, seed).then(({ kind }) => kind === 'passed');
    sound.set(seed, asked);
  }
  return asked;
}

function bundleOf(mutant: Mutant): string {
  return path.join(OUTPUT, `${mutant.name}.mjs`);
}

async function judge(mutant: Mutant): Promise<Verdict> {
  const bundle = bundleOf(mutant);
  for (let from = 1; from <= seeds;) {
    // What the worlds leave in a process’s memory goes with it.
    const to = Math.min(from + SEEDS_PER_PROCESS - 1, seeds);
    const end = await runSeeds(bundle, from, to);
    if (end.kind === 'passed') {
      from = to + 1;
      continue;
    }
    if (end.kind === 'died') {
      const message = `the simulator itself died on seed ${end.seed}: ${end.message}`;
      return { mutant, caughtBy: null, seed: null, message };
    }
    const { seed, invariant, message } = end.outcome;
    if (await isSound(seed)) {
      return { mutant, caughtBy: invariant ?? 'unknown', seed, message: message ?? '' };
    }
    from = seed + 1;
  }
  return { mutant, caughtBy: null, seed: null, message: `survives ${seeds} seeds` };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function report({ mutant, caughtBy, seed, message }: Verdict): string {
  const first = (message.split('\n')[0] ?? '').slice(0, 160);
  const verdict = caughtBy === null ? 'NOT CAUGHT' : `${caughtBy} on seed ${seed}`;
  return `${mutant.name.padEnd(44)} ${verdict.padEnd(20)} ${first}`;
}

async function writeTables(verdicts: readonly Verdict[]): Promise<void> {
  const markdown = await readFile(README, 'utf8');
  const rows = parseRows(markdown);
  for (const { mutant, caughtBy, seed } of verdicts) {
    const { name } = mutant;
    const row: Row = {
      name,
      caughtBy: caughtBy ?? 'nothing',
      seed: seed === null ? '–' : `${seed}`,
    };
    rows.set(name, row);
  }
  const tables = replaceSection(markdown, renderTables(MUTANTS, rows, EXEMPT));
  const config = (await resolveConfig(README)) ?? {};
  await writeFile(README, await format(tables, { ...config, parser: 'markdown' }));
}

const prefixes = values.mutant.split(',');
const waiting = MUTANTS.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)));
const total = waiting.length;
const verdicts: Verdict[] = [];
// All of them before the first run, so that sources which change meanwhile are no matter.
await buildWorker(null, PLAIN);
for (const mutant of waiting) await buildWorker(mutant, bundleOf(mutant));
await Promise.all(
  Array.from({ length: Number(values.jobs) }, async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const verdict = await judge(mutant);
      verdicts.push(verdict);
      print(`${String(verdicts.length).padStart(3)}/${total} ${report(verdict)}`);
    }
  }),
);
verdicts.sort((a, b) => MUTANTS.indexOf(a.mutant) - MUTANTS.indexOf(b.mutant));
const survivors = verdicts.filter(({ caughtBy }) => caughtBy === null);
const caught = verdicts.length - survivors.length;
print('');
for (const verdict of verdicts) print(`${verdict.mutant.rule.padEnd(4)} ${report(verdict)}`);
print(`\n${caught} of ${verdicts.length} mutants caught within ${seeds} seeds`);
if (values.write) await writeTables(verdicts);
if (survivors.length > 0 || verdicts.length === 0) process.exitCode = 1;
