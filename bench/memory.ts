import { readFile } from 'node:fs/promises';
import { Client } from '../src/client/index.ts';
import { residentBytesOf, usageOf, type BenchCluster, type MeasuredProcess } from './cluster.ts';
import { numberOf, Payload } from './payload.ts';
import type { Durability } from './produce.ts';
import { pause } from './waiting.ts';

export interface MemoryOptions {
  /** After the start, before anything is asked of the cluster. */
  readonly idleSeconds: number;
  /** Of the producer, flat out. */
  readonly seconds: number;
  readonly size: number;
  readonly batchBytes: number;
  readonly durability: Durability;
  readonly say: (line: string) => void;
}

/** One process, or all of them; the shape that scripts read. */
export interface MemoryRow {
  readonly experiment: 'memory';
  readonly system: 'odradek';
  /** `load`: one producer flat out, and one consumer that reads what it writes. */
  readonly phase: 'idle' | 'load';
  readonly process: string;
  /** Resident; under load the most that was seen, of all together at one moment. */
  readonly residentMegabytes: number;
  /** What is shared counts in parts; null where the system does not tell. */
  readonly proportionalMegabytes: number | null;
  /** The most resident memory since its start, by the system's own count; of all: the sum. */
  readonly highWaterMegabytes: number;
  readonly durability: Durability;
  /** Written and read in the phase. */
  readonly messages: number;
}

/** What processes have in memory at one moment, in bytes. */
export interface MemorySample {
  readonly resident: readonly number[];
  /** Null where the system does not tell. */
  readonly proportional: readonly number[] | null;
}

/**
 * How much memory the controller and the brokers take: idle after their start, and the most while one
 * producer writes as fast as it can and one consumer reads it all.
 */
export async function benchMemory(
  cluster: BenchCluster,
  options: MemoryOptions,
): Promise<MemoryRow[]> {
  const { idleSeconds, seconds, durability, say } = options;
  const processes = [cluster.controller, ...cluster.brokers];
  say(`idle for ${idleSeconds} s`);
  await pause(idleSeconds * 1000);
  const idle = await sampleOf(processes);
  const idleRows = rowsOf(processes, [idle], await highWaterOf(processes));
  say(`writing and reading for ${seconds} s`);
  const samples: MemorySample[] = [];
  const load = writeAndRead(cluster, options);
  // Seen below; until then it must not look like nobody's.
  load.catch(() => {});
  let isOver = false;
  const sampling = (async () => {
    while (!isOver) {
      samples.push(await sampleOf(processes));
      await pause(SAMPLE_MS);
    }
  })();
  const messages = await load.finally(() => (isOver = true));
  await sampling;
  say(`${messages.toLocaleString('en')} messages written and read, ${samples.length} samples`);
  const loadRows = rowsOf(processes, samples, await highWaterOf(processes));
  const row = { experiment: 'memory', system: 'odradek', durability } as const;
  return [
    ...idleRows.map((each) => ({ ...row, phase: 'idle' as const, ...each, messages: 0 })),
    ...loadRows.map((each) => ({ ...row, phase: 'load' as const, ...each, messages })),
  ];
}

/**
 * The most of each process, and of all of them at one moment: processes that peak one after the other
 * do not add up. Exported for its test.
 */
export function peakOf(samples: readonly (readonly number[])[]): { each: number[]; all: number } {
  const sums = samples.map((sample) => sample.reduce((sum, bytes) => sum + bytes, 0));
  const each = (samples[0] ?? []).map((_, at) =>
    Math.max(...samples.map((sample) => sample[at] ?? 0)),
  );
  return { each, all: Math.max(...sums) };
}

function rowsOf(
  processes: readonly MeasuredProcess[],
  samples: readonly MemorySample[],
  highWater: readonly number[],
): Pick<
  MemoryRow,
  'process' | 'residentMegabytes' | 'proportionalMegabytes' | 'highWaterMegabytes'
>[] {
  const resident = peakOf(samples.map((sample) => sample.resident));
  const told = samples.flatMap(({ proportional }) => (proportional === null ? [] : [proportional]));
  const proportional = told.length === 0 ? null : peakOf(told);
  return [
    ...processes.map(({ name }, at) => ({
      process: name,
      residentMegabytes: megabytes(resident.each[at] ?? 0),
      proportionalMegabytes: proportional === null ? null : megabytes(proportional.each[at] ?? 0),
      highWaterMegabytes: megabytes(highWater[at] ?? 0),
    })),
    {
      process: 'all together',
      residentMegabytes: megabytes(resident.all),
      proportionalMegabytes: proportional === null ? null : megabytes(proportional.all),
      highWaterMegabytes: megabytes(highWater.reduce((sum, bytes) => sum + bytes, 0)),
    },
  ];
}

async function sampleOf(processes: readonly MeasuredProcess[]): Promise<MemorySample> {
  const resident = await Promise.all(processes.map(({ pid }) => residentBytesOf(pid)));
  const told = await Promise.all(processes.map(({ pid }) => proportionalBytesOf(pid)));
  const proportional = told.filter((bytes) => bytes !== null);
  return { resident, proportional: proportional.length === told.length ? proportional : null };
}

function highWaterOf(processes: readonly MeasuredProcess[]): Promise<number[]> {
  return Promise.all(processes.map(async ({ pid }) => (await usageOf(pid)).peakBytes));
}

async function proportionalBytesOf(pid: number): Promise<number | null> {
  try {
    return parsePss(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'));
  } catch (error) {
    const isUntold = error instanceof Error && 'code' in error && UNTOLD.has(String(error.code));
    if (isUntold) return null;
    throw error;
  }
}

/** `Pss:` of `/proc/PID/smaps_rollup`, in bytes. Exported for its test. */
export function parsePss(text: string): number | null {
  const kibibytes = /^Pss:\s+(\d+) kB/m.exec(text)?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1024;
}

/** Answers with how many messages were written and read, each in its turn. */
async function writeAndRead(
  cluster: BenchCluster,
  { seconds, size, batchBytes, durability }: MemoryOptions,
): Promise<number> {
  await using client = new Client({ bootstrap: cluster.bootstrap, clientId: 'bench' });
  await client.admin.createTopic(TOPIC, {
    partitions: 1,
    replicationFactor: 3,
    config: { durability, 'max.message.bytes': String(batchBytes + 1024) },
  });
  const payload = new Payload(size);
  let failure: Error | null = null;
  const producer = client.producer({
    batchBytes,
    onDelivery: ({ error }) => {
      failure ??= error;
    },
  });
  const progress: Progress = { written: null, read: 0 };
  const reading = readUntil(client, progress);
  // Seen below; until then it must not look like nobody's.
  reading.catch(() => {});
  const deadline = performance.now() + seconds * 1000;
  let number = 0;
  while (performance.now() < deadline) {
    for (let more = TURN_MESSAGES; more > 0; more -= 1, number += 1) {
      const record = { key: null, value: payload.value(number) };
      while (!producer.post(TOPIC, record)) await producer.ready();
    }
    await new Promise(setImmediate);
  }
  await producer.close();
  if (failure !== null) throw failure as Error;
  progress.written = number;
  // A reader that has everything waits for more.
  if (progress.read < number) await reading;
  if (progress.read !== number) throw new Error(`${progress.read} of ${number} messages were read`);
  return number;
}

interface Progress {
  /** Null while more may come. */
  written: number | null;
  read: number;
}

async function readUntil(client: Client, progress: Progress): Promise<void> {
  await using consumer = client.consumer({ assign: [TOPIC] });
  for await (const batch of consumer.batches()) {
    batch.forEach(({ value }) => {
      const number = value === null ? -1 : numberOf(value);
      if (number !== progress.read) {
        throw new Error(`message ${number} comes where ${progress.read} belongs`);
      }
      progress.read += 1;
    });
    if (progress.written !== null && progress.read >= progress.written) return;
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}

const TOPIC = 'memory';
const SAMPLE_MS = 250;
const TURN_MESSAGES = 2_000;
/** An old kernel has no such file; elsewhere it may not be read. */
const UNTOLD: ReadonlySet<string> = new Set(['ENOENT', 'EACCES', 'EPERM']);
