import { assertNever } from '../../base/assert.ts';
import type { Acks } from '../../replication/types.ts';
import { Case } from './case.ts';
import { checkAcknowledged } from './check-acknowledged.ts';
import { checkFinalOrder, checkPolls } from './check-polls.ts';
import { checkSends } from './check-sends.ts';
import { checkOffsets, checkValues } from './check-values.ts';
import type { HistoryEvent, PartitionName } from './history.ts';
import { NONE, PartitionHistory } from './partition-history.ts';
import type { LostRecord, Verdict } from './verdict.ts';
import { Anomalies } from './verdict.ts';
import { VersionOrder } from './version-order.ts';

export interface JudgeOptions {
  /**
   * Whether every send is written at most once, however often it was tried. Else a retry may leave
   * copies of a record, which are counted; duplicates are anomalies only with it.
   */
  readonly idempotent: boolean;
  /**
   * Acknowledgements that are promises: `all`, unless given. Acknowledged records of other acks may be
   * lost; they are reported as `lost`, not as anomalies.
   */
  readonly heldAcks?: readonly Acks[];
  /**
   * Whether a partition with promised records must have been read at the end: `required`, unless
   * given. With `optional`, losses are judged where there was a final read.
   */
  readonly finalRead?: 'required' | 'optional';
  /** How many anomalies of a kind are kept; the rest are counted: 10. */
  readonly anomaliesPerKindMax?: number;
}

/** Judges a whole history. Throws `MalformedHistory` where it contradicts itself. */
export function judge(history: Iterable<HistoryEvent>, options: JudgeOptions): Verdict {
  const judge = new HistoryJudge(options);
  for (const event of history) judge.add(event);
  return judge.verdict();
}

/**
 * Takes events as they happen, and judges what it has been told so far: time and memory grow with the
 * history, about a hundred bytes for each send and a dozen for each record read.
 */
export class HistoryJudge {
  readonly #options: Required<JudgeOptions>;
  readonly #partitions: Map<PartitionName, PartitionHistory> = new Map();

  constructor(options: JudgeOptions) {
    this.#options = {
      heldAcks: ['all'],
      finalRead: 'required',
      anomaliesPerKindMax: 10,
      ...options,
    };
  }

  /** Throws `MalformedHistory` if the event contradicts an earlier one. The event itself is not kept. */
  add(event: HistoryEvent): void {
    const partition = this.#partition(event.partition);
    switch (event.kind) {
      case 'send':
        partition.addSend(event);
        return;
      case 'poll':
        partition.addPoll(event);
        return;
      case 'final':
        partition.addFinalRead(event);
        return;
      case 'truncation':
        partition.addTruncation(event);
        return;
      default:
        assertNever(event);
    }
  }

  /** May be asked for again, after more events. */
  verdict(): Verdict {
    const { idempotent, heldAcks, finalRead, anomaliesPerKindMax } = this.#options;
    const anomalies = new Anomalies(anomaliesPerKindMax);
    const sends = { ok: 0, failed: 0, unknown: 0 };
    let polls = 0;
    let polledRecords = 0;
    let finalRecords = 0;
    let unknownWritten = 0;
    let duplicatesAllowed = 0;
    let displaced = 0;
    const lost: LostRecord[] = [];
    const unexplained: LostRecord[] = [];
    for (const history of this.#partitions.values()) {
      const isHeld = (value: number): boolean =>
        history.acknowledgedAt[value] !== NONE && heldAcks.includes(history.acks[value] ?? 0);
      const order = new VersionOrder(history, isHeld);
      const judged = new Case({ history, order, idempotent, isHeld, anomalies });
      checkOffsets(judged);
      const values = checkValues(judged);
      const spans = checkPolls(judged);
      checkFinalOrder(judged);
      checkSends(judged);
      const losses = checkAcknowledged(judged, spans, finalRead === 'required');
      for (const value of history.sends) {
        const outcome = history.outcomes[value] ?? 'open';
        sends[outcome === 'open' ? 'unknown' : outcome] += 1;
      }
      polls += history.pollEnds.length;
      polledRecords += history.polledOffsets.length;
      finalRecords += history.finalOffsets.length;
      unknownWritten += values.unknownWritten;
      duplicatesAllowed += values.duplicatesAllowed;
      displaced += losses.displaced;
      for (const record of losses.lost) lost.push(record);
      for (const record of losses.unexplained) unexplained.push(record);
    }
    return {
      anomalies: anomalies.found,
      anomalyCounts: anomalies.counts,
      counts: {
        sends,
        polls,
        polledRecords,
        finalRecords,
        unknownWritten,
        duplicatesAllowed,
        displaced,
      },
      lost,
      unexplained,
    };
  }

  #partition(name: PartitionName): PartitionHistory {
    const known = this.#partitions.get(name);
    if (known !== undefined) return known;
    const partition = new PartitionHistory(name);
    this.#partitions.set(name, partition);
    return partition;
  }
}
