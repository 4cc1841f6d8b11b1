import { refusal, type Refusal } from '../base/errors.ts';
import { offsetMax, type Offset } from '../base/ids.ts';
import type { DeletedRecords, DeleteRecordsTarget } from './interfaces.ts';
import { isInternalTopic, refuseInternal } from './internal-topics.ts';
import type { PartitionHost } from './partition-host.ts';
import type { PartitionDirectory } from './partition-reader.ts';

/**
 * Moves the start of a partition's log up, on its leader; followers hear of it as of what retention
 * has taken. Only what is committed can be deleted: OFFSET_OUT_OF_RANGE beyond the high watermark.
 */
export async function deleteRecords(
  directory: PartitionDirectory,
  { topic, partition, beforeOffset }: DeleteRecordsTarget,
): Promise<DeletedRecords> {
  const target = { topic, topicId: null, partition };
  const host = directory.find(target);
  const moved = isInternalTopic(topic)
    ? refuseInternal(topic)
    : 'code' in host
      ? host
      : await advance(host, beforeOffset);
  if (typeof moved === 'number') return { topic, partition, error: null, logStartOffset: moved };
  const error = { refusal: moved, leader: directory.leaderHint(target) };
  return { topic, partition, error, logStartOffset: null };
}

async function advance(
  host: PartitionHost,
  beforeOffset: Offset | null,
): Promise<Offset | Refusal> {
  const bounds = host.bounds(null);
  if (!bounds.ok) return bounds.refusal;
  let unwatch = (): void => undefined;
  const moved = await new Promise<Offset | Refusal>((resolve) => {
    // Behind whatever is under way, so that leadership and high watermark are those of this moment.
    host.enqueueTask(async () => {
      try {
        resolve(await advanceNow(host, beforeOffset));
      } catch (error) {
        resolve(refusal('CORRUPT_LOG'));
        // The host knows what it means for the replica.
        throw error;
      }
    });
    // A host that ends takes along what waits in its inbox.
    unwatch = host.watch(() => {
      const now = host.bounds(null);
      if (!now.ok) resolve(now.refusal);
    });
  });
  unwatch();
  return moved;
}

async function advanceNow(
  host: PartitionHost,
  beforeOffset: Offset | null,
): Promise<Offset | Refusal> {
  const bounds = host.bounds(null);
  if (!bounds.ok) return bounds.refusal;
  const { highWatermark, logStartOffset } = bounds;
  const wanted = beforeOffset ?? highWatermark;
  if (wanted > highWatermark) {
    return refusal(
      'OFFSET_OUT_OF_RANGE',
      `${host.topic}-${host.partition} is committed up to ${highWatermark}; nothing before offset ` +
        `${wanted} can be deleted yet`,
    );
  }
  const start = offsetMax(wanted, logStartOffset);
  if (start > logStartOffset) {
    await host.log.advanceLogStartOffset(start);
    host.enqueue({ kind: 'logStartAdvanced', logStartOffset: start });
  }
  return start;
}
