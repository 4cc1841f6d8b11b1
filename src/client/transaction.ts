import type { RangeDelivery, RecordDelivery } from './deliveries.ts';
import type { GroupOffset } from './group-offsets.ts';
import type { ProducerRecord } from './producer-records.ts';
import type { CallOptions } from './waiting.ts';

/**
 * One open transaction, as `producer.transaction()` hands it to its function; of no use afterwards.
 * What is sent need not be awaited: a failure makes the transaction fail.
 */
export interface Transaction {
  send(topic: string, record: ProducerRecord, options?: CallOptions): Promise<RecordDelivery>;
  sendBatch(
    topic: string,
    records: Iterable<ProducerRecord>,
    options?: CallOptions,
  ): Promise<RangeDelivery[]>;
  /** A sealed batch, which is made part of the transaction. */
  sendEncoded(
    topic: string,
    partition: number,
    batch: Uint8Array,
    options?: CallOptions,
  ): Promise<RangeDelivery>;
  /** Commits what a group has read, if and when the transaction commits. */
  sendOffsets(group: string, offsets: readonly GroupOffset[], options?: CallOptions): Promise<void>;
}
