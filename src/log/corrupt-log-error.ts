import type { Offset } from '../base/ids.ts';

/**
 * A log's bytes are not what was written: a checksum, an offset or a leader epoch that does not
 * agree. The replica's host reports it (rule X3, damage found while running) and stops using the log.
 */
export class CorruptLogError extends Error {
  override readonly name = 'CorruptLogError';
  readonly code = 'CORRUPT_LOG';
  readonly path: string;
  /** The byte in the file at which the bad batch begins. */
  readonly position: number;
  /** The offset that was expected there. */
  readonly offset: Offset;
  readonly reason: string;

  constructor(where: { path: string; position: number; offset: Offset }, reason: string) {
    super(`${where.path}, byte ${where.position}, offset ${where.offset}: ${reason}`);
    this.path = where.path;
    this.position = where.position;
    this.offset = where.offset;
    this.reason = reason;
  }
}
