import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { OUTPUT, ROOT } from './build.ts';
import type { Mutant } from './mutant.ts';

/** What vitest's JSON reporter says, as far as it is read here. */
interface Report {
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
    }[];
  }[];
}

/**
 * Tells every story of `scenarios/` without this guard, or those of files with `file` in their path;
 * the full names of those that fail. Rejects if they could not be told at all.
 */
export async function storiesThatFail(mutant: Mutant, file = ''): Promise<string[]> {
  await mkdir(OUTPUT, { recursive: true });
  const directory = await mkdtemp(path.join(OUTPUT, 'stories-'));
  const report = path.join(directory, 'report.json');
  const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
  const config = path.join(import.meta.dirname, 'vitest.mutant.config.ts');
  const only = file === '' ? [] : [file];
  try {
    const said = await new Promise<string>((resolve) => {
      execFile(
        process.execPath,
        [vitest, 'run', '--config', config, '--reporter=json', `--outputFile=${report}`, ...only],
        { cwd: ROOT, env: { ...process.env, MUTANT: mutant.name }, maxBuffer: 64 * 1024 * 1024 },
        (_error, stdout, stderr) => resolve(`${stdout}${stderr}`),
      );
    });
    const text = await readFile(report, 'utf8').catch(() => null);
    if (text === null) throw new Error(`no story was told without ${mutant.name}:\n${said}`);
    const { numTotalTests, testResults } = JSON.parse(text) as Report;
    const fallen = testResults.find(({ assertionResults }) => assertionResults.length === 0);
    if (numTotalTests === 0 || fallen !== undefined)
      throw new Error(`stories cannot be told without ${mutant.name}: ${fallen?.message ?? said}`);
    return testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status === 'failed')
      .map(({ fullName }) => fullName);
  } finally {
    await rm(directory, { recursive: true });
  }
}
