/**
 * Disks that rot, put things in the wrong place, fail, fill up and slow down: scenarios 39 to 43.
 */
import { describe, expect, test } from 'vitest';
import { bitFlipBelowTheMark, diskPutBack, syncThatFailsOnce } from './guarded-stories.ts';
import { RetryingClient } from './retrying-client.ts';
import { LAG_MS, PARTITION, SESSION_MS, type Story } from './story.ts';
import { tell } from './tell.ts';

const BROKERS = ['A', 'B', 'C'] as const;

describe('scenario 39: bits turn over', () => {
  test('below the durable mark of a replica that could be elected, which is not', () =>
    tell(bitFlipBelowTheMark.tell, bitFlipBelowTheMark.options));

  test('above the durable mark: it is elected only when nobody else can have more', () =>
    tell(
      (story) => {
        story.write('A', 'abc');
        story.settle();
        story.kill('C');
        story.untilIsr('AB');
        story.write('A', 'def');
        story.kill('B');
        story.untilIsr('A');
        story.flipBit('B', 5);
        story.kill('A');
        story.until('nobody to lead', () => story.leader === null);
        story.startAndServe('B');
        story.pass(500);
        expect([story.leader, story.elr, story.records('B')]).toEqual([null, 'AB', 'abc']);
        expect(story.times('recovered as uncertain')).toBe(1);
        story.start('A');
        story.untilLeader('A');
        story.finish();
        expect(story.records('B')).toContain('abcdef');
      },
      // Marks are written down when they must be: everything is above them.
      { settings: { 'durable.mark.interval.ms': '1h' } },
    ));

  test('under a leader, and a consumer comes across it: another one leads, and it is repaired', () =>
    tell(
      (story) => {
        story.write('A', 'abc');
        story.write('A', 'def');
        story.settle();
        story.flipBit('A', 1);
        expect(story.read('A')).not.toContain('a');
        story.until('another to lead', () => story.leader === 'B');
        expect(story.isr).not.toContain('A');
        story.untilIsr('ABC');
        expect(story.times('log set aside')).toBe(1);
        story.finish();
      },
      { settings: { 'log.tail.cache.bytes': '0' } },
    ));

  /** Two bits in the middle of a file of B's, which was stopped. */
  function flipIn(story: Story, path: string): void {
    const { disk, name } = story.seat('B').node;
    story.world.unsound.add(name);
    const { length } = disk.contentOf(path);
    for (const byte of [Math.floor(length / 3), Math.floor((2 * length) / 3)]) {
      disk.flipBit(path, byte, 3);
    }
  }

  const FILES = [
    'log-state',
    'leader-epoch-checkpoint',
    '00000000000000000000.index',
    '00000000000000000000.timeindex',
    '/data/durable-marks',
    '/data/clean-stop',
  ];

  test.each(FILES)('in %s: whoever has it comes back by itself', (file) =>
    tell(
      (story) => {
        for (const text of 'abcdef') story.write('A', text, { recordBytes: 600 });
        story.settle();
        story.stop('B');
        flipIn(story, file.startsWith('/') ? file : `${PARTITION}/${file}`);
        // The other two may not be the only ones that can lead.
        story.kill('C');
        story.untilIsr('A');
        story.startAndServe('B');
        story.untilIsr('AB');
        expect(story.records('B')).toBe('abcdef');
        story.finish();
      },
      { topic: { 'segment.bytes': '2KiB', 'max.message.bytes': '2KiB' } },
    ),
  );

  test('in what says whose directory it is: it does not start, and nothing is touched', () =>
    tell((story) => {
      story.write('A', 'abc');
      story.settle();
      story.stop('B');
      const records = story.logBytes('B');
      flipIn(story, '/data/meta.properties');
      const damaged = story.seat('B').node.disk.contentOf('/data/meta.properties');
      expect(story.refusedStart('B')).toBe('DATA_DIRECTORY_MISMATCH');
      expect(story.logBytes('B')).toEqual(records);
      expect(story.seat('B').node.disk.contentOf('/data/meta.properties')).toEqual(damaged);
      flipIn(story, '/data/meta.properties');
      story.finish();
    }));
});

describe('scenario 40: sound bytes in the wrong place', () => {
  /** B has synced six batches of one size, of two epochs, and is down. */
  function sixBatches(story: Story): { path: string; size: number } {
    for (const text of 'abc') story.write('A', text);
    story.settle();
    story.kill('A');
    story.untilLeader('B');
    story.start('A');
    story.untilIsr('ABC');
    for (const text of 'def') story.write('B', text);
    story.settle();
    story.pass(50);
    story.kill('B');
    story.until('another to lead', () => story.leader !== 'B');
    const [path = ''] = story.segments('B');
    return { path, size: story.logBytes('B').length / 6 };
  }

  const PLACES: readonly [string, (bytes: Buffer, size: number) => void][] = [
    [
      'a batch lies where another was',
      (bytes, size) => bytes.copy(bytes, size, 3 * size, 4 * size),
    ],
    [
      'two batches have changed places',
      (bytes, size) => {
        const first = Buffer.from(bytes.subarray(size, 2 * size));
        bytes.copy(bytes, size, 2 * size, 3 * size);
        first.copy(bytes, 2 * size);
      },
    ],
    ['a batch says another epoch', (bytes, size) => bytes.writeInt32BE(1, size + 12)],
    ['a batch says another offset', (bytes, size) => bytes.writeBigInt64BE(7n, size)],
    ['what was written last was put back to before', (bytes, size) => bytes.fill(0, 4 * size)],
    ['what was written first was put back to before', (bytes, size) => bytes.fill(0, 0, 2 * size)],
  ];

  test.each(PLACES)('%s: it is found, and mended from the others', (_what, misplace) =>
    tell((story) => {
      const { path, size } = sixBatches(story);
      const bytes = story.logBytes('B');
      misplace(bytes, size);
      const id = story.idOf('B');
      story.world.losses.push({ broker: id, kind: 'rot', key: story.key });
      story.seat('B').node.disk.corrupt(path, 0, bytes);
      story.startAndServe('B');
      story.untilIsr('ABC');
      expect(story.times('recovered as damaged')).toBe(1);
      expect(story.records('B')).toBe('abcdef');
      story.finish();
    }),
  );
});

test('scenario 40: a whole disk is put back from an older copy, and proves nothing any more', () =>
  tell(diskPutBack.tell, diskPutBack.options));

describe('scenario 41: a sync fails once', () => {
  test('and the broker ends, since no later one proves anything', () =>
    tell(syncThatFailsOnce.tell, syncThatFailsOnce.options));

  test.each(['A', 'B', 'controller'] as const)('on %s, and it is back soon', (name) =>
    tell((story) => {
      const client = new RetryingClient(story, 'ABC', { pauseMs: 3 });
      client.sendOn();
      story.pass(10);
      story.failSync(name);
      if (name === 'controller') story.admin({ kind: 'alterTopic', name: 'orders', settings: {} });
      story.pass(200);
      client.stop();
      story.until('the last answer', () => client.waiting === 0);
      expect(client.surfaced).toEqual([]);
      story.finish();
    }),
  );
});

describe('scenario 42: a disk is full', () => {
  test('below the reserve: its broker hands over, refuses nothing, and comes back', () =>
    tell((story) => {
      const client = new RetryingClient(story, 'ABC', { pauseMs: 3 });
      client.sendOn();
      story.pass(10);
      story.fillDisk('A', 3_000);
      story.untilLeader('B');
      story.untilIsr('BC');
      story.pass(100);
      story.fillDisk('A', 1_000_000);
      story.untilIsr('ABC');
      client.stop();
      story.until('the last answer', () => client.waiting === 0);
      expect(client.surfaced).toEqual([]);
      expect(story.isRunning('A')).toBe(true);
      story.finish();
    }));

  test('everywhere: writes are refused, reads are not, and it goes on when there is room', () =>
    tell((story) => {
      story.write('A', 'abc');
      story.settle();
      for (const name of BROKERS) story.fillDisk(name, 3_000);
      story.pass(100);
      const { leader } = story;
      if (leader === null) throw new Error('nobody leads');
      expect(story.answerTo(story.produce(leader, 'x', 'all'))).toBe('DISK_FULL');
      expect(story.read(leader)).toBe('abc');
      for (const name of BROKERS) story.fillDisk(name, 1_000_000);
      story.pass(100);
      story.write(story.leader ?? 'A', 'd');
      story.finish();
    }));

  const SITES = [/\.log$/, /\.index$/, /\.timeindex$/, /log-state/, /durable-marks/] as const;

  test.each(SITES.flatMap((file) => (['A', 'B'] as const).map((name) => [file, name] as const)))(
    'at a write of %s on %s: the broker ends, nothing is corrupt, and it comes back',
    (file, name) =>
      tell(
        (story) => {
          const client = new RetryingClient(story, 'ABC', { recordBytes: 600, pauseMs: 3 });
          client.sendOn();
          story.pass(10);
          story.seat(name).node.disk.failNext('write', file, 'ENOSPC');
          // An epoch of its own is what makes B write its state.
          if (String(file).includes('log-state')) story.kill(name === 'A' ? 'B' : 'A');
          story.pass(300);
          client.stop();
          story.finish();
          expect(story.isRunning(name)).toBe(true);
        },
        { topic: { 'segment.bytes': '2KiB', 'max.message.bytes': '2KiB' } },
      ),
  );

  test('under the controller: it ends, and its next life takes what was asked', () =>
    tell((story) => {
      story.write('A', 'abc');
      story.settle();
      story.seat('controller').node.disk.failNext('write', /journal/, 'ENOSPC');
      story.kill('C');
      story.until('it to end', () => !story.isRunning('controller'));
      story.write('A', 'd');
      story.start('controller');
      story.untilIsr('AB');
      story.finish();
    }));
});

describe('scenario 43: a disk is slow', () => {
  /** How long a write takes at its slowest, ms. */
  function slowest(story: Story, writes: number): number {
    let most = 0;
    for (let index = 0; index < writes; index++) {
      const since = story.world.now;
      story.write('A', 'x');
      most = Math.max(most, story.world.now - since);
    }
    return most;
  }

  test('a follower’s: it is out of sync within the lag time, and nobody waits for it any more', () =>
    tell((story) => {
      story.slowDisk('C', 1_000);
      const since = story.world.now;
      story.produce('A', 'a', 'all');
      story.untilIsr('AB');
      expect(story.world.now - since).toBeLessThanOrEqual(1.5 * LAG_MS + 50);
      expect(slowest(story, 20)).toBeLessThan(10);
      story.slowDisk('C', 1);
      story.untilIsr('ABC');
      story.finish();
    }));

  test('a leader’s: each write takes as long as a sync there, and nobody is elected', () =>
    tell((story) => {
      story.slowDisk('A', 100);
      expect(slowest(story, 5)).toBeLessThan(3 * 50 + 10);
      expect([story.leader, story.leaderEpoch]).toEqual(['A', 0]);
      story.slowDisk('A', 1);
      story.finish();
    }));

  test('the controller’s: an election takes as long as its syncs', () =>
    tell((story) => {
      story.slowDisk('controller', 100);
      const since = story.world.now;
      story.kill('A');
      story.untilLeader('B');
      expect(story.world.now - since).toBeLessThan(SESSION_MS + 4 * 50);
      story.write('B', 'x');
      story.slowDisk('controller', 1);
      story.finish();
    }));

  test('a follower’s stands still for a long time', () =>
    tell((story) => {
      story.freezeDisk('C');
      story.produce('A', 'a', 'all');
      story.untilIsr('AB');
      expect(slowest(story, 5)).toBeLessThan(10);
      story.pass(5_000);
      story.thawDisk('C');
      story.untilIsr('ABC');
      story.finish();
    }));

  test('a leader’s stands still: nothing is acknowledged, and it is committed afterwards', () =>
    tell((story) => {
      story.write('A', 'abc');
      story.freezeDisk('A');
      const write = story.produce('A', 'd', 'all');
      story.pass(2_000);
      expect([write.answer, story.leader, story.highWatermark('A')]).toEqual([undefined, 'A', 3]);
      story.thawDisk('A');
      expect(story.answerTo(write)).toBe('ok 3');
      story.finish();
    }));
});
