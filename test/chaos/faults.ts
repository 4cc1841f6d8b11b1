/** Carries faults out on a real cluster, and takes them back. */
import type { Availability } from './availability.ts';
import type { ChaosCluster } from './chaos-cluster.ts';
import type { Network } from './network.ts';
import { disturbedBy, type Fault, type FaultAction, type NodeName } from './schedule.ts';
import { RESERVE_BYTES, type SmallDisk } from './small-disk.ts';

/** Made by the run, for its whole length. */
export class Faults {
  /** How often each class was begun. */
  readonly counts = new Map<string, number>();
  /** Those that last. */
  readonly current = new Set<Fault>();
  /** Nodes whose disk was ever full. */
  readonly disksFilled = new Set<NodeName>();
  /** Stops that were not clean: cut short, or killed. */
  uncleanStops = 0;
  readonly #cluster: ChaosCluster;
  readonly #availability: Availability;
  readonly #now: () => number;
  readonly #problem: (sentence: string) => void;
  readonly #signal: AbortSignal;

  constructor(options: {
    readonly cluster: ChaosCluster;
    readonly availability: Availability;
    readonly now: () => number;
    readonly problem: (sentence: string) => void;
    /** Nothing is waited for any more. */
    readonly signal: AbortSignal;
  }) {
    this.#cluster = options.cluster;
    this.#availability = options.availability;
    this.#now = options.now;
    this.#problem = options.problem;
    this.#signal = options.signal;
  }

  async begin(fault: Fault): Promise<void> {
    this.counts.set(fault.class, (this.counts.get(fault.class) ?? 0) + 1);
    this.current.add(fault);
    this.#availability.disturb(disturbedBy(fault.action));
    await this.#begin(fault.action);
  }

  /** Resolves when the fault is taken back. Killed processes are well again once they are alive. */
  async end(fault: Fault): Promise<void> {
    const { action } = fault;
    await this.#end(action);
    this.current.delete(fault);
    for (const name of disturbedBy(action)) void this.#heal(name, startsProcess(action));
  }

  async #heal(name: NodeName, starts: boolean): Promise<void> {
    try {
      // How long a process takes to load is the machine's business.
      if (starts) await this.#cluster.node(name).alive(this.#signal);
      this.#availability.heal([name], this.#now());
    } catch (error) {
      this.#problem(error instanceof Error ? error.message : String(error));
    }
  }

  async #begin(action: FaultAction): Promise<void> {
    switch (action.kind) {
      case 'kill':
        await Promise.all(action.nodes.map((name) => this.#cluster.node(name).kill()));
        return;
      case 'freeze':
        this.#cluster.node(action.node).freeze();
        return;
      case 'restart':
        if ((await this.#cluster.node(action.node).stop()) !== 0) this.uncleanStops += 1;
        return;
      case 'fill-disk':
        this.#cluster.node(action.node).mayEnd = true;
        this.disksFilled.add(action.node);
        this.#disk(action.node).fill(action.leave === 'little' ? RESERVE_BYTES / 2 : 0);
        return;
      case 'cut':
        await Promise.all(action.links.map((link) => this.#network.cut(link)));
        return;
      case 'loss':
        await this.#network.lose(action.node, action.percent);
        return;
      case 'slow':
        await this.#network.slow(action.node, action.delayMs);
        return;
    }
  }

  async #end(action: FaultAction): Promise<void> {
    switch (action.kind) {
      case 'kill':
        for (const name of action.nodes) this.#cluster.node(name).start();
        return;
      case 'freeze':
        this.#cluster.node(action.node).thaw();
        return;
      case 'restart':
        this.#cluster.node(action.node).start();
        return;
      case 'fill-disk':
        this.#disk(action.node).free();
        // It may just be on its way out: what it met was the full disk.
        await this.#restartIfFailing(action.node);
        return;
      case 'cut':
        await Promise.all(action.links.map((link) => this.#network.mend(link)));
        return;
      case 'loss':
        await this.#network.loseNothing(action.node);
        return;
      case 'slow':
        await this.#network.slowNothing(action.node);
        return;
    }
  }

  async #restartIfFailing(name: NodeName): Promise<void> {
    const node = this.#cluster.node(name);
    const failed = await node.endsWithin(FAILING_MS);
    node.mayEnd = false;
    if (failed) node.start();
  }

  get #network(): Network {
    const { network } = this.#cluster;
    if (network === null) throw new Error('the run has no network of its own');
    return network;
  }

  #disk(name: NodeName): SmallDisk {
    const disk = this.#cluster.smallDisks.get(name);
    if (disk === undefined) throw new Error(`${name} has no disk of its own`);
    return disk;
  }
}

function startsProcess(action: FaultAction): boolean {
  return action.kind === 'kill' || action.kind === 'restart' || action.kind === 'fill-disk';
}

/** How long a process that has met a full disk may take to end. */
const FAILING_MS = 3_000;
