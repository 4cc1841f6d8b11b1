import type { LogRecord, RecordBatchView, RecordCursor } from '../record/index.ts';

/** A record as the application gets it. Its bytes are views on the batch: copy what is to be kept long. */
export interface ConsumerRecord extends LogRecord {
  readonly topic: string;
  readonly partition: number;
}

/**
 * Some consecutive records of one partition, as they were written together. Decoded as they are read;
 * reading again decodes again.
 */
export class ConsumerBatch {
  readonly topic: string;
  readonly partition: number;
  /** Of the first record that was asked for. */
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** Up to where records could be read when the batch was sent; null if the leader did not say. */
  readonly highWatermark: number | null;
  /** The batch as it was written, which may begin before `baseOffset`. */
  readonly view: RecordBatchView;

  constructor(parts: {
    readonly topic: string;
    readonly partition: number;
    readonly fromOffset: number;
    readonly highWatermark: number | null;
    readonly view: RecordBatchView;
  }) {
    this.topic = parts.topic;
    this.partition = parts.partition;
    this.view = parts.view;
    this.highWatermark = parts.highWatermark;
    this.baseOffset = Math.max(parts.fromOffset, parts.view.header.baseOffset);
    this.lastOffset = parts.view.header.lastOffset;
  }

  get leaderEpoch(): number {
    return this.view.header.leaderEpoch;
  }

  /** The size of the batch as it was sent. */
  get bytes(): number {
    return this.view.header.totalBytes;
  }

  /** How many records there are, less what compaction has removed among those not asked for. */
  get count(): number {
    const { recordsCount, baseOffset } = this.view.header;
    return Math.max(0, recordsCount - (this.baseOffset - baseOffset));
  }

  /**
   * Calls `fn` for every record with one and the same cursor, the quick way: what is to outlive the
   * call is copied out of it (`toRecord`).
   */
  forEach(fn: (record: RecordCursor) => void): void {
    const cursor = this.view.cursor();
    while (cursor.next()) {
      if (cursor.offset >= this.baseOffset) fn(cursor);
    }
  }

  *records(): Generator<ConsumerRecord, void> {
    const { topic, partition } = this;
    const cursor = this.view.cursor();
    while (cursor.next()) {
      if (cursor.offset < this.baseOffset) continue;
      const { offset, timestamp, key, value, headers } = cursor;
      yield { topic, partition, offset, timestamp, key, value, headers };
    }
  }

  [Symbol.iterator](): Generator<ConsumerRecord, void> {
    return this.records();
  }
}
