import { assert } from '../base/assert.ts';
import type { BrokerEpoch, Generation, Instant, NodeId, Offset } from '../base/ids.ts';
import type { PartitionMetadata, Position } from './types.ts';

/** One follower, as its leader knows it in the current leader epoch. */
export interface FollowerProgress {
  readonly id: NodeId;
  /** The session under way; null between sessions. Only then does its lease count (X4). */
  session: Generation | null;
  /** The newest session that ended; what still arrives of it is dropped. */
  endedSession: Generation | null;
  /** Of the last accepted position, or of the sessions above. */
  brokerEpoch: BrokerEpoch | null;
  /** Durable, as the follower reported it (X1, F7); null until it was heard. */
  logEndOffset: Offset | null;
  /** Whether an accepted position has arrived in this leader epoch (L5). */
  heardInEpoch: boolean;
  /** Cleared when its removal is proposed: one that hangs is not taken back before it stirs. */
  heardSinceRemoval: boolean;
  lastCaughtUpAt: Instant | null;
  /** X8: once a position reaches `offset`, the follower was caught up at `at`. */
  mark: { readonly offset: Offset; readonly at: Instant } | null;
}

/** The leader's followers, always in order of their ids. */
export class FollowerTable {
  #followers = new Map<NodeId, FollowerProgress>();

  [Symbol.iterator](): IterableIterator<FollowerProgress> {
    return this.#followers.values();
  }

  get(id: NodeId): FollowerProgress | undefined {
    return this.#followers.get(id);
  }

  /**
   * L1.2: a new epoch. A new leader starts with an empty table; one that goes on leading keeps what
   * it knows of ISR members and forgets the others. No session outlives its epoch.
   */
  beginEpoch(partition: PartitionMetadata, self: NodeId, now: Instant): void {
    const before = this.#followers;
    this.#followers = new Map();
    this.follow(partition, self);
    for (const follower of this.#followers.values()) {
      if (!partition.isr.includes(follower.id)) continue;
      follower.lastCaughtUpAt = now;
      const known = before.get(follower.id);
      if (known !== undefined) {
        follower.logEndOffset = known.logEndOffset;
        follower.brokerEpoch = known.brokerEpoch;
      }
    }
    this.forgetRestarted(partition);
  }

  /** Replicas were added or removed within the epoch. Returns those that had a session and left. */
  follow(partition: PartitionMetadata, self: NodeId): NodeId[] {
    const before = this.#followers;
    const ids = partition.replicas.filter((id) => id !== self).sort((a, b) => a - b);
    const followers = ids.map((id) => [id, before.get(id) ?? unheard(id)] as const);
    this.#followers = new Map(followers);
    const left = [...before.values()].filter((each) => !this.#followers.has(each.id));
    return left.filter((each) => each.session !== null).map((each) => each.id);
  }

  /**
   * A broker that was registered again may have lost what its last incarnation reported (KIP-903).
   * Returns those that had a session.
   */
  forgetRestarted(partition: PartitionMetadata): NodeId[] {
    const cut: NodeId[] = [];
    for (const follower of this.#followers.values()) {
      const broker = partition.brokers.find((each) => each.id === follower.id);
      if (follower.brokerEpoch === null || broker === undefined) continue;
      if (follower.brokerEpoch >= broker.brokerEpoch) continue;
      if (follower.session !== null) cut.push(follower.id);
      this.#followers.set(follower.id, unheard(follower.id));
    }
    return cut;
  }

  /** Whether a position belongs to a session that is over, and arrived late (X9). */
  isOfEndedSession(id: NodeId, brokerEpoch: BrokerEpoch, position: Position): boolean {
    const follower = this.#followers.get(id);
    if (follower === undefined || follower.brokerEpoch !== brokerEpoch) return false;
    const { session, endedSession } = follower;
    return (
      (session !== null && position.generation < session) ||
      (endedSession !== null && position.generation <= endedSession)
    );
  }

  /** Records an accepted position. Returns whether it opened a session. */
  accept(report: {
    readonly id: NodeId;
    readonly brokerEpoch: BrokerEpoch;
    readonly position: Position;
    readonly leaderLogEndOffset: Offset;
    readonly now: Instant;
  }): boolean {
    const { id, brokerEpoch, position, leaderLogEndOffset, now } = report;
    const follower = this.#followers.get(id);
    assert(follower !== undefined, 'an accepted position comes from a replica');
    const opens = follower.session !== position.generation || follower.brokerEpoch !== brokerEpoch;
    if (opens) {
      follower.session = position.generation;
      follower.endedSession = null;
      follower.brokerEpoch = brokerEpoch;
      follower.mark = { offset: leaderLogEndOffset, at: now };
    }
    follower.logEndOffset = position.fetchOffset;
    follower.heardInEpoch = true;
    follower.heardSinceRemoval = true;
    // X8: what it has reached now is where the leader's log ended when the mark was set.
    if (!opens && follower.mark !== null && position.fetchOffset >= follower.mark.offset) {
      follower.lastCaughtUpAt = follower.mark.at;
      follower.mark = { offset: leaderLogEndOffset, at: now };
    }
    if (position.fetchOffset >= leaderLogEndOffset) follower.lastCaughtUpAt = now;
    return opens;
  }

  /** Returns whether there was a session. */
  endSession(id: NodeId, leaderLogEndOffset: Offset, now: Instant): boolean {
    const follower = this.#followers.get(id);
    if (follower === undefined || follower.session === null) return false;
    // An idle follower sends no positions: until now it had all there was.
    if (follower.logEndOffset === leaderLogEndOffset) follower.lastCaughtUpAt = now;
    follower.endedSession = follower.session;
    follower.session = null;
    follower.mark = null;
    return true;
  }

  /** The leader appends: who had everything until now has fallen behind only now. */
  noteAppend(logEndOffsetBefore: Offset, logEndOffset: Offset, now: Instant): void {
    for (const follower of this.#followers.values()) {
      if (follower.session === null || follower.logEndOffset !== logEndOffsetBefore) continue;
      follower.lastCaughtUpAt = now;
      follower.mark = { offset: logEndOffset, at: now };
    }
  }
}

/** At the leader's end, or was so within the lag time (L4, L6). */
export function isCaughtUp(
  follower: FollowerProgress,
  leaderLogEndOffset: Offset,
  now: Instant,
  lagTimeMaxMs: number,
): boolean {
  if (follower.logEndOffset === leaderLogEndOffset) return true;
  return follower.lastCaughtUpAt !== null && now - follower.lastCaughtUpAt <= lagTimeMaxMs;
}

function unheard(id: NodeId): FollowerProgress {
  return {
    id,
    session: null,
    endedSession: null,
    brokerEpoch: null,
    logEndOffset: null,
    heardInEpoch: false,
    heardSinceRemoval: false,
    lastCaughtUpAt: null,
    mark: null,
  };
}
