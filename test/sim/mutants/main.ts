/**
 * Looks for worlds in which each mutant shows what is missing; many mutants live a world at once, see
 * `squad.ts`.
 *
 *   npm run sim:mutants -- [--mutant X3] [--seeds 1000] [--squad 20] [--jobs 2] [--write]
 *
 * `--mutant` takes the beginning of names, several separated by commas; `--squad 1` lets each live by
 * itself. Ends with a failure if a mutant survives. `--write` puts each verdict into the README as
 * soon as it is there.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { buildWorker, OUTPUT, ROOT } from './build.ts';
import { EXEMPT } from './exempt.ts';
import { MUTANTS } from './index.ts';
import { applyPatches, type Mutant } from './mutant.ts';
import { runSeeds, type RunEnd } from './runner.ts';
import { judgeSquad, type Verdict } from './squad.ts';
import { parseRows, renderTables, replaceSection, type Row } from './table.ts';

const { values } = parseArgs({
  options: {
    mutant: { type: 'string', default: '' },
    seeds: { type: 'string', default: '1000' },
    squad: { type: 'string', default: '20' },
    jobs: { type: 'string', default: '2' },
    write: { type: 'boolean', default: false },
  },
});

const README = path.join(ROOT, 'test/sim/README.md');
const seeds = Number(values.seeds);
const startedAt = performance.now();

/** What the patches are held against, to see which go together. */
const sources = new Map<string, string>();
for (const { file } of MUTANTS.flatMap(({ patches }) => patches)) {
  if (!sources.has(file)) sources.set(file, await readFile(path.join(ROOT, file), 'utf8'));
}

/** Whether these can be switched off together: where two change the same text, only one finds it. */
function fit(mutants: readonly Mutant[]): boolean {
  const patches = mutants.flatMap((mutant) => mutant.patches);
  try {
    for (const [file, source] of sources) applyPatches(source, file, patches);
    return true;
  } catch {
    return false;
  }
}

/** Squads of mutants that fit together, neighbours (which guard the same thing) in different ones. */
function squadsOf(mutants: readonly Mutant[], size: number): Mutant[][] {
  const squads: Mutant[][] = Array.from({ length: Math.ceil(mutants.length / size) }, () => []);
  for (const [index, mutant] of mutants.entries()) {
    const order = squads.map((_, offset) => squads[(index + offset) % squads.length] as Mutant[]);
    const squad = order.find((each) => fit([...each, mutant]));
    if (squad === undefined) squads.push([mutant]);
    else squad.push(mutant);
  }
  return squads;
}

const building = new Map<string, Promise<void>>();

async function live(mutants: readonly Mutant[], from: number, to: number): Promise<RunEnd> {
  const names = mutants.map(({ name }) => name).join(' ');
  const hash = createHash('sha256').update(names).digest('hex').slice(0, 16);
  const bundle = path.join(OUTPUT, `mutants-${hash}.mjs`);
  let built = building.get(bundle);
  if (built === undefined) {
    built = buildWorker(mutants, bundle);
    building.set(bundle, built);
  }
  await built;
  return runSeeds(bundle, from, to);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function report({ mutant, caughtBy, seed, message }: Verdict): string {
  const first = (message.split('\n')[0] ?? '').slice(0, 160);
  const verdict = caughtBy === null ? 'NOT CAUGHT' : `${caughtBy} on seed ${seed}`;
  return `${mutant.name.padEnd(44)} ${verdict.padEnd(20)} ${first}`;
}

/** Verdicts come one at a time into the README, so that nothing is lost when a long run ends early. */
let writing = Promise.resolve();

async function write({ mutant, caughtBy, seed }: Verdict): Promise<void> {
  const markdown = await readFile(README, 'utf8');
  const rows = parseRows(markdown);
  const row: Row = {
    name: mutant.name,
    caughtBy: caughtBy ?? `none of ${seeds}`,
    seed: seed === null ? '–' : `${seed}`,
  };
  rows.set(mutant.name, row);
  const tables = replaceSection(markdown, renderTables(MUTANTS, rows, EXEMPT));
  const config = (await resolveConfig(README)) ?? {};
  await writeFile(README, await format(tables, { ...config, parser: 'markdown' }));
}

const prefixes = values.mutant.split(',');
const chosen = MUTANTS.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)));
const verdicts: Verdict[] = [];

function tell(verdict: Verdict): void {
  verdicts.push(verdict);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  print(
    `${seconds.padStart(5)} s ${String(verdicts.length).padStart(3)}/${chosen.length} ${report(verdict)}`,
  );
  if (values.write) writing = writing.then(() => write(verdict));
}

const squads = squadsOf(chosen, Number(values.squad));
await Promise.all(
  Array.from({ length: Number(values.jobs) }, async () => {
    for (let squad = squads.shift(); squad !== undefined; squad = squads.shift()) {
      await judgeSquad(squad, seeds, live, tell);
    }
  }),
);
await writing;
verdicts.sort((a, b) => MUTANTS.indexOf(a.mutant) - MUTANTS.indexOf(b.mutant));
const survivors = verdicts.filter(({ caughtBy }) => caughtBy === null);
const caught = verdicts.length - survivors.length;
print('');
for (const verdict of verdicts) print(`${verdict.mutant.rule.padEnd(4)} ${report(verdict)}`);
print(`\n${caught} of ${verdicts.length} mutants caught within ${seeds} seeds`);
if (survivors.length > 0 || verdicts.length === 0) process.exitCode = 1;
