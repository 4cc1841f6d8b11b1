/**
 * The replication rules that this code claims to follow, and where each is shown: in a golden script
 * of `test/scripts/<room>/`, or, for what only a log or a broker can show, also in a test that says
 * `// rules: X10`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const count = (letter: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${letter}${from + index}`);

/** X6 stands for its sweep of leaderless partitions, C7 (reassignment) is not claimed. */
export const RULES_IN_SCOPE: readonly string[] = [
  ...count('X', 1, 13),
  ...count('L', 1, 7),
  ...count('F', 1, 7),
  ...count('C', 1, 6),
  'C8',
];

/** Rules about recovery, files and registration: a test outside the scripts may show them. */
export const SHOWN_BY_TESTS: readonly string[] = ['X2', 'X3', 'X7', 'X10', 'X12', 'X13', 'C8'];

const CITATION = /^\s*(?:\/\/|\*) rules:((?: [A-Z]\d+)+)\.?$/gm;

/** The rules that the tests under `directory` cite in a comment line. */
export function rulesCitedIn(directory: string): Set<string> {
  const cited = new Set<string>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.test.ts')) continue;
    const text = readFileSync(path.join(entry.parentPath, entry.name), 'utf8');
    for (const match of text.matchAll(CITATION)) {
      for (const rule of (match[1] ?? '').trim().split(' ')) cited.add(rule);
    }
  }
  return cited;
}
