import { offsetMin } from '../base/ids.ts';
import type { Offset } from '../base/ids.ts';
import type { EpochEndOffset } from '../record/leader-epoch-history.ts';
import type { LogMirror } from './log-mirror.ts';

/**
 * F3: how far a follower keeps its log when the leader has said where the largest epoch that it
 * knows, up to the follower's last one, ends. Where the follower does not have that epoch it cuts
 * back to the end of an older one of its own, and asks again.
 */
export function truncationOffset(log: LogMirror, leader: EpochEndOffset): Offset {
  const { logEndOffset } = log;
  const own = log.epochs.endOffsetFor(leader.epoch, logEndOffset);
  if (own === null) return offsetMin(leader.endOffset, logEndOffset);
  if (own.epoch !== leader.epoch) return offsetMin(own.endOffset, logEndOffset);
  return offsetMin(offsetMin(own.endOffset, leader.endOffset), logEndOffset);
}
