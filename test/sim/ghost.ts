import { firstEndingBehind, type MirrorBatch } from './mirror.ts';

/** A batch that a client was told is written. */
export interface Acknowledged {
  readonly baseOffset: number;
  readonly endOffset: number;
  readonly identity: number;
  readonly acks: 1 | 'all';
  readonly broker: number;
  readonly leaderEpoch: number;
  /** When the client's answer was decided, in world time. */
  readonly at: number;
}

/**
 * What no broker knows of one partition: everything that was ever committed, acknowledged or led, on
 * any of them. The invariants compare every moment with it.
 */
export class PartitionGhost {
  readonly name: string;
  readonly minIsr: number;
  readonly fsync: boolean;
  /** What some leader's high watermark has passed, in order; never changes again. */
  readonly committed: MirrorBatch[] = [];
  readonly acknowledged: Acknowledged[] = [];
  /** By `identity`: refused for good, so it must never be written. */
  readonly refused = new Set<number>();
  /** By leader epoch. */
  readonly leaderOf = new Map<number, number>();
  /** By base offset and epoch, what was written there first. */
  readonly written = new Map<string, MirrorBatch>();
  /** Where the log begins: the furthest that any leader said. */
  logStartOffset = 0;

  constructor(name: string, minIsr: number, fsync: boolean) {
    this.name = name;
    this.minIsr = minIsr;
    this.fsync = fsync;
  }

  get trueHighWatermark(): number {
    return this.committed.at(-1)?.endOffset ?? 0;
  }

  /** The committed batch that holds `offset`. */
  committedAt(offset: number): MirrorBatch | undefined {
    const batch = this.committed[firstEndingBehind(this.committed, offset)];
    return batch !== undefined && batch.baseOffset <= offset ? batch : undefined;
  }
}
