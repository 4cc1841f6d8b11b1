/** Runs the bundle of the command by the code cache that was made for it; see `bundle.mjs`. */
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import vm from 'node:vm';

/**
 * Buffers that come from the network and go again at once count as external memory, and every 64 MiB
 * of them V8 begins to mark the whole heap beside the program, which under load never ends: more than
 * half of a broker's CPU. Without it the heap is marked in one go when a limit is really reached,
 * 20 to 60 ms on two cores that are busy. Figures: bench/README.md. Here, because a code cache
 * is only taken under the flags that it was made with.
 */
setFlagsFromString('--no-incremental-marking');

const DIST = path.resolve(import.meta.dirname, '../dist');
export const BUNDLE = path.join(DIST, 'odradek.cjs');
export const CACHE = path.join(DIST, 'odradek.cache');

/** What the bundle exports, and its script. Throws ENOENT where there is none. */
export function loadBundle() {
  // All of it is ASCII, and half the size in memory if V8 knows.
  const source = Module.wrap(readFileSync(BUNDLE, 'latin1'));
  const cachedData = readIfThere(CACHE);
  const script = new vm.Script(source, {
    filename: BUNDLE,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    // One that V8 does not take, from another version, only means that it compiles by itself.
    ...(cachedData === null ? {} : { cachedData }),
  });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(BUNDLE), module, BUNDLE, DIST);
  return { exports: module.exports, script };
}

function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}
