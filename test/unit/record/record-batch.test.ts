import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { offset, timestamp } from '../../../src/base/ids.ts';
import { RecordBatchBuilder } from '../../../src/record/batch-builder.ts';
import { readBatchHeader, stampBatch } from '../../../src/record/batch-header.ts';
import { forEachBatch } from '../../../src/record/batch-iterator.ts';
import { CorruptBatch } from '../../../src/record/corrupt-batch.ts';
import { RecordBatchView } from '../../../src/record/record-batch.ts';
import {
  checkReplicatedBatches,
  validateProducedBatch,
} from '../../../src/record/validate-batch.ts';
import { anyRecord, batchOf, batchWithSection, patched, resealed } from './batches.ts';

const read = (batch: Uint8Array) => [...new RecordBatchView(batch).records()];

/** length 7, attributes, timestamp delta 0, offset delta 0, null key, 1-byte value, no headers */
const SMALLEST = [0x0e, 0, 0, 0, 0x01, 0x02, 0x78, 0];

describe('reading a batch', () => {
  test('a hand-made record', () => {
    expect(read(batchWithSection(SMALLEST))).toMatchObject([
      { offset: 0, key: null, value: Uint8Array.of(0x78), headers: [] },
    ]);
  });

  test('offsets count from the base offset, sequences from the base sequence, with the wrap', () => {
    const batch = batchOf(['a', 'b', 'c'], {
      producerId: 1,
      producerEpoch: 0,
      baseSequence: 2 ** 31 - 2,
    });
    stampBatch(batch, 0, { baseOffset: offset(500), leaderEpoch: 3 });
    const seen: [number, number][] = [];
    new RecordBatchView(batch).forEach((record) => seen.push([record.offset, record.sequence]));
    expect(seen).toEqual([
      [500, 2 ** 31 - 2],
      [501, 2 ** 31 - 1],
      [502, 0],
    ]);
  });

  test('without a producer there is no sequence', () => {
    const batch = patched(batchOf(['a']), 53, [0, 0, 0, 0]); // kafkajs sends sequence 0.
    const sequences: number[] = [];
    new RecordBatchView(batch).forEach((record) => sequences.push(record.sequence));
    expect(sequences).toEqual([-1]);
  });

  test('one cursor goes through all records', () => {
    const cursors = new Set<unknown>();
    const lengths: number[][] = [];
    new RecordBatchView(batchOf(['a', null, ''])).forEach((record) => {
      cursors.add(record);
      lengths.push([record.keyLength, record.valueLength, record.headersCount]);
    });
    expect(cursors.size).toBe(1);
    expect(lengths).toEqual([
      [-1, 1, 0],
      [-1, -1, 0],
      [-1, 0, 0],
    ]);
  });

  test('keys and values are views on the batch', () => {
    const batch = batchOf(['abc']);
    const [record] = read(batch);
    expect(record?.value?.buffer).toBe(batch.buffer);
  });

  test('on LogAppendTime every record has the batch’s max timestamp', () => {
    const builder = new RecordBatchBuilder({ bytesMax: 1000 });
    builder.append({ key: null, value: 'a', timestamp: timestamp(1000) });
    builder.append({ key: null, value: 'b', timestamp: timestamp(2000) });
    const batch = builder.build();
    expect(read(batch).map((record) => record.timestamp)).toEqual([1000, 2000]);
    const stamped = patched(patched(batch, 21, [0, 8]), 35, [0, 0, 0, 0, 0, 0, 0x20, 0]);
    expect(read(stamped).map((record) => record.timestamp)).toEqual([8192, 8192]);
  });

  test('compaction may leave holes at the front, inside and at the end', () => {
    const at = (delta: number) => SMALLEST.with(3, delta * 2);
    const batch = patched(
      batchWithSection([...at(1), ...at(4)], 2),
      23,
      [0, 0, 0, 9], // The batch still spans ten offsets.
    );
    expect(read(batch).map((record) => record.offset)).toEqual([1, 4]);
    expect(readBatchHeader(batch).nextOffset).toBe(10);
  });

  test('a batch that compaction emptied has no records, whatever its compression says', () => {
    const empty = batchWithSection([], 0);
    expect(read(empty)).toEqual([]);
    expect(read(patched(empty, 21, [0, 4]))).toEqual([]);
  });

  test.each<[string, number[], number?]>([
    ['no bytes', []],
    ['a length of less than the fields', SMALLEST.with(0, 0x0a)],
    ['a negative length', SMALLEST.with(0, 0x01)],
    ['a length beyond the section', SMALLEST.with(0, 0x10)],
    ['a record shorter than its length', [...SMALLEST.with(0, 0x10), 0]],
    ['bytes behind the last record', [...SMALLEST, 0]],
    ['fewer records than the header says', SMALLEST, 2],
    ['an offset delta beyond the last', SMALLEST.with(3, 2)],
    ['a negative offset delta', SMALLEST.with(3, 1)],
    ['the same offset twice', [...SMALLEST, ...SMALLEST], 2],
    ['a key of length -2', SMALLEST.with(4, 0x03)],
    ['a key beyond the record', SMALLEST.with(4, 0x0e)],
    ['a value beyond the record', SMALLEST.with(5, 0x06)],
    ['a value that leaves no headers', SMALLEST.with(5, 0x04)],
    ['a negative count of headers', SMALLEST.with(7, 0x01)],
    ['more headers than bytes', SMALLEST.with(7, 0x02)],
    ['a header without a key', [0x12, 0, 0, 0, 1, 2, 0x78, 2, 1, 1]],
    ['a header whose key is too long', [0x12, 0, 0, 0, 1, 2, 0x78, 2, 4, 1]],
    ['a header whose value is too long', [0x12, 0, 0, 0, 1, 2, 0x78, 2, 0, 2]],
  ])('%s is corrupt', (_name, section, recordsCount = 1) => {
    expect(() => read(batchWithSection(section, recordsCount))).toThrow(CorruptBatch);
  });

  test('a header with an empty key and a null value is not', () => {
    const section = [0x12, 0, 0, 0, 1, 2, 0x78, 2, 0, 1];
    expect(read(batchWithSection(section))).toMatchObject([
      { headers: [{ key: '', value: null }] },
    ]);
  });

  test('a timestamp that a number cannot hold is corrupt', () => {
    const section = [0x10, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0, 1, 1, 0];
    section[0] = (section.length - 1) * 2;
    expect(() => read(batchWithSection(section))).toThrow(CorruptBatch);
  });

  test('a batch that is cut off, or of a compression that nobody assigned, cannot be read', () => {
    const batch = batchOf(['abc']);
    expect(() => new RecordBatchView(batch.subarray(0, batch.length - 1))).toThrow(CorruptBatch);
    expect(() => new RecordBatchView(patched(batch, 21, [0, 5]))).toThrow(CorruptBatch);
  });

  test('`bytes` is this batch alone', () => {
    const one = batchOf(['a']);
    const two = batchOf(['b', 'c']);
    const view = new RecordBatchView(Buffer.concat([one, two]), one.length);
    expect(Uint8Array.from(view.bytes)).toEqual(two.slice());
  });
});

/** Everything in this room that reads untrusted bytes. */
function readEverything(bytes: Uint8Array): void {
  const limits = {
    maxMessageBytes: 1 << 20,
    segmentBytes: 1 << 20,
    now: timestamp(1_700_000_000_000),
    timestampAfterMaxMs: 3_600_000,
  };
  for (const read of [
    () => validateProducedBatch(bytes, limits),
    () => checkReplicatedBatches(bytes, offset(0)),
    () =>
      forEachBatch(bytes, (_header, position) => {
        const view = new RecordBatchView(bytes, position);
        const readable = view.needsDecompression
          ? view.withDecompressed(view.compressedRecords)
          : view;
        readable.forEach((record) => record.toRecord());
      }),
  ]) {
    try {
      read();
    } catch (error) {
      if (!(error instanceof CorruptBatch)) throw error;
    }
  }
}

describe('whatever the bytes, nothing but CorruptBatch is thrown', () => {
  const builder = new RecordBatchBuilder({ bytesMax: 1000 });
  builder.append({
    key: 'key',
    value: 'value',
    headers: [
      { key: 'a', value: 'b' },
      { key: 'c', value: null },
    ],
    timestamp: timestamp(5),
  });
  builder.append({ key: null, value: null, timestamp: timestamp(2 ** 40) });
  const batch = builder.build({ producerId: 7, producerEpoch: 1, baseSequence: 0 });

  test('for every prefix', () => {
    for (let length = 0; length <= batch.length; length++) {
      readEverything(batch.slice(0, length));
      if (length > 61) readEverything(resealed(patched(batch, 8, [0, 0, 0, length - 12])));
    }
  });

  test('for every flipped bit, with the old CRC and with a new one; the old one tells', () => {
    for (let bit = 0; bit < batch.length * 8; bit++) {
      const flipped = batch.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      readEverything(flipped);
      if (bit >= 17 * 8) {
        expect(checkReplicatedBatches(flipped, offset(0))).toHaveProperty('refusal');
      }
      readEverything(resealed(flipped));
    }
  });

  test('for every byte with its extremes', () => {
    for (let position = 0; position < batch.length; position++) {
      for (const byte of [0, 1, 0x7f, 0x80, 0xff]) readEverything(patched(batch, position, [byte]));
    }
  });

  test('for any bytes, and for damaged batches of any records', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), readEverything), { numRuns: 500 });
    fc.assert(
      fc.property(
        fc.array(anyRecord, { minLength: 1, maxLength: 5 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (records, changes) => {
          const any = new RecordBatchBuilder({ bytesMax: 1 << 20 });
          for (const record of records) any.append(record);
          const damaged = any.build().slice();
          for (const [at, byte] of changes) damaged[at % damaged.length] = byte;
          readEverything(damaged);
          readEverything(resealed(damaged));
        },
      ),
      { numRuns: 500 },
    );
  });
});
