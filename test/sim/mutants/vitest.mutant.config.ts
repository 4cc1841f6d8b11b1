/**
 * The stories of `scenarios/`, told to sources that lack a guard: `MUTANT` names it. What
 * `main.ts --stories` runs; not for use by hand.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { defineConfig, type Plugin } from 'vitest/config';
import { MUTANTS } from './index.ts';
import { applyPatches } from './mutant.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const name = process.env['MUTANT'];
const mutant = MUTANTS.find((each) => each.name === name);
if (mutant === undefined) throw new Error(`there is no mutant ${name}`);
const files = new Set(mutant.patches.map(({ file }) => path.join(ROOT, file)));

const patch: Plugin = {
  name: 'mutant',
  enforce: 'pre',
  load(id) {
    const [absolute = ''] = id.split('?');
    if (!files.has(absolute)) return undefined;
    const file = path.relative(ROOT, absolute).split(path.sep).join('/');
    return applyPatches(readFileSync(absolute, 'utf8'), file, mutant.patches);
  },
};

export default defineConfig({
  root: ROOT,
  plugins: [patch],
  test: {
    include: ['test/sim/scenarios/**/*.test.ts'],
    // It bundles the sources by itself, and would tell them as they are.
    exclude: ['test/sim/scenarios/guards.test.ts'],
    pool: 'threads',
    testTimeout: 60_000,
    cache: false,
  },
});
