/**
 * Stories that are told twice: as they are, and with the guard switched off that they are about. So
 * they know nothing of the test runner.
 */
import { deepEqual as equal } from 'node:assert/strict';
import type { Story, StoryOptions } from './story.ts';

export interface GuardedStory {
  /** The mutant that lacks the guard. */
  readonly mutant: string;
  readonly options: StoryOptions;
  readonly tell: (story: Story) => void;
}

/** Scenario 1: B holds both records on its disk, and knows only of the first that it is committed. */
export const followerKnowsLess: GuardedStory = {
  mutant: 'F1-cut-to-the-high-watermark',
  options: { brokers: 2 },
  tell(story) {
    story.write('A', 'm');
    story.until('B to know', () => story.highWatermark('B') === 1);
    const second = story.produce('A', 'n', 'all');
    story.until('B to have it', () => story.logEnd('B') === 2);
    story.hold('A', 'B');
    equal(story.answerTo(second), 'ok 1');
    equal([story.highWatermark('A'), story.highWatermark('B')], [2, 1]);
    story.kill('B');
    story.hold('B', 'A');
    story.startAndServe('B');
    equal([story.isr, story.elr], ['A', 'B']);
    story.powerCut(['A']);
    story.untilLeader('B');
    equal(story.records('B'), 'mn');
    story.finish();
  },
};
