import type { Clock, Timer } from '../base/clock.ts';
import {
  partitionKey,
  type BrokerEpoch,
  type ClusterId,
  type Instant,
  type NodeId,
  type PartitionIndex,
  type PartitionKey,
  type TopicId,
} from '../base/ids.ts';
import type { Endpoint } from '../controller/types.ts';
import type { Position } from '../replication/types.ts';
import type { FollowerMessage, LeaderMessage, MessageSink, PeerTransport } from './interfaces.ts';
import type { Turn, TurnWork } from './turn.ts';

export interface LeaderLinkOptions {
  readonly self: NodeId;
  readonly leader: NodeId;
  readonly endpoint: Endpoint;
  readonly brokerEpoch: BrokerEpoch;
  readonly clusterId: ClusterId;
  readonly transport: PeerTransport;
  readonly clock: Clock;
  readonly turn: Turn;
  /** Pause before a broken stream is opened again. */
  readonly reconnectMs: number;
  /** A stream on which nothing arrives for so long is taken for dead. */
  readonly silenceMs: number;
  readonly onConnected: (link: LeaderLink) => void;
  readonly onMessage: (link: LeaderLink, message: LeaderMessage) => void;
  readonly onDisconnected: (link: LeaderLink, error: Error | null) => void;
}

/**
 * The follower's end of the one stream to a leader broker. Gathers what its partitions have to say
 * in a turn into one message, echoes the leader's send times, and opens a broken stream again until
 * it is closed.
 *
 * Made by the broker when the first of its replicas follows that leader; closed when none does, or
 * when the leader's address or incarnation changes.
 */
export class LeaderLink implements TurnWork {
  readonly leader: NodeId;
  readonly endpoint: Endpoint;
  readonly #options: LeaderLinkOptions;
  #sink: MessageSink<FollowerMessage> | null = null;
  #connected = false;
  #closed = false;
  #echo: Instant | null = null;
  #echoed: Instant | null = null;
  readonly #positions = new Map<PartitionKey, FollowerMessage['positions'][number]>();
  #ended: { topicId: TopicId; partition: PartitionIndex }[] = [];
  #reconnect: Timer | null = null;
  #silence: Timer | null = null;
  #heardAt: Instant;

  constructor(options: LeaderLinkOptions) {
    this.leader = options.leader;
    this.endpoint = options.endpoint;
    this.#options = options;
    this.#heardAt = options.clock.now();
    this.#open();
  }

  /** When the last message came; before the first, when the stream was opened. */
  get heardAt(): Instant {
    return this.#heardAt;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** A later position of the same partition in the same turn replaces an earlier one. */
  sendPosition(topicId: TopicId, partition: PartitionIndex, position: Position): void {
    if (!this.#connected) return;
    this.#positions.set(partitionKey(topicId, partition), { topicId, partition, position });
    this.#options.turn.add('answer', this);
  }

  /** Positions of the partition that have not left are dropped: they belong to the ended session. */
  closeSession(topicId: TopicId, partition: PartitionIndex): void {
    if (!this.#connected) return;
    this.#positions.delete(partitionKey(topicId, partition));
    this.#ended.push({ topicId, partition });
    this.#options.turn.add('answer', this);
  }

  close(): void {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    this.#reconnect?.cancel();
    this.#silence?.cancel();
    this.#connected = false;
    this.#sink?.close();
    this.#sink = null;
  }

  onTurnEnd(): void {
    this.#flush();
  }

  #flush(): void {
    if (!this.#connected || this.#sink === null) return;
    const closed = this.#ended;
    const positions = [...this.#positions.values()];
    if (closed.length === 0 && positions.length === 0 && this.#echo === this.#echoed) return;
    this.#ended = [];
    this.#positions.clear();
    this.#echoed = this.#echo;
    // Positions are small and bounded by the partitions: they are not held back by a full buffer.
    this.#sink.send({ echo: this.#echo, closed, positions });
  }

  #open(): void {
    const { self, leader, endpoint, brokerEpoch, clusterId, transport, clock } = this.#options;
    this.#heardAt = clock.now();
    const sink = transport.connect(
      endpoint,
      { follower: self, followerEpoch: brokerEpoch, clusterId, leader },
      {
        onOpen: () => {
          if (this.#sink !== sink || this.#closed) return;
          this.#connected = true;
          this.#heardAt = clock.now();
          this.#options.onConnected(this);
        },
        onMessage: (message) => {
          if (this.#sink !== sink || this.#closed) return;
          this.#heardAt = clock.now();
          this.#echo = message.sentAt;
          this.#options.turn.add('answer', this);
          this.#options.onMessage(this, message);
        },
        onClose: (error) => {
          if (this.#sink !== sink) return;
          this.#lost(error);
        },
      },
    );
    this.#sink = sink;
    this.#watchSilence();
  }

  #lost(error: Error | null): void {
    this.#sink = null;
    this.#connected = false;
    this.#echo = null;
    this.#echoed = null;
    this.#positions.clear();
    this.#ended = [];
    this.#silence?.cancel();
    if (this.#closed) return;
    this.#options.onDisconnected(this, error);
    this.#reconnect = this.#options.clock.setTimer(this.#options.reconnectMs, () => this.#open());
  }

  #watchSilence(): void {
    const { clock, silenceMs } = this.#options;
    this.#silence?.cancel();
    // From when it was heard last, not from when anybody looked.
    const left = silenceMs - (clock.now() - this.#heardAt);
    this.#silence = clock.setTimer(left, () => {
      if (this.#closed || this.#sink === null) return;
      if (clock.now() - this.#heardAt < silenceMs) {
        this.#watchSilence();
        return;
      }
      const sink = this.#sink;
      this.#lost(new Error(`nothing was heard from broker ${this.leader} for ${silenceMs} ms`));
      sink.close();
    });
  }
}
