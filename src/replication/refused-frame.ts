import type { Refusal } from '../base/errors.ts';
import type { LogMirror } from './log-mirror.ts';
import type { Frame, Position } from './types.ts';

/** The answer to a position that cannot be served, with the bounds that F5 needs. */
export function refusedFrame(position: Position, refusal: Refusal, log: LogMirror): Frame {
  return {
    kind: 'refused',
    generation: position.generation,
    leaderEpoch: position.leaderEpoch,
    refusal,
    logStartOffset: log.logStartOffset,
    logEndOffset: log.logEndOffset,
  };
}
