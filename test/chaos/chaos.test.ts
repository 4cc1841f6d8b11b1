// A short run of the real thing, with faults that every machine allows: processes that are killed,
// stopped and frozen. The other faults, and longer runs, are for `npm run chaos`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { DEFAULTS, parseOptions, type ChaosOptions } from './options.ts';
import { describeReport } from './report.ts';
import { runChaos } from './run.ts';
import { schedule } from './schedule.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const OPTIONS: ChaosOptions = {
  ...DEFAULTS,
  seed: 24,
  minutes: 0.4,
  classes: [
    ...(['kill', 'kill-controller', 'kill-several', 'kill-all', 'freeze'] as const),
    ...(['freeze-controller', 'restart', 'restart-controller'] as const),
  ],
};

test('kills and stops under load: no anomaly, nothing lost, nothing stuck', async () => {
  const lines: string[] = [];
  const report = await runChaos(OPTIONS, {
    say: (line) => lines.push(line),
    signal: new AbortController().signal,
  });
  const story = `${lines.join('\n')}${describeReport(report)}`;
  expect(report.problems, story).toEqual([]);
  expect(report.ok).toBe(true);
  expect(report.verdict.anomalies).toEqual([]);
  expect(report.verdict.lost).toEqual([]);
  // The load and the faults were real: figures of a slow machine.
  expect(report.acks, story).toBeGreaterThan(2_000);
  expect(report.verdict.counts.polledRecords, story).toBeGreaterThan(2_000);
  expect(report.verdict.counts.finalRecords).toBeGreaterThanOrEqual(report.acks);
  const faults = Object.values(report.faults).reduce((sum, count) => sum + count, 0);
  expect(faults, story).toBeGreaterThanOrEqual(5);
  expect(report.directory).toBeNull();
}, 240_000);

test('the seed of this test draws each of its classes in five periods', () => {
  const classes = new Set<string>();
  for (const period of schedule({ ...OPTIONS, smallDisks: [] })) {
    if (period.number > 5) break;
    for (const fault of period.faults) classes.add(fault.class);
  }
  expect([...classes].sort()).toEqual([...OPTIONS.classes].sort());
});

test('Ctrl-C in the middle of everything ends it and leaves nothing behind', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'odradek-chaos-test-'));
  try {
    const run = spawn(
      process.execPath,
      ['--import', 'tsx', 'test/chaos/main.ts', '--minutes', '5', '--seed', '1'],
      {
        cwd: ROOT,
        env: { ...process.env, TMPDIR: directory },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    // If the test gives up before it ends: it removes what it has made.
    onTestFinished(() => void run.kill('SIGTERM'));
    let output = '';
    let interrupted = false;
    run.stdout.on('data', (data: Buffer) => {
      output += data.toString();
      if (interrupted || !output.includes('acks/s')) return;
      interrupted = true;
      run.kill('SIGINT');
    });
    const code = await new Promise((resolve) => run.once('exit', resolve));
    expect(code, output).toBe(130);
    expect(output).not.toContain('cleanup:');
    // tsx keeps what it has compiled there.
    const left = readdirSync(directory).filter((name) => !name.startsWith('tsx-'));
    expect(left, output).toEqual([]);
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(directory);
    // Every process of the run has the directory among its arguments.
    expect(processesWith(directory)).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}, 120_000);

test.each([
  [['--minutes', 'soon'], /--minutes soon: it must be a number from/],
  [['--seed', '1.5'], /--seed 1.5: it must be a whole number/],
  [['--acks', '0'], /--acks 0: it must be one of all, 1/],
  [['--classes', 'kill,rain'], /--classes rain: it must be one of kill, /],
  [['--sed', '1'], /--sed/],
])('options that make no sense are refused with a sentence: %j', (args, sentence) => {
  expect(() => parseOptions(args, () => 1)).toThrow(sentence);
});

test('options are read', () => {
  const args = ['--minutes', '10', '--seed', '7', '--durability', 'page-cache', '--acks', '1'];
  expect(parseOptions([...args, '--brokers', '5', '--classes', 'kill,cut'], () => 1)).toEqual({
    ...DEFAULTS,
    minutes: 10,
    seed: 7,
    durability: 'page-cache',
    acks: 1,
    brokers: 5,
    classes: ['kill', 'cut'],
    json: false,
    dryRun: false,
  });
});

function processesWith(text: string): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text);
    } catch {
      // It has ended meanwhile.
      return false;
    }
  });
}
