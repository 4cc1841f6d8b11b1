import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { applyPatches, type Mutant, type Patch } from './mutant.ts';

/** The root of the repository. */
export const ROOT = path.resolve(import.meta.dirname, '../../..');

/**
 * Where bundles go. Within the repository, since packages are not bundled and Node looks for them
 * from where the bundle lies.
 */
export const OUTPUT = path.join(ROOT, '.cache/sim');

const WORKER = 'test/sim/worker.ts';

/**
 * Bundles the simulator's process (or another `entry`) into one file for Node 20, with the patches
 * of these mutants in its sources; none: as they are. Rejects where a patch does not fit its source,
 * or where its source is no part of the bundle, so that a mutant is never run without being one.
 */
export async function buildWorker(
  mutants: readonly Mutant[],
  outFile: string,
  entry: string = WORKER,
): Promise<void> {
  const patches = mutants.flatMap((mutant) => mutant.patches);
  const missing = new Set(patches.map(({ file }) => file));
  await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile: outFile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'silent',
    plugins: [patchSources(patches, missing)],
  });
  if (missing.size > 0) {
    throw new Error(`${[...missing].join(', ')} is no part of ${entry}`);
  }
}

function patchSources(patches: readonly Patch[], missing: Set<string>): Plugin {
  return {
    name: 'mutants',
    setup(bundle) {
      bundle.onLoad({ filter: /\.ts$/ }, async ({ path: absolute }) => {
        const file = path.relative(ROOT, absolute).split(path.sep).join('/');
        if (!missing.delete(file)) return undefined;
        const source = await readFile(absolute, 'utf8');
        return { contents: applyPatches(source, file, patches), loader: 'ts' };
      });
    },
  };
}
