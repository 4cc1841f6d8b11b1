import type { ControllerEpoch, MetadataOffset } from '../base/ids.ts';

/**
 * Where the controller's events last. Records are opaque here. One controller is active at a time:
 * opening grants a controller epoch higher than any before, and fences whoever had an earlier one
 * (C8). Every failure is an `OdradekError`:
 *
 * - NOT_CONTROLLER: the epoch of an append is not the granted one; nothing was written.
 * - KAFKA_STORAGE_ERROR: the disk failed. The store is offline for good, and appends that were
 *   waiting may be found or not when it is opened again.
 * - CORRUPT_METADATA_JOURNAL: what was once durable cannot be read; nothing was changed.
 * - DATA_DIRECTORY_MISMATCH: laid down by a later version of this program.
 */
export interface MetadataStore {
  /** Recovers everything that was ever acknowledged, in order. Called once. */
  open(): Promise<RecoveredMetadata>;
  /**
   * Appends records as one atomic batch: after a crash all of them are there, or none. Their offsets
   * are decided by the order of the calls; resolves with the first one's once all are durable.
   */
  append(records: readonly Uint8Array[], controllerEpoch: ControllerEpoch): Promise<MetadataOffset>;
  /**
   * Lays down the state after every record below `nextOffset`, all of which must be durable. Records
   * that no kept snapshot needs are removed afterwards. One at a time.
   */
  writeSnapshot(bytes: Uint8Array, nextOffset: MetadataOffset): Promise<void>;
  /** Of the file that records are appended to: it grows until a snapshot has another one begun. */
  readonly journalBytes: number;
  /** Waits for what is under way. Appends are refused from now on. */
  close(): Promise<void>;
}

export interface RecoveredMetadata {
  /** Granted for this term; lasting. */
  readonly controllerEpoch: ControllerEpoch;
  readonly snapshot: { readonly bytes: Uint8Array; readonly nextOffset: MetadataOffset } | null;
  /** From the snapshot's `nextOffset` on, or from 0, without a gap. */
  readonly events: readonly StoredEvent[];
  /** What recovery found and dealt with, in sentences for the operator's log. */
  readonly notes: readonly string[];
}

export interface StoredEvent {
  readonly offset: MetadataOffset;
  readonly bytes: Uint8Array;
}
