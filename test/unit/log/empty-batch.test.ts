import { describe, expect, test } from 'vitest';
import { offset } from '../../../src/base/ids.ts';
import { encodeEmptyBatch, isEmptyRun, trimEmptyRun } from '../../../src/log/empty-batch.ts';
import { TailCache } from '../../../src/log/tail-cache.ts';
import { readBatchHeader } from '../../../src/record/batch-header.ts';
import { RecordBatchView } from '../../../src/record/record-batch.ts';
import { crcAgrees } from '../../../src/record/validate-batch.ts';
import { batch } from './log-fixture.ts';

function emptyRun(from: number, to: number): Uint8Array {
  return encodeEmptyBatch({
    baseOffset: offset(from),
    lastOffset: offset(to),
    leaderEpoch: 3,
    producer: null,
  });
}

const PRODUCER = { producerId: 9, producerEpoch: 2, baseSequence: 40 };

describe('an empty batch', () => {
  test('is a header that holds offsets and an epoch, and no records', () => {
    const bytes = emptyRun(10, 2 ** 31);
    const header = readBatchHeader(bytes);
    expect(header).toMatchObject({
      baseOffset: 10,
      lastOffset: 2 ** 31,
      leaderEpoch: 3,
      maxTimestamp: -1,
      baseTimestamp: -1,
      producerId: -1,
      recordsCount: 0,
      totalBytes: 61,
      attributes: 0,
    });
    expect(crcAgrees(bytes, 0, header)).toBe(true);
    expect([...new RecordBatchView(bytes).records()]).toEqual([]);
    expect(isEmptyRun(bytes)).toBe(true);
  });

  test('keeps what a producer’s next batch is held against', () => {
    const extent = { baseOffset: offset(10), lastOffset: offset(12), leaderEpoch: 3 };
    const bytes = encodeEmptyBatch({ ...extent, producer: PRODUCER });
    expect(readBatchHeader(bytes)).toMatchObject(PRODUCER);
    expect(isEmptyRun(bytes)).toBe(false);
    expect(trimEmptyRun(bytes, offset(11), offset(12))).toBe(bytes);
  });

  test('can be split anywhere', () => {
    for (let start = 8; start < 20; start++) {
      for (let end = Math.max(start, 10) + 1; end < 22; end++) {
        const part = trimEmptyRun(emptyRun(10, 19), offset(start), offset(end));
        const header = readBatchHeader(part);
        expect(header.baseOffset).toBe(Math.max(10, start));
        expect(header.lastOffset).toBe(Math.min(19, end - 1));
        expect(header.leaderEpoch).toBe(3);
        expect(crcAgrees(part, 0, header)).toBe(true);
      }
    }
    const records = batch({ at: 10, records: 10 });
    expect(trimEmptyRun(records, offset(12), offset(15))).toBe(records);
  });

  test('is split in memory too', () => {
    const cache = new TailCache({ bytesMax: 10_000, endOffset: offset(10) });
    cache.push(offset(10), offset(20), emptyRun(10, 19));
    cache.push(offset(20), offset(22), batch({ at: 20, records: 2 }));
    const spans = (start: number, end: number): unknown =>
      cache.read(offset(start), 1000, offset(end))?.map((bytes) => {
        const { baseOffset, lastOffset } = readBatchHeader(bytes);
        return [baseOffset, lastOffset];
      });
    expect(spans(13, 22)).toEqual([
      [13, 19],
      [20, 21],
    ]);
    expect(spans(13, 15)).toEqual([[13, 14]]);
    expect(spans(20, 21)).toEqual([]);
    cache.forgetBelow(offset(20));
    expect(cache.startOffset).toBe(20);
    expect(cache.read(offset(13), 1000, offset(22))).toBeNull();
    expect(spans(20, 22)).toEqual([[20, 21]]);
  });
});
