/**
 * Tells one guarded story in a process of its own, and prints a line of JSON: what it was caught by.
 * Bundled with the guard switched off, it says what the guard is there for.
 *
 *   story-worker --story S
 */
import { parseArgs } from 'node:util';
import { Violation } from '../violation.ts';
import * as stories from './guarded-stories.ts';
import type { GuardedStory } from './guarded-stories.ts';
import * as moreStories from './guarded-stories-more.ts';
import * as lateStories from './guarded-stories-out-of-date.ts';
import { tell } from './tell.ts';

/** What became of one telling. */
export interface Telling {
  /** The invariant that was violated, `told` for what the story itself expects; null: it held. */
  readonly caughtBy: string | null;
  readonly message: string;
}

/** What became of a story. */
export interface StoryOutcome {
  /** With every invariant looking all the time. */
  readonly atOnce: Telling;
  /** With nobody looking before the end, when everything that was acknowledged must be there (S8). */
  readonly inTheEnd: Telling;
}

async function hear(story: GuardedStory, invariants?: readonly string[]): Promise<Telling> {
  const options = invariants === undefined ? story.options : { ...story.options, invariants };
  try {
    await tell(story.tell, options);
    return { caughtBy: null, message: '' };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { caughtBy: error instanceof Violation ? error.invariant : 'told', message };
  }
}

const { values } = parseArgs({ options: { story: { type: 'string', default: '' } } });
const all: Readonly<Record<string, GuardedStory>> = { ...stories, ...moreStories, ...lateStories };
const story = all[values.story];
if (story === undefined) throw new Error(`there is no story ${values.story}`);
const outcome: StoryOutcome = { atOnce: await hear(story), inTheEnd: await hear(story, ['S8']) };
process.stdout.write(`${JSON.stringify(outcome)}\n`);
