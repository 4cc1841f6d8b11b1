import type { NodeId, PartitionKey } from '../../../src/base/ids.ts';
import type { AdminReply, AdminRequest, PartitionState } from '../../../src/controller/types.ts';
import { CorruptBatch } from '../../../src/record/index.ts';
import type { ReplicaView } from '../../../src/replication/view.ts';
import type { LogEventName } from '../../../src/telemetry/log-events.ts';
import type { BrokerNode } from '../../../src/testing/cluster.ts';
import { INVARIANTS } from '../invariants/index.ts';
import type { WatchedReplica } from '../observer.ts';
import type { RareState } from '../sometimes.ts';
import { must } from '../violation.ts';
import { TOPIC, World, type Seat } from '../world.ts';
import { StoryClient, textOf } from './story-client.ts';
import { StoryDisks } from './story-disks.ts';
import { storyKnobs, type StoryOptions } from './story-knobs.ts';
import { StoryWitness } from './story-witness.ts';

/** A replica of the story's partition, in assignment order: A is the preferred leader. */
export type Name = 'A' | 'B' | 'C' | 'D' | 'E';
export type Party = Name | 'controller';

/**
 * The cluster of a story, and how it stands: one partition of the production hosts on a simulated
 * world in which nothing happens by chance, with every invariant looking all the time.
 */
export class StoryCluster {
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
    this.until('brokers that serve', () => this.allActive());
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
    return this.world.replica(this.node(name).id, this.key);
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
    const { id } = this.node(follower);
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
    const { disk } = this.node(name);
    return Buffer.concat(this.segments(name).map((path) => disk.contentOf(path)));
  }

  segments(name: Name): string[] {
    const files = this.node(name).disk.list(PARTITION);
    return files.filter((file) => file.endsWith('.log')).map((file) => `${PARTITION}/${file}`);
  }

  /** What this leader has answered to positions that it did not take: codes, or `diverging`. */
  answersOf(name: Name): string[] {
    const { id } = this.node(name);
    return this.witness.answers.filter(({ broker }) => broker === id).map(({ answer }) => answer);
  }

  /** What the controller has answered to proposals of leaders, in order: `ok` or a code. */
  get replies(): string[] {
    return this.witness.replies.map(({ answer }) => answer);
  }

  /** The fields of every such event that a process has logged, in order. */
  events(name: Party, event: LogEventName): Record<string, unknown>[] {
    const start = ` ${this.nameIn(name)} ${event} `;
    return this.world.trace.lines
      .filter((line) => line.includes(start))
      .map((line) => JSON.parse(line.slice(line.indexOf(start) + start.length)));
  }

  /** The controller's number for the incarnation of a broker that registered last. */
  brokerEpoch(name: Name): number {
    return this.world.image?.broker(this.node(name).id as NodeId)?.epoch ?? -1;
  }

  /** Whether the controller has heard that this broker’s disk is full. */
  isFull(name: Name): boolean {
    return this.world.image?.broker(this.node(name).id as NodeId)?.full === true;
  }

  /** How often a rare state has been seen. */
  times(state: RareState): number {
    return this.world.sometimes.counts.get(state) ?? 0;
  }

  /** Asks the controller, as a user would, and waits for the reply. */
  admin(request: AdminRequest): AdminReply {
    return this.ask(request)();
  }

  /** Asks the controller; what is returned waits for the reply. */
  ask(request: AdminRequest): () => AdminReply {
    const { world } = this;
    const { host } = world.nodes.controller;
    let reply: AdminReply | undefined;
    world.scheduler.schedule(0, world.controllerSeat.process, 'client', () => {
      void host?.admin(request).then((answer) => (reply = answer));
    });
    return () => {
      this.until('the controller’s reply', () => reply !== undefined);
      return reply as unknown as AdminReply;
    };
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
    this.until('logs that agree', () => this.allInSync() && this.endsAgree());
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

  idOf(name: Name): number {
    return this.node(name).id;
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

  protected node(name: Name): BrokerNode {
    return this.seat(name).node as BrokerNode;
  }

  protected nameIn(party: Party): string {
    return this.seat(party).node.name;
  }

  #namesOf(ids: readonly number[]): string {
    const names = ids.map((id) => this.nameOf(id));
    return names.sort().join('');
  }

  protected allActive(): boolean {
    return this.world.nodes.brokers.every((node) => node.running && node.broker.state === 'active');
  }

  protected allInSync(): boolean {
    const { leader, isr } = this.state;
    return leader !== null && isr.length === this.world.knobs.replicationFactor;
  }

  protected endsAgree(): boolean {
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

  protected get names(): readonly Name[] {
    return [...this.#names.values()];
  }

  protected get parties(): readonly Party[] {
    return [...this.#seats.keys()];
  }
}

/** Where the story's partition lies on a disk. */
export const PARTITION = `/data/${TOPIC}-0`;

/** The first character of every record, up to what does not read. */
function recordsIn(bytes: Uint8Array): string {
  try {
    return textOf([bytes], 0).text;
  } catch (error) {
    if (!(error instanceof CorruptBatch)) throw error;
    return 'damaged';
  }
}

const NAMES = ['A', 'B', 'C', 'D', 'E'] as const;
const PATIENCE_MS = 5_000;
