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
  /** The invariant that notices first when the guard is missing. */
  readonly caughtBy: string;
  /** What notices if only the end is looked at: S8 a loss, `told` what the story expects itself. */
  readonly inTheEnd: string;
  readonly options: StoryOptions;
  readonly tell: (story: Story) => void;
}

/** Scenario 1: B holds both records on its disk, and knows only of the first that it is committed. */
export const followerKnowsLess: GuardedStory = {
  mutant: 'F1-cut-to-the-high-watermark',
  caughtBy: 'S4',
  inTheEnd: 'told',
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
  caughtBy: 'S4',
  inTheEnd: 'S8',
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
  caughtBy: 'S23',
  inTheEnd: 'told',
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

/** Scenario 36: the power goes everywhere at once, while a write is on no disk for certain. */
export const coordinatedPowerCut: GuardedStory = {
  mutant: 'X1-durable-before-the-sync',
  caughtBy: 'S21',
  inTheEnd: 'S8',
  options: {},
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    for (const name of BROKERS) story.freezeDisk(name);
    const write = story.produce('A', 'xyz', 'all');
    story.until('everyone to have it', () => BROKERS.every((name) => story.logEnd(name) === 6));
    story.pass(10);
    story.powerCut(['controller', ...BROKERS], 'drop');
    for (const name of BROKERS) story.thawDisk(name);
    story.start('controller', ...BROKERS);
    story.finish();
    equal(write.answer, undefined);
    equal(story.records('A'), 'abc!');
  },
};

/**
 * Scenario 39: B is down and eligible, and a bit turns over in the last of what it has synced: it
 * looks like the torn end of a write that nobody was told of.
 */
export const bitFlipBelowTheMark: GuardedStory = {
  mutant: 'X3-damage-cut-away',
  caughtBy: 'S4',
  inTheEnd: 'S8',
  options: {},
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    story.kill('C');
    story.untilIsr('AB');
    story.write('A', 'def');
    // By then B has written down how far it is on its disk.
    story.pass(50);
    story.kill('B');
    story.untilIsr('A');
    equal(story.elr, 'B');
    story.flipBit('B', 5, 'length');
    story.kill('A');
    story.until('nobody to lead', () => story.leader === null);
    story.startAndServe('B');
    story.pass(500);
    const { leader, elr } = story;
    story.finish();
    // It is not elected, and what it had is copied from the others.
    equal([leader, elr], [null, 'A']);
    equal(story.records('B'), 'abcdef!');
  },
};

/** Scenario 41: one sync fails, and every later one succeeds without what it should have made last. */
export const syncThatFailsOnce: GuardedStory = {
  mutant: 'X12-failed-sync-tried-again',
  caughtBy: 'S21',
  inTheEnd: 'S8',
  options: {},
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    story.failSync('A');
    story.failSync('B');
    const write = story.produce('A', 'xyz', 'all');
    story.pass(10);
    // The power goes at once, and with it what is only in caches; C has it, and loses its disk.
    story.powerCut(BROKERS, 'drop');
    story.wipe('C');
    story.start(...BROKERS);
    story.finish();
    equal(write.answer, undefined);
    equal(story.records('A'), 'abc!');
  },
};

/**
 * Scenario 40: B is down and eligible, and its whole disk is put back from a copy that an earlier
 * incarnation of it left: everything on it is sound, and some of it is missing.
 */
export const diskPutBack: GuardedStory = {
  mutant: 'X2-older-mark-file-taken-for-the-newest',
  caughtBy: 'S4',
  inTheEnd: 'S8',
  options: {},
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    story.stop('B');
    const older = story.disks.copyOf(story.seat('B').node.name);
    story.startAndServe('B');
    story.kill('C');
    story.untilIsr('AB');
    story.write('A', 'def');
    story.kill('B');
    story.untilIsr('A');
    equal(story.elr, 'B');
    story.exchangeDisk('B', older);
    story.hold('A', 'B', isFrame);
    story.startAndServe('B');
    story.kill('A');
    story.until('a decision', () => story.leader !== 'A');
    story.pass(500);
    const { leader, elr } = story;
    story.finish();
    equal([leader, elr], [null, 'A']);
    equal(story.records('B'), 'abcdef!');
  },
};

const BROKERS = ['A', 'B', 'C'] as const;
