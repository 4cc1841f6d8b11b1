import type { Damage, LogRecord, Problem, SegmentBatch } from '../../client/segment-reader.ts';
import type { OffsetIndexEntry, TimeIndexEntry } from '../../client/segment-index-reader.ts';

/** What `log dump` prints: a batch, an entry, or a stretch that is neither, in the shape of its JSON. */
export type Item = BatchItem | DamageItem | OffsetIndexItem | TimeIndexItem | LeaderEpochItem;

interface ItemOf<Kind extends string> {
  readonly file: string;
  readonly kind: Kind;
  /** The byte of the file at which it begins. */
  readonly position: number;
  /** What is wrong with it, and at which byte that shows; [] if nothing is. */
  readonly problems: readonly Problem[];
}

/** Every field of a batch's header, and what follows from them. */
export interface BatchItem extends ItemOf<'batch'> {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly batchLength: number;
  readonly totalBytes: number;
  readonly leaderEpoch: number;
  readonly magic: number;
  readonly crc: number;
  /** What the bytes give; `crc` is what the header says. */
  readonly computedCrc: number;
  readonly attributes: number;
  readonly compression: string | null;
  readonly timestampType: string;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly hasDeleteHorizon: boolean;
  readonly lastOffsetDelta: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordsCount: number;
  /** Only if they were asked for. */
  readonly records?: readonly RecordItem[];
}

/** Bytes that are UTF-8 are text, others base64, and then an encoding beside them says so. */
export interface RecordItem {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly keyEncoding?: 'base64';
  readonly value: string | null;
  readonly valueEncoding?: 'base64';
  readonly headers: readonly HeaderItem[];
}

export interface HeaderItem {
  readonly key: string;
  readonly value: string | null;
  readonly encoding?: 'base64';
}

export interface DamageItem extends ItemOf<'damage'> {
  readonly endPosition: number;
}

export interface OffsetIndexItem extends ItemOf<'offset-index-entry'> {
  readonly offset: number;
  readonly logPosition: number;
}

export interface TimeIndexItem extends ItemOf<'time-index-entry'> {
  readonly timestamp: number;
  readonly offset: number;
}

export interface LeaderEpochItem extends ItemOf<'leader-epoch'> {
  readonly leaderEpoch: number;
  readonly startOffset: number;
}

export function batchItem(
  file: string,
  batch: SegmentBatch,
  records: readonly LogRecord[] | null,
  problems: readonly Problem[],
): BatchItem {
  const { header } = batch;
  return {
    file,
    kind: 'batch',
    position: batch.position,
    problems,
    baseOffset: header.baseOffset,
    lastOffset: header.lastOffset,
    batchLength: header.batchLength,
    totalBytes: header.totalBytes,
    leaderEpoch: header.leaderEpoch,
    magic: MAGIC,
    crc: header.crc,
    computedCrc: batch.computedCrc,
    attributes: header.attributes,
    compression: header.compression,
    timestampType: header.timestampType,
    isTransactional: header.isTransactional,
    isControl: header.isControl,
    hasDeleteHorizon: header.hasDeleteHorizon,
    lastOffsetDelta: header.lastOffsetDelta,
    baseTimestamp: header.baseTimestamp,
    maxTimestamp: header.maxTimestamp,
    producerId: header.producerId,
    producerEpoch: header.producerEpoch,
    baseSequence: header.baseSequence,
    recordsCount: header.recordsCount,
    ...(records === null ? {} : { records: records.map(recordItem) }),
  };
}

export function damageItem(file: string, { position, endPosition, problems }: Damage): DamageItem {
  return { file, kind: 'damage', position, problems, endPosition };
}

export function indexItem(
  file: string,
  entry: OffsetIndexEntry | TimeIndexEntry,
): OffsetIndexItem | TimeIndexItem {
  return { file, ...entry };
}

/** A batch of another is not read: it is damage. */
const MAGIC = 2;

function recordItem(record: LogRecord): RecordItem {
  const key = textOf(record.key);
  const value = textOf(record.value);
  return {
    offset: record.offset,
    timestamp: record.timestamp,
    key: key.text,
    ...(key.isBase64 && { keyEncoding: 'base64' }),
    value: value.text,
    ...(value.isBase64 && { valueEncoding: 'base64' }),
    headers: record.headers.map((header) => {
      const { text, isBase64 } = textOf(header.value);
      return { key: header.key, value: text, ...(isBase64 && { encoding: 'base64' }) };
    }),
  };
}

function textOf(bytes: Uint8Array | null): { text: string | null; isBase64: boolean } {
  if (bytes === null) return { text: null, isBase64: false };
  try {
    return { text: DECODER.decode(bytes), isBase64: false };
  } catch (error) {
    // What a fatal decoder throws for bytes that are not UTF-8.
    if (!(error instanceof TypeError)) throw error;
    return { text: Buffer.from(bytes).toString('base64'), isBase64: true };
  }
}

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
