import { refusal, type Refusal } from '../base/errors.ts';
import {
  offsetMin,
  type Generation,
  type LeaderEpoch,
  type NodeId,
  type Offset,
  type PartitionIndex,
  type PartitionKey,
  type TopicId,
} from '../base/ids.ts';
import type { Clock } from '../base/clock.ts';
import { batchBaseOffset } from '../record/index.ts';
import type { Frame, Position } from '../replication/types.ts';
import type { LeaderMessage, MessageSink, RawFrame } from './interfaces.ts';
import type { PartitionHost } from './partition-host.ts';
import { endOffsetOf } from './partition-reader.ts';
import type { Turn, TurnWork } from './turn.ts';

export interface FeedLimits {
  /** How far a leader sends ahead of a follower's acknowledgements, per partition. */
  readonly windowPartitionBytes: number;
  /** The same over all partitions of one follower. */
  readonly windowPeerBytes: number;
  /** Records in one frame; a single batch may be larger. */
  readonly frameBytes: number;
}

/**
 * The leader's end of one follower's stream: streams records of every partition that the follower
 * has a session for, ahead of its acknowledgements up to a window, so that throughput does not
 * depend on the round trip.
 *
 * Every message carries the time it was sent, which the follower echoes (X4); when there is nothing
 * to send, `pulse` does so every heartbeat and carries high watermarks that have moved.
 */
export class FollowerFeed implements TurnWork {
  readonly follower: NodeId;
  readonly #sink: MessageSink<LeaderMessage>;
  readonly #clock: Clock;
  readonly #turn: Turn;
  readonly #limits: FeedLimits;
  readonly #sessions = new Map<PartitionKey, FeedSession>();
  /** Sessions that may have something to send, in the order in which they asked. */
  readonly #ready = new Set<FeedSession>();
  /** Sessions with something to send that the windows hold up. */
  readonly #starved = new Set<FeedSession>();
  #unacknowledgedBytes = 0;
  #full = false;
  #closed = false;
  #pulsedSinceMessage = false;

  constructor(options: {
    follower: NodeId;
    sink: MessageSink<LeaderMessage>;
    clock: Clock;
    turn: Turn;
    limits: FeedLimits;
  }) {
    this.follower = options.follower;
    this.#sink = options.sink;
    this.#clock = options.clock;
    this.#turn = options.turn;
    this.#limits = options.limits;
  }

  /** Starts (again) at `startOffset`; whatever an older session had under way no longer counts. */
  open(
    host: PartitionHost,
    session: { generation: Generation; leaderEpoch: LeaderEpoch; startOffset: Offset },
  ): void {
    this.stop(host.key);
    const opened: FeedSession = {
      host,
      generation: session.generation,
      leaderEpoch: session.leaderEpoch,
      nextOffset: session.startOffset,
      sentHighWatermark: null,
      sentLogStartOffset: null,
      sentReplicatedTo: null,
      unacknowledged: [],
      unacknowledgedBytes: 0,
      reading: false,
    };
    this.#sessions.set(host.key, opened);
    this.#offer(opened);
  }

  progress(key: PartitionKey, offset: Offset): void {
    const session = this.#sessions.get(key);
    if (session === undefined) return;
    let freed = 0;
    let settled = 0;
    for (const sent of session.unacknowledged) {
      if (sent.endOffset > offset) break;
      freed += sent.bytes;
      settled += 1;
    }
    if (settled === 0) return;
    session.unacknowledged.splice(0, settled);
    session.unacknowledgedBytes -= freed;
    this.#unacknowledgedBytes -= freed;
    this.#offer(session);
    // The peer's window may have held up others as well.
    for (const starved of this.#starved) this.#offer(starved);
    this.#starved.clear();
  }

  stop(key: PartitionKey): void {
    const session = this.#sessions.get(key);
    if (session === undefined) return;
    this.#sessions.delete(key);
    this.#ready.delete(session);
    this.#starved.delete(session);
    this.#unacknowledgedBytes -= session.unacknowledgedBytes;
  }

  /** The log of this partition has grown. */
  feedable(key: PartitionKey): void {
    const session = this.#sessions.get(key);
    if (session !== undefined) this.#offer(session);
  }

  /** A divergence or a refusal: ends the session that it answers. */
  answer(host: PartitionHost, frame: Frame): void {
    if (frame.kind === 'records') return;
    this.stop(host.key);
    this.#send([{ topicId: host.topicId, partition: host.partition, frame }]);
  }

  /** There is no such replica here: the metadata of one side is behind. */
  refuse(topicId: TopicId, partition: PartitionIndex, position: Position): void {
    const frame: RawFrame = {
      kind: 'refused',
      generation: position.generation,
      leaderEpoch: position.leaderEpoch,
      refusal: refusal('NOT_LEADER_OR_FOLLOWER'),
      logStartOffset: position.logStartOffset,
      logEndOffset: position.fetchOffset,
    };
    this.#send([{ topicId, partition, frame }]);
  }

  drained(): void {
    this.#full = false;
    if (this.#ready.size > 0) this.#turn.add('feed', this);
  }

  /**
   * Sends an empty message if nothing left since the last call, with the high watermarks and log
   * starts that moved.
   */
  pulse(): void {
    if (this.#closed) return;
    const frames: LeaderMessage['frames'][number][] = [];
    for (const session of this.#sessions.values()) {
      const { highWatermark, log } = session.host;
      const isTold =
        session.sentHighWatermark === highWatermark &&
        session.sentLogStartOffset === log.logStartOffset &&
        session.sentReplicatedTo === session.host.replicatedTo;
      if (!isTold) frames.push(this.#frame(session, []));
    }
    if (frames.length > 0 || this.#pulsedSinceMessage) this.#send(frames);
    this.#pulsedSinceMessage = true;
  }

  hosts(): PartitionHost[] {
    return [...this.#sessions.values()].map((session) => session.host);
  }

  close(reason?: Refusal): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sessions.clear();
    this.#ready.clear();
    this.#starved.clear();
    this.#sink.close(reason);
  }

  onTurnEnd(): void {
    while (this.#ready.size > 0 && !this.#full && !this.#closed) {
      const frames: LeaderMessage['frames'][number][] = [];
      let bytes = 0;
      for (const session of this.#ready) {
        const room = this.#room(session);
        if (room <= 0) {
          this.#ready.delete(session);
          this.#starved.add(session);
          continue;
        }
        const sent = this.#next(session, Math.min(room, this.#limits.frameBytes));
        if (sent === null) {
          this.#ready.delete(session);
          continue;
        }
        frames.push(sent.frame);
        bytes += sent.bytes;
        if (bytes >= this.#limits.frameBytes) break;
      }
      if (frames.length === 0) return;
      this.#send(frames);
    }
  }

  #offer(session: FeedSession): void {
    if (session.reading) return;
    this.#ready.add(session);
    if (!this.#full) this.#turn.add('feed', this);
  }

  #room(session: FeedSession): number {
    return Math.min(
      this.#limits.windowPartitionBytes - session.unacknowledgedBytes,
      this.#limits.windowPeerBytes - this.#unacknowledgedBytes,
    );
  }

  /** The next frame of a session; null when there is none, or when it must come from the file. */
  #next(
    session: FeedSession,
    maxBytes: number,
  ): { frame: LeaderMessage['frames'][number]; bytes: number } | null {
    const { host } = session;
    const endOffset = host.log.logEndOffset;
    if (session.nextOffset < host.log.logStartOffset) {
      this.#outOfRange(session);
      return null;
    }
    if (session.nextOffset >= endOffset) return null;
    const chunks = host.read(session.nextOffset, maxBytes, endOffset);
    if (chunks instanceof Promise) {
      session.reading = true;
      void chunks.then((read) => {
        session.reading = false;
        if (this.#sessions.get(host.key) !== session || this.#closed) return;
        // Damage found while reading: the host has been told and ends the session.
        if ('code' in read) return;
        if (read.length > 0) this.#send([this.#sent(session, read).frame]);
        // Nothing was read where retention was quicker, which the next turn finds out.
        if (read.length > 0 || session.nextOffset < host.log.logStartOffset) this.#offer(session);
      });
      return null;
    }
    return chunks.length === 0 ? null : this.#sent(session, chunks);
  }

  /** F5: retention has taken what comes next, and the follower begins again where the log does. */
  #outOfRange(session: FeedSession): void {
    const { host, generation, leaderEpoch, nextOffset } = session;
    const { logStartOffset, logEndOffset } = host.log;
    this.answer(host, {
      kind: 'refused',
      generation,
      leaderEpoch,
      refusal: refusal(
        'OFFSET_OUT_OF_RANGE',
        `offset ${nextOffset} has been deleted, the log begins at ${logStartOffset}`,
      ),
      logStartOffset,
      logEndOffset,
    });
  }

  #sent(
    session: FeedSession,
    chunks: readonly Uint8Array[],
  ): { frame: LeaderMessage['frames'][number]; bytes: number } {
    const frame = this.#frame(session, chunks);
    let bytes = 0;
    for (const chunk of chunks) bytes += chunk.length;
    session.nextOffset = endOffsetOf(chunks);
    session.unacknowledged.push({ endOffset: session.nextOffset, bytes });
    session.unacknowledgedBytes += bytes;
    this.#unacknowledgedBytes += bytes;
    return { frame, bytes };
  }

  #frame(session: FeedSession, chunks: readonly Uint8Array[]): LeaderMessage['frames'][number] {
    const { host } = session;
    const { highWatermark, replicatedTo } = host;
    session.sentHighWatermark = highWatermark;
    session.sentLogStartOffset = host.log.logStartOffset;
    session.sentReplicatedTo = replicatedTo;
    const frame: RawFrame = {
      kind: 'records',
      generation: session.generation,
      leaderEpoch: session.leaderEpoch,
      startOffset: startOf(session, chunks),
      highWatermark,
      logStartOffset: host.log.logStartOffset,
      replicatedTo,
      chunks,
    };
    return { topicId: host.topicId, partition: host.partition, frame };
  }

  #send(frames: LeaderMessage['frames']): void {
    if (this.#closed) return;
    this.#pulsedSinceMessage = false;
    if (!this.#sink.send({ sentAt: this.#clock.now(), frames })) this.#full = true;
  }
}

/** A log that starts within a batch is sent from that batch's beginning on. */
function startOf({ nextOffset }: FeedSession, chunks: readonly Uint8Array[]): Offset {
  const [first] = chunks;
  return first === undefined ? nextOffset : offsetMin(nextOffset, batchBaseOffset(first));
}

interface FeedSession {
  readonly host: PartitionHost;
  readonly generation: Generation;
  readonly leaderEpoch: LeaderEpoch;
  nextOffset: Offset;
  /** What the follower was last told; null: nothing yet. */
  sentHighWatermark: Offset | null;
  /** The same of where the log begins, and of what is replicated everywhere. */
  sentLogStartOffset: Offset | null;
  sentReplicatedTo: Offset | null;
  readonly unacknowledged: { readonly endOffset: Offset; readonly bytes: number }[];
  unacknowledgedBytes: number;
  /** A cold read is under way; nothing may be sent behind its back. */
  reading: boolean;
}
