import type { Clock, Timer } from '../base/clock.ts';
import type { LeaderEpoch, PartitionIndex } from '../base/ids.ts';
import type { PartitionHost } from './partition-host.ts';

/** What a coordinator keeps for one partition of its topic. */
export interface Coordinated {
  start(): void;
  close(): void;
}

/**
 * The partitions of one internal topic that this broker leads, each with what its coordinator keeps
 * of it: made when leadership begins, closed when it ends or another epoch begins, made again a little
 * later where it was lost for another reason.
 */
export class CoordinatedPartitions<Kept extends Coordinated> {
  readonly #clock: Clock;
  readonly #make: (host: PartitionHost, leaderEpoch: LeaderEpoch, onLost: () => void) => Kept;
  readonly #kept = new Map<PartitionIndex, Entry<Kept>>();
  readonly #timers = new Set<Timer>();
  #closed = false;

  constructor(
    clock: Clock,
    make: (host: PartitionHost, leaderEpoch: LeaderEpoch, onLost: () => void) => Kept,
  ) {
    this.#clock = clock;
    this.#make = make;
  }

  get(partition: PartitionIndex): Kept | undefined {
    return this.#kept.get(partition)?.kept;
  }

  /** In the order of their indexes. */
  all(): Kept[] {
    return [...this.#kept].sort(([a], [b]) => a - b).map(([, { kept }]) => kept);
  }

  /** The replica has become a leader or a follower, in some epoch. */
  roleChanged(host: PartitionHost): void {
    if (this.#closed || this.#isOver(host)) return;
    const { partition } = host;
    const { role, leaderEpoch } = host.view();
    const known = this.#kept.get(partition);
    const isKnown = known?.host === host && known.leaderEpoch === leaderEpoch;
    if (role === 'leader' && isKnown) return;
    this.#kept.delete(partition);
    known?.kept.close();
    if (role !== 'leader' || leaderEpoch === null) return;
    const kept: Kept = this.#make(host, leaderEpoch, () => {
      if (this.#kept.get(partition)?.kept !== kept) return;
      this.#kept.delete(partition);
      const timer = this.#clock.setTimer(RELOAD_MS, () => {
        this.#timers.delete(timer);
        this.roleChanged(host);
      });
      this.#timers.add(timer);
    });
    this.#kept.set(partition, { host, leaderEpoch, kept });
    kept.start();
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    for (const { kept } of this.#kept.values()) kept.close();
    this.#kept.clear();
  }

  /** Its topic is gone, or its broker: it decides nothing any more. */
  #isOver(host: PartitionHost): boolean {
    const bounds = host.bounds(null);
    return !bounds.ok && bounds.refusal.code === 'SHUTTING_DOWN';
  }
}

interface Entry<Kept> {
  readonly host: PartitionHost;
  readonly leaderEpoch: LeaderEpoch;
  readonly kept: Kept;
}

/** Before a partition that was lost and is led all the same is read again. */
const RELOAD_MS = 100;
