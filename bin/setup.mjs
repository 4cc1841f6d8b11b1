#!/usr/bin/env node
/**
 * Sets up whatever a checkout lacks: dependencies by `npm ci`, then the build. Does nothing, and says
 * nothing, when both are up to date. Plain Node without dependencies, because it runs before there
 * are any.
 *
 *   node bin/setup.mjs [--dependencies] [--force]
 *
 * `--dependencies` leaves the build out; `--force` builds even if nothing has changed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.dirname(path.dirname(realpathSync(fileURLToPath(import.meta.url))));
const at = (...parts) => path.join(ROOT, ...parts);

const LOCK_FILE = at('.cache', 'setup.lock');
const DEPENDENCY_STAMP = at('node_modules', '.odradek-stamp');
const BUILD_STAMP = at('dist', '.odradek-stamp.json');

class SetupFailure extends Error {}

/** Brings the checkout up to date. Throws `SetupFailure` with a sentence when it cannot. */
export function setup({ dependenciesOnly = false, force = false } = {}) {
  if (dependenciesAreCurrent() && (dependenciesOnly || (!force && buildIsCurrent()))) return;
  withLock(() => {
    // Looked at again: whoever held the lock may have done the work.
    if (!dependenciesAreCurrent()) installDependencies();
    if (!dependenciesOnly && (force || !buildIsCurrent())) build(force);
  });
}

// --- Dependencies -------------------------------------------------------------------------------

/**
 * The stamp holds the hash of the lock file that was installed. Without one, what npm itself wrote
 * down about the tree decides, so that an `npm ci` or `npm install` by hand counts as well.
 */
function dependenciesAreCurrent() {
  const hash = hashOf(readFileSync(at('package-lock.json')));
  if (readIfThere(DEPENDENCY_STAMP) === hash) return true;
  const installed = readIfThere(at('node_modules', '.package-lock.json'));
  if (installed === null) return false;
  const have = JSON.parse(installed).packages;
  const want = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')).packages;
  const current = Object.entries(want).every(
    ([name, entry]) => name === '' || entry.optional || have[name]?.version === entry.version,
  );
  if (current) writeAtomically(DEPENDENCY_STAMP, hash);
  return current;
}

function installDependencies() {
  say('installing dependencies (npm ci) …');
  const started = Date.now();
  // npm is run by its own script where it can be found, so that neither a shell nor PATHEXT matters.
  const script = process.env.npm_execpath;
  const viaNode = script !== undefined && /npm-cli\.[cm]?js$/.test(script) && existsSync(script);
  run(
    viaNode ? process.execPath : process.platform === 'win32' ? 'npm.cmd' : 'npm',
    [...(viaNode ? [script] : []), 'ci', '--no-audit', '--no-fund', '--include=dev'],
    'npm ci failed',
  );
  writeAtomically(DEPENDENCY_STAMP, hashOf(readFileSync(at('package-lock.json'))));
  say(`dependencies installed in ${secondsSince(started)} s`);
}

// --- Build --------------------------------------------------------------------------------------

const BUILT_BY = [
  ...['tsconfig.json', 'tsconfig.build.json'],
  ...['bin/setup.mjs', 'bin/bundle.mjs', 'bin/load-bundle.mjs'],
];

/** Every file that the build depends on, as `path → size:mtime`. */
function sources() {
  const found = {};
  const note = (file) => {
    const { size, mtimeMs } = statSync(at(file));
    found[file] = `${size}:${mtimeMs}`;
  };
  for (const directory of ['src', 'bench']) walk(directory, note);
  for (const file of [...BUILT_BY, 'package-lock.json']) note(file);
  return found;
}

function buildIsCurrent() {
  const stamp = readIfThere(BUILD_STAMP);
  return stamp !== null && stamp === JSON.stringify(sources());
}

function build(force) {
  say('building …');
  const started = Date.now();
  if (force) rmSync(at('dist', '.tsbuildinfo'), { force: true });
  // Taken before the compiler reads them: a file that is saved meanwhile makes the stamp stale.
  const built = sources();
  const former = JSON.parse(readIfThere(BUILD_STAMP) ?? '{}');
  rmSync(BUILD_STAMP, { force: true });
  // What is left of an older build must not be what runs.
  for (const file of ['odradek.cjs', 'odradek.cache']) rmSync(at('dist', file), { force: true });
  run(
    process.execPath,
    [at('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'],
    'the build failed',
  );
  for (const file of Object.keys(built)) if (isCopied(file)) copy(file);
  for (const file of Object.keys(former)) if (!(file in built)) removeOutputsOf(file);
  run(process.execPath, [at('bin', 'bundle.mjs')], 'the bundle failed');
  writeAtomically(BUILD_STAMP, JSON.stringify(built));
  say(`built in ${secondsSince(started)} s`);
}

/**
 * What the compiler leaves where it is: generated JavaScript with its declarations (`.js` beside
 * `.d.ts`), and anything that is served or read at run time.
 */
function isCopied(file) {
  if (!file.startsWith('src/') && !file.startsWith('bench/')) return false;
  return file.endsWith('.d.ts') || !/\.(ts|md)$/.test(file);
}

function copy(file) {
  const target = at('dist', file);
  mkdirSync(path.dirname(target), { recursive: true });
  copyFileSync(at(file), target);
}

function removeOutputsOf(file) {
  const stem = at('dist', file.replace(/(\.d)?\.ts$/, ''));
  const outputs = isCopied(file)
    ? [at('dist', file)]
    : ['.js', '.js.map', '.d.ts'].map((end) => stem + end);
  for (const output of outputs) rmSync(output, { force: true });
}

// --- One at a time ------------------------------------------------------------------------------

/**
 * Runs `work` while no other setup of this checkout runs. The lock is a file that appears whole, by
 * `link`, and names its holder, so that one left behind by a process that died is recognised.
 */
function withLock(work) {
  mkdirSync(path.dirname(LOCK_FILE), { recursive: true });
  const mine = `${LOCK_FILE}.${process.pid}`;
  const holder = `${process.pid} ${startTimeOf(process.pid) ?? ''}`;
  writeFileSync(mine, holder);
  try {
    let waited = false;
    while (!tryLink(mine, LOCK_FILE)) {
      const other = readIfThere(LOCK_FILE);
      if (other === null) continue;
      if (!isAlive(other)) {
        breakLock(other);
        continue;
      }
      if (!waited) say('waiting for another setup of this checkout to finish …');
      waited = true;
      sleep(100);
    }
    try {
      work();
    } finally {
      rmSync(LOCK_FILE, { force: true });
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Removes the dead holder's lock, and puts back what somebody else took in the meantime. */
function breakLock(dead) {
  const aside = `${LOCK_FILE}.${process.pid}.stale`;
  try {
    renameSync(LOCK_FILE, aside);
  } catch {
    return; // Another process was quicker.
  }
  if (readIfThere(aside) !== dead) tryLink(aside, LOCK_FILE);
  rmSync(aside, { force: true });
}

function isAlive(holder) {
  const [pid, startTime] = holder.split(' ');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
  }
  const now = startTimeOf(Number(pid));
  return startTime === '' || now === null || now === startTime;
}

/** When a process started, in clock ticks since boot, where the system tells (Linux); else null. */
function startTimeOf(pid) {
  const stat = readIfThere(`/proc/${pid}/stat`);
  // The command's name is in parentheses and may hold anything: fields are counted behind it.
  return stat === null ? null : (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null);
}

// --- Small things -------------------------------------------------------------------------------

/** Runs a program quietly; what it said is shown only when it fails. */
function run(program, args, failure) {
  const result = spawnSync(program, args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
  });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
  const reason = result.error?.message ?? (result.signal ? `killed by ${result.signal}` : null);
  throw new SetupFailure(`${failure}${reason ? `: ${reason}` : ` (exit code ${result.status})`}`);
}

function walk(directory, visit) {
  if (!existsSync(at(directory))) return;
  const entries = readdirSync(at(directory), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = `${directory}/${entry.name}`;
    if (entry.isDirectory()) walk(file, visit);
    else if (entry.isFile()) visit(file);
  }
}

function tryLink(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    // ESRCH is what /proc answers when the process ends in the middle of it.
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return null;
    throw error;
  }
}

function writeAtomically(file, text) {
  const temporary = `${file}.${process.pid}`;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}

const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex');
const secondsSince = (started) => ((Date.now() - started) / 1000).toFixed(1);
const say = (text) => process.stderr.write(`setup: ${text}\n`);
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === at('bin', 'setup.mjs')) {
  const flags = process.argv.slice(2);
  const unknown = flags.find((flag) => flag !== '--dependencies' && flag !== '--force');
  try {
    if (unknown !== undefined) {
      throw new SetupFailure(`unknown flag ${unknown}; there are --dependencies and --force`);
    }
    setup({
      dependenciesOnly: flags.includes('--dependencies'),
      force: flags.includes('--force'),
    });
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
