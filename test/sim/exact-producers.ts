import type { Refusal } from '../../src/base/errors.ts';
import { partitionIndex, timestamp } from '../../src/base/ids.ts';
import type { LeaderHint } from '../../src/broker/interfaces.ts';
import { RecordBatchBuilder, sequenceAfter } from '../../src/record/index.ts';
import type { ProduceResult } from '../../src/replication/types.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import { exponential } from './knobs.ts';
import { identityOf } from './mirror.ts';
import { WORLD_EPOCH_MS } from './node-clock.ts';
import type { Process } from './scheduler.ts';
import { TOPIC, type World } from './world.ts';

/** An ok at acks=all. */
export interface DecidedAnswer {
  readonly partition: number;
  readonly broker: number;
  readonly baseOffset: number;
  readonly records: number;
  readonly identity: number;
}

/** A batch that has its sequence and no answer yet that settles it. */
interface Send {
  readonly bytes: Uint8Array;
  readonly identity: number;
  readonly records: number;
  /** Attempts that may still be answered. */
  attempts: number;
  settled: boolean;
  /** How often a broker has said that it is written. */
  told: number;
}

interface Lane {
  readonly partition: number;
  nextSequence: number;
  believed: number;
  /** In the order of their sequences; at most five. */
  window: Send[];
}

/**
 * Producers with an id, as impatient as clients get: up to five batches of a partition are under way,
 * and whatever was not answered in time is sent again, to whoever may lead by now, while the first
 * attempt may still arrive. Every batch is sent until it is acknowledged, so that in the end each must
 * be there once, in its order (S13).
 */
export class ExactProducers {
  readonly counts = { sent: 0, acknowledged: 0, again: 0 };
  loading = false;
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #acknowledge: (answer: DecidedAnswer) => void;
  #unsettled = 0;
  #batches = 0;

  /** `acknowledge` is told when a broker has decided, in front of the client. */
  constructor(world: World, acknowledge: (answer: DecidedAnswer) => void) {
    this.#world = world;
    this.#random = world.random.fork();
    this.#acknowledge = acknowledge;
  }

  /** Batches that nobody has acknowledged. */
  get unsettled(): number {
    return this.#unsettled;
  }

  start(): void {
    this.loading = true;
    const { knobs, scheduler, network } = this.#world;
    for (let index = 0; index < knobs.exactProducers; index++) {
      const client = scheduler.startProcess(`exact-${index + 1}`);
      network.lives(client.name, client);
      const producerId = FIRST_PRODUCER_ID + index;
      const lanes = Array.from({ length: knobs.partitions }, (_, partition) => ({
        partition,
        nextSequence: 0,
        believed: 1 + this.#random.below(knobs.brokers),
        window: [],
      }));
      for (const lane of lanes) this.#later(client, 1, () => this.#go(client, producerId, lane));
    }
  }

  stop(): void {
    this.loading = false;
  }

  #later(client: Process, delayMs: number, work: () => void): void {
    this.#world.scheduler.schedule(delayMs, client, 'client', work);
  }

  /** Fills the window, sends again what waits without an attempt, and comes back. */
  #go(client: Process, producerId: number, lane: Lane): void {
    const { knobs } = this.#world;
    const room = 1 + this.#random.below(IN_FLIGHT_MAX);
    const isOpen = this.loading && lane.nextSequence < SEQUENCES_MAX;
    if (isOpen && lane.window.length < room) lane.window.push(this.#make(producerId, lane));
    for (const send of lane.window) {
      if (send.settled || (send.attempts > 0 && this.#random.below(20) > 0)) continue;
      // Now and then while the last attempt is still on its way.
      if (send.attempts < ATTEMPTS_MAX) this.#attempt(client, lane, send);
    }
    if (!isOpen && lane.window.length === 0) return;
    const isDone = lane.window.length === 0;
    const usual = Math.max(2, Math.min(knobs.thinkMs, 30));
    const think = exponential(this.#random, isDone ? this.#world.thinkMs(usual) : usual);
    this.#later(client, 1 + think, () => this.#go(client, producerId, lane));
  }

  #attempt(client: Process, lane: Lane, send: Send): void {
    const world = this.#world;
    const { network, scheduler } = world;
    const broker = lane.believed;
    const node = world.nodes.broker(broker);
    this.counts.sent += 1;
    send.attempts += 1;
    let open = true;
    const end = (result: ProduceResult | null, hint: LeaderHint | null): void => {
      if (!open) return;
      open = false;
      patience.cancel();
      send.attempts -= 1;
      if (result?.ok === true) this.#settle(lane, send);
      else this.#turn(lane, broker, hint);
    };
    const patience = scheduler.schedule(PATIENCE_MS, client, 'client', () => end(null, null));
    if (network.lifeOf(node.name) === null) {
      this.#later(client, 1 + network.delay(), () => end(null, null));
      return;
    }
    network.once(client.name, node.name, () => {
      if (!node.running) return;
      node.broker.door.produce(
        {
          target: { topic: TOPIC, topicId: null, partition: partitionIndex(lane.partition) },
          acks: 'all',
          timeoutMs: PRODUCE_TIMEOUT_MS,
          expectedLeaderEpoch: null,
          // The leader writes into the bytes that it is given.
          batch: Uint8Array.from(send.bytes),
        },
        (result, hint) => {
          if (result.ok) this.#told(lane, broker, send, result.baseOffset);
          else this.#refused(client, result.refusal);
          network.once(node.name, client.name, () => end(result, hint));
        },
      );
    });
  }

  /** A broker has decided: from now on the cluster is held to it. */
  #told(lane: Lane, broker: number, send: Send, baseOffset: number): void {
    const { identity, records } = send;
    send.told += 1;
    if (send.told === 2) this.#world.sometimes.count('batch acknowledged twice');
    this.#acknowledge({ partition: lane.partition, broker, baseOffset, records, identity });
  }

  #refused(client: Process, refusal: Refusal): void {
    const world = this.#world;
    world.note(client.name, 'is refused', { ...refusal });
    if (refusal.code === 'OUT_OF_ORDER_SEQUENCE_NUMBER') {
      world.sometimes.count('batch out of order refused');
    }
  }

  #settle(lane: Lane, send: Send): void {
    if (send.settled) return;
    send.settled = true;
    this.#unsettled -= 1;
    this.counts.acknowledged += 1;
    // It keeps its place until those before it are settled: further back than five batches a leader
    // does not remember.
    while (lane.window[0]?.settled === true) lane.window.shift();
  }

  #turn(lane: Lane, broker: number, hint: LeaderHint | null): void {
    this.counts.again += 1;
    const hinted: number | null = hint?.broker ?? null;
    lane.believed =
      hinted !== null && this.#random.below(4) > 0
        ? hinted
        : 1 + (broker % this.#world.knobs.brokers);
  }

  #make(producerId: number, lane: Lane): Send {
    this.#batches += 1;
    this.#unsettled += 1;
    const { recordsMax, recordBytes } = this.#world.knobs;
    const builder = new RecordBatchBuilder({ bytesMax: 1_900 });
    const records = 1 + this.#random.below(recordsMax);
    for (let index = 0; index < records; index++) {
      builder.append({
        key: null,
        value: `exact.${this.#batches}.${index}:${'y'.repeat(this.#random.below(recordBytes))}`,
        timestamp: timestamp(WORLD_EPOCH_MS + FIRST_TIMESTAMP + this.#batches),
      });
    }
    const taken = builder.recordsCount;
    const baseSequence = lane.nextSequence;
    lane.nextSequence = sequenceAfter(baseSequence, taken);
    const bytes = Uint8Array.from(builder.build({ producerId, producerEpoch: 0, baseSequence }));
    const identity = identityOf(bytes, 0, WORLD_EPOCH_MS + FIRST_TIMESTAMP + this.#batches);
    return { bytes, identity, records: taken, attempts: 0, settled: false, told: 0 };
  }
}

/** Far from those that the controller grants in a world's life. */
const FIRST_PRODUCER_ID = 1_000_000;
/** Timestamps tell batches apart: these are not the other workload's. */
const FIRST_TIMESTAMP = 400_000;
const IN_FLIGHT_MAX = 5;
const ATTEMPTS_MAX = 3;
const SEQUENCES_MAX = 400;
const PRODUCE_TIMEOUT_MS = 1_000;
const PATIENCE_MS = 1_500;
