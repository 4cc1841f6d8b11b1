import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { endProcess } from '../../cluster.ts';
import { distributionOf, type FailoverOptions, type FailoverRow } from '../../failover.ts';
import { Silences, type Watch } from '../../silences.ts';
import { until } from '../../waiting.ts';
import type { Missing } from '../tools.ts';
import { startKafka, type KafkaCluster } from './kafka-cluster.ts';

/**
 * What Kafka's own `VerifiableProducer` sees of a leader that is killed: one partition, three replicas,
 * acks=all, idempotent, with the retries that a producer has by default. The leader is never the broker
 * that is the controller as well. Or the reason why Kafka cannot be had.
 */
export async function benchKafkaFailover(
  options: Omit<FailoverOptions, 'handovers' | 'size' | 'durability'> & {
    readonly dataDirectory?: string;
  },
): Promise<{ readonly version: string; readonly rows: FailoverRow[] } | Missing> {
  const { kills, rate, dataDirectory, say } = options;
  say('starting Apache Kafka, three brokers');
  const kafka = await startKafka({
    messageBytesMax: 4_000_000,
    ...(dataDirectory === undefined ? {} : { directory: dataDirectory }),
  });
  if ('missing' in kafka) return kafka;
  const directory = await mkdtemp(path.join(tmpdir(), 'kafka-bench-'));
  try {
    await kafka.createTopic(TOPIC, {});
    const settings = path.join(directory, 'producer.properties');
    // The tool would not try again, unless told.
    await writeFile(settings, 'retries=2147483647\nenable.idempotence=true\n');
    const producer = new VerifiableProducer(kafka, rate, settings);
    const silences: number[] = [];
    try {
      await producer.acknowledges(5 * rate);
      for (let kill = 1; kill <= kills; kill += 1) {
        const silenceMs = await killLeader(kafka, producer, rate);
        silences.push(silenceMs);
        say(`kill ${kill}/${kills} of Kafka's leader: longest silence ${Math.round(silenceMs)} ms`);
      }
    } finally {
      await producer.stop();
    }
    const { acknowledged, errors } = producer;
    const held = await kafka.count(TOPIC);
    if (held < acknowledged) {
      throw new Error(`Kafka holds ${held} of ${acknowledged} acknowledged messages`);
    }
    const row: FailoverRow = {
      experiment: 'failover',
      system: 'kafka',
      event: 'kill',
      ...{ rate, size: null, durability: 'page-cache', events: kills, errors },
      gapMs: null,
      silenceMs: distributionOf(silences),
      messages: acknowledged + errors,
      verified: 'counted',
    };
    return { version: kafka.version, rows: kills === 0 ? [] : [row] };
  } finally {
    await kafka.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** From a whole cluster to one that is whole again, with the leadership where it was. */
async function killLeader(
  kafka: KafkaCluster,
  producer: VerifiableProducer,
  rate: number,
): Promise<number> {
  const { leader } = await kafka.describe(TOPIC);
  if (leader === null || leader === CONTROLLER) throw new Error(`Kafka's leader is ${leader}`);
  const watch = producer.watch();
  await kafka.kill(leader);
  // More than was under way when it died, so that another leads; nothing else is asked meanwhile, since
  // each of Kafka's tools is a JVM that would take the CPU from who measures and who is measured.
  await producer.acknowledges(2 * rate);
  const silenceMs = watch.longestMs(performance.now());
  await kafka.start(leader);
  await until('all replicas to be in sync', { withinMs: 120_000, everyMs: 200 }, async () => {
    return (await kafka.describe(TOPIC)).isr.length === 3 ? true : null;
  });
  await kafka.electPreferredLeader(TOPIC);
  await producer.acknowledges(2 * rate);
  return silenceMs;
}

/** Runs from its construction until `stop`. */
class VerifiableProducer {
  readonly #child: ChildProcess;
  readonly #silences = new Silences(performance.now());
  #rest = '';
  acknowledged = 0;
  errors = 0;

  constructor(kafka: KafkaCluster, rate: number, settings: string) {
    this.#child = kafka.spawnTool('org.apache.kafka.tools.VerifiableProducer', [
      ...['--bootstrap-server', kafka.bootstrap, '--topic', TOPIC, '--acks', '-1'],
      ...['--throughput', String(rate), '--producer.config', settings],
    ]);
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#take(chunk.toString('utf8')));
  }

  watch(): Watch {
    return this.#silences.watch(performance.now(), this.acknowledged);
  }

  /** Until so many messages more than now have been acknowledged. */
  async acknowledges(messages: number): Promise<void> {
    const target = this.acknowledged + messages;
    await until(`${messages} more acknowledgements`, { withinMs: 180_000 }, () => {
      if (this.#child.exitCode !== null) {
        throw new Error(`Kafka's VerifiableProducer ended with ${this.#child.exitCode}`);
      }
      return this.acknowledged >= target ? true : null;
    });
  }

  async stop(): Promise<void> {
    await endProcess(this.#child);
  }

  #take(text: string): void {
    const now = performance.now();
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const outcome = outcomeOf(line);
      if (outcome === 'error') this.errors += 1;
      if (outcome !== 'acknowledged') continue;
      this.#silences.acknowledged(this.acknowledged, now);
      this.acknowledged += 1;
    }
  }
}

/** Of a line that `VerifiableProducer` prints; null if it is about nothing that was sent. Exported for its test. */
export function outcomeOf(line: string): 'acknowledged' | 'error' | null {
  // What the JVM or a logger prints is no JSON.
  if (!line.startsWith('{')) return null;
  const { name } = JSON.parse(line) as { readonly name?: unknown };
  if (name === 'producer_send_success') return 'acknowledged';
  return name === 'producer_send_error' ? 'error' : null;
}

const TOPIC = 'failover';
/** The broker that is the controller as well. */
const CONTROLLER = 0;
