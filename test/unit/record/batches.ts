import fc from 'fast-check';
import { offset, timestamp } from '../../../src/base/ids.ts';
import type { NewRecord, SealOptions } from '../../../src/record/batch-builder.ts';
import { RecordBatchBuilder } from '../../../src/record/batch-builder.ts';
import { stampBatch, writeInt32 } from '../../../src/record/batch-header.ts';
import { crc32c } from '../../../src/record/crc32c.ts';

/** A batch of these values, one record each, sealed as a client does. */
export function batchOf(values: readonly (string | null)[], options: SealOptions = {}): Uint8Array {
  const builder = new RecordBatchBuilder({ bytesMax: 1 << 20 });
  for (const value of values) {
    builder.append({ key: null, value, timestamp: timestamp(1_700_000_000_000) });
  }
  return builder.build(options);
}

/** As `batchOf`, stamped by a leader. */
export function stampedBatch(at: number, epoch: number, values: readonly string[]): Uint8Array {
  const batch = batchOf(values);
  stampBatch(batch, 0, { baseOffset: offset(at), leaderEpoch: epoch });
  return batch;
}

/** A copy with other bytes at `position`, and a CRC that agrees with them. */
export function patched(batch: Uint8Array, position: number, bytes: number[]): Uint8Array {
  const copy = Uint8Array.from(batch); // `slice` of a Buffer would not copy.
  copy.set(bytes, position);
  return resealed(copy);
}

/** Writes the CRC anew. */
export function resealed(batch: Uint8Array): Uint8Array {
  writeInt32(batch, 17, crc32c(batch, 21));
  return batch;
}

/** A batch with exactly these bytes as its records section. */
export function batchWithSection(section: number[], recordsCount = 1): Uint8Array {
  const batch = new Uint8Array(61 + section.length);
  batch.set(batchOf(['']).subarray(0, 61));
  batch.set(section, 61);
  writeInt32(batch, 8, batch.length - 12);
  writeInt32(batch, 23, Math.max(recordsCount - 1, 0));
  writeInt32(batch, 57, recordsCount);
  return resealed(batch);
}

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ maxLength: 80, unit: 'binary' }),
  fc.string({ minLength: 60, maxLength: 140, unit: 'grapheme' }),
);
const field = fc.oneof(fc.constant(null), text, fc.uint8Array({ maxLength: 100 }));

/** Records of every shape: null, empty, text in any script, headers, time in any order. */
export const anyRecord: fc.Arbitrary<NewRecord> = fc.record(
  {
    key: field,
    value: field,
    headers: fc.array(fc.record({ key: text, value: field }), { maxLength: 4 }),
    timestamp: fc
      .oneof(fc.constant(-1), fc.nat(), fc.integer({ min: 0, max: 2 ** 52 }))
      .map(timestamp),
  },
  { requiredKeys: ['key', 'value', 'timestamp'] },
);
