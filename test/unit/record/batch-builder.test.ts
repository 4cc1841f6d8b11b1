import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvariantViolation } from '../../../src/base/assert.ts';
import { offset, timestamp } from '../../../src/base/ids.ts';
import type { NewRecord } from '../../../src/record/batch-builder.ts';
import { RecordBatchBuilder, writeProducerState } from '../../../src/record/batch-builder.ts';
import { readBatchHeader } from '../../../src/record/batch-header.ts';
import { RecordBatchView } from '../../../src/record/record-batch.ts';
import { anyRecord, batchOf } from './batches.ts';

const NOW = timestamp(1_700_000_000_000);
const utf8 = (field: Uint8Array | string | null): Uint8Array | null =>
  typeof field === 'string' ? Uint8Array.from(Buffer.from(field)) : field;
const plain = (bytes: Uint8Array | null): Uint8Array | null =>
  bytes === null ? null : Uint8Array.from(bytes);

/** What reading should give for these records. */
function expected(records: readonly NewRecord[]): unknown[] {
  return records.map((record, index) => ({
    offset: index,
    timestamp: record.timestamp,
    key: utf8(record.key),
    value: utf8(record.value),
    headers: (record.headers ?? []).map(({ key, value }) => ({
      key: Buffer.from(key).toString(),
      value: utf8(value),
    })),
  }));
}

function read(batch: Uint8Array): unknown[] {
  return [...new RecordBatchView(batch).records()].map((record) => ({
    ...record,
    key: plain(record.key),
    value: plain(record.value),
    headers: record.headers.map(({ key, value }) => ({ key, value: plain(value) })),
  }));
}

describe('building a batch', () => {
  test('records of any shape are read back as they were', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 30 }), (records) => {
        const builder = new RecordBatchBuilder({ bytesMax: 1 << 24, initialBytes: 100 });
        for (const record of records) expect(builder.append(record)).toBe(true);
        expect(builder.recordsCount).toBe(records.length);
        const bytes = builder.bytes;
        const batch = builder.build();
        expect(batch.length).toBe(bytes);
        expect(new RecordBatchView(batch).crcAgrees()).toBe(true);
        expect(read(batch)).toEqual(expected(records));
        const times = records.map((record) => record.timestamp);
        expect(readBatchHeader(batch)).toMatchObject({
          baseOffset: 0,
          leaderEpoch: -1,
          attributes: 0,
          recordsCount: records.length,
          lastOffsetDelta: records.length - 1,
          baseTimestamp: times[0],
          maxTimestamp: Math.max(...times),
          producerId: -1,
          producerEpoch: -1,
          baseSequence: -1,
        });
      }),
    );
  });

  test('strings become UTF-8 whatever their length and script, as bytes would', () => {
    for (const unit of ['a', 'é', '水', '🦢', '\ud800']) {
      for (const length of [0, 1, 2, 23, 24, 25, 31, 32, 63, 64, 65, 200, 9000]) {
        for (const value of [unit.repeat(length), 'a'.repeat(length) + unit]) {
          const batch = batchOf([value]);
          const [record] = [...new RecordBatchView(batch).records()];
          expect(Buffer.from(record?.value ?? []).equals(Buffer.from(value))).toBe(true);
        }
      }
    }
  });

  test('refuses a record that would exceed the limit, and changes nothing', () => {
    const builder = new RecordBatchBuilder({ bytesMax: 200 });
    const record = { key: null, value: 'x'.repeat(50), timestamp: NOW };
    expect(builder.append(record)).toBe(true);
    expect(builder.append(record)).toBe(true);
    const bytes = builder.bytes;
    expect(builder.append(record)).toBe(false);
    // Ten characters would fit, their twenty bytes do not.
    expect(builder.append({ ...record, value: 'é'.repeat(10) })).toBe(false);
    expect(builder).toMatchObject({ bytes, recordsCount: 2 });
    expect(builder.append({ ...record, value: 'é'.repeat(9) })).toBe(true);
    expect(builder.bytes).toBe(200);
    expect(builder.recordsCount).toBe(3);
    expect(read(builder.build())).toHaveLength(3);
  });

  test('a limit is reached to the byte', () => {
    const record = { key: null, value: 'x'.repeat(32), timestamp: NOW };
    const exactly = new RecordBatchBuilder({ bytesMax: 61 + 2 * 39 });
    expect([exactly.append(record), exactly.append(record), exactly.append(record)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(exactly.bytes).toBe(exactly.bytesMax);
    const tooLittle = new RecordBatchBuilder({ bytesMax: 61 + 2 * 39 - 1 });
    expect([tooLittle.append(record), tooLittle.append(record)]).toEqual([true, false]);
  });

  test('one record alone may exceed the limit', () => {
    const builder = new RecordBatchBuilder({ bytesMax: 100 });
    expect(builder.append({ key: null, value: new Uint8Array(100_000), timestamp: NOW })).toBe(
      true,
    );
    expect(builder.append({ key: null, value: null, timestamp: NOW })).toBe(false);
    expect(builder.build().length).toBeGreaterThan(100_000);
  });

  test('compressed records take the place of the records', () => {
    const builder = new RecordBatchBuilder({ bytesMax: 1000 });
    builder.append({ key: 'k', value: 'v', timestamp: NOW });
    builder.append({ key: 'k', value: 'w', timestamp: NOW });
    const section = builder.recordsSection.slice();
    // Reversed bytes stand for a codec.
    const batch = builder.sealCompressed(section.slice().reverse(), 'lz4', {
      producerId: 5,
      producerEpoch: 0,
      baseSequence: 7,
    });
    expect(batch.length).toBe(61 + section.length);
    const view = new RecordBatchView(batch);
    expect(view.header).toMatchObject({ compression: 'lz4', recordsCount: 2, producerId: 5 });
    expect(view.crcAgrees()).toBe(true);
    expect(view.needsDecompression).toBe(true);
    expect(() => view.cursor()).toThrow(InvariantViolation);
    const readable = view.withDecompressed(view.compressedRecords.slice().reverse());
    expect([...readable.records()].map((record) => record.value?.[0])).toEqual([0x76, 0x77]);
  });

  test('a sealed batch takes nothing more and is not changed by the next', () => {
    const builder = new RecordBatchBuilder({ bytesMax: 1000 });
    const append = (value: string) => builder.append({ key: null, value, timestamp: NOW });
    append('first');
    const first = builder.build();
    const copy = first.slice();
    expect(builder.isSealed).toBe(true);
    expect(() => append('late')).toThrow(InvariantViolation);
    expect(() => builder.build()).toThrow(InvariantViolation);
    builder.reset();
    expect(builder).toMatchObject({ isSealed: false, recordsCount: 0, bytes: 61 });
    append('second');
    const second = builder.build();
    expect(first).toEqual(copy);
    expect(read(second)).toMatchObject([{ value: utf8('second') }]);
    builder.reset(first);
    append('third');
    expect(builder.build().buffer).toBe(first.buffer);
  });

  test('an empty batch cannot be sealed', () => {
    const builder = new RecordBatchBuilder({ bytesMax: 1000 });
    expect(() => builder.build()).toThrow(InvariantViolation);
  });

  test('the options of a seal arrive', () => {
    const batch = batchOf(['x'], { transactional: true, baseOffset: offset(77), leaderEpoch: 4 });
    expect(readBatchHeader(batch)).toMatchObject({
      isTransactional: true,
      baseOffset: 77,
      leaderEpoch: 4,
    });
  });

  test('who produces a sealed batch can be changed, and the CRC follows', () => {
    const batch = batchOf(['x', 'y'], { producerId: 1, producerEpoch: 0, baseSequence: 9 });
    writeProducerState(batch, { producerId: 2 ** 40, producerEpoch: 32767, baseSequence: 0 });
    const view = new RecordBatchView(batch);
    expect(view.header).toMatchObject({
      producerId: 2 ** 40,
      producerEpoch: 32767,
      baseSequence: 0,
    });
    expect(view.crcAgrees()).toBe(true);
    expect(read(batch)).toHaveLength(2);
  });
});
