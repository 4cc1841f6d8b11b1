/** Segments in memory, for the tests of what reads them. */
import { offset, timestamp } from '../../../src/base/ids.ts';
import type { ByteSource } from '../../../src/client/segment-reader.ts';
import { RecordBatchBuilder, stampBatch } from '../../../src/record/index.ts';
import type { Compression, NewRecord } from '../../../src/record/index.ts';
import { codecFor } from '../../../src/client/compression/codecs.ts';

export const TIME = 1_700_000_000_000;

/** A batch at `at`, as a leader of `epoch` has stamped it. */
export async function batch(spec: {
  readonly at: number;
  readonly epoch?: number;
  readonly records?: readonly Partial<NewRecord>[];
  readonly compression?: Compression;
}): Promise<Uint8Array> {
  const builder = new RecordBatchBuilder({ bytesMax: 1 << 20 });
  for (const record of spec.records ?? [{}, {}]) {
    builder.append({
      key: null,
      value: 'a value',
      timestamp: timestamp(TIME + spec.at),
      ...record,
    });
  }
  const { compression = 'none' } = spec;
  const bytes =
    compression === 'none'
      ? builder.build()
      : builder.sealCompressed(
          await (await codecFor(compression)).compress(builder.recordsSection),
          compression,
        );
  stampBatch(bytes, 0, { baseOffset: offset(spec.at), leaderEpoch: spec.epoch ?? 1 });
  return bytes;
}

/** `count` batches of two records each, from offset 0. */
export async function batches(count: number): Promise<Uint8Array[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => batch({ at: 2 * index })));
}

/** Where each of these begins when they lie one behind the other, and where the last ends. */
export function positionsOf(pieces: readonly Uint8Array[]): number[] {
  const positions = [0];
  for (const piece of pieces) positions.push((positions.at(-1) ?? 0) + piece.length);
  return positions;
}

/** A source that counts the bytes of its largest read. */
export function sourceOf(...pieces: readonly Uint8Array[]): ByteSource & { largestRead: number } {
  const bytes = Buffer.concat(pieces);
  return {
    size: bytes.length,
    largestRead: 0,
    async read(target, position) {
      this.largestRead = Math.max(this.largestRead, target.length);
      const found = bytes.subarray(position, position + target.length);
      target.set(found);
      return found.length;
    },
  };
}

/** A copy with bits of one byte changed. */
export function flipped(bytes: Uint8Array, position: number, mask = 1): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[position] = (copy[position] ?? 0) ^ mask;
  return copy;
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
