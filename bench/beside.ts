import { Client } from '../src/client/index.ts';
import type { BenchCluster } from './cluster.ts';
import { startKafka, type KafkaCluster } from './peers/kafka/kafka-cluster.ts';
import { produceToKafka, SWEEP, type KafkaRun, type KafkaSettings } from './peers/kafka/produce.ts';
import { measure, type Durability, type ProduceOptions, type Run } from './produce.ts';
import { hundredths, mapSpread, shuffled, spreadOf, type Spread } from './statistics.ts';

export interface BesideOptions extends Omit<
  ProduceOptions,
  'durabilities' | 'partitions' | 'acks'
> {
  /** Messages of each run of the sweep. */
  readonly sweepMessages: number;
  readonly dataDirectory?: string;
}

/** One system at one durability; the shape that scripts read. */
export interface BesideRow {
  readonly experiment: 'produce beside a peer';
  readonly system: 'odradek' | 'kafka';
  readonly size: number;
  readonly durability: Durability;
  readonly messagesPerSecond: Spread;
  /** How many times the peer’s median; 1 for the peer itself. */
  readonly ratio: number;
  readonly brokerCpuMicrosPerMessage: Spread;
  readonly settings: string;
  readonly repetitions: number;
  readonly messages: number;
  readonly verified: string;
}

export interface Beside {
  /** The peer’s. */
  readonly version: string;
  readonly sweep: readonly {
    readonly settings: KafkaSettings;
    readonly messagesPerSecond: number;
  }[];
  readonly rows: readonly BesideRow[];
}

/**
 * One producer, one partition, three replicas, acks=all, idempotent: Odradek at both durabilities and
 * Apache Kafka at its default one, in turns of random order on the same machine, both clusters up all
 * the time. Kafka gets the best of a sweep of batch size and linger, taken when it is warm, and its
 * own `ProducerPerformance`. Null with the reason where Kafka cannot be had.
 */
export async function benchBesideKafka(
  cluster: BenchCluster,
  options: BesideOptions,
): Promise<Beside | { readonly missing: string }> {
  const { say, size, messages, repetitions } = options;
  say('starting Apache Kafka, three brokers');
  const kafka = await startKafka({
    messageBytesMax: 4_000_000,
    ...(options.dataDirectory === undefined ? {} : { directory: options.dataDirectory }),
  });
  if ('missing' in kafka) return kafka;
  const client = new Client({ bootstrap: cluster.bootstrap, clientId: 'bench' });
  try {
    const produce = { ...options, partitions: 1, acks: 'all', durabilities: DURABILITIES } as const;
    for (const durability of DURABILITIES) {
      say(`warming up Odradek, ${durability}`);
      await measure(client, cluster, produce, durability, options.warmUpMessages);
    }
    const sweep = await sweepKafka(kafka, options);
    const best = sweep.reduce((a, b) => (b.messagesPerSecond > a.messagesPerSecond ? b : a));
    say(`Kafka is fastest with ${settingsText(best.settings)}`);
    const ours = new Map<Durability, Run[]>(DURABILITIES.map((each) => [each, []]));
    const theirs: KafkaRun[] = [];
    for (let repetition = 1; repetition <= repetitions; repetition += 1) {
      for (const turn of shuffled([...DURABILITIES, 'kafka' as const])) {
        let rate: number;
        if (turn === 'kafka') {
          const run = await produceToKafka(kafka, { messages, size, settings: best.settings });
          theirs.push(run);
          rate = run.messagesPerSecond;
        } else {
          const run = await measure(client, cluster, produce, turn, messages);
          ours.get(turn)?.push(run);
          rate = run.messagesPerSecond;
        }
        const who = turn === 'kafka' ? 'Kafka, page-cache' : `Odradek, ${turn}`;
        say(
          `${repetition}/${repetitions} ${who}: ${Math.round(rate).toLocaleString('en')} messages/s`,
        );
      }
    }
    return {
      version: kafka.version,
      sweep,
      rows: rowsOf({ ours, theirs, best: best.settings, options }),
    };
  } finally {
    await client.close();
    await kafka.stop();
  }
}

/** Every combination once, in random order, after two runs that warm it up. */
async function sweepKafka(
  kafka: KafkaCluster,
  { say, size, sweepMessages: messages }: BesideOptions,
): Promise<Beside['sweep']> {
  const middle: KafkaSettings = { batchBytes: 262_144, lingerMs: 5 };
  for (let run = 1; run <= WARM_UP_RUNS; run += 1) {
    say(`warming up Kafka, ${run} of ${WARM_UP_RUNS}`);
    await produceToKafka(kafka, { messages, size, settings: middle });
  }
  const sweep: { settings: KafkaSettings; messagesPerSecond: number }[] = [];
  for (const settings of shuffled(SWEEP)) {
    const { messagesPerSecond } = await produceToKafka(kafka, { messages, size, settings });
    sweep.push({ settings, messagesPerSecond });
    const rate = Math.round(messagesPerSecond).toLocaleString('en');
    say(`sweep ${sweep.length}/${SWEEP.length}, ${settingsText(settings)}: ${rate} messages/s`);
  }
  return sweep;
}

function rowsOf(taken: {
  readonly ours: ReadonlyMap<Durability, readonly Run[]>;
  readonly theirs: readonly KafkaRun[];
  readonly best: KafkaSettings;
  readonly options: BesideOptions;
}): BesideRow[] {
  const { ours, theirs, best, options } = taken;
  const { size, messages, repetitions, batchBytes } = options;
  const peer = spreadOf(theirs.map((run) => run.messagesPerSecond)).median;
  const row = (
    system: 'odradek' | 'kafka',
    durability: Durability,
    runs: readonly (Run | KafkaRun)[],
  ): BesideRow => {
    const rates = spreadOf(runs.map((run) => run.messagesPerSecond));
    const isOurs = system === 'odradek';
    return {
      experiment: 'produce beside a peer',
      system,
      size,
      durability,
      messagesPerSecond: mapSpread(rates, Math.round),
      ratio: hundredths(rates.median / peer),
      brokerCpuMicrosPerMessage: mapSpread(
        spreadOf(runs.map((run) => run.brokerCpuMicros)),
        hundredths,
      ),
      settings: isOurs ? `batchBytes ${batchBytes}` : settingsText(best),
      repetitions,
      messages,
      verified: isOurs ? 'every message read back and judged' : 'counted',
    };
  };
  return [
    ...DURABILITIES.map((durability) => row('odradek', durability, ours.get(durability) ?? [])),
    row('kafka', 'page-cache', theirs),
  ];
}

function settingsText({ batchBytes, lingerMs }: KafkaSettings): string {
  return `batch.size ${batchBytes}, linger.ms ${lingerMs}`;
}

const DURABILITIES: readonly Durability[] = ['page-cache', 'fsync'];
const WARM_UP_RUNS = 2;
