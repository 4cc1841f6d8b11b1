/**
 * What clients of a log saw, as plain data: what they sent and were told, and what they were given to
 * read. Recorded by the simulator, by the chaos runs and by the benchmarks, and judged by `judge.ts`.
 *
 * Values are unique within a partition: a judge can tell records apart by nothing else. `at` and its
 * like are whatever clock the recorder has, in ms; only their order within one client counts. Events
 * of one client are in the order in which they happened to it; those of different clients may be
 * interleaved in any way, so histories of several processes are simply put one behind the other.
 */
import type { Acks } from '../../replication/types.ts';

/** A topic's partition as `topic-0`. */
export type PartitionName = string;

export interface Send {
  readonly kind: 'send';
  /** One producer: its sends of one partition are in the order in which it gave them (`sentAt`). */
  readonly client: string;
  readonly partition: PartitionName;
  readonly value: string;
  readonly acks: Acks;
  /**
   * `ok`: acknowledged, at `offset`. `failed`: refused for good, it must never appear. `unknown`: no
   * answer, or one that leaves it open (an indeterminate error, acks 0): it may appear or not.
   *
   * A recorder whose process may be killed tells of a send twice: as it starts (`unknown`,
   * `answeredAt` null), and again with its outcome, which then counts.
   */
  readonly outcome: 'ok' | 'failed' | 'unknown';
  /** Null unless `ok`, and at acks 0. */
  readonly offset: number | null;
  /** Of the catalogue; null when it went well. */
  readonly code: string | null;
  readonly sentAt: number;
  readonly answeredAt: number | null;
}

export interface Poll {
  readonly kind: 'poll';
  readonly client: string;
  readonly partition: PartitionName;
  /** Raised whenever this client takes the partition up anew, or seeks: order holds within one. */
  readonly session: number;
  readonly records: readonly ReadRecord[];
  readonly at: number;
}

export interface ReadRecord {
  readonly offset: number;
  readonly value: string;
}

/** A stretch that a broker said it cut from its log, as its `log_truncated` event has it. */
export interface Truncation {
  readonly kind: 'truncation';
  readonly broker: string;
  readonly partition: PartitionName;
  /** The end before, exclusive, and the end after. */
  readonly fromOffset: number;
  readonly toOffset: number;
  readonly bytes: number;
}

/**
 * The last look: every record of a partition as a fresh reader gets them after everything has healed,
 * from the log start to an end that lies at or above every acknowledged offset. It may be handed over
 * in parts; an empty partition has one without records.
 */
export interface FinalRead {
  readonly kind: 'final';
  readonly partition: PartitionName;
  readonly logStartOffset: number;
  readonly records: readonly ReadRecord[];
}

export type HistoryEvent = Send | Poll | Truncation | FinalRead;

/** What was recorded cannot be judged: the fault is the recorder's, not the log's. */
export class MalformedHistory extends Error {
  override readonly name = 'MalformedHistory';
}
