import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildWorker, OUTPUT, ROOT } from './build.ts';
import { EXEMPT } from './exempt.ts';
import { MUTANTS } from './index.ts';
import { applyPatches, RULES, type Mutant } from './mutant.ts';
import { parseRows, renderTables, replaceSection } from './table.ts';

function filesOf({ patches }: Mutant): string[] {
  return [...new Set(patches.map(({ file }) => file))];
}

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

describe('the mutants', () => {
  test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    '%s fits the sources, changes them, and leaves them readable',
    async (_name, mutant) => {
      for (const file of filesOf(mutant)) {
        const source = read(file);
        const patched = applyPatches(source, file, mutant.patches);
        const [before, after] = await Promise.all(
          [source, patched].map((text) => transform(text, { loader: 'ts', target: 'node20' })),
        );
        expect(after?.code).not.toBe(before?.code);
      }
    },
  );

  test('have names of their own that begin with their rules', () => {
    const names = MUTANTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(MUTANTS.filter(({ name, rule }) => !name.startsWith(`${rule}-`))).toEqual([]);
  });

  test('do not do the same as another', () => {
    const deeds = MUTANTS.map(({ patches }) => JSON.stringify(patches));
    expect(new Set(deeds).size).toBe(deeds.length);
  });

  test('and the exemptions cover every rule', () => {
    const covered = new Set([...MUTANTS, ...EXEMPT].map(({ rule }) => rule));
    expect(RULES.filter((rule) => !covered.has(rule))).toEqual([]);
  });
});

describe('a build', () => {
  let directory = '';

  beforeAll(async () => {
    await mkdir(OUTPUT, { recursive: true });
    directory = mkdtempSync(path.join(OUTPUT, 'test-'));
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  const built = async (name: string, mutants: readonly Mutant[]): Promise<string> => {
    const file = path.join(directory, name);
    await buildWorker(mutants, file);
    return readFileSync(file, 'utf8');
  };

  test('has the patch of its mutant and is else the plain one', async () => {
    const mutants = MUTANTS.filter(({ name }) => name === 'L4-unheard-members-passed-over');
    const [plain, mutated] = await Promise.all([
      built('plain.mjs', []),
      built('mutant.mjs', mutants),
    ]);
    const changed = mutated.split('\n').filter((line) => !plain.includes(`${line}\n`));
    expect(changed).toEqual(['    if (follower.logEndOffset === null) continue;']);
  });

  test('fails where a text is not there, or there twice', async () => {
    for (const find of ['no such text', 'core']) {
      const patches = [{ file: 'src/replication/lease.ts', find, replace: '' }];
      await expect(built('wrong.mjs', [{ ...SOME, patches }])).rejects.toThrow('instead of once');
    }
  });

  test('fails where a patched file is no part of it', async () => {
    const patches = [{ file: 'src/cli/cli.ts', find: 'a', replace: 'b' }];
    await expect(built('wrong.mjs', [{ ...SOME, patches }])).rejects.toThrow('is no part of');
  });
});

test('what was found survives being written down and read', () => {
  const row = { name: 'L1-some', caughtBy: 'S8', seed: '17', story: 'none' };
  const tables = renderTables([SOME], new Map([[row.name, row]]), [
    { rule: 'C7', guard: 'a | b', reason: 'none', noticedBy: 'nobody' },
  ]);
  const empty = 'before\n<!-- mutants: begin -->\nold\n<!-- mutants: end -->\nafter\n';
  const markdown = replaceSection(empty, tables);
  expect([...parseRows(markdown).values()]).toEqual([row]);
  expect(markdown).toMatch(/^before\n[^]*a \\\| b[^]*\nafter\n$/);
  expect(replaceSection(markdown, tables)).toBe(markdown);
  expect(() => replaceSection('no markers', tables)).toThrow('lacks');
});

const SOME: Mutant = {
  name: 'L1-some',
  rule: 'L1',
  what: 'Nothing.',
  harm: 'None.',
  harms: 'safety',
  patches: [],
};
