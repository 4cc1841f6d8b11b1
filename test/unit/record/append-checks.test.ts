import { describe, expect, test } from 'vitest';
import { timestamp } from '../../../src/base/ids.ts';
import {
  crcAgrees,
  readBatchHeader,
  RecordBatchBuilder,
  RecordBatchView,
  refuseNullKeys,
  stampAppendTime,
} from '../../../src/record/index.ts';
import { batchOf, batchWithSection } from './batches.ts';

describe('the time of the append', () => {
  test('is what every record has, under a checksum that agrees', () => {
    const bytes = batchOf(['a', 'b']);
    stampAppendTime(bytes, timestamp(1_800_000_000_123));
    const header = readBatchHeader(bytes);
    expect(header).toMatchObject({
      timestampType: 'LogAppendTime',
      maxTimestamp: 1_800_000_000_123,
    });
    expect(crcAgrees(bytes, 0, header)).toBe(true);
    const cursor = new RecordBatchView(bytes).cursor();
    const times: number[] = [];
    while (cursor.next()) times.push(cursor.timestamp);
    expect(times).toEqual([1_800_000_000_123, 1_800_000_000_123]);
  });
});

describe('a compacted topic', () => {
  test('takes no record without a key', () => {
    expect(refuseNullKeys(batchOf(['a']))).toMatchObject({ code: 'INVALID_RECORD' });
    const builder = new RecordBatchBuilder({ bytesMax: 1_000 });
    builder.append({ key: 'k', value: null, timestamp: timestamp(0) });
    builder.append({ key: '', value: 'v', timestamp: timestamp(0) });
    expect(refuseNullKeys(builder.build())).toBeNull();
  });

  test('refuses records that cannot be read', () => {
    expect(refuseNullKeys(batchWithSection([9, 9, 9]))).toMatchObject({ code: 'INVALID_RECORD' });
  });
});
