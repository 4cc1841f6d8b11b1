import { assert } from '../../../src/base/assert.ts';
import { instant, nodeId, offset } from '../../../src/base/ids.ts';
import type { Generation, LeaderEpoch, NodeId } from '../../../src/base/ids.ts';
import type {
  Acks,
  AlterPartitionRequest,
  Effect,
  Frame,
  PartitionMetadata,
  Position,
} from '../../../src/replication/types.ts';
import { ModelReplica, partitionOf, replicatedBatch } from './model-replica.ts';
import type { ModelLog, ModelOptions, PartitionShape } from './model-replica.ts';

interface Feed {
  readonly generation: Generation;
  readonly leaderEpoch: LeaderEpoch;
  next: number;
  /** The last that was told, so that a pulse goes out only with news. */
  highWatermark: number;
}

type Message =
  | { readonly kind: 'position'; readonly position: Position; readonly brokerEpoch: number }
  | { readonly kind: 'close' }
  | { readonly kind: 'frame'; readonly frame: Frame };

/**
 * Several replicas of one partition, with ordered links between them that a test may hold up or cut,
 * and a controller that is the test itself.
 */
export class ModelCluster {
  readonly nodes = new Map<number, ModelReplica>();
  /** Replies by request, as the client saw them. */
  readonly replies = new Map<number, string>();
  readonly proposals: { readonly from: number; readonly request: AlterPartitionRequest }[] = [];
  readonly observations: string[] = [];
  /** Handovers that leaders called ready, as the controller hears of them. */
  readonly ready: { readonly target: number; readonly partitionEpoch: number }[] = [];
  shape: PartitionShape;
  readonly #links = new Map<string, Message[]>();
  readonly #cut = new Set<string>();
  readonly #feeds = new Map<string, Feed>();
  readonly #frozenDisks = new Set<number>();
  #request = 0;

  constructor(shape: PartitionShape, options: readonly ModelOptions[] = []) {
    this.shape = shape;
    for (const id of shape.replicas) {
      this.add(options.find((each) => each.id === id) ?? { id });
    }
  }

  add(options: ModelOptions): ModelReplica {
    const node = new ModelReplica(options);
    const existing = this.nodes.values().next().value;
    if (existing !== undefined) {
      node.now = existing.now;
      node.controllerLease = existing.now;
    }
    this.nodes.set(options.id, node);
    for (const peer of this.nodes.keys()) {
      if (peer === options.id) continue;
      this.#perform(options.id, node.step({ kind: 'peerConnected', leader: nodeId(peer) }));
      this.#perform(peer, this.node(peer).step({ kind: 'peerConnected', leader: node.id }));
    }
    return node;
  }

  node(id: number): ModelReplica {
    const node = this.nodes.get(id);
    assert(node !== undefined, `node ${id} runs`);
    return node;
  }

  log(id: number): ModelLog {
    return this.node(id).log;
  }

  /** The controller commits a change; `to` says who hears of it now (everyone who runs). */
  commit(change: Partial<PartitionShape>, to: readonly number[] = [...this.nodes.keys()]): void {
    this.shape = {
      ...this.shape,
      partitionEpoch: this.shape.partitionEpoch + 1,
      ...change,
    };
    for (const id of to) this.inform(id);
  }

  elect(leader: number, isr: readonly number[], to?: readonly number[]): void {
    this.commit({ leader, isr, leaderEpoch: this.shape.leaderEpoch + 1 }, to);
  }

  inform(id: number, partition: PartitionMetadata = partitionOf(this.shape)): void {
    this.#perform(id, this.node(id).metadata(partition));
  }

  produce(to: number, text: string, acks: Acks): number {
    const request = this.#request++;
    this.#perform(to, this.node(to).produce(text, acks, request));
    return request;
  }

  /** Answers the leader's newest proposal as an agreeing controller would. */
  agree(): void {
    const proposal = this.proposals.at(-1);
    assert(proposal !== undefined, 'something was proposed');
    const { from, request } = proposal;
    assert(request.partitionEpoch === this.shape.partitionEpoch, 'the proposal is current');
    this.commit({ isr: request.isr.map((member) => member.id) }, []);
    const { leader, leaderEpoch, partitionEpoch, isr, minIsr, recovering } = partitionOf(
      this.shape,
    );
    const result = {
      ok: true,
      leader,
      leaderEpoch,
      partitionEpoch,
      isr,
      minIsr,
      recovering,
    } as const;
    this.step(from, { kind: 'alterPartitionReply', request, result });
  }

  /** One way; messages in flight stay until the link heals. */
  cut(from: number, to: number): void {
    this.#cut.add(`${from}>${to}`);
  }

  isolate(id: number): void {
    for (const peer of this.nodes.keys()) {
      this.cut(id, peer);
      this.cut(peer, id);
    }
  }

  heal(): void {
    this.#cut.clear();
  }

  freezeDisk(id: number): void {
    this.#frozenDisks.add(id);
  }

  thawDisk(id: number): void {
    this.#frozenDisks.delete(id);
  }

  /** The process dies; unless `keepUnflushed`, so does the power. */
  crash(id: number, options: { readonly keepUnflushed?: boolean } = {}): ModelLog {
    const { log } = this.node(id);
    this.nodes.delete(id);
    for (const key of [...this.#links.keys()]) {
      if (key.startsWith(`${id}>`) || key.endsWith(`>${id}`)) this.#links.delete(key);
    }
    for (const [peer, node] of this.nodes) {
      this.#feeds.delete(`${peer}>${id}`);
      this.#feeds.delete(`${id}>${peer}`);
      this.#perform(peer, node.step({ kind: 'followerGone', follower: nodeId(id) }));
      this.#perform(peer, node.step({ kind: 'peerDisconnected', leader: nodeId(id) }));
    }
    if (options.keepUnflushed === true) log.durableEnd = log.end;
    else log.loseUnflushed();
    return log;
  }

  advance(milliseconds: number): void {
    for (const node of this.nodes.values()) node.advance(milliseconds);
  }

  /** The controller answers heartbeats of these brokers. */
  renewLeases(ids: Iterable<number> = this.nodes.keys()): void {
    for (const id of ids) this.node(id).controllerLease = this.node(id).now;
  }

  /** Carries messages and flushes until nothing moves. Returns how many messages were carried. */
  run(limit = 1_000): number {
    let carried = 0;
    for (let moved = true; moved;) {
      moved = false;
      for (const id of this.nodes.keys()) {
        if (this.#flush(id)) moved = true;
      }
      this.#feedAll();
      for (const key of [...this.#links.keys()].sort()) {
        if (this.#cut.has(key)) continue;
        const message = this.#links.get(key)?.shift();
        if (message === undefined) continue;
        this.#deliver(key, message);
        moved = true;
        carried++;
        assert(carried < limit, 'the replicas come to rest');
      }
    }
    return carried;
  }

  /** The links that have something to carry, and are not cut. */
  get loadedLinks(): string[] {
    return [...this.#links.keys()]
      .filter((key) => !this.#cut.has(key) && (this.#links.get(key)?.length ?? 0) > 0)
      .sort();
  }

  deliverOne(key: string): void {
    const message = this.#links.get(key)?.shift();
    if (message !== undefined) this.#deliver(key, message);
  }

  /** One flush that covers `batches` more than are on the disk. */
  flushSome(id: number, batches: number): void {
    const node = this.nodes.get(id);
    if (node === undefined) return;
    const ends = node.log.batches.map(({ baseOffset, text }) => baseOffset + text.length);
    const end = ends.filter((each) => each > node.log.durableEnd)[batches - 1] ?? node.log.end;
    if (end > node.log.durableEnd) this.#perform(id, node.flush(end));
  }

  /** Leaders send what their feeds have not sent yet. */
  feed(): void {
    this.#feedAll();
  }

  timer(id: number, name: 'lag' | 'deadline' | 'hold' | 'retry' | 'session'): void {
    this.#perform(id, this.node(id).step({ kind: 'timer', name }));
  }

  step(id: number, input: Parameters<ModelReplica['step']>[0]): Effect[] {
    const effects = this.node(id).step(input);
    this.#perform(id, effects);
    return effects;
  }

  #flush(id: number): boolean {
    const node = this.node(id);
    if (this.#frozenDisks.has(id) || node.log.durableEnd === node.log.end) return false;
    this.#perform(id, node.flush());
    return true;
  }

  #feedAll(): void {
    for (const [key, feed] of this.#feeds) {
      const [from = 0] = key.split('>').map(Number);
      const { log, machine } = this.node(from);
      const { highWatermark, logStartOffset } = machine.view();
      if (feed.next === log.end && feed.highWatermark === highWatermark) continue;
      const batches = log.batchesFrom(feed.next);
      const frame: Frame = {
        kind: 'records',
        generation: feed.generation,
        leaderEpoch: feed.leaderEpoch,
        startOffset: offset(feed.next),
        batches: batches.map(replicatedBatch),
        bytes: new TextEncoder().encode(batches.map((batch) => batch.text).join('')),
        highWatermark,
        logStartOffset,
      };
      feed.next = log.end;
      feed.highWatermark = highWatermark;
      this.#send(key, { kind: 'frame', frame });
    }
  }

  #deliver(key: string, message: Message): void {
    const [from = 0, to = 0] = key.split('>').map(Number);
    const receiver = this.nodes.get(to);
    if (receiver === undefined) return;
    if (message.kind === 'frame') {
      const input = { kind: 'frame', leader: nodeId(from), frame: message.frame } as const;
      this.#perform(to, receiver.frame(input));
    } else if (message.kind === 'close') {
      this.#perform(to, receiver.step({ kind: 'followerGone', follower: nodeId(from) }));
    } else {
      receiver.echoes.set(nodeId(from), instant(receiver.now));
      const { position } = message;
      const registered = partitionOf({
        ...this.shape,
        brokerEpochs: { ...this.shape.brokerEpochs, [from]: message.brokerEpoch },
      }).brokers.find((broker) => broker.id === from);
      assert(registered !== undefined, 'positions come from replicas');
      this.#perform(
        to,
        receiver.step({
          kind: 'position',
          follower: nodeId(from),
          brokerEpoch: registered.brokerEpoch,
          position,
        }),
      );
    }
  }

  #send(key: string, message: Message): void {
    const queue = this.#links.get(key);
    if (queue === undefined) this.#links.set(key, [message]);
    else queue.push(message);
  }

  #perform(id: number, effects: readonly Effect[]): void {
    for (const effect of effects) {
      const towards = (peer: NodeId) => `${id}>${peer}`;
      switch (effect.kind) {
        case 'feed':
          this.#feeds.set(towards(effect.follower), {
            generation: effect.generation,
            leaderEpoch: effect.leaderEpoch,
            next: effect.startOffset,
            highWatermark: -1,
          });
          break;
        case 'stopFeed':
          this.#feeds.delete(towards(effect.follower));
          break;
        case 'answer':
          this.#send(towards(effect.follower), { kind: 'frame', frame: effect.frame });
          break;
        case 'sendPosition': {
          const epochs = this.shape.brokerEpochs;
          const { position } = effect;
          const brokerEpoch = epochs?.[id] ?? id;
          this.#send(towards(effect.leader), { kind: 'position', position, brokerEpoch });
          break;
        }
        case 'closeSession':
          this.#send(towards(effect.leader), { kind: 'close' });
          break;
        case 'reply':
          this.replies.set(
            effect.request,
            effect.result.ok ? `ok ${effect.result.baseOffset}` : effect.result.refusal.code,
          );
          break;
        case 'alterPartition':
          this.proposals.push({ from: id, request: effect.request });
          break;
        case 'handoverReady':
          this.ready.push({ target: effect.target, partitionEpoch: effect.partitionEpoch });
          break;
        case 'observe':
          this.observations.push(`${id} ${effect.event.kind}`);
          break;
        default:
          break;
      }
    }
  }
}
