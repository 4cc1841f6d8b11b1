import { deepEqual } from 'node:assert/strict';
import type { NodeId, PartitionKey } from '../../../src/base/ids.ts';
import type { PartitionHost } from '../../../src/broker/partition-host.ts';
import type { AdminReply, AdminRequest, PartitionState } from '../../../src/controller/types.ts';
import { batchesIn, CorruptBatch } from '../../../src/record/index.ts';
import type { Acks } from '../../../src/replication/types.ts';
import type { ReplicaView } from '../../../src/replication/view.ts';
import type { LogEventName } from '../../../src/telemetry/log-events.ts';
import type { FileOperation } from '../../../src/testing/memory-file-system.ts';
import type { BrokerNode } from '../../../src/testing/cluster.ts';
import { INVARIANTS } from '../invariants/index.ts';
import type { WatchedReplica } from '../observer.ts';
import type { RareState } from '../sometimes.ts';
import { must, Violation } from '../violation.ts';
import { TOPIC, World, type Seat } from '../world.ts';
import { CLIENT, StoryClient, textOf, type Request } from './story-client.ts';
import { StoryDisks } from './story-disks.ts';
import { storyKnobs, type StoryOptions } from './story-knobs.ts';
import { StoryWitness } from './story-witness.ts';

export type { Request } from './story-client.ts';
export { DELAY_MS, LAG_MS, SESSION_MS, SYNC_MS, type StoryOptions } from './story-knobs.ts';

/** A replica of the story's partition, in assignment order: A is the preferred leader. */
export type Name = 'A' | 'B' | 'C' | 'D' | 'E';
export type Party = Name | 'controller';
/** What a power cut does to what was not synced. */
export type Fate = 'drop' | 'keep' | 'tear';

/**
 * Tells a story about one partition of a whole simulated cluster: the production hosts on simulated
 * clocks, disks and a network on which nothing happens by chance, with every invariant looking all
 * the time. Begins with all replicas in sync under A. Time passes only where the story says so:
 * `pass`, `until`, `write`, `read` and whatever waits for something.
 */
export class Story {
  readonly world: World;
  readonly disks: StoryDisks;
  readonly client: StoryClient;
  readonly witness = new StoryWitness();
  readonly #seats = new Map<Party, Seat>();
  readonly #names = new Map<number, Name>();

  constructor(options: StoryOptions = {}) {
    const { invariants } = options;
    const chosen = INVARIANTS().filter(({ id }) => invariants?.includes(id) ?? true);
    this.world = new World(1, storyKnobs(options), [...chosen, this.witness]);
    // Keeps what happened for whoever has to understand a failure.
    this.world.trace.full = true;
    this.disks = new StoryDisks(this.world);
    this.client = new StoryClient(this.world);
  }

  /** Starts everything, makes the topic, and waits until all of its replicas are in sync. */
  begin(): void {
    const { world } = this;
    for (const seat of world.seats()) world.start(seat);
    this.until('brokers that serve', () => this.#allActive());
    const { durability, minIsr, replicationFactor, topicSettings } = world.knobs;
    const reply = this.admin({
      kind: 'createTopic',
      name: TOPIC,
      partitions: 1,
      replicationFactor,
      settings: { ...topicSettings, durability, 'min.insync.replicas': String(minIsr) },
      validateOnly: false,
    });
    if (reply.kind !== 'topicCreated') throw new Error(`no topic: ${JSON.stringify(reply)}`);
    world.topicId = reply.topicId;
    this.#seats.set('controller', world.controllerSeat);
    for (const [index, id] of this.state.replicas.entries()) {
      const name = NAMES[index] as Name;
      this.#names.set(id, name);
      this.#seats.set(name, world.seat(`broker-${id}`));
    }
    this.until('followers that follow', () => {
      return (
        this.leads('A') && this.view('A').followers.every((each) => each.logEndOffset !== null)
      );
    });
  }

  // --- How things stand. ---

  /** As the controller has it. */
  get leader(): Name | null {
    const { leader } = this.state;
    return leader === null ? null : this.nameOf(leader);
  }

  get leaderEpoch(): number {
    return this.state.leaderEpoch;
  }

  get partitionEpoch(): number {
    return this.state.partitionEpoch;
  }

  /** Names in order, joined. */
  get isr(): string {
    return this.#namesOf(this.state.isr);
  }

  get elr(): string {
    return this.#namesOf(this.state.elr);
  }

  get lastKnownElr(): string {
    return this.#namesOf(this.state.lastKnownElr);
  }

  /** Of a broker that runs and has its replica; undefined otherwise. */
  replica(name: Name): WatchedReplica | undefined {
    return this.world.replica(this.#node(name).id, this.key);
  }

  /** Throws unless the broker runs. */
  view(name: Name): ReplicaView {
    const host = this.replica(name)?.host;
    if (host === undefined) throw new Error(`${name} does not run`);
    return host.view();
  }

  highWatermark(name: Name): number {
    return this.view(name).highWatermark;
  }

  /** Where a replica's log ends, on its disk or not yet. */
  logEnd(name: Name): number {
    return this.view(name).logEndOffset;
  }

  /** How far the leader `name` knows this follower to be; null when it has not heard in this epoch. */
  positionOf(follower: Name, name: Name): number | null {
    const { id } = this.#node(follower);
    return this.view(name).followers.find((each) => each.id === id)?.logEndOffset ?? null;
  }

  /** Whether this broker itself says that it leads. */
  leads(name: Name): boolean {
    return this.replica(name)?.host.view().role === 'leader';
  }

  isRunning(name: Party): boolean {
    return this.seat(name).process !== null;
  }

  /** What lies in a replica's files, whether the broker runs or not. */
  records(name: Name): string {
    return recordsIn(this.logBytes(name));
  }

  /** All segments in order. */
  logBytes(name: Name): Buffer {
    const { disk } = this.#node(name);
    return Buffer.concat(this.segments(name).map((path) => disk.contentOf(path)));
  }

  segments(name: Name): string[] {
    const files = this.#node(name).disk.list(PARTITION);
    return files.filter((file) => file.endsWith('.log')).map((file) => `${PARTITION}/${file}`);
  }

  /** What this leader has answered to positions that it did not take: codes, or `diverging`. */
  answersOf(name: Name): string[] {
    const { id } = this.#node(name);
    return this.witness.answers.filter(({ broker }) => broker === id).map(({ answer }) => answer);
  }

  /** What the controller has answered to proposals of leaders, in order: `ok` or a code. */
  get replies(): string[] {
    return this.witness.replies.map(({ answer }) => answer);
  }

  /** Whether a process has logged this event. */
  happened(name: Party, event: LogEventName): boolean {
    return this.world.trace.lines.some((line) => line.includes(` ${this.#nameIn(name)} ${event} `));
  }

  /** The controller's number for the incarnation of a broker that registered last. */
  brokerEpoch(name: Name): number {
    return this.world.image?.broker(this.#node(name).id as NodeId)?.epoch ?? -1;
  }

  /** How often a rare state has been seen. */
  times(state: RareState): number {
    return this.world.sometimes.counts.get(state) ?? 0;
  }

  // --- Clients. ---

  /** One batch, a record for each character. Returns at once; the answer comes as time passes. */
  produce(to: Name, text: string, acks: Acks, options: { recordBytes?: number } = {}): Request {
    return this.client.produce(this.#node(to), text, acks, options);
  }

  /** One batch a record, so that logs can be cut between any two. */
  produceEach(to: Name, text: string, acks: Acks): Request[] {
    return [...text].map((record) => this.produce(to, record, acks));
  }

  /** Produces at acks=all and waits until it is acknowledged. */
  write(to: Name, text: string, options: { recordBytes?: number } = {}): void {
    const answer = this.answerTo(this.produce(to, text, 'all', options));
    if (!answer.startsWith('ok')) throw new Error(`${to} does not take ${text}: ${answer}`);
  }

  /** Waits for the answer. */
  answerTo(request: Request): string {
    this.until(`an answer to ${request.text}`, () => request.answer !== undefined);
    return request.answer ?? '';
  }

  /** All that a consumer gets from here, from the start on, or the code that refuses it. */
  read(name: Name): string {
    let text = '';
    let position = 0;
    for (;;) {
      let fetched: { text: string; end: number } | string | undefined;
      this.client.fetch(this.#node(name), position, (read) => (fetched = read));
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
    this.client.latest(this.#node(name), (listed) => (end = listed));
    this.until(`an end of ${name}`, () => end !== undefined);
    return end ?? '';
  }

  /** Asks the controller, as a user would. */
  admin(request: AdminRequest): AdminReply {
    const { world } = this;
    const { host } = world.nodes.controller;
    let reply: AdminReply | undefined;
    world.scheduler.schedule(0, world.controllerSeat.process, 'client', () => {
      void host?.admin(request).then((answer) => (reply = answer));
    });
    this.until('the controller’s answer', () => reply !== undefined);
    return reply as unknown as AdminReply;
  }

  // --- Processes. ---

  /** kill −9: what was written is in the page cache. */
  kill(...names: Party[]): void {
    for (const name of names) this.world.kill(this.seat(name));
  }

  /** The power goes, at the same instant for all of these. */
  powerCut(names: readonly Party[], fate: Fate = 'drop'): void {
    for (const name of names) this.world.kill(this.seat(name), { policy: fate });
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
    const node = this.#node(name);
    return node.running && node.broker.state === 'active';
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
    this.world.network.cut(this.#nameIn(from), this.#nameIn(to));
  }

  cutBoth(one: Party, other: Party): void {
    this.cut(one, other);
    this.cut(other, one);
  }

  /** Cut off from the cluster, though not from its clients. */
  isolate(...names: Name[]): void {
    for (const name of names) {
      for (const other of this.#seats.keys()) if (other !== name) this.cutBoth(name, other);
    }
  }

  /** With names: all that is cut between these and anybody. */
  heal(...names: Party[]): void {
    const { network } = this.world;
    if (names.length === 0) network.heal();
    for (const name of names) {
      for (const other of this.#seats.keys()) {
        network.heal(this.#nameIn(name), this.#nameIn(other));
        network.heal(this.#nameIn(other), this.#nameIn(name));
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
    network.heal(this.#nameIn(one), this.#nameIn(other));
    network.heal(this.#nameIn(other), this.#nameIn(one));
  }

  /**
   * The first message from one to the other that `which` names stays where it is, and so does all
   * that is behind it on its stream; streams stay open. Until `release`.
   */
  hold(from: Party, to: Party, which: (message: unknown) => boolean = () => true): void {
    this.witness.hold(this.world.network, this.#nameIn(from), this.#nameIn(to), which);
  }

  release(from?: Party, to?: Party): void {
    const { network } = this.world;
    if (from === undefined || to === undefined) this.witness.release(network);
    else this.witness.release(network, this.#nameIn(from), this.#nameIn(to));
  }

  /** Whether a message on this link is being held. */
  isHolding(from: Party, to: Party): boolean {
    return this.witness.isHolding(this.#nameIn(from), this.#nameIn(to));
  }

  /** How many messages have arrived on this link. */
  messages(from: Party, to: Party): number {
    return this.witness.messages(this.#nameIn(from), this.#nameIn(to));
  }

  // --- Disks. ---

  freezeDisk(name: Party): void {
    this.disks.freeze(this.#nameIn(name));
  }

  thawDisk(name: Party): void {
    this.disks.thaw(this.#nameIn(name));
  }

  slowDisk(name: Party, factor: number): void {
    this.disks.slow(this.#nameIn(name), factor);
  }

  /** The next sync of such a file fails, and loses what it should have made last. */
  failSync(name: Party, file: RegExp = /\.log$/): void {
    this.seat(name).node.disk.failNext('sync', file, 'EIO');
  }

  failWrite(name: Party, file: RegExp): void {
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

  fillDisk(name: Party, bytesLeft: number): void {
    this.disks.fill(this.#nameIn(name), bytesLeft);
  }

  /** Turns over a bit of the record at this offset, on the disk. */
  flipBit(name: Name, at: number): void {
    const { disk, id } = this.#node(name);
    this.world.losses.push({ broker: id, kind: 'rot', key: this.key });
    for (const path of this.segments(name)) {
      for (const { header, position } of batchesIn(disk.contentOf(path))) {
        if (header.lastOffset < at) continue;
        // The last byte of the batch belongs to its last record's value.
        disk.flipBit(path, position + header.totalBytes - 2, 0);
        return;
      }
    }
    throw new Error(`${name} has nothing at ${at}`);
  }

  /** The power goes, and takes what the page cache of a `page-cache` topic had. */
  losePageCache(name: Name): void {
    const { id } = this.#node(name);
    this.world.losses.push({ broker: id, kind: 'page-cache', key: null });
    this.powerCut([name], 'drop');
  }

  /** The machine is given an empty disk; it must be started again. */
  wipe(name: Name): void {
    const seat = this.seat(name);
    this.world.kill(seat, { policy: 'drop' });
    seat.node.disk = this.disks.empty(seat.node.name);
    this.world.losses.push({ broker: this.#node(name).id, kind: 'wipe', key: null });
  }

  // --- Time. ---

  pass(milliseconds: number): void {
    this.world.scheduler.runFor(milliseconds);
  }

  until(what: string, condition: () => boolean, limitMs = PATIENCE_MS): void {
    const done = this.world.scheduler.runUntil(condition, limitMs);
    must(done, 'L1', () => `waited ${limitMs} ms in vain for ${what}\n${this.describe()}`);
  }

  untilLeader(name: Name | null): void {
    this.until(`${name ?? 'nobody'} to lead`, () => {
      return this.leader === name && (name === null || this.leads(name));
    });
  }

  untilIsr(names: string): void {
    this.until(`an ISR of ${names}`, () => this.isr === names);
  }

  /** Every replica is in sync and knows how far everything is committed. */
  settle(): void {
    this.until('logs that agree', () => this.#allInSync() && this.#endsAgree());
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
    this.until('everyone in sync', () => this.#allActive() && this.#allInSync());
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
    for (const name of this.#names.values()) {
      deepEqual(this.records(name), this.records(leader), `${name}’s log is ${leader}’s`);
      must(this.logBytes(name).equals(this.logBytes(leader)), 'S6', () => `${name}’s bytes differ`);
    }
    const text = this.read(leader);
    for (const [at, { record, acks }] of this.client.acknowledged) {
      if (acks !== 'all') continue;
      must(text[at] === record, 'S8', () => `${record} was acknowledged at ${at}: ${text}`);
    }
  }

  /** For whoever has to understand why nothing moves. */
  describe(): string {
    const lines = [...this.#seats].map(([name, { node, process }]) => {
      const life = process === null ? 'down' : process.paused ? 'paused' : 'up';
      const view = name === 'controller' ? null : this.replica(name)?.host.view();
      const { role, leaderEpoch, logEndOffset, durableEndOffset, highWatermark } = view ?? {};
      return `  ${name} (${node.name}): ${life} ${role ?? ''} epoch ${leaderEpoch} log ${durableEndOffset}/${logEndOffset} high watermark ${highWatermark}`;
    });
    if (this.#names.size === 0) return lines.join('\n');
    const { leader, leaderEpoch, isr, elr, lastKnownElr } = this;
    lines.push(
      `  leader ${leader} epoch ${leaderEpoch} ISR ${isr} ELR ${elr} last known ELR ${lastKnownElr}`,
    );
    return lines.join('\n');
  }

  get key(): PartitionKey {
    const [key] = this.world.keys;
    if (key === undefined) throw new Error('the story has not begun');
    return key;
  }

  seat(name: Party): Seat {
    const seat = this.#seats.get(name);
    if (seat === undefined) throw new Error(`there is no ${name}`);
    return seat;
  }

  nameOf(id: number): Name {
    const name = this.#names.get(id);
    if (name === undefined) throw new Error(`broker ${id} has no replica`);
    return name;
  }

  /** As the controller has it. */
  get state(): PartitionState {
    const state = this.world.partitionState(this.key);
    if (state === undefined) throw new Error('there is no partition');
    return state;
  }

  #node(name: Name): BrokerNode {
    return this.seat(name).node as BrokerNode;
  }

  #nameIn(party: Party | typeof CLIENT): string {
    return party === CLIENT ? CLIENT : this.seat(party).node.name;
  }

  #namesOf(ids: readonly number[]): string {
    const names = ids.map((id) => this.nameOf(id));
    return names.sort().join('');
  }

  #allActive(): boolean {
    return this.world.nodes.brokers.every((node) => node.running && node.broker.state === 'active');
  }

  #allInSync(): boolean {
    const { leader, isr } = this.state;
    return leader !== null && isr.length === this.world.knobs.replicationFactor;
  }

  #endsAgree(): boolean {
    const replicas = this.world.replicas(this.key);
    const ends = new Set(
      replicas.flatMap(({ host: { log, highWatermark } }) => [
        log.logEndOffset,
        log.durableEndOffset,
        highWatermark,
      ]),
    );
    return replicas.length === this.world.knobs.replicationFactor && ends.size === 1;
  }
}

/** Where the story's partition lies on a disk. */
export const PARTITION = `/data/${TOPIC}-0`;

/**
 * Tells a story to its end. From a macrotask of its own: the simulator runs microtasks by hand, which
 * nobody can from within one. What fails says how things stood and what happened last.
 */
export function tell(body: (story: Story) => void, options: StoryOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      const story = new Story(options);
      try {
        story.begin();
        body(story);
        resolve();
      } catch (error) {
        reject(explained(story, error));
      } finally {
        story.world.close();
      }
    });
  });
}

function explained(story: Story, error: unknown): Error {
  const failure = error instanceof Error ? error : new Error(String(error));
  const happened = story.world.trace.lines.slice(-TRACE_LINES).join('\n');
  failure.message += `\n${story.describe()}\n${happened}`;
  return failure;
}

/** The first character of every record, up to what does not read. */
function recordsIn(bytes: Uint8Array): string {
  try {
    return textOf([bytes], 0).text;
  } catch (error) {
    if (!(error instanceof CorruptBatch)) throw error;
    return 'damaged';
  }
}

export { Violation };

const NAMES = ['A', 'B', 'C', 'D', 'E'] as const;
const PATIENCE_MS = 5_000;
const TRACE_LINES = 40;
