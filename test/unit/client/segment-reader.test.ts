import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { offset } from '../../../src/base/ids.ts';
import { readRecords, readSegment } from '../../../src/client/segment-reader.ts';
import type { Damage, SegmentBatch } from '../../../src/client/segment-reader.ts';
import { batch, batches, collect, flipped, positionsOf, sourceOf } from './segment-fixture.ts';

type Found = SegmentBatch | Damage;

function read(...pieces: readonly Uint8Array[]): Promise<Found[]> {
  return collect(readSegment(sourceOf(...pieces), offset(0)));
}

/** What was found, in short: base offsets, and stretches that were lost. */
function outline(found: readonly Found[]): (number | string)[] {
  return found.map((item) =>
    item.kind === 'batch' ? item.header.baseOffset : `${item.position}-${item.endPosition}`,
  );
}

function reasons(found: readonly Found[]): [number, string][] {
  return found.flatMap(({ problems }) =>
    problems.map(({ position, reason }): [number, string] => [position, reason]),
  );
}

describe('a sound segment', () => {
  test('gives every batch with its place and its bytes, and no problem', async () => {
    const pieces = await batches(5);
    const positions = positionsOf(pieces);
    const found = await read(...pieces);
    expect(outline(found)).toEqual([0, 2, 4, 6, 8]);
    expect(reasons(found)).toEqual([]);
    found.forEach((item, index) => {
      expect(item.position).toBe(positions[index]);
      expect(item.kind === 'batch' && item.bytes).toEqual(pieces[index]);
      expect(item.kind === 'batch' && item.computedCrc === item.header.crc).toBe(true);
    });
  });

  test('is empty if the file is', async () => {
    expect(await read()).toEqual([]);
  });

  test('is read in pieces, however long it is', async () => {
    const value = new Uint8Array(300_000).fill(2);
    const pieces = await Promise.all(
      Array.from({ length: 12 }, (_, at) => batch({ at, records: [{ value }] })),
    );
    const source = sourceOf(...pieces);
    expect(outline(await collect(readSegment(source, offset(0))))).toHaveLength(12);
    expect(source.largestRead).toBeLessThanOrEqual(1024 * 1024);
    expect(source.size).toBeGreaterThan(3 * 1024 * 1024);
  });
});

describe('damage', () => {
  test('a flipped bit in a record is named with both checksums, and the rest is read', async () => {
    const [a, b, c] = (await batches(3)) as [Uint8Array, Uint8Array, Uint8Array];
    const found = await read(a, flipped(b, 70), c);
    expect(outline(found)).toEqual([0, 2, 4]);
    expect(reasons(found)).toEqual([
      [
        a.length + 17,
        expect.stringMatching(/^the checksum is 0x\w{8}, and the bytes give 0x\w{8}$/),
      ],
    ]);
  });

  test('so is one in the last batch', async () => {
    const [a, b] = (await batches(2)) as [Uint8Array, Uint8Array];
    const found = await read(a, flipped(b, 70));
    expect(outline(found)).toEqual([0, 2]);
    expect(reasons(found)).toHaveLength(1);
  });

  test('a length that cannot be costs that batch alone', async () => {
    const pieces = await batches(4);
    const [, from = 0, to = 0] = positionsOf(pieces);
    for (const [byte, mask, reason] of [
      [8, 0x80, /^the length field is -/],
      [
        9,
        0x40,
        /^the batch at offset 2 should have \d+ bytes, and the file ends after \d+ of them/,
      ],
      [11, 0x01, /^the checksum is .* no batch follows where this one should end, \d+ bytes on$/],
      [16, 0x40, /^the magic byte is 66, not 2$/],
      [23, 0x80, /^lastOffsetDelta is -/],
    ] as const) {
      const spoilt = pieces.map((piece, index) =>
        index === 1 ? flipped(piece, byte, mask) : piece,
      );
      const found = await read(...spoilt);
      expect(outline(found), String(reason)).toEqual([0, `${from}-${to}`, 4, 6]);
      expect(reasons(found)).toEqual([[expect.any(Number), expect.stringMatching(reason)]]);
    }
  });

  test('a torn end is named with what is there of it', async () => {
    const [a, b] = (await batches(2)) as [Uint8Array, Uint8Array];
    const long = await read(a, b.subarray(0, 70));
    expect(reasons(long)).toEqual([
      [
        a.length + 8,
        `the batch at offset 2 should have ${b.length} bytes, and the file ends after 70 of them`,
      ],
    ]);
    const short = await read(a, b.subarray(0, 9));
    expect(reasons(short)).toEqual([
      [a.length, 'the file ends 9 bytes into the header of a batch'],
    ]);
  });

  test('zeros are told from rubbish', async () => {
    const [a, b] = (await batches(2)) as [Uint8Array, Uint8Array];
    const hole = await read(a, new Uint8Array(500), b);
    expect(outline(hole)).toEqual([0, `${a.length}-${a.length + 500}`, 2]);
    expect(reasons(hole)[0]?.[1]).toMatch(/^500 zero bytes: /);
    const rubbish = await read(a, new Uint8Array(500).fill(7), b);
    expect(reasons(rubbish)[0]?.[1]).toBe('the magic byte is 7, not 2');
  });

  test('the next batch is found beyond a long stretch, wherever it begins', async () => {
    const [a, b] = (await batches(2)) as [Uint8Array, Uint8Array];
    for (const length of [1, 15, 16, 17, 60, 256 * 1024 - 16, 256 * 1024, 1024 * 1024 + 3]) {
      const found = await read(a, new Uint8Array(length).fill(2), b);
      expect(outline(found)).toEqual([0, `${a.length}-${a.length + length}`, 2]);
    }
  });

  test('a batch of the past is no place to go on', async () => {
    const [a, b, c] = (await batches(3)) as [Uint8Array, Uint8Array, Uint8Array];
    const rubbish = new Uint8Array(100).fill(7);
    const found = await read(a, b, rubbish, a, rubbish, c);
    expect(outline(found)).toEqual([0, 2, expect.stringContaining('-'), 4]);
  });

  test('a file that becomes shorter while it is read is told as it is, and ends', async () => {
    const bytes = Buffer.concat(await batches(3));
    const source = {
      size: bytes.length + 10_000,
      read: async (target: Uint8Array, position: number) =>
        bytes.copy(target, 0, Math.min(position, bytes.length)),
    };
    const found = await collect(readSegment(source, offset(0)));
    expect(outline(found)).toEqual([0, 2, 4, `${bytes.length}-${source.size}`]);
  });
});

describe('what a checksum does not cover', () => {
  test('an offset that does not follow is named, and not the sound ones behind it', async () => {
    const [a, b, c] = (await batches(3)) as [Uint8Array, Uint8Array, Uint8Array];
    const found = await read(a, flipped(b, 6), c);
    expect(outline(found)).toEqual([0, 258, 4]);
    expect(reasons(found)).toEqual([
      [a.length, 'the batch begins at offset 258, where 2 should follow'],
    ]);
  });

  test('records that are missing are named once', async () => {
    const [a, , c, d] = (await batches(4)) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const found = await read(a, c, d);
    expect(reasons(found)).toEqual([
      [a.length, 'the batch begins at offset 4, where 2 should follow'],
    ]);
  });

  test('the first offset is the one in the file’s name', async () => {
    const source = sourceOf(...(await batches(2)));
    const found = await collect(readSegment(source, offset(1)));
    expect(reasons(found)[0]).toEqual([0, 'the batch begins at offset 0, where 1 should follow']);
    expect(reasons(await collect(readSegment(source, null)))).toEqual([]);
  });

  test('a leader epoch never falls, and is never missing', async () => {
    const a = await batch({ at: 0, epoch: 4 });
    const b = await batch({ at: 2, epoch: 3 });
    const c = await batch({ at: 4, epoch: -1 });
    expect(reasons(await read(a, b, c))).toEqual([
      [a.length + 12, 'leader epoch 3 follows 4'],
      [a.length + b.length + 12, 'the leader epoch is -1: no leader has stamped the batch'],
    ]);
  });
});

test('any single flipped bit is noticed, unless it makes a leader epoch that might be', async () => {
  const pieces = await Promise.all([
    batch({ at: 0, epoch: 1 }),
    batch({ at: 2, epoch: 2, compression: 'gzip' }),
    batch({ at: 4, epoch: 3 }),
  ]);
  const bytes = Buffer.concat(pieces);
  const starts = positionsOf(pieces).slice(0, -1);
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
      const position = bit >>> 3;
      const start = starts.findLast((each) => each <= position) ?? 0;
      if (position - start >= 12 && position - start < 16) return;
      const found = await read(flipped(bytes, position, 1 << (bit & 7)));
      expect(reasons(found).length).toBeGreaterThan(0);
      // Two of three batches are untouched, and are found.
      const sound = found.filter((item) => item.kind === 'batch' && item.problems.length === 0);
      expect(sound.length).toBeGreaterThanOrEqual(2);
    }),
  );
});

describe('records', () => {
  const records = [{ key: 'a', value: 'one' }, { key: 'b', value: null, headers: [] }, {}];

  test('are read from compressed batches too', async () => {
    for (const compression of ['none', 'gzip', 'zstd'] as const) {
      const [found] = await read(await batch({ at: 0, records, compression }));
      if (found?.kind !== 'batch') throw new Error('a batch is expected');
      const { records: all, problem } = await readRecords(found);
      expect(problem).toBe(null);
      expect(all.map(({ key }) => (key === null ? null : Buffer.from(key).toString()))).toEqual([
        'a',
        'b',
        null,
      ]);
      expect(all.map((record) => record.offset)).toEqual([0, 1, 2]);
    }
  });

  test('that cannot be read are counted, after those in front of them', async () => {
    const sound = await batch({ at: 0, records });
    // The second record's length. The checksum goes as well, which is a finding of its own.
    const first = 61 + 1 + (sound[61] ?? 0) / 2;
    const [found] = await read(flipped(sound, first, 0x40));
    if (found?.kind !== 'batch') throw new Error('a batch is expected');
    const { records: read1, problem } = await readRecords(found);
    expect(read1).toHaveLength(1);
    expect(problem).toEqual({
      position: 61,
      reason: expect.stringMatching(/^record 1 cannot be read: .* \(byte \d+ of the records\)$/),
    });
  });

  test('that do not decompress are a finding', async () => {
    const sound = await batch({ at: 0, records, compression: 'gzip' });
    const [found] = await read(flipped(sound, 61));
    if (found?.kind !== 'batch') throw new Error('a batch is expected');
    const { records: none, problem } = await readRecords(found);
    expect(none).toEqual([]);
    expect(problem?.reason).toMatch(/^record 0 cannot be read: the records are not gzip/);
  });
});
