/** Writes logs for Kafka to judge: a little of everything that a closed log may hold. */
import path from 'node:path';
import { OdradekError } from '../../../src/base/errors.ts';
import { leaderEpoch, offset, timestamp } from '../../../src/base/ids.ts';
import type { LeaderEpoch, Offset } from '../../../src/base/ids.ts';
import { codecFor } from '../../../src/client/compression/codecs.ts';
import type { CompactionConfig } from '../../../src/log/log-config.ts';
import { PartitionLog } from '../../../src/log/partition-log.ts';
import { NodeFileSystem } from '../../../src/platform/file-system.ts';
import {
  batchTotalBytes,
  COMPRESSIONS,
  readBatchHeader,
  RecordBatchBuilder,
  stampBatch,
} from '../../../src/record/index.ts';
import type { Compression, NewRecord } from '../../../src/record/index.ts';
import type { DumpedBatch, DumpedRecord } from './dump-output.ts';

export const SEGMENT_BYTES = 16 * 1024;
export const INDEX_INTERVAL_BYTES = 1024;
const START_MS = 1_700_000_000_000;

/** A batch as Kafka must find it; where it lies is for the reader to work out from the sizes. */
export type WrittenBatch = Omit<DumpedBatch, 'position'>;

/** The compressions whose packages are installed here. */
export async function installedCompressions(): Promise<Compression[]> {
  const installed: Compression[] = [];
  for (const name of COMPRESSIONS) {
    try {
      if (name !== 'none') await codecFor(name);
      installed.push(name);
    } catch (error) {
      if (!(error instanceof OdradekError && error.code === 'CODEC_UNAVAILABLE')) throw error;
    }
  }
  return installed;
}

/** Opens the log in `directory` as a broker does that did not stop cleanly. */
export function openLog(
  directory: string,
  compaction: CompactionConfig | null = null,
): Promise<PartitionLog> {
  return PartitionLog.open({
    fileSystem: new NodeFileSystem(),
    directory,
    config: {
      segmentBytes: SEGMENT_BYTES,
      segmentMs: 1_000_000_000_000,
      indexIntervalBytes: INDEX_INTERVAL_BYTES,
      maxMessageBytes: SEGMENT_BYTES,
      retentionMs: -1,
      retentionBytes: -1,
      durability: 'fsync',
      tailCacheBytes: 64 * 1024,
      flushBytesBackground: 1024 * 1024,
      compaction,
    },
    callbacks: {
      onDurable: () => {},
      onFailure: (error) => {
        throw error;
      },
    },
    durableMark: offset(0),
    markIntact: true,
    cleanStop: false,
    lowerMark: async () => {},
    now: timestamp(START_MS),
  });
}

/** Begins an epoch and appends `count` batches of it; `seed` varies what they hold. */
export async function appendBatches(
  log: PartitionLog,
  options: {
    readonly epoch: number;
    readonly seed: number;
    readonly count: number;
    readonly compressions: readonly Compression[];
  },
): Promise<WrittenBatch[]> {
  const epoch = leaderEpoch(options.epoch);
  await log.assignEpoch(epoch, log.logEndOffset);
  const written: WrittenBatch[] = [];
  for (let index = options.seed; index < options.seed + options.count; index++) {
    const compression = options.compressions[index % options.compressions.length] ?? 'none';
    const records = newRecords(index);
    // Every third batch is from nobody, as of a producer that is not idempotent.
    const producer =
      index % 3 === 0
        ? { producerId: -1, producerEpoch: -1, baseSequence: -1 }
        : { producerId: 4_000 + (index % 2), producerEpoch: 3, baseSequence: index * 10 };
    const bytes = await seal(records, compression, producer);
    written.push(stamp(bytes, log.logEndOffset, epoch, records));
    log.append(bytes);
    log.flush();
  }
  return written;
}

async function seal(
  records: readonly NewRecord[],
  compression: Compression,
  producer: { producerId: number; producerEpoch: number; baseSequence: number },
): Promise<Uint8Array> {
  const builder = new RecordBatchBuilder({ bytesMax: SEGMENT_BYTES });
  for (const record of records) builder.append(record);
  if (compression === 'none') return builder.build(producer);
  const codec = await codecFor(compression);
  return builder.sealCompressed(
    await codec.compress(builder.recordsSection),
    compression,
    producer,
  );
}

/** What a partition's leader does to a batch, and what Kafka must see of it afterwards. */
function stamp(
  bytes: Uint8Array,
  baseOffset: Offset,
  epoch: LeaderEpoch,
  records: readonly NewRecord[],
): WrittenBatch {
  stampBatch(bytes, 0, { baseOffset, leaderEpoch: epoch });
  const header = readBatchHeader(bytes);
  const lastDelta = records.length - 1;
  const sequenceOf = (delta: number) => (header.producerId < 0 ? -1 : header.baseSequence + delta);
  return {
    baseOffset,
    lastOffset: baseOffset + lastDelta,
    count: records.length,
    baseSequence: header.baseSequence,
    lastSequence: sequenceOf(lastDelta),
    producerId: header.producerId,
    producerEpoch: header.producerEpoch,
    leaderEpoch: epoch,
    isTransactional: false,
    isControl: false,
    deleteHorizon: null,
    maxTimestamp: Math.max(...records.map((record) => record.timestamp)),
    size: batchTotalBytes(bytes),
    magic: 2,
    codec: header.compression ?? '',
    crc: header.crc,
    isValid: true,
    records: records.map((record, delta): DumpedRecord => ({
      offset: baseOffset + delta,
      timestamp: record.timestamp,
      sequence: sequenceOf(delta),
      headerKeys: record.headers?.map(({ key }) => key) ?? [],
      keySize: sizeOf(record.key),
      valueSize: sizeOf(record.value),
      key: textOf(record.key),
      value: textOf(record.value),
      outcome: null,
    })),
  };
}

/** One to five records: with and without key, value and headers, in and out of order of time. */
function newRecords(index: number): NewRecord[] {
  const late = index % 7 === 0 ? 450 : 0;
  return Array.from({ length: 1 + (index % 5) }, (_, delta): NewRecord => ({
    key: delta === 3 ? null : delta === 4 ? '' : `key-${index}-${delta}-ä`,
    value: delta === 2 ? null : `value ${index} ${delta} € ${'x'.repeat((index * 37) % 400)}`,
    ...(delta === 1 && {
      headers: [
        { key: 'trace', value: new Uint8Array([0, 1, 254, 255]) },
        { key: 'empty', value: null },
      ],
    }),
    timestamp: timestamp(START_MS + index * 100 - late + (delta % 2) * 30),
  }));
}

function sizeOf(field: Uint8Array | string | null): number {
  return field === null ? -1 : Buffer.byteLength(field);
}

function textOf(field: Uint8Array | string | null): string | null {
  return field === null ? null : Buffer.from(field).toString('utf8');
}

/** `<directory>/00000000000000000120.log` for offset 120. */
export function segmentFile(directory: string, baseOffset: number, suffix: string): string {
  return path.join(directory, `${String(baseOffset).padStart(20, '0')}${suffix}`);
}
