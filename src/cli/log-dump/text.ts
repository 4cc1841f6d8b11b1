import { hex32 } from '../../client/segment-reader.ts';
import type { BatchItem, Item, RecordItem } from './item.ts';

/** A column of a table whose rows are written as they come, so that its width is settled beforehand. */
interface Column<Row> {
  readonly header: string;
  readonly width: number;
  readonly value: (row: Row) => string | number;
}

/** The lines above the items of one kind; [] where each says itself what it is. */
export function headingOf(kind: Item['kind']): string[] {
  const columns: readonly Pick<Column<never>, 'header' | 'width'>[] = COLUMNS[kind];
  if (columns.length === 0) return [];
  return [columns.map(({ header, width }) => header.padStart(width)).join('  ')];
}

/** An item as lines: a row, what is wrong with it, its records. */
export function textOf(item: Item): string[] {
  const problems = item.problems.map(({ position, reason }) => `  ! byte ${position}: ${reason}`);
  const records = item.kind === 'batch' ? (item.records ?? []).map(recordLine) : [];
  return [rowOf(item), ...problems, ...records];
}

function rowOf(item: Item): string {
  switch (item.kind) {
    case 'batch':
      return row(COLUMNS.batch, item);
    case 'offset-index-entry':
      return row(COLUMNS['offset-index-entry'], item);
    case 'time-index-entry':
      return row(COLUMNS['time-index-entry'], item);
    case 'leader-epoch':
      return row(COLUMNS['leader-epoch'], item);
    case 'damage':
      return `bytes ${item.position} to ${item.endPosition} cannot be read`;
  }
}

function row<Row>(columns: readonly Column<Row>[], value: Row): string {
  return columns.map((column) => String(column.value(value)).padStart(column.width)).join('  ');
}

type Of<Kind extends Item['kind']> = Extract<Item, { readonly kind: Kind }>;

const COLUMNS: { readonly [Kind in Item['kind']]: readonly Column<Of<Kind>>[] } = {
  batch: [
    { header: 'POSITION', width: 10, value: (item) => item.position },
    { header: 'BASE OFFSET', width: 12, value: (item) => item.baseOffset },
    { header: 'LAST OFFSET', width: 12, value: (item) => item.lastOffset },
    { header: 'RECORDS', width: 7, value: (item) => item.recordsCount },
    { header: 'LENGTH', width: 8, value: (item) => item.batchLength },
    { header: 'EPOCH', width: 5, value: (item) => item.leaderEpoch },
    { header: 'MAGIC', width: 5, value: (item) => item.magic },
    { header: 'CRC', width: 10, value: (item) => hex32(item.crc) },
    { header: 'BASE TIMESTAMP', width: 14, value: (item) => item.baseTimestamp },
    { header: 'MAX TIMESTAMP', width: 13, value: (item) => item.maxTimestamp },
    { header: 'PRODUCER', width: 10, value: (item) => item.producerId },
    { header: 'ITS EPOCH', width: 9, value: (item) => item.producerEpoch },
    { header: 'SEQUENCE', width: 10, value: (item) => item.baseSequence },
    { header: 'ATTRIBUTES', width: 10, value: attributesOf },
  ],
  'offset-index-entry': [
    { header: 'POSITION', width: 10, value: (item) => item.position },
    { header: 'LAST OFFSET', width: 12, value: (item) => item.offset },
    { header: 'LOG POSITION', width: 12, value: (item) => item.logPosition },
  ],
  'time-index-entry': [
    { header: 'POSITION', width: 10, value: (item) => item.position },
    { header: 'TIMESTAMP', width: 14, value: (item) => item.timestamp },
    { header: 'LAST OFFSET', width: 12, value: (item) => item.offset },
  ],
  'leader-epoch': [
    { header: 'POSITION', width: 10, value: (item) => item.position },
    { header: 'EPOCH', width: 10, value: (item) => item.leaderEpoch },
    { header: 'START OFFSET', width: 12, value: (item) => item.startOffset },
  ],
  damage: [],
};

/** `0x0011 gzip transactional`. */
function attributesOf(item: BatchItem): string {
  const words = [`0x${item.attributes.toString(16).padStart(4, '0')}`];
  words.push(item.compression ?? 'unknown-compression');
  if (item.timestampType === 'LogAppendTime') words.push('log-append-time');
  if (item.isTransactional) words.push('transactional');
  if (item.isControl) words.push('control');
  if (item.hasDeleteHorizon) words.push('delete-horizon');
  return words.join(' ');
}

function recordLine(record: RecordItem): string {
  const fields = [
    `  | offset ${record.offset}`,
    `timestamp ${record.timestamp}`,
    `key ${fieldOf(record.key, record.keyEncoding)}`,
    `value ${fieldOf(record.value, record.valueEncoding)}`,
  ];
  if (record.headers.length > 0) {
    const pairs = record.headers.map(
      ({ key, value, encoding }) => `${key}=${fieldOf(value, encoding)}`,
    );
    fields.push(`headers ${pairs.join(' ')}`);
  }
  return fields.join('  ');
}

/** Quoted, so that a record stays on its line; `base64:` in front of what is no text. */
function fieldOf(text: string | null, encoding: 'base64' | undefined): string {
  return encoding === 'base64' ? `base64:${text}` : JSON.stringify(text);
}
