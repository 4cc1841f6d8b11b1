import { firstIndex } from '../base/sorted.ts';
import type { Offset, Timestamp } from '../base/ids.ts';
import { offset } from '../base/ids.ts';
import {
  ATTRIBUTES_POSITION,
  BASE_TIMESTAMP_POSITION,
  BATCH_LENGTH_POSITION,
  BATCH_OVERHEAD,
  CRC_POSITION,
  DELETE_HORIZON_FLAG,
  LOG_OVERHEAD,
  MAX_TIMESTAMP_POSITION,
  RECORDS_COUNT_POSITION,
  readUint16,
  writeInt16,
  writeInt32,
  writeInt64,
} from '../record/batch-header.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { CorruptBatch } from '../record/corrupt-batch.ts';
import { readControlRecord, type ControlRecord } from '../record/control-batch.ts';
import { crc32c } from '../record/crc32c.ts';
import type { ProducerStates } from '../record/producer-states.ts';
import type { BatchCodec, BatchCodecs } from './batch-codecs.ts';
import type { OffsetMap } from './offset-map.ts';
import { recordBytesWith, walkRawRecords, writeRecordWith } from './raw-records.ts';
import type { RawRecord } from './raw-records.ts';
import type { AbortedTransaction } from './transaction-index.ts';

export interface FilterOptions {
  readonly map: OffsetMap;
  /** What lies here or behind is not in the map, and is kept as it is. */
  readonly endOffset: Offset;
  readonly now: Timestamp;
  /** How long from `now` a tombstone or a marker stays that is met for the first time. */
  readonly deleteRetentionMs: number;
  /** Every replica holds what lies in front of it: at or behind it, tombstones and markers stay. */
  readonly replicatedTo: Offset;
  /** Those that may have batches in what is cleaned, in the order of their markers. */
  readonly aborted: readonly AbortedTransaction[];
  /** As of the log's end: whose last batch is still needed. */
  readonly producers: ProducerStates;
  readonly codecs: BatchCodecs;
  /** A batch is kept as it is because its records cannot be read; told once per reason. */
  readonly onUnreadable: (reason: string) => void;
}

/** What becomes of a batch. */
export type Filtered =
  | { readonly kind: 'kept' }
  | { readonly kind: 'changed'; readonly bytes: Uint8Array }
  /** No record is left; whether its producer's sequence must stay known. */
  | { readonly kind: 'emptied'; readonly keepsProducer: boolean };

/**
 * Decides what compaction leaves of each batch of a log, called with every batch from the log's
 * first one on, in their order: a transaction's marker goes only when nothing of it is left. One
 * cleaning, one filter.
 */
export class BatchFilter {
  readonly #options: FilterOptions;
  readonly #abortedBy = new Map<number, AbortedTransaction[]>();
  /** Producers of whose transaction, the one under way at this place, batches have been kept. */
  readonly #withBatches = new Set<number>();
  readonly #unreadable = new Set<string>();
  /** When the first of the tombstones and markers that wait may go; -1: none waits. */
  #horizon = -1;
  /** The first batch with a tombstone or marker whose time is over, and that not every replica has. */
  #heldBackFrom: Offset | null = null;

  constructor(options: FilterOptions) {
    this.#options = options;
    for (const one of options.aborted) {
      const known = this.#abortedBy.get(one.producerId);
      if (known === undefined) this.#abortedBy.set(one.producerId, [one]);
      else known.push(one);
    }
  }

  get horizon(): number {
    return this.#horizon;
  }

  get heldBackFrom(): Offset | null {
    return this.#heldBackFrom;
  }

  /** Whether a transactional batch at `at` is part of a transaction that was aborted. */
  isAborted(producerId: number, at: Offset): boolean {
    const entries = this.#abortedBy.get(producerId) ?? [];
    const ended =
      entries[firstIndex(0, entries.length, (index) => (entries[index]?.lastOffset ?? 0) >= at)];
    return ended !== undefined && ended.firstOffset <= at;
  }

  /**
   * The records of `batch` as they were before compression; null where they cannot be read, which is
   * told. The batch has been checked against its checksum.
   */
  async recordsOf(batch: Uint8Array, header: BatchHeader): Promise<Uint8Array | null> {
    const section = batch.subarray(BATCH_OVERHEAD);
    try {
      const codec = await this.#codecOf(header);
      if (codec === undefined) return null;
      const records =
        codec === null ? section : await codec.decompress(section, DECOMPRESSED_BYTES_MAX);
      // Before anything is concluded from a part of them.
      walkRawRecords(records, header.recordsCount, () => {});
      return records;
    } catch (error) {
      // A producer may seal nonsense under a good checksum; consumers refuse it.
      if (!(error instanceof CorruptBatch)) throw error;
      this.#tellUnreadable(`its records make no sense: ${error.reason}`);
      return null;
    }
  }

  async filter(batch: Uint8Array, header: BatchHeader): Promise<Filtered> {
    if (header.isControl) return this.#filterControl(batch, header);
    if (header.recordsCount === 0) {
      const keepsProducer = this.#isLastOfProducer(header);
      return keepsProducer ? KEPT : { kind: 'emptied', keepsProducer };
    }
    const isBehind = header.baseOffset >= this.#options.endOffset;
    if (!isBehind && header.isTransactional) {
      if (this.isAborted(header.producerId, header.baseOffset)) return this.#emptied(header);
    }
    const filtered = isBehind ? KEPT : await this.#filterRecords(batch, header);
    if (header.isTransactional && filtered.kind !== 'emptied') {
      this.#withBatches.add(header.producerId);
    }
    return filtered;
  }

  #filterControl(batch: Uint8Array, header: BatchHeader): Filtered | Promise<Filtered> {
    const record = this.#controlRecord(batch);
    if (record === 'unreadable') return KEPT;
    if (record === null) return { kind: 'emptied', keepsProducer: false };
    if (record.marker === null) return KEPT;
    const hasBatches = this.#withBatches.delete(header.producerId);
    const isBehind = header.baseOffset >= this.#options.endOffset;
    const known = this.#options.producers.get(header.producerId);
    if (isBehind || hasBatches || known?.markerOffset === header.baseOffset) return KEPT;
    if (header.hasDeleteHorizon) {
      if (this.#isOver(header)) return { kind: 'emptied', keepsProducer: false };
      this.#waitFor(header);
      return KEPT;
    }
    const section = batch.subarray(BATCH_OVERHEAD);
    return this.#rewritten(batch, header, section, {
      keep: () => true,
      codec: null,
      horizon: true,
    });
  }

  #controlRecord(batch: Uint8Array): ControlRecord | null | 'unreadable' {
    try {
      return readControlRecord(batch);
    } catch (error) {
      if (!(error instanceof CorruptBatch)) throw error;
      this.#tellUnreadable(`a control batch makes no sense: ${error.reason}`);
      return 'unreadable';
    }
  }

  async #filterRecords(batch: Uint8Array, header: BatchHeader): Promise<Filtered> {
    const records = await this.recordsOf(batch, header);
    if (records === null) return KEPT;
    const { map, endOffset } = this.#options;
    const tombstonesMayGo = header.hasDeleteHorizon && this.#isOver(header);
    let kept = 0;
    let tombstones = 0;
    const keeps = (record: RawRecord): boolean => {
      const at = offset(header.baseOffset + record.offsetDelta);
      if (at >= endOffset) return true;
      if (record.keyLength < 0) return false;
      const key = records.subarray(record.keyStart, record.keyStart + record.keyLength);
      const newest = map.get(key);
      if (newest !== null && at < newest) return false;
      if (record.valueLength >= 0) return true;
      if (tombstonesMayGo) return false;
      tombstones++;
      return true;
    };
    const keep = new Uint8Array(header.recordsCount);
    let index = 0;
    walkRawRecords(records, header.recordsCount, (record) => {
      if (keeps(record)) {
        keep[index] = 1;
        kept++;
      }
      index++;
    });
    if (kept === 0) return this.#emptied(header);
    const needsHorizon = tombstones > 0 && !header.hasDeleteHorizon;
    if (kept === header.recordsCount && !needsHorizon) {
      if (tombstones > 0) this.#waitFor(header);
      return KEPT;
    }
    if (tombstones > 0 && header.hasDeleteHorizon) this.#waitFor(header);
    const codec = await this.#codecOf(header);
    index = 0;
    return this.#rewritten(batch, header, records, {
      keep: () => keep[index++] === 1,
      codec: codec ?? null,
      horizon: needsHorizon,
    });
  }

  #emptied(header: BatchHeader): Filtered {
    return { kind: 'emptied', keepsProducer: this.#isLastOfProducer(header) };
  }

  #isLastOfProducer(header: BatchHeader): boolean {
    const last = this.#options.producers.get(header.producerId)?.batches.at(-1);
    return last?.lastOffset === header.lastOffset && header.producerId >= 0;
  }

  /** The batch with those of its records that `keep` says, and from now on a horizon if asked for. */
  async #rewritten(
    batch: Uint8Array,
    header: BatchHeader,
    records: Uint8Array,
    how: { keep: () => boolean; codec: BatchCodec | null; horizon: boolean },
  ): Promise<Filtered> {
    const horizon = this.#options.now + this.#options.deleteRetentionMs;
    const baseTimestamp = how.horizon ? horizon : header.baseTimestamp;
    const shift = header.baseTimestamp - baseTimestamp;
    const section =
      shift === 0 ? new Uint8Array(records.length) : sectionFor(records, header, shift);
    let at = 0;
    let count = 0;
    let maxTimestamp = -1;
    walkRawRecords(records, header.recordsCount, (record) => {
      if (!how.keep()) return;
      count++;
      maxTimestamp = Math.max(maxTimestamp, header.baseTimestamp + record.timestampDelta);
      if (shift === 0) {
        section.set(records.subarray(record.start, record.end), at);
        at += record.end - record.start;
      } else {
        at = writeRecordWith(section, at, records, record, record.timestampDelta + shift);
      }
    });
    const kept = section.subarray(0, at);
    const sealed = how.codec === null ? kept : await how.codec.compress(kept);
    const bytes = new Uint8Array(BATCH_OVERHEAD + sealed.length);
    bytes.set(batch.subarray(0, BATCH_OVERHEAD));
    bytes.set(sealed, BATCH_OVERHEAD);
    writeInt32(bytes, BATCH_LENGTH_POSITION, bytes.length - LOG_OVERHEAD);
    if (how.horizon) {
      const attributes = readUint16(bytes, ATTRIBUTES_POSITION) | DELETE_HORIZON_FLAG;
      writeInt16(bytes, ATTRIBUTES_POSITION, attributes);
      writeInt64(bytes, BASE_TIMESTAMP_POSITION, baseTimestamp);
      this.#wait(horizon);
    }
    if (header.timestampType === 'CreateTime') {
      writeInt64(bytes, MAX_TIMESTAMP_POSITION, maxTimestamp);
    }
    writeInt32(bytes, RECORDS_COUNT_POSITION, count);
    writeInt32(bytes, CRC_POSITION, crc32c(bytes, ATTRIBUTES_POSITION));
    return { kind: 'changed', bytes };
  }

  /** Null for records that are not compressed, undefined where the codec is not installed. */
  async #codecOf({ compression }: BatchHeader): Promise<BatchCodec | null | undefined> {
    if (compression === 'none') return null;
    const codec = compression === null ? null : await this.#options.codecs.find(compression);
    if (codec !== null) return codec;
    this.#tellUnreadable(`the codec for ${compression ?? 'its compression'} is not installed`);
    return undefined;
  }

  #tellUnreadable(reason: string): void {
    if (this.#unreadable.has(reason)) return;
    this.#unreadable.add(reason);
    this.#options.onUnreadable(reason);
  }

  /** Whether the tombstones or the marker of a batch with a horizon may go. */
  #isOver({ baseTimestamp, lastOffset }: BatchHeader): boolean {
    const { now, replicatedTo } = this.#options;
    return now >= baseTimestamp && lastOffset < replicatedTo;
  }

  /** They stay for now: until their time is over, or every replica has them. */
  #waitFor({ baseTimestamp, lastOffset }: BatchHeader): void {
    if (this.#options.now < baseTimestamp) this.#wait(baseTimestamp);
    // Batches come in the order of their offsets.
    else this.#heldBackFrom ??= lastOffset;
  }

  #wait(horizon: number): void {
    if (this.#horizon < 0 || horizon < this.#horizon) this.#horizon = horizon;
  }
}

/** Room for all records with other timestamp deltas. */
function sectionFor(records: Uint8Array, header: BatchHeader, shift: number): Uint8Array {
  let bytes = 0;
  walkRawRecords(records, header.recordsCount, (record) => {
    bytes += recordBytesWith(record, record.timestampDelta + shift);
  });
  return new Uint8Array(bytes);
}

const KEPT: Filtered = { kind: 'kept' };
/** More than any topic takes as one batch, and by far; what a producer sends may be a bomb. */
const DECOMPRESSED_BYTES_MAX = 256 * 1024 * 1024;
