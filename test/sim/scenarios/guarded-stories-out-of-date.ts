/** Stories, told twice, of what is out of date by the time that it arrives. */
import { deepEqual as equal } from 'node:assert/strict';
import type { GuardedStory } from './guarded-stories.ts';
import { isFirstRegistration, isFrame, isNewsOfIsr, isProposal, isReply } from './story-witness.ts';
import { PARTITION } from './story.ts';

/**
 * B has heard that the epoch has risen, and A, which leads on, has not: a session that A took for one
 * of its own epoch would end when it hears of the next, and B would not know.
 */
export const epochThatTheLeaderHasNotHeardOf: GuardedStory = {
  mutant: 'L3-newer-epoch-accepted',
  caughtBy: 'L1',
  inTheEnd: 'L1',
  options: {},
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    const before = story.leaderEpoch;
    story.hold('controller', 'A');
    story.within('C', (host) => host.damaged('as a reader found it'));
    story.until('B to know', () => story.view('B').leaderEpoch === before + 1);
    story.pass(20);
    equal([story.leader, story.view('A').leaderEpoch], ['A', before]);
    story.release();
    story.finish();
    equal(story.answersOf('A').includes('UNKNOWN_LEADER_EPOCH'), true);
  },
};

/** C was away while A has deleted what C would need next: it begins again where A’s log does. */
export const askedForWhatIsDeleted: GuardedStory = {
  mutant: 'L3-range-not-checked',
  caughtBy: 'L1',
  inTheEnd: 'L1',
  options: {
    topic: { 'segment.bytes': '2KiB', 'max.message.bytes': '2KiB', 'retention.bytes': '2KiB' },
  },
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    story.kill('C');
    story.untilIsr('AB');
    for (const record of 'defghi') story.write('A', record, { recordBytes: 900 });
    story.until('A to delete', () => story.view('A').logStartOffset > 3);
    story.startAndServe('C');
    story.finish();
    equal(story.view('C').logStartOffset > 3, true);
  },
};

/**
 * A takes back B and then C, and hears that B is in sync long before the controller’s answer says so.
 * By then the controller has taken C in as well, and C, whose stream broke, lacks what A takes.
 */
export const answerToTheProposalBefore: GuardedStory = {
  mutant: 'L7-reply-to-another-request',
  caughtBy: 'S5',
  inTheEnd: 'S8',
  options: {},
  tell(story) {
    story.noticeCutsSoon();
    story.write('A', 'abc');
    story.settle();
    story.kill('B', 'C');
    story.untilIsr('A');
    story.hold('A', 'controller', isProposal);
    story.startAndServe('B', 'C');
    story.until('both to be there', () => {
      return story.positionOf('B', 'A') === 3 && story.positionOf('C', 'A') === 3;
    });
    story.hold('controller', 'A', isReply);
    story.release('A', 'controller');
    story.untilIsr('ABC');
    story.cutBoth('A', 'C');
    story.pass(25);
    const write = story.produce('A', 'x', 'all');
    story.until('B to have it', () => story.positionOf('B', 'A') === 4);
    story.release('controller', 'A');
    story.pass(5);
    story.kill('A', 'B');
    story.untilLeader('C');
    story.finish();
    equal(write.answer, undefined);
    equal(story.records('C'), 'abc!');
  },
};

/**
 * A has heard neither the controller nor B for too long, and B leads by now, though B does not know.
 * When A hears B again it goes on waiting for the controller, which alone knows who leads.
 */
export const heardByItsSuccessor: GuardedStory = {
  mutant: 'X4-resumes-without-metadata',
  caughtBy: 'told',
  inTheEnd: 'told',
  options: {},
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    for (const name of ['B', 'C'] as const) story.hold('controller', name, isNewsOfIsr(2));
    story.hold('controller', 'A');
    story.hold('A', 'controller');
    story.hold('B', 'A');
    story.until('another to lead', () => story.leader === 'B');
    story.pass(20);
    equal(story.answerTo(story.produce('A', 'x', 1)), 'NOT_LEADER_OR_FOLLOWER');
    story.release('B', 'A');
    story.pass(30);
    for (const name of ['B', 'C'] as const) story.hold('A', name, isFrame);
    equal(story.answerTo(story.produce('A', 'x', 1)), 'NOT_LEADER_OR_FOLLOWER');
    story.release();
    story.finish();
    equal(story.records('A'), 'abc!');
  },
};

/**
 * B is damaged while a sync is under way, and sets its log aside when that has ended: what is said of
 * the log from before says nothing of the new one.
 */
export const flushFromBefore: GuardedStory = {
  mutant: 'X1-flush-of-an-older-generation',
  caughtBy: 'crash',
  inTheEnd: 'crash',
  options: {},
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    story.slowDisk('B', 100);
    const write = story.produce('A', 'x', 'all');
    story.until('B to have it', () => story.logEnd('B') === 4);
    story.pass(1);
    // That sync takes its time; those that follow do not.
    story.slowDisk('B', 1);
    story.within('B', (host) => host.damaged('as a reader found it'));
    equal(story.answerTo(write), 'ok 3');
    story.until('B to begin again', () => story.times('log set aside') === 1);
    story.finish();
    equal(story.records('B'), 'abcx!');
  },
};

/**
 * B says where its log ends, and follows A further before that arrives: A’s last record is on B’s disk
 * alone when rot has taken it from A. Nobody leads by then, and B is not there to be elected.
 */
export const endThatWasNotTheLast: GuardedStory = {
  mutant: 'X3-log-ends-said-too-early',
  caughtBy: 'S4',
  inTheEnd: 'S8',
  options: {
    // With so few gone the controller believes at once that they are.
    brokers: 7,
    replicationFactor: 3,
    // Marks are written down when they must be: everything is above them.
    settings: { 'durable.mark.interval.ms': '1h' },
  },
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    story.kill('C');
    story.untilIsr('AB');
    story.write('A', 'def');
    story.hold('controller', 'A');
    story.hold('A', 'controller');
    story.hold('B', 'controller', isFirstRegistration());
    story.breakStreams('B', 'controller');
    story.until('B to register again', () => story.isHolding('B', 'controller'));
    story.write('A', 'x');
    story.kill('A');
    story.release('controller', 'A');
    story.release('A', 'controller');
    story.untilLeader(null);
    equal(story.elr, 'AB');
    story.flipBit('A', 6);
    story.startAndServe('A');
    story.hold('controller', 'B');
    story.release('B', 'controller');
    story.pass(100);
    const { leader } = story;
    story.release();
    story.finish();
    equal(leader, null);
    equal(story.records('A'), 'abcdefx!');
  },
};

/**
 * A and B are eligible and both uncertain. A has said where its log ends, and was started again with
 * less: what it says now is what counts.
 */
export const endOfAnEarlierLife: GuardedStory = {
  mutant: 'X3-log-ends-of-an-older-incarnation',
  caughtBy: 'S4',
  inTheEnd: 'S8',
  // Marks are written down when they must be: everything is above them.
  options: { settings: { 'durable.mark.interval.ms': '1h' } },
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    story.kill('C');
    story.untilIsr('AB');
    story.write('A', 'def');
    story.kill('A', 'B');
    story.untilLeader(null);
    equal(story.elr, 'AB');
    story.flipIn('A', `${PARTITION}/log-state`);
    story.startAndServe('A');
    equal([story.leader, story.records('A')], [null, 'abcdef']);
    story.kill('A');
    story.flipBit('A', 5);
    story.startAndServe('A');
    equal([story.leader, story.records('A')], [null, 'abc']);
    story.flipIn('B', `${PARTITION}/log-state`);
    story.startAndServe('B');
    story.until('somebody to lead', () => story.leader !== null);
    const { leader } = story;
    story.finish();
    equal(leader, 'B');
    equal(story.times('recovered as uncertain'), 3);
  },
};

/**
 * B’s disk stands still when it is to lead, and is thawed when another leads already: B’s flush ends, and
 * then B drops its epoch, of which it has no record. What the flush said was of the log before that.
 */
export const flushBeforeACutOfNothing: GuardedStory = {
  mutant: 'X1-cut-of-nothing-says-nothing',
  caughtBy: 'L1',
  inTheEnd: 'L1',
  options: {},
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    story.freezeDisk('B');
    equal(story.answerTo(story.produce('A', 'x', 1)), 'ok 3');
    story.until('B to have it, and not on its disk', () => story.logEnd('B') === 4);
    story.kill('A');
    story.untilLeader('B');
    story.cutBoth('B', 'controller');
    story.until('another to lead', () => story.leader === 'C');
    story.heal();
    story.until('B to be told', () => story.serves('B'));
    story.pass(20);
    story.thawDisk('B');
    story.finish();
    equal(story.records('B'), 'abcx!');
  },
};
