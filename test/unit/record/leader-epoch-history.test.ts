import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leaderEpoch, offset } from '../../../src/base/ids.ts';
import {
  encodeLeaderEpochCheckpoint,
  LeaderEpochHistory,
  parseLeaderEpochCheckpoint,
} from '../../../src/record/leader-epoch-history.ts';

type Pairs = readonly (readonly [number, number])[];

function historyOf(pairs: Pairs): LeaderEpochHistory {
  const history = new LeaderEpochHistory();
  for (const [epoch, start] of pairs) history.assign(leaderEpoch(epoch), offset(start));
  return history;
}
const pairsOf = (history: LeaderEpochHistory): Pairs =>
  history.entries.map(({ epoch, startOffset }) => [epoch, startOffset]);

function endOffsetFor(history: LeaderEpochHistory, epoch: number, logEndOffset: number) {
  const found = history.endOffsetFor(leaderEpoch(epoch), offset(logEndOffset));
  return found === null ? null : [found.epoch, found.endOffset];
}

describe('assigning epochs', () => {
  test('keeps what lies below in both fields', () => {
    expect(
      pairsOf(
        historyOf([
          [0, 0],
          [1, 10],
          [4, 25],
        ]),
      ),
    ).toEqual([
      [0, 0],
      [1, 10],
      [4, 25],
    ]);
  });

  test('is idempotent, and later batches of the newest epoch change nothing', () => {
    const history = historyOf([[2, 10]]);
    expect(history.assign(leaderEpoch(2), offset(10))).toBe(false);
    expect(history.assign(leaderEpoch(2), offset(30))).toBe(false);
    expect(pairsOf(history)).toEqual([[2, 10]]);
    expect(history.assign(leaderEpoch(3), offset(40))).toBe(true);
  });

  test('an epoch that stayed empty is dropped when the next begins at its offset', () => {
    expect(
      pairsOf(
        historyOf([
          [1, 0],
          [2, 10],
          [3, 10],
        ]),
      ),
    ).toEqual([
      [1, 0],
      [3, 10],
    ]);
  });

  test('what the new entry contradicts is dropped', () => {
    expect(
      pairsOf(
        historyOf([
          [1, 0],
          [2, 10],
          [3, 20],
          [4, 15],
        ]),
      ),
    ).toEqual([
      [1, 0],
      [2, 10],
      [4, 15],
    ]);
    expect(
      pairsOf(
        historyOf([
          [1, 0],
          [5, 10],
          [3, 20],
        ]),
      ),
    ).toEqual([
      [1, 0],
      [3, 20],
    ]);
    expect(
      pairsOf(
        historyOf([
          [2, 10],
          [2, 5],
        ]),
      ),
    ).toEqual([[2, 5]]);
    expect(
      pairsOf(
        historyOf([
          [2, 10],
          [1, 0],
        ]),
      ),
    ).toEqual([[1, 0]]);
  });

  test('rises strictly in both fields whatever is assigned', () => {
    const pair = fc.tuple(fc.nat(10), fc.nat(30));
    fc.assert(
      fc.property(fc.array(pair), (pairs) => {
        const entries = pairsOf(historyOf(pairs));
        for (const field of [0, 1] as const) {
          const values = entries.map((entry) => entry[field]);
          expect(values).toEqual([...new Set(values)].sort((a, b) => a - b));
        }
        const newest = pairs.at(-1);
        if (newest !== undefined) expect(entries.at(-1)?.[0]).toBe(newest[0]);
      }),
    );
  });
});

describe('where an epoch ends', () => {
  const history = historyOf([
    [2, 10],
    [4, 20],
    [7, 30],
  ]);

  test.each<[string, number, number[] | null]>([
    ['the newest epoch ends at the log end', 7, [7, 50]],
    ['an older one where the next begins', 4, [4, 30]],
    ['an unknown one between: the one below it, where the next begins', 6, [4, 30]],
    ['one in front of all: itself, at the first start', 1, [1, 10]],
    ['one above all is unknown', 8, null],
  ])('%s', (_name, asked, expected) => {
    expect(endOffsetFor(history, asked, 50)).toEqual(expected);
  });

  test('an empty history knows nothing', () => {
    expect(endOffsetFor(new LeaderEpochHistory(), 0, 5)).toBe(null);
    expect(new LeaderEpochHistory().latestEpoch()).toBe(null);
  });

  test('the newest epoch may be empty: it ends where it begins, and ends the one before', () => {
    const elected = historyOf([
      [0, 0],
      [1, 20],
    ]);
    expect(elected.latestEpoch()).toBe(1);
    expect(endOffsetFor(elected, 1, 20)).toEqual([1, 20]);
    expect(endOffsetFor(elected, 0, 20)).toEqual([0, 20]);
  });

  /** KIP-101, scenario 2: both brokers fail, the one that comes back first writes other records. */
  test('a follower that wrote under an older leader finds where the new leader’s log begins', () => {
    const leader = historyOf([
      [0, 0],
      [1, 1],
    ]); // Elected at offset 1, wrote from there.
    expect(endOffsetFor(leader, 0, 2)).toEqual([0, 1]); // The follower's second record of epoch 0 goes.
  });

  /**
   * KIP-279: two fast failovers. A leads epoch 1, B epoch 2, A again epoch 3, whose follower B asks
   * about an epoch that A has never seen; the answer is the largest epoch that A knows below it, and
   * B asks again with what it knows of that.
   */
  test('a leader that never saw the follower’s epoch answers with the largest below it', () => {
    const leader = historyOf([
      [1, 0],
      [3, 21],
    ]);
    const follower = historyOf([
      [1, 0],
      [2, 20],
    ]);
    expect(endOffsetFor(leader, 2, 21)).toEqual([1, 21]);
    expect(endOffsetFor(follower, 1, 21)).toEqual([1, 20]);
  });

  test('agrees with a search through the records, for any log', () => {
    const run = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }));
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 8 }), fc.nat(30), (runs, asked) => {
        const epochs: number[] = [];
        let epoch = 0;
        for (const [step, count] of runs) {
          epoch += step;
          for (let index = 0; index < count; index++) epochs.push(epoch);
        }
        const built = new LeaderEpochHistory();
        epochs.forEach((each, at) => built.assign(leaderEpoch(each), offset(at)));

        epochs.forEach((each, at) => expect(built.epochAt(offset(at))).toBe(each));
        const end = epochs.filter((each) => each <= asked).length;
        const floor = epochs.findLast((each) => each <= asked) ?? asked;
        const expected = asked > epoch ? null : [floor, end];
        expect(endOffsetFor(built, asked, epochs.length)).toEqual(expected);
      }),
    );
  });
});

describe('the epoch of a record', () => {
  const history = historyOf([
    [2, 10],
    [4, 20],
  ]);
  test.each([
    [9, null],
    [10, 2],
    [19, 2],
    [20, 4],
    [1000, 4],
  ])('at offset %i is %s', (at, expected) => {
    expect(history.epochAt(offset(at))).toBe(expected);
  });
});

describe('truncating', () => {
  const base: Pairs = [
    [2, 10],
    [4, 20],
    [7, 30],
  ];

  test.each<[number, Pairs]>([
    [31, base],
    [
      30,
      [
        [2, 10],
        [4, 20],
      ],
    ],
    [
      21,
      [
        [2, 10],
        [4, 20],
      ],
    ],
    [20, [[2, 10]]],
    [0, []],
  ])('from the end to %i', (endOffset, expected) => {
    const history = historyOf(base);
    expect(history.truncateFromEnd(offset(endOffset))).toBe(expected.length < base.length);
    expect(pairsOf(history)).toEqual(expected);
  });

  test('from the end drops an epoch that is empty, though no record goes (KAFKA-10706)', () => {
    const history = historyOf([
      [1, 0],
      [2, 20],
    ]);
    expect(history.truncateFromEnd(offset(20))).toBe(true);
    expect(history.latestEpoch()).toBe(1);
  });

  test.each<[number, Pairs]>([
    [5, base],
    [10, base],
    [
      15,
      [
        [2, 15],
        [4, 20],
        [7, 30],
      ],
    ],
    [
      20,
      [
        [4, 20],
        [7, 30],
      ],
    ],
    [
      29,
      [
        [4, 29],
        [7, 30],
      ],
    ],
    [99, [[7, 99]]],
  ])('from the start to %i', (startOffset, expected) => {
    const history = historyOf(base);
    const changed = history.truncateFromStart(offset(startOffset));
    expect(pairsOf(history)).toEqual(expected);
    expect(changed).toBe(startOffset > 10);
    expect(history.truncateFromStart(offset(startOffset))).toBe(false);
  });

  test('clear empties', () => {
    const history = historyOf(base);
    history.clear();
    expect(history.entries).toEqual([]);
  });
});

describe('copies', () => {
  test('a clone is equal, and its own', () => {
    const history = historyOf([
      [1, 0],
      [2, 10],
    ]);
    const clone = history.clone();
    expect(clone.equals(history)).toBe(true);
    clone.assign(leaderEpoch(3), offset(20));
    expect(clone.equals(history)).toBe(false);
    expect(pairsOf(history)).toEqual([
      [1, 0],
      [2, 10],
    ]);
    expect(
      history.equals(
        historyOf([
          [1, 0],
          [2, 11],
        ]),
      ),
    ).toBe(false);
    expect(LeaderEpochHistory.of(clone.entries).equals(clone)).toBe(true);
  });
});

describe('the checkpoint file', () => {
  test('has Kafka’s layout', () => {
    expect(
      encodeLeaderEpochCheckpoint(
        historyOf([
          [0, 0],
          [3, 4096],
        ]),
      ),
    ).toBe('0\n2\n0 0\n3 4096\n');
    expect(encodeLeaderEpochCheckpoint(new LeaderEpochHistory())).toBe('0\n0\n');
  });

  test('is read as it was written', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.maxSafeInteger().map(Math.abs))), (pairs) => {
        const history = historyOf(pairs);
        const parsed = parseLeaderEpochCheckpoint(encodeLeaderEpochCheckpoint(history));
        expect('history' in parsed && parsed.history.equals(history)).toBe(true);
      }),
    );
  });

  test.each([
    ['nothing', ''],
    ['another version', '1\n0\n'],
    ['no count', '0\n'],
    ['a count that is too small', '0\n1\n0 0\n1 5\n'],
    ['a count that is too large', '0\n3\n0 0\n1 5\n'],
    ['a cut last line', '0\n2\n0 0\n1 5'],
    ['a negative epoch', '0\n1\n-1 0\n'],
    ['an offset beyond 2^53 - 1', '0\n1\n0 9007199254740992\n'],
    ['a missing field', '0\n1\n0\n'],
    ['a third field', '0\n1\n0 0 0\n'],
    ['epochs that do not rise', '0\n2\n1 0\n1 5\n'],
    ['offsets that do not rise', '0\n2\n1 5\n2 5\n'],
    ['a blank line', '0\n1\n0 0\n\n'],
  ])('%s is a problem, not a history', (_name, text) => {
    expect(parseLeaderEpochCheckpoint(text)).toHaveProperty('problem', expect.any(String));
  });
});
