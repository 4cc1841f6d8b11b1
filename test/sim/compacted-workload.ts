import { offset, partitionIndex, timestamp } from '../../src/base/ids.ts';
import type { FetchedPartition, LeaderHint } from '../../src/broker/interfaces.ts';
import type { PartitionHost } from '../../src/broker/partition-host.ts';
import { OdradekError } from '../../src/base/errors.ts';
import {
  batchesIn,
  RecordBatchBuilder,
  RecordBatchView,
  type RecordCursor,
  sequenceAfter,
} from '../../src/record/index.ts';
import type { ProduceResult } from '../../src/replication/types.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import { exponential } from './knobs.ts';
import { WORLD_EPOCH_MS } from './node-clock.ts';
import type { Process } from './scheduler.ts';
import { must } from './violation.ts';
import { COMPACTED_TOPIC, type World } from './world.ts';

/** Everything that was ever written under one key, in its order; null is a tombstone. */
interface KeyHistory {
  readonly values: (string | null)[];
  /** How many of them have been acknowledged. */
  acknowledged: number;
  /** By place in `values`, where it was acknowledged. */
  readonly offsets: number[];
}

/** What a reader has seen last of each key: a place in its history. */
type Seen = Map<string, number>;

interface Writer {
  readonly process: Process;
  readonly producerId: number;
  believed: number;
  sequence: number;
}

interface Write {
  readonly bytes: Uint8Array;
  readonly baseSequence: number;
  readonly records: readonly { readonly key: string; readonly place: number }[];
}

/**
 * A compacted topic under keyed writes, and a reader that goes through it from its start, again and
 * again. Replicas are compacted each by itself, so their bytes differ, and the other invariants do
 * not look at them. What is held against what was written, as S24: a log knows of each key the latest
 * value, or that it is gone; never one that was not written, none twice, none at another offset; and
 * a reader who begins after a value was acknowledged ends with it or a later one.
 */
export class CompactedWorkload {
  readonly counts = { written: 0, scans: 0, again: 0 };
  loading = false;
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #histories = new Map<string, KeyHistory>();
  #unsettled = 0;
  #values = 0;
  #endOffset = 0;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.fork();
  }

  /** Writes that nobody has acknowledged. */
  get unsettled(): number {
    return this.#unsettled;
  }

  start(): void {
    const { knobs, scheduler, network } = this.#world;
    if (!knobs.compacted) return;
    this.loading = true;
    for (let index = 0; index < WRITERS; index++) {
      const process = scheduler.startProcess(`keyed-${index + 1}`);
      network.lives(process.name, process);
      const believed = 1 + this.#random.below(knobs.brokers);
      const writer = { process, producerId: FIRST_PRODUCER_ID + index, believed, sequence: 0 };
      this.#later(process, 1, () => this.#next(writer));
    }
    const reader = scheduler.startProcess('key-reader');
    network.lives(reader.name, reader);
    this.#later(reader, 1, () => this.#scan(reader));
  }

  stop(): void {
    this.loading = false;
  }

  /** Everything is whole and nobody writes: every replica is held against what was written. */
  check(done: () => void): void {
    this.#checkAll().then(done, (error: unknown) => {
      this.#world.scheduler.schedule(0, null, 'client', () => {
        throw error;
      });
    });
  }

  async #checkAll(): Promise<void> {
    const { compactedTopicId, nodes } = this.#world;
    for (const node of nodes.brokers) {
      const host = [...node.broker.partitions].find(({ topicId }) => topicId === compactedTopicId);
      if (host === undefined) continue;
      const seen = await this.#readAll(host, `broker ${node.id}`);
      for (const [key, { values }] of this.#histories) {
        const last = values.at(-1) ?? null;
        const place = seen.get(key);
        if (place === undefined) this.#world.sometimes.count('tombstone removed');
        must(
          place === values.length - 1 || (place === undefined && last === null),
          'S24',
          () =>
            `broker ${node.id} has ${place === undefined ? 'nothing' : `value ${place}`} of key ${key}, ` +
            `whose last of ${values.length} is ${last === null ? 'a tombstone' : last}`,
        );
      }
    }
  }

  /** Whether all replicas are there and go as far, committed and all. */
  endsAgree(): boolean {
    const { knobs, compactedTopicId, nodes } = this.#world;
    const hosts = nodes.brokers.flatMap((node) =>
      node.running
        ? [...node.broker.partitions].filter(({ topicId }) => topicId === compactedTopicId)
        : [],
    );
    const ends = new Set(
      hosts.flatMap(({ log, highWatermark }) => [log.logEndOffset, highWatermark]),
    );
    return hosts.length === knobs.replicationFactor && ends.size === 1;
  }

  #later(process: Process, delayMs: number, work: () => void): void {
    this.#world.scheduler.schedule(delayMs, process, 'client', work);
  }

  // --- Writing: one batch at a time, sent until it is acknowledged. ---

  #next(writer: Writer): void {
    if (!this.loading) return;
    this.#unsettled += 1;
    this.#attempt(writer, this.#make(writer));
  }

  #attempt(writer: Writer, write: Write): void {
    const world = this.#world;
    const { network, scheduler, knobs } = world;
    const { process, believed: broker } = writer;
    const node = world.nodes.broker(broker);
    let open = true;
    const end = (result: ProduceResult | null, hint: LeaderHint | null): void => {
      if (!open) return;
      open = false;
      patience.cancel();
      if (result?.ok === true) {
        this.#unsettled -= 1;
        const usual = Math.max(2, Math.min(knobs.thinkMs, 20));
        const think = exponential(this.#random, world.thinkMs(usual));
        this.#later(process, 1 + think, () => this.#next(writer));
        return;
      }
      this.counts.again += 1;
      const hinted: number | null = hint?.broker ?? null;
      const isHelpful = hinted !== null && hinted !== broker && this.#random.below(4) > 0;
      writer.believed = isHelpful ? hinted : 1 + (broker % knobs.brokers);
      this.#later(process, 2 + this.#random.below(10), () => this.#attempt(writer, write));
    };
    const patience = scheduler.schedule(PATIENCE_MS, process, 'client', () => end(null, null));
    network.once(process.name, node.name, () => {
      if (!node.running) return;
      node.broker.door.produce(
        {
          target: TARGET,
          acks: 'all',
          timeoutMs: PRODUCE_TIMEOUT_MS,
          expectedLeaderEpoch: null,
          // The leader writes into the bytes that it is given.
          batch: Uint8Array.from(write.bytes),
        },
        (result, hint) => {
          if (result.ok) this.#told(write, result.baseOffset);
          network.once(node.name, process.name, () => end(result, hint));
        },
      );
    });
  }

  /** A broker has decided: from now on the cluster is held to it. */
  #told({ records }: Write, baseOffset: number): void {
    this.#endOffset = Math.max(this.#endOffset, baseOffset + records.length);
    records.forEach(({ key, place }, index) => {
      const history = this.#historyOf(key);
      history.acknowledged = Math.max(history.acknowledged, place + 1);
      const at = baseOffset + index;
      const before = history.offsets[place] ?? at;
      must(
        before === at,
        'S24',
        () => `value ${place} of ${key} was acknowledged at ${before}, and at ${at}`,
      );
      history.offsets[place] = at;
    });
  }

  #make(writer: Writer): Write {
    const builder = new RecordBatchBuilder({ bytesMax: 1_900 });
    const count = 1 + this.#random.below(4);
    const records: { key: string; place: number }[] = [];
    for (let index = 0; index < count; index++) {
      // Keys come up and are left behind: of some the last word is a tombstone.
      const oldest = Math.floor(this.counts.written / WRITES_OF_A_KEY);
      const key = `${writer.process.name}.${oldest + this.#random.below(KEYS_OF_EACH)}`;
      const { values } = this.#historyOf(key);
      this.#values += 1;
      const value =
        this.#random.below(5) === 0
          ? null
          : `${this.#values}:${'k'.repeat(this.#random.below(this.#world.knobs.recordBytes))}`;
      builder.append({ key, value, timestamp: timestamp(WORLD_EPOCH_MS + this.#values) });
      records.push({ key, place: values.length });
      values.push(value);
    }
    this.counts.written += count;
    const { producerId, sequence: baseSequence } = writer;
    writer.sequence = sequenceAfter(baseSequence, count);
    const bytes = Uint8Array.from(builder.build({ producerId, producerEpoch: 0, baseSequence }));
    return { bytes, baseSequence, records };
  }

  #historyOf(key: string): KeyHistory {
    let history = this.#histories.get(key);
    if (history === undefined) {
      history = { values: [], acknowledged: 0, offsets: [] };
      this.#histories.set(key, history);
    }
    return history;
  }

  // --- Reading. ---

  /**
   * From the start to the end, then anew. To the end as it is then: a value that a newer one replaces
   * may be gone before this reader comes to it, and the newer one lies further back.
   */
  #scan(process: Process): void {
    if (!this.loading) return;
    const promised = new Map([...this.#histories].map(([key, each]) => [key, each.acknowledged]));
    const seen: Seen = new Map();
    this.#readOn(process, { position: 0, seen, believed: 1 }, () => {
      this.counts.scans += 1;
      for (const [key, acknowledged] of promised) {
        const last = seen.get(key) ?? -1;
        // A tombstone may be gone before a slow reader comes to it.
        const isGone = this.#historyOf(key).values.indexOf(null, last + 1) >= 0;
        must(
          last >= acknowledged - 1 || isGone,
          'S24',
          () =>
            `a reader of everything up to ${this.#endOffset} has seen value ${last} of ${key}, ` +
            `${acknowledged} had been acknowledged before`,
        );
      }
      this.#later(process, this.#world.thinkMs(20), () => this.#scan(process));
    });
  }

  #readOn(
    process: Process,
    reader: { position: number; readonly seen: Seen; believed: number },
    done: () => void,
  ): void {
    if (reader.position >= this.#endOffset) return done();
    const world = this.#world;
    const { network, scheduler, knobs } = world;
    const broker = reader.believed;
    const node = world.nodes.broker(broker);
    const { position } = reader;
    let open = true;
    const settle = (): boolean => {
      if (!open) return false;
      open = false;
      patience.cancel();
      return true;
    };
    const another = (hint: LeaderHint | null): void => {
      if (!settle()) return;
      reader.believed = hint?.broker ?? 1 + (broker % knobs.brokers);
      if (this.#random.below(4) === 0) reader.believed = 1 + this.#random.below(knobs.brokers);
      this.#later(process, 2 + this.#random.below(10), () => this.#readOn(process, reader, done));
    };
    const patience = scheduler.schedule(PATIENCE_MS, process, 'client', () => another(null));
    const taken = (fetched: FetchedPartition | undefined): void => {
      if (fetched === undefined || fetched.error !== null) {
        return another(fetched?.error?.leader ?? null);
      }
      if (!settle()) return;
      reader.position = this.#take(fetched.chunks, position, reader.seen, process.name);
      this.#later(process, 1, () => this.#readOn(process, reader, done));
    };
    network.once(process.name, node.name, () => {
      if (!node.running) return;
      const partitions = [
        {
          target: TARGET,
          fetchOffset: offset(position),
          currentLeaderEpoch: null,
          maxBytes: 4_096,
          generation: 0,
        },
      ];
      node.broker.door
        .fetch(
          { partitions, maxWaitMs: 100, minBytes: 1, maxBytes: 4_096, isolation: 'read-committed' },
          new AbortController().signal,
        )
        .then(
          ([fetched]) => network.once(node.name, process.name, () => taken(fetched)),
          (error: unknown) => {
            if (!(error instanceof OdradekError)) throw error;
            network.once(node.name, process.name, () => another(null));
          },
        );
    });
  }

  /** Everything that one replica holds. */
  async #readAll(host: PartitionHost, who: string): Promise<Seen> {
    const seen: Seen = new Map();
    const { log } = host;
    for (let position: number = log.logStartOffset; position < log.logEndOffset;) {
      const read = await host.read(offset(position), 4_096, log.logEndOffset);
      must(!('code' in read), 'S24', () => `${who} cannot read its log at ${position}`);
      const next = this.#take(read, position, seen, who);
      must(next > position, 'S24', () => `${who} has nothing at ${position}`);
      position = next;
    }
    return seen;
  }

  /** Holds each record against what was written. Returns where the next read begins. */
  #take(chunks: readonly Uint8Array[], from: number, seen: Seen, who: string): number {
    let next = from;
    for (const bytes of chunks) {
      for (const { position, header } of batchesIn(bytes)) {
        next = Math.max(next, header.lastOffset + 1);
        new RecordBatchView(bytes, position).forEach((record) => this.#judge(record, seen, who));
      }
    }
    return next;
  }

  #judge(record: RecordCursor, seen: Seen, who: string): void {
    const key = decode(record.key) ?? '';
    const value = decode(record.value);
    const history = this.#historyOf(key);
    const last = seen.get(key) ?? -1;
    // Tombstones are all alike: which one it is, its offset says.
    const known = history.offsets.indexOf(record.offset);
    const place = known >= 0 ? known : history.values.indexOf(value, last + 1);
    must(
      place > last && history.values[place] === value,
      'S24',
      () =>
        `${who} finds ${value ?? 'a tombstone'} under ${key} at ${record.offset}, behind value ${last}; ` +
        `${known < 0 ? 'nothing was acknowledged there' : `value ${known} was`}`,
    );
    const acknowledgedAt = history.offsets[place] ?? record.offset;
    must(
      acknowledgedAt === record.offset || value === null,
      'S24',
      () =>
        `${who} finds value ${place} of ${key} at ${record.offset}, it was acknowledged at ${acknowledgedAt}`,
    );
    seen.set(key, place);
  }
}

function decode(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

const TARGET = { topic: COMPACTED_TOPIC, topicId: null, partition: partitionIndex(0) };
const WRITERS = 2;
const KEYS_OF_EACH = 6;
const WRITES_OF_A_KEY = 12;
/** Far from those of the other producers. */
const FIRST_PRODUCER_ID = 2_000_000;
const PRODUCE_TIMEOUT_MS = 1_000;
const PATIENCE_MS = 1_500;
