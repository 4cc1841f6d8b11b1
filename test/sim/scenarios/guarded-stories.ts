/**
 * Stories that are told twice: as they are, and with the guard switched off that they are about. So
 * they know nothing of the test runner.
 */
import { deepEqual as equal } from 'node:assert/strict';
import { isFrame } from './story-witness.ts';
import { SESSION_MS, type Story, type StoryOptions } from './story.ts';

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

/** Scenario 13: C is down and eligible, and is given another disk before it is started again. */
export const emptyDiskAmongTheEligible: GuardedStory = {
  mutant: 'X2-other-disk-taken-for-the-same',
  options: {},
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    story.kill('B');
    story.untilIsr('AC');
    story.kill('C');
    story.untilIsr('A');
    equal(story.elr, 'C');
    story.wipe('C');
    story.hold('A', 'C', isFrame);
    story.startAndServe('C');
    story.kill('A');
    story.until('a decision', () => story.leader !== 'A');
    story.pass(500);
    const { leader } = story;
    story.finish();
    equal(leader, null);
  },
};

/** Scenario 17: A is on its own, and only its clients can reach it; B leads instead. */
export const cutOffLeader: GuardedStory = {
  mutant: 'X4-lease-never-lapses',
  options: {},
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    story.isolate('A');
    const weak = story.produce('A', 'x', 1);
    const strong = story.produce('A', 'y', 'all');
    equal(story.answerTo(weak), 'ok 3');
    equal(story.read('A'), 'abc');
    story.untilLeader('B');
    story.write('B', 'de');
    story.pass(SESSION_MS);
    const late = [story.produce('A', 'z', 1), story.produce('A', 'z', 'all')];
    story.pass(10);
    equal(strong.answer, 'LEADERSHIP_LOST');
    equal(
      late.map(({ answer }) => answer),
      ['NOT_LEADER_OR_FOLLOWER', 'NOT_LEADER_OR_FOLLOWER'],
    );
    equal(story.read('A'), 'NOT_LEADER_OR_FOLLOWER');
    equal(story.highWatermark('A'), 3);
    story.finish();
    // Only what acks=1 promised is gone.
    equal(story.records('A'), 'abcde!');
  },
};
