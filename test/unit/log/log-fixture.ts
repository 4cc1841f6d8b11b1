/** What the tests of this room share: batches, a log on memory files, and what it reported. */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- a test fails either way */
import { leaderEpoch, offset, timestamp } from '../../../src/base/ids.ts';
import type { Offset } from '../../../src/base/ids.ts';
import { syncDirectory } from '../../../src/base/file-system.ts';
import type { FileSystemError } from '../../../src/base/file-system.ts';
import { PartitionLog } from '../../../src/log/partition-log.ts';
import type { LogConfig } from '../../../src/log/log-config.ts';
import type { PartitionLogOptions } from '../../../src/log/partition-log.ts';
import { RecordBatchBuilder } from '../../../src/record/batch-builder.ts';
import { batchBaseOffset, batchLastOffset, stampBatch } from '../../../src/record/batch-header.ts';
import { encodeTransactionMarker } from '../../../src/record/control-batch.ts';
import type { TransactionOutcome } from '../../../src/record/control-batch.ts';
import { MemoryFileSystem } from '../../../src/testing/memory-file-system.ts';

export const DIRECTORY = 'data/orders-0';

export const CONFIG: LogConfig = {
  segmentBytes: 1 << 20,
  segmentMs: 7 * 24 * 3600 * 1000,
  indexIntervalBytes: 4096,
  maxMessageBytes: 1 << 20,
  retentionMs: -1,
  retentionBytes: -1,
  durability: 'fsync',
  tailCacheBytes: 1 << 20,
  flushBytesBackground: 1 << 20,
};

export interface BatchSpec {
  readonly at: number;
  readonly records?: number;
  readonly epoch?: number;
  readonly valueBytes?: number;
  readonly time?: number;
  /** What the values are filled with. */
  readonly fill?: number;
  readonly producer?: ProducerSpec;
}

export interface ProducerSpec {
  readonly id: number;
  readonly epoch?: number;
  readonly sequence?: number;
  readonly transactional?: boolean;
}

/** A stamped batch, as a partition host appends it. */
export function batch(spec: BatchSpec): Uint8Array {
  const builder = new RecordBatchBuilder({ bytesMax: 1 << 24 });
  const time = timestamp(spec.time ?? 1_000_000);
  const value = new Uint8Array(spec.valueBytes ?? 20).fill(spec.fill ?? 0x61);
  for (let index = 0; index < (spec.records ?? 1); index++) {
    builder.append({ key: null, value, timestamp: time });
  }
  const { producer } = spec;
  const bytes = builder.build(
    producer === undefined
      ? {}
      : {
          producerId: producer.id,
          producerEpoch: producer.epoch ?? 0,
          baseSequence: producer.sequence ?? 0,
          transactional: producer.transactional ?? false,
        },
  );
  stampBatch(bytes, 0, { baseOffset: offset(spec.at), leaderEpoch: spec.epoch ?? 0 });
  return bytes;
}

export interface MarkerSpec {
  readonly at: number;
  readonly epoch?: number;
  readonly outcome: TransactionOutcome;
  readonly producer: { readonly id: number; readonly epoch?: number };
  readonly time?: number;
}

/** A stamped transaction marker, as a leader appends it. */
export function marker(spec: MarkerSpec): Uint8Array {
  const bytes = encodeTransactionMarker({
    producerId: spec.producer.id,
    producerEpoch: spec.producer.epoch ?? 0,
    outcome: spec.outcome,
    coordinatorEpoch: 0,
    timestamp: timestamp(spec.time ?? 1_000_000),
  });
  stampBatch(bytes, 0, { baseOffset: offset(spec.at), leaderEpoch: spec.epoch ?? 0 });
  return bytes;
}

export interface OpenedLog {
  readonly log: PartitionLog;
  readonly durable: { generation: number; endOffset: number }[];
  readonly failures: FileSystemError[];
  /** What was told of syncs and rolls, in order. */
  readonly work: (string | number)[];
  /** What the mark was lowered to, in order. */
  readonly lowered: number[];
}

export async function openLog(
  fileSystem: MemoryFileSystem,
  options: Partial<Omit<PartitionLogOptions, 'config'>> & { config?: Partial<LogConfig> } = {},
): Promise<OpenedLog> {
  const durable: OpenedLog['durable'] = [];
  const failures: FileSystemError[] = [];
  const work: OpenedLog['work'] = [];
  const lowered: number[] = [];
  const log = await PartitionLog.open({
    fileSystem,
    directory: DIRECTORY,
    callbacks: {
      onDurable: (generation, endOffset) => durable.push({ generation, endOffset }),
      onFailure: (error) => failures.push(error),
      onFlushBegan: () => work.push('flush'),
      onFlushed: (bytes) => work.push(bytes),
      onRolled: () => work.push('rolled'),
    },
    durableMark: offset(0),
    markIntact: true,
    cleanStop: false,
    lowerMark: async (endOffset) => {
      lowered.push(endOffset);
    },
    now: timestamp(0),
    ...options,
    config: { ...CONFIG, ...options.config },
  });
  return { log, durable, failures, work, lowered };
}

/** A new disk with a log of epoch 0 in it. */
export async function newLog(
  config: Partial<LogConfig> = {},
  fileSystem: MemoryFileSystem = new MemoryFileSystem(),
): Promise<OpenedLog & { fileSystem: MemoryFileSystem }> {
  fileSystem.makeDirectory('data');
  await syncDirectory(fileSystem, '.');
  const opened = await openLog(fileSystem, { config });
  await opened.log.assignEpoch(leaderEpoch(0), offset(0));
  return { ...opened, fileSystem };
}

/** Appends `count` batches of `records` each at the log's end. */
export function appendMany(
  log: PartitionLog,
  count: number,
  spec: Omit<BatchSpec, 'at'> = {},
): void {
  for (let index = 0; index < count; index++) {
    log.append(
      batch({ ...spec, at: log.logEndOffset, epoch: spec.epoch ?? log.epochs.latestEpoch()! }),
    );
  }
}

/** Lets every callback that is due run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export async function flushed(log: PartitionLog): Promise<void> {
  log.flush();
  while (log.durableEndOffset < log.logEndOffset && log.failure === null) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** `[base, last]` of each batch. */
export function spans(batches: readonly Uint8Array[] | null): [number, number][] | null {
  return batches && batches.map((bytes) => [batchBaseOffset(bytes), batchLastOffset(bytes)]);
}

/** Everything in the log, read from the files. */
export async function readAll(log: PartitionLog, maxBytes = 1 << 16): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  let from: Offset = log.logStartOffset;
  while (from < log.logEndOffset) {
    const batches = await log.read(from, maxBytes, log.logEndOffset);
    if (batches.length === 0) throw new Error(`nothing to read at ${from} of ${log.logEndOffset}`);
    all.push(...batches);
    from = offset(batchLastOffset(all.at(-1)!) + 1);
  }
  return all;
}
