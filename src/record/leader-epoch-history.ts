/**
 * Where each leader epoch begins in a log: what two replicas compare to find out where their logs
 * part (KIP-101, KIP-279). Kafka's leader epoch cache, rule for rule.
 *
 * Epochs and start offsets both strictly rise from entry to entry. So at most the newest epoch can be
 * empty (it then holds the log end offset of the moment it began): an empty epoch is dropped when the
 * next one begins at the same offset.
 */
import type { LeaderEpoch, Offset } from '../base/ids.ts';
import { leaderEpoch, offset } from '../base/ids.ts';

export interface EpochEntry {
  readonly epoch: LeaderEpoch;
  /** Of the first record of the epoch, or the log end offset when the epoch began. */
  readonly startOffset: Offset;
}

/** Where an epoch ends: the offset behind its last record. */
export interface EpochEndOffset {
  readonly epoch: LeaderEpoch;
  readonly endOffset: Offset;
}

/**
 * One replica's history. Whoever owns the replica owns it, and persists it after a change and before
 * what depends on the change (an epoch's entry is on disk before the epoch's first batch).
 */
export class LeaderEpochHistory {
  /** Ascending in both fields. */
  #entries: EpochEntry[] = [];

  /** From entries in ascending order, as `entries` gives them. */
  static of(entries: Iterable<EpochEntry>): LeaderEpochHistory {
    const history = new LeaderEpochHistory();
    for (const { epoch, startOffset } of entries) history.assign(epoch, startOffset);
    return history;
  }

  get entries(): readonly EpochEntry[] {
    return this.#entries;
  }

  /**
   * An epoch begins at `startOffset`. Repeating the newest entry, or naming a later offset of the
   * newest epoch (another batch of it), changes nothing. Entries that do not lie below the new one in
   * both fields are dropped: their records are gone. Returns whether anything changed.
   */
  assign(epoch: LeaderEpoch, startOffset: Offset): boolean {
    const newest = this.#entries.at(-1);
    if (newest !== undefined && newest.epoch === epoch && newest.startOffset <= startOffset) {
      return false;
    }
    const lastKept = this.#entries.findLastIndex(
      (entry) => entry.epoch < epoch && entry.startOffset < startOffset,
    );
    this.#entries.length = lastKept + 1;
    this.#entries.push({ epoch, startOffset });
    return true;
  }

  /** Null while the history is empty. */
  latestEpoch(): LeaderEpoch | null {
    return this.#entries.at(-1)?.epoch ?? null;
  }

  /**
   * The epoch of the record at `at`, which must lie in the log: nothing here knows where the log
   * ends. Null in front of the first entry.
   */
  epochAt(at: Offset): LeaderEpoch | null {
    const above = this.#firstIndex((entry) => entry.startOffset > at);
    return this.#entries[above - 1]?.epoch ?? null;
  }

  /**
   * The largest known epoch up to `epoch`, and where it ends (KIP-279). For the newest epoch that is
   * the log end offset. An epoch in front of all entries is answered with itself and the start of the
   * first entry: what it held is gone. Null for an epoch above the newest, and for an empty history.
   */
  endOffsetFor(epoch: LeaderEpoch, logEndOffset: Offset): EpochEndOffset | null {
    const newest = this.#entries.at(-1);
    if (newest !== undefined && newest.epoch === epoch) {
      return { epoch, endOffset: logEndOffset };
    }
    const above = this.#firstIndex((entry) => entry.epoch > epoch);
    const higher = this.#entries[above];
    if (higher === undefined) return null;
    const floor = this.#entries[above - 1];
    return { epoch: floor?.epoch ?? epoch, endOffset: higher.startOffset };
  }

  /**
   * The log now ends at `endOffset`: drops entries that begin there or behind, even where no record
   * was removed. Returns whether anything changed.
   */
  truncateFromEnd(endOffset: Offset): boolean {
    const kept = this.#firstIndex((entry) => entry.startOffset >= endOffset);
    if (kept === this.#entries.length) return false;
    this.#entries.length = kept;
    return true;
  }

  /**
   * The log now begins at `startOffset`: the epoch that this offset belongs to begins there, older
   * ones go. Returns whether anything changed.
   */
  truncateFromStart(startOffset: Offset): boolean {
    const above = this.#firstIndex((entry) => entry.startOffset > startOffset);
    const first = this.#entries[above - 1];
    if (first === undefined || (above === 1 && first.startOffset === startOffset)) return false;
    this.#entries.splice(0, above, { epoch: first.epoch, startOffset });
    return true;
  }

  clear(): void {
    this.#entries = [];
  }

  clone(): LeaderEpochHistory {
    const copy = new LeaderEpochHistory();
    copy.#entries = this.#entries.slice();
    return copy;
  }

  equals(other: LeaderEpochHistory): boolean {
    return (
      this.#entries.length === other.#entries.length &&
      this.#entries.every((entry, index) => {
        const its = other.#entries[index];
        return entry.epoch === its?.epoch && entry.startOffset === its.startOffset;
      })
    );
  }

  /** The index of the first entry that `holds`, which must hold for all that follow; the length if none. */
  #firstIndex(holds: (entry: EpochEntry) => boolean): number {
    // From the end: histories are short, and questions are mostly about the newest epochs.
    return this.#entries.findLastIndex((entry) => !holds(entry)) + 1;
  }
}

/**
 * The text of Kafka's `leader-epoch-checkpoint` file:
 *
 *   0                       version of the format
 *   2                       how many entries follow
 *   <epoch> <startOffset>   one line each, ascending
 *   …
 *
 * The layout stays Kafka's, so that its tools read it; another version number is refused.
 */
export function encodeLeaderEpochCheckpoint(history: LeaderEpochHistory): string {
  const lines = history.entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`);
  return [CHECKPOINT_VERSION, lines.length, ...lines].join('\n') + '\n';
}

/** What the file says, or a sentence about what is wrong with it: it can be rebuilt from the batches. */
export function parseLeaderEpochCheckpoint(
  text: string,
): { readonly history: LeaderEpochHistory } | { readonly problem: string } {
  const lines = text.split('\n');
  if (lines.at(-1) !== '') return { problem: 'the last line is cut off' };
  lines.pop();
  const [version, count, ...rest] = lines;
  if (version !== CHECKPOINT_VERSION) {
    return { problem: `version 0 is understood, the file says ${JSON.stringify(version ?? '')}` };
  }
  if (count !== String(rest.length)) {
    return { problem: `${rest.length} entries follow a count of ${JSON.stringify(count ?? '')}` };
  }
  const history = new LeaderEpochHistory();
  for (const line of rest) {
    const match = CHECKPOINT_LINE.exec(line);
    const epoch = Number(match?.[1]);
    const startOffset = Number(match?.[2]);
    if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(startOffset)) {
      return { problem: `${JSON.stringify(line)} is not an epoch and an offset` };
    }
    const before = history.entries.at(-1);
    if (before !== undefined && (before.epoch >= epoch || before.startOffset >= startOffset)) {
      return { problem: `${JSON.stringify(line)} does not lie above the entry before it` };
    }
    history.assign(leaderEpoch(epoch), offset(startOffset));
  }
  return { history };
}

const CHECKPOINT_VERSION = '0';
const CHECKPOINT_LINE = /^(\d{1,16}) (\d{1,16})$/;
