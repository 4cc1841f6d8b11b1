import { deepEqual } from 'node:assert/strict';
import { OdradekError } from '../../../src/base/errors.ts';
import type { PartitionHost } from '../../../src/broker/partition-host.ts';
import { batchesIn } from '../../../src/record/index.ts';
import type { Acks } from '../../../src/replication/types.ts';
import type { FileOperation, MemoryFileSystem } from '../../../src/testing/memory-file-system.ts';
import { must } from '../violation.ts';
import type { ProduceOptions, Request } from './story-client.ts';
import { PARTITION, StoryCluster, type Name, type Party } from './story-cluster.ts';

export type { Request } from './story-client.ts';
export { PARTITION, type Name, type Party } from './story-cluster.ts';
export { DELAY_MS, LAG_MS, SESSION_MS, SYNC_MS, type StoryOptions } from './story-knobs.ts';

/** What a power cut does to what was not synced. */
export type Fate = 'drop' | 'keep' | 'tear';

/**
 * What a story may do to its cluster. It begins with all replicas in sync under A. Time passes only
 * where the story says so: `pass`, `until`, `write`, `read` and whatever waits for something.
 */
export class Story extends StoryCluster {
  // --- Clients. ---

  /** One batch, a record for each character. Returns at once; the answer comes as time passes. */
  produce(to: Name, text: string, acks: Acks, options: ProduceOptions = {}): Request {
    return this.client.produce(this.node(to), text, acks, options);
  }

  /** One batch a record, so that logs can be cut between any two. */
  produceEach(to: Name, text: string, acks: Acks): Request[] {
    return [...text].map((record) => this.produce(to, record, acks));
  }

  /** Produces at acks=all and waits until it is acknowledged. */
  write(to: Name, text: string, options: ProduceOptions = {}): void {
    const answer = this.answerTo(this.produce(to, text, 'all', options));
    if (!answer.startsWith('ok')) throw new Error(`${to} does not take ${text}: ${answer}`);
  }

  /** Waits for the answer. */
  answerTo(request: Request): string {
    this.until(`an answer to ${request.text}`, () => request.answer !== undefined);
    return request.answer ?? '';
  }

  /** All that a consumer gets from here, from this offset on, or the code that refuses it. */
  read(name: Name, from = 0): string {
    let text = '';
    let position = from;
    for (;;) {
      let fetched: { text: string; end: number } | string | undefined;
      this.client.fetch(this.node(name), position, (read) => (fetched = read));
      this.until(`something to read from ${name}`, () => fetched !== undefined);
      const read = fetched as { text: string; end: number } | string | undefined;
      if (typeof read !== 'object') return read ?? '';
      if (read.end === position) return text;
      text += read.text;
      position = read.end;
    }
  }

  /** What a consumer that asks for the end is told. */
  latest(name: Name): number | string {
    let end: number | string | undefined;
    this.client.latest(this.node(name), (listed) => (end = listed));
    this.until(`an end of ${name}`, () => end !== undefined);
    return end ?? '';
  }

  // --- Processes. ---

  /** kill −9: what was written is in the page cache. */
  kill(...names: Party[]): void {
    for (const name of names) this.world.kill(this.seat(name));
  }

  /** The power goes, at the same instant for all of these. */
  powerCut(names: readonly Party[], fate: Fate = 'drop'): void {
    for (const name of names) {
      const seat = this.seat(name);
      // A machine has power, and a page cache, also while its process is down.
      if (seat.process !== null) {
        this.world.kill(seat, { policy: fate });
        continue;
      }
      seat.node.disk = seat.node.disk.crash({ policy: fate });
      this.world.check((invariant) => invariant.onDeath?.(this.world, seat.node.name, 'power'));
    }
  }

  start(...names: Party[]): void {
    for (const name of names) this.world.start(this.seat(name));
  }

  /** Waits until the controller has unfenced it. */
  startAndServe(...names: Name[]): void {
    this.start(...names);
    for (const name of names) this.until(`${name} serves`, () => this.serves(name));
  }

  serves(name: Name): boolean {
    const node = this.node(name);
    return node.running && node.broker.state === 'active';
  }

  /** Starts a process that is to refuse, or to be refused; returns the code of its error. */
  refusedStart(name: Party): string {
    const { scheduler, network } = this.world;
    const seat = this.seat(name);
    const { node } = seat;
    // Not as `start` does: a process that ends with an unexpected error would end the story.
    const process = scheduler.startProcess(node.name);
    seat.process = process;
    network.lives(node.name, process);
    let outcome: string | undefined;
    scheduler.schedule(0, process, 'process', () => {
      node.start().then(
        () => {
          const failed = 'broker' in node ? node.broker.failed : node.host?.failed;
          void failed?.then((error) => (outcome = codeOf(error)));
        },
        (error: unknown) => (outcome = codeOf(error)),
      );
    });
    this.until(`${name} to refuse`, () => outcome !== undefined);
    network.died(process, 'process');
    scheduler.kill(process);
    void node.kill();
    seat.process = null;
    return outcome ?? '';
  }

  /** A clean stop, to its end. */
  stop(name: Party): void {
    const seat = this.seat(name);
    this.world.stop(seat);
    this.until(`${name} has stopped`, () => seat.process === null);
  }

  /** Does this as a part of the process, in an event of its own. */
  within(name: Name, work: (host: PartitionHost) => void): void {
    const host = this.replica(name)?.host;
    if (host === undefined) throw new Error(`${name} does not run`);
    this.world.scheduler.schedule(0, this.seat(name).process, 'process', () => work(host));
    this.pass(0);
  }

  /** Its event loop stands still; what becomes due waits. */
  pause(...names: Party[]): void {
    for (const name of names) {
      const { process } = this.seat(name);
      if (process !== null) this.world.scheduler.pause(process);
    }
  }

  resume(...names: Party[]): void {
    for (const name of names) {
      const { process } = this.seat(name);
      if (process !== null) this.world.scheduler.resume(process);
    }
  }

  // --- The network. ---

  /** Nothing gets from one to the other; their streams end once both have noticed. */
  cut(from: Party, to: Party): void {
    this.world.network.cut(this.nameIn(from), this.nameIn(to));
  }

  cutBoth(one: Party, other: Party): void {
    this.cut(one, other);
    this.cut(other, one);
  }

  /** Cut off from the cluster, though not from its clients. */
  isolate(...names: Name[]): void {
    for (const name of names) {
      for (const other of this.parties) if (other !== name) this.cutBoth(name, other);
    }
  }

  /** With names: all that is cut between these and anybody. */
  heal(...names: Party[]): void {
    const { network } = this.world;
    if (names.length === 0) network.heal();
    for (const name of names) {
      for (const other of this.parties) {
        network.heal(this.nameIn(name), this.nameIn(other));
        network.heal(this.nameIn(other), this.nameIn(name));
      }
    }
  }

  /** From now on both ends of a stream that is cut notice it within 20 ms. */
  noticeCutsSoon(): void {
    const { network } = this.world;
    network.knobs = { ...network.knobs, keepaliveMs: 10 };
  }

  /** The streams between the two end, and new ones can be opened. */
  breakStreams(one: Party, other: Party): void {
    const { network } = this.world;
    const { knobs } = network;
    this.noticeCutsSoon();
    this.cutBoth(one, other);
    this.pass(20);
    network.knobs = knobs;
    network.heal(this.nameIn(one), this.nameIn(other));
    network.heal(this.nameIn(other), this.nameIn(one));
  }

  /**
   * The first message from one to the other that `which` names stays where it is, and so does all
   * that is behind it on its stream; streams stay open. Until `release`.
   */
  hold(from: Party, to: Party, which: (message: unknown) => boolean = () => true): void {
    this.witness.hold(this.world.network, this.nameIn(from), this.nameIn(to), which);
  }

  release(from?: Party, to?: Party): void {
    const { network } = this.world;
    if (from === undefined || to === undefined) this.witness.release(network);
    else this.witness.release(network, this.nameIn(from), this.nameIn(to));
  }

  /** Whether a message on this link is being held. */
  isHolding(from: Party, to: Party): boolean {
    return this.witness.isHolding(this.nameIn(from), this.nameIn(to));
  }

  /** How many messages have arrived on this link. */
  messages(from: Party, to: Party): number {
    return this.witness.messages(this.nameIn(from), this.nameIn(to));
  }

  // --- Disks. ---

  freezeDisk(name: Party): void {
    this.disks.freeze(this.nameIn(name));
  }

  thawDisk(name: Party): void {
    this.disks.thaw(this.nameIn(name));
  }

  slowDisk(name: Party, factor: number): void {
    this.disks.slow(this.nameIn(name), factor);
  }

  /** The next sync of such a file fails, and loses what it should have made last. */
  failSync(name: Party, file: RegExp = /\.log$/): void {
    this.world.unsound.add(this.nameIn(name));
    this.seat(name).node.disk.failNext('sync', file, 'EIO');
  }

  failWrite(name: Party, file: RegExp): void {
    this.world.unsound.add(this.nameIn(name));
    this.seat(name).node.disk.failNext('write', file, 'EIO');
  }

  /** Does this as the next such operation begins on this disk. */
  onceOn(name: Party, operation: FileOperation, file: RegExp, work: () => void): void {
    let waits = true;
    this.seat(name).node.disk.onOperation((observed) => {
      if (!waits || observed.operation !== operation || !file.test(observed.path)) return;
      waits = false;
      work();
    });
  }

  /**
   * Does this before the so-many-th thing that the disk is asked for while the broker cuts its log, or
   * moves it aside. What is returned says how many there were.
   */
  onMoment(name: Name, moment: number, work: () => void): () => number {
    let asked = 0;
    this.seat(name).node.disk.onOperation(() => {
      const log = this.replica(name)?.host.log;
      if (log === undefined || !this.world.observer.isChanging(log)) return;
      asked += 1;
      if (asked === moment) work();
    });
    return () => asked;
  }

  fillDisk(name: Party, bytesLeft: number): void {
    this.disks.fill(this.nameIn(name), bytesLeft);
  }

  /**
   * Turns over a bit of the batch that holds this offset, on the disk and for good: of its last
   * record, or of its length, which then reaches far beyond the file.
   */
  flipBit(name: Name, at: number, where: 'record' | 'length' = 'record'): void {
    const { disk, id } = this.node(name);
    this.world.losses.push({ broker: id, kind: 'rot', key: this.key });
    for (const path of this.segments(name)) {
      for (const { header, position } of batchesIn(disk.contentOf(path))) {
        if (header.lastOffset < at) continue;
        if (where === 'length') disk.flipBit(path, position + LENGTH_POSITION + 1, 0);
        else disk.flipBit(path, position + header.totalBytes - 2, 0);
        return;
      }
    }
    throw new Error(`${name} has nothing at ${at}`);
  }

  /** A bit turns over in every file of what is known of producers; returns how many there are. */
  rotSnapshots(name: Name): number {
    const { disk } = this.node(name);
    const directory = '/data/orders-0';
    const snapshots = disk.list(directory).filter((file) => file.endsWith('.snapshot'));
    for (const file of snapshots) disk.flipBit(`${directory}/${file}`, SNAPSHOT_COUNT_POSITION, 3);
    return snapshots.length;
  }

  /** The power goes, and takes what the page cache of a `page-cache` topic had. */
  losePageCache(name: Name): void {
    const { id } = this.node(name);
    this.world.losses.push({ broker: id, kind: 'page-cache', key: null });
    this.powerCut([name], 'drop');
  }

  /** The machine is given an empty disk; it must be started again. */
  wipe(name: Name): void {
    this.world.kill(this.seat(name), { policy: 'drop' });
    this.exchangeDisk(name, this.disks.empty(this.node(name).name));
  }

  /** Two bits turn over in a file that says nothing of batches, of a machine that is down. */
  flipIn(name: Name, path: string): void {
    const { disk, name: node } = this.seat(name).node;
    this.world.unsound.add(node);
    const { length } = disk.contentOf(path);
    for (const byte of [Math.floor(length / 3), Math.floor((2 * length) / 3)]) {
      disk.flipBit(path, byte, 3);
    }
  }

  /** Of a machine that is down: all that its disk holds of the partition goes, whoever did that. */
  loseDirectory(name: Name): void {
    const { disk, id } = this.node(name);
    this.world.losses.push({ broker: id, kind: 'wipe', key: this.key });
    disk.rename(PARTITION, '/lost');
  }

  /** A machine that is down is given another disk than the one that it had. */
  exchangeDisk(name: Name, disk: MemoryFileSystem): void {
    const node = this.node(name);
    node.disk = disk;
    this.world.losses.push({ broker: node.id, kind: 'wipe', key: null });
  }

  /**
   * Everything is healed and started, and must come right: every replica in sync, all logs the same,
   * a write taken, and everything that was acknowledged at acks=all read again where it was.
   */
  finish(): void {
    const { world } = this;
    this.heal();
    this.release();
    this.disks.healAll();
    for (const seat of world.seats()) {
      seat.clock.wallOffsetMs = 0;
      if (seat.process?.paused === true) world.scheduler.resume(seat.process);
      world.start(seat);
    }
    this.until('everyone in sync', () => this.allActive() && this.allInSync());
    let last: Request | undefined;
    this.until('a write', () => {
      const { leader } = this;
      if (last?.answer?.startsWith('ok') === true) return true;
      const isOver = last === undefined || last.answer !== undefined;
      if (isOver && leader !== null && this.leads(leader)) last = this.produce(leader, '!', 'all');
      return false;
    });
    this.settle();
    world.check((invariant) => invariant.onRest?.(world));
    this.pass(1);
    const { leader } = this;
    if (leader === null) throw new Error('nobody leads at the end');
    for (const name of this.names) {
      deepEqual(this.records(name), this.records(leader), `${name}’s log is ${leader}’s`);
      must(this.logBytes(name).equals(this.logBytes(leader)), 'S6', () => `${name}’s bytes differ`);
    }
    // What lies below was deleted, as the topic asks.
    const { logStartOffset } = this.view(leader);
    const text = this.read(leader, logStartOffset);
    for (const [at, record] of this.client.acknowledged) {
      const isThere = at < logStartOffset || text[at - logStartOffset] === record;
      must(isThere, 'S8', () => `${record} was acknowledged at ${at}: ${text}`);
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof OdradekError ? error.code : String(error);
}

/** In a batch's header; four bytes. */
const LENGTH_POSITION = 8;
/** Under the checksum. */
const SNAPSHOT_COUNT_POSITION = 6;
