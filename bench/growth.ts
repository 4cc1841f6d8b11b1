import { setTimeout as pause } from 'node:timers/promises';
import { statfs } from 'node:fs/promises';
import { Client } from '../src/client/index.ts';
import { cpuMicrosOf, residentBytesOf, type BenchCluster } from './cluster.ts';
import { numberOf, Payload } from './payload.ts';
import { postAll } from './post.ts';
import { measure, untilReady } from './produce.ts';
import { hundredths, mapSpread, quantile, shuffled, spreadOf, type Spread } from './statistics.ts';

export const GROWTH_PARTS = ['partitions', 'memory', 'log'] as const;
export type GrowthPart = (typeof GROWTH_PARTS)[number];

export interface GrowthOptions {
  readonly parts: readonly GrowthPart[];
  readonly messages: number;
  readonly repetitions: number;
  /** Of one replica of the large log. */
  readonly logBytes: number;
  /** How many idle replicas are added; three to a partition. */
  readonly replicas: number;
  readonly batchBytes: number;
  /** A cluster of its own for each part. */
  readonly onCluster: <T>(measure: (cluster: BenchCluster) => Promise<T>) => Promise<T>;
  readonly say: (line: string) => void;
}

/** What something costs when there is little, and when there is much; the shape that scripts read. */
export interface GrowthRow {
  readonly experiment: 'growth';
  readonly system: 'odradek';
  readonly part: GrowthPart;
  readonly what: string;
  readonly unit: string;
  readonly little: Spread;
  readonly much: Spread;
  /** Where one is divided by the other, `much` over `little`; else what the aim speaks of. */
  readonly figure: number;
  readonly figureUnit: 'times' | 'KB a replica';
  readonly aim: string | null;
  readonly reached: boolean | null;
  readonly repetitions: number;
}

/** What grows with the number of partitions, with their replicas, and with the log. */
export async function benchGrowth(options: GrowthOptions): Promise<GrowthRow[]> {
  const rows: GrowthRow[] = [];
  for (const part of options.parts) {
    rows.push(...(await options.onCluster((cluster) => PARTS[part](cluster, options))));
  }
  return rows;
}

const PARTS = {
  partitions: growPartitions,
  memory: growReplicas,
  log: growLog,
} satisfies Record<GrowthPart, unknown>;

/** The rate over a thousand partitions against that of one, in turns on one cluster. */
async function growPartitions(
  cluster: BenchCluster,
  { messages, repetitions, batchBytes, say }: GrowthOptions,
): Promise<GrowthRow[]> {
  await using client = new Client({ bootstrap: cluster.bootstrap, clientId: 'bench' });
  const rates = new Map<number, number[]>([
    [1, []],
    [MANY_PARTITIONS, []],
  ]);
  const rateOf = async (partitions: number, count: number): Promise<number> => {
    const common = { replicationFactor: 3, acks: 'all', size: SIZE, batchBytes } as const;
    const unused = { messages, warmUpMessages: 0, repetitions, durabilities: [], say };
    const options = { ...common, ...unused, partitions };
    return (await measure(client, cluster, options, 'fsync', count)).messagesPerSecond;
  };
  for (const partitions of rates.keys()) {
    say(`warming up, partitions: ${partitions}`);
    await rateOf(partitions, Math.ceil(messages / 4));
  }
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    for (const partitions of shuffled([...rates.keys()])) {
      const rate = await rateOf(partitions, messages);
      rates.get(partitions)?.push(rate);
      const text = Math.round(rate).toLocaleString('en');
      say(`${repetition}/${repetitions} partitions: ${partitions}: ${text} messages/s`);
    }
  }
  const little = spreadOf(rates.get(1) ?? []);
  const much = spreadOf(rates.get(MANY_PARTITIONS) ?? []);
  const share = much.median / little.median;
  return [
    rowOf({
      part: 'partitions',
      what: `produce, 1 and ${MANY_PARTITIONS.toLocaleString('en')} partitions`,
      unit: 'messages/s',
      little: mapSpread(little, Math.round),
      much: mapSpread(much, Math.round),
      figure: share,
      aim: `at least ${SHARE_MIN}`,
      reached: share >= SHARE_MIN,
      repetitions,
    }),
  ];
}

/**
 * What the brokers have resident, with as many idle replicas more. As many are there before, so that
 * what the first of anything costs is not counted.
 */
async function growReplicas(
  cluster: BenchCluster,
  { replicas, say }: GrowthOptions,
): Promise<GrowthRow[]> {
  await using client = new Client({ bootstrap: cluster.bootstrap, clientId: 'bench' });
  const partitions = Math.max(1, Math.round(replicas / 3));
  const create = async (topic: string): Promise<void> => {
    say(`creating ${partitions.toLocaleString('en')} partitions on three replicas`);
    const patience = { timeoutMs: TOPIC_MS_MAX };
    await client.admin.createTopic(topic, { partitions, replicationFactor: 3 }, patience);
    await untilReady(client, topic);
    say('waiting until the brokers are quiet');
    await untilQuiet(cluster);
  };
  await create('idle-before');
  const before = await memoryOf(cluster);
  await create('idle');
  const after = await memoryOf(cluster);
  const added = partitions * 3;
  return (['resident', 'heap'] as const).map((which) => {
    const [little, much] = [before[which], after[which]];
    const kilobytes = (sumOf(much) - sumOf(little)) / added / 1e3;
    const isAimedAt = which === 'resident';
    return rowOf({
      part: 'memory',
      what: `${which === 'heap' ? 'used heap' : 'resident'}, ${added.toLocaleString('en')} idle replicas more`,
      unit: 'MB a broker',
      little: mapSpread(spreadOf(little), (bytes) => hundredths(bytes / 1e6)),
      much: mapSpread(spreadOf(much), (bytes) => hundredths(bytes / 1e6)),
      figure: kilobytes,
      figureUnit: 'KB a replica',
      aim: isAimedAt ? `under ${REPLICA_KILOBYTES_MAX}` : null,
      reached: isAimedAt ? kilobytes < REPLICA_KILOBYTES_MAX : null,
      repetitions: 1,
    });
  });
}

/** Until none of the brokers has used a tenth of a CPU for some seconds, or they never will. */
async function untilQuiet(cluster: BenchCluster): Promise<void> {
  const deadline = performance.now() + QUIET_MS_MAX;
  let quietSeconds = 0;
  let before = await cpuMicrosOf(cluster.brokers);
  while (quietSeconds < QUIET_SECONDS) {
    if (performance.now() > deadline) {
      throw new Error(`the brokers were not quiet within ${QUIET_MS_MAX / 1000} s`);
    }
    await pause(1_000);
    const now = await cpuMicrosOf(cluster.brokers);
    const isQuiet = now - before < QUIET_SHARE * 1e6 * cluster.brokers.length;
    quietSeconds = isQuiet ? quietSeconds + 1 : 0;
    before = now;
  }
}

/** By broker, the least of some looks: what the next collection would free does not count. */
async function memoryOf(
  cluster: BenchCluster,
): Promise<{ readonly resident: number[]; readonly heap: number[] }> {
  const resident = cluster.brokers.map(() => Infinity);
  const heap = cluster.brokers.map(() => Infinity);
  for (let look = 0; look < MEMORY_LOOKS; look += 1) {
    await Promise.all(
      cluster.brokers.map(async ({ pid }, index) => {
        const bytes = await residentBytesOf(pid);
        resident[index] = Math.min(resident[index] ?? Infinity, bytes);
        const used = await usedHeapOf(cluster.http[index] ?? '');
        heap[index] = Math.min(heap[index] ?? Infinity, used);
      }),
    );
    await pause(1_000);
  }
  return { resident, heap };
}

async function usedHeapOf(http: string): Promise<number> {
  const response = await fetch(`${http}/metrics`);
  const found = /^nodejs_heap_size_used_bytes (\S+)$/m.exec(await response.text());
  if (found === null) throw new Error(`${http}/metrics does not say how much heap is used`);
  return Number(found[1]);
}

/**
 * What a produced message and a read somewhere costs with a short log and with a long one, in turns.
 * Each short log is a new one; the long one goes on. Values have their offset in them, so that every
 * read shows whether it is right.
 */
async function growLog(cluster: BenchCluster, options: GrowthOptions): Promise<GrowthRow[]> {
  const { logBytes, messages, repetitions, say } = options;
  // Its index and what is measured on top: less than a tenth.
  const needed = (logBytes + (repetitions + 1) * messages * RECORD_BYTES * 2) * 3 * 1.1;
  const missing = missingSpace(needed, await freeBytesOf(cluster.dataDirectory));
  if (missing !== null) {
    throw new Error(`${cluster.dataDirectory}: ${missing}; choose --log-bytes or --data-dir`);
  }
  await using client = new Client({ bootstrap: cluster.bootstrap, clientId: 'bench' });
  const long = await GrowingLog.create(client, cluster, options);
  const warmUp = await GrowingLog.create(client, cluster, options);
  say('warming up');
  await warmUp.produce(Math.ceil(messages / 4));
  await warmUp.delete();
  await long.fill(logBytes);
  const taken = { little: [] as LogRun[], much: [] as LogRun[] };
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    for (const which of shuffled(['little', 'much'] as const)) {
      const log = which === 'much' ? long : await GrowingLog.create(client, cluster, options);
      if (which === 'little') await log.fill(SHORT_LOG_BYTES);
      const readMs = await log.readSomewhere();
      const produced = await log.produce(messages);
      if (which === 'little') {
        await log.verify();
        await log.delete();
      }
      taken[which].push({ readMs, ...produced });
      say(
        `${repetition}/${repetitions} ${which === 'much' ? 'long' : 'short'} log: ` +
          `${Math.round(produced.messagesPerSecond).toLocaleString('en')} messages/s, ` +
          `reads p99 ${hundredths(quantile(readMs, 0.99))} ms`,
      );
    }
  }
  say('reading the long log back');
  await long.verify();
  const row = (what: string, unit: string, of: (run: LogRun) => number): GrowthRow => {
    const little = mapSpread(spreadOf(taken.little.map(of)), hundredths);
    const much = mapSpread(spreadOf(taken.much.map(of)), hundredths);
    const sizes = `1 MB and ${hundredths(logBytes / 1e6).toLocaleString('en')} MB of log`;
    const figure = much.median / little.median;
    return rowOf({
      ...{ part: 'log', what: `${what}, ${sizes}`, unit, little, much, figure },
      ...{ aim: null, reached: null, repetitions },
    });
  };
  return [
    row('produce', 'messages/s', (run) => Math.round(run.messagesPerSecond)),
    row('brokers’ CPU', 'µs a message', (run) => run.brokerCpuMicros),
    row('read at a random offset, p50', 'ms', (run) => quantile(run.readMs, 0.5)),
    row('read at a random offset, p99', 'ms', (run) => quantile(run.readMs, 0.99)),
  ];
}

interface LogRun {
  readonly messagesPerSecond: number;
  readonly brokerCpuMicros: number;
  /** Ascending. */
  readonly readMs: readonly number[];
}

/** What is wrong where there is less than needed; null where there is enough. Exported for its test. */
export function missingSpace(needed: number, free: number): string | null {
  if (free >= needed) return null;
  const gigabytes = (bytes: number): string => `${hundredths(bytes / 1e9)} GB`;
  return `three replicas of the log need ${gigabytes(needed)}, and ${gigabytes(free)} are free`;
}

async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** A topic of one partition on three replicas that is only added to; each value has its offset in it. */
class GrowingLog {
  readonly #client: Client;
  readonly #cluster: BenchCluster;
  readonly #options: GrowthOptions;
  readonly #topic = `growth-${Math.random().toString(36).slice(2, 10)}`;
  /** Where the next record goes. */
  #end = 0;

  private constructor(client: Client, cluster: BenchCluster, options: GrowthOptions) {
    this.#client = client;
    this.#cluster = cluster;
    this.#options = options;
  }

  static async create(
    client: Client,
    cluster: BenchCluster,
    options: GrowthOptions,
  ): Promise<GrowingLog> {
    const log = new GrowingLog(client, cluster, options);
    await client.admin.createTopic(log.#topic, {
      partitions: 1,
      replicationFactor: 3,
      config: {
        durability: 'fsync',
        'max.message.bytes': String(options.batchBytes + 1024),
        'retention.ms': '-1',
        'retention.bytes': '-1',
      },
    });
    await untilReady(client, log.#topic);
    return log;
  }

  /** In large records and large batches, which is the quickest way to have much of it. */
  async fill(bytes: number): Promise<void> {
    const size = Math.min(FILL_SIZE, bytes);
    const count = Math.ceil(bytes / size);
    const share = Math.ceil(count / 10);
    for (let done = 0; done < count; done += share) {
      await this.#append(Math.min(share, count - done), new Payload(size));
      if (bytes <= SHORT_LOG_BYTES) continue;
      const megabytes = Math.round((Math.min(count, done + share) * size) / 1e6);
      this.#options.say(`filling: ${megabytes.toLocaleString('en')} MB`);
    }
  }

  async produce(count: number): Promise<Omit<LogRun, 'readMs'>> {
    const payload = new Payload(SIZE);
    const before = await cpuMicrosOf(this.#cluster.brokers);
    const startedAt = performance.now();
    await this.#append(count, payload);
    const seconds = (performance.now() - startedAt) / 1000;
    const used = (await cpuMicrosOf(this.#cluster.brokers)) - before;
    return { messagesPerSecond: count / seconds, brokerCpuMicros: used / count };
  }

  async #append(count: number, payload: Payload): Promise<void> {
    const { batchBytes } = this.#options;
    await using producer = this.#client.producer({ batchBytes });
    const start = this.#end;
    await postAll(producer, this.#topic, count, (index) => ({
      key: null,
      value: payload.value(start + index),
    }));
    await producer.flush();
    this.#end += count;
  }

  /** How long it takes, in milliseconds, ascending, from asking for an offset to having its record. */
  async readSomewhere(): Promise<number[]> {
    const times: number[] = [];
    for (let read = 0; read < READS; read += 1) {
      const offset = Math.floor(Math.random() * this.#end);
      const startedAt = performance.now();
      await this.#read(offset);
      times.push(performance.now() - startedAt);
    }
    return times.sort((a, b) => a - b);
  }

  async #read(offset: number): Promise<void> {
    const assign = [{ topic: this.#topic, from: offset }];
    await using consumer = this.#client.consumer({ assign });
    for await (const batch of consumer.batches()) {
      for (const record of batch.records()) {
        if (record.offset !== offset) throw new Error(`${record.offset} comes for ${offset}`);
        expectNumber(offset, record.value);
        return;
      }
    }
    throw new Error(`nothing was read at offset ${offset} of ${this.#topic}`);
  }

  /** Reads all of it: every offset is there, with the value that was sent. */
  async verify(): Promise<void> {
    await using consumer = this.#client.consumer({
      assign: [{ topic: this.#topic, from: 'start' }],
    });
    let next = 0;
    for await (const batch of consumer.batches({ untilEnd: true })) {
      batch.forEach(({ offset, value }) => {
        if (offset !== next) throw new Error(`offset ${offset} comes where ${next} belongs`);
        expectNumber(offset, value);
        next += 1;
      });
    }
    if (next !== this.#end) throw new Error(`${next} of ${this.#end} messages were read back`);
  }

  delete(): Promise<void> {
    return this.#client.admin.deleteTopic(this.#topic);
  }
}

function expectNumber(offset: number, value: Uint8Array | null): void {
  const number = value === null ? null : numberOf(value);
  if (number !== offset) throw new Error(`offset ${offset} has the value of ${number}`);
}

function rowOf(
  row: Omit<GrowthRow, 'experiment' | 'system' | 'figureUnit'> &
    Partial<Pick<GrowthRow, 'figureUnit'>>,
): GrowthRow {
  return {
    experiment: 'growth',
    system: 'odradek',
    figureUnit: 'times',
    ...row,
    figure: hundredths(row.figure),
  };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

const SIZE = 100;
/** Of a record of that size in the log, about. */
const RECORD_BYTES = 110;
const MANY_PARTITIONS = 1_000;
const SHARE_MIN = 0.7;
const REPLICA_KILOBYTES_MAX = 20;
const TOPIC_MS_MAX = 300_000;
const QUIET_MS_MAX = 120_000;
/** A broker that has come to rest gives back what making replicas took: see `IdleHeap`. */
const QUIET_SECONDS = 15;
/** Of one CPU, for each broker: heartbeats and timers are there all the time. */
const QUIET_SHARE = 0.1;
const MEMORY_LOOKS = 10;
const SHORT_LOG_BYTES = 1_000_000;
const FILL_SIZE = 10_000;
const READS = 500;
