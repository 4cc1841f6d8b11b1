/** More stories that are told twice, as those of `guarded-stories.ts` are. */
import { deepEqual as equal } from 'node:assert/strict';
import { nodeId } from '../../../src/base/ids.ts';
import type { GuardedStory } from './guarded-stories.ts';
import { isFirstRegistration, isFrame, isReady } from './story-witness.ts';
import { PARTITION, SESSION_MS, type Fate, type Story, type StoryOptions } from './story.ts';

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

/** B leads, A is in sync again and preferred, and B is asked to hand over to it. */
function handsOver(story: Story): void {
  story.write('A', 'abc');
  story.settle();
  story.kill('A');
  story.untilLeader('B');
  story.startAndServe('A');
  story.untilIsr('ABC');
  story.settle();
}

function askToHandOver(story: Story): void {
  story.admin({ kind: 'electLeaders', name: 'orders', partition: null });
}

/** Asks without waiting for the controller’s reply. */
function askToHandOverUnheard(story: Story): void {
  story.ask({ kind: 'electLeaders', name: 'orders', partition: null });
}

/** B has said that A has everything, and that is on its way to the controller. */
function readyIsUnderWay(story: Story): void {
  handsOver(story);
  story.hold('B', 'controller', isReady);
  askToHandOver(story);
  story.until('B to be ready', () => story.isHolding('B', 'controller'));
}

/** B hands over while A lacks a record that B has acknowledged alone, and waits for A to have it. */
export const targetThatLacksOne: GuardedStory = {
  mutant: 'X5-ready-before-the-target-is',
  caughtBy: 'S22',
  inTheEnd: 'told',
  options: {},
  tell(story) {
    handsOver(story);
    story.hold('B', 'A', isFrame);
    equal(story.answerTo(story.produce('B', 'x', 1)), 'ok 3');
    askToHandOver(story);
    story.pass(60);
    story.release();
    story.untilLeader('A');
    story.finish();
    equal(story.records('A'), 'abcx!');
  },
};

/** What B has said is longer under way than B would have waited for A: it goes on waiting. */
export const readyThatIsLate: GuardedStory = {
  mutant: 'X5-hold-ends-after-ready',
  caughtBy: 'S22',
  inTheEnd: 'told',
  options: { settings: { 'handover.hold.ms': '30ms' } },
  tell(story) {
    readyIsUnderWay(story);
    story.hold('B', 'A', isFrame);
    const write = story.produce('B', 'x', 1);
    story.pass(60);
    story.release('B', 'controller');
    story.until('another to lead', () => story.leader === 'A');
    story.untilLeader('A');
    story.release();
    equal(story.answerTo(write), 'NOT_LEADER_OR_FOLLOWER');
    story.finish();
  },
};

/** C dies while what B has said is under way: B goes on, and what it said is true no more. */
export const readyThatIsOver: GuardedStory = {
  mutant: 'X5-ready-of-another-epoch',
  caughtBy: 'S22',
  inTheEnd: 'told',
  options: {},
  tell(story) {
    readyIsUnderWay(story);
    story.hold('B', 'A', isFrame);
    const write = story.produce('B', 'x', 1);
    story.kill('C');
    equal(story.answerTo(write), 'ok 3');
    story.release('B', 'controller');
    story.pass(20);
    story.release();
    story.finish();
    equal(story.records('B'), 'abcx!');
  },
};

/** The stream breaks that carries what B has said: it says so again on the next one. */
export const readyThatIsLost: GuardedStory = {
  mutant: 'X5-ready-not-repeated',
  caughtBy: 'L1',
  inTheEnd: 'L1',
  options: {},
  tell(story) {
    readyIsUnderWay(story);
    story.breakStreams('B', 'controller');
    story.release();
    story.untilLeader('A');
    story.finish();
  },
};

/** A’s disk fills up while what B has said is under way: B is told that it goes on leading. */
export const readyForNothing: GuardedStory = {
  mutant: 'X5-refusal-without-an-epoch',
  caughtBy: 'told',
  inTheEnd: 'told',
  options: {},
  tell(story) {
    readyIsUnderWay(story);
    story.fillDisk('A', 1024);
    story.until('the controller to know', () => story.isFull('A'));
    story.release();
    story.write('B', 'x', { timeoutMs: 1_000 });
    equal([story.leader, story.isr], ['B', 'BC']);
    story.finish();
  },
};

/** A has everything, B had it when it died, and C went before: B is eligible. */
function onlyAStands(story: Story): void {
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
}

/**
 * B comes back, and its disk stands still before it has written down the number that it was given.
 * Then it dies again: it never served, so what it had the last time counts.
 */
export const numberThatIsOnNoDisk: GuardedStory = {
  mutant: 'X2-unfenced-before-the-mark',
  caughtBy: 'S25',
  inTheEnd: 'told',
  options: {},
  tell(story) {
    onlyAStands(story);
    story.hold('A', 'B', isFrame);
    const before = story.brokerEpoch('B');
    story.start('B');
    story.until('B to be known', () => story.brokerEpoch('B') > before);
    story.freezeDisk('B');
    story.pass(50);
    story.kill('B');
    story.thawDisk('B');
    story.pass(50);
    story.startAndServe('B');
    equal([story.isr, story.elr], ['A', 'B']);
    story.finish();
  },
};

/** All that B had of the partition is gone from its disk, but for a mark that says that it had any. */
export const directoryThatIsGone: GuardedStory = {
  mutant: 'X2-lost-replica-not-reported',
  caughtBy: 'S4',
  inTheEnd: 'S8',
  // How far it was is written down when it must be: never.
  options: { settings: { 'durable.mark.interval.ms': '1h' } },
  tell(story) {
    onlyAStands(story);
    story.loseDirectory('B');
    story.kill('A');
    story.untilLeader(null);
    story.startAndServe('B');
    story.pass(500);
    const { leader, elr } = story;
    story.finish();
    equal([leader, elr], [null, 'A']);
    equal(story.records('B'), 'abcdef!');
  },
};

/** B’s log is cut for rot that lies above its mark, and B dies as it has just begun, or just ended. */
export const diesWhileItJudges: GuardedStory = {
  mutant: 'X3-verdict-after-the-cut',
  caughtBy: 'S4',
  inTheEnd: 'S8',
  // Marks are written down when they must be: everything is above them.
  options: { settings: { 'durable.mark.interval.ms': '1h' } },
  tell(story) {
    onlyAStands(story);
    story.flipBit('B', 5);
    story.kill('A');
    story.untilLeader(null);
    story.onceOn('B', 'rename', /log-state/, () => story.kill('B'));
    story.start('B');
    story.until('B to die', () => !story.isRunning('B'));
    story.startAndServe('B');
    story.pass(500);
    const { leader, elr } = story;
    story.finish();
    equal([leader, elr], [null, 'AB']);
    equal(story.records('B'), 'abcdef!');
  },
};

/** C loses power as soon as the first batch of an epoch is on its disk: what explains it is there too. */
export const firstBatchOfAnEpoch: GuardedStory = {
  mutant: 'X10-epoch-after-its-first-batch',
  caughtBy: 'S20',
  inTheEnd: 'told',
  options: {},
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    story.kill('A');
    story.untilLeader('B');
    story.produce('B', 'def', 'all');
    story.until('C to have it', () => story.view('C').durableEndOffset === 6);
    story.powerCut(['C'], 'drop');
    story.hold('B', 'C', isFrame);
    story.until('B to know', () => story.isr === 'B');
    story.startAndServe('C');
    equal(story.records('C'), 'abcdef');
    story.finish();
  },
};

/** A and B are eligible and both uncertain; A, the first in order, has lost what B has still. */
export const uncertainAmongThemselves: GuardedStory = {
  mutant: 'X3-not-the-furthest',
  caughtBy: 'S4',
  inTheEnd: 'S8',
  // Marks are written down when they must be: everything is above them.
  options: { settings: { 'durable.mark.interval.ms': '1h' } },
  tell(story) {
    onlyAStands(story);
    story.kill('A');
    story.untilLeader(null);
    equal(story.elr, 'AB');
    story.flipBit('A', 5);
    story.flipIn('B', `${PARTITION}/log-state`);
    story.startAndServe('A');
    story.pass(200);
    equal([story.leader, story.records('A')], [null, 'abc']);
    story.startAndServe('B');
    story.until('somebody to lead', () => story.leader !== null);
    const { leader } = story;
    story.finish();
    equal(leader, 'B');
    equal(story.times('recovered as uncertain'), 2);
  },
};

/**
 * B finds its log damaged, and begins again with nothing before A has heard that it stopped: what B
 * had said in the last epoch does not bring it back.
 */
export const saidBeforeTheDamage: GuardedStory = {
  mutant: 'X3-epoch-not-raised',
  caughtBy: 'S4',
  inTheEnd: 'S8',
  options: {},
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    story.hold('B', 'A');
    story.within('B', (host) => host.damaged('as if something had been read'));
    story.untilIsr('AC');
    story.pass(40);
    story.kill('A');
    story.until('another to lead', () => story.leader !== 'A' && story.leader !== null);
    story.release();
    story.finish();
  },
};

/**
 * B is eligible and outside of the ISR when it finds its log damaged, and what it says of it is lost
 * on its way. Other news of the partition says nothing of that: B may still be elected, with what it has.
 */
export const damageOfAnEligible: GuardedStory = {
  mutant: 'X3-set-aside-while-eligible',
  caughtBy: 'S4',
  inTheEnd: 'S8',
  options: {},
  tell(story) {
    onlyAStands(story);
    story.cutBoth('A', 'B');
    story.startAndServe('B');
    story.hold('B', 'controller');
    story.flipBit('B', 1);
    story.within('B', (host) => host.damaged('as a reader found it'));
    const settings = { 'min.insync.replicas': '3' };
    story.admin({ kind: 'alterTopic', name: 'orders', settings });
    story.pass(20);
    equal([story.isr, story.elr], ['A', 'B']);
    story.kill('A');
    story.until('another to lead', () => story.leader === 'B');
    story.breakStreams('B', 'controller');
    story.release();
    story.heal();
    story.start('A');
    story.pass(200);
    story.finish();
    equal(story.records('B'), 'abcdef!');
  },
};

/** The power goes everywhere: B, the first of those who are left, has nothing, and C has everything. */
export const fullestOfTheLast: GuardedStory = {
  mutant: 'C6-recovery-elects-any',
  caughtBy: 'S4',
  inTheEnd: 'S8',
  options: { durability: 'page-cache' },
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    // A is out of sync first: B and C are the last that are known to have had everything.
    story.hold('A', 'controller');
    story.untilIsr('BC');
    for (const name of ['A', 'B'] as const) story.losePageCache(name);
    story.powerCut(['C'], 'keep');
    story.untilLeader(null);
    story.release();
    story.startAndServe(...BROKERS);
    story.until('somebody to lead', () => story.leader !== null);
    const { leader } = story;
    story.finish();
    equal(leader, 'C');
    equal(story.times('leader elected from the last known ELR'), 1);
  },
};

/** The controller’s machine loses power whenever a snapshot is to get its name. */
export const snapshotWithoutAName: GuardedStory = {
  mutant: 'C8-older-journals-removed-first',
  caughtBy: 'crash',
  inTheEnd: 'crash',
  options: { settings: { 'metadata.snapshot.events': '3' } },
  tell(story) {
    story.write('A', 'abc');
    for (let time = 0; time < 4; time++) {
      story.onceOn('controller', 'rename', /snapshot/, () => story.powerCut(['controller']));
      for (let retention = 1; story.isRunning('controller'); retention++) {
        const settings = { 'retention.ms': `${retention}h` };
        story.ask({ kind: 'alterTopic', name: 'orders', settings });
        story.pass(10);
      }
      story.start('controller');
      story.until('a controller', () => story.world.nodes.controller.host?.active === true);
      story.pass(SESSION_MS);
    }
    story.finish();
  },
};

/** The same without L1: what A had heard of B in the last epoch was of a log that is gone. */
export const outsiderIsForgotten: GuardedStory = {
  ...saidBeforeTheDamage,
  mutant: 'L1-outsiders-not-forgotten',
};

/** The same without L5. */
export const outsiderIsHeardAnew: GuardedStory = {
  ...saidBeforeTheDamage,
  mutant: 'L5-not-heard-in-this-epoch',
};

/**
 * B leads without a record and is cut off. A, which comes back, leads next, with a record of an older
 * epoch that B never had: it fits only where B has dropped its own epoch.
 */
export const ledWithoutARecord: GuardedStory = {
  mutant: 'F1-own-empty-epoch-kept',
  caughtBy: 'L1',
  inTheEnd: 'L1',
  options: { brokers: 2 },
  tell(story) {
    story.write('A', 'm');
    story.settle();
    story.hold('A', 'B');
    equal(story.answerTo(story.produce('A', 'x', 1)), 'ok 1');
    story.kill('A');
    story.untilLeader('B');
    story.release();
    story.isolate('B');
    story.until('nobody to lead', () => story.leader === null);
    equal([story.elr, story.replica('B')?.host.log.epochs.latestEpoch()], ['AB', 1]);
    story.start('A');
    story.untilLeader('A');
    story.heal();
    story.finish();
    equal(story.records('B'), 'mx!');
  },
};

/** The same without F3: what ends an epoch without records is a cut that removes none. */
export const cutOfNothing: GuardedStory = { ...ledWithoutARecord, mutant: 'F3-empty-epochs-kept' };

/** A is alone in the ISR and cut off, and B, which is eligible, leads instead: A stops by its own clock. */
export const aloneAndCutOff: GuardedStory = {
  mutant: 'X4-members-enough-below-the-minimum',
  caughtBy: 'told',
  inTheEnd: 'told',
  options: {},
  tell(story) {
    onlyAStands(story);
    story.pass(20);
    story.isolate('A');
    story.start('B');
    story.untilLeader('B');
    story.pass(SESSION_MS);
    equal(story.read('A'), 'NOT_LEADER_OR_FOLLOWER');
    equal(story.answerTo(story.produce('A', 'x', 1)), 'NOT_LEADER_OR_FOLLOWER');
    story.finish();
    equal(story.records('A'), 'abcdef!');
  },
};

/**
 * A leads instead of B, which has not heard of it, and is heard by everybody all the same: they follow
 * B in another topic. What they say on that stream says nothing of this partition.
 */
export const followedElsewhere: GuardedStory = {
  mutant: 'X4-echo-without-a-session',
  caughtBy: 'told',
  inTheEnd: 'told',
  options: {},
  tell(story) {
    handsOver(story);
    story.admin({
      kind: 'createTopic',
      name: 'others',
      partitions: 6,
      replicationFactor: 3,
      settings: {},
      validateOnly: false,
    });
    story.pass(50);
    story.hold('B', 'controller', isReady);
    askToHandOver(story);
    story.until('B to be ready', () => story.isHolding('B', 'controller'));
    story.hold('controller', 'B');
    story.release('B', 'controller');
    story.untilLeader('A');
    story.write('A', 'x');
    story.pass(2 * SESSION_MS);
    equal(story.messages('A', 'B') > 0, true);
    equal(story.read('B'), 'NOT_LEADER_OR_FOLLOWER');
    story.finish();
  },
};

/**
 * A write waits behind something that A’s disk does, and behind it the news that A leads no more. By
 * the time that it is looked at A is in touch again; it was not when the write came.
 */
export const writeFromBefore: GuardedStory = {
  mutant: 'X4-lease-of-the-moment',
  caughtBy: 'told',
  inTheEnd: 'told',
  options: { durability: 'page-cache' },
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    story.isolate('A');
    story.untilLeader('B');
    story.pass(SESSION_MS);
    story.freezeDisk('A');
    const { disk } = story.seat('A').node;
    story.within('A', (host) => {
      host.enqueueTask(
        () => new Promise((resolve) => disk.syncDirectory(PARTITION, () => resolve())),
      );
    });
    const write = story.produce('A', 'x', 1);
    story.pass(5);
    story.heal();
    // It registers again, hears that B leads, and is answered.
    story.pass(100);
    story.thawDisk('A');
    equal(story.answerTo(write), 'NOT_LEADER_OR_FOLLOWER');
    story.finish();
  },
};

/**
 * The controller’s disk stands still when B has said that A has everything, and B hears of nobody for
 * a while. Then it hears its members again, and goes on waiting: what it said may count any moment.
 */
export const readyAcrossALapse: GuardedStory = {
  mutant: 'X5-lapse-ends-a-ready-hold',
  caughtBy: 'S22',
  inTheEnd: 'told',
  options: {},
  tell(story) {
    handsOver(story);
    story.freezeDisk('controller');
    askToHandOverUnheard(story);
    story.pass(10);
    for (const name of ['A', 'C'] as const) story.hold(name, 'B');
    story.pass(2 * SESSION_MS);
    story.release();
    story.pass(5);
    story.hold('B', 'A', isFrame);
    const write = story.produce('B', 'x', 1);
    story.pass(5);
    story.thawDisk('controller');
    story.pass(20);
    story.release();
    equal(story.answerTo(write), 'NOT_LEADER_OR_FOLLOWER');
    story.finish();
  },
};

/**
 * B, which leads, sends C back to where their logs part. A copy of that answer arrives when C has long
 * gone on from there. By hand: streams keep their order, and no message outlives its own.
 */
export const answerToAnOldSession: GuardedStory = {
  mutant: 'F2-frame-of-another-generation',
  caughtBy: 'S4',
  inTheEnd: 'S8',
  options: {},
  tell(story) {
    story.write('A', 'abc');
    story.settle();
    story.hold('A', 'B');
    for (const write of story.produceEach('A', 'pq', 1)) story.answerTo(write);
    story.until('C to have them', () => story.logEnd('C') === 5);
    story.kill('A');
    story.untilLeader('B');
    story.release();
    story.until('C to be sent back', () => story.answersOf('B').includes('diverging'));
    story.write('B', 'xy');
    equal([story.isr, story.records('C')], ['BC', 'abcxy']);
    const answer = story.witness.answers.find((each) => each.answer === 'diverging');
    if (answer === undefined) throw new Error('C was not sent back');
    story.hold('B', 'C');
    const [leader, { frame }] = [nodeId(answer.broker), answer];
    story.within('C', (host) => host.enqueue({ kind: 'frame', leader, frame }));
    story.pass(5);
    story.kill('B');
    story.untilLeader('C');
    story.release();
    story.finish();
    equal(story.records('C'), 'abcxy!');
  },
};

/**
 * A and B are in sync. B’s stream breaks, and what B sends to be registered again stays with the
 * controller’s kernel. Then B dies, and is eligible.
 */
function diesAsItComesBack(story: Story): void {
  story.write('A', 'abc');
  story.settle();
  story.kill('C');
  story.untilIsr('AB');
  story.write('A', 'def');
  // By then B has written down how far it is on its disk.
  story.pass(50);
  story.hold('B', 'controller', isFirstRegistration());
  story.breakStreams('B', 'controller');
  story.until('B to ask for its number', () => story.isHolding('B', 'controller'));
  story.kill('B');
  story.untilIsr('A');
  equal(story.elr, 'B');
}

/**
 * B starts and dies again before it is registered. What it had sent arrives while B’s next process is
 * being registered: that one is there, and stays what it is.
 */
export const registeredBetween: GuardedStory = {
  mutant: 'C5-registering-is-not-heard',
  caughtBy: 'told',
  inTheEnd: 'told',
  options: {},
  tell(story) {
    onlyAStands(story);
    story.hold('B', 'controller', isFirstRegistration());
    story.start('B');
    story.until('B to ask for a number', () => story.isHolding('B', 'controller'));
    story.kill('B');
    story.freezeDisk('controller');
    story.start('B');
    story.pass(20);
    story.release();
    story.pass(20);
    story.thawDisk('controller');
    story.until('B to serve', () => story.serves('B'));
    equal(story.times('second life refused while the first is heard'), 0);
    story.finish();
  },
};

/**
 * What B had sent before it died arrives when its next process has served and died too: B is not
 * judged by what was before that.
 */
export const registeredFromTheGrave: GuardedStory = {
  mutant: 'C5-replaced-comes-back',
  caughtBy: 'S25',
  inTheEnd: 'told',
  options: {},
  tell(story) {
    diesAsItComesBack(story);
    equal(story.answerTo(story.produce('A', 'g', 1)), 'ok 6');
    story.hold('A', 'B', isFrame);
    story.startAndServe('B');
    story.kill('B');
    story.pass(20);
    story.release();
    story.pass(20);
    equal([story.isr, story.elr], ['A', 'B']);
    story.finish();
  },
};

const BROKERS = ['A', 'B', 'C'] as const;
/** A cut over three segments has more moments than the one and fewer than the other. */
const MOMENTS_MIN = 8;
const MOMENTS_MAX = 60;
