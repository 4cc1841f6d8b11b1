import type { OpenFile } from '../base/file-system.ts';
import { walkHeadersNow } from './batch-walk.ts';
import { CorruptLogError } from './corrupt-log-error.ts';
import type { OffsetIndex } from './offset-index.ts';
import type { TimeIndex } from './time-index.ts';

export interface Indexes {
  readonly offsetIndex: OffsetIndex;
  readonly timeIndex: TimeIndex;
}

/**
 * Whether the newest entries of indexes that were read from files, which have no checksum, agree with
 * the batches, which end at byte `end`: new entries are appended behind them, and by the newest
 * timestamp retention deletes. Entries before them are noticed when they mislead a read. False as
 * well where the headers behind the newest entry cannot be walked. Looks at few batches.
 */
export function indexesAgree(file: OpenFile, indexes: Indexes, end: number): boolean {
  try {
    return offsetsAgree(file, indexes, end) && timesAgree(file, indexes, end);
  } catch (error) {
    if (error instanceof CorruptLogError) return false;
    throw error;
  }
}

/** The newest offset is that of its batch, and no batch from there on is newer than the time index. */
function offsetsAgree(file: OpenFile, { offsetIndex, timeIndex }: Indexes, end: number): boolean {
  const position = offsetIndex.lastPosition;
  let agrees = true;
  walkHeadersNow(file, { position, end, startOffset: null }, (header, at) => {
    const isEntry = offsetIndex.count > 0 && at === position;
    agrees &&= !isEntry || header.lastOffset === offsetIndex.lastOffset;
    agrees &&= header.maxTimestamp <= timeIndex.lastTimestamp;
    return agrees;
  });
  return agrees;
}

/** The newest timestamp is that of its batch. */
function timesAgree(file: OpenFile, { offsetIndex, timeIndex }: Indexes, end: number): boolean {
  const { lastOffset, lastTimestamp } = timeIndex;
  if (timeIndex.count === 0) return true;
  const position = offsetIndex.positionFor(lastOffset);
  let agrees = false;
  walkHeadersNow(file, { position, end, startOffset: null }, (header) => {
    agrees = header.lastOffset === lastOffset && header.maxTimestamp === lastTimestamp;
    return header.lastOffset < lastOffset;
  });
  return agrees;
}
