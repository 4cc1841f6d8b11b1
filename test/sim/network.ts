import { OdradekError, type Refusal } from '../../src/base/errors.ts';
import type { Random } from '../../src/base/random.ts';
import type {
  ControllerApi,
  ControllerTransport,
  MessageHandlers,
  MessageSink,
  PeerAcceptor,
  PeerReply,
  PeerRequest,
  PeerTransport,
} from '../../src/broker/interfaces.ts';
import type { AdminReply, Endpoint } from '../../src/controller/types.ts';
import type { ClusterNetwork } from '../../src/testing/cluster.ts';
import type { Process, Scheduler } from './scheduler.ts';

/** What the network is like in one world. Probabilities are per message, in millionths. */
export interface NetworkKnobs {
  readonly delayMinMs: number;
  /** Exponential, on top of the least. */
  readonly delayMeanMs: number;
  /** A segment is lost: this message and all behind it wait for the retransmission. */
  readonly lossPerMillion: number;
  readonly retransmitMs: number;
  /** The connection breaks; what was under way arrives or does not. */
  readonly resetPerMillion: number;
  /** The message arrives once more, later, though TCP would not do so. */
  readonly duplicatePerMillion: number;
  /** After how long a silent connection is given up. */
  readonly keepaliveMs: number;
  /** Messages under way in one direction beyond which a sender is asked to wait. */
  readonly windowMessages: number;
}

export type NetworkObserver = (from: string, to: string, message: unknown) => void;

/**
 * What becomes of a message of a stream that has arrived: `hold` leaves it, and all behind it, with
 * the receiver's kernel until `release`; `drop` is what no TCP does.
 */
export type Interceptor = (from: string, to: string, message: unknown) => 'pass' | 'drop' | 'hold';

/**
 * Streams between simulated processes. As over HTTP/2, the messages of one stream arrive in order or
 * the stream ends; but each direction has its own delays, an end may believe in a stream that the
 * other has given up, and what an old stream still carries may arrive behind what a newer one brought.
 */
export class SimulatedNetwork implements ClusterNetwork {
  onSent: NetworkObserver = () => {};
  onDelivered: NetworkObserver = () => {};
  /** Asked for every message of a stream; null: all pass. */
  intercept: Interceptor | null = null;
  /** How many messages were lost, repeated, reset: for the table of what happened. */
  readonly counts = { messages: 0, losses: 0, duplicates: 0, resets: 0 };
  knobs: NetworkKnobs;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly #controllers = new Map<string, ControllerApi>();
  readonly #brokers = new Map<string, PeerAcceptor>();
  readonly #names = new Map<string, string>();
  readonly #lives = new Map<string, Process>();
  readonly #streams = new Set<SimulatedStream>();
  /** Cut links, with a number that tells one cut from the next. */
  readonly #cuts = new Map<string, number>();
  #lastCut = 0;

  constructor(scheduler: Scheduler, random: Random, knobs: NetworkKnobs) {
    this.scheduler = scheduler;
    this.random = random;
    this.knobs = knobs;
  }

  /** The life that a name stands for from now on. */
  lives(name: string, process: Process): void {
    this.#lives.set(name, process);
  }

  lifeOf(name: string): Process | null {
    const process = this.#lives.get(name);
    return process?.alive === true ? process : null;
  }

  listenController(name: string, endpoint: Endpoint, api: ControllerApi): void {
    this.#controllers.set(keyOf(endpoint), api);
    this.#names.set(keyOf(endpoint), name);
  }

  listenBroker(name: string, endpoint: Endpoint, door: PeerAcceptor): void {
    this.#brokers.set(keyOf(endpoint), door);
    this.#names.set(keyOf(endpoint), name);
  }

  /** Nobody listens any more. Streams end by `died`, which knows how. */
  remove(name: string): void {
    for (const [key, other] of this.#names) {
      if (other !== name) continue;
      this.#controllers.delete(key);
      this.#brokers.delete(key);
      this.#names.delete(key);
    }
  }

  /**
   * A process is gone. After kill −9 its kernel ends its connections; when the power goes nobody
   * says a word, and the others find out by themselves.
   */
  died(process: Process, how: 'process' | 'power'): void {
    for (const stream of [...this.#streams]) stream.processDied(process, how);
  }

  cut(from: string, to: string): void {
    const key = `${from}>${to}`;
    if (this.#cuts.has(key)) return;
    this.#lastCut += 1;
    const cut = this.#lastCut;
    this.#cuts.set(key, cut);
    const { keepaliveMs } = this.knobs;
    // Pings need both directions: whichever is cut, both ends give up in time.
    this.scheduler.schedule(
      keepaliveMs * (1 + this.random.below(50) / 100),
      null,
      'message',
      () => {
        if (this.#cuts.get(key) !== cut) return;
        for (const stream of [...this.#streams])
          if (stream.joins(from, to)) stream.giveUp('silence');
      },
    );
  }

  heal(from?: string, to?: string): void {
    if (from === undefined || to === undefined) this.#cuts.clear();
    else this.#cuts.delete(`${from}>${to}`);
    this.release();
  }

  /** Asks again about whatever is held. */
  release(): void {
    for (const stream of [...this.#streams]) stream.resume();
  }

  isCut(from: string, to: string): boolean {
    return this.#cuts.has(`${from}>${to}`);
  }

  get cuts(): readonly string[] {
    return [...this.#cuts.keys()];
  }

  delay(): number {
    const { delayMinMs, delayMeanMs } = this.knobs;
    if (delayMeanMs === 0) return delayMinMs;
    const uniform = (this.random.below(2 ** 31) + 1) / 2 ** 31;
    return delayMinMs - Math.log(uniform) * delayMeanMs;
  }

  chance(perMillion: number): boolean {
    return perMillion > 0 && this.random.below(1_000_000) < perMillion;
  }

  peersOf(name: string): PeerTransport {
    return {
      connect: (endpoint, open, handlers) =>
        this.connect(name, endpoint, handlers, (sink) => {
          const door = this.#brokers.get(keyOf(endpoint));
          return door === undefined ? null : door.acceptFollower(open, sink);
        }),
      call: (endpoint, request, timeoutMs) => this.#call(name, endpoint, request, timeoutMs),
    };
  }

  controllersOf(name: string): ControllerTransport {
    return {
      connect: (endpoint, handlers) =>
        this.connect(name, endpoint, handlers, (sink) => {
          const api = this.#controllers.get(keyOf(endpoint));
          return api === undefined ? null : api.acceptSession(sink);
        }),
      admin: (endpoint, request, timeoutMs) =>
        new Promise<AdminReply>((resolve, reject) => {
          const target = this.#names.get(keyOf(endpoint)) ?? '';
          const caller = this.lifeOf(name);
          this.scheduler.schedule(timeoutMs, caller, 'timer', () =>
            reject(new OdradekError('REQUEST_TIMED_OUT')),
          );
          this.once(name, target, () => {
            const api = this.#controllers.get(keyOf(endpoint));
            if (api === undefined) return;
            api.admin(request).then(
              (reply) => this.once(target, name, () => resolve(reply)),
              (error: unknown) => {
                this.once(target, name, () =>
                  reject(error instanceof Error ? error : new Error(String(error))),
                );
              },
            );
          });
        }),
    };
  }

  /**
   * A call from broker to broker: there and back in no order with anything else, now and then twice,
   * as a caller that tries again would have it.
   */
  #call(
    from: string,
    endpoint: Endpoint,
    request: PeerRequest,
    timeoutMs: number,
  ): Promise<PeerReply> {
    return new Promise((resolve, reject) => {
      const to = this.#names.get(keyOf(endpoint)) ?? '';
      this.scheduler.schedule(timeoutMs, this.lifeOf(from), 'timer', () =>
        reject(new OdradekError('REQUEST_TIMED_OUT')),
      );
      const arrive = (): void => {
        const door = this.#brokers.get(keyOf(endpoint));
        const life = this.lifeOf(to);
        if (door === undefined) return;
        this.onDelivered(from, to, request);
        // Nobody answers whose process has ended in the meantime.
        const answer = (settle: () => void): void => {
          if (this.lifeOf(to) === life) this.once(to, from, settle);
        };
        door.answerPeer(request).then(
          (reply) => answer(() => resolve(reply)),
          (error: unknown) =>
            answer(() => reject(error instanceof Error ? error : new Error(String(error)))),
        );
      };
      this.counts.messages += 1;
      this.onSent(from, to, request);
      this.once(from, to, arrive);
      if (!this.chance(this.knobs.duplicatePerMillion)) return;
      this.counts.duplicates += 1;
      this.once(from, to, arrive);
    });
  }

  /** One message that arrives or does not; in no order with any other. */
  once(from: string, to: string, deliver: () => void): void {
    const life = this.lifeOf(to);
    if (life === null || this.isCut(from, to)) return;
    const { lossPerMillion, retransmitMs } = this.knobs;
    const late = this.chance(lossPerMillion) ? retransmitMs : 0;
    this.scheduler.schedule(this.delay() + late, life, 'message', () => {
      if (!this.isCut(from, to)) deliver();
    });
  }

  connect<Up, Down>(
    from: string,
    endpoint: Endpoint,
    handlers: MessageHandlers<Down> & { onOpen(): void },
    accept: (sink: MessageSink<Down>) => MessageHandlers<Up> | Refusal | null,
  ): MessageSink<Up> {
    const client = this.lifeOf(from);
    const to = this.#names.get(keyOf(endpoint)) ?? '';
    const stream = new SimulatedStream(this, from, client, to, this.lifeOf(to), {
      handlers: handlers,
      accept: accept,
      ended: () => this.#streams.delete(stream),
    });
    this.#streams.add(stream);
    stream.begin();
    return stream.clientSink;
  }
}

type Item =
  | { readonly kind: 'message'; readonly message: unknown; readonly at: number }
  | { readonly kind: 'open' | 'opened'; readonly at: number }
  | { readonly kind: 'end'; readonly error: Error | null; readonly at: number };

/** What travels one way, and the end that it travels to. */
interface Direction {
  readonly from: string;
  readonly to: string;
  readonly receiver: Process | null;
  items: Item[];
  lastArrival: number;
  scheduled: boolean;
  /** The sender was told to wait. */
  full: boolean;
  /** The first item has arrived and is held back. */
  held: boolean;
}

type EndName = 'client' | 'server';

class SimulatedStream {
  readonly clientSink: MessageSink<unknown>;
  readonly #serverSink: MessageSink<unknown>;
  readonly #network: SimulatedNetwork;
  readonly #up: Direction;
  readonly #down: Direction;
  readonly #options: {
    readonly handlers: MessageHandlers<unknown> & { onOpen(): void };
    readonly accept: (sink: MessageSink<unknown>) => MessageHandlers<unknown> | Refusal | null;
    readonly ended: () => void;
  };
  #server: MessageHandlers<unknown> | null = null;
  #opened = false;
  readonly #closed: Record<EndName, boolean> = { client: false, server: false };

  constructor(
    network: SimulatedNetwork,
    from: string,
    client: Process | null,
    to: string,
    server: Process | null,
    options: {
      readonly handlers: MessageHandlers<unknown> & { onOpen(): void };
      readonly accept: (sink: MessageSink<unknown>) => MessageHandlers<unknown> | Refusal | null;
      readonly ended: () => void;
    },
  ) {
    this.#network = network;
    this.#options = options;
    const direction = (of: Pick<Direction, 'from' | 'to' | 'receiver'>): Direction => ({
      ...of,
      items: [],
      lastArrival: 0,
      scheduled: false,
      full: false,
      held: false,
    });
    this.#up = direction({ from, to, receiver: server });
    this.#down = direction({ from: to, to: from, receiver: client });
    this.clientSink = {
      send: (message) => this.#send('client', message),
      close: (reason) => this.#close('client', errorOf(reason)),
    };
    this.#serverSink = {
      send: (message) => this.#send('server', message),
      close: (reason) => this.#close('server', errorOf(reason)),
    };
  }

  begin(): void {
    const { scheduler, knobs } = this.#network;
    if (this.#up.receiver === null) {
      // Refused by the kernel, or nobody there at all: the other machine may be without power.
      scheduler.schedule(this.#network.delay(), this.#down.receiver, 'message', () =>
        this.#end('client', new Error(`nobody listens at ${this.#up.to}`)),
      );
      return;
    }
    this.#put(this.#up, { kind: 'open', at: 0 });
    scheduler.schedule(Math.min(1_000, knobs.keepaliveMs), this.#down.receiver, 'timer', () => {
      if (!this.#opened) this.#close('client', new Error('no answer to a connection'));
    });
  }

  joins(one: string, other: string): boolean {
    const { from, to } = this.#up;
    return (from === one && to === other) || (from === other && to === one);
  }

  /** Both ends find out for themselves that nothing comes any more. */
  giveUp(why: string): void {
    const { scheduler, random, knobs } = this.#network;
    for (const end of ['client', 'server'] as const) {
      const process = this.#processOf(end);
      const wait = random.below(Math.max(1, Math.floor(knobs.keepaliveMs / 2)));
      scheduler.schedule(wait, process, 'timer', () => this.#close(end, new Error(why)));
    }
  }

  processDied(process: Process, how: 'process' | 'power'): void {
    const { random, scheduler, knobs } = this.#network;
    for (const end of ['client', 'server'] as const) {
      if (this.#processOf(end) !== process || this.#closed[end]) continue;
      const other = end === 'client' ? 'server' : 'client';
      const outgoing = this.#outgoing(end);
      this.#closed[end] = true;
      // What the kernel had taken may still arrive, or be swept away by the reset.
      if (random.below(2) === 0 && !outgoing.held) outgoing.items = [];
      if (how === 'process') {
        this.#put(outgoing, { kind: 'end', error: new Error('connection reset'), at: 0 });
      } else {
        const wait = knobs.keepaliveMs * (1 + random.below(50) / 100);
        scheduler.schedule(wait, this.#processOf(other), 'timer', () =>
          this.#end(other, new Error('silence')),
        );
      }
    }
    if (this.#closed.client && this.#closed.server) this.#options.ended();
  }

  resume(): void {
    for (const direction of [this.#up, this.#down]) {
      if (direction.items.length > 0) this.#schedule(direction, this.#network.delay());
    }
  }

  #processOf(end: EndName): Process | null {
    return end === 'client' ? this.#down.receiver : this.#up.receiver;
  }

  #outgoing(end: EndName): Direction {
    return end === 'client' ? this.#up : this.#down;
  }

  #send(end: EndName, message: unknown): boolean {
    if (this.#closed[end]) return true;
    const network = this.#network;
    const direction = this.#outgoing(end);
    network.counts.messages += 1;
    network.onSent(direction.from, direction.to, message);
    this.#put(direction, { kind: 'message', message, at: 0 });
    const { knobs } = network;
    if (network.chance(knobs.duplicatePerMillion)) {
      network.counts.duplicates += 1;
      this.#put(direction, { kind: 'message', message, at: 0 });
    }
    if (network.chance(knobs.resetPerMillion)) {
      network.counts.resets += 1;
      const keep = network.random.below(direction.items.length + 1);
      direction.items.length = keep;
      this.#put(direction, { kind: 'end', error: new Error('connection reset'), at: 0 });
      network.scheduler.schedule(network.delay(), this.#processOf(end), 'message', () =>
        this.#end(end, new Error('connection reset')),
      );
    }
    if (direction.items.length > knobs.windowMessages) direction.full = true;
    return !direction.full;
  }

  #put(direction: Direction, item: Item): void {
    const network = this.#network;
    const late = network.chance(network.knobs.lossPerMillion) ? network.knobs.retransmitMs : 0;
    if (late > 0) network.counts.losses += 1;
    const at = Math.max(direction.lastArrival, network.scheduler.now + network.delay() + late);
    direction.lastArrival = at;
    direction.items.push({ ...item, at });
    if (direction.items.length === 1) this.#schedule(direction, at - network.scheduler.now);
  }

  #schedule(direction: Direction, delay: number): void {
    if (direction.scheduled) return;
    direction.scheduled = true;
    this.#network.scheduler.schedule(delay, direction.receiver, 'message', () => {
      direction.scheduled = false;
      this.#arrive(direction);
    });
  }

  #arrive(direction: Direction): void {
    const network = this.#network;
    // What is cut off waits: TCP sends it again until it is through, or somebody gives up.
    if (network.isCut(direction.from, direction.to)) return;
    const verdict = this.#verdictOn(direction);
    direction.held = verdict === 'hold';
    if (direction.held) return;
    const item = direction.items.shift();
    if (item === undefined) return;
    const next = direction.items[0];
    if (next !== undefined) {
      this.#schedule(direction, Math.max(0, next.at - network.scheduler.now));
    }
    const end: EndName = direction === this.#up ? 'server' : 'client';
    if (this.#closed[end] || verdict === 'drop') return;
    switch (item.kind) {
      case 'open':
        return this.#accept();
      case 'opened':
        this.#opened = true;
        return this.#options.handlers.onOpen();
      case 'end':
        return this.#end(end, item.error);
      case 'message': {
        network.onDelivered(direction.from, direction.to, item.message);
        const handlers = end === 'client' ? this.#options.handlers : this.#server;
        handlers?.onMessage(item.message);
        if (direction.full && direction.items.length <= network.knobs.windowMessages / 2) {
          direction.full = false;
          this.#drained(end === 'client' ? 'server' : 'client');
        }
      }
    }
  }

  #verdictOn({ from, to, items }: Direction): ReturnType<Interceptor> {
    const first = items[0];
    if (first?.kind !== 'message') return 'pass';
    return this.#network.intercept?.(from, to, first.message) ?? 'pass';
  }

  #accept(): void {
    const accepted = this.#options.accept(this.#serverSink);
    if (accepted === null || 'code' in accepted) {
      const why = accepted === null ? 'nobody listens' : accepted.message;
      this.#closed.server = true;
      this.#put(this.#down, { kind: 'end', error: new Error(why), at: 0 });
      return;
    }
    this.#server = accepted;
    this.#put(this.#down, { kind: 'opened', at: 0 });
  }

  #drained(sender: EndName): void {
    const { scheduler } = this.#network;
    scheduler.schedule(0, this.#processOf(sender), 'message', () => {
      if (this.#closed[sender]) return;
      const handlers = sender === 'client' ? this.#options.handlers : this.#server;
      handlers?.onDrain?.();
    });
  }

  /** This end has had enough: it hears of it itself, and the other side in its time. */
  #close(end: EndName, error: Error | null): void {
    if (this.#closed[end]) return;
    this.#put(this.#outgoing(end), { kind: 'end', error, at: 0 });
    this.#closed[end] = true;
    this.#network.scheduler.schedule(0, this.#processOf(end), 'message', () =>
      this.#tell(end, error),
    );
    if (this.#closed.client && this.#closed.server) this.#options.ended();
  }

  #end(end: EndName, error: Error | null): void {
    if (this.#closed[end]) return;
    this.#closed[end] = true;
    this.#tell(end, error);
    if (this.#closed.client && this.#closed.server) this.#options.ended();
  }

  #tell(end: EndName, error: Error | null): void {
    const handlers = end === 'client' ? this.#options.handlers : this.#server;
    handlers?.onClose(error);
  }
}

function errorOf(reason: Refusal | undefined): Error | null {
  return reason === undefined ? null : new Error(reason.message);
}

export function keyOf(endpoint: Endpoint): string {
  return `${endpoint.host}:${endpoint.port}`;
}
