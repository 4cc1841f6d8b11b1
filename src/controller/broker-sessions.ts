import { assertNever } from '../base/assert.ts';
import { instant, instantAfter } from '../base/ids.ts';
import type { BrokerEpoch, Instant, NodeId } from '../base/ids.ts';

export interface BrokerSessionLimits {
  /** How long a broker may be silent. */
  readonly sessionTimeoutMs: number;
  /** How long a broker whose stream ended may take to open another. */
  readonly reconnectGraceMs: number;
}

export type SessionInput =
  /** The controller has become active: every broker that is not fenced gets a full timeout. */
  | {
      readonly kind: 'started';
      readonly brokers: readonly { readonly broker: NodeId; readonly brokerEpoch: BrokerEpoch }[];
    }
  /**
   * A stream has asked to be this broker's, and its registration is being committed. `stream` is the
   * host's number for it, never used again.
   */
  | { readonly kind: 'registering'; readonly broker: NodeId; readonly stream: number }
  /** A stream's first message was accepted. */
  | {
      readonly kind: 'streamOpened';
      readonly broker: NodeId;
      readonly brokerEpoch: BrokerEpoch;
      readonly stream: number;
    }
  | { readonly kind: 'streamClosed'; readonly broker: NodeId; readonly stream: number }
  /** Any message of the broker's on its open stream. */
  | { readonly kind: 'heard'; readonly broker: NodeId }
  /** It said goodbye: nothing more is expected of it. */
  | { readonly kind: 'left'; readonly broker: NodeId }
  /** Look at the timers. Only after the inbox was drained, or a stall would fence everyone (X7). */
  | { readonly kind: 'tick' };

export interface Lost {
  readonly broker: NodeId;
  readonly brokerEpoch: BrokerEpoch;
  readonly cause: 'stream lost' | 'silent';
  /** Since it was heard last. */
  readonly silentMs: number;
}

/**
 * Which brokers are there (X7), as the active controller's host sees it: soft state, never stored.
 * Made with the term and thrown away with it. `step` says whom to fence and when to tick again.
 */
export class BrokerSessions {
  readonly #limits: BrokerSessionLimits;
  readonly #sessions = new Map<NodeId, Session>();
  /** Streams whose registrations are being committed. */
  readonly #registering = new Map<number, { readonly broker: NodeId; readonly since: Instant }>();
  /** Streams that ended of late, also of brokers that have come back since. */
  #losses: { readonly broker: NodeId; readonly at: Instant }[] = [];

  constructor(limits: BrokerSessionLimits) {
    this.#limits = limits;
  }

  /** Brokers to fence, by id; each is named once, unless it is heard of again. */
  step(input: SessionInput, now: Instant): Lost[] {
    switch (input.kind) {
      case 'started':
        for (const { broker, brokerEpoch } of input.brokers) {
          this.#sessions.set(broker, { brokerEpoch, ...FRESH, heardAt: now });
        }
        return [];
      case 'registering':
        this.#registering.set(input.stream, { broker: input.broker, since: now });
        return [];
      case 'streamOpened': {
        const { brokerEpoch, stream } = input;
        this.#registering.delete(stream);
        this.#sessions.set(input.broker, { brokerEpoch, ...FRESH, stream, heardAt: now });
        return [];
      }
      case 'streamClosed':
        this.#close(input.broker, input.stream, now);
        return [];
      case 'heard': {
        const session = this.#sessions.get(input.broker);
        if (session !== undefined) {
          session.heardAt = now;
          session.lost = false;
        }
        return [];
      }
      case 'left':
        this.#sessions.delete(input.broker);
        return [];
      case 'tick':
        return this.#tick(now);
      default:
        return assertNever(input);
    }
  }

  /**
   * C5: whether another process of this id would be a duplicate: there is one whose stream is open and
   * not silent, or one that is being registered.
   */
  isHeard(broker: NodeId, now: Instant): boolean {
    for (const { broker: registering, since } of this.#registering.values()) {
      const isSilent = now - since >= this.#limits.sessionTimeoutMs;
      if (registering === broker && !isSilent) return true;
    }
    const session = this.#sessions.get(broker);
    if (session === undefined || session.stream === null) return false;
    return now - session.heardAt < this.#limits.sessionTimeoutMs;
  }

  /** When to tick next; null while there is nobody to wait for. */
  nextDeadline(): Instant | null {
    const deadlines = [...this.#sessions.values()]
      .filter((session) => !session.lost)
      .map((session) => this.#deadline(session).at);
    return deadlines.length === 0 ? null : instant(Math.min(...deadlines));
  }

  #close(broker: NodeId, stream: number, now: Instant): void {
    this.#registering.delete(stream);
    const session = this.#sessions.get(broker);
    // The end of a stream that another one has replaced says nothing.
    if (session === undefined || session.stream !== stream) return;
    session.stream = null;
    session.closedAt = now;
    this.#losses.push({ broker, at: now });
    this.#judgeLosses(now);
  }

  /**
   * Where two or more brokers, and half of all or more, lose their streams within one grace period,
   * it is likelier that the controller was cut off than that they died: all of them get the session
   * timeout. Being wrong costs a second; being hasty would move every leader twice.
   */
  #judgeLosses(now: Instant): void {
    const since = now - this.#limits.reconnectGraceMs;
    this.#losses = this.#losses.filter(({ at }) => at >= since);
    const brokers = new Set(this.#losses.map(({ broker }) => broker));
    if (brokers.size < 2 || brokers.size * 2 < this.#sessions.size) return;
    for (const broker of brokers) {
      const session = this.#sessions.get(broker);
      if (session !== undefined) session.closedAt = null;
    }
  }

  #deadline(session: Session): { at: Instant; cause: Lost['cause'] } {
    const { sessionTimeoutMs, reconnectGraceMs } = this.#limits;
    const silent = instantAfter(session.heardAt, sessionTimeoutMs);
    if (session.closedAt === null) return { at: silent, cause: 'silent' };
    const lost = instantAfter(session.closedAt, reconnectGraceMs);
    return lost < silent ? { at: lost, cause: 'stream lost' } : { at: silent, cause: 'silent' };
  }

  #tick(now: Instant): Lost[] {
    const lost: Lost[] = [];
    for (const [broker, session] of [...this.#sessions].sort(([a], [b]) => a - b)) {
      const { at, cause } = this.#deadline(session);
      if (now < at) continue;
      // With an open stream it may be heard of again; without one only a new stream can bring it back.
      if (session.stream === null) this.#sessions.delete(broker);
      if (session.lost) continue;
      session.lost = true;
      const { brokerEpoch, heardAt } = session;
      lost.push({ broker, brokerEpoch, cause, silentMs: now - heardAt });
    }
    return lost;
  }
}

interface Session {
  readonly brokerEpoch: BrokerEpoch;
  /** The open one; null after it ended, and after a start until the broker comes. */
  stream: number | null;
  /** When the stream ended, while the grace period runs; null when only silence counts. */
  closedAt: Instant | null;
  heardAt: Instant;
  /** It has been named, and not heard of since. */
  lost: boolean;
}

const FRESH = { stream: null, closedAt: null, lost: false };
