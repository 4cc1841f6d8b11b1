/**
 * Runs the tests and ends with the line `N passed, N failed`. Arguments go to vitest: `--project
 * unit` for one project, a path for one file. A run without a single test is a failure.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const directory = mkdtempSync(path.join(tmpdir(), 'odradek-test-'));
const summaryFile = path.join(directory, 'summary.json');

const vitest = spawn(
  process.execPath,
  [
    path.join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    `--reporter=${path.join(root, 'test', 'summary-reporter.mjs')}`,
    ...process.argv.slice(2),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ODRADEK_TEST_SUMMARY: summaryFile },
  },
);
// Ctrl-C reaches vitest by itself, as a member of the terminal's group; we wait for its end.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => vitest.kill('SIGTERM'));

vitest.on('exit', (code, signal) => {
  const summary = readSummary();
  rmSync(directory, { recursive: true, force: true });
  if (summary === null) {
    process.stdout.write(`\nvitest ended without a result (${signal ?? `exit code ${code}`})\n`);
  }
  const { passed, failed, skipped } = summary ?? { passed: 0, failed: 1, skipped: [] };
  for (const { name, reason } of skipped) {
    process.stdout.write(`skipped: ${name}${reason === null ? '' : `: ${reason}`}\n`);
  }
  if (passed + failed === 0) process.stdout.write('no test ran, which is a failure\n');
  const skippedPart = skipped.length === 0 ? '' : `, ${skipped.length} skipped`;
  process.stdout.write(`${passed} passed, ${failed} failed${skippedPart}\n`);
  process.exitCode = code !== 0 ? (code ?? 1) : failed > 0 || passed === 0 ? 1 : 0;
});

function readSummary() {
  try {
    return JSON.parse(readFileSync(summaryFile, 'utf8'));
  } catch {
    return null;
  }
}
