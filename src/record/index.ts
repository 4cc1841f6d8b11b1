/** Record batches, their checksum and the history of leader epochs: bytes to values and back. */
export { CorruptBatch } from './corrupt-batch.ts';
export type { Compression } from './compression.ts';
export { COMPRESSIONS, compressionCode, compressionOf } from './compression.ts';
export type { Crc32c } from './crc32c.ts';
export { crc32c, CRC32C_IMPLEMENTATIONS, crc32cImplementation } from './crc32c.ts';
export type { BatchHeader, TimestampType } from './batch-header.ts';
export {
  BATCH_MAGIC,
  BATCH_OVERHEAD,
  batchBaseOffset,
  batchLastOffset,
  batchLeaderEpoch,
  batchMagic,
  batchMaxTimestamp,
  batchRecordsCount,
  batchTotalBytes,
  LOG_OVERHEAD,
  NO_LEADER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  readBatchHeader,
  stampBatch,
} from './batch-header.ts';
export type { BatchesEnd } from './batch-iterator.ts';
export { batchesIn, forEachBatch, wholeBatchBytes } from './batch-iterator.ts';
export type { BatchSummary, ProduceLimits, ReplicatedBatch } from './validate-batch.ts';
export { checkReplicatedBatches, crcAgrees, validateProducedBatch } from './validate-batch.ts';
export type { NewRecord, NewRecordHeader, ProducerState, SealOptions } from './batch-builder.ts';
export { RecordBatchBuilder, writeProducerState } from './batch-builder.ts';
export type { LogRecord, RecordHeader } from './record-batch.ts';
export { RecordBatchView, RecordCursor } from './record-batch.ts';
export type { EpochEndOffset, EpochEntry } from './leader-epoch-history.ts';
export {
  encodeLeaderEpochCheckpoint,
  LeaderEpochHistory,
  parseLeaderEpochCheckpoint,
} from './leader-epoch-history.ts';
export type { ControlRecord, TransactionMarker, TransactionOutcome } from './control-batch.ts';
export { encodeTransactionMarker, MARKER_BYTES, readControlRecord } from './control-batch.ts';
export type {
  CompletedTransaction,
  KnownBatch,
  ProducerBatch,
  ProducerState as PartitionProducer,
  ProducerVerdict,
} from './producer-states.ts';
export {
  KNOWN_BATCHES_MAX,
  producerBatchOf,
  ProducerStates,
  sequenceAfter,
} from './producer-states.ts';
export { decodeProducerSnapshot, encodeProducerSnapshot } from './producer-snapshot.ts';
export { refuseNullKeys, stampAppendTime } from './append-checks.ts';
