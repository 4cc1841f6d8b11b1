/**
 * Leaders and followers that lose touch with each other or with the controller, in one direction or
 * both, and changes of leader that are planned: scenarios 17 to 22.
 */
import { describe, expect, test } from 'vitest';
import { cutOffLeader } from './guarded-stories.ts';
import { RetryingClient } from './retrying-client.ts';
import { LAG_MS, SESSION_MS, type Name, type Story } from './story.ts';
import { tell } from './tell.ts';

describe('scenario 17: a leader that is cut off from everyone but its clients', () => {
  test('it stops promising and showing, and gives way to the new history', () =>
    tell(cutOffLeader.tell, cutOffLeader.options));

  test('fenced before its leases lapse, it answers at acks=1, and at acks=all never', () =>
    tell((story) => {
      story.write('A', 'abc');
      story.settle();
      // Its streams break, so it is fenced long before its leases lapse.
      story.noticeCutsSoon();
      story.isolate('A');
      const cutAt = story.world.now;
      const strong = story.produce('A', 'y', 'all');
      story.untilLeader('B');
      story.write('B', 'de');
      expect(story.world.now - cutAt).toBeLessThan(SESSION_MS - 20);
      const late = [story.produce('A', 'x', 1), story.produce('A', 'z', 'all')];
      story.pass(10);
      // This is what a lease that did not lapse would allow for ever; followers are what stops the rest.
      expect(late.map(({ answer }) => answer)).toEqual(['ok 4', undefined]);
      expect(story.read('A')).toBe('abc');
      story.pass(SESSION_MS);
      expect([strong.answer, late[1]?.answer]).toEqual(['LEADERSHIP_LOST', 'LEADERSHIP_LOST']);
      story.finish();
    }));
});

describe('scenario 18: a link that is dead in one direction', () => {
  /** There is one leader that takes writes within a bound, while nothing is healed. */
  function takesWritesSoon(story: Story): void {
    const client = new RetryingClient(story, 'ABC');
    const startedAt = story.world.now;
    client.send('x');
    story.until('a write', () => client.sent === 1, BOUND_MS);
    story.pass(BOUND_MS);
    // No election livelock: leaders do not come and go.
    const { leaderEpoch } = story;
    client.send('y');
    story.until('another write', () => client.sent === 2, BOUND_MS);
    story.pass(2 * BOUND_MS);
    expect(story.leaderEpoch).toBe(leaderEpoch);
    expect(client.surfaced).toEqual([]);
    expect(story.world.now - startedAt).toBeGreaterThan(3 * BOUND_MS);
    story.finish();
  }

  const LINKS: readonly [string, (story: Story) => void][] = [
    [
      'A and the controller do not hear each other, followers are fine',
      (story) => story.cutBoth('A', 'controller'),
    ],
    ['A does not hear the controller', (story) => story.cut('controller', 'A')],
    ['the controller does not hear A', (story) => story.cut('A', 'controller')],
    ['B does not hear A', (story) => story.cut('A', 'B')],
    ['A does not hear B', (story) => story.cut('B', 'A')],
    [
      'A hears everybody and nobody hears A',
      (story) => {
        for (const other of ['B', 'C', 'controller'] as const) story.cut('A', other);
      },
    ],
    [
      'A hears nobody',
      (story) => {
        for (const other of ['B', 'C', 'controller'] as const) story.cut(other, 'A');
      },
    ],
  ];

  test.each(LINKS)('%s', (_what, cut) =>
    tell((story) => {
      story.write('A', 'abc');
      story.settle();
      cut(story);
      takesWritesSoon(story);
    }),
  );
});

test('scenario 19: a follower that asks a broker that does not lead is refused, and asks seldom', () =>
  // Nobody follows itself: whoever is named as the leader leads. The nearest is a follower that has
  // not heard that its leader is none any more.
  tell((story) => {
    story.write('A', 'abc');
    story.settle();
    story.hold('controller', 'C');
    story.cutBoth('A', 'controller');
    story.untilLeader('B');
    story.heal('A');
    story.untilIsr('ABC');
    // C has to say something: it gets a new stream to A, on which it opens its session.
    story.breakStreams('A', 'C');
    story.until('C to be refused', () => story.answersOf('A').length > 0);
    const asked = story.messages('C', 'A');
    story.pass(1_000);
    expect(new Set(story.answersOf('A'))).toEqual(new Set(['NOT_LEADER_OR_FOLLOWER']));
    // Each 5 ms is what it may; a message and a refusal are two.
    expect(story.messages('C', 'A') - asked).toBeLessThan(450);
    story.finish();
  }));

describe('scenario 20: a change of role that breaks off is made up for (KAFKA-9307)', () => {
  const MOMENTS: readonly [string, (story: Story) => void][] = [
    [
      'the entry of its epoch is not written',
      (story) => {
        story.failWrite('B', /log-state/);
      },
    ],
    [
      'the entry of its epoch is not synced',
      (story) => {
        story.failSync('B', /log-state/);
      },
    ],
    [
      'it dies as the entry of its epoch is written',
      (story) => {
        story.onceOn('B', 'write', /log-state/, () => story.powerCut(['B'], 'tear'));
      },
    ],
    [
      'it dies as the entry of its epoch gets its name',
      (story) => {
        story.onceOn('B', 'rename', /log-state/, () => story.powerCut(['B'], 'tear'));
      },
    ],
  ];

  test.each(MOMENTS)('B is to lead, and %s', (_what, happens) =>
    tell((story) => {
      story.write('A', 'abc');
      story.settle();
      happens(story);
      story.kill('A');
      story.until('B to fail', () => !story.isRunning('B'));
      // A machine cannot break off half-way; a broker whose disk does so ends, and begins anew.
      story.start('B');
      story.until('someone to lead', () => story.leader !== null && story.leader !== 'A');
      story.until('B to be whole', () => story.isr.includes('B'));
      story.finish();
    }),
  );
});

describe('scenario 22: planned changes of leader show no error to a client that tries again', () => {
  // Scenario 21 and the reassignment here need replicas that move, which they cannot yet.
  const ROUNDS: readonly [Name, Name][] = [
    ['A', 'B'],
    ['B', 'A'],
    ['C', 'A'],
  ];

  test('every broker is stopped and started under load', () =>
    tell((story) => {
      const client = new RetryingClient(story, 'ABC');
      client.sendOn();
      for (const [name, next] of ROUNDS) {
        story.stop(name);
        expect(story.leader).toBe(next);
        story.pass(20);
        story.start(name);
        story.untilIsr('ABC');
        story.pass(20);
        // The least that may ever be in sync.
        expect(story.witness.leastInSync).toBeGreaterThanOrEqual(2);
      }
      client.stop();
      story.until('the last answer', () => client.waiting === 0);
      expect(client.surfaced).toEqual([]);
      // A handover holds writes for some round trips; nobody waits for a session or a lag to end.
      expect(client.slowestMs).toBeLessThan(50);
      expect(client.sent).toBeGreaterThan(100);
      expect(story.times('handover finished')).toBeGreaterThanOrEqual(2);
      story.finish();
    }));

  test('preferred leaders are elected under load', () =>
    tell((story) => {
      const client = new RetryingClient(story, 'ABC');
      story.kill('A');
      story.untilLeader('B');
      story.start('A');
      story.untilIsr('ABC');
      client.sendOn();
      story.pass(20);
      story.admin({ kind: 'electLeaders', name: 'orders', partition: null });
      story.untilLeader('A');
      story.pass(20);
      client.stop();
      story.until('the last answer', () => client.waiting === 0);
      expect(client.surfaced).toEqual([]);
      expect(client.slowestMs).toBeLessThan(50);
      story.finish();
    }));
});

describe('silence is measured from what was heard last', () => {
  // Found by scenario 10: whoever looked at the wrong moment looked again only a whole session timeout
  // later, so that a broker took up to two to find that a controller without power was gone, and a
  // follower as long to find that out of a leader. A controller that was back at once fenced them all.
  const PHASES = [0, 40, 80, 120];

  test.each(PHASES)(
    'a broker looks for a silent controller within a session timeout, %s',
    (phase) =>
      tell((story) => {
        story.pass(phase);
        const opened = story.world.now;
        const before = story.events('B', 'session_lost').length;
        story.hold('controller', 'B');
        story.until('B to look', () => story.events('B', 'session_lost').length > before);
        expect(story.world.now - opened).toBeLessThanOrEqual(SESSION_MS + 5);
        story.finish();
      }),
  );

  test.each(PHASES)('a follower looks for a silent leader within a session timeout, %s', (phase) =>
    tell((story) => {
      story.pass(phase);
      const opened = story.world.now;
      const before = story.events('B', 'follower_session_lost').length;
      story.hold('A', 'B');
      story.until('B to look', () => story.events('B', 'follower_session_lost').length > before);
      expect(story.world.now - opened).toBeLessThanOrEqual(SESSION_MS + 5);
      story.finish();
    }),
  );
});

/** Detection, an election, and for a follower that is merely not heard the lag time. */
const BOUND_MS = 2 * SESSION_MS + LAG_MS + 150;
