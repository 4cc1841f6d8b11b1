/**
 * The controller's journal: torn, damaged, put back from an older copy: scenario 48. There is one
 * controller, so what others do with a minority that is corrupt happens to all there is: what can be
 * lost is mended, what cannot is refused.
 */
import { describe, expect, test } from 'vitest';
import type { MemoryFileSystem } from '../../../src/testing/memory-file-system.ts';
import { RetryingClient } from './retrying-client.ts';
import { SESSION_MS, type Story } from './story.ts';
import { tell } from './tell.ts';

const BROKERS = ['A', 'B', 'C'] as const;
const METADATA = '/data/metadata';

function journal(disk: MemoryFileSystem): string {
  const names = disk.list(METADATA).filter((name) => name.startsWith('journal-'));
  return `${METADATA}/${names.at(-1)}`;
}

/** The files of the controller, by their names. */
function files(disk: MemoryFileSystem): Record<string, string> {
  const names = disk.list(METADATA);
  return Object.fromEntries(
    names.map((name) => [name, Buffer.from(disk.contentOf(`${METADATA}/${name}`)).toString('hex')]),
  );
}

function setRetention(story: Story, value: string): void {
  const settings = { 'retention.ms': value };
  expect(story.admin({ kind: 'alterTopic', name: 'orders', settings })).toEqual({ kind: 'done' });
}

describe('scenario 48: the journal of the controller', () => {
  /**
   * The power goes while the last group commit is in the cache alone, and `tear` decides what is found
   * of it. The next controller must be as good as the last.
   */
  function tearLastCommit(
    story: Story,
    tear: (disk: MemoryFileSystem, path: string, from: number, to: number) => void,
  ): number {
    const { node } = story.seat('controller');
    const path = journal(node.disk);
    const from = node.disk.contentOf(path).length;
    story.freezeDisk('controller');
    story.ask({ kind: 'alterTopic', name: 'orders', settings: { 'retention.ms': '1h' } });
    story.until('it to be written', () => node.disk.contentOf(path).length > from);
    const to = node.disk.contentOf(path).length;
    story.powerCut(['controller'], 'keep');
    story.thawDisk('controller');
    tear(node.disk, path, from, to);
    story.pass(20);
    story.start('controller');
    story.until('it to lead', () => story.world.nodes.controller.host?.active === true);
    story.pass(2 * SESSION_MS);
    return to - from;
  }

  test('torn at any byte of its end, it is mended and goes on', () =>
    tell((story) => {
      story.write('A', 'abc');
      story.settle();
      for (let kept = 0, bytes = 1; kept <= bytes; kept += 9) {
        bytes = tearLastCommit(story, (disk, path, from) => {
          const file = disk.open(path, 'write');
          file.truncate(from + kept);
          file.close();
        });
        setRetention(story, '2h');
      }
      expect(story.isr).toBe('ABC');
      story.finish();
    }));

  test('a bit of its last commit has turned over, which nobody was told of', () =>
    tell((story) => {
      story.write('A', 'abc');
      story.settle();
      for (let bit = 0; bit < 8; bit++) {
        tearLastCommit(story, (disk, path, from, to) => {
          disk.flipBit(path, from + Math.floor(((to - from) * bit) / 8), bit);
        });
        setRetention(story, '2h');
      }
      expect(story.isr).toBe('ABC');
      story.finish();
    }));

  test('a bit in its middle: it is refused, nothing is touched, and brokers go on without it', () =>
    tell((story) => {
      const client = new RetryingClient(story, 'ABC', { pauseMs: 4 });
      client.sendOn();
      for (const value of ['1h', '2h', '3h']) setRetention(story, value);
      story.kill('controller');
      const { disk } = story.seat('controller').node;
      const path = journal(disk);
      const middle = Math.floor(disk.contentOf(path).length / 2);
      disk.flipBit(path, middle, 2);
      const before = files(disk);
      expect(story.refusedStart('controller')).toBe('CORRUPT_METADATA_JOURNAL');
      expect(files(story.seat('controller').node.disk)).toEqual(before);
      expect(story.refusedStart('controller')).toBe('CORRUPT_METADATA_JOURNAL');
      expect(files(story.seat('controller').node.disk)).toEqual(before);
      story.pass(2 * SESSION_MS);
      // Put right by hand, as from a backup of that file.
      story.seat('controller').node.disk.flipBit(path, middle, 2);
      story.start('controller');
      story.pass(2 * SESSION_MS);
      client.stop();
      story.until('the last answer', () => client.waiting === 0);
      expect(client.surfaced).toEqual([]);
      expect([story.leader, story.leaderEpoch, story.isr]).toEqual(['A', 0, 'ABC']);
      story.finish();
    }));

  test('its newest snapshot is damaged: the one before it stands in', () =>
    tell(
      (story) => {
        story.write('A', 'abc');
        for (let hours = 1; hours <= 12; hours++) setRetention(story, `${hours}h`);
        story.pass(20);
        story.kill('controller');
        const { disk } = story.seat('controller').node;
        const snapshots = disk.list(METADATA).filter((name) => name.endsWith('.snapshot'));
        expect(snapshots).toHaveLength(2);
        const newest = `${METADATA}/${snapshots.at(-1)}`;
        disk.flipBit(newest, Math.floor(disk.contentOf(newest).length / 2), 4);
        story.start('controller');
        story.pass(2 * SESSION_MS);
        expect([story.leader, story.leaderEpoch, story.isr]).toEqual(['A', 0, 'ABC']);
        story.finish();
      },
      { settings: { 'metadata.snapshot.events': '4' } },
    ));

  test('all of it is gone: brokers do not follow what knows nothing, and delete nothing', () =>
    tell((story) => {
      story.write('A', 'abc');
      story.settle();
      for (const name of BROKERS) story.stop(name);
      story.kill('controller');
      const { node } = story.seat('controller');
      const before = node.disk;
      node.disk = story.disks.empty(node.name);
      story.start('controller');
      story.until('it to lead', () => story.world.nodes.controller.host?.active === true);
      for (const name of BROKERS) {
        expect(story.refusedStart(name)).toBe('INCONSISTENT_CLUSTER_ID');
        expect(story.records(name)).toBe('abc');
      }
      story.kill('controller');
      node.disk = before;
      story.finish();
    }));

  test('put back from an older copy, it makes the controller passive (X13)', () =>
    tell((story) => {
      const client = new RetryingClient(story, 'ABC', { pauseMs: 4 });
      client.sendOn();
      story.pass(20);
      const older = story.disks.copyOf('controller');
      for (const value of ['1h', '2h', '3h']) setRetention(story, value);
      story.pass(20);
      story.kill('controller');
      const { node } = story.seat('controller');
      const newest = node.disk;
      node.disk = older;
      story.start('controller');
      story.until(
        'it to find out',
        () => story.world.nodes.controller.host?.status().active === false,
      );
      expect(story.events('controller', 'controller_passive')).toMatchObject([
        { code: 'METADATA_JOURNAL_BEHIND' },
      ]);
      story.pass(4 * SESSION_MS);
      // It fences nobody, elects nobody and answers nobody; leaders go on with those who follow.
      expect(story.ask({ kind: 'deleteTopic', name: 'orders' })()).toMatchObject({
        kind: 'refused',
        refusal: { code: 'NOT_CONTROLLER' },
      });
      expect([story.leads('A'), client.surfaced]).toEqual([true, []]);
      const { sent } = client;
      story.pass(20);
      expect(client.sent).toBeGreaterThan(sent);

      story.kill('controller');
      node.disk = newest;
      story.start('controller');
      story.pass(2 * SESSION_MS);
      client.stop();
      story.until('the last answer', () => client.waiting === 0);
      expect(client.surfaced).toEqual([]);
      expect([story.leader, story.leaderEpoch, story.isr]).toEqual(['A', 0, 'ABC']);
      story.finish();
    }));

  // Found here: the first event of its own term took the place of the one that was lost, so that the
  // journal was as long as anybody knew. Had that one said that C is out of sync, C could have been
  // elected without what A and B had acknowledged since.
  test.each([
    ['whose last commit does not read', true],
    ['from which the last commit is missing', false],
  ])('it makes the controller passive as well if it is one %s', (_what, isThere) =>
    tell((story) => {
      story.write('A', 'abc');
      story.settle();
      setRetention(story, '1h');
      const older = story.disks.copyOf('controller');
      setRetention(story, '2h');
      story.pass(20);
      story.kill('controller');
      const { node } = story.seat('controller');
      const newest = story.disks.copyOf('controller');
      const path = journal(node.disk);
      if (isThere) node.disk.flipBit(path, node.disk.contentOf(path).length - 1, 0);
      else node.disk = older;
      story.start('controller');
      story.until('it to find out', () => {
        return story.events('controller', 'controller_passive').length > 0;
      });
      expect(story.events('controller', 'controller_passive')).toMatchObject([
        { code: 'METADATA_JOURNAL_BEHIND' },
      ]);
      story.kill('controller');
      node.disk = newest;
      story.start('controller');
      story.pass(2 * SESSION_MS);
      expect([story.leader, story.leaderEpoch, story.isr]).toEqual(['A', 0, 'ABC']);
      story.finish();
    }),
  );
});
