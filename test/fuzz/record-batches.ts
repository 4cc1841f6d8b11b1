/** Record batches to begin with, and mutations that know their layout and can mend their checksums. */
import { offset, timestamp } from '../../src/base/ids.ts';
import type { Random } from '../../src/base/random.ts';
import { codecFor } from '../../src/client/compression/codecs.ts';
import type { CodecName } from '../../src/client/compression/codecs.ts';
import {
  ATTRIBUTES_POSITION,
  BATCH_LENGTH_POSITION,
  CRC_POSITION,
  LOG_APPEND_TIME_FLAG,
  MAGIC_POSITION,
  RECORDS_COUNT_POSITION,
  writeInt16,
  writeInt32,
} from '../../src/record/batch-header.ts';
import {
  BATCH_OVERHEAD,
  crc32c,
  LOG_OVERHEAD,
  RecordBatchBuilder,
  stampBatch,
} from '../../src/record/index.ts';
import type { NewRecord, SealOptions } from '../../src/record/index.ts';
import { concat, INTERESTING_INTEGERS, mutate, oneIn, pick } from './mutate.ts';

export const CODECS: readonly CodecName[] = ['gzip', 'snappy', 'lz4', 'zstd'];

/** When the records of seeds were made. */
export const RECORD_TIME = 1_700_000_000_000;

export interface BatchShape extends SealOptions {
  readonly records?: readonly Partial<NewRecord>[];
  readonly compression?: CodecName;
}

/** A batch as a client seals it. */
export async function sealedBatch(shape: BatchShape = {}): Promise<Uint8Array> {
  const { records = [{}, {}], compression, ...options } = shape;
  const builder = new RecordBatchBuilder({ bytesMax: 1 << 20, initialBytes: 4096 });
  for (const record of records) {
    builder.append({ key: null, value: 'a value', timestamp: timestamp(RECORD_TIME), ...record });
  }
  if (compression === undefined) return builder.build(options);
  const codec = await codecFor(compression);
  const compressed = await codec.compress(builder.recordsSection);
  return builder.sealCompressed(compressed, compression, options);
}

/** The same batch, as a leader has stamped it. */
export function stamped(batch: Uint8Array, baseOffset: number, leaderEpoch: number): Uint8Array {
  const copy = Uint8Array.from(batch);
  stampBatch(copy, 0, { baseOffset: offset(baseOffset), leaderEpoch });
  return copy;
}

/** Batches of every kind that a client may append. */
export async function producedBatches(): Promise<Uint8Array[]> {
  const many = Array.from({ length: 40 }, (_, index) => ({
    key: `key ${index}`,
    value: `${index} `.repeat(20),
    timestamp: timestamp(RECORD_TIME + index),
  }));
  const shapes: BatchShape[] = [
    { records: [{}] },
    { records: [{ key: '', value: '' }] },
    { records: [{ key: 'key', value: null }, { value: new Uint8Array(3) }] },
    {
      records: [
        {
          value: 'Grüße, 日本',
          headers: [
            { key: 'trace', value: 'abc' },
            { key: '', value: null },
          ],
        },
      ],
    },
    { records: [{ timestamp: timestamp(-1) }, { timestamp: timestamp(RECORD_TIME - 2 ** 40) }] },
    { producerId: 4711, producerEpoch: 3, baseSequence: 2 ** 31 - 2 },
    { producerId: 1, producerEpoch: 0, baseSequence: 0, transactional: true },
    { records: many },
    ...CODECS.flatMap((compression) => [{ compression }, { records: many, compression }]),
  ];
  return Promise.all(shapes.map(sealedBatch));
}

/** Stamped batches of kinds that only a broker makes, and runs of several. */
export async function storedBatches(): Promise<Uint8Array[]> {
  const plain = await sealedBatch();
  const logAppendTime = stamped(plain, 7, 1);
  writeInt16(logAppendTime, ATTRIBUTES_POSITION, LOG_APPEND_TIME_FLAG);
  const compacted = stamped(plain.slice(0, BATCH_OVERHEAD), 12, 4);
  writeInt32(compacted, BATCH_LENGTH_POSITION, BATCH_OVERHEAD - LOG_OVERHEAD);
  writeInt32(compacted, RECORDS_COUNT_POSITION, 0);
  const batches = await producedBatches();
  let next = 0;
  const run = batches.slice(0, 5).map((batch, index) => {
    const copy = stamped(batch, next, index);
    next += recordsIn(copy);
    return copy;
  });
  return [withRightChecksum(logAppendTime), withRightChecksum(compacted), concat(...run)];
}

/** What a header says of how many records follow. */
function recordsIn(batch: Uint8Array): number {
  return new DataView(batch.buffer, batch.byteOffset).getInt32(RECORDS_COUNT_POSITION);
}

/** Few bytes that claim, or become, very many. */
export async function bombs(): Promise<Uint8Array[]> {
  const zeros = new Uint8Array(1024 * 1024);
  const found: Uint8Array[] = [];
  for (const compression of CODECS) {
    const codec = await codecFor(compression);
    found.push(batchAround(await codec.compress(zeros), compression));
  }
  // A raw snappy stream that says that it becomes 4 GiB, and one of just as much.
  found.push(batchAround(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0x00), 'snappy'));
  // A zstd frame of one segment that says that it becomes 2^40 bytes, and one with a window of 2 GiB.
  found.push(
    batchAround(
      Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 1, 0, 0, 0x01, 0, 0),
      'zstd',
    ),
    batchAround(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0, 0), 'zstd'),
  );
  return found;
}

/** A sealed batch with exactly these bytes as its records section, which claims two records. */
export function batchAround(section: Uint8Array, compression: CodecName | null): Uint8Array {
  const builder = new RecordBatchBuilder({ bytesMax: 1 << 20, initialBytes: 256 });
  for (let index = 0; index < 2; index++) {
    builder.append({ key: null, value: null, timestamp: timestamp(RECORD_TIME) });
  }
  if (compression !== null) return builder.sealCompressed(section, compression);
  const header = builder.build().subarray(0, BATCH_OVERHEAD);
  const batch = concat(header, section);
  writeInt32(batch, BATCH_LENGTH_POSITION, batch.length - LOG_OVERHEAD);
  return withRightChecksum(batch);
}

/** The header's fields, as position and size. */
const FIELDS: readonly (readonly [number, number])[] = [
  ...([
    [0, 8],
    [8, 4],
    [12, 4],
    [16, 1],
    [17, 4],
    [21, 2],
    [23, 4],
  ] as const),
  ...([
    [27, 8],
    [35, 8],
    [43, 8],
    [51, 2],
    [53, 4],
    [57, 4],
  ] as const),
];

/** Sets one field of some header to a number at which programs turn over, or near what it was. */
export function mutateField(bytes: Uint8Array, random: Random): Uint8Array {
  const starts = batchStarts(bytes);
  const [position, size] = pick(FIELDS, random);
  const at = (starts.length === 0 ? 0 : pick(starts, random)) + position;
  if (at + size > bytes.length) return bytes;
  const result = Uint8Array.from(bytes);
  const near = oneIn(3, random);
  let value = pick(INTERESTING_INTEGERS, random);
  if (near) {
    value = 0n;
    for (let index = 0; index < size; index++)
      value = (value << 8n) | BigInt(bytes[at + index] ?? 0);
    value += BigInt(random.below(7) - 3);
  }
  for (let index = 0; index < size; index++) {
    result[at + index] = Number((value >> BigInt(8 * (size - 1 - index))) & 0xffn);
  }
  return result;
}

/**
 * With every length leading to the next batch or the end, the magic as it must be and every checksum
 * right: what comes behind those checks gets its turn.
 */
export function repaired(bytes: Uint8Array): Uint8Array {
  const result = Uint8Array.from(bytes);
  for (const start of batchStarts(result)) {
    const rest = result.length - start;
    if (rest < BATCH_OVERHEAD) break;
    let total = readLength(result, start);
    if (total < BATCH_OVERHEAD || total > rest) {
      total = rest;
      writeInt32(result, start + BATCH_LENGTH_POSITION, total - LOG_OVERHEAD);
    }
    result[start + MAGIC_POSITION] = 2;
    withRightChecksum(result, start, start + total);
  }
  return result;
}

/** The checksum of the batch in this range written anew, in place. */
export function withRightChecksum(
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.length,
): Uint8Array {
  writeInt32(bytes, start + CRC_POSITION, crc32c(bytes, start + ATTRIBUTES_POSITION, end));
  return bytes;
}

/**
 * A batch whose records were mutated before they were compressed: only who decompresses them sees
 * that.
 */
export async function batchOfMutatedRecords(
  batch: Uint8Array,
  random: Random,
  corpus: readonly Uint8Array[],
): Promise<Uint8Array> {
  const section = mutate(batch.subarray(BATCH_OVERHEAD), random, { corpus, bytesMax: 8192 });
  const compression = random.below(2) === 0 ? null : pick(CODECS, random);
  const codec = compression === null ? null : await codecFor(compression);
  const packed = codec === null ? section : await codec.compress(section);
  const result = batchAround(packed, compression);
  // The counts of the batch that the records came from.
  result.set(batch.subarray(23, BATCH_OVERHEAD), 23);
  return withRightChecksum(result);
}

/** Where batches begin, by their lengths; the last may be cut off. */
function batchStarts(bytes: Uint8Array): number[] {
  const starts: number[] = [];
  for (let at = 0; bytes.length - at >= LOG_OVERHEAD;) {
    starts.push(at);
    const total = readLength(bytes, at);
    if (total < BATCH_OVERHEAD) break;
    at += total;
  }
  return starts;
}

function readLength(bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return view.getInt32(at + BATCH_LENGTH_POSITION) + LOG_OVERHEAD;
}
