import { describe, expect, test } from 'vitest';
import { offset } from '../../../src/base/ids.ts';
import { readOffsetIndex, readTimeIndex } from '../../../src/client/segment-index-reader.ts';
import { batches, collect, positionsOf, sourceOf, TIME } from './segment-fixture.ts';

function offsetIndex(...entries: readonly [relative: number, position: number][]): Buffer {
  const bytes = Buffer.alloc(entries.length * 8);
  entries.forEach(([relative, position], index) => {
    bytes.writeInt32BE(relative, index * 8);
    bytes.writeInt32BE(position, index * 8 + 4);
  });
  return bytes;
}

function timeIndex(...entries: readonly [timestamp: number, relative: number][]): Buffer {
  const bytes = Buffer.alloc(entries.length * 12);
  entries.forEach(([timestamp, relative], index) => {
    bytes.writeBigInt64BE(BigInt(timestamp), index * 12);
    bytes.writeInt32BE(relative, index * 12 + 8);
  });
  return bytes;
}

function reasons(found: readonly { problems: readonly { position: number; reason: string }[] }[]) {
  return found.flatMap(({ problems }) => problems.map((each) => [each.position, each.reason]));
}

describe('an offset index', () => {
  test('agrees with its segment', async () => {
    const pieces = await batches(4);
    const [, second = 0, , fourth = 0] = positionsOf(pieces);
    const index = sourceOf(offsetIndex([3, second], [7, fourth]));
    const found = await collect(readOffsetIndex(index, offset(0), sourceOf(...pieces)));
    expect(found).toMatchObject([
      { position: 0, offset: 3, logPosition: second, problems: [] },
      { position: 8, offset: 7, logPosition: fourth, problems: [] },
    ]);
  });

  test('is held against it entry by entry', async () => {
    const pieces = await batches(4);
    const [, second = 0, third = 0] = positionsOf(pieces);
    const index = sourceOf(offsetIndex([5, second], [6, third + 1], [6, third + 9]));
    const found = await collect(readOffsetIndex(index, offset(0), sourceOf(...pieces)));
    expect(reasons(found)).toEqual([
      [0, `the batch at byte ${second} of the log ends at offset 3`],
      [8, expect.stringMatching(/^no batch begins at byte \d+ of the log: /)],
      [16, 'the entry does not lie above the one before it'],
    ]);
  });

  test('without its segment must at least rise; its base offset counts', async () => {
    const index = sourceOf(offsetIndex([3, 100], [2, 200], [4, 50]));
    const found = await collect(readOffsetIndex(index, offset(1_000), null));
    expect(found.map((item) => item.kind !== 'damage' && item.offset)).toEqual([1003, 1002, 1004]);
    expect(reasons(found).map(([position]) => position)).toEqual([8, 16]);
  });

  test('may end in zeros or in half an entry, which is said once', async () => {
    const index = sourceOf(offsetIndex([3, 100], [0, 0], [0, 0]), new Uint8Array(3));
    const found = await collect(readOffsetIndex(index, offset(0), null));
    expect(reasons(found)).toEqual([
      [8, '16 zero bytes: an index that was not trimmed when it was closed'],
      [24, 'the file ends 3 bytes into an entry of 8'],
    ]);
  });
});

describe('a time index', () => {
  test('agrees with its segment', async () => {
    const index = sourceOf(timeIndex([TIME + 2, 3], [TIME + 6, 7]));
    const found = await collect(readTimeIndex(index, offset(0), sourceOf(...(await batches(4)))));
    expect(found).toMatchObject([
      { timestamp: TIME + 2, offset: 3, problems: [] },
      { timestamp: TIME + 6, offset: 7, problems: [] },
    ]);
  });

  test('is held against it entry by entry', async () => {
    const index = sourceOf(timeIndex([TIME + 1, 3], [TIME + 4, 4], [TIME + 4, 7], [TIME + 9, 99]));
    const found = await collect(readTimeIndex(index, offset(0), sourceOf(...(await batches(4)))));
    expect(reasons(found)).toEqual([
      [0, `the largest timestamp of the batch that ends at offset 3 is ${TIME + 2}`],
      [12, 'no batch of the log ends at offset 4'],
      [24, 'the entry does not lie above the one before it'],
      [36, 'no batch of the log ends at offset 99'],
    ]);
  });
});
