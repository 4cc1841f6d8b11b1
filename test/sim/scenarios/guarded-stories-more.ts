/** More stories that are told twice, as those of `guarded-stories.ts` are. */
import { deepEqual as equal } from 'node:assert/strict';
import type { GuardedStory } from './guarded-stories.ts';
import { isFrame } from './story-witness.ts';
import type { Fate, Story, StoryOptions } from './story.ts';

/**
 * A and B, who alone could be elected, are gone. C is out of sync, though it has everything, and is
 * not asked before an operator allows it: nothing but the sweep hears of that.
 */
export const nobodyButTheSweep: GuardedStory = {
  mutant: 'X6-no-sweep',
  caughtBy: 'L1',
  inTheEnd: 'L1',
  options: {},
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    story.isolate('C');
    story.untilIsr('AB');
    story.heal('controller');
    story.kill('A');
    story.untilLeader('B');
    story.kill('B');
    story.untilLeader(null);
    const settings = { 'unclean.leader.election.enable': 'true' };
    story.admin({ kind: 'alterTopic', name: 'orders', settings });
    equal([story.serves('C'), story.isr, story.elr], [true, '', 'AB']);
    story.untilLeader('C');
    story.finish();
  },
};

/**
 * A reader finds rot in A, which leads, and what A says of it is long under way. Meanwhile C dies: the
 * news of it says nothing of the rot, so A is still counted on. Were it empty already, B would be cut.
 */
export const damageNobodyHasHeardOf: GuardedStory = {
  mutant: 'X3-set-aside-at-once',
  caughtBy: 'S18',
  inTheEnd: 'S8',
  options: { settings: { 'log.tail.cache.bytes': '0' } },
  tell(story) {
    story.write('A', 'abc');
    story.write('A', 'def');
    story.settle();
    story.hold('A', 'controller');
    story.flipBit('A', 1);
    story.read('A');
    story.kill('C');
    story.untilIsr('AB');
    story.breakStreams('A', 'B');
    story.pass(20);
    equal(story.leader, 'A');
    story.release();
    story.until('another to lead', () => story.leader === 'B');
    story.finish();
    equal(story.times('log set aside'), 1);
    equal(story.records('A'), 'abcdef!');
  },
};

/**
 * B is eligible and comes back while the controller’s disk stands still, and asks twice for its
 * number: the second answer rests on the first, which is in no journal when the power goes.
 */
export const numberThatNoJournalHolds: GuardedStory = {
  mutant: 'C8-reply-ahead-of-what-it-rests-on',
  caughtBy: 'S25',
  inTheEnd: 'told',
  options: {},
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    story.kill('C');
    story.untilIsr('AB');
    story.kill('B');
    story.untilIsr('A');
    equal(story.elr, 'B');
    story.hold('A', 'B', isFrame);
    story.freezeDisk('controller');
    story.start('B');
    story.pass(20);
    story.breakStreams('B', 'controller');
    // Long enough to be told a number, and to write it down.
    story.pass(50);
    story.kill('B');
    story.powerCut(['controller'], 'drop');
    story.thawDisk('controller');
    story.start('controller');
    story.startAndServe('B');
    equal([story.isr, story.elr], ['A', 'B']);
    story.finish();
  },
};

/**
 * Whoever leads has three segments of its epoch that nobody else has, and dies. The next leader has it cut
 * them, and it dies again at each thing that its disk is asked for meanwhile, one after the other.
 */
function diesWhileItCuts(story: Story, fates: readonly ('kill' | Fate)[]): void {
  story.noticeCutsSoon();
  story.write('A', 'abc', { recordBytes: 600 });
  story.settle();
  let moments = 0;
  for (let moment = 1; moments === 0 && moment <= MOMENTS_MAX; moment++) {
    for (const fate of fates) {
      const { leader } = story;
      if (leader === null) throw new Error('nobody leads');
      for (const other of BROKERS) if (other !== leader) story.hold(leader, other);
      for (const record of 'rstuvwxyz') story.produce(leader, record, 1, { recordBytes: 600 });
      // Its durable mark says so.
      story.pass(15);
      story.kill(leader);
      story.until('another to lead', () => story.leader !== leader && story.leader !== null);
      story.release();
      const asked = story.onMoment(leader, moment, () => {
        if (fate === 'kill') story.kill(leader);
        else story.powerCut([leader], fate);
      });
      story.start(leader);
      story.until('the cut', () => !story.isRunning(leader) || story.isr === 'ABC');
      if (story.isRunning(leader)) moments = asked();
      story.pass(20);
      story.start(leader);
      story.untilIsr('ABC');
    }
  }
  equal(moments >= MOMENTS_MIN, true, `a cut takes ${moments} moments`);
  story.finish();
  const judged = [story.times('recovered as uncertain'), story.times('log set aside')];
  equal(judged, [0, 0], 'as uncertain, and as damaged');
}

const CUT_OPTIONS: StoryOptions = {
  topic: { 'segment.bytes': '2KiB', 'max.message.bytes': '2KiB' },
  settings: { 'durable.mark.interval.ms': '5ms' },
};

/** A process that dies while it cuts its log leaves one that is no shorter than its durable mark says. */
export const killedWhileItCuts: GuardedStory = {
  mutant: 'X1-mark-not-lowered',
  caughtBy: 'S25',
  inTheEnd: 'told',
  options: CUT_OPTIONS,
  tell: (story) => diesWhileItCuts(story, ['kill']),
};

/** So does a machine that loses power: the lower mark is on its disk before anything is cut. */
export const powerlessWhileItCuts: GuardedStory = {
  mutant: 'X1-mark-lowered-lazily',
  caughtBy: 'S25',
  inTheEnd: 'told',
  options: CUT_OPTIONS,
  tell: (story) => diesWhileItCuts(story, ['kill', 'keep']),
};

/** Segments go from the last to the first: there is never a hole with batches behind it. */
export const cutFromTheEnd: GuardedStory = {
  mutant: 'X1-cut-from-the-front',
  caughtBy: 'S25',
  inTheEnd: 'told',
  options: CUT_OPTIONS,
  tell: (story) => diesWhileItCuts(story, ['kill']),
};

/** Batches go before the epochs that explain them. */
export const batchesAgreeWithEpochs: GuardedStory = {
  mutant: 'X1-epochs-cut-before-segments',
  caughtBy: 'S17',
  inTheEnd: 'told',
  options: CUT_OPTIONS,
  tell: (story) => diesWhileItCuts(story, ['kill']),
};

const BROKERS = ['A', 'B', 'C'] as const;
/** A cut over three segments has more moments than the one and fewer than the other. */
const MOMENTS_MIN = 8;
const MOMENTS_MAX = 60;
