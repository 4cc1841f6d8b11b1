import { Client } from '../src/client/index.ts';
import type { BenchCluster } from './cluster.ts';
import {
  startPeer,
  type Peer,
  type PeerName,
  type PeerProducer,
  type PeerRun,
} from './peers/peer.ts';
import { measure, type Durability, type ProduceOptions } from './produce.ts';
import { hundredths, mapSpread, shuffled, spreadOf, type Spread } from './statistics.ts';

export interface BesideOptions extends Omit<
  ProduceOptions,
  'durabilities' | 'partitions' | 'acks'
> {
  readonly peers: readonly PeerName[];
  /** Messages of each run of a sweep. */
  readonly sweepMessages: number;
  readonly dataDirectory?: string;
}

/** One system at one durability; the shape that scripts read. */
export interface BesideRow {
  readonly experiment: 'produce beside a peer';
  readonly system: 'odradek' | PeerName;
  readonly size: number;
  readonly durability: string;
  readonly messagesPerSecond: Spread;
  /** How many times each peer’s median, by its name; 1 for the peer itself. */
  readonly ratios: Readonly<Partial<Record<PeerName, number>>>;
  readonly brokerCpuMicrosPerMessage: Spread;
  readonly settings: string;
  readonly repetitions: number;
  readonly messages: number;
  readonly verified: string;
}

export interface Beside {
  /** The peers’, by name. */
  readonly versions: Readonly<Partial<Record<PeerName, string>>>;
  readonly rows: readonly BesideRow[];
}

/** What takes turns with the others: one system at one durability, with its best settings. */
interface Contestant {
  readonly system: BesideRow['system'];
  readonly title: string;
  readonly durability: string;
  readonly settings: string;
  readonly messages: number;
  readonly verified: string;
  run(): Promise<PeerRun>;
  readonly runs: PeerRun[];
}

/**
 * One producer, one partition, three replicas, acknowledged by most of them: Odradek at both
 * durabilities and other systems, in turns of random order on the same machine, all clusters up all the
 * time. A peer gets the best of a sweep of its settings, taken when it is warm, and its own producer.
 * Or the reason why one of them cannot be had.
 */
export async function benchBeside(
  cluster: BenchCluster,
  options: BesideOptions,
): Promise<Beside | { readonly missing: string }> {
  const { say, repetitions } = options;
  const peers: Peer[] = [];
  const client = new Client({ bootstrap: cluster.bootstrap, clientId: 'bench' });
  try {
    for (const name of options.peers) {
      say(`starting ${name}, three brokers`);
      const directory = options.dataDirectory;
      const peer = await startPeer(name, directory === undefined ? {} : { directory });
      if ('missing' in peer) return { missing: `${name} cannot be measured here: ${peer.missing}` };
      peers.push(peer);
    }
    const contestants: Contestant[] = [];
    for (const durability of DURABILITIES) {
      contestants.push(await ourselves(client, cluster, options, durability));
    }
    for (const peer of peers) contestants.push(await contestantOf(peer, options));
    for (let repetition = 1; repetition <= repetitions; repetition += 1) {
      for (const contestant of shuffled(contestants)) {
        const run = await contestant.run();
        contestant.runs.push(run);
        const who = `${contestant.title}, ${contestant.durability}`;
        say(`${repetition}/${repetitions} ${who}: ${rateText(run)}`);
      }
    }
    return {
      versions: Object.fromEntries(peers.map(({ name, version }) => [name, version])),
      rows: rowsOf(contestants, options),
    };
  } finally {
    await client.close();
    await Promise.all(peers.map((peer) => peer.stop()));
  }
}

/** Warm. */
async function ourselves(
  client: Client,
  cluster: BenchCluster,
  options: BesideOptions,
  durability: Durability,
): Promise<Contestant> {
  const { messages, warmUpMessages, batchBytes, say } = options;
  const produce = { ...options, partitions: 1, acks: 'all', durabilities: DURABILITIES } as const;
  say(`warming up Odradek, ${durability}`);
  await measure(client, cluster, produce, durability, warmUpMessages);
  return {
    system: 'odradek',
    title: 'Odradek',
    durability,
    settings: `batchBytes ${batchBytes}`,
    messages,
    verified: 'every message read back and judged',
    run: () => measure(client, cluster, produce, durability, messages),
    runs: [],
  };
}

/** Warm, and with the best of its settings. */
async function contestantOf(peer: Peer, options: BesideOptions): Promise<Contestant> {
  const { size } = options;
  const messages = Math.min(options.messages, peer.messagesMax ?? Infinity);
  const best = await sweep(peer, options);
  return {
    system: peer.name,
    title: peer.title,
    durability: peer.durability,
    settings: best.settings,
    messages,
    verified: 'counted',
    run: () => best.produce({ messages, size }),
    runs: [],
  };
}

/** Every choice once, in random order, after two runs that warm it up; answers with the fastest. */
async function sweep(
  { title, warmUp, sweep, messagesMax }: Peer,
  { say, size, sweepMessages }: BesideOptions,
): Promise<PeerProducer> {
  const messages = Math.min(sweepMessages, messagesMax ?? Infinity);
  for (let run = 1; run <= WARM_UP_RUNS; run += 1) {
    say(`warming up ${title}, ${run} of ${WARM_UP_RUNS}`);
    await warmUp.produce({ messages, size });
  }
  let best = warmUp;
  let bestRate = 0;
  for (const [index, producer] of shuffled(sweep).entries()) {
    const run = await producer.produce({ messages, size });
    say(`sweep ${index + 1}/${sweep.length}, ${producer.settings}: ${rateText(run)}`);
    if (run.messagesPerSecond <= bestRate) continue;
    best = producer;
    bestRate = run.messagesPerSecond;
  }
  say(`${title} is fastest with ${best.settings}`);
  return best;
}

function rowsOf(
  contestants: readonly Contestant[],
  { size, repetitions }: BesideOptions,
): BesideRow[] {
  const medianOf = ({ runs }: Contestant): number =>
    spreadOf(runs.map((run) => run.messagesPerSecond)).median;
  const peerMedians = contestants.flatMap((each) =>
    each.system === 'odradek' ? [] : [[each.system, medianOf(each)] as const],
  );
  return contestants.map((contestant) => {
    const { system, durability, settings, messages, verified, runs } = contestant;
    const ratios = peerMedians.map(([peer, median]) => [
      peer,
      hundredths(medianOf(contestant) / median),
    ]);
    return {
      experiment: 'produce beside a peer',
      ...{ system, size, durability, settings, repetitions, messages, verified },
      messagesPerSecond: mapSpread(spreadOf(runs.map((run) => run.messagesPerSecond)), Math.round),
      ratios: Object.fromEntries(ratios) as BesideRow['ratios'],
      brokerCpuMicrosPerMessage: mapSpread(
        spreadOf(runs.map((run) => run.brokerCpuMicros)),
        hundredths,
      ),
    };
  });
}

function rateText({ messagesPerSecond }: PeerRun): string {
  return `${Math.round(messagesPerSecond).toLocaleString('en')} messages/s`;
}

const DURABILITIES: readonly Durability[] = ['page-cache', 'fsync'];
const WARM_UP_RUNS = 2;
