/**
 * What clients of a log saw, as plain data: what they sent and were told, and what they were given to
 * read. Recorded by the simulator, by the chaos runs and by the benchmarks, and judged by `judge.ts`.
 *
 * Values are unique within a partition: a judge can tell records apart by nothing else. `at` and its
 * like are whatever clock the recorder has, in ms; only their order within one client counts.
 */
import type { Acks } from '../../replication/types.ts';

/** A topic's partition as `topic-0`. */
export type PartitionName = string;

export interface Send {
  readonly kind: 'send';
  /** One producer: its sends of one partition are in the order in which it gave them. */
  readonly client: string;
  readonly partition: PartitionName;
  readonly value: string;
  readonly acks: Acks;
  /**
   * `ok`: acknowledged, at `offset`. `failed`: refused for good, it must never appear. `unknown`: no
   * answer, or one that leaves it open (an indeterminate error, acks 0): it may appear or not.
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
  readonly records: readonly { readonly offset: number; readonly value: string }[];
  readonly at: number;
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
 * from the log start to an end that lies at or above every acknowledged offset.
 */
export interface FinalRead {
  readonly kind: 'final';
  readonly partition: PartitionName;
  readonly logStartOffset: number;
  readonly records: readonly { readonly offset: number; readonly value: string }[];
}

export type HistoryEvent = Send | Poll | Truncation | FinalRead;
