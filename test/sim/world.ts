import { InvariantViolation } from '../../src/base/assert.ts';
import { OdradekError } from '../../src/base/errors.ts';
import { FileSystemError } from '../../src/base/file-system.ts';
import {
  partitionIndex,
  partitionKey,
  topicId as topicIdOf,
  type NodeId,
  type PartitionIndex,
  type PartitionKey,
  type TopicId,
} from '../../src/base/ids.ts';
import type { PartitionHost } from '../../src/broker/partition-host.ts';
import type { ClusterImage } from '../../src/controller/image.ts';
import type { PartitionState } from '../../src/controller/types.ts';
import type { LogEventName } from '../../src/telemetry/log-events.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { ClusterNodes, type BrokerNode, type ControllerNode } from '../../src/testing/cluster.ts';
import { MemoryFileSystem, type CrashOptions } from '../../src/testing/memory-file-system.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { PartitionGhost } from './ghost.ts';
import { INVARIANTS, type Invariant } from './invariants/index.ts';
import { drawKnobs, exponential, type Knobs } from './knobs.ts';
import { SimulatedNetwork } from './network.ts';
import { batchesOnDisk, firstEndingBehind, isDurableOn, type MirrorBatch } from './mirror.ts';
import { NodeClock, type ClockFaults } from './node-clock.ts';
import { Observer, type WatchedReplica } from './observer.ts';
import { Scheduler, type Process } from './scheduler.ts';
import { SimulatedDoors } from './sdk-server.ts';
import { Sometimes } from './sometimes.ts';
import { COMPACTED_TOPIC, TOPIC } from './topics.ts';
import { Violation } from './violation.ts';

export { COMPACTED_TOPIC, TOPIC };

export type Node = BrokerNode | ControllerNode;

/** One process of the cluster through all of its lives. */
export interface Seat {
  readonly node: Node;
  readonly clock: ClockFaults;
  /** Of the life that runs. */
  monotonic: NodeClock | null;
  /** Null while it is down. */
  process: Process | null;
  /** It shall be up: whoever finds it down may start it again. */
  wanted: boolean;
  stopping: boolean;
  starts: number;
  /** Sync time is multiplied by this. */
  slowness: number;
  /** Nothing that its disk was asked for comes back. */
  frozen: boolean;
}

/** What was done to the data of a broker beyond what it may lose, until it is whole again. */
export interface Loss {
  readonly broker: number;
  readonly kind: 'wipe' | 'rot' | 'page-cache';
  /** Null: of every partition. */
  readonly key: PartitionKey | null;
}

/** Keeps the last lines of what happened, for whoever has to understand a failure. */
export class Trace {
  readonly lines: string[] = [];
  full = false;

  add(line: () => string): void {
    if (this.full) this.lines.push(line());
  }
}

/**
 * One simulated world: a controller and brokers made of the production code, their clocks, disks and
 * network, all from one seed, and an observer that holds every moment against the invariants. Does
 * nothing by itself: `faults.ts` and `workload.ts` act on it, `simulation.ts` tells its story.
 */
export class World {
  readonly seed: number;
  readonly random: SeededRandom;
  readonly knobs: Knobs;
  readonly scheduler = new Scheduler();
  readonly network: SimulatedNetwork;
  /** Where clients of the SDK come in. */
  readonly doors = new SimulatedDoors(this.scheduler);
  readonly nodes: ClusterNodes<SimulatedNetwork>;
  readonly observer: Observer;
  readonly sometimes = new Sometimes();
  readonly trace = new Trace();
  readonly ghosts = new Map<PartitionKey, PartitionGhost>();
  readonly losses: Loss[] = [];
  /** Names of those whose disk was ever made to fail, or to forget what says nothing of batches. */
  readonly unsound = new Set<string>();
  /** By metadata offset, what the controller committed there first. */
  readonly metadataHistory = new Map<number, string>();
  readonly invariants: readonly Invariant[];
  readonly #seats = new Map<string, Seat>();
  readonly #byProcess = new Map<Process, Seat>();
  readonly #diskRandom: SeededRandom;
  topicId: TopicId | null = null;
  /** Null where no topic is compacted. */
  compactedTopicId: TopicId | null = null;
  /** Batches of whichever workload that have been acknowledged. */
  acknowledged = 0;
  /** Called as a process begins to start. */
  onStart: (seat: Seat) => void = () => {};
  readonly #concerned = new Map<keyof Invariant, readonly Invariant[]>();
  readonly #places = new Map<PartitionKey, { of: TopicId; index: PartitionIndex }>();
  #keys: readonly PartitionKey[] = [];
  #asked: ((invariant: Invariant) => void)[] = [];
  #violation: Violation | null = null;
  /** The newest image that an active controller had committed. */
  #image: ClusterImage | null = null;
  /** Which incarnation each broker was when all lost power; null: nobody doubts anything. */
  #inDoubt: ReadonlyMap<number, number> | null = null;

  constructor(seed: number, knobs?: Knobs, invariants: readonly Invariant[] = INVARIANTS()) {
    this.seed = seed;
    this.random = new SeededRandom(seed);
    this.knobs = knobs ?? drawKnobs(this.random.fork());
    this.invariants = invariants;
    this.#diskRandom = this.random.fork();
    this.network = new SimulatedNetwork(this.scheduler, this.random.fork(), this.knobs.network);
    this.scheduler.onError = (error, process) => this.#onError(error, process);
    this.scheduler.afterEvent = (process) => this.#afterEvent(process);
    this.nodes = new ClusterNodes<SimulatedNetwork>({
      brokers: this.knobs.brokers,
      settings: this.knobs.settings,
      clock: new NodeClock(
        this.scheduler,
        this.scheduler.startProcess('world'),
        { rate: 1, wallOffsetMs: 0 },
        0,
      ),
      clockOf: (name) => this.#clockFor(name),
      diskOf: (name) => this.newDisk(name),
      network: this.network,
      listen: (broker, { id }) => this.doors.open(broker, id),
      random: this.random.fork(),
      telemetry: (name) =>
        createTelemetry({ event: (event, fields) => this.#onTelemetry(name, event, fields) }),
    });
    const clocks = this.random.fork();
    for (const node of [this.nodes.controller, ...this.nodes.brokers]) {
      const drift = (clocks.below(2_001) - 1_000) / 1_000;
      const { driftMax, wallOffsetMs } = this.knobs;
      this.#seats.set(node.name, {
        node,
        clock: {
          rate: 1 + drift * driftMax,
          wallOffsetMs: wallOffsetMs === 0 ? 0 : clocks.below(2 * wallOffsetMs) - wallOffsetMs,
        },
        monotonic: null,
        process: null,
        wanted: false,
        stopping: false,
        starts: 0,
        slowness: 1,
        frozen: false,
      });
    }
    this.observer = new Observer(this.scheduler, (key, host) => this.#ghostOf(key, host));
    this.observer.onStep = (step) => {
      this.#tell('onStep', (invariant) => invariant.onStep?.(this, step));
      this.sometimes.onStep(step);
    };
    this.network.onSent = (from, to, message) => {
      this.#tell('onSent', (invariant) => invariant.onSent?.(this, from, to, message));
    };
    this.network.onDelivered = (from, to, message) => {
      this.#tell('onDelivered', (invariant) => invariant.onDelivered?.(this, from, to, message));
    };
  }

  /** Takes the wrappers off the production code. */
  close(): void {
    this.observer.close();
  }

  get now(): number {
    return this.scheduler.now;
  }

  note(who: string, what: string, fields: object = {}): void {
    this.trace.add(() => {
      const plain = JSON.stringify(fields, (_, value: unknown) =>
        value instanceof Error ? value.message : value,
      );
      return `${this.now.toFixed(2)} ${who} ${what} ${plain}`;
    });
  }

  /** Asks every invariant; what one of them finds ends the run with this event. */
  check(ask: (invariant: Invariant) => void): void {
    this.#ask(this.invariants, ask);
  }

  /** Those that have this hook. */
  #tell(hook: keyof Invariant, ask: (invariant: Invariant) => void): void {
    let concerned = this.#concerned.get(hook);
    if (concerned === undefined) {
      concerned = this.invariants.filter((invariant) => invariant[hook] !== undefined);
      this.#concerned.set(hook, concerned);
    }
    this.#ask(concerned, ask);
  }

  #ask(invariants: readonly Invariant[], ask: (invariant: Invariant) => void): void {
    if (this.#violation !== null) return;
    try {
      for (const invariant of invariants) ask(invariant);
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      // Perhaps within a promise, where nobody would hear of what is thrown.
      this.#violation ??= error;
    }
  }

  /** The same at the end of this event, when what it did to the replicas has been looked at. */
  checkLater(ask: (invariant: Invariant) => void): void {
    this.#asked.push(ask);
  }

  // --- The processes. ---

  seats(): readonly Seat[] {
    return [...this.#seats.values()];
  }

  seat(name: string): Seat {
    const seat = this.#seats.get(name);
    if (seat === undefined) throw new Error(`there is no ${name}`);
    return seat;
  }

  brokerSeats(): readonly Seat[] {
    return this.nodes.brokers.map((node) => this.seat(node.name));
  }

  get controllerSeat(): Seat {
    return this.seat(this.nodes.controller.name);
  }

  start(seat: Seat): void {
    if (seat.process !== null) return;
    const { node } = seat;
    const process = this.scheduler.startProcess(node.name);
    seat.process = process;
    seat.wanted = true;
    seat.stopping = false;
    seat.starts += 1;
    this.#byProcess.set(process, seat);
    this.network.lives(node.name, process);
    this.note(node.name, 'starts');
    this.onStart(seat);
    this.scheduler.schedule(0, process, 'process', () => {
      node.start().then(
        () => {
          const failed = 'broker' in node ? node.broker.failed : node.host?.failed;
          void failed?.then((error) => this.#processFailed(seat, process, error));
        },
        (error: unknown) => this.#processFailed(seat, process, error),
      );
    });
  }

  /** The process is killed, or its machine loses power; with `lose`, what becomes of unsynced data. */
  kill(seat: Seat, lose?: CrashOptions): void {
    const { node, process } = seat;
    if (process === null) return;
    const how = lose === undefined ? 'process' : 'power';
    this.note(node.name, `dies: ${how}`, lose ?? {});
    this.#tell('onDeath', (invariant) => invariant.onDeath?.(this, node.name, how));
    if (seat === this.controllerSeat) this.sometimes.onControllerDeath(this);
    this.observer.forget(node as BrokerNode);
    // The order matters: its streams end first, and what its code does in dying reaches nobody.
    this.network.died(process, how);
    this.scheduler.kill(process);
    this.#byProcess.delete(process);
    seat.process = null;
    seat.stopping = false;
    seat.frozen = false;
    void node.kill(lose);
  }

  /** A clean stop, as SIGTERM has it. */
  stop(seat: Seat): void {
    const { node, process } = seat;
    if (process === null || seat.stopping) return;
    this.note(node.name, 'is asked to stop');
    seat.stopping = true;
    seat.wanted = false;
    this.scheduler.schedule(0, process, 'process', () => {
      node.stop().then(
        () => {
          if (seat.process === process) this.#gone(seat, process);
        },
        (error: unknown) => this.#processFailed(seat, process, error),
      );
    });
  }

  /** An empty disk, by the simulated world's rules. */
  newDisk(name: string): MemoryFileSystem {
    return new MemoryFileSystem({
      capacityBytes: DISK_BYTES,
      writeBehindBytesMin: this.knobs.writeBehindBytes ?? Infinity,
      schedule: (callback, operation) => {
        const seat = this.#seats.get(name);
        const process = this.network.lifeOf(name);
        const isSync = operation === 'sync' || operation === 'syncDirectory';
        const mean = (isSync ? this.knobs.syncMs : this.knobs.readMs) * (seat?.slowness ?? 1);
        const delay = seat?.frozen === true ? FROZEN_MS : exponential(this.#diskRandom, mean);
        this.scheduler.schedule(delay, process, 'disk', callback);
      },
    });
  }

  // --- What is known from outside. ---

  /** As the active controller has committed it, or the last one that was. */
  get image(): ClusterImage | null {
    const { host } = this.nodes.controller;
    if (host?.active === true) this.#image = host.committed;
    return this.#image;
  }

  partitionState(key: PartitionKey): PartitionState | undefined {
    let place = this.#places.get(key);
    if (place === undefined) {
      const colon = key.lastIndexOf(':');
      place = {
        of: topicIdOf(key.slice(0, colon)),
        index: partitionIndex(Number(key.slice(colon + 1))),
      };
      this.#places.set(key, place);
    }
    return this.image?.partition(place.of, place.index);
  }

  get keys(): readonly PartitionKey[] {
    const { topicId } = this;
    if (this.#keys.length === 0 && topicId !== null) {
      this.#keys = Array.from({ length: this.knobs.partitions }, (_, index) =>
        partitionKey(topicId, partitionIndex(index)),
      );
    }
    return this.#keys;
  }

  /** Of the compacted topic's partition. */
  get compactedKey(): PartitionKey | null {
    const { compactedTopicId } = this;
    return compactedTopicId === null ? null : partitionKey(compactedTopicId, partitionIndex(0));
  }

  /** The replica on a broker that runs; undefined while it does not. */
  replica(broker: number, key: PartitionKey): WatchedReplica | undefined {
    const node = this.nodes.broker(broker);
    return node.running ? this.observer.replica(node, key) : undefined;
  }

  /** Every replica of a partition on a broker that runs. */
  replicas(key: PartitionKey): WatchedReplica[] {
    return this.nodes.brokers.flatMap((node) => this.replica(node.id, key) ?? []);
  }

  /** Whether a batch is on this broker's disk for certain, whether it runs or not. */
  diskHolds(node: BrokerNode, key: PartitionKey, batch: MirrorBatch): boolean {
    const replica = this.replica(node.id, key);
    if (replica !== undefined) return replica.mirror.isDurable(batch);
    return isDurableOn(node.disk, this.#directoryOf(key), batch);
  }

  /** What lies in a partition's files on this broker's disk, whether it runs or not. */
  batchesOn(node: BrokerNode, key: PartitionKey, which: 'durable' | 'written'): MirrorBatch[] {
    return batchesOnDisk(node.disk, this.#directoryOf(key), which);
  }

  /** A running process's monotonic clock. */
  localTime(seat: Seat): number {
    return seat.monotonic?.now() ?? 0;
  }

  get sessionTimeoutMs(): number {
    return parseInt(this.knobs.settings['broker.session.timeout.ms'] ?? '1500', 10);
  }

  isLossy(broker: number, key: PartitionKey): boolean {
    return this.losses.some(
      (loss) => loss.broker === broker && (loss.key === null || loss.key === key),
    );
  }

  /**
   * All machines have lost power under page cache. Until everybody is registered and in sync again, the
   * partition may need each of the last who were known to have everything (C6): nobody may lose it.
   */
  doubtCaches(): void {
    const brokers = this.image?.brokers() ?? [];
    this.#inDoubt = new Map(brokers.map(({ id, epoch }) => [id, epoch]));
  }

  /** Whether another broker may lose what it promised to keep: fewer than min ISR at any time. */
  mayLose(broker: number): boolean {
    if (this.#inDoubt !== null) return false;
    const lossy = new Set(this.losses.map((loss) => loss.broker)).add(broker);
    return lossy.size <= this.knobs.minIsr - 1;
  }

  /** How long a client pauses that would usually pause for `usualMs`: once enough is written, for long. */
  thinkMs(usualMs: number): number {
    return this.acknowledged >= this.knobs.batches ? SLOW_THINK_MS : usualMs;
  }

  // --- Inside. ---

  #clockFor(name: string): NodeClock {
    const seat = this.seat(name);
    if (seat.process === null) throw new Error(`${name} starts without a process`);
    // Node's monotonic clock begins with the process.
    const origin = 1 + this.random.below(50);
    seat.monotonic = new NodeClock(this.scheduler, seat.process, seat.clock, origin);
    return seat.monotonic;
  }

  #ghostOf(key: PartitionKey, host: PartitionHost): PartitionGhost {
    let ghost = this.ghosts.get(key);
    if (ghost === undefined) {
      const name = `${host.topic}-${host.partition}`;
      ghost = new PartitionGhost(name, this.knobs.minIsr, this.knobs.durability === 'fsync');
      this.ghosts.set(key, ghost);
    }
    return ghost;
  }

  #directoryOf(key: PartitionKey): string {
    const name = this.ghosts.get(key)?.name ?? `${TOPIC}-${key.slice(key.lastIndexOf(':') + 1)}`;
    return `/data/${name}`;
  }

  #onTelemetry(name: string, event: LogEventName, fields: object): void {
    this.note(name, event, fields);
    this.sometimes.onTelemetry(event, fields);
    if (event === 'replica_damaged') this.sometimes.count('damage found');
  }

  #onError(error: unknown, process: Process | null): void {
    if (error instanceof Violation) {
      this.#violation ??= error;
      return;
    }
    if (process === null) throw error;
    const seat = this.#byProcess.get(process);
    if (seat !== undefined) return this.#processFailed(seat, process, error);
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#violation ??= new Violation('crash', `${process.name}: ${message}`);
  }

  /** A process ends with an error, as it would in production; a supervisor starts it again. */
  #processFailed(seat: Seat, process: Process, error: unknown): void {
    if (seat.process !== process) return;
    this.note(seat.node.name, 'fails', { error });
    if (!isExpected(error)) {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      // Perhaps within a promise, where nobody would hear of what is thrown.
      this.#violation ??= new Violation('crash', `${seat.node.name}: ${message}`);
      return;
    }
    const isDuplicate =
      error instanceof OdradekError && error.code === 'DUPLICATE_BROKER_REGISTRATION';
    this.sometimes.count(
      isDuplicate
        ? 'second life refused while the first is heard'
        : 'process gave up after a disk error',
    );
    this.kill(seat);
    this.scheduler.schedule(this.knobs.downMs, null, 'fault', () => {
      // It may have been started since, and been asked to stop for good.
      if (seat.wanted) this.start(seat);
    });
  }

  #gone(seat: Seat, process: Process): void {
    this.note(seat.node.name, 'has stopped');
    this.#tell('onDeath', (invariant) => invariant.onDeath?.(this, seat.node.name, 'stop'));
    this.observer.forget(seat.node as BrokerNode);
    this.network.died(process, 'process');
    this.scheduler.kill(process);
    this.#byProcess.delete(process);
    seat.process = null;
    seat.stopping = false;
  }

  #settleDoubt(before: ReadonlyMap<number, number>): void {
    const brokers = this.image?.brokers() ?? [];
    const isKnown = brokers.every(
      ({ id, epoch, fenced }) => epoch > (before.get(id) ?? -1) && !fenced,
    );
    const states = this.keys.map((key) => this.partitionState(key));
    if (!isKnown || !states.every((state) => state?.isr.length === state?.replicas.length)) return;
    this.#inDoubt = null;
  }

  /** A loss is over when its broker is in sync and its disk holds, soundly, all that is committed. */
  #settleLosses(): void {
    for (let index = this.losses.length - 1; index >= 0; index--) {
      const { broker, key } = this.losses[index] as Loss;
      const keys = key === null ? [...this.ghosts.keys()] : [key];
      if (!keys.every((each) => this.#isWhole(broker, each))) continue;
      if (this.#isCompactedInSync(broker)) this.losses.splice(index, 1);
    }
  }

  /** Its bytes are its own: that it is in sync is all that can be asked of it. */
  #isCompactedInSync(broker: number): boolean {
    const key = this.compactedKey;
    const state = key === null ? undefined : this.partitionState(key);
    if (state === undefined || !state.replicas.includes(broker as NodeId)) return true;
    return state.isr.includes(broker as NodeId);
  }

  #isWhole(broker: number, key: PartitionKey): boolean {
    const state = this.partitionState(key);
    if (state === undefined || !state.replicas.includes(broker as NodeId)) return true;
    const replica = this.replica(broker, key);
    if (replica === undefined || !state.isr.includes(broker as NodeId)) return false;
    if (replica.host.log.recovery.state !== 'whole') return false;
    const { committed } = replica.ghost;
    const start: number = replica.host.log.logStartOffset;
    const found = this.batchesOn(this.nodes.broker(broker), key, 'written');
    if ((found.at(-1)?.endOffset ?? start) < replica.host.log.logEndOffset) return false;
    if ((found[0]?.baseOffset ?? start) > start) return false;
    // Epochs lie outside the checksum; what rots there shows in their order.
    if (found.some((batch, at) => batch.epoch < (found[at - 1]?.epoch ?? 0))) return false;
    const from = firstEndingBehind(found, start);
    // What is not committed yet may have rotted as well.
    let own = replica.mirror.indexOf(start);
    for (let at = from; at < found.length; at++, own++) {
      const [one, other] = [found[at], replica.mirror.batches[own]];
      if (one?.identity !== other?.identity || one?.epoch !== other?.epoch) return false;
    }
    let index = firstEndingBehind(committed, start);
    for (let at = from; index < committed.length; at++, index++) {
      const [one, other] = [found[at], committed[index]];
      if (one?.identity !== other?.identity || one?.epoch !== other?.epoch) return false;
      if (one?.baseOffset !== other?.baseOffset) return false;
    }
    return true;
  }

  #afterEvent(process: Process | null): void {
    const seat = process === null ? undefined : this.#byProcess.get(process);
    if (seat !== undefined && process !== null) this.#look(seat, process);
    if (this.#asked.length > 0) {
      const asked = this.#asked;
      this.#asked = [];
      for (const ask of asked) this.check(ask);
    }
    if (this.#violation !== null) throw this.#violation;
  }

  #look(seat: Seat, process: Process): void {
    if ('broker' in seat.node) {
      for (const replica of this.observer.look(seat.node, process)) {
        this.#tell('onReplica', (invariant) => invariant.onReplica?.(this, replica));
        this.sometimes.onReplica(this, replica);
      }
    }
    if (seat === this.controllerSeat) {
      this.sometimes.onController(this);
      if (this.losses.length > 0) this.#settleLosses();
      if (this.#inDoubt !== null) this.#settleDoubt(this.#inDoubt);
    }
    this.#tell('onEvent', (invariant) => invariant.onEvent?.(this, seat));
  }
}

/** What a process may die of when its disk was made to fail. */
function isExpected(error: unknown): boolean {
  if (error instanceof InvariantViolation) return false;
  if (error instanceof FileSystemError) return true;
  return error instanceof OdradekError && EXPECTED_CODES.has(error.code);
}

const EXPECTED_CODES: ReadonlySet<string> = new Set([
  'KAFKA_STORAGE_ERROR',
  'SHUTTING_DOWN',
  // Back so soon that the controller still hears its former life: a supervisor tries again.
  'DUPLICATE_BROKER_REGISTRATION',
]);
const DISK_BYTES = 64 * 1024 * 1024;
const FROZEN_MS = 3_600_000;
/** Load that only waits for faults may go slowly. */
const SLOW_THINK_MS = 500;
