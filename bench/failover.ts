import { Client, type PartitionDescription } from '../src/client/index.ts';
import type { BenchCluster, BenchProcess } from './cluster.ts';
import type { Durability } from './produce.ts';
import { quantile } from './statistics.ts';
import { SteadyLoad } from './steady-load.ts';
import { until } from './waiting.ts';

export interface FailoverOptions {
  /** kill −9 of the leader, so often. */
  readonly kills: number;
  /** By a clean stop of the leader and by an election, in turns. */
  readonly handovers: number;
  /** Messages a second. */
  readonly rate: number;
  readonly size: number;
  readonly durability: Durability;
  readonly say: (line: string) => void;
}

/** What happened to the leader, or to the cluster. */
export type FailoverEvent = 'kill' | 'return' | 'clean stop' | 'election';

/** One kind of event; the shape that scripts read. */
export interface FailoverRow {
  readonly experiment: 'failover';
  readonly system: 'odradek' | 'kafka';
  readonly event: FailoverEvent;
  readonly rate: number;
  /** Null where the producer decides it: a few bytes. */
  readonly size: number | null;
  readonly durability: Durability;
  readonly events: number;
  /**
   * From the kill to the first acknowledgement of a message sent after it; null for what kills nobody,
   * and where nobody says when a message was sent.
   */
  readonly gapMs: Distribution | null;
  /** The longest time between two acknowledgements, from the event until a second of messages later. */
  readonly silenceMs: Distribution;
  /** Messages of the whole run that were not acknowledged. */
  readonly errors: number;
  readonly messages: number;
  /** How it is known that nothing acknowledged was lost. */
  readonly verified: string;
}

export interface Distribution {
  readonly p50: number;
  readonly max: number;
  /** Each, in the order in which they were taken. */
  readonly all: readonly number[];
}

/** What the producer saw of one event. */
interface Seen {
  readonly event: FailoverEvent;
  readonly gapMs: number | null;
  readonly silenceMs: number;
}

/**
 * What a producer at a fixed rate sees of a leader that dies and of one that hands over: one partition,
 * three replicas, acks=all, idempotent. A broker that is gone is started again, and the next event waits
 * until all replicas are in sync.
 */
export async function benchFailover(
  cluster: BenchCluster,
  options: FailoverOptions,
): Promise<FailoverRow[]> {
  const { rate, size, durability } = options;
  const client = new Client({ bootstrap: cluster.bootstrap, clientId: 'bench' });
  try {
    await client.admin.createTopic(TOPIC, {
      partitions: 1,
      replicationFactor: 3,
      config: { durability },
    });
    const load = new SteadyLoad(client, { topic: TOPIC, rate, size });
    // Everybody is warm.
    await load.acknowledges(5 * rate);
    const seen: Seen[] = [];
    const experiment = new Failover(cluster, client, load, options, seen);
    for (let kill = 1; kill <= options.kills; kill += 1) await experiment.kill(kill);
    if (options.handovers > 0) await experiment.givePreferredLeader();
    for (let handover = 1; handover <= options.handovers; handover += 1) {
      await (handover % 2 === 1 ? experiment.stop(handover) : experiment.elect(handover));
    }
    await load.stop();
    options.say(`reading ${load.messages.toLocaleString('en')} messages back`);
    await load.verify();
    for (const error of new Set(load.errors)) options.say(`not acknowledged: ${error}`);
    return rowsOf(seen, load, options);
  } finally {
    await client.close();
  }
}

/** The events, each from a cluster that is whole to one that is whole again. Lives for one run. */
class Failover {
  readonly #cluster: BenchCluster;
  readonly #client: Client;
  readonly #load: SteadyLoad;
  readonly #options: FailoverOptions;
  readonly #seen: Seen[];

  constructor(
    cluster: BenchCluster,
    client: Client,
    load: SteadyLoad,
    options: FailoverOptions,
    seen: Seen[],
  ) {
    this.#cluster = cluster;
    this.#client = client;
    this.#load = load;
    this.#options = options;
    this.#seen = seen;
  }

  async kill(count: number): Promise<void> {
    const leader = await this.#leader();
    const watch = this.#load.watch();
    await leader.kill();
    await this.#load.acknowledges(this.#options.rate);
    const gapMs = await until('a message sent after the kill', { withinMs: 60_000 }, () => {
      return watch.firstAckMs;
    });
    this.#note(
      { event: 'kill', gapMs, silenceMs: watch.longestMs(performance.now()) },
      `kill ${count}/${this.#options.kills} of ${leader.name}`,
    );
    await this.#return(leader);
  }

  /** The leader is asked to end, and hands over first. */
  async stop(count: number): Promise<void> {
    const leader = await this.#leader();
    const watch = this.#load.watch();
    await leader.stop();
    await this.#load.acknowledges(this.#options.rate);
    this.#note(
      { event: 'clean stop', gapMs: null, silenceMs: watch.longestMs(performance.now()) },
      `hand-over ${count}/${this.#options.handovers}, clean stop of ${leader.name}`,
    );
    await this.#return(leader);
  }

  /** The preferred leader, which is a follower now, is given the partition back. */
  async elect(count: number): Promise<void> {
    const watch = this.#load.watch();
    await this.givePreferredLeader();
    await this.#load.acknowledges(this.#options.rate);
    this.#note(
      { event: 'election', gapMs: null, silenceMs: watch.longestMs(performance.now()) },
      `hand-over ${count}/${this.#options.handovers}, election`,
    );
  }

  /** Resolves once the partition's first replica leads it. */
  async givePreferredLeader(): Promise<void> {
    const [result] = await this.#client.admin.electLeaders({ topic: TOPIC, partition: 0 });
    const error = result?.error ?? null;
    if (error !== null && error.code !== 'ELECTION_NOT_NEEDED') throw error;
    await until('the preferred leader', { withinMs: 30_000 }, async () => {
      const { leader, replicas } = await this.#partition();
      return leader === replicas[0]?.broker ? true : null;
    });
  }

  /** What a producer feels of a broker that comes back and catches up. */
  async #return(broker: BenchProcess): Promise<void> {
    const watch = this.#load.watch();
    await broker.start();
    await until('all replicas to be in sync', { withinMs: 120_000 }, async () => {
      const { isr } = await this.#partition();
      return isr.length === 3 ? true : null;
    });
    await this.#load.acknowledges(this.#options.rate);
    const silenceMs = watch.longestMs(performance.now());
    this.#seen.push({ event: 'return', gapMs: null, silenceMs });
  }

  async #leader(): Promise<BenchProcess> {
    return until('a leader', { withinMs: 30_000 }, async () => {
      const { leader } = await this.#partition();
      return leader === null ? null : (this.#cluster.brokers[leader - 1] ?? null);
    });
  }

  async #partition(): Promise<PartitionDescription> {
    const [partition] = (await this.#client.admin.describeTopic(TOPIC)).partitions;
    if (partition === undefined) throw new Error(`${TOPIC} has no partition`);
    return partition;
  }

  #note(seen: Seen, what: string): void {
    this.#seen.push(seen);
    const gap = seen.gapMs === null ? '' : `acknowledged again after ${tenths(seen.gapMs)} ms, `;
    this.#options.say(`${what}: ${gap}longest silence ${tenths(seen.silenceMs)} ms`);
  }
}

function rowsOf(
  seen: readonly Seen[],
  load: SteadyLoad,
  { rate, size, durability }: FailoverOptions,
): FailoverRow[] {
  return EVENTS.flatMap((event): FailoverRow[] => {
    const ofEvent = seen.filter((each) => each.event === event);
    if (ofEvent.length === 0) return [];
    const gaps = ofEvent.flatMap(({ gapMs }) => (gapMs === null ? [] : [gapMs]));
    return [
      {
        experiment: 'failover',
        system: 'odradek',
        event,
        ...{ rate, size, durability },
        events: ofEvent.length,
        gapMs: gaps.length === 0 ? null : distributionOf(gaps),
        silenceMs: distributionOf(ofEvent.map(({ silenceMs }) => silenceMs)),
        errors: load.errors.length,
        messages: load.messages,
        verified: 'every message read back and judged',
      },
    ];
  });
}

export function distributionOf(values: readonly number[]): Distribution {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    p50: tenths(quantile(sorted, 0.5)),
    max: tenths(quantile(sorted, 1)),
    all: values.map(tenths),
  };
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

const TOPIC = 'failover';
const EVENTS: readonly FailoverEvent[] = ['kill', 'return', 'clean stop', 'election'];
