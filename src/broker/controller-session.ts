import type { Clock, Timer } from '../base/clock.ts';
import type { Refusal } from '../base/errors.ts';
import {
  instant,
  metadataOffset,
  type BrokerEpoch,
  type Instant,
  type MetadataOffset,
} from '../base/ids.ts';
import type {
  BrokerRegistration,
  Endpoint,
  SessionRequest,
  SessionResponse,
} from '../controller/types.ts';
import type { ControllerTransport, MessageSink } from './interfaces.ts';

export interface ControllerSessionOptions {
  readonly endpoint: Endpoint;
  readonly transport: ControllerTransport;
  readonly clock: Clock;
  readonly heartbeatMs: number;
  readonly reconnectMs: number;
  readonly silenceMs: number;
  /** Made anew for each stream: it tells what the disk holds now. */
  readonly registration: () => BrokerRegistration;
  readonly onRegistered: (answer: Extract<SessionResponse, { kind: 'registered' }>) => void;
  readonly onRefused: (refusal: Refusal) => void;
  readonly onMessage: (
    message: Exclude<
      SessionResponse,
      { kind: 'registered' } | { kind: 'refused' } | { kind: 'heartbeatAnswer' }
    >,
  ) => void;
  readonly onHeartbeatAnswer: (
    answer: Extract<SessionResponse, { kind: 'heartbeatAnswer' }>,
  ) => void;
  readonly onLost: (error: Error | null) => void;
}

/** What a heartbeat says of the broker. */
export interface HeartbeatState {
  /** Everything below has been applied and handed to the partitions. */
  readonly nextOffset: MetadataOffset;
  readonly readyToServe: boolean;
  readonly wantsToStop: boolean;
  readonly full: boolean;
}

/**
 * The broker's one stream to the controller: registers first, then heartbeats; opened again, at
 * once at first, whenever it breaks, for as long as the broker lives (X7: the controller fences a
 * broker whose stream stays away for 250 ms).
 *
 * Holds the controller's lease (X4): the send time of the newest heartbeat whose answer's committed
 * offset has been applied here.
 */
export class ControllerSession {
  readonly #options: ControllerSessionOptions;
  readonly #state: () => HeartbeatState;
  #sink: MessageSink<SessionRequest> | null = null;
  #brokerEpoch: BrokerEpoch | null = null;
  #registered = false;
  #closed = false;
  #heartbeat: Timer | null = null;
  #reconnect: Timer | null = null;
  #silence: Timer | null = null;
  #heardAt: Instant;
  #lease: Instant = instant(0);
  /** Answers whose committed offset is still ahead of what was applied, oldest first. */
  #unapplied: { readonly sentAt: Instant; readonly committedOffset: MetadataOffset }[] = [];

  constructor(options: ControllerSessionOptions, state: () => HeartbeatState) {
    this.#options = options;
    this.#state = state;
    this.#heardAt = options.clock.now();
  }

  /** X4: never renewed by an answer whose metadata has not been applied. */
  get lease(): Instant {
    return this.#lease;
  }

  get connected(): boolean {
    return this.#registered;
  }

  open(): void {
    if (this.#closed) return;
    const { clock, transport, endpoint } = this.#options;
    this.#heardAt = clock.now();
    const sink = transport.connect(endpoint, {
      onOpen: () => {},
      onMessage: (message) => {
        if (this.#sink !== sink || this.#closed) return;
        this.#heardAt = clock.now();
        this.#take(message);
      },
      onClose: (error) => {
        if (this.#sink === sink) this.#lost(error);
      },
    });
    this.#sink = sink;
    sink.send({ kind: 'register', registration: this.#options.registration() });
    this.#watchSilence();
  }

  /** False while there is no session: the caller sends it again on the next one. */
  send(message: SessionRequest): boolean {
    if (!this.#registered || this.#sink === null) return false;
    this.#sink.send(message);
    return true;
  }

  /** Sends a heartbeat now; the periodic ones go on from here. */
  beat(): void {
    if (!this.#registered || this.#brokerEpoch === null) return;
    this.#heartbeat?.cancel();
    const { nextOffset, ...state } = this.#state();
    this.send({
      kind: 'heartbeat',
      brokerEpoch: this.#brokerEpoch,
      sentAt: this.#options.clock.now(),
      // The last one that was applied; a cluster's first event is never a registration.
      appliedOffset: metadataOffset(Math.max(0, nextOffset - 1)),
      ...state,
    });
    this.#heartbeat = this.#options.clock.setTimer(this.#options.heartbeatMs, () => this.beat());
  }

  /** Metadata has been applied and handed to the partitions: leases that waited for it count. */
  applied(nextOffset: MetadataOffset): void {
    let settled = 0;
    for (const { sentAt, committedOffset } of this.#unapplied) {
      if (committedOffset > nextOffset) break;
      settled += 1;
      if (sentAt > this.#lease) this.#lease = sentAt;
    }
    this.#unapplied.splice(0, settled);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#registered = false;
    this.#heartbeat?.cancel();
    this.#reconnect?.cancel();
    this.#silence?.cancel();
    this.#sink?.close();
    this.#sink = null;
  }

  #take(message: SessionResponse): void {
    switch (message.kind) {
      case 'registered':
        this.#registered = true;
        this.#brokerEpoch = message.brokerEpoch;
        this.#options.onRegistered(message);
        this.beat();
        return;
      case 'refused':
        this.#options.onRefused(message.refusal);
        return;
      case 'heartbeatAnswer':
        // Bounded: a broker that cannot keep up with its metadata needs only the newest answer.
        if (this.#unapplied.length >= UNAPPLIED_ANSWERS_MAX) this.#unapplied.shift();
        this.#unapplied.push(message);
        this.applied(this.#state().nextOffset);
        this.#options.onHeartbeatAnswer(message);
        return;
      default:
        this.#options.onMessage(message);
    }
  }

  #lost(error: Error | null): void {
    this.#sink = null;
    this.#registered = false;
    this.#unapplied = [];
    this.#heartbeat?.cancel();
    this.#silence?.cancel();
    if (this.#closed) return;
    this.#options.onLost(error);
    this.#reconnect = this.#options.clock.setTimer(this.#options.reconnectMs, () => this.open());
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
      this.#lost(new Error(`nothing was heard from the controller for ${silenceMs} ms`));
      sink.close();
    });
  }
}

const UNAPPLIED_ANSWERS_MAX = 64;
