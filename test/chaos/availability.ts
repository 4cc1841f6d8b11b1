/**
 * Who does its part, and when each partition last took a write: how long writes were impossible, and
 * whether the cluster is stuck, which it is if it could take writes and does not.
 */
import { CONTROLLER, type NodeName } from './schedule.ts';

interface NodeHealth {
  faults: number;
  /** Since when it has had no fault. */
  since: number;
}

/** Times are milliseconds of one clock. One for each run. */
export class Availability {
  readonly #partitions: Map<string, { lastAt: number; longestGapMs: number; acks: number }>;
  readonly #nodes: ReadonlyMap<NodeName, NodeHealth>;
  readonly #stuckAfterMs: number;

  constructor(options: {
    readonly partitions: readonly string[];
    readonly nodes: readonly NodeName[];
    /** So long without an acknowledgement, while a majority is well, is a failure. */
    readonly stuckAfterMs: number;
    readonly now: number;
  }) {
    const { now } = options;
    this.#partitions = new Map(
      options.partitions.map((name) => [name, { lastAt: now, longestGapMs: 0, acks: 0 }]),
    );
    this.#nodes = new Map(options.nodes.map((node) => [node, { faults: 0, since: now }]));
    this.#stuckAfterMs = options.stuckAfterMs;
  }

  acknowledged(partition: string, now: number): void {
    const state = this.#partitions.get(partition);
    if (state === undefined) throw new Error(`nobody said that there is ${partition}`);
    state.longestGapMs = Math.max(state.longestGapMs, now - state.lastAt);
    state.lastAt = now;
    state.acks += 1;
  }

  disturb(nodes: readonly NodeName[]): void {
    for (const node of nodes) this.#node(node).faults += 1;
  }

  heal(nodes: readonly NodeName[], now: number): void {
    for (const node of nodes) {
      const health = this.#node(node);
      health.faults -= 1;
      health.since = now;
    }
  }

  /**
   * Since when the controller and the same majority of brokers have had no fault; null if that is not
   * so now.
   */
  healthySince(): number | null {
    const brokers: number[] = [];
    let controller: number | null = null;
    for (const [node, { faults, since }] of this.#nodes) {
      if (faults > 0) continue;
      if (node === CONTROLLER) controller = since;
      else brokers.push(since);
    }
    const majority = Math.floor((this.#nodes.size - 1) / 2) + 1;
    const last = brokers.sort((a, b) => a - b)[majority - 1];
    return last === undefined || controller === null ? null : Math.max(last, controller);
  }

  /** A sentence for each partition that takes no writes and should; empty while all is well. */
  stuck(now: number): string[] {
    const healthySince = this.healthySince();
    if (healthySince === null) return [];
    const sentences: string[] = [];
    for (const [name, { lastAt }] of this.#partitions) {
      if (now - Math.max(lastAt, healthySince) <= this.#stuckAfterMs) continue;
      const silent = ((now - lastAt) / 1_000).toFixed(1);
      const healthy = ((now - healthySince) / 1_000).toFixed(1);
      sentences.push(
        `stuck: nothing is acknowledged in ${name} for ${silent} s, ` +
          `although a majority has been well for ${healthy} s`,
      );
    }
    return sentences;
  }

  /** Whether every partition has taken a write since. */
  allAcknowledgedSince(time: number): boolean {
    return [...this.#partitions.values()].every(({ lastAt }) => lastAt > time);
  }

  /** The longest time without an acknowledgement, by partition, in milliseconds. */
  longestGapsMs(now: number): ReadonlyMap<string, number> {
    return new Map(
      [...this.#partitions].map(([name, { longestGapMs, lastAt }]) => [
        name,
        Math.max(longestGapMs, now - lastAt),
      ]),
    );
  }

  get acks(): number {
    return [...this.#partitions.values()].reduce((sum, { acks }) => sum + acks, 0);
  }

  #node(name: NodeName): NodeHealth {
    const health = this.#nodes.get(name);
    if (health === undefined) throw new Error(`there is no ${name}`);
    return health;
  }
}
