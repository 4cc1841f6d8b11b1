import { ERRORS, OdradekError, type ErrorCode, type ErrorEntry } from '../../src/base/errors.ts';
import {
  offset,
  partitionIndex,
  partitionKey,
  timestamp,
  type PartitionKey,
} from '../../src/base/ids.ts';
import type { FetchedPartition, LeaderHint } from '../../src/broker/interfaces.ts';
import { batchesIn, readBatchHeader, RecordBatchBuilder } from '../../src/record/index.ts';
import type { Acks, ProduceResult } from '../../src/replication/types.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import type { DecidedAnswer } from './exact-producers.ts';
import { exponential } from './knobs.ts';
import { identityOf } from './mirror.ts';
import { WORLD_EPOCH_MS } from './node-clock.ts';
import type { Process } from './scheduler.ts';
import { TOPIC, type World } from './world.ts';

/** A batch on its way, for whoever writes histories. */
export interface RawSend {
  readonly client: string;
  readonly partition: number;
  readonly acks: Acks;
  readonly batch: Uint8Array;
}

/**
 * Clients without manners: they hand batches to whichever broker they believe in and remember what
 * they were told, so that every answer can be judged when it is given. Each batch is sent once, has
 * a timestamp of its own and values that occur nowhere else.
 */
export class Workload {
  readonly counts = { sent: 0, acknowledged: 0, refused: 0, unanswered: 0, read: 0 };
  loading = false;
  /** Told of every batch as it is sent; what it returns, of the answer, if one comes in time. */
  onSend: (send: RawSend) => (result: ProduceResult) => void = () => () => {};
  readonly #world: World;
  readonly #random: SeededRandom;
  #prober: Process | null = null;
  #hurried = false;
  #batches = 0;
  #waiting = 0;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.fork();
  }

  /** Sends that wait for an answer. */
  get waiting(): number {
    return this.#waiting;
  }

  start(): void {
    this.loading = true;
    const { producers, readers, partitions } = this.#world.knobs;
    for (let index = 0; index < producers; index++) this.#startProducer(index);
    for (let index = 0; index < readers; index++) {
      const client = this.#client(`reader-${index + 1}`);
      for (let partition = 0; partition < partitions; partition++) {
        const reader = { partition, position: 0, believed: 1 + this.#random.below(3) };
        this.#later(client, 0, () => this.#readOn(client, reader));
      }
    }
  }

  /**
   * What is left to write is written now: by more clients, so that what a batch costs in disk writes,
   * flushes and messages is shared, and with next to no thinking.
   */
  hurry(): void {
    if (this.#hurried) return;
    this.#hurried = true;
    const { producers } = this.#world.knobs;
    for (let index = producers; index < HURRYING_PRODUCERS; index++) this.#startProducer(index);
  }

  stop(): void {
    this.loading = false;
  }

  /** One batch to one partition at acks=all, from whoever asks; `done` is told whether it was taken. */
  probe(partition: number, done: (taken: boolean) => void): void {
    // Somebody of his own: a producer that has a batch under way would seem to have sent this one second.
    this.#prober ??= this.#client('prober');
    const client = this.#prober;
    const leader = this.#leaderOf(partition) ?? 1;
    this.#send(client, partition, leader, 'all', (taken) => {
      if (taken) return done(true);
      // Time must pass between two tries, also where the network takes none.
      this.#later(client, 1, () => done(false));
    });
  }

  /** Reads a partition from its start to what is committed; `done` when it is all there. */
  readAll(partition: number, done: () => void): void {
    const client = this.#client(`last-reader-${partition}`);
    const reader = { partition, position: this.#startOf(partition), believed: 1 };
    this.#readOn(client, reader, () => {
      const key = this.#key(partition);
      const end = key === null ? 0 : (this.#world.ghosts.get(key)?.trueHighWatermark ?? 0);
      if (reader.position < end) return false;
      done();
      return true;
    });
  }

  /** Somebody else's batch has been acknowledged at acks=all: the cluster is held to it. */
  acknowledge({ partition, broker, baseOffset, records, identity }: DecidedAnswer): void {
    const world = this.#world;
    const key = this.#key(partition);
    const ghost = key === null ? undefined : world.ghosts.get(key);
    if (key === null || ghost === undefined) return;
    const answer = {
      key,
      acks: 'all' as const,
      baseOffset,
      endOffset: baseOffset + records,
      identity,
      broker,
      leaderEpoch: world.replica(broker, key)?.view.leaderEpoch ?? 0,
      at: world.now,
    };
    this.counts.acknowledged += 1;
    this.#world.acknowledged += 1;
    world.scheduler.mix(baseOffset);
    world.note(`broker-${broker}`, 'acknowledges', { partition, offset: baseOffset, identity });
    ghost.acknowledged.push(answer);
    world.checkLater((invariant) => invariant.onAcknowledged?.(world, answer));
  }

  #client(name: string): Process {
    const process = this.#world.scheduler.startProcess(name);
    this.#world.network.lives(name, process);
    return process;
  }

  #later(client: Process, delayMs: number, work: () => void): void {
    this.#world.scheduler.schedule(delayMs, client, 'client', work);
  }

  // --- Producing. ---

  #startProducer(index: number): void {
    const client = this.#client(`producer-${index + 1}`);
    const believed = new Map<number, number>();
    this.#later(client, 0, () => this.#produceOn(client, believed));
  }

  #produceOn(client: Process, believed: Map<number, number>): void {
    if (!this.loading) return;
    const { knobs } = this.#world;
    const partition = this.#random.below(knobs.partitions);
    const draw = this.#random.below(100);
    const acks: Acks = draw < knobs.acks0 ? 0 : draw < knobs.acks0 + knobs.acks1 ? 1 : 'all';
    const broker = believed.get(partition) ?? 1 + this.#random.below(knobs.brokers);
    this.#send(client, partition, broker, acks, (taken, hint) => {
      if (taken) believed.set(partition, broker);
      else this.#believeAnother(believed, partition, broker, hint);
      const mean = this.#world.thinkMs(this.#hurried ? Math.min(knobs.thinkMs, 1) : knobs.thinkMs);
      const think = exponential(this.#random, mean) + (taken ? 0 : 1);
      this.#later(client, think, () => this.#produceOn(client, believed));
    });
  }

  /** The hint may be stale, and so may this client: now and then it tries whoever comes next. */
  #believeAnother(
    believed: Map<number, number>,
    partition: number,
    broker: number,
    hint: LeaderHint | null,
  ): void {
    const hinted: number | null = hint?.broker ?? null;
    if (hinted !== null && hinted !== broker && this.#random.below(4) > 0) {
      believed.set(partition, hinted);
    } else {
      believed.set(partition, 1 + (broker % this.#world.knobs.brokers));
    }
  }

  #send(
    client: Process,
    partition: number,
    broker: number,
    acks: Acks,
    settled: (taken: boolean, hint: LeaderHint | null) => void,
  ): void {
    const world = this.#world;
    const { network, scheduler } = world;
    const batch = this.#batch();
    const identity = identityOf(batch, 0, readBatchHeader(batch, 0).maxTimestamp);
    const node = world.nodes.broker(broker);
    const answered = this.onSend({ client: client.name, partition, acks, batch });
    let open = true;
    this.counts.sent += 1;
    this.#waiting += 1;
    const settle = (taken: boolean, hint: LeaderHint | null): void => {
      if (!open) return;
      open = false;
      patience.cancel();
      this.#waiting -= 1;
      settled(taken, hint);
    };
    const patience = scheduler.schedule(CLIENT_PATIENCE_MS, client, 'client', () => {
      if (open) this.counts.unanswered += 1;
      settle(false, null);
    });
    if (network.lifeOf(node.name) === null) {
      // Nobody listens: a connection is refused, or times out, in a moment.
      this.#later(client, 1 + network.delay(), () => settle(false, null));
      return;
    }
    network.once(client.name, node.name, () => {
      if (!node.running) return;
      node.broker.door.produce(
        {
          target: { topic: TOPIC, topicId: null, partition: partitionIndex(partition) },
          acks,
          timeoutMs: PRODUCE_TIMEOUT_MS,
          expectedLeaderEpoch: null,
          batch,
        },
        (result, hint) => {
          this.#answered(partition, broker, acks, batch.length, identity, batch, result);
          network.once(node.name, client.name, () => {
            if (!result.ok) this.counts.refused += 1;
            if (open) answered(result);
            settle(result.ok, hint);
          });
        },
      );
    });
  }

  /** A broker has decided its answer: from now on the cluster is held to it. */
  #answered(
    partition: number,
    broker: number,
    acks: Acks,
    _bytes: number,
    identity: number,
    batch: Uint8Array,
    result: ProduceResult,
  ): void {
    const world = this.#world;
    const key = this.#key(partition);
    const ghost = key === null ? undefined : world.ghosts.get(key);
    if (key === null || ghost === undefined) return;
    world.scheduler.mix(result.ok ? result.baseOffset : 0x5eed);
    if (!result.ok) {
      const { code } = result.refusal;
      world.note(`broker-${broker}`, 'refuses', { partition, identity, code });
      if (!isIndeterminate(code)) {
        ghost.refused.add(identity);
        world.checkLater((invariant) =>
          invariant.onRefused?.(world, { key, identity, code, broker }),
        );
      }
      return;
    }
    if (acks === 0) return;
    const header = readBatchHeader(batch, 0);
    const answer = {
      key,
      acks,
      baseOffset: result.baseOffset as number,
      endOffset: result.baseOffset + header.recordsCount,
      identity,
      broker,
      leaderEpoch: header.leaderEpoch,
      at: world.now,
    };
    this.counts.acknowledged += 1;
    this.#world.acknowledged += 1;
    world.note(`broker-${broker}`, 'acknowledges', { partition, offset: answer.baseOffset, acks });
    ghost.acknowledged.push(answer);
    world.checkLater((invariant) => invariant.onAcknowledged?.(world, answer));
  }

  #batch(): Uint8Array {
    this.#batches += 1;
    const { recordsMax, recordBytes } = this.#world.knobs;
    const builder = new RecordBatchBuilder({ bytesMax: 1_900 });
    const records = 1 + this.#random.below(recordsMax);
    for (let index = 0; index < records; index++) {
      const filling = 'x'.repeat(this.#random.below(recordBytes));
      builder.append({
        key: null,
        value: `${this.#batches}.${index}:${filling}`,
        timestamp: timestamp(WORLD_EPOCH_MS + this.#batches),
      });
    }
    return Uint8Array.from(builder.build());
  }

  // --- Reading. ---

  #readOn(
    client: Process,
    reader: { readonly partition: number; position: number; believed: number },
    isOver: () => boolean = () => !this.loading,
  ): void {
    if (isOver()) return;
    const world = this.#world;
    const { network, scheduler, knobs } = world;
    const broker = reader.believed > knobs.brokers ? 1 : reader.believed;
    const node = world.nodes.broker(broker);
    const position = reader.position;
    let open = true;
    const next = (delayMs: number): void => {
      if (!open) return;
      open = false;
      patience.cancel();
      this.#later(client, delayMs, () => this.#readOn(client, reader, isOver));
    };
    const another = (hint: LeaderHint | null): void => {
      const hinted: number | null = hint?.broker ?? null;
      reader.believed =
        hinted !== null && this.#random.below(4) > 0 ? hinted : 1 + (broker % knobs.brokers);
      next(2 + this.#random.below(10));
    };
    const patience = scheduler.schedule(CLIENT_PATIENCE_MS, client, 'client', () => another(null));
    if (network.lifeOf(node.name) === null) {
      this.#later(client, 1 + network.delay(), () => another(null));
      return;
    }
    network.once(client.name, node.name, () => {
      if (!node.running) return;
      node.broker.door
        .fetch(
          {
            partitions: [
              {
                target: {
                  topic: TOPIC,
                  topicId: null,
                  partition: partitionIndex(reader.partition),
                },
                fetchOffset: offset(position),
                currentLeaderEpoch: null,
                maxBytes: 4_096,
                generation: 0,
              },
            ],
            maxWaitMs: 100,
            minBytes: 1,
            maxBytes: 4_096,
            isolation: 'read-committed',
          },
          new AbortController().signal,
        )
        .then(
          ([fetched]) => {
            if (fetched !== undefined) this.#handOver(client.name, broker, position, fetched);
            network.once(node.name, client.name, () => {
              if (!open || fetched === undefined) return;
              if (fetched.error !== null) {
                const { code } = fetched.error.refusal;
                if (code === 'OFFSET_OUT_OF_RANGE')
                  reader.position = this.#startOf(reader.partition);
                return another(fetched.error.leader);
              }
              reader.position = endOf(fetched, position);
              this.counts.read += reader.position - position;
              next(1);
            });
          },
          (error: unknown) => {
            if (!(error instanceof OdradekError)) throw error;
            network.once(node.name, client.name, () => another(null));
          },
        );
    });
  }

  #handOver(reader: string, broker: number, position: number, fetched: FetchedPartition): void {
    const world = this.#world;
    const key = this.#key(fetched.partition);
    if (key === null) return;
    let from = position;
    for (const bytes of fetched.chunks) {
      const read = { reader, broker, key, position: from, bytes, aborted: fetched.aborted ?? [] };
      world.checkLater((invariant) => invariant.onConsumed?.(world, read));
      for (const { header } of batchesIn(bytes)) from = header.lastOffset + 1;
    }
  }

  /** Retention has moved on: a reader that was overtaken begins again where the log begins. */
  #startOf(partition: number): number {
    const key = this.#key(partition);
    return key === null ? 0 : (this.#world.ghosts.get(key)?.logStartOffset ?? 0);
  }

  #key(partition: number): PartitionKey | null {
    const { topicId } = this.#world;
    return topicId === null ? null : partitionKey(topicId, partitionIndex(partition));
  }

  #leaderOf(partition: number): number | null {
    const key = this.#key(partition);
    return key === null ? null : (this.#world.partitionState(key)?.leader ?? null);
  }
}

function endOf(fetched: FetchedPartition, position: number): number {
  let end = position;
  for (const bytes of fetched.chunks) {
    for (const { header } of batchesIn(bytes)) end = Math.max(end, header.lastOffset + 1);
  }
  return end;
}

function isIndeterminate(code: ErrorCode): boolean {
  const entry: ErrorEntry = ERRORS[code];
  return entry.indeterminate === true;
}

const PRODUCE_TIMEOUT_MS = 1_000;
const CLIENT_PATIENCE_MS = 3_000;

const HURRYING_PRODUCERS = 16;
