/**
 * Who counts as in sync, and who may be elected, while messages about it are late or lost, or speak
 * of a broker that is not any more what it was: scenarios 9 to 16.
 */
import { describe, expect, test } from 'vitest';
import { emptyDiskAmongTheEligible } from './guarded-stories.ts';
import { isFrame, isNewsOfIsr, isPosition, isProposal } from './story-witness.ts';
import { LAG_MS, type Name, type Request, type Story } from './story.ts';
import { tell } from './tell.ts';

/** A leads, and C has just been out of sync. */
function leaveC(story: Story): void {
  story.kill('C');
  story.untilIsr('AB');
}

describe('scenario 9: a proposed member counts from the proposal on', () => {
  /** The controller has committed that C joins, A hears nothing of it, and C gets nothing from A. */
  function replyIsLost(story: Story): Request {
    leaveC(story);
    story.hold('controller', 'A', isNewsOfIsr(3));
    story.start('C');
    story.untilIsr('ABC');
    story.hold('A', 'C');
    const write = story.produce('A', '0123456789', 'all');
    story.until('B to have it', () => story.positionOf('B', 'A') === 10);
    story.pass(20);
    expect([story.records('B'), story.records('C')]).toEqual(['0123456789', '']);
    expect([story.highWatermark('A'), write.answer]).toEqual([0, undefined]);
    expect(story.replies).toEqual([]);
    return write;
  }

  test('nothing is committed before it has it, so it may be elected at any moment', () =>
    tell((story) => {
      const write = replyIsLost(story);
      story.kill('A', 'B');
      story.untilLeader('C');
      expect([story.records('C'), write.answer]).toEqual(['', undefined]);
      story.finish();
    }));

  test('once it has it, it is acknowledged, and its election loses nothing', () =>
    tell((story) => {
      const write = replyIsLost(story);
      story.release('A', 'C');
      expect(story.answerTo(write)).toBe('ok 0');
      story.kill('A', 'B');
      story.untilLeader('C');
      expect(story.records('C')).toBe('0123456789');
      story.finish();
    }));

  test('its twin: a removed member counts until the removal is confirmed', () =>
    tell((story) => {
      story.cutBoth('A', 'C');
      const write = story.produce('A', 'abc', 'all');
      story.hold('A', 'controller', isProposal);
      story.until('A to propose that C leaves', () => story.isHolding('A', 'controller'));
      expect(story.world.now).toBeGreaterThan(LAG_MS);
      expect([story.isr, story.highWatermark('A'), write.answer]).toEqual(['ABC', 0, undefined]);
      // The proposal never arrives, and nor does anything else of A’s: C is elected.
      story.kill('B');
      story.untilLeader('C');
      expect([story.records('A'), story.records('C')]).toEqual(['abc', '']);
      story.finish();
    }));
});

describe('scenario 10: a proposal outlives the controller that it was made to', () => {
  test('it died before the proposal was on its disk, and C was started again since', () =>
    tell((story) => {
      leaveC(story);
      story.write('A', 'abc');
      story.hold('A', 'controller', isProposal);
      story.start('C');
      story.until('A to propose C', () => story.isHolding('A', 'controller'));
      story.freezeDisk('controller');
      story.release();
      story.pass(10);
      story.powerCut(['controller']);
      story.kill('C');
      story.thawDisk('controller');
      story.pass(30);
      // The next one knows C’s new incarnation before it hears A, which repeats what it had said.
      const before = story.brokerEpoch('C');
      story.hold('A', 'controller');
      story.start('controller', 'C');
      story.until('C to be known', () => story.brokerEpoch('C') > before);
      expect([story.isr, story.replies]).toEqual(['AB', []]);
      story.release();
      story.until('an answer', () => story.replies.length > 0);
      expect(story.replies).toEqual(['INELIGIBLE_REPLICA']);
      expect(story.isr).toBe('AB');
      story.untilIsr('ABC');
      story.until('A to be told', () => story.replies.at(-1) === 'ok');
      story.finish();
    }));

  test('everything that anybody says arrives twice', () =>
    tell((story) => {
      const { network } = story.world;
      network.knobs = { ...network.knobs, duplicatePerMillion: 1_000_000 };
      leaveC(story);
      story.write('A', 'abc');
      story.start('C');
      story.untilIsr('ABC');
      story.settle();
      story.pass(10);
      // The second copy of the proposal finds that it has been applied, and changes nothing.
      expect(story.replies).toContain('INVALID_UPDATE_VERSION');
      const { partitionEpoch } = story;
      story.pass(100);
      expect([story.isr, story.partitionEpoch]).toEqual(['ABC', partitionEpoch]);
      story.kill('A');
      story.untilLeader('B');
      story.write('B', 'd');
      network.knobs = { ...network.knobs, duplicatePerMillion: 0 };
      story.finish();
    }));
});

describe('scenario 11: the answer to a proposal and the metadata come in any order', () => {
  // One stream carries both, the metadata first. So the answer is handed to A’s host by hand: as it
  // was given, but before the metadata, or long after it.
  test('the answer first', () =>
    tell((story) => {
      leaveC(story);
      story.write('A', 'abc');
      story.hold('controller', 'A', isNewsOfIsr(3));
      story.start('C');
      story.untilIsr('ABC');
      const { request } = story.witness.proposals.at(-1) ?? {};
      const state = story.state;
      if (request === undefined) throw new Error('A has proposed nothing');
      story.within('A', (host) => {
        host.enqueue({ kind: 'alterPartitionReply', request, result: { ok: true, ...state } });
      });
      expect(story.view('A')).toMatchObject({
        partitionEpoch: state.partitionEpoch,
        isr: state.isr,
      });
      // A change that A knows nothing of yet, behind the metadata that is older than what A knows.
      story.kill('B');
      story.untilIsr('AC');
      story.release();
      story.until('A to know', () => story.view('A').partitionEpoch === story.partitionEpoch);
      expect(story.view('A').isr).toHaveLength(2);
      story.finish();
    }));

  test('the metadata first, and the answer once more when it is out of date', () =>
    tell((story) => {
      leaveC(story);
      story.write('A', 'abc');
      story.start('C');
      story.untilIsr('ABC');
      const { state } = story;
      const { request } = story.witness.proposals.at(-1) ?? {};
      if (request === undefined) throw new Error('A has proposed nothing');
      story.kill('B');
      story.untilIsr('AC');
      story.pass(10);
      const { partitionEpoch } = story.view('A');
      expect(partitionEpoch).toBeGreaterThan(state.partitionEpoch);
      story.within('A', (host) => {
        host.enqueue({ kind: 'alterPartitionReply', request, result: { ok: true, ...state } });
      });
      expect(story.view('A')).toMatchObject({ partitionEpoch, isr: story.state.isr });
      story.finish();
    }));
});

describe('scenario 12: a follower is bounced between its position and its admission (KIP-903)', () => {
  /** C's position at A's end is under way when C loses everything; it has registered again. */
  function bouncedFollower(story: Story): void {
    story.write('A', 'abc');
    story.settle();
    leaveC(story);
    story.start('C');
    story.hold('C', 'A', isPosition);
    story.until('C to say so', () => story.isHolding('C', 'A'));
    const before = story.brokerEpoch('C');
    story.wipe('C');
    story.hold('controller', 'C');
    story.start('C');
    story.until('C to be known', () => story.brokerEpoch('C') > before);
  }

  test('its late position is refused by a leader that knows of the restart', () =>
    tell((story) => {
      bouncedFollower(story);
      story.pass(5);
      story.release('C', 'A');
      story.until('an answer', () => story.answersOf('A').length > 0);
      expect(story.answersOf('A')).toEqual(['NOT_LEADER_OR_FOLLOWER']);
      expect([story.positionOf('C', 'A'), story.isr]).toEqual([null, 'AB']);
      story.finish();
    }));

  test('a leader that does not know proposes it, and the controller refuses', () =>
    tell((story) => {
      bouncedFollower(story);
      story.hold('controller', 'A');
      story.release('C', 'A');
      story.until('A to believe it', () => story.view('A').maximalIsr.length === 3);
      story.pass(10);
      expect(story.isr).toBe('AB');
      story.release('controller', 'A');
      story.until('an answer', () => story.replies.length > 0);
      expect(story.replies).toEqual(['INELIGIBLE_REPLICA']);
      expect(story.isr).toBe('AB');
      story.finish();
    }));
});

describe('scenario 13: an empty disk under a known id', () => {
  const MOMENTS = ['before', 'after'] as const;

  /** The broker comes back with another disk, before or after its silence was noticed. */
  function exchange(story: Story, name: Name, noticed: (typeof MOMENTS)[number]): void {
    const others = (['A', 'B', 'C'] as const).filter((other) => other !== name);
    // So that it has no time to become what it was.
    for (const other of others) story.hold(other, name, isFrame);
    const before = story.brokerEpoch(name);
    story.wipe(name);
    if (noticed === 'after') story.untilIsr(others.join(''));
    story.start(name);
    story.until(`${name} to be back`, () => story.brokerEpoch(name) > before && story.serves(name));
    expect([story.isr, story.elr]).toEqual([others.join(''), '']);
    // Not even the death of everyone else makes it a leader.
    story.kill(...others);
    story.until('nobody to lead', () => story.leader === null);
    story.pass(500);
    expect([story.leader, story.elr.includes(name)]).toEqual([null, false]);
    story.finish();
    expect(story.records(name)).toContain('abc');
  }

  test.each(MOMENTS)('C was in sync; it is back %s it was fenced', (noticed) =>
    tell((story) => {
      story.write('A', 'abc');
      story.settle();
      exchange(story, 'C', noticed);
    }),
  );

  test.each(MOMENTS)('A led; it is back %s it was fenced', (noticed) =>
    tell((story) => {
      story.write('A', 'abc');
      story.settle();
      exchange(story, 'A', noticed);
    }),
  );

  test('C was eligible', () =>
    tell(emptyDiskAmongTheEligible.tell, emptyDiskAmongTheEligible.options));
});

test('scenario 14: a replica that went and came within one piece of news is known from nothing', () =>
  // Replicas cannot be reassigned yet. The nearest: one snapshot tells A that C is another
  // incarnation, which has lost everything that A knew of the last one.
  tell((story) => {
    story.write('A', 'abc');
    story.settle();
    expect(story.positionOf('C', 'A')).toBe(3);
    story.hold('controller', 'A');
    story.hold('A', 'C', isFrame);
    const before = story.brokerEpoch('C');
    story.wipe('C');
    story.start('C');
    story.until('C to be known', () => story.brokerEpoch('C') > before);
    story.release('controller', 'A');
    story.until('A to know', () => story.positionOf('C', 'A') !== 3);
    story.until('C to ask', () => story.positionOf('C', 'A') === 0);
    expect(story.isr).toBe('AB');
    story.release();
    story.until('C to be in sync', () => {
      const known = story.positionOf('C', 'A') ?? 0;
      expect(known).toBeLessThanOrEqual(story.replica('C')?.view.durableEndOffset ?? 0);
      return story.isr === 'ABC';
    });
    story.finish();
  }));

describe('scenario 15: the last replica standing (KIP-966)', () => {
  /** C goes, then B: A is left alone, and B remains eligible. */
  function aloneInSync(story: Story): void {
    story.write('A', 'abc');
    story.settle();
    story.powerCut(['C']);
    story.untilIsr('AB');
    story.powerCut(['B']);
    story.untilIsr('A');
    expect([story.leader, story.elr]).toEqual(['A', 'B']);
    story.pass(5);
  }

  test('it commits nothing alone, and what was committed outlives it', () =>
    tell((story) => {
      aloneInSync(story);
      const weak = story.produceEach('A', '0123456789', 1);
      const strong = story.produce('A', 'x', 'all');
      expect(story.answerTo(strong)).toBe('NOT_ENOUGH_REPLICAS');
      expect(weak.map((each) => story.answerTo(each)).at(-1)).toBe('ok 12');
      expect([story.highWatermark('A'), story.read('A')]).toEqual([3, 'abc']);

      // The power takes two more that never reached the disk, and were never acknowledged.
      story.freezeDisk('A');
      const unsynced = story.produceEach('A', 'yz', 1);
      story.until('A to have written them', () => story.records('A').endsWith('yz'));
      story.powerCut(['A']);
      story.thawDisk('A');
      story.until('nobody to lead', () => story.leader === null);
      expect([story.isr, story.elr]).toEqual(['', 'AB']);

      story.start('B');
      story.untilLeader('B');
      story.start('A');
      story.untilIsr('AB');
      expect(unsynced.map(({ answer }) => answer)).toEqual([undefined, undefined]);
      expect(story.records('A')).toBe('abc');
      story.write('B', 'de');
      story.finish();
    }));

  test('it comes back first, and everything that it wrote alone is there', () =>
    tell((story) => {
      aloneInSync(story);
      const weak = story.produceEach('A', '0123456789', 1);
      expect(weak.map((each) => story.answerTo(each)).at(-1)).toBe('ok 12');
      story.powerCut(['A']);
      story.until('nobody to lead', () => story.leader === null);
      story.start('A');
      story.untilLeader('A');
      story.finish();
      expect(story.records('B')).toContain('abc0123456789');
    }));
});

test('scenario 16: of a page cache that all have lost, the fullest that is left is chosen', () =>
  tell(
    (story) => {
      story.write('A', 'abc');
      story.settle();
      // A is out of sync first: B and C are the last that are known to have had everything.
      story.hold('A', 'controller');
      story.untilIsr('BC');
      for (const name of ['A', 'C'] as const) story.losePageCache(name);
      story.powerCut(['B'], 'keep');
      story.until('nobody to lead', () => story.leader === null);
      story.release();
      story.startAndServe('A', 'C');
      story.pass(500);
      // C was eligible, says that it has nothing, and is not believed to be all that is left.
      expect([story.records('C'), story.leader]).toEqual(['', null]);
      story.start('B');
      story.untilLeader('B');
      expect(story.times('leader elected from the last known ELR')).toBe(1);
      expect(story.read('B')).toBe('');
      story.finish();
      expect(story.records('A')).toContain('abc');
    },
    { durability: 'page-cache' },
  ));
