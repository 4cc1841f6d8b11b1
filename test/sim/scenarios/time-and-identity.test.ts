/**
 * Clocks that jump, event loops that stand still, and a broker that is there twice: scenarios 44, 45
 * and 47.
 */
import { describe, expect, test } from 'vitest';
import { RetryingClient } from './retrying-client.ts';
import { SecondProcess } from './second-process.ts';
import { SESSION_MS, type Party, type Story } from './story.ts';
import { tell } from './tell.ts';

const HOUR_MS = 3_600_000;

describe('scenario 44: a wall clock jumps', () => {
  const PARTIES = ['A', 'B', 'controller'] as const;

  /** Leases, sessions, elections and identities are what they were, and nothing is deleted. */
  function expectUnmoved(story: Story, client: RetryingClient): void {
    client.stop();
    story.until('the last answer', () => client.waiting === 0);
    expect(client.surfaced).toEqual([]);
    expect(client.slowestMs).toBeLessThan(10);
    expect([story.leader, story.leaderEpoch, story.isr]).toEqual(['A', 0, 'ABC']);
    expect(story.times('leader stopped itself')).toBe(0);
    expect(story.view('A').logStartOffset).toBe(0);
    story.finish();
  }

  // Retention compares the times of records with the wall clock, as Kafka’s does: what it deletes by
  // a clock that is an hour fast is what is an hour short of its age.
  const KEPT = {
    topic: { 'retention.ms': '2h', 'segment.bytes': '2KiB', 'max.message.bytes': '2KiB' },
  };

  test.each(PARTIES.flatMap((party) => [HOUR_MS, -HOUR_MS].map((by) => [party, by] as const)))(
    'that of %s, by %s ms',
    (party, by) =>
      tell((story) => {
        const client = new RetryingClient(story, 'ABC', { recordBytes: 300, pauseMs: 4 });
        client.sendOn();
        story.pass(50);
        story.seat(party).clock.wallOffsetMs = by;
        story.pass(2 * SESSION_MS);
        story.seat(party).clock.wallOffsetMs = 0;
        story.pass(SESSION_MS);
        expectUnmoved(story, client);
      }, KEPT),
  );

  test.each(PARTIES)('that of %s, to and fro all the time', (party) =>
    tell((story) => {
      const client = new RetryingClient(story, 'ABC', { recordBytes: 300, pauseMs: 4 });
      client.sendOn();
      for (let turn = 0; turn < 45; turn++) {
        story.seat(party).clock.wallOffsetMs = turn % 2 === 0 ? HOUR_MS : -HOUR_MS;
        story.pass(7);
      }
      expectUnmoved(story, client);
    }, KEPT),
  );

  test.each(PARTIES)('that of %s stands still', (party) =>
    tell((story) => {
      const client = new RetryingClient(story, 'ABC', { recordBytes: 300, pauseMs: 4 });
      client.sendOn();
      for (let turn = 0; turn < 300; turn++) {
        story.seat(party).clock.wallOffsetMs = -turn;
        story.pass(1);
      }
      expectUnmoved(story, client);
    }, KEPT),
  );
});

describe('scenario 45: an event loop stands still', () => {
  const LENGTHS = [1, 2, 3];

  test.each(LENGTHS)(
    'that of the leader for %s session timeouts: what waited is not acknowledged',
    (length) =>
      tell((story) => {
        story.write('A', 'abc');
        story.settle();
        story.pause('A');
        const waiting = [story.produce('A', 'x', 1), story.produce('A', 'y', 'all')];
        story.pass(length * SESSION_MS + 25);
        story.resume('A');
        for (const request of waiting) {
          expect(story.answerTo(request)).toBe('NOT_LEADER_OR_FOLLOWER');
        }
        story.finish();
        expect(story.records('A')).toBe('abc!');
      }),
  );

  test('that of the leader for less than a session timeout: it goes on', () =>
    tell((story) => {
      story.write('A', 'abc');
      story.settle();
      story.pause('A');
      const waiting = story.produce('A', 'x', 'all');
      story.pass(SESSION_MS / 2);
      story.resume('A');
      expect(story.answerTo(waiting)).toBe('ok 3');
      expect([story.leader, story.leaderEpoch]).toEqual(['A', 0]);
      story.finish();
    }));

  test.each(LENGTHS)(
    'that of the controller for %s session timeouts: nobody is fenced for it',
    (length) =>
      tell((story) => {
        const client = new RetryingClient(story, 'ABC', { pauseMs: 4 });
        client.sendOn();
        story.pass(50);
        story.pause('controller');
        story.pass(length * SESSION_MS);
        story.resume('controller');
        story.pass(2 * SESSION_MS);
        client.stop();
        story.until('the last answer', () => client.waiting === 0);
        expect(client.surfaced).toEqual([]);
        expect(client.slowestMs).toBeLessThan(10);
        expect([story.leader, story.leaderEpoch, story.isr]).toEqual(['A', 0, 'ABC']);
        story.finish();
      }),
  );

  test.each(LENGTHS)('those of the leader and the controller for %s session timeouts', (length) =>
    tell((story) => {
      const both: Party[] = ['A', 'controller'];
      story.write('A', 'abc');
      story.settle();
      story.pause(...both);
      const waiting = [story.produce('A', 'x', 1), story.produce('A', 'y', 'all')];
      story.pass(length * SESSION_MS + 25);
      story.resume(...both);
      for (const request of waiting) expect(story.answerTo(request)).not.toMatch('ok');
      story.finish();
    }),
  );
});

describe('scenario 47: a broker id is used twice', () => {
  test('while the first is heard the second is refused, and nothing changes', () =>
    tell((story) => {
      const client = new RetryingClient(story, 'ABC', { pauseMs: 4 });
      client.sendOn();
      story.pass(20);
      const epochs = (['A', 'B'] as const).map((name) => story.brokerEpoch(name));
      for (const name of ['A', 'B'] as const) {
        const second = new SecondProcess(story, name);
        story.until('it to be refused', () => second.failure !== null);
        expect(second.failure).toBe('DUPLICATE_BROKER_REGISTRATION');
        second.end();
      }
      story.pass(2 * SESSION_MS);
      client.stop();
      story.until('the last answer', () => client.waiting === 0);
      expect(client.surfaced).toEqual([]);
      expect(client.slowestMs).toBeLessThan(10);
      expect((['A', 'B'] as const).map((name) => story.brokerEpoch(name))).toEqual(epochs);
      expect([story.leader, story.leaderEpoch, story.isr]).toEqual(['A', 0, 'ABC']);
      story.finish();
    }));

  test('once the first is silent the second may have it, as a broker that has nothing', () =>
    tell((story) => {
      story.write('A', 'abc');
      story.settle();
      story.kill('B');
      story.untilIsr('AC');
      const before = story.brokerEpoch('B');
      const second = new SecondProcess(story, 'B');
      story.until('it to be registered', () => story.brokerEpoch('B') > before);
      story.until('it to have caught up', () => story.isr === 'ABC');
      // And now the first is the second.
      story.start('B');
      story.until('the first to be refused', () => {
        return story.times('second life refused while the first is heard') > 0;
      });
      second.end();
      story.untilIsr('AC');
      story.finish();
      expect(story.records('B')).toBe('abc!');
    }));
});
