import type { Acks } from '../../replication/types.ts';
import type { PartitionName } from './history.ts';

/** What a log must not do to its clients; the room's README says what each means. */
export const ANOMALY_KINDS = [
  'inconsistent-offsets',
  'duplicate',
  'wrong-offset',
  'phantom',
  'aborted-read',
  'lost-write',
  'unseen',
  'poll-skip',
  'int-poll-skip',
  'nonmonotonic-poll',
  'int-nonmonotonic-poll',
  'nonmonotonic-send',
  'offset-order',
] as const;

export type AnomalyKind = (typeof ANOMALY_KINDS)[number];

export interface Anomaly {
  readonly kind: AnomalyKind;
  readonly partition: PartitionName;
  /** Where to look; null where no one offset can be named. */
  readonly offset: number | null;
  readonly value: string | null;
  /** Who sent what, what they were told, and what was seen where. */
  readonly sentence: string;
}

/** An acknowledged record that the last look does not show. */
export interface LostRecord {
  readonly acks: Acks;
  readonly partition: PartitionName;
  /** Where it was acknowledged. */
  readonly offset: number;
  readonly value: string;
  /** Of the value, as UTF-8. */
  readonly bytes: number;
}

export interface Counts {
  readonly sends: { readonly ok: number; readonly failed: number; readonly unknown: number };
  readonly polls: number;
  /** Records that polls were given, each as often as it was. */
  readonly polledRecords: number;
  readonly finalRecords: number;
  /** Sends of an unknown outcome that somebody read. */
  readonly unknownWritten: number;
  /** Copies beyond the first, where retries may make them. */
  readonly duplicatesAllowed: number;
  /** Acknowledged without a promise, and in the end not there but at another offset: a retry’s copy. */
  readonly displaced: number;
}

export interface Verdict {
  /** The first of each kind; `anomalyCounts` has how many there were. Empty: nothing is wrong. */
  readonly anomalies: readonly Anomaly[];
  readonly anomalyCounts: Readonly<Partial<Record<AnomalyKind, number>>>;
  readonly counts: Counts;
  /** Acknowledged with acks that are not held as promises, and lost: the price of those acks. */
  readonly lost: readonly LostRecord[];
  /**
   * Lost records of any acknowledgement in no stretch that a broker said it cut: the cluster does not
   * know, or does not say, that it lost them.
   */
  readonly unexplained: readonly LostRecord[];
}

/** Gathers anomalies, and writes the sentence only of those that are kept. Lives for one verdict. */
export class Anomalies {
  readonly #perKindMax: number;
  readonly found: Anomaly[] = [];
  readonly counts: Partial<Record<AnomalyKind, number>> = {};

  constructor(perKindMax: number) {
    this.#perKindMax = perKindMax;
  }

  add(
    kind: AnomalyKind,
    place: Pick<Anomaly, 'partition' | 'offset' | 'value'>,
    sentence: () => string,
  ): void {
    const count = (this.counts[kind] ?? 0) + 1;
    this.counts[kind] = count;
    if (count > this.#perKindMax) return;
    this.found.push({ kind, ...place, sentence: `${place.partition}: ${sentence()}` });
  }
}

/** The verdict in lines for a terminal or a failed assertion: anomalies first, then what was counted. */
export function describeVerdict(verdict: Verdict): string {
  const { anomalies, anomalyCounts, counts, lost, unexplained } = verdict;
  const lines: string[] = [];
  for (const kind of ANOMALY_KINDS) {
    const count = anomalyCounts[kind] ?? 0;
    if (count === 0) continue;
    const kept = anomalies.filter((anomaly) => anomaly.kind === kind);
    lines.push(`${kind}: ${count}`, ...kept.map(({ sentence }) => `  ${sentence}`));
    if (count > kept.length) lines.push(`  and ${count - kept.length} more`);
  }
  if (lines.length === 0) lines.push('no anomalies');
  const { sends } = counts;
  lines.push(
    `sends: ${sends.ok} ok, ${sends.failed} failed, ${sends.unknown} unknown ` +
      `(${counts.unknownWritten} of them written)`,
    `read: ${counts.polledRecords} records in ${counts.polls} polls, ${counts.finalRecords} at the end`,
  );
  if (counts.duplicatesAllowed > 0) lines.push(`copies by retries: ${counts.duplicatesAllowed}`);
  if (counts.displaced > 0) lines.push(`only a copy is left of: ${counts.displaced}`);
  if (lost.length > 0) lines.push(`lost as their acks allow: ${lossOf(lost)}`);
  if (unexplained.length > 0) lines.push(`lost and never said so: ${lossOf(unexplained)}`);
  return lines.join('\n');
}

function lossOf(records: readonly LostRecord[]): string {
  const bytes = records.reduce((sum, record) => sum + record.bytes, 0);
  return `${records.length} records, ${bytes} bytes`;
}
