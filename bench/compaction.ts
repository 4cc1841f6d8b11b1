import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from '../src/client/index.ts';
import { residentBytesOf, type BenchCluster } from './cluster.ts';
import { numberOf, Payload } from './payload.ts';
import { postAll } from './post.ts';
import { hundredths, quantile } from './statistics.ts';

export interface CompactionOptions {
  readonly keys: number;
  /** Of all records of the compacted topic together. */
  readonly bytes: number;
  /** How often each key is written, about. */
  readonly versions: number;
  /** Of the producer beside it, on another topic. */
  readonly messagesPerSecond: number;
  readonly quietSeconds: number;
  /** Progress, a sentence at a time. */
  readonly say: (line: string) => void;
}

/** The shape that scripts read. */
export interface CompactionRow {
  readonly experiment: 'compaction';
  readonly system: 'odradek';
  readonly keys: number;
  readonly records: number;
  readonly megabytesBefore: number;
  readonly megabytesAfter: number;
  readonly seconds: number;
  /** Resident, of the broker: before it began, and the most while it ran. */
  readonly brokerMegabytes: { readonly before: number; readonly peak: number };
  /**
   * From the intended time of a message to its acknowledgement, at a steady rate. The reader, who works
   * in the same process, is there both times: the difference is the cleaner.
   */
  readonly producerP99Ms: { readonly quiet: number; readonly during: number };
  /** Whole reads of the topic while it was being compacted, each of which saw every latest value. */
  readonly readsDuring: number;
  /** What is left is what one pass over what was written leaves. */
  readonly verified: boolean;
}

/**
 * Compacts a topic of a million keys while a producer writes elsewhere at a steady rate and a reader
 * reads the topic again and again. One broker, so that nothing but its cleaner competes with either.
 */
export async function benchCompaction(
  cluster: BenchCluster,
  options: CompactionOptions,
): Promise<CompactionRow> {
  const { keys, say } = options;
  const [broker] = cluster.brokers;
  if (broker === undefined) throw new Error('a broker is needed');
  const records = keys * options.versions;
  const size = Math.max(16, Math.floor(options.bytes / records) - RECORD_OVERHEAD_BYTES);
  await using client = new Client({ bootstrap: cluster.bootstrap, clientId: 'bench' });
  await client.admin.createTopic(COMPACTED, {
    partitions: 1,
    replicationFactor: 1,
    config: {
      'cleanup.policy': 'compact',
      'segment.bytes': '64MiB',
      'min.compaction.lag.ms': '7d',
      durability: 'page-cache',
    },
  });
  await client.admin.createTopic(BESIDE, { partitions: 1, replicationFactor: 1 });
  const reference = new Reference(keys, records);
  say(`writing ${records.toLocaleString('en')} records of ${size} bytes`);
  await fill(client, reference, size);
  const directory = path.join(cluster.dataDirectory, broker.name, `${COMPACTED}-0`);
  const before = await logBytes(client);

  say('a producer at a steady rate beside a reader, and no cleaner');
  let isQuietOver = false;
  const quietReader = readAgainAndAgain(client, reference, () => isQuietOver);
  const { messagesPerSecond, quietSeconds } = options;
  const quiet = await steadily(client, messagesPerSecond, () => false, quietSeconds);
  isQuietOver = true;
  await quietReader;
  const memoryBefore = await residentBytesOf(broker.pid);

  say('compacting');
  const startedAt = performance.now();
  await client.admin.alterTopic(COMPACTED, {
    'min.compaction.lag.ms': '0',
    'min.cleanable.dirty.percent': '1',
  });
  let isOver = false;
  let peak = memoryBefore;
  const sampler = setInterval(() => {
    void residentBytesOf(broker.pid).then((bytes) => (peak = Math.max(peak, bytes)));
  }, 50);
  const watched = watch(directory).then((endedAt) => {
    isOver = true;
    return endedAt;
  });
  const reader = readAgainAndAgain(client, reference, () => isOver);
  const during = await steadily(client, options.messagesPerSecond, () => isOver, Infinity);
  const seconds = ((await watched) - startedAt) / 1000;
  clearInterval(sampler);
  const readsDuring = await reader;
  say('comparing with a single pass');
  const after = await logBytes(client);
  const verified = await compare(client, reference, await activeBaseOffset(directory));
  return {
    experiment: 'compaction',
    system: 'odradek',
    keys,
    records,
    megabytesBefore: megabytes(before),
    megabytesAfter: megabytes(after),
    seconds: hundredths(seconds),
    brokerMegabytes: { before: megabytes(memoryBefore), peak: megabytes(peak) },
    producerP99Ms: {
      quiet: hundredths(quantile(quiet, 0.99)),
      during: hundredths(quantile(during, 0.99)),
    },
    readsDuring,
    verified,
  };
}

/** Which key each record has, and so what one pass leaves. Offsets are the records' numbers. */
class Reference {
  readonly keys: number;
  readonly records: number;

  constructor(keys: number, records: number) {
    this.keys = keys;
    this.records = records;
  }

  /** Every key once in each round, in another order each time. */
  keyOf(number: number): number {
    const round = Math.floor(number / this.keys);
    return (((number % this.keys) * STRIDE) % this.keys) ^ (round & 1);
  }

  /** In the last round one key in fifty is deleted. */
  isTombstone(number: number): boolean {
    return number >= this.records - this.keys && this.keyOf(number) % 50 === 7;
  }

  /** For each key the number of its last record below `end`; -1: none. */
  latest(end: number): Int32Array {
    const latest = new Int32Array(this.keys).fill(-1);
    for (let number = 0; number < end; number++) latest[this.keyOf(number)] = number;
    return latest;
  }
}

async function fill(client: Client, reference: Reference, size: number): Promise<void> {
  const payload = new Payload(size);
  await using producer = client.producer({ batchBytes: 256 * 1024 });
  await postAll(producer, COMPACTED, reference.records, (number) => ({
    key: `key-${reference.keyOf(number)}`,
    value: reference.isTombstone(number) ? null : payload.value(number),
  }));
  await producer.flush();
}

/** Sends at a rate that waits for nobody; latencies in milliseconds, ascending. */
async function steadily(
  client: Client,
  perSecond: number,
  isOver: () => boolean,
  seconds: number,
): Promise<number[]> {
  await using producer = client.producer();
  const latencies: number[] = [];
  const startedAt = performance.now();
  const payload = new Payload(100);
  let number = 0;
  while (!isOver() && performance.now() - startedAt < seconds * 1000) {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond);
    for (; number < due; number++) {
      const intendedAt = startedAt + (number / perSecond) * 1000;
      const done = (): void => void latencies.push(performance.now() - intendedAt);
      while (!producer.post(BESIDE, { key: null, value: payload.value(number) }, done)) {
        await producer.ready();
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await producer.flush();
  return latencies.sort((a, b) => a - b);
}

/** Until everything in front of the active segment has been cleaned; when that was. */
async function watch(directory: string): Promise<number> {
  const deadline = performance.now() + COMPACTION_MS_MAX;
  while (performance.now() < deadline) {
    const cleanedTo = await cleanedToIn(directory);
    if (cleanedTo >= (await activeBaseOffset(directory))) return performance.now();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the topic was not compacted within ${COMPACTION_MS_MAX / 1000} s`);
}

/** What the cleaner has written down; 0 before it has. */
async function cleanedToIn(directory: string): Promise<number> {
  const names = await readdir(directory);
  if (!names.includes(CHECKPOINT)) return 0;
  const text = await readFile(path.join(directory, CHECKPOINT), 'utf8');
  return Number(/^cleaned_to: (\d+)$/m.exec(text)?.[1] ?? 0);
}

/** Whole reads, each of which must end with the latest value of every key; how many there were. */
async function readAgainAndAgain(
  client: Client,
  reference: Reference,
  isOver: () => boolean,
): Promise<number> {
  const expected = reference.latest(reference.records);
  let reads = 0;
  while (!isOver()) {
    const seen = new Int32Array(reference.keys).fill(-1);
    await readAll(client, (offset, key) => {
      seen[key] = offset;
    });
    expectSame(seen, expected, 'a reader beside the cleaner');
    reads++;
  }
  return reads;
}

/** Below the active segment nothing but the last record of each key is left, and it is what was written. */
async function compare(client: Client, reference: Reference, end: number): Promise<boolean> {
  const left = new Int32Array(reference.keys).fill(-1);
  await readAll(client, (offset, key, value) => {
    if (reference.keyOf(offset) !== key) throw new Error(`offset ${offset} has key ${key}`);
    const isRight = reference.isTombstone(offset) ? value === null : value === offset;
    if (!isRight) throw new Error(`offset ${offset} has the value of ${value}`);
    if (offset >= end) return;
    if (left[key] !== -1)
      throw new Error(`key ${key} is there twice, at ${left[key]} and ${offset}`);
    left[key] = offset;
  });
  expectSame(left, reference.latest(end), 'what is left');
  return true;
}

async function readAll(
  client: Client,
  fn: (offset: number, key: number, value: number | null) => void,
): Promise<void> {
  await using consumer = client.consumer({ assign: [COMPACTED], from: 'start' });
  const text = new TextDecoder();
  for await (const batch of consumer.batches({ untilEnd: true })) {
    batch.forEach((record) => {
      const { key, value } = record;
      if (key === null) throw new Error('a record has no key');
      const number = Number(text.decode(key).slice('key-'.length));
      fn(record.offset, number, value === null ? null : numberOf(value));
    });
  }
}

function expectSame(seen: Int32Array, expected: Int32Array, what: string): void {
  for (let key = 0; key < expected.length; key++) {
    if (seen[key] === expected[key]) continue;
    throw new Error(`${what}: key ${key} ends at ${seen[key]}, not at ${expected[key]}`);
  }
}

async function logBytes(client: Client): Promise<number> {
  const { partitions } = await client.admin.describeTopic(COMPACTED);
  return partitions.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
}

/** Where the segment begins that is being written, which compaction leaves alone. */
async function activeBaseOffset(directory: string): Promise<number> {
  const names = await readdir(directory);
  const bases = names
    .filter((name) => /^\d{20}\.log$/.test(name))
    .map((name) => parseInt(name, 10));
  return Math.max(...bases);
}

const COMPACTED = 'compacted';
const BESIDE = 'beside';
/** Of a record with such a key, about. */
const RECORD_OVERHEAD_BYTES = 20;
/** Shares no factor with any round number of keys. */
const STRIDE = 7_919;
const CHECKPOINT = 'cleaner-checkpoint';
const COMPACTION_MS_MAX = 600_000;

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}
