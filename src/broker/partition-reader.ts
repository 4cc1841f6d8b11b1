import { refusal, type Refusal } from '../base/errors.ts';
import { offset, offsetMax, type Offset } from '../base/ids.ts';
import { batchLastOffset, batchTotalBytes } from '../record/index.ts';
import type { FetchTarget, FetchedPartition, IsolationLevel, LeaderHint } from './interfaces.ts';
import type { PartitionHost } from './partition-host.ts';

/** Finds what a consumer asks for: the local replica, or why not and where to go. */
export interface PartitionDirectory {
  find(target: FetchTarget['target']): PartitionHost | Refusal;
  leaderHint(target: FetchTarget['target']): LeaderHint | null;
}

/**
 * Reads for one consumer and one partition below the high watermark, or with read-committed below the
 * last stable offset. At once where the records are in memory; a promise only for cold ones.
 *
 * A fetch at or past that end returns nothing, one outside the log OFFSET_OUT_OF_RANGE.
 */
export function readPartition(
  directory: PartitionDirectory,
  target: FetchTarget,
  maxBytes: number,
  isolation: IsolationLevel = 'read-uncommitted',
): FetchedPartition | Promise<FetchedPartition> {
  const host = directory.find(target.target);
  if ('code' in host) return refused(directory, target, host);
  const maxStalenessBytes = target.maxStalenessBytes ?? null;
  const bounds = host.bounds(target.currentLeaderEpoch, maxStalenessBytes !== null);
  if (!bounds.ok) return refused(directory, target, bounds.refusal);
  const { fetchOffset } = target;
  if (bounds.isFollower) {
    const tooStale = refuseStale(host, fetchOffset, bounds, maxStalenessBytes ?? 0);
    if (tooStale !== null) return refused(directory, target, tooStale);
  }
  // The log knows first what retention has taken; the machine is told in its turn.
  const logStartOffset = offsetMax(bounds.logStartOffset, host.log.logStartOffset);
  if (fetchOffset < logStartOffset || fetchOffset > bounds.logEndOffset) {
    return refused(
      directory,
      target,
      refusal(
        'OFFSET_OUT_OF_RANGE',
        `offset ${fetchOffset} of ${host.topic}-${host.partition} lies outside the log, ` +
          `which goes from ${logStartOffset} to ${bounds.logEndOffset}`,
      ),
    );
  }
  const lastStableOffset = host.log.producers.lastStableOffset(bounds.highWatermark);
  const endOffset = isolation === 'read-committed' ? lastStableOffset : bounds.highWatermark;
  const found = (chunks: readonly Uint8Array[]): FetchedPartition => {
    if (chunks.length > 0) host.traffic?.consumed(bytesOf(chunks));
    return answer(chunks);
  };
  const answer = (chunks: readonly Uint8Array[]): FetchedPartition => ({
    topic: host.topic,
    topicId: host.topicId,
    partition: host.partition,
    generation: target.generation,
    error: null,
    highWatermark: bounds.highWatermark,
    lastStableOffset,
    logStartOffset,
    leaderEpoch: bounds.leaderEpoch,
    caughtUp: false,
    chunks,
    ...abortedIn(host, isolation, fetchOffset, chunks),
  });
  if (fetchOffset >= endOffset) return { ...found([]), caughtUp: true };
  const chunks = host.read(fetchOffset, maxBytes, endOffset);
  if (!(chunks instanceof Promise)) return found(chunks);
  return chunks.then((read) => {
    if ('code' in read) return refused(directory, target, read);
    // Retention or a truncation was quicker: what is there is looked at again, not taken for the end.
    if (read.length === 0) return readPartition(directory, target, maxBytes, isolation);
    return found(read);
  });
}

/** An answer that says why there are no records. */
export function refused(
  directory: PartitionDirectory,
  target: FetchTarget,
  reason: Refusal,
): FetchedPartition {
  return {
    topic: target.target.topic,
    topicId: target.target.topicId,
    partition: target.target.partition,
    generation: target.generation,
    error: { refusal: reason, leader: directory.leaderHint(target.target) },
    highWatermark: null,
    lastStableOffset: null,
    logStartOffset: null,
    leaderEpoch: null,
    caughtUp: false,
    chunks: [],
  };
}

export function bytesOf(chunks: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const chunk of chunks) bytes += chunk.length;
  return bytes;
}

/** The offset behind the last batch of `chunks`, of which there is at least one. */
export function endOffsetOf(chunks: readonly Uint8Array[]): Offset {
  const last = chunks[chunks.length - 1] as Uint8Array;
  let position = 0;
  for (;;) {
    const next = position + batchTotalBytes(last, position);
    if (next >= last.length) return offset(batchLastOffset(last, position) + 1);
    position = next;
  }
}

/** Whether a reader at `nextOffset` has everything that it may see. */
export function isCaughtUp(
  fetched: FetchedPartition,
  nextOffset: Offset,
  isolation: IsolationLevel = 'read-uncommitted',
): boolean {
  const end = isolation === 'read-committed' ? fetched.lastStableOffset : fetched.highWatermark;
  return end !== null && nextOffset >= end;
}

/** Why a replica that follows does not answer this reader (KIP-392). */
function refuseStale(
  host: PartitionHost,
  fetchOffset: Offset,
  { highWatermark, logEndOffset }: { highWatermark: Offset; logEndOffset: Offset },
  maxStalenessBytes: number,
): Refusal | null {
  if (fetchOffset > logEndOffset) {
    const message = `this replica ends at ${logEndOffset}, before offset ${fetchOffset}`;
    return refusal('OFFSET_NOT_AVAILABLE', message);
  }
  const staleness = host.log.bytesFrom(highWatermark);
  if (staleness <= maxStalenessBytes) return null;
  return refusal(
    'REPLICA_TOO_STALE',
    `up to ${staleness} bytes may be committed that this replica does not know of, ${maxStalenessBytes} are allowed`,
  );
}

function abortedIn(
  host: PartitionHost,
  isolation: IsolationLevel,
  fetchOffset: Offset,
  chunks: readonly Uint8Array[],
): Pick<FetchedPartition, 'aborted'> {
  if (isolation === 'read-uncommitted' || chunks.length === 0) return {};
  const aborted = host.log.abortedTransactions(fetchOffset, endOffsetOf(chunks));
  return aborted.length === 0 ? {} : { aborted };
}
