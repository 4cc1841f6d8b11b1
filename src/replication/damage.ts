import { offset } from '../base/ids.ts';
import type { PartitionEpoch } from '../base/ids.ts';
import type { ReplicaCore } from './replica-core.ts';

/**
 * A replica whose log is damaged below its durable mark (X3): it sends no position, does not lead and
 * keeps its files until the controller has taken it out of ISR and ELR. Then the files are moved away
 * and the log begins again from nothing.
 */
export class Damaged {
  readonly kind = 'damaged';
  readonly #core: ReplicaCore;
  readonly #reason: string;
  /** When the damage was found; null where it was found at the start, before any metadata. */
  readonly #foundAt: PartitionEpoch | null;
  #settingAside = false;

  constructor(core: ReplicaCore, reason: string) {
    this.#core = core;
    this.#reason = reason;
    this.#foundAt = core.partition?.partitionEpoch ?? null;
    core.health = 'damaged';
  }

  report(): void {
    if (!this.#settingAside) this.#core.emit({ kind: 'reportDamage', reason: this.#reason });
  }

  /** Sets the log aside once the controller counts on it no more; else tells the controller. */
  onMetadata(partitionEpochRose: boolean): void {
    if (this.#settingAside) return;
    if (this.#isWrittenOff()) {
      this.#settingAside = true;
      // In step with the log, which is empty when the effect is done.
      this.#core.log.reset(offset(0));
      this.#core.moveHighWatermark(offset(0));
      this.#core.emit({ kind: 'setAside' });
    } else if (partitionEpochRose) {
      this.report();
    }
  }

  /** The files are moved away: the replica may follow, and stays uncertain until it is in sync. */
  get isSetAside(): boolean {
    return this.#settingAside;
  }

  /**
   * Out of the ISR is not enough: an eligible leader replica is outside too, and may be elected with
   * what it has.
   */
  #isWrittenOff(): boolean {
    const { damaged, isr, leader, partitionEpoch } = this.#core.known;
    const { self } = this.#core;
    const applied = this.#foundAt === null || partitionEpoch > this.#foundAt;
    return applied && damaged.includes(self) && !isr.includes(self) && leader !== self;
  }
}
