import type { Timer } from '../../src/base/clock.ts';
import type { PartitionKey } from '../../src/base/ids.ts';
import type { AdminRequest } from '../../src/controller/types.ts';
import type {
  CrashOptions,
  FileOperation,
  MemoryFileSystem,
} from '../../src/testing/memory-file-system.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import { exponential, FAULTS, pick, type FaultKind } from './knobs.ts';
import type { Process } from './scheduler.ts';
import { TOPIC, type Seat, type World } from './world.ts';

/** A kind of operation on a disk. */
interface Moment {
  readonly operation: FileOperation;
  readonly path: RegExp;
}

/** What waits for a process at its disk. */
interface Ambush {
  readonly moment: Moment;
  /** Of what was not synced; undefined where only the process dies. */
  readonly fate: CrashOptions | undefined;
  /** The how many-th of them. */
  left: number;
}

/**
 * What goes wrong in a world, at random times and as often as its knobs say. Data is lost beyond what
 * a power cut may take only on fewer than min ISR brokers at a time, and only until they are whole
 * again: more than that no protocol survives.
 */
export class Faults {
  readonly counts = new Map<FaultKind, number>();
  active = false;
  /** Mean time until the next, ms. */
  #everyMs: number;
  #due: Timer | null = null;
  /** What was asked of a controller, and of which life of it; a life that ends answers nothing. */
  readonly #asked = new Map<AdminRequest, Process | null>();
  readonly #ambushes = new Map<Seat, Ambush>();
  readonly #watched = new WeakSet<MemoryFileSystem>();
  readonly #world: World;
  readonly #random: SeededRandom;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.fork();
    this.#everyMs = world.knobs.faultEveryMs;
    world.onStart = (seat) => this.#watch(seat);
  }

  /** How much was asked of the controller that lives, and not answered yet. */
  get asking(): number {
    const { process } = this.#world.controllerSeat;
    return [...this.#asked.values()].filter((asked) => asked === process).length;
  }

  get total(): number {
    let sum = 0;
    for (const count of this.counts.values()) sum += count;
    return sum;
  }

  start(): void {
    this.active = true;
    if (this.#world.knobs.weights.cutShort > 0) {
      for (const seat of this.#world.seats()) this.#cutShort(seat);
    }
    this.#next();
  }

  /** The world is long enough: what is to go wrong goes wrong soon. */
  hurry(): void {
    if (!this.active || this.#everyMs <= HURRY_MS) return;
    this.#everyMs = HURRY_MS;
    this.#due?.cancel();
    this.#next();
  }

  /** Nothing goes wrong any more, and everything that did is undone; `but` is left dead. */
  heal(but: Seat | null = null): void {
    this.active = false;
    const world = this.#world;
    world.network.heal();
    const { delayMeanMs } = world.network.knobs;
    world.network.knobs = {
      ...world.network.knobs,
      delayMeanMs: Math.min(delayMeanMs, 1),
      lossPerMillion: 0,
      resetPerMillion: 0,
      duplicatePerMillion: 0,
    };
    for (const seat of world.seats()) {
      if (seat === but) {
        world.kill(seat);
        continue;
      }
      seat.slowness = 1;
      if (seat.process?.paused === true) world.scheduler.resume(seat.process);
      // A disk whose answers never come leaves nothing but a restart.
      if (seat.frozen && seat.process !== null) world.kill(seat);
      seat.frozen = false;
      seat.node.disk.clearFaults();
      seat.node.disk.fullAfter(DISK_BYTES);
      if (seat.process === null || seat.stopping) {
        if (seat.process !== null) world.kill(seat);
        world.start(seat);
      }
    }
    world.note('world', 'is healed');
  }

  /** Does it now; false if there is nothing to do it to, or if it is to happen later. */
  inflict(kind: FaultKind): boolean {
    const done = this.#inflict(kind);
    if (done) this.#count(kind);
    return done;
  }

  #count(kind: FaultKind): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  #next(): void {
    const { scheduler } = this.#world;
    this.#due = scheduler.schedule(exponential(this.#random, this.#everyMs), null, 'fault', () => {
      if (!this.active) return;
      const kind = this.#draw();
      if (kind !== null && this.inflict(kind)) this.#world.note('world', `fault: ${kind}`);
      this.#next();
    });
  }

  #draw(): FaultKind | null {
    const { weights } = this.#world.knobs;
    const sum = FAULTS.reduce((total, kind) => total + weights[kind], 0);
    let at = this.#random.below(sum);
    for (const kind of FAULTS) {
      at -= weights[kind];
      if (at < 0) return kind;
    }
    return null;
  }

  #inflict(kind: FaultKind): boolean {
    const world = this.#world;
    const { scheduler } = world;
    const broker = this.#broker();
    switch (kind) {
      case 'kill':
        return this.#down(broker, undefined);
      case 'power':
        return this.#cutPower(broker);
      case 'allPower': {
        const isCached = world.knobs.durability === 'page-cache';
        // What all lose at once is beyond what page-cache promises: here everything had just been
        // written out. Nobody can prove that, so the furthest of the last known must lead (C6).
        if (isCached && world.losses.length > 0) return false;
        const seats = world.seats().filter((seat) => seat.process !== null);
        if (isCached) world.doubtCaches();
        for (const seat of seats) this.#down(seat, isCached ? { policy: 'keep' } : this.#fate());
        return seats.length > 0;
      }
      case 'allProcesses': {
        const seats = world.seats().filter((seat) => seat.process !== null);
        for (const seat of seats) this.#down(seat, undefined);
        return seats.length > 0;
      }
      case 'controllerKill':
        return this.#down(world.controllerSeat, undefined);
      case 'controllerPower':
        return this.#down(world.controllerSeat, this.#fate());
      case 'pause': {
        const seat = this.#any();
        const { process } = seat;
        if (process === null || process.paused) return false;
        scheduler.pause(process);
        this.#undoLater(exponential(this.#random, 3 * world.sessionTimeoutMs), () => {
          if (process.alive) scheduler.resume(process);
        });
        return true;
      }
      case 'stop': {
        if (broker.process === null || broker.stopping) return false;
        world.stop(broker);
        // A supervisor that waits for a while, then starts it again, whatever has become of it.
        this.#undoLater(exponential(this.#random, world.knobs.downMs) + 200, () => {
          if (broker.process !== null && broker.stopping) world.kill(broker);
          world.start(broker);
        });
        return true;
      }
      case 'isolate': {
        for (const other of world.seats()) {
          if (other === broker) continue;
          this.#cut(broker, other);
          this.#cut(other, broker);
        }
        return true;
      }
      case 'cutOneWay':
        this.#cut(broker, this.#any(broker));
        return true;
      case 'cutController': {
        const { controllerSeat } = world;
        const way = this.#random.below(3);
        if (way !== 0) this.#cut(broker, controllerSeat);
        if (way !== 1) this.#cut(controllerSeat, broker);
        return true;
      }
      case 'clog': {
        for (const one of world.seats()) {
          for (const other of world.seats()) {
            if (one !== other && this.#random.below(3) === 0) {
              this.#cut(one, other, exponential(this.#random, 60));
            }
          }
        }
        return true;
      }
      case 'slowDisk': {
        const seat = this.#any();
        seat.slowness = this.#random.below(2) === 0 ? 10 : 100;
        this.#undoLater(exponential(this.#random, 2_000), () => {
          seat.slowness = 1;
        });
        return true;
      }
      case 'freezeDisk': {
        if (broker.process === null) return false;
        const { process } = broker;
        broker.frozen = true;
        this.#undoLater(exponential(this.#random, 1_000), () => {
          // What was asked meanwhile never ends: a stalled device, which is power-cycled.
          if (broker.process === process) this.#down(broker, undefined);
        });
        return true;
      }
      case 'syncError': {
        const seat = this.#any();
        world.unsound.add(seat.node.name);
        seat.node.disk.failNext(this.#random.below(4) === 0 ? 'write' : 'sync', /./, 'EIO');
        return true;
      }
      case 'diskFull': {
        world.unsound.add(broker.node.name);
        broker.node.disk.fullAfter(this.#random.below(8_192));
        this.#undoLater(exponential(this.#random, 1_000), () => {
          broker.node.disk.fullAfter(DISK_BYTES);
        });
        return true;
      }
      case 'bitFlip':
        return this.#flipBit(broker);
      case 'wipe':
        return this.#wipe(broker);
      case 'clockStep': {
        const seat = this.#any();
        seat.clock.wallOffsetMs = this.#random.below(7_200_000) - 3_600_000;
        return true;
      }
      case 'alterMinIsr': {
        // One more than there are replicas asks for all of them.
        const minIsr = 1 + this.#random.below(world.knobs.replicationFactor + 1);
        // Promises are made by the smaller one: the budget of losses was drawn for it.
        if (minIsr < world.knobs.minIsr) return false;
        return this.#admin({
          kind: 'alterTopic',
          name: TOPIC,
          settings: { 'min.insync.replicas': String(minIsr) },
        });
      }
      case 'electPreferred':
        return this.#electPreferred();
      case 'cutShort':
        this.#cutShort(this.#any());
        return false;
      case 'depose':
        return this.#depose();
    }
  }

  #broker(): Seat {
    const seats = this.#world.brokerSeats();
    return seats[this.#random.below(seats.length)] as Seat;
  }

  /** Any process but this one. */
  #any(but?: Seat): Seat {
    const seats = this.#world.seats().filter((seat) => seat !== but);
    return seats[this.#random.below(seats.length)] as Seat;
  }

  #down(seat: Seat, fate: CrashOptions | undefined): boolean {
    const world = this.#world;
    if (seat.process === null) return false;
    world.kill(seat, fate);
    this.#undoLater(exponential(this.#random, world.knobs.downMs), () => world.start(seat));
    return true;
  }

  /**
   * It dies, or its power goes, just as it is about to do something to its disk: one of the next few
   * operations of a kind that seldom comes, and that a random moment would never meet. Worlds that
   * have it begin with one for each process; it waits for its moment through all lives.
   */
  #cutShort(seat: Seat): void {
    const isPower = this.#world.knobs.durability === 'fsync' && this.#random.below(3) > 0;
    this.#ambushes.set(seat, {
      moment: pick(this.#random, MOMENTS),
      fate: isPower ? this.#fate() : undefined,
      left: 1 + this.#random.below(4),
    });
    this.#watch(seat);
  }

  /** Looks at what is done on this disk, once for each disk. */
  #watch(seat: Seat): void {
    const { node } = seat;
    if (!this.#ambushes.has(seat) || this.#watched.has(node.disk)) return;
    this.#watched.add(node.disk);
    node.disk.onOperation((observed) => {
      const ambush = this.#ambushes.get(seat);
      if (!this.active || ambush === undefined || seat.process === null) return;
      const { operation, path } = ambush.moment;
      if (observed.operation !== operation || !path.test(observed.path)) return;
      ambush.left -= 1;
      if (ambush.left > 0) return;
      this.#ambushes.delete(seat);
      this.#world.note(node.name, 'is cut short', observed);
      this.#count('cutShort');
      this.#down(seat, ambush.fate);
    });
  }

  /**
   * A leader loses touch with the controller, and half of the time with the other brokers too, for
   * long enough to be replaced; it lives on, and is to lead again a while after that.
   */
  #depose(): boolean {
    const world = this.#world;
    const key = pick(this.#random, world.keys);
    const leader = world.partitionState(key)?.leader ?? null;
    if (leader === null) return false;
    const seat = world.seat(world.nodes.broker(leader).name);
    const forMs = world.sessionTimeoutMs * (1.2 + this.#random.below(100) / 100);
    const isAlone = this.#random.below(2) === 0;
    for (const other of isAlone ? world.seats() : [world.controllerSeat]) {
      if (other === seat) continue;
      this.#cut(seat, other, forMs);
      this.#cut(other, seat, forMs);
    }
    const backMs = forMs + exponential(this.#random, world.sessionTimeoutMs);
    this.#undoLater(backMs, () => void this.#electPreferred());
    return true;
  }

  #electPreferred(): boolean {
    return this.#admin({ kind: 'electLeaders', name: TOPIC, partition: null });
  }

  #cutPower(broker: Seat): boolean {
    const world = this.#world;
    if (broker.process === null) return false;
    const id = (broker.node as { readonly id: number }).id;
    if (world.knobs.durability === 'page-cache') {
      if (!world.mayLose(id)) return false;
      world.losses.push({ broker: id, kind: 'page-cache', key: null });
    }
    return this.#down(broker, this.#fate());
  }

  #fate(): CrashOptions {
    const fates = ['drop', 'keep', 'tear'] as const;
    const policy = fates[this.#random.below(5)];
    return policy === undefined ? { random: this.#random.fork() } : { policy };
  }

  #cut(from: Seat, to: Seat, forMs?: number): void {
    const { network } = this.#world;
    network.cut(from.node.name, to.node.name);
    const { sessionTimeoutMs } = this.#world;
    this.#undoLater(forMs ?? exponential(this.#random, 3 * sessionTimeoutMs), () =>
      network.heal(from.node.name, to.node.name),
    );
  }

  #flipBit(broker: Seat): boolean {
    const world = this.#world;
    const id = (broker.node as { readonly id: number }).id;
    if (!world.mayLose(id)) return false;
    const { disk } = broker.node;
    const { keys } = world;
    const index = this.#random.below(keys.length);
    const key = keys[index] as PartitionKey;
    const directory = `/data/${TOPIC}-${index}`;
    const names = disk.list(directory).filter((name) => name.endsWith('.log'));
    const name = names[this.#random.below(Math.max(1, names.length))];
    if (name === undefined) return false;
    const path = `${directory}/${name}`;
    const { length } = disk.contentOf(path);
    if (length === 0) return false;
    const [position, bit] = [this.#random.below(length), this.#random.below(8)];
    disk.flipBit(path, position, bit);
    world.note(broker.node.name, 'rots', { path, position, bit });
    world.losses.push({ broker: id, kind: 'rot', key });
    return true;
  }

  #wipe(broker: Seat): boolean {
    const world = this.#world;
    const id = (broker.node as { readonly id: number }).id;
    if (!world.mayLose(id)) return false;
    world.kill(broker, { policy: 'drop' });
    broker.node.disk = world.newDisk(broker.node.name);
    world.losses.push({ broker: id, kind: 'wipe', key: null });
    this.#undoLater(exponential(this.#random, world.knobs.downMs), () => world.start(broker));
    return true;
  }

  #admin(request: AdminRequest): boolean {
    const { controllerSeat, nodes, scheduler } = this.#world;
    const { host } = nodes.controller;
    if (controllerSeat.process === null || host === null) return false;
    const { process } = controllerSeat;
    this.#asked.set(request, process);
    const settled = (): boolean => this.#asked.delete(request);
    scheduler.schedule(0, process, 'client', () => void host.admin(request).then(settled, settled));
    return true;
  }

  /** Later, and also once the world has been healed: undoing twice does no harm. */
  #undoLater(delayMs: number, undo: () => void): void {
    this.#world.scheduler.schedule(delayMs, null, 'fault', () => {
      if (this.active) undo();
    });
  }
}

/** What a process does to its disk seldom enough that nothing else meets it. */
const MOMENTS: readonly Moment[] = [
  { operation: 'truncate', path: /\.log$/ },
  { operation: 'remove', path: /\.log$/ },
  { operation: 'remove', path: /./ },
  { operation: 'rename', path: /./ },
  { operation: 'syncDirectory', path: /./ },
  { operation: 'sync', path: /^(?!.*\.log$)/ },
  { operation: 'write', path: /^(?!.*\.log$)/ },
];
const HURRY_MS = 200;
const DISK_BYTES = 64 * 1024 * 1024;
