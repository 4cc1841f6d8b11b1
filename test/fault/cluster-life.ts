import { assert } from '../../src/base/assert.ts';
import { offset, partitionIndex, timestamp, type Offset } from '../../src/base/ids.ts';
import type { PartitionHost } from '../../src/broker/partition-host.ts';
import { batchesIn, RecordBatchBuilder, RecordBatchView } from '../../src/record/index.ts';
import type { Acks, ProduceResult } from '../../src/replication/types.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { ClusterNodes, type BrokerNode, type ControllerNode } from '../../src/testing/cluster.ts';
import type { CrashOptions } from '../../src/testing/memory-file-system.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

const TOPIC = 'orders';
const BROKERS = 3;
/** How long anything may take to come back once nothing is broken any more. */
const PATIENCE_MS = 30_000;

/** Short times, so that a life of many deaths takes few turns. */
const SETTINGS = {
  'broker.session.timeout.ms': '150ms',
  'broker.heartbeat.interval.ms': '25ms',
  'session.reopen.grace.ms': '25ms',
  'session.reconnect.backoff.ms': '5ms',
  'session.reconnect.backoff.max.ms': '20ms',
  'replica.idle.interval.ms': '20ms',
  'replica.retry.backoff.ms': '5ms',
  'replica.lag.time.max.ms': '300ms',
  'leader.sweep.interval.ms': '50ms',
};

type Node = BrokerNode | ControllerNode;

interface Acknowledged {
  readonly value: string;
  readonly partition: number;
  readonly offset: number;
}

/**
 * A cluster of production hosts that lives through power cuts under load, all of it drawn from one
 * seed: the settings, the load, when the power goes and what it does to what was not synced. Keeps
 * what was acknowledged, and holds the cluster to it.
 */
export class ClusterLife {
  readonly random: SeededRandom;
  readonly clock = new VirtualClock();
  readonly nodes: ClusterNodes;
  readonly partitions: number;
  readonly acknowledged: Acknowledged[] = [];
  /** What happened, for whoever has to understand a failure. */
  readonly trace: string[] = [];
  readonly counts = { refused: 0, deaths: 0 };
  readonly #promised: readonly Acks[];
  readonly #load: SeededRandom;
  readonly #settings: Record<string, string>;
  /** How long the slowest sync may take, ms; each disk of each start has its own. */
  readonly #slowest: number;
  /** How long a producer thinks at most before it sends the next batch. */
  readonly #thinkMs: number;
  readonly #troubles: unknown[] = [];
  readonly #up = new Set<string>();
  #loading = false;
  #producers = 0;
  #values = 0;

  /** `promised`: which acknowledgements the cluster is held to. */
  constructor(seed: number, promised: readonly Acks[] = ['all']) {
    this.#promised = promised;
    this.random = new SeededRandom(seed);
    this.#load = this.random.fork();
    const { random } = this;
    this.partitions = 1 + random.below(3);
    this.#slowest = [0, 0, 3, 20][random.below(4)] ?? 0;
    this.#thinkMs = [0, 2, 5, 10][random.below(4)] ?? 0;
    this.#settings = {
      'segment.bytes': random.below(2) === 0 ? '2KiB' : '64KiB',
      'max.message.bytes': '2KiB',
    };
    const settings = {
      ...SETTINGS,
      'durable.mark.interval.ms': random.below(2) === 0 ? '5ms' : '500ms',
      'metadata.snapshot.events': random.below(2) === 0 ? '5' : '10000',
    };
    this.note('test', 'settings', { ...this.#settings, partitions: this.partitions, ...settings });
    this.nodes = new ClusterNodes({
      brokers: BROKERS,
      settings,
      clock: this.clock,
      random: random.fork(),
      telemetry: (name) =>
        createTelemetry({ event: (event, fields) => this.note(name, event, fields) }),
    });
    this.nodes.network.delayMs = random.below(2) === 0 ? 0 : random.below(5);
  }

  note(who: string, what: string, fields: object = {}): void {
    const plain = JSON.stringify(fields, (_, value: unknown) =>
      value instanceof Error ? value.message : value,
    );
    this.trace.push(`${this.clock.now().toFixed(1)} ${who} ${what} ${plain}`);
  }

  /** Starts everything and makes the topic. */
  async begin(): Promise<void> {
    for (const node of this.everything) this.#slowDown(node);
    for (const node of this.everything) this.start(node);
    await this.#until('a cluster that serves', () => this.#allActive());
    const { host } = this.nodes.controller;
    assert(host !== null, 'the controller runs');
    const reply = await this.#awaited(
      host.admin({
        kind: 'createTopic',
        name: TOPIC,
        partitions: this.partitions,
        replicationFactor: BROKERS,
        settings: { ...this.#settings, 'min.insync.replicas': '2' },
        validateOnly: false,
      }),
    );
    assert(reply.kind === 'topicCreated', () => JSON.stringify(reply));
    await this.#until('leaders', () => this.#leaders().every((leader) => leader !== undefined));
  }

  /** Lets producers send all the while, until `rest`. */
  load(): void {
    this.#loading = true;
    const producers = 1 + this.random.below(5);
    for (let index = 0; index < producers; index++) void this.#produceOn();
  }

  async pass(milliseconds: number): Promise<void> {
    await this.clock.pass(milliseconds);
    this.#rethrow();
  }

  /** The power or only the process of these goes, at the same instant; each disk has its own fate. */
  cut(nodes: readonly Node[], how: 'power' | 'process'): void {
    for (const node of nodes) {
      const fate = how === 'power' ? this.#fate() : undefined;
      const name = fate === undefined ? 'kept' : 'random' in fate ? 'random' : fate.policy;
      this.note('test', `${how} of ${node.name} goes`, { unsynced: name });
      this.counts.deaths += 1;
      this.#up.delete(node.name);
      Promise.resolve(node.kill(fate)).catch((error: unknown) => this.#troubles.push(error));
      this.#slowDown(node);
    }
  }

  /** Nothing goes from one broker to another for a while, in one direction; streams stay open. */
  async cutLink(milliseconds: number): Promise<void> {
    const from = this.random.below(BROKERS);
    const to = (from + 1 + this.random.below(BROKERS - 1)) % BROKERS;
    this.note('test', `nothing goes from broker-${from + 1} to broker-${to + 1}`);
    this.nodes.network.cut(`broker-${from + 1}`, `broker-${to + 1}`);
    await this.pass(milliseconds);
  }

  heal(): void {
    this.nodes.network.heal();
  }

  /** Starts a process; it may die before it has started. */
  start(node: Node): void {
    this.note('test', `${node.name} starts`);
    this.#up.add(node.name);
    const { disk } = node;
    node.start().then(
      () => {
        if (node.disk !== disk) return;
        const failed = 'broker' in node ? node.broker.failed : node.host?.failed;
        void failed?.then((error) => this.#troubles.push(error));
      },
      (error: unknown) => {
        // Of a process that has been killed in the meantime, whatever it says.
        if (node.disk === disk) this.#troubles.push(error);
      },
    );
  }

  /** In an order and at moments of their own. */
  async startAll(within: number): Promise<void> {
    const waiting = this.everything.filter((node) => this.isDown(node));
    while (waiting.length > 0) {
      const [node] = waiting.splice(this.random.below(waiting.length), 1);
      if (within > 0) await this.pass(this.random.below(within));
      if (node !== undefined) this.start(node);
    }
  }

  get everything(): readonly Node[] {
    return [this.nodes.controller, ...this.nodes.brokers];
  }

  /** Neither running nor starting. */
  isDown(node: Node): boolean {
    return !this.#up.has(node.name);
  }

  /** The load stops; nothing is broken any more; everyone must come back and agree. */
  async rest(): Promise<void> {
    this.#loading = false;
    await this.#until('the producers’ last answers', () => this.#producers === 0);
  }

  async expectWhole(): Promise<void> {
    await this.#until('every replica in sync', () => this.#allActive() && this.#allInSync());
    for (let partition = 0; partition < this.partitions; partition++) {
      const result = await this.#awaited(this.#produce(partition, [this.#value()], 'all'));
      assert(result.ok, () => `a whole cluster refuses: ${JSON.stringify(result)}`);
    }
    await this.#until('replicas that end at the same offset', () => this.#endsAgree());
    for (let partition = 0; partition < this.partitions; partition++) {
      await this.#expectPartition(partition);
    }
    this.note('test', 'everything is there', { acknowledged: this.acknowledged.length });
  }

  async end(): Promise<void> {
    let ended = false;
    void this.nodes.stop().then(() => {
      ended = true;
    });
    await this.#until('a clean stop', () => ended);
  }

  // --- Load. ---

  async #produceOn(): Promise<void> {
    this.#producers += 1;
    while (this.#loading) {
      const partition = this.#load.below(this.partitions);
      const acks = this.#load.below(6) === 0 ? 1 : 'all';
      const values = Array.from({ length: 1 + this.#load.below(4) }, () => this.#value());
      const result = await this.#produce(partition, values, acks);
      if (!result.ok) {
        this.counts.refused += 1;
        await this.#wait(1 + this.#load.below(10));
      } else if (this.#promised.includes(acks)) {
        for (const [index, value] of values.entries()) {
          this.acknowledged.push({ value, partition, offset: result.baseOffset + index });
        }
      }
      await this.#wait(this.#load.below(1 + this.#thinkMs));
    }
    this.#producers -= 1;
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.clock.setTimer(milliseconds, resolve));
  }

  #value(): string {
    this.#values += 1;
    return `${this.#values}:${'x'.repeat(this.#load.below(300))}`;
  }

  #produce(partition: number, values: readonly string[], acks: Acks): Promise<ProduceResult> {
    const builder = new RecordBatchBuilder({ bytesMax: 100_000 });
    for (const value of values) {
      builder.append({ key: null, value, timestamp: timestamp(1_700_000_000_000) });
    }
    const batch = Uint8Array.from(builder.build());
    const door = this.nodes.brokers.find(
      (node) => node.running && this.#host(node, partition)?.bounds(null).ok === true,
    )?.broker.door;
    if (door === undefined) {
      return new Promise((resolve) => {
        const refusal = { code: 'LEADER_NOT_AVAILABLE', message: 'nobody leads', retriable: true };
        this.clock.setTimer(1, () => resolve({ ok: false, refusal } as ProduceResult));
      });
    }
    return new Promise((resolve) => {
      door.produce(
        {
          target: { topic: TOPIC, topicId: null, partition: partitionIndex(partition) },
          acks,
          timeoutMs: 500,
          expectedLeaderEpoch: null,
          batch,
        },
        resolve,
      );
    });
  }

  // --- What must be true. ---

  async #expectPartition(partition: number): Promise<void> {
    const logs = await Promise.all(
      this.nodes.brokers.map((node) => this.#logBytes(this.#hostOf(node, partition))),
    );
    const leader = this.#leaders()[partition];
    assert(leader !== undefined, () => `partition ${partition} has a leader`);
    for (const [index, bytes] of logs.entries()) {
      assert(
        Buffer.compare(bytes, logs[leader.id - 1] as Uint8Array) === 0,
        () => `partition ${partition}: broker ${index + 1}'s log differs from the leader's`,
      );
    }
    const values = valuesIn(logs[leader.id - 1] as Uint8Array);
    const seen = new Map<string, number>();
    for (const [at, value] of values.entries()) {
      assert(value !== undefined, () => `partition ${partition} has a hole at ${at}`);
      const before = seen.get(value);
      assert(before === undefined, () => `${value.slice(0, 12)} is at ${before} and at ${at}`);
      seen.set(value, at);
    }
    for (const { value, partition: where, offset: at } of this.acknowledged) {
      if (where !== partition) continue;
      assert(
        values[at] === value,
        () =>
          `partition ${partition} offset ${at}: ${value.slice(0, 12)} was acknowledged, ` +
          `found ${values[at]?.slice(0, 12) ?? 'nothing'}; the log ends at ${values.length}`,
      );
    }
  }

  async #logBytes(host: PartitionHost): Promise<Uint8Array> {
    const { log } = host;
    const pieces: Uint8Array[] = [];
    let at: number = log.logStartOffset;
    while (at < log.logEndOffset) {
      const chunks = await this.#awaited(log.read(offset(at), 100_000, log.logEndOffset));
      assert(chunks.length > 0, () => `nothing is read at ${at}`);
      for (const chunk of chunks) {
        pieces.push(chunk);
        for (const { header } of batchesIn(chunk)) at = header.lastOffset + 1;
      }
    }
    return Buffer.concat(pieces);
  }

  #host(node: BrokerNode, partition: number): PartitionHost | undefined {
    const target = { topic: TOPIC, topicId: null, partition: partitionIndex(partition) };
    const found = node.broker.door.find(target);
    return 'code' in found ? undefined : found;
  }

  #hostOf(node: BrokerNode, partition: number): PartitionHost {
    const host = this.#host(node, partition);
    assert(host !== undefined, () => `${node.name} has partition ${partition}`);
    return host;
  }

  #leaders(): (BrokerNode | undefined)[] {
    return Array.from({ length: this.partitions }, (_, partition) =>
      this.nodes.brokers.find(
        (node) => node.running && this.#host(node, partition)?.bounds(null).ok === true,
      ),
    );
  }

  #allActive(): boolean {
    return this.nodes.brokers.every((node) => node.running && node.broker.state === 'active');
  }

  #allInSync(): boolean {
    return this.#leaders().every((leader, partition) => {
      if (leader === undefined) return false;
      return this.#host(leader, partition)?.view().isr.length === BROKERS;
    });
  }

  #endsAgree(): boolean {
    return Array.from({ length: this.partitions }, (_, partition) => partition).every(
      (partition) => {
        const ends = new Set<Offset>();
        for (const node of this.nodes.brokers) {
          const host = this.#hostOf(node, partition);
          ends.add(host.log.logEndOffset).add(host.log.durableEndOffset).add(host.highWatermark);
        }
        return ends.size === 1;
      },
    );
  }

  // --- Time and troubles. ---

  async #until(what: string, condition: () => boolean): Promise<void> {
    const deadline = this.clock.now() + PATIENCE_MS;
    while (!condition()) {
      await this.clock.turn();
      this.#rethrow();
      assert(this.clock.now() < deadline, () => `waited in vain for ${what}`);
    }
  }

  async #awaited<T>(promise: Promise<T>): Promise<T> {
    let outcome: { readonly value: T } | { readonly error: unknown } | null = null;
    promise.then(
      (value) => (outcome = { value }),
      (error: unknown) => (outcome = { error }),
    );
    await this.#until('an answer', () => outcome !== null);
    return promise;
  }

  #rethrow(): void {
    const trouble = this.clock.errors[0] ?? this.#troubles[0];
    if (trouble !== undefined)
      throw trouble instanceof Error ? trouble : new Error(String(trouble));
  }

  #fate(): CrashOptions {
    const fates = ['drop', 'keep', 'tear'] as const;
    const policy = fates[this.random.below(5)];
    return policy === undefined ? { random: this.random.fork() } : { policy };
  }

  #slowDown(node: Node): void {
    node.disk.syncDelayMs = this.random.below(2) === 0 ? 0 : this.random.below(1 + this.#slowest);
  }
}

/** Every record's value by its offset. */
function valuesIn(bytes: Uint8Array): string[] {
  const values: string[] = [];
  for (const { position } of batchesIn(bytes)) {
    for (const record of new RecordBatchView(bytes, position).records()) {
      values[record.offset] = new TextDecoder().decode(record.value ?? new Uint8Array());
    }
  }
  return values;
}
