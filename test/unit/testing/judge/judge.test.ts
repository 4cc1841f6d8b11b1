import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { HistoryJudge } from '../../../../src/testing/judge/judge.ts';
import { MalformedHistory } from '../../../../src/testing/judge/history.ts';
import { ANOMALY_KINDS, describeVerdict } from '../../../../src/testing/judge/verdict.ts';
import { final, judged, kindsIn, PARTITION, polled, sent, truncated } from './events.ts';

const NON_IDEMPOTENT = { idempotent: false } as const;
const OPTIONAL = { finalRead: 'optional' } as const;

describe('inconsistent-offsets', () => {
  test('two readers saw different values at one offset', () => {
    const verdict = judged([
      sent('a', null),
      sent('b', null, { client: 'p2', code: 'DELIVERY_TIMED_OUT' }),
      polled({ 0: 'a' }),
      final({ 0: 'b' }),
    ]);
    expect(verdict.anomalyCounts).toEqual({ 'inconsistent-offsets': 1 });
    expect(verdict.anomalies[0]).toEqual({
      kind: 'inconsistent-offsets',
      partition: PARTITION,
      offset: 0,
      value: 'b',
      sentence:
        'orders-0: offset 0 has 2 values: ' +
        '"b" (sent by p2 with acks all, outcome unknown: DELIVERY_TIMED_OUT), ' +
        'read there by the final read at offset 0; ' +
        '"a" (sent by p1 with acks all, outcome unknown), read there by c1 (session 0) at offset 0',
    });
  });

  test('two were promised the same offset', () => {
    const events = [sent('a', 0), sent('b', 0, { client: 'p2' })];
    expect(kindsIn(events, OPTIONAL)).toEqual({ 'inconsistent-offsets': 1 });
  });

  test('an offset is given anew after a record without a promise was lost: legal', () => {
    const events = [
      sent('a', 0, { acks: 1 }),
      truncated(1, 0),
      sent('b', 0, { client: 'p2' }),
      final({ 0: 'b' }),
    ];
    expect(kindsIn(events)).toEqual({});
  });
});

describe('duplicate', () => {
  const events = [sent('a', 1), final({ 0: 'a', 1: 'a' })];

  test('a value is there twice although writes are idempotent', () => {
    const verdict = judged(events);
    expect(verdict.anomalyCounts).toEqual({ duplicate: 1 });
    expect(verdict.anomalies[0]?.sentence).toBe(
      'orders-0: "a" (sent by p1 with acks all, acknowledged at offset 1) is there 2 times: ' +
        'read by the final read at offset 0, the final read at offset 1',
    );
  });

  test('a retry left a copy: legal without idempotence, and counted', () => {
    const verdict = judged(events, NON_IDEMPOTENT);
    expect(verdict.anomalies).toEqual([]);
    expect(verdict.counts.duplicatesAllowed).toBe(1);
  });

  test('a record is read many times at its one offset: legal', () => {
    const read = { 0: 'a' };
    const events = [sent('a', 0), polled(read), polled(read, { client: 'c2' }), final(read)];
    expect(kindsIn(events)).toEqual({});
  });
});

describe('wrong-offset', () => {
  test('acknowledged here and found there', () => {
    const events = [sent('a', 0), final({ 1: 'a' })];
    expect(kindsIn(events)).toEqual({ 'wrong-offset': 1 });
    expect(kindsIn(events, NON_IDEMPOTENT)).toEqual({ 'wrong-offset': 1 });
    expect(kindsIn([sent('a', 0), polled({ 1: 'a' })], OPTIONAL)).toEqual({ 'wrong-offset': 1 });
  });

  test('so far only the copy of an unanswered attempt was read: legal without idempotence', () => {
    const events = [sent('a', 5), polled({ 1: 'a' })];
    expect(kindsIn(events, { ...NON_IDEMPOTENT, ...OPTIONAL })).toEqual({});
  });

  test('the acknowledged copy was lost, and an earlier one stayed: legal without a promise', () => {
    const verdict = judged([sent('a', 5, { acks: 1 }), final({ 1: 'a' })], NON_IDEMPOTENT);
    expect(verdict.anomalies).toEqual([]);
    expect(verdict.lost).toEqual([]);
    expect(verdict.counts.displaced).toBe(1);
  });

  test('the acknowledged copy was deleted, and a later one is there: legal', () => {
    expect(kindsIn([sent('a', 5), final({ 9: 'a' }, 6)], NON_IDEMPOTENT)).toEqual({});
  });

  test('the acknowledged copy and the one that was read are both gone: unseen', () => {
    const end = final({ 0: 'x' });
    const events = [sent('x', 0), sent('a', 5), polled({ 1: 'a' }), end];
    expect(kindsIn(events, NON_IDEMPOTENT)).toEqual({ unseen: 2 });
  });

  test('nobody makes copies with idempotence, so it is no excuse there', () => {
    expect(kindsIn([sent('a', 5, { acks: 1 }), final({ 1: 'a' })])).toEqual({ 'wrong-offset': 1 });
  });
});

describe('phantom', () => {
  test('a value that nobody sent', () => {
    const verdict = judged([sent('a', 0), final({ 0: 'a', 1: 'b' })]);
    expect(verdict.anomalyCounts).toEqual({ phantom: 1 });
    expect(verdict.anomalies[0]?.sentence).toBe(
      'orders-0: nobody sent "b", read by the final read at offset 1',
    );
  });

  test('it was sent by somebody whose history comes later: legal', () => {
    expect(kindsIn([final({ 0: 'a', 1: 'b' }), sent('a', 0), sent('b', null)])).toEqual({});
  });

  test('sent to another partition counts as not sent', () => {
    const events = [sent('a', null, { partition: 'orders-1' }), final({ 0: 'a' })];
    expect(kindsIn(events)).toEqual({ phantom: 1 });
  });
});

describe('aborted-read', () => {
  test('a refused value was read', () => {
    const refused = sent('a', null, { outcome: 'failed', code: 'MESSAGE_TOO_LARGE' });
    const verdict = judged([refused, polled({ 0: 'a' }), final({ 0: 'a' })]);
    expect(verdict.anomalyCounts).toEqual({ 'aborted-read': 1 });
    expect(verdict.anomalies[0]?.sentence).toBe(
      'orders-0: "a" (sent by p1 with acks all, refused: MESSAGE_TOO_LARGE) was read by ' +
        'c1 (session 0) at offset 0, the final read at offset 0',
    );
  });

  test('an unknown outcome turned out to be written: legal, and counted', () => {
    const verdict = judged([
      sent('a', null, { code: 'DELIVERY_TIMED_OUT' }),
      sent('b', null),
      polled({ 0: 'a' }),
      final({ 0: 'a' }),
    ]);
    expect(verdict.anomalies).toEqual([]);
    expect(verdict.counts).toMatchObject({
      sends: { ok: 0, failed: 0, unknown: 2 },
      unknownWritten: 1,
    });
  });
});

describe('lost-write', () => {
  test('nobody has read it, and somebody went past it', () => {
    const events = [sent('a', 0), sent('b', 1), sent('c', 2), polled({ 0: 'a', 2: 'c' })];
    expect(kindsIn(events, OPTIONAL)).toEqual({ 'lost-write': 1, 'int-poll-skip': 1 });
    const atTheEnd = [...events.slice(0, 3), final({ 0: 'a', 2: 'c' })];
    expect(kindsIn(atTheEnd)).toEqual({ 'lost-write': 1, unseen: 1 });
    expect(judged(atTheEnd).anomalies[0]?.sentence).toBe(
      'orders-0: nobody has ever read "b" (sent by p1 with acks all, acknowledged at offset 1), ' +
        'though the final read went from offset 0 to 2',
    );
  });

  test('nobody has come that far: legal', () => {
    expect(kindsIn([sent('a', 0), sent('b', 1), polled({ 0: 'a' })], OPTIONAL)).toEqual({});
  });

  test('one reader stopped before it, and another began behind it: legal', () => {
    const events = [
      ...[sent('a', 0), sent('b', 1), sent('c', 2)],
      polled({ 0: 'a' }),
      polled({ 2: 'c' }, { session: 1 }),
    ];
    expect(kindsIn(events, OPTIONAL)).toEqual({});
  });

  test('retention has deleted it before anybody came: legal', () => {
    expect(kindsIn([sent('a', 0), sent('b', 1), final({ 1: 'b' }, 1)])).toEqual({});
  });

  test('it was acknowledged without a promise: a loss, not an anomaly', () => {
    const sends = [sent('a', 0), sent('bé', 1, { acks: 1 }), sent('c', 2)];
    const events = [...sends, final({ 0: 'a', 2: 'c' })];
    const verdict = judged([...events, truncated(2, 1)]);
    expect(verdict.anomalies).toEqual([]);
    expect(verdict.lost).toEqual([
      { acks: 1, partition: PARTITION, offset: 1, value: 'bé', bytes: 3 },
    ]);
    expect(verdict.unexplained).toEqual([]);
    expect(kindsIn(events, { heldAcks: [1, 'all'] })).toEqual({ 'lost-write': 1, unseen: 1 });
  });
});

describe('unseen', () => {
  test('acknowledged, and not there at the end', () => {
    const verdict = judged([sent('a', 0), sent('b', 1), final({ 0: 'a' })]);
    expect(verdict.anomalyCounts).toEqual({ unseen: 1 });
    expect(verdict.anomalies[0]?.sentence).toBe(
      'orders-0: the final read does not have "b" (sent by p1 with acks all, acknowledged at ' +
        'offset 1); before, nobody read it',
    );
  });

  test('acknowledged and read, and not there at the end', () => {
    const events = [sent('a', 0), sent('b', 1), polled({ 0: 'a', 1: 'b' }), final({ 0: 'a' })];
    expect(kindsIn(events)).toEqual({ unseen: 1 });
  });

  test('read, of an outcome that nobody knows, and not there at the end', () => {
    const verdict = judged([sent('a', 0), sent('b', null), polled({ 1: 'b' }), final({ 0: 'a' })]);
    expect(verdict.anomalyCounts).toEqual({ unseen: 1 });
    expect(verdict.anomalies[0]?.sentence).toBe(
      'orders-0: the final read does not have "b" (sent by p1 with acks all, outcome unknown) at ' +
        'offset 1, where it was read by c1 (session 0) at offset 1',
    );
  });

  test('of an unknown outcome and never read: legal', () => {
    expect(kindsIn([sent('a', 0), sent('b', null), final({ 0: 'a' })])).toEqual({});
  });

  test('deleted by retention since: legal', () => {
    const events = [sent('a', 0), sent('b', 1), polled({ 0: 'a', 1: 'b' }), final({ 1: 'b' }, 1)];
    expect(kindsIn(events)).toEqual({});
    expect(judged([sent('a', 0, { acks: 1 }), final({}, 1)]).lost).toEqual([]);
  });

  test('the log start moves while the final read is under way: legal', () => {
    const parts = [final({ 1: 'b' }, 1), final({ 2: 'c' }, 0)];
    expect(kindsIn([sent('a', 0), sent('b', 1), sent('c', 2), ...parts])).toEqual({});
  });

  test('the final read comes in parts: legal', () => {
    const events = [sent('a', 0), sent('b', 1), final({ 0: 'a' }), final({ 1: 'b' })];
    expect(kindsIn(events)).toEqual({});
  });

  test('there was no final read', () => {
    const events = [sent('a', 0), sent('b', 1), polled({ 0: 'a', 1: 'b' })];
    expect(kindsIn(events)).toEqual({ unseen: 2 });
    expect(kindsIn(events, OPTIONAL)).toEqual({});
  });
});

describe('unexplained', () => {
  const weak = (value: string, offset: number) => sent(value, offset, { acks: 1 });
  const unexplained = (events: Parameters<typeof judged>[0]) =>
    judged([...events, final({ 0: 'a' })]).unexplained.map(({ offset }) => offset);

  test('a loss is explained from the end after a cut to the end before it', () => {
    const sends = [sent('a', 0), weak('b', 1), weak('c', 2), weak('d', 3), weak('e', 4)];
    expect(unexplained(sends)).toEqual([1, 2, 3, 4]);
    expect(unexplained([...sends, truncated(4, 2)])).toEqual([1, 4]);
    expect(unexplained([...sends, truncated(4, 2), truncated(3, 1)])).toEqual([4]);
    expect(unexplained([...sends, truncated(5, 4), truncated(2, 1)])).toEqual([2, 3]);
    expect(unexplained([...sends, truncated(5, 1)])).toEqual([]);
    expect(unexplained([...sends, truncated(5, 1), truncated(3, 2)])).toEqual([]);
  });

  test('a cut of another partition explains nothing', () => {
    const other = { ...truncated(9, 0), partition: 'orders-1' };
    expect(unexplained([sent('a', 0), weak('b', 1), other])).toEqual([1]);
  });

  test('a lost promise may be explained, and is an anomaly all the same', () => {
    const events = [sent('a', 0), sent('b', 1), final({ 0: 'a' })];
    expect(judged(events)).toMatchObject({ lost: [], unexplained: [{ offset: 1, value: 'b' }] });
    const verdict = judged([...events, truncated(2, 1)]);
    expect(verdict.unexplained).toEqual([]);
    expect(verdict.anomalyCounts).toEqual({ unseen: 1 });
  });
});

describe('poll-skip and int-poll-skip', () => {
  const sends = [sent('a', 0), sent('b', 1), sent('c', 2), sent('d', 3)];
  const end = final({ 0: 'a', 1: 'b', 2: 'c', 3: 'd' });

  test('within a poll', () => {
    const verdict = judged([...sends, polled({ 0: 'a', 3: 'd' }), end]);
    expect(verdict.anomalyCounts).toEqual({ 'int-poll-skip': 1 });
    expect(verdict.anomalies[0]).toMatchObject({
      offset: 3,
      value: 'd',
      sentence:
        'orders-0: c1 (session 0) was given "d" (sent by p1 with acks all, acknowledged at offset ' +
        '3) at offset 3 after offset 0 within one poll, and not offset 1 with "b" (sent by p1 with ' +
        'acks all, acknowledged at offset 1), offset 2 with "c" (sent by p1 with acks all, ' +
        'acknowledged at offset 2)',
    });
  });

  test('between two polls, also where an empty one lies between', () => {
    const polls = [polled({ 0: 'a' }), polled({}), polled({ 2: 'c' })];
    expect(kindsIn([...sends, ...polls, end])).toEqual({ 'poll-skip': 1 });
  });

  test('between two sessions, two readers, or before the first record: legal', () => {
    const polls = [
      polled({ 1: 'b' }),
      polled({ 3: 'd' }, { session: 1 }),
      polled({ 3: 'd' }, { client: 'c2' }),
    ];
    expect(kindsIn([...sends, ...polls, end])).toEqual({});
  });

  test('over offsets where nothing is known to be: legal', () => {
    const events = [
      ...[sent('a', 0), sent('b', 5), sent('c', 9), sent('x', 3, { acks: 1 })],
      polled({ 0: 'a', 5: 'b' }),
      polled({ 9: 'c' }),
      final({ 0: 'a', 5: 'b', 9: 'c' }),
    ];
    expect(kindsIn(events)).toEqual({});
  });

  test('what another reader alone has shown to be there is skipped, too', () => {
    const events = [
      ...[sent('a', 0), sent('b', null), sent('c', 2)],
      polled({ 0: 'a', 2: 'c' }),
      polled({ 1: 'b' }, { client: 'c2' }),
    ];
    expect(kindsIn(events, OPTIONAL)).toEqual({ 'int-poll-skip': 1 });
  });
});

describe('nonmonotonic-poll, int-nonmonotonic-poll and offset-order', () => {
  const sends = [sent('a', 0), sent('b', 1), sent('c', 2)];
  const end = final({ 0: 'a', 1: 'b', 2: 'c' });

  test('back, or the same again, between two polls', () => {
    for (const again of [{ 1: 'b', 2: 'c' }, { 2: 'c' }]) {
      const polls = [polled({ 0: 'a', 1: 'b', 2: 'c' }), polled(again)];
      expect(kindsIn([...sends, ...polls, end])).toEqual({ 'nonmonotonic-poll': 1 });
    }
  });

  test('back between two sessions or of another reader: legal', () => {
    const all = { 0: 'a', 1: 'b', 2: 'c' };
    const polls = [polled(all), polled(all, { session: 1 }), polled(all, { client: 'c2' })];
    expect(kindsIn([...sends, ...polls, end])).toEqual({});
  });

  test('polls of two readers are not mixed up', () => {
    const polls = [
      polled({ 0: 'a', 1: 'b' }),
      polled({ 0: 'a' }, { client: 'c2' }),
      polled({ 2: 'c' }),
      polled({ 1: 'b', 2: 'c' }, { client: 'c2' }),
    ];
    expect(kindsIn([...sends, ...polls, end])).toEqual({});
  });

  test('back within a poll: the answer contradicts itself', () => {
    const back = polled([
      [0, 'a'],
      [2, 'c'],
      [1, 'b'],
    ]);
    const verdict = judged([...sends, back, end]);
    expect(verdict.anomalyCounts).toEqual({
      'int-poll-skip': 1,
      'int-nonmonotonic-poll': 1,
      'offset-order': 1,
    });
    expect(verdict.anomalies.map(({ sentence }) => sentence)).toContain(
      'orders-0: a poll of c1 (session 0) has "b" at offset 1 behind offset 2',
    );
  });

  test('the same offset twice within a poll', () => {
    const twice = polled([
      [0, 'a'],
      [0, 'a'],
    ]);
    expect(kindsIn([...sends, twice, end])).toEqual({
      'int-nonmonotonic-poll': 1,
      'offset-order': 1,
    });
  });

  test('values in another order than the log has them, under offsets that ascend', () => {
    const swapped = polled({ 0: 'a', 1: 'c', 2: 'b' });
    expect(kindsIn([...sends, swapped, end])).toEqual({
      'inconsistent-offsets': 2,
      duplicate: 2,
      'int-poll-skip': 1,
      'int-nonmonotonic-poll': 1,
    });
  });

  test('the final read goes back', () => {
    const records = [
      [0, 'a'],
      [2, 'c'],
      [1, 'b'],
    ] as const;
    expect(kindsIn([...sends, final(records)])).toEqual({ 'offset-order': 1 });
    const parts = [final({ 2: 'c' }), final({ 0: 'a', 1: 'b' })];
    expect(kindsIn([...sends, ...parts])).toEqual({});
  });
});

describe('nonmonotonic-send', () => {
  test('later and yet before', () => {
    const verdict = judged([sent('a', 1), sent('b', 0), final({ 0: 'b', 1: 'a' })]);
    expect(verdict.anomalyCounts).toEqual({ 'nonmonotonic-send': 1 });
    expect(verdict.anomalies[0]?.sentence).toBe(
      'orders-0: p1 sent "a" and then "b", and they are at the offsets 1 and 0',
    );
  });

  test('two clients have no order, nor has what was not acknowledged: legal', () => {
    const end = final({ 0: 'b', 1: 'a' });
    expect(kindsIn([sent('a', 1), sent('b', 0, { client: 'p2' }), end])).toEqual({});
    expect(kindsIn([sent('a', null), sent('b', 0), end])).toEqual({});
  });

  test('the history tells of sends as they were answered: legal', () => {
    const events = [sent('b', 1, { sentAt: 11 }), sent('a', 0, { sentAt: 10 })];
    expect(kindsIn([...events, final({ 0: 'a', 1: 'b' })])).toEqual({});
    const swapped = [sent('b', 0, { sentAt: 11 }), sent('a', 1, { sentAt: 10 })];
    expect(kindsIn([...swapped, final({ 0: 'b', 1: 'a' })])).toEqual({ 'nonmonotonic-send': 1 });
  });

  test('a copy of the first lies behind the second: legal, the first occurrence counts', () => {
    const events = [sent('a', 2), sent('b', 1), final({ 0: 'a', 1: 'b', 2: 'a' })];
    expect(kindsIn(events, NON_IDEMPOTENT)).toEqual({});
  });

  test('only a late copy is left of the first, which had no promise: legal', () => {
    const events = [sent('a', 0, { acks: 1 }), sent('b', 1), final({ 1: 'b', 2: 'a' })];
    expect(kindsIn(events, NON_IDEMPOTENT)).toEqual({});
    expect(kindsIn(events, { ...NON_IDEMPOTENT, heldAcks: [1, 'all'] })).toEqual({
      'wrong-offset': 1,
    });
  });

  test('the first was lost without a promise, and the second took its place: legal', () => {
    const events = [sent('a', 1, { acks: 1 }), sent('b', 0), final({ 0: 'b' })];
    expect(kindsIn(events)).toEqual({});
  });
});

describe('the verdict', () => {
  test('keeps some anomalies of a kind and counts all', () => {
    const reads = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [index, `v${index}`]),
    );
    const verdict = judged([final(reads)], { anomaliesPerKindMax: 2 });
    expect(verdict.anomalies.map(({ value }) => value)).toEqual(['v0', 'v1']);
    expect(verdict.anomalyCounts).toEqual({ phantom: 30 });
    expect(describeVerdict(verdict).split('\n')).toEqual([
      'phantom: 30',
      '  orders-0: nobody sent "v0", read by the final read at offset 0',
      '  orders-0: nobody sent "v1", read by the final read at offset 1',
      '  and 28 more',
      'sends: 0 ok, 0 failed, 0 unknown (0 of them written)',
      'read: 0 records in 0 polls, 30 at the end',
    ]);
  });

  test('counts what there was', () => {
    const verdict = judged([
      ...[sent('a', 0), sent('b', null), sent('c', null, { outcome: 'failed' })],
      sent('d', 1, { partition: 'orders-1', acks: 1 }),
      ...[polled({ 0: 'a' }), polled({}), final({ 0: 'a' })],
      { ...final({}), partition: 'orders-1' },
    ]);
    expect(verdict.counts).toEqual({
      sends: { ok: 2, failed: 1, unknown: 1 },
      polls: 2,
      polledRecords: 1,
      finalRecords: 1,
      unknownWritten: 0,
      duplicatesAllowed: 0,
      displaced: 0,
    });
    expect(describeVerdict(verdict)).toContain('lost as their acks allow: 1 records, 1 bytes');
    expect(describeVerdict(verdict)).toContain('lost and never said so: 1 records, 1 bytes');
  });

  test('may be asked for in between', () => {
    const judge = new HistoryJudge({ idempotent: true });
    judge.add(sent('a', 0));
    expect(judge.verdict().anomalyCounts).toEqual({ unseen: 1 });
    judge.add(final({ 0: 'a' }));
    expect(judge.verdict().anomalyCounts).toEqual({});
    judge.add(polled({ 0: 'b' }));
    expect(judge.verdict().anomalyCounts).toEqual({ phantom: 1, 'inconsistent-offsets': 1 });
  });

  test('offsets may be large and far apart', () => {
    const far = 2 ** 52;
    const events = [sent('a', 3), sent('b', far), final({ 3: 'a', [far]: 'b' })];
    expect(kindsIn(events)).toEqual({});
    expect(kindsIn([...events, polled({ [far - 1]: 'b' })])).toEqual({ duplicate: 1, unseen: 1 });
  });

  test('acks 0 promise nothing and lose nothing', () => {
    const verdict = judged([sent('a', null, { acks: 0, outcome: 'ok' }), final({})]);
    expect(verdict.anomalies).toEqual([]);
    expect([...verdict.lost, ...verdict.unexplained]).toEqual([]);
  });
});

describe('a history that contradicts itself is not judged', () => {
  test('values that are not unique', () => {
    const twice = [sent('a', 0), sent('a', 1, { client: 'p2' })];
    expect(() => judged(twice)).toThrow(MalformedHistory);
    expect(() => judged(twice)).toThrow('orders-0: "a" was sent twice, by p1 and by p2');
    expect(() => judged([sent('a', 0), sent('a', 0, { partition: 'orders-1' })])).not.toThrow();
  });

  test('a send that is told of as it starts and again with its outcome is one', () => {
    const start = sent('a', null, { answeredAt: null });
    const events = [start, sent('b', 1), { ...sent('a', 0), sentAt: start.sentAt }];
    const verdict = judged([...events, final({ 0: 'a', 1: 'b' })]);
    expect(verdict.anomalies).toEqual([]);
    expect(verdict.counts.sends).toEqual({ ok: 2, failed: 0, unknown: 0 });
    expect(() => judged([...events, sent('a', 0)])).toThrow(MalformedHistory);
    expect(() => judged([start, sent('a', 0, { client: 'p2' })])).toThrow(MalformedHistory);
  });

  test('acknowledged without an offset, or at none', () => {
    expect(() => judged([sent('a', null, { outcome: 'ok' })])).toThrow('without an offset');
    for (const offset of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => judged([sent('a', offset)])).toThrow('is not an offset');
      expect(() => judged([polled([[offset, 'a']])])).toThrow('is not an offset');
    }
  });
});

test('the README lists every kind of anomaly', () => {
  const readme = readFileSync(
    new URL('../../../../src/testing/judge/README.md', import.meta.url),
    'utf8',
  );
  const listed = [...readme.matchAll(/^\| `([a-z0-9-]+)`/gm)].map(([, kind]) => kind);
  expect(listed).toEqual([...ANOMALY_KINDS]);
});
