import { assert } from '../../../src/base/assert.ts';
import { diskId, instant, nodeId, offset, partitionIndex } from '../../../src/base/ids.ts';
import type { BrokerEpoch, NodeId, PartitionIndex, TopicId } from '../../../src/base/ids.ts';
import { partitionMetadata } from '../../../src/broker/cluster-view.ts';
import type { ReplicaReport } from '../../../src/controller/types.ts';
import type {
  Acks,
  AlterPartitionRequest,
  AlterPartitionResult,
  Effect,
  Frame,
  Input,
  PartitionMetadata,
  Position,
  TimerName,
} from '../../../src/replication/types.ts';
import { Cluster, padded } from '../controller/cluster.ts';
import { ModelLog, ModelReplica, replicatedBatch } from '../replication/model-replica.ts';
import { Ghost } from './ghost.ts';

export type Name = 'A' | 'B' | 'C';
type Party = Name | 'controller';

/** What travels; `from` and `to` name the link. */
export type Message = { readonly from: Party; readonly to: Party } & (
  | { readonly kind: 'position'; readonly position: Position; readonly brokerEpoch: BrokerEpoch }
  | { readonly kind: 'close' }
  | { readonly kind: 'frame'; readonly frame: Frame }
  | {
      readonly kind: 'proposal';
      readonly request: AlterPartitionRequest;
      readonly brokerEpoch: BrokerEpoch;
    }
  | {
      readonly kind: 'reply';
      readonly request: AlterPartitionRequest;
      readonly result: AlterPartitionResult;
    }
  | { readonly kind: 'metadata'; readonly partition: PartitionMetadata }
);

/** What outlives a process. */
interface Disk {
  log: ModelLog;
  id: string;
  /** The mark file's: of the incarnation that wrote it last. */
  brokerEpoch: BrokerEpoch | null;
}

interface Running {
  readonly replica: ModelReplica;
  readonly brokerEpoch: BrokerEpoch;
  readonly timers: Map<TimerName, number>;
}

interface Feed {
  readonly frame: Pick<Frame, 'generation' | 'leaderEpoch'>;
  next: number;
  highWatermark: number;
}

/** One produce request; `answer` as the client has it by now. */
export interface Request {
  readonly acks: Acks;
  readonly text: string;
  answer: string | undefined;
}

const TOPIC_NAME = 'orders';
const TICK_MS = 50;

/**
 * One partition of the real controller machine and real replica machines, joined by links that the
 * scenario holds up, robs and heals, on logs that know what is on the disk. Nothing moves but by
 * `run`, no time passes but by `pass`, and a ghost watches every step.
 *
 * Records are single characters, so that a log reads as a string.
 */
export class ScenarioCluster {
  readonly controller = new Cluster();
  /** May change what is delivered: a scenario without its guard. */
  tamper: (message: Message) => Message | null = (message) => message;
  readonly #ghost = new Ghost();
  readonly #names: readonly Name[];
  readonly #disks = new Map<Name, Disk>();
  readonly #running = new Map<Name, Running>();
  readonly #starts = new Map<Name, number>();
  readonly #links = new Map<string, Message[]>();
  readonly #held = new Set<string>();
  readonly #feeds = new Map<string, Feed>();
  readonly #frozen = new Set<Name>();
  readonly #requests: Request[] = [];
  readonly #id = new Map<Name, NodeId>();
  #now = 1_000_000;

  /** The first of `replicas` leads, and all are in sync. */
  constructor(replicas: readonly Name[], minIsr: number) {
    this.#names = replicas;
    for (const [index, name] of replicas.entries()) {
      this.#id.set(name, nodeId(index + 1));
      this.#disks.set(name, { log: new ModelLog(), id: `disk-of-${name}-`, brokerEpoch: null });
      this.start(name);
    }
    const reply = this.controller.createTopic(TOPIC_NAME, {
      replicationFactor: replicas.length,
      settings: { 'min.insync.replicas': String(minIsr) },
    });
    assert(reply.kind === 'topicCreated', () => JSON.stringify(reply));
    this.#publish();
    this.run();
    assert(this.leader === replicas[0], 'the first replica leads');
  }

  // --- What the cluster is like. ---

  /** As the controller has it. */
  get leader(): Name | null {
    const { leader } = this.#state;
    return leader === null ? null : this.#nameOf(leader);
  }

  get isr(): string {
    return this.#state.isr.map((id) => this.#nameOf(id)).join('');
  }

  get elr(): string {
    return this.#state.elr.map((id) => this.#nameOf(id)).join('');
  }

  get leaderEpoch(): number {
    return this.#state.leaderEpoch;
  }

  /** `offset@epoch records` of each batch. */
  log(name: Name): string {
    return this.#disk(name).log.description.join(', ');
  }

  records(name: Name): string {
    return this.#disk(name).log.text;
  }

  highWatermark(name: Name): number {
    return this.#replica(name).machine.view().highWatermark;
  }

  replica(name: Name): ModelReplica {
    return this.#replica(name);
  }

  /** How far the leader `name` knows its follower to be; null when it has not heard. */
  positionOf(follower: Name, name: Name): number | null {
    const id = this.#idOf(follower);
    const { followers } = this.#replica(name).machine.view();
    return followers.find((each) => each.id === id)?.logEndOffset ?? null;
  }

  // --- Clients. ---

  produce(to: Name, text: string, acks: Acks): Request {
    const request: Request = { acks, text, answer: undefined };
    const index = this.#requests.push(request) - 1;
    this.#act(to, (replica) => replica.produce(text, acks, index));
    return request;
  }

  /** One batch a record, so that logs can be cut between any two. */
  produceEach(to: Name, text: string, acks: Acks): Request[] {
    return [...text].map((record) => this.produce(to, record, acks));
  }

  /** What a consumer gets from the start, or the code that refuses it. */
  read(name: Name): string {
    const { machine, now, controllerLease, log } = this.#replica(name);
    const bounds = machine.checkFetch({ expectedLeaderEpoch: null }, now, controllerLease);
    if (!bounds.ok) return bounds.refusal.code;
    const text = log.text.slice(0, bounds.highWatermark);
    this.#ghost.consumed(name, text);
    return text;
  }

  /** What a consumer that asks for the end is told. */
  latest(name: Name): number | string {
    const { machine, now, controllerLease } = this.#replica(name);
    const bounds = machine.checkFetch({ expectedLeaderEpoch: null }, now, controllerLease);
    if (!bounds.ok) return bounds.refusal.code;
    return bounds.highWatermarkKnown ? bounds.highWatermark : 'OFFSET_NOT_AVAILABLE';
  }

  // --- What goes wrong. ---

  /** Messages on this link wait, until `heal`. Streams stay open. */
  hold(from: Party, to: Party): this {
    this.#held.add(`${from}>${to}`);
    return this;
  }

  isolate(name: Name): this {
    for (const other of [...this.#names, 'controller'] as const) {
      if (other !== name) this.hold(name, other).hold(other, name);
    }
    return this;
  }

  heal(from?: Party, to?: Party): this {
    if (from === undefined || to === undefined) this.#held.clear();
    else this.#held.delete(`${from}>${to}`);
    return this;
  }

  /** Takes the newest message of this kind out of a link: lost, unless it is delivered later. */
  takeOut<Kind extends Message['kind']>(
    from: Party,
    to: Party,
    kind: Kind,
  ): Message & { readonly kind: Kind } {
    const queue = this.#links.get(`${from}>${to}`) ?? [];
    const at = queue.findLastIndex((message) => message.kind === kind);
    assert(at !== -1, () => `a ${kind} is on its way from ${from} to ${to}`);
    const [message] = queue.splice(at, 1);
    return message as Message & { readonly kind: Kind };
  }

  /** Delivers a message now, whatever is held and however old it is. Returns the effects. */
  deliver(message: Message): readonly Effect[] {
    const tampered = this.tamper(message);
    if (tampered === null) return [];
    if (tampered.to === 'controller') {
      this.#propose(tampered);
      return [];
    }
    return this.#receive(tampered.to, tampered);
  }

  freezeDisk(name: Name): this {
    this.#frozen.add(name);
    return this;
  }

  thawDisk(name: Name): this {
    this.#frozen.delete(name);
    return this;
  }

  /** The power of one machine goes; what was not flushed is lost, or was on the disk after all. */
  powerCut(name: Name, unflushed: 'lost' | 'kept' = 'lost'): this {
    this.#running.delete(name);
    for (const key of [...this.#links.keys()]) {
      if (key.startsWith(`${name}>`) || key.endsWith(`>${name}`)) this.#links.delete(key);
    }
    for (const key of [...this.#feeds.keys()]) if (key.includes(name)) this.#feeds.delete(key);
    for (const peer of this.#running.keys()) {
      const id = this.#idOf(name);
      this.#act(peer, (replica) => replica.step({ kind: 'followerGone', follower: id }));
      this.#act(peer, (replica) => replica.step({ kind: 'peerDisconnected', leader: id }));
    }
    const { log } = this.#disk(name);
    if (unflushed === 'kept') log.durableEnd = log.end;
    else log.loseUnflushed();
    return this;
  }

  /** Another disk, empty, in the same machine. */
  wipe(name: Name): this {
    this.#disks.set(name, { log: new ModelLog(), id: `another-of-${name}-`, brokerEpoch: null });
    return this;
  }

  /** The log is emptied and everything that would tell is left as it was. */
  wipeUnnoticed(name: Name): this {
    this.#disk(name).log = new ModelLog();
    return this;
  }

  /** The process starts, registers with what its disk says, and is unfenced when it has caught up. */
  start(name: Name): this {
    this.register(name);
    return this.hears(name);
  }

  /** The first half of a start. */
  register(name: Name): this {
    const disk = this.#disk(name);
    const { log } = disk;
    // Recovery syncs what it scanned, and drops epochs that begin where the log ends (X1, X10).
    log.durableEnd = log.end;
    log.epochs.truncateFromEnd(offset(log.end));
    const start = (this.#starts.get(name) ?? 0) + 1;
    this.#starts.set(name, start);
    const topic = this.controller.image.topicByName(TOPIC_NAME);
    const isKnown = topic !== undefined && disk.brokerEpoch !== null;
    this.controller.register(this.#idOf(name), {
      start,
      diskId: diskId(padded(disk.id)),
      previousBrokerEpoch: disk.brokerEpoch,
      replicas: isKnown ? [this.#report(topic.topicId, log)] : [],
    });
    disk.brokerEpoch = this.controller.epochOf(this.#idOf(name));
    this.open(name);
    this.#publish();
    return this;
  }

  /** A replica machine on what the disk holds, in the incarnation that is registered. */
  open(name: Name): this {
    const { log } = this.#disk(name);
    const replica = new ModelReplica({ id: this.#idOf(name), log });
    replica.now = instant(this.#now);
    replica.controllerLease = replica.now;
    const brokerEpoch = this.controller.epochOf(this.#idOf(name));
    this.#running.set(name, { replica, brokerEpoch, timers: new Map() });
    for (const peer of this.#running.keys()) {
      if (peer === name) continue;
      this.#act(name, (it) => it.step({ kind: 'peerConnected', leader: this.#idOf(peer) }));
      this.#act(peer, (it) => it.step({ kind: 'peerConnected', leader: this.#idOf(name) }));
    }
    this.#inform(name);
    return this;
  }

  // --- What the controller does. ---

  /** Silence for a session timeout. */
  fences(name: Name): this {
    this.controller.fence(this.#idOf(name));
    this.#publish();
    return this;
  }

  /** A heartbeat: a fenced broker that is up to date is unfenced. */
  hears(name: Name): this {
    this.controller.heartbeat(this.#idOf(name));
    this.#publish();
    return this;
  }

  /** Elections that have become possible are held (X6). */
  sweeps(): this {
    this.controller.run({ kind: 'sweep' });
    this.#publish();
    return this;
  }

  // --- Time. ---

  /** Carries messages and flushes until nothing moves. */
  run(): this {
    for (let moved = true, carried = 0; moved;) {
      moved = false;
      for (const name of this.#running.keys()) if (this.#flush(name)) moved = true;
      this.#feedAll();
      for (const key of [...this.#links.keys()].sort()) {
        if (this.#held.has(key)) continue;
        const message = this.#links.get(key)?.shift();
        if (message === undefined) continue;
        this.deliver(message);
        moved = true;
        assert(++carried < 2_000, 'the cluster comes to rest');
      }
    }
    return this;
  }

  /** Time passes for everyone alike, with heartbeats and echoes wherever links carry them. */
  pass(milliseconds: number): this {
    for (const end = this.#now + milliseconds; this.#now < end;) {
      this.#now += TICK_MS;
      for (const [name, { replica, timers }] of this.#running) {
        replica.now = instant(this.#now);
        if (this.#isLinked(name, 'controller')) replica.controllerLease = replica.now;
        for (const peer of this.#running.keys()) {
          if (this.#isLinked(name, peer)) replica.echoes.set(this.#idOf(peer), replica.now);
        }
        for (const [timer, at] of timers) {
          if (at > this.#now) continue;
          timers.delete(timer);
          this.#act(name, (it) => it.step({ kind: 'timer', name: timer }));
        }
      }
      this.run();
    }
    return this;
  }

  /**
   * Everything is healed and everyone started. Throws unless all come into sync with one log that
   * holds every promise.
   */
  finish(): void {
    this.#held.clear();
    this.#frozen.clear();
    for (const name of this.#names) if (!this.#running.has(name)) this.start(name);
    for (const name of this.#names) this.hears(name);
    // A session that was lost begins with a snapshot, and what awaits an answer is sent again.
    for (const name of this.#names) {
      this.#inform(name);
      this.#act(name, (replica) => replica.step({ kind: 'controllerConnected' }));
    }
    this.sweeps().run().pass(1_000);
    assert(this.leader !== null, 'there is a leader again');
    assert(
      this.isr.length === this.#names.length,
      () => `the ISR grew no further than ${this.isr}`,
    );
    for (const name of this.#names) {
      assert(
        this.log(name) === this.log(this.leader),
        () => `S6: ${name} has ${this.log(name)}, the leader ${this.log(this.leader ?? name)}`,
      );
      this.#ghost.expectPromises(name, this.#disk(name).log);
    }
  }

  // --- Inside. ---

  get #state() {
    return this.controller.partition(TOPIC_NAME);
  }

  #idOf(name: Name): NodeId {
    const id = this.#id.get(name);
    assert(id !== undefined, () => `${name} is a replica`);
    return id;
  }

  #nameOf(id: NodeId): Name {
    const name = this.#names[id - 1];
    assert(name !== undefined, () => `broker ${id} has a name`);
    return name;
  }

  #disk(name: Name): Disk {
    const disk = this.#disks.get(name);
    assert(disk !== undefined, () => `${name} has a disk`);
    return disk;
  }

  #replica(name: Name): ModelReplica {
    const running = this.#running.get(name);
    assert(running !== undefined, () => `${name} runs`);
    return running.replica;
  }

  #isLinked(name: Name, other: Party): boolean {
    return !this.#held.has(`${name}>${other}`) && !this.#held.has(`${other}>${name}`);
  }

  #report(topicId: TopicId, log: ModelLog): ReplicaReport {
    return {
      topicId,
      partition: partitionIndex(0),
      durableLogEndOffset: offset(log.durableEnd),
      lastEpoch: log.end > log.start ? log.epochs.epochAt(offset(log.end - 1)) : null,
      state: 'whole',
    };
  }

  /** Everyone with a session is told what was committed. */
  #publish(): void {
    for (const name of this.#running.keys()) this.#inform(name);
  }

  #inform(name: Name): void {
    const { image } = this.controller;
    const topic = image.topicByName(TOPIC_NAME);
    const state = topic?.partitions[0 as PartitionIndex];
    if (topic === undefined || state === undefined) return;
    const partition = partitionMetadata(image, topic.topicId, state);
    this.#send({ from: 'controller', to: name, kind: 'metadata', partition });
  }

  #flush(name: Name): boolean {
    const { log } = this.#replica(name);
    if (this.#frozen.has(name) || log.durableEnd === log.end) return false;
    this.#act(name, (replica) => replica.flush());
    return true;
  }

  #feedAll(): void {
    for (const [key, feed] of this.#feeds) {
      const [from, to] = key.split('>') as [Name, Name];
      const { log, machine } = this.#replica(from);
      const { highWatermark, logStartOffset } = machine.view();
      if (feed.next === log.end && feed.highWatermark === highWatermark) continue;
      const batches = log.batchesFrom(feed.next);
      const frame: Frame = {
        kind: 'records',
        ...feed.frame,
        startOffset: offset(feed.next),
        batches: batches.map(replicatedBatch),
        bytes: new TextEncoder().encode(batches.map((batch) => batch.text).join('')),
        highWatermark,
        logStartOffset,
      };
      feed.next = log.end;
      feed.highWatermark = highWatermark;
      this.#send({ from, to, kind: 'frame', frame });
    }
  }

  #send(message: Message): void {
    const key = `${message.from}>${message.to}`;
    const queue = this.#links.get(key);
    if (queue === undefined) this.#links.set(key, [message]);
    else queue.push(message);
  }

  #propose(message: Message): void {
    assert(message.kind === 'proposal', 'a controller is sent proposals');
    const from = message.from as Name;
    // The replica models name their topic themselves.
    const { topicId } = this.controller.topic(TOPIC_NAME);
    const { reply } = this.controller.run({
      kind: 'alterPartition',
      broker: this.#idOf(from),
      brokerEpoch: message.brokerEpoch,
      requests: [{ ...message.request, topicId }],
    });
    this.#publish();
    // A refusal of the whole message ends the session; the next one sends again what is pending.
    if (reply.kind !== 'alterPartition') return;
    for (const { result } of reply.results) {
      this.#send({
        from: 'controller',
        to: from,
        kind: 'reply',
        request: message.request,
        result: result.ok ? { ok: true, ...result.state } : result,
      });
    }
  }

  #receive(to: Name, message: Message): readonly Effect[] {
    if (!this.#running.has(to)) return [];
    const input = this.#inputOf(message);
    return this.#act(to, (replica) =>
      input.kind === 'frame' ? replica.frame(input) : replica.step(input),
    );
  }

  #inputOf(message: Message): Input {
    const from = message.from === 'controller' ? nodeId(100) : this.#idOf(message.from);
    switch (message.kind) {
      case 'position':
        return {
          kind: 'position',
          follower: from,
          brokerEpoch: message.brokerEpoch,
          position: message.position,
        };
      case 'close':
        return { kind: 'followerGone', follower: from };
      case 'frame':
        return { kind: 'frame', leader: from, frame: message.frame };
      case 'reply':
        return { kind: 'alterPartitionReply', request: message.request, result: message.result };
      case 'metadata':
        return { kind: 'metadata', partition: message.partition };
      case 'proposal':
        throw new Error('a broker is sent no proposals');
    }
  }

  #act(name: Name, step: (replica: ModelReplica) => Effect[]): readonly Effect[] {
    const running = this.#running.get(name);
    assert(running !== undefined, () => `${name} runs`);
    const effects = step(running.replica);
    for (const effect of effects) this.#perform(name, running, effect);
    this.#ghost.observe(name, running.replica.machine.view(), running.replica.log);
    return effects;
  }

  #perform(from: Name, { brokerEpoch, timers }: Running, effect: Effect): void {
    switch (effect.kind) {
      case 'feed':
        this.#feeds.set(`${from}>${this.#nameOf(effect.follower)}`, {
          frame: { generation: effect.generation, leaderEpoch: effect.leaderEpoch },
          next: effect.startOffset,
          highWatermark: -1,
        });
        return;
      case 'stopFeed':
        this.#feeds.delete(`${from}>${this.#nameOf(effect.follower)}`);
        return;
      case 'answer': {
        const to = this.#nameOf(effect.follower);
        return this.#send({ from, to, kind: 'frame', frame: effect.frame });
      }
      case 'sendPosition': {
        const to = this.#nameOf(effect.leader);
        return this.#send({ from, to, kind: 'position', position: effect.position, brokerEpoch });
      }
      case 'closeSession':
        return this.#send({ from, to: this.#nameOf(effect.leader), kind: 'close' });
      case 'alterPartition': {
        const { request } = effect;
        return this.#send({ from, to: 'controller', kind: 'proposal', request, brokerEpoch });
      }
      case 'reply':
        return this.#answer(effect);
      case 'setTimer':
        timers.set(effect.name, effect.at);
        return;
      case 'cancelTimer':
        timers.delete(effect.name);
        return;
      default:
        return;
    }
  }

  #answer({ request: index, result }: Extract<Effect, { kind: 'reply' }>): void {
    const request = this.#requests[index];
    assert(request !== undefined && request.answer === undefined, 'a request is answered once');
    request.answer = result.ok ? `ok ${result.baseOffset}` : result.refusal.code;
    if (result.ok && request.acks === 'all') this.#ghost.promise(result.baseOffset, request.text);
  }
}
