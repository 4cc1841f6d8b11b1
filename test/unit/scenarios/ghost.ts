import { assert } from '../../../src/base/assert.ts';
import type { ReplicaView } from '../../../src/replication/view.ts';
import type { ModelLog } from '../replication/model-replica.ts';

/**
 * What no broker knows: everything that was ever committed, promised or led, on any of them. Looks at
 * a replica after each of its steps and throws when two moments contradict each other. The numbers
 * are those of the safety invariants that replicated logs are checked for.
 */
export class Ghost {
  /** By offset, `epoch record`; written once. */
  readonly #committed: string[] = [];
  /** By offset, the record that was acknowledged at acks=all. */
  readonly #promised = new Map<number, string>();
  readonly #leaderOf = new Map<number, string>();
  readonly #highWatermarks = new Map<string, number>();
  #newestEpoch = -1;

  observe(name: string, view: ReplicaView, log: ModelLog): void {
    if (view.role !== 'leader' || view.leaderEpoch === null) return;
    const epoch: number = view.leaderEpoch;
    const other = this.#leaderOf.get(epoch) ?? name;
    assert(other === name, () => `S1: ${other} and ${name} both lead epoch ${epoch}`);
    this.#leaderOf.set(epoch, name);

    const before = this.#highWatermarks.get(name + epoch) ?? 0;
    assert(view.highWatermark >= before, () => `S9: ${name}'s high watermark fell in ${epoch}`);
    this.#highWatermarks.set(name + epoch, view.highWatermark);

    const records = recordsOf(log);
    for (let at = before; at < view.highWatermark; at++) this.#commit(name, at, records[at]);
    if (epoch <= this.#newestEpoch) return;
    this.#newestEpoch = epoch;
    for (const [at, record] of this.#committed.entries()) {
      assert(
        records[at] === record,
        () =>
          `S3: ${name} leads epoch ${epoch} with ${records[at] ?? 'nothing'} at ${at}, ${record} is committed`,
      );
    }
  }

  /** acks=all was answered with ok. */
  promise(baseOffset: number, text: string): void {
    for (const [index, record] of [...text].entries()) {
      this.#promised.set(baseOffset + index, record);
    }
  }

  /** A consumer was given these. */
  consumed(name: string, text: string): void {
    for (const [at, record] of [...text].entries()) {
      const committed = this.#committed[at]?.split(' ')[1];
      assert(committed === record, () => `S10: ${name} showed ${record} at ${at}, not committed`);
    }
  }

  /** S8: what was promised is where it was promised to be. */
  expectPromises(name: string, log: ModelLog): void {
    const text = recordsOf(log).map((record) => record?.split(' ')[1]);
    for (const [at, record] of this.#promised) {
      assert(
        text[at] === record,
        () => `S8: ${record} was acknowledged at ${at}, ${name} has ${text[at] ?? 'nothing'} there`,
      );
    }
  }

  #commit(name: string, at: number, record: string | undefined): void {
    assert(record !== undefined, () => `S9: ${name} commits ${at}, which it does not hold`);
    const before = this.#committed[at] ?? record;
    assert(
      before === record,
      () => `S7: ${at} was committed as ${before}, by ${name} as ${record}`,
    );
    this.#committed[at] = record;
  }
}

function recordsOf(log: ModelLog): (string | undefined)[] {
  const records: string[] = [];
  for (const { baseOffset, leaderEpoch, text } of log.batches) {
    for (const [index, record] of [...text].entries()) {
      records[baseOffset + index] = `${leaderEpoch} ${record}`;
    }
  }
  return records;
}
