import path from 'node:path';
import { offset } from '../../base/ids.ts';
import type { Offset } from '../../base/ids.ts';
import {
  parseLeaderEpochCheckpoint,
  readRecords,
  readSegment,
} from '../../client/segment-reader.ts';
import type { ByteSource, SegmentBatch } from '../../client/segment-reader.ts';
import { readOffsetIndex, readTimeIndex } from '../../client/segment-index-reader.ts';
import { batchItem, damageItem, indexItem } from './item.ts';
import type { BatchItem, Item } from './item.ts';

/** The files of a log that can be dumped, by their names. */
export type FileKind = 'segment' | 'offset-index' | 'time-index' | 'leader-epochs';

export interface DumpedFile {
  /** As it was named. */
  readonly file: string;
  readonly kind: FileKind;
  /** What the name says; null where it says nothing. */
  readonly baseOffset: Offset | null;
  /** The first batch need not begin at `baseOffset`: what was cut off a segment, for one. */
  readonly isFragment: boolean;
}

/** Null for a name that no file of a log has. */
export function fileKindOf(file: string): DumpedFile | null {
  const name = path.basename(file);
  if (/^leader-epoch-checkpoint(\.|$)/.test(name)) {
    return { file, kind: 'leader-epochs', baseOffset: null, isFragment: false };
  }
  const match = /^(?:(\d{20})|.*)\.(log|index|timeindex)(\..+)?$/.exec(name);
  if (match === null) return null;
  const [, digits, extension, suffix] = match;
  const value = Number(digits ?? NaN);
  const baseOffset = Number.isSafeInteger(value) ? offset(value) : null;
  const isFragment = suffix?.startsWith('.cut-') === true;
  if (extension === 'log') return { file, kind: 'segment', baseOffset, isFragment };
  // Their entries count from the base offset.
  if (baseOffset === null) return null;
  const kind = extension === 'index' ? 'offset-index' : 'time-index';
  return { file, kind, baseOffset, isFragment };
}

/** Where an index's segment lies. */
export function segmentOf(file: string): string {
  return file.replace(/\.(time)?index(?=\.[^/]*$|$)/, '.log');
}

export interface DumpOptions {
  readonly records: boolean;
}

/**
 * Everything in one file, in order. `segment` is the log that an index belongs to, null if it is not
 * there.
 */
export async function* dumpFile(
  dumped: DumpedFile,
  source: ByteSource,
  segment: ByteSource | null,
  options: DumpOptions,
): AsyncGenerator<Item, void> {
  const { file, kind, isFragment } = dumped;
  const baseOffset = dumped.baseOffset ?? offset(0);
  switch (kind) {
    case 'segment':
      for await (const found of readSegment(source, isFragment ? null : dumped.baseOffset)) {
        if (found.kind === 'damage') yield damageItem(file, found);
        else if (options.records) yield await withRecords(file, found);
        else yield batchItem(file, found, null, found.problems);
      }
      return;
    case 'offset-index':
      for await (const found of readOffsetIndex(source, baseOffset, segment)) {
        yield found.kind === 'damage' ? damageItem(file, found) : indexItem(file, found);
      }
      return;
    case 'time-index':
      for await (const found of readTimeIndex(source, baseOffset, segment)) {
        yield found.kind === 'damage' ? damageItem(file, found) : indexItem(file, found);
      }
      return;
    case 'leader-epochs':
      yield* leaderEpochs(file, source);
  }
}

async function withRecords(file: string, batch: SegmentBatch): Promise<BatchItem> {
  const { records, problem } = await readRecords(batch);
  const problems = problem === null ? batch.problems : [...batch.problems, problem];
  return batchItem(file, batch, records, problems);
}

/** A line of it is some thirty bytes, so that a file of a million epochs is read as well. */
const CHECKPOINT_BYTES_MAX = 32 * 1024 * 1024;

async function* leaderEpochs(file: string, source: ByteSource): AsyncGenerator<Item, void> {
  const bytes = new Uint8Array(Math.min(source.size, CHECKPOINT_BYTES_MAX));
  const length = await source.read(bytes, 0);
  const parsed = parseLeaderEpochCheckpoint(
    Buffer.from(bytes.subarray(0, length)).toString('utf8'),
  );
  if ('problem' in parsed) {
    const problems = [{ position: 0, reason: parsed.problem }];
    yield { file, kind: 'damage', position: 0, problems, endPosition: source.size };
    return;
  }
  let position = `0\n${parsed.history.entries.length}\n`.length;
  for (const { epoch, startOffset } of parsed.history.entries) {
    yield { file, kind: 'leader-epoch', position, problems: [], leaderEpoch: epoch, startOffset };
    position += `${epoch} ${startOffset}\n`.length;
  }
}
