/**
 * What the guards are there for: stories that hold as they are are told once more to a build that
 * lacks the guard, and must be caught: first by the invariant that sees the rule broken, and, where
 * nobody looks at the rule, by what becomes of the records in the end.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildWorker, OUTPUT } from '../mutants/build.ts';
import { MUTANTS } from '../mutants/index.ts';
import * as stories from './guarded-stories.ts';
import type { GuardedStory } from './guarded-stories.ts';
import * as moreStories from './guarded-stories-more.ts';
import * as lateStories from './guarded-stories-out-of-date.ts';
import type { StoryOutcome } from './story-worker.ts';

const GUARDED: Readonly<Record<string, GuardedStory>> = {
  ...stories,
  ...moreStories,
  ...lateStories,
};
let directory = '';
beforeAll(() => {
  mkdirSync(OUTPUT, { recursive: true });
  directory = mkdtempSync(path.join(OUTPUT, 'stories-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

async function bundleWithout(guard: string): Promise<string> {
  const mutant = MUTANTS.find(({ name }) => name === guard);
  if (mutant === undefined) throw new Error(`there is no mutant ${guard}`);
  const bundle = path.join(directory, `${guard}.mjs`);
  await buildWorker([mutant], bundle, 'test/sim/scenarios/story-worker.ts');
  return bundle;
}

async function told(bundle: string, story: string): Promise<StoryOutcome> {
  const { stdout } = await promisify(execFile)(process.execPath, [bundle, '--story', story]);
  return JSON.parse(stdout) as StoryOutcome;
}

describe('without its guard', () => {
  test.each(Object.entries(GUARDED).map(([name, story]) => [name, story.mutant, story] as const))(
    '%s is caught (%s)',
    async (name, mutant, story) => {
      const { atOnce, inTheEnd } = await told(await bundleWithout(mutant), name);
      expect(atOnce.caughtBy, atOnce.message).toBe(story.caughtBy);
      expect(inTheEnd.caughtBy, inTheEnd.message).toBe(story.inTheEnd);
    },
  );
});
