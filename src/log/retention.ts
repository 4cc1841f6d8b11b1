import type { Offset } from '../base/ids.ts';

/** What retention needs to know of a segment. */
export interface RetainedSegment {
  readonly nextOffset: Offset;
  readonly bytes: number;
  /** -1: no batch has one. */
  readonly largestTimestamp: number;
}

export interface RetentionLimits {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** -1: none. */
  readonly retentionMs: number;
  /** -1: none. */
  readonly retentionBytes: number;
  /** Nothing at or behind it goes: the high watermark. */
  readonly upTo: Offset;
}

/**
 * How many of the `closed` segments, oldest first, may go: those all of whose records are older than
 * `retentionMs`, and those without which the log still has `retentionBytes`. Kafka's rule.
 */
export function countExpired(
  closed: readonly RetainedSegment[],
  activeBytes: number,
  limits: RetentionLimits,
): number {
  let bytes = activeBytes;
  for (const segment of closed) bytes += segment.bytes;
  let count = 0;
  for (const [index, segment] of closed.entries()) {
    if (segment.nextOffset > limits.upTo) break;
    const tooLarge = limits.retentionBytes >= 0 && bytes - segment.bytes >= limits.retentionBytes;
    if (!tooLarge) {
      const largest = limits.retentionMs < 0 ? -1 : largestTimestampFrom(closed, index);
      if (!isOlderThan(largest, limits.retentionMs, limits.now)) break;
    }
    bytes -= segment.bytes;
    count++;
  }
  return count;
}

/**
 * A segment without timestamps is as old as the next one that has some: compaction may leave one
 * without records, which must not keep those behind it.
 */
function largestTimestampFrom(closed: readonly RetainedSegment[], index: number): number {
  for (let at = index; at < closed.length; at++) {
    const largest = closed[at]?.largestTimestamp ?? -1;
    if (largest >= 0) return largest;
  }
  return -1;
}

/** Whether `timestamp` lies more than `ageMs` back; never for -1, which stands for "none" in both. */
export function isOlderThan(timestamp: number, ageMs: number, now: number): boolean {
  return timestamp >= 0 && ageMs >= 0 && now - timestamp > ageMs;
}
