import type { PartitionHistory } from './partition-history.ts';
import type { Anomalies, AnomalyKind } from './verdict.ts';
import type { VersionOrder } from './version-order.ts';
import { Witness } from './witness.ts';

/** What every check is given of one partition. Lives for one verdict. */
export class Case {
  readonly history: PartitionHistory;
  readonly order: VersionOrder;
  readonly idempotent: boolean;
  readonly isHeld: (value: number) => boolean;
  readonly witness: Witness;
  readonly #anomalies: Anomalies;

  constructor(parts: {
    readonly history: PartitionHistory;
    readonly order: VersionOrder;
    readonly idempotent: boolean;
    readonly isHeld: (value: number) => boolean;
    readonly anomalies: Anomalies;
  }) {
    this.history = parts.history;
    this.order = parts.order;
    this.idempotent = parts.idempotent;
    this.isHeld = parts.isHeld;
    this.witness = new Witness(parts.history);
    this.#anomalies = parts.anomalies;
  }

  report(kind: AnomalyKind, value: number, offset: number, sentence: () => string): void {
    const { name, values } = this.history;
    const place = { partition: name, offset, value: values[value] ?? null };
    this.#anomalies.add(kind, place, sentence);
  }
}
