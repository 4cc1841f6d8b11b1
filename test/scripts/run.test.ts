/**
 * Replays every script of `test/scripts/<room>/` with the interpreter in `test/scripts/<room>.ts`.
 * `UPDATE=1` rewrites the scripts with what comes out now: read the difference before keeping it.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { RULES_IN_SCOPE, rulesCitedIn, SHOWN_BY_TESTS } from './rules.ts';
import { replay, rulesOf } from './script.ts';
import type { Interpreter } from './script.ts';

interface RoomModule {
  readonly createInterpreter: () => Interpreter;
}

const here = import.meta.dirname;
const tests = path.dirname(here);

const scripts = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap((room) =>
    readdirSync(path.join(here, room.name))
      .filter((name) => name.endsWith('.txt'))
      .sort()
      .map((name) => ({ room: room.name, name, file: path.join(here, room.name, name) })),
  );

describe('golden interactions', () => {
  test.each(scripts)('$room/$name', async ({ room, file }) => {
    const module = (await import(`./${room}.ts`)) as RoomModule;
    const script = readFileSync(file, 'utf8');
    const replayed = replay(script, module.createInterpreter());
    if (process.env['UPDATE'] === '1') writeFileSync(file, replayed);
    else expect(replayed).toBe(script);
  });
});

describe('the rules', () => {
  const cited = new Set(scripts.flatMap(({ file }) => rulesOf(readFileSync(file, 'utf8'))));
  const byTests = new Set<string>();
  for (const kind of ['unit', 'fault']) {
    const directory = path.join(tests, kind);
    if (existsSync(directory)) for (const rule of rulesCitedIn(directory)) byTests.add(rule);
  }

  test.each(RULES_IN_SCOPE)('%s is shown', (rule) => {
    const shown = cited.has(rule) || (SHOWN_BY_TESTS.includes(rule) && byTests.has(rule));
    expect(shown, `no script cites ${rule}`).toBe(true);
  });

  test('no script or test cites a rule that is not claimed', () => {
    expect([...cited, ...byTests].filter((rule) => !RULES_IN_SCOPE.includes(rule))).toEqual([]);
  });
});
