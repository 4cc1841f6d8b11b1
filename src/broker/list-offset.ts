import { refusal, type Refusal } from '../base/errors.ts';
import { timestamp, type Offset } from '../base/ids.ts';
import { CorruptLogError } from '../log/corrupt-log-error.ts';
import { batchBaseOffset } from '../record/index.ts';
import type { IsolationLevel, ListedOffset, ListOffsetsTarget } from './interfaces.ts';
import type { PartitionDirectory } from './partition-reader.ts';

/**
 * Where a partition begins or ends, or where its first record at or after a time lies. By time the
 * batch is returned with it: it is opaque here, and the client refines to the record.
 *
 * The end is not answered by a new leader that does not know yet how far the log is committed
 * (OFFSET_NOT_AVAILABLE, KIP-207): it might lie before an end that an earlier leader has answered.
 */
export async function listOffset(
  directory: PartitionDirectory,
  { target, currentLeaderEpoch, at }: ListOffsetsTarget,
  isolation: IsolationLevel = 'read-uncommitted',
): Promise<ListedOffset> {
  const place = { topic: target.topic, partition: target.partition };
  const refused = (reason: Refusal): ListedOffset => ({
    ...place,
    error: { refusal: reason, leader: directory.leaderHint(target) },
    offset: null,
    leaderEpoch: null,
    batch: null,
  });
  const host = directory.find(target);
  if ('code' in host) return refused(host);
  const bounds = host.bounds(currentLeaderEpoch);
  if (!bounds.ok) return refused(bounds.refusal);
  const found = (offset: Offset | null, batch: Uint8Array | null = null): ListedOffset => ({
    ...place,
    error: null,
    offset,
    leaderEpoch: bounds.leaderEpoch,
    batch,
  });
  if (at === 'start') return found(bounds.logStartOffset);
  if (at === 'log-end') return found(bounds.logEndOffset);
  if (!bounds.highWatermarkKnown) return refused(refusal('OFFSET_NOT_AVAILABLE'));
  const end =
    isolation === 'read-committed'
      ? host.log.producers.lastStableOffset(bounds.highWatermark)
      : bounds.highWatermark;
  if (at === 'end') return found(end);
  try {
    const batch = await host.log.batchForTimestamp(timestamp(at.timestamp), end);
    return batch === null ? found(null) : found(batchBaseOffset(batch), batch);
  } catch (error) {
    if (!(error instanceof CorruptLogError)) throw error;
    host.damaged(error.message);
    return refused(refusal('CORRUPT_LOG', error.message));
  }
}
