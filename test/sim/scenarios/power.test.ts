/**
 * Machines that lose power, all at once or in the middle of something, and what is found of their last
 * writes: scenarios 36 to 38.
 */
import { describe, expect, test } from 'vitest';
import type { FileOperation, MemoryFileSystem } from '../../../src/testing/memory-file-system.ts';
import { coordinatedPowerCut } from './guarded-stories.ts';
import { RetryingClient } from './retrying-client.ts';
import { SESSION_MS, type Name, type Party, type Story } from './story.ts';
import { tell } from './tell.ts';

const BROKERS = ['A', 'B', 'C'] as const;
const FATES = ['drop', 'keep', 'tear'] as const;
const SECTOR_BYTES = 512;
/** Of a batch. */
const HEADER_BYTES = 61;

describe('scenario 36: the power goes', () => {
  test('everywhere at once, and nothing is lost that was acknowledged', () =>
    tell(coordinatedPowerCut.tell, coordinatedPowerCut.options));

  const WHO: readonly (readonly Party[])[] = [['controller', ...BROKERS], ['A'], ['B', 'C']];

  test.each(WHO.flatMap((who) => FATES.map((fate) => [who.join(' '), fate, who] as const)))(
    'for %s at any moment of a write, and what was not synced: %s',
    (_who, fate, who) =>
      tell((story) => {
        for (let moment = 0; moment < 6; moment++) {
          story.produceEach(story.leader ?? 'A', 'xyz', 'all');
          story.pass(moment);
          story.powerCut(who, fate);
          story.pass(SESSION_MS);
          story.start(...who);
          story.until('a leader', () => story.leader !== null && story.leads(story.leader));
          story.settle();
        }
        story.finish();
      }),
  );

  const MOMENTS: readonly [FileOperation, RegExp][] = [
    ['open', /\d{20}\.log$/],
    ['write', /\.log$/],
    ['sync', /\.log$/],
    ['write', /\.index$/],
    ['syncDirectory', /orders-0$/],
    ['write', /durable-marks/],
    ['sync', /durable-marks/],
    ['rename', /durable-marks/],
  ];
  const MIDDLES = MOMENTS.flatMap(([operation, file]) =>
    (['A', 'B'] as const).map((name) => [operation, String(file), name, file] as const),
  );

  test.each(MIDDLES)('in the middle of %s %s on %s, under load', (operation, _file, name, file) =>
    tell(
      (story) => {
        const client = new RetryingClient(story, 'ABC', { recordBytes: 600, pauseMs: 3 });
        client.sendOn();
        story.pass(5);
        story.onceOn(name, operation, file, () => story.powerCut([name], 'tear'));
        story.until('the power to go', () => !story.isRunning(name));
        story.pass(20);
        story.start(name);
        story.untilIsr('ABC');
        client.stop();
        story.until('the last answer', () => client.waiting === 0);
        expect(client.surfaced).toEqual([]);
        story.finish();
      },
      { topic: { 'segment.bytes': '2KiB', 'max.message.bytes': '2KiB' } },
    ),
  );
});

describe('scenario 37: five brokers, paused and killed as Jepsen did', () => {
  const WAYS: readonly [
    string,
    (story: Story, ...names: Name[]) => void,
    (story: Story) => void,
  ][] = [
    [
      'paused',
      (story, ...names) => story.pause(...names),
      (story) => story.resume('A', 'B', 'D', 'E'),
    ],
    ['cut off', (story, ...names) => cutOffTogether(story, names), (story) => story.heal()],
  ];

  /** From the controller and from everyone who is not one of them. */
  function cutOffTogether(story: Story, names: readonly Name[]): void {
    for (const name of names) {
      for (const other of ['A', 'B', 'C', 'D', 'E', 'controller'] as const) {
        if (!names.includes(other as Name)) story.cutBoth(name, other);
      }
    }
  }

  test.each(WAYS)('two %s, one without power, then the two others', (what, strike, undo) =>
    tell(
      (story) => {
        const client = new RetryingClient(story, 'ABCDE', { pauseMs: 10 });
        client.sendOn();
        story.pass(20);
        strike(story, 'A', 'B');
        story.pass(6 * SESSION_MS);
        expect(story.isr).toBe('CDE');
        const before = client.sent;
        expect(before).toBeGreaterThan(20);
        story.powerCut(['C']);
        strike(story, 'D', 'E');
        story.pass(SESSION_MS / 2);
        if (what === 'paused') story.resume('A', 'B');
        else story.heal('A', 'B');
        story.start('C');
        story.pass(6 * SESSION_MS);
        undo(story);
        story.untilIsr('ABCDE');
        client.stop();
        story.until('the last answer', () => client.waiting === 0);
        expect(client.sent).toBeGreaterThan(before);
        story.finish();
      },
      { brokers: 5, minIsr: 3 },
    ),
  );
});

describe('scenario 38: the last write is torn', () => {
  /**
   * B's last batch is in its cache alone when the power goes, and `tear` decides what is found of it.
   * Returns how large it was, and what recovery said of the log, if anything was to be said.
   */
  function tearLastBatch(
    story: Story,
    recordBytes: number,
    tear: (disk: MemoryFileSystem, path: string, from: number, to: number) => void,
  ) {
    const { node } = story.seat('B');
    const path = story.segments('B').at(-1) ?? '';
    const from = node.disk.contentOf(path).length;
    const before = story.events('B', 'log_recovered').length;
    story.freezeDisk('B');
    story.produce('A', 'x', 1, { recordBytes });
    story.until('B to have written it', () => node.disk.contentOf(path).length > from);
    const to = node.disk.contentOf(path).length;
    story.powerCut(['B'], 'keep');
    story.thawDisk('B');
    tear(node.disk, path, from, to);
    // Until the controller has noticed: a second life is refused while the first is heard.
    story.pass(20);
    story.startAndServe('B');
    story.settle();
    return { bytes: to - from, recovered: story.events('B', 'log_recovered').slice(before) };
  }

  test('at every byte: it is cut there and nowhere else', () =>
    tell((story) => {
      story.noticeCutsSoon();
      story.write('A', 'abc');
      story.settle();
      for (let kept = 0, bytes = 1; kept <= bytes; kept++) {
        const end = story.logEnd('A');
        const torn = tearLastBatch(story, 1, (disk, path, from) => {
          const file = disk.open(path, 'write');
          file.truncate(from + kept);
          file.close();
        });
        ({ bytes } = torn);
        const isCut = kept > 0 && kept < bytes;
        expect([kept, torn.recovered]).toMatchObject([
          kept,
          isCut ? [{ state: 'whole', logEndOffset: end, cutBytes: kept }] : [],
        ]);
      }
      story.finish();
    }));

  test('its header is there and its body is zeros, or some of its sectors are', () =>
    tell((story) => {
      story.noticeCutsSoon();
      story.write('A', 'abc');
      story.settle();
      const end = story.logEnd('A');
      const body = tearLastBatch(story, 1_600, (disk, path, from, to) => {
        disk.corrupt(path, from + HEADER_BYTES, new Uint8Array(to - from - HEADER_BYTES));
      });
      expect(body.recovered).toMatchObject([{ state: 'whole', logEndOffset: end }]);
      for (let lost = 1; lost < 8; lost++) {
        const before = story.logEnd('A');
        const mixed = tearLastBatch(story, 1_600, (disk, path, from, to) => {
          for (let sector = 0; sector < 3; sector++) {
            if ((lost & (1 << sector)) === 0) continue;
            const start = (Math.ceil(from / SECTOR_BYTES) + sector) * SECTOR_BYTES;
            const end = Math.min(to, start + SECTOR_BYTES);
            disk.corrupt(path, start, new Uint8Array(end - start));
          }
        });
        expect([lost, mixed.recovered]).toMatchObject([
          lost,
          [{ state: 'whole', logEndOffset: before }],
        ]);
      }
      story.finish();
    }));
});
