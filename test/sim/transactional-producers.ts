import type { ErrorCode, Refusal } from '../../src/base/errors.ts';
import { partitionIndex, timestamp } from '../../src/base/ids.ts';
import type { LeaderHint } from '../../src/broker/interfaces.ts';
import { RecordBatchBuilder } from '../../src/record/index.ts';
import type { ProduceResult } from '../../src/replication/types.ts';
import type { BrokerNode } from '../../src/testing/cluster.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import type { DecidedAnswer } from './exact-producers.ts';
import { exponential } from './knobs.ts';
import { identityOf } from './mirror.ts';
import { WORLD_EPOCH_MS } from './node-clock.ts';
import type { Process } from './scheduler.ts';
import { TOPIC, type World } from './world.ts';

interface Identity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** What a broker answered, null if nothing came in time. */
type Answer<T> = T | Refusal | null;

interface Batch {
  readonly bytes: Uint8Array;
  readonly records: number;
  /** As in `identityOf`. */
  readonly identity: number;
}

interface Client {
  readonly process: Process;
  readonly transactionalId: string;
  coordinator: number;
  identity: Identity | null;
  /** A crash comes: whatever this life has begun is left as it is. */
  life: number;
  /** Of the transaction that is open: by partition, the sequence that comes next. */
  readonly sequences: Map<number, number>;
  /** By partition, who took its last batch. */
  readonly leaders: Map<number, number>;
  /** A partition that the transaction names and has written nothing to; null: none. */
  spare: number | null;
}

/**
 * Producers that write transactions over several partitions, end them one way or the other, and have
 * the manners of clients that fail: they vanish and come back as a new instance, or are taken over
 * while they write; their last batch comes when the transaction is over, or to a partition that they
 * have not named; and whoever hears nothing of a commit may ask for the opposite. What a coordinator
 * has told them is what S18 holds the cluster to.
 */
export class TransactionalProducers {
  readonly counts = { committed: 0, aborted: 0, abandoned: 0, fenced: 0 };
  loading = false;
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #acknowledge: (answer: DecidedAnswer) => void;
  #busy = 0;
  #batches = 0;

  /** `acknowledge` is told when a broker has decided, in front of the client. */
  constructor(world: World, acknowledge: (answer: DecidedAnswer) => void) {
    this.#world = world;
    this.#random = world.random.fork();
    this.#acknowledge = acknowledge;
  }

  /** Transactions that somebody is still about to end. */
  get busy(): number {
    return this.#busy;
  }

  start(): void {
    const { knobs, scheduler, network } = this.#world;
    this.loading = knobs.transactionalProducers > 0;
    for (let index = 0; index < knobs.transactionalProducers; index++) {
      const process = scheduler.startProcess(`tx-${index + 1}`);
      network.lives(process.name, process);
      const client: Client = {
        process,
        transactionalId: process.name,
        coordinator: 1 + this.#random.below(knobs.brokers),
        identity: null,
        life: 0,
        sequences: new Map(),
        leaders: new Map(),
        spare: null,
      };
      this.#later(client, 1, () => this.#next(client));
    }
  }

  /** Whoever is in the middle of a transaction ends it; nobody begins another. */
  stop(): void {
    this.loading = false;
  }

  #later(client: Client, delayMs: number, work: () => void): void {
    const { life } = client;
    this.#world.scheduler.schedule(delayMs, client.process, 'client', () => {
      if (client.life === life) work();
    });
  }

  #next(client: Client): void {
    if (!this.loading) return;
    this.#busy += 1;
    if (client.identity === null) this.#begin(client);
    else this.#transact(client, client.identity);
  }

  /** Gives up where it stands; whatever is open is for the coordinator to end. */
  #abandon(client: Client, pauseMs: number): void {
    client.life += 1;
    client.identity = null;
    this.#busy -= 1;
    this.#later(client, pauseMs, () => this.#next(client));
  }

  /** A transaction is over, or was never opened. */
  #done(client: Client): void {
    this.#busy -= 1;
    const usual = 1 + this.#random.below(20);
    this.#later(client, this.#world.thinkMs(usual), () => this.#next(client));
  }

  #begin(client: Client): void {
    this.#ask<Identity>(
      client,
      (api) => api.initProducerId(client.transactionalId, TRANSACTION_TIMEOUT_MS),
      (identity) => {
        client.identity = identity;
        this.#transact(client, identity);
      },
      () => this.#abandon(client, 20),
    );
  }

  #transact(client: Client, identity: Identity): void {
    const { knobs } = this.#world;
    const wanted = 1 + this.#random.below(Math.min(3, knobs.partitions));
    const partitions = new Set<number>();
    while (partitions.size < wanted) partitions.add(this.#random.below(knobs.partitions));
    // Sometimes one more is named, and nothing written to it but what comes late: a leader asks the
    // coordinator about the first batch of a transaction, and the end may come in between.
    const spare = this.#random.below(3) === 0 ? this.#random.below(knobs.partitions) : null;
    client.spare = spare === null || partitions.has(spare) ? null : spare;
    const all = client.spare === null ? partitions : [...partitions, client.spare];
    const named = [...all].map((partition) => ({
      topic: TOPIC,
      partition: partitionIndex(partition),
    }));
    const producer = { transactionalId: client.transactionalId, ...identity };
    this.#ask(
      client,
      (api) => api.addPartitions(producer, named, []),
      () => {
        client.sequences.clear();
        let left = 0;
        const sent = (): void => {
          left -= 1;
          if (left === 0) this.#end(client, identity);
        };
        if (this.#random.below(12) === 0) this.#takeOver(client, identity);
        for (const partition of partitions) {
          left += 1;
          this.#sendAll(client, identity, partition, 1 + this.#random.below(3), sent);
        }
      },
      () => this.#fenced(client),
    );
  }

  #end(client: Client, identity: Identity): void {
    if (this.#random.below(3) === 0) this.#straggle(client, identity);
    const draw = this.#random.below(10);
    if (draw === 0) {
      this.counts.abandoned += 1;
      this.#world.sometimes.count('transaction left to its coordinator');
      return this.#abandon(client, this.#random.below(2 * TRANSACTION_TIMEOUT_MS));
    }
    let commit = draw < 8;
    let isFirst = true;
    const producer = { transactionalId: client.transactionalId, ...identity };
    this.#ask<Identity>(
      client,
      (api) => {
        if (!isFirst && this.#random.below(6) === 0) commit = !commit;
        isFirst = false;
        return api.endTransaction(producer, commit);
      },
      (next) => {
        client.identity = next;
        this.counts[commit ? 'committed' : 'aborted'] += 1;
        this.#world.sometimes.count(commit ? 'transaction committed' : 'transaction aborted');
        const { producerId, producerEpoch } = identity;
        const ended = { producerId, markerEpoch: producerEpoch + 1, commit };
        this.#world.checkLater((invariant) => invariant.onTransactionEnded?.(this.#world, ended));
        this.#done(client);
      },
      () => this.#fenced(client),
    );
  }

  /** Another instance begins while this one is still writing; what is under way goes on its way. */
  #takeOver(client: Client, identity: Identity): void {
    this.#later(client, exponential(this.#random, 10), () => {
      if (client.identity !== identity) return;
      this.#world.sometimes.count('transactional producer taken over');
      this.#abandon(client, this.#random.below(20));
    });
  }

  /**
   * One more batch of this transaction that nobody waits for: it may come before the end, between the
   * decision and its marker, or long after, and to a partition that the transaction does not name.
   */
  #straggle(client: Client, identity: Identity): void {
    const world = this.#world;
    const { network, scheduler, knobs } = world;
    const { process, transactionalId } = client;
    const partition = client.spare ?? this.#random.below(knobs.partitions);
    const broker = client.leaders.get(partition) ?? 1 + this.#random.below(knobs.brokers);
    const batch = this.#batch(identity, client.sequences.get(partition) ?? 0);
    const node = world.nodes.broker(broker);
    const delayMs = this.#random.below(2) === 0 ? 0 : exponential(this.#random, 100);
    scheduler.schedule(delayMs, process, 'client', () => {
      network.once(process.name, node.name, () => {
        if (!node.running) return;
        this.#produce(node, { partition, broker }, batch, transactionalId, (result) => {
          const { producerId, producerEpoch } = identity;
          const code = result.ok ? 'ok' : result.refusal.code;
          world.note(process.name, 'straggles', { partition, producerId, producerEpoch, code });
          if (code === 'INVALID_PRODUCER_EPOCH') {
            world.sometimes.count('late batch of an old epoch refused');
          }
        });
      });
    });
  }

  #fenced(client: Client): void {
    this.counts.fenced += 1;
    this.#world.sometimes.count('transactional producer fenced');
    this.#abandon(client, 5);
  }

  /**
   * Asks the coordinator until it says yes or something that no waiting mends. A question may be heard
   * twice, and an answer be lost.
   */
  #ask<T extends object>(
    client: Client,
    question: (api: CoordinationOfBroker) => Promise<T | Refusal>,
    yes: (answer: T) => void,
    no: (refused: Refusal) => void,
  ): void {
    const again = (): void =>
      this.#later(client, 2 + this.#random.below(20), () => this.#ask(client, question, yes, no));
    this.#call(client, client.coordinator, question, (answer: Answer<T>) => {
      if (answer !== null && !isRefusal(answer)) return yes(answer);
      if (answer !== null && !RETRIABLE.has(answer.code)) return no(answer);
      if (answer !== null && answer.code === 'CONCURRENT_TRANSACTIONS') return again();
      this.#find(client, again);
    });
  }

  #find(client: Client, found: () => void): void {
    const { knobs } = this.#world;
    const asked = 1 + this.#random.below(knobs.brokers);
    this.#call(
      client,
      asked,
      (api) => api.findCoordinator('transaction', client.transactionalId),
      (answer) => {
        if (answer !== null && !isRefusal(answer)) client.coordinator = answer.broker;
        found();
      },
    );
  }

  #call<T extends object>(
    client: Client,
    broker: number,
    question: (api: CoordinationOfBroker) => Promise<T | Refusal>,
    settled: (answer: Answer<T>) => void,
  ): void {
    const world = this.#world;
    const { network, scheduler } = world;
    const { process, life } = client;
    const node = world.nodes.broker(broker);
    let open = true;
    const settle = (answer: Answer<T>): void => {
      if (!open) return;
      open = false;
      patience.cancel();
      if (client.life === life) settled(answer);
    };
    const patience = scheduler.schedule(PATIENCE_MS, process, 'client', () => settle(null));
    network.once(process.name, node.name, () => {
      if (!node.running) return;
      void question(node.broker.door.coordination).then((answer) => {
        network.once(node.name, process.name, () => settle(answer));
      });
    });
  }

  // --- Writing. ---

  /** Batch after batch, each until it is acknowledged. */
  #sendAll(
    client: Client,
    identity: Identity,
    partition: number,
    count: number,
    done: () => void,
    baseSequence = 0,
  ): void {
    if (count === 0) return done();
    const batch = this.#batch(identity, baseSequence);
    const place = { partition, broker: 1 + this.#random.below(this.#world.knobs.brokers) };
    this.#send(client, place, batch, () => {
      const next = baseSequence + batch.records;
      client.sequences.set(partition, next);
      client.leaders.set(partition, place.broker);
      this.#sendAll(client, identity, partition, count - 1, done, next);
    });
  }

  #send(
    client: Client,
    place: { readonly partition: number; broker: number },
    batch: Batch,
    taken: () => void,
  ): void {
    const { network, scheduler, knobs, nodes } = this.#world;
    const { process, life, transactionalId } = client;
    const { broker } = place;
    const node = nodes.broker(broker);
    let open = true;
    const end = (ok: boolean, code: ErrorCode | null, hint: number | null): void => {
      if (!open) return;
      open = false;
      patience.cancel();
      if (client.life !== life) return;
      if (ok) return taken();
      if (code !== null && FATAL.has(code)) return this.#fenced(client);
      const isHelpful = hint !== null && hint !== broker && this.#random.below(4) > 0;
      place.broker = isHelpful ? hint : 1 + (broker % knobs.brokers);
      this.#later(client, 2 + this.#random.below(10), () =>
        this.#send(client, place, batch, taken),
      );
    };
    const patience = scheduler.schedule(PATIENCE_MS, process, 'client', () =>
      end(false, null, null),
    );
    network.once(process.name, node.name, () => {
      if (!node.running) return;
      this.#produce(node, { ...place }, batch, transactionalId, (result, hint) => {
        const code = result.ok ? null : result.refusal.code;
        network.once(node.name, process.name, () => end(result.ok, code, hint?.broker ?? null));
      });
    });
  }

  /** At the broker: it is told, and what it decides is what the cluster is held to. */
  #produce(
    node: BrokerNode,
    { partition, broker }: { readonly partition: number; readonly broker: number },
    { bytes, records, identity }: Batch,
    transactionalId: string,
    answered: (result: ProduceResult, hint: LeaderHint | null) => void,
  ): void {
    node.broker.door.produce(
      {
        target: { topic: TOPIC, topicId: null, partition: partitionIndex(partition) },
        acks: 'all',
        timeoutMs: PRODUCE_TIMEOUT_MS,
        expectedLeaderEpoch: null,
        // The leader writes into the bytes that it is given.
        batch: Uint8Array.from(bytes),
        transactionalId,
      },
      (result, hint) => {
        if (result.ok) {
          const { baseOffset } = result;
          this.#acknowledge({ partition, broker, baseOffset, records, identity });
        }
        answered(result, hint);
      },
    );
  }

  #batch(identity: Identity, baseSequence: number): Batch {
    this.#batches += 1;
    const builder = new RecordBatchBuilder({ bytesMax: 1_900 });
    const count = 1 + this.#random.below(3);
    const at = WORLD_EPOCH_MS + FIRST_TIMESTAMP + this.#batches;
    for (let index = 0; index < count; index++) {
      builder.append({
        key: null,
        value: `tx.${this.#batches}.${index}`,
        timestamp: timestamp(at),
      });
    }
    const bytes = Uint8Array.from(
      builder.build({ ...identity, baseSequence, transactional: true }),
    );
    return { bytes, records: count, identity: identityOf(bytes, 0, at) };
  }
}

type CoordinationOfBroker = World['nodes']['brokers'][number]['broker']['door']['coordination'];

function isRefusal(answer: object): answer is Refusal {
  return 'code' in answer && 'message' in answer;
}

const RETRIABLE: ReadonlySet<ErrorCode> = new Set([
  'CONCURRENT_TRANSACTIONS',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'SHUTTING_DOWN',
  'NOT_CONTROLLER',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'REPLICA_NOT_AVAILABLE',
  'REQUEST_TIMED_OUT',
  'NETWORK_EXCEPTION',
]);
/** Of a produce: this instance, or this transaction, is over. */
const FATAL: ReadonlySet<ErrorCode> = new Set([
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'INVALID_TXN_STATE',
  'INVALID_PRODUCER_ID_MAPPING',
  'TRANSACTION_ABORTABLE',
]);
const TRANSACTION_TIMEOUT_MS = 1_500;
const FIRST_TIMESTAMP = 700_000;
const PRODUCE_TIMEOUT_MS = 1_000;
const PATIENCE_MS = 1_500;
