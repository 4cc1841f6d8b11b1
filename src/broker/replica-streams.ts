import type { Clock, Timer } from '../base/clock.ts';
import { refusal, type Refusal } from '../base/errors.ts';
import {
  partitionKey,
  type BrokerEpoch,
  type ClusterId,
  type Instant,
  type NodeId,
  type PartitionKey,
} from '../base/ids.ts';
import type { Endpoint } from '../controller/types.ts';
import { checkReplicatedBatches } from '../record/index.ts';
import type { Frame } from '../replication/types.ts';
import { FollowerFeed, type FeedLimits } from './feed.ts';
import type {
  FollowerMessage,
  LeaderMessage,
  MessageHandlers,
  MessageSink,
  PeerOpen,
  PeerTransport,
  RawFrame,
} from './interfaces.ts';
import { LeaderLink } from './leader-link.ts';
import type { PartitionHost } from './partition-host.ts';
import type { Turn } from './turn.ts';

export interface ReplicaStreamsOptions {
  readonly self: NodeId;
  readonly transport: PeerTransport;
  readonly clock: Clock;
  readonly turn: Turn;
  readonly limits: FeedLimits;
  readonly idleMs: number;
  readonly silenceMs: number;
  readonly reconnectMs: number;
  readonly host: (key: PartitionKey) => PartitionHost | undefined;
  /** By the metadata that this broker has; null: no such broker is registered. */
  readonly brokerEpochOf: (broker: NodeId) => BrokerEpoch | null;
  readonly corruptFrame: (host: PartitionHost, leader: NodeId, refusal: Refusal) => void;
  readonly linkChanged: (leader: NodeId, connected: boolean, error: Error | null) => void;
}

/**
 * All replication streams of one broker, in both directions: one link per leader that local
 * replicas follow, one feed per follower that has connected. Routes frames and positions to the
 * partition hosts and back, and keeps the table of echoes that leaders' leases are read from (X4).
 */
export class ReplicaStreams {
  readonly #options: ReplicaStreamsOptions;
  readonly #links = new Map<NodeId, LeaderLink>();
  readonly #feeds = new Map<NodeId, FollowerFeed>();
  readonly #echoes = new Map<NodeId, Instant>();
  /** Which leader each local replica follows. */
  readonly #followed = new Map<PartitionKey, NodeId>();
  #identity: { clusterId: ClusterId; brokerEpoch: BrokerEpoch } | null = null;
  #pulse: Timer | null = null;
  #closed = false;

  constructor(options: ReplicaStreamsOptions) {
    this.#options = options;
    this.#schedulePulse();
  }

  /** For the machines: the newest of our send times that a follower has echoed. */
  get echoes(): { get(follower: NodeId): Instant | undefined } {
    return this.#echoes;
  }

  /** For the machines: when a leader that we follow last sent anything. */
  get leadersHeard(): { get(leader: NodeId): Instant | undefined } {
    return { get: (leader) => this.#links.get(leader)?.heardAt };
  }

  get followerStreams(): number {
    return this.#feeds.size;
  }

  /**
   * Who we are to leaders; until it is known no link is opened. A broker may be given another epoch
   * within one life, where an old life's registration arrived in between: its links begin anew, since
   * leaders no longer listen to the old epoch.
   */
  identify(clusterId: ClusterId, brokerEpoch: BrokerEpoch): void {
    const isAnother = this.#identity !== null && this.#identity.brokerEpoch !== brokerEpoch;
    this.#identity = { clusterId, brokerEpoch };
    if (!isAnother) return;
    for (const [leader, link] of [...this.#links]) {
      link.close();
      this.#links.delete(leader);
      this.#connectivity(leader, false);
      this.#link({ id: leader, endpoint: link.endpoint });
    }
  }

  /**
   * `host` follows this leader from now on (null: nobody). Called after the metadata that says so
   * was queued. The link is shared by all partitions and opened with the first.
   */
  follow(host: PartitionHost, leader: { id: NodeId; endpoint: Endpoint } | null): void {
    const before = this.#followed.get(host.key);
    // Whoever does not follow a leader is not told what becomes of its link: for this replica it is
    // gone, or a later return to that leader would begin with a link that is not there.
    if (before !== undefined && before !== leader?.id) {
      host.enqueue({ kind: 'peerDisconnected', leader: before });
    }
    if (leader === null) {
      this.#followed.delete(host.key);
      return;
    }
    this.#followed.set(host.key, leader.id);
    const link = this.#link(leader);
    if (before !== leader.id && link?.connected === true) {
      host.enqueue({ kind: 'peerConnected', leader: leader.id });
    }
  }

  /** Closes links that no replica needs any more. */
  prune(): void {
    const needed = new Set(this.#followed.values());
    for (const [leader, link] of this.#links) {
      if (needed.has(leader)) continue;
      link.close();
      this.#links.delete(leader);
    }
  }

  forget(key: PartitionKey): void {
    this.#followed.delete(key);
    for (const feed of this.#feeds.values()) feed.stop(key);
  }

  link(leader: NodeId): LeaderLink | undefined {
    return this.#links.get(leader);
  }

  feed(follower: NodeId): FollowerFeed | undefined {
    return this.#feeds.get(follower);
  }

  feedable(key: PartitionKey): void {
    for (const feed of this.#feeds.values()) feed.feedable(key);
  }

  /**
   * A follower has connected: a newer stream of the same broker replaces the older one. Whoever is
   * not that broker, as far as can be told, is refused before it replaces anything.
   */
  accept(
    open: PeerOpen,
    sink: MessageSink<LeaderMessage>,
  ): MessageHandlers<FollowerMessage> | Refusal {
    const { clock, turn, limits } = this.#options;
    const refused = this.#refuseFollower(open);
    if (refused !== null) return refused;
    const older = this.#feeds.get(open.follower);
    if (older !== undefined) this.#dropFeed(older);
    const feed = new FollowerFeed({ follower: open.follower, sink, clock, turn, limits });
    this.#feeds.set(open.follower, feed);
    return {
      onMessage: (message) => {
        if (this.#feeds.get(open.follower) === feed) this.#fromFollower(open, feed, message);
      },
      onDrain: () => feed.drained(),
      onClose: () => {
        if (this.#feeds.get(open.follower) === feed) this.#dropFeed(feed);
      },
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pulse?.cancel();
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    for (const feed of this.#feeds.values()) feed.close(refusal('SHUTTING_DOWN'));
    this.#feeds.clear();
  }

  /**
   * An epoch above the one that is known here is that of a registration whose news has yet to come;
   * a broker that is not known at all tries again.
   */
  #refuseFollower({ follower, followerEpoch, clusterId, leader }: PeerOpen): Refusal | null {
    const { self, brokerEpochOf } = this.#options;
    if (this.#closed) return refusal('SHUTTING_DOWN');
    if (this.#identity === null) {
      return refusal('REPLICA_NOT_AVAILABLE', `broker ${self} has not registered yet`);
    }
    if (clusterId !== this.#identity.clusterId) {
      return refusal(
        'INCONSISTENT_CLUSTER_ID',
        `broker ${follower} belongs to cluster ${clusterId}, ` +
          `broker ${self} to cluster ${this.#identity.clusterId}`,
      );
    }
    if (leader !== self) {
      return refusal('INVALID_REQUEST', `this is broker ${self}, not broker ${leader}`);
    }
    if (follower === self) {
      return refusal('INVALID_REQUEST', `broker ${self} cannot follow itself`);
    }
    const known = brokerEpochOf(follower);
    if (known === null) {
      return refusal('BROKER_ID_NOT_REGISTERED', `no broker ${follower} is registered`);
    }
    if (followerEpoch < known) {
      return refusal(
        'STALE_BROKER_EPOCH',
        `broker ${follower} has registered again with epoch ${known}, this one has ${followerEpoch}`,
      );
    }
    return null;
  }

  #link(leader: { id: NodeId; endpoint: Endpoint }): LeaderLink | undefined {
    const existing = this.#links.get(leader.id);
    if (existing !== undefined) {
      const { host, port } = existing.endpoint;
      if (host === leader.endpoint.host && port === leader.endpoint.port) return existing;
      existing.close();
      this.#links.delete(leader.id);
      this.#connectivity(leader.id, false);
    }
    if (this.#closed || this.#identity === null) return undefined;
    const { self, transport, clock, turn, reconnectMs, silenceMs } = this.#options;
    const link = new LeaderLink({
      self,
      leader: leader.id,
      endpoint: leader.endpoint,
      ...this.#identity,
      transport,
      clock,
      turn,
      reconnectMs,
      silenceMs,
      onConnected: (connected) => {
        this.#options.linkChanged(connected.leader, true, null);
        this.#connectivity(connected.leader, true);
      },
      onMessage: (from, message) => this.#fromLeader(from.leader, message),
      onDisconnected: (lost, error) => {
        this.#options.linkChanged(lost.leader, false, error);
        this.#connectivity(lost.leader, false);
      },
    });
    this.#links.set(leader.id, link);
    return link;
  }

  #connectivity(leader: NodeId, connected: boolean): void {
    const kind = connected ? 'peerConnected' : 'peerDisconnected';
    for (const [key, followed] of this.#followed) {
      if (followed === leader) this.#options.host(key)?.enqueue({ kind, leader });
    }
  }

  #fromLeader(leader: NodeId, message: LeaderMessage): void {
    for (const { topicId, partition, frame } of message.frames) {
      const host = this.#options.host(partitionKey(topicId, partition));
      if (host === undefined) continue;
      const parsed = parseFrame(frame);
      if ('code' in parsed) {
        // Damaged on the way or at the leader: nothing of it is kept, and the session starts over.
        this.#options.corruptFrame(host, leader, parsed);
        host.enqueue({ kind: 'peerDisconnected', leader });
        host.enqueue({ kind: 'peerConnected', leader });
        continue;
      }
      if (frame.kind === 'records') host.hearReplicatedTo(frame.replicatedTo);
      host.enqueue({ kind: 'frame', leader, frame: parsed });
    }
  }

  #fromFollower(open: PeerOpen, feed: FollowerFeed, message: FollowerMessage): void {
    for (const { topicId, partition } of message.closed) {
      const key = partitionKey(topicId, partition);
      feed.stop(key);
      this.#options.host(key)?.enqueue({ kind: 'followerGone', follower: open.follower });
    }
    if (message.echo !== null) this.#echoes.set(open.follower, message.echo);
    for (const { topicId, partition, position } of message.positions) {
      const host = this.#options.host(partitionKey(topicId, partition));
      if (host === undefined) {
        feed.refuse(topicId, partition, position);
        continue;
      }
      host.enqueue({
        kind: 'position',
        follower: open.follower,
        brokerEpoch: open.followerEpoch,
        position,
      });
    }
  }

  #dropFeed(feed: FollowerFeed): void {
    this.#feeds.delete(feed.follower);
    this.#echoes.delete(feed.follower);
    const hosts = feed.hosts();
    feed.close();
    for (const host of hosts) host.enqueue({ kind: 'followerGone', follower: feed.follower });
  }

  #schedulePulse(): void {
    this.#pulse = this.#options.clock.setTimer(this.#options.idleMs, () => {
      for (const feed of this.#feeds.values()) feed.pulse();
      this.#schedulePulse();
    });
  }
}

/** Checks what came from a leader: whole batches, checksums, dense offsets. */
function parseFrame(raw: RawFrame): Frame | Refusal {
  if (raw.kind !== 'records') return raw;
  const { chunks, replicatedTo: _, ...rest } = raw;
  const bytes = chunks.length === 1 ? (chunks[0] as Uint8Array) : concatenate(chunks);
  if (bytes.length === 0) return { ...rest, bytes, batches: [] };
  const checked = checkReplicatedBatches(bytes, raw.startOffset);
  if ('refusal' in checked) return checked.refusal;
  return { ...rest, bytes, batches: checked.batches };
}

function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  const bytes = new Uint8Array(length);
  let position = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, position);
    position += chunk.length;
  }
  return bytes;
}
