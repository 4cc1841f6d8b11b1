/**
 * What becomes of a log when its leader changes: scenarios 1 to 8 of those in which replicated logs
 * have lost data. Each ends with `finish`: everything is healed and started, all logs must be the
 * same, and everything that was acknowledged at acks=all is read again.
 */
import { describe, expect, test } from 'vitest';
import { followerKnowsLess } from './guarded-stories.ts';
import { type Story } from './story.ts';
import { tell } from './tell.ts';

describe('scenario 1: a follower keeps what lies above its high watermark (KIP-101, 1)', () => {
  // With min ISR 1 a broker that restarts is nobody whom the other's death could make a leader. With
  // 2 it stays eligible, so the whole story happens to whole brokers.
  test('started again and elected before its first fetch, it leads with both records', () =>
    tell(followerKnowsLess.tell, followerKnowsLess.options));

  test('elected as it stands, it leads with both records', () =>
    tell(
      (story) => {
        story.write('A', 'm');
        story.until('B to know', () => story.highWatermark('B') === 1);
        const second = story.produce('A', 'n', 'all');
        story.until('B to have it', () => story.logEnd('B') === 2);
        story.hold('A', 'B');
        expect(story.answerTo(second)).toBe('ok 1');
        expect([story.highWatermark('A'), story.highWatermark('B')]).toEqual([2, 1]);
        story.powerCut(['A']);
        story.untilLeader('B');
        expect(story.records('B')).toBe('mn');
        story.finish();
      },
      { brokers: 2 },
    ));
});

test('scenario 2: logs that came apart in a power cut of both become one again (KIP-101, 2)', () =>
  tell(
    (story) => {
      story.write('A', '01234');
      story.freezeDisk('A');
      story.freezeDisk('B');
      const unsynced = story.produceEach('A', '56789', 1);
      story.until('B to have written them', () => story.logEnd('B') === 10);
      // Fenced first, B is out of sync when the power goes: A alone may lead.
      story.hold('B', 'controller');
      story.untilIsr('A');
      story.powerCut(['A'], 'drop');
      story.powerCut(['B'], 'keep');
      story.thawDisk('A');
      story.thawDisk('B');
      story.release();
      story.until('nobody to lead', () => story.leader === null);
      expect(unsynced.map(({ answer }) => answer)).toEqual(Array(5).fill(undefined));

      story.start('A');
      story.untilLeader('A');
      story.write('A', 'XYZ');
      expect([story.records('A'), story.records('B')]).toEqual(['01234XYZ', '0123456789']);
      story.start('B');
      story.untilIsr('AB');
      expect(story.records('B')).toBe('01234XYZ');
      expect(story.times('truncated after divergence')).toBeGreaterThan(0);
      story.finish();
    },
    { brokers: 2, minIsr: 1 },
  ));

test('scenario 3: two fast failovers leave one sequence of records (KIP-279)', () =>
  // With KIP-966 the one that is left is eligible: no unclean election is needed to tell this story.
  tell(
    (story) => {
      story.write('A', 'm');
      const leads = (name: 'A' | 'B', text: string): void => {
        story.untilLeader(name);
        const answers = story.produceEach(name, text, 1).map((each) => story.answerTo(each));
        expect(answers.every((answer) => answer.startsWith('ok'))).toBe(true);
      };
      story.stop('A');
      leads('B', 'n');
      story.stop('B');
      story.start('A');
      leads('A', '123');
      story.stop('A');
      story.start('B');
      leads('B', 'o');
      story.stop('B');
      story.start('A');
      leads('A', '45');
      expect([story.records('A'), story.records('B')]).toEqual(['m12345', 'mno']);
      story.start('B');
      story.untilIsr('AB');
      // What was acknowledged by one disk alone is lost with that history; nothing else is.
      expect(story.records('B')).toBe('m12345');
      story.finish();
    },
    { brokers: 2 },
  ));

test('scenario 4: elections without a record leave marks that find a garbage record', () =>
  tell((story) => {
    story.write('A', 'abc');
    story.kill('A');
    story.untilLeader('B');
    story.kill('B');
    story.untilLeader('C');
    expect([story.isr, story.elr]).toEqual(['C', 'B']);
    // A record that nobody else will ever have.
    expect(story.answerTo(story.produce('C', 'x', 1))).toBe('ok 3');
    const garbage = story.leaderEpoch;
    story.kill('C');
    story.until('nobody to lead', () => story.leader === null);
    story.start('B');
    story.untilLeader('B');
    story.start('A');
    story.untilIsr('AB');
    for (const [next, last] of [
      ['A', 'B'],
      ['B', 'A'],
      ['A', 'B'],
    ] as const) {
      story.kill(last);
      story.untilLeader(next);
      story.start(last);
      story.untilIsr('AB');
    }
    expect(story.leaderEpoch).toBeGreaterThanOrEqual(garbage + 5);

    // C asks with the epoch of its garbage. Without the empty epochs in the leader's history the
    // answer would be "never heard of it" (PR 5678); without dropping its own epoch at the cut, C
    // would be sent to the same place again and again (KAFKA-10706).
    const asked = story.messages('C', 'A');
    story.start('C');
    story.untilIsr('ABC');
    expect(story.messages('C', 'A') - asked).toBeLessThan(30);
    expect(story.records('C')).toBe('abc');
    const epochs = story.replica('A')?.host.log.epochs.entries;
    expect(epochs?.at(-1)).toEqual({ epoch: story.leaderEpoch, startOffset: 3 });
    expect(story.replica('C')?.host.log.epochs.latestEpoch()).toBe(0);
    story.finish();
  }));

test('scenario 5: a follower in an older epoch does not move the high watermark (KIP-320)', () =>
  tell((story) => {
    story.write('A', 'abc');
    // C has two records of A's first reign that B never gets, and will sync them much later.
    story.freezeDisk('C');
    story.hold('A', 'B');
    story.produce('A', 'de', 1);
    story.until('C to have written them', () => story.logEnd('C') === 5);
    // It hears nothing from the controller any more, and goes on following A as it knew it.
    story.hold('controller', 'C');
    story.cutBoth('A', 'controller');
    story.untilLeader('B');
    story.heal('A');
    story.release('A', 'B');
    story.untilIsr('ABC');
    story.admin({ kind: 'electLeaders', name: 'orders', partition: null });
    story.untilLeader('A');
    expect([story.leaderEpoch, story.isr, story.records('A')]).toEqual([2, 'ABC', 'abc']);

    // The same offsets in another epoch: A and B have both, and C is what the ISR waits for.
    const write = story.produce('A', 'DE', 'all');
    story.until('B to have them', () => story.positionOf('B', 'A') === 5);
    story.thawDisk('C');
    story.until('C to be refused', () => story.answersOf('A').includes('FENCED_LEADER_EPOCH'));
    expect([story.positionOf('C', 'A'), story.highWatermark('A')]).toEqual([null, 3]);
    expect(write.answer).toBeUndefined();
    story.release();
    expect(story.answerTo(write)).toBe('ok 3');
    expect(story.records('C')).toBe('abcDE');
    story.finish();
  }));

test('scenario 6: a diverged position is not recorded (KAFKA-13141)', () =>
  tell((story) => {
    story.write('A', '01234567');
    story.settle();
    story.hold('A', 'B');
    const weak = story.produceEach('A', 'pq', 1);
    story.until('C to have them', () => story.logEnd('C') === 10);
    expect(weak.map((each) => story.answerTo(each))).toEqual(['ok 8', 'ok 9']);
    story.powerCut(['A']);
    story.hold('C', 'B');
    story.untilLeader('B');
    const writes = story.produceEach('B', 'xy', 'all');
    story.pass(20);
    expect([story.logEnd('B'), story.logEnd('C'), story.highWatermark('B')]).toEqual([10, 10, 8]);
    story.release();
    story.until('C to be sent back', () => story.answersOf('B').includes('diverging'));
    expect([story.positionOf('C', 'B'), story.highWatermark('B')]).toEqual([null, 8]);
    expect(writes.map(({ answer }) => answer)).toEqual([undefined, undefined]);
    expect(writes.map((each) => story.answerTo(each))).toEqual(['ok 8', 'ok 9']);
    expect(story.records('C')).toBe('01234567xy');
    story.finish();
  }));

test('scenario 7: nobody is shown the tail of a leader that is none any more (KAFKA-14704)', () =>
  // Followers serve no reads here, so nothing can be read between a divergence and its cut. What can
  // be asked, all the time, is the old leader: from when it writes alone until it is in sync again.
  tell((story) => {
    story.write('A', 'abc');
    story.isolate('A');
    const tail = story.produce('A', 'xyz', 1);
    expect(story.answerTo(tail)).toBe('ok 3');
    const seen = new Set<string>();
    const readOn = (condition: () => boolean): void => {
      while (!condition()) seen.add(story.read('A'));
    };
    readOn(() => story.leader === 'B');
    story.untilLeader('B');
    story.write('B', 'de');
    story.heal('A');
    readOn(() => story.isr === 'ABC');
    expect([...seen].sort()).toEqual(['NOT_LEADER_OR_FOLLOWER', 'abc']);
    expect(story.records('A')).toBe('abcde');
    story.finish();
  }));

describe('scenario 8: a new leader does not know its high watermark yet', () => {
  /** Ten are committed, B has heard of five, and C, out of sync, has only those. B leads. */
  function leaderThatKnowsLess(story: Story): void {
    story.write('A', '01234');
    story.settle();
    story.cutBoth('C', 'controller');
    story.cutBoth('C', 'A');
    story.untilIsr('AB');
    const rest = story.produce('A', '56789', 'all');
    story.until('B to have them', () => story.logEnd('B') === 10);
    story.hold('A', 'B');
    expect(story.answerTo(rest)).toBe('ok 5');
    expect([story.highWatermark('A'), story.highWatermark('B')]).toEqual([10, 5]);
    story.powerCut(['A']);
    story.freezeDisk('C');
    story.heal('C');
    story.untilLeader('B');
    expect([story.isr, story.elr]).toEqual(['B', 'A']);
  }

  test('it gives no end, and admits nobody below the start of its epoch', () =>
    tell((story) => {
      leaderThatKnowsLess(story);
      story.until('C to ask', () => story.positionOf('C', 'B') === 5);
      // C stands at B's high watermark: without the second bound it would be let in here.
      expect([story.highWatermark('B'), story.latest('B')]).toEqual([5, 'OFFSET_NOT_AVAILABLE']);
      expect([story.read('B'), story.isr]).toEqual(['01234', 'B']);
      story.pass(100);
      expect([story.latest('B'), story.isr]).toEqual(['OFFSET_NOT_AVAILABLE', 'B']);
      story.thawDisk('C');
      story.untilIsr('BC');
      story.until('B to know', () => story.highWatermark('B') === 10);
      expect([story.latest('B'), story.read('B')]).toEqual([10, '0123456789']);
      story.finish();
    }));
});
