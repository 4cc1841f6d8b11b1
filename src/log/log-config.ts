import type { FileSystemError } from '../base/file-system.ts';
import type { Offset } from '../base/ids.ts';

/** How one log is kept; frozen, replaced as a whole by `PartitionLog.reconfigure`. */
export interface LogConfig {
  /** A segment is closed rather than grow beyond this; at most 2^31 - 1. */
  readonly segmentBytes: number;
  /** A segment is closed when its first batch is older. */
  readonly segmentMs: number;
  /** Bytes of batches between two entries of the offset index. */
  readonly indexIntervalBytes: number;
  readonly maxMessageBytes: number;
  /** -1: none. */
  readonly retentionMs: number;
  /** -1: none. */
  readonly retentionBytes: number;
  /** Fixed for the life of a log. */
  readonly durability: 'fsync' | 'page-cache';
  readonly tailCacheBytes: number;
  /** With `page-cache`: bytes after which a sync is begun, which keeps the kernel from stalling writes. */
  readonly flushBytesBackground: number;
  /** Null or absent: the log is not compacted. */
  readonly compaction?: CompactionConfig | null;
}

/** How a log is compacted. */
export interface CompactionConfig {
  /** How long tombstones and transaction markers stay from when they are first met. */
  readonly deleteRetentionMs: number;
  /** What may be uncleaned, in percent of the bytes that could be cleaned, before it is worth it. */
  readonly minCleanableDirtyPercent: number;
  /** How long a record is left alone. */
  readonly minCompactionLagMs: number;
}

/** Told by a log what happened; all may be called while `append`, `flush` or `truncateTo` runs. */
export interface LogCallbacks {
  /**
   * Everything below `durableEndOffset` counts as durable: on the disk, or with `page-cache` written.
   * Never called with a generation other than the log's at that moment.
   */
  onDurable(truncationGeneration: number, durableEndOffset: Offset): void;
  /** A write or a sync failed: the log is offline for good (rule X12). Called once. */
  onFailure(error: FileSystemError): void;
  /** A sync has begun. One at a time: it ends with `onFlushed`, or the log fails. */
  onFlushBegan?(): void;
  /** The sync is over, and took `bytes` of batches to the disk. */
  onFlushed?(bytes: number): void;
  /** The active segment was full or old, and another one has been begun. */
  onRolled?(): void;
}

/** Positions in a segment are 31-bit. */
export const SEGMENT_BYTES_LIMIT = 2 ** 31 - 1;
