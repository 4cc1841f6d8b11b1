/**
 * Looks for worlds in which each mutant shows what is missing; many mutants live a world at once, see
 * `squad.ts`.
 *
 *   npm run sim:mutants -- [--mutant X3] [--seeds 1000] [--squad 20] [--jobs 2] [--write]
 *   npm run sim:mutants -- --stories [--file more-guards] [--mutant X3] [--jobs 2] [--write]
 *
 * `--mutant` takes the beginning of names, several separated by commas, or `open` for those that
 * neither a world nor a story has caught yet; `--squad 1` lets each live by itself. `--stories` tells
 * the stories of `scenarios/` to them instead, with `--file` only those of files of such a name. Ends
 * with a failure if a mutant survives. `--write` puts each verdict into the README as soon as it is
 * there.
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
import { storiesThatFail } from './stories.ts';
import {
  isCaught,
  NO_STORY,
  NOTHING,
  parseRows,
  renderTables,
  replaceSection,
  unknownRow,
  type Row,
} from './table.ts';

const { values } = parseArgs({
  options: {
    mutant: { type: 'string', default: '' },
    seeds: { type: 'string', default: '1000' },
    squad: { type: 'string', default: '20' },
    jobs: { type: 'string', default: '2' },
    stories: { type: 'boolean', default: false },
    file: { type: 'string', default: '' },
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

async function write(name: string, found: Partial<Row>): Promise<void> {
  const markdown = await readFile(README, 'utf8');
  const rows = parseRows(markdown);
  rows.set(name, { ...(rows.get(name) ?? unknownRow(name)), ...found });
  const tables = replaceSection(markdown, renderTables(MUTANTS, rows, EXEMPT));
  const config = (await resolveConfig(README)) ?? {};
  await writeFile(README, await format(tables, { ...config, parser: 'markdown' }));
}

const known = parseRows(await readFile(README, 'utf8'));
const prefixes = values.mutant.split(',');
const chosen = MUTANTS.filter(({ name }) =>
  values.mutant === 'open'
    ? !isCaught(known.get(name))
    : prefixes.some((prefix) => name.startsWith(prefix)),
);

/** As the first column of a line of progress. */
function progress(done: number): string {
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  return `${seconds.padStart(5)} s ${String(done).padStart(3)}/${chosen.length}`;
}

function note(name: string, found: Partial<Row>): void {
  if (values.write) writing = writing.then(() => write(name, found));
}

/** Runs `work` on all of these, as many at once as `--jobs` says. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  await Promise.all(
    Array.from({ length: Number(values.jobs) }, async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
    }),
  );
  await writing;
}

/** Lets all of them live worlds; returns how many survive. */
async function liveWorlds(): Promise<number> {
  const verdicts: Verdict[] = [];
  const tell = (verdict: Verdict): void => {
    verdicts.push(verdict);
    print(`${progress(verdicts.length)} ${report(verdict)}`);
    const { mutant, caughtBy, seed } = verdict;
    note(mutant.name, {
      caughtBy: caughtBy ?? `none of ${seeds}`,
      seed: seed === null ? NOTHING : `${seed}`,
    });
  };
  await eachOf(squadsOf(chosen, Number(values.squad)), (squad) =>
    judgeSquad(squad, seeds, live, tell),
  );
  verdicts.sort((a, b) => MUTANTS.indexOf(a.mutant) - MUTANTS.indexOf(b.mutant));
  print('');
  for (const verdict of verdicts) print(`${verdict.mutant.rule.padEnd(4)} ${report(verdict)}`);
  return verdicts.filter(({ caughtBy }) => caughtBy === null).length;
}

/** Tells all of them stories; returns how many survive. */
async function tellStories(): Promise<number> {
  let [told, survivors] = [0, 0];
  await eachOf(chosen, async (mutant) => {
    const [story, ...others] = await storiesThatFail(mutant, values.file);
    told += 1;
    if (story === undefined) survivors += 1;
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    print(`${progress(told)} ${mutant.name.padEnd(44)} ${story ?? 'NOT CAUGHT'}${more}`);
    note(mutant.name, { story: story ?? NO_STORY });
  });
  return survivors;
}

const survivors = await (values.stories ? tellStories() : liveWorlds());
const by = values.stories ? 'stories' : `${seeds} seeds`;
print(`\n${chosen.length - survivors} of ${chosen.length} mutants caught by ${by}`);
if (survivors > 0 || chosen.length === 0) process.exitCode = 1;
