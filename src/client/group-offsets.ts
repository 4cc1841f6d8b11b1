/** How far a group has come in one partition. */
export interface GroupOffset {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to read. */
  readonly offset: number;
  /** Of the last record that was read, if it is known. */
  readonly leaderEpoch?: number | null;
  /** Whatever is to be found again with it; at most 4,096 bytes. */
  readonly metadata?: string;
}
