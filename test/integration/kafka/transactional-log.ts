/** Writes and compacts a log of transactions, for Kafka to judge. */
import { leaderEpoch, offset, timestamp } from '../../../src/base/ids.ts';
import { codecFor } from '../../../src/client/compression/codecs.ts';
import { installedCodecs } from '../../../src/log/batch-codecs.ts';
import type { CompactionReport } from '../../../src/log/compaction.ts';
import type { PartitionLog } from '../../../src/log/partition-log.ts';
import {
  encodeTransactionMarker,
  RecordBatchBuilder,
  stampBatch,
} from '../../../src/record/index.ts';
import { openLog } from './written-log.ts';

export const START_MS = 1_700_000_000_000;
/** The transactional producer, and one that is idempotent alone. */
export const TRANSACTIONAL = 9;
export const IDEMPOTENT = 7;
export const TRANSACTIONS = 30;
const BATCHES = 4;
const RECORDS = 3;
const DELETE_RETENTION_MS = 1_000;

export const COMPACTION = {
  deleteRetentionMs: DELETE_RETENTION_MS,
  minCleanableDirtyPercent: 0,
  minCompactionLagMs: 0,
};

/**
 * Transactions of four batches, of which every third is aborted, between batches of another producer;
 * the keys return again and again, and every fifth value is a tombstone. The last one stays open.
 * Closed and opened again in the middle.
 */
export async function writeTransactions(directory: string): Promise<void> {
  let log = await openLog(directory, COMPACTION);
  await log.assignEpoch(leaderEpoch(0), offset(0));
  for (let index = 0; index < TRANSACTIONS; index++) {
    if (index === TRANSACTIONS / 2) {
      await log.close({ clean: true });
      log = await openLog(directory, COMPACTION);
      await log.assignEpoch(leaderEpoch(2), log.logEndOffset);
    }
    for (let batch = 0; batch < BATCHES; batch++) {
      await append(log, index, batch, TRANSACTIONAL);
      await append(log, index, batch, IDEMPOTENT);
    }
    if (index === TRANSACTIONS - 1) break;
    stampAndAppend(
      log,
      encodeTransactionMarker({
        producerId: TRANSACTIONAL,
        producerEpoch: index + 1,
        outcome: isAborted(index) ? 'abort' : 'commit',
        coordinatorEpoch: 4,
        timestamp: timestamp(START_MS + index),
      }),
    );
  }
  log.flush();
  await log.close({ clean: true });
}

export function isAborted(transaction: number): boolean {
  return transaction % 3 === 0;
}

/** Compacts until nothing changes any more, as at `atMs` behind the first batch. */
export async function compact(directory: string, atMs: number): Promise<CompactionReport> {
  const log = await openLog(directory, COMPACTION);
  let report: CompactionReport | null = null;
  let before = -1;
  while (before !== log.sizeBytes) {
    before = log.sizeBytes;
    report = await log.compact({
      now: timestamp(START_MS + atMs),
      upTo: log.producers.lastStableOffset(log.logEndOffset),
      replicatedTo: log.logEndOffset,
      dedupeBufferBytes: 1 << 20,
      hashSeed: [1, 2, 3, 4],
      codecs: installedCodecs(codecFor),
      pause: () => Promise.resolve(),
      isCancelled: () => false,
      onUnreadable: (reason) => {
        throw new Error(reason);
      },
    });
  }
  await log.close({ clean: true });
  if (report === null) throw new Error('nothing was compacted');
  return report;
}

async function append(
  log: PartitionLog,
  transaction: number,
  batch: number,
  producerId: number,
): Promise<void> {
  const builder = new RecordBatchBuilder({ bytesMax: 1 << 16 });
  const isTransactional = producerId === TRANSACTIONAL;
  for (let index = 0; index < RECORDS; index++) {
    const number = (transaction * BATCHES + batch) * RECORDS + index;
    builder.append({
      key: `${isTransactional ? 'account' : 'audit'}-${number % 40}`,
      value: number % 5 === 0 ? null : `${number} `.repeat(20),
      timestamp: timestamp(START_MS + transaction),
    });
  }
  const baseSequence = isTransactional
    ? batch * RECORDS
    : (transaction * BATCHES + batch) * RECORDS;
  const seal = {
    producerId,
    producerEpoch: isTransactional ? transaction : 0,
    baseSequence,
    transactional: isTransactional,
  };
  if (batch % 2 === 0) return stampAndAppend(log, builder.build(seal));
  const gzip = await codecFor('gzip');
  const records = await gzip.compress(builder.recordsSection);
  stampAndAppend(log, builder.sealCompressed(records, 'gzip', seal));
}

function stampAndAppend(log: PartitionLog, bytes: Uint8Array): void {
  stampBatch(bytes, 0, {
    baseOffset: log.logEndOffset,
    leaderEpoch: log.epochs.latestEpoch() ?? 0,
  });
  log.append(bytes);
}
