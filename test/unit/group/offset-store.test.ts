import { describe, expect, test } from 'vitest';
import { leaderEpoch, offset, partitionIndex, timestamp, topicId } from '../../../src/base/ids.ts';
import {
  encodeOffsetKey,
  encodeOffsetValue,
  parseOffsetKey,
  parseOffsetValue,
} from '../../../src/group/offset-codec.ts';
import {
  OFFSET_METADATA_BYTES_MAX,
  OffsetStore,
  refuseGroupName,
  type OffsetCommand,
  type OffsetEvent,
  type OffsetReply,
} from '../../../src/group/offset-store.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';

const TOPIC = topicId('topicTOPIC0123456789-_');
const NOW = timestamp(1_700_000_000_000);
const place = (partition: number) => ({
  topic: 'flights',
  partition: partitionIndex(partition),
});
const commitOf = (partition: number, at: number, metadata = '') => ({
  ...place(partition),
  topicId: TOPIC,
  offset: offset(at),
  leaderEpoch: leaderEpoch(1),
  metadata,
});

/** A log that commits at once, and the store that follows it. */
class Log {
  store = new OffsetStore();
  readonly events: OffsetEvent[] = [];

  put(event: OffsetEvent): void {
    this.store.apply(event, offset(this.events.length));
    this.events.push(event);
  }

  run(command: OffsetCommand): OffsetReply {
    const { events, reply } = this.store.handle(command, NOW);
    for (const event of events) this.put(event);
    return reply;
  }

  commit(partition: number, at: number, producerId: number | null = null, group = 'billing') {
    const offsets = [commitOf(partition, at)];
    return this.run({ kind: 'commit', group, offsets, producerId });
  }

  end(producerId: number, outcome: 'commit' | 'abort'): void {
    this.put({ kind: 'transactionEnded', producerId, outcome });
  }

  seen(partition: number, group = 'billing'): number | null {
    return this.store.offsetOf(group, place(partition))?.offset ?? null;
  }
}

describe('offsets that are committed', () => {
  test('are there at once, by group and partition', () => {
    const log = new Log();
    expect(log.commit(0, 5)).toEqual({ results: [null] });
    log.commit(1, 6);
    log.commit(0, 9, null, 'audit');
    expect([log.seen(0), log.seen(1), log.seen(0, 'audit'), log.seen(1, 'audit')]).toEqual([
      5,
      6,
      9,
      null,
    ]);
    expect(log.store.groups()).toEqual(['audit', 'billing']);
    expect(log.store.offsetsOf('billing').map(({ offset: at }) => at)).toEqual([5, 6]);
    log.commit(0, 2);
    expect(log.seen(0)).toBe(2);
  });

  test('are refused one by one', () => {
    const log = new Log();
    const long = 'ü'.repeat(OFFSET_METADATA_BYTES_MAX / 2);
    const { results } = log.run({
      kind: 'commit',
      group: 'billing',
      offsets: [
        { ...commitOf(0, 1), topicId: null },
        commitOf(1, 1, long),
        commitOf(2, 1, `${long}!`),
      ],
      producerId: null,
    });
    expect(results.map((each) => each?.code ?? null)).toEqual([
      'UNKNOWN_TOPIC_OR_PARTITION',
      null,
      'OFFSET_METADATA_TOO_LARGE',
    ]);
    expect(log.events).toHaveLength(1);
  });

  test('are forgotten when they are deleted, or their topic is', () => {
    const log = new Log();
    log.commit(0, 5);
    log.commit(1, 5);
    log.run({ kind: 'delete', group: 'billing', partitions: [place(0), place(7)] });
    expect([log.seen(0), log.seen(1)]).toEqual([null, 5]);
    log.run({ kind: 'delete', group: 'nobody', partitions: null });
    log.run({ kind: 'sweep', exists: () => true });
    expect(log.seen(1)).toBe(5);
    log.run({ kind: 'sweep', exists: (id) => id !== TOPIC });
    expect(log.store.groups()).toEqual([]);
  });
});

describe('offsets that are committed in a transaction', () => {
  test('count once it commits', () => {
    const log = new Log();
    log.commit(0, 5);
    log.commit(0, 8, 77);
    log.commit(0, 9, 77);
    expect(log.seen(0)).toBe(5);
    log.end(78, 'commit');
    expect(log.seen(0)).toBe(5);
    log.end(77, 'commit');
    expect(log.seen(0)).toBe(9);
    log.end(77, 'commit');
    expect(log.store.isUnstable('billing', null)).toBe(false);
  });

  test('vanish when it is aborted', () => {
    const log = new Log();
    log.commit(0, 8, 77);
    log.end(77, 'abort');
    log.end(77, 'commit');
    expect(log.seen(0)).toBeNull();
    expect(log.store.groups()).toEqual([]);
  });

  test('make the group unstable, where they are', () => {
    const log = new Log();
    log.commit(0, 8, 77);
    expect(log.store.isUnstable('billing', null)).toBe(true);
    expect(log.store.isUnstable('billing', [place(1), place(0)])).toBe(true);
    expect(log.store.isUnstable('billing', [place(1)])).toBe(false);
    expect(log.store.isUnstable('audit', null)).toBe(false);
  });

  test('come in the order of the log, not of the markers', () => {
    const log = new Log();
    log.commit(0, 8, 77);
    log.commit(0, 12);
    log.end(77, 'commit');
    expect(log.seen(0)).toBe(12);
    log.commit(0, 20, 77);
    log.commit(0, 30, 78);
    log.end(78, 'commit');
    log.end(77, 'commit');
    expect(log.seen(0)).toBe(30);
    log.commit(0, 40, 77);
    log.run({ kind: 'delete', group: 'billing', partitions: null });
    log.end(77, 'commit');
    expect(log.seen(0)).toBeNull();
  });
});

test('groups have names of 1 to 249 characters', () => {
  expect(refuseGroupName('')).toMatchObject({ code: 'INVALID_GROUP_ID' });
  expect(refuseGroupName('g'.repeat(250))).toMatchObject({ code: 'INVALID_GROUP_ID' });
  expect(refuseGroupName('g'.repeat(249))).toBeNull();
});

/** What compaction may do at any time: of each key the last record, of those that are not aborted. */
function compacted(events: readonly OffsetEvent[]): [OffsetEvent, number][] {
  const outcomes = events.map((event, index) => {
    if (event.kind !== 'committed' || event.producerId === null) return 'commit';
    const end = events
      .slice(index)
      .find((each) => each.kind === 'transactionEnded' && each.producerId === event.producerId);
    return end?.kind === 'transactionEnded' ? end.outcome : 'open';
  });
  const last = new Map<string, number>();
  events.forEach((event, index) => {
    if (event.kind === 'transactionEnded' || outcomes[index] !== 'commit') return;
    last.set(keyOf(event), index);
  });
  return events.flatMap((event, index): [OffsetEvent, number][] => {
    if (event.kind === 'transactionEnded' || outcomes[index] === 'open') return [[event, index]];
    if (outcomes[index] === 'abort' || last.get(keyOf(event)) !== index) return [];
    return [[event, index]];
  });
}

function keyOf(event: Exclude<OffsetEvent, { kind: 'transactionEnded' }>): string {
  const key = event.kind === 'forgotten' ? event.key : event.stored;
  return new TextDecoder().decode(encodeOffsetKey(key));
}

test.each([1, 2, 3, 4, 5])(
  'a store that was read anew is the one that was live: seed %i',
  (seed) => {
    const random = new SeededRandom(seed);
    const log = new Log();
    for (let step = 0; step < 400; step += 1) {
      const producerId = random.below(2) === 0 ? null : random.below(3);
      const group = `group-${random.below(2)}`;
      switch (random.below(6)) {
        case 0:
          log.end(random.below(3), random.below(2) === 0 ? 'commit' : 'abort');
          break;
        case 1:
          log.run({ kind: 'delete', group, partitions: [place(random.below(3))] });
          break;
        default:
          log.commit(random.below(3), step, producerId, group);
      }
      if (step % 20 !== 0) continue;
      for (const kept of [
        log.events.map((event, at) => [event, at] as const),
        compacted(log.events),
      ]) {
        const replayed = new OffsetStore();
        for (const [event, at] of kept) replayed.apply(event, offset(at));
        expect(replayed.groups()).toEqual(log.store.groups());
        for (const name of ['group-0', 'group-1']) {
          expect(replayed.offsetsOf(name)).toEqual(log.store.offsetsOf(name));
        }
      }
    }
  },
);

describe('a committed offset as bytes', () => {
  const stored = {
    ...commitOf(3, 2 ** 40, 'Grüße'),
    group: 'billing',
    committedAt: NOW,
  };

  test('comes back equal, and has one readable form', () => {
    for (const each of [stored, { ...stored, leaderEpoch: null }]) {
      const key = parseOffsetKey(encodeOffsetKey(each));
      expect(parseOffsetValue(key, encodeOffsetValue(each))).toEqual(each);
    }
    expect(new TextDecoder().decode(encodeOffsetKey(stored))).toBe(
      '[1,"offset","billing","flights",3]',
    );
    expect(new TextDecoder().decode(encodeOffsetValue(stored))).toBe(
      '{"version":1,"topicId":"topicTOPIC0123456789-_","offset":1099511627776,"leaderEpoch":1,' +
        '"metadata":"Grüße","committedAt":1700000000000}',
    );
  });

  test.each([
    ['', '{}'],
    ['[2,"offset","billing","flights",3]', '{}'],
    ['[1,"member","billing","flights",3]', '{}'],
    ['[1,"offset","billing","flights",-1]', '{}'],
    ['[1,"offset","billing","flights",3]', 'null'],
    ['[1,"offset","billing","flights",3]', '{"version":2}'],
    ['[1,"offset","billing","flights",3]', '{"version":1,"topicId":"x"}'],
  ])('key %s with value %s is refused', (key, value) => {
    const encoder = new TextEncoder();
    expect(() =>
      parseOffsetValue(parseOffsetKey(encoder.encode(key)), encoder.encode(value)),
    ).toThrow('of a committed offset');
  });
});
