/**
 * Bundles the compiled command with its packages into one script, and compiles that ahead of time, so
 * that a process starts without looking for, reading and compiling some six hundred files.
 *
 *   node bin/bundle.mjs           both, in processes of their own; the build calls it
 *   node bin/bundle.mjs --cache   the code cache only: loads the bundle and saves what V8 made of it
 *
 * Packages with native code or large tables stay outside, and are loaded when they are needed.
 * `bin/odradek` does without the bundle where it is missing.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUNDLE, CACHE, loadBundle } from './load-bundle.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const DIST = path.join(ROOT, 'dist');

const EXTERNAL = ['@node-rs/crc32', 'lz4-napi', 'snappy', '@hpcc-js/wasm-zstd'];

/** What the command loads only once it knows what is asked for, and the cache should know. */
const ENTRY = `
export { main } from './src/cli/index.js';
export const preload = () => Promise.all([import('./src/main.js'), import('./src/client/index.js')]);
`;

async function bundle() {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: ROOT,
    stdin: { contents: ENTRY, resolveDir: DIST, sourcefile: 'entry.js' },
    outfile: BUNDLE,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: EXTERNAL,
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'error',
    banner: { js: "const odradekDist = require('node:url').pathToFileURL(__dirname + '/').href;" },
    plugins: [{ name: 'places', setup: keepPlaces }],
  });
}

/** A module that asks where it lies is told where it would lie without the bundle. */
function keepPlaces(build) {
  build.onLoad({ filter: /[\\/]dist[\\/](src|bench)[\\/].*\.js$/ }, ({ path: file }) => {
    const place = path.relative(DIST, file).split(path.sep).join('/');
    const url = `new URL(${JSON.stringify(place)}, odradekDist)`;
    const contents = readFileSync(file, 'utf8')
      .replaceAll('import.meta.url', `${url}.href`)
      .replaceAll('import.meta.dirname', `require('node:url').fileURLToPath(new URL('.', ${url}))`);
    return { contents, loader: 'js' };
  });
}

async function cache() {
  const { exports, script } = loadBundle();
  await exports.preload();
  const temporary = `${CACHE}.${process.pid}`;
  writeFileSync(temporary, script.createCachedData());
  renameSync(temporary, CACHE);
}

if (process.argv.includes('--cache')) {
  await cache();
} else {
  await bundle();
  // In a process as the command's will be: V8 takes a cache only under the flags it was made with.
  const file = fileURLToPath(import.meta.url);
  const { status } = spawnSync(process.execPath, [file, '--cache'], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
